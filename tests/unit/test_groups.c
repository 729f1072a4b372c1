#include "compare/groups_load.h"
#include "unit/store_folder.h"

#include <string.h>

static char folder[64];
static struct store *store;

static const struct made_up runs[] = {
    {"rnn", 1, 0.96, 1000, 100, RUN_DONE},         {"rnn", 2, 0.96, 1000, 100, RUN_DONE},
    {"lstm", 1, 0.98, 1000, 100, RUN_DONE},        {"lstm", 2, 0.98, 1000, 100, RUN_DIVERGED},
    {"lstm", 3, 0.98, 1000, 100, RUN_INTERRUPTED}, {"lstm", -4, 0.98, 1000, 100, RUN_DONE},
};

static int load(struct groups *groups, const char *name, struct error *error)
{
    return groups_load(groups, store, &name, 1, error);
}

static void variants_stand_in_their_order(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(load(&groups, "cells", &error), &error);
    assert_string_equal(groups.name, "cells");
    assert_string_equal(groups.metric, "test.accuracy");
    assert_int_equal(groups.count, 2);
    assert_string_equal(groups.items[0].name, "rnn");
    assert_int_equal(groups.items[0].run_count, 2);
    assert_int_equal(groups.items[1].run_count, 3);
    assert_int_equal(groups.items[1].states[RUN_DONE], 1);
    assert_int_equal(groups.items[1].states[RUN_DIVERGED], 1);
    assert_int_equal(groups.items[1].states[RUN_INTERRUPTED], 1);
    assert_int_equal(groups.items[1].states[RUN_QUEUED], 1);
    assert_string_equal(groups.items[0].runs[0].pair, "1");
    assert_string_equal(groups.items[1].runs[2].pair, "3");
    groups_release(&groups);
}

static void values_are_finals_of_done_runs(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(load(&groups, "cells", &error), &error);
    size_t count;
    double *values = group_values(&groups.items[1], "test.accuracy", &count);
    assert_int_equal(count, 4);
    assert_true(fabs(values[0] - 0.9805) < 1e-12);
    assert_true(isnan(values[1]) && isnan(values[2]) && isnan(values[3]));
    memory_free(values);
    assert_true(fabs(group_run_value(&groups.items[0].runs[0], "seconds") - 11) < 1e-9);
    assert_true(group_run_value(&groups.items[0].runs[0], "parameters") == 1234567);
    assert_true(isnan(group_run_value(&groups.items[1].runs[1], "parameters")));
    assert_true(fabs(group_run_value(&groups.items[0].runs[0], "examples_per_second") -
                     128000 / 11.0) < 1e-6);
    assert_true(isnan(group_run_value(&groups.items[0].runs[0], "gap.loss")));
    assert_int_equal(groups_check_metric(&groups, "test.loss", &error), 0);
    assert_int_equal(groups_check_metric(&groups, "test.acuracy", &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "test.accuracy, test.loss, seconds, cpu_seconds, "
                                       "examples_per_second, parameters"));
    assert_int_equal(groups_check_metric(&groups, "cpu_seconds", &error), 0);
    groups_release(&groups);
}

/* Runs that were trained before it was measured. */
static void processor_time_may_be_of_no_run(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(load(&groups, "cells", &error), &error);
    for (size_t i = 0; i < groups.count; i++)
        for (size_t j = 0; j < groups.items[i].run_count; j++)
            groups.items[i].runs[j].run.progress.cpu_seconds = NAN;
    assert_int_equal(groups_check_metric(&groups, "seconds", &error), 0);
    assert_int_equal(groups_check_metric(&groups, "cpu_seconds", &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "cpu_seconds: no run has it; runs of earlier"));
    assert_non_null(strstr(error.text, "once they are trained again with --force"));
    groups.items[0].runs[0].run.progress.cpu_seconds = 10;
    assert_int_equal(groups_check_metric(&groups, "cpu_seconds", &error), 0);
    groups_release(&groups);
}

static void runs_are_grouped_by_name(void **state)
{
    (void)state;
    struct groups all, groups;
    struct error error = {0};
    made_up_check(load(&all, "cells", &error), &error);
    const char *ids[] = {all.items[1].runs[0].run.id, all.items[0].runs[0].run.id,
                         all.items[1].runs[1].run.id, all.items[1].runs[0].run.id};
    made_up_check(groups_load(&groups, store, ids, 4, &error), &error);
    assert_int_equal(groups.count, 2);
    assert_string_equal(groups.items[0].name, "lstm");
    assert_int_equal(groups.items[0].run_count, 2); /* the repeated one counts once */
    assert_int_equal(groups.items[1].run_count, 1);
    assert_null(groups.metric);
    assert_string_equal(groups.baseline, "lstm"); /* the first of two that were named */
    groups_release(&groups);
    made_up_check(groups_load(&groups, store, ids, 1, &error), &error);
    assert_null(groups.baseline);
    groups_release(&groups);
    groups_release(&all);
}

/* A run that repeats another: the one that is done counts, then the newest. */
static void runs_of_one_key_count_once(void **state)
{
    (void)state;
    static const struct made_up again[] = {{"again", 1, 0.90, 100, 10, RUN_INTERRUPTED},
                                           {"again", 1, 0.91, 100, 10, RUN_DONE},
                                           {"again", 1, 0.92, 100, 10, RUN_DONE},
                                           {"again", 1, 0.93, 100, 10, RUN_DIVERGED},
                                           {"again", 2, 0.94, 100, 10, RUN_DONE}};
    struct groups groups;
    struct error error = {0};
    char ids[5][RUN_ID_SIZE], key[33];
    const char *names[5];
    for (int i = 0; i < 5; i++) {
        made_up_run_again(store, &again[i], ids[i], key);
        names[i] = ids[i];
    }
    made_up_check(groups_load(&groups, store, names, 5, &error), &error);
    const struct group *group = &groups.items[0];
    assert_int_equal(group->run_count, 2);
    assert_int_equal(group->repeated, 3);
    assert_string_equal(group->runs[0].run.id, ids[2]);
    assert_string_equal(group->runs[1].run.id, ids[4]);
    assert_int_equal(group->states[RUN_DONE], 2);
    assert_int_equal(group->states[RUN_DIVERGED] + group->states[RUN_INTERRUPTED], 0);
    assert_int_equal(group->ids.count, 2);
    groups_release(&groups);
}

static void several_experiments_keep_apart(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    const char *names[] = {"cells", "other"};
    made_up_check(groups_load(&groups, store, names, 2, &error), &error);
    assert_int_equal(groups.count, 3); /* without other/rnn, whose run cells/rnn has as well */
    assert_string_equal(groups.items[0].name, "cells/rnn");
    assert_string_equal(groups.items[1].name, "cells/lstm");
    assert_string_equal(groups.items[2].name, "other/gru");
    groups_release(&groups);
}

/* Writes CONTENT as the experiment file NAME and loads it. */
static int load_file(const char *name, const char *content, struct groups *groups,
                     struct error *error)
{
    char *path = file_join(folder, name);
    made_up_check(file_replace(path, content, strlen(content), error), error);
    int result = load(groups, path, error);
    memory_free(path);
    return result;
}

static void experiment_files_say_the_name(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(load_file("any.yaml", "name: cells\nseeds: 5\n", &groups, &error), &error);
    assert_string_equal(groups.name, "cells");
    groups_release(&groups);
    made_up_check(load_file("cells.yml", "seeds: 5\n", &groups, &error), &error);
    assert_string_equal(groups.name, "cells");
    groups_release(&groups);
    assert_int_equal(load_file("bad.yaml", "name: [\n", &groups, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_int_equal(load_file("new.yaml", "seeds: 5\n", &groups, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "unroll batch"));
    assert_int_equal(load(&groups, "/nonexistent/x.yaml", &error), -1);
    assert_int_equal(groups.count, 0);
}

static void unknown_names_are_errors(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    assert_int_equal(load(&groups, "cels", &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "neither an experiment nor a run"));
    assert_int_equal(load(&groups, "", &error), -1);
}

static int fill(void **state)
{
    (void)state;
    store = store_folder_make(folder);
    made_up_experiment(store, "cells", runs, sizeof runs / sizeof runs[0]);
    const struct made_up other[] = {{"rnn", 1, 0.96, 1000, 100, RUN_DONE},
                                    {"gru", 1, 0.97, 1000, 100, RUN_DONE}};
    made_up_experiment(store, "other", other, 2);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    return store_folder_remove(store, folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_stand_in_their_order),
        cmocka_unit_test(values_are_finals_of_done_runs),
        cmocka_unit_test(processor_time_may_be_of_no_run),
        cmocka_unit_test(runs_are_grouped_by_name),
        cmocka_unit_test(runs_of_one_key_count_once),
        cmocka_unit_test(several_experiments_keep_apart),
        cmocka_unit_test(experiment_files_say_the_name),
        cmocka_unit_test(unknown_names_are_errors),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
