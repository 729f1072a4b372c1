/* Every layer's and loss's backward pass against finite differences, and what the contract of a
 * layer promises besides: gradients are added, an unwanted one is left out, evaluation gives the
 * bits of training, a smaller batch those of a plan of its size. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "math/differences.h"
#include "numerics/rig.h"

static const double TOLERANCE = 2e-4;

struct layer_case {
    struct layer_spec spec;
    struct rig_shape shape; /* steps, batch, features, reversed_from, plan_batch, lengths */
    bool kinks;
};

#define RNN(...)                                                                                   \
    {                                                                                              \
        &layer_rnn, __VA_ARGS__, NULL, NULL                                                        \
    }
#define LSTM(...)                                                                                  \
    {                                                                                              \
        &layer_lstm, __VA_ARGS__, NULL, NULL                                                       \
    }
#define GRU(...)                                                                                   \
    {                                                                                              \
        &layer_gru, __VA_ARGS__, NULL, NULL                                                        \
    }
#define BOTH(options, inner, ...)                                                                  \
    {                                                                                              \
        &layer_bidirectional, options, &layer_##inner, __VA_ARGS__                                 \
    }
#define READOUT(...)                                                                               \
    {                                                                                              \
        &layer_readout, __VA_ARGS__, NULL, NULL                                                    \
    }
#define DENSE(...)                                                                                 \
    {                                                                                              \
        &layer_dense, __VA_ARGS__, NULL, NULL                                                      \
    }
#define DROPOUT(...)                                                                               \
    {                                                                                              \
        &layer_dropout, __VA_ARGS__, NULL, NULL                                                    \
    }

/* Several of all steps, of one step; the longest of all steps and none as long as another; one
 * example; none of all steps. */
static const int32_t mixed[] = {5, 3, 3, 1}, all_different[] = {6, 4, 1}, single[] = {2};
static const int32_t all_short[] = {3, 1};

static const struct layer_case layer_cases[] = {
    {RNN("units=5"), {4, 3, 7, 0, 0, NULL}, false},
    {RNN("units=1"), {1, 1, 1, 0, 0, NULL}, false},
    {RNN("units=33 recurrent_bias=true"), {3, 2, 17, 0, 5, NULL}, false},
    {RNN("units=17 activation=relu"), {4, 3, 5, 0, 0, NULL}, true},
    {RNN("units=3 activation=sigmoid"), {6, 1, 2, 0, 0, NULL}, false},
    {RNN("units=5 activation=linear"), {3, 2, 3, 0, 0, NULL}, false},
    {LSTM("units=5"), {4, 3, 7, 0, 0, NULL}, false},
    {LSTM("units=1"), {1, 1, 1, 0, 0, NULL}, false},
    {LSTM("units=33"), {3, 2, 17, 0, 4, NULL}, false},
    {LSTM("units=17 forget_bias=1"), {5, 1, 3, 0, 0, NULL}, false},
    {LSTM("units=3 recurrent_bias=true unit_forget_bias=true"), {9, 4, 1, 0, 6, NULL}, false},
    {LSTM("units=5 activation=relu"), {3, 2, 3, 0, 0, NULL}, true},
    {LSTM("units=5 activation=sigmoid"), {3, 2, 3, 0, 0, NULL}, false},
    {LSTM("units=5 activation=linear"), {3, 2, 3, 0, 0, NULL}, false},
    {LSTM("units=17 gate_activation=hard_sigmoid"), {3, 2, 3, 0, 0, NULL}, true},
    {GRU("units=5"), {4, 3, 7, 0, 0, NULL}, false},
    {GRU("units=1"), {1, 1, 1, 0, 0, NULL}, false},
    {GRU("units=33 reset=after"), {3, 2, 17, 0, 4, NULL}, false},
    {GRU("units=17 reset=before"), {4, 3, 5, 0, 0, NULL}, false},
    {GRU("units=3 reset=before recurrent_bias=true"), {6, 1, 2, 0, 2, NULL}, false},
    {GRU("units=3 reset=after recurrent_bias=true"), {6, 1, 2, 0, 0, NULL}, false},
    {BOTH("merge=concat", lstm, "units=5"), {4, 3, 7, 0, 0, NULL}, false},
    {BOTH("merge=sum", lstm, "units=3 recurrent_bias=true"), {5, 2, 3, 0, 3, NULL}, false},
    {BOTH("merge=mean", lstm, "units=17 forget_bias=1"), {3, 1, 5, 0, 0, NULL}, false},
    {BOTH("merge=concat", gru, "units=33"), {3, 2, 3, 0, 0, NULL}, false},
    {BOTH("merge=sum", gru, "units=5 reset=before"), {1, 1, 1, 0, 0, NULL}, false},
    {BOTH("merge=mean", rnn, "units=5"), {4, 3, 2, 0, 4, NULL}, false},
    {BOTH("merge=concat", rnn, "units=1"), {1, 1, 1, 0, 0, NULL}, false},
    {DROPOUT("rate=0.5"), {4, 3, 17, 0, 5, NULL}, false},
    {DROPOUT("rate=0.1"), {1, 1, 33, 0, 0, NULL}, false},
    {DROPOUT("rate=0"), {2, 3, 5, 0, 0, NULL}, false},
    {READOUT("of=last"), {4, 3, 17, 0, 0, NULL}, false},
    {READOUT("of=last"), {5, 2, 6, 4, 3, NULL}, false},
    {READOUT("of=mean"), {5, 3, 5, 0, 0, NULL}, false},
    {READOUT("of=max"), {5, 3, 5, 0, 4, NULL}, true},
    {READOUT("of=max"), {1, 1, 1, 0, 0, NULL}, false},
    {DENSE("units=5"), {1, 3, 7, 0, 0, NULL}, false},
    {DENSE("units=1"), {1, 1, 1, 0, 0, NULL}, false},
    {DENSE("units=33 bias=false"), {3, 2, 17, 0, 5, NULL}, false},
    {DENSE("units=17 activation=tanh"), {2, 3, 3, 0, 0, NULL}, false},
    {DENSE("units=17 activation=sigmoid"), {2, 3, 3, 0, 0, NULL}, false},
    {DENSE("units=17 activation=relu"), {2, 3, 3, 0, 0, NULL}, true},
    /* Examples of different lengths. */
    {RNN("units=5"), {5, 4, 3, 0, 0, mixed}, false},
    {RNN("units=17 activation=relu"), {5, 4, 3, 0, 0, mixed}, true},
    {LSTM("units=5"), {5, 4, 3, 0, 0, mixed}, false},
    {LSTM("units=3 recurrent_bias=true activation=sigmoid"), {5, 4, 3, 0, 0, mixed}, false},
    {GRU("units=5 reset=after recurrent_bias=true"), {5, 4, 3, 0, 0, mixed}, false},
    {GRU("units=5 reset=before"), {5, 4, 3, 0, 0, mixed}, false},
    {BOTH("merge=concat", lstm, "units=5"), {5, 4, 3, 0, 0, mixed}, false},
    {BOTH("merge=sum", gru, "units=3"), {5, 4, 3, 0, 0, mixed}, false},
    {BOTH("merge=mean", rnn, "units=3"), {5, 4, 3, 0, 0, mixed}, false},
    {BOTH("merge=mean", gru, "units=3 reset=before"), {5, 4, 3, 0, 0, mixed}, false},
    {DROPOUT("rate=0.5"), {5, 4, 3, 0, 0, mixed}, false},
    {READOUT("of=last"), {5, 4, 3, 0, 0, mixed}, false},
    {READOUT("of=mean"), {5, 4, 3, 0, 0, mixed}, false},
    {READOUT("of=max"), {5, 4, 3, 0, 0, mixed}, true},
    {DENSE("units=5"), {5, 4, 3, 0, 0, mixed}, false},
    {DENSE("units=7 activation=tanh"), {5, 4, 3, 0, 0, mixed}, false},
    {READOUT("of=last"), {5, 4, 6, 4, 7, mixed}, false},
    {LSTM("units=5"), {6, 3, 3, 0, 5, all_different}, false},
    {GRU("units=5"), {6, 3, 3, 0, 0, all_different}, false},
    {BOTH("merge=concat", rnn, "units=5"), {6, 3, 3, 0, 5, all_different}, false},
    {LSTM("units=33"), {4, 1, 17, 0, 0, single}, false},
    {BOTH("merge=concat", gru, "units=5"), {4, 1, 3, 0, 0, single}, false},
    {READOUT("of=mean"), {4, 1, 3, 0, 0, single}, false},
    {RNN("units=5"), {4, 2, 3, 0, 0, all_short}, false},
    {BOTH("merge=sum", lstm, "units=5"), {4, 2, 3, 0, 0, all_short}, false},
    {READOUT("of=max"), {4, 2, 3, 0, 0, all_short}, true},
};

/* Sum of out ∘ out_gradient, whose gradient is what backward is asked for. */
static double weighted_output(void *context)
{
    struct rig *rig = context;
    rig->layer->forward(&rig->call);
    double sum = 0;
    for (int64_t i = 0; i < rig->out_count; i++) {
        if (rig->out_gradient[i] != 0) { /* behind an example's end there may be anything */
            sum += (double)rig->out[i] * rig->out_gradient[i];
        }
    }
    return sum;
}

/* Prepares the check of all of a rig's gradients; SUBJECT and VARIABLES are for the caller to
 * keep. */
static struct differences rig_differences(struct rig *rig, char subject[256],
                                          struct variable variables[LAYER_TENSORS + 1], bool kinks)
{
    snprintf(subject, 256, "%s on [%lld steps, %lld examples%s, %lld features]", rig->name,
             (long long)rig->plan.in.steps, (long long)rig->call.batch,
             rig->call.lengths ? " of different lengths" : "", (long long)rig->plan.in.features);
    int count = 0;
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        variables[count++] =
            (struct variable){rig->plan.tensors[i].name, rig->weights[i], rig->gradients[i],
                              tensor_size(&rig->plan.tensors[i])};
    }
    variables[count++] = (struct variable){"in", rig->in, rig->in_gradient, rig->in_count};
    return (struct differences){.subject = subject,
                                .evaluate = weighted_output,
                                .context = rig,
                                .variables = variables,
                                .variable_count = count,
                                .kinks = kinks,
                                .tolerance = TOLERANCE};
}

static void finish(struct differences *differences)
{
    print_message("%s: %d checked, %d at a kink, worst error %.1e\n", differences->subject,
                  differences->checked, differences->skipped, differences->worst);
    if (differences->failures) {
        print_error("%s", text_get(&differences->report));
    }
    int failures = differences->failures;
    text_release(&differences->report);
    assert_int_equal(failures, 0);
}

static void test_layer_gradients(void **state)
{
    const struct layer_case *layer_case = *state;
    struct rig rig;
    rig_init(&rig, &layer_case->spec, &layer_case->shape);
    rig_fill(&rig, 21);
    rig_forward(&rig);
    rig_backward(&rig);
    char subject[256];
    struct variable variables[LAYER_TENSORS + 1];
    struct differences differences = rig_differences(&rig, subject, variables, layer_case->kinks);
    differences_check(&differences);
    rig_release(&rig);
    finish(&differences);
}

static void assert_same_bits(const struct rig *rig, const char *what, const float *expected,
                             const float *found, int64_t count)
{
    for (int64_t i = 0; i < count; i++) {
        if (memcmp(&expected[i], &found[i], sizeof(float)) != 0) {
            fail_msg("%s: %s [%lld]: expected %.9g, found %.9g", rig->name, what, (long long)i,
                     expected[i], found[i]);
        }
    }
}

/* Gradients that stand there already stay in the sum. */
static void check_addition(struct rig *rig)
{
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        int64_t count = tensor_size(&rig->plan.tensors[i]);
        float *alone = memory_copy(rig->gradients[i], (size_t)count * sizeof(float));
        fill_normal(rig->gradients[i], count, 2.0, 77, (uint32_t)i);
        float *before = memory_copy(rig->gradients[i], (size_t)count * sizeof(float));
        rig_forward(rig);
        fill_nan(rig->scratch, rig->plan.scratch_floats);
        rig->layer->backward(&rig->call);
        for (int64_t k = 0; k < count; k++) {
            double expected = (double)before[k] + alone[k];
            if (!(fabs(rig->gradients[i][k] - expected) <= 1e-5 * (1 + fabs(expected)))) {
                fail_msg("%s: %s [%lld]: %.9g and %.9g should add up, found %.9g", rig->name,
                         rig->plan.tensors[i].name, (long long)k, before[k], alone[k],
                         rig->gradients[i][k]);
            }
        }
        memory_free(alone);
        memory_free(before);
        rig_forward(rig);
        rig_backward(rig);
    }
}

/* Nobody asks for the input's gradient: the others are the same, and it is not touched. */
static void check_unwanted_input_gradient(struct rig *rig)
{
    float *kept[LAYER_TENSORS];
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        kept[i] = memory_copy(rig->gradients[i],
                              (size_t)tensor_size(&rig->plan.tensors[i]) * sizeof(float));
    }
    rig->call.in_gradient = NULL;
    rig_forward(rig);
    rig_backward(rig);
    rig->call.in_gradient = rig->in_gradient;
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        assert_same_bits(rig, rig->plan.tensors[i].name, kept[i], rig->gradients[i],
                         tensor_size(&rig->plan.tensors[i]));
        memory_free(kept[i]);
    }
}

/* Evaluation, which saves nothing, gives the forward pass of training: to the bit, except that a
 * recurrent layer may multiply its inputs step by step there, which BLAS may add up in another
 * order. */
static void check_evaluation(struct rig *rig)
{
    rig_forward(rig);
    float *trained = memory_copy(rig->out, (size_t)rig->out_count * sizeof(float));
    rig->call.saved = NULL;
    rig->call.training = false;
    rig_forward(rig);
    rig->call.saved = rig->saved;
    rig->call.training = true;
    if (rig->layer == &layer_dropout) {
        rig_fill_ends(rig, rig->out, rig->plan.out.features, NAN); /* as it is in the input */
        assert_same_bits(rig, "out of evaluation", rig->in, rig->out, rig->out_count);
    } else if (!rig->layer->recurrent && rig->layer != &layer_bidirectional) {
        assert_same_bits(rig, "out of evaluation", trained, rig->out, rig->out_count);
    }
    for (int64_t i = 0; i < rig->out_count && rig->layer != &layer_dropout; i++) {
        if (!(fabsf(rig->out[i] - trained[i]) <= 2e-6f * (1 + fabsf(trained[i])))) {
            fail_msg("%s: out of evaluation [%lld]: expected %.9g, found %.9g", rig->name,
                     (long long)i, trained[i], rig->out[i]);
        }
    }
    memory_free(trained);
}

/* Behind an example's end a recurrent layer keeps the last state; what any layer leaves there is
 * finite. */
static void check_ends(struct rig *rig)
{
    const struct layer_plan *plan = &rig->plan;
    int64_t features = plan->out.features, batch = rig->call.batch;
    rig_forward(rig);
    for (int64_t i = 0; i < rig->out_count; i++) {
        if (!isfinite(rig->out[i])) {
            fail_msg("%s: out [%lld]: %g", rig->name, (long long)i, rig->out[i]);
        }
    }
    for (int64_t row = 0; row < plan->in.steps * batch && rig->layer->recurrent; row++) {
        int64_t last = rig->call.lengths ? rig->call.lengths[row % batch] - 1 : plan->in.steps;
        if (row / batch > last) {
            assert_same_bits(rig, "state that is copied",
                             rig->out + (last * batch + row % batch) * features,
                             rig->out + row * features, features);
        }
    }
}

/* A batch smaller than the plan's gives the same bits as a plan of its size. */
static void check_smaller_batch(const struct layer_case *layer_case, struct rig *rig)
{
    struct rig larger;
    struct rig_shape shape = layer_case->shape;
    shape.plan_batch = shape.batch + 3;
    rig_init(&larger, &layer_case->spec, &shape);
    rig_fill(&larger, 21);
    rig_forward(rig);
    rig_backward(rig);
    rig_forward(&larger);
    rig_backward(&larger);
    assert_same_bits(rig, "out of a larger plan", rig->out, larger.out, rig->out_count);
    assert_same_bits(rig, "in_gradient of a larger plan", rig->in_gradient, larger.in_gradient,
                     rig->in_count);
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        assert_same_bits(rig, "gradient of a larger plan", rig->gradients[i], larger.gradients[i],
                         tensor_size(&rig->plan.tensors[i]));
    }
    rig_release(&larger);
}

static void test_layer_contract(void **state)
{
    const struct layer_case *layer_case = *state;
    struct rig rig;
    rig_init(&rig, &layer_case->spec, &layer_case->shape);
    rig_fill(&rig, 21);
    rig_forward(&rig);
    rig_backward(&rig);
    check_addition(&rig);
    check_unwanted_input_gradient(&rig);
    check_evaluation(&rig);
    check_ends(&rig);
    check_smaller_batch(layer_case, &rig);
    rig_release(&rig);
}

/* One element of one gradient is a little wrong: the check must say so, for each gradient. */
static void test_wrong_gradient_is_noticed(void **state)
{
    const struct layer_case *layer_case = *state;
    struct rig rig;
    rig_init(&rig, &layer_case->spec, &layer_case->shape);
    rig_fill(&rig, 21);
    rig_forward(&rig);
    rig_backward(&rig);
    for (int i = 0; i <= rig.plan.tensor_count; i++) {
        char subject[256];
        struct variable variables[LAYER_TENSORS + 1];
        struct differences differences =
            rig_differences(&rig, subject, variables, layer_case->kinks);
        float *gradient = i < rig.plan.tensor_count ? rig.gradients[i] : rig.in_gradient;
        int64_t last = variables[i].count - 1;
        float kept = gradient[last];
        gradient[last] += 0.05f;
        int failures = differences_check(&differences);
        gradient[last] = kept;
        if (failures == 0) {
            fail_msg("%s: a wrong gradient of %s was not noticed", subject, variables[i].name);
        }
        assert_non_null(strstr(text_get(&differences.report), variables[i].name));
        text_release(&differences.report);
    }
    rig_release(&rig);
}

/* Shards of a batch drop what the whole batch drops. */
static void test_dropout_of_shards(void **state)
{
    (void)state;
    enum { STEPS = 3, BATCH = 4, FEATURES = 5, FIRST = 2 };
    struct layer_spec spec = DROPOUT("rate=0.5");
    struct rig whole, shard;
    rig_init(&whole, &spec, &(struct rig_shape){STEPS, BATCH, FEATURES, 0, 0, NULL});
    rig_init(&shard, &spec, &(struct rig_shape){STEPS, BATCH - FIRST, FEATURES, 0, BATCH, NULL});
    for (int64_t i = 0; i < whole.in_count; i++) {
        whole.in[i] = 1;
    }
    for (int64_t i = 0; i < shard.in_count; i++) {
        shard.in[i] = 1;
    }
    shard.call.first_example = FIRST;
    rig_forward(&whole);
    rig_forward(&shard);
    int dropped = 0;
    for (int64_t t = 0; t < STEPS; t++) {
        for (int64_t b = FIRST; b < BATCH; b++) {
            for (int64_t f = 0; f < FEATURES; f++) {
                float expected = whole.out[(t * BATCH + b) * FEATURES + f];
                float found = shard.out[(t * (BATCH - FIRST) + b - FIRST) * FEATURES + f];
                assert_true(expected == found);
                assert_true(expected == 0 || expected == 2);
                dropped += expected == 0;
            }
        }
    }
    assert_in_range(dropped, 5, 25);
    rig_release(&whole);
    rig_release(&shard);
}

/* A loss on random logits. */
struct loss_subject {
    const struct loss *loss;
    const void *params;
    const float *logits;
    const int32_t *labels;
    int64_t batch, classes;
    float scale;
    float *losses;
};

static double scaled_losses(void *context)
{
    struct loss_subject *subject = context;
    subject->loss->evaluate(subject->params, subject->logits, subject->labels, subject->batch,
                            subject->classes, subject->scale, subject->losses, NULL);
    double sum = 0;
    for (int64_t i = 0; i < subject->batch; i++) {
        sum += subject->losses[i];
    }
    return sum * subject->scale;
}

struct loss_case {
    const struct loss *loss;
    const char *options;
    int64_t batch, classes;
    float scale;
};

static const struct loss_case loss_cases[] = {
    {&loss_softmax_cross_entropy, "", 5, 10, 1.0f},
    {&loss_softmax_cross_entropy, "label_smoothing=0.1", 3, 7, 0.5f},
    {&loss_softmax_cross_entropy, "", 1, 2, 2.0f},
    {&loss_double_softmax, "", 5, 10, 1.0f},
    {&loss_double_softmax, "", 1, 3, 3.0f},
};

static void test_loss_gradient(void **state)
{
    const struct loss_case *loss_case = *state;
    int64_t count = loss_case->batch * loss_case->classes;
    struct module_setup setup;
    module_setup_init(&setup, &loss_case->loss->module, loss_case->options);
    float *logits = floats_new(count), *gradient = floats_new(count);
    float *losses = floats_new(loss_case->batch);
    int32_t labels[16];
    for (int i = 0; i < loss_case->batch; i++) {
        labels[i] = (int32_t)((i * 3 + 1) % loss_case->classes);
    }
    fill_normal(logits, count, 1.5, 31, 0);
    fill_nan(gradient, count);
    loss_case->loss->evaluate(setup.params, logits, labels, loss_case->batch, loss_case->classes,
                              loss_case->scale, losses, gradient);
    struct loss_subject subject = {loss_case->loss,  setup.params,       logits,           labels,
                                   loss_case->batch, loss_case->classes, loss_case->scale, losses};
    struct variable variable = {"logits", logits, gradient, count};
    char name[128];
    snprintf(name, sizeof(name), "%s %s on [%lld, %lld]", loss_case->loss->module.name,
             loss_case->options, (long long)loss_case->batch, (long long)loss_case->classes);
    struct differences differences = {.subject = name,
                                      .evaluate = scaled_losses,
                                      .context = &subject,
                                      .variables = &variable,
                                      .variable_count = 1,
                                      .tolerance = TOLERANCE};
    differences_check(&differences);
    memory_free(logits);
    memory_free(gradient);
    memory_free(losses);
    module_setup_release(&setup);
    finish(&differences);
}

/* Bidirectional LSTM, dropout, readout, dense, loss: chained by hand. */
enum { STACK_LAYERS = 4, STACK_BATCH = 3 };

struct stack {
    struct rig rigs[STACK_LAYERS];
    struct module_setup loss;
    int32_t labels[STACK_BATCH];
    float losses[STACK_BATCH];
};

static double stack_loss(void *context)
{
    struct stack *stack = context;
    for (int i = 0; i < STACK_LAYERS; i++) {
        struct rig *rig = &stack->rigs[i];
        if (i > 0) {
            memcpy(rig->in, stack->rigs[i - 1].out, (size_t)rig->in_count * sizeof(float));
        }
        rig_forward(rig);
    }
    const struct rig *head = &stack->rigs[STACK_LAYERS - 1];
    loss_softmax_cross_entropy.evaluate(stack->loss.params, head->out, stack->labels, STACK_BATCH,
                                        head->plan.out.features, 1, stack->losses, NULL);
    double sum = 0;
    for (int i = 0; i < STACK_BATCH; i++) {
        sum += stack->losses[i];
    }
    return sum;
}

static void stack_backward(struct stack *stack)
{
    struct rig *head = &stack->rigs[STACK_LAYERS - 1];
    loss_softmax_cross_entropy.evaluate(stack->loss.params, head->out, stack->labels, STACK_BATCH,
                                        head->plan.out.features, 1, stack->losses,
                                        head->out_gradient);
    for (int i = STACK_LAYERS - 1; i >= 0; i--) {
        struct rig *rig = &stack->rigs[i];
        rig_backward(rig);
        if (i > 0) {
            memcpy(stack->rigs[i - 1].out_gradient, rig->in_gradient,
                   (size_t)rig->in_count * sizeof(float));
        }
    }
}

static void stack_init(struct stack *stack, const struct layer_spec *specs, const int32_t *lengths)
{
    struct rig_shape shape = {4, STACK_BATCH, 5, 0, 0, lengths};
    for (int i = 0; i < STACK_LAYERS; i++) {
        struct rig *rig = &stack->rigs[i];
        rig_init(rig, &specs[i], &shape);
        rig->call.layer = (uint32_t)i;
        rig_fill(rig, 41 + (uint64_t)i);
        if (shape.steps != rig->plan.out.steps) {
            shape.lengths = NULL;
        }
        shape.steps = rig->plan.out.steps;
        shape.features = rig->plan.out.features;
        shape.reversed_from = rig->plan.out.reversed_from;
    }
    module_setup_init(&stack->loss, &loss_softmax_cross_entropy.module, "");
    for (int i = 0; i < STACK_BATCH; i++) {
        stack->labels[i] = (i * 2 + 1) % 3;
    }
}

static void check_stack(const struct layer_spec *specs, const int32_t *lengths, const char *subject)
{
    static struct stack stack;
    stack_init(&stack, specs, lengths);
    stack_loss(&stack);
    stack_backward(&stack);
    struct variable variables[STACK_LAYERS * LAYER_TENSORS + 1];
    int count = 0;
    for (int i = 0; i < STACK_LAYERS; i++) {
        struct rig *rig = &stack.rigs[i];
        for (int k = 0; k < rig->plan.tensor_count; k++) {
            variables[count++] =
                (struct variable){rig->plan.tensors[k].name, rig->weights[k], rig->gradients[k],
                                  tensor_size(&rig->plan.tensors[k])};
        }
    }
    assert_in_range(count, 8, 12);
    struct rig *first = &stack.rigs[0];
    variables[count++] = (struct variable){"in", first->in, first->in_gradient, first->in_count};
    struct differences differences = {.subject = subject,
                                      .evaluate = stack_loss,
                                      .context = &stack,
                                      .variables = variables,
                                      .variable_count = count,
                                      .tolerance = TOLERANCE};
    differences_check(&differences);
    for (int i = 0; i < STACK_LAYERS; i++) {
        rig_release(&stack.rigs[i]);
    }
    module_setup_release(&stack.loss);
    finish(&differences);
}

static void test_whole_stack(void **state)
{
    (void)state;
    static const struct layer_spec last[STACK_LAYERS] = {
        BOTH("merge=concat", lstm, "units=7"),
        DROPOUT("rate=0.4"),
        READOUT("of=last"),
        DENSE("units=3"),
    };
    static const struct layer_spec mean[STACK_LAYERS] = {
        GRU("units=7 recurrent_bias=true"),
        BOTH("merge=sum", rnn, "units=4"),
        READOUT("of=mean"),
        DENSE("units=3"),
    };
    static const int32_t lengths[STACK_BATCH] = {4, 3, 1}, short_ones[STACK_BATCH] = {3, 2, 2};
    check_stack(last, NULL, "bidirectional lstm, dropout, readout, dense, loss");
    check_stack(last, lengths, "the same with lengths");
    check_stack(last, short_ones, "the same with short ones only");
    check_stack(mean, lengths, "gru, bidirectional rnn, mean, dense, loss with lengths");
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

int main(void)
{
    if (numerics_begin() < 0) {
        return EXIT_FAILURE;
    }
    struct CMUnitTest tests[3 * COUNT(layer_cases) + COUNT(loss_cases) + 2];
    size_t count = 0;
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_whole_stack);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_dropout_of_shards);
    for (size_t i = 0; i < COUNT(layer_cases); i++) {
        void *layer_case = (void *)&layer_cases[i];
        tests[count++] =
            (struct CMUnitTest)cmocka_unit_test_prestate(test_layer_gradients, layer_case);
        tests[count++] =
            (struct CMUnitTest)cmocka_unit_test_prestate(test_layer_contract, layer_case);
        tests[count++] = (struct CMUnitTest)cmocka_unit_test_prestate(
            test_wrong_gradient_is_noticed, layer_case);
    }
    for (size_t i = 0; i < COUNT(loss_cases); i++) {
        tests[count++] = (struct CMUnitTest)cmocka_unit_test_prestate(test_loss_gradient,
                                                                      (void *)&loss_cases[i]);
    }
    return _cmocka_run_group_tests("gradients", tests, count, NULL, NULL);
}
