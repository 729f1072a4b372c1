/* Turns a sequence into one step: its last output, or the mean or the largest of all its steps. */
#include "base/parts.h"
#include "math/isa.h"
#include "module/layer.h"

#include <string.h>

enum readout_of { READ_LAST, READ_MEAN, READ_MAX };

struct readout {
    int of; /* enum readout_of */
};

static const char *const of_names[] = {
    [READ_LAST] = "last", [READ_MEAN] = "mean", [READ_MAX] = "max", NULL};

static const struct readout readout_defaults = {.of = READ_LAST};

static const struct param readout_params[] = {
    {
        .name = "of",
        .summary = "The last output (of each direction), or the mean or the largest of all steps.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct readout, of),
        .choices = of_names,
    },
    {0},
};

static int readout_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct readout *readout = params;
    if (readout->of == READ_LAST && plan->in.mixes_directions)
        return error_set(error, ERROR_USAGE,
                         "readout: the layers below have mixed both directions, so no step holds "
                         "the last output of either: use `merge: concat` in bidirectional and no "
                         "layer between, or `readout: mean` or `readout: max`");
    plan->out.steps = 1;
    plan->out.reversed_from = plan->out.features;
    plan->out.mixes_directions = false;
    plan->saved_floats = readout->of == READ_MAX ? plan->batch * plan->in.features : 0;
    return 0;
}

/* Copies features [from, to) of one step of COUNT examples, FEATURES values each. */
static void copy_features(const float *source, float *target, int64_t count, int64_t features,
                          int64_t from, int64_t to)
{
    if (from == to)
        return;
    for (int64_t b = 0; b < count; b++)
        memcpy(target + b * features + from, source + b * features + from,
               (size_t)(to - from) * sizeof *target);
}

MATH_BODY void mean_body(int64_t steps, int64_t count, const float *in, float *restrict out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = in[i];
    for (int64_t t = 1; t < steps; t++)
        for (int64_t i = 0; i < count; i++)
            out[i] += in[t * count + i];
    for (int64_t i = 0; i < count; i++)
        out[i] /= (float)steps;
}

MATH_CLONES(mean_of_steps, mean_body, (int64_t steps, int64_t count, const float *in, float *out),
            (steps, count, in, out))

/* The first of equals wins; what is not a number wins over everything, so that it shows. */
MATH_BODY void max_body(int64_t steps, int64_t count, const float *in, float *restrict out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = in[i];
    for (int64_t t = 1; t < steps; t++)
        for (int64_t i = 0; i < count; i++) {
            float value = in[t * count + i];
            out[i] = value > out[i] || value != value ? value : out[i];
        }
}

MATH_CLONES(max_of_steps, max_body, (int64_t steps, int64_t count, const float *in, float *out),
            (steps, count, in, out))

/* As above, and WHERE [count] gets the step that won. */
MATH_BODY void max_where_body(int64_t steps, int64_t count, const float *in, float *restrict out,
                              int32_t *restrict where)
{
    for (int64_t i = 0; i < count; i++) {
        out[i] = in[i];
        where[i] = 0;
    }
    for (int32_t t = 1; t < (int32_t)steps; t++)
        for (int64_t i = 0; i < count; i++) {
            float value = in[t * count + i];
            bool wins = value > out[i] || value != value;
            out[i] = wins ? value : out[i];
            where[i] = wins ? t : where[i];
        }
}

MATH_CLONES(max_where, max_where_body,
            (int64_t steps, int64_t count, const float *in, float *out, int32_t *where),
            (steps, count, in, out, where))

/* The mean of each example's own steps, which are added up in their order. */
static void mean_of_lengths(const struct layer_call *call)
{
    int64_t features = call->plan->in.features;
    memcpy(call->out, call->in, (size_t)(call->batch * features) * sizeof *call->out);
    for (int64_t t = 1; t < layer_longest(call); t++)
        block_add(layer_active(call, t) * features, call->in + t * call->batch * features,
                  call->out);
    for (int64_t b = 0; b < call->batch; b++)
        for (int64_t f = 0; f < features; f++)
            call->out[b * features + f] /= (float)call->lengths[b];
}

/* The largest of each example's own steps. WHERE: NULL, or [batch, features] gets the step. */
static void max_of_lengths(const struct layer_call *call, int32_t *where)
{
    int64_t features = call->plan->in.features, count = call->batch * features;
    memcpy(call->out, call->in, (size_t)count * sizeof *call->out);
    if (where)
        memset(where, 0, (size_t)count * sizeof *where);
    for (int32_t t = 1; t < (int32_t)layer_longest(call); t++) {
        const float *in = call->in + t * count;
        int64_t active = layer_active(call, t) * features;
        for (int64_t i = 0; i < active; i++) {
            if (!(in[i] > call->out[i]) && in[i] == in[i])
                continue;
            call->out[i] = in[i];
            if (where)
                where[i] = t;
        }
    }
}

/* The step at which example B ends. */
static int64_t last_step(const struct layer_call *call, int64_t b)
{
    return (call->lengths ? call->lengths[b] : call->plan->in.steps) - 1;
}

static void forward_lengths(const struct layer_call *call)
{
    const struct readout *readout = call->params;
    const struct sequence *in = &call->plan->in;
    if (readout->of == READ_MEAN) {
        mean_of_lengths(call);
    } else if (readout->of == READ_MAX) {
        max_of_lengths(call, (int32_t *)call->saved);
    } else {
        for (int64_t b = 0; b < call->batch; b++)
            copy_features(call->in + (last_step(call, b) * call->batch + b) * in->features,
                          call->out + b * in->features, 1, in->features, 0, in->reversed_from);
        copy_features(call->in, call->out, call->batch, in->features, in->reversed_from,
                      in->features);
    }
}

static void readout_forward(const struct layer_call *call)
{
    const struct readout *readout = call->params;
    const struct sequence *in = &call->plan->in;
    int64_t count = call->batch * in->features; /* values of one step */
    PART(HEAD);
    if (call->lengths) {
        forward_lengths(call);
    } else if (readout->of == READ_MEAN) {
        mean_of_steps(in->steps, count, call->in, call->out);
    } else if (readout->of == READ_MAX && call->saved) {
        max_where(in->steps, count, call->in, call->out, (int32_t *)call->saved);
    } else if (readout->of == READ_MAX) {
        max_of_steps(in->steps, count, call->in, call->out);
    } else {
        const float *last = call->in + (in->steps - 1) * count; /* [batch, features] */
        copy_features(last, call->out, call->batch, in->features, 0, in->reversed_from);
        copy_features(call->in, call->out, call->batch, in->features, in->reversed_from,
                      in->features);
    }
}

static void readout_backward(const struct layer_call *call)
{
    const struct readout *readout = call->params;
    const struct sequence *in = &call->plan->in;
    int64_t count = call->batch * in->features; /* values of one step */
    float *gradient = call->in_gradient;        /* [steps, batch, features] */
    if (!gradient)
        return;
    PART(HEAD);
    if (readout->of == READ_MEAN) {
        for (int64_t i = 0; i < count; i++)
            gradient[i] = call->out_gradient[i] / (float)(last_step(call, i / in->features) + 1);
        for (int64_t t = 1; t < layer_longest(call); t++)
            memcpy(gradient + t * count, gradient,
                   (size_t)(layer_active(call, t) * in->features) * sizeof *gradient);
        return;
    }
    memset(gradient, 0, (size_t)(in->steps * count) * sizeof *gradient);
    if (readout->of == READ_MAX) {
        const int32_t *where = (const int32_t *)call->saved; /* [batch, features] */
        for (int64_t i = 0; i < count; i++)
            gradient[where[i] * count + i] = call->out_gradient[i];
    } else {
        for (int64_t b = 0; b < call->batch; b++)
            copy_features(call->out_gradient + b * in->features,
                          gradient + (last_step(call, b) * call->batch + b) * in->features, 1,
                          in->features, 0, in->reversed_from);
        copy_features(call->out_gradient, gradient, call->batch, in->features, in->reversed_from,
                      in->features);
    }
}

const struct layer layer_readout = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
            .name = "readout",
            .summary = "One step out of many: the last, the mean or the largest.",
            .params = readout_params,
            .defaults = &readout_defaults,
            .params_size = sizeof(struct readout),
        },
    .lengths = LAYER_LENGTHS,
    .describe = readout_describe,
    .forward = readout_forward,
    .backward = readout_backward,
};
