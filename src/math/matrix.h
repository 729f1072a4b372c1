/* Matrix products, by BLAS (one thread each), row-major float32. */
#ifndef UNROLL_MATH_MATRIX_H
#define UNROLL_MATH_MATRIX_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* Once, before any product: one thread per product, whatever the environment says. Not for plugins.
 */
void matrix_init(void);

/* C [m, n] = op(A) [m, k] · op(B) [k, n] + beta · C, where op transposes if told to. LDA, LDB and
 * LDC are the row lengths of A, B and C as they are stored, in floats. */
void matrix_multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
                     const float *a, int64_t lda, const float *b, int64_t ldb, float beta, float *c,
                     int64_t ldc);

/* out[j] += sum over i of a[i, j], added in the order of i; A is [rows, columns]. */
void matrix_add_column_sums(const float *a, int64_t rows, int64_t columns, float *out);

/* The library's name, version and chosen kernel, for a run's record: "OpenBLAS 0.3.21 SkylakeX".
 * Not for plugins. */
void matrix_describe(struct text *text);

#endif
