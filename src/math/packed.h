/* Matrix products whose right side is packed once and multiplied many times, as a recurrent layer
 * multiplies by the same weights at every step. One thread, row-major float32.
 *
 * Every element of a result is its start plus the products in an order that depends on their number
 * alone, term after term; one rounding each where the instruction set has fused multiply-add (and
 * see math/amx.h). So a row's bits depend on that row alone: not on the number of rows, nor on
 * where it stands, nor on the columns beside it. Only instruction sets (math/isa.h) may differ in
 * the last bits. */
#ifndef UNROLL_MATH_PACKED_H
#define UNROLL_MATH_PACKED_H

#include <stdbool.h>
#include <stdint.h>

/* B [k, n] in panels of 32 columns, one behind the other: [panels, k, 32], with zeros behind
 * column n; or as math/amx.h wants it. The memory is the caller's. */
struct packed {
    int64_t k, n;
    const float *panels;
};

/* A sum over k may be cut in two calls, the second starting from the first's C, wherever k is a
 * multiple of this, without changing a bit. */
enum { PACKED_BLOCK = 32 };

/* Floats of memory that packed_pack needs for a B [k, n]; any alignment will do. */
int64_t packed_floats(int64_t k, int64_t n);

/* Packs op(B) [k, n], where op transposes if told to; LDB is the row length of B as it is stored.
 * What it returns points into MEMORY. */
struct packed packed_pack(bool transpose, int64_t k, int64_t n, const float *b, int64_t ldb,
                          float *memory);

/* One product of a sum: A [m, k] · B [k, n]. LDA is the row length of A in floats. */
struct packed_term {
    const float *a;
    int64_t lda;
    const struct packed *b;
};

/* C [m, n] = START + the sum of COUNT > 0 terms, all of the same n. START [m, n] has the row length
 * START_STRIDE: 0 takes the same row for all, and C itself accumulates; NULL is zero. LDC is the
 * row length of C. C may be START with the same row length, but overlap nothing else. */
void packed_multiply(int64_t m, const struct packed_term *terms, int count, const float *start,
                     int64_t start_stride, float *c, int64_t ldc);

#endif
