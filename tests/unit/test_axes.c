#include "plots/axes.h"
#include "store/metric_rules.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static void expect_label(const char *metric, const char *expected)
{
    struct text text = {0};
    axis_add_label(&text, metric);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void labels_have_units(void **state)
{
    (void)state;
    expect_label("test.accuracy", "test accuracy (%)");
    expect_label("train.loss", "train loss");
    expect_label("train.rate", "learning rate");
    expect_label("seconds", "training time (s)");
    expect_label("my_metric", "my metric");
    expect_label("gap.accuracy", "train − test accuracy (% points)");
    expect_label("gap.validation.loss", "validation − train loss");
    assert_true(axis_scale("validation.accuracy") == 100);
    assert_true(axis_scale("test.loss") == 1);
    assert_true(metric_is_share("test.accuracy"));
    assert_false(metric_is_share("gap.accuracy"));
    assert_false(metric_is_share("test.loss"));
}

static void expect_ticks(double low, double high, bool logarithmic, int count, const char *expected)
{
    struct text text = {0};
    axis_add_ticks(&text, (struct axis){low, high, logarithmic}, count, false);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void expect_powers(double low, double high, int count, const char *expected)
{
    struct text text = {0};
    axis_add_ticks(&text, (struct axis){low, high, true}, count, true);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void wide_axes_have_powers_of_ten(void **state)
{
    (void)state;
    expect_powers(9e-7, 1.5e-2, 7,
                  "'10⁻⁶' 1e-06, '10⁻⁵' 1e-05, '10⁻⁴' 0.0001, '10⁻³' 0.001, '10⁻²' 0.01");
    expect_powers(1e-12, 1e3, 5,
                  "'10⁻¹²' 1.000000001e-12, '10⁻⁹' 1e-09, '10⁻⁶' 1e-06, '10⁻³' 0.001, '1' 1, "
                  "'10³' 1000");
    expect_powers(1.5e-5, 6e-5, 7, "'2·10⁻⁵' 2e-05, '5·10⁻⁵' 5e-05");
    expect_powers(0.049, 2.5, 7, "'0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2");
}

static void shares_stay_between_0_and_100(void **state)
{
    (void)state;
    assert_true(axis_keep("test.accuracy", -3) == 0 && axis_keep("test.accuracy", 104) == 100);
    assert_true(axis_keep("test.accuracy", 50) == 50 && isnan(axis_keep("test.accuracy", NAN)));
    assert_true(axis_keep("gap.accuracy", -3) == -3 && axis_keep("test.loss", 104) == 104);
}

static void linear_ticks_are_round(void **state)
{
    (void)state;
    expect_ticks(0, 8000, false, 5,
                 "'0' 0, '2,000' 2000, '4,000' 4000, '6,000' 6000, '8,000' 8000");
    expect_ticks(95.13, 99.2, false, 5, "'96' 96, '97' 97, '98' 98, '99' 99");
    expect_ticks(0.98, 1.02, false, 4,
                 "'0.98' 0.98, '0.99' 0.99, '1.00' 1, '1.01' 1.01, '1.02' 1.02");
    expect_ticks(-1, 1, false, 4, "'-1.0' -1, '-0.5' -0.5, '0.0' 0, '0.5' 0.5, '1.0' 1");
    expect_ticks(0, 2500000, false, 3, "'0' 0, '1,000,000' 1000000, '2,000,000' 2000000");
}

static void logarithmic_ticks_are_powers(void **state)
{
    (void)state;
    expect_ticks(0.049, 2.5, true, 7, "'0.05' 0.05, '0.1' 0.1, '0.2' 0.2, '0.5' 0.5, '1' 1, '2' 2");
    expect_ticks(9e-7, 1.5e-2, true, 7,
                 "'1e-06' 1e-06, '1e-05' 1e-05, '0.0001' 0.0001, '0.001' 0.001, '0.01' 0.01");
    expect_ticks(900, 20000, true, 6,
                 "'1,000' 1000, '2,000' 2000, '5,000' 5000, '10,000' 10000, "
                 "'20,000' 20000");
    /* gnuplot leaves out a tick that is not behind the beginning. */
    expect_ticks(100, 1000, true, 6, "'100' 100.0000001, '200' 200, '500' 500, '1,000' 1000");
    /* One with fewer than two of them has others. */
    expect_ticks(0.3, 0.45, true, 4, "'0.30' 0.3, '0.35' 0.35, '0.40' 0.4, '0.45' 0.45");
}

/* From a tick, however far these are apart when the axis has become longer. */
static void axes_begin_at_round_numbers(void **state)
{
    (void)state;
    static const double cases[][3] = {/* low, high, round */
                                      {92.7, 100, 92},      {92.7, 95, 92.5}, {40.3, 61, 40},
                                      {90, 100, 90},        {0.3, 90, 0},     {93.02, 100, 93},
                                      {98.93, 99.01, 98.92}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct axis axis = axis_begin_round((struct axis){cases[i][0], cases[i][1], false}, 7);
        if (fabs(axis.low - cases[i][2]) > 1e-9 || axis.high != cases[i][1])
            fail_msg("%g:%g begins at %g", cases[i][0], cases[i][1], axis.low);
        struct text ticks = {0};
        axis_add_ticks(&ticks, axis, 7, false);
        double first;
        assert_int_equal(sscanf(text_get(&ticks), "'%lf", &first), 1);
        assert_float_equal(first, axis.low, 1e-9);
        text_release(&ticks);
    }
}

static void axes_leave_room(void **state)
{
    (void)state;
    struct axis axis = axis_fit(90, 99, false, 100);
    assert_true(axis.low < 90 && axis.low > 89 && axis.high > 99 && axis.high < 100);
    axis = axis_fit(90, 99.9, false, 100);
    assert_true(axis.high == 100);
    axis = axis_fit(0.5, 0.5, false, INFINITY);
    assert_true(axis.low < 0.5 && axis.high > 0.5);
    axis = axis_fit(0, 0, false, INFINITY);
    assert_true(axis.low < 0 && axis.high > 0);
    axis = axis_fit(112, 112, false, 100); /* damaged figures do not turn the axis round */
    assert_true(axis.low < 112 && axis.high >= 112);
    axis = axis_fit(0.01, 10, true, INFINITY);
    assert_true(axis.logarithmic && axis.low > 0 && axis.low < 0.01 && axis.high > 10);
}

/* Fits an axis; what gnuplot reads of it must be two finite numbers, the lower one first. */
static void expect_range(double low, double high, bool logarithmic, double ceiling)
{
    struct axis axis = axis_fit(low, high, logarithmic, ceiling);
    char text[100];
    double from, to;
    snprintf(text, sizeof text, "%.9g:%.9g", axis.low, axis.high);
    assert_int_equal(sscanf(text, "%lf:%lf", &from, &to), 2);
    if (!(isfinite(from) && isfinite(to) && from < to))
        fail_msg("%g to %g: the axis is %s", low, high, text);
    assert_true(!axis.logarithmic || from > 0);
    struct text ticks = {0};
    axis_add_ticks(&ticks, axis, 7, false);
    assert_true(ticks.length < 2000);
    text_release(&ticks);
}

static void no_range_is_empty_or_endless(void **state)
{
    (void)state;
    static const double values[] = {-1.7e308, -1e300, -1,        -1e-310, 0,     1e-310, 1e-300,
                                    1e-9,     1,      1 + 1e-12, 99.9,    1e300, 1.7e308};
    enum { COUNT = sizeof values / sizeof values[0] };
    for (int i = 0; i < COUNT; i++)
        for (int j = i; j < COUNT; j++) {
            expect_range(values[i], values[j], false, INFINITY);
            expect_range(values[i], values[j], false, 100);
            if (values[i] > 0)
                expect_range(values[i], values[j], true, INFINITY);
        }
}

static void places_on_an_axis_go_from_0_to_1(void **state)
{
    (void)state;
    const struct axis linear = {10, 30, false}, powers = {0.1, 10, true};
    assert_true(fabs(axis_place(linear, 10)) < 1e-12);
    assert_true(fabs(axis_place(linear, 15) - 0.25) < 1e-12);
    assert_true(fabs(axis_place(powers, 1) - 0.5) < 1e-12);
    assert_true(fabs(axis_place(powers, 10) - 1) < 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(labels_have_units),
        cmocka_unit_test(wide_axes_have_powers_of_ten),
        cmocka_unit_test(shares_stay_between_0_and_100),
        cmocka_unit_test(linear_ticks_are_round),
        cmocka_unit_test(logarithmic_ticks_are_powers),
        cmocka_unit_test(axes_begin_at_round_numbers),
        cmocka_unit_test(axes_leave_room),
        cmocka_unit_test(no_range_is_empty_or_endless),
        cmocka_unit_test(places_on_an_axis_go_from_0_to_1),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
