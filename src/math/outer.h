/* Sums of outer products, as the gradient of a layer's weights is one over all steps and examples.
 * One thread, row-major float32. */
#ifndef UNROLL_MATH_OUTER_H
#define UNROLL_MATH_OUTER_H

#include <stdint.h>

/* Floats of memory that outer_add needs; any alignment will do. */
int64_t outer_floats(int64_t m, int64_t n);

/* C [m, n] += A [k, m]ᵀ · B [k, n]. LDA, LDB and LDC are row lengths in floats. Best where n is not
 * larger than m. */
void outer_add(int64_t k, int64_t m, int64_t n, const float *a, int64_t lda, const float *b,
               int64_t ldb, float *c, int64_t ldc, float *memory);

#endif
