/* What people say about runs: tags, by which runs are found again, and a note each. A store of
 * version 1 that was not written since has none. */
#ifndef UNROLL_STORE_REMARKS_H
#define UNROLL_STORE_REMARKS_H

#include "base/error.h"
#include "base/names.h"
#include "store/store.h"

#include <stdbool.h>
#include <stddef.h>

enum { TAG_LENGTH = 64, NOTE_BYTES = 64 * 1024 };

/* Whether STORE is of a version that has tags and notes. */
bool store_has_remarks(struct store *store);

/* Gives run ID the COUNT tags, or takes them from it, in one transaction. A tag has 1 to 64
 * characters that can be seen, none of them a space or a comma, and does not begin with a dash;
 * else ERROR_USAGE. To take one that the run does not have is ERROR_NOT_FOUND, as is an unknown
 * run. */
int store_tags_add(struct store *store, const char *id, const char *const *tags, size_t count,
                   struct error *error);
int store_tags_remove(struct store *store, const char *id, const char *const *tags, size_t count,
                      struct error *error);

/* The tags of run ID, sorted. The caller releases TAGS. */
int store_tags_load(struct store *store, const char *id, struct names *tags, struct error *error);

/* Replaces the note of run ID by TEXT, or removes it with "". At most 64 KiB of UTF-8 without
 * control characters but line ends and tabs, else ERROR_USAGE. */
int store_note_set(struct store *store, const char *id, const char *text, struct error *error);

/* The note of run ID, "" for none. The caller frees *TEXT. */
int store_note_load(struct store *store, const char *id, char **text, struct error *error);

#endif
