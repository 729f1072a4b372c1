#include "compare/groups.h"
#include "made_up_store.h"

#include "base/file.h"
#include "config_text.h"

#include <string.h>

static char folder[] = "/tmp/unroll-groups-XXXXXX";
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
    assert_non_null(strstr(error.text, "test.accuracy, test.loss, seconds, "
                                       "examples_per_second, parameters"));
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
    groups_release(&groups);
    groups_release(&all);
}

static void several_experiments_keep_apart(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    const char *names[] = {"cells", "other"};
    made_up_check(groups_load(&groups, store, names, 2, &error), &error);
    assert_int_equal(groups.count, 3);
    assert_string_equal(groups.items[0].name, "cells/rnn");
    assert_string_equal(groups.items[2].name, "other/rnn");
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

/* A trial of an experiment whose runs have real configs. */
struct planned {
    const char *variant, *overrides;
    int64_t seed; /* negative: not begun */
};

#define TEMPLATE                                                                                   \
    "name: %s\ndata: {set: digits}\nmodel: {cell: lstm, units: 48}\ntrain: {steps: 10}\n"

/* The resolved config of PLANNED. Caller frees. */
static char *config_of(const struct planned *planned)
{
    struct config config;
    struct diagnostics *diagnostics = diagnostics_new();
    char *name = memory_copy_text(planned->variant), *text, *copy, *rest;
    const char *overrides[8];
    struct config_source source = {.path = "x.yaml", .overrides = overrides};
    char *seed = text_format("seed=%d", (int)planned->seed);
    for (char *at = name; *at; at++)
        *at = *at == ' ' ? '_' : *at;
    source.text = text = text_format(TEMPLATE, name);
    rest = copy = memory_copy_text(planned->overrides);
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n"))
        if (*line)
            overrides[source.override_count++] = line;
    overrides[source.override_count++] = seed;
    if (config_load_from(&config, &source, diagnostics) != 0)
        diagnostics_print(diagnostics);
    assert_int_equal(diagnostics_count(diagnostics), 0);
    char *yaml = memory_copy_text(config.yaml);
    config_release(&config);
    diagnostics_free(diagnostics);
    memory_free(name);
    memory_free(text);
    memory_free(copy);
    memory_free(seed);
    return yaml;
}

/* Saves the experiment NAME of COUNT trials; those that were begun are done. */
static void save_planned(const char *name, const char *baseline, const struct planned *planned,
                         size_t count)
{
    struct error error = {0};
    struct trial trials[32];
    char keys[32][33], id[RUN_ID_SIZE];
    int64_t order = 0;
    assert_in_range(count, 1, 32);
    for (size_t i = 0; i < count; i++) {
        order += i > 0 && !text_equal(planned[i].variant, planned[i - 1].variant);
        snprintf(keys[i], sizeof keys[i], "%032x", (unsigned)i);
        if (planned[i].seed >= 0) {
            char *config = config_of(&planned[i]);
            const struct made_up made = {
                planned[i].variant, planned[i].seed, 0.9, 100, 10, RUN_DONE};
            made_up_run_of(store, &made, config, id, keys[i]);
            memory_free(config);
        }
        trials[i] = (struct trial){.variant = (char *)(uintptr_t)planned[i].variant,
                                   .variant_order = order,
                                   .seed = llabs(planned[i].seed),
                                   .key = keys[i],
                                   .overrides = (char *)(uintptr_t)planned[i].overrides};
    }
    const struct experiment experiment = {.name = (char *)(uintptr_t)name,
                                          .source = (char *)(uintptr_t) "name: x\n",
                                          .metric = (char *)(uintptr_t) "test.accuracy",
                                          .baseline = (char *)(uintptr_t)baseline,
                                          .trials = trials,
                                          .trial_count = count};
    made_up_check(store_experiment_save(store, &experiment, &error), &error);
}

static const struct planned grid[] = {
    {"rnn 48", "model.cell=rnn\nmodel.units=48\n", 1},
    {"rnn 48", "model.cell=rnn\nmodel.units=48\n", -2},
    {"rnn 128", "model.cell=rnn\nmodel.units=128\n", 1},
    {"rnn 128", "model.cell=rnn\nmodel.units=128\n", 2},
    {"lstm 48", "model.units=48\n", 1},
    {"lstm 48", "model.units=48\n", 2},
    {"lstm 128", "model.units=128\n", 1},
    {"lstm 128", "model.units=128\n", 2},
    {"gru 128", "model.cell=gru\nmodel.units=128\n", -1},
    {"deep", "model.layers=2\n", -1},
};

static const struct planned rates[] = {
    {"adam low", "train.optimizer={adam: {rate: 0.001}}\n", 1},
    {"adam high", "train.optimizer={adam: {rate: 0.01}}\n", 1},
    {"sgd", "train.optimizer={sgd: {rate: 0.1}}\n", 1},
};

static const struct planned shapes[] = {{"plain", "", 1}, {"larger", "model.units=64\n", 1}};

/* What `where` and `by` ask for, each up to its NULL. */
static int select_by(struct groups *groups, const char *name, const char *const *where,
                     const char *const *by, bool with_settings, struct error *error)
{
    struct groups_request request = {.where = where, .by = by, .with_settings = with_settings};
    while (where && where[request.where_count])
        request.where_count++;
    while (by && by[request.by_count])
        request.by_count++;
    return groups_load_by(groups, store, &name, 1, &request, error);
}

#define LIST(...) ((const char *const[]){__VA_ARGS__, NULL})

/* The names of GROUPS with the numbers of runs and of trials not begun: "rnn 48 1+1, ". */
static char *described(const struct groups *groups)
{
    struct text text = {0};
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        assert_int_equal(names_find(&groups->names, group->name), i);
        assert_int_equal(group->states[RUN_DONE], group->run_count);
        assert_int_equal(group->states[RUN_QUEUED], group->trial_count);
        text_add_format(&text, "%s%s: %zu+%zu", i ? ", " : "", group->name, group->run_count,
                        group->trial_count);
    }
    return text_take(&text);
}

static void assert_selected(const char *name, const char *const *where, const char *const *by,
                            const char *expected)
{
    struct groups groups;
    struct error error = {0};
    made_up_check(select_by(&groups, name, where, by, false, &error), &error);
    char *found = described(&groups);
    assert_string_equal(found, expected);
    memory_free(found);
    groups_release(&groups);
}

static void conditions_leave_out_runs_and_trials(void **state)
{
    (void)state;
    assert_selected("grid", LIST("model.cell=lstm"), NULL, "lstm 48: 2+0, lstm 128: 2+0");
    /* The seed that was not begun is judged by the other, what has no other by its overrides. */
    assert_selected("grid", LIST("model.units>=48", "model.cell!=lstm"), NULL,
                    "rnn 48: 1+1, rnn 128: 2+0, gru 128: 0+1");
    assert_selected("grid", LIST("model.units=48.0", "seed=2"), NULL, "rnn 48: 0+1, lstm 48: 1+0");
    assert_selected("grid", LIST("model.stack.0.lstm.units=48"), NULL, "lstm 48: 2+0");
    assert_selected("grid", LIST("model.layers=2"), NULL, "deep: 0+1");
    assert_selected("rates", LIST("train.optimizer=sgd"), NULL, "sgd: 1+0");
}

static void groups_by_keys_stand_in_the_order_of_values(void **state)
{
    (void)state;
    assert_selected("grid", NULL, LIST("model.cell"),
                    "cell=gru: 0+1, cell=lstm: 4+0, "
                    "cell=rnn: 3+1");
    assert_selected("grid", NULL, LIST("model.units"), "units=48: 3+1, units=128: 4+1");
    assert_selected("grid", LIST("model.cell!=gru"), LIST("model.units", "model.cell"),
                    "units=48 cell=lstm: 2+0, units=48 cell=rnn: 1+1, units=128 cell=lstm: 2+0, "
                    "units=128 cell=rnn: 2+0");
    assert_selected("grid", LIST("seed=1"), LIST("seed", "seed"), "seed=1: 4+2");
    assert_selected("rates", NULL, LIST("train.optimizer.adam.rate"),
                    "rate=0.001: 1+0, rate=0.01: 1+0, rate=-: 1+0");
    assert_selected("rates", NULL, LIST("train.optimizer.adam.rate", "train.optimizer.sgd.rate"),
                    "adam.rate=0.001 sgd.rate=-: 1+0, adam.rate=0.01 sgd.rate=-: 1+0, "
                    "adam.rate=- sgd.rate=0.1: 1+0");
    assert_selected("grid", LIST("model.cell=lstm"), LIST("model.stack.0"), "stack.0=lstm: 4+0");
}

static void runs_pair_where_all_else_is_the_same(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(select_by(&groups, "grid", NULL, LIST("model.cell"), true, &error), &error);
    const struct group *lstm = &groups.items[1], *rnn = &groups.items[2];
    assert_string_equal(lstm->runs[1].pair, "2 model.units=48");
    assert_string_equal(lstm->runs[2].pair, "1 model.units=128");
    assert_string_equal(rnn->runs[0].pair, "1 model.units=48");
    assert_string_equal(rnn->runs[2].pair, "2 model.units=128");
    assert_string_equal(settings_get(&rnn->runs[2].settings, "model.units"), "128");
    groups_release(&groups);
    /* The cell and all that goes with it are the groups' own. */
    made_up_check(
        select_by(&groups, "grid", LIST("model.units=128"), LIST("model.cell"), false, &error),
        &error);
    assert_string_equal(groups.items[1].runs[0].pair, "1");
    assert_string_equal(groups.items[2].runs[0].pair, "1");
    assert_int_equal(groups.items[1].runs[0].settings.count, 0); /* not asked for */
    groups_release(&groups);
    made_up_check(select_by(&groups, "rates", NULL, LIST("train.optimizer"), false, &error),
                  &error);
    assert_string_equal(groups.items[0].runs[0].pair, "1 train.optimizer.adam.rate=0.001");
    assert_string_equal(groups.items[1].runs[0].pair, "1 train.optimizer.adam.rate=-");
    groups_release(&groups);
}

static void baselines_are_groups(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(select_by(&groups, "grid", LIST("model.cell=rnn"), NULL, false, &error), &error);
    assert_string_equal(groups.baseline, "rnn 48");
    assert_string_equal(groups.name, "grid");
    assert_string_equal(groups.metric, "test.accuracy");
    groups_release(&groups);
    made_up_check(select_by(&groups, "grid", LIST("model.cell=lstm"), NULL, false, &error), &error);
    assert_null(groups.baseline);
    groups_release(&groups);
    made_up_check(select_by(&groups, "grid", NULL, LIST("model.cell"), false, &error), &error);
    assert_null(groups.baseline);
    groups_release(&groups);
}

static void several_experiments_share_groups_by_keys(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    const char *names[] = {"grid", "rates", "grid"}, *by[] = {"model.units"};
    const struct groups_request request = {.by = by, .by_count = 1};
    made_up_check(groups_load_by(&groups, store, names, 3, &request, &error), &error);
    assert_int_equal(groups.count, 2);
    assert_string_equal(groups.items[0].name, "units=48");
    assert_int_equal(groups.items[0].run_count, 6); /* each once */
    groups_release(&groups);
}

static void refuse(const char *name, const char *const *where, const char *const *by,
                   enum error_code code, const char *expected)
{
    struct groups groups;
    struct error error = {0};
    assert_int_equal(select_by(&groups, name, where, by, false, &error), -1);
    if (!strstr(error.text, expected))
        fail_msg("no `%s` in: %s", expected, error.text);
    assert_int_equal(error.code, code);
    assert_int_equal(groups.count, 0);
}

static void what_cannot_be_selected_is_an_error(void **state)
{
    (void)state;
    refuse("grid", LIST("model.cel=lstm"), NULL, ERROR_NOT_FOUND,
           "--where model.cel=lstm: no run has the key `model.cel`; did you mean `model.cell`?");
    refuse("grid", NULL, LIST("units"), ERROR_NOT_FOUND,
           "--group-by units: no run has the key `units`; did you mean `model.units`?");
    refuse("grid", NULL, LIST("what.ever.it.is"), ERROR_NOT_FOUND, "`unroll show RUN`");
    refuse("grid", NULL, LIST(""), ERROR_NOT_FOUND, "no run has the key ``");
    refuse("grid", LIST("model.cell=lstn"), NULL, ERROR_NOT_FOUND,
           "--where model.cell=lstn: no run meets it; the values of model.cell: rnn, lstm");
    refuse("grid", LIST("model.cell=lstm", "model.units=3"), NULL, ERROR_NOT_FOUND,
           "no run meets this and the other conditions; the values of model.cell: rnn, lstm; the "
           "values of model.units: 48, 128");
    refuse("grid", LIST("lstm"), NULL, ERROR_USAGE, "--where: lstm: no condition");
    refuse("unreadable", LIST("seed=1"), NULL, ERROR_DATA,
           "its config in the store cannot be read");
}

static void unreadable_configs_do_not_matter_unless_asked_for(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(load(&groups, "unreadable", &error), &error);
    assert_int_equal(groups.items[0].run_count, 1);
    assert_null(groups.items[0].runs[0].run.config);
    groups_release(&groups);
}

static void assert_changed(const char *name, const char *const *where, const char *expected)
{
    struct groups groups;
    struct error error = {0};
    struct text text = {0};
    size_t count;
    made_up_check(select_by(&groups, name, where, NULL, true, &error), &error);
    char **keys = groups_changed_keys(&groups, &count);
    for (size_t i = 0; i < count; i++) {
        text_add_format(&text, "%s%s", i ? ", " : "", keys[i]);
        memory_free(keys[i]);
    }
    memory_free(keys);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
    groups_release(&groups);
}

static void changed_keys_are_those_that_runs_differ_in(void **state)
{
    (void)state;
    assert_changed("grid", NULL, "model.cell, model.units");
    assert_changed("grid", LIST("model.cell=rnn"), "model.units");
    assert_changed("grid", LIST("model.cell=lstm", "model.units=48"), ""); /* but the seed */
    assert_changed("rates", NULL, "train.optimizer, train.optimizer.adam.rate");
    assert_changed("shapes", NULL, "model.units");
    assert_changed("stacks", NULL,
                   "model.stack.0.lstm.units, model.stack.1, model.stack.2, train.clip.norm");
}

/* An experiment of runs with the given configs. */
static void save_configs(const char *name, const char *const *configs, size_t count)
{
    struct made_up made[4] = {0};
    char id[RUN_ID_SIZE], key[33], *names[4];
    for (size_t i = 0; i < count; i++) {
        names[i] = text_format("%s %zu", name, i);
        made[i] = (struct made_up){names[i], 1, 0.9, 100, 10, RUN_DONE};
        made_up_run_of(store, &made[i], configs[i], id, key);
    }
    made_up_experiment(store, name, made, count);
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
}

static void save_all(void)
{
    static const char *const unreadable[] = {"name: [\n"};
    static const char *const stacks[] = {
        "name: a\nseed: 1\nmodel:\n  stack:\n    - lstm:\n        units: 4\n    - readout:\n"
        "        of: last\ntrain:\n  clip:\n    norm: none\n    value: none\n",
        /* Of an older version, which did not know of clip.value. */
        "name: b\nseed: 2\nmodel:\n  stack:\n    - lstm:\n        units: 5\n    - gru:\n"
        "        units: 6\n    - readout:\n        of: last\ntrain:\n  clip:\n    norm: 1\n",
    };
    save_planned("grid", "rnn 48", grid, sizeof grid / sizeof grid[0]);
    save_planned("rates", "", rates, sizeof rates / sizeof rates[0]);
    save_planned("shapes", "", shapes, sizeof shapes / sizeof shapes[0]);
    save_configs("unreadable", unreadable, 1);
    save_configs("stacks", stacks, 2);
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
    made_up_experiment(store, "cells", runs, sizeof runs / sizeof runs[0]);
    const struct made_up other = {"rnn", 1, 0.96, 1000, 100, RUN_DONE};
    made_up_experiment(store, "other", &other, 1);
    save_all();
    return 0;
}

static int empty(void **state)
{
    (void)state;
    store_close(store);
    char *command = text_format("rm -r '%s'", folder);
    int result = system(command);
    memory_free(command);
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(variants_stand_in_their_order),
        cmocka_unit_test(values_are_finals_of_done_runs),
        cmocka_unit_test(runs_are_grouped_by_name),
        cmocka_unit_test(several_experiments_keep_apart),
        cmocka_unit_test(experiment_files_say_the_name),
        cmocka_unit_test(unknown_names_are_errors),
        cmocka_unit_test(conditions_leave_out_runs_and_trials),
        cmocka_unit_test(groups_by_keys_stand_in_the_order_of_values),
        cmocka_unit_test(runs_pair_where_all_else_is_the_same),
        cmocka_unit_test(baselines_are_groups),
        cmocka_unit_test(several_experiments_share_groups_by_keys),
        cmocka_unit_test(what_cannot_be_selected_is_an_error),
        cmocka_unit_test(unreadable_configs_do_not_matter_unless_asked_for),
        cmocka_unit_test(changed_keys_are_those_that_runs_differ_in),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
