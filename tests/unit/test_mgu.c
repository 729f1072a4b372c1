/* The plugin's source itself, so that its numbers are tested without loading a file. */
#include "../../plugins/mgu.c"

#include "unit/layer_values.h"

static const struct module *const module = &layer_mgu.module;
static const struct sequence sequence = {.steps = 4, .features = 3, .reversed_from = 3};

static double sigmoid(double x)
{
    return 1 / (1 + exp(-x));
}

/* Row ROW of MATRIX [rows, COUNT] times X [COUNT]. */
static double row_times(const float *matrix, int64_t row, const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t k = 0; k < count; k++)
        sum += matrix[row * count + k] * x[k];
    return sum;
}

enum { UNITS = 5, INPUTS = 3 };

/* The file's three formulas for one example, word for word, in double precision. H [UNITS] is h',
 * then h. */
static void step_plainly(const struct bench *bench, const double *x, double *h)
{
    const float *w = bench->weights[0], *u = bench->weights[1], *b = bench->weights[2];
    double f[UNITS], kept[UNITS], renewed[UNITS];
    for (int j = 0; j < UNITS; j++) {
        f[j] = sigmoid(row_times(w, j, x, INPUTS) + row_times(u, j, h, UNITS) + b[j]);
        kept[j] = f[j] * h[j];
    }
    for (int j = 0; j < UNITS; j++) {
        double c = tanh(row_times(w, UNITS + j, x, INPUTS) + row_times(u, UNITS + j, kept, UNITS) +
                        b[UNITS + j]);
        renewed[j] = (1 - f[j]) * h[j] + f[j] * c;
    }
    memcpy(h, renewed, sizeof renewed);
}

static void test_formulas(void **state)
{
    (void)state;
    values_check_table(module, "units");
    assert_true(layer_mgu.recurrent);
    void *values = values_new(module);
    values_set(module, values, "units", UNITS);
    struct bench bench;
    bench_init(&bench, &layer_mgu, values, sequence, 3);
    bench.call.batch = 2;
    bench_forward(&bench);
    for (int b = 0; b < 2; b++) {
        double h[UNITS] = {0}, x[INPUTS];
        for (int t = 0; t < 4; t++) {
            for (int k = 0; k < INPUTS; k++)
                x[k] = bench.in[(t * 2 + b) * INPUTS + k];
            step_plainly(&bench, x, h);
            for (int j = 0; j < UNITS; j++)
                assert_float_equal(bench.out[(t * 2 + b) * UNITS + j], h[j], 2e-6);
        }
    }
    bench_release(&bench);
    memory_free(values);
}

static void check_gradients_of(int64_t steps, int64_t batch)
{
    void *values = values_new(module);
    values_set(module, values, "units", UNITS);
    struct sequence in = sequence;
    in.steps = steps;
    struct bench bench;
    bench_init(&bench, &layer_mgu, values, in, batch + 1);
    bench.call.batch = batch;
    bench_check_gradients(&bench);
    bench_check_optional_memory(&bench);
    bench_release(&bench);
    memory_free(values);
}

static void test_gradients(void **state)
{
    (void)state;
    check_gradients_of(4, 2);
    check_gradients_of(1, 3);
    check_gradients_of(2, 1);
}

/* The loss of example B where H [UNITS] stands for its state after step T, in double precision. */
static double loss_from(const struct bench *bench, int b, int t, const double *state)
{
    double h[UNITS], x[INPUTS], loss = 0;
    memcpy(h, state, sizeof h);
    for (;; step_plainly(bench, x, h)) {
        for (int j = 0; j < UNITS; j++)
            loss += h[j] * (double)bench->out_gradient[(t * 2 + b) * UNITS + j];
        if (++t == 4)
            return loss;
        for (int k = 0; k < INPUTS; k++)
            x[k] = bench->in[(t * 2 + b) * INPUTS + k];
    }
}

/* The norms of the states' gradients, against central differences of the formulas: the total
 * derivative, through all later steps. */
static void test_state_gradients(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "units", UNITS);
    struct bench bench;
    double norms[4] = {NAN, NAN, NAN, NAN};
    bench_init(&bench, &layer_mgu, values, sequence, 2);
    bench.call.state_gradients = norms;
    bench_forward(&bench);
    bench_backward(&bench);
    for (int t = 0; t < 4; t++) {
        double expected = 0;
        for (int b = 0; b < 2; b++) {
            double h[UNITS], squares = 0;
            for (int j = 0; j < UNITS; j++)
                h[j] = (double)bench.out[(t * 2 + b) * UNITS + j];
            for (int j = 0; j < UNITS; j++) {
                double kept = h[j];
                h[j] = kept + 1e-5;
                double above = loss_from(&bench, b, t, h);
                h[j] = kept - 1e-5;
                double slope = (above - loss_from(&bench, b, t, h)) / 2e-5;
                h[j] = kept;
                squares += slope * slope;
            }
            expected += sqrt(squares);
        }
        assert_true(fabs(norms[t] - expected) < 1e-5 * expected);
    }
    bench_release(&bench);
    memory_free(values);
}

static void test_plan(void **state)
{
    (void)state;
    void *values = values_new(module);
    values_set(module, values, "units", UNITS);
    struct sequence in = {.steps = 4, .features = 3, .reversed_from = 1, .mixes_directions = true};
    struct layer_plan plan = {.in = in, .out = in, .batch = 2};
    struct error error = {0};
    assert_int_equal(layer_mgu.describe(values, &plan, &error), 0);
    assert_int_equal(plan.out.features, UNITS);
    assert_int_equal(plan.out.reversed_from, UNITS);
    assert_false(plan.out.mixes_directions);
    assert_int_equal(plan.tensor_count, 3);
    assert_int_equal(plan.states, 1);
    assert_int_equal(plan.tensors[0].rows, 2 * UNITS);
    assert_int_equal(plan.tensors[0].columns, 3);
    assert_int_equal(plan.tensors[0].joint_fan_in, 3 + UNITS);
    assert_int_equal(plan.tensors[1].columns, UNITS);
    assert_int_equal(plan.tensors[1].fan_in, UNITS);
    assert_int_equal(plan.tensors[2].columns, 0);
    assert_false(plan.tensors[2].decays);
    plan.in.steps = 1 << 30;
    assert_int_equal(layer_mgu.describe(values, &plan, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    memory_free(values);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_formulas),
        cmocka_unit_test(test_gradients),
        cmocka_unit_test(test_state_gradients),
        cmocka_unit_test(test_plan),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
