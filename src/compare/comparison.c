#include "compare/comparison.h"

#include "base/memory.h"
#include "base/printable.h"
#include "compare/replicates.h"
#include "store/predictions.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const comparison_test_names[] = {"t", "wilcoxon", "permutation", NULL};

const char *const verdict_names[] = {
    [VERDICT_BETTER] = "better",       [VERDICT_WORSE] = "worse", [VERDICT_DIFFERENT] = "different",
    [VERDICT_UNDECIDED] = "undecided", [VERDICT_UNTESTED] = "",
};

/* What all contrasts of one comparison need. */
struct bench {
    struct store *store;
    const struct groups *groups;
    const struct comparison_request *request;
    struct comparison *comparison;
    struct side *sides; /* [groups] */
    bool is_random;
    struct predictions held; /* of the one run of group HOLDER, when HOLDS */
    size_t holder;
    bool holds;
};

static struct test_result test_pairs(int test, const double *a, const double *b, size_t count)
{
    static struct test_result (*const tests[])(const double *, const double *, size_t) = {
        test_paired_t, test_wilcoxon, test_permutation};
    return tests[test](a, b, count);
}

/* The test of A's figures against B's by what pairs, or else by Welch. */
static void test_figures(const struct bench *bench, struct contrast *contrast)
{
    struct replicates found;
    replicates_init(&found, &bench->sides[contrast->a], &bench->sides[contrast->b]);
    contrast->left_out = found.left_out;
    contrast->settings = found.settings;
    contrast->is_by_seed = found.is_by_seed;
    contrast->are_other_things = found.are_other_things;
    contrast->test = found.is_paired
                         ? test_pairs(bench->request->test, found.a, found.b, found.count_a)
                         : test_welch_t(found.a, found.count_a, found.b, found.count_b);
    replicates_release(&found);
}

/* The run of GROUP that has a figure: for groups with one. */
static const struct group_run *only_run(const struct bench *bench, size_t group)
{
    for (size_t i = 0; i < bench->groups->items[group].run_count; i++)
        if (isfinite(bench->sides[group].values[i]))
            return &bench->groups->items[group].runs[i];
    return NULL;
}

static int load_answers(const struct bench *bench, size_t group, struct predictions *predictions,
                        bool *found, struct error *error)
{
    const struct group_run *run = only_run(bench, group);
    *found = false;
    if (!run)
        return 0;
    return store_predictions_load(bench->store, run->run.id, "test", predictions, found, error);
}

/* The answers of B's run, which many contrasts in a row share. */
static int hold_answers(struct bench *bench, size_t group, struct error *error)
{
    if (bench->holder == group)
        return 0;
    predictions_release(&bench->held);
    bench->holder = group;
    return load_answers(bench, group, &bench->held, &bench->holds, error);
}

/* McNemar's test of two runs, where both have stored answers on the same examples. */
static int test_answers(struct bench *bench, struct contrast *contrast, struct error *error)
{
    struct predictions a = {0};
    const struct predictions *b = &bench->held;
    bool found;
    if (hold_answers(bench, contrast->b, error) != 0 ||
        (bench->holds && load_answers(bench, contrast->a, &a, &found, error) != 0))
        return -1;
    if (bench->holds && found && a.count == b->count && a.count > 0 &&
        memcmp(a.labels, b->labels, (size_t)a.count * sizeof *a.labels) == 0)
        contrast->test = test_mcnemar(a.labels, a.predicted, b->predicted, (size_t)a.count);
    predictions_release(&a);
    return 0;
}

/* Group A against group B; all but the correction and what follows from it. */
static int contrast_make(struct bench *bench, size_t a, size_t b, struct contrast *contrast,
                         struct error *error)
{
    const struct summary *summaries = bench->comparison->summaries;
    *contrast = (struct contrast){.a = a, .b = b, .adjusted = NAN, .seeds = NAN};
    contrast->verdict = VERDICT_UNTESTED;
    test_figures(bench, contrast);
    bool single = summaries[a].n == 1 && summaries[b].n == 1;
    if (single && bench->request->moment.kind == MOMENT_END &&
        text_equal(bench->request->metric, "test.accuracy"))
        return test_answers(bench, contrast, error);
    if (!bench->is_random) {
        contrast->test.p = contrast->test.effect = NAN;
        if (text_equal(bench->request->metric, "parameters"))
            contrast->test.low = contrast->test.high = NAN;
    }
    return 0;
}

static int by_value(const void *left, const void *right)
{
    double a = *(const double *)left, b = *(const double *)right;
    return (a > b) - (a < b);
}

/* What Holm multiplies the p of each of the COUNT contrasts with: how many of the FAMILY are at
 * least as large. */
static void find_multipliers(struct contrast *contrasts, size_t count, size_t family)
{
    double *sorted = memory_array(family, sizeof *sorted);
    size_t members = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(contrasts[i].test.p))
            sorted[members++] = contrasts[i].test.p;
    if (members > 1)
        qsort(sorted, members, sizeof *sorted, by_value);
    for (size_t i = 0; i < count; i++) {
        size_t low = 0, high = members; /* the first that is not smaller */
        while (low < high) {
            size_t middle = low + (high - low) / 2;
            if (sorted[middle] < contrasts[i].test.p)
                low = middle + 1;
            else
                high = middle;
        }
        contrasts[i].multiplier = isnan(contrasts[i].test.p) ? 1 : members - low;
    }
    memory_free(sorted);
}

/* Holm's correction over COUNT contrasts; the size of the family. */
static size_t correct(struct contrast *contrasts, size_t count)
{
    size_t family = 0;
    double *p = memory_array(2 * count, sizeof *p), *adjusted = p + count;
    for (size_t i = 0; i < count; i++) {
        p[i] = contrasts[i].test.p;
        family += !isnan(p[i]);
    }
    test_holm(p, count, adjusted);
    for (size_t i = 0; i < count; i++)
        contrasts[i].adjusted = adjusted[i];
    memory_free(p);
    find_multipliers(contrasts, count, family);
    return family;
}

static enum verdict judge(const struct contrast *contrast, enum direction direction)
{
    if (isnan(contrast->adjusted))
        return VERDICT_UNTESTED;
    if (contrast->adjusted >= COMPARISON_LEVEL || contrast->test.difference == 0)
        return VERDICT_UNDECIDED;
    if (direction == NEITHER_IS_BETTER)
        return VERDICT_DIFFERENT;
    bool higher = contrast->test.difference > 0;
    return higher == (direction == HIGHER_IS_BETTER) ? VERDICT_BETTER : VERDICT_WORSE;
}

static void draw_verdicts(struct comparison *comparison)
{
    comparison->family = correct(comparison->contrasts, comparison->contrast_count);
    for (size_t i = 0; i < comparison->contrast_count; i++) {
        struct contrast *contrast = &comparison->contrasts[i];
        contrast->verdict = judge(contrast, comparison->direction);
        if (contrast->verdict == VERDICT_UNDECIDED && contrast->test.kind != TEST_MCNEMAR)
            contrast->seeds =
                test_seeds_needed(contrast->test.kind, test_planning_effect(&contrast->test),
                                  COMPARISON_LEVEL / (double)comparison->family);
    }
}

struct contrast contrast_turned(const struct contrast *contrast)
{
    struct contrast turned = *contrast;
    struct test_result *test = &turned.test;
    const struct test_result *from = &contrast->test;
    turned.a = contrast->b;
    turned.b = contrast->a;
    test->n = from->n_b;
    test->n_b = from->n;
    test->difference = -from->difference;
    test->low = -from->high;
    test->high = -from->low;
    if (from->kind == TEST_MCNEMAR) { /* examples that one alone has right */
        test->n = test->n_b = from->n;
        test->statistic = from->statistic - round(from->difference * (double)from->n);
        test->effect = 1 / from->effect;
    } else {
        test->statistic = from->kind == TEST_WILCOXON ? from->statistic : -from->statistic;
        test->effect = -from->effect;
    }
    if (contrast->verdict == VERDICT_BETTER || contrast->verdict == VERDICT_WORSE)
        turned.verdict = contrast->verdict == VERDICT_BETTER ? VERDICT_WORSE : VERDICT_BETTER;
    return turned;
}

/* All pairs, the later group against the earlier one, in the order of their rows. */
static int contrast_pairs(struct bench *bench, struct error *error)
{
    struct comparison *comparison = bench->comparison;
    size_t count = comparison->count;
    comparison->contrasts = memory_array(count * (count - 1) / 2 + 1, sizeof(struct contrast));
    for (size_t b = 0; b < count; b++)
        for (size_t a = b + 1; a < count; a++)
            if (contrast_make(bench, a, b, &comparison->contrasts[comparison->contrast_count++],
                              error) != 0)
                return -1;
    return 0;
}

/* Fills CONTRASTS [groups - 1] with each group against group B. */
static int contrast_all_with(struct bench *bench, size_t b, struct contrast *contrasts,
                             struct error *error)
{
    for (size_t a = 0; a < bench->comparison->count; a++)
        if (a != b && contrast_make(bench, a, b, contrasts++, error) != 0)
            return -1;
    return 0;
}

static int contrast_with_baseline(struct bench *bench, struct error *error)
{
    struct comparison *comparison = bench->comparison;
    if (comparison->baseline == comparison->count)
        return 0;
    comparison->contrast_count = comparison->count - 1;
    comparison->contrasts = memory_array(comparison->count, sizeof(struct contrast));
    return contrast_all_with(bench, comparison->baseline, comparison->contrasts, error);
}

static int contrast_wanted(struct bench *bench, struct error *error)
{
    struct comparison *comparison = bench->comparison;
    const struct comparison_request *request = bench->request;
    comparison->contrast_count = request->wanted_count;
    comparison->contrasts = memory_array(request->wanted_count, sizeof(struct contrast));
    for (size_t i = 0; i < request->wanted_count; i++)
        if (contrast_make(bench, request->wanted[i][0], request->wanted[i][1],
                          &comparison->contrasts[i], error) != 0)
            return -1;
    draw_verdicts(comparison);
    return 0;
}

static int make_contrasts(struct bench *bench, struct error *error)
{
    const struct comparison_request *request = bench->request;
    if (request->wanted_count > 0)
        return contrast_wanted(bench, error);
    if (request->without_contrasts)
        return 0;
    if (request->pairs && bench->comparison->count > COMPARISON_MOST_PAIRED)
        return error_set(error, ERROR_USAGE,
                         "all pairs of %zu groups are too many: at most %d groups; choose some "
                         "with --where, or compare with --baseline",
                         bench->comparison->count, COMPARISON_MOST_PAIRED);
    int result =
        request->pairs ? contrast_pairs(bench, error) : contrast_with_baseline(bench, error);
    if (result == 0)
        draw_verdicts(bench->comparison);
    return result;
}

/* The contrasts with the best group, corrected: those with the baseline where that is the best. */
static int contrast_with_best(struct bench *bench, struct contrast *contrasts, struct error *error)
{
    const struct comparison *comparison = bench->comparison;
    size_t others = comparison->count - 1;
    bool has_them = comparison->contrast_count > 0 && !bench->request->pairs;
    if (has_them && comparison->baseline == comparison->best)
        memcpy(contrasts, comparison->contrasts, others * sizeof *contrasts);
    else if (contrast_all_with(bench, comparison->best, contrasts, error) != 0)
        return -1;
    correct(contrasts, others);
    return 0;
}

/* Whether the group's figures are those of the runs that survived. */
static bool has_lost(const struct comparison *comparison, size_t group)
{
    return comparison->losses[group].diverged + comparison->losses[group].failed > 0;
}

static void note_tie(struct comparison *comparison, const struct contrast *contrast)
{
    bool was_tested = !isnan(contrast->adjusted), best_lost = has_lost(comparison, contrast->b);
    bool is_fair = was_tested && !best_lost && !has_lost(comparison, contrast->a);
    bool is_worse = was_tested && !best_lost && contrast->adjusted < COMPARISON_LEVEL;
    comparison->ties[contrast->a] = is_fair && !is_worse;
    comparison->untested[contrast->a] =
        !is_fair && !is_worse && comparison->summaries[contrast->a].n > 0;
    if (was_tested)
        comparison->tie_tests[contrast->test.kind] = true;
}

bool comparison_is_best(const struct comparison *comparison, size_t group)
{
    if (comparison->best == comparison->count || comparison->summaries[group].n == 0)
        return false;
    double best = comparison->summaries[comparison->best].mean;
    return fabs(comparison->summaries[group].mean - best) <= 4 * DBL_EPSILON * fabs(best);
}

static int find_ties(struct bench *bench, struct error *error)
{
    struct comparison *comparison = bench->comparison;
    bool lower = comparison->direction == LOWER_IS_BETTER;
    comparison->best = comparison->count;
    if (comparison->direction == NEITHER_IS_BETTER)
        return 0;
    for (size_t i = 0; i < comparison->count; i++) {
        double mean = comparison->summaries[i].mean;
        bool first = comparison->best == comparison->count;
        double best = first ? NAN : comparison->summaries[comparison->best].mean;
        if (comparison->summaries[i].n > 0 && (first || (lower ? mean < best : mean > best)))
            comparison->best = i;
    }
    if (bench->request->without_ties || !bench->is_random || comparison->best == comparison->count)
        return 0;
    struct contrast *contrasts = memory_array(comparison->count, sizeof *contrasts);
    int result = contrast_with_best(bench, contrasts, error);
    for (size_t i = 0; result == 0 && i + 1 < comparison->count; i++)
        note_tie(comparison, &contrasts[i]);
    memory_free(contrasts);
    return result;
}

/* Sets the baseline's place; ERROR_NOT_FOUND where a name was asked for that is no group. */
static int find_baseline(struct bench *bench, struct error *error)
{
    const struct groups *groups = bench->groups;
    const char *asked = bench->request->baseline;
    const char *name = asked ? asked : groups->baseline;
    size_t place = 0;
    while (place < groups->count && !(name && text_equal(groups->items[place].name, name)))
        place++;
    bench->comparison->baseline = place;
    if (!asked || place < groups->count)
        return 0;
    enum { SHOWN = 30 };
    struct text text = {0};
    printable_add(&text, asked);
    text_add(&text, ": there is no group of this name, to be the baseline; there are ");
    for (size_t i = 0; i < groups->count && i < SHOWN; i++) {
        text_add(&text, i ? ", " : "");
        printable_add(&text, groups->items[i].name);
    }
    if (groups->count > SHOWN)
        text_add_format(&text, " and %zu more", groups->count - SHOWN);
    error_set(error, ERROR_NOT_FOUND, "--baseline %s", text_get(&text));
    text_release(&text);
    return -1;
}

/* The runs of GROUP that ended badly and have no figure among VALUES. */
static struct losses losses_of(const struct group *group, const double *values)
{
    struct losses losses = {0};
    for (size_t i = 0; i < group->run_count; i++) {
        enum run_state state = group->runs[i].run.state;
        losses.diverged += state == RUN_DIVERGED && !isfinite(values[i]);
        losses.failed += state == RUN_FAILED && !isfinite(values[i]);
    }
    return losses;
}

static struct attendance attendance_of(const struct group *group, const double *values)
{
    struct attendance attendance = {.awaited = group->states[RUN_QUEUED]};
    for (size_t i = 0; i < group->run_count; i++) {
        enum run_state state = group->runs[i].run.state;
        bool is_there = state == RUN_DONE || isfinite(values[i]);
        attendance.there += is_there;
        attendance.awaited += !is_there && state != RUN_DIVERGED && state != RUN_FAILED;
    }
    return attendance;
}

static int summarise(struct bench *bench, struct error *error)
{
    struct comparison *comparison = bench->comparison;
    const struct comparison_request *request = bench->request;
    for (size_t i = 0; i < comparison->count; i++) {
        const struct group *group = &bench->groups->items[i];
        size_t count;
        double *values =
            moment_values(bench->store, group, request->metric, request->moment, &count, error);
        if (!values)
            return -1;
        side_init(&bench->sides[i], group, values, count);
        if (bench->is_random)
            comparison->losses[i] = losses_of(group, values);
        comparison->attendance[i] = attendance_of(group, values);
        comparison->summaries[i] = statistics_summary(values, count);
        comparison->half_widths[i] =
            statistics_half_width(comparison->summaries[i].deviation, comparison->summaries[i].n);
    }
    return 0;
}

int comparison_make(struct comparison *comparison, struct store *store, const struct groups *groups,
                    const struct comparison_request *request, struct error *error)
{
    *comparison = (struct comparison){
        .metric = request->metric,
        .moment = request->moment,
        .direction = comparison_direction(request->metric),
        .count = groups->count,
        .summaries = memory_array(groups->count, sizeof(struct summary)),
        .half_widths = memory_array(groups->count, sizeof(double)),
        .losses = memory_array(groups->count, sizeof(struct losses)),
        .attendance = memory_array(groups->count, sizeof(struct attendance)),
        .ties = memory_array(groups->count, sizeof(bool)),
        .untested = memory_array(groups->count, sizeof(bool)),
    };
    struct bench bench = {
        .store = store,
        .groups = groups,
        .request = request,
        .comparison = comparison,
        .sides = memory_array(groups->count, sizeof *bench.sides),
        .is_random = comparison_is_tested(request->metric),
        .holder = groups->count,
    };
    int result = find_baseline(&bench, error);
    if (result == 0)
        result = summarise(&bench, error);
    if (result == 0)
        result = make_contrasts(&bench, error);
    if (result == 0)
        result = find_ties(&bench, error);
    for (size_t i = 0; i < groups->count; i++)
        side_release(&bench.sides[i]);
    memory_free(bench.sides);
    predictions_release(&bench.held);
    if (result != 0)
        comparison_release(comparison);
    return result;
}

void comparison_release(struct comparison *comparison)
{
    memory_free(comparison->summaries);
    memory_free(comparison->half_widths);
    memory_free(comparison->contrasts);
    memory_free(comparison->losses);
    memory_free(comparison->attendance);
    memory_free(comparison->ties);
    memory_free(comparison->untested);
    *comparison = (struct comparison){0};
}
