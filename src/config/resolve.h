/* The decoder: a tree and a parameter table give a C struct. It never stops at the first error. */
#ifndef UNROLL_CONFIG_RESOLVE_H
#define UNROLL_CONFIG_RESOLVE_H

#include "config/diagnostics.h"
#include "config/resolved.h"
#include "config/tree.h"
#include "module/param.h"

/* Fills VALUES (SIZE bytes, uninitialised) from the mapping TREE by TABLE. DEFAULTS is a struct of
 * the same type; INIT, or -1 for none, chooses among the parameters' preset defaults. RESOLVED,
 * unless NULL, becomes the section of what was found. PATH ("" at the root) stands in front of the
 * parameters in messages. Returns 0, or -1 when there was an error. VALUES must be released in
 * both cases. */
int resolve_table(void *values, size_t size, const void *defaults, const struct param *table,
                  const struct node *tree, int init, const char *path, struct resolved *resolved,
                  struct diagnostics *diagnostics);

/* The same at the root, but `check` of plugins' modules is not called, and modules whose plugin
 * could not be used are no errors: ABSENT says what is wrong with them, VALUES is without them, and
 * RESOLVED has what is said of them as it was written. */
int resolve_sparing_plugins(void *values, size_t size, const void *defaults,
                            const struct param *table, const struct node *tree, int init,
                            struct resolved *resolved, struct text *absent,
                            struct diagnostics *diagnostics);

/* Frees the texts, modules and lists that VALUES owns. */
void resolve_release(void *values, const struct param *table);

/* The range of a number, for people: "from 1 to 100", "at least 0 and below 1", "above 0"; nothing
 * is added where there is none. */
void resolve_add_range(struct text *out, const struct param *param);

#endif
