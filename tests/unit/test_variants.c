/* From variants and a sweep to the columns of a comparison. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "unit/experiment_file.h"

static void load_config(struct opened *opened, size_t variant, struct config *config)
{
    if (experiment_config(&opened->experiment, variant, 1, NULL, 0, config, opened->diagnostics)) {
        diagnostics_print(opened->diagnostics);
        fail();
    }
}

static void test_crossed(void **state)
{
    (void)state;
    struct opened opened;
    struct config config;
    opened_load_good(&opened, "variants: {rnn: {model.cell: rnn}, deep: {model.layers: 2}}\n"
                              "sweep: {train.optimizer.adam.rate: [1e-3, 1e-2]}\n");
    const struct experiment_file *experiment = &opened.experiment;
    assert_int_equal(experiment->variant_count, 4);
    assert_string_equal(experiment->variants[3].name, "deep rate=0.01");
    assert_string_equal(experiment->variants[3].run_name, "deep_rate_0.01");
    assert_int_equal(experiment->variants[1].declared, 0);
    assert_int_equal(experiment->variants[2].declared, 1);
    assert_int_equal(experiment->variants[2].mark.line, 2);
    char *changes = experiment_changes(&experiment->variants[3]);
    assert_string_equal(changes, "model.layers=2\ntrain.optimizer.adam.rate=1e-2\n");
    memory_free(changes);
    load_config(&opened, 3, &config);
    assert_string_equal(config.name, "deep_rate_0.01");
    assert_int_equal(config.model.stack.count, 3);
    const struct resolved *rate = resolved_find(config.resolved, "train.optimizer.adam.rate");
    assert_string_equal(rate->text, "0.01");
    assert_true(text_ends_with(rate->origin, "e.yaml:3"));
    config_release(&config);
    opened_release(&opened);
}

/* Without variants there is one, called like the base config. */
static void test_base_alone(void **state)
{
    (void)state;
    assert_variants("sweep: {model.units: [3, 5]}",
                    (const char *const[]){"small units=3", "small units=5", NULL});
    static const char text[] = "base: base.yaml\nname: \"\"\n";
    memory_free(temporary_write(experiment_folder, "plain.v2.yaml", text, sizeof text - 1, false));
    static const char file[] = "base: plain.v2.yaml\nsweep: {model.units: [3]}\n";
    char *path = temporary_write(experiment_folder, "f.yaml", file, sizeof file - 1, false);
    struct experiment_file experiment;
    struct diagnostics *diagnostics = diagnostics_new();
    assert_int_equal(experiment_load(&experiment, path, diagnostics), 0);
    assert_string_equal(experiment.variants[0].name, "plain.v2 units=3");
    experiment_file_release(&experiment);
    diagnostics_free(diagnostics);
    memory_free(path);
}

/* A name that no run can have is told at the variant, once. */
static void test_names(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"variants: {a b: {}}", 2, 12, "variants.a b: holds a character that a name cannot have"},
        {"variants: {good: {}, -x: {model.units: 5}}", 2, 22, "variants.-x: begins with a point"},
        {"variants: {.a: {}}\nsweep: {model.units: [1, 2]}", 2, 12,
         "variants..a: begins with a point or a dash"},
    };
    assert_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
    assert_variants("variants: {a b: {}}\nsweep: {model.units: [1]}",
                    (const char *const[]){"a b units=1", NULL});
    assert_variants("variants: {a rate=3: {}, units=3: {model.layers: 2}}\n"
                    "sweep: {model.units: [1]}",
                    (const char *const[]){"a rate=3 units=1", "units=3 units=1", NULL});
    struct opened opened;
    struct config config;
    opened_load(&opened, "variants: {a b: {}}");
    assert_int_equal(
        experiment_config(&opened.experiment, 0, 1, NULL, 0, &config, opened.diagnostics), 0);
    assert_int_equal(diagnostics_count(opened.diagnostics), 1);
    config_release(&config);
    opened_release(&opened);
}

/* The same module may get parameters from a variant and from the sweep. */
static void test_share_a_module(void **state)
{
    (void)state;
    struct opened opened;
    struct config config;
    opened_load_good(&opened, "variants: {a: {train.optimizer: {adam: {beta1: 0.5}}}}\n"
                              "sweep: {train.optimizer.adam.rate: [0.25]}\n");
    load_config(&opened, 0, &config);
    assert_string_equal(resolved_find(config.resolved, "train.optimizer.adam.rate")->text, "0.25");
    assert_string_equal(resolved_find(config.resolved, "train.optimizer.adam.beta1")->text, "0.5");
    config_release(&config);
    opened_release(&opened);
}

static void test_mistakes_in_variants(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"variants:\n  a: {model.units: 3}\nsweep: {model.units: [1, 2]}\n", 3, 7,
         "model.units: is set by a variant and swept"},
        {"variants:\n  a: {model: {layers: 3, units: 3}}\nsweep: {model.units: [1, 2]}\n", 3, 26,
         "model.units: is set by a variant and swept"},
        {"variants:\n  a: {train.optimizer: sgd}\nsweep: {train.optimizer.adam.rate: [1]}\n", 3, 7,
         "train.optimizer: is set by a variant and swept"},
        {"variants:\n  a: {train.optimizer.adam.rate: 1}\nsweep: {train.optimizer: [sgd]}\n", 3, 7,
         "train.optimizer.adam.rate: is set by a variant and swept"},
        {"variants: {a: {}}\nsweep: {model.units: [3], train: {}}\n", 3, 34,
         "found an empty mapping"},
        {"variants: {a: {}, a units=3: {model.layers: 2}}\nsweep: {model.units: [4, 8]}\n", 2, 19,
         "variants.a units=3: looks like a variant with the value of a swept key"},
        {"variants: {x model.units=3 y: {}}\nsweep: {model.units: [4, 8]}\n", 2, 12,
         "call it `x y`"},
        {"seeds: 10000\nsweep: {model.units: {linear: {from: 1, to: 99, points: 11}}}\n", 3, 1,
         "1 variants at 11 points with 10000 seeds are more than 100000 trials"},
        {"seeds: 2\nsweep: {model.units: [1, 2, 3]}\nbudget: {max_trials: 5}\n", 4, 22,
         "there are 6 trials (3 variants, 2 seeds), more than 5"},
        {"variants: {a: {}}\nsweep: {model.units: [1, 2]}\ncompare: {baseline: a}\n", 4, 21,
         "`a` is not a variant"},
    };
    assert_mistakes(mistakes, sizeof mistakes / sizeof *mistakes);
}

/* A value that a config cannot have is reported where the sweep says it. */
static void test_mistakes_in_values(void **state)
{
    (void)state;
    static const struct mistake mistakes[] = {
        {"sweep:\n  train.batch: [30,\n    -2]\n", 4, 5, "train.batch: -2 is out of range"},
        {"sweep:\n  model.unit: [3]\n", 3, 3, "model.unit: unknown key"},
        {"sweep:\n  train.batch: {linear: {from: 0.5, to: 3, points: 2}}\n", 3, 16,
         "train.batch: expected an integer, found `0.5`"},
        {"sweep:\n  random: {points: 1, seed: 1, over: {model.units: [x]}}\n", 3, 53,
         "expected an integer, found `x`"},
        {"variants: {a: {train.optimizer.sgd.rate: 1}}\n"
         "sweep:\n  train.optimizer.adam.rate: [1]\n",
         2, 16, "expected the name of one module"},
    };
    for (size_t i = 0; i < sizeof mistakes / sizeof *mistakes; i++) {
        struct opened opened;
        opened_load_good(&opened, mistakes[i].text);
        for (size_t j = 0; j < opened.experiment.variant_count; j++) {
            struct config config = {0};
            experiment_plan_config(&opened.experiment, j, NULL, 0, &config, opened.diagnostics);
            config_release(&config);
        }
        struct text errors = {0};
        diagnostics_write(opened.diagnostics, &errors, false);
        char *place = text_format("e.yaml:%d:%d: error: ", mistakes[i].line, mistakes[i].column);
        const char *found = strstr(text_get(&errors), place);
        if (!found || !strstr(found, mistakes[i].message))
            fail_msg("%s: expected `%s...%s` in:\n%s", mistakes[i].text, place, mistakes[i].message,
                     text_get(&errors));
        memory_free(place);
        text_release(&errors);
        opened_release(&opened);
    }
}

/* A value with a space is called by its number; another one must not have that very name. */
static void test_names_that_meet(void **state)
{
    (void)state;
    assert_variants("variants: {a: {}}\nsweep: {model.units: [1 2, \"#3\"]}\n",
                    (const char *const[]){"a units=#1", "a units=#3", NULL});
    static const struct mistake mistake = {
        "variants:\n  a: {}\nsweep: {model.units: [1 2, \"#1\"]}\n", 3, 3,
        "two trials would be called `a units=#1`"};
    assert_mistakes(&mistake, 1);
}

static void test_long_names(void **state)
{
    (void)state;
    struct opened opened;
    struct config config;
    opened_load_good(&opened,
                     "variants: {ä-variant-with-a-very-long-name-that-goes-on-and-on-and-on: {}}\n"
                     "sweep: {train.optimizer.adam.rate: [0.0012345678], model.units: [3],\n"
                     "        train.evaluate.every: [3], train.weight_decay: [1.23456e-5]}\n");
    const struct variant *variant = &opened.experiment.variants[0];
    assert_true(strlen(variant->name) > 100);
    assert_true(strlen(variant->run_name) <= 100);
    load_config(&opened, 0, &config);
    assert_string_equal(config.name, variant->run_name);
    config_release(&config);
    opened_release(&opened);
}

/* Ten thousand trials are resolved in a fraction of what training one takes. */
static void test_scale(void **state)
{
    (void)state;
    struct opened opened;
    double begun = clock_seconds();
    opened_load_good(
        &opened, "sweep: {train.optimizer.adam.rate: {log: {from: 1e-4, to: 1e-1, points: 100}},\n"
                 "  model.units: {linear: {from: 1, to: 100, points: 100}}}\n");
    assert_int_equal(opened.experiment.variant_count, 10000);
    for (size_t i = 0; i < 10000; i += 9999) {
        struct config config;
        load_config(&opened, i, &config);
        config_release(&config);
    }
    assert_true(clock_seconds() - begun < 10); /* a sanitizer and a loaded machine included */
    opened_release(&opened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crossed),
        cmocka_unit_test(test_base_alone),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_share_a_module),
        cmocka_unit_test(test_mistakes_in_variants),
        cmocka_unit_test(test_mistakes_in_values),
        cmocka_unit_test(test_names_that_meet),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_scale),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
