#include "unit/schedule_values.h"

extern const struct schedule schedule_cosine;

static const struct module *const module = &schedule_cosine.module;

static void test_over_the_whole_run(void **state)
{
    (void)state;
    values_check_table(module, "steps");
    void *values = values_new(module);
    check_factor(&schedule_cosine, values, 0, 1);
    check_factor(&schedule_cosine, values, 250, (1 + sqrt(0.5)) / 2);
    check_factor(&schedule_cosine, values, 500, 0.5);
    check_factor(&schedule_cosine, values, 1000, 0);
    memory_free(values);
}

static void test_ends_early(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "steps", 300);
    values_set(module, values, "end", 0.1);
    check_factor(&schedule_cosine, values, 100, 0.1 + 0.9 * 0.75);
    check_factor(&schedule_cosine, values, 300, 0.1);
    check_factor(&schedule_cosine, values, 700, 0.1);
    memory_free(values);
}

/* The core counts no step of warm-up; where a run is nothing else, none is left. */
static void test_a_run_that_is_all_warm_up(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct schedule_time time = {.step = 0, .steps = 0, .steps_per_epoch = 50};
    assert_float_equal(schedule_cosine.factor(values, NULL, &time), 1, 0);
    memory_free(values);
}

static void test_range(void **state)
{
    (void)state;
    assert_true(values_find(module, "steps")->flags & PARAM_OPTIONAL);
    assert_false(values_allow(module, "steps", 0));
    assert_false(values_allow(module, "end", 1.1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_over_the_whole_run),
        cmocka_unit_test(test_ends_early),
        cmocka_unit_test(test_a_run_that_is_all_warm_up),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
