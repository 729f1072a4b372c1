/* Sums of outer products, as the gradient of a layer's weights is one over all steps and examples.
 * One thread, row-major float32. */
#ifndef UNROLL_MATH_OUTER_H
#define UNROLL_MATH_OUTER_H

#include <stdint.h>

/* One sum: C [m, n] += A [k, m]ᵀ · B [k, n]. LDB and LDC are row lengths in floats. */
struct outer_term {
    int64_t n;
    const float *b;
    int64_t ldb;
    float *c;
    int64_t ldc;
};

/* Floats of memory that outer_add needs for each term; any alignment will do. */
int64_t outer_floats(int64_t m, int64_t n);

/* Adds COUNT terms that have A [k, m] in common, with the row length LDA. Best where n is not
 * larger than m. */
void outer_add(int64_t k, int64_t m, const float *a, int64_t lda, const struct outer_term *terms,
               int count, float *memory);

#endif
