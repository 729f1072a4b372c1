/* A plugin's file before it is loaded: who may have written it, and what it holds. What is judged
 * are opened descriptors, and the loader is led through the folder's: only those who are trusted
 * can put another file in the place of the one that was judged. */
#ifndef UNROLL_MODULE_PLUGIN_FILE_H
#define UNROLL_MODULE_PLUGIN_FILE_H

#include "base/error.h"
#include "base/hash.h"

#include <stdbool.h>
#include <sys/stat.h>

struct plugin_file {
    int folder; /* where it really lies: the folder that was searched, or that of a link's target */
    bool owns_folder;
    char *name;            /* in that folder; owned */
    struct stat status;    /* when it was hashed */
    bool has_constructors; /* loading it runs code of its own */
    char digest[HASH_TEXT_SIZE];
};

/* Opens FOLDER and refuses one that belongs neither to this user nor to root, or to which somebody
 * else can write: its plugins are somebody's whom nobody trusted. The folders above it are not
 * judged: what somebody puts in its place belongs to them. Returns the descriptor, or -1; the error
 * begins with FOLDER, and is ERROR_NOT_FOUND where there is none. */
int plugin_folder_open(const char *folder, struct error *error);

/* Judges NAME in the folder FOLDER (its descriptor, which must stay open) by the same rule, refuses
 * what cannot be a plugin (plugin_object_check), and hashes it. A link is judged by its target and
 * the target's folder. The error does not name the file. FILE must be released, after an error too.
 */
int plugin_file_open(struct plugin_file *file, int folder, const char *name, struct error *error);
void plugin_file_release(struct plugin_file *file);

/* Whether the file is not the one any more that was hashed: somebody builds it just now. */
bool plugin_file_has_changed(const struct plugin_file *file);

#endif
