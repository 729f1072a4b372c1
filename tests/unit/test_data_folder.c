#include "train/data_folder.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static void assert_folder(const char *option, const char *expected)
{
    char *folder = data_folder(option);
    assert_string_equal(folder, expected);
    memory_free(folder);
}

static void the_option_goes_before_the_environment(void **state)
{
    (void)state;
    setenv("HOME", "/home/somebody", 1);
    setenv("UNROLL_DATA", "/data", 1);
    assert_folder("here", "here");
    assert_folder(NULL, "/data");
    assert_folder("", "/data");
    setenv("UNROLL_DATA", "", 1);
    assert_folder(NULL, "/home/somebody/.cache/unroll");
    unsetenv("UNROLL_DATA");
    assert_folder(NULL, "/home/somebody/.cache/unroll");
}

static void without_a_home_the_user_database_knows_it(void **state)
{
    (void)state;
    unsetenv("UNROLL_DATA");
    setenv("HOME", "/home/somebody", 1);
    char *set = data_folder(NULL);
    unsetenv("HOME");
    char *unset = data_folder(NULL);
    assert_string_not_equal(set, unset);
    assert_true(unset[0] == '/' || unset[0] == '.');
    memory_free(set);
    memory_free(unset);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_option_goes_before_the_environment),
        cmocka_unit_test(without_a_home_the_user_database_knows_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
