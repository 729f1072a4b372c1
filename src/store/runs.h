/* Runs: beginning, finding and listing them. What a run measures while it trains, and how it ends,
 * goes through a writer (metrics.h). */
#ifndef UNROLL_STORE_RUNS_H
#define UNROLL_STORE_RUNS_H

#include "base/error.h"
#include "store/environment.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum run_state {
    RUN_QUEUED, /* wanted, not begun */
    RUN_RUNNING,
    RUN_DONE,
    RUN_FAILED,
    RUN_DIVERGED,    /* the loss was not a number or infinite */
    RUN_INTERRUPTED, /* by a signal, or its process is gone */
    RUN_STATES,
};

/* "queued", "running", ...; run_state_find gives -1 for an unknown name. */
const char *run_state_name(enum run_state state);
int run_state_find(const char *name);

/* The first 12 digits of the run key; the second run with them is called ...-2, and so on. */
enum { RUN_ID_SIZE = 32 };

/* How far a run is. */
struct run_progress {
    int64_t step;     /* optimiser updates done */
    int64_t examples; /* training examples seen, repeated ones counted again */
    double train_seconds;
    double evaluate_seconds;
    double cpu_seconds; /* processor time within train_seconds; NaN: not known */
};

/* All of a run but its figures. Texts are owned and never NULL, except where NULL is mentioned;
 * times are seconds since 1970, 0 where it has not happened. */
struct run {
    char id[RUN_ID_SIZE];
    char *key; /* run key */
    char *name;
    enum run_state state;
    char *message; /* why it failed, diverged or was interrupted; "" otherwise */
    int64_t seed;
    double created, started, ended, heartbeat; /* started: of the last attempt */
    int64_t attempts;                          /* how often it was begun */
    int64_t steps;                             /* planned */
    struct run_progress progress;
    int64_t parameters;    /* trainable values */
    char *checkpoint;      /* file name within the run's folder, "" when there is none */
    char *checkpoint_hash; /* of the whole file */
    int64_t checkpoint_step;
    char *data_digest;
    char *engine;  /* version of Unroll */
    char *plugins; /* a line each: name and digest; "" when none */
    struct environment environment;
    char *config;    /* the resolved config as YAML; only from store_run_find, else NULL */
    char *canonical; /* what the key was computed from; likewise */
};
void run_release(struct run *run);

/* Whether a run that is marked as running, by PROCESS and with its last word at HEARTBEAT, has lost
 * its process: dead on this host, or silent for fifteen minutes elsewhere. HERE is the process that
 * asks. */
bool run_is_abandoned(const struct process_identity *process, double heartbeat,
                      const struct process_identity *here);

/* How run ID ended, whose PROCESS is gone: as RUN_FAILED where that has left a last word (see
 * run_files.h), else as RUN_INTERRUPTED. *MESSAGE says why; the caller frees it. */
enum run_state run_abandoned_end(const struct store *store, const char *id,
                                 const struct process_identity *process, double heartbeat,
                                 char **message);

/* Gives RUN, which says that it is running, the state and message that it ends with if HERE sees
 * that its process is gone; the store is not changed. */
void run_settle(const struct store *store, struct run *run, const struct process_identity *here);

struct run_list {
    struct run *runs;
    size_t count;
};
void run_list_release(struct run_list *list);

/* What store_run_begin may make of a key that the store knows. A run that is alive is left alone in
 * any case: a key is trained by one process at a time. */
enum begin_rule {
    TAKE_UNFINISHED, /* nothing where one is done; goes on with the newest that is not, if any */
    TAKE_UNFAILED,   /* likewise, but one that failed or diverged stays as it is: BEGIN_FAILED */
    TAKE_FORCED,     /* as TAKE_UNFINISHED, but a new run where all are done */
    TAKE_NONE,       /* a new run whatever has ended how */
};

/* What store_run_begin needs to know; texts are borrowed, and required unless said otherwise. */
struct run_request {
    const char *key; /* 32 hexadecimal digits */
    const char *name;
    const char *config;
    const char *canonical;
    int64_t seed;
    const char *data_digest;
    const char *engine;
    const char *plugins;
    int64_t steps;
    int64_t parameters;
    const struct environment *environment;
    enum begin_rule rule;
    const char *again; /* for TAKE_NONE: the id of a run of its own to go on with, or NULL or "" */
};

enum begin_outcome {
    BEGIN_STARTED, /* from step 0 */
    BEGIN_RESUMED, /* the run was begun before and has a checkpoint: load it, then run_rewind */
    BEGIN_DONE,    /* nothing to do: a run with this key is done */
    BEGIN_RUNNING, /* another process is at it */
    BEGIN_FAILED,  /* nothing to do: it failed or diverged before */
};

struct run_begun {
    enum begin_outcome outcome;
    char id[RUN_ID_SIZE]; /* of the run that was begun, is done, failed or runs elsewhere */
    int64_t number;       /* of the row, for run_writer_new */
    int64_t attempt;      /* likewise */
};

/* Decides by REQUEST's rule in one transaction, so that of two processes exactly one trains a key.
 * A run that is gone on with keeps its id and begins at its checkpoint when it has one, and from
 * nothing (its metrics deleted) when not. One whose process died counts as interrupted. */
int store_run_begin(struct store *store, const struct run_request *request, struct run_begun *begun,
                    struct error *error);

/* Ends run ID, if it is still running, from outside: for the parent of a worker that crashed. STATE
 * is RUN_FAILED or RUN_INTERRUPTED. Nothing happens when ATTEMPT is not its last, for then another
 * process has taken it over. */
int store_run_stop(struct store *store, const char *id, int64_t attempt, enum run_state state,
                   const char *message, struct error *error);

/* Replaces the message of run ID, if it failed or diverged: for the parent of a worker, which knows
 * more of its end than the worker did. ATTEMPT: as above. */
int store_run_explain(struct store *store, const char *id, int64_t attempt, const char *message,
                      struct error *error);

/* Ends, by run_abandoned_end, every running run whose process is gone: dead on this host, or
 * without a heartbeat for fifteen minutes elsewhere. *COUNT (may be NULL): how many. */
int store_reclaim(struct store *store, size_t *count, struct error *error);

/* Finds a run by its id or a prefix of it that no other run has; an ambiguous one is ERROR_USAGE
 * with the candidates, an unknown one ERROR_NOT_FOUND. The caller releases RUN, which is all zero
 * after an error. */
int store_run_find(struct store *store, const char *prefix, struct run *run, struct error *error);

/* The run called ID, without its config and canonical text; one that is not there is
 * ERROR_NOT_FOUND. The caller releases RUN, which is all zero after an error. */
int store_run_get(struct store *store, const char *id, struct run *run, struct error *error);

/* The newest run with KEY that is done, else the newest that is not. *FOUND tells whether there is
 * one; RUN is all zero otherwise. The caller releases it. */
int store_run_by_key(struct store *store, const char *key, struct run *run, bool *found,
                     struct error *error);

/* The id and the state of the run that store_run_by_key finds: for asking about many keys. */
int store_run_state(struct store *store, const char *key, char id[RUN_ID_SIZE],
                    enum run_state *state, bool *found, struct error *error);

struct run_filter {
    unsigned states;        /* set of 1 << enum run_state; 0: any */
    const char *name;       /* exactly, of the run or of a variant that it is; NULL: any */
    const char *experiment; /* runs of its trials, and NAME is then of its variants; NULL: any */
    bool is_exclusive;      /* of those, only what no other experiment's trials name */
    bool is_alone;          /* only what no experiment's trials name */
    const char *tag;        /* NULL: any */
    size_t limit;           /* 0: all */
};

/* Runs that pass FILTER (NULL: all), newest first. The caller releases LIST, empty after an
 * error. */
int store_run_list(struct store *store, const struct run_filter *filter, struct run_list *list,
                   struct error *error);

/* How many runs are in each state. */
int store_run_count(struct store *store, int64_t counts[RUN_STATES], struct error *error);

#endif
