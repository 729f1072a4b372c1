/* In which settings the runs of a comparison differ. */
#ifndef UNROLL_COMPARE_CHANGED_KEYS_H
#define UNROLL_COMPARE_CHANGED_KEYS_H

#include "compare/groups.h"

/* As groups_changed_keys; WITHIN_GROUPS: the keys in which runs of the same group differ. */
char **changed_keys(const struct groups *groups, bool within_groups, size_t *count);

#endif
