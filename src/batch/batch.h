/* A batch: all trials of an experiment, each in a process of its own, several at a time. */
#ifndef UNROLL_BATCH_BATCH_H
#define UNROLL_BATCH_BATCH_H

#include "base/hash.h"
#include "batch/experiment.h"
#include "store/runs.h"
#include "train/run.h"

#include <sys/types.h>

struct batch_options {
    const char *store, *data; /* path of the database, data folder */
    int workers;
    bool retry_failed; /* train again what failed or diverged before */
    bool force;        /* train every trial again, as a new run; nothing is deleted */
    char **overrides;  /* key=value, on top of every trial */
    int override_count;
};

/* What a worker tells its parent, in shared memory. */
struct trial_report {
    struct run_live live;
    struct run_outcome outcome;
    struct error error;
};

enum trial_fate { TRIAL_MISSING, TRIAL_DONE_BEFORE, TRIAL_FAILED_BEFORE, TRIAL_ELSEWHERE };

struct batch_trial {
    size_t variant;
    int64_t seed;
    char key[HASH_TEXT_SIZE];
    enum trial_fate fate;  /* what the store said before the batch began */
    char run[RUN_ID_SIZE]; /* of a run that is there; "" for none */
    int64_t steps, parameters;
    int64_t memory; /* bytes that its worker needs, about */
    pid_t worker;   /* while it runs, else 0 */
    bool is_started;
};

struct batch {
    const struct experiment_file *experiment;
    const struct batch_options *options;
    struct batch_trial *trials; /* by seed, then variant: all variants get their first seed first */
    size_t count;
    struct trial_report *reports; /* [count], shared with the workers */
};

/* Resolves every trial, computes its key and asks the store what is done. Errors in configs go to
 * DIAGNOSTICS (ERROR then has an empty text). The experiment with its trials is saved in the store
 * unless DRY. BATCH must be released in both cases. */
int batch_plan(struct batch *batch, const struct experiment_file *experiment,
               const struct batch_options *options, bool dry, struct diagnostics *diagnostics,
               struct error *error);
void batch_release(struct batch *batch);

/* Trains what is TRIAL_MISSING. ERROR_FAILED when a trial failed, ERROR_INTERRUPTED after a signal;
 * the message says how many of each and how to go on. */
int batch_run(struct batch *batch, struct error *error);

#endif
