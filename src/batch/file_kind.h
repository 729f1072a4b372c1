/* Whether a file is a config or an experiment, for those who mistook the one for the other. */
#ifndef UNROLL_BATCH_FILE_KIND_H
#define UNROLL_BATCH_FILE_KIND_H

#include "base/error.h"

enum file_kind {
    FILE_UNCLEAR, /* cannot be read, has keys of both or of neither, or is standard input */
    FILE_CONFIG,
    FILE_EXPERIMENT,
};

/* By the keys at the top of the file at PATH that only one kind has. */
enum file_kind file_kind(const char *path);

/* Sets ERROR to one line about PATH, which is an experiment and was taken for a config, or the
 * other way round where IT_IS says FILE_CONFIG. Returns -1. */
int file_kind_mistaken(const char *path, enum file_kind it_is, struct error *error);

#endif
