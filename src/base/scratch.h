/* A folder for files of a moment, which goes with the program however that ends. */
#ifndef UNROLL_BASE_SCRATCH_H
#define UNROLL_BASE_SCRATCH_H

#include "base/error.h"

/* Makes a new folder in TMPDIR (else /tmp) for plain files, of which there is one at a time. From
 * now on SIGINT and SIGTERM, unless they are ignored, remove it with its files and end the program
 * with ERROR_INTERRUPTED. The caller frees the name, after scratch_remove or scratch_keep; NULL
 * after an error. */
char *scratch_make(struct error *error);

/* Removes FOLDER, or leaves it for whoever reads its name; the signals are again what they were. */
void scratch_remove(const char *folder);
void scratch_keep(const char *folder);

#endif
