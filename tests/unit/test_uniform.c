#include "unit/initializer_values.h"

#include <string.h>

extern const struct initializer initializer_uniform;

static const struct module *const module = &initializer_uniform.module;

static void test_limit(void **state)
{
    (void)state;
    values_check_table(module, "limit");
    void *values = values_new(module);
    check_uniform(draw_with(&initializer_uniform, values), 0.05);
    values_set(module, values, "limit", 0.3);
    check_uniform(draw_with(&initializer_uniform, values), 0.3);
    check_repeats(&initializer_uniform, values);
    memory_free(values);
}

static void test_limit_over_a_root(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "limit", 2);
    values_choose(module, values, "over", "sqrt_hidden");
    check_uniform(draw_with(&initializer_uniform, values), 2 / 5.0);
    values_choose(module, values, "over", "sqrt_fan_in");
    check_uniform(draw_with(&initializer_uniform, values), 2 / sqrt(40));
    memory_free(values);
}

static void test_a_tensor_without_the_size_is_refused(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_choose(module, values, "over", "sqrt_hidden");
    struct tensor tensor = tensor_of(2, 2);
    tensor.hidden = 0;
    struct random_stream stream;
    struct error error = {0};
    float out[4];
    random_open(&stream, 1, RANDOM_INIT, 0, 0);
    assert_int_equal(initializer_uniform.fill(values, &tensor, &stream, out, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "weight"));
    assert_non_null(strstr(error.text, "sqrt_hidden"));
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "limit", 0));
    assert_false(values_allow(module, "limit", -1));
    assert_true(values_allow(module, "limit", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_limit_over_a_root),
        cmocka_unit_test(test_a_tensor_without_the_size_is_refused),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
