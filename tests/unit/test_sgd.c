#include "unit/optimizer_values.h"

#include <string.h>

extern const struct optimizer optimizer_sgd;

static const struct module *const module = &optimizer_sgd.module;

static void test_rate(void **state)
{
    (void)state;
    values_check_table(module, "rate");
    check_rate(&optimizer_sgd);
}

static void test_plain(void **state)
{
    (void)state;
    void *values = values_new(module);
    check_steps(&optimizer_sgd, values, 0.1, false,
                (double[3][3]){{0.99, -1.7, 0.5}, {1.01, -1.8, 0.4999}, {0.98, -1.85, 0.4999}});
    memory_free(values);
}

static void test_momentum(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "momentum", 0.9);
    check_steps(
        &optimizer_sgd, values, 0.1, false,
        (double[3][3]){{0.99, -1.7, 0.5}, {1.001, -1.53, 0.4999}, {0.9809, -1.427, 0.49981}});
    memory_free(values);
}

static void test_nesterov(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "momentum", 0.9);
    values_set(module, values, "nesterov", true);
    struct error error;
    assert_int_equal(module->check(values, &error), 0);
    check_steps(&optimizer_sgd, values, 0.1, false,
                (double[3][3]){
                    {0.981, -1.43, 0.5}, {1.0109, -1.377, 0.49981}, {0.96281, -1.3343, 0.499729}});
    memory_free(values);
}

static void test_nesterov_needs_momentum(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct error error = {0};
    assert_int_equal(module->check(values, &error), 0);
    values_set(module, values, "nesterov", true);
    assert_int_equal(module->check(values, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "momentum is 0"));
    assert_false(values_allow(module, "momentum", 1));
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_momentum),
        cmocka_unit_test(test_nesterov),
        cmocka_unit_test(test_nesterov_needs_momentum),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
