/* The axes of a panel with lines. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "plots/line_panel.h"

#include <math.h>

enum { POINTS = 40 };

static double x[POINTS], mean[POINTS], low[POINTS], high[POINTS];
static size_t n[POINTS];
static struct curve curve = {POINTS, x, mean, low, high, n, 1};

/* A climb from 10 % to 98 % within the first quarter of 0, 100, 200, ... steps. */
static struct line_panel climb(void)
{
    for (int i = 0; i < POINTS; i++) {
        x[i] = 100 * i;
        mean[i] = i < POINTS / 4 ? 10 + 8.0 * i : 98;
        low[i] = high[i] = NAN;
        n[i] = 1;
    }
    return (struct line_panel){.metric = "test.accuracy", .curves = &curve};
}

static bool fit(struct line_panel *panel)
{
    struct error error = {0};
    assert_int_equal(line_panel_fit_x(panel, 1, "steps", &error), 0);
    return line_panel_fit(panel, 1);
}

static void a_logarithmic_x_begins_at_the_first_above_0(void **state)
{
    (void)state;
    struct line_panel panel = climb();
    panel.log_x = true;
    assert_true(fit(&panel));
    assert_true(panel.x.logarithmic);
    assert_true(panel.x.low > 50 && panel.x.low < 100);
    assert_true(panel.x.high > 3900 && panel.x.high < 6000);
}

static void without_anything_above_0_x_is_not_logarithmic(void **state)
{
    (void)state;
    struct line_panel panel = climb();
    panel.log_x = true;
    for (int i = 0; i < POINTS; i++)
        x[i] = 0;
    assert_true(fit(&panel));
    assert_false(panel.x.logarithmic);
    assert_true(panel.x.low == 0 && panel.x.high == 1);
}

static void the_climb_is_shown_where_it_has_room(void **state)
{
    (void)state;
    struct line_panel panel = climb();
    assert_true(fit(&panel));
    assert_true(panel.cut > 50);
    panel = climb();
    panel.log_x = true;
    assert_true(fit(&panel));
    assert_true(panel.cut == 0 && panel.y.low < 18); /* at the first x above 0 */
}

static void points_are_within_the_axes(void **state)
{
    (void)state;
    struct line_point points[] = {{0, 0.5, 20, 0}, {0, 9000, 99.5, 0}};
    struct line_panel panel = climb();
    panel.log_x = true;
    panel.points = points;
    panel.point_count = 2;
    assert_true(fit(&panel));
    assert_true(panel.x.low < 0.5 && panel.x.high > 9000);
    assert_true(panel.y.high > 99.5);
    points[0].within = 12; /* its bar as well */
    assert_true(fit(&panel));
    assert_true(panel.y.low <= 8);
}

/* A band of single runs may be many times as wide as that of the mean. */
static void single_runs_do_not_move_the_axis(void **state)
{
    (void)state;
    struct line_point points[] = {{0, 1000, 97, 0}};
    struct line_panel panel = climb();
    for (int i = 0; i < POINTS; i++) {
        n[i] = 3;
        low[i] = mean[i] - 1;
        high[i] = mean[i] + 1;
    }
    curve.most = 3;
    panel.log_x = true;
    panel.points = points;
    panel.point_count = 1;
    assert_true(fit(&panel));
    struct axis before = panel.y;
    double far_low[POINTS], far_high[POINTS];
    for (int i = 0; i < POINTS; i++) {
        far_low[i] = mean[i] - 1000;
        far_high[i] = mean[i] + 1000;
    }
    struct curve single = {POINTS, x, mean, far_low, far_high, n, 3};
    panel.single_runs = &single;
    assert_true(fit(&panel));
    assert_true(panel.y.low == before.low && panel.y.high == before.high);
    curve.most = 1;
}

/* Lines with points have it, and only where there are points at all. */
static void lines_with_points_have_single_runs(void **state)
{
    (void)state;
    struct line_point points[] = {{1, 500, 20, 0}, {1, 600, 20, 0}};
    struct curve curves[] = {curve, curve, {0}};
    struct line_panel panel = climb();
    panel.curves = curves;
    line_panel_find_single_runs(&panel, 3);
    assert_null(panel.single_runs);
    panel.points = points;
    panel.point_count = 2;
    line_panel_find_single_runs(&panel, 3);
    assert_int_equal(panel.single_runs[0].count, 0);
    assert_int_equal(panel.single_runs[1].count, POINTS);
    assert_int_equal(panel.single_runs[2].count, 0);
    for (int i = 0; i < 3; i++)
        curve_release(&panel.single_runs[i]);
    memory_free(panel.single_runs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_logarithmic_x_begins_at_the_first_above_0),
        cmocka_unit_test(without_anything_above_0_x_is_not_logarithmic),
        cmocka_unit_test(the_climb_is_shown_where_it_has_room),
        cmocka_unit_test(points_are_within_the_axes),
        cmocka_unit_test(single_runs_do_not_move_the_axis),
        cmocka_unit_test(lines_with_points_have_single_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
