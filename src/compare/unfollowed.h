/* What experiments would choose on validation, where that is not followed: beside others, and where
 * groups are made by keys. */
#ifndef UNROLL_COMPARE_UNFOLLOWED_H
#define UNROLL_COMPARE_UNFOLLOWED_H

#include "compare/groups.h"

/* All zero is valid and empty. */
struct unfollowed {
    struct unfollowed_choice *items;
    size_t count;
};
void unfollowed_release(struct unfollowed *unfollowed);

/* Adds CHOOSING of the experiment called NAME; nothing where it chooses nothing, or is there. */
void unfollowed_add(struct unfollowed *unfollowed, const char *name,
                    const struct choosing *choosing);

/* Notes each whose values are really among GROUPS, several of one variant. ARE_BY_KEYS: the groups
 * are those of --group-by, with their settings; otherwise they are called EXPERIMENT/VARIANT. */
void unfollowed_note(const struct unfollowed *unfollowed, const struct groups *groups,
                     bool are_by_keys);

#endif
