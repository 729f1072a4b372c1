/* Adam's step, shared by adam and adamw: Kingma and Ba, "Adam: a method for stochastic
 * optimization", ICLR 2015.
 *     m ← β₁ · m + (1 − β₁) · g
 *     v ← β₂ · v + (1 − β₂) · g²
 * and, at step t,
 *     corrected:   θ ← θ − rate · m̂ / (√v̂ + ε), m̂ = m / (1 − β₁ᵗ), v̂ = v / (1 − β₂ᵗ)
 *     uncorrected: θ ← θ − rate · √(1 − β₂ᵗ) / (1 − β₁ᵗ) · m / (√v + ε)
 * The first is the paper's algorithm 1 and PyTorch's; the second is the last formula of the paper's
 * section 2, and TensorFlow's and Keras's. The same ε weighs more in the second, most of all in the
 * first steps. */
#ifndef UNROLL_OPTIMIZERS_ADAM_STEP_H
#define UNROLL_OPTIMIZERS_ADAM_STEP_H

#include "math/isa.h"
#include "module/optimizer.h"

#include <math.h>

enum adam_epsilon { EPSILON_CORRECTED, EPSILON_UNCORRECTED };

static const char *const adam_epsilon_names[] = {
    [EPSILON_CORRECTED] = "corrected", [EPSILON_UNCORRECTED] = "uncorrected", NULL};

struct adam_common {
    double rate, beta1, beta2, epsilon;
    int epsilon_at; /* enum adam_epsilon */
};

/* The paper's suggestions, which are PyTorch's defaults too. */
#define ADAM_DEFAULTS                                                                              \
    {                                                                                              \
        .rate = 1e-3, .beta1 = 0.9, .beta2 = 0.999, .epsilon = 1e-8,                               \
        .epsilon_at = EPSILON_CORRECTED,                                                           \
    }

/* The entries that both have, for a struct adam_common at offset 0. TensorFlow 1's AdamOptimizer
 * has ε 1e-8, Keras's Adam 1e-7. */
/* clang-format off */
#define ADAM_PARAMS                                                                                \
    {                                                                                              \
        .name = "rate",                                                                            \
        .summary = "Learning rate, which the schedule scales.",                                    \
        .type = PARAM_REAL,                                                                        \
        .flags = PARAM_ABOVE_MINIMUM,                                                              \
        .offset = offsetof(struct adam_common, rate),                                              \
        .minimum = 0,                                                                              \
        .maximum = 1e3,                                                                            \
    },                                                                                             \
    {                                                                                              \
        .name = "beta1",                                                                           \
        .summary = "How much of the mean gradient is kept at each step.",                          \
        .type = PARAM_REAL,                                                                        \
        .flags = PARAM_BELOW_MAXIMUM,                                                              \
        .offset = offsetof(struct adam_common, beta1),                                             \
        .minimum = 0,                                                                              \
        .maximum = 1,                                                                              \
    },                                                                                             \
    {                                                                                              \
        .name = "beta2",                                                                           \
        .summary = "How much of the mean squared gradient is kept at each step.",                  \
        .type = PARAM_REAL,                                                                        \
        .flags = PARAM_BELOW_MAXIMUM,                                                              \
        .offset = offsetof(struct adam_common, beta2),                                             \
        .minimum = 0,                                                                              \
        .maximum = 1,                                                                              \
    },                                                                                             \
    {                                                                                              \
        .name = "epsilon",                                                                         \
        .summary = "Is added to the root of the mean squared gradient.",                           \
        .type = PARAM_REAL,                                                                        \
        .offset = offsetof(struct adam_common, epsilon),                                           \
        .minimum = 1e-30,                                                                          \
        .maximum = 1,                                                                              \
        .preset = {[INIT_TF1] = "1e-8", [INIT_KERAS] = "1e-7", [INIT_PYTORCH] = "1e-8"},           \
    },                                                                                             \
    {                                                                                              \
        .name = "epsilon_at",                                                                      \
        .summary = "Whether epsilon meets the bias-corrected root (the paper's algorithm 1, "      \
                   "PyTorch) or the uncorrected one (TensorFlow, Keras).",                         \
        .type = PARAM_CHOICE,                                                                      \
        .offset = offsetof(struct adam_common, epsilon_at),                                        \
        .choices = adam_epsilon_names,                                                             \
        .preset = {                                                                                \
            [INIT_TF1] = "uncorrected", [INIT_KERAS] = "uncorrected", [INIT_PYTORCH] = "corrected" \
        },                                                                                         \
    }
/* clang-format on */

/* One step's constants. Both forms are θ ← keep · θ − rate · m / (√v · root + ε). */
struct adam_scalars {
    float beta1, rest1, beta2, rest2; /* rest: 1 − beta */
    float rate, root, epsilon;
    float keep; /* what decoupled weight decay leaves of a weight; 1 without */
};

/* STEP counts from 1. The corrections are computed in double precision: 1 − β₂ᵗ in float would lose
 * most of its digits in the first steps. */
static inline struct adam_scalars adam_scalars(const struct adam_common *adam, double rate,
                                               int64_t step, double keep)
{
    double correction1 = 1 - pow(adam->beta1, (double)step);
    double root2 = sqrt(1 - pow(adam->beta2, (double)step));
    bool corrected = adam->epsilon_at == EPSILON_CORRECTED;
    return (struct adam_scalars){
        .beta1 = (float)adam->beta1,
        .rest1 = (float)(1 - adam->beta1),
        .beta2 = (float)adam->beta2,
        .rest2 = (float)(1 - adam->beta2),
        .rate = (float)(corrected ? rate / correction1 : rate * root2 / correction1),
        .root = (float)(corrected ? 1 / root2 : 1),
        .epsilon = (float)adam->epsilon,
        .keep = (float)keep,
    };
}

MATH_BODY void adam_step_body(int64_t count, float *restrict weights, const float *gradients,
                              float *restrict m, float *restrict v, struct adam_scalars by)
{
    for (int64_t i = 0; i < count; i++) {
        float gradient = gradients[i];
        m[i] = by.beta1 * m[i] + by.rest1 * gradient;
        v[i] = by.beta2 * v[i] + by.rest2 * gradient * gradient;
        weights[i] = by.keep * weights[i] - by.rate * m[i] / (sqrtf(v[i]) * by.root + by.epsilon);
    }
}

MATH_CLONES(adam_step, adam_step_body,
            (int64_t count, float *weights, const float *gradients, float *m, float *v,
             struct adam_scalars by),
            (count, weights, gradients, m, v, by))

#endif
