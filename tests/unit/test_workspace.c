/* The memory of passes: what is allocated, that pieces do not overlap, and what is too large. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/model.h"
#include "unit/config_text.h"

#include <math.h>
#include <string.h>

/* The address sanitizer would end the program, where malloc gives NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static const char stacked[] = "data: {set: digits}\n"
                              "model: {cell: bilstm, layers: 2, units: 5, dropout: 0.5}\n"
                              "train: {steps: 1}\n";

struct network {
    struct config config;
    struct model model;
};

static void network_open(struct network *network, const char *text, struct sequence in)
{
    struct error error = {0};
    *network = (struct network){0};
    assert_int_equal(config_from_text(&network->config, text), 0);
    if (model_init(&network->model, &network->config, in, 3, &error) ||
        model_initialize(&network->model, 5, &error))
        fail_msg("%s", error.text);
}

static void network_close(struct network *network)
{
    model_release(&network->model);
    config_release(&network->config);
}

static const struct sequence rows = {.steps = 5, .features = 4, .reversed_from = 4};

static void fill(float *values, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = sinf((float)(i * i % 97));
}

struct piece {
    const char *name;
    const float *from;
    int64_t floats;
};

static void assert_apart(const struct piece *pieces, int count, const struct workspace *workspace)
{
    const char *begin = workspace->memory, *end = begin + workspace->memory_size;
    for (int i = 0; i < count; i++) {
        if (pieces[i].floats == 0)
            continue;
        assert_int_equal((uintptr_t)pieces[i].from % 64, 0);
        assert_true((const char *)pieces[i].from >= begin);
        assert_true((const char *)(pieces[i].from + pieces[i].floats) <= end);
        for (int j = 0; j < i; j++)
            if (pieces[j].floats && pieces[i].from < pieces[j].from + pieces[j].floats &&
                pieces[j].from < pieces[i].from + pieces[i].floats)
                fail_msg("%s and %s overlap", pieces[i].name, pieces[j].name);
    }
}

/* Everything that a training pass keeps has its own place within the one allocation. */
static void test_pieces_do_not_overlap(void **state)
{
    (void)state;
    struct network network;
    struct workspace workspace;
    struct error error;
    struct piece pieces[32];
    int count = 0;
    const int64_t batch = 3;
    network_open(&network, stacked, rows);
    const struct model *model = &network.model;
    assert_int_equal(workspace_init(&workspace, model, batch, model->in.steps, true, &error), 0);
    pieces[count++] = (struct piece){"inputs", workspace.inputs, 5 * batch * 4};
    int64_t scratch = 0, flow = 0;
    for (int i = 0; i < model->layer_count; i++) {
        const struct layer_plan *plan = &workspace.plans[i];
        assert_int_equal(plan->batch, batch);
        pieces[count++] = (struct piece){"output", workspace.outputs[i],
                                         plan->out.steps * plan->out.features * batch};
        pieces[count++] = (struct piece){"saved", workspace.saved[i], plan->saved_floats};
        scratch = plan->scratch_floats > scratch ? plan->scratch_floats : scratch;
        int64_t in = plan->in.steps * plan->in.features * batch;
        flow = i > 0 && in > flow ? in : flow;
    }
    pieces[count++] = (struct piece){"scratch", workspace.scratch, scratch};
    pieces[count++] = (struct piece){"flow 0", workspace.flow[0], flow};
    pieces[count++] = (struct piece){"flow 1", workspace.flow[1], flow};
    pieces[count++] = (struct piece){"gradient", workspace.gradient, model->block_floats};
    pieces[count++] = (struct piece){"losses", workspace.losses, batch};
    pieces[count++] = (struct piece){"logits", workspace.logit_gradient, batch * 3};
    pieces[count++] = (struct piece){"probabilities", workspace.probabilities, 3};
    pieces[count++] = (struct piece){"labels", (const float *)workspace.labels, batch};
    assert_apart(pieces, count, &workspace);
    workspace_release(&workspace);
    network_close(&network);
}

/* Evaluation keeps two layers' outputs at a time, however deep the network is. */
static void test_evaluation_needs_less(void **state)
{
    (void)state;
    struct network network;
    struct workspace trains, evaluates;
    struct error error;
    network_open(&network, stacked, rows);
    assert_int_equal(
        workspace_init(&trains, &network.model, 50, network.model.in.steps, true, &error), 0);
    assert_int_equal(
        workspace_init(&evaluates, &network.model, 50, network.model.in.steps, false, &error), 0);
    assert_true(evaluates.memory_size < trains.memory_size / 2);
    assert_null(evaluates.gradient);
    workspace_release(&evaluates);
    workspace_release(&trains);
    network_close(&network);
}

/* A pass of a part of the workspace's batch leaves the rest alone and gives the same logits. */
static void test_smaller_batches(void **state)
{
    (void)state;
    struct network network;
    struct workspace large, small;
    struct error error;
    struct pass pass = {.seed = 2, .step = 3, .first_example = 1, .training = true};
    network_open(&network, stacked, rows);
    assert_int_equal(
        workspace_init(&large, &network.model, 9, network.model.in.steps, true, &error), 0);
    assert_int_equal(
        workspace_init(&small, &network.model, 2, network.model.in.steps, true, &error), 0);
    fill(large.inputs, 5 * 2 * 4);
    fill(small.inputs, 5 * 2 * 4);
    large.labels[0] = small.labels[0] = 2;
    const float *a = model_forward(&large, &pass, 2), *b = model_forward(&small, &pass, 2);
    assert_memory_equal(a, b, 2 * 3 * sizeof(float));
    model_loss(&large, a, 2, 0.5f);
    model_loss(&small, b, 2, 0.5f);
    model_backward(&large, &pass, 2);
    model_backward(&small, &pass, 2);
    assert_memory_equal(large.gradient, small.gradient,
                        (size_t)network.model.block_floats * sizeof(float));
    workspace_release(&small);
    workspace_release(&large);
    network_close(&network);
}

/* Backward adds to the gradient: two passes give the sum. */
static void test_gradients_add_up(void **state)
{
    (void)state;
    struct network network;
    struct workspace workspace;
    struct error error;
    struct pass pass = {.training = true};
    network_open(&network, stacked, rows);
    assert_int_equal(
        workspace_init(&workspace, &network.model, 2, network.model.in.steps, true, &error), 0);
    fill(workspace.inputs, 5 * 2 * 4);
    int64_t floats = network.model.block_floats;
    float *once = memory_array((size_t)floats, sizeof *once);
    for (int i = 0; i < 2; i++) {
        model_loss(&workspace, model_forward(&workspace, &pass, 2), 2, 1.0f);
        model_backward(&workspace, &pass, 2);
        if (i == 0)
            memcpy(once, workspace.gradient, (size_t)floats * sizeof *once);
    }
    double sum = 0;
    for (int64_t i = 0; i < floats; i++) {
        sum += fabs((double)once[i]);
        assert_float_equal(workspace.gradient[i], 2 * once[i], 1e-6);
    }
    assert_true(sum > 0);
    memory_free(once);
    workspace_release(&workspace);
    network_close(&network);
}

/* More than any machine has is an error that names the layer, not an overflow. */
static void test_too_large(void **state)
{
    (void)state;
    struct network network;
    struct workspace workspace;
    struct error error = {0};
    struct sequence endless = {.steps = 1000000, .features = 1, .reversed_from = 1};
    network_open(&network,
                 "data: {set: digits}\nmodel: {cell: lstm, units: 16}\n"
                 "train: {steps: 1}\n",
                 endless);
    for (int trains = 0; trains < 2; trains++) {
        assert_int_equal(workspace_init(&workspace, &network.model, 1000000, network.model.in.steps,
                                        trains, &error),
                         -1);
        assert_int_equal(error.code, ERROR_USAGE);
        assert_non_null(strstr(error.text, "layer 0 (lstm, "));
        assert_null(workspace.memory);
    }
    network_close(&network);
}

/* A size whose bytes no 64-bit number holds must not come out small. */
static void test_size_does_not_wrap(void **state)
{
    (void)state;
    struct network network;
    struct workspace workspace;
    const int64_t features = 1 << 11, batch = 1 << 20;
    struct sequence endless = {
        .steps = (int64_t)1 << 31, .features = features, .reversed_from = features};
    network_open(&network,
                 "data: {set: digits}\nmodel: {stack: [{readout: mean}]}\n"
                 "train: {steps: 1}\n",
                 endless);
    for (int trains = 0; trains < 2; trains++) {
        struct error error = {0};
        assert_int_equal(workspace_init(&workspace, &network.model, batch, network.model.in.steps,
                                        trains, &error),
                         -1);
        assert_non_null(strstr(error.text, "out of memory"));
        assert_null(workspace.memory);
    }
    network_close(&network);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pieces_do_not_overlap),
        cmocka_unit_test(test_evaluation_needs_less),
        cmocka_unit_test(test_smaller_batches),
        cmocka_unit_test(test_gradients_add_up),
        cmocka_unit_test(test_too_large),
        cmocka_unit_test(test_size_does_not_wrap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
