/* One run from its config to its final figures in the store. */
#ifndef UNROLL_TRAIN_RUN_H
#define UNROLL_TRAIN_RUN_H

#include "config/config.h"
#include "store/runs.h"

/* How far a run is, for another process that shares the memory. */
struct run_live {
    volatile int64_t step, steps;
    volatile double loss, accuracy; /* newest training figures; NaN before the first */
    volatile bool is_out_of_time;   /* set by the other one before it sends SIGTERM: the run has
                                       failed then, and is not interrupted */
};

struct run_options {
    const char *store;         /* path of the database */
    const char *data;          /* data folder */
    const char *key;           /* the run key that CONFIG must have; NULL: any */
    int threads;               /* at least 1 */
    enum begin_rule rule;      /* what becomes of runs that are there */
    const char *again;         /* as in struct run_request */
    bool quiet;                /* no lines, no bar */
    double checkpoint_seconds; /* between checkpoints; the last one is always written */
    struct run_live *live;     /* kept up to date unless NULL */
};

struct run_outcome {
    char id[RUN_ID_SIZE];
    bool was_done;   /* nothing was trained: a run with this key is in the store */
    bool is_running; /* nothing was trained: another process is at it */
    enum run_state state;
    double loss, accuracy; /* final, on the test split; NaN where there are none */
    double seconds;        /* training and evaluating, all attempts */
};

/* Trains CONFIG, or finds that it is done. Ends with -1 and ERROR_FAILED when the run failed or
 * diverged (with rule TAKE_UNFAILED also when it did so before: ERROR is what the store says of
 * it), ERROR_INTERRUPTED after SIGINT or SIGTERM (state and checkpoint are in the store; the same
 * call goes on from there). OUTCOME is filled as far as things went; its id is "" when no run was
 * begun.
 */
int run_train(const struct config *config, const struct run_options *options,
              struct run_outcome *outcome, struct error *error);

/* Writes into the store that CONFIG, which may not even be planned, has failed with MESSAGE;
 * nothing of it is called. DIGEST is that of its data, "" where it is not known; its steps and
 * parameters stand as 0. Only store, key, threads, rule and again of OPTIONS count. Where the rule
 * leaves the run that is there alone, OUTCOME says so, and 0 is returned as well. */
int run_record_failure(const struct config *config, const struct run_options *options,
                       const char *digest, const char *message, struct run_outcome *outcome,
                       struct error *error);

/* From now on the first SIGINT or SIGTERM makes run_train stop at the next step, the second one
 * ends the process at once. */
void run_catch_signals(void);
bool run_is_interrupted(void);

/* ACT is called by the signal handler before the second signal ends the process: it may do only
 * what a signal handler may. NULL, or a new run_catch_signals: nothing is called. */
void run_before_end(void (*act)(void));

#endif
