/* The range of an axis that the user asks for: how it is read, and what it does to a panel. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"
#include "plots/axis_range.h"
#include "plots/line_panel.h"
#include "plots/line_range.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { POINTS = 40, EDGES = 3 };

static double x[POINTS], mean[POINTS], low[POINTS], high[POINTS];
static size_t n[POINTS];
static struct curve curve = {POINTS, x, mean, low, high, n, 1};

static struct axis_range range_of(const char *text)
{
    struct error error = {0};
    struct axis_range range;
    if (axis_range_parse(&range, text, &error) != 0)
        fail_msg("%s", error.text);
    return range;
}

/* POINTS values of METRIC from FROM, each FACTOR times the one before it. */
static struct line_panel panel_of(const char *metric, double from, double factor, const char *range)
{
    for (int i = 0; i < POINTS; i++) {
        x[i] = i;
        mean[i] = i ? factor * mean[i - 1] : from;
        low[i] = high[i] = NAN;
        n[i] = 1;
    }
    return (struct line_panel){.metric = metric, .curves = &curve, .y_range = range_of(range)};
}

static int fit(struct line_panel *panel, struct error *error)
{
    assert_int_equal(line_panel_fit_x(panel, 1, "steps", error), 0);
    assert_true(line_panel_fit(panel, 1));
    return line_panel_limit(panel, 1, error);
}

static void either_end_may_be_missing(void **state)
{
    (void)state;
    struct axis_range range = range_of("90:100");
    assert_true(range.has_low && range.low == 90 && range.has_high && range.high == 100);
    range = range_of("-1.5e-3:");
    assert_true(range.has_low && range.low == -1.5e-3 && !range.has_high);
    range = range_of(":0.5");
    assert_true(!range.has_low && range.has_high && range.high == 0.5);
    assert_true(axis_range_is_given(&range));
    assert_false(axis_range_is_given(&(struct axis_range){0}));
}

static void what_is_no_range_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",        ":",      "90",          "90-100",  "100:90", "90:90", "a:b",     "90:x",
        "1:2:3",   "90:10%", "90: 100",     " 90:100", "nan:1",  "1:inf", "1e999:",  ":-1e301",
        "1e-300:", "0x1:2",  "1:1.0000001", "-:1",     "1e:2",   "1:2\n", "90:100x",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error error = {0};
        struct axis_range range;
        if (axis_range_parse(&range, wrong[i], &error) == 0)
            fail_msg("`%s` was taken", wrong[i]);
        assert_int_equal(error.code, ERROR_USAGE);
        assert_true(text_starts_with(error.text, wrong[i]));
    }
}

static void what_is_asked_for_is_the_axis(void **state)
{
    (void)state;
    struct error error = {0};
    struct line_panel panel = panel_of("test.accuracy", 10, 1.06, "70:80");
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(panel.y.low == 70 && panel.y.high == 80 && !panel.y.logarithmic);
    assert_true(panel.cut == 70); /* values lie below */
    panel = panel_of("test.accuracy", 71, 1.001, "70:105");
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(panel.y.low == 70 && panel.y.high == 105 && panel.cut == 0);
}

/* The end that is left out has room for the data that are shown, not for all. */
static void the_data_say_the_other_end(void **state)
{
    (void)state;
    struct error error = {0};
    struct line_panel panel = panel_of("test.accuracy", 10, 1.05, ":12");
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(panel.y.high == 12 && panel.y.low < 10 && panel.y.low > 9.5);
    panel = panel_of("test.accuracy", 10, 1.05, "60:");
    assert_int_equal(fit(&panel, &error), 0);
    double end = mean[POINTS - 1];
    assert_true(panel.y.low == 60 && panel.y.high > end && panel.y.high < end + 0.5);
}

/* A loss over several decades has a logarithmic axis, but not where less than one is asked for. */
static void an_axis_is_logarithmic_for_what_it_shows(void **state)
{
    (void)state;
    struct error error = {0};
    struct line_panel panel = panel_of("test.loss", 10, 0.8, "0.01:5");
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(panel.y.logarithmic && panel.y.low == 0.01 && panel.y.high == 5);
    panel = panel_of("test.loss", 10, 0.8, "0.1:0.5");
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(!panel.y.logarithmic && panel.y.low == 0.1 && panel.y.high == 0.5);
}

static void ends_that_cannot_be_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *range, *reason;
    } wrong[] = {{"0:5", "logarithmic and has no 0"},
                 {"-1:", "logarithmic and has no -1"},
                 {":-1", "logarithmic and has no -1"},
                 {"1e6:", "say both ends"},
                 {":1e-6", "say both ends"}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error error = {0};
        struct line_panel panel = panel_of("test.loss", 10, 0.8, wrong[i].range);
        assert_int_equal(fit(&panel, &error), -1);
        assert_int_equal(error.code, ERROR_USAGE);
        if (!strstr(error.text, wrong[i].reason) || !strstr(error.text, "test.loss"))
            fail_msg("%s: %s", wrong[i].range, error.text);
    }
}

static void axes_of_different_units_have_no_range(void **state)
{
    (void)state;
    static const char *const same[] = {"test.loss", "train.loss"},
                             *const units[] = {"test.accuracy", "test.loss"},
                             *const points[] = {"test.accuracy", "gap.accuracy"};
    struct axis_range range = range_of("0:1"), none = {0};
    struct error error = {0};
    assert_int_equal(axis_range_check_units(&range, same, 2, &error), 0);
    assert_int_equal(axis_range_check_units(&none, units, 2, &error), 0);
    assert_int_equal(axis_range_check_units(&range, units, 2, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_int_equal(axis_range_check_units(&range, points, 2, &error), -1);
}

/* Fills the curve with bands from LOWS to HIGHS. */
static struct line_panel band_of(const double *lows, const double *highs, bool logarithmic)
{
    struct line_panel panel = panel_of("test.loss", 1, 1, "1:100");
    for (int i = 0; i < EDGES; i++) {
        low[i] = lows[i];
        high[i] = highs[i];
        n[i] = 3;
    }
    panel.x = (struct axis){0, 2, false};
    panel.y = (struct axis){1, logarithmic ? 100 : 11, logarithmic};
    return panel;
}

static void expect_band(const double *lows, const double *highs, bool logarithmic, const char *rows)
{
    struct gnuplot plot = {0};
    struct line_panel panel = band_of(lows, highs, logarithmic);
    const struct curve short_curve = {EDGES, x, mean, low, high, n, 3};
    assert_int_equal(line_range_add_band(&plot, &panel, &short_curve, "x"), 0);
    const char *data = text_get(&plot.data);
    assert_string_equal(strstr(data, "axes\n") + strlen("axes\n"), rows);
    text_release(&plot.data);
}

/* Edges go straight to where they cross the frame, in what the axis shows. */
static void a_band_ends_at_the_frame(void **state)
{
    (void)state;
    static const double lows[] = {-9, 1, 21}, highs[] = {1, 11, 31};
    expect_band(lows, highs, false, "0 1 1\n1 1 11\n1.5 11 11\n2 11 11\n");
    static const double deep[] = {0.01, 1, 10}, far[] = {0.1, 10, 1000};
    expect_band(deep, far, true, "0 1 1\n0.5 1 1\n1 1 10\n1.5 3.16227766 100\n2 10 100\n");
    static const double none[] = {-5, NAN, 2}, some[] = {2, 3, 3};
    expect_band(none, some, true, "0 1 2\nNaN NaN NaN\n2 2 3\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(either_end_may_be_missing),
        cmocka_unit_test(what_is_no_range_is_refused),
        cmocka_unit_test(what_is_asked_for_is_the_axis),
        cmocka_unit_test(the_data_say_the_other_end),
        cmocka_unit_test(an_axis_is_logarithmic_for_what_it_shows),
        cmocka_unit_test(ends_that_cannot_be_are_errors),
        cmocka_unit_test(axes_of_different_units_have_no_range),
        cmocka_unit_test(a_band_ends_at_the_frame),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
