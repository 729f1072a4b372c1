/* The short form of `model` (cell, layers, units, ...) to the explicit stack. */
#ifndef UNROLL_CONFIG_EXPAND_H
#define UNROLL_CONFIG_EXPAND_H

#include "config/diagnostics.h"
#include "config/tree.h"

/* Replaces the short keys of the mapping MODEL by `stack`; values keep their marks. With an
 * explicit stack nothing changes. After an error `stack` is broken. */
void expand_model(struct node *model, struct diagnostics *diagnostics);

#endif
