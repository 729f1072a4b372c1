#include "compare/curves.h"

#include "compare/reported.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", found, expected);
}

static void mean_and_band_over_seeds(void **state)
{
    (void)state;
    const int64_t steps[] = {10, 20};
    const double x[2][2] = {{1, 2}, {1.5, 2.5}}, values[2][2] = {{0.5, 0.9}, {0.7, 0.9}};
    struct series series[] = {{2, steps, x[0], values[0]}, {2, steps, x[1], values[1]}};
    struct curve curve;
    curve_join(&curve, series, 2);
    assert_int_equal(curve.count, 2);
    assert_int_equal(curve.n[0], 2);
    near(curve.x[0], 1.25);
    near(curve.mean[0], 0.6);
    near(curve.low[0], 0.5);
    near(curve.high[0], 0.7);
    near(curve.low[1], 0.9);
    near(curve.high[1], 0.9);
    curve_release(&curve);
}

static void interval_of_three_seeds(void **state)
{
    (void)state;
    const int64_t steps[] = {10};
    const double x[] = {1}, values[] = {0.5, 0.7, 0.6};
    struct series series[] = {
        {1, steps, x, &values[0]}, {1, steps, x, &values[1]}, {1, steps, x, &values[2]}};
    struct curve curve;
    curve_join(&curve, series, 3);
    /* t(0.975, 2) = 4.302652729749464, s = 0.1. */
    near(curve.low[0], 0.6 - 4.302652729749464 * 0.1 / sqrt(3));
    near(curve.high[0], 0.6 + 4.302652729749464 * 0.1 / sqrt(3));
    curve_release(&curve);
}

/* As the table of reported figures has it. */
static void single_runs_have_the_interval_of_a_further_one(void **state)
{
    (void)state;
    enum { RUNS = 5 };
    static const int64_t steps[] = {10, 20};
    static const double x[] = {10, 20};
    static const double values[RUNS][2] = {
        {0.91, 0.5}, {0.95, 0.5}, {0.97, 0.5}, {0.93, 0.5}, {0.98, 0.5}};
    struct series series[RUNS];
    double column[RUNS];
    for (int i = 0; i < RUNS; i++) {
        series[i] = (struct series){2, steps, x, values[i]};
        column[i] = values[i][0];
    }
    for (size_t n = 3; n <= RUNS; n++) {
        struct curve curve, single;
        curve_join(&curve, series, n);
        curve_of_single_runs(&single, &curve);
        struct summary summary = statistics_summary(column, n);
        double half = reported_half_width(summary.deviation, n);
        assert_int_equal(single.count, 2);
        assert_int_equal(single.most, n);
        assert_int_equal(single.n[0], n);
        near(single.x[0], 10);
        near(single.mean[0], summary.mean);
        near(single.low[0], summary.mean - half);
        near(single.high[0], summary.mean + half);
        near(single.low[1], 0.5);
        near(single.high[1], 0.5);
        curve_release(&single);
        curve_release(&curve);
    }
}

/* Of two the interval is 22 times as wide as their distance, and says nothing. */
static void single_runs_of_fewer_than_three_seeds_have_no_band(void **state)
{
    (void)state;
    static const int64_t steps[] = {10, 20, 30};
    static const double x[] = {10, 20, 30}, values[] = {0.5, 0.6, NAN};
    const struct series series[] = {{3, steps, x, values}, {1, steps, x, &values[1]}};
    struct curve curve, single;
    curve_join(&curve, series, 2);
    curve_of_single_runs(&single, &curve);
    assert_int_equal(single.count, 3);
    near(single.mean[0], 0.55);
    for (int i = 0; i < 3; i++)
        assert_true(isnan(single.low[i]) && isnan(single.high[i]));
    curve_release(&single);
    curve_release(&curve);
    curve_join(&curve, NULL, 0);
    curve_of_single_runs(&single, &curve);
    assert_int_equal(single.count, 0);
    curve_release(&single);
    curve_release(&curve);
}

static void one_seed_has_no_band(void **state)
{
    (void)state;
    const int64_t steps[] = {1};
    const double x[] = {1}, values[] = {0.5};
    struct series series = {1, steps, x, values};
    struct curve curve;
    curve_join(&curve, &series, 1);
    assert_int_equal(curve.count, 1);
    near(curve.mean[0], 0.5);
    assert_true(isnan(curve.low[0]) && isnan(curve.high[0]));
    curve_release(&curve);
}

static void shorter_runs_count_as_far_as_they_go(void **state)
{
    (void)state;
    const int64_t steps[] = {10, 20, 30}, cut[] = {10, 15};
    const double x[] = {10, 20, 30}, cut_x[] = {10, 15};
    const double values[] = {1, 2, 3}, cut_values[] = {3, 9};
    struct series series[] = {{3, steps, x, values}, {2, cut, cut_x, cut_values}, {0}};
    struct curve curve;
    curve_join(&curve, series, 3);
    /* 15 lies inside the first run, which was not evaluated there. */
    assert_int_equal(curve.count, 3);
    near(curve.mean[0], 2);
    near(curve.x[1], 20);
    near(curve.mean[1], 2);
    assert_int_equal(curve.n[1], 1);
    assert_true(isnan(curve.low[1]));
    near(curve.mean[2], 3);
    curve_release(&curve);
}

static void values_that_are_no_numbers_are_left_out(void **state)
{
    (void)state;
    const int64_t steps[] = {1, 2};
    const double x[] = {1, 2}, a[] = {1, NAN}, b[] = {INFINITY, NAN};
    struct series series[] = {{2, steps, x, a}, {2, steps, x, b}};
    struct curve curve;
    curve_join(&curve, series, 2);
    assert_int_equal(curve.count, 2);
    near(curve.mean[0], 1);
    assert_int_equal(curve.n[0], 1);
    assert_true(isnan(curve.mean[1]));
    assert_int_equal(curve.n[1], 0);
    assert_int_equal(curve.most, 1);
    near(curve.x[1], 2);
    curve_release(&curve);
}

static void nothing_gives_an_empty_curve(void **state)
{
    (void)state;
    struct curve curve;
    curve_join(&curve, NULL, 0);
    assert_int_equal(curve.count, 0);
    curve_thin(&curve, 4);
    curve_release(&curve);
}

enum { LONG = 10000 };

static void thinning_keeps_ends_and_peaks(void **state)
{
    (void)state;
    static int64_t steps[LONG];
    static double x[LONG], values[LONG];
    for (int i = 0; i < LONG; i++) {
        steps[i] = i;
        x[i] = i;
        values[i] = sin(i / 500.0);
    }
    values[0] = 0.25;
    values[3333] = 40;
    values[7777] = -40;
    values[5000] = NAN;
    values[LONG - 1] = 0.75;
    struct series series = {LONG, steps, x, values};
    struct curve curve;
    curve_join(&curve, &series, 1);
    curve_thin(&curve, 200);
    assert_in_range(curve.count, 150, 200);
    near(curve.mean[0], 0.25);
    near(curve.mean[curve.count - 1], 0.75);
    double lowest = 0, highest = 0;
    for (size_t i = 0; i < curve.count; i++) {
        assert_true(i == 0 || curve.x[i] > curve.x[i - 1]);
        lowest = fmin(lowest, curve.mean[i]);
        highest = fmax(highest, curve.mean[i]);
    }
    near(lowest, -40);
    near(highest, 40);
    assert_int_equal(curve.most, 1);
    curve_release(&curve);
}

static void short_curves_are_not_thinned(void **state)
{
    (void)state;
    const int64_t steps[] = {1, 2, 3, 4};
    const double x[] = {1, 2, 3, 4};
    struct series series = {4, steps, x, x};
    struct curve curve;
    curve_join(&curve, &series, 1);
    curve_thin(&curve, 4);
    assert_int_equal(curve.count, 4);
    assert_int_equal(curve.most, 1);
    curve_release(&curve);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mean_and_band_over_seeds),
        cmocka_unit_test(interval_of_three_seeds),
        cmocka_unit_test(single_runs_have_the_interval_of_a_further_one),
        cmocka_unit_test(single_runs_of_fewer_than_three_seeds_have_no_band),
        cmocka_unit_test(one_seed_has_no_band),
        cmocka_unit_test(shorter_runs_count_as_far_as_they_go),
        cmocka_unit_test(values_that_are_no_numbers_are_left_out),
        cmocka_unit_test(nothing_gives_an_empty_curve),
        cmocka_unit_test(thinning_keeps_ends_and_peaks),
        cmocka_unit_test(short_curves_are_not_thinned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
