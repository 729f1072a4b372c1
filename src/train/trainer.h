/* Training steps and evaluations of one network. Everything is allocated before the first step. */
#ifndef UNROLL_TRAIN_TRAINER_H
#define UNROLL_TRAIN_TRAINER_H

#include "config/config.h"
#include "model/model.h"
#include "store/predictions.h"
#include "train/batches.h"
#include "train/data.h"
#include "train/update.h"

/* What one training step did, for its own batch. */
struct step_result {
    int64_t count;        /* examples */
    double loss_sum;      /* of the loss over the examples, before the update */
    int64_t correct;      /* examples whose largest logit is their label's */
    double rate;          /* learning rate of the update */
    double gradient_norm; /* Euclidean, before clipping; NaN without STEP_NORM */
};

/* What a step can be asked for beside the update, which is the same to the last bit: the norm of
 * the whole gradient, and the norms of the hidden states' gradients (trainer.norms). */
enum step_want { STEP_NORM = 1, STEP_FLOW = 2 };

struct evaluation {
    int64_t count;
    double loss;     /* mean */
    double accuracy; /* 0..1 */
};

struct trainer {
    const struct config *config;
    const struct data *data;
    struct model model;
    struct batches batches;
    int threads;
    int64_t step;                 /* steps done */
    int64_t steps;                /* steps of the whole run */
    struct workspace *shards;     /* config->train.shards of them */
    struct workspace *evaluators; /* one per thread */
    struct update update;
    float **gradients; /* the shards' blocks */
    /* With train.diagnostics: gradient_flow, else NULL: for each shard a block of norms (struct
     * pass). After a step with STEP_FLOW, the first holds for each of the layers' states and time
     * steps the mean over the batch's examples i of ‖∂L_i/∂h_t‖₂, L_i being the loss of the example
     * (without weight decay) before the update. Where examples end at different steps, steps count
     * back from each one's own last; the mean is over those of the batch that have such a step, and
     * no number (NaN) where none has. */
    double *norms;
    void *schedule_state;
    int32_t *indices;                       /* [batch] of the current step */
    int32_t *shard_correct;                 /* [shards] */
    float *example_losses;                  /* [largest split] of the current evaluation */
    struct predictions example_predictions; /* the same */
    /* [examples of the split, classes] that evaluations fill; the caller's. NULL: not wanted. */
    float *class_probabilities;
};

/* DATA and CONFIG must outlive the trainer. THREADS (at least 1) changes the speed, never a bit of
 * the results. The weights are initialised from the config's seed. */
int trainer_init(struct trainer *trainer, const struct config *config, const struct data *data,
                 int threads, struct error *error);
void trainer_release(struct trainer *trainer);

/* Refuses (ERROR_USAGE), for a run of STEPS, what rules.h refuses where the length of an epoch
 * decides: someone waits for an evaluation and none comes within the run, or the schedule never
 * begins. */
int trainer_check_length(const struct train_config *train, const struct batches *batches,
                         int64_t steps, struct error *error);

/* One optimiser step; WANTS is a set of enum step_want. A loss that is not finite leaves the
 * weights as they were. */
void trainer_step(struct trainer *trainer, unsigned wants, struct step_result *result);

/* Mean loss and accuracy of evaluation NUMBER (from 0) of SPLIT with at most LIMIT examples (0:
 * all), see evaluation_indices. Unless PREDICTIONS is NULL it is filled, in the same order; the
 * arrays belong to the trainer and hold until the next evaluation. */
void trainer_evaluate(struct trainer *trainer, enum split split, int64_t limit, int64_t number,
                      struct evaluation *evaluation, struct predictions *predictions);

/* Tells the schedule a metric, such as "validation.loss", if it watches that one and the warm-up is
 * over. */
void trainer_observe(struct trainer *trainer, const char *metric, double value);

/* The learning rate of the next step. */
double trainer_rate(const struct trainer *trainer);

/* Bytes of memory that the trainer took. */
size_t trainer_memory(const struct trainer *trainer);

#endif
