/* Gradients checked by finite differences of a function that computes in float32.
 *
 * A central difference over four points, (8·(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h, is exact up
 * to order h^4, so that the step can be large (1/48) and the rounding of float32, about
 * 1e-7·|f| / h, stays small. The function itself must be summed in double. */
#ifndef UNROLL_NUMERICS_DIFFERENCES_H
#define UNROLL_NUMERICS_DIFFERENCES_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Values that the function depends on, and the gradient that is claimed for them. */
struct variable {
    const char *name;
    float *values; /* changed during the check and restored */
    const float *gradient;
    int64_t count;
};

struct differences {
    const char *subject; /* layer, options and shape, for messages */
    double (*evaluate)(void *context);
    void *context;
    struct variable *variables;
    int variable_count;
    /* The function has kinks (relu, max): steps are shorter and the tolerance fivefold, an element
     * at which two step sizes disagree is passed over, and not more than a tenth of all may be. */
    bool kinks;
    double tolerance; /* relative to the variable's largest gradient, or to 1 if that is less */

    /* Results. */
    int checked, failures, skipped;
    double worst;       /* largest error over tolerance's scale */
    struct text report; /* a line for each failure; released by the caller */
};

/* Checks at most 60 elements of each variable, spread over it, and the slope along one random
 * direction over all of its elements, which any wrong element changes. Returns the failures. */
int differences_check(struct differences *differences);

#endif
