/* What can be asked of a run besides what the store has for it: figures that follow from others. */
#ifndef UNROLL_COMPARE_METRIC_H
#define UNROLL_COMPARE_METRIC_H

#include "base/text.h"
#include "compare/groups.h"

/* A metric that is the difference of two others, at the same step: the generalisation gap, which
 * is positive where a run does better on what it was trained on. train_split is the whole training
 * set (or train.evaluate.limit of it), evaluated as the test set is. */
struct metric_difference {
    const char *name, *minuend, *subtrahend;
};

/* gap.loss = test.loss - train_split.loss, gap.accuracy = train_split.accuracy - test.accuracy;
 * NULL for any other NAME. */
const struct metric_difference *metric_difference_find(const char *name);

/* Figures of a run as a whole, which no step has: seconds (of training, evaluations not counted),
 * examples_per_second (of those seconds), parameters. Ends with NULL. */
extern const char *const metric_run_names[];
bool metric_is_of_run(const char *name);

/* METRIC of a RUN as a whole; NaN unless it is done. */
double metric_of_run(const struct run *run, const char *metric);

/* METRIC at the end of training, of the whole split; NaN where FINALS do not have it. */
double metric_of_finals(const struct finals *finals, const char *metric);

/* The series of METRIC of run ID, as store_metrics_load_by; a difference has the steps at which
 * both of its parts were measured. The caller releases SERIES. */
int metric_load(struct store *store, const char *id, const char *metric, unsigned times,
                struct metrics *series, struct error *error);

/* The figure of the validation split by which the best step for METRIC is chosen:
 * validation.accuracy for all accuracies, validation.loss for all losses. NULL for others. */
const char *metric_judge(const char *metric);

/* Adds to TEXT, with ", " between them, all that can be asked where KNOWN, finals or series, are
 * there: these, the differences of two of them, and the figures of a run as a whole. */
void metric_add_names(struct text *text, const struct names *known);

#endif
