/* Data that trials share are opened once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/data_shapes.h"
#include "unit/config_text.h"

#include <string.h>

static const struct data *find(struct data_shapes *shapes, const char *data)
{
    char *text = text_format("data: %s\nmodel: {cell: rnn}\ntrain: {steps: 1}\n", data);
    struct config config = {0};
    struct error error = {0};
    assert_int_equal(config_from_text(&config, text), 0);
    const struct data *found = data_shapes_find(shapes, &config, "/nonexistent", &error);
    if (!found)
        assert_true(*error.text);
    config_release(&config);
    memory_free(text);
    return found;
}

static void test_shared(void **state)
{
    (void)state;
    struct data_shapes shapes = {0};
    const struct data *first = find(&shapes, "{set: digits}");
    assert_int_equal(first->steps, 8);
    assert_int_equal(first->content.classes, 10);
    assert_int_equal(first->splits[SPLIT_TRAIN].count, 1437);
    assert_int_equal(first->splits[SPLIT_VALIDATION].count, 0);
    assert_int_equal(strlen(first->content.digest), HASH_TEXT_SIZE - 1);
    assert_ptr_equal(find(&shapes, "{set: {digits: {}}, sequence: rows}"), first);
    assert_int_equal(shapes.count, 1);
    data_shapes_release(&shapes);
}

static void test_different(void **state)
{
    (void)state;
    struct data_shapes shapes = {0};
    find(&shapes, "{set: digits}");
    const struct data *other = find(&shapes, "{set: digits, sequence: pixels}");
    assert_int_equal(other->steps, 64);
    other = find(&shapes, "{set: digits, validation: {count: 7, from: random}}");
    assert_int_equal(other->splits[SPLIT_TRAIN].count, 1430);
    assert_int_equal(other->splits[SPLIT_VALIDATION].count, 7);
    assert_int_equal(find(&shapes, "{set: digits}")->steps, 8);
    assert_int_equal(shapes.count, 3);
    data_shapes_release(&shapes);
}

static void test_error(void **state)
{
    (void)state;
    struct data_shapes shapes = {0};
    assert_null(find(&shapes, "{set: mnist}"));
    assert_null(find(&shapes, "{set: digits, train: {limit: 1438}}"));
    assert_int_equal(shapes.count, 0);
    data_shapes_release(&shapes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shared),
        cmocka_unit_test(test_different),
        cmocka_unit_test(test_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
