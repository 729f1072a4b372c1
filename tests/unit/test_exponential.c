#include "unit/schedule_values.h"

extern const struct schedule schedule_exponential;

static const struct module *const module = &schedule_exponential.module;

static void test_decays_smoothly(void **state)
{
    (void)state;
    values_check_table(module, "decay");
    void *values = values_new(module);
    values_set(module, values, "decay", 0.96);
    values_set(module, values, "every", 100);
    check_factor(&schedule_exponential, values, 0, 1);
    check_factor(&schedule_exponential, values, 50, 0.9797958971132712); /* √0.96 */
    check_factor(&schedule_exponential, values, 100, 0.96);
    check_factor(&schedule_exponential, values, 300, 0.884736);
    memory_free(values);
}

static void test_decays_as_a_staircase(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "decay", 0.96);
    values_set(module, values, "every", 100);
    values_set(module, values, "staircase", true);
    check_factor(&schedule_exponential, values, 99, 1);
    check_factor(&schedule_exponential, values, 100, 0.96);
    check_factor(&schedule_exponential, values, 299, 0.9216);
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_true(values_find(module, "decay")->flags & PARAM_REQUIRED);
    assert_true(values_find(module, "every")->flags & PARAM_REQUIRED);
    assert_false(values_allow(module, "decay", 0));
    assert_true(values_allow(module, "decay", 1));
    assert_false(values_allow(module, "decay", 1.01));
    assert_false(values_allow(module, "every", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_decays_smoothly),
        cmocka_unit_test(test_decays_as_a_staircase),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
