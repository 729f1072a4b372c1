/* Subnormal numbers: kept, or flushed in training and evaluation by every thread. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "math/subnormals.h"
#include "unit/training.h"

#include <float.h>
#include <math.h>
#include <stdio.h>

static void open_tiny(struct lesson *lesson, const char *subnormals, int shards, int threads)
{
    char text[512];
    snprintf(text, sizeof text,
             "data: {set: digits}\nmodel: {cell: lstm, units: 5}\n"
             "train: {steps: 50, batch: 40, shards: %d, clip: {norm: 1e-38}, subnormals: %s}\n",
             shards, subnormals);
    lesson_open(lesson, text, threads);
}

static int64_t count_subnormals(const struct lesson *lesson, const float *block)
{
    int64_t count = 0;
    for (int64_t i = 0; i < lesson->trainer.model.block_floats; i++)
        count += fpclassify(block[i]) == FP_SUBNORMAL;
    return count;
}

/* Volatile, so that it is computed here and not after a later subnormals_set(). */
static float product(float a, float b)
{
    volatile float left = a, product = left * b;
    return product;
}

static bool computes_with_subnormals(void)
{
    return product(FLT_MIN, 0.5f) > 0;
}

struct tiny {
    int64_t moments, gradients; /* that are subnormal */
};

/* Two steps of a network whose last layer passes on next to nothing of the gradient, and whose
 * gradient is clipped to next to nothing. */
static struct tiny train_tiny(struct lesson *lesson, const char *subnormals, int shards,
                              int threads)
{
    open_tiny(lesson, subnormals, shards, threads);
    struct trainer *trainer = &lesson->trainer;
    const struct parameter *head = &trainer->model.parameters[trainer->model.parameter_count - 2];
    for (int64_t i = 0; i < head->size; i++)
        trainer->model.weights[head->offset + i] *= 1e-38f;
    struct tiny tiny = {0};
    lesson_train(lesson, 1);
    for (int shard = 1; shard < shards; shard++) /* the first one's has become the sum */
        tiny.gradients += count_subnormals(lesson, trainer->gradients[shard]);
    lesson_train(lesson, 1);
    tiny.moments = count_subnormals(lesson, trainer->update.moments[0]);
    assert_true(computes_with_subnormals());
    return tiny;
}

/* Whatever the threads did before. */
static void training_flushes_where_asked(void **state)
{
    (void)state;
    for (int shards = 1; shards <= 4; shards += 3) {
        struct lesson kept;
        struct tiny most = train_tiny(&kept, "none", shards, 1);
        assert_true(most.moments > 10 && (shards == 1 || most.gradients > 10));
        for (int threads = 1; threads <= 4; threads++) {
            struct lesson flushed, again;
            struct tiny none = train_tiny(&flushed, "flush", shards, threads);
            assert_true(none.moments == 0 && none.gradients == 0);
            struct tiny same = train_tiny(&again, "none", shards, threads);
            assert_true(same.moments == most.moments && same.gradients == most.gradients);
            assert_same_state(&kept, &again);
            lesson_close(&flushed);
            lesson_close(&again);
        }
        lesson_close(&kept);
    }
}

/* A network that knows nothing but that it is a 3, by so little that it is 0 where flushed. */
static double tiny_accuracy(const char *subnormals, int threads)
{
    struct lesson lesson;
    open_tiny(&lesson, subnormals, 1, threads);
    struct model *model = &lesson.trainer.model;
    memset(model->weights, 0, lesson_block_size(&lesson));
    model->weights[model->parameters[model->parameter_count - 1].offset + 3] = FLT_MIN / 8;
    struct evaluation evaluation;
    trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    assert_true(computes_with_subnormals());
    lesson_close(&lesson);
    return evaluation.accuracy;
}

static void evaluation_flushes_where_asked(void **state)
{
    (void)state;
    double kept = tiny_accuracy("none", 1), flushed = tiny_accuracy("flush", 1);
    assert_true(kept != flushed);
    for (int threads = 2; threads <= 4; threads++) {
        assert_true(tiny_accuracy("none", threads) == kept);
        assert_true(tiny_accuracy("flush", threads) == flushed);
    }
}

static void a_thread_is_told(void **state)
{
    (void)state;
    if (!subnormals_can_flush())
        skip();
    assert_true(computes_with_subnormals());
    for (int i = 0; i < 2; i++) {
        subnormals_set(true);
        bool computes = computes_with_subnormals();
        float of_least = product(FLT_TRUE_MIN, 0x1p30f);
        subnormals_set(false);
        assert_false(computes);
        assert_true(of_least == 0);
        assert_true(computes_with_subnormals());
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_thread_is_told),
        cmocka_unit_test(training_flushes_where_asked),
        cmocka_unit_test(evaluation_flushes_where_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
