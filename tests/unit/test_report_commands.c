/* compare, plot and list, as the command line calls them. */
#include "capture.h"
#include "commands/commands.h"
#include "made_up_store.h"
#include "unit/temporary_folder.h"

#include <jansson.h>
#include <string.h>

static char *database;
static bool gnuplot_is_there;
static struct text output;
static struct error error;

static const struct made_up runs[] = {
    {"rnn", 1, 0.96, 1000, 100, RUN_DONE},
    {"rnn", 3, 0.96, 1000, 100, RUN_DONE},
    {"lstm", 1, 0.98, 1000, 100, RUN_DONE},
    {"lstm", 2, 0.98, 1000, 100, RUN_INTERRUPTED},
};

#define RUN(command, ...)                                                                          \
    capture(command, (const char *const[]){__VA_ARGS__, "--store", database, NULL}, &output, &error)

static void compare_prints_statistics(void **state)
{
    (void)state;
    assert_int_equal(RUN(command_compare, "compare", "cells", "-m", "test.accuracy"), 0);
    assert_string_equal(text_get(&output),
                        "           test.accuracy\n"
                        "variant    n    mean  ± 95 %  std dev     min     max\n"
                        "-------    -  ------  ------  -------  ------  ------\n"
                        "rnn        2  0.9610  0.0064   0.0007  0.9605  0.9615\n"
                        "lstm       1  0.9805       -        -  0.9805  0.9805\n");
    assert_int_equal(RUN(command_compare, "compare", "cells", "-m", "test.loss", "-p", "2",
                         "--format", "markdown"),
                     0);
    assert_non_null(strstr(text_get(&output), "| lstm | 1 | 0.05 | – | – | 0.05 | 0.05 |"));
}

static void compare_says_what_differs(void **state)
{
    (void)state;
    assert_int_equal(RUN(command_compare, "compare", "cells", "--baseline", "rnn"), 0);
    assert_non_null(strstr(text_get(&output), "\ntest.accuracy against rnn\n"));
    assert_non_null(strstr(text_get(&output), "\nlstm against rnn: test.accuracy +0.0195; not "
                                              "tested: 1 and 2 runs are too few"));
    assert_int_equal(RUN(command_compare, "compare", "cells", "--pairs", "--format", "csv"), 0);
    assert_true(text_starts_with(text_get(&output),
                                 "metric,at,variant,against,difference,low,high,test,n,n_b,"
                                 "left_out,statistic,degrees,p,p_holm,effect,verdict,seeds\n"
                                 "test.accuracy,end,lstm,rnn,0.0"));
}

static const json_t *path(const json_t *root, const char *first, size_t index, const char *second)
{
    return json_object_get(json_array_get(json_object_get(root, first), index), second);
}

static double number_at(const json_t *root, size_t row, const char *metric, const char *figure)
{
    return json_number_value(json_object_get(path(root, "variants", row, metric), figure));
}

static void compare_speaks_json(void **state)
{
    (void)state;
    const char *const words[] = {"--format", "json"};
    assert_int_equal(
        RUN(command_compare, "compare", "cells", words[0], words[1], "--baseline", "rnn"), 0);
    json_t *root = json_loads(text_get(&output), 0, NULL);
    assert_non_null(root);
    assert_string_equal(json_string_value(json_object_get(root, "experiment")), "cells");
    assert_string_equal(json_string_value(json_object_get(root, "baseline")), "rnn");
    assert_true(number_at(root, 0, "test.accuracy", "n") == 2);
    assert_true(number_at(root, 0, "parameters", "mean") == 1234567);
    assert_true(fabs(number_at(root, 0, "seconds", "mean") - 11) < 1e-9);
    assert_true(fabs(number_at(root, 0, "test.loss", "mean") - 0.092) < 1e-9);
    assert_true(json_is_null(json_object_get(path(root, "variants", 1, "test.loss"), "ci95")));
    assert_true(json_is_null(path(root, "comparisons", 0, "p")));
    assert_true(fabs(json_number_value(path(root, "comparisons", 0, "difference")) - 0.0195) <
                1e-12);
    assert_string_equal(json_string_value(path(root, "missing", 0, "variant")), "lstm");
    assert_int_equal(json_integer_value(path(root, "missing", 0, "done")), 1);
    assert_int_equal(json_integer_value(path(root, "missing", 0, "interrupted")), 1);
    json_decref(root);
}

static void bad_usage_is_told(void **state)
{
    (void)state;
    assert_int_equal(RUN(command_compare, "compare"), ERROR_USAGE);
    assert_int_equal(RUN(command_compare, "compare", "nope"), ERROR_NOT_FOUND);
    assert_int_equal(RUN(command_compare, "compare", "cells", "-m", "x"), ERROR_NOT_FOUND);
    assert_int_equal(RUN(command_compare, "compare", "cells", "--format", "pdf"), ERROR_USAGE);
    assert_int_equal(RUN(command_compare, "compare", "cells", "--at", "dawn"), ERROR_USAGE);
    assert_int_equal(RUN(command_compare, "compare", "cells", "--test", "f"), ERROR_USAGE);
    assert_int_equal(RUN(command_compare, "compare", "cells", "--columns", "n,"), ERROR_USAGE);
    assert_int_equal(RUN(command_compare, "compare", "cells", "--columns", "p"), ERROR_USAGE);
    assert_int_equal(RUN(command_compare, "compare", "cells", "--baseline", "gru"),
                     ERROR_NOT_FOUND);
    assert_int_equal(RUN(command_plot, "plot"), ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-k", "pie"), ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-k", "rate", "-m", "x"), ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-k", "accuracy", "-x", "epochs"),
                     ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-o", "a\nb.svg"), ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-o", "a.jpg"), ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-o", "a"), ERROR_USAGE);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-o", "a.svg", "--format", "png"),
                     ERROR_USAGE);
    assert_int_equal(RUN(command_list, "list", "cells"), ERROR_USAGE);
    assert_int_equal(RUN(command_list, "list", "--state", "dead"), ERROR_USAGE);
    const char *const missing[] = {"list", "--store", "/nonexistent/x.db", NULL};
    assert_int_equal(capture(command_list, missing, &output, &error), ERROR_NOT_FOUND);
}

static void help_has_an_example(void **state)
{
    (void)state;
    int (*const commands[])(int, char **, struct error *) = {command_compare, command_plot,
                                                             command_list};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(RUN(commands[i], "x", "--help"), 0);
        assert_non_null(strstr(text_get(&output), "usage: unroll "));
        assert_non_null(strstr(text_get(&output), "\nexample:\n  unroll "));
    }
}

static void list_is_newest_first(void **state)
{
    (void)state;
    assert_int_equal(RUN(command_list, "list", "--format", "json"), 0);
    json_t *root = json_loads(text_get(&output), 0, NULL);
    assert_int_equal(json_array_size(root), 4);
    json_t *newest = json_array_get(root, 0), *oldest = json_array_get(root, 3);
    assert_string_equal(json_string_value(json_object_get(newest, "state")), "interrupted");
    assert_int_equal(json_integer_value(json_object_get(newest, "step")), 500);
    assert_int_equal(json_integer_value(json_object_get(newest, "steps")), 1000);
    assert_true(json_is_null(json_object_get(newest, "test.accuracy")));
    assert_string_equal(json_string_value(json_object_get(oldest, "name")), "rnn");
    assert_true(json_real_value(json_object_get(oldest, "test.accuracy")) > 0.96);
    json_decref(root);
}

static void list_filters(void **state)
{
    (void)state;
    static const struct {
        const char *option, *value;
        size_t rows;
    } cases[] = {{"--state", "done", 3},       {"--name", "rnn", 2}, {"--limit", "1", 1},
                 {"--experiment", "cells", 4}, {"--name", "no", 0},  {"--limit", "0", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(
            RUN(command_list, "list", "--format", "json", cases[i].option, cases[i].value), 0);
        json_t *root = json_loads(text_get(&output), 0, NULL);
        assert_int_equal(json_array_size(root), cases[i].rows);
        json_decref(root);
    }
}

static void plot_prints_the_path(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    char *path = file_join(folder, "a/cells.png"), *line = text_format("%s\n", path);
    assert_int_equal(RUN(command_plot, "plot", "cells", "-o", path), 0);
    assert_string_equal(text_get(&output), line);
    struct text content = {0};
    assert_int_equal(file_read(path, 1 << 24, &content, &error), 0);
    assert_true(text_starts_with(text_get(&content), "\x89PNG")); /* as the path ends */
    text_release(&content);
    memory_free(path);
    memory_free(line);
}

static void ascii_goes_to_stdout(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    assert_int_equal(RUN(command_plot, "plot", "cells", "--format", "ascii", "-k", "accuracy"), 0);
    assert_non_null(strstr(text_get(&output), "rnn +|"));
    assert_non_null(strstr(text_get(&output), "test accuracy (%)"));
}

/* The experiment's name is part of the default path, in the current folder. */
static void hostile_names_make_harmless_paths(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    char *here = getcwd(NULL, 0);
    assert_int_equal(chdir(folder), 0);
    int status = RUN(command_plot, "plot", "../`touch executed`\n<x> ü");
    bool executed = file_exists("executed");
    bool drawn = file_exists("plots/-.--touch-executed---x--ü-e522989d-curves.svg");
    assert_int_equal(chdir(here), 0);
    free(here);
    assert_int_equal(status, 0);
    assert_string_equal(text_get(&output), "plots/-.--touch-executed---x--ü-e522989d-curves.svg\n");
    assert_true(drawn);
    assert_false(executed);
}

static int fill(void **state)
{
    struct store *store;
    gnuplot_is_there = access("/usr/bin/gnuplot", X_OK) == 0;
    if (!gnuplot_is_there)
        print_message("gnuplot is missing: tests that draw are skipped\n");
    if (make_folder(state))
        return -1;
    database = file_join(folder, "test.db");
    made_up_check(store_open(&store, database, STORE_WRITE, &error), &error);
    made_up_experiment(store, "cells", runs, sizeof runs / sizeof runs[0]);
    made_up_experiment(store, "../`touch executed`\n<x> ü", runs, 3);
    store_close(store);
    return 0;
}

static int empty(void **state)
{
    memory_free(database);
    text_release(&output);
    return remove_folder(state);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compare_prints_statistics),
        cmocka_unit_test(compare_says_what_differs),
        cmocka_unit_test(compare_speaks_json),
        cmocka_unit_test(bad_usage_is_told),
        cmocka_unit_test(help_has_an_example),
        cmocka_unit_test(list_is_newest_first),
        cmocka_unit_test(list_filters),
        cmocka_unit_test(plot_prints_the_path),
        cmocka_unit_test(ascii_goes_to_stdout),
        cmocka_unit_test(hostile_names_make_harmless_paths),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
