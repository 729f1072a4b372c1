/* The values of swept keys, as they are written. */
#ifndef UNROLL_BATCH_SWEPT_VALUE_H
#define UNROLL_BATCH_SWEPT_VALUE_H

#include "base/text.h"
#include "config/diagnostics.h"
#include "config/tree.h"

/* Adds NODE on one line such that equal values give equal texts: 1e-3 and 0.001 are "0.001". */
void swept_value_add_text(const struct node *node, struct text *text);

/* Complains of the values that are missing in LIST, as in [1, , 2], and returns -1. */
int swept_values_check(const struct node *list, const char *path, struct diagnostics *diagnostics);

#endif
