/* A run's answers on a whole split, at the end of training. */
#ifndef UNROLL_STORE_PREDICTIONS_H
#define UNROLL_STORE_PREDICTIONS_H

#include "store/runs.h"

/* COUNT answers in the order of the split's examples. What store_predictions_load fills is owned;
 * what run_finish is given is borrowed. */
struct predictions {
    const char *split; /* "test"; points to a constant or to the caller's text */
    int64_t count;
    int32_t *labels;      /* [count] classes, from 0 */
    int32_t *predicted;   /* [count] classes, from 0 */
    float *probabilities; /* [count] of the predicted class */
};
void predictions_release(struct predictions *predictions);

/* The answers of run ID on SPLIT. *FOUND tells whether there are any (NULL: none is
 * ERROR_NOT_FOUND). The caller releases PREDICTIONS, whose split points to SPLIT. */
int store_predictions_load(struct store *store, const char *id, const char *split,
                           struct predictions *predictions, bool *found, struct error *error);

#endif
