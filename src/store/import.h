/* Bringing in what another store, the source, holds: a run for each of its run keys, and its
 * experiments. What came in is there already when it is brought in again, so that repeating an
 * import changes nothing, and one that was killed is completed by the next.
 *
 * The source must not be the store itself. It is opened with STORE_READ: one of an older version is
 * read as it is, and it may be written to meanwhile. It is never locked while the store is
 * waited for, so that two stores may be imported into one another at once. */
#ifndef UNROLL_STORE_IMPORT_H
#define UNROLL_STORE_IMPORT_H

#include "store/runs.h"

enum import_result {
    IMPORT_NEW,
    IMPORT_MERGED,   /* of an experiment: trials were added to the one that is here */
    IMPORT_PRESENT,  /* nothing to bring in */
    IMPORT_RUNNING,  /* left out: the source says that it is in training */
    IMPORT_CONFLICT, /* left out: another experiment of that name is here */
};

/* What became of a run or an experiment; all zero before. Texts are owned. */
struct import_outcome {
    enum import_result result;
    char source_id[RUN_ID_SIZE]; /* of a run: its id in the source */
    char id[RUN_ID_SIZE];        /* of a run: its id here, "" where it is not */
    char *name;
    int64_t seed;         /* of a run */
    enum run_state state; /* likewise */
    size_t trials;        /* of an experiment: added; of a new one, all */
    char *warning;        /* a sentence for the user, or NULL */
};
void import_outcome_release(struct import_outcome *outcome);

struct import_names {
    char **items;
    size_t count;
};
void import_names_release(struct import_names *names);

/* The run keys of SOURCE in the order in which they were begun, or the names of its experiments in
 * the order in which they were made. The caller releases NAMES, empty after an error. */
int import_list_keys(struct store *source, struct import_names *names, struct error *error);
int import_list_experiments(struct store *source, struct import_names *names, struct error *error);

/* Brings in SOURCE's run with KEY: the newest that is done, else the newest. It comes in when it is
 * done and no run with KEY is done here, or when it ended otherwise and no run with KEY is here at
 * all; with all its rows, tags, note and its checkpoint, which is on the disk before the run's one
 * transaction is committed. A checkpoint that is missing or damaged costs a warning, never the run.
 *
 * Where both have a done run, from the same engine, BLAS and instruction set, whose finals differ,
 * there is a warning, for they should be the same bits.
 *
 * With DRY_RUN nothing is changed, and STORE may be NULL: there is none yet. The caller releases
 * OUTCOME. */
int import_run(struct store *store, struct store *source, const char *key, bool dry_run,
               struct import_outcome *outcome, struct error *error);

/* Brings in SOURCE's experiment NAME. Where one of that name is here that comes from the same text,
 * it gets the trials that it lacks; a trial that it has stays as it is, with a warning where the
 * source's has another run key. One from another text is left alone: IMPORT_CONFLICT, with a
 * warning. DRY_RUN and OUTCOME as above. */
int import_experiment(struct store *store, struct store *source, const char *name, bool dry_run,
                      struct import_outcome *outcome, struct error *error);

#endif
