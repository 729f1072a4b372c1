#include "unit/layer_trial.h"

extern const struct layer layer_rnn;

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

static double relu(double x)
{
    return x > 0 ? x : 0;
}

static double linear(double x)
{
    return x;
}

enum { ACTIVATIONS = 4 };
static double (*const activations[ACTIVATIONS])(double) = {tanh, relu, sigmoid, linear};

/* h = f(W x + U h' + b), in double precision. */
static void compare_forward(const void *params, int64_t units, double (*activation)(double))
{
    enum { STEPS = 6, BATCH = 4, INPUTS = 5 };
    struct trial trial;
    trial_open(&trial, &layer_rnn, params, STEPS, BATCH, INPUTS);
    for (int64_t i = 0; i < units * units; i++)
        trial.weights[1][i] *= 0.5f; /* else relu's and linear's states explode */
    trial_forward(&trial);
    double *h = calloc((size_t)units, sizeof *h), *next = calloc((size_t)units, sizeof *next);
    for (int b = 0; b < BATCH; b++) {
        memset(h, 0, (size_t)units * sizeof *h);
        for (int t = 0; t < STEPS; t++) {
            const float *x = trial.in + (t * BATCH + b) * INPUTS;
            for (int64_t j = 0; j < units; j++) {
                double sum = 0;
                for (int64_t i = 0; i < INPUTS; i++)
                    sum += (double)trial.weights[0][j * INPUTS + i] * (double)x[i];
                for (int64_t i = 0; i < units; i++)
                    sum += (double)trial.weights[1][j * units + i] * h[i];
                for (int bias = 2; bias < trial.plan.tensor_count; bias++)
                    sum += (double)trial.weights[bias][j];
                next[j] = activation(sum);
            }
            memcpy(h, next, (size_t)units * sizeof *h);
            for (int64_t j = 0; j < units; j++) {
                double found = (double)trial.out[(t * BATCH + b) * units + j];
                assert_true(fabs(found - h[j]) <= 5e-6 * (1 + fabs(h[j])));
            }
        }
    }
    free(h);
    free(next);
    trial_close(&trial);
}

static void forward_follows_the_equation(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 16, 21};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int activation = 0; activation < ACTIVATIONS; activation++) {
            void *params = trial_params(&layer_rnn, sizes[i]);
            *(int *)trial_param(&layer_rnn, params, "activation") = activation;
            compare_forward(params, sizes[i], activations[activation]);
            *(bool *)trial_param(&layer_rnn, params, "recurrent_bias") = true;
            compare_forward(params, sizes[i], activations[activation]);
            free(params);
        }
}

static void contract_is_kept(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 6, 19};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        void *params = trial_params(&layer_rnn, sizes[i]);
        check_layer(&layer_rnn, params);
        *(bool *)trial_param(&layer_rnn, params, "recurrent_bias") = true;
        check_layer(&layer_rnn, params);
        free(params);
    }
}

static void every_activation_has_right_gradients(void **state)
{
    (void)state;
    for (int activation = 0; activation < ACTIVATIONS; activation++) {
        struct trial trial;
        void *params = trial_params(&layer_rnn, 4);
        *(int *)trial_param(&layer_rnn, params, "activation") = activation;
        trial_open(&trial, &layer_rnn, params, 3, 2, 2);
        for (int i = 0; i < trial.plan.tensor_count; i++)
            for (int64_t j = 0; j < tensor_size(&trial.plan.tensors[i]); j++)
                trial.weights[i][j] *= 0.1f;
        for (int64_t j = 0; j < 4; j++)
            trial.weights[2][j] = j % 2 ? 1 : -1; /* far from relu's kink, on both sides of it */
        trial_forward(&trial);
        trial_backward(&trial, true);
        trial_compare_slopes(&trial, "input", trial.in, trial.in_gradient, trial_in_count(&trial),
                             1);
        for (int i = 0; i < trial.plan.tensor_count; i++)
            trial_compare_slopes(&trial, trial.plan.tensors[i].name, trial.weights[i],
                                 trial.gradients[i], (size_t)tensor_size(&trial.plan.tensors[i]),
                                 1);
        trial_close(&trial);
        free(params);
    }
}

static void nan_is_not_hidden(void **state)
{
    (void)state;
    for (int activation = 0; activation < ACTIVATIONS; activation++) {
        struct trial trial;
        void *params = trial_params(&layer_rnn, 19);
        *(int *)trial_param(&layer_rnn, params, "activation") = activation;
        trial_open(&trial, &layer_rnn, params, 2, 1, 2);
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
        cmocka_unit_test(forward_follows_the_equation),
        cmocka_unit_test(contract_is_kept),
        cmocka_unit_test(every_activation_has_right_gradients),
        cmocka_unit_test(nan_is_not_hidden),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
