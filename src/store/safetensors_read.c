/* Reading checkpoint files: nothing is trusted before it is checked. */
#include "store/safetensors.h"

#include "base/memory.h"
#include "base/text.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are read as they lie there");

enum { LENGTH_BYTES = 8, HEADER_LIMIT = 16 << 20 };

#define METADATA "__metadata__"

/* The tensors' bytes within the file. */
struct body {
    const char *path;
    const unsigned char *bytes;
    int64_t size;
};

static int error_damaged(const char *path, struct error *error, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Returns -1. */
static int error_damaged(const char *path, struct error *error, const char *format, ...)
{
    struct text text = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_format_v(&text, format, arguments);
    va_end(arguments);
    error_set(error, ERROR_DATA, "%s: is damaged or no safetensors file: %s", path,
              text_get(&text));
    text_release(&text);
    return -1;
}

static int check_hash(const struct file_map *map, const char *path, const char *expected,
                      struct error *error)
{
    char found[HASH_TEXT_SIZE];
    hash_bytes(map->bytes, map->size, found);
    if (text_equal(found, expected))
        return 0;
    return error_set(error, ERROR_DATA,
                     "%s: is not the file that the store names: content hash %s, expected %s", path,
                     found, expected);
}

/* Finds the header and the body behind it. */
static int split_file(const struct file_map *map, const char *path, const char **header,
                      size_t *length, struct body *body, struct error *error)
{
    uint64_t stated;
    if (map->size < LENGTH_BYTES)
        return error_damaged(path, error, "%zu bytes, expected at least %d", map->size,
                             LENGTH_BYTES);
    memcpy(&stated, map->bytes, sizeof stated);
    if (stated > HEADER_LIMIT)
        return error_damaged(path, error, "the header's length is %llu bytes, expected at most %d",
                             (unsigned long long)stated, HEADER_LIMIT);
    if (stated > map->size - LENGTH_BYTES)
        return error_damaged(path, error, "the header's length is %llu bytes, but only %zu follow",
                             (unsigned long long)stated, map->size - LENGTH_BYTES);
    if (stated % sizeof(float))
        return error_damaged(path, error,
                             "the header's length is %llu bytes, expected a multiple of %zu",
                             (unsigned long long)stated, sizeof(float));
    *header = (const char *)map->bytes + LENGTH_BYTES;
    *length = (size_t)stated;
    *body = (struct body){.path = path,
                          .bytes = map->bytes + LENGTH_BYTES + stated,
                          .size = (int64_t)(map->size - LENGTH_BYTES - stated)};
    return 0;
}

static int parse_header(const char *bytes, size_t length, const char *path, json_t **header,
                        struct error *error)
{
    json_error_t where;
    *header = json_loadb(bytes, length, JSON_REJECT_DUPLICATES, &where);
    if (!*header)
        return error_damaged(path, error, "the header is not JSON: %s at byte %d", where.text,
                             where.position);
    if (!json_is_object(*header))
        return error_damaged(path, error, "the header is not a JSON object");
    return 0;
}

static int read_texts(struct safetensors *file, json_t *texts, const char *path,
                      struct error *error)
{
    const char *key;
    json_t *value;
    if (!json_is_object(texts))
        return error_damaged(path, error, METADATA " is not an object");
    file->texts = memory_array(json_object_size(texts), sizeof *file->texts);
    json_object_foreach(texts, key, value)
    {
        if (!json_is_string(value))
            return error_damaged(path, error, METADATA ": '%s' is not a text", key);
        file->texts[file->text_count++] = (struct safetensors_text){
            .key = memory_copy_text(key), .value = memory_copy_text(json_string_value(value))};
    }
    return 0;
}

/* Item INDEX of ARRAY as a whole number from 0, or -1. */
static int64_t get_size(json_t *array, size_t index)
{
    json_t *item = json_array_get(array, index);
    return json_is_integer(item) && json_integer_value(item) >= 0 ? json_integer_value(item) : -1;
}

static int read_shape(json_t *shape, struct safetensors_tensor *tensor, const char *path,
                      struct error *error)
{
    if (!json_is_array(shape) || json_array_size(shape) > SAFETENSORS_RANK)
        return error_damaged(path, error, "tensor %s: shape is not a list of up to %d sizes",
                             tensor->name, SAFETENSORS_RANK);
    tensor->rank = (int)json_array_size(shape);
    tensor->count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        tensor->shape[i] = get_size(shape, (size_t)i);
        if (tensor->shape[i] < 0 ||
            __builtin_mul_overflow(tensor->count, tensor->shape[i], &tensor->count))
            return error_damaged(path, error, "tensor %s: size %d of its shape is impossible",
                                 tensor->name, i + 1);
    }
    return 0;
}

/* Checks one tensor's entry, but for how it lies to the others. */
static int read_tensor(json_t *entry, const struct body *body, struct safetensors_tensor *tensor,
                       struct error *error)
{
    const char *type = json_string_value(json_object_get(entry, "dtype"));
    json_t *offsets = json_object_get(entry, "data_offsets");
    if (!type || !text_equal(type, "F32"))
        return error_damaged(body->path, error, "tensor %s: its type is %s, expected F32",
                             tensor->name, type ? type : "missing");
    if (read_shape(json_object_get(entry, "shape"), tensor, body->path, error) != 0)
        return -1;
    int64_t begin = get_size(offsets, 0), end = get_size(offsets, 1);
    if (json_array_size(offsets) != 2 || begin < 0 || end < begin || end > body->size)
        return error_damaged(body->path, error,
                             "tensor %s: data_offsets [%lld, %lld] do not lie within the %lld "
                             "bytes behind the header",
                             tensor->name, (long long)begin, (long long)end, (long long)body->size);
    int64_t bytes = end - begin;
    if (bytes % (int64_t)sizeof(float) || bytes / (int64_t)sizeof(float) != tensor->count)
        return error_damaged(body->path, error, "tensor %s: %lld bytes for %lld values",
                             tensor->name, (long long)bytes, (long long)tensor->count);
    if (begin % (int64_t)sizeof(float))
        return error_damaged(body->path, error, "tensor %s: begins at byte %lld, not aligned",
                             tensor->name, (long long)begin);
    tensor->data = (const float *)(const void *)(body->bytes + begin);
    return 0;
}

static int read_tensors(struct safetensors *file, json_t *header, const struct body *body,
                        struct error *error)
{
    const char *key;
    json_t *entry;
    file->tensors = memory_array(json_object_size(header), sizeof *file->tensors);
    json_object_foreach(header, key, entry)
    {
        if (text_equal(key, METADATA))
            continue;
        struct safetensors_tensor *tensor = &file->tensors[file->count++];
        tensor->name = memory_copy_text(key);
        if (read_tensor(entry, body, tensor, error) != 0)
            return -1;
    }
    return 0;
}

/* By place; an empty tensor comes before the one that begins where it does. */
static int compare_places(const void *a, const void *b)
{
    const struct safetensors_tensor *first = a, *second = b;
    if (first->data != second->data)
        return first->data < second->data ? -1 : 1;
    return (first->count > second->count) - (first->count < second->count);
}

/* Every byte must belong to exactly one tensor. */
static int check_places(struct safetensors *file, const struct body *body, struct error *error)
{
    const unsigned char *at = body->bytes;
    if (file->count)
        qsort(file->tensors, file->count, sizeof *file->tensors, compare_places);
    for (size_t i = 0; i < file->count; i++) {
        const struct safetensors_tensor *tensor = &file->tensors[i];
        const unsigned char *begin = (const unsigned char *)tensor->data;
        if (begin != at)
            return error_damaged(
                body->path, error, "tensor %s: begins at byte %lld, expected %lld: it %s",
                tensor->name, (long long)(begin - body->bytes), (long long)(at - body->bytes),
                begin < at ? "overlaps another" : "leaves a hole");
        at += (size_t)tensor->count * sizeof(float);
    }
    if (at != body->bytes + body->size)
        return error_damaged(body->path, error, "%lld bytes behind the header, expected %lld",
                             (long long)body->size, (long long)(at - body->bytes));
    return 0;
}

static int read_all(struct safetensors *file, const char *path, const char *hash,
                    struct error *error)
{
    const char *bytes = NULL;
    size_t length = 0;
    struct body body = {0};
    json_t *header = NULL;
    if ((hash && check_hash(&file->map, path, hash, error) != 0) ||
        split_file(&file->map, path, &bytes, &length, &body, error) != 0)
        return -1;
    int result = parse_header(bytes, length, path, &header, error);
    json_t *texts = json_object_get(header, METADATA);
    if (result == 0 && texts)
        result = read_texts(file, texts, path, error);
    if (result == 0)
        result = read_tensors(file, header, &body, error);
    if (result == 0)
        result = check_places(file, &body, error);
    json_decref(header);
    return result;
}

int safetensors_open(struct safetensors *file, const char *path, const char *hash,
                     struct error *error)
{
    *file = (struct safetensors){0};
    if (file_map_open(&file->map, path, error) != 0)
        return -1;
    int result = read_all(file, path, hash, error);
    if (result != 0)
        safetensors_close(file);
    return result;
}

void safetensors_close(struct safetensors *file)
{
    for (size_t i = 0; i < file->count; i++)
        memory_free(file->tensors[i].name);
    for (size_t i = 0; i < file->text_count; i++) {
        memory_free(file->texts[i].key);
        memory_free(file->texts[i].value);
    }
    memory_free(file->tensors);
    memory_free(file->texts);
    file_map_close(&file->map);
    *file = (struct safetensors){0};
}

const struct safetensors_tensor *safetensors_find(const struct safetensors *file, const char *name)
{
    for (size_t i = 0; i < file->count; i++)
        if (text_equal(file->tensors[i].name, name))
            return &file->tensors[i];
    return NULL;
}

const char *safetensors_find_text(const struct safetensors *file, const char *key)
{
    for (size_t i = 0; i < file->text_count; i++)
        if (text_equal(file->texts[i].key, key))
            return file->texts[i].value;
    return NULL;
}
