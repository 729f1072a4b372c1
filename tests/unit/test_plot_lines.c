/* Lines with bands: what is drawn of curves whose runs end at different places, in which look. */
#include "unit/plot_fixture.h"

#include "plots/plot_lines.h"

enum { LINES = 30, POINTS = 30 };

/* A curve of N[i] seeds at x = i, 50 high, with a band from LOW to HIGH around it. */
static struct curve curve_of(const size_t *n, size_t count, double low, double high)
{
    struct curve curve = {.count = count,
                          .x = memory_array(count, sizeof(double)),
                          .mean = memory_array(count, sizeof(double)),
                          .low = memory_array(count, sizeof(double)),
                          .high = memory_array(count, sizeof(double)),
                          .n = memory_array(count, sizeof(size_t))};
    for (size_t i = 0; i < count; i++) {
        curve.x[i] = (double)i;
        curve.mean[i] = n[i] ? 50 + (double)i : NAN;
        curve.low[i] = n[i] > 1 ? low : NAN;
        curve.high[i] = n[i] > 1 ? high : NAN;
        curve.n[i] = n[i];
        curve.most = n[i] > curve.most ? n[i] : curve.most;
    }
    return curve;
}

static struct axis_range ranged; /* what draw_lines asks for */
static double reported;          /* a figure at x = 1 of line 0, that it draws; 0: none */

/* Draws COUNT curves as FORMAT; fills SCRIPT and DATA. Releases the curves. */
static void draw_lines(struct curve *curves, size_t count, bool apart, enum picture_format format,
                       struct text *script, struct text *data)
{
    struct error error = {0};
    struct names names = {0};
    struct line_plot lines;
    struct gnuplot plot;
    char *file = text_format("lines%s", picture_format_ending(format));
    char *path = file_join(folder, file);
    for (size_t i = 0; i < count; i++) {
        char *name = text_format("line %zu", i);
        names_add(&names, name);
        memory_free(name);
    }
    line_plot_init(&lines, &names, 1);
    lines.x = "steps";
    lines.panels[0].metric = "test.accuracy";
    lines.panels[0].apart = apart;
    for (size_t i = 0; i < count; i++)
        lines.panels[0].curves[i] = curves[i];
    lines.panels[0].y_range = ranged;
    if (reported > 0) {
        lines.points = "reported: us";
        lines.panels[0].points = memory_array(1, sizeof(struct line_point));
        lines.panels[0].points[0] = (struct line_point){.line = 0, .x = 1, .y = reported};
        lines.panels[0].point_count = 1;
        line_panel_find_single_runs(&lines.panels[0], count);
    }
    made_up_check(line_panel_fit_x(&lines.panels[0], count, "steps", &error), &error);
    line_panel_fit(&lines.panels[0], count);
    made_up_check(line_panel_limit(&lines.panels[0], count, &error), &error);
    made_up_check(gnuplot_init(&plot, path, format, &error), &error);
    made_up_check(line_plot_draw(&plot, &lines, 79, &error), &error);
    text_clear(script);
    text_clear(data);
    text_add(script, text_get(&plot.script));
    text_add(data, text_get(&plot.data));
    gnuplot_release(&plot);
    line_plot_release(&lines);
    names_release(&names);
    memory_free(path);
    memory_free(file);
}

static void expect_part(const struct text *text, const char *part, bool expected)
{
    if ((strstr(text_get(text), part) != NULL) != expected)
        fail_msg("%s `%s` in:\n%s", expected ? "no" : "a", part, text_get(text));
}

/* How often PART is in TEXT. */
static int count_of(const struct text *text, const char *part)
{
    int count = 0;
    for (const char *at = text_get(text); (at = strstr(at, part)); at++)
        count++;
    return count;
}

/* From where a run ends, the line is thin and has no band. */
static void fewer_seeds_are_thin_and_have_no_band(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 3, 2, 2, 1}, all[] = {3, 3, 3, 3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 6, 40, 60);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&data, "1 51 40 60 3 1\n2 52 40 60 3 3\n3 53 NaN NaN 2 2\n4 54 NaN NaN 2 2\n",
                true);
    expect_part(&script, "title 'fewer seeds'", true);
    expect_part(&script, "title '95 % interval'", true);
    expect_part(&script, "(int($6) & 2 ? $2 : NaN) with lines linecolor 6 linewidth 0.5", true);
    curve = curve_of(all, 6, 40, 60);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&script, "fewer seeds", false);
    expect_part(&script, "linewidth 0.5 notitle", false);
    text_release(&script);
    text_release(&data);
}

/* An interval does not become a range within a line, also where points are values of a key. */
static void bands_mean_one_thing_in_a_line(void **state)
{
    (void)state;
    static const size_t n[] = {4, 3, 2, 4}, two[] = {2, 2, 1, 2};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 4, 40, 60);
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&data, "0 50 40 60 4 7\n1 51 40 60 3 6\n2 52 NaN NaN 2 2\n3 53 40 60 4 7\n", true);
    expect_part(&script, "title '95 % interval'", true);
    curve = curve_of(two, 4, 40, 60);
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&script, "title 'both seeds'", true);
    text_release(&script);
    text_release(&data);
}

/* With small symbols, for every point is one that was measured. */
static void fewer_seeds_are_thin_at_values_of_a_key(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 2, 1}, all[] = {3, 3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 4, 40, 60);
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&data, "1 51 40 60 3 7\n2 52 NaN NaN 2 2\n3 53 NaN NaN 1 2\n", true);
    expect_part(&script, "title 'fewer seeds'", true);
    expect_part(&script,
                "(int($6) & 1 ? NaN : $2) with points linecolor 6 pointtype 7 pointsize 0.5", true);
    curve = curve_of(all, 4, 40, 60);
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&script, "fewer seeds", false);
    expect_part(&script, "? NaN : $2", false);
    text_release(&script);
    text_release(&data);
}

/* Between the values of a key nobody has measured; an area of one point is not seen. */
static void bars_stand_where_no_band_can(void **state)
{
    (void)state;
    static const size_t n[] = {3}, many[] = {3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 1, 40, 60);
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&script, "(int($6) & 4 ? $2 : NaN):($3 ", true);
    expect_part(&script, "with yerrorbars", true);
    expect_part(&script, "filledcurves", false);
    curve = curve_of(many, 3, 40, 60);
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&data, "0 50 40 60 3 5\n1 51 40 60 3 5\n2 52 40 60 3 5\n", true);
    expect_part(&script, "filledcurves", false);
    expect_part(&script, "pointtype '|' linecolor rgb '#555555' title '95 % interval'", true);
    curve = curve_of(many, 3, 40, 60);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&data, "0 50 40 60 3 1\n1 51 40 60 3 1\n2 52 40 60 3 1\n", true);
    expect_part(&script, "filledcurves", true);
    expect_part(&script, "yerrorbars", false);
    text_release(&script);
    text_release(&data);
}

static void lines_without_a_value_are_not_in_the_legend(void **state)
{
    (void)state;
    static const size_t n[] = {1, 1, 1}, none[] = {0, 0, 0};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    for (int format = 0; format < PICTURE_FORMATS; format++) {
        struct curve curves[] = {curve_of(n, 3, 0, 0), curve_of(none, 3, 0, 0),
                                 curve_of(none, 0, 0, 0)};
        draw_lines(curves, 3, false, (enum picture_format)format, &script, &data);
        expect_part(&script, "title 'line 0'", true);
        expect_part(&script, "title 'line 1'", false);
        expect_part(&script, "title 'line 2'", false);
    }
    text_release(&script);
    text_release(&data);
}

/* Whose band goes on outside has an arrow there; a share's end at 0 or 100 % is its end. */
static void bands_that_go_on_outside_have_arrows(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 5, 20, 54.5);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&script, "set arrow from first 2, graph 0.0", true);
    expect_part(&script, " to first 2, graph 0.0000 front head", true);
    expect_part(&script, "graph 1.0000", false);
    curve = curve_of(n, 5, -20, 54.5);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&data, "0 50 0 54.5 3 1\n", true);
    text_release(&script);
    text_release(&data);
}

/* Of three seeds the interval of single runs is twice as wide as that of the mean. */
static void lines_with_points_have_a_band_of_single_runs(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 2}, all[] = {3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curves[] = {curve_of(n, 3, 0, 0), curve_of(all, 3, 0, 0)};
    for (int line = 0; line < 2; line++)
        for (int i = 0; i < 3; i++) {
            curves[line].low[i] = curves[line].mean[i] - 1;
            curves[line].high[i] = curves[line].mean[i] + 1;
        }
    reported = 52;
    draw_lines(curves, 2, false, PICTURE_SVG, &script, &data);
    reported = 0;
    expect_part(
        &data,
        "# line 0: 95 % of single runs\n# x, mean, low and high end of the band, seeds, look "
        "(1: line, 2: thin line, 4: bar)\n0 50 48 52 3 1\n1 51 49 53 3 3\n2 52 NaN NaN 2 2\n",
        true);
    expect_part(&data, "# line 1: 95", false);
    expect_part(&script, "title '95 % of single runs'", true);
    expect_part(&script, "title 'mean, 95 % interval'", true);
    const char *wide = strstr(text_get(&script), "solid 0.11 noborder linecolor 6 ");
    const char *narrow = strstr(text_get(&script), "solid 0.22 noborder linecolor 6 ");
    assert_true(wide && narrow && wide < narrow);
    expect_part(&script, "solid 0.11 noborder linecolor 7", false);
    text_release(&script);
    text_release(&data);
}

/* It is there where something of it is seen, and its words only then. */
static void nothing_is_said_of_single_runs_that_are_not_drawn(void **state)
{
    (void)state;
    static const size_t three[] = {3, 3, 3}, two[] = {2, 2, 2};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(three, 3, 40, 60);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&script, "single runs", false);
    expect_part(&data, "single runs", false);
    expect_part(&script, "title '95 % interval'", true);
    reported = 52;
    curve = curve_of(two, 3, 40, 60);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&script, "single runs", false);
    expect_part(&data, "single runs", false);
    expect_part(&script, "title 'both seeds'", true);
    curve = curve_of(three, 3, 40, 60);
    draw_lines(&curve, 1, false, PICTURE_ASCII, &script, &data);
    expect_part(&script, "single runs", false);
    expect_part(&data, "single runs", false);
    ranged = (struct axis_range){true, true, 90, 95};
    curve = curve_of(three, 3, 49, 55);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&script, "single runs", false);
    ranged = (struct axis_range){true, true, 56, 95};
    curve = curve_of(three, 3, 49, 55);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    expect_part(&script, "title '95 % of single runs'", true);
    ranged = (struct axis_range){0};
    reported = 0;
    text_release(&script);
    text_release(&data);
}

/* A share ends at 0 and 100 %; where the band goes on outside the axis, it is cut off there and an
 * arrow says so, once for both bands. */
static void single_runs_end_at_the_frame(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 3, 49, 52);
    curve.low[1] = 1;
    curve.high[1] = 101;
    ranged = (struct axis_range){true, true, 40, 70};
    reported = 52;
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    ranged = (struct axis_range){0};
    reported = 0;
    expect_part(&data, "\n1 51 0 100 3 1\n", true);
    expect_part(&data, "\n1 40 70\n", true);
    expect_part(&script, " to first 1, graph 0.0000 front head", true);
    expect_part(&script, " to first 1, graph 1.0000 front head", true);
    assert_int_equal(count_of(&script, "set arrow"), 2);
    text_release(&script);
    text_release(&data);
}

/* gnuplot leaves out a bar whose middle is outside, so it is drawn at the frame. */
static void a_bar_reaches_into_the_range(void **state)
{
    (void)state;
    static const size_t n[] = {3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 1, 40, 60);
    ranged = (struct axis_range){true, true, 55, 70};
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    ranged = (struct axis_range){0};
    expect_part(&script, "set yrange [55:70]\n", true);
    expect_part(&script,
                "(int($6) & 4 && $4 >= 55 && $3 <= 70 ? ($2 < 55 ? 55 : $2 > 70 ? 70 : $2) : NaN)"
                ":($3 < 55 ? 54.25 : $3):($4 > 70 ? 70.75 : $4) with yerrorbars",
                true);
    expect_part(&script, "to first 0, graph 0.0000 front head", true);
    expect_part(&script, "graph 1.0000", false);
    text_release(&script);
    text_release(&data);
}

/* Neighbours do not share an arrow as a band does: each bar ends at its own place. */
static void each_bar_that_goes_on_outside_has_an_arrow(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 5, 20, 90);
    curve.x[1] = 0.01;
    curve.low[2] = 49;
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    assert_int_equal(count_of(&script, "graph 0.0000 front head"), 4);
    assert_int_equal(count_of(&script, "graph 1.0000 front head"), 5);
    expect_part(&script, " to first 0.01, graph 0.0000 front head", true);
    expect_part(&script, " to first 0.01, graph 1.0000 front head", true);
    expect_part(&script, " to first 2, graph 0.0000 front head", false);
    text_release(&script);
    text_release(&data);
}

/* The means, from 50 to 54, have half of the axis, which one bar needs on one side. */
static void bars_have_the_axis_while_the_means_have_half_of_it(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 5, 49.5, 54.5);
    curve.high[4] = 57.4;
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    expect_part(&script, "set arrow", false);
    expect_part(&script, "set yrange [49.184:57.716]\n", true);
    curve = curve_of(n, 5, 49.5, 54.5);
    curve.high[4] = 57.6;
    draw_lines(&curve, 1, true, PICTURE_SVG, &script, &data);
    assert_int_equal(count_of(&script, "set arrow"), 1);
    expect_part(&script, " to first 4, graph 1.0000 front head", true);
    text_release(&script);
    text_release(&data);
}

/* There is no arrow where nothing of the band is seen. */
static void bands_outside_have_no_arrows(void **state)
{
    (void)state;
    static const size_t n[] = {3, 3, 3};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 3, 40, 60);
    ranged = (struct axis_range){true, true, 61, 70};
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    ranged = (struct axis_range){0};
    expect_part(&script, "set arrow", false);
    expect_part(&data, "# x, low and high end of the band within the axes\n0 61 61\n", true);
    text_release(&script);
    text_release(&data);
}

static void shares_begin_at_0(void **state)
{
    (void)state;
    static const size_t n[] = {1, 1};
    if (!gnuplot_is_there)
        skip();
    double low, high;
    struct text script = {0}, data = {0};
    struct curve curve = curve_of(n, 2, 0, 0);
    curve.mean[0] = 0.1;
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    assert_int_equal(
        sscanf(strstr(text_get(&script), "set yrange"), "set yrange [%lf:%lf]", &low, &high), 2);
    assert_true(low == 0 && high > 51);
    text_release(&script);
    text_release(&data);
}

/* Low in front, as while an accuracy climbs from chance. */
static struct curve climb(size_t count)
{
    size_t n[POINTS] = {0};
    for (size_t i = 0; i < count; i++)
        n[i] = 1;
    struct curve curve = curve_of(n, count, 0, 0);
    curve.mean[0] = 10;
    for (size_t i = 1; i < count; i++)
        curve.mean[i] = 90 + 5 * (double)i / (double)count;
    return curve;
}

static void the_climb_is_cut_off_long_curves_alone_and_the_label_says_so(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    double low, high;
    struct text script = {0}, data = {0};
    struct curve curve = climb(19);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    assert_int_equal(
        sscanf(strstr(text_get(&script), "set yrange"), "set yrange [%lf:%lf]", &low, &high), 2);
    assert_true(low < 10);
    expect_part(&script, "set ylabel 'test accuracy (%)'", true);
    curve = climb(20);
    draw_lines(&curve, 1, false, PICTURE_SVG, &script, &data);
    assert_int_equal(
        sscanf(strstr(text_get(&script), "set yrange"), "set yrange [%lf:%lf]", &low, &high), 2);
    assert_true(low > 80);
    char *label = text_format("set ylabel 'test accuracy (%%, from %.0f)'", low);
    expect_part(&script, label, true);
    memory_free(label);
    text_release(&script);
    text_release(&data);
}

/* No two of 30 lines have the same colour, dash and symbol; nor the same letter. */
static void lines_differ(void **state)
{
    (void)state;
    static const size_t n[] = {1, 1};
    if (!gnuplot_is_there)
        skip();
    struct text script = {0}, data = {0};
    struct curve curves[LINES];
    struct names looks = {0}, dashes = {0}, colours = {0};
    for (size_t i = 0; i < LINES; i++)
        curves[i] = curve_of(n, 2, 0, 0);
    draw_lines(curves, LINES, false, PICTURE_SVG, &script, &data);
    for (const char *at = text_get(&script); (at = strstr(at, "with linespoints linecolor"));
         at++) {
        char colour[9], dash[9], shape[9];
        assert_int_equal(sscanf(at, "with linespoints linecolor %8s dashtype %8s pointtype %8s",
                                colour, dash, shape),
                         3);
        char *look = text_format("%s %s %s", colour, dash, shape);
        names_add(&looks, look);
        names_add(&dashes, dash);
        names_add(&colours, colour);
        memory_free(look);
    }
    assert_int_equal(looks.count, LINES);
    assert_int_equal(dashes.count, 5);
    assert_int_equal(colours.count, 7);
    for (size_t i = 0; i < LINES; i++)
        curves[i] = curve_of(n, 2, 0, 0);
    draw_lines(curves, LINES, false, PICTURE_ASCII, &script, &data);
    expect_part(&script, "with points pointtype 26 title 'line 25'", true);
    expect_part(&script, "using 1:2:('d') with labels title 'd  line 29'", true);
    names_release(&looks);
    names_release(&dashes);
    names_release(&colours);
    text_release(&script);
    text_release(&data);
}

static int fill(void **state)
{
    (void)state;
    return plot_fixture_begin();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fewer_seeds_are_thin_and_have_no_band),
        cmocka_unit_test(bands_mean_one_thing_in_a_line),
        cmocka_unit_test(fewer_seeds_are_thin_at_values_of_a_key),
        cmocka_unit_test(bars_stand_where_no_band_can),
        cmocka_unit_test(lines_without_a_value_are_not_in_the_legend),
        cmocka_unit_test(bands_that_go_on_outside_have_arrows),
        cmocka_unit_test(the_climb_is_cut_off_long_curves_alone_and_the_label_says_so),
        cmocka_unit_test(a_bar_reaches_into_the_range),
        cmocka_unit_test(each_bar_that_goes_on_outside_has_an_arrow),
        cmocka_unit_test(bars_have_the_axis_while_the_means_have_half_of_it),
        cmocka_unit_test(bands_outside_have_no_arrows),
        cmocka_unit_test(lines_with_points_have_a_band_of_single_runs),
        cmocka_unit_test(nothing_is_said_of_single_runs_that_are_not_drawn),
        cmocka_unit_test(single_runs_end_at_the_frame),
        cmocka_unit_test(shares_begin_at_0),
        cmocka_unit_test(lines_differ),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
