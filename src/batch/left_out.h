/* What an experiment loses when its file, its base or an override changes: trials that have been
 * trained, and that are no longer among its trials. */
#ifndef UNROLL_BATCH_LEFT_OUT_H
#define UNROLL_BATCH_LEFT_OUT_H

#include "batch/batch.h"
#include "store/experiments.h"

/* Says on stderr how many trials of BEFORE, which is BATCH's experiment as STORE has it, are done
 * or have diverged and are not planned in BATCH any more, and what has changed; nothing where there
 * are none. Calls no plugin. DRY: it has not come to pass yet. */
void left_out_say(const struct batch *batch, const struct experiment *before, struct store *store,
                  bool dry);

#endif
