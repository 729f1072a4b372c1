/* Hyper-parameters chosen on validation: of each variant of a sweep, the value of a key that has
 * the best mean of a validation figure stays, and the others are left out. Used by groups.c. */
#ifndef UNROLL_COMPARE_CHOOSING_H
#define UNROLL_COMPARE_CHOOSING_H

#include "base/text.h"
#include "compare/groups.h"

/* Leaves of each variant of GROUPS the value that CHOOSING chooses, under the variant's name
 * without it, and fills the groups' `choice`. Only values with as many figures as the fullest one
 * of the variant may be chosen, so that one that mostly diverges cannot win by the rest; of equal
 * means the first. ERROR_NOT_FOUND where no name has such a value, or no run the metric. */
int choosing_apply(struct groups *groups, const struct choosing *choosing, struct error *error);

/* Adds what was chosen for GROUP, of how many, and what is to be doubted: "lstm: rate 0.003, the
 * best of 4 on validation.accuracy (mean 0.9712, n 3); the highest that was tried: ...". False
 * where nothing was to be chosen. */
bool choosing_add_note(struct text *text, const struct groups *groups, size_t group);

#endif
