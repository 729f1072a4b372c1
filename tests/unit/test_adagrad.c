#include "unit/optimizer_values.h"

extern const struct optimizer optimizer_adagrad;

static const struct module *const module = &optimizer_adagrad.module;

static void test_rate(void **state)
{
    (void)state;
    values_check_table(module, "rate");
    check_rate(&optimizer_adagrad);
}

static void test_from_zero(void **state)
{
    (void)state;
    void *values = values_new(module); /* initial 0, epsilon 1e-10 */
    check_steps(&optimizer_adagrad, values, 0.1, false,
                (double[3][3]){{0.9000000001, -1.9, 0.5},
                               {0.98944271916, -1.9316227766, 0.40000001},
                               {0.909264346608, -1.94724015279, 0.40000001}});
    memory_free(values);
}

static void test_from_an_initial_sum(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "initial", 0.1);
    values_set(module, values, "epsilon", 1e-2);
    check_steps(&optimizer_adagrad, values, 0.1, false,
                (double[3][3]){{0.970731348586, -1.90087954947, 0.5},
                               {1.02107135321, -1.93224668892, 0.499693467185},
                               {0.961059104532, -1.94774027624, 0.499693467185}});
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "initial", -1));
    assert_false(values_allow(module, "epsilon", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_from_zero),
        cmocka_unit_test(test_from_an_initial_sum),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
