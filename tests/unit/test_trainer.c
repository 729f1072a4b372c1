/* Training steps and evaluations: that they learn, that threads change no bit, and each part of a
 * step against what is computed by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/allocations.h"
#include "unit/training.h"

#include <math.h>
#include <stdio.h>

/* A config of a small network with TRAIN below `train:` beside the number of steps. */
static const char *small(const char *train)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "data: {set: digits, validation: {count: 137}}\n"
             "model: {cell: lstm, units: 7}\n"
             "train: {steps: 1000, optimizer: {sgd: {rate: 0.5}}, %s}\n",
             train);
    return text;
}

static struct evaluation evaluate(struct lesson *lesson, enum split split)
{
    struct evaluation evaluation;
    trainer_evaluate(&lesson->trainer, split, 0, 0, &evaluation, NULL);
    return evaluation;
}

static void test_learns(void **state)
{
    (void)state;
    struct lesson lesson;
    lesson_open(&lesson,
                "data: {set: digits}\nmodel: {cell: lstm, units: 16}\n"
                "train: {epochs: 8, batch: 50, optimizer: {adam: {rate: 0.01}}}\n",
                2);
    /* 1437 examples in batches of 50: 29 steps an epoch */
    assert_int_equal(lesson.trainer.steps, 8 * 29);
    struct evaluation before = evaluate(&lesson, SPLIT_TEST);
    assert_float_equal(before.loss, log(10), 0.3);
    double first = lesson_train(&lesson, 1);
    double last = lesson_train(&lesson, 8 * 29 - 1);
    struct evaluation after = evaluate(&lesson, SPLIT_TEST);
    assert_true(last < first / 3);
    assert_true(after.loss < before.loss / 3);
    assert_true(after.accuracy > 0.7);
    assert_int_equal(after.count, 360);
    lesson_close(&lesson);
}

/* Dropout included, whose masks belong to examples and not to shards. The last batch is smaller. */
static void test_threads_change_no_bit(void **state)
{
    (void)state;
    static const int threads[] = {2, 3, 8};
    for (int shards = 1; shards <= 4; shards++) {
        char text[512];
        snprintf(text, sizeof text,
                 "data: {set: digits, train: {limit: 90}}\n"
                 "model: {cell: bilstm, units: 5, layers: 2, dropout: 0.3}\n"
                 "train: {steps: 50, batch: 37, shards: %d, clip: {norm: 0.5}}\n",
                 shards);
        struct lesson one;
        lesson_open(&one, text, 1);
        double loss = lesson_train(&one, 8);
        struct evaluation expected = evaluate(&one, SPLIT_TEST);
        for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
            struct lesson many;
            lesson_open(&many, text, threads[i]);
            assert_true(lesson_train(&many, 8) == loss);
            assert_same_state(&one, &many);
            struct evaluation found = evaluate(&many, SPLIT_TEST);
            assert_true(found.loss == expected.loss && found.accuracy == expected.accuracy);
            lesson_close(&many);
        }
        lesson_close(&one);
    }
}

/* The gradient of a batch does not depend on how it is split, but for rounding; also when an
 * epoch's last batch has fewer examples than there are shards. */
static void test_shards_give_the_same_gradient(void **state)
{
    (void)state;
    static const char text[] = "data: {set: digits, train: {limit: 12}}\n"
                               "model: {cell: lstm, units: 7, dropout: 0.4}\n"
                               "train: {steps: 9, batch: 10, shards: %d, optimizer: sgd}\n";
    struct lesson lessons[2];
    const int shards[2] = {1, 5};
    for (int i = 0; i < 2; i++) {
        char config[512];
        snprintf(config, sizeof config, text, shards[i]);
        lesson_open(&lessons[i], config, 1);
    }
    for (int step = 0; step < 4; step++) {
        struct step_result results[2];
        for (int i = 0; i < 2; i++)
            trainer_step(&lessons[i].trainer, STEP_NORM, &results[i]);
        assert_int_equal(results[0].count, step % 2 ? 2 : 10);
        assert_int_equal(results[1].count, results[0].count);
        assert_int_equal(results[1].correct, results[0].correct);
        assert_float_equal(results[1].loss_sum, results[0].loss_sum, 1e-4);
        assert_true(results[0].gradient_norm > 1e-3);
        assert_float_equal(results[1].gradient_norm, results[0].gradient_norm, 1e-5);
        const float *a = lessons[0].trainer.shards[0].gradient;
        const float *b = lessons[1].trainer.shards[0].gradient;
        for (int64_t i = 0; i < lessons[0].trainer.model.block_floats; i++)
            assert_float_equal(a[i], b[i], 1e-6);
    }
    lesson_close(&lessons[0]);
    lesson_close(&lessons[1]);
}

static void test_no_number_leaves_the_weights(void **state)
{
    (void)state;
    static const float bad[] = {NAN, INFINITY};
    for (int i = 0; i < 2; i++) {
        struct lesson lesson;
        struct step_result result;
        lesson_open(&lesson,
                    "data: {set: digits}\nmodel: {cell: lstm, units: 6}\n"
                    "train: {steps: 9, batch: 20, optimizer: adam, weight_decay: 0.1}\n",
                    1);
        lesson_train(&lesson, 3);
        struct model *model = &lesson.trainer.model;
        const struct parameter *bias = &model->parameters[model->parameter_count - 1];
        model->weights[bias->offset] = bad[i];
        size_t size = lesson_block_size(&lesson);
        float *weights = memory_copy(model->weights, size);
        float *moments = memory_copy(lesson.trainer.update.moments[0], size);
        trainer_step(&lesson.trainer, STEP_NORM, &result);
        assert_false(isfinite(result.loss_sum));
        assert_int_equal(lesson.trainer.step, 3);
        assert_memory_equal(model->weights, weights, size);
        assert_memory_equal(lesson.trainer.update.moments[0], moments, size);
        memory_free(weights);
        memory_free(moments);
        lesson_close(&lesson);
    }
}

/* One step with and one without TRAIN, from the same weights; the gradients are compared by the
 * caller, the update by this: weights ← weights − rate · gradient. */
struct pair {
    struct lesson plain, changed;
    struct step_result result;
    float *before;
};

static void pair_open(struct pair *pair, const char *train)
{
    struct step_result result;
    lesson_open(&pair->plain, small("batch: 30"), 1);
    lesson_open(&pair->changed, small(train), 1);
    pair->before = memory_copy(pair->plain.trainer.model.weights, lesson_block_size(&pair->plain));
    trainer_step(&pair->plain.trainer, 0, &result);
    assert_true(isnan(result.gradient_norm));
    trainer_step(&pair->changed.trainer, 0, &pair->result);
    const struct trainer *trainer = &pair->changed.trainer;
    for (int64_t i = 0; i < trainer->model.block_floats; i++) {
        float moved = pair->before[i] - 0.5f * trainer->shards[0].gradient[i];
        assert_float_equal(trainer->model.weights[i], moved, 1e-7);
    }
}

static void pair_close(struct pair *pair)
{
    memory_free(pair->before);
    lesson_close(&pair->plain);
    lesson_close(&pair->changed);
}

static double norm_of(const float *values, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return sqrt(sum);
}

static float clamped(float value, float limit)
{
    return value > limit ? limit : value < -limit ? -limit : value;
}

static void test_clip_by_value(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, "batch: 30, clip: {value: 0.003}");
    const float *raw = pair.plain.trainer.shards[0].gradient;
    const float *clipped = pair.changed.trainer.shards[0].gradient;
    int changed = 0;
    for (int64_t i = 0; i < pair.plain.trainer.model.block_floats; i++) {
        assert_true(clipped[i] == clamped(raw[i], 0.003f));
        changed += clipped[i] != raw[i];
    }
    assert_true(changed > 10);
    pair_close(&pair);
}

static void test_clip_by_norm(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, "batch: 30, clip: {norm: 0.01}");
    int64_t floats = pair.plain.trainer.model.block_floats;
    const float *raw = pair.plain.trainer.shards[0].gradient;
    double norm = norm_of(raw, floats);
    assert_true(norm > 0.05);
    assert_float_equal(pair.result.gradient_norm, norm, 1e-9);
    const float *clipped = pair.changed.trainer.shards[0].gradient;
    for (int64_t i = 0; i < floats; i++)
        assert_true(clipped[i] == raw[i] * (float)(0.01 / norm));
    pair_close(&pair);
    pair_open(&pair, "batch: 30, clip: {norm: 100}");
    assert_memory_equal(pair.plain.trainer.shards[0].gradient,
                        pair.changed.trainer.shards[0].gradient, lesson_block_size(&pair.plain));
    pair_close(&pair);
}

/* The norm that is limited is the one that clipping by value leaves: a gradient within both limits
 * is not made smaller still. What is reported is the norm before any clipping. */
static void test_clip_by_value_then_norm(void **state)
{
    (void)state;
    static const double limits[] = {1e-4, 1e-2};
    for (int i = 0; i < 2; i++) {
        struct pair pair;
        char train[64];
        snprintf(train, sizeof train, "batch: 30, clip: {value: 1e-4, norm: %g}", limits[i]);
        pair_open(&pair, train);
        int64_t floats = pair.plain.trainer.model.block_floats;
        const float *raw = pair.plain.trainer.shards[0].gradient;
        const float *clipped = pair.changed.trainer.shards[0].gradient;
        float *expected = memory_array((size_t)floats, sizeof *expected);
        for (int64_t j = 0; j < floats; j++)
            expected[j] = clamped(raw[j], 1e-4f);
        double norm = norm_of(expected, floats);
        assert_true(norm > 1e-4 && norm < 1e-2);
        double factor = norm > limits[i] ? limits[i] / norm : 1;
        for (int64_t j = 0; j < floats; j++)
            assert_true(clipped[j] == expected[j] * (float)factor);
        assert_float_equal(pair.result.gradient_norm, norm_of(raw, floats), 1e-9);
        memory_free(expected);
        pair_close(&pair);
    }
}

/* Weight decay comes behind clipping and leaves biases alone. */
static void test_weight_decay(void **state)
{
    (void)state;
    struct pair pair;
    pair_open(&pair, "batch: 30, weight_decay: 0.25, clip: {value: 0.003}");
    const struct model *model = &pair.plain.trainer.model;
    int biases = 0;
    for (int i = 0; i < model->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[i];
        bool decays = strstr(parameter->name, "weight") != NULL;
        biases += !decays;
        for (int64_t j = parameter->offset; j < parameter->offset + parameter->size; j++) {
            float clipped = clamped(pair.plain.trainer.shards[0].gradient[j], 0.003f);
            float expected = decays ? clipped + 0.25f * pair.before[j] : clipped;
            assert_float_equal(pair.changed.trainer.shards[0].gradient[j], expected, 1e-7);
        }
    }
    assert_int_equal(biases, 2);
    pair_close(&pair);
}

static void test_warm_up(void **state)
{
    (void)state;
    struct lesson lesson;
    struct step_result result;
    lesson_open(&lesson,
                "data: {set: digits, train: {limit: 20}}\nmodel: {cell: rnn, units: 2}\n"
                "train: {steps: 9, batch: 10, optimizer: {sgd: {rate: 0.8}},\n"
                "  warmup: {steps: 4, from: 0.2},\n"
                "  schedule: {exponential: {decay: 0.5, every: 2, staircase: true}}}\n",
                1);
    /* 0.8 · (0.2 + 0.8 · step / 4), then 0.8 · 0.5^floor((step − 4) / 2) */
    static const double rates[] = {0.16, 0.32, 0.48, 0.64, 0.8, 0.8, 0.4, 0.4, 0.2};
    for (int i = 0; i < 9; i++) {
        assert_float_equal(trainer_rate(&lesson.trainer), rates[i], 1e-12);
        trainer_step(&lesson.trainer, 0, &result);
        assert_float_equal(result.rate, rates[i], 1e-12);
    }
    lesson_close(&lesson);
}

/* The schedule is told its own metric only, and nothing while the warm-up lasts. */
static void test_observe(void **state)
{
    (void)state;
    struct lesson lesson;
    lesson_open(&lesson,
                "data: {set: digits, validation: {count: 50}}\nmodel: {cell: rnn, units: 2}\n"
                "train: {steps: 9, batch: 10, optimizer: {sgd: {rate: 1}}, warmup: {steps: 2},\n"
                "  evaluate: {on: [validation, test]},\n"
                "  schedule: {plateau: {metric: validation.loss, factor: 0.5, patience: 1}}}\n",
                1);
    struct trainer *trainer = &lesson.trainer;
    for (int i = 0; i < 5; i++)
        trainer_observe(trainer, "validation.loss", 1);
    lesson_train(&lesson, 2);
    assert_float_equal(trainer_rate(trainer), 1, 0);
    for (int i = 0; i < 5; i++)
        trainer_observe(trainer, "test.loss", 1);
    assert_float_equal(trainer_rate(trainer), 1, 0);
    trainer_observe(trainer, "validation.loss", 1); /* the best */
    trainer_observe(trainer, "validation.loss", 2); /* worse, within patience */
    assert_float_equal(trainer_rate(trainer), 1, 0);
    trainer_observe(trainer, "validation.loss", 2);
    assert_float_equal(trainer_rate(trainer), 0.5, 0);
    lesson_close(&lesson);
}

/* An evaluation of SPLIT, one example at a time, from the split's example FROM on. */
static void compare_with_loop(struct lesson *lesson, enum split split, int64_t from, int64_t limit,
                              int64_t number)
{
    struct trainer *trainer = &lesson->trainer;
    struct workspace workspace;
    struct error error;
    struct evaluation evaluation;
    struct predictions predictions;
    int64_t total = lesson->data.splits[split].count, count = limit ? limit : total, correct = 0;
    double loss = 0;
    trainer_evaluate(trainer, split, limit, number, &evaluation, &predictions);
    assert_int_equal(
        workspace_init(&workspace, &trainer->model, 1, trainer->model.in.steps, false, &error), 0);
    for (int64_t i = 0; i < count; i++) {
        int32_t index = (int32_t)((from + i) % total);
        data_gather(&lesson->data, split, &index, 1, workspace.inputs, workspace.labels);
        const float *logits = model_forward(&workspace, &(struct pass){.training = false}, 1);
        model_loss(&workspace, logits, 1, 1);
        int32_t answer = model_argmax(logits, 10);
        loss += (double)workspace.losses[0];
        correct += answer == workspace.labels[0];
        assert_int_equal(predictions.labels[i], workspace.labels[0]);
        assert_int_equal(predictions.predicted[i], answer);
        trainer->model.loss->probabilities(trainer->model.loss_params, logits, 1, 10,
                                           workspace.probabilities);
        assert_float_equal(predictions.probabilities[i], workspace.probabilities[answer], 1e-5);
    }
    assert_int_equal(evaluation.count, count);
    assert_int_equal(predictions.count, count);
    assert_string_equal(predictions.split, config_split_names[split]);
    assert_float_equal(evaluation.loss, loss / (double)count, 1e-5);
    assert_float_equal(evaluation.accuracy, (double)correct / (double)count, 1e-12);
    workspace_release(&workspace);
}

static void test_evaluation_against_a_loop(void **state)
{
    (void)state;
    static const int threads[] = {1, 3};
    for (int i = 0; i < 2; i++) {
        struct lesson lesson;
        lesson_open(&lesson,
                    "data: {set: digits, validation: {count: 101, from: random}}\n"
                    "model: {cell: bilstm, units: 6, dropout: 0.5}\n"
                    "train: {steps: 9, batch: 30, evaluate: {batch: 7, take: next, limit: 100}}\n",
                    threads[i]);
        lesson_train(&lesson, 5);
        for (int split = 0; split < SPLITS; split++)
            compare_with_loop(&lesson, (enum split)split, 0, 0, 0);
        /* Windows of 100 of the 360: the fourth begins at 300 and goes on at 0. */
        for (int number = 0; number < 5; number++)
            compare_with_loop(&lesson, SPLIT_TEST, 100 * number % 360, 100, number);
        lesson_close(&lesson);
    }
}

/* The loss that a step reports is that of its own examples with the weights before the update. */
static void test_step_reports_its_batch(void **state)
{
    (void)state;
    struct lesson lesson;
    lesson_open(&lesson,
                "data: {set: digits, order: file, train: {limit: 50}}\n"
                "model: {cell: lstm, units: 6}\n"
                "train: {steps: 9, batch: 30, shards: 2, evaluate: {take: next, limit: 30}}\n",
                1);
    struct evaluation all;
    struct step_result first, second, third;
    trainer_evaluate(&lesson.trainer, SPLIT_TRAIN, 30, 0, &all, NULL);
    trainer_step(&lesson.trainer, STEP_NORM, &first);
    assert_int_equal(first.count, 30);
    assert_float_equal(first.loss_sum / 30, all.loss, 1e-5);
    assert_float_equal((double)first.correct / 30, all.accuracy, 1e-9);
    /* The second batch is the last 20 examples: evaluation 1 takes 30 to 49, and 0 to 9. */
    struct predictions predictions;
    trainer_evaluate(&lesson.trainer, SPLIT_TRAIN, 30, 1, &all, &predictions);
    int64_t correct = 0;
    for (int i = 0; i < 20; i++)
        correct += predictions.labels[i] == predictions.predicted[i];
    trainer_step(&lesson.trainer, STEP_NORM, &second);
    assert_int_equal(second.count, 20);
    assert_int_equal(second.correct, correct);
    trainer_step(&lesson.trainer, STEP_NORM, &third);
    assert_int_equal(third.count, 30);
    lesson_close(&lesson);
}

/* Everything is allocated before the first step. The first parallel regions start their threads,
 * so they are not counted. */
static void test_allocates_nothing(void **state)
{
    (void)state;
    struct lesson lesson;
    struct evaluation evaluation;
    struct step_result result;
    lesson_open(&lesson,
                "data: {set: digits, train: {limit: 200}}\n"
                "model: {cell: bilstm, layers: 2, units: 9, dropout: 0.2}\n"
                "train: {steps: 99, batch: 30, shards: 2, optimizer: adam, weight_decay: 0.1,\n"
                "  clip: {norm: 1, value: 1}, evaluate: {batch: 20}, diagnostics: gradient_flow}\n",
                2);
    trainer_step(&lesson.trainer, STEP_NORM | STEP_FLOW, &result);
    trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    allocations_count_from_now();
    memory_free(memory_new(100));
    assert_true(allocations_so_far() > 0); /* the count works */
    allocations_count_from_now();
    for (int i = 0; i < 20; i++)
        trainer_step(&lesson.trainer, STEP_NORM | STEP_FLOW, &result);
    for (int i = 0; i < 3; i++)
        trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, i, &evaluation, NULL);
    assert_int_equal(allocations_so_far(), 0);
    lesson_close(&lesson);
}

static const char flow_text[] =
    "data: {set: digits, train: {limit: 90}}\n"
    "model: {cell: bilstm, units: 5, layers: 2, dropout: 0.3}\n"
    "train: {steps: 50, batch: 37, shards: %d, clip: {norm: 0.5}, optimizer: {sgd: {rate: 0.5}}"
    "%s}\n";

static void open_flow(struct lesson *lesson, int shards, int threads)
{
    char text[512];
    snprintf(text, sizeof text, flow_text, shards, ", diagnostics: gradient_flow");
    lesson_open(lesson, text, threads);
}

static void flow_step(struct lesson *lesson)
{
    struct step_result result;
    trainer_step(&lesson->trainer, STEP_NORM | STEP_FLOW, &result);
}

/* At the last time step only the head stands between the loss and the state, so that the gradient
 * of example i's loss is the head's weights times that of its logits, softmax(logits) − label. */
static void test_flow_against_the_head(void **state)
{
    (void)state;
    for (int shards = 1; shards <= 3; shards++) {
        char text[512];
        snprintf(text, sizeof text,
                 "data: {set: digits}\nmodel: {cell: rnn, units: 6}\n"
                 "train: {steps: 9, batch: 20, shards: %d, diagnostics: gradient_flow}\n",
                 shards);
        struct lesson lesson;
        lesson_open(&lesson, text, 1);
        struct model *model = &lesson.trainer.model;
        assert_int_equal(model->norm_count, 8);
        const struct parameter *weight = &model->parameters[model->parameter_count - 2];
        float *head = memory_copy(model->weights + weight->offset, 10 * 6 * sizeof *head);
        flow_step(&lesson);
        double mean = 0;
        for (int shard = 0; shard < shards; shard++) {
            int count = (shard + 1) * 20 / shards - shard * 20 / shards;
            for (int b = 0; b < count; b++) {
                const float *logits = lesson.trainer.shards[shard].logit_gradient + b * 10;
                double squares = 0;
                for (int j = 0; j < 6; j++) {
                    double sum = 0;
                    for (int c = 0; c < 10; c++)
                        sum += 20 * (double)logits[c] * (double)head[c * 6 + j];
                    squares += sum * sum;
                }
                mean += sqrt(squares) / 20;
            }
        }
        assert_true(mean > 1e-3);
        assert_float_equal(lesson.trainer.norms[7], mean, 1e-6 * mean);
        memory_free(head);
        lesson_close(&lesson);
    }
}

/* Neither the weights, nor the moments, nor what is measured, of one who looks and one who does
 * not, on any number of threads. */
static void test_flow_changes_no_bit(void **state)
{
    (void)state;
    for (int shards = 1; shards <= 4; shards++) {
        struct lesson plain, one;
        char text[512];
        snprintf(text, sizeof text, flow_text, shards, "");
        lesson_open(&plain, text, 1);
        open_flow(&one, shards, 1);
        assert_null(plain.trainer.norms);
        lesson_train(&plain, 6);
        for (int step = 0; step < 6; step++)
            flow_step(&one);
        assert_same_state(&plain, &one);
        static const int threads[] = {2, 3, 8};
        for (size_t i = 0; i < sizeof threads / sizeof threads[0]; i++) {
            struct lesson many;
            open_flow(&many, shards, threads[i]);
            for (int step = 0; step < 6; step++)
                flow_step(&many);
            assert_same_state(&one, &many);
            assert_int_equal(one.trainer.model.norm_count, 2 * 2 * 8);
            assert_memory_equal(one.trainer.norms, many.trainer.norms, 2 * 2 * 8 * sizeof(double));
            lesson_close(&many);
        }
        lesson_close(&plain);
        lesson_close(&one);
    }
}

/* How a batch is split changes the norms by rounding alone; the third batch of 90 examples has 16,
 * fewer than there are shards, so that some are empty. */
static void test_flow_of_shards(void **state)
{
    (void)state;
    struct lesson one, many;
    open_flow(&one, 1, 1);
    open_flow(&many, 37, 2);
    for (int step = 0; step < 4; step++) {
        flow_step(&one);
        flow_step(&many);
        for (int64_t i = 0; i < one.trainer.model.norm_count; i++) {
            assert_true(one.trainer.norms[i] > 0);
            assert_true(fabs(many.trainer.norms[i] / one.trainer.norms[i] - 1) < 1e-3);
        }
    }
    lesson_close(&one);
    lesson_close(&many);
}

static void test_memory_is_told(void **state)
{
    (void)state;
    struct lesson lesson;
    lesson_open(&lesson, small("batch: 30, shards: 2"), 3);
    const struct trainer *trainer = &lesson.trainer;
    size_t least = 2 * trainer->shards[0].memory_size + 3 * trainer->evaluators[0].memory_size +
                   2 * lesson_block_size(&lesson);
    assert_true(trainer_memory(trainer) >= least);
    assert_true(trainer_memory(trainer) < least + 100000);
    lesson_close(&lesson);

    struct lesson with;
    char text[512];
    snprintf(text, sizeof text, flow_text, 3, "");
    lesson_open(&lesson, text, 1);
    open_flow(&with, 3, 1);
    assert_int_equal(trainer_memory(&with.trainer) - trainer_memory(&lesson.trainer),
                     3 * (2 * 2 * 8) * sizeof(double));
    lesson_close(&lesson);
    lesson_close(&with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_shards_give_the_same_gradient),
        cmocka_unit_test(test_no_number_leaves_the_weights),
        cmocka_unit_test(test_clip_by_value),
        cmocka_unit_test(test_clip_by_norm),
        cmocka_unit_test(test_clip_by_value_then_norm),
        cmocka_unit_test(test_weight_decay),
        cmocka_unit_test(test_warm_up),
        cmocka_unit_test(test_observe),
        cmocka_unit_test(test_evaluation_against_a_loop),
        cmocka_unit_test(test_step_reports_its_batch),
        cmocka_unit_test(test_allocates_nothing),
        cmocka_unit_test(test_flow_against_the_head),
        cmocka_unit_test(test_flow_changes_no_bit),
        cmocka_unit_test(test_flow_of_shards),
        cmocka_unit_test(test_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
