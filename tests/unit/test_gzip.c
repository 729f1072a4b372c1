#include "datasets/gzip.h"
#include "unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { SIZE = 100000 };

static uint8_t content[SIZE];
static struct text packed;

static int pack(void **state)
{
    (void)state;
    char folder[64];
    for (size_t i = 0; i < SIZE; i++)
        content[i] = (uint8_t)(i * i >> 7);
    if (temporary_make(folder) != 0)
        return -1;
    char *path = temporary_write(folder, "packed", content, SIZE, true);
    int result = file_read(path, SIZE * 2, &packed, NULL);
    memory_free(path);
    temporary_remove(folder);
    return result;
}

static int release(void **state)
{
    (void)state;
    text_release(&packed);
    return 0;
}

static const uint8_t *packed_bytes(void)
{
    return (const uint8_t *)packed.data;
}

static void recognises_gzip(void **state)
{
    (void)state;
    assert_true(gzip_recognise(packed_bytes(), packed.length));
    assert_false(gzip_recognise(packed_bytes(), 1));
    assert_false(gzip_recognise(NULL, 0));
    assert_false(gzip_recognise((const uint8_t *)"\0\0\x08\x03", 4));
}

static void reads_in_pieces(void **state)
{
    (void)state;
    static uint8_t out[SIZE];
    struct gzip *reader;
    assert_int_equal(gzip_new(&reader, "x", packed_bytes(), packed.length, NULL), 0);
    size_t done = 0;
    for (size_t count = 777; done < SIZE; done += count, count = 777) {
        assert_int_equal(gzip_read(reader, out + done, &count, NULL), 0);
        assert_true(count == 777 || done + count == SIZE);
    }
    assert_memory_equal(out, content, SIZE);
    size_t more = 5;
    assert_int_equal(gzip_read(reader, out, &more, NULL), 0);
    assert_int_equal(more, 0);
    gzip_free(reader);
}

/* Reads the first LENGTH packed bytes to the end; expects an error that says EXPECTED. */
static void assert_fails(size_t length, const char *expected)
{
    static uint8_t out[SIZE + 1];
    struct gzip *reader;
    struct error error = {0};
    size_t count = sizeof out;
    assert_int_equal(gzip_new(&reader, "the name", packed_bytes(), length, NULL), 0);
    assert_int_equal(gzip_read(reader, out, &count, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_non_null(strstr(error.text, "the name: "));
    assert_non_null(strstr(error.text, expected));
    gzip_free(reader);
}

static void reports_truncation_and_damage(void **state)
{
    (void)state;
    assert_fails(0, "truncated");
    assert_fails(2, "truncated");
    assert_fails(packed.length / 2, "truncated");
    assert_fails(packed.length - 1, "truncated");
    packed.data[packed.length - 1] ^= 1; /* its length */
    assert_fails(packed.length, "damaged gzip data (incorrect length check)");
    packed.data[packed.length - 1] ^= 1;
    packed.data[2] ^= 1; /* its method */
    assert_fails(packed.length, "damaged gzip data (unknown compression method)");
    packed.data[2] ^= 1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(recognises_gzip),
        cmocka_unit_test(reads_in_pieces),
        cmocka_unit_test(reports_truncation_and_damage),
    };
    return cmocka_run_group_tests(tests, pack, release);
}
