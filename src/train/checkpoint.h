/* A training run's whole state as one safetensors file: the parameters under their names
 * (0.weight_ih), the optimiser's moments under optimizer.MOMENT.NAME, the weights of the best
 * evaluation under best.NAME where early stopping keeps them; step, loop state, schedule state and
 * the canonical config as metadata. Random numbers are functions of seed and step: no state. */
#ifndef UNROLL_TRAIN_CHECKPOINT_H
#define UNROLL_TRAIN_CHECKPOINT_H

#include "base/hash.h"
#include "store/safetensors.h"
#include "train/trainer.h"

/* What the loop knows beside the trainer; all of it determines what comes next. */
struct loop_state {
    double log_loss;     /* sum over the examples since the last log line */
    int64_t log_correct; /* likewise */
    int64_t log_count;
    int64_t examples;    /* training examples seen */
    int64_t evaluations; /* done so far */
    double best;         /* early stopping: the best value of its metric, */
    int64_t best_step;   /* its step, 0 before the first evaluation, */
    int64_t waited;      /* evaluations since then without improvement */
};

/* Writes PATH; BEST_WEIGHTS is a block like the model's, or NULL. The bytes depend on the state
 * alone, not on the time or the machine. */
int checkpoint_write(const struct trainer *trainer, const struct loop_state *state,
                     const float *best_weights, const char *path, char hash[HASH_TEXT_SIZE],
                     struct error *error);

/* Reads what checkpoint_write wrote, for the same config; HASH must be the file's. */
int checkpoint_read(struct trainer *trainer, struct loop_state *state, float *best_weights,
                    const char *path, const char *hash, struct error *error);

/* Only the parameters, for predictions. */
int checkpoint_read_weights(struct model *model, const char *path, const char *hash,
                            struct error *error);

#endif
