#include "base/hash.h"

#include "base/memory.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

struct hash {
    XXH3_state_t *state;
};

struct hash *hash_new(void)
{
    struct hash *hash = memory_new(sizeof *hash);
    hash->state = XXH3_createState();
    if (!hash->state)
        memory_free(memory_array((size_t)-1, 1)); /* calls the out-of-memory handler */
    XXH3_128bits_reset(hash->state);
    return hash;
}

void hash_add(struct hash *hash, const void *bytes, size_t size)
{
    XXH3_128bits_update(hash->state, bytes, size);
}

void hash_add_text(struct hash *hash, const char *text)
{
    hash_add(hash, text, strlen(text) + 1);
}

static void write_digits(XXH128_hash_t value, char text[HASH_TEXT_SIZE])
{
    snprintf(text, HASH_TEXT_SIZE, "%016llx%016llx", (unsigned long long)value.high64,
             (unsigned long long)value.low64);
}

void hash_write(const struct hash *hash, char text[HASH_TEXT_SIZE])
{
    write_digits(XXH3_128bits_digest(hash->state), text);
}

void hash_free(struct hash *hash)
{
    if (hash)
        XXH3_freeState(hash->state);
    memory_free(hash);
}

void hash_bytes(const void *bytes, size_t size, char text[HASH_TEXT_SIZE])
{
    write_digits(XXH3_128bits(bytes, size), text);
}
