/* Training on sequences of different lengths: that it learns, that threads, batches and what stands
 * behind an end change nothing, and that series of one length are what images are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "train/measure.h"
#include "unit/allocations.h"
#include "unit/series_fixture.h"
#include "unit/training.h"

#include <math.h>
#include <stdio.h>

extern const struct dataset dataset_digits;

/* As lesson_open, with DATASET in the place of what TEXT names. */
static void open_on(struct lesson *lesson, const struct dataset *dataset, const char *text,
                    int threads)
{
    struct error error = {0};
    *lesson = (struct lesson){0};
    assert_int_equal(config_from_text(&lesson->config, text), 0);
    lesson->config.data.set.module = &dataset->module;
    if (data_open(&lesson->data, &lesson->config.data, "/nonexistent", &error) ||
        trainer_init(&lesson->trainer, &lesson->config, &lesson->data, threads, &error))
        fail_msg("%s", error.text);
}

/* A config of the network MODEL with TRAIN below `train:` beside the number of steps. */
static const char *text_of(const char *model, const char *train)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "data: {set: digits, scale: none}\nmodel: {%s}\n"
             "train: {steps: 1000, optimizer: {adam: {rate: 0.02}}, %s}\n",
             model, train);
    return text;
}

/* The label stands in the first step, for every readout and in both directions. */
static void test_learns(void **state)
{
    (void)state;
    static const char *const models[] = {
        "cell: lstm, units: 10", "cell: gru, units: 10, readout: max",
        "cell: birnn, units: 10, readout: mean", "cell: bilstm, units: 6, layers: 2, dropout: 0.1"};
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct lesson lesson;
        struct evaluation evaluation;
        made_up_fill(200, 100, 1, 12);
        open_on(&lesson, &dataset_made_up, text_of(models[i], "batch: 32"), 1);
        double first = lesson_train(&lesson, 1), last = lesson_train(&lesson, 149);
        assert_true(last < first / 3);
        trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
        assert_int_equal(evaluation.count, 100);
        if (!(evaluation.accuracy > 0.95))
            fail_msg("%s: accuracy %g", models[i], evaluation.accuracy);
        lesson_close(&lesson);
    }
}

static void test_threads_change_no_bit(void **state)
{
    (void)state;
    for (int shards = 1; shards <= 4; shards++) {
        char train[128];
        snprintf(train, sizeof train, "batch: 37, shards: %d, evaluate: {batch: 16}", shards);
        const char *text = text_of("cell: bilstm, units: 5, layers: 2, dropout: 0.3", train);
        struct lesson one, many;
        struct evaluation expected, found;
        made_up_fill(90, 50, 1, 9);
        open_on(&one, &dataset_made_up, text, 1);
        open_on(&many, &dataset_made_up, text, 3);
        assert_true(lesson_train(&one, 8) == lesson_train(&many, 8));
        assert_same_state(&one, &many);
        trainer_evaluate(&one.trainer, SPLIT_TEST, 0, 0, &expected, NULL);
        trainer_evaluate(&many.trainer, SPLIT_TEST, 0, 0, &found, NULL);
        assert_true(found.loss == expected.loss && found.accuracy == expected.accuracy);
        lesson_close(&one);
        lesson_close(&many);
    }
}

/* A step is a function of the weights, the moments and its number. */
static void test_goes_on_with_the_same_bits(void **state)
{
    (void)state;
    const char *text = text_of("cell: gru, units: 5, dropout: 0.3", "batch: 37, shards: 2");
    struct lesson whole, second;
    made_up_fill(90, 50, 1, 9);
    open_on(&whole, &dataset_made_up, text, 1);
    open_on(&second, &dataset_made_up, text, 1);
    lesson_train(&whole, 5);
    size_t size = lesson_block_size(&whole);
    memcpy(second.trainer.model.weights, whole.trainer.model.weights, size);
    for (int i = 0; i < whole.trainer.update.moment_count; i++)
        memcpy(second.trainer.update.moments[i], whole.trainer.update.moments[i], size);
    second.trainer.step = whole.trainer.step;
    assert_true(lesson_train(&whole, 4) == lesson_train(&second, 4));
    assert_same_state(&whole, &second);
    lesson_close(&whole);
    lesson_close(&second);
}

/* Whatever examples are beside an example in a batch, its prediction stands in its place. */
static void test_predictions_keep_their_places(void **state)
{
    (void)state;
    struct lesson alone, many;
    struct evaluation evaluation;
    struct predictions expected, found;
    made_up_fill(40, 60, 1, 9);
    open_on(&alone, &dataset_made_up,
            text_of("cell: bigru, units: 5", "batch: 8, evaluate: {batch: 1}"), 1);
    open_on(&many, &dataset_made_up,
            text_of("cell: bigru, units: 5", "batch: 8, evaluate: {batch: 25}"), 1);
    trainer_evaluate(&alone.trainer, SPLIT_TEST, 0, 0, &evaluation, &expected);
    trainer_evaluate(&many.trainer, SPLIT_TEST, 0, 0, &evaluation, &found);
    assert_int_equal(found.count, 60);
    int differing = 0;
    for (int i = 0; i < 60; i++) {
        assert_int_equal(found.labels[i], made_up.test.labels[i]);
        assert_int_equal(found.predicted[i], expected.predicted[i]);
        assert_float_equal(found.probabilities[i], expected.probabilities[i], 1e-5);
        assert_float_equal(many.trainer.example_losses[i], alone.trainer.example_losses[i], 1e-5);
        differing += fabsf(found.probabilities[i] - found.probabilities[0]) > 1e-3f;
    }
    assert_true(differing > 30);
    lesson_close(&alone);
    lesson_close(&many);
}

/* Loss and gradient of the first COUNT training examples, in a pass of STEPS (0: all), with BEHIND
 * behind their ends. */
static void pass_with(struct lesson *lesson, int64_t count, int64_t steps, float behind)
{
    struct workspace *workspace = &lesson->trainer.shards[0];
    const struct sequence *in = &lesson->trainer.model.in;
    int32_t indices[64];
    for (int32_t i = 0; i < count; i++)
        indices[i] = i;
    assert_true(data_order(&lesson->data, SPLIT_TRAIN, indices, count, workspace->lengths,
                           workspace->keys));
    struct pass pass = {
        .seed = 3, .step = 2, .training = true, .steps = steps, .lengths = workspace->lengths};
    data_gather(&lesson->data, SPLIT_TRAIN, indices, count, workspace->inputs, workspace->labels);
    for (int64_t row = 0; row < in->steps * count; row++)
        for (int64_t f = 0; row / count >= workspace->lengths[row % count] && f < in->features; f++)
            workspace->inputs[row * in->features + f] = behind;
    memset(workspace->gradient, 0, lesson_block_size(lesson));
    model_loss(workspace, model_forward(workspace, &pass, count), count, 1);
    model_backward(workspace, &pass, count);
}

static void test_nothing_behind_an_end_matters(void **state)
{
    (void)state;
    static const char *const models[] = {
        "cell: lstm, units: 5", "cell: rnn, units: 5, layers: 2, dropout: 0.3",
        "cell: bigru, units: 5, layers: 2, readout: mean",
        "stack: [{dense: {units: 4, activation: relu}}, {lstm: {units: 5}}, {readout: max}]",
        "stack: [{dropout: 0.3}, {bidirectional: {of: {rnn: {units: 4}}, merge: sum}}, "
        "{dense: {units: 3, activation: tanh}}, {dropout: 0.5}, {readout: mean}]"};
    enum { COUNT = 20 };
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        struct lesson lesson;
        made_up_fill(40, 20, 1, 9);
        open_on(&lesson, &dataset_made_up, text_of(models[i], "batch: 20"), 1);
        struct workspace *workspace = &lesson.trainer.shards[0];
        float losses[COUNT];
        size_t size = lesson_block_size(&lesson);
        pass_with(&lesson, COUNT, 0, 0);
        memcpy(losses, workspace->losses, sizeof losses);
        float *gradient = memory_copy(workspace->gradient, size);
        static const float garbage[] = {1e30f, -7, INFINITY, NAN};
        for (size_t j = 0; j < sizeof garbage / sizeof garbage[0]; j++) {
            /* Nor does what an earlier pass has left in memory. */
            for (int64_t k = 0; k < lesson.trainer.model.layer_count; k++)
                memset(workspace->outputs[k], 0xff,
                       (size_t)(workspace->plans[k].out.steps * COUNT *
                                workspace->plans[k].out.features) *
                           sizeof(float));
            pass_with(&lesson, COUNT, 0, garbage[j]);
            assert_memory_equal(workspace->losses, losses, sizeof losses);
            assert_memory_equal(workspace->gradient, gradient, size);
            for (size_t k = 0; k < size / sizeof *gradient; k++)
                assert_true(isfinite(gradient[k]));
        }
        memory_free(gradient);
        lesson_close(&lesson);
    }
}

/* Nor how many steps are behind them: random numbers are those of their step and example. */
static void test_steps_that_nobody_has_change_no_bit(void **state)
{
    (void)state;
    enum { COUNT = 4 }; /* of 1 to 4 steps */
    for (int i = 0; i < 2; i++) {
        struct lesson lesson;
        made_up_fill(40, 20, 1, 9);
        open_on(&lesson, &dataset_made_up,
                text_of(i ? "stack: [{dropout: 0.3}, {bidirectional: {of: {gru: {units: 4}}}}, "
                            "{dropout: 0.3}, {dense: {units: 3}}, {readout: mean}, {dropout: 0.3}]"
                          : "cell: lstm, units: 5, layers: 2, dropout: 0.4, readout: max",
                        "batch: 20"),
                1);
        struct workspace *workspace = &lesson.trainer.shards[0];
        float losses[COUNT];
        size_t size = lesson_block_size(&lesson);
        pass_with(&lesson, COUNT, 0, 0);
        assert_int_equal(workspace->plans[0].in.steps, 9);
        memcpy(losses, workspace->losses, sizeof losses);
        float *gradient = memory_copy(workspace->gradient, size);
        pass_with(&lesson, COUNT, COUNT, NAN);
        assert_int_equal(workspace->plans[0].in.steps, COUNT);
        assert_memory_equal(workspace->losses, losses, sizeof losses);
        assert_memory_equal(workspace->gradient, gradient, size);
        memory_free(gradient);
        lesson_close(&lesson);
    }
}

/* A long series among those for testing changes neither what training costs nor a bit of it. */
static void test_a_long_series_costs_training_nothing(void **state)
{
    (void)state;
    enum { LONG = 400, SHORT = 9 };
    const char *text = text_of("cell: bilstm, units: 5, layers: 2",
                               "batch: 13, shards: 2, diagnostics: gradient_flow");
    struct lesson usual, long_one;
    struct step_result result;
    struct random_stream stream;
    random_open(&stream, 5, RANDOM_TEST, 0, 0);
    made_up_fill(40, 20, 1, SHORT);
    open_on(&usual, &dataset_made_up, text, 1);
    lesson_train(&usual, 5);
    trainer_step(&usual.trainer, STEP_FLOW, &result);
    made_up_add(&made_up.test, LONG, 1, &stream);
    open_on(&long_one, &dataset_made_up, text, 1);
    lesson_train(&long_one, 5);
    trainer_step(&long_one.trainer, STEP_FLOW, &result);
    assert_same_state(&usual, &long_one);
    const struct trainer *trainer = &long_one.trainer;
    assert_int_equal(trainer->model.in.steps, LONG);
    for (int shard = 0; shard < 2; shard++)
        assert_int_equal(trainer->shards[shard].memory_size,
                         usual.trainer.shards[shard].memory_size);
    assert_in_range(trainer->shards[0].plans[0].in.steps, 1, SHORT);
    /* The last steps are the same; what no example reaches is no number. */
    assert_int_equal(trainer->model.norm_count, 4 * LONG);
    for (int i = 0; i < 4 * LONG; i++) {
        int place = i % LONG - (LONG - SHORT);
        double norm = trainer->norms[i];
        if (place < 0)
            assert_true(isnan(norm));
        else
            assert_memory_equal(&norm, &usual.trainer.norms[i / LONG * SHORT + place], sizeof norm);
    }
    struct evaluation evaluation;
    trainer_evaluate(&long_one.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    assert_int_equal(evaluation.count, 21);
    assert_true(isfinite(evaluation.loss));
    lesson_close(&usual);
    lesson_close(&long_one);
}

static int factor_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    int64_t features = plan->in.features;
    (void)params, (void)error;
    plan->tensors[0] =
        (struct tensor){.name = "factor", .rows = features, .unit_to = features, .unit_value = 0.5};
    plan->tensor_count = 1;
    return 0;
}

static void factor_forward(const struct layer_call *call)
{
    int64_t features = call->plan->in.features, rows = call->plan->in.steps * call->batch;
    for (int64_t i = 0; i < rows * features; i++)
        call->out[i] = call->in[i] * call->weights[0][i % features] + 1;
}

static void factor_backward(const struct layer_call *call)
{
    int64_t features = call->plan->in.features, rows = call->plan->in.steps * call->batch;
    for (int64_t i = 0; i < rows * features; i++)
        call->gradients[0][i % features] += call->out_gradient[i] * call->in[i];
    for (int64_t i = 0; call->in_gradient && i < rows * features; i++) {
        int64_t t = i / features / call->batch, b = i / features % call->batch;
        bool is_valid = !call->lengths || t < call->lengths[b];
        call->in_gradient[i] =
            is_valid ? call->out_gradient[i] * call->weights[0][i % features] : NAN;
    }
}

/* y = s ∘ x + 1 by one who knows nothing of lengths, but that the input's gradient may be left out
 * behind an end. */
static const struct layer layer_factor = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "factor",
               .summary = "Factors."},
    .lengths = LAYER_STEPWISE,
    .describe = factor_describe,
    .forward = factor_forward,
    .backward = factor_backward,
};

/* The core keeps what is behind the ends from layers that do each step by itself. */
static void test_stepwise_layers_need_not_know_of_lengths(void **state)
{
    (void)state;
    enum { COUNT = 20 };
    struct lesson lesson = {0};
    struct error error;
    float weights_of_both[2][2 * MADE_FEATURES];
    made_up_fill(40, 20, 1, 9);
    assert_int_equal(
        config_from_text(
            &lesson.config,
            text_of("stack: [dropout, dropout, {lstm: {units: 4}}, {readout: last}]", "batch: 20")),
        0);
    lesson.config.data.set.module = &dataset_made_up.module;
    for (int i = 0; i < 2; i++)
        lesson.config.model.stack.items[i].module = &layer_factor.module;
    assert_int_equal(data_open(&lesson.data, &lesson.config.data, "", &error), 0);
    if (trainer_init(&lesson.trainer, &lesson.config, &lesson.data, 1, &error))
        fail_msg("%s", error.text);
    const struct model *model = &lesson.trainer.model;
    for (int round = 0; round < 2; round++) {
        pass_with(&lesson, COUNT, 0, round ? NAN : 0);
        for (int i = 0; i < 2 * MADE_FEATURES; i++) {
            const struct parameter *parameter = &model->parameters[i / MADE_FEATURES];
            assert_int_equal(parameter->size, MADE_FEATURES);
            float found = lesson.trainer.shards[0].gradient[parameter->offset + i % MADE_FEATURES];
            assert_true(isfinite(found) && found != 0);
            weights_of_both[round][i] = found;
        }
    }
    assert_memory_equal(weights_of_both[0], weights_of_both[1], sizeof weights_of_both[0]);
    lesson_close(&lesson);
}

static float inverse_norm(const float *row, int64_t features)
{
    float squares = 0;
    for (int64_t f = 0; f < features; f++)
        squares += row[f] * row[f];
    return 1 / sqrtf(squares);
}

static void norm_forward(const struct layer_call *call)
{
    int64_t features = call->plan->in.features;
    for (int64_t row = 0; row < call->plan->in.steps * call->batch; row++) {
        const float *in = call->in + row * features;
        float inverse = inverse_norm(in, features);
        for (int64_t f = 0; f < features; f++)
            call->out[row * features + f] = call->weights[0][f] * in[f] * inverse;
    }
}

static void norm_backward(const struct layer_call *call)
{
    int64_t features = call->plan->in.features;
    for (int64_t row = 0; row < call->plan->in.steps * call->batch; row++) {
        const float *in = call->in + row * features, *out = call->out_gradient + row * features;
        float inverse = inverse_norm(in, features), along = 0;
        for (int64_t f = 0; f < features; f++) {
            call->gradients[0][f] += out[f] * in[f] * inverse;
            along += out[f] * call->weights[0][f] * in[f] * inverse;
        }
        for (int64_t f = 0; call->in_gradient && f < features; f++)
            call->in_gradient[row * features + f] =
                (out[f] * call->weights[0][f] - in[f] * inverse * along) * inverse;
    }
}

/* y = g ∘ x/|x|, which has no derivative at 0. */
static const struct layer layer_norm = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "norm",
               .summary = "Norms."},
    .lengths = LAYER_STEPWISE,
    .describe = factor_describe,
    .forward = norm_forward,
    .backward = norm_backward,
};

/* Behind an end a layer meets nothing that it need not be able to derive, wherever it stands. */
static void test_ends_are_derived_as_valid_rows_are(void **state)
{
    (void)state;
    static const char *const stacks[] = {
        "stack: [dropout, {lstm: {units: 4}}, {readout: last}]",
        "stack: [{dense: {units: 4, activation: tanh}}, dropout, {lstm: {units: 4}}, "
        "{readout: last}]",
        "stack: [{bidirectional: {of: {lstm: {units: 4}}, merge: sum}}, dropout, {readout: mean}]",
    };
    for (size_t i = 0; i < sizeof stacks / sizeof stacks[0]; i++) {
        struct lesson lesson = {0};
        struct error error;
        made_up_fill(40, 20, 1, 9);
        assert_int_equal(config_from_text(&lesson.config, text_of(stacks[i], "batch: 20")), 0);
        lesson.config.data.set.module = &dataset_made_up.module;
        lesson.config.model.stack.items[i == 0 ? 0 : 1].module = &layer_norm.module;
        assert_int_equal(data_open(&lesson.data, &lesson.config.data, "", &error), 0);
        if (trainer_init(&lesson.trainer, &lesson.config, &lesson.data, 1, &error))
            fail_msg("%s", error.text);
        for (int round = 0; round < 2; round++) {
            pass_with(&lesson, 20, 0, round ? NAN : 0);
            for (size_t k = 0; k < lesson_block_size(&lesson) / sizeof(float); k++)
                if (!isfinite(lesson.trainer.shards[0].gradient[k]))
                    fail_msg("%s: gradient %zu is not finite", stacks[i], k);
        }
        lesson_close(&lesson);
    }
}

/* The digits as series of 8 rows. */
struct digits {
    float *rows[2];
    int64_t *begins[2];
    int32_t *labels[2];
};

static void make_series(struct digits *digits, int part, const struct examples *from,
                        struct examples *to)
{
    enum { EDGE = 8 };
    size_t count = (size_t)from->count;
    digits->rows[part] = memory_array(count * EDGE * EDGE, sizeof(float));
    digits->begins[part] = memory_array(count + 1, sizeof(int64_t));
    digits->labels[part] = memory_array(count, sizeof(int32_t));
    for (size_t i = 0; i < count * EDGE * EDGE; i++)
        digits->rows[part][i] = from->values[i];
    for (size_t i = 0; i < count; i++)
        digits->labels[part][i] = from->labels[i];
    for (size_t i = 0; i <= count; i++)
        digits->begins[part][i] = (int64_t)i * EDGE;
    *to = (struct examples){.count = from->count,
                            .series = digits->rows[part],
                            .begins = digits->begins[part],
                            .series_labels = digits->labels[part]};
}

static int digits_open(const void *params, void *state, const char *folder,
                       struct dataset_content *content, struct error *error)
{
    struct dataset_content images = {0};
    if (dataset_digits.open(params, NULL, folder, &images, error))
        return -1;
    make_series(state, 0, &images.train, &content->train);
    make_series(state, 1, &images.test, &content->test);
    content->features = images.columns;
    content->classes = images.classes;
    return 0;
}

static void digits_close(void *state)
{
    struct digits *digits = state;
    for (int part = 0; part < 2; part++) {
        memory_free(digits->rows[part]);
        memory_free(digits->begins[part]);
        memory_free(digits->labels[part]);
    }
}

static const struct dataset dataset_series_of_digits = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "series",
               .summary = "Digits.", .state_size = sizeof(struct digits)},
    .open = digits_open,
    .close = digits_close,
};

/* Series of one length are trained to the bits of images, and take as much memory. */
static void test_one_length_is_as_images(void **state)
{
    (void)state;
    static const char *const models[] = {"cell: bilstm, units: 6, layers: 2, dropout: 0.2",
                                         "cell: gru, units: 6, readout: mean"};
    for (int i = 0; i < 2; i++) {
        struct lesson images, series;
        struct evaluation expected, found;
        const char *text = text_of(models[i], "batch: 50, shards: 2");
        open_on(&images, &dataset_digits, text, 2);
        open_on(&series, &dataset_series_of_digits, text, 2);
        assert_false(series.trainer.model.in.varies);
        assert_int_equal(trainer_memory(&images.trainer), trainer_memory(&series.trainer));
        assert_true(lesson_train(&images, 10) == lesson_train(&series, 10));
        assert_same_state(&images, &series);
        trainer_evaluate(&images.trainer, SPLIT_TEST, 0, 0, &expected, NULL);
        trainer_evaluate(&series.trainer, SPLIT_TEST, 0, 0, &found, NULL);
        assert_true(found.loss == expected.loss && found.accuracy == expected.accuracy);
        lesson_close(&images);
        lesson_close(&series);
    }
}

/* A batch in which all happen to be long is a batch of one length. */
static void test_a_batch_of_long_ones(void **state)
{
    (void)state;
    struct lesson varies, same;
    const char *text = text_of("cell: bilstm, units: 5", "batch: 10, shards: 2");
    made_up_fill(10, 20, 6, 6);
    open_on(&same, &dataset_made_up, text, 1);
    lesson_train(&same, 3);
    made_up_fill(10, 20, 6, 6);
    made_up.test.begins[20] -= 2;
    open_on(&varies, &dataset_made_up, text, 1);
    assert_true(varies.trainer.model.in.varies);
    lesson_train(&varies, 3);
    assert_same_state(&same, &varies);
    lesson_close(&varies);
    lesson_close(&same);
}

/* The norms of one step on the first LIMIT examples in file order. */
static void flow_of(int limit, const char *model, double *norms, int64_t count)
{
    char text[512];
    struct lesson lesson;
    struct step_result result;
    snprintf(text, sizeof text,
             "data: {set: digits, scale: none, order: file, train: {limit: %d}}\n"
             "model: {%s}\ntrain: {steps: 1, batch: 2, shards: %d, diagnostics: gradient_flow}\n",
             limit, model, limit);
    open_on(&lesson, &dataset_made_up, text, 1);
    assert_int_equal(lesson.trainer.model.norm_count, count);
    trainer_step(&lesson.trainer, STEP_FLOW, &result);
    memcpy(norms, lesson.trainer.norms, (size_t)count * sizeof *norms);
    lesson_close(&lesson);
}

static void swap_first_two(void)
{
    struct made_part before = made_up.train;
    int64_t first = before.begins[1], second = before.begins[2] - first;
    size_t row = MADE_FEATURES * sizeof(float);
    memcpy(made_up.train.rows, before.rows + first * MADE_FEATURES, (size_t)second * row);
    memcpy(made_up.train.rows + second * MADE_FEATURES, before.rows, (size_t)first * row);
    made_up.train.begins[1] = second;
    made_up.train.labels[0] = before.labels[1];
    made_up.train.labels[1] = before.labels[0];
}

/* Of examples of 6 and 2 steps the last two steps' norms are means of both, the others the longer
 * one's alone; time is counted from each one's own end. */
static void test_gradient_flow_is_a_mean_over_those_that_reach(void **state)
{
    (void)state;
    enum { STEPS = 6, SHORT = 2 };
    static const struct {
        const char *model;
        int states;
    } cases[] = {{"cell: lstm, units: 4", 1}, {"cell: birnn, units: 4", 2}};
    for (int i = 0; i < 2; i++) {
        double both[2 * STEPS], longer[2 * STEPS], shorter[2 * STEPS];
        int64_t count = cases[i].states * STEPS;
        struct random_stream stream;
        random_open(&stream, 2, RANDOM_TEST, 0, 0);
        memset(&made_up, 0, sizeof made_up);
        made_up.features = MADE_FEATURES;
        made_up.classes = 2;
        made_up_add(&made_up.train, STEPS, 1, &stream);
        made_up_add(&made_up.train, SHORT, 0, &stream);
        made_up_add(&made_up.test, STEPS, 0, &stream);
        flow_of(2, cases[i].model, both, count);
        flow_of(1, cases[i].model, longer, count);
        swap_first_two();
        flow_of(1, cases[i].model, shorter, count);
        for (int j = 0; j < count; j++) {
            bool reaches = j % STEPS >= STEPS - SHORT;
            double expected = reaches ? (longer[j] + shorter[j]) / 2 : longer[j];
            assert_true(expected > 0);
            assert_true(fabs(both[j] - expected) <= 1e-6 * expected);
            assert_int_equal(isfinite(shorter[j]), reaches); /* where none has a step: no number */
        }
    }
}

/* One example; all but one of a single step; batches of one. */
static void test_smallest(void **state)
{
    (void)state;
    struct random_stream stream;
    random_open(&stream, 3, RANDOM_TEST, 0, 0);
    for (int count = 1; count <= 3; count++) {
        memset(&made_up, 0, sizeof made_up);
        made_up.features = 1;
        made_up.classes = 2;
        for (int i = 0; i < count; i++)
            made_up_add(&made_up.train, 1, i % 2, &stream);
        made_up_add(&made_up.test, 3, 1, &stream);
        for (int batch = 1; batch <= 2; batch++) {
            char train[64];
            struct lesson lesson;
            struct evaluation evaluation;
            snprintf(train, sizeof train, "batch: %d, shards: %d", batch, batch);
            open_on(&lesson, &dataset_made_up, text_of("cell: bigru, units: 3", train), 1);
            assert_int_equal(lesson.trainer.model.in.steps, 3);
            assert_true(lesson_train(&lesson, 40) < log(2));
            trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
            assert_true(isfinite(evaluation.loss));
            lesson_close(&lesson);
        }
    }
}

/* All memory is there before the first step, and was foreseen. The first parallel regions start
 * their threads, so they are not counted. */
static void test_memory(void **state)
{
    (void)state;
    struct lesson lesson;
    struct run_size size;
    struct step_result result;
    struct evaluation evaluation;
    struct error error;
    made_up_fill(200, 100, 1, 12);
    open_on(&lesson, &dataset_made_up, text_of("cell: bilstm, units: 5", "batch: 150, shards: 2"),
            2);
    assert_int_equal(measure_run(&lesson.config, &lesson.data, 2, &size, &error), 0);
    int64_t rows = made_up.train.begins[200] + made_up.test.begins[100];
    assert_int_equal(size.memory, (int64_t)trainer_memory(&lesson.trainer) + 200 * 2 * 4 +
                                      rows * MADE_FEATURES * 4 + 300 * 12);
    trainer_step(&lesson.trainer, 0, &result);
    trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    allocations_count_from_now();
    for (int i = 0; i < 5; i++)
        trainer_step(&lesson.trainer, STEP_NORM, &result);
    trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    assert_int_equal(allocations_so_far(), 0);
    lesson_close(&lesson);
}

static int half_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params, (void)error;
    plan->out.steps = plan->in.steps / 2;
    return 0;
}

/* Gives other features where the steps are fewer. */
static int fickle_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params, (void)error;
    plan->out.features = plan->in.steps;
    return 0;
}

static int one_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params, (void)error;
    plan->out.steps = 1;
    return 0;
}

/* The network with LAYER in the place of its first one. */
static void assert_refused(const struct layer *layer, const char *expected)
{
    struct config config;
    struct data data;
    struct model model;
    struct error error = {0};
    made_up_fill(20, 10, 1, 8);
    assert_int_equal(config_from_text(&config, "data: {set: digits, scale: none}\n"
                                               "model: {stack: [dropout, lstm, {readout: last}]}\n"
                                               "train: {steps: 1}\n"),
                     0);
    config.data.set.module = &dataset_made_up.module;
    config.model.stack.items[0].module = &layer->module;
    assert_int_equal(data_open(&data, &config.data, "", &error), 0);
    struct sequence in = {.steps = data.steps,
                          .features = data.features,
                          .reversed_from = data.features,
                          .varies = true};
    assert_int_equal(model_measure(&model, &config, in, 2, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    if (!strstr(error.text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.text);
    in.varies = false; /* of one length it may be anything */
    if (model_measure(&model, &config, in, 2, &error))
        fail_msg("%s", error.text);
    model_release(&model);
    data_release(&data);
    config_release(&config);
}

static void test_layers_that_know_no_lengths_are_refused(void **state)
{
    (void)state;
    struct layer layer = {.module = {.name = "odd"}, .describe = half_describe};
    assert_refused(&layer, "layer 0 (odd, test.yaml:2): it takes every sequence for one of all 8 "
                           "steps");
    layer.lengths = LAYER_LENGTHS;
    assert_refused(&layer, "it turns 8 steps into 4");
    layer.lengths = LAYER_STEPWISE;
    layer.describe = one_describe;
    assert_refused(&layer, "it turns 8 steps into 1");
}

/* Where training has fewer steps than the test, a layer must plan the same outputs for both. */
static void test_outputs_that_depend_on_steps_are_refused(void **state)
{
    (void)state;
    struct layer layer = {
        .module = {.name = "fickle"}, .lengths = LAYER_STEPWISE, .describe = fickle_describe};
    struct lesson lesson = {0};
    struct error error = {0};
    struct random_stream stream;
    random_open(&stream, 5, RANDOM_TEST, 0, 0);
    made_up_fill(20, 10, 1, 8);
    made_up_add(&made_up.test, 30, 1, &stream);
    assert_int_equal(
        config_from_text(&lesson.config, text_of("stack: [dropout, lstm, {readout: last}]", "")),
        0);
    lesson.config.data.set.module = &dataset_made_up.module;
    lesson.config.model.stack.items[0].module = &layer.module;
    assert_int_equal(data_open(&lesson.data, &lesson.config.data, "", &error), 0);
    assert_int_equal(trainer_init(&lesson.trainer, &lesson.config, &lesson.data, 1, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "layer 0 (fickle, test.yaml:2)"));
    assert_non_null(strstr(error.text, "of 30 steps it makes 30 of 30 features, and of 8 steps 8 "
                                       "of 8"));
    data_release(&lesson.data);
    config_release(&lesson.config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_learns),
        cmocka_unit_test(test_threads_change_no_bit),
        cmocka_unit_test(test_goes_on_with_the_same_bits),
        cmocka_unit_test(test_predictions_keep_their_places),
        cmocka_unit_test(test_nothing_behind_an_end_matters),
        cmocka_unit_test(test_steps_that_nobody_has_change_no_bit),
        cmocka_unit_test(test_a_long_series_costs_training_nothing),
        cmocka_unit_test(test_stepwise_layers_need_not_know_of_lengths),
        cmocka_unit_test(test_ends_are_derived_as_valid_rows_are),
        cmocka_unit_test(test_one_length_is_as_images),
        cmocka_unit_test(test_a_batch_of_long_ones),
        cmocka_unit_test(test_gradient_flow_is_a_mean_over_those_that_reach),
        cmocka_unit_test(test_smallest),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_layers_that_know_no_lengths_are_refused),
        cmocka_unit_test(test_outputs_that_depend_on_steps_are_refused),
    };
    return cmocka_run_group_tests_name("lengths", tests, NULL, NULL);
}
