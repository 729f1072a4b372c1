/* Reported figures beside ours. Reference: mean +- scipy.stats.t.ppf(0.975, n - 1) * s *
 * sqrt(1 + 1/n). */
#include "compare/groups_load.h"
#include "compare/reported.h"
#include "store/metric_rules.h"
#include "unit/figure_groups.h"
#include "unit/store_folder.h"

static char accuracy[] = "test.accuracy", lstm[] = "lstm", none[] = "none";

static void add(struct groups *groups, char *variant, int64_t step, double value)
{
    const struct reported_figure figure = {memory_copy_text(accuracy), memory_copy_text(variant),
                                           step, value, 0};
    questions_add_reported(&groups->questions, &figure);
}

static void the_interval_is_of_one_run(void **state)
{
    (void)state;
    struct groups groups = {0};
    struct reported_answers answers;
    struct error error = {0};
    figure_groups_add(&groups, lstm, accuracy,
                      (double[]){0.9861, 0.9874, 0.9868, 0.9879, 0.9865, NAN}, 6);
    add(&groups, lstm, REPORTED_AT_END, 0.9891);
    add(&groups, lstm, REPORTED_AT_END, 0.9892);
    add(&groups, lstm, REPORTED_AT_END, 0.9847);
    add(&groups, none, REPORTED_AT_END, 0.9847);
    assert_int_equal(reported_answer(&answers, NULL, &groups, &error), 0);
    assert_int_equal(answers.count, 4);
    assert_float_equal(answers.items[0].low, 0.9847615961455478, 1e-13);
    assert_float_equal(answers.items[0].high, 0.9891184038544523, 1e-13);
    assert_int_equal(answers.items[0].ours.n, 5);
    assert_int_equal(answers.items[0].verdict, REPORTED_WITHIN);
    assert_int_equal(answers.items[1].verdict, REPORTED_OUTSIDE);
    assert_int_equal(answers.items[2].verdict, REPORTED_OUTSIDE);
    assert_int_equal(answers.items[3].verdict, REPORTED_UNKNOWN);
    assert_false(answers.items[3].has_variant);
    assert_true(answers.within == 1 && answers.outside == 2);
    assert_true(isnan(reported_half_width(1, 1)));
    reported_answers_release(&answers);
    groups_release(&groups);
}

/* No accuracy is below 0 or above 1. A loss has no such ends. */
static void the_interval_of_a_share_ends_at_its_ends(void **state)
{
    (void)state;
    struct groups groups = {0};
    struct reported_answers answers;
    struct error error = {0};
    figure_groups_add(&groups, lstm, accuracy, (double[]){0.1, 0.5, 0.9}, 3);
    add(&groups, lstm, REPORTED_AT_END, 0.5);
    assert_int_equal(reported_answer(&answers, NULL, &groups, &error), 0);
    assert_true(answers.items[0].low == 0 && answers.items[0].high == 1);
    reported_answers_release(&answers);
    groups_release(&groups);
    assert_true(metric_is_share("train.accuracy") && metric_is_share("validation.accuracy"));
    assert_false(metric_is_share("gap.accuracy") || metric_is_share("test.loss"));
}

/* What a rounded figure may have been has to meet the interval, whose ends are those above. */
static void a_figure_may_be_imprecise(void **state)
{
    (void)state;
    static const struct {
        double value, within;
        enum reported_verdict verdict;
    } rows[] = {{0.9892, 0.00008, REPORTED_OUTSIDE}, {0.9892, 0.00009, REPORTED_WITHIN},
                {0.98, 0.0047, REPORTED_OUTSIDE},    {0.98, 0.005, REPORTED_WITHIN},
                {0.98, 0.1, REPORTED_WITHIN},        {0.987, 0.0001, REPORTED_WITHIN}};
    enum { ROWS = sizeof rows / sizeof rows[0] };
    struct groups groups = {0};
    struct reported_answers answers;
    struct error error = {0};
    figure_groups_add(&groups, lstm, accuracy,
                      (double[]){0.9861, 0.9874, 0.9868, 0.9879, 0.9865, NAN}, 6);
    for (size_t i = 0; i < ROWS; i++) {
        add(&groups, lstm, REPORTED_AT_END, rows[i].value);
        groups.questions.reported[i].within = rows[i].within;
    }
    assert_int_equal(reported_answer(&answers, NULL, &groups, &error), 0);
    for (size_t i = 0; i < ROWS; i++)
        assert_int_equal(answers.items[i].verdict, rows[i].verdict);
    reported_answers_release(&answers);
    groups_release(&groups);
}

/* At the very step, or not at all. */
static void steps_are_exact(void **state)
{
    (void)state;
    static const struct made_up runs[] = {{"lstm", 1, 0.9, 1000, 100, RUN_DONE},
                                          {"lstm", 2, 0.9, 1000, 100, RUN_DONE},
                                          {"lstm", 3, 0.9, 1000, 100, RUN_INTERRUPTED}};
    char folder[64];
    struct groups groups;
    struct reported_answers answers;
    struct error error = {0};
    const char *name = "cells";
    struct store *store = store_folder_make(folder);
    made_up_experiment(store, name, runs, 3);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    assert_int_equal(reported_answer(&answers, store, &groups, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    add(&groups, lstm, 300, 0.5);
    add(&groups, lstm, 350, 0.5);
    add(&groups, lstm, 50, 0.5);
    add(&groups, lstm, 800, 0.5);
    made_up_check(reported_answer(&answers, store, &groups, &error), &error);
    assert_int_equal(answers.items[0].ours.n, 3); /* the one that goes on counts as far as it is */
    assert_int_equal(answers.items[1].ours.n, 0);
    assert_int_equal(answers.items[1].before, 300);
    assert_int_equal(answers.items[1].after, 400);
    assert_int_equal(answers.items[1].verdict, REPORTED_UNKNOWN);
    assert_int_equal(answers.items[2].before, 0);
    assert_int_equal(answers.items[2].after, 100);
    assert_int_equal(answers.items[3].ours.n, 2);
    reported_answers_release(&answers);
    groups_release(&groups);
    assert_int_equal(store_folder_remove(store, folder), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_interval_is_of_one_run),
        cmocka_unit_test(the_interval_of_a_share_ends_at_its_ends),
        cmocka_unit_test(a_figure_may_be_imprecise),
        cmocka_unit_test(steps_are_exact),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
