/* Figures that others reported, beside ours. A published figure is mostly that of one run, so what
 * is asked is whether one run like ours would end there: whether it lies in the interval that holds
 * one further figure with probability 95 %, mean +- t(0.975, n - 1) * s * sqrt(1 + 1/n)
 * (NIST/SEMATECH e-Handbook of Statistical Methods; G. J. Hahn, "Factors for calculating two-sided
 * prediction intervals for samples from a normal distribution", JASA 64, 1969). The interval of the
 * mean, which is narrower, is about another question. A figure that is known to some precision only
 * lies in the interval where a part of what it may be does. */
#ifndef UNROLL_COMPARE_REPORTED_H
#define UNROLL_COMPARE_REPORTED_H

#include "compare/groups.h"
#include "compare/statistics.h"

enum reported_verdict {
    REPORTED_WITHIN,
    REPORTED_OUTSIDE,
    REPORTED_UNKNOWN, /* fewer than two runs of ours have the figure */
};
extern const char *const reported_verdict_names[]; /* "within", "outside", "" */

struct reported_answer {
    const struct reported_figure *figure; /* of the groups */
    bool has_variant;                     /* it is among the groups */
    struct summary ours;
    double half_width; /* of the interval of our mean */
    double low, high; /* of one further run, an accuracy's within 0 and 1; NaN for fewer than two */
    enum reported_verdict verdict;
    /* Of a step that no run of ours has measured, the nearest that it has; 0: none. */
    int64_t before, after;
};

struct reported_answers {
    struct reported_answer *items; /* in the order of the file */
    size_t count;
    size_t within, outside;
};

/* Answers the reported figures of GROUPS. A figure at a step is compared with the evaluation at
 * that very step, one at the end with the final figure of the whole split. No reported figures are
 * ERROR_NOT_FOUND. The caller releases ANSWERS, which is all zero after an error. */
int reported_answer(struct reported_answers *answers, struct store *store,
                    const struct groups *groups, struct error *error);
void reported_answers_release(struct reported_answers *answers);

/* Half the width of the interval that holds one further value; NaN for n < 2. */
double reported_half_width(double deviation, size_t n);

#endif
