/* What training a config takes, known before it begins. */
#ifndef UNROLL_TRAIN_MEASURE_H
#define UNROLL_TRAIN_MEASURE_H

#include "config/config.h"
#include "train/data.h"

struct run_size {
    int64_t steps;      /* of the whole run; early stopping may end it before */
    int64_t parameters; /* trainable values */
    int64_t evaluated;  /* examples that all evaluations look at, the final ones included */
    int64_t memory;     /* bytes: parameters, moments, activations, gradients, the data */
    double operations;  /* floating-point operations of one training step, see struct model */
};

/* DATA need not be open any more: its counts and shape are all that is read. THREADS as in
 * trainer_init. */
int measure_run(const struct config *config, const struct data *data, int threads,
                struct run_size *size, struct error *error);

#endif
