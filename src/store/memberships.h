/* Which experiments have a run among their trials: the way back from a run. */
#ifndef UNROLL_STORE_MEMBERSHIPS_H
#define UNROLL_STORE_MEMBERSHIPS_H

#include "base/error.h"
#include "base/text.h"
#include "store/store.h"

#include <stddef.h>

/* One trial that a run is. */
struct membership {
    char *experiment, *variant; /* owned */
};

struct membership_list {
    struct membership *items;
    size_t count;
};
void membership_list_release(struct membership_list *list);

/* The trials that name the run key KEY, the oldest experiment's first. Whether a run of that key is
 * there plays no part. The caller releases LIST, which is empty after an error. */
int store_memberships_load(struct store *store, const char *key, struct membership_list *list,
                           struct error *error);

/* The variant as which EXPERIMENT has the run, or NULL. */
const char *membership_variant(const struct membership_list *list, const char *experiment);

/* Adds what people call ITEM: "cells/lstm". */
void membership_add_name(struct text *text, const struct membership *item);

#endif
