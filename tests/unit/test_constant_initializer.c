#include "unit/initializer_values.h"

extern const struct initializer initializer_constant;

static void test_every_value_is_the_constant(void **state)
{
    (void)state;
    const struct module *module = &initializer_constant.module;
    values_check_table(module, "value");
    void *values = values_new(module);
    values_set(module, values, "value", 0.1);
    struct tensor tensor = tensor_of(2, 3);
    float *out = fill_with(&initializer_constant, values, &tensor, 1);
    for (int i = 0; i < 6; i++)
        assert_float_equal(out[i], 0.1f, 0);
    memory_free(out);
    memory_free(values);
}

static void test_the_value_must_be_given(void **state)
{
    (void)state;
    assert_true(values_find(&initializer_constant.module, "value")->flags & PARAM_REQUIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_value_is_the_constant),
        cmocka_unit_test(test_the_value_must_be_given),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
