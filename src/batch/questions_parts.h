/* For questions_read.c and those that read a part of the questions for it. */
#ifndef UNROLL_BATCH_QUESTIONS_PARTS_H
#define UNROLL_BATCH_QUESTIONS_PARTS_H

#include "batch/questions_read.h"

/* What the readers share. */
struct reading {
    struct experiment_file *experiment;
    struct names names; /* of the variants as they are compared */
    struct diagnostics *diagnostics;
};

/* The finals that a run may have and what follows from them; ends with NULL. */
extern const char *const reading_final_metrics[];

/* Complains, about PATH at MARK, where NAME is no variant. */
void reading_check_variant(const struct reading *reading, const char *name, const struct mark *mark,
                           const char *path);

/* Complains where METRIC is none of KNOWN, which ends with NULL; returns whether it is. */
bool reading_check_metric(const struct reading *reading, const char *metric,
                          const char *const *known, const struct mark *mark, const char *path);

/* Complains, about PATH at MARK, of a NUMBER that METRIC cannot have: an accuracy lies from 0 to 1,
 * a gap of accuracies, or where IS_DIFFERENCE a difference of any, from -1 to 1. */
void reading_check_share(const struct reading *reading, const char *metric, bool is_difference,
                         double number, const struct mark *mark, const char *path);

/* Each fills its questions from the value of its key, which is NULL where the key is not there. */
void claims_read(const struct reading *reading, const struct node *claims);
void reported_read(const struct reading *reading, const struct node *reported);

#endif
