#include "base/printable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *name, const char *expected)
{
    struct text text = {0};
    printable_add(&text, name);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void ordinary_names_stay(void **state)
{
    (void)state;
    expect("lstm-128 (\"tanh\") `x` $HOME", "lstm-128 (\"tanh\") `x` $HOME");
    expect("größer ≥ 循環 𝛼", "größer ≥ 循環 𝛼");
    expect("", "");
}

static void harmful_characters_go(void **state)
{
    (void)state;
    expect("a\tb\nc\r", "a b c ");
    expect("\033[31mred\177", "?[31mred?");
    expect("x\xC2\x9By", "x?y");                 /* C1 control sequence introducer */
    expect("x\xE2\x80\xAEtxt.exe", "x?txt.exe"); /* right-to-left override */
    expect("\xE2\x80\xA8", "?");                 /* line separator */
}

static void bytes_that_are_no_utf8_go(void **state)
{
    (void)state;
    expect("a\xFFz", "a?z");
    expect("\xC0\xAF", "??");           /* overlong slash */
    expect("\xED\xA0\x80", "???");      /* surrogate */
    expect("\xF4\x90\x80\x80", "????"); /* past U+10FFFF */
    expect("cut \xE5\xBE", "cut ??");   /* ends within a character */
    struct text text = {0};
    printable_add_valid(&text, "a\xFF\n");
    assert_string_equal(text_get(&text), "a\xEF\xBF\xBD\n");
    text_release(&text);
}

static void widths_are_those_of_a_terminal(void **state)
{
    (void)state;
    assert_int_equal(printable_width(""), 0);
    assert_int_equal(printable_width("lstm"), 4);
    assert_int_equal(printable_width("größe"), 5);
    assert_int_equal(printable_width("循環"), 4);
    assert_int_equal(printable_width("e\xCC\x81"), 1); /* combining accent */
}

static void cut(const char *name, size_t width, const char *expected)
{
    struct text text = {0};
    printable_add_cut(&text, name, width);
    assert_string_equal(text_get(&text), expected);
    assert_true(printable_width(text_get(&text)) <= width);
    text_release(&text);
}

static void long_names_keep_both_ends(void **state)
{
    (void)state;
    cut("abcdef", 6, "abcdef");
    cut("abcdefg", 6, "abc…fg");
    cut("abcdefg", 5, "ab…fg");
    cut("abcdefg", 2, "a…");
    cut("abcdefg", 1, "…");
    cut("größenordnung", 7, "grö…ung");
    cut("循環循環", 5, "循…環");
    cut("循環循環", 4, "循…");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ordinary_names_stay),
        cmocka_unit_test(harmful_characters_go),
        cmocka_unit_test(bytes_that_are_no_utf8_go),
        cmocka_unit_test(widths_are_those_of_a_terminal),
        cmocka_unit_test(long_names_keep_both_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
