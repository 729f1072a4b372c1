#include "plots/typed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Each line is a label of its own, counted from below, in a page with room for the widest. */
static void lines_stand_as_they_are(void **state)
{
    (void)state;
    struct gnuplot plot;
    struct error error;
    assert_int_equal(gnuplot_init(&plot, "picture.txt", PICTURE_ASCII, &error), 0);
    typed_begin(&plot, "wide → äöü\n\n  it's `x`\n");
    const char *script = text_get(&plot.script);
    assert_non_null(strstr(script, "size 12,5\n"));
    assert_non_null(strstr(script, "set label 'wide → äöü' at character 0,3 left\n"));
    assert_non_null(strstr(script, "set label '' at character 0,2 left\n"));
    assert_non_null(strstr(script, "set label '  it'.\"\\047\".'s `x`' at character 0,1 left\n"));
    gnuplot_release(&plot);
}

static void no_line_is_a_page_too(void **state)
{
    (void)state;
    struct gnuplot plot;
    struct error error;
    assert_int_equal(gnuplot_init(&plot, "picture.txt", PICTURE_ASCII, &error), 0);
    typed_begin(&plot, "");
    assert_non_null(strstr(text_get(&plot.script), "size 3,2\n"));
    gnuplot_release(&plot);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_stand_as_they_are),
        cmocka_unit_test(no_line_is_a_page_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
