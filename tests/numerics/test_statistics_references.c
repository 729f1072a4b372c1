/* Every figure of src/compare's statistics against SciPy, statsmodels and exact fractions:
 * references/statistics.txt, written by make_statistics.py. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "compare/distributions.h"
#include "compare/significance.h"
#include "compare/statistics.h"
#include "numerics/reference.h"

static const double TOLERANCE = 1e-10; /* relative */

static struct references references;

static int open_references(void **state)
{
    (void)state;
    references_open(&references, "statistics.txt");
    return 0;
}

static int close_references(void **state)
{
    (void)state;
    references_release(&references);
    return 0;
}

/* FOUND is what is expected, but for TOLERANCE of it and ROUNDING. */
static void close_to(const char *name, const char *figure, double found, double expected,
                     double rounding)
{
    if (!(fabs(found - expected) <= TOLERANCE * fabs(expected) + rounding)) {
        fail_msg("%s, %s: found %.17g, expected %.17g", name, figure, found, expected);
    }
}

/* The tensor CASE/NAME, or NULL where the case has none. */
static const struct reference *find(const char *name, const char *figure)
{
    char full[192];
    snprintf(full, sizeof(full), "%s/%s", name, figure);
    for (size_t i = 0; i < references.count; i++) {
        if (strcmp(references.items[i].name, full) == 0) {
            return &references.items[i];
        }
    }
    return NULL;
}

static const double *get(const char *name, const char *figure, int64_t count)
{
    return references_get(&references, name, figure, count)->values;
}

/* Calls CHECK with the name of every case that begins with PREFIX and has a tensor TENSOR. */
static void for_cases(const char *prefix, const char *tensor, int at_least,
                      void (*check)(const char *name))
{
    int found = 0;
    for (size_t i = 0; i < references.count; i++) {
        char name[sizeof(references.items[i].name)];
        strcpy(name, references.items[i].name);
        char *slash = strchr(name, '/');
        assert_non_null(slash);
        *slash = '\0';
        if (strncmp(name, prefix, strlen(prefix)) == 0 && strcmp(slash + 1, tensor) == 0) {
            check(name);
            found++;
        }
    }
    assert_in_range(found, at_least, 1000);
}

static void check_summary(const char *name)
{
    const struct reference *values = references_get(&references, name, "values", -1);
    const double *figures = get(name, "figures", values->count > 1 ? 7 : 5);
    struct summary summary = statistics_summary(values->values, (size_t)values->count);
    /* The mean of values of either sign is known as well as their sizes allow. */
    double rounding = 1e-15 * fmax(fabs(summary.minimum), fabs(summary.maximum));
    assert_int_equal(summary.n, values->count);
    assert_int_equal(summary.missing, 0);
    close_to(name, "n", (double)summary.n, figures[0], 0);
    close_to(name, "mean", summary.mean, figures[1], rounding);
    close_to(name, "minimum", summary.minimum, figures[2], 0);
    close_to(name, "median", summary.median, figures[3], 0);
    close_to(name, "maximum", summary.maximum, figures[4], 0);
    if (values->count > 1) {
        close_to(name, "deviation", summary.deviation, figures[5], 0);
        close_to(name, "half width", statistics_half_width(summary.deviation, summary.n),
                 figures[6], 0);
    } else {
        assert_true(isnan(summary.deviation));
    }
}

static void summaries(void **state)
{
    (void)state;
    for_cases("summary_", "values", 27, check_summary);
}

/* Of EXPECTED: difference, low, high, statistic, degrees, p, effect. */
static void check_t(const char *name, const struct test_result *result, const double *expected,
                    double rounding)
{
    double relative = rounding / (expected[2] - expected[0]);
    assert_int_equal(result->obstacle, TEST_POSSIBLE);
    close_to(name, "difference", result->difference, expected[0], rounding);
    close_to(name, "low", result->low, expected[1], rounding);
    close_to(name, "high", result->high, expected[2], rounding);
    close_to(name, "t", result->statistic, expected[3], 100 * relative);
    close_to(name, "degrees", result->degrees, expected[4], 0);
    close_to(name, "p", result->p, expected[5], 0);
    close_to(name, "effect", result->effect, expected[6], 100 * relative);
    assert_true(result->smallest_p == 0);
}

/* All differences are the same: make_statistics.py has no t test of them. */
static void check_constant(const struct test_result *t)
{
    bool zero = t->difference == 0;
    assert_int_equal(t->obstacle, zero ? TEST_POSSIBLE : TEST_NO_SPREAD);
    assert_true(zero ? t->p == 1 && t->statistic == 0 && t->effect == 0 && t->low == 0 &&
                           t->high == 0
                     : isnan(t->p) && isnan(t->statistic) && isnan(t->effect) && isnan(t->low) &&
                           isnan(t->high));
}

static void check_signs(const char *name, const double *a, const double *b, size_t n)
{
    const double *ranks = get(name, "wilcoxon", 2);
    struct test_result wilcoxon = test_wilcoxon(a, b, n);
    assert_int_equal(wilcoxon.obstacle, TEST_POSSIBLE);
    close_to(name, "rank sum", wilcoxon.statistic, ranks[0], 0);
    close_to(name, "Wilcoxon's p", wilcoxon.p, ranks[1], 0);
    assert_true(wilcoxon.p >= wilcoxon.smallest_p);
    struct test_result permutation = test_permutation(a, b, n);
    const struct reference *expected = find(name, "permutation");
    if (expected) {
        /* Beyond 36 pairs signs are drawn: five standard deviations of the draws are allowed. */
        double p = expected->values[0], draws = 100000;
        close_to(name, "permutation's p", permutation.p, p,
                 n > 36 ? 5 * sqrt(p * (1 - p) / draws) + 1 / draws : 0);
    }
    assert_true(permutation.p >= permutation.smallest_p);
}

static void check_paired(const char *name)
{
    const struct reference *of_a = references_get(&references, name, "a", -1);
    const double *a = of_a->values, *b = get(name, "b", of_a->count);
    size_t n = (size_t)of_a->count;
    double largest = 0;
    for (size_t i = 0; i < n; i++) {
        largest = fmax(largest, fmax(fabs(a[i]), fabs(b[i])));
    }
    struct test_result t = test_paired_t(a, b, n);
    assert_int_equal(t.n, n);
    assert_int_equal(t.n_b, n);
    const struct reference *expected = find(name, "t");
    if (expected) {
        check_t(name, &t, expected->values, 1e-15 * largest);
    } else {
        check_constant(&t);
    }
    check_signs(name, a, b, n);
}

static void pairs(void **state)
{
    (void)state;
    for_cases("paired_", "a", 48, check_paired);
}

static void check_welch(const char *name)
{
    const struct reference *a = references_get(&references, name, "a", -1);
    const struct reference *b = references_get(&references, name, "b", -1);
    struct test_result result =
        test_welch_t(a->values, (size_t)a->count, b->values, (size_t)b->count);
    double largest = 0;
    for (int64_t i = 0; i < a->count; i++) {
        largest = fmax(largest, fabs(a->values[i]));
    }
    assert_int_equal(result.n, a->count);
    assert_int_equal(result.n_b, b->count);
    check_t(name, &result, get(name, "welch", 7), 1e-15 * largest);
}

static void samples(void **state)
{
    (void)state;
    for_cases("welch_", "a", 38, check_welch);
}

/* Labels are 0; who is right says 0. */
static void check_mcnemar(const char *name)
{
    const double *counts = get(name, "counts", 4), *expected = get(name, "mcnemar", 4);
    size_t count = 0;
    for (int i = 0; i < 4; i++) {
        count += (size_t)counts[i];
    }
    int32_t *labels = memory_array(count, sizeof(*labels));
    int32_t *a = memory_array(count, sizeof(*a)), *b = memory_array(count, sizeof(*b));
    for (size_t i = 0; i < count; i++) {
        double at = (double)i;
        a[i] = at < counts[0] + counts[1] ? 0 : 2;
        b[i] = at < counts[0] || (at >= counts[0] + counts[1] && at < (double)count - counts[3])
                   ? 0
                   : 3;
    }
    struct test_result result = test_mcnemar(labels, a, b, count);
    assert_int_equal(result.obstacle, TEST_POSSIBLE);
    assert_int_equal(result.n, count);
    close_to(name, "difference", result.difference, expected[0], 0);
    close_to(name, "low", result.low, expected[1], 1e-15);
    close_to(name, "high", result.high, expected[2], 1e-15);
    close_to(name, "p", result.p, expected[3], 0);
    close_to(name, "examples", result.statistic, counts[1], 0);
    assert_true(counts[2] == 0 || result.effect == counts[1] / counts[2]);
    memory_free(labels);
    memory_free(a);
    memory_free(b);
}

static void classifiers(void **state)
{
    (void)state;
    for_cases("mcnemar_", "counts", 10, check_mcnemar);
}

static void check_holm(const char *name)
{
    const struct reference *p = references_get(&references, name, "p", -1);
    const double *expected = get(name, "adjusted", p->count);
    double *adjusted = memory_array((size_t)p->count, sizeof(*adjusted));
    test_holm(p->values, (size_t)p->count, adjusted);
    for (int64_t i = 0; i < p->count; i++) {
        close_to(name, "adjusted", adjusted[i], expected[i], 0);
    }
    memory_free(adjusted);
}

static void families(void **state)
{
    (void)state;
    for_cases("holm_", "p", 7, check_holm);
}

static void check_seeds(enum test_kind kind, const char *name)
{
    const struct reference *rows = references_get(&references, "seeds", name, -1);
    assert_in_range(rows->shape[0], 40, 1000);
    for (const double *row = rows->values; row < rows->values + rows->count; row += 3) {
        double found = test_seeds_needed(kind, row[0], row[1]);
        if (found != row[2]) {
            fail_msg("%s, effect %g, level %g: found %g seeds, expected %g", name, row[0], row[1],
                     found, row[2]);
        }
    }
}

static void seeds(void **state)
{
    (void)state;
    check_seeds(TEST_PAIRED_T, "paired");
    check_seeds(TEST_WELCH_T, "welch");
}

static void check_table(const char *table, double (*function)(double, double), double rounding)
{
    const struct reference *rows = references_get(&references, "distribution", table, -1);
    for (const double *row = rows->values; row < rows->values + rows->count; row += 3) {
        char figure[96];
        snprintf(figure, sizeof(figure), "%g, %g", row[0], row[1]);
        close_to(table, figure, function(row[0], row[1]), row[2], rounding);
    }
}

static double coin(double heads, double count)
{
    return distribution_coin((size_t)heads, (size_t)count);
}

static void distributions(void **state)
{
    (void)state;
    check_table("t_quantile", distribution_t_quantile, 0);
    check_table("t_two_sided", distribution_t_two_sided, 0);
    check_table("t_probability", distribution_t_probability, 0);
    check_table("coin", coin, 0);
}

static void distributions_of_three(void **state)
{
    (void)state;
    static const struct {
        const char *table;
        double (*function)(double, double, double);
        double rounding;
    } tables[] = {{"beta", distribution_beta, 0},
                  {"noncentral", distribution_noncentral_t_above, 1e-12}};
    for (int i = 0; i < 2; i++) {
        const struct reference *rows =
            references_get(&references, "distribution", tables[i].table, -1);
        for (const double *row = rows->values; row < rows->values + rows->count; row += 4) {
            char figure[96];
            snprintf(figure, sizeof(figure), "%g, %g, %g", row[0], row[1], row[2]);
            close_to(tables[i].table, figure, tables[i].function(row[0], row[1], row[2]), row[3],
                     tables[i].rounding);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(summaries),     cmocka_unit_test(pairs),
        cmocka_unit_test(samples),       cmocka_unit_test(classifiers),
        cmocka_unit_test(families),      cmocka_unit_test(seeds),
        cmocka_unit_test(distributions), cmocka_unit_test(distributions_of_three),
    };
    return cmocka_run_group_tests(tests, open_references, close_references);
}
