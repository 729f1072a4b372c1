#include "datasets/idx_format.h"

#include "base/memory.h"
#include "base/text.h"
#include "datasets/gzip.h"

#include <inttypes.h>
#include <stdio.h>

enum { UNSIGNED_BYTES = 0x08, MAGIC_SIZE = 4, HEADER_SIZE = MAGIC_SIZE + 4 * IDX_IMAGES };

static size_t header_size(enum idx_role role)
{
    return MAGIC_SIZE + 4 * (size_t)role;
}

static const char *role_name(int role)
{
    return role == IDX_IMAGES ? "images" : "labels";
}

static const char *type_name(uint8_t type)
{
    switch (type) {
    case 0x09:
        return "signed bytes";
    case 0x0b:
        return "16-bit integers";
    case 0x0c:
        return "32-bit integers";
    case 0x0d:
        return "32-bit floats";
    case 0x0e:
        return "64-bit floats";
    default:
        return "values of an unknown type";
    }
}

/* The four bytes that say what the file is. */
static int check_magic(enum idx_role role, const char *name, const uint8_t *bytes,
                       struct error *error)
{
    const char *what = role_name(role);
    if (bytes[0] != 0 || bytes[1] != 0)
        return error_set(error, ERROR_DATA,
                         "%s: not an IDX file: begins with the bytes %02x %02x %02x %02x, %s begin "
                         "with 00 00 08 %02x",
                         name, bytes[0], bytes[1], bytes[2], bytes[3], what, (unsigned)role);
    if (bytes[2] != UNSIGNED_BYTES)
        return error_set(error, ERROR_DATA,
                         "%s: holds %s (type 0x%02x); only unsigned bytes (type 0x08) can be read",
                         name, type_name(bytes[2]), bytes[2]);
    if (bytes[3] == role)
        return 0;
    if (bytes[3] == IDX_IMAGES || bytes[3] == IDX_LABELS)
        return error_set(error, ERROR_DATA,
                         "%s: holds %s where %s are expected; are two files swapped?", name,
                         role_name(bytes[3]), what);
    return error_set(error, ERROR_DATA, "%s: has %d dimensions where %s have %d", name, bytes[3],
                     what, (int)role);
}

static int64_t big_endian(const uint8_t *bytes)
{
    return (int64_t)bytes[0] << 24 | bytes[1] << 16 | bytes[2] << 8 | bytes[3];
}

/* Fills FILE's sizes and *SIZE, the bytes of values that must follow, from the header at BYTES, of
 * which AVAILABLE are there. */
static int read_header(struct idx_file *file, enum idx_role role, const char *name,
                       const uint8_t *bytes, size_t available, size_t *size, struct error *error)
{
    if (available == 0)
        return error_set(error, ERROR_DATA, "%s: empty where %s are expected", name,
                         role_name(role));
    if (available >= MAGIC_SIZE && check_magic(role, name, bytes, error) != 0)
        return -1;
    if (available < header_size(role))
        return error_set(error, ERROR_DATA, "%s: truncated: %zu bytes, the header alone has %zu",
                         name, available, header_size(role));
    int64_t sizes[IDX_IMAGES] = {1, 1, 1}, pixels, total;
    for (int i = 0; i < (int)role; i++)
        sizes[i] = big_endian(bytes + MAGIC_SIZE + 4 * i);
    if (sizes[0] == 0 || sizes[1] == 0 || sizes[2] == 0)
        return error_set(error, ERROR_DATA,
                         "%s: holds no %s: its header says %" PRId64 " of %" PRId64 " x %" PRId64
                         " values",
                         name, role_name(role), sizes[0], sizes[1], sizes[2]);
    if (sizes[0] > INT32_MAX || __builtin_mul_overflow(sizes[1], sizes[2], &pixels) ||
        pixels > INT32_MAX || __builtin_mul_overflow(pixels, sizes[0], &total))
        return error_set(error, ERROR_DATA,
                         "%s: too large: its header says %" PRId64 " %s of %" PRId64 " x %" PRId64
                         " values; at most 2147483647 %s and values each can be read",
                         name, sizes[0], role_name(role), sizes[1], sizes[2], role_name(role));
    file->count = sizes[0];
    file->rows = sizes[1];
    file->columns = sizes[2];
    *size = (size_t)total;
    return 0;
}

/* The error for a file that is not as long as its header asks for; FOUND says what it is. */
static int wrong_size(const struct idx_file *file, enum idx_role role, const char *name,
                      const char *found, struct error *error)
{
    return error_set(error, ERROR_DATA,
                     "%s: its header says %" PRId64 " %s of %" PRId64 " x %" PRId64
                     " values, which takes %" PRId64 " bytes, but it has %s",
                     name, file->count, role_name(role), file->rows, file->columns,
                     (int64_t)header_size(role) + file->count * file->rows * file->columns, found);
}

int idx_parse(struct idx_file *file, enum idx_role role, const char *name, const uint8_t *bytes,
              size_t size, struct error *error)
{
    size_t values = 0;
    if (read_header(file, role, name, bytes, size, &values, error) != 0)
        return -1;
    if (size - header_size(role) != values) {
        char found[64];
        snprintf(found, sizeof found, "%zu: %s", size,
                 size - header_size(role) < values ? "truncated" : "too long");
        return wrong_size(file, role, name, found, error);
    }
    file->values = bytes + header_size(role);
    return 0;
}

/* Unpacks what follows the header; exactly SIZE bytes must come. */
static int unpack_values(struct idx_file *file, enum idx_role role, const char *name,
                         struct gzip *reader, size_t size, struct error *error)
{
    if (size / GZIP_LARGEST_RATIO > file->map.size)
        return wrong_size(file, role, name, "too few: damaged", error);
    if (memory_try(&file->unpacked, size, name, error) != 0)
        return -1;
    size_t count = size, more = 1;
    uint8_t beyond;
    if (gzip_read(reader, file->unpacked, &count, error) != 0)
        return -1;
    if (count < size)
        return wrong_size(file, role, name, "fewer when unpacked: truncated", error);
    if (gzip_read(reader, &beyond, &more, error) != 0)
        return -1;
    if (more > 0)
        return wrong_size(file, role, name, "more when unpacked", error);
    file->values = file->unpacked;
    return 0;
}

static int unpack(struct idx_file *file, enum idx_role role, const char *name, struct error *error)
{
    struct gzip *reader;
    uint8_t header[HEADER_SIZE];
    size_t available = header_size(role), size = 0;
    if (gzip_new(&reader, name, file->map.bytes, file->map.size, error) != 0)
        return -1;
    int result = gzip_read(reader, header, &available, error);
    if (result == 0)
        result = read_header(file, role, name, header, available, &size, error);
    if (result == 0)
        result = unpack_values(file, role, name, reader, size, error);
    gzip_free(reader);
    return result;
}

int idx_open(struct idx_file *file, enum idx_role role, const char *path, struct error *error)
{
    *file = (struct idx_file){0};
    if (file_map_open(&file->map, path, error) != 0) {
        if (error)
            error->code = ERROR_DATA;
        return -1;
    }
    if (!gzip_recognise(file->map.bytes, file->map.size))
        return idx_parse(file, role, path, file->map.bytes, file->map.size, error);
    int result = unpack(file, role, path, error);
    file_map_close(&file->map);
    return result;
}

void idx_close(struct idx_file *file)
{
    file_map_close(&file->map);
    memory_free(file->unpacked);
    *file = (struct idx_file){0};
}

static int check_fit(const struct idx_set *set, const char *const *paths, struct error *error)
{
    const struct idx_file *files = set->files;
    for (int images = 0; images < IDX_PARTS; images += 2)
        if (files[images].count != files[images + 1].count)
            return error_set(
                error, ERROR_DATA, "%s holds %" PRId64 " images, but %s holds %" PRId64 " labels",
                paths[images], files[images].count, paths[images + 1], files[images + 1].count);
    const struct idx_file *train = &files[IDX_TRAIN_IMAGES], *test = &files[IDX_TEST_IMAGES];
    if (train->rows != test->rows || train->columns != test->columns)
        return error_set(error, ERROR_DATA,
                         "%s holds images of %" PRId64 " x %" PRId64
                         " pixels, but those of %s have %" PRId64 " x %" PRId64,
                         paths[IDX_TRAIN_IMAGES], train->rows, train->columns,
                         paths[IDX_TEST_IMAGES], test->rows, test->columns);
    return 0;
}

/* Sets *CLASSES where it is 0. */
static int check_labels(const struct idx_set *set, const char *const *paths, int64_t *classes,
                        struct error *error)
{
    int64_t largest = 0;
    for (int part = IDX_TRAIN_LABELS; part < IDX_PARTS; part += 2) {
        const struct idx_file *file = &set->files[part];
        for (int64_t i = 0; i < file->count; i++) {
            if (file->values[i] > largest)
                largest = file->values[i];
            if (*classes > 0 && file->values[i] >= *classes)
                return error_set(error, ERROR_DATA,
                                 "%s: label %d at position %" PRId64 " (from 0), but with %" PRId64
                                 " classes labels are 0 to %" PRId64,
                                 paths[part], file->values[i], i, *classes, *classes - 1);
        }
    }
    if (*classes == 0)
        *classes = largest + 1;
    return 0;
}

int idx_set_open(struct idx_set *set, const char *const paths[IDX_PARTS], int64_t classes,
                 struct dataset_content *content, struct error *error)
{
    for (int part = 0; part < IDX_PARTS; part++)
        if (idx_open(&set->files[part], part % 2 ? IDX_LABELS : IDX_IMAGES, paths[part], error))
            return -1;
    if (check_fit(set, paths, error) != 0 || check_labels(set, paths, &classes, error) != 0)
        return -1;
    const struct idx_file *files = set->files;
    *content = (struct dataset_content){
        .rows = files[IDX_TRAIN_IMAGES].rows,
        .columns = files[IDX_TRAIN_IMAGES].columns,
        .classes = classes,
        .maximum = UINT8_MAX,
        .train = {.count = files[IDX_TRAIN_IMAGES].count,
                  .values = files[IDX_TRAIN_IMAGES].values,
                  .labels = files[IDX_TRAIN_LABELS].values},
        .test = {.count = files[IDX_TEST_IMAGES].count,
                 .values = files[IDX_TEST_IMAGES].values,
                 .labels = files[IDX_TEST_LABELS].values},
    };
    idx_digest(content);
    return 0;
}

void idx_set_close(struct idx_set *set)
{
    for (int part = 0; part < IDX_PARTS; part++)
        idx_close(&set->files[part]);
}

void idx_digest(struct dataset_content *content)
{
    const struct examples *parts[] = {&content->train, &content->test};
    struct hash *hash = hash_new();
    char *sizes = text_format("%" PRId64 " x %" PRId64 ", %" PRId64 " classes, %" PRId64
                              " + %" PRId64 " examples, at most %.17g",
                              content->rows, content->columns, content->classes,
                              content->train.count, content->test.count, content->maximum);
    hash_add_text(hash, sizes);
    for (int i = 0; i < 2; i++) {
        hash_add(hash, parts[i]->values,
                 (size_t)(parts[i]->count * content->rows * content->columns));
        hash_add(hash, parts[i]->labels, (size_t)parts[i]->count);
    }
    hash_write(hash, content->digest);
    hash_free(hash);
    memory_free(sizes);
}
