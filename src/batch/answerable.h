/* Whether the runs of an experiment can answer what its file asks, known before they are trained.
 */
#ifndef UNROLL_BATCH_ANSWERABLE_H
#define UNROLL_BATCH_ANSWERABLE_H

#include "batch/experiment.h"
#include "train/data.h"

struct answerable;

/* EXPERIMENT must outlive it. */
struct answerable *answerable_new(const struct experiment_file *experiment);
void answerable_free(struct answerable *answerable);

/* Notes what runs of VARIANT will measure by its CONFIG, whose plugins may be missing, and DATA;
 * NULL: not opened. What then cannot be told (steps, where epochs count) is taken to be right. */
void answerable_note(struct answerable *answerable, size_t variant, const struct config *config,
                     const struct data *data);

/* When all variants are noted, or those that can be: adds an error where `compare.metric`, the
 * choice or a claim is about a figure that none of the runs in question will ever have, and warns
 * on stderr of reported figures that no run will measure, which hurt nothing. */
void answerable_check(const struct answerable *answerable, struct diagnostics *diagnostics);

#endif
