/* AdaGrad: Duchi, Hazan and Singer, "Adaptive subgradient methods for online learning and
 * stochastic optimization", JMLR 2011, in the form of torch.optim.Adagrad:
 *     s ← s + g², from s = initial
 *     θ ← θ − rate · g / (√s + ε)
 * The moment holds s − initial, since moments start as zeros. */
#include "math/isa.h"
#include "module/optimizer.h"

#include <math.h>

struct adagrad {
    double rate, initial, epsilon;
};

/* PyTorch's defaults. */
static const struct adagrad adagrad_defaults = {.rate = 0.01, .initial = 0, .epsilon = 1e-10};

static const struct param adagrad_params[] = {
    {
        .name = "rate",
        .summary = "Learning rate, which the schedule scales.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct adagrad, rate),
        .minimum = 0,
        .maximum = 1e3,
    },
    {
        .name = "initial",
        .summary = "The sum of squares before the first step.",
        .type = PARAM_REAL,
        .offset = offsetof(struct adagrad, initial),
        .minimum = 0,
        .maximum = 1e6,
    },
    {
        .name = "epsilon",
        .summary = "Is added to the root of the sum of squares.",
        .type = PARAM_REAL,
        .offset = offsetof(struct adagrad, epsilon),
        .minimum = 1e-30,
        .maximum = 1,
    },
    {0},
};

static double adagrad_rate(const void *params)
{
    const struct adagrad *adagrad = params;
    return adagrad->rate;
}

MATH_BODY void step_body(int64_t count, float *restrict weights, const float *gradients,
                         float *restrict squares, float rate, float initial, float epsilon)
{
    for (int64_t i = 0; i < count; i++) {
        squares[i] += gradients[i] * gradients[i];
        weights[i] -= rate * gradients[i] / (sqrtf(initial + squares[i]) + epsilon);
    }
}

MATH_CLONES(take_step, step_body,
            (int64_t count, float *weights, const float *gradients, float *squares, float rate,
             float initial, float epsilon),
            (count, weights, gradients, squares, rate, initial, epsilon))

static void adagrad_update(const void *params, float *weights, const float *gradients,
                           float *const *moments, int64_t count, double rate, int64_t step,
                           bool decays)
{
    (void)step, (void)decays;
    const struct adagrad *adagrad = params;
    take_step(count, weights, gradients, moments[0], (float)rate, (float)adagrad->initial,
              (float)adagrad->epsilon);
}

const struct optimizer optimizer_adagrad = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "adagrad",
            .summary = "Divides by the root of the sum of all squared gradients.",
            .params = adagrad_params,
            .defaults = &adagrad_defaults,
            .params_size = sizeof(struct adagrad),
        },
    .moments = {"s"},
    .rate = adagrad_rate,
    .update = adagrad_update,
};
