/* The plugin's source itself, against PyTorch's OneCycleLR: make_one_cycle_references.py. */
#include "../../plugins/one_cycle.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "numerics/module_setup.h"
#include "numerics/reference.h"

struct cycle_case {
    const char *name; /* in one_cycle.txt */
    const char *options;
};

static const struct cycle_case cycle_cases[] = {
    {"defaults", ""},
    {"linear", "anneal_strategy=linear"},
    {"three_phase", "three_phase=true"},
    {"three_phase_linear", "three_phase=true anneal_strategy=linear pct_start=0.4"},
    {"half_and_half", "three_phase=true pct_start=0.5"},
    {"early_peak", "pct_start=0.1 div_factor=10 final_div_factor=100"},
    {"no_way_up", "pct_start=0"},
    {"no_way_down", "pct_start=1 anneal_strategy=linear"},
    {"higher_end", "pct_start=0.5 final_div_factor=0.5"},
    {"from_the_peak", "div_factor=1 final_div_factor=1"},
    {"two_steps", ""},
    {"one_step", ""},
};

enum { CASES = sizeof cycle_cases / sizeof cycle_cases[0] };

static double factor_at(const void *params, int64_t step, int64_t steps)
{
    struct schedule_time time = {.step = step, .steps = steps, .steps_per_epoch = 7};
    return schedule_one_cycle.factor(params, NULL, &time);
}

static void assert_near(const char *name, int64_t step, double expected, double found)
{
    if (!(fabs(found - expected) <= 1e-14))
        fail_msg("%s at step %lld: expected %.17g, found %.17g", name, (long long)step, expected,
                 found);
}

/* Every step, as the whole run and as the first part of a longer one, behind which the rate stays
 * where the cycle ended. */
static void test_every_step(void **state)
{
    const struct cycle_case *cycle_case = *state;
    struct references references;
    struct module_setup whole, part;
    references_open(&references, "one_cycle.txt");
    const struct reference *factors = references_get(&references, NULL, cycle_case->name, -1);
    char options[128];
    snprintf(options, sizeof options, "%s steps=%lld", cycle_case->options,
             (long long)factors->count);
    module_setup_init(&whole, &schedule_one_cycle.module, cycle_case->options);
    module_setup_init(&part, &schedule_one_cycle.module, options);
    module_setup_check(&whole);
    for (int64_t step = 0; step < factors->count; step++) {
        double expected = factors->values[step];
        assert_near(cycle_case->name, step, expected,
                    factor_at(whole.params, step, factors->count));
        assert_near(cycle_case->name, step, expected, factor_at(part.params, step, 1000));
    }
    for (int64_t step = factors->count; step < factors->count + 5; step++)
        assert_near(cycle_case->name, step, factors->values[factors->count - 1],
                    factor_at(part.params, step, 1000));
    module_setup_release(&whole);
    module_setup_release(&part);
    references_release(&references);
}

/* PyTorch divides zero by zero where the way up has no length; here the peak is the beginning. */
static void test_a_way_without_length(void **state)
{
    (void)state;
    struct module_setup setup;
    module_setup_init(&setup, &schedule_one_cycle.module, "pct_start=0.25");
    assert_near("peak at once", 0, 1, factor_at(setup.params, 0, 4));
    assert_true(factor_at(setup.params, 1, 4) < 1);
    module_setup_release(&setup);
}

/* The core counts no step of warm-up: the cycle has not begun. */
static void test_a_run_that_is_all_warm_up(void **state)
{
    (void)state;
    struct module_setup setup;
    module_setup_init(&setup, &schedule_one_cycle.module, "div_factor=4");
    assert_near("start", 0, 0.25, factor_at(setup.params, 0, 0));
    module_setup_release(&setup);
}

static void test_what_is_refused(void **state)
{
    (void)state;
    struct one_cycle cycle = one_cycle_defaults;
    struct error error = {0};
    cycle.pct_start = 0.75;
    assert_int_equal(one_cycle_check(&cycle, &error), 0);
    cycle.three_phase = true;
    assert_int_equal(one_cycle_check(&cycle, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "0.75"));
}

int main(void)
{
    if (numerics_begin() < 0)
        return EXIT_FAILURE;
    struct CMUnitTest tests[CASES + 3];
    int count = 0;
    for (int i = 0; i < CASES; i++)
        tests[count++] = (struct CMUnitTest){cycle_cases[i].name, test_every_step, NULL, NULL,
                                             (void *)&cycle_cases[i]};
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_a_way_without_length);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_a_run_that_is_all_warm_up);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_what_is_refused);
    return _cmocka_run_group_tests("one_cycle", tests, (size_t)count, NULL, NULL);
}
