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

/* A curve that is 20 at x = 0 and grows by one with each. */
static struct line_panel ranged_x(const char *metric, const char *x_range, bool log_x)
{
    struct line_panel panel = panel_of(metric, 0, 1, "0:");
    for (int i = 0; i < POINTS; i++)
        mean[i] = 20 + i;
    curve.count = POINTS;
    panel.y_range = (struct axis_range){0};
    panel.log_x = log_x;
    if (x_range)
        panel.x_range = range_of(x_range);
    return panel;
}

static void expect_x(const char *x_range, bool log_x, struct axis x_axis, double y_low,
                     double y_high)
{
    struct error error = {0};
    struct line_panel panel = ranged_x("test.loss", x_range, log_x);
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(panel.x.logarithmic == x_axis.logarithmic);
    assert_float_equal(panel.x.low, x_axis.low, 1e-9);
    assert_float_equal(panel.x.high, x_axis.high, 1e-9);
    double room = 0.04 * (y_high - y_low); /* see axis_fit */
    assert_float_equal(panel.y.low, y_low - room, 1e-9);
    assert_float_equal(panel.y.high, y_high + room, 1e-9);
}

/* The figures' axis is for what lies within, the places at the frame included. */
static void figures_are_those_within_x(void **state)
{
    (void)state;
    expect_x("10:30", false, (struct axis){10, 30, false}, 30, 50);
    expect_x("10.5:", false, (struct axis){10.5, 39, false}, 30.5, 59);
    expect_x(":8.25", false, (struct axis){0, 8.25, false}, 20, 28.25);
    expect_x("8.25:8.75", false, (struct axis){8.25, 8.75, false}, 28.25, 28.75);
    double half = log(2.5 / 2) / log(3.0 / 2); /* on the way, where x is logarithmic */
    expect_x("2.5:30", true, (struct axis){2.5, 30, true}, 22 + half, 50);
}

static void x_ends_that_cannot_be_are_errors(void **state)
{
    (void)state;
    static const struct {
        const char *range, *reason;
        bool log_x;
    } wrong[] = {{"0:5", "--x-range: the axis of steps is logarithmic and has no 0", true},
                 {":-5", "--x-range: the axis of steps is logarithmic and has no -5", true},
                 {":0", "--x-range: the data of steps make the axis begin at 0; say both", false},
                 {"39:", "--x-range: the data of steps make the axis end at 39; say both", false}};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct error error = {0};
        struct line_panel panel = ranged_x("test.loss", wrong[i].range, wrong[i].log_x);
        assert_int_equal(line_panel_fit_x(&panel, 1, "steps", &error), -1);
        assert_int_equal(error.code, ERROR_USAGE);
        if (!text_starts_with(error.text, wrong[i].reason))
            fail_msg("%s: %s", wrong[i].range, error.text);
    }
}

/* FIRST and LAST are left of a curve that has no value at 5, 15, ... */
static void expect_cropped(const char *range, double first, double last)
{
    double xs[POINTS], means[POINTS], lows[POINTS], highs[POINTS];
    size_t counts[POINTS];
    struct curve cropped = {POINTS, xs, means, lows, highs, counts, 1};
    for (int i = 0; i < POINTS; i++) {
        xs[i] = i;
        counts[i] = (size_t)i;
        means[i] = lows[i] = highs[i] = i % 10 == 5 ? NAN : i;
    }
    struct axis_range parsed = range_of(range);
    line_range_crop(&cropped, &parsed);
    assert_true(cropped.count >= 1);
    assert_true(xs[0] == first && xs[cropped.count - 1] == last);
    assert_true((double)counts[0] == first && cropped.count == (size_t)(last - first) + 1);
}

/* The nearest point with a value on each side stays, for the line goes on to it. */
static void a_curve_is_cropped_but_for_its_neighbours(void **state)
{
    (void)state;
    expect_cropped("10:20", 9, 21);
    expect_cropped("10.5:20.5", 10, 21);
    expect_cropped("6:", 4, 39);
    expect_cropped(":14", 0, 16);
    expect_cropped("8.2:8.4", 8, 9);
    expect_cropped("100:200", 39, 39);
    expect_cropped("-9:-5", 0, 0);
    expect_cropped("-9:100", 0, 39);
}

static void a_curve_without_values_stays(void **state)
{
    (void)state;
    double none[] = {NAN, NAN}, xs[] = {1, 2};
    size_t counts[] = {0, 0};
    struct curve cropped = {2, xs, none, none, none, counts, 0}, empty = {0};
    struct axis_range range = range_of("5:");
    line_range_crop(&cropped, &range);
    assert_int_equal(cropped.count, 2);
    line_range_crop(&empty, &range);
    assert_int_equal(empty.count, 0);
}

/* Rows begin and end at the frame, also between two points. */
static void a_band_ends_at_the_frame_of_x(void **state)
{
    (void)state;
    static const double lows[] = {1, 3, 5}, highs[] = {5, 7, 9};
    static const struct {
        double from, to;
        bool log_x;
        const char *rows;
    } cases[] = {{0.5, 1.5, false, "0.5 2 6\n1 3 7\n1.5 4 8\n"},
                 {0.25, 0.75, false, "0.25 1.5 5.5\n0.75 2.5 6.5\n"},
                 {1, 2, false, "1 3 7\n2 5 9\n"},
                 {5, 6, false, ""},
                 {1, 1.41421356, true, "NaN NaN NaN\n1 3 7\n1.41421356 4 8\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct gnuplot plot = {0};
        struct line_panel panel = band_of(lows, highs, false);
        const struct curve band = {EDGES, x, mean, low, high, n, 3};
        panel.x = (struct axis){cases[i].from, cases[i].to, cases[i].log_x};
        line_range_add_band(&plot, &panel, &band, "x");
        const char *data = text_get(&plot.data);
        assert_string_equal(strstr(data, "axes\n") + strlen("axes\n"), cases[i].rows);
        text_release(&plot.data);
    }
}

/* Also where none of its points is within the axes, but the way from one to the next. */
static void single_runs_are_seen_where_their_band_is(void **state)
{
    (void)state;
    static const double lows[] = {1, 3, 5}, highs[] = {5, 7, 9};
    static const struct {
        struct axis x, y;
        bool is_seen;
    } cases[] = {
        {{0, 2, false}, {1, 11, false}, true},        {{0.2, 0.8, false}, {0, 11, false}, true},
        {{0.2, 0.8, false}, {7.5, 11, false}, false}, {{0.2, 0.8, false}, {6.5, 11, false}, true},
        {{0, 2, false}, {9.5, 11, false}, false},     {{0, 2, false}, {0, 0.5, false}, false},
        {{3, 4, false}, {1, 11, false}, false},       {{0.5, 1.5, true}, {0.1, 2.9, true}, false},
        {{0.5, 1.5, true}, {0.1, 3.5, true}, true}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct line_panel panel = band_of(lows, highs, false);
        struct curve single = {EDGES, x, mean, low, high, n, 3};
        assert_null(line_range_single_runs(&panel, 0));
        panel.single_runs = &single;
        panel.x = cases[i].x;
        panel.y = cases[i].y;
        if ((line_range_single_runs(&panel, 0) == &single) != cases[i].is_seen)
            fail_msg("case %zu", i);
    }
}

/* An accuracy that climbs for a few steps and then stays. */
static struct line_panel climbing(struct line_point *points, size_t count)
{
    struct line_panel panel = ranged_x("test.accuracy", NULL, false);
    for (int i = 0; i < POINTS; i++)
        mean[i] = i < 3 ? 20 + i : 93.3 + 0.1 * i;
    panel.points = points;
    panel.point_count = count;
    return panel;
}

/* A cut axis begins at a tick. From where the user says that x begins, all is shown. */
static void the_climb_is_cut_at_a_round_number(void **state)
{
    (void)state;
    struct error error = {0};
    struct line_panel panel = climbing(NULL, 0);
    assert_int_equal(fit(&panel, &error), 0);
    if (panel.y.low != 92 || panel.cut != 92)
        fail_msg("the axis begins at %.9g and says %.9g", panel.y.low, panel.cut);
    panel = climbing(NULL, 0);
    panel.x_range = range_of("1:");
    assert_int_equal(fit(&panel, &error), 0);
    assert_true(panel.y.low < 21 && panel.cut == 0);
}

/* Reported figures lie within an axis that nobody asked for, whatever they are. */
static void reported_figures_are_never_cut_off(void **state)
{
    (void)state;
    static const struct line_point cases[] = {{0, 1, 80, 0},    {0, 2, 30, 0},  {0, 30, 50, 0},
                                              {0, 39, 9879, 0}, {0, 5, -10, 0}, {0, 60, 95, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct error error = {0};
        struct line_point point = cases[i];
        struct line_panel panel = climbing(&point, 1);
        assert_int_equal(fit(&panel, &error), 0);
        if (!axis_holds(panel.y, point.y) || !axis_holds(panel.x, point.x))
            fail_msg("%g at %g is outside %g:%g", point.y, point.x, panel.y.low, panel.y.high);
        if (point.y == 80) /* the climb still is, as far as nobody reported it */
            assert_true(panel.cut > 20 && panel.cut < 80);
    }
    struct error error = {0};
    struct line_point alone = {0, 100, 5, 0};
    struct line_panel panel = climbing(&alone, 1);
    for (int i = 0; i < POINTS; i++)
        mean[i] = NAN;
    panel.metric = "test.loss";
    assert_int_equal(line_panel_fit_x(&panel, 1, "steps", &error), 0);
    assert_false(line_panel_fit(&panel, 1));
    assert_true(axis_holds(panel.y, 5));
    panel.x_range = range_of("0:50"); /* what lies outside does not matter */
    assert_int_equal(line_panel_fit_x(&panel, 1, "steps", &error), 0);
    assert_false(line_panel_fit(&panel, 1));
    assert_false(axis_holds(panel.y, 5));
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
        cmocka_unit_test(figures_are_those_within_x),
        cmocka_unit_test(x_ends_that_cannot_be_are_errors),
        cmocka_unit_test(a_curve_is_cropped_but_for_its_neighbours),
        cmocka_unit_test(a_curve_without_values_stays),
        cmocka_unit_test(a_band_ends_at_the_frame_of_x),
        cmocka_unit_test(single_runs_are_seen_where_their_band_is),
        cmocka_unit_test(the_climb_is_cut_at_a_round_number),
        cmocka_unit_test(reported_figures_are_never_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
