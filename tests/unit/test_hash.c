/* The expected values were computed by xxhsum 0.8.1 (xxhsum -H2). */
#include "base/hash.h"
#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { LONGEST = 100000 };

/* Lengths on both sides of each of the algorithm's own limits; byte i is i mod 251. */
static const struct {
    size_t length;
    const char *digits;
} known[] = {
    {0, "99aa06d3014798d86001c324468d497f"},    {1, "a6cd5e9392000f6ac44bdff4074eecdb"},
    {3, "e3b55f57945a17cf5f4299fc161c9cbb"},    {4, "eb70bf5fc779e9e6a6111d53e80a3db5"},
    {8, "e1e4432a62217fe4cfd50c61c8bb98c1"},    {9, "16c769d83e4aebce907931979dca3746"},
    {16, "72950631827607e2842812cc870dcae2"},   {17, "685bc458b37d057fc06e233df7729217"},
    {128, "14792fc3af88dc6c05321a0b64d67b41"},  {129, "dd5e74ac6b45f54ebc30b63382b09a3b"},
    {240, "65b5be86da5540e7c92b68e16f83bbb6"},  {241, "1da1cb61bcb8a2a102e8cd95421c6d02"},
    {1000, "18bf41bc8229e27733ef703fb2b20ed1"}, {LONGEST, "54182c58bbb1337c42c23aeead96750d"},
};

enum { KNOWN = sizeof known / sizeof known[0] };

static uint8_t bytes[LONGEST];

static int fill(void **state)
{
    (void)state;
    for (size_t i = 0; i < LONGEST; i++)
        bytes[i] = (uint8_t)(i % 251);
    return 0;
}

static void hashes_at_once(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE];
    for (int i = 0; i < KNOWN; i++) {
        hash_bytes(bytes, known[i].length, text);
        assert_string_equal(text, known[i].digits);
    }
    hash_bytes(NULL, 0, text);
    assert_string_equal(text, known[0].digits);
}

static void hashes_in_pieces(void **state)
{
    (void)state;
    const size_t pieces[] = {1, 7, 64, 1000, LONGEST};
    for (int i = 0; i < KNOWN; i++)
        for (size_t j = 0; j < sizeof pieces / sizeof pieces[0]; j++) {
            char text[HASH_TEXT_SIZE];
            struct hash *hash = hash_new();
            for (size_t at = 0; at < known[i].length; at += pieces[j]) {
                size_t left = known[i].length - at;
                hash_add(hash, bytes + at, left < pieces[j] ? left : pieces[j]);
            }
            hash_write(hash, text);
            assert_string_equal(text, known[i].digits);
            hash_free(hash);
        }
    hash_free(NULL);
}

static void goes_on_after_writing(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE];
    struct hash *hash = hash_new();
    hash_add(hash, bytes, 3);
    hash_write(hash, text);
    assert_string_equal(text, known[2].digits);
    hash_add(hash, bytes + 3, 1);
    hash_add(hash, NULL, 0);
    hash_write(hash, text);
    assert_string_equal(text, known[3].digits);
    hash_free(hash);
}

/* With its terminator, so that "ab", "c" and "a", "bc" differ. */
static void hashes_texts(void **state)
{
    (void)state;
    char text[HASH_TEXT_SIZE], other[HASH_TEXT_SIZE];
    struct hash *hash = hash_new();
    hash_add_text(hash, "ab");
    hash_add_text(hash, "c");
    hash_add_text(hash, "");
    hash_write(hash, text);
    assert_string_equal(text, "b8eb7f4b6ab9b65605951e9da12eb68b"); /* of "ab\0c\0\0" */
    hash_free(hash);
    hash = hash_new();
    hash_add_text(hash, "a");
    hash_add_text(hash, "bc");
    hash_add_text(hash, "");
    hash_write(hash, other);
    assert_string_not_equal(text, other);
    hash_free(hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(hashes_at_once),
        cmocka_unit_test(hashes_in_pieces),
        cmocka_unit_test(goes_on_after_writing),
        cmocka_unit_test(hashes_texts),
    };
    return cmocka_run_group_tests(tests, fill, NULL);
}
