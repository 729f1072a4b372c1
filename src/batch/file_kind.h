/* Whether a file is a config or an experiment, for those who take both, and for those who took the
 * one for the other. */
#ifndef UNROLL_BATCH_FILE_KIND_H
#define UNROLL_BATCH_FILE_KIND_H

#include "base/error.h"

enum file_kind {
    FILE_UNCLEAR, /* cannot be read, or but once (standard input, a pipe), or has keys of neither */
    FILE_CONFIG,
    FILE_EXPERIMENT,
    FILE_MIXED, /* has keys of both: an experiment in which one is wrong, or a config */
};

/* By the keys at the top of the file at PATH that only one kind has: `model` or `seeds`, not `base`
 * and `name`. */
enum file_kind file_kind(const char *path);

/* Sets ERROR to one line about PATH, which is an experiment and was taken for a config, or the
 * other way round where IT_IS says FILE_CONFIG. Returns -1. */
int file_kind_mistaken(const char *path, enum file_kind it_is, struct error *error);

#endif
