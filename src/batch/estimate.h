/* How long a batch will take, from a few real training steps of each distinct config. */
#ifndef UNROLL_BATCH_ESTIMATE_H
#define UNROLL_BATCH_ESTIMATE_H

#include "batch/batch.h"

struct estimate {
    double *seconds; /* [batch->count]: of each trial, alone on a core; NaN where nothing is known;
                        owned */
    double total;    /* wall time of all trials that are missing; NaN where nothing is known */
    size_t distinct; /* configs that may differ in their speed */
    size_t timed;    /* of these; the others are judged by their operations */
    double longest;  /* of the trials that are missing */
};

/* Times every config that may have a speed of its own (seeds, learning rates and other real-valued
 * parameters do not change it), each in a process of its own that is ended after a few seconds, for
 * about TIME_BOX seconds in all, and adds the missing trials up, PLACES at a time, as
 * batch_run would start them. Early stopping, which cannot be foreseen, makes runs shorter. What
 * cannot be timed (no memory, a plugin that crashes), or has a fault, is left out. ESTIMATE must be
 * released. */
int estimate_batch(struct estimate *estimate, const struct batch *batch, int places,
                   double time_box, struct error *error);
void estimate_release(struct estimate *estimate);

#endif
