#include "base/names.h"

#include "base/memory.h"
#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void starts_empty(void **state)
{
    (void)state;
    struct names names = {0};
    assert_int_equal(names_find(&names, "a"), 0);
    assert_int_equal(names_find(&names, ""), 0);
    names_release(&names);
}

static void equal_names_have_one_place(void **state)
{
    (void)state;
    struct names names = {0};
    char name[] = "lstm";
    assert_int_equal(names_add(&names, name), 0);
    name[0] = 'x'; /* it was copied */
    assert_int_equal(names_add(&names, ""), 1);
    assert_int_equal(names_add(&names, "gru"), 2);
    assert_int_equal(names_add(&names, "lstm"), 0);
    assert_int_equal(names_add(&names, ""), 1);
    assert_int_equal(names.count, 3);
    assert_int_equal(names_find(&names, "gru"), 2);
    assert_int_equal(names_find(&names, "xstm"), 3);
    assert_string_equal(names.items[0], "lstm");
    names_release(&names);
}

static void many_names_keep_their_places(void **state)
{
    (void)state;
    enum { MANY = 20000 };
    struct names names = {0};
    for (size_t round = 0; round < 2; round++)
        for (size_t i = 0; i < MANY; i++) {
            char *name = text_format("run-%zu", i);
            assert_int_equal(names_find(&names, name), i); /* at first: the count so far */
            assert_int_equal(names_add(&names, name), i);
            assert_string_equal(names.items[i], name);
            memory_free(name);
        }
    assert_int_equal(names.count, MANY);
    assert_int_equal(names_find(&names, "run-20000"), MANY);
    names_release(&names);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),
        cmocka_unit_test(equal_names_have_one_place),
        cmocka_unit_test(many_names_keep_their_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
