/* When a run's metric is read: at the end of training, or on the way. */
#ifndef UNROLL_COMPARE_MOMENT_H
#define UNROLL_COMPARE_MOMENT_H

#include "base/text.h"
#include "compare/groups.h"

enum moment_kind {
    MOMENT_END,  /* finals: whole splits, after the last step */
    MOMENT_BEST, /* the evaluation at which the same figure was best on the validation split */
    MOMENT_STEP, /* the newest evaluation up to that step, epoch or second of the run */
    MOMENT_EPOCH,
    MOMENT_SECONDS, /* of training and evaluations, as series have them */
};

struct moment {
    enum moment_kind kind;
    double at; /* step, epoch or seconds; above 0, not used for the others */
};

/* Reads "end", "best", "step:500", "epoch:2.5", "seconds:30". ERROR_USAGE otherwise, with what
 * there is; the caller puts the option's name in front. */
int moment_parse(struct moment *moment, const char *text, struct error *error);

/* For tables: "at step 500", "at epoch 2.5", "after 30 s", "at the best validation step"; nothing
 * for MOMENT_END. */
void moment_add_text(struct text *text, struct moment moment);

/* METRIC of RUN at MOMENT; NaN where the run has none: it is not that far, was not evaluated on
 * the split, or (MOMENT_END, MOMENT_BEST) is not done.
 *
 * For MOMENT_STEP, EPOCH and SECONDS a run that is done before then counts with its last
 * evaluation; one that is not, and has not got there, does not count. An evaluation at the end of
 * epoch 1 counts for epoch 1, also where that is no whole number of steps.
 *
 * MOMENT_BEST reads test.accuracy where validation.accuracy is highest, test.loss where
 * validation.loss is lowest (metric_judge in metric.h), the first of equal ones; what is not a
 * number is never the best. It never reads a test figure picked by itself: where METRIC was not
 * evaluated at that very step, the value is NaN. Like all evaluations on the way it is limited to
 * train.evaluate.limit examples.
 *
 * Differences (metric.h: gap.loss) are of both figures at the same step. "seconds",
 * "examples_per_second" and "parameters" are of the run as a whole, whatever the moment. */
int moment_value(struct store *store, const struct group_run *run, const char *metric,
                 struct moment moment, double *value, struct error *error);

/* The same for all of GROUP's trials in the order of its runs, then NaN for those not begun: COUNT
 * of them, which the caller frees; NULL after an error. */
double *moment_values(struct store *store, const struct group *group, const char *metric,
                      struct moment moment, size_t *count, struct error *error);

/* ERROR_NOT_FOUND, with what there is and the remedy, unless some run has METRIC at MOMENT. */
int moment_check(struct store *store, const struct groups *groups, const char *metric,
                 struct moment moment, struct error *error);

#endif
