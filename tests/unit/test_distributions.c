/* Expected figures come from closed forms and SciPy 1.10 (scipy.stats.t, scipy.special.betainc),
 * whose quantiles carry ten digits. numerics/test_statistics_references.c has many more. */
#include "compare/distributions.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
        within(distribution_t_quantile(cases[i][0], cases[i][1]), cases[i][2], 1e-9);
    assert_true(isnan(distribution_t_quantile(0, 3)));
    assert_true(isnan(distribution_t_quantile(1, 3)));
    assert_true(isnan(distribution_t_quantile(NAN, 3)));
    assert_true(isnan(distribution_t_quantile(0.9, 0)));
}

/* One degree of freedom: tan(pi (p - 1/2)). Two: a sqrt(2 / (1 - a^2)) with a = 2 p - 1. */
static void t_quantiles_with_a_closed_form(void **state)
{
    (void)state;
    for (double p = 0.55; p < 0.999; p += 0.03) {
        double a = 2 * p - 1;
        near(distribution_t_quantile(p, 1), tan(acos(-1) * (p - 0.5)));
        near(distribution_t_quantile(p, 2), a * sqrt(2 / (1 - a * a)));
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
        near(distribution_t_probability(cases[i][0], cases[i][1]), cases[i][2]);
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
        near(distribution_beta(cases[i][0], cases[i][1], cases[i][2]), cases[i][3]);
}

/* With one degree of freedom: 1 - 2 atan(|t|) / pi, which is 2 / (pi t) far out. */
static void small_tails_keep_their_digits(void **state)
{
    (void)state;
    near(distribution_t_two_sided(1e100, 1) * 1e100, 2 / acos(-1));
    near(distribution_t_two_sided(1e200, 2), 0);
    near(distribution_t_two_sided(-1e9, 1) * 1e9, 2 / acos(-1));
    near(distribution_t_two_sided(1e-9, 1) - 1, -2e-9 / acos(-1));
    assert_true(distribution_t_two_sided(0, 7) == 1);
    assert_true(distribution_t_two_sided(INFINITY, 7) == 0);
    near(distribution_t_quantile(1e-12, 1) * 1e-12, -1 / acos(-1));
    near(distribution_t_quantile(1e-140, 1) * 1e-140, -1 / acos(-1));
}

/* A quantile's probability is the one it was asked for. */
static void quantiles_and_probabilities_agree(void **state)
{
    (void)state;
    for (double degrees = 0.5; degrees < 1e7; degrees *= 3.7)
        for (double p = 1e-9; p < 1; p = p < 0.1 ? p * 7 : p + 0.07)
            within(distribution_t_probability(distribution_t_quantile(p, degrees), degrees) / p, 1,
                   degrees < 1000 ? 1e-12 : 1e-10);
}

/* Without a shift it is Student's; with one and many degrees of freedom nearly the normal one. */
static void noncentral_becomes_others(void **state)
{
    (void)state;
    for (double degrees = 1; degrees < 1e5; degrees = ceil(degrees * 2.9))
        for (double t = 0; t < 300; t = t * 2.3 + 0.1)
            near(distribution_noncentral_t_above(t, degrees, 0),
                 1 - distribution_t_probability(t, degrees));
    within(distribution_noncentral_t_above(2, 1e8, 2.5), distribution_normal_above(-0.5), 1e-7);
    near(distribution_noncentral_t_above(0, 5, 1), distribution_normal_above(-1));
    near(distribution_noncentral_t_above(3, 1, 1e6), 1);
    near(distribution_noncentral_t_above(3, 1, -1e6), 0);
}

static void coins(void **state)
{
    (void)state;
    near(distribution_coin(0, 3) * 8, 1);
    near(distribution_coin(1, 3) * 8, 4);
    near(distribution_coin(2, 3) * 8, 7);
    assert_true(distribution_coin(3, 3) == 1);
    assert_true(distribution_coin(0, 0) == 1);
    near(distribution_coin(0, 1000) / ldexp(1, -1000), 1);
    near(distribution_coin(500000, 1000001), 0.5);
}

static void normal_tails(void **state)
{
    (void)state;
    near(distribution_normal_above(0), 0.5);
    near(distribution_normal_above(1.9599639845400545), 0.025);
    near(distribution_normal_above(-1.9599639845400545), 0.975);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(t_quantiles_are_scipys),
        cmocka_unit_test(t_quantiles_with_a_closed_form),
        cmocka_unit_test(t_probabilities_are_scipys),
        cmocka_unit_test(beta_is_scipys),
        cmocka_unit_test(small_tails_keep_their_digits),
        cmocka_unit_test(quantiles_and_probabilities_agree),
        cmocka_unit_test(noncentral_becomes_others),
        cmocka_unit_test(coins),
        cmocka_unit_test(normal_tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
