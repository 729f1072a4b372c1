#include "planned_store.h"

static char folder[64];
static struct store *store;

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
    made_up_check(select_by(&groups, store, name, where, by, false, &error), &error);
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
    /* Only another run tells the steps of a trial. */
    assert_selected("grid", LIST("train.steps=10", "model.cell!=lstm"), NULL,
                    "rnn 48: 1+1, rnn 128: 2+0");
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
    made_up_check(select_by(&groups, store, "grid", NULL, LIST("model.cell"), true, &error),
                  &error);
    const struct group *lstm = &groups.items[1], *rnn = &groups.items[2];
    assert_string_equal(lstm->runs[1].pair, "2 model.units=48");
    assert_string_equal(lstm->runs[2].pair, "1 model.units=128");
    assert_string_equal(rnn->runs[0].pair, "1 model.units=48");
    assert_string_equal(rnn->runs[2].pair, "2 model.units=128");
    assert_string_equal(rnn->runs[2].setting, " model.units=128");
    assert_string_equal(settings_get(&rnn->runs[2].settings, "model.units"), "128");
    groups_release(&groups);
    /* The cell and all that goes with it are the groups' own. */
    made_up_check(select_by(&groups, store, "grid", LIST("model.units=128"), LIST("model.cell"),
                            false, &error),
                  &error);
    assert_string_equal(groups.items[1].runs[0].pair, "1");
    assert_string_equal(groups.items[2].runs[0].pair, "1");
    assert_int_equal(groups.items[1].runs[0].settings.count, 0); /* not asked for */
    groups_release(&groups);
    made_up_check(select_by(&groups, store, "grid", LIST("model.cell=lstm"),
                            LIST("model.stack.0.lstm.units"), false, &error),
                  &error);
    assert_string_equal(groups.items[1].name, "units=128");
    assert_string_equal(groups.items[1].runs[0].pair, "1"); /* not model.units too */
    groups_release(&groups);
    made_up_check(select_by(&groups, store, "rates", NULL, LIST("train.optimizer"), false, &error),
                  &error);
    assert_string_equal(groups.items[0].runs[0].pair, "1 train.optimizer.adam.rate=0.001");
    assert_string_equal(groups.items[1].runs[0].pair, "1 train.optimizer.adam.rate=-");
    groups_release(&groups);
    /* A key of the groups is none of the pairs, the seed neither. */
    made_up_check(select_by(&groups, store, "grid", LIST("model.units=128", "model.cell!=gru"),
                            LIST("seed"), false, &error),
                  &error);
    assert_string_equal(groups.items[0].name, "seed=1");
    assert_string_equal(groups.items[1].name, "seed=2");
    assert_string_equal(groups.items[0].runs[0].pair, groups.items[1].runs[0].pair);
    assert_true(text_starts_with(groups.items[0].runs[0].pair, " model.cell="));
    assert_null(groups.items[0].runs[0].setting);
    groups_release(&groups);
}

static void baselines_are_groups(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    made_up_check(select_by(&groups, store, "grid", LIST("model.cell=rnn"), NULL, false, &error),
                  &error);
    assert_string_equal(groups.baseline, "rnn 48");
    assert_string_equal(groups.name, "grid");
    assert_string_equal(groups.metric, "test.accuracy");
    groups_release(&groups);
    made_up_check(select_by(&groups, store, "grid", LIST("model.cell=lstm"), NULL, false, &error),
                  &error);
    assert_null(groups.baseline);
    groups_release(&groups);
    made_up_check(select_by(&groups, store, "grid", NULL, LIST("model.cell"), false, &error),
                  &error);
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
    assert_int_equal(select_by(&groups, store, name, where, by, false, &error), -1);
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
    made_up_check(select_by(&groups, store, "unreadable", NULL, NULL, false, &error), &error);
    assert_int_equal(groups.items[0].run_count, 1);
    assert_null(groups.items[0].runs[0].run.config);
    groups_release(&groups);
}

static int fill(void **state)
{
    static const char *const unreadable[] = {"name: [\n"};
    (void)state;
    store = store_folder_make(folder);
    save_planned(store, "grid", "rnn 48", grid, sizeof grid / sizeof grid[0]);
    save_planned(store, "rates", "", rates, sizeof rates / sizeof rates[0]);
    save_configs(store, "unreadable", unreadable, 1);
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
        cmocka_unit_test(conditions_leave_out_runs_and_trials),
        cmocka_unit_test(groups_by_keys_stand_in_the_order_of_values),
        cmocka_unit_test(runs_pair_where_all_else_is_the_same),
        cmocka_unit_test(baselines_are_groups),
        cmocka_unit_test(several_experiments_share_groups_by_keys),
        cmocka_unit_test(what_cannot_be_selected_is_an_error),
        cmocka_unit_test(unreadable_configs_do_not_matter_unless_asked_for),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
