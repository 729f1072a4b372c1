#include "unit/plot_fixture.h"

#include "compare/statistics.h"

/* "low" is so near to 0 % that its interval would go below; "two" has two seeds, "one" one. */
static const struct made_up runs[] = {
    {"three", 1, 0.90, 100, 50, RUN_DONE}, {"three", 2, 0.93, 100, 50, RUN_DONE},
    {"three", 3, 0.91, 100, 50, RUN_DONE}, {"two", 1, 0.80, 100, 50, RUN_DONE},
    {"two", 2, 0.84, 100, 50, RUN_DONE},   {"one", 1, 0.70, 100, 50, RUN_DONE},
    {"low", 1, 0.01, 100, 50, RUN_DONE},   {"low", 2, 0.20, 100, 50, RUN_DONE},
    {"low", 3, 0.03, 100, 50, RUN_DONE},
};
enum { RUNS = sizeof runs / sizeof runs[0] };

static const char *const accuracy[] = {"test.accuracy"};
static const struct plot_request finals = {
    .kind = PLOT_ACCURACY, .metrics = accuracy, .metric_count = 1};

/* Run I's final accuracy in percent, as it is stored. */
static double final_of(size_t i)
{
    return 100 * (runs[i].level + 0.0005 * (double)runs[i].seed);
}

static void read_data(struct text *data)
{
    struct error error = {0};
    char *path = file_join(folder, "picture.svg.dat");
    made_up_check(file_read(path, 1 << 20, data, &error), &error);
    memory_free(path);
}

static void expect_near(double value, double expected)
{
    if (!(fabs(value - expected) < 1e-5) && !(isnan(value) && isnan(expected)))
        fail_msg("%.9g, expected %.9g", value, expected);
}

/* The data are read back: each seed's figure in its variant's row, and each mean with its bar. */
static void the_picture_has_the_stored_figures(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text data = {0};
    made_up_check(draw("finals", finals, PICTURE_SVG, NULL, &error), &error);
    read_data(&data);
    const char *at = strstr(text_get(&data), "place\n") + strlen("place\n");
    for (size_t i = 0; i < RUNS; i++) {
        double value, place, row = i < 3 ? 4 : i < 5 ? 3 : i < 6 ? 2 : 1;
        int length;
        assert_int_equal(sscanf(at, "%lf %lf%n", &value, &place, &length), 2);
        expect_near(value, final_of(i));
        assert_true(place < row && place > row - 0.4);
        at += length;
    }
    at = strstr(at, "variant\n") + strlen("variant\n");
    for (size_t first = 0, end; first < RUNS; first = end) {
        double values[3], mean, place, low, high;
        size_t n;
        int length;
        for (end = first; end < RUNS && text_equal(runs[end].name, runs[first].name); end++)
            values[end - first] = final_of(end);
        struct summary summary = statistics_summary(values, end - first);
        double half = statistics_half_width(summary.deviation, summary.n);
        assert_int_equal(
            sscanf(at, "%lf %lf %lf %lf %zu%n", &mean, &place, &low, &high, &n, &length), 5);
        expect_near(mean, summary.mean);
        expect_near(low, n == 2 ? values[0] : n > 1 ? fmax(0, summary.mean - half) : NAN);
        expect_near(high, n == 2 ? values[1] : summary.mean + half);
        assert_int_equal(n, end - first);
        at = strchr(at, '\n') + 1;
    }
    text_release(&data);
}

static void the_legend_says_what_bars_are(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text script = {0};
    double low, high;
    made_up_check(draw("finals", finals, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "title 'mean, 95 % interval (or both seeds)'"));
    assert_int_equal(
        sscanf(strstr(text_get(&script), "set xrange"), "set xrange [%lf:%lf]", &low, &high), 2);
    assert_true(low == 0); /* not below, for shares */
    made_up_check(draw("pair", finals, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "title 'mean, both seeds'"));
    text_release(&script);
}

/* Also the widest that three seeds can have. */
static void the_axis_shows_whole_bars(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text script = {0}, data = {0};
    double low, high, from, to;
    made_up_check(draw("spread", finals, PICTURE_SVG, &script, &error), &error);
    assert_int_equal(
        sscanf(strstr(text_get(&script), "set xrange"), "set xrange [%lf:%lf]", &low, &high), 2);
    read_data(&data);
    const char *bars = strstr(text_get(&data), "variant\n") + strlen("variant\n");
    assert_int_equal(sscanf(bars, "%*f %*f %lf %lf", &from, &to), 2);
    assert_true(low < from && to < high && from < 50 && to > 60);
    text_release(&script);
    text_release(&data);
}

/* The legend's lines stand one below the other, under the axis. */
static void characters_have_a_legend_below(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    struct error error = {0};
    struct text picture = {0};
    char *path = file_join(folder, "picture.txt");
    made_up_check(draw("finals", finals, PICTURE_ASCII, NULL, &error), &error);
    made_up_check(file_read(path, 1 << 20, &picture, &error), &error);
    const char *axis = strstr(text_get(&picture), "test accuracy (%)");
    assert_non_null(axis);
    const char *seed = strstr(axis, "O  one seed");
    assert_non_null(seed);
    assert_non_null(strstr(seed, "\n  M  mean, 95 % interval (or both seeds)"));
    memory_free(path);
    text_release(&picture);
}

static int fill(void **state)
{
    (void)state;
    if (plot_fixture_begin() != 0)
        return -1;
    static const struct made_up spread[] = {{"wide", 1, 0.50, 100, 50, RUN_DONE},
                                            {"wide", 2, 0.59, 100, 50, RUN_DONE},
                                            {"wide", 3, 0.50, 100, 50, RUN_DONE}};
    made_up_experiment(store, "finals", runs, RUNS);
    made_up_experiment(store, "pair", &runs[3], 2);
    made_up_experiment(store, "spread", spread, 3);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_picture_has_the_stored_figures),
        cmocka_unit_test(the_legend_says_what_bars_are),
        cmocka_unit_test(the_axis_shows_whole_bars),
        cmocka_unit_test(characters_have_a_legend_below),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
