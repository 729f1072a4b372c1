/* Products of float32 matrices on the tile unit of recent Xeons (AMX), which multiplies bfloat16.
 * Each float is cut into three bfloat16 whose sum it is exactly, x = h + m + l, and
 *     x y = l h' + m m' + m h' + h l' + h m' + h h'
 * leaves out products below 2^-23 of the whole (Henry, Tang and Heinecke, "Leveraging the bfloat16
 * artificial intelligence datatype for higher-precision computations", 2019). Sums are float32. The
 * result is as near as that of float32 multiply-adds, mostly nearer, where elements are 0 or from
 * 2^-100 in magnitude: what is subnormal (below 2^-126) counts as zero, parts, starts and sums
 * alike. An element that is infinite, or larger than 3.396e38 (the largest bfloat16 and half a
 * step), gives NaN.
 *
 * Only for math_isa() == ISA_AMX; packed.h and outer.h say what the functions do, and call them. */
#ifndef UNROLL_MATH_AMX_H
#define UNROLL_MATH_AMX_H

#include "math/outer.h"
#include "math/packed.h"

/* Whether the processor has the unit. */
bool amx_present(void);

/* Asks the system to let this process and its children use the unit. */
bool amx_allowed(void);

/* As in packed.h; MEMORY begins at a cache line, and is what struct packed's panels points to. */
int64_t amx_packed_floats(int64_t k, int64_t n);
void amx_pack(bool transpose, int64_t k, int64_t n, const float *b, int64_t ldb, float *memory);
void amx_multiply(int64_t m, const struct packed_term *terms, int count, const float *start,
                  int64_t start_stride, float *c, int64_t ldc);

/* As in outer.h; MEMORY begins at a cache line. */
int64_t amx_outer_floats(int64_t m, int64_t n);
void amx_add_outer(int64_t k, int64_t m, const float *a, int64_t lda,
                   const struct outer_term *terms, int count, float *memory);

#endif
