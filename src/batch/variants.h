/* An experiment's variants: those of the file, each at every point of the sweep, without what
 * `exclude` leaves out. */
#ifndef UNROLL_BATCH_VARIANTS_H
#define UNROLL_BATCH_VARIANTS_H

#include "batch/experiment.h"

/* Fills the variants of EXPERIMENT, whose tree, base, seeds, budget and sweep are read. Errors go
 * to DIAGNOSTICS. */
void variants_expand(struct experiment_file *experiment, struct diagnostics *diagnostics);
void variants_release(struct experiment_file *experiment);

#endif
