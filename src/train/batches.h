/* Which examples each step trains on, as a pure function of the seed, the order and the step, so
 * that a resumed run goes on exactly where it was; and which ones an evaluation looks at. */
#ifndef UNROLL_TRAIN_BATCHES_H
#define UNROLL_TRAIN_BATCHES_H

#include "config/config.h"

/* COUNT training examples in batches of BATCH.
 * shuffle: a fresh shuffle each epoch; its last batch is smaller, or left out with drop_last.
 * file: the same without shuffling.
 * tf: a fresh shuffle each epoch, and all batches full: one that crosses the epoch's end takes the
 * rest of the old order and the start of the new one (TensorFlow 1's tutorials' next_batch). */
struct batches {
    uint64_t seed;
    int order; /* enum data_order */
    bool drop_last;
    int64_t count, batch;
    /* The rest belongs to batches.c: the orders of two epochs, an even and an odd one. */
    int32_t *orders[2]; /* [count] each; owned */
    int64_t epochs[2];  /* whose order it is; -1: nobody's */
};

/* Takes all memory that it will need, or none with batches_measure, which is for counting steps and
 * needs no release. A batch larger than COUNT is ERROR_USAGE where it would have
 * to be full (tf, drop_last), and otherwise means all examples; so is drop_last with order tf. */
int batches_init(struct batches *batches, uint64_t seed, const struct data_config *config,
                 int64_t count, int64_t batch, struct error *error);
int batches_measure(struct batches *batches, const struct data_config *config, int64_t count,
                    int64_t batch, struct error *error);
void batches_release(struct batches *batches);

/* Writes the examples of STEP (from 0) to INDICES [batch]: numbers from 0 to count. Returns how
 * many. Any step may be asked for; the next one is cheap. */
int64_t batches_at(struct batches *batches, int64_t step, int32_t *indices);

/* Steps in an epoch, rounded up. */
int64_t batches_steps_per_epoch(const struct batches *batches);

/* Steps that EPOCHS epochs take; with order tf epochs · count / batch, rounded to the nearest, at
 * least 1. */
int64_t batches_steps(const struct batches *batches, int64_t epochs);

/* Epochs that are over after STEPS steps, with the part of the current one. */
double batches_epoch(const struct batches *batches, int64_t steps);

/* Whether TRAIN wants an evaluation after STEP steps of BATCHES, which may be NULL where it counts
 * in steps. Where an epoch is no whole number of steps, its end is the nearest one, as it is for
 * the end of the run. */
bool evaluation_is_due(const struct train_config *train, const struct batches *batches,
                       int64_t step);

/* How many of COUNT examples an evaluation takes: LIMIT, or all where LIMIT is 0 or larger. */
int64_t evaluation_size(int64_t limit, int64_t count);

/* Writes examples FROM to FROM + N of evaluation NUMBER (from 0) to INDICES [n]. With take first
 * each evaluation begins at example 0; with next it begins where the one before ended, and goes on
 * at example 0 after the last one. */
void evaluation_indices(int take, int64_t limit, int64_t count, int64_t number, int64_t from,
                        int64_t n, int32_t *indices);

#endif
