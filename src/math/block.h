/* Operations on long blocks of floats: gradients and weights. Sums are taken in an order that
 * depends on the length alone. */
#ifndef UNROLL_MATH_BLOCK_H
#define UNROLL_MATH_BLOCK_H

#include <stdint.h>

/* sum[i] += addend[i] */
void block_add(int64_t count, const float *addend, float *sum);

/* sum[i] += factor · addend[i] */
void block_add_scaled(int64_t count, float factor, const float *addend, float *sum);

/* values[i] *= factor */
void block_scale(int64_t count, float factor, float *values);

/* values[i] = max(-limit, min(limit, values[i])), LIMIT > 0. Not for plugins. */
void block_clamp(int64_t count, float limit, float *values);

/* Sum of values[i]², in double precision. Not for plugins. */
double block_sum_squares(int64_t count, const float *values);

/* Σ over ROWS of ‖a[row] + b[row]‖₂, in double precision; A and B are [rows, columns], B is NULL
 * for nothing. */
double block_sum_row_norms(int64_t rows, int64_t columns, const float *a, const float *b);

#endif
