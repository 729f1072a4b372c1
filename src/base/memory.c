#include "base/memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static void abort_handler(size_t size)
{
    (void)size;
    abort();
}

static memory_handler out_of_memory = abort_handler;

void memory_set_handler(memory_handler handler)
{
    out_of_memory = handler;
}

void *memory_new(size_t size)
{
    return memory_array(1, size);
}

void *memory_array(size_t count, size_t size)
{
    void *block = calloc(count ? count : 1, size ? size : 1);
    if (!block)
        out_of_memory(size && count > SIZE_MAX / size ? SIZE_MAX : count * size);
    return block;
}

void *memory_grow(void *block, size_t count, size_t size)
{
    void *grown = reallocarray(block, count ? count : 1, size ? size : 1);
    if (!grown)
        out_of_memory(size && count > SIZE_MAX / size ? SIZE_MAX : count * size);
    return grown;
}

char *memory_copy_text(const char *text)
{
    return text ? memory_copy(text, strlen(text) + 1) : NULL;
}

void *memory_copy(const void *block, size_t size)
{
    void *copy = memory_new(size);
    if (size)
        memcpy(copy, block, size);
    return copy;
}

void memory_free(void *block)
{
    free(block);
}

int memory_try(void **block, size_t size, const char *purpose, struct error *error)
{
    const size_t alignment = 64;
    *block = NULL;
    if (size <= SIZE_MAX - alignment)
        *block = aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
    if (!*block && size)
        return error_set(error, ERROR_FAILED, "out of memory: %.1f MB for %s", (double)size / 1e6,
                         purpose);
    if (*block)
        memset(*block, 0, size);
    return 0;
}
