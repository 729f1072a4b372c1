#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text_set.h"

static void test_adds_once(void **state)
{
    (void)state;
    char changing[] = "a";
    struct text_set *set = text_set_new();
    assert_true(text_set_add(set, changing));
    *changing = 'b';
    assert_true(text_set_add(set, changing));
    assert_false(text_set_add(set, "a"));
    assert_true(text_set_add(set, ""));
    assert_false(text_set_add(set, ""));
    text_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_adds_once)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
