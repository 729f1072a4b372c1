#include "unit/initializer_values.h"

extern const struct initializer initializer_normal;

static const struct module *const module = &initializer_normal.module;

static void test_moments(void **state)
{
    (void)state;
    values_check_table(module, "deviation");
    void *values = values_new(module);
    check_normal(draw_with(&initializer_normal, values), 0, 0.05);
    values_set(module, values, "deviation", 0.5);
    values_set(module, values, "mean", -2);
    check_normal(draw_with(&initializer_normal, values), -2, 0.5);
    check_repeats(&initializer_normal, values);
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "deviation", 0));
    assert_true(values_allow(module, "mean", -1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
