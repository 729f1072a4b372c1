#include "unit/module_values.h"

#include "module/schedule.h"

#include <math.h>

extern const struct schedule schedule_plateau;

static const struct module *const module = &schedule_plateau.module;
static const struct schedule_time now = {.step = 10, .steps = 100, .steps_per_epoch = 10};

struct watch {
    void *values, *memory;
};

static struct watch watch_new(void)
{
    struct watch watch = {values_new(module), memory_new(module->state_size)};
    values_set(module, watch.values, "patience", 2);
    return watch;
}

static void watch_free(struct watch *watch)
{
    memory_free(watch->values);
    memory_free(watch->memory);
}

/* Shows METRIC and checks the factor after it. */
static void observe(struct watch *watch, double metric, double expected)
{
    schedule_plateau.observe(watch->values, watch->memory, &now, metric);
    double found = schedule_plateau.factor(watch->values, watch->memory, &now);
    if (!(fabs(found - expected) < 1e-14))
        fail_msg("after %g: expected %g, found %g", metric, expected, found);
}

/* As torch.optim.lr_scheduler.ReduceLROnPlateau(patience=2, threshold_mode="abs"): the third
 * evaluation in a row that is no better drops the rate. */
static void test_drops_when_patience_runs_out(void **state)
{
    (void)state;
    values_check_table(module, "metric");
    struct watch watch = watch_new();
    assert_float_equal(schedule_plateau.factor(watch.values, watch.memory, &now), 1, 0);
    observe(&watch, 1.0, 1);
    observe(&watch, 1.1, 1);
    observe(&watch, 1.0, 1);
    observe(&watch, 1.2, 0.1);
    observe(&watch, 1.2, 0.1);
    observe(&watch, 1.2, 0.1);
    observe(&watch, 1.2, 0.01);
    watch_free(&watch);
}

static void test_improvement_starts_over(void **state)
{
    (void)state;
    struct watch watch = watch_new();
    observe(&watch, 1.0, 1);
    observe(&watch, 1.0, 1);
    observe(&watch, 1.0, 1);
    observe(&watch, 0.9, 1);
    observe(&watch, 0.9, 1);
    observe(&watch, 0.9, 1);
    observe(&watch, 0.9, 0.1);
    watch_free(&watch);
}

static void test_a_small_improvement_is_none(void **state)
{
    (void)state;
    struct watch watch = watch_new();
    values_set(module, watch.values, "min_delta", 0.1);
    observe(&watch, 1.0, 1);
    observe(&watch, 0.95, 1);
    observe(&watch, 0.94, 1);
    observe(&watch, 0.93, 0.1);
    observe(&watch, 0.85, 0.1); /* better than 1.0, the best that counted, by more than 0.1 */
    observe(&watch, 0.80, 0.1);
    observe(&watch, 0.80, 0.1);
    observe(&watch, 0.80, 0.01);
    watch_free(&watch);
}

static void test_cooldown_is_not_counted(void **state)
{
    (void)state;
    struct watch watch = watch_new();
    values_set(module, watch.values, "patience", 0);
    values_set(module, watch.values, "cooldown", 2);
    observe(&watch, 1, 1);
    observe(&watch, 1, 0.1);
    observe(&watch, 1, 0.1);
    observe(&watch, 1, 0.1);
    observe(&watch, 1, 0.01);
    watch_free(&watch);
}

static void test_never_below_the_minimum(void **state)
{
    (void)state;
    struct watch watch = watch_new();
    values_set(module, watch.values, "patience", 0);
    values_set(module, watch.values, "factor", 0.5);
    values_set(module, watch.values, "minimum", 0.3);
    observe(&watch, 1, 1);
    observe(&watch, 1, 0.5);
    observe(&watch, 1, 0.3);
    observe(&watch, 1, 0.3);
    watch_free(&watch);
}

static void test_accuracy_should_rise(void **state)
{
    (void)state;
    struct watch watch = watch_new();
    assert_string_equal(schedule_plateau.watches(watch.values), "validation.loss");
    values_choose(module, watch.values, "metric", "validation.accuracy");
    assert_string_equal(schedule_plateau.watches(watch.values), "validation.accuracy");
    observe(&watch, 0.1, 1);
    observe(&watch, 0.5, 1);
    observe(&watch, 0.4, 1);
    observe(&watch, 0.3, 1);
    observe(&watch, 0.2, 0.1);
    watch_free(&watch);
}

static void test_what_is_not_a_number_is_no_improvement(void **state)
{
    (void)state;
    struct watch watch = watch_new();
    observe(&watch, NAN, 1);
    observe(&watch, NAN, 1);
    observe(&watch, 5, 1); /* the first real value is the best so far */
    observe(&watch, NAN, 1);
    observe(&watch, NAN, 1);
    observe(&watch, NAN, 0.1);
    watch_free(&watch);
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(module, "factor", 0));
    assert_false(values_allow(module, "factor", 1));
    assert_false(values_allow(module, "patience", -1));
    assert_false(values_allow(module, "minimum", 1.5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drops_when_patience_runs_out),
        cmocka_unit_test(test_improvement_starts_over),
        cmocka_unit_test(test_a_small_improvement_is_none),
        cmocka_unit_test(test_cooldown_is_not_counted),
        cmocka_unit_test(test_never_below_the_minimum),
        cmocka_unit_test(test_accuracy_should_rise),
        cmocka_unit_test(test_what_is_not_a_number_is_no_improvement),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
