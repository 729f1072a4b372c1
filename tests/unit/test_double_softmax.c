#include "unit/loss_values.h"

extern const struct loss loss_double_softmax;

static const struct loss *const loss = &loss_double_softmax;

/* log(e^(1/6) + e^(2/6) + e^(3/6)) − p_y, with p = (1, 2, 3) / 6. */
static void test_loss(void **state)
{
    (void)state;
    values_check_table(&loss->module, NULL);
    const float logits[LOSS_CLASSES] = LOSS_LOGITS;
    double log_sum = log(exp(1 / 6.0) + exp(2 / 6.0) + exp(3 / 6.0));
    for (int32_t label = 0; label < LOSS_CLASSES; label++) {
        float value;
        loss->evaluate(NULL, logits, &label, 1, LOSS_CLASSES, 1, &value, NULL);
        assert_float_equal(value, log_sum - (label + 1) / 6.0, 1e-6);
    }
}

static void test_gradient(void **state)
{
    (void)state;
    check_gradient(loss, NULL, (float[])LOSS_LOGITS, LOSS_CLASSES);
    const float ten[10] = {0.3f, -1, 2, 0.5f, 0, 1.5f, -0.7f, 1, -2, 0.1f};
    check_gradient(loss, NULL, ten, 10);
}

static void test_the_gradient_is_scaled(void **state)
{
    (void)state;
    const float logits[LOSS_CLASSES] = LOSS_LOGITS;
    float value, whole[LOSS_CLASSES], part[LOSS_CLASSES];
    loss->evaluate(NULL, logits, &(int32_t){1}, 1, LOSS_CLASSES, 1, &value, whole);
    loss->evaluate(NULL, logits, &(int32_t){1}, 1, LOSS_CLASSES, 0.25f, &value, part);
    for (int j = 0; j < LOSS_CLASSES; j++)
        assert_float_equal(part[j], 0.25 * whole[j], 1e-7);
}

/* A certain and right answer of ten classes still costs log(1 + 9/e). */
static void test_the_loss_has_a_floor(void **state)
{
    (void)state;
    float logits[10] = {1000}, value, gradient[10];
    loss->evaluate(NULL, logits, &(int32_t){0}, 1, 10, 1, &value, gradient);
    assert_float_equal(value, log(1 + 9 / M_E), 1e-6);
    for (int j = 0; j < 10; j++)
        assert_float_equal(gradient[j], 0, 0);
}

static void test_what_is_not_finite_shows(void **state)
{
    (void)state;
    check_not_finite_shows(loss, NULL);
}

static void test_probabilities_are_the_first_softmax(void **state)
{
    (void)state;
    float found[LOSS_CLASSES];
    loss->probabilities(NULL, (float[])LOSS_LOGITS, 1, LOSS_CLASSES, found);
    for (int j = 0; j < LOSS_CLASSES; j++)
        assert_float_equal(found[j], (j + 1) / 6.0, 1e-7);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss),
        cmocka_unit_test(test_gradient),
        cmocka_unit_test(test_the_gradient_is_scaled),
        cmocka_unit_test(test_the_loss_has_a_floor),
        cmocka_unit_test(test_what_is_not_finite_shows),
        cmocka_unit_test(test_probabilities_are_the_first_softmax),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
