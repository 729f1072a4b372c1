/* For tests of layers: describes one, gives it memory, runs it, and compares its gradients with
 * central differences. */
#ifndef UNROLL_UNIT_LAYER_VALUES_H
#define UNROLL_UNIT_LAYER_VALUES_H

#include "unit/module_values.h"

#include "math/random.h"
#include "module/layer.h"

#include <math.h>
#include <string.h>

struct bench {
    const struct layer *layer;
    struct layer_plan plan;
    struct layer_call call;
    float *weights[LAYER_TENSORS], *gradients[LAYER_TENSORS];
    float *in, *out, *in_gradient, *out_gradient;
};

static inline int64_t bench_in_size(const struct bench *bench)
{
    return bench->plan.in.steps * bench->call.batch * bench->plan.in.features;
}

static inline int64_t bench_out_size(const struct bench *bench)
{
    return bench->plan.out.steps * bench->call.batch * bench->plan.out.features;
}

/* COUNT floats that are allocated exactly, so that the sanitizer sees one too many; all filled with
 * NaN, so that what is read before it is written shows. */
static inline float *bench_floats(int64_t count)
{
    float *floats = memory_array((size_t)count + 1, sizeof *floats);
    floats = memory_grow(floats, count ? (size_t)count : 1, sizeof *floats);
    for (int64_t i = 0; i < count; i++)
        floats[i] = NAN;
    return floats;
}

static inline void bench_draw(float *out, int64_t count, uint32_t lane)
{
    random_fill_uniform(7, RANDOM_TEST, lane, 0, 0, count, out);
    for (int64_t i = 0; i < count; i++)
        out[i] = 2 * out[i] - 1;
}

/* A bench for SEQUENCE, plan and call of batch BATCH, training, with drawn weights, input and
 * gradient of the output. */
static inline void bench_init(struct bench *bench, const struct layer *layer, const void *values,
                              struct sequence sequence, int64_t batch)
{
    struct error error = {0};
    *bench = (struct bench){.layer = layer};
    bench->plan = (struct layer_plan){
        .in = sequence, .out = sequence, .all_steps = sequence.steps, .classes = 10};
    bench->plan.batch = batch;
    if (layer->describe(values, &bench->plan, &error))
        fail_msg("%s: %s", layer->module.name, error.text);
    bench->call = (struct layer_call){
        .plan = &bench->plan, .params = values, .batch = batch, .training = true, .seed = 5};
    for (int i = 0; i < bench->plan.tensor_count; i++) {
        int64_t size = tensor_size(&bench->plan.tensors[i]);
        bench->weights[i] = bench_floats(size);
        bench_draw(bench->weights[i], size, 10 + (uint32_t)i);
        bench->gradients[i] = memory_array((size_t)size, sizeof(float));
    }
    bench->in = bench_floats(bench_in_size(bench));
    bench_draw(bench->in, bench_in_size(bench), 1);
    bench->out = bench_floats(bench_out_size(bench));
    bench->out_gradient = bench_floats(bench_out_size(bench));
    bench_draw(bench->out_gradient, bench_out_size(bench), 2);
    bench->in_gradient = bench_floats(bench_in_size(bench));
    bench->call.weights = bench->weights;
    bench->call.gradients = bench->gradients;
    bench->call.saved = bench_floats(bench->plan.saved_floats);
    bench->call.scratch = bench_floats(bench->plan.scratch_floats);
}

static inline void bench_release(struct bench *bench)
{
    for (int i = 0; i < bench->plan.tensor_count; i++) {
        memory_free(bench->weights[i]);
        memory_free(bench->gradients[i]);
    }
    memory_free(bench->in);
    memory_free(bench->out);
    memory_free(bench->in_gradient);
    memory_free(bench->out_gradient);
    memory_free(bench->call.saved);
    memory_free(bench->call.scratch);
}

static inline void bench_forward(struct bench *bench)
{
    struct layer_call call = bench->call;
    call.in = bench->in;
    call.out = bench->out;
    bench->layer->forward(&call);
}

static inline void bench_backward(struct bench *bench)
{
    struct layer_call call = bench->call;
    call.in = bench->in;
    call.out = bench->out;
    call.out_gradient = bench->out_gradient;
    call.in_gradient = bench->in_gradient;
    bench->layer->backward(&call);
}

/* Σ out ∘ out_gradient: its gradients are what backward computes. */
static inline double bench_value(struct bench *bench)
{
    double sum = 0;
    bench_forward(bench);
    for (int64_t i = 0; i < bench_out_size(bench); i++)
        sum += (double)bench->out[i] * bench->out_gradient[i];
    return sum;
}

static inline void bench_check_slopes(struct bench *bench, const char *name, float *values,
                                      const float *gradient, int64_t count)
{
    const float step = 1.0f / 64;
    for (int64_t i = 0; i < count; i++) {
        float original = values[i];
        values[i] = original + step;
        double above = bench_value(bench);
        values[i] = original - step;
        double below = bench_value(bench);
        values[i] = original;
        double expected = (above - below) / (2 * (double)step);
        if (!(fabs(gradient[i] - expected) < 2e-3))
            fail_msg("%s: %s[%lld]: expected %g, found %g", bench->layer->module.name, name,
                     (long long)i, expected, gradient[i]);
    }
}

/* Compares all gradients with central differences; backward must add to the tensors' gradients,
 * which start at one here, and overwrite the input's. */
static inline void bench_check_gradients(struct bench *bench)
{
    for (int t = 0; t < bench->plan.tensor_count; t++)
        for (int64_t i = 0; i < tensor_size(&bench->plan.tensors[t]); i++)
            bench->gradients[t][i] = 1;
    bench_forward(bench);
    bench_backward(bench);
    for (int t = 0; t < bench->plan.tensor_count; t++) {
        int64_t size = tensor_size(&bench->plan.tensors[t]);
        for (int64_t i = 0; i < size; i++)
            bench->gradients[t][i] -= 1;
        bench_check_slopes(bench, bench->plan.tensors[t].name, bench->weights[t],
                           bench->gradients[t], size);
    }
    bench_check_slopes(bench, "in", bench->in, bench->in_gradient, bench_in_size(bench));
}

static inline void bench_clear_gradients(struct bench *bench)
{
    for (int t = 0; t < bench->plan.tensor_count; t++)
        memset(bench->gradients[t], 0,
               (size_t)tensor_size(&bench->plan.tensors[t]) * sizeof(float));
}

/* The same output without saved memory, and the same gradients of the tensors where nobody needs
 * the input's. */
static inline void bench_check_optional_memory(struct bench *bench)
{
    size_t size = (size_t)bench_out_size(bench) * sizeof(float);
    float *expected = bench_floats(bench_out_size(bench)), *expected_gradients[LAYER_TENSORS];
    float *saved = bench->call.saved, *in_gradient = bench->in_gradient;
    bench_clear_gradients(bench);
    bench_forward(bench);
    bench_backward(bench);
    memcpy(expected, bench->out, size);
    for (int t = 0; t < bench->plan.tensor_count; t++)
        expected_gradients[t] = memory_copy(
            bench->gradients[t], (size_t)tensor_size(&bench->plan.tensors[t]) * sizeof(float));

    bench->call.saved = NULL;
    bench_forward(bench);
    assert_memory_equal(bench->out, expected, size);
    bench->call.saved = saved;

    bench_clear_gradients(bench);
    bench_forward(bench);
    bench->in_gradient = NULL;
    bench_backward(bench);
    bench->in_gradient = in_gradient;
    for (int t = 0; t < bench->plan.tensor_count; t++) {
        assert_memory_equal(bench->gradients[t], expected_gradients[t],
                            (size_t)tensor_size(&bench->plan.tensors[t]) * sizeof(float));
        memory_free(expected_gradients[t]);
    }
    memory_free(expected);
}

#endif
