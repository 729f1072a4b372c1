#include "unit/optimizer_values.h"

extern const struct optimizer optimizer_adamw;

static const struct module *const module = &optimizer_adamw.module;

static void test_rate(void **state)
{
    (void)state;
    values_check_table(module, "rate");
    check_rate(&optimizer_adamw);
}

static void test_decay_is_decoupled(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "weight_decay", 0.3);
    check_steps(&optimizer_adamw, values, 0.01, true,
                (double[3][3]){{0.987000001, -1.98400000003, 0.4985},
                               {0.987700036036, -1.97404581433, 0.489563236973},
                               {0.981304525284, -1.96606659234, 0.482342447678}});
    memory_free(values);
}

/* Biases take Adam's steps. */
static void test_what_does_not_decay(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "weight_decay", 0.3);
    check_steps(&optimizer_adamw, values, 0.01, false,
                (double[3][3]){{0.990000001, -1.99000000003, 0.5},
                               {0.993661036039, -1.98599781433, 0.492558736973},
                               {0.990228625395, -1.98394072978, 0.486806637389}});
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "weight_decay", -0.1));
    assert_true(values_allow(module, "weight_decay", 0));
    assert_false(values_allow(module, "beta2", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate),
        cmocka_unit_test(test_decay_is_decoupled),
        cmocka_unit_test(test_what_does_not_decay),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
