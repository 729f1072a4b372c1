/* Why there is nothing to draw. */
#ifndef UNROLL_PLOTS_UNMEASURED_H
#define UNROLL_PLOTS_UNMEASURED_H

#include "compare/groups.h"

/* ERROR_NOT_FOUND for METRIC, of which no run of GROUPS has a series: what they have instead, or
 * that they have ended before their first record, or not come so far yet. Returns -1. */
int unmeasured_error(struct store *store, const struct groups *groups, const char *metric,
                     struct error *error);

#endif
