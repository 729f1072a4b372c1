/* How long a batch will take: distinct speeds, sums over processes, and what is left out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/estimate.h"
#include "unit/batch_fixture.h"

static void estimate(struct bench *bench, int cores, double box, struct estimate *result)
{
    if (estimate_batch(result, &bench->batch, cores, box, &bench->scene.error))
        fail_msg("%s", bench->scene.error.text);
}

/* Rates and seeds change no speed; units, the optimizer and the cell do. */
static void test_distinct(void **state)
{
    struct bench *bench = *state;
    static const struct {
        const char *sweep;
        size_t distinct;
    } cases[] = {
        {"{train.optimizer.adam.rate: [1e-3, 0.5]}", 1},
        {"{train.steps: [5, 10, 20]}", 1},
        {"{train.schedule: [constant, cosine], train.evaluate.every: [1, 2]}", 1},
        {"{model.units: [2, 3]}", 2},
        {"{train.optimizer: [adam, {adam: {rate: 0.25}}, {sgd: {rate: 0.5}}]}", 2},
        {"{train.clip.norm: [none, 0.5, 1.5]}", 2},
        {"{model.cell: [rnn, gru], train.weight_decay: [0.1, 0.25]}", 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct estimate result;
        char *text = text_format("base: base.yaml\nseeds: 3\nsweep: %s\n", cases[i].sweep);
        bench_plan(bench, text, true);
        estimate(bench, 1, -1, &result);
        if (result.distinct != cases[i].distinct)
            fail_msg("%s: %zu speeds, expected %zu", cases[i].sweep, result.distinct,
                     cases[i].distinct);
        assert_int_equal(result.timed, 0);
        assert_true(isnan(result.total));
        estimate_release(&result);
        memory_free(text);
    }
}

static void test_sums(void **state)
{
    struct bench *bench = *state;
    struct estimate one, two;
    bench_plan(bench,
               "base: base.yaml\nseeds: 2\nsweep: {train.steps: [400, 800], "
               "train.evaluate.every: [100000]}\n",
               true);
    estimate(bench, 1, 20, &one);
    assert_int_equal(one.distinct, 1);
    assert_int_equal(one.timed, 1);
    double sum = 0;
    for (size_t i = 0; i < 4; i++) {
        assert_true(one.seconds[i] > 0);
        sum += one.seconds[i];
    }
    assert_float_equal(one.total, sum, 1e-9);
    assert_true(one.longest == one.seconds[1]);
    assert_true(one.seconds[1] > one.seconds[0]);
    assert_true(one.seconds[2] == one.seconds[0]);
    estimate(bench, 2, 20, &two);
    /* Trials 0 and 1 begin; 2 follows the shorter one, 0; then 3 follows whichever is free. */
    double left = two.seconds[0] + two.seconds[2], right = two.seconds[1];
    double expected = left <= right ? left + two.seconds[3] : right + two.seconds[3];
    assert_float_equal(two.total, fmax(expected, fmax(left, right)), 1e-9);
    estimate_release(&one);
    estimate_release(&two);
}

/* What there was no time for is judged by its operations. */
static void test_box(void **state)
{
    struct bench *bench = *state;
    struct estimate result;
    bench_plan(bench, "base: base.yaml\nsweep: {model.units: [4, 64, 128]}\n", true);
    estimate(bench, 1, 0.01, &result);
    assert_int_equal(result.distinct, 3);
    assert_int_equal(result.timed, 1);
    assert_true(result.seconds[0] > 0);
    assert_true(result.seconds[1] > result.seconds[0]);
    assert_true(result.seconds[2] > result.seconds[1]);
    estimate_release(&result);
}

/* Only what is missing counts for the total. */
static void test_done(void **state)
{
    struct bench *bench = *state;
    struct estimate result;
    char *config = text_format("name: single\n%s", bench_base);
    scene_train(&bench->scene, config);
    memory_free(config);
    bench_plan(bench, "base: base.yaml\nsweep: {train.steps: [6, 7]}\n", true);
    assert_int_equal(bench->batch.trials[0].fate, TRIAL_DONE_BEFORE);
    estimate(bench, 1, 20, &result);
    assert_true(result.seconds[0] > 0);
    assert_float_equal(result.total, result.seconds[1], 1e-12);
    estimate_release(&result);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BENCH_TEST(test_distinct),
        BENCH_TEST(test_sums),
        BENCH_TEST(test_box),
        BENCH_TEST(test_done),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
