/* Many names, each of which has a place: found in the same time however many there are. */
#ifndef UNROLL_BASE_NAMES_H
#define UNROLL_BASE_NAMES_H

#include <stddef.h>

/* All zero is valid and empty. */
struct names {
    char **items; /* in the order of their adding; owned */
    size_t count;
    size_t *slots; /* place + 1, or 0: a hash table with linear probing */
    size_t slot_count;
};
void names_release(struct names *names);

/* The place of NAME in items. One that is new is copied and gets the last place, which was
 * names->count before. */
size_t names_add(struct names *names, const char *name);

/* The place of NAME, or names->count where it is not among them. */
size_t names_find(const struct names *names, const char *name);

#endif
