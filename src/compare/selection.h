/* What is left of groups by conditions, and groups by the values of keys. Used by groups.c. */
#ifndef UNROLL_COMPARE_SELECTION_H
#define UNROLL_COMPARE_SELECTION_H

#include "compare/groups.h"

/* Applies the conditions and keys of REQUEST to GROUPS, whose runs have their settings; these stay
 * where REQUEST asks for them. Errors as for groups_load_by. */
int selection_apply(struct groups *groups, const struct groups_request *request,
                    struct error *error);

#endif
