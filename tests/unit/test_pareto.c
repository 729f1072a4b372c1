#include "unit/plot_fixture.h"

#include "plots/pareto.h"

/* Training takes 0.011 s a step. */
static const struct made_up runs[] = {
    {"quick", 1, 0.90, 500, 50, RUN_DONE},     {"quick", 2, 0.90, 500, 50, RUN_DONE},
    {"good", 1, 0.95, 1000, 50, RUN_DONE},     {"good", 2, 0.95, 1000, 50, RUN_DONE},
    {"good", 3, 0.95, 1000, 50, RUN_DONE},     {"worse", 1, 0.85, 1000, 50, RUN_DONE},
    {"late", 1, 0.94, 8000, 50, RUN_DONE},     {"gone", 1, 0.99, 100, 50, RUN_DIVERGED},
    {"equal", 1, 0.90, 500, 50, RUN_DIVERGED}, {"equal", 2, 0.88, 500, 50, RUN_DONE},
};

static struct groups groups; /* whose names PARETO borrows */

static void load_of(struct pareto *pareto, const char *name, const char *metric,
                    bool lower_is_better)
{
    struct error error = {0};
    *pareto = (struct pareto){
        .x_metric = "seconds", .y_metric = metric, .lower_is_better = lower_is_better};
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    made_up_check(pareto_load(pareto, store, &groups, &error), &error);
}

static void load(struct pareto *pareto, const char *metric, bool lower_is_better)
{
    load_of(pareto, "front", metric, lower_is_better);
}

static void release(struct pareto *pareto)
{
    memory_free(pareto->variants);
    groups_release(&groups);
}

static void expect_front(const char *metric, bool lower_is_better, const char *const *names,
                         size_t expected)
{
    struct pareto pareto;
    size_t count;
    load(&pareto, metric, lower_is_better);
    const struct pareto_variant **front = pareto_front(&pareto, &count);
    assert_int_equal(count, expected);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(front[i]->name, names[i]);
    memory_free(front);
    release(&pareto);
}

static void the_front_goes_from_the_quickest_to_the_best(void **state)
{
    (void)state;
    static const char *const best[] = {"quick", "good"};
    expect_front("test.accuracy", false, best, 2);
    expect_front("test.loss", true, best, 2);
}

static void what_is_beaten_in_one_and_not_better_in_the_other_is_off_the_front(void **state)
{
    (void)state;
    struct pareto pareto;
    load(&pareto, "test.accuracy", false);
    const struct pareto_variant *quick = &pareto.variants[0], *equal = &pareto.variants[4];
    assert_true(equal->x.mean == quick->x.mean && equal->y.mean < quick->y.mean);
    assert_true(quick->front);
    assert_false(equal->front);
    release(&pareto);
}

static void intervals_are_of_the_seeds_that_there_are(void **state)
{
    (void)state;
    struct pareto pareto;
    load(&pareto, "test.accuracy", false);
    assert_int_equal(pareto.count, 5); /* without the one that is gone */
    const struct pareto_variant *quick = &pareto.variants[0], *good = &pareto.variants[1];
    assert_int_equal(quick->n, 2);
    assert_true(fabs(quick->y.low - 90.05) < 1e-9 && fabs(quick->y.high - 90.10) < 1e-9);
    assert_int_equal(good->n, 3); /* 95.05, 95.10, 95.15: t(0.975, 2) * 0.05 / sqrt(3) */
    assert_true(fabs(good->y.high - good->y.mean - 4.302652729911275 * 0.05 / sqrt(3)) < 1e-9);
    assert_true(isnan(pareto.variants[2].y.low));
    release(&pareto);
}

static void axes_are_logarithmic_over_a_decade_and_end_at_100_percent(void **state)
{
    (void)state;
    struct pareto pareto;
    load(&pareto, "test.accuracy", false);
    assert_true(pareto.x.logarithmic && pareto.x.low < 5.5 && pareto.x.high > 88);
    assert_true(pareto.y.low < 85 && pareto.y.high > 95 && pareto.y.high <= 100);
    release(&pareto);
}

/* Bars of a share end at 0 and 100 %; an arrow stands where a bar goes on outside the plot. */
static void shares_and_their_bars_stay_between_0_and_100(void **state)
{
    (void)state;
    struct pareto pareto;
    load_of(&pareto, "ends", "test.accuracy", false);
    assert_true(pareto.variants[0].y.low == 0 && pareto.variants[1].y.high == 100);
    assert_true(pareto.y.low == 0 && pareto.y.high == 100);
    release(&pareto);
}

static void bars_that_go_on_outside_have_arrows(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const loss[] = {"test.loss"};
    struct error error = {0};
    struct text script = {0};
    struct plot_request request = {
        .kind = PLOT_PARETO, .x = PLOT_SECONDS, .metrics = loss, .metric_count = 1};
    made_up_check(draw("ends", request, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "graph 1.0000 front head"));
    assert_non_null(strstr(text_get(&script), "graph 0.0000 front head"));
    made_up_check(draw("front", request, PICTURE_SVG, &script, &error), &error);
    assert_null(strstr(text_get(&script), "front head"));
    text_release(&script);
}

/* Of processor time, only the runs that have it are there. */
static void the_x_axis_may_be_processor_time(void **state)
{
    (void)state;
    struct error error = {0};
    const char *name = "front";
    struct pareto pareto = {.x_metric = "cpu_seconds", .y_metric = "test.accuracy"};
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    groups.items[0].runs[0].run.progress.cpu_seconds = NAN; /* quick 1 */
    groups.items[2].runs[0].run.progress.cpu_seconds = NAN; /* the one of worse */
    made_up_check(pareto_load(&pareto, store, &groups, &error), &error);
    assert_int_equal(pareto.count, 4);
    assert_int_equal(pareto.variants[0].n, 1);
    assert_true(fabs(pareto.variants[0].x.mean - 5) < 1e-9);
    assert_true(fabs(pareto.variants[1].x.mean - 10) < 1e-9 && pareto.variants[1].n == 3);
    release(&pareto);
    assert_true(plot_kind_has_x(PLOT_PARETO, PLOT_CPU_SECONDS));
    assert_false(plot_kind_has_x(PLOT_CURVES, PLOT_CPU_SECONDS));
    assert_int_equal(plot_kind_usual_x(PLOT_PARETO), PLOT_SECONDS);
    if (!gnuplot_is_there)
        skip();
    static const char *const accuracy[] = {"test.accuracy"};
    struct text script = {0};
    struct plot_request request = {
        .kind = PLOT_PARETO, .x = PLOT_CPU_SECONDS, .metrics = accuracy, .metric_count = 1};
    made_up_check(draw("front", request, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "set xlabel 'processor time (s)'"));
    text_release(&script);
}

/* Ten variants have more names than there are shapes. */
static void many_points_have_numbers(void **state)
{
    (void)state;
    if (!gnuplot_is_there)
        skip();
    static const char *const accuracy[] = {"test.accuracy"};
    struct error error = {0};
    struct text script = {0};
    struct plot_request request = {
        .kind = PLOT_PARETO, .x = PLOT_SECONDS, .metrics = accuracy, .metric_count = 1};
    made_up_check(draw("many", request, PICTURE_SVG, &script, &error), &error);
    assert_non_null(strstr(text_get(&script), "set label '14' at graph"));
    assert_non_null(strstr(text_get(&script), "title '14  variant 13'"));
    made_up_check(draw("many", request, PICTURE_ASCII, &script, &error), &error);
    assert_null(strstr(text_get(&script), "set label '14'"));
    made_up_check(draw("front", request, PICTURE_SVG, &script, &error), &error);
    assert_null(strstr(text_get(&script), "set label '1'"));
    text_release(&script);
}

static int fill(void **state)
{
    (void)state;
    if (plot_fixture_begin() != 0)
        return -1;
    made_up_experiment(store, "front", runs, sizeof runs / sizeof runs[0]);
    /* Seeds that are far apart, means that are near to each other on the way from 0 to 100 %. */
    static const struct made_up ends[] = {
        {"worst", 1, 0.01, 500, 50, RUN_DONE},  {"worst", 2, 0.30, 500, 50, RUN_DONE},
        {"worst", 3, 0.02, 500, 50, RUN_DONE},  {"best", 1, 0.99, 1000, 50, RUN_DONE},
        {"best", 2, 0.70, 1000, 50, RUN_DONE},  {"best", 3, 0.98, 1000, 50, RUN_DONE},
        {"middle", 1, 0.01, 800, 50, RUN_DONE}, {"middle", 2, 0.99, 800, 50, RUN_DONE},
        {"middle", 3, 0.50, 800, 50, RUN_DONE}};
    made_up_experiment(store, "ends", ends, 9);
    static struct made_up many[14];
    static char names[14][16];
    for (int i = 0; i < 14; i++) {
        snprintf(names[i], sizeof names[i], "variant %d", i);
        many[i] = (struct made_up){names[i], 1, 0.9 + 0.005 * i, 1000 + 50 * i, 50, RUN_DONE};
    }
    made_up_experiment(store, "many", many, 14);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_goes_from_the_quickest_to_the_best),
        cmocka_unit_test(what_is_beaten_in_one_and_not_better_in_the_other_is_off_the_front),
        cmocka_unit_test(intervals_are_of_the_seeds_that_there_are),
        cmocka_unit_test(shares_and_their_bars_stay_between_0_and_100),
        cmocka_unit_test(bars_that_go_on_outside_have_arrows),
        cmocka_unit_test(the_x_axis_may_be_processor_time),
        cmocka_unit_test(many_points_have_numbers),
        cmocka_unit_test(axes_are_logarithmic_over_a_decade_and_end_at_100_percent),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
