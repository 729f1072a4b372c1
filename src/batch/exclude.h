/* The `exclude` of an experiment: which points of the sweep are left out.
 *
 *     exclude: [{variant: rnn, model.units: 128}, {train.batch: 512}]
 *
 * A point is left out when it has everything that one of the entries says. */
#ifndef UNROLL_BATCH_EXCLUDE_H
#define UNROLL_BATCH_EXCLUDE_H

#include "batch/sweep.h"

#include <stdbool.h>

struct exclude_rule;

struct exclude {
    const struct sweep *sweep;
    struct exclude_rule *rules;
    size_t count;
};

/* Reads the value NODE of `exclude` (NULL for none); NAMES [COUNT] are the file's variants. Errors
 * go to DIAGNOSTICS. The tree and SWEEP must outlive EXCLUDE, which must be released. */
void exclude_read(struct exclude *exclude, const struct node *node, const struct sweep *sweep,
                  const char *const *names, size_t count, struct diagnostics *diagnostics);
void exclude_release(struct exclude *exclude);

/* Is POINT of variant number VARIANT left out? */
bool exclude_has(struct exclude *exclude, size_t variant, size_t point);

/* Complains of entries that left nothing out so far. */
void exclude_check_use(const struct exclude *exclude, struct diagnostics *diagnostics);

#endif
