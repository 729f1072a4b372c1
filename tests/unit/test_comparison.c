#include "compare/comparison.h"
#include "made_up_store.h"

#include "base/file.h"
#include "base/memory.h"
#include "store/prediction_rows.h"

#include <string.h>

static char folder[] = "/tmp/unroll-comparison-XXXXXX";
static struct store *store;

/* What a made-up run with SEED ends with when its final accuracy shall be VALUE. */
#define LEVEL(seed, value) ((value)-0.0005 * ((seed) % 10))
#define TRIAL(name, seed, value)                                                                   \
    {                                                                                              \
        name, seed, LEVEL(seed, value), 100, 10, RUN_DONE                                          \
    }
#define ABSENT(name, seed)                                                                         \
    {                                                                                              \
        name, -(seed), 0, 100, 10, RUN_DONE                                                        \
    }

/* Against lstm: gru is better, rnn worse, twin nearly the same, steady always better by the same
 * amount; single has one seed, other none in common, partly one that is NaN and one not begun. */
static const struct made_up cells[] = {
    TRIAL("lstm", 1, 0.90),   TRIAL("lstm", 2, 0.91),   TRIAL("lstm", 3, 0.92),
    TRIAL("lstm", 4, 0.93),   TRIAL("lstm", 5, 0.94),   TRIAL("gru", 1, 0.951),
    TRIAL("gru", 2, 0.962),   TRIAL("gru", 3, 0.970),   TRIAL("gru", 4, 0.981),
    TRIAL("gru", 5, 0.992),   TRIAL("rnn", 1, 0.50),    TRIAL("rnn", 2, 0.52),
    TRIAL("rnn", 3, 0.51),    TRIAL("rnn", 4, 0.53),    TRIAL("rnn", 5, 0.55),
    TRIAL("twin", 1, 0.902),  TRIAL("twin", 2, 0.909),  TRIAL("twin", 3, 0.923),
    TRIAL("twin", 4, 0.929),  TRIAL("twin", 5, 0.9402), TRIAL("steady", 1, 0.91),
    TRIAL("steady", 2, 0.92), TRIAL("steady", 3, 0.93), TRIAL("steady", 4, 0.94),
    TRIAL("steady", 5, 0.95), TRIAL("single", 1, 0.97), TRIAL("other", 6, 0.90),
    TRIAL("other", 7, 0.93),  TRIAL("other", 8, 0.95),  TRIAL("partly", 1, 0.91),
    TRIAL("partly", 2, 0.93), TRIAL("partly", 3, NAN),  ABSENT("partly", 4),
    TRIAL("partly", 9, 0.92), ABSENT("none", 1),
};
enum { LSTM, GRU, RNN, TWIN, STEADY, SINGLE, OTHER, PARTLY, NONE, GROUPS };

static struct groups groups;
static struct error error;

static struct comparison make(const struct comparison_request *request)
{
    struct comparison comparison;
    error = (struct error){0};
    made_up_check(comparison_make(&comparison, store, &groups, request, &error), &error);
    return comparison;
}

/* The contrast of group A, against the baseline (group 0). */
static const struct contrast *against_lstm(const struct comparison *comparison, size_t a)
{
    const struct contrast *contrast = &comparison->contrasts[a - 1];
    assert_int_equal(contrast->a, a);
    assert_int_equal(contrast->b, LSTM);
    return contrast;
}

static void expect_sentence(const struct comparison *comparison, const struct contrast *contrast,
                            const char *part)
{
    struct text text = {0};
    comparison_add_sentence(&text, comparison, &groups, contrast);
    if (!strstr(text_get(&text), part))
        fail_msg("expected '%s' in: %s", part, text_get(&text));
    text_release(&text);
}

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

static void undecided_says_how_many_seeds(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    const struct contrast *twin = against_lstm(&comparison, TWIN);
    assert_int_equal(twin->verdict, VERDICT_UNDECIDED);
    assert_true(twin->seeds > 5);
    assert_true(twin->seeds ==
                test_seeds_needed(TEST_PAIRED_T, test_planning_effect(&twin->test), 0.05 / 5));
    expect_sentence(&comparison, twin,
                    "twin against lstm is undecided: test.accuracy +0.0006 (95 % "
                    "interval −0.0016 to 0.0029), paired t over 5 seeds, p ");
    expect_sentence(&comparison, twin,
                    " seeds to see a difference of this size (power 80 %, level "
                    "5 % / 5).");
    expect_sentence(&comparison, against_lstm(&comparison, GRU),
                    "gru is better than lstm: test.accuracy +0.0512");
    expect_sentence(&comparison, against_lstm(&comparison, RNN), "rnn is worse than lstm");
    expect_sentence(&comparison, against_lstm(&comparison, GRU),
                    "after Holm's correction over 5 comparisons, d_z ");
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

static void exact_tests_say_what_they_cannot(void **state)
{
    (void)state;
    struct comparison comparison = make(
        &(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm", .test = 2});
    const struct contrast *steady = against_lstm(&comparison, STEADY);
    assert_int_equal(steady->test.kind, TEST_PERMUTATION);
    assert_true(steady->test.p == 0.0625);
    assert_int_equal(steady->verdict, VERDICT_UNDECIDED);
    expect_sentence(
        &comparison, steady,
        "; with 5 seeds this test cannot give a p below 0.0625, which is 0.375 after the "
        "correction; at least 8 are needed for any p below 0.05.");
    const struct contrast *twin = against_lstm(&comparison, TWIN);
    assert_int_equal(comparison.family, 6);
    assert_in_range(twin->multiplier, 1, 3); /* what Holm multiplies its p with */
    assert_int_equal(steady->multiplier, 6);
    char *expected = text_format("with 5 seeds this test cannot give a p below 0.0625%s; at least "
                                 "%d are needed for any p below 0.05, and about %.0f to see a "
                                 "difference of this size (power 80 %%, level 5 %% / 6).",
                                 twin->multiplier == 1   ? ""
                                 : twin->multiplier == 2 ? ", which is 0.125 after the correction"
                                                         : ", which is 0.188 after the correction",
                                 twin->multiplier == 1 ? 6 : 7, twin->seeds);
    expect_sentence(&comparison, twin, expected);
    memory_free(expected);
    comparison_release(&comparison);
    comparison = make(
        &(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm", .test = 1});
    assert_int_equal(against_lstm(&comparison, GRU)->test.kind, TEST_WILCOXON);
    comparison_release(&comparison);
}

static void those_undecided_share_a_sentence(void **state)
{
    (void)state;
    const size_t places[] = {GRU - 1, TWIN - 1, STEADY - 1, OTHER - 1};
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    struct text text = {0};
    comparison_add_undecided(&text, &comparison, &groups, places, 4);
    char *expected = text_format("2 are undecided (behind each about how many seeds would tell: "
                                 "power 80 %%, level 5 %% / 5): twin (%.0f), other (%.0f).",
                                 against_lstm(&comparison, TWIN)->seeds,
                                 against_lstm(&comparison, OTHER)->seeds);
    assert_string_equal(text_get(&text), expected);
    text_clear(&text);
    comparison_add_undecided(&text, &comparison, &groups, places, 1);
    assert_string_equal(text_get(&text), "");
    memory_free(expected);
    text_release(&text);
    comparison_release(&comparison);

    comparison = make(&(struct comparison_request){.metric = "test.accuracy", .pairs = true});
    comparison_add_undecided(&text, &comparison, &groups, &places[1], 1);
    assert_non_null(strstr(text_get(&text), "twin against lstm ("));
    text_release(&text);
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

static void moments_are_said(void **state)
{
    (void)state;
    struct comparison comparison = make(&(struct comparison_request){
        .metric = "test.accuracy", .moment = {.kind = MOMENT_STEP, .at = 50}, .baseline = "lstm"});
    expect_sentence(&comparison, against_lstm(&comparison, GRU), "test.accuracy at step 50 ");
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

static void p_stays_on_its_side_of_the_level(void **state)
{
    (void)state;
    static const struct {
        double p;
        const char *expected;
    } cases[] = {{1, "1.00"},           {0.312, "0.31"},      {0.0421, "0.042"}, {0.0042, "0.0042"},
                 {0.00004, "< 0.0001"}, {0.04999, "0.04999"}, {0.0501, "0.05"},  {0.05, "0.05"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text text = {0};
        comparison_add_p(&text, cases[i].p);
        assert_string_equal(text_get(&text), cases[i].expected);
        text_release(&text);
    }
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
                    "McNemar's exact test on 200 test examples (0 that the first alone has right, "
                    "40 the second), p < 0.0001. ");
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

/* The comparison of the experiment NAME of COUNT runs, against its first group; GROUPS become its
 * groups. */
static struct comparison compare_new(const char *name, const struct made_up *runs, size_t count,
                                     int test)
{
    made_up_experiment(store, name, runs, count);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    return make(&(struct comparison_request){
        .metric = "test.accuracy", .baseline = groups.items[0].name, .test = test});
}

static void expect_no(const struct comparison *comparison, const struct contrast *contrast,
                      const char *part)
{
    struct text text = {0};
    comparison_add_sentence(&text, comparison, &groups, contrast);
    if (strstr(text_get(&text), part))
        fail_msg("not expected '%s' in: %s", part, text_get(&text));
    text_release(&text);
}

static void release_new(struct comparison *comparison, struct groups *kept)
{
    comparison_release(comparison);
    groups_release(&groups);
    groups = *kept;
}

#define DIVERGED(name, seed)                                                                       \
    {                                                                                              \
        name, seed, 0.9, 100, 10, RUN_DIVERGED                                                     \
    }

static void runs_that_diverged_are_named(void **state)
{
    (void)state;
    static const struct made_up runs[] = {TRIAL("whole", 1, 0.90),  TRIAL("whole", 2, 0.91),
                                          TRIAL("whole", 3, 0.925), DIVERGED("torn", 1),
                                          TRIAL("torn", 2, 0.95),   TRIAL("torn", 3, 0.96),
                                          DIVERGED("torn", 4),      DIVERGED("torn", 5)};
    struct groups kept = groups;
    struct comparison comparison = compare_new("losses", runs, 8, 0);
    expect_sentence(&comparison, &comparison.contrasts[0],
                    ". 3 of 5 runs of torn diverged, and are not in this.");
    expect_no(&comparison, &comparison.contrasts[0], "runs of whole");
    const size_t place = 0;
    struct text text = {0};
    comparison.contrasts[0].verdict = VERDICT_UNDECIDED;
    comparison_add_undecided(&text, &comparison, &groups, &place, 1);
    assert_non_null(strstr(text_get(&text), " 3 of 5 runs of torn diverged, and are not in this."));
    text_release(&text);
    comparison.losses[1].failed = 1;
    expect_sentence(&comparison, &comparison.contrasts[0],
                    "4 of 5 runs of torn did not end (3 diverged, 1 failed), and are not in this.");
    release_new(&comparison, &kept);
}

/* Six pairs give 0.03125 at best, which two comparisons make too large. */
static void the_correction_counts_for_exact_tests(void **state)
{
    (void)state;
    struct made_up runs[18];
    static const char *const names[] = {"six", "up", "high"};
    for (int i = 0; i < 18; i++)
        runs[i] = (struct made_up)TRIAL(names[i / 6], 1 + i % 6,
                                        0.9 + 0.01 * (i / 6) + 0.001 * (i % 6) * (i / 6));
    struct groups kept = groups;
    struct comparison comparison = compare_new("six", runs, 18, 2);
    assert_int_equal(comparison.contrasts[0].verdict, VERDICT_UNDECIDED);
    expect_sentence(&comparison, &comparison.contrasts[0],
                    "with 6 seeds this test cannot give a p below 0.0312, which is 0.0625 after "
                    "the correction; at least 7 are needed for any p below 0.05");
    const size_t place = 0;
    struct text text = {0};
    comparison_add_undecided(&text, &comparison, &groups, &place, 1);
    assert_non_null(strstr(text_get(&text), "up (7)"));
    text_clear(&text);
    comparison.contrasts[0].seeds = NAN;
    comparison_add_undecided(&text, &comparison, &groups, &place, 1);
    assert_non_null(strstr(text_get(&text), "up (at least 7)"));
    text_release(&text);
    release_new(&comparison, &kept);
}

static void seeds_without_a_difference_do_not_count(void **state)
{
    (void)state;
    struct made_up runs[24];
    for (int i = 0; i < 8; i++) {
        runs[i] = (struct made_up)TRIAL("eight", i + 1, 0.9);
        runs[8 + i] = (struct made_up)TRIAL("half", i + 1, i < 4 ? 0.91 : 0.9);
        runs[16 + i] = (struct made_up)TRIAL("copy", i + 1, 0.9);
    }
    struct groups kept = groups;
    struct comparison comparison = compare_new("eight", runs, 24, 1);
    assert_int_equal(comparison.contrasts[0].test.zeros, 4);
    expect_sentence(&comparison, &comparison.contrasts[0],
                    "only 4 of the 8 seeds differ, with which this test cannot give a p below "
                    "0.125, which is 0.25 after the correction; at least 7 that differ are needed "
                    "for any p below 0.05");
    expect_sentence(&comparison, &comparison.contrasts[1],
                    "; the two are the same on all 8 seeds.");
    const size_t places[] = {0, 1};
    struct text text = {0};
    comparison.contrasts[0].seeds = 9;
    comparison_add_undecided(&text, &comparison, &groups, places, 2);
    assert_non_null(strstr(text_get(&text), "half (14), copy.")); /* seven of fourteen differ */
    text_release(&text);
    release_new(&comparison, &kept);
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

/* Of unequal groups the smaller one is what has too few seeds. */
static void seeds_are_those_of_the_smaller_group(void **state)
{
    (void)state;
    struct made_up runs[12] = {TRIAL("two", 51, 0.80), TRIAL("two", 52, 0.90),
                               TRIAL("two", 53, 0.855)};
    for (int i = 0; i < 9; i++)
        runs[3 + i] = (struct made_up)TRIAL("nine", i + 1, 0.95 + 0.001 * (i % 3));
    struct groups kept = groups;
    struct comparison comparison = compare_new("nine", runs, 12, 0);
    struct contrast *contrast = &comparison.contrasts[0];
    assert_int_equal(contrast->verdict, VERDICT_UNDECIDED);
    assert_true(contrast->seeds <= 3);
    expect_no(&comparison, contrast, "it would take");
    contrast->seeds = 5; /* nine has them, two has not */
    expect_sentence(&comparison, contrast,
                    "it would take about 5 runs of each to see a difference of this size (a rough "
                    "guess from 9 and 3; power 80 %, level 5 %)");
    contrast->seeds = INFINITY;
    expect_sentence(&comparison, contrast, "it would take more than 10,000 runs of each");
    release_new(&comparison, &kept);
}

static void averages_are_said(void **state)
{
    (void)state;
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    struct contrast contrast = *against_lstm(&comparison, TWIN);
    contrast.is_by_seed = true;
    contrast.settings = 4;
    contrast.test.n = contrast.test.n_b = 2;
    expect_sentence(&comparison, &contrast, "paired t over 2 seeds, averaged over 4 settings, p ");
    expect_sentence(&comparison, &contrast, "(a rough guess from 2 seeds; power 80 %");
    contrast = *against_lstm(&comparison, OTHER);
    contrast.is_by_seed = contrast.are_other_things = true;
    expect_sentence(&comparison, &contrast, "Welch's t over 3 and 5 seeds that do not pair");
    expect_sentence(&comparison, &contrast, "The settings of the two have nothing in common");
    comparison_release(&comparison);
}

/* An end that is not zero shows on which side of it it lies. */
static void ends_show_their_sign(void **state)
{
    (void)state;
    assert_int_equal(comparison_digits(-0.0004, 3), 4);
    assert_int_equal(comparison_digits(-0.0006, 3), 3);
    assert_int_equal(comparison_digits(0, 3), 3);
    assert_int_equal(comparison_digits(NAN, 3), 3);
    assert_int_equal(comparison_digits(1e-30, 3), 3);
    struct comparison comparison =
        make(&(struct comparison_request){.metric = "test.accuracy", .baseline = "lstm"});
    struct contrast contrast = *against_lstm(&comparison, RNN);
    contrast.test.difference = -0.0282;
    contrast.test.low = -0.056;
    contrast.test.high = -0.0004;
    expect_sentence(&comparison, &contrast, "(95 % interval −0.0560 to −0.0004)");
    comparison_release(&comparison);
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

static int fill(void **state)
{
    (void)state;
    const char *name = "cells";
    if (!mkdtemp(folder))
        return -1;
    char *path = file_join(folder, "test.db");
    made_up_check(store_open(&store, path, STORE_WRITE, &error), &error);
    memory_free(path);
    made_up_experiment(store, "cells", cells, sizeof cells / sizeof cells[0]);
    made_up_check(groups_load(&groups, store, &name, 1, &error), &error);
    assert_int_equal(groups.count, GROUPS);
    return 0;
}

static int empty(void **state)
{
    (void)state;
    groups_release(&groups);
    store_close(store);
    char *command = text_format("rm -r '%s'", folder);
    int result = system(command);
    memory_free(command);
    return result;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(metrics_have_directions),
        cmocka_unit_test(seeds_are_paired),
        cmocka_unit_test(the_family_is_corrected),
        cmocka_unit_test(undecided_says_how_many_seeds),
        cmocka_unit_test(what_cannot_be_tested_says_why),
        cmocka_unit_test(a_baseline_without_figures_decides_nothing),
        cmocka_unit_test(what_does_not_pair),
        cmocka_unit_test(exact_tests_say_what_they_cannot),
        cmocka_unit_test(those_undecided_share_a_sentence),
        cmocka_unit_test(all_pairs),
        cmocka_unit_test(the_best_and_its_ties),
        cmocka_unit_test(figures_of_the_machine_get_no_verdict),
        cmocka_unit_test(moments_are_said),
        cmocka_unit_test(an_unknown_baseline_is_told),
        cmocka_unit_test(p_stays_on_its_side_of_the_level),
        cmocka_unit_test(single_runs_are_compared_by_their_answers),
        cmocka_unit_test(repeated_seeds_do_not_pair),
        cmocka_unit_test(runs_that_diverged_are_named),
        cmocka_unit_test(the_correction_counts_for_exact_tests),
        cmocka_unit_test(seeds_without_a_difference_do_not_count),
        cmocka_unit_test(no_difference_is_undecided),
        cmocka_unit_test(seeds_are_those_of_the_smaller_group),
        cmocka_unit_test(averages_are_said),
        cmocka_unit_test(ends_show_their_sign),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
