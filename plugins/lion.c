/* Lion: Chen et al., "Symbolic discovery of optimization algorithms", NeurIPS 2023, their
 * algorithm 2. One moment instead of Adam's two, and a step of the same size for every weight:
 *     θ ← θ − rate · (sign(β₁ · m + (1 − β₁) · g) + weight_decay · θ)
 *     m ← β₂ · m + (1 − β₂) · g
 * where rate is the scheduled one and the m of the first line is the one before. sign(0) = 0, so
 * that a weight without a gradient stays where it is, and the sign of what is not a number is not a
 * number. The decay is decoupled, as AdamW's is, and spares biases.
 *
 * Use it in a config:
 *     train:
 *       optimizer: {lion: {rate: 1e-3, weight_decay: 0.01}}
 *
 * A step moves each weight by the whole rate, however small the gradient, so that the authors take
 * a rate 3 to 10 times smaller than AdamW's and a weight_decay as much larger; and since the size
 * of a gradient counts for nothing but its share in m, `train.clip.norm` hardly matters. */
#include "unroll.h"

struct lion {
    double rate, beta1, beta2, weight_decay;
};

/* The authors' defaults. */
static const struct lion lion_defaults = {
    .rate = 1e-4, .beta1 = 0.9, .beta2 = 0.99, .weight_decay = 0};

static const struct param lion_params[] = {
    {
        .name = "rate",
        .summary = "Learning rate, which the schedule scales: how far each weight goes.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct lion, rate),
        .minimum = 0,
        .maximum = 1e3,
    },
    {
        .name = "beta1",
        .summary = "How much of the mean gradient counts in the sign of a step.",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct lion, beta1),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "beta2",
        .summary = "How much of the mean gradient is kept at each step.",
        .type = PARAM_REAL,
        .flags = PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct lion, beta2),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "weight_decay",
        .summary = "Part of each weight, times the rate, that a step takes "
                   "away; biases are spared.",
        .type = PARAM_REAL,
        .offset = offsetof(struct lion, weight_decay),
        .minimum = 0,
        .maximum = 1e3,
    },
    {0},
};

static double lion_rate(const void *params)
{
    const struct lion *lion = params;
    return lion->rate;
}

/* One step's constants. */
struct lion_scalars {
    float beta1, rest1, beta2, rest2; /* rest: 1 − beta */
    float rate;
    float keep; /* what decay leaves of a weight; 1 without */
};

/* Comparisons alone make the sign, so that zero and what is not a number stay what they are. */
MATH_BODY void lion_step_body(int64_t count, float *restrict weights, const float *gradients,
                              float *restrict m, struct lion_scalars by)
{
    for (int64_t i = 0; i < count; i++) {
        float gradient = gradients[i];
        float mixed = by.beta1 * m[i] + by.rest1 * gradient;
        float sign = mixed > 0 ? 1.0f : mixed < 0 ? -1.0f : mixed;
        m[i] = by.beta2 * m[i] + by.rest2 * gradient;
        weights[i] = by.keep * weights[i] - by.rate * sign;
    }
}

MATH_CLONES(lion_step, lion_step_body,
            (int64_t count, float *weights, const float *gradients, float *m,
             struct lion_scalars by),
            (count, weights, gradients, m, by))

static void lion_update(const void *params, float *weights, const float *gradients,
                        float *const *moments, int64_t count, double rate, int64_t step,
                        bool decays)
{
    const struct lion *lion = params;
    (void)step; /* nothing is corrected for the first steps */
    lion_step(count, weights, gradients, moments[0],
              (struct lion_scalars){
                  .beta1 = (float)lion->beta1,
                  .rest1 = (float)(1 - lion->beta1),
                  .beta2 = (float)lion->beta2,
                  .rest2 = (float)(1 - lion->beta2),
                  .rate = (float)rate,
                  .keep = (float)(decays ? 1 - rate * lion->weight_decay : 1),
              });
}

static const struct optimizer optimizer_lion = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "lion",
            .summary = "The sign of the mean gradient (Chen et al. 2023), with decoupled decay.",
            .params = lion_params,
            .defaults = &lion_defaults,
            .params_size = sizeof(struct lion),
        },
    .moments = {"m"},
    .rate = lion_rate,
    .update = lion_update,
};

UNROLL_PLUGIN(&optimizer_lion.module);
