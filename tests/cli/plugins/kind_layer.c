/* A layer as a plugin: y = |x|^power with the sign of x, which has nothing to train. */
#include "unroll.h"

#include <math.h>

struct power {
    double power;
};

static const struct param power_params[] = {
    {
        .name = "power",
        .summary = "To which power the size of a value is raised.",
        .type = PARAM_REAL,
        .offset = offsetof(struct power, power),
        .minimum = 1,
        .maximum = 4,
    },
    {0},
};

static const struct power power_defaults = {.power = 2};

static int power_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params;
    (void)plan;
    (void)error;
    return 0;
}

static int64_t count_values(const struct layer_call *call)
{
    return call->plan->in.steps * call->batch * call->plan->in.features;
}

static void power_forward(const struct layer_call *call)
{
    const struct power *power = call->params;
    for (int64_t i = 0; i < count_values(call); i++)
        call->out[i] = copysignf(powf(fabsf(call->in[i]), (float)power->power), call->in[i]);
}

/* ∂x = power · |x|^(power − 1) · ∂y */
static void power_backward(const struct layer_call *call)
{
    float power = (float)((const struct power *)call->params)->power;
    for (int64_t i = 0; call->in_gradient && i < count_values(call); i++)
        call->in_gradient[i] = power * powf(fabsf(call->in[i]), power - 1) * call->out_gradient[i];
}

static const struct layer layer_power = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 3,
            .name = "kind_power",
            .summary = "Raises each value to a power.",
            .params = power_params,
            .defaults = &power_defaults,
            .params_size = sizeof(struct power),
        },
    .describe = power_describe,
    .forward = power_forward,
    .backward = power_backward,
};

UNROLL_PLUGIN(&layer_power.module);
