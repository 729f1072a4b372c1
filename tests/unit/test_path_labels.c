/* Short names of dotted paths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config/path_labels.h"

static void check(const char *const *paths, const char *const *expected, size_t count)
{
    const char *labels[8];
    path_labels(paths, labels, count);
    for (size_t i = 0; i < count; i++)
        assert_string_equal(labels[i], expected[i]);
}

static void test_last_part(void **state)
{
    (void)state;
    check((const char *[]){"seed", "model.units", "train.optimizer.adam.rate"},
          (const char *[]){"seed", "units", "rate"}, 3);
    check(NULL, NULL, 0);
}

static void test_twins_are_told_apart(void **state)
{
    (void)state;
    check((const char *[]){"train.optimizer.adam.rate", "model.dropout.rate", "a.b.adam.rate"},
          (const char *[]){"optimizer.adam.rate", "dropout.rate", "b.adam.rate"}, 3);
    check((const char *[]){"rate", "adam.rate"}, (const char *[]){"rate", "adam.rate"}, 2);
    check((const char *[]){"a.b", "a.b"}, (const char *[]){"a.b", "a.b"}, 2);
}

static void test_begins_with_no_digit(void **state)
{
    (void)state;
    check((const char *[]){"model.stack.0", "data.set.idx.1.2"},
          (const char *[]){"stack.0", "idx.1.2"}, 2);
    check((const char *[]){"model.stack.0.lstm.units", "model.stack.1.lstm.units"},
          (const char *[]){"stack.0.lstm.units", "stack.1.lstm.units"}, 2);
    check((const char *[]){"0", "0.1"}, (const char *[]){"0", "0.1"}, 2);
}

static void test_odd_paths(void **state)
{
    (void)state;
    check((const char *[]){"", ".", "a.", ".b", "c..d"}, (const char *[]){"", ".", "a.", "b", "d"},
          5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_last_part),
        cmocka_unit_test(test_twins_are_told_apart),
        cmocka_unit_test(test_begins_with_no_digit),
        cmocka_unit_test(test_odd_paths),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
