/* A data set gives labelled examples, in mapped, embedded or allocated memory: grids of bytes that
 * are all of one size (images), or series of float32 rows, each of its own length. Views, splits,
 * scaling and batches are the core's. */
#ifndef UNROLL_MODULE_DATASET_H
#define UNROLL_MODULE_DATASET_H

#include "base/hash.h"
#include "module/module.h"

/* COUNT examples; what is pointed to is owned by the data set's state and stays as it is until
 * close(). Grids have `values` and `labels`, series the next three; the other pointers are NULL. */
struct examples {
    int64_t count;
    const uint8_t *values; /* [count, rows, columns] */
    const uint8_t *labels; /* [count] */

    const float *series;   /* [begins[count], features]: all rows, one series after another */
    const int64_t *begins; /* [count + 1]: example i has rows begins[i] to begins[i + 1] - 1, at
                              least one; begins[0] is 0 */
    const int32_t *series_labels; /* [count] from 0 to classes - 1 */

    /* Optional, for what people read: [count] what each example is called; a NULL among them, or
     * instead of all, stands for its number. */
    const char *const *names;
};

struct dataset_content {
    int64_t rows, columns; /* of grids; 0 for series */
    int64_t features;      /* values in each row of a series; 0: the data set gives grids */
    int64_t classes;
    double maximum; /* of grids: the largest value that can occur: 255, or 16 for digits */
    struct examples train, test;
    const char *const *class_names; /* optional, as examples.names: [classes] */
    /* Of all bytes that count: part of the run key. Left empty, the core makes it from all lengths,
     * values and labels. */
    char digest[HASH_TEXT_SIZE];
};

struct dataset {
    struct module module;
    /* Required. Opens and checks everything, fills CONTENT, which is all zero before. FOLDER is the
     * data folder. An error names the file, what was expected and what was found, and the remedy.
     * The core checks the rest of what is promised here: counts, labels, values that are no
     * numbers. */
    int (*open)(const void *params, void *state, const char *folder,
                struct dataset_content *content, struct error *error);
    /* Optional: gives back what open took. Called also after a failed open. */
    void (*close)(void *state);
};

#endif
