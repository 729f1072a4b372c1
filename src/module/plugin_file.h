/* A plugin's file before it is loaded: who may have written it, and what it holds. What is judged
 * is an opened descriptor, and what is checked, hashed and loaded is one copy of its content: the
 * file may be built again, or written over in place, while a run uses the plugin. */
#ifndef UNROLL_MODULE_PLUGIN_FILE_H
#define UNROLL_MODULE_PLUGIN_FILE_H

#include "base/error.h"
#include "base/hash.h"

enum { PLUGIN_BYTES_LIMIT = 1 << 30 };

struct plugin_file {
    int copy; /* in memory that nobody can write any more; -1: none */
    char digest[HASH_TEXT_SIZE];
};

/* Opens FOLDER and refuses one that belongs neither to this user nor to root, or to which somebody
 * else can write: its plugins are somebody's whom nobody trusted. The folders above it are not
 * judged: what somebody puts in its place belongs to them. Returns the descriptor, or -1; the error
 * begins with FOLDER, and is ERROR_NOT_FOUND where there is none; errno is EACCES where this user
 * may not read it. */
int plugin_folder_open(const char *folder, struct error *error);

/* Judges NAME in the folder FOLDER (its descriptor) by the same rule, copies it, refuses what
 * cannot be a plugin (plugin_object_check), and hashes it. A link is judged by its target and the
 * target's folder. The error does not name the file. FILE must be released, after an error too. */
int plugin_file_open(struct plugin_file *file, int folder, const char *name, struct error *error);
void plugin_file_release(struct plugin_file *file);

#endif
