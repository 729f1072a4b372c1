/* One worker process of a batch: its beginning, what it prints, and its time. */
#ifndef UNROLL_BATCH_WORKER_H
#define UNROLL_BATCH_WORKER_H

#include "batch/batch.h"
#include "batch/output.h"

#include <sys/types.h>

struct worker {
    pid_t process;
    int pipe; /* what it prints comes from here; -1 after the end of it */
    struct output output;
    double started;    /* clock_seconds() */
    double told;       /* that it is out of time, clock_seconds(); 0: not told */
    bool was_ended;    /* because it did not listen */
    int64_t step;      /* the first that was seen, for the time left, */
    double step_time;  /* and when; 0: none yet */
    int64_t oom_kills; /* of the system before, as from machine_oom_kills */
};

/* Starts a worker for trial INDEX and fills trial->worker, which worker_end frees. */
int worker_start(struct batch *batch, size_t index, struct error *error);
void worker_end(struct batch_trial *trial);

/* Takes what WORKER has printed; does not wait. */
void worker_read(struct worker *worker);

/* Notes the first step that the trial's worker reports, and ends a worker that is out of time: it
 * is told to, and after the options' grace made to. */
void worker_watch(const struct batch *batch, size_t index);

#endif
