#include "base/names.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdint.h>

void names_release(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        memory_free(names->items[i]);
    memory_free(names->items);
    memory_free(names->slots);
    *names = (struct names){0};
}

/* FNV-1a, by Fowler, Noll and Vo: draft-eastlake-fnv. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (; *name; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3U;
    return hash;
}

/* The slot of NAME, or the empty one where it belongs. There is an empty one. */
static size_t find_slot(const struct names *names, const char *name)
{
    size_t slot = hash_of(name) & (names->slot_count - 1);
    while (names->slots[slot] && !text_equal(names->items[names->slots[slot] - 1], name))
        slot = (slot + 1) & (names->slot_count - 1);
    return slot;
}

/* Doubles the table, whose size is a power of two, at least half of which stays empty; the names'
 * array has room for as many as the table may hold. */
static void grow(struct names *names)
{
    names->slot_count = names->slot_count ? 2 * names->slot_count : 32;
    memory_free(names->slots);
    names->slots = memory_array(names->slot_count, sizeof *names->slots);
    names->items = memory_grow(names->items, names->slot_count / 2, sizeof *names->items);
    for (size_t i = 0; i < names->count; i++)
        names->slots[find_slot(names, names->items[i])] = i + 1;
}

size_t names_add(struct names *names, const char *name)
{
    if (2 * names->count == names->slot_count)
        grow(names);
    size_t slot = find_slot(names, name);
    if (!names->slots[slot]) {
        names->items[names->count++] = memory_copy_text(name);
        names->slots[slot] = names->count;
    }
    return names->slots[slot] - 1;
}

size_t names_find(const struct names *names, const char *name)
{
    size_t place = names->slot_count ? names->slots[find_slot(names, name)] : 0;
    return place ? place - 1 : names->count;
}
