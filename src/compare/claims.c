#include "compare/claims.h"

#include "base/memory.h"
#include "compare/claims_words.h"

#include <math.h>

const char *const claim_verdict_names[] = {"holds", "does not hold", "undecided", "left out"};

/* The claims about one metric at work. */
struct hearing {
    struct store *store;
    const struct groups *groups;
    const struct comparison_request *like;
    struct comparison usual;  /* as `compare` would make it */
    struct comparison others; /* the contrasts that it does not have */
};

void claim_answers_release(struct claim_answers *answers)
{
    for (size_t i = 0; i < answers->count; i++) {
        memory_free(answers->items[i].verdict_words);
        memory_free(answers->items[i].sentence);
    }
    memory_free(answers->items);
    *answers = (struct claim_answers){0};
}

/* The place of the group called NAME, or the number of groups. */
static size_t place_of(const struct groups *groups, const char *name)
{
    return names_find(&groups->names, name);
}

static bool has_groups(const struct groups *groups, const struct claim *claim)
{
    return place_of(groups, claim->variant) < groups->count &&
           (!claim->than || place_of(groups, claim->than) < groups->count);
}

/* The contrast of A against B in COMPARISON, turned where it has the other; false without. */
static bool find_contrast(const struct comparison *comparison, size_t a, size_t b,
                          struct contrast *found)
{
    for (size_t i = 0; i < comparison->contrast_count; i++) {
        const struct contrast *contrast = &comparison->contrasts[i];
        if (contrast->a == a && contrast->b == b)
            *found = *contrast;
        else if (contrast->a == b && contrast->b == a)
            *found = contrast_turned(contrast);
        else
            continue;
        return true;
    }
    return false;
}

static struct gain gain_of(const struct contrast *contrast, enum direction direction)
{
    const struct test_result *test = &contrast->test;
    if (direction == LOWER_IS_BETTER)
        return (struct gain){-test->difference, -test->high, -test->low};
    return (struct gain){test->difference, test->low, test->high};
}

static enum claim_verdict judge_contrast(const struct contrast *contrast, const struct gain *gain,
                                         double by)
{
    if (contrast->test.kind == TEST_MCNEMAR || contrast->verdict == VERDICT_UNTESTED)
        return CLAIM_UNDECIDED;
    if (contrast->verdict == VERDICT_WORSE)
        return CLAIM_FAILS;
    if (by > 0 && gain->high < by)
        return CLAIM_FAILS;
    return contrast->verdict == VERDICT_BETTER && (by == 0 || gain->low > by) ? CLAIM_HOLDS
                                                                              : CLAIM_UNDECIDED;
}

/* How many seeds would tell the gain from BY by the interval, which is Student's whatever the test,
 * and, where it takes that, from 0 by the test. */
static double seeds_beyond(const struct contrast *contrast, const struct gain *gain, double by)
{
    const struct test_result *test = &contrast->test;
    enum test_kind kind = test->kind == TEST_WELCH_T ? TEST_WELCH_T : TEST_PAIRED_T;
    if (gain->value == 0 || test->kind == TEST_MCNEMAR)
        return NAN;
    double effect = test_planning_effect(test) * (gain->value - by) / gain->value;
    double seeds = test_seeds_needed(kind, effect, COMPARISON_LEVEL);
    return gain->value > by ? fmax(seeds, contrast->seeds) : seeds; /* not NaN, if there is one */
}

static void answer_contrast(const struct hearing *hearing, const struct comparison *comparison,
                            const struct contrast *contrast, struct claim_answer *answer)
{
    const struct gain gain = gain_of(contrast, comparison->direction);
    double by = answer->claim->least;
    struct text text = {0};
    answer->n = contrast->test.kind == TEST_MCNEMAR ? 1 : contrast->test.n;
    answer->n_b = contrast->test.kind == TEST_MCNEMAR ? 1 : contrast->test.n_b;
    answer->value = contrast->test.difference;
    answer->low = contrast->test.low;
    answer->high = contrast->test.high;
    answer->p = contrast->adjusted;
    answer->verdict = judge_contrast(contrast, &gain, by);
    if (answer->verdict == CLAIM_UNDECIDED)
        answer->seeds = by > 0 ? seeds_beyond(contrast, &gain, by) : contrast->seeds;
    claims_words_contrast(&text, comparison, hearing->groups, contrast, answer, &gain);
    answer->sentence = text_take(&text);
}

static enum claim_verdict judge_mean(const struct claim_answer *answer)
{
    const struct claim *claim = answer->claim;
    if (isnan(answer->low))
        return CLAIM_UNDECIDED;
    if (answer->high < claim->least || answer->low > claim->most) /* false for NaN */
        return CLAIM_FAILS;
    bool is_above = isnan(claim->least) || answer->low >= claim->least;
    bool is_below = isnan(claim->most) || answer->high <= claim->most;
    return is_above && is_below ? CLAIM_HOLDS : CLAIM_UNDECIDED;
}

/* How many seeds would tell the mean from the bounds: from both where it lies between them. */
static double seeds_to_bounds(const struct claim_answer *answer, double deviation)
{
    const struct claim *claim = answer->claim;
    double above = isnan(claim->least) ? INFINITY : answer->value - claim->least;
    double below = isnan(claim->most) ? INFINITY : claim->most - answer->value;
    if (answer->n < 2 || deviation == 0)
        return NAN;
    /* What one unit of the metric is, in standard deviations. */
    const struct test_result one = {
        .kind = TEST_PAIRED_T, .n = answer->n, .n_b = answer->n, .effect = 1 / deviation};
    double unit = test_planning_effect(&one);
    if (above < 0 || below < 0)
        return test_seeds_needed(TEST_PAIRED_T, fmin(above, below) * unit, COMPARISON_LEVEL);
    return test_seeds_between(above * unit, below * unit, COMPARISON_LEVEL);
}

static void answer_mean(const struct hearing *hearing, size_t group, struct claim_answer *answer)
{
    const struct summary *summary = &hearing->usual.summaries[group];
    double half = hearing->usual.half_widths[group];
    struct text text = {0};
    answer->n = answer->n_b = summary->n;
    answer->value = summary->mean;
    answer->low = summary->mean - half;
    answer->high = summary->mean + half;
    answer->verdict = judge_mean(answer);
    if (answer->verdict == CLAIM_UNDECIDED)
        answer->seeds = seeds_to_bounds(answer, summary->deviation);
    claims_words_mean(&text, &hearing->usual, hearing->groups, group, answer);
    answer->sentence = text_take(&text);
}

/* A claim about which nothing is known: why. */
static void answer_nothing(const struct hearing *hearing, struct claim_answer *answer)
{
    const struct claim *claim = answer->claim;
    struct text text = {0};
    bool needs_train =
        text_starts_with(claim->metric, "gap.") || text_starts_with(claim->metric, "train_split.");
    if (!has_groups(hearing->groups, claim))
        text_add(&text, claim->than ? "Not both are among what is compared here."
                                    : "The variant is not among what is compared here.");
    else {
        text_add(&text, "No run has a figure of ");
        comparison_add_metric(&text, &hearing->usual);
        text_add_format(&text, " yet%s.",
                        needs_train ? "; it takes `train.evaluate.on: [train, test]`" : "");
    }
    answer->sentence = text_take(&text);
}

static bool has_figure(const struct comparison *comparison, size_t group)
{
    return comparison->summaries[group].n > 0;
}

/* Counts the trials of GROUP to those of ANSWER. */
static void count_trials(const struct hearing *hearing, size_t group, struct claim_answer *answer)
{
    const struct group *counted = &hearing->groups->items[group];
    const struct attendance *attendance = &hearing->usual.attendance[group];
    answer->trials += counted->run_count + counted->states[RUN_QUEUED];
    answer->there += attendance->there;
    answer->awaited += attendance->awaited;
}

static void answer_claim(const struct hearing *hearing, struct claim_answer *answer)
{
    const struct groups *groups = hearing->groups;
    const struct claim *claim = answer->claim;
    struct contrast contrast;
    struct text words = {0};
    size_t a = place_of(groups, claim->variant);
    size_t b = claim->than ? place_of(groups, claim->than) : a;
    if (!has_groups(groups, claim)) {
        answer->verdict = CLAIM_LEFT_OUT;
    } else {
        count_trials(hearing, a, answer);
        if (b != a)
            count_trials(hearing, b, answer);
    }
    if (!has_groups(groups, claim) ||
        (!has_figure(&hearing->usual, a) && !has_figure(&hearing->usual, b)))
        answer_nothing(hearing, answer);
    else if (!claim->than)
        answer_mean(hearing, a, answer);
    else if (find_contrast(&hearing->usual, a, b, &contrast))
        answer_contrast(hearing, &hearing->usual, &contrast, answer);
    else if (find_contrast(&hearing->others, a, b, &contrast))
        answer_contrast(hearing, &hearing->others, &contrast, answer);
    claims_words_verdict(&words, &hearing->usual, answer);
    answer->verdict_words = text_take(&words);
}

/* The contrasts that METRIC's claims need and the usual comparison does not have. Caller frees. */
static size_t (*find_wanted(const struct hearing *hearing, const char *metric, size_t *count))[2]
{
    const struct groups *groups = hearing->groups;
    const struct questions *questions = &groups->questions;
    size_t(*wanted)[2] = memory_array(questions->claim_count + 1, sizeof *wanted);
    *count = 0;
    for (size_t i = 0; i < questions->claim_count; i++) {
        const struct claim *claim = &questions->claims[i];
        struct contrast contrast;
        if (!claim->than || !text_equal(claim->metric, metric) || !has_groups(groups, claim))
            continue;
        size_t a = place_of(groups, claim->variant), b = place_of(groups, claim->than);
        bool is_known = find_contrast(&hearing->usual, a, b, &contrast);
        for (size_t j = 0; j < *count && !is_known; j++)
            is_known = (wanted[j][0] == a && wanted[j][1] == b) ||
                       (wanted[j][0] == b && wanted[j][1] == a);
        if (is_known)
            continue;
        wanted[*count][0] = a;
        wanted[(*count)++][1] = b;
    }
    return wanted;
}

/* Makes the comparisons of METRIC that its claims need. */
static int open_hearing(struct hearing *hearing, const char *metric, struct error *error)
{
    struct comparison_request request = *hearing->like;
    request.metric = metric;
    request.without_ties = true;
    request.without_contrasts = false;
    if (comparison_make(&hearing->usual, hearing->store, hearing->groups, &request, error) != 0)
        return -1;
    size_t(*wanted)[2] = find_wanted(hearing, metric, &request.wanted_count);
    request.wanted = (const size_t(*)[2])wanted;
    int result = request.wanted_count == 0 ? 0
                                           : comparison_make(&hearing->others, hearing->store,
                                                             hearing->groups, &request, error);
    memory_free(wanted);
    return result;
}

int claims_answer(struct claim_answers *answers, struct store *store, const struct groups *groups,
                  const struct comparison_request *like, struct error *error)
{
    const struct questions *questions = &groups->questions;
    int result = 0;
    *answers = (struct claim_answers){
        .items = memory_array(questions->claim_count, sizeof *answers->items),
        .count = questions->claim_count};
    for (size_t i = 0; i < answers->count; i++)
        answers->items[i] = (struct claim_answer){.claim = &questions->claims[i],
                                                  .verdict = CLAIM_UNDECIDED,
                                                  .value = NAN,
                                                  .low = NAN,
                                                  .high = NAN,
                                                  .p = NAN,
                                                  .seeds = NAN};
    for (size_t i = 0; i < answers->count && result == 0; i++) {
        struct hearing hearing = {.store = store, .groups = groups, .like = like};
        const char *metric = questions->claims[i].metric;
        if (answers->items[i].sentence)
            continue; /* with an earlier one about the same metric */
        result = open_hearing(&hearing, metric, error);
        for (size_t j = i; j < answers->count && result == 0; j++)
            if (text_equal(questions->claims[j].metric, metric))
                answer_claim(&hearing, &answers->items[j]);
        comparison_release(&hearing.usual);
        comparison_release(&hearing.others);
    }
    if (result != 0)
        claim_answers_release(answers);
    return result;
}
