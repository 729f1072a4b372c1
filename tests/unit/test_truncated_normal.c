#include "unit/initializer_values.h"

extern const struct initializer initializer_truncated_normal;

static const struct module *const module = &initializer_truncated_normal.module;

/* A normal distribution cut at two deviations keeps 0.87962566 of its deviation:
 * √(1 − 4 φ(2) / (2 Φ(2) − 1)). */
static void check(struct drawn drawn, double mean, double deviation)
{
    assert_true(fabs(drawn.mean - mean) < 0.02 * deviation);
    assert_true(fabs(drawn.deviation - 0.87962566 * deviation) < 0.01 * deviation);
    assert_true(drawn.smallest >= mean - 2.000001 * deviation);
    assert_true(drawn.smallest < mean - 1.99 * deviation);
    assert_true(drawn.largest <= mean + 2.000001 * deviation);
    assert_true(drawn.largest > mean + 1.99 * deviation);
}

static void test_moments_and_ends(void **state)
{
    (void)state;
    values_check_table(module, "deviation");
    void *values = values_new(module);
    check(draw_with(&initializer_truncated_normal, values), 0, 0.05);
    values_set(module, values, "deviation", 0.1);
    values_set(module, values, "mean", 1);
    check(draw_with(&initializer_truncated_normal, values), 1, 0.1);
    check_repeats(&initializer_truncated_normal, values);
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "deviation", 0));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_moments_and_ends),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
