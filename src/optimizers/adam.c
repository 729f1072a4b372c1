/* Adam; the formulas stand in adam_step.h. */
#include "optimizers/adam_step.h"

struct adam {
    struct adam_common common;
};

static const struct adam adam_defaults = {.common = ADAM_DEFAULTS};

static const struct param adam_params[] = {ADAM_PARAMS, {0}};

static double adam_rate(const void *params)
{
    const struct adam *adam = params;
    return adam->common.rate;
}

static void adam_update(const void *params, float *weights, const float *gradients,
                        float *const *moments, int64_t count, double rate, int64_t step,
                        bool decays)
{
    (void)decays;
    const struct adam *adam = params;
    adam_step(count, weights, gradients, moments[0], moments[1],
              adam_scalars(&adam->common, rate, step, 1));
}

const struct optimizer optimizer_adam = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "adam",
            .summary = "Adam: adaptive steps from two moments (Kingma & Ba 2015).",
            .params = adam_params,
            .defaults = &adam_defaults,
            .params_size = sizeof(struct adam),
        },
    .moments = {"m", "v"},
    .rate = adam_rate,
    .update = adam_update,
};
