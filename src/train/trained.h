/* A run that is done, opened again: its config, the data that it saw, its network. */
#ifndef UNROLL_TRAIN_TRAINED_H
#define UNROLL_TRAIN_TRAINED_H

#include "store/runs.h"
#include "train/trainer.h"

/* Stays where it is until trained_release. All zero is nothing. Set before trained_open_data: the
 * changes, "key=value", if any; see trained_config. */
struct trained {
    const char *const *changes;
    size_t change_count;
    struct config config;
    struct data data;
    struct trainer trainer;
};

/* In all of these RUN is in full, from store_run_find.
 *
 * Loads the stored config of RUN. What cannot be read any more comes as ERROR_USAGE with all its
 * errors. CONFIG must be released in both cases. */
int trained_config(struct config *config, const struct run *run, struct error *error);

/* The same with COUNT CHANGES, "key=value", such as another place of a file; ERROR_USAGE where they
 * would change what determines the result. */
int trained_config_changed(struct config *config, const struct run *run, const char *const *changes,
                           size_t count, struct error *error);

/* ERROR_DATA unless CONFIG, as trained_config gave it, has the canonical text that RUN was trained
 * with: it holds every module's version, and the content hash of a plugin's file. */
int trained_check_modules(const struct run *run, const struct config *config, struct error *error);

/* ERROR_DATA unless DATA, opened by CONFIG, are those that RUN was trained on: the data folder or
 * the files that CONFIG names may have changed. */
int trained_check_data(const struct run *run, const struct config *config, const struct data *data,
                       struct error *error);

/* Fills config and data of TRAINED, which the caller releases, after an error too. FOLDER: the data
 * folder. ERROR_DATA where the data are not those of RUN. */
int trained_open_data(struct trained *trained, const struct run *run, const char *folder,
                      struct error *error);

/* Behind trained_open_data: builds the network and loads the weights from RUN's last checkpoint in
 * RUN_FOLDER (store_run_folder). ERROR_NOT_FOUND where there is none; ERROR_DATA where it is
 * damaged, or this program has other modules. */
int trained_open_network(struct trained *trained, const struct run *run, const char *run_folder,
                         int threads, struct error *error);

void trained_release(struct trained *trained);

#endif
