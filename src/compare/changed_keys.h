/* In which settings the runs of a comparison differ. */
#ifndef UNROLL_COMPARE_CHANGED_KEYS_H
#define UNROLL_COMPARE_CHANGED_KEYS_H

#include "compare/groups.h"

/* The keys of SETTINGS in which runs of GROUPS, or where WITHIN_GROUPS those of one and the same
 * group, differ, sorted, of what determines a result: names and places of files are left out, and
 * `seed`. Of two forms of the same there is one: where all runs have model.units and so on,
 * model.stack is left out, otherwise the short form. A parameter of a module counts among the runs
 * that have this module. The caller frees each and the array. */
char **changed_keys(const struct groups *groups, bool within_groups, size_t *count);

#endif
