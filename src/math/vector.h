/* Elementwise mathematics on float32 that the compiler vectorises inside MATH_CLONES bodies, and
 * the same as functions over arrays.
 *
 * None of them branches, sets errno or reads a table. Limits are exact (exp(-inf) = 0,
 * sigmoid(inf) = 1, tanh(-inf) = -1), NaN stays NaN, tanh keeps the sign of zero, and subnormal
 * arguments and results are honoured, unless the thread flushes them. The largest errors are those
 * found against libm in double precision, on every instruction set, over every float;
 * tests/unit/test_vector.c repeats that for each 4999th, and for all with ULP_STRIDE=1. */
#ifndef UNROLL_MATH_VECTOR_H
#define UNROLL_MATH_VECTOR_H

#include "math/isa.h"

#include <stdint.h>

MATH_BODY float math_from_bits(uint32_t bits)
{
    union {
        uint32_t bits;
        float value;
    } both = {.bits = bits};
    return both.value;
}

MATH_BODY uint32_t math_to_bits(float value)
{
    union {
        float value;
        uint32_t bits;
    } both = {.value = value};
    return both.bits;
}

/* 2^POWER for a POWER in [-126, 127]. */
MATH_BODY float math_power_of_two(int32_t power)
{
    return math_from_bits((uint32_t)(power + 127) << 23);
}

/* Writes x as power · ln 2 + r with |r| ≤ ln 2 / 2, for |x| < 128 · ln 2 or a little more, and
 * returns e^r − 1. ln 2 is split in two as in Cody and Waite, "Software manual for the elementary
 * functions", 1980, so that power · (upper part) is exact. The polynomial is r + r² q(r) with q of
 * degree 5, fitted to the least relative error over the interval (2.4e-10). */
MATH_BODY float math_reduced_expm1(float x, int32_t *power)
{
    const float rounder = 0x1.8p23f; /* adding it leaves the nearest integer in the low bits */
    const float ln2_upper = 0x1.63p-1f, ln2_lower = -0x1.bd0106p-13f;
    float shifted = x * 0x1.715476p0f + rounder;
    float n = shifted - rounder;
    *power = (int32_t)(math_to_bits(shifted) - math_to_bits(rounder));
    float r = (x - n * ln2_upper) - n * ln2_lower;
    float q = 0x1.a032d4p-13f;
    q = q * r + 0x1.6d7348p-10f;
    q = q * r + 0x1.11118ap-7f;
    q = q * r + 0x1.5554bp-5f;
    q = q * r + 0x1.555554p-3f;
    q = q * r + 0.5f;
    return r + r * r * q;
}

/* e^x. Largest error: 0.99 ulp. */
MATH_BODY float math_exp(float x)
{
    int32_t power;
    x = x > 89.0f ? 89.0f : x;     /* e^89 overflows */
    x = x < -104.0f ? -104.0f : x; /* e^-104 rounds to zero */
    float fraction = 1.0f + math_reduced_expm1(x, &power);
    /* In two factors, for power runs from -150 to 128. */
    int32_t half = power >> 1;
    return fraction * math_power_of_two(half) * math_power_of_two(power - half);
}

/* σ(x) = 1 / (1 + e^-x), for negative x as e^x / (1 + e^x), which keeps the relative precision of
 * small results. Largest error: 2.41 ulp. */
MATH_BODY float math_sigmoid(float x)
{
    float power = math_exp(-__builtin_fabsf(x));
    return (x >= 0.0f ? 1.0f : power) / (1.0f + power);
}

/* tanh(x) = sign(x) m / (m + 2) with m = e^(2|x|) − 1, computed without cancellation as
 * 2^n (e^r − 1) + (2^n − 1). Largest error: 2.43 ulp. */
MATH_BODY float math_tanh(float x)
{
    int32_t power;
    float twice = 2.0f * __builtin_fabsf(x);
    twice = twice > 30.0f ? 30.0f : twice; /* from 18.1 on the quotient rounds to one */
    float reduced = math_reduced_expm1(twice, &power);
    float scale = math_power_of_two(power);
    float m = scale * reduced + (scale - 1.0f);
    return __builtin_copysignf(m / (m + 2.0f), x);
}

/* out[i] = f(in[i]) for COUNT values. OUT may be IN. */
void vector_exp(int64_t count, const float *in, float *out);
void vector_sigmoid(int64_t count, const float *in, float *out);
void vector_tanh(int64_t count, const float *in, float *out);

#endif
