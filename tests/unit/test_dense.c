#include "unit/layer_values.h"

extern const struct layer layer_dense;

static const struct module *const module = &layer_dense.module;
static const struct sequence sequence = {.steps = 2, .features = 3, .reversed_from = 3};

/* W = (1 2 3; −1 0 1), b = (0.5, −4), x = (1, 1, 1): W x + b = (6.5, −4). */
static void check_activation(const char *activation, double first, double second)
{
    void *values = values_new(module);
    values_set(module, values, "units", 2);
    values_choose(module, values, "activation", activation);
    struct bench bench;
    bench_init(&bench, &layer_dense, values, sequence, 1);
    memcpy(bench.weights[0], (float[]){1, 2, 3, -1, 0, 1}, 6 * sizeof(float));
    memcpy(bench.weights[1], (float[]){0.5f, -4}, 2 * sizeof(float));
    for (int i = 0; i < 6; i++)
        bench.in[i] = i < 3 ? 1 : 0;
    bench_forward(&bench);
    assert_float_equal(bench.out[0], first, 1e-6);
    assert_float_equal(bench.out[1], second, 1e-6);
    bench_release(&bench);
    memory_free(values);
}

static void test_activations(void **state)
{
    (void)state;
    values_check_table(module, "units");
    check_activation("linear", 6.5, -4);
    check_activation("relu", 6.5, 0);
    check_activation("tanh", tanh(6.5), tanh(-4));
    check_activation("sigmoid", 1 / (1 + exp(-6.5)), 1 / (1 + exp(4)));
}

/* Each step by itself: the second step is all zero, so its output is the bias. */
static void test_each_step_by_itself(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    bench_init(&bench, &layer_dense, values, sequence, 2);
    memset(bench.in + 6, 0, 6 * sizeof(float));
    bench_forward(&bench);
    assert_int_equal(bench.plan.out.features, 10); /* units: none gives the number of classes */
    for (int b = 0; b < 2; b++)
        for (int j = 0; j < 10; j++)
            assert_float_equal(bench.out[20 + b * 10 + j], bench.weights[1][j], 0);
    bench_release(&bench);
    memory_free(values);
}

static void test_gradients(void **state)
{
    (void)state;
    static const char *const names[] = {"linear", "tanh", "sigmoid", "relu"};
    for (int i = 0; i < 4; i++) {
        void *values = values_new(module);
        values_set(module, values, "units", 5);
        values_choose(module, values, "activation", names[i]);
        struct bench bench;
        bench_init(&bench, &layer_dense, values, sequence, 4);
        bench.call.batch = 3;
        /* Sums of three products of values below 1 and a bias of ±4 stay clear of relu's kink. */
        for (int j = 0; j < 5; j++)
            bench.weights[1][j] = j % 2 ? 4 : i == 3 ? -4 : 0.25f;
        bench_check_gradients(&bench);
        bench_check_optional_memory(&bench);
        bench_release(&bench);
        memory_free(values);
    }
}

static void test_without_bias(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "bias", false);
    struct bench bench;
    bench_init(&bench, &layer_dense, values, sequence, 2);
    assert_int_equal(bench.plan.tensor_count, 1);
    memset(bench.in, 0, (size_t)bench_in_size(&bench) * sizeof(float));
    bench_forward(&bench);
    for (int64_t i = 0; i < bench_out_size(&bench); i++)
        assert_float_equal(bench.out[i], 0, 0);
    bench_check_gradients(&bench);
    bench_release(&bench);
    memory_free(values);
}

static void test_tensors(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct bench bench;
    bench_init(&bench, &layer_dense, values, sequence, 2);
    const struct tensor *weight = &bench.plan.tensors[0], *bias = &bench.plan.tensors[1];
    assert_int_equal(bench.plan.tensor_count, 2);
    assert_string_equal(weight->name, "weight");
    assert_int_equal(weight->rows, 10);
    assert_int_equal(weight->columns, 3);
    assert_int_equal(weight->fan_in, 3);
    assert_int_equal(weight->joint_fan_in, 3);
    assert_int_equal(weight->fan_out, 10);
    assert_int_equal(weight->hidden, 3);
    assert_true(weight->decays);
    assert_string_equal(bias->name, "bias");
    assert_int_equal(bias->rows, 10);
    assert_int_equal(bias->columns, 0);
    assert_int_equal(bias->hidden, 3);
    assert_false(bias->decays);
    assert_true(bench.plan.operations == 2 * 2 * 3 * 10);
    bench_release(&bench);
    memory_free(values);
}

/* What the directions of the input make of the output's. */
static void check_directions(int64_t reversed_from, bool mixes, int64_t expected, bool mixed)
{
    void *values = values_new(module);
    struct sequence in = {
        .steps = 2, .features = 3, .reversed_from = reversed_from, .mixes_directions = mixes};
    struct layer_plan plan = {.in = in, .out = in, .classes = 10, .batch = 2};
    struct error error;
    assert_int_equal(layer_dense.describe(values, &plan, &error), 0);
    assert_int_equal(plan.out.reversed_from, expected);
    assert_int_equal(plan.out.mixes_directions, mixed);
    memory_free(values);
}

static void test_directions(void **state)
{
    (void)state;
    check_directions(3, false, 10, false);
    check_directions(0, false, 0, false);
    check_directions(2, false, 10, true);
    check_directions(3, true, 10, true);
}

static void test_what_cannot_work_is_refused(void **state)
{
    (void)state;
    void *values = values_new(module);
    struct error error = {0};
    struct layer_plan plan = {.in = sequence, .out = sequence, .batch = 2, .classes = 0};
    assert_int_equal(layer_dense.describe(values, &plan, &error), -1);
    assert_non_null(strstr(error.text, "give units"));
    plan.classes = 10;
    plan.in.steps = 1 << 30;
    assert_int_equal(layer_dense.describe(values, &plan, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "smaller batch"));
    assert_false(values_allow(module, "units", 0));
    assert_true(values_find(module, "units")->flags & PARAM_OPTIONAL);
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activations),
        cmocka_unit_test(test_each_step_by_itself),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_without_bias),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_directions),
        cmocka_unit_test(test_what_cannot_work_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
