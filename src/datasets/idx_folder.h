/* A folder with the four IDX files that MNIST, and what follows its form, come as. */
#ifndef UNROLL_DATASETS_IDX_FOLDER_H
#define UNROLL_DATASETS_IDX_FOLDER_H

#include "datasets/idx_format.h"

/* Which data set is looked for. */
struct idx_folder {
    const char *title;  /* for messages: "MNIST" */
    const char *source; /* the data folder's subfolder, and what `unroll fetch` calls the set */
    int64_t classes;
};

/* Opens train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
 * t10k-labels-idx1-ubyte, each raw or as .gz, in FOLDER, or where that is NULL in the data folder
 * DATA's subfolder; as idx_set_open does, with remedies. Close the set also after an error. */
int idx_folder_open(struct idx_set *set, const struct idx_folder *wanted, const char *folder,
                    const char *data, struct dataset_content *content, struct error *error);

#endif
