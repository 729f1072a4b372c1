/* What the plot of gradient flow shows, in its data and its script, and that names execute nothing.
 */
#include "base/file.h"
#include "made_up_store.h"
#include "plots/plots.h"
#include "store/gradient_flow_rows.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/unroll-flow-XXXXXX";
static struct store *store;

/* Draws experiment NAME; data and script are copied to DATA and SCRIPT, which may be NULL. */
static int draw(const char *name, struct plot_request request, enum picture_format format,
                struct text *data, struct text *script, struct error *error)
{
    struct groups groups;
    struct gnuplot plot = {0};
    char *file = text_format("picture%s", picture_format_ending(format));
    char *path = file_join(folder, file);
    made_up_check(groups_load(&groups, store, &name, 1, error), error);
    request.kind = PLOT_GRADIENT_FLOW;
    request.columns = 79;
    int result = gnuplot_init(&plot, path, format, error);
    if (result == 0)
        result = plot_draw(&plot, store, &groups, &request, error);
    if (data) {
        text_clear(data);
        text_add(data, text_get(&plot.data));
    }
    if (script) {
        text_clear(script);
        text_add(script, text_get(&plot.script));
    }
    gnuplot_release(&plot);
    groups_release(&groups);
    memory_free(path);
    memory_free(file);
    return result;
}

static const struct plot_request top = {.layer = -1};

/* Adds what a made-up run recorded. */
static void add_flow(const struct made_up *run, int64_t step, int64_t layer, int64_t direction,
                     float *norms, int64_t count)
{
    struct error error = {0};
    char id[RUN_ID_SIZE], key[33];
    made_up_run(store, run, id, key);
    struct database *database = store_database(store);
    char *sql = text_format("SELECT number FROM runs WHERE id = '%s'", id);
    int64_t number = 0;
    made_up_check(database_integer(database, sql, &number, &error), &error);
    const struct gradient_flow flow = {step, layer, direction, count, norms};
    made_up_check(database_begin_write(database, &error), &error);
    int result = gradient_flow_write(database, number, &flow, 1, &error);
    made_up_check(database_end(database, result, &error), &error);
    memory_free(sql);
}

/* The text from the first PLACE in TEXT on; fails where there is none. */
static const char *find(const char *text, const char *place)
{
    const char *at = strstr(text, place);
    if (!at)
        fail_msg("no '%s' in:\n%s", place, text);
    return at;
}

/* The mean at X in the data block called NAME. */
static double mean_of(const struct text *data, const char *name, int x)
{
    char *head = text_format("# %s\n", name), *row = text_format("\n%d ", x);
    const char *line = find(find(text_get((struct text *)(uintptr_t)data), head), row);
    memory_free(head);
    char *end;
    double mean = strtod(line + strlen(row), &end);
    memory_free(row);
    return mean;
}

static void the_last_step_comes_first_and_means_are_geometric(void **state)
{
    (void)state;
    struct error error = {0};
    struct text data = {0}, script = {0};
    made_up_check(draw("cells", top, PICTURE_SVG, &data, &script, &error), &error);
    /* rnn: 1e-2 and 1e-4 at the last time step, 1e-6 and 1e-10 at the first */
    assert_float_equal(mean_of(&data, "rnn", 0) / 1e-3, 1, 1e-5);
    assert_float_equal(mean_of(&data, "rnn", 2) / 1e-8, 1, 1e-5);
    find(text_get(&script), "set logscale y");
    find(text_get(&script), "set multiplot");
    find(text_get(&script), "'gradient norm, step 1'");
    find(text_get(&script), "'gradient norm, step 90'");
    find(text_get(&script), "'time steps back from the last'");
    text_release(&data);
    text_release(&script);
}

/* With a seed's exact zero the geometric mean is zero, which has no place; what is no number in one
 * seed leaves the other. */
static void zeros_are_gaps(void **state)
{
    (void)state;
    struct error error = {0};
    struct text data = {0};
    made_up_check(draw("cells", top, PICTURE_SVG, &data, NULL, &error), &error);
    assert_true(isnan(mean_of(&data, "lstm", 1)));
    assert_float_equal(mean_of(&data, "lstm", 2), 0.5, 1e-6);
    assert_float_equal(mean_of(&data, "lstm", 0), 1, 1e-6);
    text_release(&data);
}

static void directions_and_layers(void **state)
{
    (void)state;
    struct error error = {0};
    struct text data = {0}, script = {0};
    made_up_check(draw("deep", top, PICTURE_SVG, &data, &script, &error), &error);
    assert_float_equal(mean_of(&data, "bilstm, forward", 0), 0.25, 1e-6);
    assert_float_equal(mean_of(&data, "bilstm, backward", 0), 0.75, 1e-6);
    find(text_get(&script), "'time steps back from the last, layer 2'");
    /* The variant that is called as the other's direction keeps a line of its own. */
    assert_float_equal(mean_of(&data, "bilstm, backward'", 0), 0.125, 1e-6);
    struct plot_request lower = {.layer = 0};
    made_up_check(draw("deep", lower, PICTURE_SVG, &data, &script, &error), &error);
    assert_float_equal(mean_of(&data, "bilstm, forward", 0), 0.5, 1e-6);
    find(text_get(&script), "'time steps back from the last, layer 0'");
    lower.layer = 1;
    assert_int_equal(draw("deep", lower, PICTURE_SVG, NULL, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "no gradient flow is recorded of layer 1; there is that of layers 0, 2, from "
                     "step 1 to 1");
    text_release(&data);
    text_release(&script);
}

static void one_step_is_one_panel(void **state)
{
    (void)state;
    struct error error = {0};
    struct text script = {0};
    made_up_check(draw("deep", top, PICTURE_SVG, NULL, &script, &error), &error);
    assert_null(strstr(text_get(&script), "multiplot"));
    struct plot_request at = {.layer = -1, .moment = {MOMENT_STEP, 60}};
    made_up_check(draw("cells", at, PICTURE_SVG, NULL, &script, &error), &error);
    assert_null(strstr(text_get(&script), "multiplot"));
    find(text_get(&script), "'gradient norm, step 50'"); /* the last one up to it */
    at.moment.at = 0;
    assert_int_equal(draw("cells", at, PICTURE_SVG, NULL, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "up to step 0; there is that of layer 0, from step 1 to 90");
    at.moment.kind = MOMENT_BEST;
    assert_int_equal(draw("cells", at, PICTURE_SVG, NULL, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    text_release(&script);
}

static void without_any_the_remedy_is_told(void **state)
{
    (void)state;
    struct error error = {0};
    assert_int_equal(draw("plain", top, PICTURE_SVG, NULL, NULL, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    find(error.text, "train.diagnostics: gradient_flow");
    assert_int_equal(draw("zero", top, PICTURE_SVG, NULL, NULL, &error), -1);
    find(error.text, "zero or not a number");
}

static void every_format_draws_and_executes_nothing(void **state)
{
    (void)state;
    for (int format = 0; format < PICTURE_FORMATS; format++) {
        struct error error = {0};
        made_up_check(draw("hostile", top, (enum picture_format)format, NULL, NULL, &error),
                      &error);
        char *executed = file_join(folder, "executed");
        assert_false(file_exists(executed));
        memory_free(executed);
    }
}

static void fill_cells(void)
{
    static const struct made_up cells[] = {
        {"rnn", 1, 0.9, 100, 50, RUN_DONE},  {"rnn", 2, 0.9, 100, 50, RUN_DONE},
        {"lstm", 1, 0.9, 100, 50, RUN_DONE}, {"lstm", 2, 0.9, 100, 50, RUN_RUNNING},
        {"gru", 1, 0.9, 100, 50, RUN_DONE},  {"never", -1, 0.9, 100, 50, RUN_DONE}};
    static const int64_t steps[] = {1, 50, 90};
    for (int i = 0; i < 3; i++) {
        add_flow(&cells[0], steps[i], 0, 0, (float[]){1e-6f, 1e-4f, 1e-2f}, 3);
        add_flow(&cells[1], steps[i], 0, 0, (float[]){1e-10f, 1e-7f, 1e-4f}, 3);
        add_flow(&cells[2], steps[i], 0, 0, (float[]){0.5f, 0, 1}, 3);
        add_flow(&cells[3], steps[i], 0, 0, (float[]){NAN, 1, INFINITY}, 3);
    }
    made_up_experiment(store, "cells", cells, 6);
}

static void fill_deep(void)
{
    static const struct made_up deep[] = {{"bilstm", 11, 0.9, 100, 50, RUN_DONE},
                                          {"bilstm, backward", 11, 0.9, 100, 50, RUN_DONE}};
    add_flow(&deep[0], 1, 0, 0, (float[]){0.5f, 0.5f}, 2);
    add_flow(&deep[0], 1, 0, 1, (float[]){0.5f, 0.5f}, 2);
    add_flow(&deep[0], 1, 2, 0, (float[]){0.25f, 0.25f}, 2);
    add_flow(&deep[0], 1, 2, 1, (float[]){0.75f, 0.75f}, 2);
    add_flow(&deep[1], 1, 2, 0, (float[]){0.125f, 0.125f}, 2);
    made_up_experiment(store, "deep", deep, 2);
}

static void fill_others(void)
{
    static const struct made_up hostile[] = {
        {"`touch executed`", 1, 0.98, 1000, 50, RUN_DONE},
        {"'; system('touch executed'); '", 1, 0.97, 1000, 50, RUN_DONE},
        {"<touch executed", 1, 0.97, 1000, 50, RUN_DONE},
        {"%s {/=40 a_b^c} \\\n|touch executed", 1, 0.97, 1000, 50, RUN_DONE},
        {"größer ist besser, und zwar mit einem sehr langen Namen", 1, 0.97, 1000, 50, RUN_DONE},
    };
    static const struct made_up plain = {"plain", 1, 0.9, 100, 50, RUN_DONE};
    static const struct made_up zero = {"zero", 1, 0.9, 100, 50, RUN_DONE};
    for (int i = 0; i < 5; i++)
        add_flow(&hostile[i], 1, 0, 0, (float[]){1e-30f, 1e-20f, 1e-10f, 1}, 4);
    add_flow(&zero, 1, 0, 0, (float[]){0, NAN}, 2);
    made_up_experiment(store, "hostile", hostile, 5);
    made_up_experiment(store, "plain", &plain, 1);
    made_up_experiment(store, "zero", &zero, 1);
}

static int fill(void **state)
{
    (void)state;
    struct error error = {0};
    if (!mkdtemp(folder))
        return -1;
    char *path = file_join(folder, "test.db");
    made_up_check(store_open(&store, path, STORE_WRITE, &error), &error);
    memory_free(path);
    fill_cells();
    fill_deep();
    fill_others();
    return 0;
}

static int empty(void **state)
{
    (void)state;
    struct error error;
    store_close(store);
    return file_remove_tree(folder, &error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_step_comes_first_and_means_are_geometric),
        cmocka_unit_test(zeros_are_gaps),
        cmocka_unit_test(directions_and_layers),
        cmocka_unit_test(one_step_is_one_panel),
        cmocka_unit_test(without_any_the_remedy_is_told),
        cmocka_unit_test(every_format_draws_and_executes_nothing),
    };
    if (access("/usr/bin/gnuplot", X_OK) != 0) {
        print_message("gnuplot is missing: tests that draw are skipped\n");
        return 0;
    }
    return cmocka_run_group_tests(tests, fill, empty);
}
