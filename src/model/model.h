/* A resolved config as a network: a stack of layers, the last of which gives the logits, with all
 * parameters in one block of memory. */
#ifndef UNROLL_MODEL_MODEL_H
#define UNROLL_MODEL_MODEL_H

#include "config/config.h"
#include "model/guard.h"
#include "module/layer.h"
#include "module/loss.h"

/* One weight matrix or bias of the network. */
struct parameter {
    char name[TENSOR_NAME_SIZE + 16]; /* STACK-INDEX.NAME: 0.weight_ih */
    struct tensor tensor;
    int64_t offset; /* in floats, from the block's start; aligned by model_align */
    int64_t size;   /* floats: rows · columns */
};

struct model_layer {
    const struct layer *layer;
    const void *params;
    int first_parameter, parameter_count;
    struct sequence in, out; /* what it maps to what */
    int64_t states;          /* as in struct layer_plan */
    int64_t first_norm;      /* of its states' in a block of norms */
    bool is_unmeasured;      /* carries a gradient back through time and does not say how */
};

struct model {
    struct model_layer *layers; /* the stack and the head */
    int layer_count;
    struct parameter *parameters;
    int parameter_count;
    int64_t block_floats; /* length of the block: all parameters with their padding and gaps */
    int64_t gap; /* floats between arrays that are watched: GUARD_FLOATS where a module of a plugin
                    writes to them, else 0. Within a block they stay zero. */
    int64_t weight_count; /* all parameters without padding */
    int64_t norm_count;   /* length of a block of norms, see struct pass */
    struct sequence in;   /* steps and features of an example */
    int64_t classes;
    const struct resolved *resolved; /* the config's, for places in messages */
    const struct loss *loss;
    const void *loss_params;
    /* Floating-point operations per example that must be done (matrix products; a multiply-add is
     * two): of one forward pass, and of one training step: forward, as many again for the weights'
     * gradients, the gradient back through time, and the gradient of each layer's input above the
     * first layer that has parameters. */
    double forward_operations, training_operations;
    float *weights; /* the block; all zero until model_initialize or a checkpoint fills it */
};

/* Builds the network for examples of shape IN and CLASSES classes. CONFIG must outlive the model.
 * What cannot work (units too large, a missing readout) is ERROR_USAGE and names the layer. */
int model_init(struct model *model, const struct config *config, struct sequence in,
               int64_t classes, struct error *error);
void model_release(struct model *model);

/* The same without the memory for the weights, which is then NULL: for its sizes. */
int model_measure(struct model *model, const struct config *config, struct sequence in,
                  int64_t classes, struct error *error);

/* Whether the layers of CONFIG fit together, as far as that can be said without the data: for
 * examples of some shape. */
int model_check(const struct config *config, struct error *error);

/* Asks layer INDEX what it needs for batches of at most BATCH examples of at most STEPS steps, from
 * 1 to model->in.steps; fewer count only where examples differ in length. What cannot work is
 * ERROR_USAGE and names the layer. */
int model_plan(const struct model *model, int index, int64_t batch, int64_t steps,
               struct layer_plan *plan, struct error *error);

/* Fills the weights from SEED. */
int model_initialize(struct model *model, uint64_t seed, struct error *error);

/* Adds the gaps of BLOCK, which is laid out as the model's weights; messages call its arrays WHAT
 * and the parameter's name. Nothing where the model has none. */
void model_guard(const struct model *model, struct guards *guards, float *block, const char *what);

/* Everything that one thread needs to run the network on batches of at most BATCH examples of at
 * most STEPS steps. */
struct workspace {
    const struct model *model;
    int64_t batch, steps;
    bool trains;              /* has gradients, and keeps what backward needs */
    struct layer_plan *plans; /* one per layer, for this batch; their steps are those of the last
                                 pass */
    void *memory;             /* all floats below, in one allocation */
    size_t memory_size;       /* bytes */
    float *inputs;            /* [steps, batch, features] */
    float **outputs;          /* per layer: [out.steps, batch, out.features] */
    float **saved;            /* per layer; NULL entries when not training */
    float *scratch;
    float *flow[2];          /* gradients between layers, in turns */
    float *gradient;         /* [block_floats], as model->weights */
    float *losses;           /* [batch] */
    float *logit_gradient;   /* [batch, classes] */
    float *probabilities;    /* [classes] of one example */
    int32_t *labels;         /* [batch] */
    int32_t *lengths;        /* [batch] for struct pass, */
    int64_t *keys;           /* [batch] and for data_order; NULL where no example may be shorter */
    float **weight_pointers; /* per parameter, into the model's block */
    float **gradient_pointers;
    struct guards guards; /* between all of these, and in the blocks of weights and gradients */
};

/* STEPS as for model_plan. */
int workspace_init(struct workspace *workspace, const struct model *model, int64_t batch,
                   int64_t steps, bool trains, struct error *error);
void workspace_release(struct workspace *workspace);

/* Bytes that such a workspace takes. */
int workspace_measure(const struct model *model, int64_t batch, int64_t steps, bool trains,
                      size_t *bytes, struct error *error);

/* What names the random numbers of a pass, see struct layer_call. */
struct pass {
    uint64_t seed, step;
    int64_t first_example;
    bool training;
    /* Where examples differ in length, how many steps the longest of this pass has, for that is
     * what the pass costs; 0: as many as the workspace can take. */
    int64_t steps;
    /* As in struct layer_call; NULL where all examples of the pass have all its steps. What stands
     * behind their ends in workspace->inputs model_forward overwrites. */
    const int32_t *lengths;
    /* NULL, or where model_backward puts what the layers say of their states: a block of
     * model->norm_count, for each layer [states, its in.steps], see layer_call.state_gradients; the
     * steps of a shorter pass stand at the end. All zero before. */
    double *norms;
};

/* The first COUNT columns of workspace->inputs through all layers, as [the pass's steps, COUNT,
 * features].
 * Returns the logits [COUNT, classes], valid until the next call. */
const float *model_forward(struct workspace *workspace, const struct pass *pass, int64_t count);

/* Loss of the logits of the last model_forward against workspace->labels; fills workspace->losses
 * and, when training, workspace->logit_gradient with SCALE times the gradient of their sum. */
void model_loss(struct workspace *workspace, const float *logits, int64_t count, float scale);

/* The call of layer INDEX in that pass; backward's gradients are not said. For a layer that is run
 * by itself. */
struct layer_call model_call(struct workspace *workspace, const struct pass *pass, int index,
                             int64_t count);

/* After model_loss: adds the parameters' gradients to workspace->gradient. */
void model_backward(struct workspace *workspace, const struct pass *pass, int64_t count);

/* Rounds a count of floats up to whole cache lines (64 bytes): where each array begins. */
static inline int64_t model_align(int64_t floats)
{
    return (floats + 15) / 16 * 16;
}

/* Class with the largest logit, the first of equals. */
int32_t model_argmax(const float *logits, int64_t classes);

#endif
