/* The step from gradients to weights: the same bits on any number of threads, and what a plain
 * computation gives, for a network of several pieces. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/update.h"
#include "unit/config_text.h"

#include <math.h>
#include <string.h>

enum { SHARDS = 3 };

struct fixture {
    struct config config;
    struct model model;
    struct update update;
    float *gradients[SHARDS];
};

/* 4·80·(200 + 80 + 1) values of an LSTM: six pieces of its kernel alone. */
static void fixture_open(struct fixture *fixture, const char *train, int threads)
{
    struct error error;
    struct sequence in = {.steps = 2, .features = 200, .reversed_from = 200};
    char *text = text_format("data: {set: digits}\nmodel: {cell: lstm, units: 80}\n"
                             "train: {steps: 1, shards: 3, batch: 6, %s}\n",
                             train);
    *fixture = (struct fixture){0};
    assert_int_equal(config_from_text(&fixture->config, text), 0);
    memory_free(text);
    assert_int_equal(model_init(&fixture->model, &fixture->config, in, 10, &error), 0);
    assert_int_equal(model_initialize(&fixture->model, 1, &error), 0);
    assert_int_equal(
        update_init(&fixture->update, &fixture->config.train, &fixture->model, threads, &error), 0);
    assert_true(fixture->update.count > 6);
    for (int shard = 0; shard < SHARDS; shard++) {
        fixture->gradients[shard] =
            memory_array((size_t)fixture->model.block_floats, sizeof(float));
        for (int i = 0; i < fixture->model.parameter_count; i++) {
            const struct parameter *parameter = &fixture->model.parameters[i];
            for (int64_t j = 0; j < parameter->size; j++)
                fixture->gradients[shard][parameter->offset + j] =
                    sinf((float)(j % 1009) + (float)(i + shard));
        }
    }
}

static void fixture_close(struct fixture *fixture)
{
    for (int shard = 0; shard < SHARDS; shard++)
        memory_free(fixture->gradients[shard]);
    update_release(&fixture->update);
    model_release(&fixture->model);
    config_release(&fixture->config);
}

static double step(struct fixture *fixture, bool wants_norm)
{
    return update_step(&fixture->update, fixture->model.weights, fixture->gradients, SHARDS, 1e-3,
                       1, wants_norm);
}

static void same_bits_on_any_number_of_threads(void **state)
{
    (void)state;
    struct fixture one, many;
    fixture_open(&one, "clip: {norm: 1, value: 0.5}, weight_decay: 0.1", 1);
    double norm = step(&one, true);
    for (int threads = 2; threads <= 8; threads *= 2) {
        fixture_open(&many, "clip: {norm: 1, value: 0.5}, weight_decay: 0.1", threads);
        assert_true(step(&many, true) == norm);
        size_t size = (size_t)one.model.block_floats * sizeof(float);
        assert_memory_equal(one.model.weights, many.model.weights, size);
        for (int i = 0; i < one.update.moment_count; i++)
            assert_memory_equal(one.update.moments[i], many.update.moments[i], size);
        fixture_close(&many);
    }
    fixture_close(&one);
}

static void norm_of_the_sum_of_the_shards(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, "clip: {norm: 2}", 1);
    double expected = 0;
    for (int64_t i = 0; i < fixture.model.block_floats; i++) {
        float sum = fixture.gradients[0][i] + fixture.gradients[1][i] + fixture.gradients[2][i];
        expected += (double)sum * (double)sum;
    }
    double norm = step(&fixture, false); /* clipping needs it */
    assert_true(fabs(norm - sqrt(expected)) < 1e-9 * norm);
    double after = 0;
    for (int64_t i = 0; i < fixture.model.block_floats; i++)
        after += (double)fixture.gradients[0][i] * (double)fixture.gradients[0][i];
    assert_true(fabs(sqrt(after) - 2) < 1e-5);
    fixture_close(&fixture);
}

/* sgd without momentum: w -= rate · gradient, for every weight of every piece and no padding. */
static void every_weight_is_updated_once(void **state)
{
    (void)state;
    struct fixture fixture;
    fixture_open(&fixture, "optimizer: sgd", 2);
    size_t size = (size_t)fixture.model.block_floats * sizeof(float);
    float *before = memory_copy(fixture.model.weights, size);
    assert_true(isnan(step(&fixture, false)));
    for (int64_t i = 0; i < fixture.model.block_floats; i++)
        assert_float_equal(fixture.model.weights[i], before[i] - 1e-3f * fixture.gradients[0][i],
                           1e-7);
    memory_free(before);
    fixture_close(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_bits_on_any_number_of_threads),
        cmocka_unit_test(norm_of_the_sum_of_the_shards),
        cmocka_unit_test(every_weight_is_updated_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
