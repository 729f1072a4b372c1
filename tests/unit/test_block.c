#include "math/block.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "unit/isas.h"

enum { LONGEST = 1000, GUARD = 8 };

static const int64_t lengths[] = {0, 1, 15, 16, 17, 1000};

enum { LENGTHS = sizeof lengths / sizeof lengths[0] };

/* Values of both signs and of sizes from 1e-6 to 1e3, and a guard behind the last. */
struct values {
    float at[LONGEST + GUARD];
};

static struct values make(uint32_t seed)
{
    struct values values;
    for (int i = 0; i < LONGEST + GUARD; i++) {
        seed = seed * 1664525u + 1013904223u;
        float unit = (float)(seed >> 8) / 0x1p23f - 1;
        values.at[i] = unit * powf(10, (float)(i % 10) - 6);
    }
    return values;
}

/* All that stands behind COUNT must be as it was. */
static void is_untouched(const struct values *after, const struct values *before, int64_t count)
{
    assert_memory_equal(after->at + count, before->at + count,
                        (size_t)(LONGEST + GUARD - count) * sizeof(float));
}

/* Calls CHECK for each length with each instruction set that this processor has. */
static void for_all(void (*check)(int64_t count))
{
    for (int isa = 0; isa < ISA_COUNT; isa++) {
        if (!isas_use((enum math_isa)isa))
            continue;
        for (int i = 0; i < LENGTHS; i++)
            check(lengths[i]);
    }
    assert_int_equal(isas_restore(), 0);
}

static void check_add(int64_t count)
{
    const struct values before = make(1), addend = make(2);
    struct values sum = before;
    block_add(count, addend.at, sum.at);
    for (int64_t i = 0; i < count; i++)
        assert_true(sum.at[i] == before.at[i] + addend.at[i]);
    is_untouched(&sum, &before, count);
}

/* One rounding or two, as the instruction set has it. */
static void check_add_scaled(int64_t count)
{
    const struct values before = make(3), addend = make(4);
    struct values sum = before;
    const float factor = -0.37f;
    block_add_scaled(count, factor, addend.at, sum.at);
    for (int64_t i = 0; i < count; i++) {
        float fused = fmaf(factor, addend.at[i], before.at[i]);
        volatile float product = factor * addend.at[i];
        assert_true(sum.at[i] == fused || sum.at[i] == product + before.at[i]);
    }
    is_untouched(&sum, &before, count);
}

static void check_scale(int64_t count)
{
    const struct values before = make(5);
    struct values scaled = before;
    block_scale(count, 1.7f, scaled.at);
    for (int64_t i = 0; i < count; i++)
        assert_true(scaled.at[i] == before.at[i] * 1.7f);
    is_untouched(&scaled, &before, count);
}

static void check_clamp(int64_t count)
{
    struct values before = make(6);
    if (count > 3) {
        before.at[0] = INFINITY;
        before.at[1] = -INFINITY;
        before.at[2] = NAN;
    }
    struct values clamped = before;
    int64_t kept = 0;
    block_clamp(count, 0.5f, clamped.at);
    for (int64_t i = 0; i < count; i++) {
        if (isnan(before.at[i])) /* a diverged run must not look healthy */
            assert_true(isnan(clamped.at[i]));
        else
            assert_true(clamped.at[i] == fmaxf(-0.5f, fminf(0.5f, before.at[i])));
        kept += clamped.at[i] == before.at[i];
    }
    assert_true(count < 16 || (kept > 0 && kept < count));
    is_untouched(&clamped, &before, count);
}

/* The square of a float is exact in double precision, so only the order of the sum matters, and
 * that is the same everywhere: the bits must be equal to those of this loop. */
static double sum_in_lanes(int64_t count, const float *values)
{
    double lanes[16] = {0}, sum = 0;
    int64_t whole = count / 16 * 16;
    for (int64_t i = 0; i < whole; i++)
        lanes[i % 16] += (double)values[i] * (double)values[i];
    for (int i = 0; i < 16; i++)
        sum += lanes[i];
    for (int64_t i = whole; i < count; i++)
        sum += (double)values[i] * (double)values[i];
    return sum;
}

static void check_sum_squares(int64_t count)
{
    const struct values values = make(7);
    long double plain = 0;
    for (int64_t i = 0; i < count; i++)
        plain += (long double)values.at[i] * (long double)values.at[i];
    double sum = block_sum_squares(count, values.at);
    assert_true(fabsl((long double)sum - plain) <= 1e-14L * plain);
    assert_true(sum == sum_in_lanes(count, values.at));
    for (int repeat = 0; repeat < 3; repeat++)
        assert_true(block_sum_squares(count, values.at) == sum);
}

/* Where the block begins in memory must not change the order of the sum. */
static void check_sum_squares_anywhere(int64_t count)
{
    const struct values values = make(8);
    double sum = block_sum_squares(count, values.at);
    for (int shift = 1; shift < GUARD; shift++) {
        static struct values moved;
        memcpy(moved.at + shift, values.at, (size_t)count * sizeof(float));
        assert_true(block_sum_squares(count, moved.at + shift) == sum);
    }
}

static void adds(void **state)
{
    (void)state;
    for_all(check_add);
}

static void adds_scaled(void **state)
{
    (void)state;
    for_all(check_add_scaled);
}

static void scales(void **state)
{
    (void)state;
    for_all(check_scale);
}

static void clamps(void **state)
{
    (void)state;
    for_all(check_clamp);
}

static void sums_squares(void **state)
{
    (void)state;
    for_all(check_sum_squares);
    for_all(check_sum_squares_anywhere);
}

/* 1e30² is no float, 1e-30² neither. */
static void sums_squares_of_extremes(void **state)
{
    (void)state;
    const float large[] = {1e30f, 1e30f}, small[] = {1e-30f, 1e-30f};
    const float broken[] = {1, NAN, 1}, endless[] = {1, -INFINITY};
    assert_true(fabs(block_sum_squares(2, large) / 2e60 - 1) < 1e-6);
    assert_true(fabs(block_sum_squares(2, small) / 2e-60 - 1) < 1e-6);
    assert_true(isnan(block_sum_squares(3, broken)));
    assert_true(isinf(block_sum_squares(2, endless)));
}

/* In double precision throughout: the squares of 1e-30 are no floats. */
static void sums_row_norms(void **state)
{
    (void)state;
    const float a[] = {3, 4, 1e-30f, 0, NAN, 1}, b[] = {2, 8, 0, 1e-30f, 0, 0};
    assert_true(block_sum_row_norms(1, 2, a, NULL) == 5);
    assert_true(block_sum_row_norms(1, 2, a, b) == 13);
    assert_true(fabs(block_sum_row_norms(1, 2, a + 2, b + 2) / (sqrt(2) * 1e-30) - 1) < 1e-6);
    assert_true(fabs(block_sum_row_norms(2, 2, a, NULL) - 5) < 1e-6);
    assert_true(isnan(block_sum_row_norms(3, 2, a, NULL)));
    assert_true(block_sum_row_norms(0, 2, a, b) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds),           cmocka_unit_test(adds_scaled),
        cmocka_unit_test(scales),         cmocka_unit_test(clamps),
        cmocka_unit_test(sums_squares),   cmocka_unit_test(sums_squares_of_extremes),
        cmocka_unit_test(sums_row_norms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
