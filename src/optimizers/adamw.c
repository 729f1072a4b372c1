/* AdamW: Loshchilov and Hutter, "Decoupled weight decay regularization", ICLR 2019, in the form of
 * torch.optim.AdamW: before Adam's step (adam_step.h), θ ← θ − rate · weight_decay · θ, where rate
 * is the scheduled one. The decay does not pass through the moments. */
#include "optimizers/adam_step.h"

struct adamw {
    struct adam_common common;
    double weight_decay;
};

/* 0.01 is PyTorch's default. */
static const struct adamw adamw_defaults = {.common = ADAM_DEFAULTS, .weight_decay = 0.01};

static const struct param adamw_params[] = {
    ADAM_PARAMS,
    {
        .name = "weight_decay",
        .summary = "Part of each weight, times the rate, that a step takes "
                   "away; biases are spared.",
        .type = PARAM_REAL,
        .offset = offsetof(struct adamw, weight_decay),
        .minimum = 0,
        .maximum = 1e3,
    },
    {0},
};

static double adamw_rate(const void *params)
{
    const struct adamw *adamw = params;
    return adamw->common.rate;
}

static void adamw_update(const void *params, float *weights, const float *gradients,
                         float *const *moments, int64_t count, double rate, int64_t step,
                         bool decays)
{
    const struct adamw *adamw = params;
    double keep = decays ? 1 - rate * adamw->weight_decay : 1;
    adam_step(count, weights, gradients, moments[0], moments[1],
              adam_scalars(&adamw->common, rate, step, keep));
}

const struct optimizer optimizer_adamw = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "adamw",
            .summary = "Adam with decoupled weight decay (Loshchilov & Hutter 2019).",
            .params = adamw_params,
            .defaults = &adamw_defaults,
            .params_size = sizeof(struct adamw),
        },
    .moments = {"m", "v"},
    .rate = adamw_rate,
    .update = adamw_update,
};
