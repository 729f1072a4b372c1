#include "config/character.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_read(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t length;
        unsigned code;
    } cases[] = {
        {"a", 1, 'a'},
        {"\xC3\xA4", 2, 0xE4},
        {"\xE2\x82\xAC", 3, 0x20AC},
        {"\xF4\x8F\xBF\xBF", 4, 0x10FFFF},
        {"\x80", 0, 0},             /* a continuation alone */
        {"\xC0\x80", 0, 0},         /* overlong */
        {"\xE0\x80\xAF", 0, 0},     /* overlong */
        {"\xED\xA0\x80", 0, 0},     /* a surrogate */
        {"\xF4\x90\x80\x80", 0, 0}, /* beyond Unicode */
        {"\xF8\x88\x80\x80\x80", 0, 0},
        {"\xE2\x82", 0, 0}, /* cut off */
        {"\xC3z", 0, 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned code;
        size_t length = character_read(cases[i].text, strlen(cases[i].text), &code);
        assert_int_equal(length, cases[i].length);
        if (length)
            assert_int_equal(code, cases[i].code);
    }
}

static void test_classes(void **state)
{
    (void)state;
    assert_true(character_is_control(0) && character_is_control(0x1B));
    assert_true(character_is_control(0x7F) && character_is_control(0x9B));
    assert_false(character_is_control('\t') || character_is_control('\r'));
    assert_false(character_is_control(0x85) || character_is_control(0xE4));
    assert_true(character_is_harmful('\n') && character_is_harmful(0x202E));
    assert_true(character_is_harmful(0x2066) && character_is_harmful(0x85));
    assert_false(character_is_harmful(' ') || character_is_harmful(0x4E2D));
}

static void test_line_breaks(void **state)
{
    (void)state;
    assert_int_equal(character_line_break("\n\n", 2), 1);
    assert_int_equal(character_line_break("\r\n", 2), 2);
    assert_int_equal(character_line_break("\r", 1), 1);
    assert_int_equal(character_line_break("\xC2\x85", 2), 2);
    assert_int_equal(character_line_break("\xE2\x80\xA9", 3), 3);
    assert_int_equal(character_line_break("\xE2\x80\xA9", 2), 0);
    assert_int_equal(character_line_break("x", 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_read),
        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_line_breaks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
