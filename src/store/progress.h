/* How far the experiments and the running runs of a store are. Nothing is written, and what is read
 * is found through keys: the time does not depend on how many metrics the store holds. */
#ifndef UNROLL_STORE_PROGRESS_H
#define UNROLL_STORE_PROGRESS_H

#include "store/runs.h"

/* The trials of one variant. What matters of a trial is the run that is running, else the newest
 * that is done, else the newest; where none was begun it is RUN_QUEUED. A run whose process is gone
 * counts as RUN_INTERRUPTED, which the next process that wants it makes of it. */
struct variant_progress {
    int64_t variant_order;
    int64_t states[RUN_STATES];
    double done_seconds;      /* of all that are done: from start to end where one attempt did it,
                                 else of training and evaluating alone */
    double interrupted_share; /* of their steps, what the interrupted ones need not train again */
};

struct experiment_progress {
    char *name;
    double updated; /* seconds since 1970 */
    int64_t trials;
    int64_t states[RUN_STATES];        /* of all variants */
    struct variant_progress *variants; /* by variant_order */
    size_t variant_count;
};

/* A run that the store calls running; one for each listed experiment that has it. */
struct running_run {
    char id[RUN_ID_SIZE];
    char *name; /* of the variant, or where it is of no experiment the run's own */
    int64_t seed;
    size_t experiment;     /* in the list below; its count for none */
    int64_t variant_order; /* in that experiment */
    int64_t steps;         /* planned */
    struct run_progress progress;
    double loss, accuracy;     /* newest training figures; NaN where there are none */
    double started, heartbeat; /* seconds since 1970 */
    struct process_identity process;
    bool is_abandoned; /* its process is gone, see run_is_abandoned */
};

struct store_progress {
    struct experiment_progress *experiments; /* last updated first */
    size_t experiment_count;
    int64_t older;            /* experiments that LIMIT left out */
    struct running_run *runs; /* by experiment, those of none last; then by variant and seed */
    size_t run_count;
    double wall; /* clock_wall() of the look */
};
void store_progress_release(struct store_progress *progress);

/* The newest LIMIT experiments (0: all), older ones with a running run, and every running run. With
 * EXPERIMENT (NULL: all) that one and its runs alone; an unknown one is ERROR_NOT_FOUND with the
 * nearest name. The caller releases PROGRESS, which is all zero after an error. */
int store_progress_load(struct store *store, const char *experiment, size_t limit,
                        struct store_progress *progress, struct error *error);

#endif
