/* The words of an answer to a claim. Used by claims.c. */
#ifndef UNROLL_COMPARE_CLAIMS_WORDS_H
#define UNROLL_COMPARE_CLAIMS_WORDS_H

#include "compare/claims.h"

/* By how much A is better, and the interval of that: its sign is that of the metric's direction. */
struct gain {
    double value, low, high;
};

/* Adds the verdict of ANSWER, which is of COMPARISON's moment: "holds", "undecided at n = 5",
 * "does not hold at step 20 so far (9 of 20 runs are that far)". */
void claims_words_verdict(struct text *text, const struct comparison *comparison,
                          const struct claim_answer *answer);

/* Adds the sentences about CONTRAST, which has GAIN, for a claim about two variants. */
void claims_words_contrast(struct text *text, const struct comparison *comparison,
                           const struct groups *groups, const struct contrast *contrast,
                           const struct claim_answer *answer, const struct gain *gain);

/* Adds those about the mean of GROUP, for a claim about one. */
void claims_words_mean(struct text *text, const struct comparison *comparison,
                       const struct groups *groups, size_t group,
                       const struct claim_answer *answer);

#endif
