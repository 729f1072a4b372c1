/* The differences of pairs, and what all signs that they could have had say about them. Were there
 * no difference but chance, each would have come with either sign as likely: that makes 2^n equally
 * likely sets of figures, of which the tests count those at least as far from zero as what was
 * found. */
#ifndef UNROLL_COMPARE_PAIRED_H
#define UNROLL_COMPARE_PAIRED_H

#include "compare/statistics.h"

#include <stdbool.h>
#include <stddef.h>

/* 0.9812 - 0.9802 and 0.9702 - 0.9692 are the same difference, ten examples of ten thousand, and
 * yet not the same double. So a figure is taken as known to four units in its last place: a
 * difference within that of zero is zero, and two sizes that rounding may have put apart are
 * equal. */
struct difference {
    double value;  /* a - b; zero where it is within SLACK of zero */
    double size;   /* without its sign */
    double margin; /* what rounding may have done to it */
};

struct paired {
    struct difference *items; /* [count], smallest size first; of any order of the pairs the same */
    size_t count, zeros;      /* the first ZEROS are zero */
    bool constant;            /* all are the same number, but for rounding */
    struct summary summary;   /* of the values; a mean that rounding alone could make is 0 */
};

/* Takes the COUNT differences a - b. The caller releases PAIRED. */
void paired_init(struct paired *paired, const double *a, const double *b, size_t count);
void paired_release(struct paired *paired);

/* Two-sided p of the signed-rank sum (Wilcoxon, "Individual comparisons by ranking methods",
 * Biometrics Bulletin 1, 1945). Differences of zero are dropped, as Wilcoxon did; equal sizes have
 * the mean of their ranks. Up to 256 differences the distribution is exact, with equal sizes too;
 * for more it is the normal one of the same variance, with a correction of one half for continuity.
 * *SMALLER becomes the smaller one of the rank sums of either sign. */
double paired_rank_test(const struct paired *paired, double *smaller);

/* Two-sided p of the mean (Fisher, "The Design of Experiments", 1935, section 21): how many of the
 * 2^n sums, or of 100,000 sums with signs drawn at random where there are more than 36 differences
 * other than zero, are at least as far from zero as this. A drawn p is (k + 1) / (draws + 1), which
 * makes it a valid one (Phipson and Smyth, "Permutation p-values should never be zero", Stat. Appl.
 * Genet. Mol. Biol. 9, 2010); the draws are the same every time. Sums that are equal but for
 * rounding count as equal. */
double paired_sum_test(const struct paired *paired);

/* The smallest p that either of them could give with as many differences other than zero: all with
 * the same sign. */
double paired_smallest_rank_p(const struct paired *paired);
double paired_smallest_sum_p(const struct paired *paired);

#endif
