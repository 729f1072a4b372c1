#include "unit/compared_cells.h"

#include "store/prediction_rows.h"

static void metrics_have_directions(void **state)
{
    (void)state;
    assert_int_equal(comparison_direction("test.accuracy"), HIGHER_IS_BETTER);
    assert_int_equal(comparison_direction("examples_per_second"), HIGHER_IS_BETTER);
    assert_int_equal(comparison_direction("validation.loss"), LOWER_IS_BETTER);
    assert_int_equal(comparison_direction("gap.accuracy"), LOWER_IS_BETTER);
    assert_int_equal(comparison_direction("seconds"), LOWER_IS_BETTER);
    assert_int_equal(comparison_direction("parameters"), NEITHER_IS_BETTER);
    assert_int_equal(comparison_direction("train.gradient_norm"), NEITHER_IS_BETTER);
}

static void seeds_are_paired(void **state)
{
    (void)state;
    static const double lstm[] = {0.90, 0.91, 0.92, 0.93, 0.94};
    static const double gru[] = {0.951, 0.962, 0.970, 0.981, 0.992};
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    const struct contrast *contrast = against_lstm(&comparison, GRU);
    struct test_result expected = test_paired_t(gru, lstm, 5);
    assert_int_equal(contrast->test.kind, TEST_PAIRED_T);
    assert_int_equal(contrast->test.n, 5);
    assert_int_equal(contrast->left_out, 0);
    assert_true(fabs(contrast->test.p / expected.p - 1) < 1e-6);
    assert_true(fabs(contrast->test.difference - 0.0512) < 1e-12);
    assert_int_equal(contrast->verdict, VERDICT_BETTER);
    assert_int_equal(against_lstm(&comparison, RNN)->verdict, VERDICT_WORSE);
    assert_int_equal(comparison.summaries[GRU].n, 5);
    assert_true(fabs(comparison.summaries[LSTM].mean - 0.92) < 1e-12);
    comparison_release(&comparison);
}

static void the_family_is_corrected(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    double p[GROUPS], adjusted[GROUPS];
    size_t count = comparison.contrast_count, family = 0;
    assert_int_equal(count, GROUPS - 1);
    for (size_t i = 0; i < count; i++) {
        p[i] = comparison.contrasts[i].test.p;
        family += !isnan(p[i]);
    }
    assert_int_equal(comparison.family, family);
    assert_int_equal(family, 5); /* not steady, single, none */
    test_holm(p, count, adjusted);
    for (size_t i = 0; i < count; i++)
        assert_true(isnan(adjusted[i]) ? isnan(comparison.contrasts[i].adjusted)
                                       : comparison.contrasts[i].adjusted == adjusted[i]);
    comparison_release(&comparison);
}

static void what_cannot_be_tested_says_why(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    const struct contrast *steady = against_lstm(&comparison, STEADY);
    assert_int_equal(steady->test.obstacle, TEST_NO_SPREAD);
    assert_int_equal(steady->verdict, VERDICT_UNTESTED);
    assert_true(isnan(steady->adjusted) && isnan(steady->seeds));
    expect_sentence(&comparison, steady,
                    "steady against lstm: test.accuracy +0.0100; not tested: "
                    "the difference is the same on all 5 seeds");
    const struct contrast *single = against_lstm(&comparison, SINGLE);
    assert_int_equal(single->verdict, VERDICT_UNTESTED);
    expect_sentence(&comparison, single, "+0.0500; not tested: 1 and 5 runs are too few");
    const struct contrast *none = against_lstm(&comparison, NONE);
    assert_int_equal(none->verdict, VERDICT_UNTESTED);
    assert_true(isnan(none->test.difference));
    expect_sentence(&comparison, none,
                    "none against lstm: test.accuracy; nothing to compare yet: "
                    "no run of none has this figure.");
    comparison_release(&comparison);
}

static void a_baseline_without_figures_decides_nothing(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "none"});
    assert_int_equal(comparison.baseline, NONE);
    assert_int_equal(comparison.family, 0);
    for (size_t i = 0; i < comparison.contrast_count; i++) {
        assert_int_equal(comparison.contrasts[i].verdict, VERDICT_UNTESTED);
        expect_sentence(&comparison, &comparison.contrasts[i], "no run of none has this figure");
    }
    comparison_release(&comparison);
}

/* Other seeds: two samples. Seeds of which some are missing: the rest pairs. */
static void what_does_not_pair(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    const struct contrast *other = against_lstm(&comparison, OTHER);
    assert_int_equal(other->test.kind, TEST_WELCH_T);
    assert_int_equal(other->test.n, 3);
    assert_int_equal(other->test.n_b, 5);
    assert_int_equal(other->left_out, 0);
    expect_sentence(&comparison, other, "Welch's t over 3 and 5 runs that do not pair");
    const struct contrast *partly = against_lstm(&comparison, PARTLY);
    assert_int_equal(comparison.summaries[PARTLY].n, 3);
    assert_int_equal(comparison.summaries[PARTLY].missing, 2);
    assert_int_equal(partly->test.kind, TEST_WELCH_T); /* two of the five pair */
    comparison_release(&comparison);
    groups.items[LSTM].run_count = 3; /* two of three */
    comparison = make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    groups.items[LSTM].run_count = 5;
    partly = against_lstm(&comparison, PARTLY);
    assert_int_equal(partly->test.kind, TEST_PAIRED_T);
    assert_int_equal(partly->test.n, 2);
    assert_int_equal(partly->left_out, 2);
    assert_true(fabs(partly->test.difference - 0.015) < 1e-12);
    expect_sentence(&comparison, partly,
                    "over 2 seeds (2 runs without a counterpart left out), p ");
    comparison_release(&comparison);
}

static void all_pairs(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .pairs = true});
    assert_int_equal(comparison.contrast_count, GROUPS * (GROUPS - 1) / 2);
    assert_int_equal(comparison.baseline, GROUPS);
    size_t at = 0;
    for (size_t b = 0; b < GROUPS; b++)
        for (size_t a = b + 1; a < GROUPS; a++, at++) {
            assert_int_equal(comparison.contrasts[at].a, a);
            assert_int_equal(comparison.contrasts[at].b, b);
        }
    comparison_release(&comparison);
}

static void the_best_and_its_ties(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    assert_int_equal(comparison.best, GRU);
    assert_false(comparison.ties[GRU]);
    assert_false(comparison.ties[RNN]);
    assert_false(comparison.ties[SINGLE]); /* not tested, so nothing is said */
    assert_true(comparison.untested[SINGLE]);
    assert_false(comparison.untested[NONE] || comparison.untested[GRU] || comparison.untested[RNN]);
    assert_true(comparison_is_best(&comparison, GRU) && !comparison_is_best(&comparison, SINGLE));
    assert_true(comparison.tie_tests[TEST_PAIRED_T] && comparison.tie_tests[TEST_WELCH_T]);
    assert_false(comparison.tie_tests[TEST_MCNEMAR]);
    comparison_release(&comparison);
    comparison = make(&(struct comparison_request){.metric = "test.accuracy",
                                                   .baseline = "gru",
                                                   .without_contrasts = true,
                                                   .without_ties = true});
    assert_int_equal(comparison.best, GRU);
    assert_int_equal(comparison.contrast_count, 0);
    assert_false(comparison.ties[PARTLY]);
    comparison_release(&comparison);
    comparison = make(&(struct comparison_request){.metric = "test.loss", .baseline = "gru"});
    assert_int_equal(comparison.best, GRU); /* the lowest */
    comparison_release(&comparison);
}

static void figures_of_the_machine_get_no_verdict(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "parameters", .baseline = "lstm"});
    const struct contrast *gru = against_lstm(&comparison, GRU);
    assert_true(isnan(gru->test.p) && isnan(gru->test.low) && isnan(gru->adjusted));
    assert_int_equal(gru->verdict, VERDICT_UNTESTED);
    assert_int_equal(comparison.family, 0);
    assert_int_equal(comparison.best, GROUPS);
    expect_sentence(&comparison, gru, "no verdict: it is a count");
    comparison_release(&comparison);
    comparison = make(&(struct comparison_request){.metric = "seconds", .baseline = "lstm"});
    assert_true(isnan(comparison.contrasts[0].test.p));
    assert_int_equal(comparison.contrasts[0].verdict, VERDICT_UNTESTED);
    expect_sentence(&comparison, &comparison.contrasts[0], "it depends on the machine");
    comparison_release(&comparison);
}

static void an_unknown_baseline_is_told(void **state)
{
    (void)state;
    struct comparison comparison;
    const struct comparison_request request = {.metric = "test.accuracy", .baseline = "lst"};
    error = (struct error){0};
    assert_int_equal(comparison_make(&comparison, store, &groups, &request, &error), -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_non_null(strstr(error.text, "there are lstm, gru, rnn"));
    assert_null(comparison.summaries);
}

/* Run ID gets answers to examples of which the first has FIRST_LABEL, right ones for the first
 * RIGHT of COUNT examples. */
static void answer(const char *id, int64_t count, int64_t right, int32_t first_label)
{
    struct database *database = store_database(store);
    struct statement statement;
    int32_t labels[200], answers[200];
    float probabilities[200] = {0};
    for (int64_t i = 0; i < count; i++) {
        labels[i] = (int32_t)((i + first_label) % 10);
        answers[i] = i < right ? labels[i] : (labels[i] + 1) % 10;
    }
    made_up_check(
        statement_prepare(&statement, database, "SELECT number FROM runs WHERE id = ?1", &error),
        &error);
    bind_text(&statement, 1, id);
    assert_int_equal(statement_step(&statement, &error), 1);
    int64_t number = column_integer(&statement, 0);
    statement_release(&statement);
    const struct predictions predictions = {"test", count, labels, answers, probabilities};
    made_up_check(predictions_write(database, number, &predictions, &error), &error);
}

static void single_runs_are_compared_by_their_answers(void **state)
{
    (void)state;
    static const struct made_up pair[] = {TRIAL("left", 1, 0.9), TRIAL("right", 1, 0.7),
                                          TRIAL("apart", 1, 0.5), TRIAL("silent", 1, 0.4)};
    made_up_experiment(store, "pair", pair, 4);
    const char *name = "pair";
    struct groups kept = groups;
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    answer(groups.items[0].runs[0].run.id, 200, 180, 0);
    answer(groups.items[1].runs[0].run.id, 200, 140, 0);
    answer(groups.items[2].runs[0].run.id, 150, 100, 0);
    answer(groups.items[3].runs[0].run.id, 200, 100, 1);
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "left"});
    const struct test_result *test = &comparison.contrasts[0].test;
    assert_int_equal(test->kind, TEST_MCNEMAR);
    assert_int_equal(test->n, 200);
    assert_true(fabs(test->difference + 0.2) < 1e-12);
    assert_int_equal(comparison.contrasts[0].verdict, VERDICT_WORSE);
    assert_true(isnan(comparison.contrasts[0].seeds));
    expect_sentence(&comparison, &comparison.contrasts[0],
                    "McNemar's exact test on 200 test examples (0 that right alone has right, "
                    "40 that left alone has), p < 0.0001. ");
    expect_sentence(&comparison, &comparison.contrasts[0],
                    "about these two trained models, not about the architectures");
    for (int i = 1; i < 3; i++) { /* on fewer examples; on others */
        assert_int_equal(comparison.contrasts[i].verdict, VERDICT_UNTESTED);
        expect_sentence(&comparison, &comparison.contrasts[i], "1 and 1 runs are too few");
    }
    assert_int_equal(comparison.family, 1);
    comparison_release(&comparison);
    /* The answers are those of the end. */
    comparison = make(&(struct comparison_request){
        .metric = "test.accuracy", .moment = {.kind = MOMENT_STEP, .at = 50}, .baseline = "left"});
    assert_int_equal(comparison.contrasts[0].verdict, VERDICT_UNTESTED);
    comparison_release(&comparison);
    groups_release(&groups);
    groups = kept;
}

/* No difference of the means is none, whatever the ranks say. */
static void no_difference_is_undecided(void **state)
{
    (void)state;
    struct made_up runs[30];
    for (int i = 0; i < 15; i++) {
        runs[i] = (struct made_up)TRIAL("flat", i + 1, 0.5);
        runs[15 + i] = (struct made_up)TRIAL("skew", i + 1, i < 14 ? 0.51 : 0.36);
    }
    struct groups kept = groups;
    struct comparison comparison = compare_new("skewed", runs, 30, 1);
    assert_true(comparison.contrasts[0].test.p < COMPARISON_LEVEL);
    assert_true(comparison.contrasts[0].test.difference == 0);
    assert_true(comparison_is_best(&comparison, 0) && comparison_is_best(&comparison, 1));
    assert_int_equal(comparison.contrasts[0].verdict, VERDICT_UNDECIDED);
    release_new(&comparison, &kept);
}

/* Two runs with one seed in a group cannot be told apart: the others pair without them. */
static void repeated_seeds_do_not_pair(void **state)
{
    (void)state;
    struct group *gru = &groups.items[GRU];
    char *kept = gru->runs[1].pair;
    gru->runs[1].pair = gru->runs[0].pair;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    gru->runs[1].pair = kept;
    assert_int_equal(against_lstm(&comparison, GRU)->test.n, 3);
    assert_int_equal(against_lstm(&comparison, GRU)->left_out, 4);
    comparison_release(&comparison);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_have_directions),
        cmocka_unit_test(seeds_are_paired),
        cmocka_unit_test(the_family_is_corrected),
        cmocka_unit_test(what_cannot_be_tested_says_why),
        cmocka_unit_test(a_baseline_without_figures_decides_nothing),
        cmocka_unit_test(what_does_not_pair),
        cmocka_unit_test(all_pairs),
        cmocka_unit_test(the_best_and_its_ties),
        cmocka_unit_test(figures_of_the_machine_get_no_verdict),
        cmocka_unit_test(an_unknown_baseline_is_told),
        cmocka_unit_test(single_runs_are_compared_by_their_answers),
        cmocka_unit_test(no_difference_is_undecided),
        cmocka_unit_test(repeated_seeds_do_not_pair),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
