#include "plots/letters.h"

#include "base/printable.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What pango measures at 9 points in DejaVu Sans, the wider font for all of these, in centimetres.
 */
static void letters_are_as_wide_as_in_the_wider_font(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double width;
    } known[] = {
        {"", 0},         {"MMMM", 1.096}, {"WWWW", 1.256}, {"lstm", 0.688},
        {"iiii", 0.353}, {"0000", 0.808}, {"____", 0.706}, {"\xE7\xBD\x91\xE7\xBB\x9C", 0.635},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (fabs(letters_width(known[i].text) - known[i].width) > 0.02)
            fail_msg("%s: %g, expected %g", known[i].text, letters_width(known[i].text),
                     known[i].width);
    assert_true(letters_width("e\xCC\x81") == letters_width("e")); /* a combining accent */
    assert_true(letters_width("\x1F\x7F") == 0);
}

static void names_are_cut_to_columns_and_width(void **state)
{
    (void)state;
    static const char narrow[] = "iiiiiiiiiiiiiiiiiiiiiiiiiiiiii",
                      wide[] = "MMMMMMMMMMMMMMMMMMMMMMMMMMMMMM";
    struct text text = {0};
    letters_cut(&text, narrow, 30, 3);
    assert_string_equal(text_get(&text), narrow);
    text_clear(&text);
    letters_cut(&text, wide, 30, 3);
    assert_true(letters_width(text_get(&text)) <= 3 && letters_width(text_get(&text)) > 2.4);
    assert_non_null(strstr(text_get(&text), "\xE2\x80\xA6"));
    text_clear(&text);
    letters_cut(&text, narrow, 10, 3);
    assert_int_equal(printable_width(text_get(&text)), 10);
    text_clear(&text);
    letters_cut(&text, wide, 30, 0);
    assert_int_equal(printable_width(text_get(&text)), 4);
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(letters_are_as_wide_as_in_the_wider_font),
        cmocka_unit_test(names_are_cut_to_columns_and_width),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
