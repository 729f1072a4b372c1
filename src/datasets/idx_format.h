/* The IDX format, in which MNIST came (http://yann.lecun.com/exdb/mnist, "The IDX file format"):
 * two zero bytes, a byte for the type, a byte for the number of dimensions, the size of each as a
 * 32-bit big-endian number, then the values, the last dimension fastest. Shared by the data sets
 * that read it. Everything that a header claims is checked against what is there. */
#ifndef UNROLL_DATASETS_IDX_FORMAT_H
#define UNROLL_DATASETS_IDX_FORMAT_H

#include "base/file.h"
#include "module/dataset.h"

/* What a file must hold; the value is its number of dimensions. */
enum idx_role { IDX_LABELS = 1, IDX_IMAGES = 3 };

/* Unsigned bytes: COUNT labels, or images [count, rows, columns]. All zero when not open. */
struct idx_file {
    int64_t count, rows, columns; /* rows and columns are 1 for labels */
    const uint8_t *values;
    struct file_map map; /* the file, where VALUES lie in it */
    void *unpacked;      /* or a gzip file's content */
};

/* Reads BYTES [size], which must outlive FILE. NAME is for errors, all of which are ERROR_DATA and
 * say what was expected and what was found. */
int idx_parse(struct idx_file *file, enum idx_role role, const char *name, const uint8_t *bytes,
              size_t size, struct error *error);

/* Maps PATH and reads it as idx_parse does; a gzip file, known by its first bytes, is unpacked
 * into memory, never beyond the size in its header. Close it also after an error. */
int idx_open(struct idx_file *file, enum idx_role role, const char *path, struct error *error);
void idx_close(struct idx_file *file);

/* The four files of a data set and their paths; the paths are the caller's. */
enum idx_part { IDX_TRAIN_IMAGES, IDX_TRAIN_LABELS, IDX_TEST_IMAGES, IDX_TEST_LABELS, IDX_PARTS };
struct idx_set {
    struct idx_file files[IDX_PARTS];
};

/* Opens PATHS, checks that they fit together (as many labels as images, images of one size, labels
 * below CLASSES; 0 makes it the largest label + 1) and fills CONTENT, pixels up to 255, digest
 * included. Any error is ERROR_DATA. Close the set also after an error. */
int idx_set_open(struct idx_set *set, const char *const paths[IDX_PARTS], int64_t classes,
                 struct dataset_content *content, struct error *error);
void idx_set_close(struct idx_set *set);

/* Writes the digest of CONTENT's sizes, values and labels. */
void idx_digest(struct dataset_content *content);

#endif
