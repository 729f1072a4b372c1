/* What every recurrent layer of plugins/ is tested for, on every instruction set: gradients by
 * finite differences, PyTorch's figures (references/cells.txt), what the contract of a layer
 * promises, and sequences of different lengths. A test program includes a plugin's source and calls
 * cell_main. */
#ifndef UNROLL_NUMERICS_CELL_H
#define UNROLL_NUMERICS_CELL_H

#include "numerics/rig.h"

enum { CELL_BATCH = 8 }; /* the largest batch of a case */

struct cell_case {
    struct layer_spec spec;
    struct rig_shape shape;
    bool kinks; /* of differences_check */
    /* A case of references/cells.txt, or NULL. There is another one, NAME_mixed. */
    const char *reference;
};

/* What a cell plans, whatever its options. */
struct cell_plan {
    int input_gates, state_gates; /* matrix products of a unit: with the input, with the state */
    const char *decaying;         /* tensors that weight decay applies to: " weight_ih ", ... */
};

/* Runs all tests of COUNT cases of a cell that plans PLAN; the result is for main to return. */
int cell_main(const char *name, const struct cell_plan *plan, const struct cell_case *cases,
              size_t count);

#endif
