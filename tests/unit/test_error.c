#include "base/error.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char long_text[2 * sizeof(((struct error *)0)->text)];

static int fill_long_text(void **state)
{
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    return 0;
}

static void sets_code_and_text(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_set(&error, ERROR_DATA, "%s has %d rows", "a.idx", 3), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_string_equal(error.text, "a.idx has 3 rows");
    assert_int_equal(error_set(&error, ERROR_USAGE, "new"), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_string_equal(error.text, "new");
}

static void adds_the_meaning_of_errno(void **state)
{
    (void)state;
    struct error error;
    assert_int_equal(error_system(&error, ERROR_NOT_FOUND, ENOENT, "%s: cannot be opened", "x"),
                     -1);
    assert_int_equal(error.code, ERROR_NOT_FOUND);
    assert_string_equal(error.text, "x: cannot be opened: No such file or directory");
}

static void puts_a_prefix_in_front(void **state)
{
    (void)state;
    struct error error;
    error_set(&error, ERROR_DATA, "is damaged");
    assert_int_equal(error_prefix(&error, "file %d", 7), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_string_equal(error.text, "file 7: is damaged");
    error_prefix(&error, "%s again", error.text);
    assert_string_equal(error.text, "file 7: is damaged again: file 7: is damaged");
}

static void allows_no_error_to_fill(void **state)
{
    (void)state;
    assert_int_equal(error_set(NULL, ERROR_DATA, "lost"), -1);
    assert_int_equal(error_system(NULL, ERROR_DATA, ENOENT, "lost"), -1);
    assert_int_equal(error_prefix(NULL, "lost"), -1);
}

static void cuts_long_texts(void **state)
{
    (void)state;
    struct error error;
    const size_t full = sizeof error.text - 1;
    error_set(&error, ERROR_DATA, "%s", long_text);
    assert_int_equal(strlen(error.text), full);
    error_system(&error, ERROR_DATA, ENOENT, "%s", long_text);
    assert_int_equal(strlen(error.text), full);
    error_prefix(&error, "front");
    assert_int_equal(strlen(error.text), full);
    assert_memory_equal(error.text, "front: xx", 9);
    error_prefix(&error, "%s", long_text);
    assert_int_equal(strlen(error.text), full);
    assert_int_equal(error.text[0], 'x');
}

/* At each length near the limit, so that no byte is written behind the text. */
static void cuts_at_the_limit(void **state)
{
    (void)state;
    struct {
        struct error error;
        uint64_t guard;
    } guarded = {.guard = 0x1122334455667788};
    const int full = sizeof guarded.error.text - 1;
    for (int length = full - 8; length <= full + 2; length++) {
        int expected = length + 6 < full ? length + 6 : full; /* ": tail" or "head: " */
        error_set(&guarded.error, ERROR_DATA, "tail");
        error_prefix(&guarded.error, "%.*s", length, long_text);
        assert_int_equal(strlen(guarded.error.text), expected);
        error_set(&guarded.error, ERROR_DATA, "%.*s", length, long_text);
        error_prefix(&guarded.error, "head");
        assert_int_equal(strlen(guarded.error.text), expected);
        error_system(&guarded.error, ERROR_DATA, ENOENT, "%.*s", length, long_text);
        assert_int_equal(strlen(guarded.error.text), full);
        assert_true(guarded.guard == 0x1122334455667788);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sets_code_and_text),     cmocka_unit_test(adds_the_meaning_of_errno),
        cmocka_unit_test(puts_a_prefix_in_front), cmocka_unit_test(allows_no_error_to_fill),
        cmocka_unit_test(cuts_long_texts),        cmocka_unit_test(cuts_at_the_limit),
    };
    return cmocka_run_group_tests(tests, fill_long_text, NULL);
}
