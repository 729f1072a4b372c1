/* A batch: all trials of an experiment, each in a process of its own, several at a time. */
#ifndef UNROLL_BATCH_BATCH_H
#define UNROLL_BATCH_BATCH_H

#include "base/hash.h"
#include "batch/experiment.h"
#include "module/hook.h"
#include "store/runs.h"
#include "train/run.h"

#include <sys/types.h>

/* Environment: seconds that one call of a plugin's hook may take. */
#define HOOK_SECONDS "UNROLL_CALL_SECONDS"

struct batch_options {
    const char *store, *data; /* path of the database, data folder */
    int workers;              /* processes at a time */
    int threads;              /* of each; at least 1 */
    int retries;          /* how often a trial that failed is trained again; not one that diverged
                             or ran out of its time or got stuck, which would do so again */
    double grace_seconds; /* between telling a worker to end, and ending it */
    double hook_seconds;  /* for one call of a plugin's hook; who stays longer is ended */
    double checkpoint_seconds; /* between a trial's checkpoints */
    bool retry_failed;         /* train again what failed or diverged before */
    bool force;                /* train every trial again, as a new run; nothing is deleted */
    char **overrides;          /* key=value, on top of every trial */
    int override_count;
};

/* What a worker tells its parent, in shared memory. */
struct trial_report {
    struct run_live live;
    struct run_outcome outcome;
    struct error error;
    struct hooks hooks; /* what was at work when it ended */
    bool is_over;       /* all was said above: the process ends because it is done with it */
};

enum trial_fate { TRIAL_MISSING, TRIAL_DONE_BEFORE, TRIAL_FAILED_BEFORE, TRIAL_ELSEWHERE };

/* How a trial of this batch ended. */
enum trial_end {
    TRIAL_NOT_ENDED, /* waits, runs, or is none of this batch's work */
    TRIAL_DONE,
    TRIAL_FAILED,
    TRIAL_DIVERGED,
    TRIAL_INTERRUPTED,
    TRIAL_LEFT, /* to another process, which trains it: its fate is TRIAL_ELSEWHERE again */
};

struct worker;

struct batch_trial {
    size_t variant;
    int64_t seed;
    char key[HASH_TEXT_SIZE];
    enum trial_fate fate;        /* what the store said last */
    bool has_diverged;           /* then, with TRIAL_FAILED_BEFORE */
    char run[RUN_ID_SIZE];       /* of a run that was there before or runs elsewhere; "" for none */
    char run_begun[RUN_ID_SIZE]; /* in this batch, by an attempt that failed; "" for none */
    int64_t steps, parameters;
    int64_t memory; /* bytes that its worker needs, about */
    bool is_started;
    struct worker *worker;  /* while it runs, else NULL */
    volatile pid_t process; /* the worker's until its end is noted, else 0: for signal handlers */
    int attempts;           /* begun in this batch */
    enum trial_end end;
    char *reason; /* why it ended other than done: a line, and what its worker printed last; owned,
                     NULL for none */
};

/* What became of the trials so far. */
struct batch_tally {
    size_t done, done_before;
    size_t failed, failed_before; /* before: diverged ones too */
    size_t diverged;
    size_t interrupted;
    size_t elsewhere; /* being trained by processes that are not ours: the batch waits for them */
    size_t running;
};

/* Why a variant cannot be trained: a plugin's hook that planning calls crashed, never returned,
 * ended the process, or refused with an error; or a plugin could not even be loaded. The trials
 * have failed then, and the others are trained. */
struct batch_fault {
    char *reason;         /* with the module and its file; NULL: there is none; owned */
    enum error_code code; /* of a refusal, which stands where planning has just seen it, whatever
                             the store says of a failure before; else ERROR_NONE */
    bool is_absent;       /* a plugin could not be loaded */
    char digest[HASH_TEXT_SIZE]; /* of the data; "" where planning did not come so far: the trials'
                                    keys are made without one, and are those of no run that could be
                                    trained */
};

struct batch {
    const struct experiment_file *experiment;
    const struct batch_options *options;
    struct batch_trial *trials; /* by seed, then variant: all variants get their first seed first */
    size_t count;
    struct batch_fault *faults;   /* [variants] */
    struct trial_report *reports; /* [count], shared with the workers */
    struct batch_tally tally;
};

/* Resolves every trial, computes its key and asks the store what is done. Hooks of plugins are
 * called in a process of their own. Errors in configs go to
 * DIAGNOSTICS (ERROR then has an empty text), those of plugins' `check` among them. Where plugins
 * refuse every variant that is an error, too. The experiment with its trials is saved in the store
 * unless DRY. BATCH must be released in both cases. */
int batch_plan(struct batch *batch, const struct experiment_file *experiment,
               const struct batch_options *options, bool dry, struct diagnostics *diagnostics,
               struct error *error);
void batch_release(struct batch *batch);

/* Writes into the store, as failed runs, what is missing of variants with a fault, and trains what
 * else is TRIAL_MISSING; waits for what is TRIAL_ELSEWHERE and trains that, too, where the
 * other process does not end it, shows it, and sums it up. 0 when every trial is done, ERROR_FAILED
 * when one failed, ERROR_INTERRUPTED after a signal; the message says how many and how to go on. */
int batch_run(struct batch *batch, struct error *error);

/* What the batch calls its trials: "lstm seed 1". */
void batch_add_trial_name(struct text *text, const struct batch *batch, size_t index);

#endif
