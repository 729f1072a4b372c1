/* The store: one SQLite database with all runs, their metrics, predictions and experiments.
 *
 *     store.h        opens it, and says where it and the files of its runs lie
 *     runs.h         begins, ends, finds and lists runs
 *     metrics.h      writes and reads what a run measured
 *     predictions.h  a run's answers on a whole split
 *     remarks.h      tags and notes, what people say about runs
 *     removal.h      deletes runs, and what the store needs no more
 *     run_files.h    the files of runs, beside the database
 *     experiments.h  which trials belong together
 *     import.h       brings in what another store holds
 *     environment.h  the machine, the build and the process, for a run's record
 *     safetensors.h  checkpoint files
 *
 * Every write is one transaction that begins immediate, so several processes may use one store at
 * once; each waits up to a minute for the others, and says so after some seconds. A connection must
 * not cross fork(): a child opens its own, and every function refuses a connection that another
 * process opened. */
#ifndef UNROLL_STORE_STORE_H
#define UNROLL_STORE_STORE_H

#include "base/error.h"

#include <stdbool.h>

struct store;

enum store_mode {
    STORE_READ,   /* the store must exist; nothing can be changed */
    STORE_CHANGE, /* the store must exist */
    STORE_WRITE,  /* made, with its folder, where it is missing */
};

/* Where the store lies: OPTION (--store) unless NULL, else $UNROLL_STORE unless empty, else
 * runs/unroll.db. Caller frees. */
char *store_path(const char *option);

/* Opens the store at PATH; *STORE is NULL after an error. STORE_READ leaves a schema that is
 * older as it is, for the store may be read-only; the others bring it up to date. A store that is
 * missing but must exist is ERROR_NOT_FOUND; a file that is no store of ours, damaged, or written
 * by a newer Unroll is ERROR_DATA. The caller gives it back with store_close. */
int store_open(struct store **store, const char *path, enum store_mode mode, struct error *error);

/* NULL is allowed. In a child of the process that opened it, only forgets it. */
void store_close(struct store *store);

/* Between the two, everything that is read is of one moment, and reading is faster, but nobody can
 * write meanwhile: for seconds at most. May be nested. store_end_reading gives RESULT, what was
 * done in between gave, or -1. */
int store_begin_reading(struct store *store, struct error *error);
int store_end_reading(struct store *store, int result, struct error *error);

/* Once FUNCTION (NULL: none) gives true, for all stores of this process: who waits for a lock ends
 * with ERROR_INTERRUPTED unless the others go on writing. So an ending run still stores its state
 * among many others, but a store that is simply locked holds nobody up. */
void store_set_interrupt(bool (*function)(void));

/* The path it was opened by; valid as long as STORE. */
const char *store_location(const struct store *store);

/* The folder for the files of run ID, beside the database: runs/ID for runs/unroll.db, and
 * runs/NAME.runs/ID for a database with another name. Not made. Caller frees. */
char *store_run_folder(const struct store *store, const char *id);

/* SQLite's own check of the whole file and of all references; slow on a large store. ERROR_DATA
 * with what it found. */
int store_check(struct store *store, struct error *error);

#endif
