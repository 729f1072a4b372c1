#include "math/differences.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { COUNT = 40 };

/* A function of all values in float32, and the gradient that is claimed for it. */
struct claim {
    double (*term)(float value, int index);
    float values[COUNT], gradient[COUNT];
};

static double sum_of_terms(void *context)
{
    const struct claim *claim = context;
    double sum = 0;
    for (int i = 0; i < COUNT; i++)
        sum += claim->term(claim->values[i], i);
    return sum;
}

static double smooth(float value, int index)
{
    return (double)(tanhf(value) * (1 + 0.1f * (float)index));
}

static float smooth_slope(float value, int index)
{
    return (1 - tanhf(value) * tanhf(value)) * (1 + 0.1f * (float)index);
}

/* The last half of the elements has kinks, at 0. */
static double kinked(float value, int index)
{
    return index < COUNT / 2 ? smooth(value, index) : (double)fmaxf(value, 0);
}

static float kinked_slope(float value, int index)
{
    return index < COUNT / 2 ? smooth_slope(value, index) : value > 0;
}

static struct claim make(double (*term)(float value, int index), float (*slope)(float, int))
{
    struct claim claim = {.term = term};
    for (int i = 0; i < COUNT; i++) {
        claim.values[i] = 0.9f * sinf((float)(i + 1));
        claim.gradient[i] = slope(claim.values[i], i);
    }
    return claim;
}

static struct variable_result check(struct claim *claim, bool kinks, int *failures)
{
    struct variable_result result;
    struct variable variable = {"values", claim->values, claim->gradient, COUNT};
    struct differences differences = {
        .subject = "test",
        .evaluate = sum_of_terms,
        .context = claim,
        .variables = &variable,
        .variable_count = 1,
        .kinks = kinks,
        .tolerance = 1e-3,
        .results = &result,
    };
    *failures = differences_check(&differences);
    assert_int_equal(differences.checked, COUNT + 1);
    assert_int_equal(result.checked, COUNT + 1);
    text_release(&differences.report);
    return result;
}

static void test_right(void **state)
{
    (void)state;
    for (int kinks = 0; kinks < 2; kinks++) {
        struct claim claim = make(smooth, smooth_slope), before = claim;
        int failures;
        struct variable_result result = check(&claim, kinks, &failures);
        assert_int_equal(failures, 0);
        assert_int_equal(result.skipped, 0);
        assert_true(result.worst > 0 && result.worst < 1e-4);
        assert_memory_equal(claim.values, before.values, sizeof claim.values);
    }
}

/* Each element in turn is a little wrong, by 0.4 % of the largest or more: the steps that follow
 * for the sake of kinks do not excuse it. */
static void test_every_wrong_element_is_named(void **state)
{
    (void)state;
    for (int kinks = 0; kinks < 2; kinks++)
        for (int i = 0; i < COUNT; i++) {
            struct claim claim = make(smooth, smooth_slope);
            float right = claim.gradient[i];
            int failures;
            claim.gradient[i] += i % 2 ? 0.02f : -0.02f;
            struct variable_result result = check(&claim, kinks, &failures);
            assert_true(failures > 0);
            assert_int_equal(result.worst_element, i);
            assert_float_equal(result.expected, right, 2e-3);
            assert_float_equal(result.claimed, claim.gradient[i], 0);
        }
}

/* Close to a kink and on it nothing can be said; it is no failure, and a wrong element elsewhere is
 * one still. */
static void test_kinks(void **state)
{
    (void)state;
    const float places[] = {0, 1e-5f, -1e-5f, 2e-4f, 1e-3f, -0.01f, 0.02f, -0.03f};
    for (int i = 0; i < 8; i++) {
        struct claim claim = make(kinked, kinked_slope);
        int failures;
        claim.values[COUNT - 1] = places[i];
        claim.gradient[COUNT - 1] = kinked_slope(places[i], COUNT - 1);
        struct variable_result result = check(&claim, true, &failures);
        assert_int_equal(failures, 0);
        if (fabsf(places[i]) < 1e-3f)
            assert_in_range(result.skipped, 1, 2); /* the direction, too */
        claim.gradient[3] *= 1.1f;
        result = check(&claim, true, &failures);
        assert_true(failures > 0);
        assert_int_equal(result.worst_element, 3);
        claim = make(kinked, kinked_slope);
        claim.gradient[COUNT - 2] += 0.1f; /* a relu, away from its kink */
        result = check(&claim, true, &failures);
        assert_int_equal(result.worst_element, COUNT - 2);
    }
}

/* More than a tenth at a kink: who says nothing has not been checked. */
static void test_too_many_kinks(void **state)
{
    (void)state;
    struct claim claim = make(kinked, kinked_slope);
    int failures;
    for (int i = COUNT / 2; i < COUNT; i++) {
        claim.values[i] = 0;
        claim.gradient[i] = 0;
    }
    struct variable_result result = check(&claim, true, &failures);
    assert_int_equal(failures, 1);
    assert_int_equal(result.failures, 0);
    assert_true(result.skipped >= COUNT / 2);
}

static void test_what_is_no_number(void **state)
{
    (void)state;
    const float values[] = {NAN, INFINITY, -INFINITY};
    for (int i = 0; i < 6; i++) {
        struct claim claim = make(smooth, smooth_slope);
        int failures;
        claim.gradient[5] = values[i / 2];
        struct variable_result result = check(&claim, i % 2, &failures);
        assert_true(failures > 0);
        assert_int_equal(result.worst_element, 5);
        assert_true(isinf(result.worst));
    }
}

/* Values far from 1, where a step of 1/48 would drown in their last digits. */
static double distant(float value, int index)
{
    return (double)(float)sin(value / 3e4 + index);
}

static void test_large_values(void **state)
{
    (void)state;
    struct claim claim = {.term = distant};
    int failures;
    for (int i = 0; i < COUNT; i++) {
        claim.values[i] = 1e4f + 100 * (float)i;
        claim.gradient[i] = (float)(cos(claim.values[i] / 3e4 + i) / 3e4);
    }
    struct variable_result result;
    struct variable variable = {"values", claim.values, claim.gradient, COUNT};
    struct differences differences = {.subject = "test",
                                      .evaluate = sum_of_terms,
                                      .context = &claim,
                                      .variables = &variable,
                                      .variable_count = 1,
                                      .tolerance = 1e-3,
                                      .floor = 1e-9,
                                      .results = &result};
    failures = differences_check(&differences);
    assert_int_equal(failures, 0);
    assert_true(result.worst < 1e-3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_right),
        cmocka_unit_test(test_every_wrong_element_is_named),
        cmocka_unit_test(test_kinks),
        cmocka_unit_test(test_too_many_kinks),
        cmocka_unit_test(test_what_is_no_number),
        cmocka_unit_test(test_large_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
