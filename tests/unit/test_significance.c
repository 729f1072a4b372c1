/* What no reference can tell: obstacles, ends, and what must not change when a and b are swapped or
 * the order is another. numerics/test_statistics_references.c has the figures. */
#include "base/memory.h"
#include "compare/significance.h"
#include "math/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { MOST = 48 };

typedef struct test_result (*paired_test)(const double *a, const double *b, size_t count);
static const paired_test paired_tests[] = {test_paired_t, test_wilcoxon, test_permutation};
enum { PAIRED_TESTS = sizeof paired_tests / sizeof paired_tests[0] };

static void near(double found, double expected)
{
    if (!(fabs(found - expected) <= 1e-12 * fmax(1, fabs(expected))))
        fail_msg("%.17g is not %.17g", found, expected);
}

static bool same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void says_nothing(const struct test_result *result, enum test_obstacle obstacle)
{
    assert_int_equal(result->obstacle, obstacle);
    assert_true(isnan(result->p) && isnan(result->smallest_p) && isnan(result->statistic));
    assert_true(isnan(result->low) && isnan(result->high) && isnan(result->effect));
    assert_true(isnan(result->degrees));
}

static void every_test_has_a_name(void **state)
{
    (void)state;
    for (int kind = 0; kind < TEST_KINDS; kind++)
        assert_true(strlen(test_kind_names[kind]) > 3);
}

static void too_few_figures(void **state)
{
    (void)state;
    const double a[] = {0.5, 0.75}, b[] = {0.25, 0.5};
    for (int i = 0; i < PAIRED_TESTS; i++) {
        struct test_result none = paired_tests[i](a, b, 0), one = paired_tests[i](a, b, 1);
        says_nothing(&none, TEST_TOO_FEW);
        assert_true(isnan(none.difference));
        says_nothing(&one, TEST_TOO_FEW);
        near(one.difference, 0.25);
        assert_int_equal(one.kind, i);
        assert_int_equal(one.n, 1);
    }
    struct test_result one_a = test_welch_t(a, 1, b, 2), one_b = test_welch_t(a, 2, b, 1);
    says_nothing(&one_a, TEST_TOO_FEW);
    says_nothing(&one_b, TEST_TOO_FEW);
    near(one_a.difference, 0.125);
    near(one_b.difference, 0.375);
    assert_int_equal(one_a.n, 1);
    assert_int_equal(one_a.n_b, 2);
    struct test_result no_examples = test_mcnemar(NULL, NULL, NULL, 0);
    says_nothing(&no_examples, TEST_TOO_FEW);
}

/* A t test says nothing of five equal differences; the signs still do: all are the same. */
static void equal_differences(void **state)
{
    (void)state;
    const double b[] = {0.9802, 0.5116, 0.9874, 0.2553, 0.9833};
    const double a[] = {0.9812, 0.5126, 0.9884, 0.2563, 0.9843};
    struct test_result t = test_paired_t(a, b, 5);
    says_nothing(&t, TEST_NO_SPREAD);
    near(t.difference, 0.001);
    for (int i = TEST_WILCOXON; i <= TEST_PERMUTATION; i++) {
        struct test_result result = paired_tests[i](a, b, 5);
        assert_int_equal(result.obstacle, TEST_POSSIBLE);
        near(result.p, 2.0 / 32);
        near(result.smallest_p, 2.0 / 32);
        near(result.statistic, i == TEST_WILCOXON ? 0 : 0.001);
        assert_true(isnan(result.low) && isnan(result.high) && isnan(result.effect));
    }
}

static void no_difference_at_all(void **state)
{
    (void)state;
    const double a[] = {0.98, 0.97, 0.99};
    for (int i = 0; i < PAIRED_TESTS; i++) {
        struct test_result result = paired_tests[i](a, a, 3);
        assert_int_equal(result.obstacle, TEST_POSSIBLE);
        assert_true(result.p == 1 && result.effect == 0 && result.statistic == 0);
        assert_true(result.difference == 0 && result.low == 0 && result.high == 0);
        assert_true(result.smallest_p == (i == TEST_PAIRED_T ? 0 : 1));
    }
}

static void samples_without_spread(void **state)
{
    (void)state;
    const double a[] = {0.3, 0.3, 0.3}, b[] = {0.1 + 0.2, 0.3, 0.3}, c[] = {0.4, 0.4};
    struct test_result equal = test_welch_t(a, 3, b, 3);
    assert_int_equal(equal.obstacle, TEST_POSSIBLE);
    assert_true(equal.p == 1 && equal.effect == 0 && equal.statistic == 0);
    assert_true(equal.difference == 0 && equal.low == 0 && equal.high == 0);
    struct test_result apart = test_welch_t(a, 3, c, 2);
    says_nothing(&apart, TEST_NO_SPREAD);
    near(apart.difference, -0.1);
}

/* Both have 0.98246666... as their mean: the sums of examples that were right are the same. */
static void equal_means_differ_by_zero(void **state)
{
    (void)state;
    const double a[] = {0.9833, 0.9829, 0.9812}, b[] = {0.9846, 0.9815, 0.9813};
    struct test_result result = test_welch_t(a, 3, b, 3);
    assert_true(result.difference == 0 && result.statistic == 0 && result.p == 1);
    assert_true(result.effect == 0 && result.low == -result.high && result.high > 0);
}

/* Of rounding alone comes no significance, however small its spread. */
static void last_bits_are_no_difference(void **state)
{
    (void)state;
    double a[6], b[6];
    for (int i = 0; i < 6; i++) {
        b[i] = 0.7 + 0.01 * i;
        a[i] = nextafter(b[i], i < 5 ? 1 : 0);
    }
    for (int i = 0; i < PAIRED_TESTS; i++)
        assert_true(paired_tests[i](a, b, 6).p == 1);
}

/* Figures that are no use must not pass for fewer good ones. */
static void differences_beyond_all_numbers(void **state)
{
    (void)state;
    const double a[] = {1.7e308, 1, 2, 3}, b[] = {-1.7e308, 2, 3, 5};
    for (int i = 0; i < PAIRED_TESTS; i++) {
        struct test_result result = paired_tests[i](a, b, 4);
        says_nothing(&result, TEST_TOO_FEW);
    }
}

/* COUNT figures: accuracies with many equal ones, or anything. */
static void draw(double *values, size_t count, uint32_t lane, uint32_t step)
{
    struct random_stream stream;
    random_open(&stream, 11, RANDOM_TEST, lane, step);
    for (size_t i = 0; i < count; i++)
        values[i] =
            step % 3 ? (9800 + random_below(&stream, 1 + step)) / 10000.0 : random_normal(&stream);
}

static void swapped(const struct test_result *result, const struct test_result *other)
{
    assert_int_equal(result->obstacle, other->obstacle);
    assert_true(same(result->p, other->p) && same(result->smallest_p, other->smallest_p));
    assert_true(same(result->degrees, other->degrees));
    assert_true(same(result->difference, -other->difference));
    assert_true(same(result->effect, -other->effect));
    assert_true(same(result->low, -other->high) && same(result->high, -other->low));
    assert_true(same(result->statistic,
                     result->kind == TEST_WILCOXON ? other->statistic : -other->statistic));
}

static void a_swap_turns_signs_and_nothing_else(void **state)
{
    (void)state;
    for (uint32_t step = 0; step < 100; step++) {
        size_t count = 1 + step % MOST, count_b = 1 + step * 7 % MOST;
        double a[MOST], b[MOST];
        draw(a, count, 1, step);
        draw(b, MOST, 2, step);
        for (int i = 0; i < PAIRED_TESTS; i++) {
            struct test_result result = paired_tests[i](a, b, count);
            struct test_result other = paired_tests[i](b, a, count);
            swapped(&result, &other);
        }
        struct test_result result = test_welch_t(a, count, b, count_b);
        struct test_result other = test_welch_t(b, count_b, a, count);
        swapped(&result, &other);
    }
}

static bool same_results(const struct test_result *a, const struct test_result *b)
{
    return a->obstacle == b->obstacle && same(a->difference, b->difference) &&
           same(a->low, b->low) && same(a->high, b->high) && same(a->statistic, b->statistic) &&
           same(a->degrees, b->degrees) && same(a->p, b->p) && same(a->effect, b->effect) &&
           same(a->smallest_p, b->smallest_p);
}

static void any_order_gives_the_same_bits(void **state)
{
    (void)state;
    for (uint32_t step = 0; step < 60; step++) {
        size_t count = 1 + step % MOST;
        double a[MOST], b[MOST], shuffled_a[MOST], shuffled_b[MOST];
        int32_t order[MOST];
        struct random_stream stream;
        random_open(&stream, 13, RANDOM_TEST, 0, step);
        for (size_t i = 0; i < count; i++)
            order[i] = (int32_t)i;
        random_shuffle(&stream, order, (int64_t)count);
        draw(a, count, 1, step);
        draw(b, count, 2, step);
        for (size_t i = 0; i < count; i++) {
            shuffled_a[i] = a[order[i]];
            shuffled_b[i] = b[order[i]];
        }
        for (int i = 0; i < PAIRED_TESTS; i++) {
            struct test_result result = paired_tests[i](a, b, count);
            struct test_result other = paired_tests[i](shuffled_a, shuffled_b, count);
            assert_true(same_results(&result, &other));
        }
        struct test_result result = test_welch_t(a, count, b, count);
        struct test_result other = test_welch_t(shuffled_a, count, shuffled_b, count);
        assert_true(same_results(&result, &other));
    }
}

/* Labels, and what two classifiers said: only a has one right, only b two, both one. */
static void classifiers(void **state)
{
    (void)state;
    const int32_t labels[] = {0, 1, 2, 3, 4}, a[] = {0, 1, 0, 0, 0}, b[] = {0, 0, 2, 3, 0};
    struct test_result result = test_mcnemar(labels, a, b, 5);
    near(result.difference, -0.2);
    near(result.p, 1);
    near(result.statistic, 1);
    near(result.effect, 0.5);
    near(result.smallest_p, 0.25);
    assert_true(isnan(result.degrees));
    struct test_result other = test_mcnemar(labels, b, a, 5);
    assert_true(other.p == result.p && other.difference == -result.difference);
    assert_true(other.low == -result.high && other.high == -result.low);
    struct test_result equal = test_mcnemar(labels, a, a, 5);
    assert_true(equal.p == 1 && equal.difference == 0 && equal.low == 0 && equal.high == 0);
    assert_true(isnan(equal.effect) && equal.smallest_p == 1);
    assert_true(isinf(test_mcnemar(labels, labels, a, 5).effect));
}

/* Both are wrong, in different ways: that is no example that one alone has right. */
static void wrong_is_wrong(void **state)
{
    (void)state;
    const int32_t labels[] = {0, 0, 0}, a[] = {1, 2, 1}, b[] = {2, 1, 1};
    assert_true(test_mcnemar(labels, a, b, 3).p == 1);
    assert_true(test_mcnemar(labels, a, b, 3).smallest_p == 1);
}

static void a_family_without_some(void **state)
{
    (void)state;
    const double p[] = {0.04, NAN, 0.01, NAN, 0.03};
    double adjusted[5];
    test_holm(p, 5, adjusted);
    near(adjusted[0], 0.06);
    near(adjusted[2], 0.03);
    near(adjusted[4], 0.06);
    assert_true(isnan(adjusted[1]) && isnan(adjusted[3]));
    double itself[] = {0.04, NAN, 0.01};
    test_holm(itself, 3, itself);
    near(itself[0], 0.04);
    near(itself[2], 0.02);
    test_holm((double[]){NAN}, 1, adjusted);
    assert_true(isnan(adjusted[0]));
    test_holm(NULL, 0, NULL);
}

static void a_correction_never_helps(void **state)
{
    (void)state;
    for (uint32_t step = 0; step < 50; step++) {
        double p[MOST], adjusted[MOST];
        size_t count = 1 + step % MOST;
        struct random_stream stream;
        random_open(&stream, 17, RANDOM_TEST, 0, step);
        for (size_t i = 0; i < count; i++)
            p[i] = step % 2 ? random_uniform(&stream) : random_below(&stream, 5) / 50.0;
        test_holm(p, count, adjusted);
        for (size_t i = 0; i < count; i++) {
            assert_true(adjusted[i] >= p[i] && adjusted[i] <= 1);
            assert_true(adjusted[i] <= fmin(1, (double)count * p[i] * (1 + 1e-15)));
            for (size_t j = 0; j < count; j++)
                assert_true(p[i] != p[j] ? (p[i] < p[j]) <= (adjusted[i] <= adjusted[j])
                                         : adjusted[i] == adjusted[j]);
        }
    }
}

static void ends_of_the_seeds_needed(void **state)
{
    (void)state;
    assert_true(isnan(test_seeds_needed(TEST_PAIRED_T, 0, 0.05)));
    assert_true(isnan(test_seeds_needed(TEST_PAIRED_T, NAN, 0.05)));
    assert_true(isnan(test_seeds_needed(TEST_WELCH_T, 1, 0)));
    assert_true(isnan(test_seeds_needed(TEST_WELCH_T, 1, 1)));
    assert_true(isnan(test_seeds_needed(TEST_WELCH_T, 1, NAN)));
    assert_true(isnan(test_seeds_needed(TEST_MCNEMAR, 1, 0.05)));
    assert_true(isinf(test_seeds_needed(TEST_PAIRED_T, 0.02, 0.05)));
    assert_true(isinf(test_seeds_needed(TEST_WELCH_T, 1e-300, 0.05)));
    assert_true(test_seeds_needed(TEST_PAIRED_T, 1e6, 0.05) == 2);
    assert_true(test_seeds_needed(TEST_WELCH_T, INFINITY, 0.05) == 2);
    assert_true(test_seeds_needed(TEST_PAIRED_T, -0.8, 0.05) ==
                test_seeds_needed(TEST_PAIRED_T, 0.8, 0.05));
}

/* The losses at both bounds: by scipy.stats.nct, power(0.788) is 0.9 at 19, 0.8 at 15. */
static void seeds_between_two_bounds(void **state)
{
    (void)state;
    const double d = 0.0201 / 0.0255;
    assert_true(test_seeds_between(d, INFINITY, 0.05) == 15);
    assert_true(test_seeds_between(INFINITY, d, 0.05) == 15);
    assert_true(test_seeds_between(d, d, 0.05) == 19);
    assert_true(test_seeds_between(d, 2 * d, 0.05) == 15);
    assert_true(test_seeds_between(2 * d, d, 0.05) == 15);
    assert_true(isinf(test_seeds_between(0.01, 1, 0.05)));
    assert_true(isnan(test_seeds_between(0, 1, 0.05)));
    assert_true(isnan(test_seeds_between(1, 0, 0.05)));
    assert_true(isnan(test_seeds_between(INFINITY, INFINITY, 0.05)));
    assert_true(isnan(test_seeds_between(NAN, NAN, 0.05)));
}

/* Five seeds of one sign give p = 1/16 at best: a test of the signs needs six, whatever the
 * difference. */
static void tests_of_signs_need_enough_signs(void **state)
{
    (void)state;
    assert_true(test_seeds_needed(TEST_PAIRED_T, 100, 0.05) == 2);
    for (int kind = TEST_WILCOXON; kind <= TEST_PERMUTATION; kind++) {
        assert_true(test_seeds_needed(kind, 100, 0.05) == 6);
        assert_true(test_seeds_needed(kind, 100, 0.0625) == 5);
        assert_true(test_seeds_needed(kind, 0.5, 0.05) ==
                    test_seeds_needed(TEST_PAIRED_T, 0.5, 0.05));
    }
}

/* The d_z of few pairs is too large; what is known already of g is not corrected again. */
static void effects_for_planning(void **state)
{
    (void)state;
    const double factors[][2] = {{2, 0.685936}, {3, 0.838052}, {5, 0.917835}, {30, 0.988528}};
    for (size_t i = 0; i < 4; i++) {
        const struct test_result result = {
            .kind = TEST_WILCOXON, .n = (size_t)factors[i][0], .effect = -2};
        assert_true(fabs(test_planning_effect(&result) + 2 * factors[i][1]) < 1e-5);
    }
    const struct test_result welch = {.kind = TEST_WELCH_T, .n = 2, .n_b = 2, .effect = 0.7};
    assert_true(test_planning_effect(&welch) == 0.7);
    const struct test_result none = {.kind = TEST_PAIRED_T, .n = 1, .effect = NAN};
    assert_true(isnan(test_planning_effect(&none)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_test_has_a_name),
        cmocka_unit_test(too_few_figures),
        cmocka_unit_test(equal_differences),
        cmocka_unit_test(no_difference_at_all),
        cmocka_unit_test(samples_without_spread),
        cmocka_unit_test(equal_means_differ_by_zero),
        cmocka_unit_test(last_bits_are_no_difference),
        cmocka_unit_test(differences_beyond_all_numbers),
        cmocka_unit_test(a_swap_turns_signs_and_nothing_else),
        cmocka_unit_test(any_order_gives_the_same_bits),
        cmocka_unit_test(classifiers),
        cmocka_unit_test(wrong_is_wrong),
        cmocka_unit_test(a_family_without_some),
        cmocka_unit_test(a_correction_never_helps),
        cmocka_unit_test(ends_of_the_seeds_needed),
        cmocka_unit_test(seeds_between_two_bounds),
        cmocka_unit_test(tests_of_signs_need_enough_signs),
        cmocka_unit_test(effects_for_planning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
