#include "unit/initializer_values.h"

extern const struct initializer initializer_he;

static const struct module *const module = &initializer_he.module;

static void test_fan_in(void **state)
{
    (void)state;
    values_check_table(module, "distribution");
    void *values = values_new(module);
    check_normal(draw_with(&initializer_he, values), 0, sqrt(2 / 40.0));
    check_repeats(&initializer_he, values);
    values_choose(module, values, "distribution", "uniform");
    check_uniform(draw_with(&initializer_he, values), sqrt(6 / 40.0));
    memory_free(values);
}

static void test_a_tensor_without_a_fan_in_is_refused(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct tensor tensor = tensor_of(2, 2);
    tensor.fan_in = 0;
    struct random_stream stream;
    struct error error = {0};
    float out[4];
    random_open(&stream, 1, RANDOM_INIT, 0, 0);
    assert_int_equal(initializer_he.fill(values, &tensor, &stream, out, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fan_in),
        cmocka_unit_test(test_a_tensor_without_a_fan_in_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
