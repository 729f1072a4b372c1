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

void outer_add(int64_t k, int64_t m, const float *a, int64_t lda, const struct outer_term *terms,
               int count, float *memory)
{
#ifdef __x86_64__
    if (math_isa() == ISA_AMX) {
        amx_add_outer(k, m, a, lda, terms, count, line_start(memory));
        return;
    }
#endif
    (void)memory;
    for (int i = 0; i < count; i++)
        matrix_multiply(true, false, m, terms[i].n, k, a, lda, terms[i].b, terms[i].ldb, 1,
                        terms[i].c, terms[i].ldc);
}
