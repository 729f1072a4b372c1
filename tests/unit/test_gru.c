#include "unit/layer_trial.h"

extern const struct layer layer_gru;

enum { AFTER, BEFORE };
enum { STEPS = 6, BATCH = 4, INPUTS = 5, MOST_UNITS = 37 };

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Row ROW of W x + b_ih, with the bias of the input's side. */
static double input_sum(const struct trial *trial, int64_t row, const float *x)
{
    double sum = (double)trial->weights[2][row];
    for (int64_t i = 0; i < INPUTS; i++)
        sum += (double)trial->weights[0][row * INPUTS + i] * (double)x[i];
    return sum;
}

/* Row ROW of U h + b_hh. */
static double hidden_sum(const struct trial *trial, int64_t row, const double *h)
{
    int64_t units = trial->plan.out.features;
    double sum = trial->plan.tensor_count > 3 ? (double)trial->weights[3][row] : 0;
    for (int64_t i = 0; i < units; i++)
        sum += (double)trial->weights[1][row * units + i] * h[i];
    return sum;
}

/* One step of one example in double precision; H is replaced. */
static void reference_step(const struct trial *trial, int reset, const float *x, double *h)
{
    int64_t units = trial->plan.out.features;
    double r[MOST_UNITS], reset_h[MOST_UNITS], next[MOST_UNITS];
    for (int64_t j = 0; j < units; j++) {
        r[j] = sigmoid(input_sum(trial, j, x) + hidden_sum(trial, j, h));
        reset_h[j] = r[j] * h[j];
    }
    for (int64_t j = 0; j < units; j++) {
        double z = sigmoid(input_sum(trial, units + j, x) + hidden_sum(trial, units + j, h));
        double n = reset == AFTER ? r[j] * hidden_sum(trial, 2 * units + j, h)
                                  : hidden_sum(trial, 2 * units + j, reset_h);
        next[j] = (1 - z) * tanh(input_sum(trial, 2 * units + j, x) + n) + z * h[j];
    }
    memcpy(h, next, (size_t)units * sizeof *h);
}

static void compare_forward(const void *params, int64_t units, int reset)
{
    struct trial trial;
    trial_open(&trial, &layer_gru, params, STEPS, BATCH, INPUTS);
    trial_forward(&trial);
    for (int b = 0; b < BATCH; b++) {
        double h[MOST_UNITS] = {0};
        for (int t = 0; t < STEPS; t++) {
            reference_step(&trial, reset, trial.in + (t * BATCH + b) * INPUTS, h);
            for (int64_t j = 0; j < units; j++)
                assert_true(fabs((double)trial.out[(t * BATCH + b) * units + j] - h[j]) <= 3e-6);
        }
    }
    trial_close(&trial);
}

static void each_variant(void (*check)(const void *params, int64_t units, int reset),
                         const int64_t sizes[], size_t count)
{
    for (size_t i = 0; i < count; i++)
        for (int reset = AFTER; reset <= BEFORE; reset++)
            for (int recurrent_bias = 0; recurrent_bias < 2; recurrent_bias++) {
                void *params = trial_params(&layer_gru, sizes[i]);
                *(int *)trial_param(&layer_gru, params, "reset") = reset;
                *(bool *)trial_param(&layer_gru, params, "recurrent_bias") = recurrent_bias;
                check(params, sizes[i], reset);
                free(params);
            }
}

static void forward_follows_the_equations(void **state)
{
    (void)state;
    each_variant(compare_forward, (const int64_t[]){1, 16, MOST_UNITS}, 3);
}

static void check_contract(const void *params, int64_t units, int reset)
{
    (void)units;
    (void)reset;
    check_layer(&layer_gru, params);
}

static void contract_is_kept(void **state)
{
    (void)state;
    each_variant(check_contract, (const int64_t[]){1, 6, 19}, 3);
}

static void tensors_and_presets(void **state)
{
    (void)state;
    struct trial trial;
    void *params = trial_params(&layer_gru, 8);
    *(bool *)trial_param(&layer_gru, params, "unit_gate_bias") = true;
    trial_open(&trial, &layer_gru, params, 28, 2, 5);
    const struct tensor *tensors = trial.plan.tensors;
    assert_int_equal(trial.plan.tensor_count, 3);
    assert_int_equal(tensors[0].rows, 24);
    assert_int_equal(tensors[1].columns, 8);
    assert_int_equal(tensors[2].unit_from, 0);
    assert_int_equal(tensors[2].unit_to, 16);
    assert_true(tensors[2].unit_value == 1);
    assert_true(trial.plan.operations == 2.0 * 24 * (28 * 5 + 27 * 8));
    trial_close(&trial);
    free(params);
    const struct param *bias = trial_param_entry(&layer_gru, "recurrent_bias");
    assert_string_equal(bias->preset[INIT_KERAS], "true");
    const struct param *reset = trial_param_entry(&layer_gru, "reset");
    assert_string_equal(reset->preset[INIT_TF1], "before");
    const struct param *unit = trial_param_entry(&layer_gru, "unit_gate_bias");
    assert_string_equal(unit->preset[INIT_TF1], "true");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(forward_follows_the_equations),
        cmocka_unit_test(contract_is_kept),
        cmocka_unit_test(tensors_and_presets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
