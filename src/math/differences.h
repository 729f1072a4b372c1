/* Gradients against central differences of a function that computes in float32.
 *
 * A central difference over four points, (8·(f(h) − f(−h)) − (f(2h) − f(−2h))) / 12h, is exact up
 * to order h^4, so that the step can be large (1/48, or that part of a variable's root mean square
 * where that is above 1) and the rounding of float32, about 1e-7·|f| / h, stays small. The function
 * itself must be summed in double. */
#ifndef UNROLL_MATH_DIFFERENCES_H
#define UNROLL_MATH_DIFFERENCES_H

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

/* What was found out about one variable. */
struct variable_result {
    int checked, failures, skipped;
    double worst;             /* largest error of those that were not skipped, over the scale */
    int64_t worst_element;    /* where; -1: along the random direction */
    double expected, claimed; /* there */
};

struct differences {
    const char *subject; /* layer, options and shape, for messages */
    double (*evaluate)(void *context);
    void *context;
    struct variable *variables;
    int variable_count;
    /* The function may have kinks (relu, max) or bend more than the step allows: an element that
     * fails is tried again with a fourth of the step, and of that, three times. It may then be up
     * to ten times as far off, but not further than the last two slopes are from each other. It is
     * passed over where these differ, or the slopes to both sides do, by so much that a kink can be
     * the reason, but see differences_say_little. */
    bool kinks;
    double tolerance; /* relative to the variable's largest gradient, or to floor if that is less */
    double floor;     /* 0 stands for 1 */
    struct variable_result *results; /* [variable_count] to fill, or NULL */

    /* Results. */
    int checked, failures, skipped;
    double worst;       /* largest error over tolerance's scale */
    struct text report; /* a line for each failure; released by the caller */
};

/* Checks at most 60 elements of each variable, spread over it, and the slope along one random
 * direction over all of its elements, which any wrong element changes. Returns the failures. */
int differences_check(struct differences *differences);

/* Whether so many of those CHECKED were passed over that nothing is said of the others either: more
 * than a tenth. For differences_check, of all variables together, this is a failure. */
bool differences_say_little(int checked, int skipped);

/* The floor for TOLERANCE that keeps the rounding of a sum of float32 terms, MAGNITUDE being the
 * root of the sum of their squares, below what is allowed. */
double differences_floor(double magnitude, double tolerance);

#endif
