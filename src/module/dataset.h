/* A data set gives labelled grids of bytes, in mapped or embedded memory; views, splits, scaling
 * and batches are the core's. */
#ifndef UNROLL_MODULE_DATASET_H
#define UNROLL_MODULE_DATASET_H

#include "base/hash.h"
#include "module/module.h"

/* COUNT examples: VALUES [count, rows, columns], LABELS [count]; owned by the data set's state. */
struct examples {
    int64_t count;
    const uint8_t *values;
    const uint8_t *labels;
};

struct dataset_content {
    int64_t rows, columns, classes;
    double maximum; /* the largest value that can occur: 255, or 16 for digits */
    struct examples train, test;
    char digest[HASH_TEXT_SIZE]; /* of all bytes that count: part of the run key */
};

struct dataset {
    struct module module;
    /* Required. Opens and checks everything, fills CONTENT. FOLDER is the data folder. An error
     * names the file, what was expected and what was found, and the remedy. */
    int (*open)(const void *params, void *state, const char *folder,
                struct dataset_content *content, struct error *error);
    /* Optional: gives back what open took. Called also after a failed open. */
    void (*close)(void *state);
};

#endif
