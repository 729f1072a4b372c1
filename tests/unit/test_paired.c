/* Small cases are counted by hand; numerics/test_statistics_references.c has many more. */
#include "base/memory.h"
#include "compare/paired.h"
#include "math/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", found, expected);
}

/* Both p of differences from zero, and the rank sum. */
static void expect(const double *differences, size_t count, double smaller, double rank_p,
                   double sum_p)
{
    double *zeros = memory_array(count, sizeof *zeros), found;
    struct paired paired;
    paired_init(&paired, differences, zeros, count);
    near(paired_rank_test(&paired, &found), rank_p);
    near(found, smaller);
    near(paired_sum_test(&paired), sum_p);
    paired_release(&paired);
    memory_free(zeros);
}

static void counted_by_hand(void **state)
{
    (void)state;
    expect((double[]){1, 2}, 2, 0, 0.5, 0.5);
    expect((double[]){1, -2}, 2, 1, 1, 1);
    /* Of the eight sums of 1, 2 and 4, two are as far from zero as 5: 7 and 5, and their mirrors.
     */
    expect((double[]){-1, 2, 4}, 3, 1, 0.5, 0.5);
    expect((double[]){-1, -2, -4}, 3, 0, 0.25, 0.25);
    expect((double[]){5}, 1, 0, 1, 1);
}

/* Ranks 1.5 1.5 3.5 3.5: rank sums up to 1.5 are those of no sign and of one of the first two. */
static void equal_sizes_share_their_ranks(void **state)
{
    (void)state;
    expect((double[]){-1, 1, 2, 2}, 4, 1.5, 2 * 3.0 / 16, 2 * 3.0 / 16);
}

static void zeros_count_for_no_test(void **state)
{
    (void)state;
    expect((double[]){0, -1, 2, 0, 4, 0}, 6, 1, 0.5, 0.5);
    expect((double[]){0, 0, 0}, 3, 0, 1, 1);
    expect(NULL, 0, 0, 1, 1);
}

/* Ten examples of ten thousand are the same wherever they lie, though not all of these
 * differences are the same double. */
static void rounding_makes_no_difference(void **state)
{
    (void)state;
    const double b[] = {0.9802, 0.5116, 0.9874, 0.2553, 0.9812, 0.1};
    const double a[] = {0.9812, 0.5126, 0.9884, 0.2563, 0.9802, 0.1 + 1e-17};
    double distinct = 0, smaller;
    for (int i = 1; i < 4; i++)
        distinct += a[i] - b[i] != a[0] - b[0];
    assert_true(distinct > 0);
    struct paired paired;
    paired_init(&paired, a, b, 4);
    assert_true(paired.constant);
    assert_int_equal(paired.zeros, 0);
    paired_release(&paired);
    paired_init(&paired, a, b, 6);
    assert_false(paired.constant);
    assert_int_equal(paired.zeros, 1);
    near(paired_rank_test(&paired, &smaller), 2 * 6.0 / 32);
    near(smaller, 3);
    near(paired_sum_test(&paired), 2 * 6.0 / 32);
    paired_release(&paired);
    const double up[] = {nextafter(0.3, 1), 0.2, 0.7}, still[] = {0.3, nextafter(0.2, 1), 0.7};
    paired_init(&paired, up, still, 3);
    assert_int_equal(paired.zeros, 3);
    paired_release(&paired);
}

/* A difference of one in a far larger figure's last place is nothing; others stay what they are. */
static void one_large_pair_swallows_no_other(void **state)
{
    (void)state;
    const double a[] = {1e20, 1.5, 2.5, 0.25}, b[] = {1e20 + 16384, 1, 1, 0};
    struct paired paired;
    paired_init(&paired, a, b, 4);
    assert_int_equal(paired.zeros, 1);
    near(paired.summary.maximum, 1.5);
    paired_release(&paired);
}

/* The mean of rounded differences of either sign is zero where that of the true ones is. */
static void a_mean_of_rounding_is_zero(void **state)
{
    (void)state;
    const double a[] = {0.9812, 0.5116, 0.9713, 0.2553}, b[] = {0.9802, 0.5126, 0.9703, 0.2563};
    assert_true((a[0] - b[0]) + (a[1] - b[1]) + (a[2] - b[2]) + (a[3] - b[3]) != 0);
    struct paired paired;
    paired_init(&paired, a, b, 4);
    assert_true(paired.summary.mean == 0);
    near(paired_sum_test(&paired), 1);
    paired_release(&paired);
}

/* The share of all signs is counted one by one. */
static double counted_p(const double *sizes, size_t count, double sum)
{
    size_t reached = 0;
    for (size_t signs = 0; signs < (size_t)1 << count; signs++) {
        double total = 0;
        for (size_t i = 0; i < count; i++)
            total += signs >> i & 1 ? sizes[i] : -sizes[i];
        reached += fabs(total) >= fabs(sum) - 1e-9;
    }
    return ldexp((double)reached, -(int)count);
}

static void halves_count_as_all_signs_do(void **state)
{
    (void)state;
    for (uint32_t draw = 0; draw < 60; draw++) {
        struct random_stream stream;
        random_open(&stream, 5, RANDOM_TEST, 0, draw);
        size_t count = 1 + draw % 14;
        double values[14], zeros[14] = {0}, sum = 0;
        for (size_t i = 0; i < count; i++) {
            values[i] =
                draw % 2 ? random_normal(&stream) + 0.3 : (double)random_below(&stream, 9) - 3;
            sum += values[i];
        }
        struct paired paired;
        paired_init(&paired, values, zeros, count);
        near(paired_sum_test(&paired), counted_p(values, count, sum));
        paired_release(&paired);
    }
}

/* All of one sign: the smallest p there is, and how it is drawn where there are many. */
static void smallest_p(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 5, 36, 37, 256, 257, 300};
    double values[300], zeros[300] = {0}, smaller;
    for (size_t i = 0; i < 300; i++)
        values[i] = 1 + (double)i;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t count = counts[i];
        struct paired paired;
        paired_init(&paired, values, zeros, count);
        double rank_p = paired_rank_test(&paired, &smaller), sum_p = paired_sum_test(&paired);
        assert_true(smaller == 0);
        assert_true(count > 256 ? rank_p < 1e-40 && paired_smallest_rank_p(&paired) == 0
                                : rank_p == ldexp(1, 1 - (int)count));
        assert_true(count > 256 || rank_p == paired_smallest_rank_p(&paired));
        assert_true(sum_p == (count > 36 ? 1 / 100001.0 : ldexp(1, 1 - (int)count)));
        assert_true(sum_p == paired_smallest_sum_p(&paired));
        paired_release(&paired);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counted_by_hand),
        cmocka_unit_test(equal_sizes_share_their_ranks),
        cmocka_unit_test(zeros_count_for_no_test),
        cmocka_unit_test(rounding_makes_no_difference),
        cmocka_unit_test(one_large_pair_swallows_no_other),
        cmocka_unit_test(a_mean_of_rounding_is_zero),
        cmocka_unit_test(halves_count_as_all_signs_do),
        cmocka_unit_test(smallest_p),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
