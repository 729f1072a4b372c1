/* The trials of a batch that other processes train. */
#ifndef UNROLL_BATCH_WAITING_H
#define UNROLL_BATCH_WAITING_H

#include "batch/batch.h"

/* Asks the store for every trial of fate TRIAL_ELSEWHERE that has not ended. One that is done,
 * failed or diverged gets its end, its reason and its report as if a worker of this batch had found
 * it so; one that nobody trains any more becomes TRIAL_MISSING, with --force
 * any that has ended. *ENDED, for the caller to free:
 * the COUNT trials that got an end. Keeps the tally's number of trials elsewhere, and no other. */
int waiting_ask(struct batch *batch, size_t **ended, size_t *count, struct error *error);

#endif
