/* Experiment files: every form, and every error at its line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/experiment.h"
#include "module/module.h"
#include "unit/temporary.h"

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    static const char base[] = "data: {set: digits}\nmodel: {cell: lstm, units: 4}\n"
                               "train: {steps: 5, batch: 30}\n";
    if (temporary_make(folder))
        return -1;
    memory_free(temporary_write(folder, "base.yaml", base, sizeof base - 1, false));
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    return temporary_remove(folder);
}

/* An experiment file at work. */
struct trial_file {
    struct experiment_file experiment;
    struct diagnostics *diagnostics;
    char *path;
    int result;
};

static void file_open(struct trial_file *file, const char *text)
{
    file->path = temporary_write(folder, "cells.yaml", text, strlen(text), false);
    file->diagnostics = diagnostics_new();
    file->result = experiment_load(&file->experiment, file->path, file->diagnostics);
}

static void file_close(struct trial_file *file)
{
    experiment_file_release(&file->experiment);
    diagnostics_free(file->diagnostics);
    memory_free(file->path);
}

static void open_good(struct trial_file *file, const char *text)
{
    file_open(file, text);
    if (file->result) {
        diagnostics_print(file->diagnostics);
        fail();
    }
}

static void test_all_keys(void **state)
{
    (void)state;
    static const char text[] = "name: cells\nbase: base.yaml\nseeds: [3, 0, 9]\n"
                               "variants:\n  rnn: {model.cell: rnn}\n  lstm: {}\n"
                               "compare: {metric: validation.loss, baseline: lstm}\n";
    struct trial_file file;
    open_good(&file, text);
    const struct experiment_file *experiment = &file.experiment;
    assert_string_equal(experiment->name, "cells");
    assert_true(text_ends_with(experiment->base, "base.yaml"));
    assert_string_equal(experiment->source, text);
    assert_int_equal(experiment->seed_count, 3);
    assert_int_equal(experiment->seeds[0], 3);
    assert_int_equal(experiment->seeds[1], 0);
    assert_int_equal(experiment->seeds[2], 9);
    assert_int_equal(experiment->variant_count, 2);
    assert_string_equal(experiment->variants[0].name, "rnn");
    assert_string_equal(experiment->variants[1].name, "lstm");
    assert_int_equal(experiment->variants[1].mark.line, 6);
    assert_string_equal(experiment->metric, "validation.loss");
    assert_string_equal(experiment->baseline, "lstm");
    file_close(&file);
}

static void test_defaults(void **state)
{
    (void)state;
    struct trial_file file;
    open_good(&file, "base: base.yaml\nvariants: {one: {}}\n");
    assert_string_equal(file.experiment.name, "cells");
    assert_int_equal(file.experiment.seed_count, 1);
    assert_int_equal(file.experiment.seeds[0], 1);
    assert_string_equal(file.experiment.metric, "test.accuracy");
    assert_string_equal(file.experiment.baseline, "");
    assert_int_equal(file.experiment.budget.max_trials, 0);
    assert_true(file.experiment.budget.trial_seconds == 0);
    file_close(&file);
    open_good(&file, "base: base.yaml\nvariants: {one: {}}\n"
                     "budget: {max_trials: 1, trial_seconds: 2.5}\n");
    assert_int_equal(file.experiment.budget.max_trials, 1);
    assert_true(file.experiment.budget.trial_seconds == 2.5);
    file_close(&file);
    open_good(&file, "base: base.yaml\nseeds: 4\nvariants: {one: {}}\n");
    assert_int_equal(file.experiment.seed_count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(file.experiment.seeds[i], i + 1);
    file_close(&file);
    open_good(&file, "base: base.yaml\nseeds: [9223372036854775807]\nvariants: {one: {}}\n");
    assert_true(file.experiment.seeds[0] == INT64_MAX);
    file_close(&file);
}

static void test_configs(void **state)
{
    (void)state;
    struct trial_file file;
    struct config config;
    open_good(&file, "base: base.yaml\nvariants:\n"
                     "  deep: {model.layers: 2, train: {optimizer: {sgd: {rate: 0.5}}}}\n"
                     "  plain: {}\n");
    assert_int_equal(experiment_config(&file.experiment, 0, 7, NULL, 0, &config, file.diagnostics),
                     0);
    assert_string_equal(config.name, "deep");
    assert_int_equal(config.seed, 7);
    assert_int_equal(config.model.stack.count, 3);
    assert_int_equal(config.train.steps, 5);
    assert_string_equal(config.train.optimizer.module->name, "sgd");
    config_release(&config);
    static char steps[] = "train.steps=9", layers[] = "model.layers=3";
    char *overrides[] = {steps, layers};
    assert_int_equal(
        experiment_config(&file.experiment, 0, 7, overrides, 2, &config, file.diagnostics), 0);
    assert_int_equal(config.train.steps, 9);
    assert_int_equal(config.model.stack.count, 4);
    config_release(&config);
    assert_int_equal(experiment_config(&file.experiment, 1, 8, NULL, 0, &config, file.diagnostics),
                     0);
    assert_string_equal(config.name, "plain");
    assert_int_equal(config.seed, 8);
    assert_int_equal(config.model.stack.count, 2);
    config_release(&config);
    char *changes = experiment_changes(&file.experiment.variants[0]);
    assert_string_equal(changes, "model.layers=2\ntrain.optimizer.sgd.rate=0.5\n");
    memory_free(changes);
    changes = experiment_changes(&file.experiment.variants[1]);
    assert_string_equal(changes, "");
    memory_free(changes);
    file_close(&file);
}

static void test_changes_of_lists(void **state)
{
    (void)state;
    struct trial_file file;
    open_good(&file, "base: base.yaml\nvariants:\n"
                     "  a: {model: {stack: [{lstm: {units: 3}}, {readout: last}]}}\n");
    char *changes = experiment_changes(&file.experiment.variants[0]);
    assert_string_equal(changes, "model.stack.0.lstm.units=3\n"
                                 "model.stack.1.readout=last\n");
    memory_free(changes);
    file_close(&file);
}

/* TEXT gives an error at LINE and COLUMN that says MESSAGE. */
struct mistake {
    const char *text;
    int line, column;
    const char *message;
};

static const struct mistake mistakes[] = {
    {"", 1, 1, "nothing in this file"},
    {"[1, 2]\n", 1, 1, ""},
    {"variants: {a: {}}\n", 1, 1, "base: is required"},
    {"base: base.yaml\n", 1, 1, "variants: is missing"},
    {"base: base.yaml\nvariants: {}\n", 2, 11, "at least one variant, found an empty mapping"},
    {"base: base.yaml\nvariants: [a]\n", 2, 11, "at least one variant, found a list"},
    {"base: base.yaml\nvariants: a\n", 2, 11, "at least one variant, found `a`"},
    {"base: base.yaml\nvariants:\n  a: {}\n  b: 3\n", 4, 6,
     "variants.b: expected a mapping of keys to values, found `3`"},
    {"base: base.yaml\nvariants:\n  a: {}\n  a: {}\n", 4, 3, "appears twice"},
    {"base: base.yaml\nseeds: 0\nvariants: {a: {}}\n", 2, 8, "0 is out of range: from 1 to 10000"},
    {"base: base.yaml\nseeds: 10001\nvariants: {a: {}}\n", 2, 8, "out of range"},
    {"base: base.yaml\nseeds: many\nvariants: {a: {}}\n", 2, 8,
     "expected a whole number, found `many`"},
    {"base: base.yaml\nseeds: 2.5\nvariants: {a: {}}\n", 2, 8, "whole number"},
    {"base: base.yaml\nseeds: \"3\"\nvariants: {a: {}}\n", 2, 8, "whole number"},
    {"base: base.yaml\nseeds: {a: 1}\nvariants: {a: {}}\n", 2, 8, "found a mapping"},
    {"base: base.yaml\nseeds: []\nvariants: {a: {}}\n", 2, 8, "from 1 to 10000 seeds"},
    {"base: base.yaml\nseeds: [1, -2]\nvariants: {a: {}}\n", 2, 12, "-2 is out of range"},
    {"base: base.yaml\nseeds: [1, 2, 1]\nvariants: {a: {}}\n", 2, 15, "seed 1 stands twice"},
    {"base: base.yaml\nseeds: [1, x]\nvariants: {a: {}}\n", 2, 12, "found `x`"},
    {"base: base.yaml\nvariants: {lstm: {}}\ncompare: {baseline: lst}\n", 3, 21,
     "`lst` is not a variant"},
    {"base: base.yaml\nvariants: {lstm: {}}\ncompare: {metric: accuracy}\n", 3, 19, "accuracy"},
    {"base: base.yaml\nvariants: {lstm: {}}\nsweeps: {}\n", 3, 1, "sweeps: unknown key"},
    {"base: base.yaml\nvariants: {lstm: {}}\nsweep: {}\n", 3, 8, "found an empty mapping"},
    {"base: gone.yaml\nvariants: {a: {}}\n", 0, 0, "gone.yaml: error: cannot be opened"},
    {"base: base.yaml\nvariants: {a: {}}\nbudget: {max_trials: 0}\n", 3, 22, "out of range"},
    {"base: base.yaml\nvariants: {a: {}}\nbudget: {trial_seconds: 0}\n", 3, 25, "out of range"},
    {"base: base.yaml\nvariants: {a: {}}\nbudget: {hours: 1}\n", 3, 10, "unknown key"},
    {"base: base.yaml\nseeds: 3\nvariants: {a: {}, b: {}}\nbudget: {max_trials: 5}\n", 4, 22,
     "there are 6 trials (2 variants, 3 seeds), more than 5"},
    {"base: base.yaml\nvariants:\n  a: {model.layers: 2}\n  b: {seed: 3}\n", 4, 7,
     "variants.b.seed"},
};

static void test_mistakes(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof mistakes / sizeof mistakes[0]; i++) {
        const struct mistake *mistake = &mistakes[i];
        struct trial_file file;
        struct text errors = {0};
        file_open(&file, mistake->text);
        diagnostics_write(file.diagnostics, &errors, false);
        char *place = mistake->line
                          ? text_format("cells.yaml:%d:%d: error: ", mistake->line, mistake->column)
                          : memory_copy_text("");
        const char *found = strstr(text_get(&errors), place);
        if (file.result != -1 || !found || !strstr(found, mistake->message))
            fail_msg("%s: expected `%s...%s` in:\n%s", mistake->text, place, mistake->message,
                     text_get(&errors));
        memory_free(place);
        text_release(&errors);
        file_close(&file);
    }
}

/* What is wrong in a variant is told where the variant says it; what is wrong in the base, there.
 */
static void test_mistakes_in_configs(void **state)
{
    (void)state;
    static const struct mistake wrong[] = {
        {"base: base.yaml\nvariants:\n  a: {model.layer: 2}\n", 3, 7, "model.layer: unknown key"},
        {"base: base.yaml\nvariants:\n  a: {}\n  b:\n    train: {batch: 0}\n", 5, 20,
         "train.batch: 0 is out of range"},
        {"base: base.yaml\nvariants:\n  a: {train.shards: 31}\n", 3, 7, "more shards"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct trial_file file;
        struct config config;
        struct text errors = {0};
        int failures = 0;
        open_good(&file, wrong[i].text);
        for (size_t j = 0; j < file.experiment.variant_count; j++) {
            failures +=
                experiment_config(&file.experiment, j, 1, NULL, 0, &config, file.diagnostics) != 0;
            config_release(&config);
        }
        assert_int_equal(failures, 1);
        diagnostics_write(file.diagnostics, &errors, false);
        char *place = text_format("cells.yaml:%d:%d: error: ", wrong[i].line, wrong[i].column);
        const char *found = strstr(text_get(&errors), place);
        if (!found || !strstr(found, wrong[i].message))
            fail_msg("expected `%s...%s` in:\n%s", place, wrong[i].message, text_get(&errors));
        memory_free(place);
        text_release(&errors);
        file_close(&file);
    }
}

static void test_all_errors_at_once(void **state)
{
    (void)state;
    struct trial_file file;
    file_open(&file, "base: base.yaml\nseeds: 0\nvariants: {a: 1, b: 2}\n"
                     "compare: {metric: x, baseline: c}\n");
    assert_int_equal(file.result, -1);
    assert_int_equal(diagnostics_count(file.diagnostics), 5);
    file_close(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_keys),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_configs),
        cmocka_unit_test(test_changes_of_lists),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_mistakes_in_configs),
        cmocka_unit_test(test_all_errors_at_once),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
