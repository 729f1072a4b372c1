/* For tests of optimisers: three steps from the same start with the same gradients. Expected
 * weights were computed in double precision, by PyTorch where it has the formula. */
#ifndef UNROLL_UNIT_OPTIMIZER_VALUES_H
#define UNROLL_UNIT_OPTIMIZER_VALUES_H

#include "unit/module_values.h"

#include "module/optimizer.h"

#include <math.h>

enum { OPTIMIZER_STEPS = 3, OPTIMIZER_WEIGHTS = 3 };

static const float optimizer_start[OPTIMIZER_WEIGHTS] = {1, -2, 0.5f};
static const float optimizer_gradients[OPTIMIZER_STEPS][OPTIMIZER_WEIGHTS] = {
    {0.1f, -3, 0}, {-0.2f, 1, 0.001f}, {0.3f, 0.5f, 0}};

/* Takes the steps on COUNT weights, a repetition of the three, so that whole vectors and what is
 * left over are both met, and checks each weight after each step. */
static inline void check_steps_of(const struct optimizer *optimizer, const void *values,
                                  double rate, bool decays, int64_t count,
                                  const double expected[OPTIMIZER_STEPS][OPTIMIZER_WEIGHTS])
{
    float *weights = memory_array((size_t)count, sizeof *weights);
    float *gradients = memory_array((size_t)count, sizeof *gradients);
    float *moments[OPTIMIZER_MOMENTS] = {NULL};
    for (int i = 0; optimizer->moments[i]; i++)
        moments[i] = memory_array((size_t)count, sizeof(float));
    for (int64_t i = 0; i < count; i++)
        weights[i] = optimizer_start[i % OPTIMIZER_WEIGHTS];
    for (int step = 0; step < OPTIMIZER_STEPS; step++) {
        for (int64_t i = 0; i < count; i++)
            gradients[i] = optimizer_gradients[step][i % OPTIMIZER_WEIGHTS];
        optimizer->update(values, weights, gradients, moments, count, rate, step + 1, decays);
        for (int64_t i = 0; i < count; i++) {
            double right = expected[step][i % OPTIMIZER_WEIGHTS];
            if (!(fabs(weights[i] - right) <= 4e-7 * fabs(right)))
                fail_msg("%s: weight %lld after step %d: expected %.9g, found %.9g",
                         optimizer->module.name, (long long)i, step + 1, right, weights[i]);
        }
    }
    for (int i = 0; i < OPTIMIZER_MOMENTS; i++)
        memory_free(moments[i]);
    memory_free(weights);
    memory_free(gradients);
}

static inline void check_steps(const struct optimizer *optimizer, const void *values, double rate,
                               bool decays,
                               const double expected[OPTIMIZER_STEPS][OPTIMIZER_WEIGHTS])
{
    check_steps_of(optimizer, values, rate, decays, 3, expected);
    check_steps_of(optimizer, values, rate, decays, 16, expected);
    check_steps_of(optimizer, values, rate, decays, 101, expected);
}

/* The rate that the schedule scales is the parameter; zero and less are no rates. */
static inline void check_rate(const struct optimizer *optimizer)
{
    void *values = values_new(&optimizer->module);
    values_set(&optimizer->module, values, "rate", 0.25);
    assert_float_equal(optimizer->rate(values), 0.25, 0);
    assert_false(values_allow(&optimizer->module, "rate", 0));
    assert_false(values_allow(&optimizer->module, "rate", -1));
    memory_free(values);
}

#endif
