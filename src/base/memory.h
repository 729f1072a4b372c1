/* Memory. Small allocations (names, trees, tables; bounded by the inputs' own limits) never return
 * NULL: when memory is out, the handler that main.c set is called and does not return. Large ones
 * (parameters, activations, data) go through memory_try, which reports an error instead. */
#ifndef UNROLL_BASE_MEMORY_H
#define UNROLL_BASE_MEMORY_H

#include "base/error.h"

#include <stddef.h>

/* Called with the size that could not be had. Must not return. Default: abort(). Not for plugins.
 */
typedef void (*memory_handler)(size_t size);
void memory_set_handler(memory_handler handler);

/* Zeroed memory of SIZE bytes; the caller frees it with memory_free. Never NULL. */
void *memory_new(size_t size);

/* Zeroed memory for COUNT elements of SIZE bytes, the product checked for overflow. Never NULL. */
void *memory_array(size_t count, size_t size);

/* Resizes to COUNT elements of SIZE bytes; what is new is not zeroed. Never NULL. */
void *memory_grow(void *block, size_t count, size_t size);

/* A copy of TEXT (NULL gives NULL) / of SIZE bytes; the caller frees it. */
char *memory_copy_text(const char *text);
void *memory_copy(const void *block, size_t size);

/* free(), under the name that belongs to the functions above. NULL is allowed. */
void memory_free(void *block);

/* Zeroed memory of SIZE bytes, aligned to 64 bytes, for numbers. On failure *BLOCK is NULL, ERROR
 * says how much was asked for what (PURPOSE) and -1 is returned. Free with memory_free. */
int memory_try(void **block, size_t size, const char *purpose, struct error *error);

#endif
