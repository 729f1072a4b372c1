#include "math/isa.h"

#include "base/text.h"
#include "math/amx.h"

#include <stdatomic.h>
#include <stdlib.h>

static const char *const names[] = {
    [ISA_BASELINE] = "baseline",
    [ISA_AVX2] = "avx2",
    [ISA_AVX512] = "avx512",
    [ISA_AMX] = "amx",
};

enum { ISA_COUNT = sizeof names / sizeof names[0], ISA_UNKNOWN = -1 };

static atomic_int chosen = ISA_UNKNOWN;

static enum math_isa best_isa(void)
{
#ifdef __x86_64__
    if (amx_allowed())
        return ISA_AMX;
    if (__builtin_cpu_supports("x86-64-v4"))
        return ISA_AVX512;
    if (__builtin_cpu_supports("x86-64-v3"))
        return ISA_AVX2;
#endif
    return ISA_BASELINE;
}

int math_isa_init(struct error *error)
{
    enum math_isa best = best_isa();
    const char *wanted = getenv("UNROLL_ISA");
    if (!wanted || !*wanted) {
        atomic_store(&chosen, (int)best);
        return 0;
    }
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!text_equal(names[isa], wanted))
            continue;
        if (isa > (int)best)
            return error_set(error, ERROR_USAGE,
                             "UNROLL_ISA=%s: this machine lacks these instructions; the best "
                             "that it has is %s",
                             wanted, names[best]);
        atomic_store(&chosen, isa);
        return 0;
    }
    return error_set(
        error, ERROR_USAGE,
        "UNROLL_ISA=%s: unknown instruction set; choose amx, avx512, avx2 or baseline, "
        "or unset it to get the best that the processor has",
        wanted);
}

enum math_isa math_isa(void)
{
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (isa == ISA_UNKNOWN) {
        isa = (int)best_isa();
        atomic_store(&chosen, isa);
    }
    return (enum math_isa)isa;
}

const char *math_isa_name(enum math_isa isa)
{
    return names[isa];
}
