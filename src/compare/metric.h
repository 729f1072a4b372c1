/* What can be asked of a run besides what the store has for it: figures that follow from others. */
#ifndef UNROLL_COMPARE_METRIC_H
#define UNROLL_COMPARE_METRIC_H

#include "base/text.h"
#include "compare/groups.h"
#include "store/metric_rules.h"

/* METRIC of a RUN as a whole; NaN unless it is done, and where it is not known. */
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
