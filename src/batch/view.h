/* What a person sees of a batch, on stderr. On a terminal: a line for each running trial and one
 * for the whole, redrawn in place, with the results scrolling by above. Elsewhere: a line for each
 * event. */
#ifndef UNROLL_BATCH_VIEW_H
#define UNROLL_BATCH_VIEW_H

#include "batch/batch.h"

#include <signal.h>

/* What the trials of a variant that are done took, for those that wait. */
struct view_rate {
    double seconds, steps;
};

struct view {
    double drawn;            /* clock_seconds() of the last drawing */
    struct view_rate *rates; /* [variants] */
    struct sigaction stop;   /* what SIGTSTP did before */
};

void view_init(struct view *view, const struct batch *batch);

/* Removes what is drawn. */
void view_release(struct view *view);

/* Trial INDEX has begun; ended (as its end, reason and report say); is to be trained again. */
void view_started(const struct batch *batch, size_t index);
void view_ended(struct view *view, const struct batch *batch, size_t index);
void view_retried(const struct batch *batch, size_t index);

/* Nothing is left but the trials that other processes train. */
void view_waiting(const struct batch *batch);

/* Redraws, at most ten times a second. RUNNING: the indexes of the trials that run. */
void view_draw(struct view *view, const struct batch *batch, const size_t *running);

#endif
