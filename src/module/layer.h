/* A layer maps a sequence [steps, batch, inputs] to [steps, batch, outputs], the whole sequence at
 * a call, forward and backward. All arrays are float32, row-major and contiguous. */
#ifndef UNROLL_MODULE_LAYER_H
#define UNROLL_MODULE_LAYER_H

#include "base/error.h"
#include "module/module.h"
#include "module/tensor.h"

/* What flows between layers, without the batch. */
struct sequence {
    int64_t steps;    /* time steps */
    int64_t features; /* values per step and example */
    /* Features [reversed_from, features) were produced backwards in time, so that their last
     * output stands at step 0; features itself where none were. */
    int64_t reversed_from;
    bool mixes_directions; /* both directions are already added up: neither end is "the last" */
};

/* What a layer needs and gives, answered once by describe() before anything is allocated. */
struct layer_plan {
    struct sequence in;                   /* given */
    struct sequence out;                  /* to fill; starts as a copy of in */
    int64_t classes;                      /* given: number of classes of the data set */
    struct tensor tensors[LAYER_TENSORS]; /* to fill */
    int tensor_count;
    /* Floats kept from forward to backward, and floats of working memory for one call (shared by
     * all layers, contents lost), for a batch of the given size. */
    int64_t batch; /* given: the largest batch of a call */
    int64_t saved_floats;
    int64_t scratch_floats;
    /* Floating-point operations per example that must be done (matrix products only; a multiply-add
     * counts two): of one forward pass (the weights' gradients take as many again), of carrying the
     * gradient back through time, and of the input's gradient. */
    double operations;
    double state_gradient_operations;
    double input_gradient_operations;
    /* To fill: how many hidden states backward can say something about in
     * layer_call.state_gradients: 1 for a recurrent layer, 2 for one that runs in both directions.
     * Starts as 0: the layer has none, or does not say. */
    int64_t states;
};

/* One call of forward or backward, for a batch that may be smaller than the plan's. Pointers that
 * a call must not use are NULL. */
struct layer_call {
    const struct layer_plan *plan;
    const void *params;
    int64_t batch;
    bool training; /* dropout drops */
    /* Names the random numbers of this call: equal for equal (seed, layer, step) on any number of
     * threads. Element (t, b, f) of a layer's output draws number
     * ((first_example + b) · steps + t) · features + f. */
    uint64_t seed;
    uint64_t step;
    uint32_t layer;
    int64_t first_example; /* index within the whole batch of this shard's first example */

    float *const *weights;   /* one per tensor */
    float *const *gradients; /* one per tensor; backward adds to them */
    const float *in;         /* [in.steps, batch, in.features] */
    float *out;              /* [out.steps, batch, out.features]; forward writes, backward reads */
    const float *out_gradient; /* as out: gradient of the loss with respect to it */
    float *in_gradient;        /* as in: backward overwrites; NULL where nobody needs it */
    float *saved;   /* plan.saved_floats: kept from forward to backward, which may overwrite it,
                       so that it is called once for each forward. NULL when no backward will
                       follow; forward may then use scratch only */
    float *scratch; /* plan.scratch_floats */
    /* A diagnostic: NULL in ordinary training, which must give the same bits. Else backward writes,
     * for each of the plan's states and each time step t,
     *     Σ_b ‖∂L/∂h_t,b‖₂
     * over the examples b of the call, L being the loss that out_gradient belongs to. It is the
     * total derivative: what comes from the layers above and what comes through the recurrence from
     * later steps, without what reaches the loss by another way than h_t (an lstm's cell state).
     * How it shrinks or grows from the last step back is the vanishing or exploding gradient of
     * Bengio, Simard and Frasconi, "Learning long-term dependencies with gradient descent is
     * difficult", 1994, and Pascanu, Mikolov and Bengio, "On the difficulty of training recurrent
     * neural networks", 2013. Time is the state's own: of a state that reads backwards, t = 0 is
     * the input's last step. */
    double *state_gradients; /* [plan.states, in.steps] */
};

struct layer {
    struct module module;
    /* Has a hidden state and a parameter `units`: can be `model.cell` and be wrapped by
     * bidirectional. */
    bool recurrent;
    /* Required. Fills PLAN from params and what is given; rejects what cannot work. */
    int (*describe)(const void *params, struct layer_plan *plan, struct error *error);
    /* Required. Zero initial state; deterministic. */
    void (*forward)(const struct layer_call *call);
    /* Required. Adds to call->gradients, overwrites call->in_gradient unless it is NULL. May
     * destroy call->out_gradient's buffer only through scratch copies: it is const. */
    void (*backward)(const struct layer_call *call);
};

#endif
