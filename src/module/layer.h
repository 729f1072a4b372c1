/* A layer maps a sequence [steps, batch, inputs] to [steps, batch, outputs], the whole sequence at
 * a call, forward and backward. All arrays are float32, row-major and contiguous. */
#ifndef UNROLL_MODULE_LAYER_H
#define UNROLL_MODULE_LAYER_H

#include "base/error.h"
#include "math/block.h"
#include "module/module.h"
#include "module/tensor.h"

#include <string.h>

/* What flows between layers, without the batch. */
struct sequence {
    int64_t steps;    /* time steps */
    int64_t features; /* values per step and example */
    /* Features [reversed_from, features) were produced backwards in time, so that their last
     * output stands at step 0; features itself where none were. */
    int64_t reversed_from;
    bool mixes_directions; /* both directions are already added up: neither end is "the last" */
    /* Examples may end before the last step: calls may carry lengths. Given; of `out` the core says
     * it, whatever describe() leaves there. */
    bool varies;
};

/* What a layer makes of examples that end at different steps, see layer_call.lengths. */
enum layer_lengths {
    /* Nothing: it takes every example for one of all steps. Such data are refused. */
    LAYER_FULL_LENGTH,
    /* Each step by itself, and of each example by itself: an output depends on the input at its own
     * step alone. The core keeps what is behind an example's end out of everything; the layer need
     * not know of lengths. */
    LAYER_STEPWISE,
    /* It reads layer_call.lengths. */
    LAYER_LENGTHS,
};

/* What a layer needs and gives, answered by describe() before anything is allocated.
 *
 * Where examples differ in length, a call costs what its own longest example costs: its plan has
 * that many steps, from 1 on, and its arrays are [those steps, batch, features]. describe() is then
 * asked twice: with in.steps == all_steps, which decides on tensors, operations and states, and
 * with the largest in.steps of the calls to come (fewer in training, if only the test examples are
 * so long), which decides on saved_floats and scratch_floats. So fewer steps must not take more
 * memory, nor give other features. What must be the same whatever examples are together in a call,
 * such as the places of random numbers, is counted by all_steps. */
struct layer_plan {
    struct sequence in;  /* given; where in.varies, a call's in.steps are those of its own longest
                            example, and of `out`, too, where it keeps the steps: see below */
    int64_t all_steps;   /* given: in.steps of the longest example that the data have */
    struct sequence out; /* to fill; starts as a copy of in */
    int64_t classes;     /* given: number of classes of the data set */
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
    /* [batch] How many steps each example has, from 1 to in.steps, longest first: those that go on
     * at a step are the first layer_active() of the batch. NULL: all have all of in.steps, which is
     * the usual case and has to cost nothing extra.
     *
     * What is behind an example's end (step t >= lengths[b]) must not reach a valid output, a
     * weight's gradient or a norm. There `in` is a copy of the example's last valid row and
     * out_gradient is zero. A recurrent layer copies its state through: h_t = h_{t-1}; what others
     * write there the core overwrites with a copy of their last valid row. What backward writes to
     * in_gradient there the core sets to zero: it may be left out. */
    const int32_t *lengths;
    bool training; /* dropout drops */
    /* Names the random numbers of this call: equal for equal (seed, layer, step) on any number of
     * threads. Element (t, b, f) of a layer's output draws number
     * ((first_example + b) · plan.all_steps + t) · features + f. */
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
     * the input's last step.
     * With lengths each example counts from its own end: its last step stands at in.steps - 1, and
     * where it has none it adds nothing. All is zero before the call. layer_measure() does this. */
    double *state_gradients; /* [plan.states, in.steps] */
};

/* How many examples have a step T: the first so many of the batch. */
static inline int64_t layer_active(const struct layer_call *call, int64_t t)
{
    int64_t active = 0, beyond = call->batch; /* lengths[active - 1] > t >= lengths[beyond] */
    if (!call->lengths)
        return call->batch;
    while (active < beyond) {
        int64_t middle = active + (beyond - active) / 2;
        if (call->lengths[middle] > t)
            active = middle + 1;
        else
            beyond = middle;
    }
    return active;
}

/* Steps of the longest example: the steps at which anything is to be done. */
static inline int64_t layer_longest(const struct layer_call *call)
{
    return call->lengths ? call->lengths[0] : call->plan->in.steps;
}

/* Walks over the rows of a [steps, batch, features] array that are in use, in pieces as long as can
 * be: one of all rows without lengths; else the steps that every example has, then each later step
 * by itself. For products over many steps at a time:
 *     for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);)
 *         matrix_multiply(..., rows.count, ..., array + rows.first * features, ...);
 * .next = 1 begins at the second step: the rows that have a state before them, which stand
 * call->batch rows earlier. */
struct layer_rows {
    int64_t next;  /* the first step that has not been visited */
    int64_t first; /* row, of steps · batch, where the piece begins */
    int64_t count; /* rows of the piece */
};

static inline bool layer_next_rows(const struct layer_call *call, struct layer_rows *rows)
{
    int64_t steps = call->plan->in.steps, batch = call->batch;
    int64_t shortest = call->lengths ? call->lengths[batch - 1] : steps;
    if (rows->next >= layer_longest(call))
        return false;
    rows->first = rows->next * batch;
    if (rows->next < shortest) {
        rows->count = (shortest - rows->next) * batch;
        rows->next = shortest;
    } else {
        rows->count = layer_active(call, rows->next++);
    }
    return true;
}

/* The end of a recurrent layer's forward: what has ended keeps its last row in OUT [in.steps,
 * batch, units]. The steps before are those of layer_longest, the rows those of layer_active. */
static inline void layer_copy_through(const struct layer_call *call, int64_t units, float *out)
{
    int64_t state = call->batch * units;
    for (int64_t t = 1; call->lengths && t < call->plan->in.steps; t++) {
        int64_t active = layer_active(call, t);
        float *ended = out + t * state + active * units;
        memcpy(ended, ended - state, (size_t)(state - active * units) * sizeof *out);
    }
}

/* What backward says of state number STATE at step T where the call asks for it: HIDDEN and MORE
 * (NULL for nothing) are [batch, units] and together the gradient of h_t; only the rows of active
 * examples are read. See layer_call.state_gradients. */
static inline void layer_measure(const struct layer_call *call, int64_t state, int64_t t,
                                 int64_t units, const float *hidden, const float *more)
{
    int64_t steps = call->plan->in.steps, active = layer_active(call, t);
    if (!call->state_gradients)
        return;
    double *sums = call->state_gradients + state * steps;
    if (!call->lengths)
        sums[t] = block_sum_row_norms(call->batch, units, hidden, more);
    for (int64_t b = 0; call->lengths && b < active; b++)
        sums[steps - call->lengths[b] + t] +=
            block_sum_row_norms(1, units, hidden + b * units, more ? more + b * units : NULL);
}

struct layer {
    struct module module;
    /* Has a hidden state and a parameter `units`: can be `model.cell` and be wrapped by
     * bidirectional. */
    bool recurrent;
    /* Default: LAYER_FULL_LENGTH, with which the layer cannot be used where examples end at
     * different steps. */
    enum layer_lengths lengths;
    /* Required. Fills PLAN from params and what is given; rejects what cannot work. */
    int (*describe)(const void *params, struct layer_plan *plan, struct error *error);
    /* Required. Zero initial state; deterministic. */
    void (*forward)(const struct layer_call *call);
    /* Required. Adds to call->gradients, overwrites call->in_gradient unless it is NULL. May
     * destroy call->out_gradient's buffer only through scratch copies: it is const. */
    void (*backward)(const struct layer_call *call);
};

#endif
