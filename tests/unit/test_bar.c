#include "base/bar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

static void expect_bar(double fraction, int width, const char *expected)
{
    struct text text = {0};
    bar_add(&text, fraction, width);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void eighths_and_ends(void **state)
{
    (void)state;
    expect_bar(0, 4, "····");
    expect_bar(0.5, 4, "██··");
    expect_bar(0.53125, 4, "██▏·");
    expect_bar(1, 4, "████");
    expect_bar(7, 4, "████");
    expect_bar(-1, 4, "····");
    expect_bar(NAN, 2, "··");
    expect_bar(0.5, 0, "");
    expect_bar(0.5, -3, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(eighths_and_ends)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
