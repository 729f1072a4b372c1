/* Paths and whole files. */
#ifndef UNROLL_BASE_FILE_H
#define UNROLL_BASE_FILE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* FOLDER/NAME, or NAME alone when it is absolute or FOLDER is empty or NULL. Caller frees. */
char *file_join(const char *folder, const char *name);

/* NAME in the user's home folder ($HOME, else what the system says; NAME alone where neither is
 * known). Caller frees. Not for plugins. */
char *file_in_home(const char *name);

/* What stands before the last slash: "." where there is none, "/" for the root. Caller frees. Not
 * for plugins. */
char *file_folder(const char *path);

/* The last part of PATH without its ending: "b" of "a/b.yaml", ".b" of ".b". Caller frees. Not for
 * plugins. */
char *file_stem(const char *path);

/* Adds NAME, whatever a user wrote, to PATH as a part of a file's name: with a dash for all but
 * ASCII letters, digits, ".", "_", "-" and what UTF-8 can show beyond ASCII, and of 100 bytes at
 * most. What is not the name itself ends with a hash of it, so that two names are two files. Not
 * for plugins. */
void file_add_name(struct text *path, const char *name);

bool file_exists(const char *path);

/* Not for plugins. */
bool file_is_folder(const char *path);

/* Neither a folder nor a pipe or a device. Not for plugins. */
bool file_is_regular(const char *path);

/* Makes PATH and its parents, mode 0777 less the umask. An existing folder is success; a new
 * one is on the disk for good. Not for plugins. */
int file_make_folders(const char *path, struct error *error);

/* Removes PATH with all that is in it; links are removed, not followed. What is not there is
 * success. Not for plugins. */
int file_remove_tree(const char *path, struct error *error);

/* Reads all of PATH ("-" is standard input) into TEXT (initialised by the caller, replaced).
 * More than LIMIT bytes is an error (ERROR_USAGE); a missing file is ERROR_NOT_FOUND. */
int file_read(const char *path, size_t limit, struct text *text, struct error *error);

/* Replaces PATH by SIZE bytes: temporary file beside it, fsync, rename, fsync of the folder. A file
 * that is replaced keeps its mode.
 * After an error the old file is untouched and the temporary one is gone. Not for plugins. */
int file_replace(const char *path, const void *bytes, size_t size, struct error *error);

/* A file mapped into memory for reading; all zero when not mapped. Not for plugins. */
struct file_map {
    const unsigned char *bytes;
    size_t size;
};
int file_map_open(struct file_map *map, const char *path, struct error *error);
void file_map_close(struct file_map *map);

#endif
