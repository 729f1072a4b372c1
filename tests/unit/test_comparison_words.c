/* What comparisons say in sentences. */
#include "unit/compared_cells.h"

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

static void moments_are_said(void **state)
{
    (void)state;
    struct comparison comparison = make(&(struct comparison_request){
        .metric = "test.accuracy", .moment = {.kind = MOMENT_STEP, .at = 50}, .baseline = "lstm"});
    expect_sentence(&comparison, against_lstm(&comparison, GRU), "test.accuracy at step 50 ");
    comparison_release(&comparison);
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

static void expect_no(const struct comparison *comparison, const struct contrast *contrast,
                      const char *part)
{
    struct text text = {0};
    comparison_add_sentence(&text, comparison, &groups, contrast);
    if (strstr(text_get(&text), part))
        fail_msg("not expected '%s' in: %s", part, text_get(&text));
    text_release(&text);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undecided_says_how_many_seeds),
        cmocka_unit_test(exact_tests_say_what_they_cannot),
        cmocka_unit_test(those_undecided_share_a_sentence),
        cmocka_unit_test(moments_are_said),
        cmocka_unit_test(p_stays_on_its_side_of_the_level),
        cmocka_unit_test(runs_that_diverged_are_named),
        cmocka_unit_test(the_correction_counts_for_exact_tests),
        cmocka_unit_test(seeds_without_a_difference_do_not_count),
        cmocka_unit_test(seeds_are_those_of_the_smaller_group),
        cmocka_unit_test(averages_are_said),
        cmocka_unit_test(ends_show_their_sign),
    };
    return cmocka_run_group_tests(tests, fill, empty);
}
