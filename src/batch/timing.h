/* A few real training steps of one variant, timed. */
#ifndef UNROLL_BATCH_TIMING_H
#define UNROLL_BATCH_TIMING_H

#include "batch/batch.h"

struct timing {
    double setup;   /* seconds to open the data and to initialise the network */
    double step;    /* seconds of a training step; 0: it could not be timed */
    double example; /* seconds of evaluating an example */
};

/* Times VARIANT in a process of its own, for a second or so; one that takes longer than a few
 * seconds leaves what it had measured. One that crashes is warned of, and not timed. */
void timing_measure(struct timing *timing, const struct batch *batch, size_t variant);

#endif
