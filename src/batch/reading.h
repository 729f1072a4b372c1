/* What the readers of an experiment's questions share. */
#ifndef UNROLL_BATCH_READING_H
#define UNROLL_BATCH_READING_H

#include "base/names.h"
#include "batch/experiment.h"

struct reading {
    struct experiment_file *experiment;
    struct names names; /* of the variants, as reading_add_names() says */
    struct diagnostics *diagnostics;
};

/* The finals that a run may have and what follows from them; ends with NULL. */
extern const char *const reading_final_metrics[];

/* Adds what the variants are called where they are compared: without what is chosen. */
void reading_add_names(struct reading *reading);

/* Complains, about PATH at MARK, where NAME is none of the names. */
void reading_check_variant(const struct reading *reading, const char *name, const struct mark *mark,
                           const char *path);

/* Complains where METRIC is none of KNOWN, which ends with NULL; returns whether it is. */
bool reading_check_metric(const struct reading *reading, const char *metric,
                          const char *const *known, const struct mark *mark, const char *path);

/* Complains, about PATH at MARK, of a NUMBER that METRIC cannot have: an accuracy lies from 0 to 1,
 * a gap of accuracies, or where IS_DIFFERENCE a difference of any, from -1 to 1. */
void reading_check_share(const struct reading *reading, const char *metric, bool is_difference,
                         double number, const struct mark *mark, const char *path);

#endif
