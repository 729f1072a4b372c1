#include "math/outer.h"

#include "math/amx.h"
#include "math/isa.h"
#include "math/line.h"
#include "math/matrix.h"

int64_t outer_floats(int64_t m, int64_t n)
{
#ifdef __x86_64__
    if (math_isa() == ISA_AMX)
        return amx_outer_floats(m, n) + LINE_FLOATS - 1;
#endif
    (void)m;
    (void)n;
    return 0;
}

void outer_add(int64_t k, int64_t m, int64_t n, const float *a, int64_t lda, const float *b,
               int64_t ldb, float *c, int64_t ldc, float *memory)
{
#ifdef __x86_64__
    if (math_isa() == ISA_AMX) {
        amx_add_outer(k, m, n, a, lda, b, ldb, c, ldc, line_start(memory));
        return;
    }
#endif
    (void)memory;
    matrix_multiply(true, false, m, n, k, a, lda, b, ldb, 1, c, ldc);
}
