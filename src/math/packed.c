/* The tiling is that of Goto and van de Geijn, "Anatomy of high-performance matrix multiplication",
 * 2008, less what small matrices do not need: A is read where it is, and nothing is blocked over k,
 * since a panel of B and a few rows of A fit the first or second cache. */
#include "math/packed.h"

#include "math/amx.h"
#include "math/isa.h"
#include "math/line.h"

#include <string.h>

enum { PANEL = 32 }; /* columns of B side by side: two vectors of the widest instruction set */

static int64_t panel_count(int64_t n)
{
    return (n + PANEL - 1) / PANEL;
}

int64_t packed_floats(int64_t k, int64_t n)
{
#ifdef __x86_64__
    if (math_isa() == ISA_AMX)
        return amx_packed_floats(k, n) + LINE_FLOATS - 1;
#endif
    return panel_count(n) * PANEL * k + LINE_FLOATS - 1;
}

struct packed packed_pack(bool transpose, int64_t k, int64_t n, const float *b, int64_t ldb,
                          float *memory)
{
    float *panels = line_start(memory); /* no vector of a panel may straddle two lines */
#ifdef __x86_64__
    if (math_isa() == ISA_AMX) {
        amx_pack(transpose, k, n, b, ldb, panels);
        return (struct packed){.k = k, .n = n, .panels = panels};
    }
#endif
    for (int64_t panel = 0; panel < panel_count(n); panel++) {
        const int64_t column = panel * PANEL, left = n - column;
        const int64_t width = left < PANEL ? left : PANEL;
        float *to = panels + column * k;
        if (width < PANEL)
            memset(to, 0, (size_t)(PANEL * k) * sizeof *to);
        if (transpose)
            for (int64_t j = 0; j < width; j++)
                for (int64_t l = 0; l < k; l++)
                    to[l * PANEL + j] = b[(column + j) * ldb + l];
        else
            for (int64_t l = 0; l < k; l++)
                memcpy(to + l * PANEL, b + l * ldb + column, (size_t)width * sizeof *to);
    }
    return (struct packed){.k = k, .n = n, .panels = panels};
}

#ifdef __x86_64__
#define LANES 16
#define TILE_ROWS 14
#define NAME(x) x##_avx512
#define TARGET __attribute__((target(MATH_AVX512_TARGET)))
#include "math/packed_kernels.inc"

#define LANES 8
#define TILE_ROWS 6
#define NAME(x) x##_avx2
#define TARGET __attribute__((target(MATH_AVX2_TARGET)))
#include "math/packed_kernels.inc"
#endif

#define LANES 4
#define TILE_ROWS 4
#define NAME(x) x##_baseline
#define TARGET
#include "math/packed_kernels.inc"

void packed_multiply(int64_t m, const struct packed_term *terms, int count, const float *start,
                     int64_t start_stride, float *c, int64_t ldc)
{
    switch (math_isa()) {
#ifdef __x86_64__
    case ISA_AMX:
        amx_multiply(m, terms, count, start, start_stride, c, ldc);
        break;
    case ISA_AVX512:
        multiply_avx512(m, terms, count, start, start_stride, c, ldc);
        break;
    case ISA_AVX2:
        multiply_avx2(m, terms, count, start, start_stride, c, ldc);
        break;
#endif
    default:
        multiply_baseline(m, terms, count, start, start_stride, c, ldc);
    }
}
