/* Checkpoint files in the safetensors format (github.com/huggingface/safetensors): eight bytes
 * with the header's length, little-endian; a JSON header with each tensor's type, shape and place
 * and a map of texts under __metadata__; the tensors' bytes. We write and read F32 only. */
#ifndef UNROLL_STORE_SAFETENSORS_H
#define UNROLL_STORE_SAFETENSORS_H

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"

#include <stddef.h>
#include <stdint.h>

enum { SAFETENSORS_RANK = 8 };

/* A file in the making: a list of what it will hold. The bytes of the file depend on that list and
 * its order alone. */
struct safetensors_writer;
struct safetensors_writer *safetensors_writer_new(void);
void safetensors_writer_free(struct safetensors_writer *writer);

/* Adds a tensor of RANK dimensions SHAPE (0 dimensions: one value). NAME and SHAPE are copied; DATA
 * is only borrowed and must stay until safetensors_write. */
void safetensors_add(struct safetensors_writer *writer, const char *name, int rank,
                     const int64_t *shape, const float *data);

/* Adds KEY: VALUE to the metadata; both are copied. */
void safetensors_add_text(struct safetensors_writer *writer, const char *key, const char *value);

/* Replaces PATH: temporary file in the same folder, fsync, rename, fsync of the folder; tensors are
 * streamed, no second copy is made. HASH gets the hash of the whole file. After an error the old
 * file is untouched and the temporary one is gone. A name that comes twice, is not UTF-8 or is
 * reserved, or a negative size is ERROR_USAGE. */
int safetensors_write(const struct safetensors_writer *writer, const char *path,
                      char hash[HASH_TEXT_SIZE], struct error *error);

struct safetensors_tensor {
    char *name;
    int rank;
    int64_t shape[SAFETENSORS_RANK];
    int64_t count;     /* values */
    const float *data; /* in the mapped file */
};

struct safetensors_text {
    char *key, *value;
};

/* An open file; all zero when not open. */
struct safetensors {
    struct file_map map;
    struct safetensors_tensor *tensors; /* in the order of their bytes */
    size_t count;
    struct safetensors_text *texts; /* the metadata, in the header's order */
    size_t text_count;
};

/* Maps and checks PATH as a whole: with HASH (NULL: none) its content, then header, types, shapes
 * and that the tensors cover all bytes exactly once. Anything wrong is ERROR_DATA and says what was
 * expected and found; a missing file is ERROR_NOT_FOUND. FILE is all zero after an error. */
int safetensors_open(struct safetensors *file, const char *path, const char *hash,
                     struct error *error);
void safetensors_close(struct safetensors *file);

/* The tensor called NAME, or NULL. */
const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name);

/* The metadata's value for KEY, or NULL. */
const char *safetensors_find_text(const struct safetensors *file, const char *key);

#endif
