#include "module/dataset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

extern const struct dataset dataset_digits;

static void holds_all_digits(void **state)
{
    (void)state;
    struct dataset_content content;
    struct error error;
    assert_int_equal(dataset_digits.open(NULL, NULL, "/nowhere", &content, &error), 0);
    assert_int_equal(content.rows, 8);
    assert_int_equal(content.columns, 8);
    assert_int_equal(content.classes, 10);
    assert_true(content.maximum == 16);
    assert_int_equal(content.train.count, 1437);
    assert_int_equal(content.test.count, 360);
    assert_ptr_equal(content.test.values, content.train.values + 1437 * 64);
    assert_ptr_equal(content.test.labels, content.train.labels + 1437);
    /* How often each digit occurs, from the data set's documentation (optdigits.names). */
    const int expected[10] = {178, 182, 177, 183, 181, 182, 181, 179, 174, 180};
    int counts[10] = {0}, largest = 0;
    for (int i = 0; i < 1797; i++)
        counts[content.train.labels[i]]++;
    assert_memory_equal(counts, expected, sizeof counts);
    for (int i = 0; i < 1797 * 64; i++)
        largest = content.train.values[i] > largest ? content.train.values[i] : largest;
    assert_int_equal(largest, 16);
}

/* The first image of the file as it is printed everywhere: a zero. */
static void the_first_is_a_zero(void **state)
{
    (void)state;
    static const uint8_t zero[64] = {0, 0, 5,  13, 9,  1,  0, 0, 0, 0, 13, 15, 10, 15, 5, 0,
                                     0, 3, 15, 2,  0,  11, 8, 0, 0, 4, 12, 0,  0,  8,  8, 0,
                                     0, 5, 8,  0,  0,  9,  8, 0, 0, 4, 11, 0,  1,  12, 7, 0,
                                     0, 2, 14, 5,  10, 12, 0, 0, 0, 0, 6,  13, 10, 0,  0, 0};
    struct dataset_content content;
    struct error error;
    assert_int_equal(dataset_digits.open(NULL, NULL, NULL, &content, &error), 0);
    assert_memory_equal(content.train.values, zero, 64);
    assert_int_equal(content.train.labels[0], 0);
    assert_int_equal(content.train.labels[1], 1);
    assert_int_equal(strlen(content.digest), HASH_TEXT_SIZE - 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(holds_all_digits),
        cmocka_unit_test(the_first_is_a_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
