#include "unit/optimizer_values.h"

extern const struct optimizer optimizer_adam;

static const struct module *const module = &optimizer_adam.module;

static void test_rate(void **state)
{
    (void)state;
    values_check_table(module, "rate");
    check_rate(&optimizer_adam);
}

static void test_corrected(void **state)
{
    (void)state;
    void *values = values_new(module); /* 0.9, 0.999, 1e-8, corrected */
    check_steps(&optimizer_adam, values, 0.01, false,
                (double[3][3]){{0.990000001, -1.99000000003, 0.5},
                               {0.993661036039, -1.98599781433, 0.492558736973},
                               {0.990228625395, -1.98394072978, 0.486806637389}});
    values_set(module, values, "beta1", 0.8);
    values_set(module, values, "beta2", 0.95);
    values_set(module, values, "epsilon", 0.1);
    check_steps(&optimizer_adam, values, 0.01, false,
                (double[3][3]){{0.995, -1.99032258065, 0.5},
                               {0.997570771726, -1.98695996631, 0.499944839457},
                               {0.994951297213, -1.98562808297, 0.499912240699}});
    memory_free(values);
}

/* The same large epsilon weighs more beside the uncorrected root: the first step of the first
 * weight is 0.0018 instead of 0.005. */
static void test_uncorrected(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "beta1", 0.8);
    values_set(module, values, "beta2", 0.95);
    values_set(module, values, "epsilon", 0.1);
    values_choose(module, values, "epsilon_at", "uncorrected");
    check_steps(&optimizer_adam, values, 0.01, false,
                (double[3][3]){{0.998172560024, -1.99129731908, 0.5},
                               {0.999562660011, -1.9882270686, 0.499982691486},
                               {0.997835121073, -1.98700108183, 0.499970336209}});
    memory_free(values);
}

/* After a million steps both corrections are gone, and nothing overflows on the way. */
static void test_late_steps(void **state)
{
    (void)state;
    void *values = values_new(module);
    float weight = 1, gradient = 0.5f, m = 0.5f, v = 0.25f;
    optimizer_adam.update(values, &weight, &gradient, (float *[]){&m, &v}, 1, 0.01, 1000000, false);
    assert_float_equal(weight, 0.99, 1e-6);
    memory_free(values);
}

static void test_presets(void **state)
{
    (void)state;
    const struct param *epsilon = values_find(module, "epsilon");
    const struct param *at = values_find(module, "epsilon_at");
    assert_string_equal(epsilon->preset[INIT_TF1], "1e-8");
    assert_string_equal(epsilon->preset[INIT_KERAS], "1e-7");
    assert_string_equal(epsilon->preset[INIT_PYTORCH], "1e-8");
    assert_string_equal(at->preset[INIT_TF1], "uncorrected");
    assert_string_equal(at->preset[INIT_KERAS], "uncorrected");
    assert_string_equal(at->preset[INIT_PYTORCH], "corrected");
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "beta1", 1));
    assert_false(values_allow(module, "beta2", 1));
    assert_true(values_allow(module, "beta1", 0));
    assert_false(values_allow(module, "epsilon", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rate),        cmocka_unit_test(test_corrected),
        cmocka_unit_test(test_uncorrected), cmocka_unit_test(test_late_steps),
        cmocka_unit_test(test_presets),     cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
