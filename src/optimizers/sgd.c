/* Stochastic gradient descent, with momentum in PyTorch's form (the rate outside of the momentum):
 *     b ← momentum · b + g
 *     θ ← θ − rate · b, or, after Nesterov, θ ← θ − rate · (g + momentum · b)
 * Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
 * learning", ICML 2013; torch.optim.SGD with dampening 0. */
#include "math/isa.h"
#include "module/optimizer.h"

struct sgd {
    double rate, momentum;
    bool nesterov;
};

/* 0.01 is the default of Keras's SGD. */
static const struct sgd sgd_defaults = {.rate = 0.01, .momentum = 0, .nesterov = false};

static const struct param sgd_params[] = {
    {
        .name = "rate",
        .summary = "Learning rate, which the schedule scales.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct sgd, rate),
        .minimum = 0,
        .maximum = 1e3,
    },
    {
        .name = "momentum",
        .summary = "How much of the last step's direction is kept; 0 keeps none.",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct sgd, momentum),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "nesterov",
        .summary = "Looks ahead along the momentum, after Nesterov.",
        .type = PARAM_BOOLEAN,
        .offset = offsetof(struct sgd, nesterov),
    },
    {0},
};

static int sgd_check(const void *params, struct error *error)
{
    const struct sgd *sgd = params;
    if (sgd->nesterov && sgd->momentum == 0)
        return error_set(error, ERROR_USAGE,
                         "nesterov looks ahead along the momentum, but momentum is 0: give a "
                         "momentum, such as 0.9, or leave nesterov out");
    return 0;
}

static double sgd_rate(const void *params)
{
    const struct sgd *sgd = params;
    return sgd->rate;
}

MATH_BODY void plain_body(int64_t count, float *weights, const float *gradients, float rate)
{
    for (int64_t i = 0; i < count; i++)
        weights[i] -= rate * gradients[i];
}

MATH_CLONES(plain, plain_body, (int64_t count, float *weights, const float *gradients, float rate),
            (count, weights, gradients, rate))

MATH_BODY void momentum_body(int64_t count, float *restrict weights, const float *gradients,
                             float *restrict buffer, float rate, float momentum, bool nesterov)
{
    for (int64_t i = 0; i < count; i++) {
        buffer[i] = momentum * buffer[i] + gradients[i];
        weights[i] -= rate * (nesterov ? gradients[i] + momentum * buffer[i] : buffer[i]);
    }
}

MATH_CLONES(with_momentum, momentum_body,
            (int64_t count, float *weights, const float *gradients, float *buffer, float rate,
             float momentum, bool nesterov),
            (count, weights, gradients, buffer, rate, momentum, nesterov))

static void sgd_update(const void *params, float *weights, const float *gradients,
                       float *const *moments, int64_t count, double rate, int64_t step, bool decays)
{
    (void)step, (void)decays;
    const struct sgd *sgd = params;
    if (sgd->momentum == 0)
        plain(count, weights, gradients, (float)rate);
    else
        with_momentum(count, weights, gradients, moments[0], (float)rate, (float)sgd->momentum,
                      sgd->nesterov);
}

const struct optimizer optimizer_sgd = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "sgd",
            .summary = "Stochastic gradient descent, with or without momentum.",
            .params = sgd_params,
            .defaults = &sgd_defaults,
            .params_size = sizeof(struct sgd),
            .check = sgd_check,
        },
    .moments = {"momentum"},
    .rate = sgd_rate,
    .update = sgd_update,
};
