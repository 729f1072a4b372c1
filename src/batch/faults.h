/* Trials whose variant has a fault (struct batch_fault): what becomes of them instead of training.
 */
#ifndef UNROLL_BATCH_FAULTS_H
#define UNROLL_BATCH_FAULTS_H

#include "batch/batch.h"

/* Ends trial INDEX if it is missing and its variant has a fault: as failed, in the store too. One
 * whose run another process has come to end meanwhile ends like that one. Returns whether it has
 * ended. A store that cannot be written is a warning. */
bool faults_end_trial(struct batch *batch, size_t index);

#endif
