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
    double started; /* clock_seconds() */
    double told;    /* to end, clock_seconds(); 0: not told */
    bool is_late;   /* that was because it was out of time */
    bool was_ended; /* because it did not listen */
    struct hook_watch watch;
    double watched;             /* when that was, clock_seconds() */
    const struct module *stuck; /* did not come back from a call, and so the worker was ended */
    int64_t step;               /* the first that was seen, for the time left, */
    double step_time;           /* and when; 0: none yet */
    int64_t oom_kills;          /* of the system before, as from machine_oom_kills */
};

/* Starts a worker for trial INDEX and fills trial->worker, which worker_end frees. IS_SHORT is set
 * where the system has no descriptors, processes or memory left for one: it may have them when
 * another worker has ended. */
int worker_start(struct batch *batch, size_t index, bool *is_short, struct error *error);
void worker_end(struct batch_trial *trial);

/* As many descriptors as this process may have: each worker takes one. */
void worker_raise_limits(void);

/* Tells a worker to end, unless it was told before. */
void worker_tell(struct worker *worker);

/* Ends all workers of BATCH at once and waits for them, a second at most. A signal handler may call
 * it. */
void worker_end_all(const struct batch *batch);

/* Takes what WORKER has printed; does not wait. */
void worker_read(struct worker *worker);

/* Notes the first step that the trial's worker reports, and tells one that is out of time to end.
 * Whoever was told to end is made to after the options' grace, and whoever stays in one call of a
 * plugin's hook, at once. */
void worker_watch(const struct batch *batch, size_t index);

#endif
