#include "batch/output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"

#include <stdio.h>
#include <string.h>

static void add(struct output *output, const char *text)
{
    output_add(output, text, strlen(text));
}

static void expect(const struct output *output, size_t lines, const char *expected)
{
    struct text text = {0};
    size_t shown = output_add_lines(&text, output, "> ");
    assert_string_equal(text_get(&text), expected);
    assert_int_equal(shown, lines);
    text_release(&text);
}

static void nothing(void **state)
{
    (void)state;
    struct output output = {0};
    expect(&output, 0, "");
    add(&output, "\n\r\n\n");
    expect(&output, 0, "");
    assert_int_equal(output.lines, 0);
}

static void lines_in_pieces(void **state)
{
    (void)state;
    struct output output = {0};
    add(&output, "fir");
    add(&output, "st\n\nsecond\r");
    add(&output, "50 %\r100 %\nno end");
    expect(&output, 5, "> first\n> second\n> 50 %\n> 100 %\n> no end\n");
    assert_int_equal(output.lines, 5);
}

static void only_the_last_lines(void **state)
{
    (void)state;
    struct output output = {0};
    struct text expected = {0};
    for (int i = 0; i < 100; i++) {
        char line[32];
        snprintf(line, sizeof line, "line %d\n", i);
        add(&output, line);
        if (i >= 80)
            text_add_format(&expected, "> line %d\n", i);
    }
    expect(&output, 20, text_get(&expected));
    assert_int_equal(output.lines, 100);
    text_release(&expected);
}

/* However it comes, the last bytes are the same; of a line that is too long its end is left. */
static void only_the_last_bytes(void **state)
{
    (void)state;
    struct text all = {0}, expected = {0};
    for (int i = 0; i < 3000; i++)
        text_add(&all, "é€");
    text_add(&expected, "> …");
    text_add(&expected, text_get(&all) + all.length - OUTPUT_BYTES + 1); /* a whole character */
    text_add(&expected, "\n");
    static const size_t sizes[] = {1, 7, 4095, 4096, 4097, 15000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        struct output output = {0};
        for (size_t at = 0; at < all.length; at += sizes[i])
            output_add(&output, all.data + at,
                       all.length - at < sizes[i] ? all.length - at : sizes[i]);
        expect(&output, 1, text_get(&expected));
        assert_int_equal(output.lines, 1);
    }
    text_release(&all);
    text_release(&expected);
}

static void harmful_bytes(void **state)
{
    (void)state;
    struct output output = {0};
    static const char bytes[] = "\033[2Jx\0y\xFF\tz\xE2\x80\xAE";
    output_add(&output, bytes, sizeof bytes - 1);
    expect(&output, 1, "> ?[2Jx?y? z?\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing),
        cmocka_unit_test(lines_in_pieces),
        cmocka_unit_test(only_the_last_lines),
        cmocka_unit_test(only_the_last_bytes),
        cmocka_unit_test(harmful_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
