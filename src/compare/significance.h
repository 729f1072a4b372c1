/* Whether two sets of figures differ: tests, effect sizes, corrections, sample sizes. All tests are
 * two-sided. Figures are finite numbers; who calls has left out the others.
 *
 * Figures are taken as known to four units in their last place: those that differ by less are the
 * same, as are differences that only rounding has put apart (paired.h). The order of the figures,
 * or of the pairs, does not change a bit of any result; a and b swapped change signs and ends, and
 * no other bit (the odds ratio of McNemar's test becomes its reciprocal). */
#ifndef UNROLL_COMPARE_SIGNIFICANCE_H
#define UNROLL_COMPARE_SIGNIFICANCE_H

#include <stddef.h>
#include <stdint.h>

enum test_kind {
    TEST_PAIRED_T,    /* Student's t of the differences */
    TEST_WILCOXON,    /* Wilcoxon's signed-rank test of the differences */
    TEST_PERMUTATION, /* all 2^n signs of the differences; what is compared is their mean */
    TEST_WELCH_T,     /* two samples, variances not supposed equal */
    TEST_MCNEMAR,     /* two classifiers on the same examples */
    TEST_KINDS,
};

/* "paired t", "Wilcoxon signed-rank", "sign-flip permutation", "Welch's t", "McNemar". */
extern const char *const test_kind_names[];

/* Why a test says nothing, when p is NaN. */
enum test_obstacle {
    TEST_POSSIBLE,
    TEST_TOO_FEW,   /* fewer than two pairs, or than two figures on one side; no examples */
    TEST_NO_SPREAD, /* all differences are the same number other than zero, or both samples are
                       constant and not equal: a t test would divide by zero. The other paired
                       tests are possible then */
};

struct test_result {
    enum test_kind kind;
    enum test_obstacle obstacle;
    size_t n, n_b;     /* pairs (n_b is n), or figures of a and of b; for McNemar the examples */
    size_t zeros;      /* pairs without a difference */
    double difference; /* mean of a - mean of b; for McNemar the difference of the accuracies; NaN
                          without any */
    double low, high;  /* 95 % interval of that difference: Student's t for all paired tests,
                          Welch's, or for McNemar the Wald interval of paired proportions. Both are
                          0 where there is neither difference nor spread; NaN for TEST_TOO_FEW and
                          for a difference without any spread */
    double statistic;  /* t, 0 where there is neither difference nor spread; the smaller rank sum;
                          the mean difference; for McNemar the examples that only a has right. NaN
                          with an obstacle */
    double degrees;    /* of freedom, NaN where there are none */
    double p;          /* NaN where OBSTACLE says why; 1 where there is no difference at all */
    double smallest_p; /* the smallest p that these many figures can give: 0 for the t tests; with m
                          differences other than zero (for McNemar, examples that one alone has
                          right) 2^(1-m), 1 for none; see paired.h for many. NaN with an obstacle */
    double effect;     /* standardised: Cohen's d_z of the differences, Hedges' g for Welch, both 0
                          where there is no difference at all; for McNemar the odds ratio of the
                          discordant examples, infinite where only a has any. NaN where there is no
                          spread to divide by, no discordant example, or TEST_TOO_FEW */
};

/* Of COUNT pairs. All differences zero: p is 1. d_z is the mean of the differences over their
 * standard deviation (Cohen, "Statistical Power Analysis for the Behavioral Sciences", 1988, 2.3).
 * How the other two are counted: paired.h. */
struct test_result test_paired_t(const double *a, const double *b, size_t count);
struct test_result test_wilcoxon(const double *a, const double *b, size_t count);
struct test_result test_permutation(const double *a, const double *b, size_t count);

/* Welch, "The generalization of `Student's' problem when several different population variances are
 * involved", Biometrika 34, 1947, with the degrees of freedom of Satterthwaite, Biometrics Bulletin
 * 2, 1946. Hedges' g is the difference over the pooled standard deviation, times the exact
 * correction for small samples gamma(m/2) / (sqrt(m/2) gamma((m-1)/2)), m = n + n_b - 2 (Hedges,
 * "Distribution theory for Glass's estimator of effect size", J. Educ. Stat. 6, 1981). */
struct test_result test_welch_t(const double *a, size_t count_a, const double *b, size_t count_b);

/* Of what two classifiers predicted for COUNT examples with LABELS: the exact binomial test of the
 * examples that one alone has right, twice the smaller tail (McNemar, "Note on the sampling error
 * of the difference between correlated proportions or percentages", Psychometrika 12, 1947). */
struct test_result test_mcnemar(const int32_t *labels, const int32_t *a, const int32_t *b,
                                size_t count);

/* Holm's step-down correction ("A simple sequentially rejective multiple test procedure", Scand.
 * J. Statist. 6, 1979): ADJUSTED [count] from P [count], in their order; they may be the same
 * array. NaN stays NaN and counts as no member of the family. */
void test_holm(const double *p, size_t count, double *adjusted);

/* RESULT's effect for planning how many seeds to take. The d_z of few pairs is mostly too large:
 * over v = n - 1 degrees of freedom about sqrt(v / median of chi-squared) times the true one. This
 * takes that factor off, with the median v (1 - 2 / 9v)^3 (Wilson and Hilferty, "The distribution
 * of chi-square", PNAS 17, 1931): 0.69 for two pairs, 0.84 for three, 0.92 for five. What is left
 * is as often too large as too small. (Hedges' correction of the mean is 0 for two pairs: d_z has
 * no mean then.) Welch's g is corrected as it is; NaN as the effect is. */
double test_planning_effect(const struct test_result *result);

/* How many seeds for each variant a test of KIND needs to find a difference of standardised size
 * EFFECT (d_z; for Welch d of two samples of the same size and spread) with power 0.8 at level
 * ALPHA: 2 to 10,000, INFINITY for more, NaN where EFFECT is 0 or NaN, ALPHA is no level, and for
 * McNemar's test, whose examples are not seeds. From the non-central t distribution. The other
 * paired tests count as a t test, and need at least as many seeds as make their smallest p
 * ALPHA. */
double test_seeds_needed(enum test_kind kind, double effect, double alpha);

/* How many seeds it takes until the interval of a mean at level 1 - ALPHA lies between two bounds
 * as a whole with power 0.8, where they are LOWER and UPPER standard deviations below and above the
 * true mean (both above 0; INFINITY: no bound): its ends miss them with the losses of power of a
 * paired t test against either, which are added. 2 to 10,000, INFINITY for more; NaN as above. */
double test_seeds_between(double lower, double upper, double alpha);

#endif
