/* The explicit stack back to the short form of `model`: the inverse of expand.h. */
#ifndef UNROLL_CONFIG_CONTRACT_H
#define UNROLL_CONFIG_CONTRACT_H

#include "config/tree.h"

/* What the short form says where the `stack` of the mapping MODEL, as a resolved config has it, is
 * one that the short form expands to: a new mapping with cell (its parameters but the units among
 * it), layers, units, dropout, dropout_at (where there is dropout) and readout, which the caller
 * frees. expand_model makes the same stack of it. NULL where the stack has another shape. A layer
 * that no module is there for counts as a cell when it has units. */
struct node *contract_model(const struct node *model);

#endif
