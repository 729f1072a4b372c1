#include "compare/settings.h"

#include "config_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_value(const struct settings *settings, const char *key, const char *expected)
{
    const char *found = settings_get(settings, key);
    bool is_same = found && expected ? strcmp(found, expected) == 0 : found == expected;
    if (!is_same)
        fail_msg("%s is %s, not %s", key, found ? found : "not there",
                 expected ? expected : "not there");
}

/* The settings of the resolved config that TEXT makes. */
static struct settings settings_of(const char *text)
{
    struct config config;
    struct settings settings;
    assert_int_equal(config_from_text(&config, text), 0);
    assert_int_equal(settings_read(&settings, config.yaml, NULL), 0);
    config_release(&config);
    return settings;
}

static void test_keys(void **state)
{
    (void)state;
    struct settings settings =
        settings_of("name: a+b\nseed: 9007199254740993\ndata: {set: digits, validation: "
                    "{count: 100}}\n"
                    "model: {cell: bilstm, units: 7, layers: 2, dropout: 0.5}\n"
                    "train: {steps: 1000, optimizer: {adam: {rate: 5e-3}}, evaluate: "
                    "{on: [test, validation]}}\n");
    static const char *const expected[][2] = {
        {"seed", "9007199254740993"},
        {"data.set", "digits"},
        {"data.train.limit", "none"},
        {"data.train", NULL},
        {"data.validation.count", "100"},
        {"model.cell", "bilstm"},
        {"model.cell.bilstm.forget_bias", "0"},
        {"model.cell.bilstm.units", NULL},
        {"model.units", "7"},
        {"model.layers", "2"},
        {"model.dropout", "0.5"},
        {"model.dropout_at", "every"},
        {"model.readout", "last"},
        {"model.stack.0", "bidirectional"},
        {"model.stack.0.bidirectional.of", "lstm"},
        {"model.stack.0.bidirectional.of.lstm.units", "7"},
        {"model.stack.3.dropout.rate", "0.5"},
        {"model.head", "dense"},
        {"train.steps", "1000"},
        {"train.epochs", "none"},
        {"train.optimizer", "adam"},
        {"train.optimizer.adam.rate", "0.005"},
        {"train.schedule", "constant"},
        {"train.evaluate.on", "[validation, test]"},
        {"train", NULL},
        {"model", NULL},
        {"", NULL},
    };
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_value(&settings, expected[i][0], expected[i][1]);
    settings_release(&settings);
}

/* Each value of a resolved config is there, under the key and with the text that `show` has. */
static void check_entry(void *data, const char *path, const char *text,
                        const struct resolved *value)
{
    (void)value;
    assert_value(data, path, text);
}

static void test_all_that_is_resolved(void **state)
{
    (void)state;
    struct config config;
    struct settings settings;
    assert_int_equal(config_from_text(&config, "name: x\ndata: {set: digits}\n"
                                               "model: {stack: [gru: 5, {dense: 3}, lstm: 2, "
                                               "readout: max], init: pytorch}\n"
                                               "train: {epochs: 2, schedule: {exponential: "
                                               "{decay: 0.9, every: 10}}}\n"),
                     0);
    assert_int_equal(settings_read(&settings, config.yaml, NULL), 0);
    resolved_each(config.resolved, check_entry, &settings);
    assert_value(&settings, "model.cell", NULL);
    assert_value(&settings, "model.stack.1.dense.units", "3");
    settings_release(&settings);
    config_release(&config);
}

static void test_configs_of_others(void **state)
{
    (void)state;
    struct settings settings, copy = {0};
    assert_int_equal(settings_read(&settings,
                                   "seed: 1\nfuture: {deep: {er: 1, est: [a, {b: {c: 2}}]}}\n"
                                   "model:\n  stack:\n    - wave:\n        units: 3\n"
                                   "    - readout:\n        of: last\n  list: []\n",
                                   NULL),
                     0);
    settings_copy(&copy, &settings);
    settings_set(&copy, "seed", "2");
    assert_value(&settings, "seed", "1");
    assert_value(&copy, "seed", "2");
    settings_release(&settings);
    assert_value(&copy, "model.cell", "wave");
    assert_value(&copy, "model.units", "3");
    assert_value(&copy, "model.list", "[]");
    assert_value(&copy, "future.deep.er", "1");
    assert_value(&copy, "future.deep.est.0", "a");
    assert_value(&copy, "future.deep.est.1.b.c", "2");
    settings_release(&copy);
}

/* A config from before train.diagnostics is the same, with the same key, as one that says none. */
static void test_keys_that_came_later(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"seed: 1\n", "none"},
        {"seed: 1\ntrain:\n  steps: 3\n", "none"},
        {"seed: 1\ntrain:\n  diagnostics: none\n", "none"},
        {"seed: 1\ntrain:\n  diagnostics:\n    - gradient_flow\n", "[gradient_flow]"}};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct settings settings;
        assert_int_equal(settings_read(&settings, texts[i][0], NULL), 0);
        assert_value(&settings, "train.diagnostics", texts[i][1]);
        assert_value(&settings, "train.epochs", NULL);
        settings_release(&settings);
    }
}

static void test_what_is_no_config(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "lstm", "[1, 2]", "a: 1\na: 2\n", "a: [", "\xff: 1\n"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct settings settings;
        struct error error = {0};
        if (settings_read(&settings, texts[i], &error) == 0)
            fail_msg("`%s` is taken", texts[i]);
        assert_int_equal(error.code, ERROR_DATA);
        assert_int_equal(settings.count, 0);
        assert_true(error.text[0] != '\0');
    }
}

static void test_conditions(void **state)
{
    (void)state;
    struct settings settings =
        settings_of("seed: 9007199254740993\ndata: {set: digits}\nmodel: {cell: lstm, units: 64}\n"
                    "train: {steps: 10, optimizer: {adam: {rate: 1e-3}}}\n");
    static const struct {
        const char *text;
        bool holds;
    } cases[] = {
        {"model.cell=lstm", true},
        {"model.cell = lstm ", true},
        {"model.cell=gru", false},
        {"model.cell=LSTM", false},
        {"model.cell!=gru", true},
        {"model.cell!=lstm", false},
        {"model.units=64.0", true},
        {"model.units=6.4e1", true},
        {"model.units>=64", true},
        {"model.units>64", false},
        {"model.units<=64", true},
        {"model.units<64", false},
        {"model.units<100", true}, /* not by letters */
        {"model.units>-5", true},
        {"train.optimizer.adam.rate=1e-3", true},
        {"train.optimizer.adam.rate<0.002", true},
        {"train.optimizer.sgd.rate=1e-3", false},
        {"train.optimizer.sgd.rate!=1e-3", true},
        {"train.optimizer.sgd.rate<1", false},
        {"train.epochs=none", true},
        {"train.epochs<5", false},
        {"train.epochs>5", false},
        {"train.evaluate.on=[test]", true},
        {"seed=9007199254740993", true},
        {"seed=9007199254740992", false}, /* the same double */
        {"seed>9007199254740992", true},
        {"model.units<inf", true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct condition condition;
        struct error error = {0};
        if (condition_parse(&condition, cases[i].text, &error) != 0)
            fail_msg("%s", error.text);
        if (condition_holds(&condition, &settings) != cases[i].holds)
            fail_msg("%s: should %shold", cases[i].text, cases[i].holds ? "" : "not ");
        condition_release(&condition);
    }
    settings_release(&settings);
}

static void test_what_is_no_condition(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",        "lstm",    "=lstm",   " =lstm", "seed=", "seed= ",      "a!b",
        "seed==1", "seed=>1", "seed<>1", "seed<x", "a<",    "units>=many", "units<nan"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct condition condition;
        struct error error = {0};
        if (condition_parse(&condition, texts[i], &error) == 0)
            fail_msg("`%s` is taken", texts[i]);
        assert_int_equal(error.code, ERROR_USAGE);
        assert_null(condition.key);
    }
}

static void test_order(void **state)
{
    (void)state;
    static const char *const ascending[] = {"-inf", "-2",   "1e-3", "9", "10",
                                            "inf",  "+gru", "lstm", NULL};
    size_t count = sizeof ascending / sizeof *ascending;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            int order = settings_order(ascending[i], ascending[j]);
            assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
        }
    assert_int_equal(settings_order("0.001", "1e-3"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_all_that_is_resolved),
        cmocka_unit_test(test_configs_of_others),
        cmocka_unit_test(test_keys_that_came_later),
        cmocka_unit_test(test_what_is_no_config),
        cmocka_unit_test(test_conditions),
        cmocka_unit_test(test_what_is_no_condition),
        cmocka_unit_test(test_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
