/* A temporary folder for a test, and small files in it. */
#ifndef UNROLL_TESTS_UNIT_TEMPORARY_H
#define UNROLL_TESTS_UNIT_TEMPORARY_H

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <ftw.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

/* Makes a folder; FOLDER becomes its path. For cmocka's setup. */
static inline int temporary_make(char folder[64])
{
    strcpy(folder, "/tmp/unroll-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static inline int temporary_remove_one(const char *path, const struct stat *status, int type,
                                       struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static inline int temporary_remove(const char *folder)
{
    return nftw(folder, temporary_remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* Writes FOLDER/NAME, raw or through gzip, and returns its path, which the caller frees. */
static inline char *temporary_write(const char *folder, const char *name, const void *bytes,
                                    size_t size, bool packed)
{
    char *path = file_join(folder, name);
    if (packed) {
        gzFile file = gzopen(path, "wb");
        if (!file || (size && gzwrite(file, bytes, (unsigned)size) != (int)size) ||
            gzclose(file) != Z_OK)
            abort();
    } else {
        FILE *file = fopen(path, "wb");
        if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0)
            abort();
    }
    return path;
}

/* An IDX file in memory: header for DIMENSIONS sizes, then SIZE bytes, all 0. The caller frees. */
struct idx_bytes {
    uint8_t *bytes;
    size_t header, size; /* size: of the whole */
};

static inline struct idx_bytes idx_bytes_make(int dimensions, const uint32_t *sizes, size_t size)
{
    struct idx_bytes idx = {.header = 4 + 4 * (size_t)dimensions};
    idx.size = idx.header + size;
    idx.bytes = memory_new(idx.size);
    idx.bytes[2] = 0x08;
    idx.bytes[3] = (uint8_t)dimensions;
    for (int i = 0; i < dimensions; i++)
        for (int byte = 0; byte < 4; byte++)
            idx.bytes[4 + 4 * i + byte] = (uint8_t)(sizes[i] >> (24 - 8 * byte));
    return idx;
}

/* COUNT images of ROWS x COLUMNS, byte i of all being (START + i) mod 251. */
static inline struct idx_bytes idx_bytes_images(uint32_t count, uint32_t rows, uint32_t columns,
                                                int start)
{
    size_t size = (size_t)count * rows * columns;
    struct idx_bytes idx = idx_bytes_make(3, (const uint32_t[]){count, rows, columns}, size);
    for (size_t i = 0; i < size; i++)
        idx.bytes[idx.header + i] = (uint8_t)(((size_t)start + i) % 251);
    return idx;
}

/* COUNT labels, label i being i mod CLASSES. */
static inline struct idx_bytes idx_bytes_labels(uint32_t count, int classes)
{
    struct idx_bytes idx = idx_bytes_make(1, &count, count);
    for (uint32_t i = 0; i < count; i++)
        idx.bytes[idx.header + i] = (uint8_t)(i % (uint32_t)classes);
    return idx;
}

/* Writes IDX under NAME, frees it, returns the path. */
static inline char *idx_bytes_write(struct idx_bytes idx, const char *folder, const char *name,
                                    bool packed)
{
    char *path = temporary_write(folder, name, idx.bytes, idx.size, packed);
    memory_free(idx.bytes);
    return path;
}

#endif
