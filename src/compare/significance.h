/* Whether two sets of figures differ: tests, effect sizes, corrections, sample sizes. All tests are
 * two-sided. Figures are finite numbers; who calls has left out the others. */
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

/* "paired t", "Wilcoxon signed-rank", ... */
extern const char *const test_kind_names[];

/* Why a test says nothing, when p is NaN. */
enum test_obstacle {
    TEST_POSSIBLE,
    TEST_TOO_FEW,   /* fewer than two figures, or none that differ */
    TEST_NO_SPREAD, /* all differences are the same number other than zero: a t test would divide
                       by zero */
};

struct test_result {
    enum test_kind kind;
    enum test_obstacle obstacle;
    size_t n, n_b;     /* pairs (n_b is n), or figures of a and of b; for McNemar the examples */
    double difference; /* mean of a - mean of b; for McNemar the difference of the accuracies */
    double low, high;  /* 95 % interval of that difference: Student's t for all paired tests,
                          Welch's, or for McNemar the Wald interval of paired proportions */
    double statistic;  /* t; the smaller rank sum; the mean difference; for McNemar the examples
                          that only a has right */
    double degrees;    /* of freedom, NaN where there are none */
    double p;          /* NaN where OBSTACLE says why */
    double smallest_p; /* the smallest p that N figures can give: 0 for the t tests */
    double effect; /* standardised: Cohen's d_z of the differences, Hedges' g for Welch, the odds
                      ratio of the discordant examples for McNemar */
};

/* Of COUNT pairs. All differences zero: p is 1. */
struct test_result test_paired_t(const double *a, const double *b, size_t count);
struct test_result test_wilcoxon(const double *a, const double *b, size_t count);
struct test_result test_permutation(const double *a, const double *b, size_t count);
struct test_result test_welch_t(const double *a, size_t count_a, const double *b, size_t count_b);

/* Of what two classifiers predicted for COUNT examples with LABELS: the exact binomial test. */
struct test_result test_mcnemar(const int32_t *labels, const int32_t *a, const int32_t *b,
                                size_t count);

/* Holm's step-down correction ("A simple sequentially rejective multiple test procedure", Scand.
 * J. Statist. 6, 1979): ADJUSTED [count] from P [count], in their order. NaN stays NaN and counts
 * as no member of the family. */
void test_holm(const double *p, size_t count, double *adjusted);

/* How many seeds for each variant a test of KIND (a t test; other paired tests count as one) needs
 * to find a difference of standardised size EFFECT (d_z; for Welch d of two samples of the same
 * size) with power 0.8 at level ALPHA: 2 to 10,000, INFINITY for more, NaN where EFFECT is none. */
double test_seeds_needed(enum test_kind kind, double effect, double alpha);

#endif
