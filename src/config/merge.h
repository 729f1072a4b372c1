/* Laying one tree over another: base files, experiment variants, the command line. */
#ifndef UNROLL_CONFIG_MERGE_H
#define UNROLL_CONFIG_MERGE_H

#include "config/diagnostics.h"
#include "config/tree.h"
#include "module/param.h"

/* Lays OVERLAY over BASE, guided by the parameter TABLE; BASE is changed, OVERLAY copied from. A
 * mapping replaces keys, a list replaces the list, a scalar replaces. Where a module is chosen,
 * another module replaces the whole choice, the same one merges its parameters. Over a list, a
 * mapping {0: ...} changes single elements. */
void merge_overlay(struct node *base, const struct node *overlay, const struct param *table,
                   struct diagnostics *diagnostics);

/* A copy of the mapping NODE in which dotted keys are nested: {model.cell: rnn, train.steps: 10}
 * becomes {model: {cell: rnn}, train: {steps: 10}}. Caller frees. Other nodes are copied as they
 * are. */
struct node *merge_unfold(const struct node *node, struct diagnostics *diagnostics);

/* The overlay of one "key.path=value" of the command line, or NULL after an error. Caller frees. */
struct node *merge_override(const char *override, struct diagnostics *diagnostics);

/* Reads PATH (or takes BYTES of SIZE where BYTES is not NULL) and all files below it that `base`
 * names, laid over each other; `base` is gone from the result. NULL when there is nothing usable.
 * Caller frees. */
struct node *merge_load(const char *path, const char *bytes, size_t size, const struct param *table,
                        struct diagnostics *diagnostics);

#endif
