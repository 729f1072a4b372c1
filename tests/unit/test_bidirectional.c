#include "unit/layer_trial.h"

extern const struct layer layer_rnn, layer_lstm, layer_gru, layer_bidirectional;

enum { CONCAT, SUM, MEAN };

static const struct layer *const inners[] = {&layer_rnn, &layer_lstm, &layer_gru};

/* Parameters of a bidirectional layer around INNER; free_params() them. */
static void *wrap(const struct layer *inner, int64_t units, int merge)
{
    const struct layer *layer = &layer_bidirectional;
    void *params = malloc(layer->module.params_size);
    assert_non_null(params);
    memcpy(params, layer->module.defaults, layer->module.params_size);
    struct module_choice *of = trial_param(layer, params, "of");
    of->module = &inner->module;
    of->params = trial_params(inner, units);
    *(int *)trial_param(layer, params, "merge") = merge;
    return params;
}

static void *inner_params(void *params)
{
    return ((struct module_choice *)trial_param(&layer_bidirectional, params, "of"))->params;
}

static void free_params(void *params)
{
    free(inner_params(params));
    free(params);
}

enum { STEPS = 5, BATCH = 3, INPUTS = 4, UNITS = 6 };

/* Runs the inner layer alone on each direction and compares every step of the merged output. */
static void compare_with_inner(const struct layer *inner, int merge)
{
    struct trial both, alone[2];
    void *params = wrap(inner, UNITS, merge);
    trial_open(&both, &layer_bidirectional, params, STEPS, BATCH, INPUTS);
    for (int direction = 0; direction < 2; direction++) {
        struct trial *one = &alone[direction];
        trial_open(one, inner, inner_params(params), STEPS, BATCH, INPUTS);
        for (int i = 0; i < one->plan.tensor_count; i++)
            memcpy(one->weights[i], both.weights[direction * one->plan.tensor_count + i],
                   (size_t)tensor_size(&one->plan.tensors[i]) * sizeof(float));
        for (int t = 0; t < STEPS && direction; t++)
            memcpy(one->in + t * BATCH * INPUTS, both.in + (STEPS - 1 - t) * BATCH * INPUTS,
                   BATCH * INPUTS * sizeof(float));
        trial_forward(one);
    }
    trial_forward(&both);
    int64_t features = both.plan.out.features;
    assert_int_equal(features, merge == CONCAT ? 2 * UNITS : UNITS);
    for (int t = 0; t < STEPS; t++)
        for (int b = 0; b < BATCH; b++)
            for (int j = 0; j < UNITS; j++) {
                float ahead = alone[0].out[(t * BATCH + b) * UNITS + j];
                float back = alone[1].out[((STEPS - 1 - t) * BATCH + b) * UNITS + j];
                const float *found = both.out + (t * BATCH + b) * features;
                if (merge == CONCAT) {
                    assert_true(found[j] == ahead);
                    assert_true(found[UNITS + j] == back);
                } else {
                    assert_true(found[j] == (ahead + back) * (merge == MEAN ? 0.5f : 1.0f));
                }
            }
    trial_close(&both);
    trial_close(&alone[0]);
    trial_close(&alone[1]);
    free_params(params);
}

static void output_is_that_of_both_directions(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inners / sizeof inners[0]; i++)
        for (int merge = CONCAT; merge <= MEAN; merge++)
            compare_with_inner(inners[i], merge);
}

static void contract_is_kept(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof inners / sizeof inners[0]; i++)
        for (int merge = CONCAT; merge <= MEAN; merge++) {
            void *params = wrap(inners[i], 4, merge);
            check_layer(&layer_bidirectional, params);
            free_params(params);
        }
}

static void plan_says_what_comes_out(void **state)
{
    (void)state;
    struct trial trial, inner;
    void *params = wrap(&layer_lstm, UNITS, CONCAT);
    trial_open(&trial, &layer_bidirectional, params, STEPS, BATCH, INPUTS);
    trial_open(&inner, &layer_lstm, inner_params(params), STEPS, BATCH, INPUTS);
    assert_int_equal(trial.plan.tensor_count, 6);
    assert_string_equal(trial.plan.tensors[0].name, "weight_ih");
    assert_string_equal(trial.plan.tensors[2].name, "bias");
    assert_string_equal(trial.plan.tensors[3].name, "weight_ih_reverse");
    assert_string_equal(trial.plan.tensors[4].name, "weight_hh_reverse");
    assert_string_equal(trial.plan.tensors[5].name, "bias_reverse");
    assert_int_equal(trial.plan.tensors[5].unit_from, UNITS);
    assert_int_equal(trial.plan.tensors[5].unit_to, 2 * UNITS);
    assert_int_equal(trial.plan.out.reversed_from, UNITS);
    assert_false(trial.plan.out.mixes_directions);
    assert_true(trial.plan.operations == 2 * inner.plan.operations);
    trial_close(&inner);
    trial_close(&trial);
    *(int *)trial_param(&layer_bidirectional, params, "merge") = SUM;
    trial_open(&trial, &layer_bidirectional, params, STEPS, BATCH, INPUTS);
    assert_int_equal(trial.plan.out.reversed_from, UNITS);
    assert_true(trial.plan.out.mixes_directions);
    trial_close(&trial);
    free_params(params);
}

/* A layer that records which random numbers it was given, and describes itself as told. */
static struct {
    int64_t out_steps;
    int tensors;
    const char *tensor_name;
    uint32_t lanes[2];
    int calls, asked;
    int64_t states, saved_floats;
    struct layer_plan plan; /* of the newest call */
} fake;

static int fake_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params;
    (void)error;
    fake.asked++;
    plan->out.steps = fake.out_steps;
    plan->states = fake.states;
    plan->saved_floats = fake.saved_floats;
    plan->scratch_floats = 7;
    plan->tensor_count = fake.tensors;
    for (int i = 0; i < fake.tensors; i++) {
        strcpy(plan->tensors[i].name, fake.tensor_name);
        plan->tensors[i].rows = 1;
    }
    return 0;
}

static void fake_forward(const struct layer_call *call)
{
    fake.lanes[fake.calls++] = call->layer;
    fake.plan = *call->plan;
    memcpy(call->out, call->in, STEPS * BATCH * INPUTS * sizeof(float));
}

static void fake_backward(const struct layer_call *call)
{
    (void)call;
}

static const struct layer layer_fake = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .name = "fake"},
    .recurrent = true,
    .describe = fake_describe,
    .forward = fake_forward,
    .backward = fake_backward,
};

static const struct layer layer_stateless = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .name = "stateless"},
    .describe = fake_describe,
    .forward = fake_forward,
    .backward = fake_backward,
};

struct bare_params {
    struct module_choice of;
    int merge;
};

static void directions_draw_different_random_numbers(void **state)
{
    (void)state;
    struct trial trial;
    struct bare_params params = {.of = {.module = &layer_fake.module}};
    fake.out_steps = STEPS;
    fake.tensors = 1;
    fake.tensor_name = "weight";
    fake.calls = 0;
    trial_open(&trial, &layer_bidirectional, &params, STEPS, BATCH, INPUTS);
    trial.call.layer = 3;
    fake.asked = 0;
    trial_forward(&trial);
    assert_int_equal(fake.asked, 0);
    assert_int_equal(fake.calls, 2);
    assert_int_equal(fake.lanes[0], 3);
    assert_int_not_equal(fake.lanes[1], 3);
    assert_true(fake.lanes[1] < 1 << 24);
    trial_close(&trial);
}

/* The inner layer is asked once, and each of its calls has the plan that it made. */
static void calls_have_the_plan_of_one_direction(void **state)
{
    (void)state;
    static const int merges[] = {CONCAT, SUM, MEAN};
    for (int i = 0; i < 3; i++) {
        struct trial trial;
        struct bare_params params = {.of = {.module = &layer_fake.module}, .merge = merges[i]};
        fake.out_steps = STEPS;
        fake.tensors = 1;
        fake.tensor_name = "weight";
        fake.calls = 0;
        fake.states = 1;
        fake.saved_floats = 11;
        trial_open(&trial, &layer_bidirectional, &params, STEPS, BATCH, INPUTS);
        trial_forward(&trial);
        assert_int_equal(fake.plan.in.features, INPUTS);
        assert_int_equal(fake.plan.out.features, INPUTS);
        assert_int_equal(fake.plan.out.steps, STEPS);
        assert_int_equal(fake.plan.tensor_count, 1);
        assert_string_equal(fake.plan.tensors[0].name, "weight");
        assert_int_equal(fake.plan.batch, BATCH);
        assert_int_equal(fake.plan.saved_floats, 11);
        assert_int_equal(fake.plan.scratch_floats, 7);
        assert_int_equal(fake.plan.states, 1);
        fake.states = fake.saved_floats = 0;
        trial_close(&trial);
    }
}

static void expect_rejection(const void *params, const char *words, bool varies)
{
    static struct layer_plan plan;
    struct error error = {0};
    memset(&plan, 0, sizeof plan);
    plan.in = plan.out = (struct sequence){
        .steps = STEPS, .features = INPUTS, .reversed_from = INPUTS, .varies = varies};
    plan.batch = BATCH;
    assert_int_equal(layer_bidirectional.describe(params, &plan, &error), -1);
    if (!strstr(error.text, words))
        fail_msg("\"%s\" does not say \"%s\"", error.text, words);
}

static void unsuitable_layers_are_rejected(void **state)
{
    (void)state;
    struct bare_params params = {0};
    expect_rejection(&params, "missing", false);
    params.of.module = &layer_bidirectional.module;
    expect_rejection(&params, "bidirectional itself", false);
    params.of.module = &layer_stateless.module;
    expect_rejection(&params, "must be a recurrent layer, such as lstm; stateless", false);
    params.of.module = &layer_fake.module;
    fake.out_steps = 1;
    expect_rejection(&params, "turns 5 steps into 1", false);
    fake.out_steps = STEPS;
    fake.tensors = LAYER_TENSORS / 2 + 1;
    fake.tensor_name = "weight";
    expect_rejection(&params, "has 17 tensors, at most 16", false);
    fake.tensors = 1;
    fake.tensor_name = "a_tensor_whose_name_leaves_no_room_for_what_tells_directions_ap";
    expect_rejection(&params, "too long", false);
    expect_rejection(&params, "fake takes every sequence for one of all 5 steps", true);
    fake.saved_floats = -200;
    expect_rejection(&params, "planned the impossible: saved_floats is -200", false);
    fake.saved_floats = 0;
    fake.states = 2;
    expect_rejection(&params, "fake runs in both directions already", false);
    fake.states = 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(output_is_that_of_both_directions),
        cmocka_unit_test(contract_is_kept),
        cmocka_unit_test(plan_says_what_comes_out),
        cmocka_unit_test(directions_draw_different_random_numbers),
        cmocka_unit_test(calls_have_the_plan_of_one_direction),
        cmocka_unit_test(unsuitable_layers_are_rejected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
