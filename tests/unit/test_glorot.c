#include "unit/initializer_values.h"

#include <string.h>

extern const struct initializer initializer_glorot;

static const struct module *const module = &initializer_glorot.module;

/* The tensor's fans: 40 in, 60 out, 90 in when joined. */
static void test_own_fans(void **state)
{
    (void)state;
    values_check_table(module, "distribution");
    void *values = values_new(module);
    check_uniform(draw_with(&initializer_glorot, values), sqrt(6 / 100.0));
    values_choose(module, values, "distribution", "normal");
    check_normal(draw_with(&initializer_glorot, values), 0, sqrt(2 / 100.0));
    check_repeats(&initializer_glorot, values);
    memory_free(values);
}

static void test_joint_fans(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_choose(module, values, "fans", "joint");
    check_uniform(draw_with(&initializer_glorot, values), sqrt(6 / 150.0));
    values_choose(module, values, "distribution", "normal");
    check_normal(draw_with(&initializer_glorot, values), 0, sqrt(2 / 150.0));
    memory_free(values);
}

static void test_a_tensor_without_fans_is_refused(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct tensor tensor = tensor_of(2, 2);
    tensor.fan_out = 0;
    struct random_stream stream;
    struct error error = {0};
    float out[4];
    random_open(&stream, 1, RANDOM_INIT, 0, 0);
    assert_int_equal(initializer_glorot.fill(values, &tensor, &stream, out, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "weight"));
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_fans),
        cmocka_unit_test(test_joint_fans),
        cmocka_unit_test(test_a_tensor_without_fans_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
