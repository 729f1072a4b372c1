#include "unit/optimizer_values.h"

extern const struct optimizer optimizer_rmsprop;

static const struct module *const module = &optimizer_rmsprop.module;

static void test_rate(void **state)
{
    (void)state;
    values_check_table(module, "rate");
    check_rate(&optimizer_rmsprop);
}

static void test_without_momentum(void **state)
{
    (void)state;
    void *values = values_new(module); /* decay 0.9, epsilon 1e-7 */
    check_steps(&optimizer_rmsprop, values, 0.01, false,
                (double[3][3]){{0.968377323398, -1.96837722673, 0.5},
                               {0.996948711153, -1.978860074, 0.468387220237},
                               {0.971042345517, -1.98430257771, 0.468387220237}});
    memory_free(values);
}

static void test_with_momentum(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "decay", 0.8);
    values_set(module, values, "epsilon", 1e-3);
    values_set(module, values, "momentum", 0.5);
    check_steps(&optimizer_rmsprop, values, 0.01, false,
                (double[3][3]){{0.978128384417, -1.97765597448, 0.5},
                               {0.987398762627, -1.97428655701, 0.493090169944},
                               {0.973429278069, -1.9768824959, 0.489635254916}});
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "decay", 1));
    assert_false(values_allow(module, "epsilon", 0));
    assert_false(values_allow(module, "momentum", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_without_momentum),
        cmocka_unit_test(test_with_momentum),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
