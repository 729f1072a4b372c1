/* Experiments: which trials belong together, so that they can be compared by name later. */
#ifndef UNROLL_STORE_EXPERIMENTS_H
#define UNROLL_STORE_EXPERIMENTS_H

#include "store/questions.h"
#include "store/runs.h"

/* One variant with one seed. */
struct trial {
    char *variant;
    int64_t variant_order; /* place of the variant in the experiment, from 0 */
    int64_t seed;
    char *key;       /* run key */
    char *overrides; /* what the variant changes, for people: "model.layers=2" a line each */
    /* Filled by store_experiment_load, ignored by store_experiment_save: the newest run with the
     * key that is done, else the newest. */
    char run[RUN_ID_SIZE]; /* "" when none was begun */
    enum run_state state;  /* RUN_QUEUED when none was begun */
};

struct experiment {
    char *name;
    char *source;    /* the experiment file's text */
    char *metric;    /* that variants are compared by: a final's name, test.accuracy */
    char *baseline;  /* the variant that the others are compared with, "" for none */
    char *overrides; /* of all trials, from the command line: "train.epochs=1" a line each; NULL
                        when saved and "" when loaded: none, or a store before version 3 */
    double created;  /* seconds since 1970; set by the store */
    double updated;  /* likewise: when it was last saved */
    struct questions questions; /* none from a store before version 4 */
    struct trial *trials;       /* by variant_order, then seed */
    size_t trial_count;
};
void experiment_release(struct experiment *experiment);

/* Stores EXPERIMENT (borrowed) under its name; one that is there is replaced with its trials and
 * questions, its runs stay. Two trials with the same variant and seed are ERROR_USAGE. */
int store_experiment_save(struct store *store, const struct experiment *experiment,
                          struct error *error);

/* The experiment called NAME; an unknown one is ERROR_NOT_FOUND with the nearest name. The caller
 * releases EXPERIMENT. */
int store_experiment_load(struct store *store, const char *name, struct experiment *experiment,
                          struct error *error);

/* ERROR_NOT_FOUND for an experiment NAME that is not there, with the nearest name. Returns -1. */
int store_experiment_unknown(struct store *store, const char *name, struct error *error);

/* An experiment in a list. */
struct experiment_summary {
    char *name;
    double created, updated;
    int64_t variants, trials;
    int64_t states[RUN_STATES]; /* of the trials, as in struct trial */
};

struct experiment_list {
    struct experiment_summary *items; /* last updated first */
    size_t count;
};
void experiment_list_release(struct experiment_list *list);

int store_experiment_list(struct store *store, struct experiment_list *list, struct error *error);

#endif
