/* How a worker ended, and what the store is told of it. */
#ifndef UNROLL_BATCH_ENDING_H
#define UNROLL_BATCH_ENDING_H

#include "batch/batch.h"

/* Decides how trial INDEX ended, whose worker's wait status is STATUS: sets the trial's end and
 * reason, and writes the reason with the worker's last lines into the store, where the worker had
 * begun a run. */
void ending_note(struct batch *batch, size_t index, int status);

/* Whether a trial that ended so may end otherwise when it is trained again. */
bool ending_is_worth_a_retry(const struct batch_trial *trial);

/* Whether the process was ended by someone, not by what it did itself nor for want of memory: then
 * it was interrupted, and the same command goes on with its run. The counts: see below. */
bool ending_is_from_outside(int signal_number, int64_t oom_before, int64_t oom_after);

/* What a process that SIGNAL ended died of. OOM_BEFORE and OOM_AFTER count what the kernel has
 * ended for want of memory (machine_oom_kills). */
void ending_add_signal(struct text *text, int signal_number, int64_t oom_before, int64_t oom_after);

#endif
