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

enum { ISA_UNKNOWN = -1 };

static atomic_int chosen = ISA_UNKNOWN;

/* What the processor has. */
static enum math_isa best_isa(void)
{
#ifdef __x86_64__
    if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma") ||
        !__builtin_cpu_supports("bmi") || !__builtin_cpu_supports("bmi2"))
        return ISA_BASELINE;
    if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512bw") ||
        !__builtin_cpu_supports("avx512cd") || !__builtin_cpu_supports("avx512dq") ||
        !__builtin_cpu_supports("avx512vl"))
        return ISA_AVX2;
    return amx_present() ? ISA_AMX : ISA_AVX512;
#else
    return ISA_BASELINE;
#endif
}

/* The best that the processor has and the system allows. */
static enum math_isa best_allowed(void)
{
    enum math_isa best = best_isa();
    return best == ISA_AMX && !amx_allowed() ? ISA_AVX512 : best;
}

static int refuse(const char *wanted, enum math_isa best, struct error *error)
{
    return error_set(error, ERROR_USAGE,
                     "UNROLL_ISA=%s: this machine lacks these instructions; the best that it has "
                     "is %s",
                     wanted, names[best]);
}

int math_isa_init(struct error *error)
{
    const char *wanted = getenv("UNROLL_ISA");
    if (!wanted || !*wanted) {
        atomic_store(&chosen, (int)best_allowed());
        return 0;
    }
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!text_equal(names[isa], wanted))
            continue;
        if (isa > (int)best_isa())
            return refuse(wanted, best_isa(), error);
        if (isa == ISA_AMX && !amx_allowed())
            return error_set(error, ERROR_USAGE,
                             "UNROLL_ISA=amx: the processor has the tile unit, but the system does "
                             "not let this process use it; the best that it allows is avx512");
        atomic_store(&chosen, isa);
        return 0;
    }
    return error_set(error, ERROR_USAGE,
                     "UNROLL_ISA=%s: unknown instruction set; choose amx, avx512, avx2 or "
                     "baseline, or unset it to get the best that the processor has",
                     wanted);
}

enum math_isa math_isa(void)
{
    int isa = atomic_load_explicit(&chosen, memory_order_relaxed);
    if (isa == ISA_UNKNOWN) {
        isa = (int)best_allowed();
        atomic_store(&chosen, isa);
    }
    return (enum math_isa)isa;
}

const char *math_isa_name(enum math_isa isa)
{
    return names[isa];
}

bool math_isa_is_refused(void)
{
    return best_isa() == ISA_AMX && best_allowed() != ISA_AMX;
}
