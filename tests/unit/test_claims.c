/* What runs say of claims. Reference figures: scipy.stats (ttest_rel, t.ppf, nct). */
#include "compare/claims.h"
#include "unit/figure_groups.h"

static char accuracy[] = "test.accuracy", words[] = "As was said.";
static char lstm[] = "lstm", bilstm[] = "bilstm", gru[] = "gru", one[] = "one", two[] = "two";

static const double lstm_values[] = {0.9861, 0.9874, 0.9868, 0.9879, 0.9865};
static const double bilstm_values[] = {0.9901, 0.9908, 0.9899, 0.9912, 0.9903};
static const double gru_values[] = {0.9871, 0.9869, 0.9880, 0.9875, 0.9872};

static void fill(struct groups *groups, const char *metric)
{
    *groups = (struct groups){.baseline = memory_copy_text("lstm")};
    figure_groups_add(groups, "lstm", metric, lstm_values, 5);
    figure_groups_add(groups, "bilstm", metric, bilstm_values, 5);
    figure_groups_add(groups, "gru", metric, gru_values, 5);
    figure_groups_add(groups, "one", metric, (double[]){0.5}, 1);
    figure_groups_add(groups, "two", metric, (double[]){0.5, NAN}, 2);
}

/* The answer to one claim. The caller releases ANSWERS and GROUPS. */
static const struct claim_answer *answer(struct claim_answers *answers, struct groups *groups,
                                         const struct claim *claim, bool pairs)
{
    struct error error = {0};
    const struct comparison_request like = {.pairs = pairs};
    figure_groups_claim(groups, claim);
    if (claims_answer(answers, NULL, groups, &like, &error) != 0)
        fail_msg("%s", error.text);
    return &answers->items[answers->count - 1];
}

static void expect(const struct claim *claim, enum claim_verdict verdict, const char *said)
{
    struct groups groups;
    struct claim_answers answers;
    fill(&groups, claim->metric);
    const struct claim_answer *found = answer(&answers, &groups, claim, false);
    if (found->verdict != verdict || !strstr(found->sentence, said))
        fail_msg("%s above %g below %g: %s; %s", claim->variant, claim->least, claim->most,
                 found->verdict_words, found->sentence);
    claim_answers_release(&answers);
    groups_release(&groups);
}

static void claims_about_two(void **state)
{
    (void)state;
    static const struct {
        struct claim claim;
        enum claim_verdict verdict;
        const char *said;
    } rows[] = {
        {{words, bilstm, lstm, accuracy, 0, NAN}, CLAIM_HOLDS, "bilstm is better than lstm"},
        {{words, lstm, bilstm, accuracy, 0, NAN}, CLAIM_FAILS, "lstm is worse than bilstm"},
        {{words, gru, lstm, accuracy, 0, NAN}, CLAIM_UNDECIDED, "it would take about"},
        {{words, bilstm, lstm, accuracy, 0.003, NAN}, CLAIM_HOLDS, "does not reach."},
        {{words, bilstm, lstm, accuracy, 0.0035, NAN}, CLAIM_UNDECIDED, "lies within"},
        {{words, bilstm, lstm, accuracy, 0.004, NAN}, CLAIM_FAILS, "which the interval does not"},
        {{words, gru, lstm, accuracy, 0.002, NAN},
         CLAIM_FAILS,
         "gru against lstm: test.accuracy +"},
        {{words, bilstm, gru, accuracy, 0, NAN}, CLAIM_HOLDS, "bilstm is better than gru"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(&rows[i].claim, rows[i].verdict, rows[i].said);
}

/* Where less is better, the gain is what is lost. */
static void the_direction_is_the_metrics(void **state)
{
    (void)state;
    static char loss[] = "test.loss";
    expect(&(struct claim){words, lstm, bilstm, loss, 0.003, NAN}, CLAIM_HOLDS, "lstm is better");
    expect(&(struct claim){words, lstm, bilstm, loss, 0.005, NAN}, CLAIM_FAILS, "lstm is better");
    expect(&(struct claim){words, bilstm, lstm, loss, 0, NAN}, CLAIM_FAILS, "bilstm is worse");
}

static void claims_about_one(void **state)
{
    (void)state;
    static const char mean[] = "lstm: test.accuracy 0.98694";
    static const struct {
        struct claim claim;
        enum claim_verdict verdict;
        const char *said;
    } rows[] = {
        {{words, lstm, NULL, accuracy, 0.98, 0.99}, CLAIM_HOLDS, mean},
        {{words, lstm, NULL, accuracy, 0.986, NAN}, CLAIM_HOLDS, mean},
        {{words, lstm, NULL, accuracy, NAN, 0.988}, CLAIM_HOLDS, mean},
        {{words, lstm, NULL, accuracy, 0.987, NAN}, CLAIM_UNDECIDED, mean},
        {{words, lstm, NULL, accuracy, 0.98, 0.987}, CLAIM_UNDECIDED, "a part of the interval"},
        {{words, lstm, NULL, accuracy, 0.988, 0.99}, CLAIM_FAILS, "none of the interval"},
        {{words, lstm, NULL, accuracy, NAN, 0.986}, CLAIM_FAILS, mean},
        {{words, one, NULL, accuracy, 0.1, NAN}, CLAIM_UNDECIDED, "one seed has no interval"},
        {{words, two, NULL, accuracy, 0.1, NAN}, CLAIM_UNDECIDED, "1 of 2 runs of two diverged"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        expect(&rows[i].claim, rows[i].verdict, rows[i].said);
}

static void figures_are_those_of_scipy(void **state)
{
    (void)state;
    struct groups groups;
    struct claim_answers answers;
    fill(&groups, accuracy);
    figure_groups_add(&groups, "empty", accuracy, NULL, 0);
    const struct claim_answer *found =
        answer(&answers, &groups, &(struct claim){words, lstm, NULL, accuracy, 0.987, NAN}, false);
    assert_float_equal(found->low, 0.98605067035048, 1e-13);
    assert_float_equal(found->high, 0.9878293296495201, 1e-13);
    assert_true(found->seeds == 1330);
    assert_string_equal(found->verdict_words, "undecided at n = 5");
    claim_answers_release(&answers);
    /* The pair that the table has not, alone: no correction. */
    found = answer(&answers, &groups, &(struct claim){words, bilstm, gru, accuracy, 0, NAN}, false);
    assert_int_equal(answers.count, 2);
    assert_true(found->n == 5);
    assert_float_equal(found->p, 0.0008740572872371853, 1e-13);
    assert_float_equal(found->value, 0.00312, 1e-13);
    claim_answers_release(&answers);
    groups_release(&groups);
}

/* With `by` the sentence has the claim's own number of seeds, and no verdict but the claim's. */
static void a_claim_by_more_has_one_number(void **state)
{
    (void)state;
    static const struct {
        struct claim claim;
        enum claim_verdict verdict;
        double seeds;
        const char *said;
    } rows[] = {
        {{words, gru, lstm, accuracy, 0.001, NAN},
         CLAIM_UNDECIDED,
         19,
         "About 19 seeds would tell"},
        {{words, gru, lstm, accuracy, 0.0005, NAN}, CLAIM_UNDECIDED, 594, "About 594 seeds"},
        {{words, bilstm, lstm, accuracy, 0.0032, NAN}, CLAIM_UNDECIDED, 15, "About 15 seeds"},
        {{words, bilstm, lstm, accuracy, 0.0035, NAN}, CLAIM_UNDECIDED, 3194, "About 3194 seeds"},
        {{words, bilstm, lstm, accuracy, 0.0039, NAN}, CLAIM_UNDECIDED, 11, "About 11 seeds"},
        /* Of the two, what the test takes: at 5 % / 2. */
        {{words, gru, lstm, accuracy, 0.00001, NAN}, CLAIM_UNDECIDED, 48, "About 48 seeds"},
        {{words, gru, lstm, accuracy, 0.002, NAN}, CLAIM_FAILS, NAN, "does not reach."},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct groups groups;
        struct claim_answers answers;
        fill(&groups, accuracy);
        const struct claim_answer *found = answer(&answers, &groups, &rows[i].claim, false);
        assert_int_equal(found->verdict, rows[i].verdict);
        if (isnan(rows[i].seeds) ? !isnan(found->seeds) : found->seeds != rows[i].seeds)
            fail_msg("%g: %g seeds", rows[i].claim.least, found->seeds);
        if (!strstr(found->sentence, rows[i].said) || strstr(found->sentence, "undecided") ||
            strstr(found->sentence, "it would take"))
            fail_msg("%g: %s", rows[i].claim.least, found->sentence);
        claim_answers_release(&answers);
        groups_release(&groups);
    }
}

/* Ranks decide otherwise than the interval where the one loss is the largest: the seeds that there
 * are would do for the interval, so that no number is named. */
static void seeds_that_there_are_tell_nothing(void **state)
{
    (void)state;
    double a[10], b[10];
    struct error error = {0};
    struct claim_answers answers;
    struct groups groups = {.baseline = memory_copy_text("two")};
    const struct comparison_request like = {.test = 1}; /* Wilcoxon's */
    for (int i = 0; i < 10; i++) {
        b[i] = 0.5;
        a[i] = 0.5 + (i < 9 ? 0.101 + 0.001 * i : -0.110);
    }
    figure_groups_add(&groups, "one", accuracy, a, 10);
    figure_groups_add(&groups, "two", accuracy, b, 10);
    const struct claim claim = {memory_copy_text(words),
                                memory_copy_text(one),
                                memory_copy_text(two),
                                memory_copy_text(accuracy),
                                0.005,
                                NAN};
    questions_add_claim(&groups.questions, &claim);
    assert_int_equal(claims_answer(&answers, NULL, &groups, &like, &error), 0);
    const struct claim_answer *found = &answers.items[0];
    assert_int_equal(found->verdict, CLAIM_UNDECIDED);
    assert_float_equal(found->p, 0.083984375, 1e-12);
    assert_true(found->seeds == 9);
    assert_non_null(strstr(found->sentence, "but the test is not significant."));
    assert_null(strstr(found->sentence, "would tell"));
    claim_answers_release(&answers);
    groups_release(&groups);
}

/* By scipy.stats.nct, each end of the interval on its side of its bound: the power at both, less 1.
 * Outside of the bounds the nearer one decides. */
static void seeds_between_bounds(void **state)
{
    (void)state;
    static const struct {
        double least, most, seeds;
    } rows[] = {
        {0.9865, 0.9875, 30}, {0.9860, 0.9878, 11}, {0.9855, 0.9872, 73}, {0.9865, 0.9880, 27},
        {0.9875, 0.9900, 18}, {0.9850, 0.9863, 14}, {0.9865, NAN, 27},    {NAN, 0.9872, 73},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct groups groups;
        struct claim_answers answers;
        const struct claim claim = {words, lstm, NULL, accuracy, rows[i].least, rows[i].most};
        fill(&groups, accuracy);
        const struct claim_answer *found = answer(&answers, &groups, &claim, false);
        if (found->verdict != CLAIM_UNDECIDED || found->seeds != rows[i].seeds)
            fail_msg("%g to %g: %s, %g", claim.least, claim.most, found->verdict_words,
                     found->seeds);
        claim_answers_release(&answers);
        groups_release(&groups);
    }
}

static void few_seeds_are_a_rough_guess(void **state)
{
    (void)state;
    static char three[] = "three";
    struct groups groups;
    struct claim_answers answers;
    fill(&groups, accuracy);
    figure_groups_add(&groups, three, accuracy, (double[]){0.980, 0.982, 0.985}, 3);
    const struct claim_answer *found =
        answer(&answers, &groups, &(struct claim){words, three, NULL, accuracy, 0.98, NAN}, false);
    assert_non_null(strstr(found->sentence,
                           " About 16 seeds would tell (a rough guess from 3 seeds; "
                           "power 80 %)."));
    claim_answers_release(&answers);
    groups_release(&groups);
}

/* The verdict is that of the table, corrected as the table's is, either way round. */
static void no_claim_contradicts_the_table(void **state)
{
    (void)state;
    for (int pairs = 0; pairs < 2; pairs++) {
        struct groups groups;
        struct claim_answers answers;
        struct comparison table;
        struct error error = {0};
        const struct comparison_request like = {.metric = "test.accuracy", .pairs = pairs};
        fill(&groups, accuracy);
        groups.count = 3; /* those with as many figures */
        assert_int_equal(comparison_make(&table, NULL, &groups, &like, &error), 0);
        for (size_t i = 0; i < table.contrast_count; i++) {
            const struct contrast *contrast = &table.contrasts[i];
            char *a = groups.items[contrast->a].name, *b = groups.items[contrast->b].name;
            const struct claim one_way = {words, a, b, accuracy, 0, NAN};
            const struct claim_answer *found = answer(&answers, &groups, &one_way, pairs);
            assert_true(found->p == contrast->adjusted);
            assert_int_equal(found->verdict, contrast->verdict == VERDICT_BETTER ? CLAIM_HOLDS
                                             : contrast->verdict == VERDICT_WORSE
                                                 ? CLAIM_FAILS
                                                 : CLAIM_UNDECIDED);
            claim_answers_release(&answers);
            const struct claim other_way = {words, b, a, accuracy, 0, NAN};
            found = answer(&answers, &groups, &other_way, pairs);
            assert_true(found->p == contrast->adjusted);
            assert_true(found->value == -contrast->test.difference);
            assert_true(found->low == -contrast->test.high);
            claim_answers_release(&answers);
        }
        comparison_release(&table);
        groups.count = 5;
        groups_release(&groups);
    }
}

static void what_is_not_there_decides_nothing(void **state)
{
    (void)state;
    static char gap[] = "gap.loss", none[] = "none", validation[] = "validation.accuracy";
    expect(&(struct claim){words, none, lstm, accuracy, 0, NAN}, CLAIM_LEFT_OUT, "Not both are");
    expect(&(struct claim){words, none, NULL, accuracy, 0, NAN}, CLAIM_LEFT_OUT, "The variant is");
    expect(&(struct claim){words, lstm, two, validation, 0, NAN}, CLAIM_UNDECIDED, "too few");
    struct groups groups;
    struct claim_answers answers;
    fill(&groups, accuracy);
    const struct claim_answer *found =
        answer(&answers, &groups, &(struct claim){words, lstm, gru, gap, 0, NAN}, false);
    assert_int_equal(found->verdict, CLAIM_UNDECIDED);
    assert_string_equal(found->verdict_words, "undecided at n = 0");
    assert_non_null(strstr(found->sentence, "train.evaluate.on"));
    claim_answers_release(&answers);
    groups_release(&groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(claims_about_two),
        cmocka_unit_test(the_direction_is_the_metrics),
        cmocka_unit_test(claims_about_one),
        cmocka_unit_test(figures_are_those_of_scipy),
        cmocka_unit_test(a_claim_by_more_has_one_number),
        cmocka_unit_test(seeds_that_there_are_tell_nothing),
        cmocka_unit_test(seeds_between_bounds),
        cmocka_unit_test(few_seeds_are_a_rough_guess),
        cmocka_unit_test(no_claim_contradicts_the_table),
        cmocka_unit_test(what_is_not_there_decides_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
