/* From the shards' gradients to the next weights: sum, clipping, weight decay, optimiser. All of it
 * is done piece by piece, and the pieces do not depend on the number of threads that share them:
 * sums over a piece are added up in the pieces' order, so the bits do not either. */
#ifndef UNROLL_TRAIN_UPDATE_H
#define UNROLL_TRAIN_UPDATE_H

#include "config/config.h"
#include "model/model.h"
#include "module/optimizer.h"

/* Floats FROM to FROM + SIZE of the model's block, all of one parameter. */
struct update_piece {
    int64_t from, size;
    bool decays;
    double squares;         /* sum of the gradient's squares, */
    double clipped_squares; /* and after clipping by value */
};

struct update {
    const struct train_config *train;
    struct update_piece *pieces; /* owned */
    int64_t count;
    int threads;
    struct guards guards; /* in the blocks of weights, moments and the summed gradient */
    float *moments[OPTIMIZER_MOMENTS + 1]; /* each model->block_floats long, owned; then NULL */
    int moment_count;
};

/* TRAIN must outlive UPDATE. Takes all memory that it will need. */
int update_init(struct update *update, const struct train_config *train, const struct model *model,
                int threads, struct error *error);
void update_release(struct update *update);

/* GRADIENT, the first of what update_step will be given, is watched as the other blocks are. */
void update_watch(struct update *update, const struct model *model, float *gradient);

/* One step of the optimiser, STEP counting from 1, at RATE. GRADIENTS are the blocks of COUNT
 * shards; the first becomes their clipped sum. Returns the sum's Euclidean norm before clipping;
 * NaN unless WANTS_NORM or clipping needs it. */
double update_step(struct update *update, float *weights, float *const *gradients, int64_t count,
                   double rate, int64_t step, bool wants_norm);

#endif
