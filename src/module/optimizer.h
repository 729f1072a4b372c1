/* An optimiser turns gradients into new parameters. */
#ifndef UNROLL_MODULE_OPTIMIZER_H
#define UNROLL_MODULE_OPTIMIZER_H

#include "module/module.h"

enum { OPTIMIZER_MOMENTS = 4 };

struct optimizer {
    struct module module;
    /* Names of the vectors, as long as all parameters together, that are kept from step to step
     * (Adam: "m", "v"), as in the checkpoint; ends with NULL. The core zeroes, saves and restores
     * them. */
    const char *moments[OPTIMIZER_MOMENTS + 1];
    /* Required. The base learning rate of the parameters, which the schedule scales: finite
     * and not negative. Anything else ends the run, which names the optimiser. */
    double (*rate)(const void *params);
    /* Required. One update of COUNT values, which are a tensor or any piece of one: each value is
     * updated by itself. RATE is this step's learning rate, STEP counts from 1, MOMENTS has a
     * vector for each name, DECAYS tells whether weight decay applies to them. */
    void (*update)(const void *params, float *weights, const float *gradients,
                   float *const *moments, int64_t count, double rate, int64_t step, bool decays);
};

#endif
