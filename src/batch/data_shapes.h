/* What the trials of a batch must know of their data: read once for all trials that share them. */
#ifndef UNROLL_BATCH_DATA_SHAPES_H
#define UNROLL_BATCH_DATA_SHAPES_H

#include "train/data.h"

struct data_shape;

/* All zero is a valid empty list. */
struct data_shapes {
    struct data_shape *items;
    size_t count;
};

/* Counts, shape and digest of CONFIG's data, which are opened where they are not known yet, and
 * closed again: nothing can be gathered. NULL after an error. The result holds until the next
 * call. */
const struct data *data_shapes_find(struct data_shapes *shapes, const struct config *config,
                                    const char *folder, struct error *error);
void data_shapes_release(struct data_shapes *shapes);

#endif
