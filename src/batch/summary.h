/* What a batch says at its end. */
#ifndef UNROLL_BATCH_SUMMARY_H
#define UNROLL_BATCH_SUMMARY_H

#include "batch/batch.h"

/* Writes to stderr how many trials ended how, with a line for each that failed. Returns 0, or -1
 * with ERROR saying how to go on: ERROR_INTERRUPTED, or ERROR_FAILED when a trial failed. */
int summary_say(const struct batch *batch, bool is_interrupted, struct error *error);

#endif
