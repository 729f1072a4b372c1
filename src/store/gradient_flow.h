/* Gradient flow: how large the loss's gradient is at each time step of a recurrent layer's hidden
 * state, at some steps of a run's training (train.diagnostics: gradient_flow). */
#ifndef UNROLL_STORE_GRADIENT_FLOW_H
#define UNROLL_STORE_GRADIENT_FLOW_H

#include "base/error.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What was recorded of one state at one training step. */
struct gradient_flow {
    int64_t step;      /* of training: of the batch of that step, with the weights before it */
    int64_t layer;     /* of the stack, the first is 0 */
    int64_t direction; /* 1: of two, the state that reads backwards in time */
    int64_t count;     /* time steps */
    /* [count] For each time step t the mean over the batch's examples i of ‖∂L_i/∂h_t‖₂. Time is
     * the state's own: the last one is the last one it read. */
    float *norms;
};
void gradient_flow_release(struct gradient_flow *flow);

struct gradient_flow_list {
    struct gradient_flow *items; /* by step, layer, direction */
    size_t count;
};
void gradient_flow_list_release(struct gradient_flow_list *list);

/* What run ID has recorded; none where it was not asked to or has not begun. Without the norms
 * (NULL), which would take much memory. The caller releases LIST. */
int store_gradient_flow_list(struct store *store, const char *id, struct gradient_flow_list *list,
                             struct error *error);

/* One entry of run ID with its norms. Where there is none, *FOUND is false and FLOW empty. The
 * caller releases FLOW. Norms that are no floats are ERROR_DATA. */
int store_gradient_flow_load(struct store *store, const char *id, int64_t step, int64_t layer,
                             int64_t direction, struct gradient_flow *flow, bool *found,
                             struct error *error);

#endif
