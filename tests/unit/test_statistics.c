/* Expected figures come from closed forms, NumPy, and SciPy 1.10 (scipy.stats.t,
 * scipy.special.betainc), whose quantiles carry ten digits. */
#include "base/memory.h"
#include "compare/statistics.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static void within(double found, double expected, double tolerance)
{
    if (!(fabs(found - expected) <= tolerance * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", found, expected);
}

static void near(double found, double expected)
{
    within(found, expected, 1e-12);
}

static void t_quantiles_are_scipys(void **state)
{
    (void)state;
    static const double cases[][3] = {
        {0.975, 4, 2.7764451051977987},  {0.975, 9, 2.2621571627409915},
        {0.975, 29, 2.045229642132703},  {0.975, 1000, 1.9623390808264074},
        {0.9995, 3, 12.923978636637424}, {0.6, 5, 0.2671808657039658},
        {0.025, 4, -2.7764451051977996}, {0.5, 7, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        within(statistics_t_quantile(cases[i][0], cases[i][1]), cases[i][2], 1e-9);
    assert_true(isnan(statistics_t_quantile(0, 3)));
    assert_true(isnan(statistics_t_quantile(1, 3)));
    assert_true(isnan(statistics_t_quantile(NAN, 3)));
    assert_true(isnan(statistics_t_quantile(0.9, 0)));
}

/* One degree of freedom: tan(pi (p - 1/2)). Two: a sqrt(2 / (1 - a^2)) with a = 2 p - 1. */
static void t_quantiles_with_a_closed_form(void **state)
{
    (void)state;
    for (double p = 0.55; p < 0.999; p += 0.03) {
        double a = 2 * p - 1;
        near(statistics_t_quantile(p, 1), tan(acos(-1) * (p - 0.5)));
        near(statistics_t_quantile(p, 2), a * sqrt(2 / (1 - a * a)));
    }
}

static void t_probabilities_are_scipys(void **state)
{
    (void)state;
    static const double cases[][3] = {
        {0, 3, 0.5},
        {1.5, 2, 0.8638034375544996},
        {-2.5, 7, 0.020496109292876437},
        {12, 1, 0.9735353239404101},
        {0.1, 50, 0.539627893173515},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        near(statistics_t_probability(cases[i][0], cases[i][1]), cases[i][2]);
}

static void beta_is_scipys(void **state)
{
    (void)state;
    static const double cases[][4] = {
        {2, 3, 0.4, 0.5248},
        {0.5, 0.5, 0.1, 0.2048327646991335},
        {10, 0.5, 0.99, 0.6579281751567843},
        {50, 60, 0.5, 0.8309072939016694},
        {1, 1, 0.3, 0.3},
        {2, 3, 0, 0},
        {2, 3, 1, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        near(statistics_beta(cases[i][0], cases[i][1], cases[i][2]), cases[i][3]);
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

/* The values are summed from the smallest on, in whatever order they come. */
static void any_order_gives_the_same_bits(void **state)
{
    (void)state;
    static const size_t counts[] = {1, 2, 3, 4, 5, 10, 57, 700, 702, 1000, 2999, 10000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        size_t n = counts[i];
        double *values = scrambled(n, i), sum = 0;
        struct summary summary = statistics_summary(values, n);
        qsort(values, n, sizeof *values, ascending);
        for (size_t j = 0; j < n; j++)
            sum += values[j];
        assert_true(summary.mean == sum / (double)n);
        assert_true(summary.minimum == values[0] && summary.maximum == values[n - 1]);
        assert_true(summary.median == values[(n - 1) / 2] / 2 + values[n / 2] / 2);
        struct summary sorted = statistics_summary(values, n);
        assert_true(sorted.mean == summary.mean);
        assert_true(n == 1 || sorted.deviation == summary.deviation);
        memory_free(values);
    }
}

static void a_width_is_that_of_its_n(void **state)
{
    (void)state;
    static const size_t counts[] = {3, 1027, 3, 2051, 2, 1026, 3, 2, 1000000};
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        double n = (double)counts[i];
        near(statistics_half_width(0.5, counts[i]),
             statistics_t_quantile(0.975, n - 1) * 0.5 / sqrt(n));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_quantiles_are_scipys),
        cmocka_unit_test(t_quantiles_with_a_closed_form),
        cmocka_unit_test(t_probabilities_are_scipys),
        cmocka_unit_test(beta_is_scipys),
        cmocka_unit_test(five_seeds),
        cmocka_unit_test(any_order_gives_the_same_bits),
        cmocka_unit_test(a_width_is_that_of_its_n),
        cmocka_unit_test(missing_values_count_nowhere_else),
        cmocka_unit_test(one_value_has_no_deviation),
        cmocka_unit_test(no_value_has_no_figures),
        cmocka_unit_test(close_values_keep_their_digits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
