/* Inverted dropout: while training, each value is dropped with probability rate and what is kept is
 * scaled by 1 / (1 − rate), so that nothing needs scaling afterwards. Hinton et al., "Improving
 * neural networks by preventing co-adaptation of feature detectors", 2012; Srivastava et al.,
 * "Dropout: a simple way to prevent neural networks from overfitting", JMLR 2014. A fresh mask for
 * each time step, example and feature; outside of training the identity.
 *     y = mask ∘ x / (1 − rate),    ∂x = mask ∘ ∂y / (1 − rate) */
#include "base/parts.h"
#include "math/isa.h"
#include "math/random.h"
#include "module/layer.h"

#include <string.h>

struct dropout {
    double rate;
};

static const struct dropout dropout_defaults = {.rate = 0.5};

static const struct param dropout_params[] = {
    {
        .name = "rate",
        .summary = "Probability with which a value is dropped while training.",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct dropout, rate),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

/* Floats that COUNT bytes of mask take. */
static int64_t mask_floats(int64_t count)
{
    return (count + (int64_t)sizeof(float) - 1) / (int64_t)sizeof(float);
}

/* The sequence flows through as it is, so out stays the copy of in. */
static int dropout_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params, (void)error;
    plan->saved_floats = mask_floats(plan->in.steps * plan->batch * plan->in.features);
    plan->scratch_floats = plan->in.features + mask_floats(plan->in.features);
    return 0;
}

/* mask[i] = 1 with probability 1 − rate, from numbers uniform in [0, 1). */
MATH_BODY void drop_body(int64_t count, const float *numbers, const float *in, float rate,
                         float scale, uint8_t *restrict mask, float *restrict out)
{
    for (int64_t i = 0; i < count; i++) {
        mask[i] = numbers[i] >= rate;
        out[i] = numbers[i] >= rate ? in[i] * scale : 0;
    }
}

MATH_CLONES(drop, drop_body,
            (int64_t count, const float *numbers, const float *in, float rate, float scale,
             uint8_t *mask, float *out),
            (count, numbers, in, rate, scale, mask, out))

MATH_BODY void apply_body(int64_t count, const uint8_t *mask, const float *in, float scale,
                          float *restrict out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = mask[i] ? in[i] * scale : 0;
}

MATH_CLONES(apply, apply_body,
            (int64_t count, const uint8_t *mask, const float *in, float scale, float *out),
            (count, mask, in, scale, out))

static float scale_of(const struct dropout *dropout)
{
    return (float)(1 / (1 - dropout->rate));
}

static bool is_dropping(const struct layer_call *call)
{
    const struct dropout *dropout = call->params;
    return call->training && dropout->rate > 0;
}

static void dropout_forward(const struct layer_call *call)
{
    const struct dropout *dropout = call->params;
    int64_t steps = call->plan->in.steps, features = call->plan->in.features;
    PART(DROPOUT);
    if (!is_dropping(call)) {
        memcpy(call->out, call->in, (size_t)(steps * call->batch * features) * sizeof *call->out);
        return;
    }
    float *numbers = call->scratch;                           /* [features] */
    uint8_t *unsaved = (uint8_t *)(call->scratch + features); /* [features] */
    for (int64_t t = 0; t < steps; t++) {
        int64_t active = layer_active(call, t);
        for (int64_t b = 0; b < active; b++) {
            int64_t row = (t * call->batch + b) * features;
            int64_t place = (call->first_example + b) * call->plan->all_steps + t;
            uint64_t first = (uint64_t)(place * features);
            random_fill_uniform(call->seed, RANDOM_DROPOUT, call->layer, (uint32_t)call->step,
                                first, features, numbers);
            drop(features, numbers, call->in + row, (float)dropout->rate, scale_of(dropout),
                 call->saved ? (uint8_t *)call->saved + row : unsaved, call->out + row);
        }
    }
}

static void dropout_backward(const struct layer_call *call)
{
    if (!call->in_gradient)
        return;
    int64_t features = call->plan->in.features;
    PART(DROPOUT);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        int64_t first = rows.first * features, count = rows.count * features;
        if (is_dropping(call))
            apply(count, (const uint8_t *)call->saved + first, call->out_gradient + first,
                  scale_of(call->params), call->in_gradient + first);
        else
            memcpy(call->in_gradient + first, call->out_gradient + first,
                   (size_t)count * sizeof *call->in_gradient);
    }
}

const struct layer layer_dropout = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
            .name = "dropout",
            .summary = "Drops values at random while training.",
            .params = dropout_params,
            .defaults = &dropout_defaults,
            .params_size = sizeof(struct dropout),
        },
    .lengths = LAYER_STEPWISE,
    .describe = dropout_describe,
    .forward = dropout_forward,
    .backward = dropout_backward,
};
