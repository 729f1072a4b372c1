/* A layer with everything that a call needs, and the checks that every recurrent layer must pass.
 * Buffers have exactly the planned size and start as NaN, so that the sanitizers see what is out of
 * bounds and the checks see what is read before it was written. */
#ifndef TESTS_UNIT_LAYER_TRIAL_H
#define TESTS_UNIT_LAYER_TRIAL_H

#include "base/text.h"
#include "math/matrix.h"
#include "math/random.h"
#include "module/layer.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct trial {
    const struct layer *layer;
    struct layer_plan plan;
    struct layer_call call;
    float *weights[LAYER_TENSORS], *gradients[LAYER_TENSORS];
    float *in, *out, *out_gradient, *in_gradient, *saved, *scratch;
};

static inline size_t trial_in_count(const struct trial *trial)
{
    return (size_t)(trial->plan.in.steps * trial->call.batch * trial->plan.in.features);
}

static inline size_t trial_out_count(const struct trial *trial)
{
    return (size_t)(trial->plan.out.steps * trial->call.batch * trial->plan.out.features);
}

static inline float *trial_floats(int64_t count, float value)
{
    float *floats = malloc((size_t)count * sizeof *floats + 1); /* one more: never a size of 0 */
    assert_non_null(floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] = value;
    return floats;
}

static inline void trial_randomise(float *floats, int64_t count, uint32_t lane, double scale)
{
    struct random_stream stream;
    random_open(&stream, 1, RANDOM_TEST, lane, 0);
    for (int64_t i = 0; i < count; i++)
        floats[i] = (float)(scale * random_normal(&stream));
}

/* The address of the parameter NAME in PARAMS. */
static inline void *trial_param(const struct layer *layer, void *params, const char *name)
{
    for (const struct param *param = layer->module.params; param->name; param++)
        if (text_equal(param->name, name))
            return (char *)params + param->offset;
    fail_msg("no parameter %s", name);
    return NULL;
}

static inline const struct param *trial_param_entry(const struct layer *layer, const char *name)
{
    for (const struct param *param = layer->module.params; param->name; param++)
        if (text_equal(param->name, name))
            return param;
    fail_msg("no parameter %s", name);
    return NULL;
}

/* A copy of the layer's defaults with UNITS units; free() it. */
static inline void *trial_params(const struct layer *layer, int64_t units)
{
    void *params = malloc(layer->module.params_size);
    assert_non_null(params);
    memcpy(params, layer->module.defaults, layer->module.params_size);
    *(int64_t *)trial_param(layer, params, "units") = units;
    return params;
}

static inline void trial_open(struct trial *trial, const struct layer *layer, const void *params,
                              int64_t steps, int64_t batch, int64_t inputs)
{
    struct error error;
    memset(trial, 0, sizeof *trial);
    trial->layer = layer;
    trial->plan.all_steps = steps;
    trial->plan.in = (struct sequence){.steps = steps, .features = inputs, .reversed_from = inputs};
    trial->plan.out = trial->plan.in;
    trial->plan.batch = batch;
    trial->plan.classes = 10;
    matrix_init();
    if (layer->describe(params, &trial->plan, &error))
        fail_msg("%s", error.text);
    trial->call = (struct layer_call){
        .plan = &trial->plan, .params = params, .batch = batch, .training = true, .seed = 1};
    for (int i = 0; i < trial->plan.tensor_count; i++) {
        int64_t size = tensor_size(&trial->plan.tensors[i]);
        trial->weights[i] = trial_floats(size, 0);
        trial_randomise(trial->weights[i], size, (uint32_t)(10 + i), 0.4);
        trial->gradients[i] = trial_floats(size, 0);
    }
    int64_t in_count = (int64_t)trial_in_count(trial), out_count = (int64_t)trial_out_count(trial);
    trial->in = trial_floats(in_count, 0);
    trial_randomise(trial->in, in_count, 1, 1);
    trial->out_gradient = trial_floats(out_count, 0);
    trial_randomise(trial->out_gradient, out_count, 2, 1);
    trial->out = trial_floats(out_count, NAN);
    trial->in_gradient = trial_floats(in_count, NAN);
    trial->saved = trial_floats(trial->plan.saved_floats, NAN);
    trial->scratch = trial_floats(trial->plan.scratch_floats, NAN);
    trial->call.weights = trial->weights;
    trial->call.gradients = trial->gradients;
    trial->call.in = trial->in;
    trial->call.out = trial->out;
    trial->call.saved = trial->saved;
    trial->call.scratch = trial->scratch;
}

static inline void trial_close(struct trial *trial)
{
    for (int i = 0; i < trial->plan.tensor_count; i++) {
        free(trial->weights[i]);
        free(trial->gradients[i]);
    }
    free(trial->in);
    free(trial->out);
    free(trial->out_gradient);
    free(trial->in_gradient);
    free(trial->saved);
    free(trial->scratch);
}

/* What working memory held must not matter: it is overwritten before a call. */
static inline void trial_spoil_scratch(struct trial *trial)
{
    for (int64_t i = 0; i < trial->plan.scratch_floats; i++)
        trial->scratch[i] = NAN;
}

static inline void trial_forward(struct trial *trial)
{
    trial_spoil_scratch(trial);
    trial->call.out_gradient = NULL;
    trial->call.in_gradient = NULL;
    trial->layer->forward(&trial->call);
}

static inline void trial_backward(struct trial *trial, bool with_input)
{
    trial_spoil_scratch(trial);
    trial->call.out_gradient = trial->out_gradient;
    trial->call.in_gradient = with_input ? trial->in_gradient : NULL;
    trial->layer->backward(&trial->call);
}

static inline void trial_zero_gradients(struct trial *trial)
{
    for (int i = 0; i < trial->plan.tensor_count; i++)
        memset(trial->gradients[i], 0,
               (size_t)tensor_size(&trial->plan.tensors[i]) * sizeof(float));
}

/* The loss Σ out ∘ out_gradient, whose gradient with respect to out is out_gradient. */
static inline double trial_loss(struct trial *trial)
{
    double loss = 0;
    trial_forward(trial);
    for (size_t i = 0; i < trial_out_count(trial); i++)
        loss += (double)trial->out[i] * (double)trial->out_gradient[i];
    return loss;
}

/* The slope of the loss at *VALUE from four points: its error falls with the fourth power of the
 * distance (Abramowitz and Stegun, 25.3.6). */
static inline double trial_slope(struct trial *trial, float *value)
{
    const float distance = 0x1p-5f;
    const float steps[4] = {-2, -1, 1, 2}, factors[4] = {1, -8, 8, -1};
    float kept = *value;
    double slope = 0;
    for (int i = 0; i < 4; i++) {
        *value = kept + steps[i] * distance;
        slope += (double)factors[i] * trial_loss(trial);
    }
    *value = kept;
    return slope / (12 * (double)distance);
}

/* Compares GRADIENT [count] with the slopes at VALUES, every STRIDE-th of them. */
static inline void trial_compare_slopes(struct trial *trial, const char *name, float *values,
                                        const float *gradient, size_t count, size_t stride)
{
    for (size_t i = 0; i < count; i += stride) {
        double slope = trial_slope(trial, &values[i]), found = (double)gradient[i];
        if (!(fabs(slope - found) <= 2e-3 * (1 + fabs(slope))))
            fail_msg("%s[%zu]: gradient %.6f, difference %.6f", name, i, found, slope);
    }
}

static inline void check_gradients(const struct layer *layer, const void *params)
{
    struct trial trial;
    trial_open(&trial, layer, params, 5, 3, 4);
    trial_forward(&trial);
    trial_backward(&trial, true);
    trial_compare_slopes(&trial, "input", trial.in, trial.in_gradient, trial_in_count(&trial), 1);
    for (int i = 0; i < trial.plan.tensor_count; i++)
        trial_compare_slopes(&trial, trial.plan.tensors[i].name, trial.weights[i],
                             trial.gradients[i], (size_t)tensor_size(&trial.plan.tensors[i]), 3);
    trial_close(&trial);
}

/* Backward adds to the gradients, and leaves them alone for the input's sake. */
static inline void check_accumulation(const struct layer *layer, const void *params)
{
    struct trial once, twice;
    trial_open(&once, layer, params, 4, 3, 5);
    trial_open(&twice, layer, params, 4, 3, 5);
    trial_forward(&once);
    trial_backward(&once, false);
    trial_forward(&twice);
    trial_backward(&twice, true);
    for (int i = 0; i < once.plan.tensor_count; i++)
        assert_memory_equal(once.gradients[i], twice.gradients[i],
                            (size_t)tensor_size(&once.plan.tensors[i]) * sizeof(float));
    trial_forward(&twice);
    trial_backward(&twice, true);
    for (int i = 0; i < once.plan.tensor_count; i++)
        for (int64_t j = 0; j < tensor_size(&once.plan.tensors[i]); j++) {
            float expected = 2 * once.gradients[i][j];
            assert_true(fabsf(twice.gradients[i][j] - expected) <= 1e-5f * (1 + fabsf(expected)));
        }
    trial_close(&once);
    trial_close(&twice);
}

/* Without saved memory, forward gives the same outputs, bit for bit. */
static inline void check_evaluation(const struct layer *layer, const void *params)
{
    struct trial training, evaluation;
    trial_open(&training, layer, params, 6, 7, 5);
    trial_open(&evaluation, layer, params, 6, 7, 5);
    evaluation.call.saved = NULL;
    evaluation.call.gradients = NULL;
    evaluation.call.training = false;
    trial_forward(&training);
    trial_forward(&evaluation);
    assert_memory_equal(training.out, evaluation.out, trial_out_count(&training) * sizeof(float));
    trial_close(&training);
    trial_close(&evaluation);
}

/* A batch smaller than planned: the examples come out as they do in the whole batch. */
static inline void check_smaller_batch(const struct layer *layer, const void *params)
{
    enum { STEPS = 4, WHOLE = 6, PART = 2, INPUTS = 3 };
    struct trial whole, part;
    trial_open(&whole, layer, params, STEPS, WHOLE, INPUTS);
    trial_open(&part, layer, params, STEPS, WHOLE, INPUTS);
    part.call.batch = PART;
    int64_t features = whole.plan.out.features;
    for (int t = 0; t < STEPS; t++) {
        memcpy(part.in + t * PART * INPUTS, whole.in + t * WHOLE * INPUTS,
               PART * INPUTS * sizeof(float));
        memset(whole.out_gradient + t * WHOLE * features, 0,
               (size_t)(WHOLE * features) * sizeof(float));
        for (int64_t i = 0; i < PART * features; i++)
            whole.out_gradient[t * WHOLE * features + i] =
                part.out_gradient[t * PART * features + i];
    }
    trial_forward(&whole);
    trial_backward(&whole, true);
    trial_forward(&part);
    trial_backward(&part, true);
    for (int t = 0; t < STEPS; t++) {
        for (int64_t i = 0; i < PART * features; i++)
            assert_true(fabsf(whole.out[t * WHOLE * features + i] -
                              part.out[t * PART * features + i]) <= 1e-6f);
        for (int i = 0; i < PART * INPUTS; i++)
            assert_true(fabsf(whole.in_gradient[t * WHOLE * INPUTS + i] -
                              part.in_gradient[t * PART * INPUTS + i]) <= 1e-5f);
    }
    for (int i = 0; i < whole.plan.tensor_count; i++)
        for (int64_t j = 0; j < tensor_size(&whole.plan.tensors[i]); j++)
            assert_true(fabsf(whole.gradients[i][j] - part.gradients[i][j]) <= 1e-4f);
    trial_close(&whole);
    trial_close(&part);
}

/* What the other examples of a batch are does not change one bit of an example's output. */
static inline void check_independence(const struct layer *layer, const void *params)
{
    enum { STEPS = 5, BATCH = 9, INPUTS = 4, KEPT = 3 };
    struct trial first, second;
    trial_open(&first, layer, params, STEPS, BATCH, INPUTS);
    trial_open(&second, layer, params, STEPS, BATCH, INPUTS);
    for (int t = 0; t < STEPS; t++)
        for (int b = 0; b < BATCH; b++)
            for (int i = 0; i < INPUTS && b != KEPT; i++)
                second.in[(t * BATCH + b) * INPUTS + i] *= -3;
    trial_forward(&first);
    trial_forward(&second);
    int64_t features = first.plan.out.features;
    for (int t = 0; t < STEPS; t++) {
        assert_memory_equal(first.out + (t * BATCH + KEPT) * features,
                            second.out + (t * BATCH + KEPT) * features,
                            (size_t)features * sizeof(float));
        assert_memory_not_equal(first.out + t * BATCH * features, second.out + t * BATCH * features,
                                (size_t)features * sizeof(float));
    }
    trial_close(&first);
    trial_close(&second);
}

/* One step has no recurrent part. */
static inline void check_single_step(const struct layer *layer, const void *params)
{
    struct trial trial;
    trial_open(&trial, layer, params, 1, 2, 3);
    trial_forward(&trial);
    trial_backward(&trial, true);
    for (int i = 0; i < trial.plan.tensor_count; i++) {
        bool is_recurrent = text_starts_with(trial.plan.tensors[i].name, "weight_hh");
        bool any = false;
        for (int64_t j = 0; j < tensor_size(&trial.plan.tensors[i]); j++)
            any |= trial.gradients[i][j] != 0;
        assert_int_equal(any, !is_recurrent);
    }
    trial_compare_slopes(&trial, "input", trial.in, trial.in_gradient, trial_in_count(&trial), 1);
    trial_close(&trial);
}

/* What a layer says of its states: one number for each step of each, that of the last step the
 * norms of what comes from above; and that the asking changes no bit. */
static inline void check_state_gradients(const struct layer *layer, const void *params)
{
    enum { STEPS = 5, BATCH = 3, INPUTS = 4, STATES = 2 };
    struct trial asked, plain;
    double norms[STATES * STEPS + 1];
    trial_open(&asked, layer, params, STEPS, BATCH, INPUTS);
    trial_open(&plain, layer, params, STEPS, BATCH, INPUTS);
    int64_t states = asked.plan.states, features = asked.plan.out.features;
    assert_in_range(states, 1, STATES);
    for (int i = 0; i <= STATES * STEPS; i++)
        norms[i] = -1;
    asked.call.state_gradients = norms;
    trial_forward(&asked);
    trial_backward(&asked, true);
    trial_forward(&plain);
    trial_backward(&plain, true);
    for (int64_t i = 0; i <= STATES * STEPS; i++)
        assert_int_equal(norms[i] > 0, i < states * STEPS);
    double above = 0;
    for (int64_t b = 0; b < BATCH; b++) {
        double squares = 0;
        for (int64_t j = 0; j < features; j++)
            squares += pow((double)asked.out_gradient[((STEPS - 1) * BATCH + b) * features + j], 2);
        above += sqrt(squares);
    }
    if (states == 1)
        assert_true(fabs(norms[STEPS - 1] - above) <= 1e-12 * above);
    assert_memory_equal(asked.in_gradient, plain.in_gradient,
                        trial_in_count(&asked) * sizeof(float));
    for (int i = 0; i < asked.plan.tensor_count; i++)
        assert_memory_equal(asked.gradients[i], plain.gradients[i],
                            (size_t)tensor_size(&asked.plan.tensors[i]) * sizeof(float));
    trial_close(&asked);
    trial_close(&plain);
}

/* Fills FLOATS [in.steps, batch, FEATURES] with VALUE behind the ends of the examples. */
static inline void trial_fill_ends(const struct trial *trial, float *floats, int64_t features,
                                   float value)
{
    int64_t batch = trial->call.batch;
    for (int64_t row = 0; row < trial->plan.in.steps * batch; row++)
        for (int64_t f = 0; row / batch >= trial->call.lengths[row % batch] && f < features; f++)
            floats[row * features + f] = value;
}

static inline void trial_assert_near(const char *what, int64_t example, double found,
                                     double expected)
{
    if (!(fabs(found - expected) <= 1e-5 * (1 + fabs(expected))))
        fail_msg("%s of example %d: expected %.9g, found %.9g", what, (int)example, expected,
                 found);
}

/* Example B of WHOLE, alone and with no step behind its end: it has the same outputs, states'
 * norms and input gradient. Adds its share of all that is summed to SUMS and NORMS. */
static inline void check_alone(const struct trial *whole, int64_t b, double *const *sums,
                               double *norms)
{
    enum { MOST = 32 };
    int64_t steps = whole->plan.in.steps, batch = whole->call.batch, states = whole->plan.states;
    int64_t inputs = whole->plan.in.features, features = whole->plan.out.features;
    int64_t length = whole->call.lengths[b];
    double own_norms[MOST] = {0};
    struct trial alone;
    trial_open(&alone, whole->layer, whole->call.params, length, 1, inputs);
    for (int64_t t = 0; t < length; t++) {
        memcpy(alone.in + t * inputs, whole->in + (t * batch + b) * inputs,
               (size_t)inputs * sizeof(float));
        memcpy(alone.out_gradient + t * features, whole->out_gradient + (t * batch + b) * features,
               (size_t)features * sizeof(float));
    }
    assert_in_range(states * length, 1, MOST);
    alone.call.state_gradients = own_norms;
    trial_forward(&alone);
    trial_backward(&alone, true);
    for (int64_t t = 0; t < length; t++) {
        for (int64_t f = 0; f < features; f++)
            trial_assert_near("output", b, (double)whole->out[(t * batch + b) * features + f],
                              (double)alone.out[t * features + f]);
        for (int64_t f = 0; f < inputs; f++)
            trial_assert_near("input gradient", b,
                              (double)whole->in_gradient[(t * batch + b) * inputs + f],
                              (double)alone.in_gradient[t * inputs + f]);
        for (int64_t state = 0; state < states; state++)
            norms[state * steps + steps - length + t] += own_norms[state * length + t];
    }
    for (int i = 0; i < alone.plan.tensor_count; i++)
        for (int64_t j = 0; j < tensor_size(&alone.plan.tensors[i]); j++)
            sums[i][j] += (double)alone.gradients[i][j];
    trial_close(&alone);
}

/* A batch of different lengths, with what is no number behind their ends, is its examples, each
 * alone; and a recurrent layer's states are copied through. */
static inline void check_lengths(const struct layer *layer, const void *params)
{
    enum { STEPS = 5, BATCH = 4, INPUTS = 3, STATES = 2 };
    static const int32_t all_lengths[][BATCH] = {{5, 3, 3, 1}, {5, 5, 5, 4}, {4, 3, 2, 1}};
    for (size_t k = 0; k < sizeof all_lengths / sizeof all_lengths[0]; k++) {
        struct trial whole;
        double *sums[LAYER_TENSORS], norms[STATES * STEPS] = {0}, expected[STATES * STEPS] = {0};
        trial_open(&whole, layer, params, STEPS, BATCH, INPUTS);
        whole.plan.in.varies = true;
        whole.call.lengths = all_lengths[k];
        whole.call.state_gradients = norms;
        trial_fill_ends(&whole, whole.in, INPUTS, NAN);
        trial_fill_ends(&whole, whole.out_gradient, whole.plan.out.features, 0);
        trial_forward(&whole);
        trial_backward(&whole, true);
        for (int i = 0; i < whole.plan.tensor_count; i++)
            sums[i] = calloc((size_t)tensor_size(&whole.plan.tensors[i]), sizeof(double));
        for (int64_t b = 0; b < BATCH; b++)
            check_alone(&whole, b, sums, expected);
        for (int i = 0; i < whole.plan.tensor_count; i++) {
            for (int64_t j = 0; j < tensor_size(&whole.plan.tensors[i]); j++)
                trial_assert_near(whole.plan.tensors[i].name, -1, (double)whole.gradients[i][j],
                                  sums[i][j]);
            free(sums[i]);
        }
        for (int64_t i = 0; i < whole.plan.states * STEPS; i++)
            trial_assert_near("norm", -1, norms[i], expected[i]);
        int64_t state = BATCH * whole.plan.out.features;
        for (int64_t i = state; i < STEPS * state && layer->recurrent; i++) {
            int64_t b = i % state / whole.plan.out.features;
            if (i / state >= all_lengths[k][b])
                assert_memory_equal(&whole.out[i], &whole.out[i - state], sizeof(float));
        }
        trial_close(&whole);
    }
}

static inline void check_layer(const struct layer *layer, const void *params)
{
    if (layer->lengths == LAYER_LENGTHS)
        check_lengths(layer, params);
    check_state_gradients(layer, params);
    check_gradients(layer, params);
    check_accumulation(layer, params);
    check_evaluation(layer, params);
    check_smaller_batch(layer, params);
    check_independence(layer, params);
    check_single_step(layer, params);
}

#endif
