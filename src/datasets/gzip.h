/* Reads gzip data that lie in memory, in pieces. For the data sets. */
#ifndef UNROLL_DATASETS_GZIP_H
#define UNROLL_DATASETS_GZIP_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Deflate never makes data more than this many times smaller (zlib's documentation: 1032:1). */
enum { GZIP_LARGEST_RATIO = 1032 };

struct gzip; /* a reader */

/* True where BYTES begin like a gzip file. */
bool gzip_recognise(const uint8_t *bytes, size_t size);

/* A reader of BYTES [size], which must outlive it; several gzip members one after the other are
 * read as one. Free with gzip_free. NAME, for errors, must outlive it too. Fails when memory is
 * out; *READER is NULL then. */
int gzip_new(struct gzip **reader, const char *name, const uint8_t *bytes, size_t size,
             struct error *error);

/* Writes the next COUNT bytes to OUT, fewer only at the end of the data; *COUNT becomes how many.
 * Damaged or truncated data are ERROR_DATA; checksums are verified where a member ends. */
int gzip_read(struct gzip *reader, uint8_t *out, size_t *count, struct error *error);

void gzip_free(struct gzip *reader);

#endif
