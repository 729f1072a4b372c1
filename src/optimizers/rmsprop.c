/* RMSprop: Hinton, Srivastava and Swersky, "Neural networks for machine learning", lecture 6e,
 * 2012, in the form of torch.optim.RMSprop:
 *     v ← decay · v + (1 − decay) · g²
 *     b ← momentum · b + g / (√v + ε)          ε stands outside of the root
 *     θ ← θ − rate · b */
#include "math/isa.h"
#include "module/optimizer.h"

#include <math.h>

struct rmsprop {
    double rate, decay, epsilon, momentum;
};

/* Keras's defaults; 0.9 is the lecture's too. */
static const struct rmsprop rmsprop_defaults = {
    .rate = 1e-3,
    .decay = 0.9,
    .epsilon = 1e-7,
    .momentum = 0,
};

static const struct param rmsprop_params[] = {
    {
        .name = "rate",
        .summary = "Learning rate, which the schedule scales.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct rmsprop, rate),
        .minimum = 0,
        .maximum = 1e3,
    },
    {
        .name = "decay",
        .summary = "How much of the mean square is kept at each step (rho).",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct rmsprop, decay),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "epsilon",
        .summary = "Is added to the root of the mean square.",
        .type = PARAM_REAL,
        .offset = offsetof(struct rmsprop, epsilon),
        .minimum = 1e-30,
        .maximum = 1,
    },
    {
        .name = "momentum",
        .summary = "How much of the last step's direction is kept; 0 keeps none.",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct rmsprop, momentum),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

static double rmsprop_rate(const void *params)
{
    const struct rmsprop *rmsprop = params;
    return rmsprop->rate;
}

struct rmsprop_step {
    float rate, decay, rest, epsilon, momentum; /* rest: 1 − decay */
};

MATH_BODY void step_body(int64_t count, float *restrict weights, const float *gradients,
                         float *restrict squares, float *restrict buffer, struct rmsprop_step step)
{
    for (int64_t i = 0; i < count; i++) {
        float gradient = gradients[i];
        squares[i] = step.decay * squares[i] + step.rest * gradient * gradient;
        buffer[i] = step.momentum * buffer[i] + gradient / (sqrtf(squares[i]) + step.epsilon);
        weights[i] -= step.rate * buffer[i];
    }
}

MATH_CLONES(take_step, step_body,
            (int64_t count, float *weights, const float *gradients, float *squares, float *buffer,
             struct rmsprop_step step),
            (count, weights, gradients, squares, buffer, step))

static void rmsprop_update(const void *params, float *weights, const float *gradients,
                           float *const *moments, int64_t count, double rate, int64_t step,
                           bool decays)
{
    (void)step, (void)decays;
    const struct rmsprop *rmsprop = params;
    take_step(count, weights, gradients, moments[0], moments[1],
              (struct rmsprop_step){
                  .rate = (float)rate,
                  .decay = (float)rmsprop->decay,
                  .rest = (float)(1 - rmsprop->decay),
                  .epsilon = (float)rmsprop->epsilon,
                  .momentum = (float)rmsprop->momentum,
              });
}

const struct optimizer optimizer_rmsprop = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "rmsprop",
            .summary = "Divides by a running root mean square of the gradient.",
            .params = rmsprop_params,
            .defaults = &rmsprop_defaults,
            .params_size = sizeof(struct rmsprop),
        },
    .moments = {"v", "momentum"},
    .rate = rmsprop_rate,
    .update = rmsprop_update,
};
