/* From an experiment to its trials: their order, keys and sizes, and what the store knows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/batch.h"
#include "store/experiments.h"
#include "train/data.h"
#include "train/identity.h"
#include "unit/batch_fixture.h"

static const char cells[] = "base: base.yaml\nseeds: [4, 2]\n"
                            "variants:\n  small: {}\n  large: {model.units: 8}\n";

static void test_trials(void **state)
{
    struct bench *bench = *state;
    bench_plan(bench, cells, false);
    static const size_t variants[] = {0, 1, 0, 1};
    static const int64_t seeds[] = {4, 4, 2, 2};
    /* 4·n·(8 + n + 1) + 10·(n + 1) */
    static const int64_t parameters[] = {258, 634, 258, 634};
    assert_int_equal(bench->batch.count, 4);
    for (size_t i = 0; i < 4; i++) {
        const struct batch_trial *trial = &bench->batch.trials[i];
        assert_int_equal(trial->variant, variants[i]);
        assert_int_equal(trial->seed, seeds[i]);
        assert_int_equal(trial->parameters, parameters[i]);
        assert_int_equal(trial->steps, 6);
        assert_true(trial->memory > 1437 * 64); /* the data alone */
        assert_int_equal(trial->fate, TRIAL_MISSING);
        assert_string_equal(trial->run, "");
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(trial->key, bench->batch.trials[j].key);
    }
    struct store *store = scene_look(&bench->scene);
    struct experiment experiment;
    assert_int_equal(store_experiment_load(store, "cells", &experiment, &bench->scene.error), 0);
    assert_int_equal(experiment.trial_count, 4);
    assert_string_equal(experiment.trials[0].variant, "small");
    assert_string_equal(experiment.trials[2].variant, "large");
    assert_string_equal(experiment.trials[2].overrides, "model.units=8\n");
    experiment_release(&experiment);
    store_close(store);
}

/* A single run of the same config has the same key. */
static void test_knows_what_is_done(void **state)
{
    struct bench *bench = *state;
    char *config = text_format("name: single\n%sseed: 2\n", bench_base);
    scene_train(&bench->scene, config);
    memory_free(config);
    bench_plan(bench, cells, false);
    assert_int_equal(bench->batch.trials[2].fate, TRIAL_DONE_BEFORE);
    assert_string_equal(bench->batch.trials[2].run, bench->scene.outcome.id);
    for (int i = 0; i < 4; i++)
        if (i != 2)
            assert_int_equal(bench->batch.trials[i].fate, TRIAL_MISSING);
}

/* Two experiments share the trials that they have in common. */
static void test_shared_between_experiments(void **state)
{
    struct bench *bench = *state;
    bench_plan(bench, cells, true);
    char small[HASH_TEXT_SIZE], large[HASH_TEXT_SIZE];
    memcpy(small, bench->batch.trials[2].key, sizeof small);
    memcpy(large, bench->batch.trials[3].key, sizeof large);
    bench_plan(bench,
               "# Another name, order and form, and one that is new.\n"
               "name: other\nbase: base.yaml\nseeds: [9, 2]\n"
               "sweep: {model.units: [8, 4, 2]}\n",
               true);
    assert_string_equal(bench->batch.trials[3].key, large);
    assert_string_equal(bench->batch.trials[4].key, small);
    assert_string_not_equal(bench->batch.trials[5].key, small);
}

/* A trial that is planned has the key of the run that a worker begins, whatever its seed. */
static void test_keys_of_seeds(void **state)
{
    struct bench *bench = *state;
    bench_plan(bench,
               "base: base.yaml\nseeds: [4, 0, 9223372036854775807]\n"
               "sweep: {train.optimizer.adam.rate: [1e-2, 1e-3]}\n",
               true);
    assert_int_equal(bench->batch.count, 6);
    for (size_t i = 0; i < 6; i++) {
        const struct batch_trial *trial = &bench->batch.trials[i];
        struct config config;
        char *whole = text_format("data: {set: digits, train: {limit: 60}}\n"
                                  "model: {cell: lstm, units: 4}\n"
                                  "train: {steps: 6, batch: 30, evaluate: {every: 3},\n"
                                  "        optimizer: {adam: {rate: %s}}}\nseed: %lld\n",
                                  trial->variant ? "0.0010" : "0.01", (long long)trial->seed);
        char key[HASH_TEXT_SIZE];
        struct data data;
        assert_int_equal(config_from_text(&config, whole), 0);
        assert_int_equal(data_open(&data, &config.data, "/nonexistent", &bench->scene.error), 0);
        identity_key(&config, data.content.digest, key);
        assert_string_equal(key, trial->key);
        data_release(&data);
        config_release(&config);
        memory_free(whole);
    }
}

/* A run whose process is gone would be trained; a dry run, which marks nothing, says so too. */
static void test_lost_process(void **state)
{
    struct bench *bench = *state;
    bench_plan(bench, cells, false);
    for (int is_alive = 1; is_alive >= 0; is_alive--) {
        struct store *store;
        struct run_begun begun;
        struct environment environment;
        environment_collect(&environment, "", "", 1);
        if (!is_alive)
            environment.process.start_ticks++;
        struct run_request request = {.key = bench->batch.trials[is_alive].key,
                                      .name = "",
                                      .config = "",
                                      .canonical = "",
                                      .data_digest = "",
                                      .engine = "",
                                      .plugins = "",
                                      .environment = &environment};
        assert_int_equal(store_open(&store, bench->scene.store, STORE_WRITE, &bench->scene.error),
                         0);
        assert_int_equal(store_run_begin(store, &request, &begun, &bench->scene.error), 0);
        store_close(store);
        environment_release(&environment);
    }
    bench_plan(bench, cells, true);
    assert_int_equal(bench->batch.trials[0].fate, TRIAL_MISSING);
    assert_int_equal(bench->batch.trials[1].fate, TRIAL_ELSEWHERE);
}

/* --force trains again whatever the store says, and still names the run that is there. */
static void test_force(void **state)
{
    struct bench *bench = *state;
    char *config = text_format("name: single\n%sseed: 2\n", bench_base);
    scene_train(&bench->scene, config);
    memory_free(config);
    bench->options.force = true;
    bench_plan(bench, cells, false);
    assert_int_equal(bench->batch.trials[2].fate, TRIAL_MISSING);
    assert_string_equal(bench->batch.trials[2].run, bench->scene.outcome.id);
}

static void test_dry_makes_no_store(void **state)
{
    struct bench *bench = *state;
    bench_plan(bench, cells, true);
    assert_int_equal(bench->batch.count, 4);
    assert_false(file_exists(bench->scene.store));
}

static void test_overrides(void **state)
{
    struct bench *bench = *state;
    static char override[] = "train.steps=11";
    char *overrides[] = {override};
    bench->options.overrides = overrides;
    bench->options.override_count = 1;
    bench_plan(bench, cells, true);
    assert_int_equal(bench->batch.trials[3].steps, 11);
}

static void refuse(struct bench *bench, const char *text, const char *const *complaints)
{
    assert_int_equal(bench_try(bench, text, true), -1);
    struct text said = {0};
    diagnostics_write(bench->diagnostics, &said, false);
    text_add(&said, bench->scene.error.text);
    for (; *complaints; complaints++)
        if (!strstr(text_get(&said), *complaints))
            fail_msg("expected `%s` in: %s", *complaints, text_get(&said));
    assert_int_equal(bench->scene.error.code, ERROR_USAGE);
    text_release(&said);
}

/* What only the data can tell is told for every variant, whatever the variants behind it say. */
static void test_all_errors(void **state)
{
    struct bench *bench = *state;
    refuse(bench,
           "base: base.yaml\nvariants:\n"
           "  greedy: {data.validation.count: 1437}\n  good: {}\n"
           "  deaf: {model: {stack: [{lstm: {units: 3}}]}}\n"
           "  also-good: {}\n",
           (const char *const[]){"variant greedy: data.validation.count",
                                 "\nvariant deaf: ", "readout", NULL});
    refuse(bench,
           "base: base.yaml\nvariants:\n  greedy: {data.validation.count: 1437}\n"
           "  wrong: {train.batch: none}\n",
           (const char *const[]){"variant greedy: ", "cells.yaml:4:24: error: train.batch", NULL});
}

static void test_seed_cannot_be_overridden(void **state)
{
    struct bench *bench = *state;
    static char override[] = "seed=7";
    char *overrides[] = {override};
    bench->options.overrides = overrides;
    bench->options.override_count = 1;
    refuse(bench, cells, (const char *const[]){"seed=7", "`seeds`", NULL});
}

static void test_swept_key_cannot_be_overridden(void **state)
{
    struct bench *bench = *state;
    static char overrides[][40] = {"model.units=7", "model={cell: rnn}"};
    for (int i = 0; i < 2; i++) {
        char *override = overrides[i];
        bench->options.overrides = &override;
        bench->options.override_count = 1;
        refuse(bench, "base: base.yaml\nsweep: {model.units: [1, 2]}\n",
               (const char *const[]){override, "sweeps `model.units`", "`sweep`", NULL});
    }
}

/* Points that no key tells apart are one run, not two; and so are variants. */
static void test_twins(void **state)
{
    struct bench *bench = *state;
    refuse(bench,
           "base: base.yaml\nvariants: {a: {}}\n"
           "sweep: {train.optimizer: [adam, {adam: {}}], model.units: [1, 2]}\n",
           (const char *const[]){"cells.yaml:3:1: error: sweep: `a optimizer=adam units=",
                                 "one and the same run", NULL});
    refuse(bench,
           "base: base.yaml\nvariants: {a: {}, b: {train.batch: 30}}\n"
           "sweep: {model.units: [1, 2]}\n",
           (const char *const[]){"cells.yaml:2:19: error: variants: `b units=",
                                 "` is the same run as `a units=", NULL});
    refuse(bench,
           "base: base.yaml\nvariants:\n  a: {}\n  b: {model.units: 5}\n"
           "  c: {train.batch: 30}\n  d: {model: {units: 5}}\n",
           (const char *const[]){"cells.yaml:5:3: error: variants: `c` is the same run as `a`",
                                 "cells.yaml:6:3: error: variants: `d` is the same run as `b`",
                                 NULL});
}

/* A sweep of ten thousand trials with the same mistake is not ten thousand complaints. */
static void test_many_complaints(void **state)
{
    struct bench *bench = *state;
    refuse(bench,
           "base: base.yaml\nvariants: {a: {data.validation.count: 1437}}\n"
           "sweep: {model.units: {linear: {from: 1, to: 100, points: 100}}}\n",
           (const char *const[]){"variant a units=1: data.validation.count",
                                 "variant a units=20: ", "and more of this kind", NULL});
    assert_null(strstr(bench->scene.error.text, "units=21"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_trials),
        BENCH_TEST(test_knows_what_is_done),
        BENCH_TEST(test_dry_makes_no_store),
        BENCH_TEST(test_overrides),
        BENCH_TEST(test_all_errors),
        BENCH_TEST(test_seed_cannot_be_overridden),
        BENCH_TEST(test_shared_between_experiments),
        BENCH_TEST(test_keys_of_seeds),
        BENCH_TEST(test_lost_process),
        BENCH_TEST(test_force),
        BENCH_TEST(test_swept_key_cannot_be_overridden),
        BENCH_TEST(test_twins),
        BENCH_TEST(test_many_complaints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
