/* Deleting runs, and what the store does not need any more. All of it may be killed at any moment
 * and done by several processes at once: rows go first, in one transaction, and files only while
 * the store is locked and does not name them. */
#ifndef UNROLL_STORE_REMOVAL_H
#define UNROLL_STORE_REMOVAL_H

#include "store/run_files.h"
#include "store/runs.h"

/* What is deleted: the runs with these ids or beginnings of ids; and EXPERIMENT, unless NULL, with
 * the runs of its trials that no other experiment's trials name. */
struct removal {
    const char *const *ids;
    size_t count;
    const char *experiment;
};

/* Deletes the rows of CHOICE in one transaction, unless IS_DRY: then a STORE_READ is enough. A run
 * that is being trained is ERROR_FAILED, and nothing is deleted; one whose process is gone is not.
 * REMOVED gets the runs, whose files store_sweep_run deletes afterwards; the caller releases it. */
int store_remove(struct store *store, const struct removal *choice, bool is_dry,
                 struct run_list *removed, struct error *error);

/* Deletes, within a write transaction, the files of run ID: all of them and its folder when the
 * store does not know it, else the checkpoints that it does not name. Files of a run that is being
 * trained are left alone. With sweep->is_dry nothing is locked. */
int store_sweep_run(struct store *store, const char *id, struct sweep *sweep, struct error *error);

/* What a collection did besides its sweep. */
struct collection {
    struct sweep sweep;
    size_t reclaimed;  /* as by store_reclaim; none when dry */
    size_t superseded; /* checkpoints given up */
};

/* Marks running runs whose process is gone as interrupted; gives up the checkpoints of superseded
 * runs, which are those with a key with which a newer run is done, while their rows and figures
 * stay; then sweeps all folders of runs beside the store. A store without runs, or whose table of
 * runs is damaged, is ERROR_DATA and nothing is deleted: the files may be all that is left. */
int store_collect(struct store *store, struct collection *collection, struct error *error);

/* Bytes of the database that hold nothing, and giving them back to the disk, for which nobody else
 * may use the store: ERROR_FAILED while runs are being trained. */
int store_count_free(struct store *store, int64_t *bytes, struct error *error);
int store_vacuum(struct store *store, struct error *error);

#endif
