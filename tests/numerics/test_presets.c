/* The presets of model.init: what TensorFlow 1's cells, Keras's layers and PyTorch's layers start
 * with, from a config to the numbers drawn. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "config/config.h"
#include "model/model.h"
#include "numerics/module_setup.h"

enum { INPUTS = 20, UNITS = 48, CLASSES = 10 };

enum start {
    UNIFORM,         /* in ±limit */
    ORTHOGONAL,      /* the columns are orthonormal */
    ZEROS,           /* all zero */
    FORGET_ONE,      /* zero, and one for the forget gate, rows [units, 2·units) */
    GATES_ONE,       /* zero, and one for the gates r and z, rows [0, 2·units) */
    TRUNCATED_TENTH, /* normal with deviation 0.1, cut at two deviations */
    TENTH,           /* all 0.1 */
};

struct expected_parameter {
    const char *name;
    enum start start;
    double limit;
};

/* What a config says, and what must come of it. */
struct preset_case {
    const char *init, *layer, *head; /* head: the rest of the model's mapping, or "" */
    struct expected_parameter parameters[8];
    struct {
        const char *path, *text; /* in the resolved config */
    } values[8];
};

/* Glorot and Bengio's limit. */
#define GLOROT(fan_in, fan_out) 2.449489742783178 / SQUARE_ROOT((fan_in) + (fan_out))
#define SQUARE_ROOT(number) __builtin_sqrt(number)

/* BasicLSTMCell and its like: one kernel [inputs + units, gates·units] over [x, h]. */
#define TF1(gates) GLOROT(INPUTS + UNITS, (gates)*UNITS)
#define KERAS(gates) GLOROT(INPUTS, (gates)*UNITS)
#define PYTORCH (1 / SQUARE_ROOT(UNITS))
#define GLOROT_HEAD                                                                                \
    {"2.weight", UNIFORM, GLOROT(UNITS, CLASSES)},                                                 \
    {                                                                                              \
        "2.bias", ZEROS, 0                                                                         \
    }
#define PYTORCH_HEAD                                                                               \
    {"2.weight", UNIFORM, PYTORCH},                                                                \
    {                                                                                              \
        "2.bias", UNIFORM, PYTORCH                                                                 \
    }

static const struct preset_case preset_cases[] = {
    {"tf1",
     "lstm",
     "",
     {{"0.weight_ih", UNIFORM, TF1(4)},
      {"0.weight_hh", UNIFORM, TF1(4)},
      {"0.bias", ZEROS, 0},
      GLOROT_HEAD},
     {{"model.stack.0.lstm.forget_bias", "1"},
      {"model.stack.0.lstm.unit_forget_bias", "false"},
      {"train.optimizer.adam.epsilon", "1e-08"},
      {"train.optimizer.adam.epsilon_at", "uncorrected"}}},
    {"keras",
     "lstm",
     "",
     {{"0.weight_ih", UNIFORM, KERAS(4)},
      {"0.weight_hh", ORTHOGONAL, 0},
      {"0.bias", FORGET_ONE, 0},
      GLOROT_HEAD},
     {{"model.stack.0.lstm.forget_bias", "0"},
      {"model.stack.0.lstm.unit_forget_bias", "true"},
      {"train.optimizer.adam.epsilon", "1e-07"},
      {"train.optimizer.adam.epsilon_at", "uncorrected"}}},
    {"pytorch",
     "lstm",
     "",
     {{"0.weight_ih", UNIFORM, PYTORCH},
      {"0.weight_hh", UNIFORM, PYTORCH},
      {"0.bias_ih", UNIFORM, PYTORCH},
      {"0.bias_hh", UNIFORM, PYTORCH},
      PYTORCH_HEAD},
     {{"model.stack.0.lstm.forget_bias", "0"},
      {"model.stack.0.lstm.unit_forget_bias", "false"},
      {"train.optimizer.adam.epsilon", "1e-08"},
      {"train.optimizer.adam.epsilon_at", "corrected"}}},
    {"tf1",
     "rnn",
     "",
     {{"0.weight_ih", UNIFORM, TF1(1)},
      {"0.weight_hh", UNIFORM, TF1(1)},
      {"0.bias", ZEROS, 0},
      GLOROT_HEAD},
     {{NULL, NULL}}},
    {"keras",
     "rnn",
     "",
     {{"0.weight_ih", UNIFORM, KERAS(1)},
      {"0.weight_hh", ORTHOGONAL, 0},
      {"0.bias", ZEROS, 0},
      GLOROT_HEAD},
     {{NULL, NULL}}},
    {"pytorch",
     "rnn",
     "",
     {{"0.weight_ih", UNIFORM, PYTORCH},
      {"0.weight_hh", UNIFORM, PYTORCH},
      {"0.bias_ih", UNIFORM, PYTORCH},
      {"0.bias_hh", UNIFORM, PYTORCH},
      PYTORCH_HEAD},
     {{NULL, NULL}}},
    {"tf1",
     "gru",
     "",
     {{"0.weight_ih", UNIFORM, TF1(3)},
      {"0.weight_hh", UNIFORM, TF1(3)},
      {"0.bias", GATES_ONE, 0},
      GLOROT_HEAD},
     {{"model.stack.0.gru.reset", "before"}}},
    {"keras",
     "gru",
     "",
     {{"0.weight_ih", UNIFORM, KERAS(3)},
      {"0.weight_hh", ORTHOGONAL, 0},
      {"0.bias_ih", ZEROS, 0},
      {"0.bias_hh", ZEROS, 0},
      GLOROT_HEAD},
     {{"model.stack.0.gru.reset", "after"}}},
    {"pytorch",
     "gru",
     "",
     {{"0.weight_ih", UNIFORM, PYTORCH},
      {"0.weight_hh", UNIFORM, PYTORCH},
      {"0.bias_ih", UNIFORM, PYTORCH},
      {"0.bias_hh", UNIFORM, PYTORCH},
      PYTORCH_HEAD},
     {{"model.stack.0.gru.reset", "after"}}},
    {"tf1",
     "lstm",
     ", head: {dense: {kernel_init: {truncated_normal: {deviation: 0.1}}, "
     "bias_init: {constant: {value: 0.1}}}}",
     {{"0.weight_ih", UNIFORM, TF1(4)},
      {"0.weight_hh", UNIFORM, TF1(4)},
      {"0.bias", ZEROS, 0},
      {"2.weight", TRUNCATED_TENTH, 0},
      {"2.bias", TENTH, 0}},
     {{NULL, NULL}}},
};

static void load(struct config *config, const struct preset_case *preset)
{
    char text[1024];
    snprintf(text, sizeof(text),
             "name: preset\n"
             "data: {set: digits}\n"
             "model: {init: %s, stack: [{%s: {units: %d}}, {readout: last}]%s}\n"
             "train: {batch: 10, steps: 1, optimizer: adam}\n",
             preset->init, preset->layer, UNITS, preset->head);
    struct diagnostics *diagnostics = diagnostics_new();
    struct config_source source = {.path = "preset.yaml", .text = text};
    if (config_load_from(config, &source, diagnostics) < 0) {
        diagnostics_print(diagnostics);
        fail_msg("the config above does not load");
    }
    diagnostics_free(diagnostics);
}

/* Mean, variance, bounds; deviations from what is expected are in standard errors. The fourth
 * moment of a uniform distribution makes the variance's relative error √(0.8 / n), a truncated
 * normal's √(1.4 / n). */
static void check_distribution(const char *name, const float *values, int64_t count, double bound,
                               double variance)
{
    double sum = 0, squares = 0, largest = 0;
    for (int64_t i = 0; i < count; i++) {
        sum += values[i];
        squares += (double)values[i] * values[i];
        largest = fmax(largest, fabs(values[i]));
    }
    double mean = sum / (double)count, found = squares / (double)count;
    double mean_error = fabs(mean) / sqrt(variance / (double)count);
    double variance_error = fabs(found / variance - 1) / sqrt(1.4 / (double)count);
    print_message("%s: %lld values within %.5f of %.5f, mean %.1f and variance %.1f standard "
                  "errors off\n",
                  name, (long long)count, largest, bound, mean_error, variance_error);
    if (largest > bound * (1 + 1e-6) || largest < bound * (1 - 20.0 / (double)count)) {
        fail_msg("%s: the largest magnitude is %g, the bound %g", name, largest, bound);
    }
    if (mean_error > 4.5 || variance_error > 4.5) {
        fail_msg("%s: mean %g, variance %g, expected 0 and %g", name, mean, found, variance);
    }
}

/* A [rows, columns] has orthonormal columns. */
static void check_orthonormal(const char *name, const float *a, int64_t rows, int64_t columns)
{
    double worst = 0;
    for (int64_t i = 0; i < columns; i++) {
        for (int64_t j = 0; j < columns; j++) {
            double product = 0;
            for (int64_t row = 0; row < rows; row++) {
                product += (double)a[row * columns + i] * a[row * columns + j];
            }
            worst = fmax(worst, fabs(product - (i == j)));
        }
    }
    print_message("%s: orthonormal within %.1e\n", name, worst);
    assert_true(worst < 1e-6);
}

static void check_constant(const char *name, const float *values, int64_t from, int64_t to,
                           float value)
{
    for (int64_t i = from; i < to; i++) {
        if (values[i] != value) {
            fail_msg("%s [%lld]: expected %g, found %g", name, (long long)i, value, values[i]);
        }
    }
}

static void check_parameter(const struct model *model, int index,
                            const struct expected_parameter *expected)
{
    const struct parameter *parameter = &model->parameters[index];
    const float *values = model->weights + parameter->offset;
    int64_t rows = parameter->tensor.rows, columns = parameter->tensor.columns;
    int64_t count = parameter->size;
    assert_string_equal(parameter->name, expected->name);
    switch (expected->start) {
    case UNIFORM:
        check_distribution(expected->name, values, count, expected->limit,
                           expected->limit * expected->limit / 3);
        break;
    case ORTHOGONAL:
        check_orthonormal(expected->name, values, rows, columns);
        break;
    case ZEROS:
        check_constant(expected->name, values, 0, count, 0);
        break;
    case FORGET_ONE:
        assert_int_equal(count, 4 * UNITS);
        check_constant(expected->name, values, 0, UNITS, 0);
        check_constant(expected->name, values, UNITS, 2 * UNITS, 1);
        check_constant(expected->name, values, 2 * UNITS, count, 0);
        break;
    case GATES_ONE:
        assert_int_equal(count, 3 * UNITS);
        check_constant(expected->name, values, 0, 2 * UNITS, 1);
        check_constant(expected->name, values, 2 * UNITS, count, 0);
        break;
    case TRUNCATED_TENTH: /* the variance of what is left of a normal within two deviations */
        check_distribution(expected->name, values, count, 0.2, 0.01 * 0.7737413);
        break;
    case TENTH:
        check_constant(expected->name, values, 0, count, 0.1f);
        break;
    }
}

static void test_preset(void **state)
{
    const struct preset_case *preset = *state;
    struct config config;
    load(&config, preset);
    for (int i = 0; preset->values[i].path; i++) {
        const struct resolved *found = resolved_find(config.resolved, preset->values[i].path);
        if (!found || strcmp(found->text, preset->values[i].text) != 0) {
            fail_msg("init %s: %s: expected %s, found %s", preset->init, preset->values[i].path,
                     preset->values[i].text, found ? found->text : "nothing");
        }
    }
    struct sequence in = {.steps = 4, .features = INPUTS, .reversed_from = INPUTS};
    struct model model;
    struct error error = {0};
    if (model_init(&model, &config, in, CLASSES, &error) < 0 ||
        model_initialize(&model, 12, &error) < 0) {
        fail_msg("%s", error.text);
    }
    int count = 0;
    print_message("init %s, %s%s\n", preset->init, preset->layer, preset->head);
    for (; preset->parameters[count].name; count++) {
        assert_true(count < model.parameter_count);
        check_parameter(&model, count, &preset->parameters[count]);
    }
    assert_int_equal(model.parameter_count, count);
    model_release(&model);
    config_release(&config);
}

int main(void)
{
    if (numerics_begin() < 0) {
        return EXIT_FAILURE;
    }
    enum { CASES = sizeof(preset_cases) / sizeof(preset_cases[0]) };
    struct CMUnitTest tests[CASES];
    for (int i = 0; i < CASES; i++) {
        tests[i] = (struct CMUnitTest){preset_cases[i].init, test_preset, NULL, NULL,
                                       (void *)&preset_cases[i]};
    }
    return _cmocka_run_group_tests("presets", tests, CASES, NULL, NULL);
}
