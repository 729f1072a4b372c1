/* What a run takes, against what a trainer really takes and a loop really does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/measure.h"
#include "unit/training.h"

static void test_trainer(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t best; /* blocks for the best weights */
    } cases[] = {
        {"data: {set: digits}\nmodel: {cell: lstm, units: 8}\ntrain: {steps: 7, batch: 50}\n", 0},
        {"data: {set: digits, validation: {count: 100}, order: tf}\n"
         "model: {cell: bigru, units: 5, layers: 2, dropout: 0.5}\n"
         "train: {epochs: 3, batch: 70, shards: 3, optimizer: adam,\n"
         "        evaluate: {on: validation, batch: 33}, stop: {patience: 2, restore: best}}\n",
         1},
        {"data: {set: digits}\nmodel: {cell: bilstm, units: 3, layers: 2}\n"
         "train: {steps: 7, batch: 50, shards: 4, diagnostics: gradient_flow}\n",
         0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct lesson lesson;
        struct run_size size;
        struct error error;
        lesson_open(&lesson, cases[i].text, 2);
        assert_int_equal(measure_run(&lesson.config, &lesson.data, 2, &size, &error), 0);
        int64_t orders = 2 * lesson.data.splits[SPLIT_TRAIN].count * (int64_t)sizeof(int32_t);
        int64_t images = (1437 + 360) * 64;
        int64_t best = cases[i].best * (int64_t)lesson_block_size(&lesson);
        assert_int_equal(size.steps, lesson.trainer.steps);
        assert_int_equal(size.parameters, lesson.trainer.model.weight_count);
        assert_int_equal(size.memory,
                         (int64_t)trainer_memory(&lesson.trainer) + orders + images + best);
        assert_true(size.operations ==
                    lesson.trainer.model.training_operations * (double)lesson.config.train.batch);
        lesson_close(&lesson);
    }
}

static int64_t evaluated_by(const char *train)
{
    char *text = text_format("data: {set: digits, validation: {count: 100}}\n"
                             "model: {cell: rnn, units: 2}\ntrain: {%s}\n",
                             train);
    struct config config = {0};
    struct data data;
    struct run_size size;
    struct error error;
    assert_int_equal(config_from_text(&config, text), 0);
    assert_int_equal(data_open(&data, &config.data, "/nonexistent", &error), 0);
    assert_int_equal(measure_run(&config, &data, 1, &size, &error), 0);
    data_release(&data);
    config_release(&config);
    memory_free(text);
    return size.evaluated;
}

static void test_evaluations(void **state)
{
    (void)state;
    enum { FINAL = 100 + 360 };
    assert_int_equal(evaluated_by("steps: 10, evaluate: {every: 3, on: validation}"),
                     3 * 100 + FINAL);
    assert_int_equal(evaluated_by("steps: 10, evaluate: {every: 3, first: 1, on: validation}"),
                     4 * 100 + FINAL);
    assert_int_equal(evaluated_by("steps: 10, evaluate: {every: 11, on: validation}"), FINAL);
    assert_int_equal(evaluated_by("steps: 10, evaluate: {every: 5, on: [validation, test], "
                                  "limit: 70}"),
                     2 * 140 + FINAL);
    assert_int_equal(evaluated_by("epochs: 4, batch: 100, evaluate: {on: test}"), 4 * 360 + FINAL);
    assert_int_equal(
        evaluated_by("epochs: 5, batch: 100, evaluate: {every: 2, unit: epochs, on: test}"),
        2 * 360 + FINAL);
    /* The whole training split is among the finals where it is evaluated. */
    assert_int_equal(evaluated_by("steps: 10, evaluate: {every: 5, on: train, limit: 70}"),
                     2 * 70 + FINAL + 1437 - 100);
}

/* What has no trainer has no size, and says why. */
static void test_errors(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"data: {set: digits}\nmodel: {stack: [{lstm: {units: 3}}]}\ntrain: {steps: 1}\n",
         "readout"},
        {"data: {set: digits, order: tf}\nmodel: {cell: rnn, units: 3}\n"
         "train: {steps: 1, batch: 2000}\n",
         "train.batch"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct config config = {0};
        struct data data;
        struct run_size size;
        struct error error;
        assert_int_equal(config_from_text(&config, cases[i][0]), 0);
        assert_int_equal(data_open(&data, &config.data, "/nonexistent", &error), 0);
        assert_int_equal(measure_run(&config, &data, 1, &size, &error), -1);
        assert_non_null(strstr(error.text, cases[i][1]));
        data_release(&data);
        config_release(&config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trainer),
        cmocka_unit_test(test_evaluations),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
