#include "unit/schedule_values.h"

extern const struct schedule schedule_step;

static const struct module *const module = &schedule_step.module;

static void test_drops_after_so_many_steps(void **state)
{
    (void)state;
    values_check_table(module, "every");
    void *values = values_new(module);
    values_set(module, values, "every", 30);
    check_factor(&schedule_step, values, 0, 1);
    check_factor(&schedule_step, values, 29, 1);
    check_factor(&schedule_step, values, 30, 0.1);
    check_factor(&schedule_step, values, 59, 0.1);
    check_factor(&schedule_step, values, 60, 0.01);
    values_set(module, values, "factor", 0.5);
    check_factor(&schedule_step, values, 90, 0.125);
    memory_free(values);
}

static void test_counts_epochs(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "every", 2);
    values_choose(module, values, "unit", "epochs");
    check_factor(&schedule_step, values, 99, 1);
    check_factor(&schedule_step, values, 100, 0.1);
    check_factor(&schedule_step, values, 250, 0.01);
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_true(values_find(module, "every")->flags & PARAM_REQUIRED);
    assert_false(values_allow(module, "every", 0));
    assert_false(values_allow(module, "factor", 0));
    assert_false(values_allow(module, "factor", 1.5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drops_after_so_many_steps),
        cmocka_unit_test(test_counts_epochs),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
