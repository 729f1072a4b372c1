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

static void load(struct pareto *pareto, const char *metric, bool lower_is_better)
{
    struct error error = {0};
    const char *name = "front";
    *pareto = (struct pareto){
        .x_metric = "seconds", .y_metric = metric, .lower_is_better = lower_is_better};
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    made_up_check(pareto_load(pareto, store, &groups, &error), &error);
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

static int fill(void **state)
{
    (void)state;
    if (plot_fixture_begin() != 0)
        return -1;
    made_up_experiment(store, "front", runs, sizeof runs / sizeof runs[0]);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_front_goes_from_the_quickest_to_the_best),
        cmocka_unit_test(what_is_beaten_in_one_and_not_better_in_the_other_is_off_the_front),
        cmocka_unit_test(intervals_are_of_the_seeds_that_there_are),
        cmocka_unit_test(axes_are_logarithmic_over_a_decade_and_end_at_100_percent),
    };
    return cmocka_run_group_tests(tests, fill, plot_fixture_end);
}
