/* The plugin's source itself, against references from NumPy: make_lion_references.py. */
#include "../../plugins/lion.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "numerics/module_setup.h"
#include "numerics/reference.h"

#include <math.h>

enum { COUNT = 53, STEPS = 25 };

struct lion_case {
    const char *name; /* in lion.txt */
    const char *options;
};

static const struct lion_case lion_cases[] = {
    {"defaults", ""},
    {"decay", "rate=0.01 weight_decay=0.3"},
    {"betas", "rate=0.003 beta1=0.5 beta2=0.25 weight_decay=0.1"},
    {"no_memory", "rate=0.02 beta1=0 beta2=0"},
};

static void test_steps(void **state)
{
    const struct lion_case *lion_case = *state;
    struct references references;
    struct module_setup setup;
    references_open(&references, "lion.txt");
    module_setup_init(&setup, &optimizer_lion.module, lion_case->options);
    float weights[COUNT], path[STEPS * COUNT], gradients[STEPS * COUNT], mean[COUNT] = {0};
    float *const moments[] = {mean, NULL};
    references_load(&references, NULL, "start", weights, COUNT);
    references_load(&references, NULL, "gradients", gradients, STEPS * COUNT);
    for (int step = 0; step < STEPS; step++) {
        optimizer_lion.update(setup.params, weights, gradients + step * COUNT, moments, COUNT,
                              optimizer_lion.rate(setup.params), step + 1, true);
        memcpy(path + step * COUNT, weights, sizeof weights);
    }
    double worst = 0;
    references_compare(&references, lion_case->name, "weights", path, STEPS * COUNT, 2e-6, &worst);
    references_compare(&references, lion_case->name, "mean", mean, COUNT, 2e-6, &worst);
    print_message("%s: within %.1e\n", lion_case->name, worst);
    module_setup_release(&setup);
    references_release(&references);
}

/* One step of one weight from 1, with gradient GRADIENT and mean *MEAN. */
static float step_of(const char *options, float gradient, float *mean, bool decays)
{
    struct module_setup setup;
    module_setup_init(&setup, &optimizer_lion.module, options);
    float weight = 1;
    optimizer_lion.update(setup.params, &weight, &gradient, (float *const[]){mean, NULL}, 1, 0.125,
                          1, decays);
    module_setup_release(&setup);
    return weight;
}

/* The scheduled rate counts, not the parameter; the sign of zero is zero, however it is written;
 * what is not a number is not hidden behind a sign; infinity has one. */
static void test_signs(void **state)
{
    (void)state;
    const float gradients[] = {3, -1e-30f, 0, -0.0f, INFINITY};
    const float expected[] = {0.875f, 1.125f, 1, 1, 0.875f};
    for (int i = 0; i < 5; i++) {
        float mean = 0;
        assert_true(step_of("", gradients[i], &mean, true) == expected[i]);
    }
    float mean = 0;
    assert_true(isnan(step_of("", NAN, &mean, true)));
    assert_true(isnan(mean));
    assert_true(isnan(step_of("", 1, &mean, true)));
}

/* The step looks at the mean before it takes the gradient in. */
static void test_order(void **state)
{
    (void)state;
    float mean = -1;
    assert_true(step_of("beta1=0.75 beta2=0", 2, &mean, true) == 1.125f);
    assert_true(mean == 2);
}

static void test_what_does_not_decay(void **state)
{
    (void)state;
    float mean = 0;
    assert_true(step_of("weight_decay=0.5", 0, &mean, true) == 0.9375f);
    assert_true(step_of("weight_decay=0.5", 0, &mean, false) == 1);
}

int main(void)
{
    if (numerics_begin() < 0)
        return EXIT_FAILURE;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_steps, (void *)&lion_cases[0]),
        cmocka_unit_test_prestate(test_steps, (void *)&lion_cases[1]),
        cmocka_unit_test_prestate(test_steps, (void *)&lion_cases[2]),
        cmocka_unit_test_prestate(test_steps, (void *)&lion_cases[3]),
        cmocka_unit_test(test_signs),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_what_does_not_decay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
