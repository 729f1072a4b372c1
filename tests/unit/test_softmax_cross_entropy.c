#include "unit/loss_values.h"

extern const struct loss loss_softmax_cross_entropy;

static const struct loss *const loss = &loss_softmax_cross_entropy;

static void test_loss_and_gradient(void **state)
{
    (void)state;
    values_check_table(&loss->module, "label_smoothing");
    void *values = values_new(&loss->module);
    const float logits[2 * LOSS_CLASSES] = {0, 0.69314718f, 1.0986123f, 0, 0.69314718f, 1.0986123f};
    const int32_t labels[2] = {2, 0};
    float losses[2], gradient[2 * LOSS_CLASSES];
    loss->evaluate(values, logits, labels, 2, LOSS_CLASSES, 0.5f, losses, gradient);
    assert_float_equal(losses[0], log(2), 1e-6);
    assert_float_equal(losses[1], log(6), 1e-6);
    const double expected[] = {1 / 12.0, 2 / 12.0, -3 / 12.0, -5 / 12.0, 2 / 12.0, 3 / 12.0};
    for (int i = 0; i < 2 * LOSS_CLASSES; i++)
        assert_float_equal(gradient[i], expected[i], 1e-7);
    check_gradient(loss, values, logits, LOSS_CLASSES);
    memory_free(values);
}

/* Target (0.1, 0.1, 0.8): log 6 − 0.1 log 2 − 0.8 log 3. */
static void test_label_smoothing(void **state)
{
    (void)state;
    void *values = values_new(&loss->module);
    values_set(&loss->module, values, "label_smoothing", 0.3);
    const float logits[LOSS_CLASSES] = LOSS_LOGITS;
    float value, gradient[LOSS_CLASSES];
    loss->evaluate(values, logits, &(int32_t){2}, 1, LOSS_CLASSES, 1, &value, gradient);
    assert_float_equal(value, log(6) - 0.1 * log(2) - 0.8 * log(3), 1e-6);
    assert_float_equal(gradient[0], 1 / 6.0 - 0.1, 1e-6);
    assert_float_equal(gradient[1], 2 / 6.0 - 0.1, 1e-6);
    assert_float_equal(gradient[2], 3 / 6.0 - 0.8, 1e-6);
    check_gradient(loss, values, logits, LOSS_CLASSES);
    memory_free(values);
}

static void test_large_logits_do_not_overflow(void **state)
{
    (void)state;
    void *values = values_new(&loss->module);
    const float logits[LOSS_CLASSES] = {3e38f, 0, -3e38f};
    float value, gradient[LOSS_CLASSES];
    loss->evaluate(values, logits, &(int32_t){0}, 1, LOSS_CLASSES, 1, &value, gradient);
    assert_float_equal(value, 0, 0);
    assert_float_equal(gradient[0], 0, 0);
    loss->evaluate(values, logits, &(int32_t){1}, 1, LOSS_CLASSES, 1, &value, gradient);
    assert_float_equal(value, 3e38f, 0);
    assert_float_equal(gradient[0], 1, 0);
    assert_float_equal(gradient[1], -1, 0);
    memory_free(values);
}

static void test_what_is_not_finite_shows(void **state)
{
    (void)state;
    void *values = values_new(&loss->module);
    check_not_finite_shows(loss, values);
    values_set(&loss->module, values, "label_smoothing", 0.1);
    check_not_finite_shows(loss, values);
    memory_free(values);
}

static void test_probabilities(void **state)
{
    (void)state;
    const float logits[2 * LOSS_CLASSES] = {0, 0.69314718f, 1.0986123f, 1000, 1000, 1000};
    float found[2 * LOSS_CLASSES];
    loss->probabilities(NULL, logits, 2, LOSS_CLASSES, found);
    for (int j = 0; j < LOSS_CLASSES; j++) {
        assert_float_equal(found[j], (j + 1) / 6.0, 1e-7);
        assert_float_equal(found[LOSS_CLASSES + j], 1 / 3.0, 1e-7);
    }
}

static void test_range(void **state)
{
    (void)state;
    assert_false(values_allow(&loss->module, "label_smoothing", 1));
    assert_false(values_allow(&loss->module, "label_smoothing", -0.1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_loss_and_gradient),
        cmocka_unit_test(test_label_smoothing),
        cmocka_unit_test(test_large_logits_do_not_overflow),
        cmocka_unit_test(test_what_is_not_finite_shows),
        cmocka_unit_test(test_probabilities),
        cmocka_unit_test(test_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
