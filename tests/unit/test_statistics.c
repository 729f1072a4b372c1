/* Expected figures come from closed forms and NumPy. numerics/test_statistics_references.c has many
 * more. */
#include "base/memory.h"
#include "compare/distributions.h"
#include "compare/statistics.h"

#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", found, expected);
}

static void five_seeds(void **state)
{
    (void)state;
    const double values[] = {0.9881, 0.9874, 0.9890, 0.9869, 0.9885};
    struct summary summary = statistics_summary(values, 5);
    assert_int_equal(summary.n, 5);
    assert_int_equal(summary.missing, 0);
    near(summary.mean, 0.98798);
    near(summary.deviation, 0.0008408329203831101);
    near(statistics_half_width(summary.deviation, summary.n), 0.001044031965744242);
    near(summary.minimum, 0.9869);
    near(summary.median, 0.9881);
    near(summary.maximum, 0.9890);
}

static void missing_values_count_nowhere_else(void **state)
{
    (void)state;
    const double values[] = {NAN, 3, INFINITY, 1, -INFINITY, 2, 4};
    struct summary summary = statistics_summary(values, 7);
    assert_int_equal(summary.n, 4);
    assert_int_equal(summary.missing, 3);
    near(summary.mean, 2.5);
    near(summary.median, 2.5);
    near(summary.minimum, 1);
    near(summary.maximum, 4);
    near(summary.deviation, sqrt(5.0 / 3));
}

static void one_value_has_no_deviation(void **state)
{
    (void)state;
    const double value = 0.5;
    struct summary summary = statistics_summary(&value, 1);
    assert_int_equal(summary.n, 1);
    near(summary.mean, 0.5);
    near(summary.median, 0.5);
    assert_true(isnan(summary.deviation));
    assert_true(isnan(statistics_half_width(summary.deviation, summary.n)));
}

static void no_value_has_no_figures(void **state)
{
    (void)state;
    const double value = NAN;
    struct summary summary = statistics_summary(&value, 1);
    assert_int_equal(summary.n, 0);
    assert_int_equal(summary.missing, 1);
    assert_true(isnan(summary.mean) && isnan(summary.minimum) && isnan(summary.median));
    assert_int_equal(statistics_summary(NULL, 0).missing, 0);
}

static void close_values_keep_their_digits(void **state)
{
    (void)state;
    const double values[] = {1e9 + 4, 1e9 + 7, 1e9 + 13, 1e9 + 16};
    near(statistics_summary(values, 4).deviation, sqrt(30));
}

/* Numbers from 0 to 1 in no order, many of them more than once. */
static double *scrambled(size_t count, uint64_t seed)
{
    double *values = memory_array(count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        seed = seed * 6364136223846793005u + 1442695040888963407u;
        values[i] = (double)(seed >> 40) / 0x1p24;
        values[i] = i % 7 ? values[i] : 0.5;
    }
    return values;
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Whether two doubles are the same, NaN with NaN too. */
static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static const size_t counts[] = {1, 2, 3, 4, 5, 10, 57, 700, 702, 1000, 2999, 10000};

static void any_order_gives_the_same_bits(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t n = counts[i];
        double *values = scrambled(n, i);
        long double sum = 0;
        struct summary summary = statistics_summary(values, n);
        qsort(values, n, sizeof *values, ascending);
        for (size_t j = 0; j < n; j++)
            sum += values[j];
        double mean = (double)(sum / n);
        assert_true(fabs(summary.mean - mean) <= DBL_EPSILON * mean);
        assert_true(summary.minimum == values[0] && summary.maximum == values[n - 1]);
        assert_true(summary.median == values[(n - 1) / 2] / 2 + values[n / 2] / 2);
        struct summary sorted = statistics_summary(values, n);
        assert_true(sorted.mean == summary.mean);
        assert_true(same(sorted.deviation, summary.deviation));
        memory_free(values);
    }
}

static void turned_signs_turn_nothing_else(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t n = counts[i];
        double *values = scrambled(n, i);
        for (size_t j = 0; j < n; j++)
            values[j] -= 0.3;
        struct summary summary = statistics_summary(values, n);
        for (size_t j = 0; j < n; j++)
            values[j] = -values[j];
        struct summary turned = statistics_summary(values, n);
        assert_true(turned.mean == -summary.mean && turned.median == -summary.median);
        assert_true(turned.minimum == -summary.maximum);
        assert_true(same(turned.deviation, summary.deviation));
        memory_free(values);
    }
}

/* Three times 0.1 is not 0.3, and a third of it not 0.1. */
static void a_constant_has_no_deviation(void **state)
{
    (void)state;
    double values[200];
    for (int value = 1; value < 100; value++)
        for (size_t n = 2; n <= 200; n++) {
            for (size_t i = 0; i < n; i++)
                values[i] = value / 100.0;
            assert_true(statistics_summary(values, n).mean == value / 100.0);
            assert_true(statistics_summary(values, n).deviation == 0);
        }
}

static void no_size_is_too_large_or_small(void **state)
{
    (void)state;
    const double sizes[] = {1e308, 1e200, 1, 1e-200, 1e-306, 5e-310};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        double size = sizes[i], values[] = {size, 1.25 * size, 1.5 * size, -size};
        struct summary summary = statistics_summary(values, 4);
        near(summary.mean / size, 0.6875);
        near(summary.deviation / size, 1.1433685611676870);
    }
}

static void a_width_is_that_of_its_n(void **state)
{
    (void)state;
    static const size_t widths[] = {3, 1027, 3, 2051, 2, 1026, 3, 2, 1000000};
    for (size_t i = 0; i < sizeof widths / sizeof widths[0]; i++) {
        double n = (double)widths[i];
        near(statistics_half_width(0.5, widths[i]),
             distribution_t_quantile(0.975, n - 1) * 0.5 / sqrt(n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(five_seeds),
        cmocka_unit_test(any_order_gives_the_same_bits),
        cmocka_unit_test(turned_signs_turn_nothing_else),
        cmocka_unit_test(a_constant_has_no_deviation),
        cmocka_unit_test(no_size_is_too_large_or_small),
        cmocka_unit_test(a_width_is_that_of_its_n),
        cmocka_unit_test(missing_values_count_nowhere_else),
        cmocka_unit_test(one_value_has_no_deviation),
        cmocka_unit_test(no_value_has_no_figures),
        cmocka_unit_test(close_values_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
