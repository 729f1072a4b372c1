/* Writing checkpoint files. */
#include "store/safetensors.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "values are written as they lie here");

/* The format wants the tensors' bytes to begin at a multiple of eight. */
enum { ALIGNMENT = 8 };

struct entry {
    char *name;
    int rank;
    int64_t shape[SAFETENSORS_RANK];
    const float *data;
};

struct safetensors_writer {
    struct entry *entries;
    size_t count;
    struct safetensors_text *texts;
    size_t text_count;
};

struct safetensors_writer *safetensors_writer_new(void)
{
    return memory_new(sizeof(struct safetensors_writer));
}

void safetensors_writer_free(struct safetensors_writer *writer)
{
    if (!writer)
        return;
    for (size_t i = 0; i < writer->count; i++)
        memory_free(writer->entries[i].name);
    for (size_t i = 0; i < writer->text_count; i++) {
        memory_free(writer->texts[i].key);
        memory_free(writer->texts[i].value);
    }
    memory_free(writer->entries);
    memory_free(writer->texts);
    memory_free(writer);
}

void safetensors_add(struct safetensors_writer *writer, const char *name, int rank,
                     const int64_t *shape, const float *data)
{
    writer->entries = memory_grow(writer->entries, writer->count + 1, sizeof *writer->entries);
    struct entry *entry = &writer->entries[writer->count++];
    *entry = (struct entry){.name = memory_copy_text(name), .rank = rank, .data = data};
    for (int i = 0; i < rank && i < SAFETENSORS_RANK; i++)
        entry->shape[i] = shape[i];
}

void safetensors_add_text(struct safetensors_writer *writer, const char *key, const char *value)
{
    writer->texts = memory_grow(writer->texts, writer->text_count + 1, sizeof *writer->texts);
    writer->texts[writer->text_count++] =
        (struct safetensors_text){.key = memory_copy_text(key), .value = memory_copy_text(value)};
}

/* Bytes of ENTRY's data, or -1 when its shape is impossible. */
static int64_t count_bytes(const struct entry *entry)
{
    int64_t bytes = sizeof(float);
    if (entry->rank < 0 || entry->rank > SAFETENSORS_RANK)
        return -1;
    for (int i = 0; i < entry->rank; i++)
        if (entry->shape[i] < 0 || __builtin_mul_overflow(bytes, entry->shape[i], &bytes))
            return -1;
    return bytes;
}

/* {"dtype": "F32", "shape": [...], "data_offsets": [BEGIN, END]} */
static json_t *describe(const struct entry *entry, int64_t begin, int64_t end)
{
    json_t *shape = json_array();
    for (int i = 0; i < entry->rank; i++)
        json_array_append_new(shape, json_integer(entry->shape[i]));
    return json_pack("{s:s, s:o, s:[I, I]}", "dtype", "F32", "shape", shape, "data_offsets",
                     (json_int_t)begin, (json_int_t)end);
}

static int set_texts(const struct safetensors_writer *writer, json_t *header, const char *path,
                     struct error *error)
{
    json_t *texts = json_object();
    json_object_set_new(header, "__metadata__", texts);
    for (size_t i = 0; i < writer->text_count; i++) {
        const struct safetensors_text *text = &writer->texts[i];
        if (json_object_get(texts, text->key))
            return error_set(error, ERROR_USAGE, "%s: the metadata names '%s' twice", path,
                             text->key);
        if (json_object_set_new(texts, text->key, json_string(text->value)) != 0)
            return error_set(error, ERROR_USAGE, "%s: the metadata '%s' is not UTF-8", path,
                             text->key);
    }
    return 0;
}

static int set_tensors(const struct safetensors_writer *writer, json_t *header, const char *path,
                       struct error *error)
{
    int64_t begin = 0, end;
    for (size_t i = 0; i < writer->count; i++, begin = end) {
        const struct entry *entry = &writer->entries[i];
        int64_t bytes = count_bytes(entry);
        if (bytes < 0 || __builtin_add_overflow(begin, bytes, &end))
            return error_set(error, ERROR_USAGE, "%s: tensor %s has an impossible shape", path,
                             entry->name);
        if (json_object_get(header, entry->name))
            return error_set(error, ERROR_USAGE, "%s: the tensor name '%s' is taken", path,
                             entry->name);
        if (json_object_set_new(header, entry->name, describe(entry, begin, end)) != 0)
            return error_set(error, ERROR_USAGE, "%s: a tensor's name is not UTF-8", path);
    }
    return 0;
}

/* The header with its length in front and its padding behind. */
static int build_header(const struct safetensors_writer *writer, const char *path,
                        struct text *bytes, struct error *error)
{
    json_t *header = json_object();
    int result = set_texts(writer, header, path, error);
    if (result == 0)
        result = set_tensors(writer, header, path, error);
    if (result == 0) {
        char *json = json_dumps(header, JSON_COMPACT);
        uint64_t length = strlen(json), padded = (length + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        text_add_bytes(bytes, (const char *)&padded, sizeof padded);
        text_add(bytes, json);
        for (; length < padded; length++)
            text_add_char(bytes, ' ');
        free(json);
    }
    json_decref(header);
    return result;
}

static int write_bytes(int descriptor, struct hash *hash, const void *bytes, size_t size)
{
    const char *at = bytes;
    hash_add(hash, bytes, size);
    while (size > 0) {
        ssize_t count = write(descriptor, at, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        at += count;
        size -= (size_t)count;
    }
    return 0;
}

static int write_content(const struct safetensors_writer *writer, const struct text *header,
                         int descriptor, struct hash *hash)
{
    if (write_bytes(descriptor, hash, text_get(header), header->length) != 0)
        return -1;
    for (size_t i = 0; i < writer->count; i++)
        if (write_bytes(descriptor, hash, writer->entries[i].data,
                        (size_t)count_bytes(&writer->entries[i])) != 0)
            return -1;
    return fsync(descriptor);
}

/* A rename is on the disk for good only when the folder is. */
static int sync_folder(const char *path)
{
    char *folder = file_folder(path);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memory_free(folder);
    if (descriptor < 0)
        return -1;
    int result = fsync(descriptor);
    close(descriptor);
    return result;
}

static int replace(const struct safetensors_writer *writer, const struct text *header,
                   const char *path, struct hash *hash, struct error *error)
{
    char *temporary = text_format("%s.%ld.tmp", path, (long)getpid());
    int descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    int errnum = descriptor < 0 ? errno : 0;
    if (descriptor >= 0) {
        if (write_content(writer, header, descriptor, hash) != 0)
            errnum = errno;
        if (close(descriptor) != 0 && !errnum)
            errnum = errno;
        if (!errnum && (rename(temporary, path) != 0 || sync_folder(path) != 0))
            errnum = errno;
        if (errnum)
            unlink(temporary);
    }
    memory_free(temporary);
    if (errnum)
        return error_system(error, ERROR_FAILED, errnum,
                            "%s: the checkpoint cannot be written (the one before, if any, is "
                            "untouched); %s, then try again",
                            path,
                            errnum == ENOSPC || errnum == EDQUOT
                                ? "make room"
                                : "look at the disk and the permissions");
    return 0;
}

int safetensors_write(const struct safetensors_writer *writer, const char *path,
                      char hash[HASH_TEXT_SIZE], struct error *error)
{
    struct text header = {0};
    int result = build_header(writer, path, &header, error);
    if (result == 0) {
        struct hash *content = hash_new();
        result = replace(writer, &header, path, content, error);
        hash_write(content, hash);
        hash_free(content);
    }
    text_release(&header);
    return result;
}
