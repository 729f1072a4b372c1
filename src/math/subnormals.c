#include "math/subnormals.h"

#ifdef __x86_64__
#include <immintrin.h>
#endif

#include <stdint.h>

#if defined __x86_64__

/* Intel 64 and IA-32 Architectures Software Developer's Manual, volume 1, 10.2.3: the bits "flush
 * to zero" and "denormals are zeros" of the register MXCSR. */
enum { FLUSH_TO_ZERO = 1 << 15, DENORMALS_ARE_ZEROS = 1 << 6 };

bool subnormals_can_flush(void)
{
    return true;
}

void subnormals_set(bool flush)
{
    unsigned before = _mm_getcsr(), bits = FLUSH_TO_ZERO | DENORMALS_ARE_ZEROS;
    unsigned after = flush ? before | bits : before & ~bits;
    if (after != before)
        _mm_setcsr(after);
}

#elif defined __aarch64__

/* Arm Architecture Reference Manual for A-profile architecture: bit FZ of the register FPCR. */
static const uint64_t flush_to_zero = UINT64_C(1) << 24;

bool subnormals_can_flush(void)
{
    return true;
}

void subnormals_set(bool flush)
{
    uint64_t before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    uint64_t after = flush ? before | flush_to_zero : before & ~flush_to_zero;
    if (after != before)
        __asm__ volatile("msr fpcr, %0" : : "r"(after));
}

#else

bool subnormals_can_flush(void)
{
    return false;
}

void subnormals_set(bool flush)
{
    (void)flush;
}

#endif
