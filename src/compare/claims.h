/* What the runs say of an experiment's claims, which were made before them.
 *
 * A claim that A is better than B. Where `compare` has this contrast, either way round, its verdict
 * after Holm's correction is that of the claim, so that the two never contradict each other; pairs
 * that it does not have are a family of their own, corrected together. The claim holds when A is
 * significantly better, does not hold when it is significantly worse, and is undecided otherwise.
 * With `by`, it holds when A is significantly better and the 95 % interval of the difference lies
 * above `by` as a whole, and does not hold when A is significantly worse or the interval lies below
 * `by` as a whole. Two single runs decide nothing: McNemar's test is about these two models.
 *
 * A claim that a figure lies above or below a number, or between two, holds when the 95 % interval
 * of the mean over seeds lies there as a whole, and does not when it lies outside as a whole.
 *
 * How many seeds would tell with power 0.8, from the figures as they are: where A's advantage is
 * undecided, as for the contrast; with `by` so many that the interval lies on its side of `by`, and
 * that the test finds A's advantage where that is undecided as well; for a mean between two bounds
 * so many that the interval lies there (test_seeds_between), for one outside of them those that
 * tell it from the nearer one. */
#ifndef UNROLL_COMPARE_CLAIMS_H
#define UNROLL_COMPARE_CLAIMS_H

#include "compare/comparison.h"

enum claim_verdict {
    CLAIM_HOLDS,
    CLAIM_FAILS,
    CLAIM_UNDECIDED,
    CLAIM_LEFT_OUT, /* its variants are not among what is compared */
};
/* "holds", "does not hold", "undecided", "left out" */
extern const char *const claim_verdict_names[];

struct claim_answer {
    const struct claim *claim; /* of the groups */
    enum claim_verdict verdict;
    size_t n, n_b;    /* figures: pairs or runs of both variants (n_b is n where they pair), or runs
                         of the one (n_b is n) */
    double value;     /* of the one, the mean; of two, the difference of the means, A - B; NaN */
    double low, high; /* its 95 % interval; NaN */
    double p;         /* corrected; NaN where nothing was tested */
    double seeds;     /* that would tell, as struct contrast has them; NaN */
    size_t trials, there, awaited; /* of the variants: all, and see struct attendance */
    char *verdict_words; /* "holds", "undecided at n = 5", and what else must be said with it: the
                            moment, and that runs are awaited; owned, as is the next */
    char *sentence;      /* the figures */
};

struct claim_answers {
    struct claim_answer *items; /* in the order of the file */
    size_t count;
};

/* Answers the claims of GROUPS as LIKE compares: its moment, test, pairs and baseline. The caller
 * releases ANSWERS, which is all zero after an error. */
int claims_answer(struct claim_answers *answers, struct store *store, const struct groups *groups,
                  const struct comparison_request *like, struct error *error);
void claim_answers_release(struct claim_answers *answers);

#endif
