/* The network that a config describes: shapes, names, counts, initial weights, and passes that give
 * the same numbers however they are batched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/model.h"
#include "unit/config_text.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char stacked[] = "data: {set: digits}\n"
                              "model: {cell: lstm, layers: 2, units: 6, dropout: 0.5}\n"
                              "train: {steps: 1}\n";

static const struct sequence rows = {.steps = 5, .features = 4, .reversed_from = 4};

static void build(struct config *config, struct model *model, const char *text)
{
    struct error error = {0};
    *config = (struct config){0};
    assert_int_equal(config_from_text(config, text), 0);
    if (model_init(model, config, rows, 3, &error))
        fail_msg("%s", error.text);
}

static void test_names_and_counts(void **state)
{
    (void)state;
    struct config config;
    struct model model;
    build(&config, &model, stacked);
    /* lstm, dropout, lstm, dropout, readout, dense */
    assert_int_equal(model.layer_count, 6);
    static const char *const names[] = {"0.weight_ih", "0.weight_hh", "0.bias",   "2.weight_ih",
                                        "2.weight_hh", "2.bias",      "5.weight", "5.bias"};
    assert_int_equal(model.parameter_count, 8);
    for (int i = 0; i < 8; i++) {
        assert_string_equal(model.parameters[i].name, names[i]);
        assert_int_equal(model.parameters[i].offset % 16, 0);
    }
    /* 4·6·(4 + 6 + 1) + 4·6·(6 + 6 + 1) + 3·(6 + 1) */
    assert_int_equal(model.weight_count, 264 + 312 + 21);
    model_release(&model);
    config_release(&config);
}

static void test_operations(void **state)
{
    (void)state;
    struct config config;
    struct model model;
    build(&config, &model,
          "data: {set: digits}\nmodel: {cell: lstm, units: 6}\ntrain: {steps: 1}\n");
    /* Five steps; the first one's state is zero. The head is 2·6·3. */
    double inputs = 5 * 2.0 * 24 * 4, states = 4 * 2.0 * 24 * 6, head = 2.0 * 6 * 3;
    assert_true(model.forward_operations == inputs + states + head);
    /* Once forward, once for the weights, and back through time and to the head's input. */
    assert_true(model.training_operations == 2 * (inputs + states + head) + states + head);
    model_release(&model);
    config_release(&config);
}

static void test_same_seed_same_weights(void **state)
{
    (void)state;
    struct config config;
    struct model model, other;
    struct error error;
    build(&config, &model, stacked);
    assert_int_equal(model_init(&other, &config, rows, 3, &error), 0);
    assert_int_equal(model_initialize(&model, 7, &error), 0);
    assert_int_equal(model_initialize(&other, 7, &error), 0);
    size_t size = (size_t)model.block_floats * sizeof(float);
    assert_memory_equal(model.weights, other.weights, size);
    assert_int_equal(model_initialize(&other, 8, &error), 0);
    assert_int_not_equal(memcmp(model.weights, other.weights, size), 0);
    model_release(&other);
    model_release(&model);
    config_release(&config);
}

static void test_wants_readout(void **state)
{
    (void)state;
    struct config config = {0};
    struct model model;
    struct error error;
    assert_int_equal(config_from_text(&config, "data: {set: digits}\nmodel: {stack: [{lstm: "
                                               "{units: 4}}]}\ntrain: {steps: 1}\n"),
                     0);
    assert_int_equal(model_init(&model, &config, rows, 3, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "readout"));
    config_release(&config);
}

static void fill(float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = sinf((float)(i * i % 97));
}

/* Training and evaluation give the same logits without dropout, but for the order in which products
 * add up. */
static void test_training_and_evaluation_agree(void **state)
{
    (void)state;
    struct config config;
    struct model model;
    struct workspace trains, evaluates;
    struct error error;
    build(&config, &model,
          "data: {set: digits}\nmodel: {cell: bilstm, layers: 2, units: 5}\ntrain: {steps: 1}\n");
    assert_int_equal(model_initialize(&model, 1, &error), 0);
    assert_int_equal(workspace_init(&trains, &model, 3, model.in.steps, true, &error), 0);
    assert_int_equal(workspace_init(&evaluates, &model, 3, model.in.steps, false, &error), 0);
    fill(trains.inputs, 5 * 3 * 4);
    fill(evaluates.inputs, 5 * 3 * 4);
    const float *a = model_forward(&trains, &(struct pass){.training = true}, 3);
    const float *b = model_forward(&evaluates, &(struct pass){.training = false}, 3);
    for (int i = 0; i < 3 * 3; i++)
        assert_float_equal(a[i], b[i], 1e-6);
    workspace_release(&evaluates);
    workspace_release(&trains);
    model_release(&model);
    config_release(&config);
}

/* The whole network's gradient against central differences, in one direction of weight space. */
static void test_gradient_of_the_whole(void **state)
{
    (void)state;
    struct config config;
    struct model model;
    struct workspace workspace;
    struct error error;
    build(&config, &model, stacked);
    assert_int_equal(model_initialize(&model, 3, &error), 0);
    assert_int_equal(workspace_init(&workspace, &model, 4, model.in.steps, true, &error), 0);
    fill(workspace.inputs, 5 * 4 * 4);
    for (int i = 0; i < 4; i++)
        workspace.labels[i] = i % 3;
    struct pass pass = {.seed = 9, .step = 2, .training = true};
    const float *logits = model_forward(&workspace, &pass, 4);
    model_loss(&workspace, logits, 4, 0.25f);
    model_backward(&workspace, &pass, 4);
    double expected = 0, sums[2] = {0, 0}, size = 1e-2;
    for (int64_t i = 0; i < model.block_floats; i++)
        expected += (double)workspace.gradient[i] * cos((double)i);
    for (int side = 0; side < 2; side++) {
        double move = side ? size : -2 * size;
        for (int64_t i = 0; i < model.block_floats; i++)
            model.weights[i] += (float)((side ? 2 * move : move / 2) * cos((double)i));
        model_loss(&workspace, model_forward(&workspace, &pass, 4), 4, 0.25f);
        for (int i = 0; i < 4; i++)
            sums[side] += 0.25 * (double)workspace.losses[i];
    }
    double found = (sums[1] - sums[0]) / (2 * size);
    assert_true(fabs(found - expected) < 2e-3 * (1 + fabs(expected)));
    assert_true(fabs(expected) > 1e-3);
    workspace_release(&workspace);
    model_release(&model);
    config_release(&config);
}

extern const struct layer layer_lstm;

/* As a layer of a plugin that does not know the diagnostic. */
static int describe_without_states(const void *params, struct layer_plan *plan, struct error *error)
{
    int result = layer_lstm.describe(params, plan, error);
    plan->states = 0;
    return result;
}

/* Of each layer's states, in the order of the stack; those who do not say are known. */
static void test_states(void **state)
{
    (void)state;
    struct config config;
    struct model model;
    struct layer silent = layer_lstm;
    silent.describe = describe_without_states;
    build(&config, &model,
          "data: {set: digits}\nmodel: {stack: [{rnn: {units: 4}}, {dropout: 0.1}, {bidirectional: "
          "{of: gru}}, {lstm: {units: 3}}, readout]}\n"
          "train: {steps: 1, diagnostics: gradient_flow}\n");
    static const int64_t states[] = {1, 0, 2, 1, 0, 0}, firsts[] = {0, 5, 5, 15, 20, 20};
    assert_int_equal(model.norm_count, 4 * 5);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(model.layers[i].states, states[i]);
        assert_int_equal(model.layers[i].first_norm, firsts[i]);
        assert_false(model.layers[i].is_unmeasured);
    }
    model_release(&model);
    struct module_choice *items = config.model.stack.items;
    items[3].module = &silent.module;
    struct error error = {0};
    assert_int_equal(model_init(&model, &config, rows, 3, &error), 0);
    assert_int_equal(model.norm_count, 3 * 5);
    for (int i = 0; i < 6; i++)
        assert_int_equal(model.layers[i].is_unmeasured, i == 3);
    model_release(&model);
    config_release(&config);
}

/* A diagnostic that would record nothing is an error; without it the model is as good as before. */
static void test_nothing_to_measure(void **state)
{
    (void)state;
    static const char text[] =
        "data: {set: digits}\nmodel: {stack: [{dense: {units: 4}}, readout]}\n"
        "train: {steps: 1, diagnostics: %s}\n";
    static const char *const words[] = {"none", "gradient_flow"};
    for (int i = 0; i < 2; i++) {
        struct config config = {0};
        struct model model;
        struct error error = {0};
        char full[256];
        snprintf(full, sizeof full, text, words[i]);
        assert_int_equal(config_from_text(&config, full), 0);
        assert_int_equal(model_init(&model, &config, rows, 3, &error), -i);
        assert_int_equal(model_check(&config, &error), -i);
        if (i == 0)
            model_release(&model);
        else
            assert_int_equal(error.code, ERROR_USAGE);
        assert_int_equal(i, strstr(error.text, "no layer of the model measures") != NULL);
        config_release(&config);
    }
}

static void test_argmax_takes_the_first(void **state)
{
    (void)state;
    assert_int_equal(model_argmax((float[]){1, 3, 3, 2}, 4), 1);
    assert_int_equal(model_argmax((float[]){5}, 1), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_and_counts),
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_same_seed_same_weights),
        cmocka_unit_test(test_wants_readout),
        cmocka_unit_test(test_training_and_evaluation_agree),
        cmocka_unit_test(test_gradient_of_the_whole),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_nothing_to_measure),
        cmocka_unit_test(test_argmax_takes_the_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
