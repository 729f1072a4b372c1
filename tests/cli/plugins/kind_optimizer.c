/* An optimiser as a plugin: each value goes by the learning rate against the sign of a running mean
 * of its gradient. */
#include "unroll.h"

#include <math.h>

struct sign {
    double rate, decay;
};

static const struct param sign_params[] = {
    {
        .name = "rate",
        .summary = "The learning rate.",
        .type = PARAM_REAL,
        .offset = offsetof(struct sign, rate),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "decay",
        .summary = "How much of the mean is kept at a step.",
        .type = PARAM_REAL,
        .offset = offsetof(struct sign, decay),
        .minimum = 0,
        .maximum = 1,
        .flags = PARAM_BELOW_MAXIMUM,
    },
    {0},
};

static const struct sign sign_defaults = {.rate = 0.002, .decay = 0.9};

static double sign_rate(const void *params)
{
    return ((const struct sign *)params)->rate;
}

static void sign_update(const void *params, float *weights, const float *gradients,
                        float *const *moments, int64_t count, double rate, int64_t step,
                        bool decays)
{
    float decay = (float)((const struct sign *)params)->decay;
    (void)step;
    (void)decays;
    for (int64_t i = 0; i < count; i++) {
        float *mean = &moments[0][i];
        *mean = decay * *mean + (1 - decay) * gradients[i];
        weights[i] -= *mean == 0 ? 0 : copysignf((float)rate, *mean);
    }
}

static const struct optimizer optimizer_sign = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "kind_sign",
            .summary = "Steps of one size.",
            .params = sign_params,
            .defaults = &sign_defaults,
            .params_size = sizeof(struct sign),
        },
    .moments = {"mean"},
    .rate = sign_rate,
    .update = sign_update,
};

UNROLL_PLUGIN(&optimizer_sign.module);
