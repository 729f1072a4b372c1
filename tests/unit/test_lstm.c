#include "unit/layer_trial.h"

extern const struct layer layer_lstm;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* What the equations say, in double precision. */
struct reference {
    double (*activation)(double), (*gate)(double);
    double forget_bias;
};

static double row_sum(const struct trial *trial, int64_t row, const float *x, const double *h)
{
    int64_t inputs = trial->plan.in.features, units = trial->plan.out.features;
    double sum = 0;
    for (int64_t i = 0; i < inputs; i++)
        sum += (double)trial->weights[0][row * inputs + i] * (double)x[i];
    for (int64_t i = 0; i < units; i++)
        sum += (double)trial->weights[1][row * units + i] * h[i];
    for (int bias = 2; bias < trial->plan.tensor_count; bias++)
        sum += (double)trial->weights[bias][row];
    return sum;
}

static void compare_forward(const void *params, int64_t units, struct reference reference)
{
    enum { STEPS = 7, BATCH = 5, INPUTS = 6 };
    struct trial trial;
    trial_open(&trial, &layer_lstm, params, STEPS, BATCH, INPUTS);
    trial_forward(&trial);
    double *h = calloc((size_t)units, sizeof *h), *next = calloc((size_t)units, sizeof *next);
    double *c = calloc((size_t)units, sizeof *c);
    for (int b = 0; b < BATCH; b++) {
        memset(h, 0, (size_t)units * sizeof *h);
        memset(c, 0, (size_t)units * sizeof *c);
        for (int t = 0; t < STEPS; t++) {
            const float *x = trial.in + (t * BATCH + b) * INPUTS;
            for (int64_t j = 0; j < units; j++) {
                double i = reference.gate(row_sum(&trial, j, x, h));
                double f = reference.gate(row_sum(&trial, units + j, x, h) + reference.forget_bias);
                double g = reference.activation(row_sum(&trial, 2 * units + j, x, h));
                double o = reference.gate(row_sum(&trial, 3 * units + j, x, h));
                c[j] = f * c[j] + i * g;
                next[j] = o * reference.activation(c[j]);
            }
            memcpy(h, next, (size_t)units * sizeof *h);
            for (int64_t j = 0; j < units; j++) {
                double found = (double)trial.out[(t * BATCH + b) * units + j];
                assert_true(fabs(found - h[j]) <= 3e-6 * (1 + fabs(h[j])));
            }
        }
    }
    free(h);
    free(c);
    free(next);
    trial_close(&trial);
}

static void forward_follows_the_equations(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 16, 37};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *params = trial_params(&layer_lstm, sizes[i]);
        compare_forward(params, sizes[i], (struct reference){tanh, sigmoid, 0});
        *(double *)trial_param(&layer_lstm, params, "forget_bias") = 1;
        compare_forward(params, sizes[i], (struct reference){tanh, sigmoid, 1});
        *(bool *)trial_param(&layer_lstm, params, "recurrent_bias") = true;
        compare_forward(params, sizes[i], (struct reference){tanh, sigmoid, 1});
        free(params);
    }
}

static double relu(double x)
{
    return x > 0 ? x : 0;
}

static double linear(double x)
{
    return x;
}

static double hard_sigmoid(double x)
{
    return fmax(0, fmin(1, 0.2 * x + 0.5));
}

static void other_activations_follow_the_equations(void **state)
{
    (void)state;
    double (*const activations[])(double) = {tanh, relu, sigmoid, linear};
    double (*const gates[])(double) = {sigmoid, hard_sigmoid};
    for (int activation = 0; activation < 4; activation++)
        for (int gate = 0; gate < 2; gate++) {
            void *params = trial_params(&layer_lstm, 9);
            *(int *)trial_param(&layer_lstm, params, "activation") = activation;
            *(int *)trial_param(&layer_lstm, params, "gate_activation") = gate;
            compare_forward(params, 9, (struct reference){activations[activation], gates[gate], 0});
            free(params);
        }
}

static void contract_is_kept(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 6, 19};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *params = trial_params(&layer_lstm, sizes[i]);
        check_layer(&layer_lstm, params);
        *(double *)trial_param(&layer_lstm, params, "forget_bias") = 1;
        *(bool *)trial_param(&layer_lstm, params, "recurrent_bias") = true;
        check_layer(&layer_lstm, params);
        free(params);
    }
}

static void smooth_activations_have_right_gradients(void **state)
{
    (void)state;
    for (int activation = 2; activation < 4; activation++) {
        void *params = trial_params(&layer_lstm, 4);
        *(int *)trial_param(&layer_lstm, params, "activation") = activation;
        check_gradients(&layer_lstm, params);
        free(params);
    }
}

/* With weights this small nothing comes near a kink, where differences say nothing. */
static void kinked_activations_have_right_gradients(void **state)
{
    (void)state;
    void *params = trial_params(&layer_lstm, 4);
    *(int *)trial_param(&layer_lstm, params, "activation") = 1;
    *(int *)trial_param(&layer_lstm, params, "gate_activation") = 1;
    struct trial trial;
    trial_open(&trial, &layer_lstm, params, 3, 2, 2);
    for (int i = 0; i < trial.plan.tensor_count; i++)
        for (int64_t j = 0; j < tensor_size(&trial.plan.tensors[i]); j++)
            trial.weights[i][j] *= 0.1f;
    for (int64_t j = 8; j < 12; j++) /* the candidate's bias */
        trial.weights[2][j] = 1;
    trial_forward(&trial);
    trial_backward(&trial, true);
    trial_compare_slopes(&trial, "input", trial.in, trial.in_gradient, trial_in_count(&trial), 1);
    for (int i = 0; i < trial.plan.tensor_count; i++)
        trial_compare_slopes(&trial, trial.plan.tensors[i].name, trial.weights[i],
                             trial.gradients[i], (size_t)tensor_size(&trial.plan.tensors[i]), 1);
    trial_close(&trial);
    free(params);
}

static void tensors_are_described(void **state)
{
    (void)state;
    struct trial trial;
    void *params = trial_params(&layer_lstm, 8);
    trial_open(&trial, &layer_lstm, params, 28, 2, 5);
    const struct tensor *tensors = trial.plan.tensors;
    assert_int_equal(trial.plan.tensor_count, 3);
    assert_string_equal(tensors[0].name, "weight_ih");
    assert_string_equal(tensors[1].name, "weight_hh");
    assert_string_equal(tensors[2].name, "bias");
    const int64_t columns[] = {5, 8, 0}, fan_in[] = {5, 8, 5};
    for (int i = 0; i < 3; i++) {
        assert_int_equal(tensors[i].rows, 32);
        assert_int_equal(tensors[i].columns, columns[i]);
        assert_int_equal(tensors[i].fan_in, fan_in[i]);
        assert_int_equal(tensors[i].fan_out, 32);
        assert_int_equal(tensors[i].joint_fan_in, 13);
        assert_int_equal(tensors[i].hidden, 8);
        assert_int_equal(tensors[i].decays, i < 2);
        assert_int_equal(tensors[i].unit_from, i == 2 ? 8 : 0);
        assert_int_equal(tensors[i].unit_to, i == 2 ? 16 : 0);
    }
    assert_true(tensors[2].unit_value == 1);
    assert_int_equal(trial.plan.out.features, 8);
    assert_int_equal(trial.plan.out.reversed_from, 8);
    assert_true(trial.plan.operations == 2.0 * 32 * (28 * 5 + 27 * 8));
    assert_true(trial.plan.input_gradient_operations == 2.0 * 32 * 28 * 5);
    trial_close(&trial);
    *(bool *)trial_param(&layer_lstm, params, "recurrent_bias") = true;
    *(bool *)trial_param(&layer_lstm, params, "unit_forget_bias") = false;
    trial_open(&trial, &layer_lstm, params, 28, 2, 5);
    assert_int_equal(trial.plan.tensor_count, 4);
    assert_string_equal(tensors[2].name, "bias_ih");
    assert_string_equal(tensors[3].name, "bias_hh");
    assert_int_equal(tensors[2].unit_from, tensors[2].unit_to);
    assert_int_equal(tensors[3].unit_from, tensors[3].unit_to);
    trial_close(&trial);
    free(params);
}

static void presets_are_the_frameworks(void **state)
{
    (void)state;
    static const struct {
        const char *name, *tf1, *keras, *pytorch;
    } expected[] = {
        {"kernel_init", "{glorot: {fans: joint}}", "glorot",
         "{uniform: {limit: 1, over: sqrt_hidden}}"},
        {"recurrent_init", "{glorot: {fans: joint}}", "orthogonal",
         "{uniform: {limit: 1, over: sqrt_hidden}}"},
        {"bias_init", "zeros", "zeros", "{uniform: {limit: 1, over: sqrt_hidden}}"},
        {"recurrent_bias", "false", "false", "true"},
        {"forget_bias", "1", "0", "0"},
        {"unit_forget_bias", "false", "true", "false"},
    };
    assert_string_equal(layer_lstm.module.params[0].name, "units");
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        const struct param *param = trial_param_entry(&layer_lstm, expected[i].name);
        assert_string_equal(param->preset[INIT_TF1], expected[i].tf1);
        assert_string_equal(param->preset[INIT_KERAS], expected[i].keras);
        assert_string_equal(param->preset[INIT_PYTORCH], expected[i].pytorch);
    }
}

static void too_many_rows_are_rejected(void **state)
{
    (void)state;
    void *params = trial_params(&layer_lstm, 1);
    static struct layer_plan plan;
    struct error error = {0};
    plan.in = plan.out = (struct sequence){.steps = 1 << 20, .features = 1, .reversed_from = 1};
    plan.batch = 1 << 11;
    assert_int_equal(layer_lstm.describe(params, &plan, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "smaller batch"));
    free(params);
}

/* A value that is not a number must reach the output, so that the run ends as diverged. */
static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (int activation = 0; activation < 4; activation++)
        for (int gate = 0; gate < 2; gate++) {
            struct trial trial;
            void *params = trial_params(&layer_lstm, 5);
            *(int *)trial_param(&layer_lstm, params, "activation") = activation;
            *(int *)trial_param(&layer_lstm, params, "gate_activation") = gate;
            trial_open(&trial, &layer_lstm, params, 2, 1, 2);
            trial.in[0] = NAN;
            trial_forward(&trial);
            for (size_t i = 0; i < trial_out_count(&trial); i++)
                assert_true(isnan(trial.out[i]));
            trial_close(&trial);
            free(params);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_follows_the_equations),
        cmocka_unit_test(other_activations_follow_the_equations),
        cmocka_unit_test(contract_is_kept),
        cmocka_unit_test(smooth_activations_have_right_gradients),
        cmocka_unit_test(kinked_activations_have_right_gradients),
        cmocka_unit_test(tensors_are_described),
        cmocka_unit_test(presets_are_the_frameworks),
        cmocka_unit_test(too_many_rows_are_rejected),
        cmocka_unit_test(nan_is_not_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
