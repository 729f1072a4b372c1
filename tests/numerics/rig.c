#include "numerics/rig.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "math/random.h"

float *floats_new(int64_t count)
{
    struct error error = {0};
    void *block = NULL;
    if (memory_try(&block, (size_t)count * sizeof(float), "a test", &error) < 0) {
        fail_msg("%s", error.text);
    }
    return block;
}

void fill_nan(float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        values[i] = NAN;
    }
}

void fill_normal(float *values, int64_t count, double deviation, uint64_t seed, uint32_t lane)
{
    struct random_stream stream;
    random_open(&stream, seed, RANDOM_TEST, lane, 0);
    for (int64_t i = 0; i < count; i++) {
        values[i] = (float)(deviation * random_normal(&stream));
    }
}

static void describe(struct rig *rig, const struct rig_shape *shape)
{
    struct layer_plan *plan = &rig->plan;
    plan->in.steps = plan->all_steps = shape->steps;
    plan->in.features = shape->features;
    plan->in.reversed_from = shape->reversed_from ? shape->reversed_from : shape->features;
    plan->in.varies = shape->lengths != NULL;
    plan->out = plan->in;
    plan->classes = 3;
    plan->batch = shape->plan_batch ? shape->plan_batch : shape->batch;
    struct error error = {0};
    if (rig->layer->describe(rig->setup.params, plan, &error) < 0) {
        fail_msg("%s: describe: %s", rig->name, error.text);
    }
    assert_in_range(plan->tensor_count, 0, LAYER_TENSORS);
}

static void allocate(struct rig *rig, int64_t batch)
{
    const struct layer_plan *plan = &rig->plan;
    for (int i = 0; i < plan->tensor_count; i++) {
        rig->weights[i] = floats_new(tensor_size(&plan->tensors[i]));
        rig->gradients[i] = floats_new(tensor_size(&plan->tensors[i]));
    }
    rig->in_count = plan->in.steps * batch * plan->in.features;
    rig->out_count = plan->out.steps * batch * plan->out.features;
    rig->in = floats_new(rig->in_count);
    rig->in_gradient = floats_new(rig->in_count);
    rig->out = floats_new(rig->out_count);
    rig->out_gradient = floats_new(rig->out_count);
    rig->saved = floats_new(plan->saved_floats);
    rig->scratch = floats_new(plan->scratch_floats);
}

void rig_init(struct rig *rig, const struct layer_spec *spec, const struct rig_shape *shape)
{
    memset(rig, 0, sizeof(*rig));
    rig->layer = spec->layer;
    snprintf(rig->name, sizeof(rig->name), "%s %s", spec->layer->module.name, spec->options);
    if (spec->inner) {
        snprintf(rig->name, sizeof(rig->name), "%s %s of %s %s", spec->layer->module.name,
                 spec->options, spec->inner->module.name, spec->inner_options);
    }
    module_setup_init(&rig->setup, &spec->layer->module, spec->options);
    if (spec->inner) {
        module_setup_init(&rig->inner, &spec->inner->module, spec->inner_options);
        module_setup_choose(&rig->setup, "of", &rig->inner);
    }
    module_setup_check(&rig->setup);
    describe(rig, shape);
    allocate(rig, shape->batch);
    rig->call = (struct layer_call){
        .plan = &rig->plan,
        .params = rig->setup.params,
        .batch = shape->batch,
        .lengths = shape->lengths,
        .training = true,
        .seed = 11,
        .step = 5,
        .layer = 1,
        .weights = rig->weights,
        .gradients = rig->gradients,
        .in = rig->in,
        .out = rig->out,
        .out_gradient = rig->out_gradient,
        .in_gradient = rig->in_gradient,
        .saved = rig->saved,
        .scratch = rig->scratch,
    };
}

void rig_release(struct rig *rig)
{
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        memory_free(rig->weights[i]);
        memory_free(rig->gradients[i]);
    }
    memory_free(rig->in);
    memory_free(rig->in_gradient);
    memory_free(rig->out);
    memory_free(rig->out_gradient);
    memory_free(rig->saved);
    memory_free(rig->scratch);
    module_setup_release(&rig->setup);
    if (rig->inner.module) {
        module_setup_release(&rig->inner);
    }
}

void rig_fill(struct rig *rig, uint64_t seed)
{
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        const struct tensor *tensor = &rig->plan.tensors[i];
        double deviation = tensor->columns ? 1.0 / sqrt((double)tensor->columns) : 0.5;
        fill_normal(rig->weights[i], tensor_size(tensor), deviation, seed, (uint32_t)i);
    }
    fill_normal(rig->in, rig->in_count, 1.0, seed, LAYER_TENSORS);
    fill_normal(rig->out_gradient, rig->out_count, 1.0, seed, LAYER_TENSORS + 1);
    rig_fill_ends(rig, rig->in, rig->plan.in.features, NAN);
    if (rig->plan.out.steps == rig->plan.in.steps) {
        rig_fill_ends(rig, rig->out_gradient, rig->plan.out.features, 0);
    }
}

void rig_fill_ends(const struct rig *rig, float *floats, int64_t features, float value)
{
    int64_t batch = rig->call.batch;
    for (int64_t row = 0; rig->call.lengths && row < rig->plan.in.steps * batch; row++) {
        for (int64_t f = 0; f < features && row / batch >= rig->call.lengths[row % batch]; f++) {
            floats[row * features + f] = value;
        }
    }
}

void rig_forward(struct rig *rig)
{
    fill_nan(rig->out, rig->out_count);
    fill_nan(rig->scratch, rig->plan.scratch_floats);
    if (rig->call.saved) {
        fill_nan(rig->saved, rig->plan.saved_floats);
    }
    rig->layer->forward(&rig->call);
    if (rig->layer->lengths == LAYER_STEPWISE) {
        rig_fill_ends(rig, rig->out, rig->plan.out.features, 0);
    }
}

void rig_backward(struct rig *rig)
{
    fill_nan(rig->in_gradient, rig->in_count);
    fill_nan(rig->scratch, rig->plan.scratch_floats);
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        memset(rig->gradients[i], 0, (size_t)tensor_size(&rig->plan.tensors[i]) * sizeof(float));
    }
    rig->layer->backward(&rig->call);
    rig_fill_ends(rig, rig->in_gradient, rig->plan.in.features, 0);
}
