/* Content hashes (XXH3, 128 bits). Not for security: they name runs and detect damage. */
#ifndef UNROLL_BASE_HASH_H
#define UNROLL_BASE_HASH_H

#include <stddef.h>

enum { HASH_TEXT_SIZE = 33 }; /* 32 hexadecimal digits and the terminator */

struct hash; /* a hash in the making */
struct hash *hash_new(void);
void hash_add(struct hash *hash, const void *bytes, size_t size);
void hash_add_text(struct hash *hash, const char *text); /* with its terminator */
void hash_write(const struct hash *hash, char text[HASH_TEXT_SIZE]);
void hash_free(struct hash *hash);

void hash_bytes(const void *bytes, size_t size, char text[HASH_TEXT_SIZE]);

#endif
