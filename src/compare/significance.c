#include "compare/significance.h"

#include "base/memory.h"
#include "compare/distributions.h"
#include "compare/paired.h"
#include "compare/statistics.h"

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

const char *const test_kind_names[] = {
    [TEST_PAIRED_T] = "paired t",
    [TEST_WILCOXON] = "Wilcoxon signed-rank",
    [TEST_PERMUTATION] = "sign-flip permutation",
    [TEST_WELCH_T] = "Welch's t",
    [TEST_MCNEMAR] = "McNemar",
};

static struct test_result nothing_yet(enum test_kind kind, size_t n, size_t n_b)
{
    return (struct test_result){
        .kind = kind,
        .n = n,
        .n_b = n_b,
        .difference = NAN,
        .low = NAN,
        .high = NAN,
        .statistic = NAN,
        .degrees = NAN,
        .p = NAN,
        .smallest_p = NAN,
        .effect = NAN,
    };
}

static void set_interval(struct test_result *result, double half_width)
{
    result->low = result->difference - half_width;
    result->high = result->difference + half_width;
}

/* What all paired tests say of the differences but for the test itself. */
static struct test_result describe(enum test_kind kind, const struct paired *paired)
{
    const struct summary *summary = &paired->summary;
    struct test_result result = nothing_yet(kind, paired->count, paired->count);
    result.difference = summary->mean;
    result.zeros = paired->zeros;
    if (summary->n < 2 || summary->missing > 0) {
        result.obstacle = TEST_TOO_FEW;
    } else if (paired->zeros == paired->count) {
        result.effect = 0;
        set_interval(&result, 0);
    } else if (!paired->constant) {
        result.effect = summary->mean / summary->deviation;
        set_interval(&result, statistics_half_width(summary->deviation, summary->n));
    }
    return result;
}

struct test_result test_paired_t(const double *a, const double *b, size_t count)
{
    struct paired paired;
    paired_init(&paired, a, b, count);
    struct test_result result = describe(TEST_PAIRED_T, &paired);
    if (result.obstacle == TEST_POSSIBLE && isnan(result.effect))
        result.obstacle = TEST_NO_SPREAD;
    if (result.obstacle == TEST_POSSIBLE) {
        result.statistic = result.effect * sqrt((double)count);
        result.degrees = (double)count - 1;
        result.p = distribution_t_two_sided(result.statistic, result.degrees);
        result.smallest_p = 0;
    }
    paired_release(&paired);
    return result;
}

struct test_result test_wilcoxon(const double *a, const double *b, size_t count)
{
    struct paired paired;
    paired_init(&paired, a, b, count);
    struct test_result result = describe(TEST_WILCOXON, &paired);
    if (result.obstacle == TEST_POSSIBLE) {
        result.p = paired_rank_test(&paired, &result.statistic);
        result.smallest_p = paired_smallest_rank_p(&paired);
    }
    paired_release(&paired);
    return result;
}

struct test_result test_permutation(const double *a, const double *b, size_t count)
{
    struct paired paired;
    paired_init(&paired, a, b, count);
    struct test_result result = describe(TEST_PERMUTATION, &paired);
    if (result.obstacle == TEST_POSSIBLE) {
        result.statistic = result.difference;
        result.p = paired_sum_test(&paired);
        result.smallest_p = paired_smallest_sum_p(&paired);
    }
    paired_release(&paired);
    return result;
}

/* How far rounding may have put two figures apart that are as large as those of SUMMARY. */
static double margin_of(const struct summary *summary)
{
    return 4 * DBL_EPSILON * fmax(fabs(summary->minimum), fabs(summary->maximum));
}

/* The standard error of SUMMARY's mean; 0 where its figures are the same but for rounding. */
static double standard_error(const struct summary *summary)
{
    if (summary->maximum - summary->minimum <= margin_of(summary))
        return 0;
    return summary->deviation / sqrt((double)summary->n);
}

static double hedges_g(double difference, const struct summary *a, const struct summary *b)
{
    double more_a = (double)a->n - 1, more_b = (double)b->n - 1, m = more_a + more_b;
    double pooled = hypot(sqrt(more_a) * a->deviation, sqrt(more_b) * b->deviation) / sqrt(m);
    return difference / pooled * exp(lgamma(m / 2) - lgamma((m - 1) / 2)) / sqrt(m / 2);
}

/* Welch's test of two samples of which ERROR_A and ERROR_B, not both zero, are the standard errors.
 */
static void find_welch(struct test_result *result, double error_a, double error_b)
{
    double error = hypot(error_a, error_b);
    double share_a = error_a / error * (error_a / error);
    double share_b = error_b / error * (error_b / error);
    result->degrees = 1 / (share_a * share_a / ((double)result->n - 1) +
                           share_b * share_b / ((double)result->n_b - 1));
    result->statistic = result->difference / error;
    result->p = distribution_t_two_sided(result->statistic, result->degrees);
    result->smallest_p = 0;
    set_interval(result, distribution_t_quantile(0.975, result->degrees) * error);
}

struct test_result test_welch_t(const double *a, size_t count_a, const double *b, size_t count_b)
{
    struct summary of_a = statistics_summary(a, count_a), of_b = statistics_summary(b, count_b);
    struct test_result result = nothing_yet(TEST_WELCH_T, count_a, count_b);
    result.difference = of_a.mean - of_b.mean;
    if (of_a.n < 2 || of_b.n < 2 || of_a.missing > 0 || of_b.missing > 0) {
        result.obstacle = TEST_TOO_FEW;
        return result;
    }
    if (fabs(result.difference) <= fmax(margin_of(&of_a), margin_of(&of_b)))
        result.difference = 0;
    double error_a = standard_error(&of_a), error_b = standard_error(&of_b);
    if (error_a > 0 || error_b > 0) {
        find_welch(&result, error_a, error_b);
        result.effect = hedges_g(result.difference, &of_a, &of_b);
    } else if (result.difference == 0) {
        result.statistic = result.effect = result.smallest_p = 0;
        result.p = 1;
        set_interval(&result, 0);
    } else {
        result.obstacle = TEST_NO_SPREAD;
    }
    return result;
}

struct test_result test_mcnemar(const int32_t *labels, const int32_t *a, const int32_t *b,
                                size_t count)
{
    struct test_result result = nothing_yet(TEST_MCNEMAR, count, count);
    size_t only_a = 0, only_b = 0;
    for (size_t i = 0; i < count; i++) {
        only_a += a[i] == labels[i] && b[i] != labels[i];
        only_b += a[i] != labels[i] && b[i] == labels[i];
    }
    if (count == 0) {
        result.obstacle = TEST_TOO_FEW;
        return result;
    }
    const double normal_quantile = 1.9599639845400545; /* of 0.975 */
    size_t alone = only_a + only_b, fewer = only_a < only_b ? only_a : only_b;
    double examples = (double)count, more = (double)only_a - (double)only_b;
    result.difference = more / examples;
    set_interval(&result, normal_quantile * sqrt(fmax(0, (double)alone - more * more / examples)) /
                              examples);
    result.statistic = (double)only_a;
    result.p = fmin(1, 2 * distribution_coin(fewer, alone));
    result.smallest_p = alone == 0 ? 1 : alone < 2000 ? ldexp(1, 1 - (int)alone) : 0;
    result.effect = alone == 0 ? NAN : (double)only_a / (double)only_b;
    return result;
}

double test_planning_effect(const struct test_result *result)
{
    if (result->kind == TEST_WELCH_T || result->kind == TEST_MCNEMAR || result->n < 2)
        return result->effect;
    double degrees = (double)result->n - 1, root = 1 - 2 / (9 * degrees);
    return result->effect * root * sqrt(root);
}

struct member {
    double p;
    size_t place;
};

static int by_p(const void *left, const void *right)
{
    double a = ((const struct member *)left)->p, b = ((const struct member *)right)->p;
    return (a > b) - (a < b);
}

void test_holm(const double *p, size_t count, double *adjusted)
{
    struct member *family = memory_array(count, sizeof *family);
    size_t members = 0;
    double largest = 0;
    for (size_t i = 0; i < count; i++) {
        if (!isnan(p[i]))
            family[members++] = (struct member){p[i], i};
        adjusted[i] = p[i];
    }
    if (members > 1)
        qsort(family, members, sizeof *family, by_p);
    /* What a smaller p has become, a larger one becomes at least. */
    for (size_t i = 0; i < members; i++) {
        largest = fmin(1, fmax(largest, (double)(members - i) * family[i].p));
        adjusted[family[i].place] = largest;
    }
    memory_free(family);
}

/* The probability that a t test of N figures for each variant finds EFFECT > 0. */
static double power(enum test_kind kind, double effect, double n, double alpha)
{
    double degrees = kind == TEST_WELCH_T ? 2 * n - 2 : n - 1;
    double shift = effect * sqrt(kind == TEST_WELCH_T ? n / 2 : n);
    double critical = -distribution_t_quantile(alpha / 2, degrees);
    return distribution_noncentral_t_above(critical, degrees, shift) +
           distribution_noncentral_t_above(critical, degrees, -shift);
}

/* About the number that test_seeds_needed looks for, mostly within one of it (Guenther, "Sample
 * size formulas for normal theory t tests", The American Statistician 35, 1981). */
static double guess_seeds(enum test_kind kind, double effect, double alpha)
{
    const double normal_power = 0.8416; /* the normal quantile of 0.8 */
    double low = 0, high = 40;
    while (high - low > 1e-6) {
        double middle = (low + high) / 2;
        if (distribution_normal_above(middle) > alpha / 2)
            low = middle;
        else
            high = middle;
    }
    double root = (low + normal_power) / effect;
    return kind == TEST_WELCH_T ? 2 * root * root + low * low / 4 : root * root + low * low / 2;
}

/* What a number of seeds is looked for. */
struct aim {
    enum test_kind kind;
    double effect, alpha;
    double further; /* effect that is to be found as well, not smaller; INFINITY: none */
};

static bool is_enough(const struct aim *aim, double n)
{
    const double wanted = 0.8;
    double found = power(aim->kind, aim->effect, n, aim->alpha);
    if (isfinite(aim->further) && found >= wanted)
        found += power(aim->kind, aim->further, n, aim->alpha) - 1;
    return found >= wanted;
}

/* The smallest number from LEAST to MOST that is enough, or MOST + 1: from GUESS, which is near, in
 * growing steps, until LOW is too few and HIGH is enough. */
static double find_seeds(const struct aim *aim, double least, double most, double guess)
{
    bool guess_is_enough = is_enough(aim, guess);
    double low = guess_is_enough ? least - 1 : guess, high = guess_is_enough ? guess : most + 1;
    for (double at = guess, step = 1; high - low > 1; step *= 2) {
        at = guess_is_enough ? fmax(at - step, low + 1) : fmin(at + step, high - 1);
        bool enough = is_enough(aim, at);
        if (enough)
            high = at;
        else
            low = at;
        if (enough != guess_is_enough)
            break;
    }
    while (high - low > 1) {
        double middle = floor((low + high) / 2);
        if (is_enough(aim, middle))
            high = middle;
        else
            low = middle;
    }
    return high;
}

/* How many seeds reach AIM, at least LEAST. */
static double seeds_for(const struct aim *aim, double least)
{
    const double most = 10000;
    if (!(aim->effect > 0 && aim->alpha > 0 && aim->alpha < 1))
        return NAN;
    if (least > most)
        return INFINITY;
    double guess = ceil(guess_seeds(aim->kind, aim->effect, aim->alpha));
    double found = find_seeds(aim, least, most, fmin(most, fmax(least, guess)));
    return found > most ? INFINITY : found;
}

double test_seeds_needed(enum test_kind kind, double effect, double alpha)
{
    const struct aim aim = {kind, fabs(effect), alpha, INFINITY};
    if (kind == TEST_MCNEMAR)
        return NAN;
    double least = 2;
    if (kind != TEST_PAIRED_T && kind != TEST_WELCH_T && alpha > 0)
        least = fmax(least, ceil(1 - log2(alpha)));
    return seeds_for(&aim, least);
}

double test_seeds_between(double lower, double upper, double alpha)
{
    const struct aim aim = {TEST_PAIRED_T, fmin(lower, upper), alpha, fmax(lower, upper)};
    return isinf(aim.effect) ? NAN : seeds_for(&aim, 2);
}
