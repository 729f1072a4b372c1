#include "compare/changed_keys.h"
#include "planned_store.h"

static char folder[64];
static struct store *store;

static const struct planned grid[] = {
    {"rnn 48", "model.cell=rnn\nmodel.units=48\n", 1},
    {"rnn 128", "model.cell=rnn\nmodel.units=128\n", 1},
    {"lstm 48", "model.units=48\n", 1},
    {"lstm 48", "model.units=48\n", 2},
    {"lstm 128", "model.units=128\n", -1},
};

static const struct planned rates[] = {
    {"adam low", "train.optimizer={adam: {rate: 0.001}}\n", 1},
    {"adam high", "train.optimizer={adam: {rate: 0.01}}\n", 1},
    {"sgd", "train.optimizer={sgd: {rate: 0.1}}\n", 1},
};

static const struct planned shapes[] = {{"plain", "", 1}, {"larger", "model.units=64\n", 1}};

static void assert_changed(const char *name, const char *const *where, const char *expected)
{
    struct groups groups;
    struct error error = {0};
    struct text text = {0};
    size_t count;
    made_up_check(select_by(&groups, store, name, where, NULL, true, &error), &error);
    char **keys = changed_keys(&groups, false, &count);
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

static void without_settings_nothing_is_known(void **state)
{
    (void)state;
    struct groups groups;
    struct error error = {0};
    size_t count;
    made_up_check(select_by(&groups, store, "grid", NULL, NULL, false, &error), &error);
    char **keys = changed_keys(&groups, false, &count);
    assert_int_equal(count, 0);
    memory_free(keys);
    groups_release(&groups);
}

static int fill(void **state)
{
    static const char *const stacks[] = {
        "name: a\nseed: 1\nmodel:\n  stack:\n    - lstm:\n        units: 4\n    - readout:\n"
        "        of: last\ntrain:\n  clip:\n    norm: none\n    value: none\n",
        /* Of an older version, which did not know of clip.value. */
        "name: b\nseed: 2\nmodel:\n  stack:\n    - lstm:\n        units: 5\n    - gru:\n"
        "        units: 6\n    - readout:\n        of: last\ntrain:\n  clip:\n    norm: 1\n",
    };
    (void)state;
    store = store_folder_make(folder);
    save_planned(store, "grid", "", grid, sizeof grid / sizeof grid[0]);
    save_planned(store, "rates", "", rates, sizeof rates / sizeof rates[0]);
    save_planned(store, "shapes", "", shapes, sizeof shapes / sizeof shapes[0]);
    save_configs(store, "stacks", stacks, 2);
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
        cmocka_unit_test(changed_keys_are_those_that_runs_differ_in),
        cmocka_unit_test(without_settings_nothing_is_known),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
