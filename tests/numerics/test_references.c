/* Layers, losses, optimisers and schedules against what PyTorch computes in float64. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "numerics/reference.h"
#include "numerics/rig.h"

static const double TOLERANCE = 1e-5;

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct layer_case {
    const char *name; /* in layers.txt */
    struct layer_spec spec;
    int64_t reversed_from; /* 0: nothing is reversed */
};

static const struct layer_case layer_cases[] = {
    {"rnn_tanh", {&layer_rnn, "units=4", NULL, NULL}, 0},
    {"rnn_tanh_two_biases", {&layer_rnn, "units=4 recurrent_bias=true", NULL, NULL}, 0},
    {"rnn_relu", {&layer_rnn, "units=4 activation=relu", NULL, NULL}, 0},
    {"lstm", {&layer_lstm, "units=4", NULL, NULL}, 0},
    {"lstm_two_biases", {&layer_lstm, "units=4 recurrent_bias=true", NULL, NULL}, 0},
    {"lstm_forget_bias", {&layer_lstm, "units=4 forget_bias=1", NULL, NULL}, 0},
    {"gru_two_biases", {&layer_gru, "units=4 reset=after recurrent_bias=true", NULL, NULL}, 0},
    {"gru_after", {&layer_gru, "units=4 reset=after", NULL, NULL}, 0},
    {"gru_before", {&layer_gru, "units=4 reset=before", NULL, NULL}, 0},
    {"bilstm_concat",
     {&layer_bidirectional, "merge=concat", &layer_lstm, "units=4 recurrent_bias=true"},
     0},
    {"bilstm_sum",
     {&layer_bidirectional, "merge=sum", &layer_lstm, "units=4 recurrent_bias=true"},
     0},
    {"bigru_concat",
     {&layer_bidirectional, "merge=concat", &layer_gru, "units=4 reset=after recurrent_bias=true"},
     0},
    {"bigru_mean",
     {&layer_bidirectional, "merge=mean", &layer_gru, "units=4 reset=after recurrent_bias=true"},
     0},
    {"dense", {&layer_dense, "units=4", NULL, NULL}, 0},
    {"dense_tanh", {&layer_dense, "units=4 activation=tanh", NULL, NULL}, 0},
    {"dense_relu", {&layer_dense, "units=4 activation=relu", NULL, NULL}, 0},
    {"dense_sigmoid", {&layer_dense, "units=4 activation=sigmoid", NULL, NULL}, 0},
    {"readout_last", {&layer_readout, "of=last", NULL, NULL}, 2},
    {"readout_mean", {&layer_readout, "of=mean", NULL, NULL}, 0},
    {"readout_max", {&layer_readout, "of=max", NULL, NULL}, 0},
};

static struct rig_shape shape_of(const struct references *references, const char *name,
                                 int64_t reversed_from)
{
    const struct reference *in = references_get(references, name, "in", -1);
    assert_int_equal(in->dimensions, 3);
    return (struct rig_shape){in->shape[0], in->shape[1], in->shape[2], reversed_from, 0, NULL};
}

/* Weights PREFIXname of CASE into the rig. */
static void load_weights(struct rig *rig, const struct references *references, const char *name,
                         const char *prefix)
{
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        const struct tensor *tensor = &rig->plan.tensors[i];
        char full[96];
        snprintf(full, sizeof(full), "%s%s", prefix, tensor->name);
        const struct reference *reference =
            references_get(references, name, full, tensor_size(tensor));
        assert_int_equal(reference->shape[0], tensor->rows);
        assert_int_equal(reference->dimensions, tensor->columns ? 2 : 1);
        references_load(references, name, full, rig->weights[i], tensor_size(tensor));
    }
}

/* What the rig holds for each of its weights (its gradients, or themselves) against
 * CASE/PREFIXnameSUFFIX. */
static void compare_tensors(const struct rig *rig, float *const *found,
                            const struct references *references, const char *name,
                            const char *prefix, const char *suffix, double *worst)
{
    for (int i = 0; i < rig->plan.tensor_count; i++) {
        const struct tensor *tensor = &rig->plan.tensors[i];
        char full[96];
        snprintf(full, sizeof(full), "%s%s%s", prefix, tensor->name, suffix);
        references_compare(references, name, full, found[i], tensor_size(tensor), TOLERANCE, worst);
    }
}

static void test_layer(void **state)
{
    const struct layer_case *layer_case = *state;
    const char *name = layer_case->name;
    struct references references;
    references_open(&references, "layers.txt");
    struct rig_shape shape = shape_of(&references, name, layer_case->reversed_from);
    struct rig rig;
    rig_init(&rig, &layer_case->spec, &shape);
    load_weights(&rig, &references, name, "");
    references_load(&references, name, "in", rig.in, rig.in_count);
    references_load(&references, name, "out:gradient", rig.out_gradient, rig.out_count);
    rig_forward(&rig);
    rig_backward(&rig);
    double worst_out = 0, worst_gradient = 0;
    references_compare(&references, name, "out", rig.out, rig.out_count, TOLERANCE, &worst_out);
    references_compare(&references, name, "in:gradient", rig.in_gradient, rig.in_count, TOLERANCE,
                       &worst_gradient);
    compare_tensors(&rig, rig.gradients, &references, name, "", ":gradient", &worst_gradient);
    print_message("%s: out within %.1e, gradients within %.1e\n", name, worst_out, worst_gradient);
    rig_release(&rig);
    references_release(&references);
}

/* On sequences of different lengths, against packed ones. */
static const struct layer_case length_cases[] = {
    {"rnn", {&layer_rnn, "units=4 recurrent_bias=true", NULL, NULL}, 0},
    {"lstm", {&layer_lstm, "units=4 recurrent_bias=true", NULL, NULL}, 0},
    {"gru", {&layer_gru, "units=4 reset=after recurrent_bias=true", NULL, NULL}, 0},
    {"birnn_sum",
     {&layer_bidirectional, "merge=sum", &layer_rnn, "units=4 recurrent_bias=true"},
     0},
    {"bilstm_concat",
     {&layer_bidirectional, "merge=concat", &layer_lstm, "units=4 recurrent_bias=true"},
     0},
    {"bilstm_mean",
     {&layer_bidirectional, "merge=mean", &layer_lstm, "units=4 recurrent_bias=true"},
     0},
    {"bigru_concat",
     {&layer_bidirectional, "merge=concat", &layer_gru, "units=4 reset=after recurrent_bias=true"},
     0},
};

/* The last valid output of each direction of RIG's examples against CASE/last. */
static void compare_last(const struct rig *rig, const struct references *references,
                         const char *name, double *worst)
{
    static const struct layer_spec spec = {&layer_readout, "of=last", NULL, NULL};
    const struct sequence *out = &rig->plan.out;
    struct rig_shape shape = {out->steps,         rig->call.batch, out->features,
                              out->reversed_from, rig->call.batch, rig->call.lengths};
    struct rig readout;
    rig_init(&readout, &spec, &shape);
    memcpy(readout.in, rig->out, (size_t)readout.in_count * sizeof(float));
    rig_forward(&readout);
    references_compare(references, name, "last", readout.out, readout.out_count, TOLERANCE, worst);
    rig_release(&readout);
}

static void test_lengths(void **state)
{
    static const int32_t lengths[] = {5, 3, 1};
    const struct layer_case *layer_case = *state;
    const char *name = layer_case->name;
    struct references references;
    references_open(&references, "lengths.txt");
    struct rig_shape shape = shape_of(&references, name, 0);
    assert_int_equal(shape.batch, COUNT(lengths));
    shape.lengths = lengths;
    struct rig rig;
    rig_init(&rig, &layer_case->spec, &shape);
    load_weights(&rig, &references, name, "");
    references_load(&references, name, "in", rig.in, rig.in_count);
    rig_fill_ends(&rig, rig.in, rig.plan.in.features, NAN);
    references_load(&references, name, "out:gradient", rig.out_gradient, rig.out_count);
    rig_forward(&rig);
    rig_backward(&rig);
    double worst = 0;
    if (!rig.plan.out.mixes_directions) {
        compare_last(&rig, &references, name, &worst);
    }
    rig_fill_ends(&rig, rig.out, rig.plan.out.features, 0);
    references_compare(&references, name, "out", rig.out, rig.out_count, TOLERANCE, &worst);
    references_compare(&references, name, "in:gradient", rig.in_gradient, rig.in_count, TOLERANCE,
                       &worst);
    compare_tensors(&rig, rig.gradients, &references, name, "", ":gradient", &worst);
    print_message("%s of different lengths: within %.1e\n", name, worst);
    rig_release(&rig);
    references_release(&references);
}

/* Two LSTM layers, one upon the other. */
static void test_stacked_layers(void **state)
{
    (void)state;
    struct references references;
    references_open(&references, "layers.txt");
    struct layer_spec spec = {&layer_lstm, "units=4 recurrent_bias=true", NULL, NULL};
    struct rig_shape shape = shape_of(&references, "stacked", 0);
    struct rig lower, upper;
    rig_init(&lower, &spec, &shape);
    shape.features = lower.plan.out.features;
    rig_init(&upper, &spec, &shape);
    load_weights(&lower, &references, "stacked", "0.");
    load_weights(&upper, &references, "stacked", "1.");
    references_load(&references, "stacked", "in", lower.in, lower.in_count);
    references_load(&references, "stacked", "out:gradient", upper.out_gradient, upper.out_count);
    rig_forward(&lower);
    memcpy(upper.in, lower.out, (size_t)upper.in_count * sizeof(float));
    rig_forward(&upper);
    rig_backward(&upper);
    memcpy(lower.out_gradient, upper.in_gradient, (size_t)upper.in_count * sizeof(float));
    rig_backward(&lower);
    double worst = 0;
    references_compare(&references, "stacked", "out", upper.out, upper.out_count, TOLERANCE,
                       &worst);
    references_compare(&references, "stacked", "in:gradient", lower.in_gradient, lower.in_count,
                       TOLERANCE, &worst);
    compare_tensors(&lower, lower.gradients, &references, "stacked", "0.", ":gradient", &worst);
    compare_tensors(&upper, upper.gradients, &references, "stacked", "1.", ":gradient", &worst);
    print_message("stacked: within %.1e\n", worst);
    rig_release(&lower);
    rig_release(&upper);
    references_release(&references);
}

/* The norms of the hidden states' gradients, see layer_call.state_gradients. */
static const struct layer_case flow_cases[] = {
    {"rnn", {&layer_rnn, "units=4", NULL, NULL}, 0},
    {"lstm", {&layer_lstm, "units=4", NULL, NULL}, 0},
    {"gru_after", {&layer_gru, "units=4 reset=after", NULL, NULL}, 0},
    {"gru_before", {&layer_gru, "units=4 reset=before", NULL, NULL}, 0},
    {"birnn", {&layer_bidirectional, "merge=concat", &layer_rnn, "units=4"}, 0},
    {"bilstm", {&layer_bidirectional, "merge=concat", &layer_lstm, "units=4"}, 0},
    {"bigru", {&layer_bidirectional, "merge=concat", &layer_gru, "units=4 reset=after"}, 0},
};

enum { MOST_NORMS = 16 };

/* Backward with the norms, which are compared with CASE/NORMS. */
static void compare_norms(struct rig *rig, const struct references *references, const char *name,
                          const char *norms, double *worst)
{
    double found[MOST_NORMS];
    float rounded[MOST_NORMS];
    int64_t count = rig->plan.states * rig->plan.in.steps;
    assert_in_range(count, 1, MOST_NORMS);
    for (int64_t i = 0; i < count; i++)
        found[i] = NAN;
    rig->call.state_gradients = found;
    rig_backward(rig);
    for (int64_t i = 0; i < count; i++)
        rounded[i] = (float)found[i];
    references_compare(references, name, norms, rounded, count, TOLERANCE, worst);
}

static void test_gradient_flow(void **state)
{
    const struct layer_case *flow_case = *state;
    const char *name = flow_case->name;
    struct references references;
    references_open(&references, "gradient_flow.txt");
    struct rig_shape shape = shape_of(&references, name, 0);
    struct rig rig;
    double worst = 0;
    rig_init(&rig, &flow_case->spec, &shape);
    load_weights(&rig, &references, name, "");
    references_load(&references, name, "in", rig.in, rig.in_count);
    references_load(&references, name, "out:gradient", rig.out_gradient, rig.out_count);
    rig_forward(&rig);
    compare_norms(&rig, &references, name, "norms", &worst);
    print_message("%s: norms of gradients within %.1e\n", name, worst);
    rig_release(&rig);
    references_release(&references);
}

/* An RNN below an LSTM: the lower one's gradients come through the upper one. */
static void test_gradient_flow_of_two_layers(void **state)
{
    (void)state;
    struct references references;
    references_open(&references, "gradient_flow.txt");
    struct layer_spec specs[] = {{&layer_rnn, "units=4", NULL, NULL},
                                 {&layer_lstm, "units=4", NULL, NULL}};
    struct rig_shape shape = shape_of(&references, "stacked", 0);
    struct rig lower, upper;
    double worst = 0;
    rig_init(&lower, &specs[0], &shape);
    shape.features = lower.plan.out.features;
    rig_init(&upper, &specs[1], &shape);
    load_weights(&lower, &references, "stacked", "0.");
    load_weights(&upper, &references, "stacked", "1.");
    references_load(&references, "stacked", "in", lower.in, lower.in_count);
    references_load(&references, "stacked", "out:gradient", upper.out_gradient, upper.out_count);
    rig_forward(&lower);
    memcpy(upper.in, lower.out, (size_t)upper.in_count * sizeof(float));
    rig_forward(&upper);
    compare_norms(&upper, &references, "stacked", "1.norms", &worst);
    memcpy(lower.out_gradient, upper.in_gradient, (size_t)upper.in_count * sizeof(float));
    compare_norms(&lower, &references, "stacked", "0.norms", &worst);
    print_message("stacked: norms of gradients within %.1e\n", worst);
    rig_release(&lower);
    rig_release(&upper);
    references_release(&references);
}

struct loss_case {
    const char *name; /* in losses.txt */
    const struct loss *loss;
    const char *options;
};

static const struct loss_case loss_cases[] = {
    {"plain", &loss_softmax_cross_entropy, ""},
    {"smoothed", &loss_softmax_cross_entropy, "label_smoothing=0.1"},
    {"double_softmax", &loss_double_softmax, ""},
};

enum { LOSS_BATCH = 6, LOSS_CLASSES = 10, LOSS_COUNT = LOSS_BATCH * LOSS_CLASSES };

static void test_loss(void **state)
{
    const struct loss_case *loss_case = *state;
    const char *name = loss_case->name;
    struct references references;
    references_open(&references, "losses.txt");
    float logits[LOSS_COUNT], gradient[LOSS_COUNT], losses[LOSS_BATCH];
    int32_t labels[LOSS_BATCH];
    references_load(&references, name, "logits", logits, LOSS_COUNT);
    const struct reference *reference = references_get(&references, name, "labels", LOSS_BATCH);
    for (int i = 0; i < LOSS_BATCH; i++) {
        labels[i] = (int32_t)reference->values[i];
    }
    struct module_setup setup;
    module_setup_init(&setup, &loss_case->loss->module, loss_case->options);
    double worst = 0;
    loss_case->loss->evaluate(setup.params, logits, labels, LOSS_BATCH, LOSS_CLASSES, 1, losses,
                              gradient);
    references_compare(&references, name, "losses", losses, LOSS_BATCH, TOLERANCE, &worst);
    references_compare(&references, name, "logits:gradient", gradient, LOSS_COUNT, TOLERANCE,
                       &worst);
    /* The scale is the gradient's alone, and a power of two changes no digit. */
    float scaled[LOSS_COUNT];
    loss_case->loss->evaluate(setup.params, logits, labels, LOSS_BATCH, LOSS_CLASSES, 0.25f, losses,
                              scaled);
    references_compare(&references, name, "losses", losses, LOSS_BATCH, TOLERANCE, &worst);
    for (int i = 0; i < LOSS_COUNT; i++) {
        assert_true(scaled[i] == 0.25f * gradient[i]);
    }
    loss_case->loss->probabilities(setup.params, logits, LOSS_BATCH, LOSS_CLASSES, gradient);
    references_compare(&references, name, "probabilities", gradient, LOSS_COUNT, TOLERANCE, &worst);
    print_message("loss %s: within %.1e\n", name, worst);
    module_setup_release(&setup);
    references_release(&references);
}

/* The classifier of training.txt: LSTM, the last step, dense. */
enum { LAYERS = 3, BATCH = 4, CLASSES = 3, TRAINING_STEPS = 10 };

struct classifier {
    struct rig rigs[LAYERS];
    float *moments[LAYERS][LAYER_TENSORS][OPTIMIZER_MOMENTS];
    const struct optimizer *optimizer;
    struct module_setup optimizer_setup, loss_setup;
};

static void classifier_init(struct classifier *classifier, const struct references *references,
                            const struct optimizer *optimizer, const char *options)
{
    static const struct layer_spec specs[LAYERS] = {
        {&layer_lstm, "units=6 recurrent_bias=true", NULL, NULL},
        {&layer_readout, "of=last", NULL, NULL},
        {&layer_dense, "units=3", NULL, NULL},
    };
    memset(classifier, 0, sizeof(*classifier));
    const struct reference *inputs = references_get(references, NULL, "inputs", -1);
    struct rig_shape shape = {inputs->shape[1], BATCH, inputs->shape[3], 0, 0, NULL};
    for (int i = 0; i < LAYERS; i++) {
        struct rig *rig = &classifier->rigs[i];
        rig_init(rig, &specs[i], &shape);
        shape.steps = rig->plan.out.steps;
        shape.features = rig->plan.out.features;
        char prefix[8];
        snprintf(prefix, sizeof(prefix), "%d.", i);
        load_weights(rig, references, "start", prefix);
        for (int k = 0; k < rig->plan.tensor_count; k++) {
            for (int m = 0; optimizer->moments[m]; m++) {
                classifier->moments[i][k][m] = floats_new(tensor_size(&rig->plan.tensors[k]));
            }
        }
    }
    classifier->optimizer = optimizer;
    module_setup_init(&classifier->optimizer_setup, &optimizer->module, options);
    module_setup_check(&classifier->optimizer_setup);
    module_setup_init(&classifier->loss_setup, &loss_softmax_cross_entropy.module, "");
}

static void classifier_release(struct classifier *classifier)
{
    for (int i = 0; i < LAYERS; i++) {
        for (int k = 0; k < LAYER_TENSORS; k++) {
            for (int m = 0; m < OPTIMIZER_MOMENTS; m++) {
                memory_free(classifier->moments[i][k][m]);
            }
        }
        rig_release(&classifier->rigs[i]);
    }
    module_setup_release(&classifier->optimizer_setup);
    module_setup_release(&classifier->loss_setup);
}

/* Forward and backward of one batch; returns the mean loss. */
static float classifier_gradients(struct classifier *classifier, const double *inputs,
                                  const double *labels)
{
    struct rig *rigs = classifier->rigs;
    for (int64_t i = 0; i < rigs[0].in_count; i++) {
        rigs[0].in[i] = (float)inputs[i];
    }
    for (int i = 0; i < LAYERS; i++) {
        if (i > 0) {
            memcpy(rigs[i].in, rigs[i - 1].out, (size_t)rigs[i].in_count * sizeof(float));
        }
        rig_forward(&rigs[i]);
    }
    struct rig *head = &rigs[LAYERS - 1];
    int32_t classes[BATCH];
    for (int i = 0; i < BATCH; i++) {
        classes[i] = (int32_t)labels[i];
    }
    float losses[BATCH];
    loss_softmax_cross_entropy.evaluate(classifier->loss_setup.params, head->out, classes, BATCH,
                                        CLASSES, 1.0f / BATCH, losses, head->out_gradient);
    for (int i = LAYERS - 1; i >= 0; i--) {
        rig_backward(&rigs[i]);
        if (i > 0) {
            memcpy(rigs[i - 1].out_gradient, rigs[i].in_gradient,
                   (size_t)rigs[i].in_count * sizeof(float));
        }
    }
    float sum = 0;
    for (int i = 0; i < BATCH; i++) {
        sum += losses[i];
    }
    return sum / BATCH;
}

static void classifier_update(struct classifier *classifier, int64_t step)
{
    const void *params = classifier->optimizer_setup.params;
    double rate = classifier->optimizer->rate(params);
    for (int i = 0; i < LAYERS; i++) {
        struct rig *rig = &classifier->rigs[i];
        for (int k = 0; k < rig->plan.tensor_count; k++) {
            const struct tensor *tensor = &rig->plan.tensors[k];
            classifier->optimizer->update(params, rig->weights[k], rig->gradients[k],
                                          classifier->moments[i][k], tensor_size(tensor), rate,
                                          step, tensor->decays);
        }
    }
}

static void compare_classifier(const struct classifier *classifier, bool gradients,
                               const struct references *references, const char *name, double *worst)
{
    for (int i = 0; i < LAYERS; i++) {
        const struct rig *rig = &classifier->rigs[i];
        char prefix[8];
        snprintf(prefix, sizeof(prefix), "%d.", i);
        compare_tensors(rig, gradients ? rig->gradients : rig->weights, references, name, prefix,
                        gradients ? ":gradient" : "", worst);
    }
}

struct optimizer_case {
    const char *name; /* in training.txt */
    const struct optimizer *optimizer;
    const char *options;
};

static const struct optimizer_case optimizer_cases[] = {
    {"sgd", &optimizer_sgd, "rate=0.01"},
    {"sgd_momentum", &optimizer_sgd, "rate=0.01 momentum=0.9"},
    {"sgd_nesterov", &optimizer_sgd, "rate=0.01 momentum=0.9 nesterov=true"},
    {"rmsprop", &optimizer_rmsprop, "rate=0.01 decay=0.9 epsilon=1e-5"},
    {"rmsprop_momentum", &optimizer_rmsprop, "rate=0.01 decay=0.9 epsilon=1e-5 momentum=0.5"},
    {"adagrad", &optimizer_adagrad, "rate=0.01 epsilon=1e-5"},
    {"adagrad_initial", &optimizer_adagrad, "rate=0.01 epsilon=1e-5 initial=0.1"},
    {"adam", &optimizer_adam, "rate=0.01 epsilon=1e-4 epsilon_at=corrected"},
    {"adam_uncorrected", &optimizer_adam, "rate=0.01 epsilon=1e-4 epsilon_at=uncorrected"},
    {"adamw", &optimizer_adamw, "rate=0.01 epsilon=1e-8 weight_decay=0.1"},
};

static void test_ten_steps(void **state)
{
    const struct optimizer_case *optimizer_case = *state;
    struct references references;
    references_open(&references, "training.txt");
    static struct classifier classifier;
    classifier_init(&classifier, &references, optimizer_case->optimizer, optimizer_case->options);
    const double *inputs = references_get(&references, NULL, "inputs", -1)->values;
    const double *labels =
        references_get(&references, NULL, "labels", TRAINING_STEPS * BATCH)->values;
    float losses[TRAINING_STEPS];
    double worst_first = 0, worst = 0;
    for (int step = 1; step <= TRAINING_STEPS; step++) {
        losses[step - 1] =
            classifier_gradients(&classifier, inputs + (step - 1) * classifier.rigs[0].in_count,
                                 labels + (step - 1) * BATCH);
        if (step == 1) {
            references_compare(&references, "first", "logits", classifier.rigs[LAYERS - 1].out,
                               BATCH * CLASSES, TOLERANCE, &worst_first);
            compare_classifier(&classifier, true, &references, "first", &worst_first);
        }
        classifier_update(&classifier, step);
        if (step == 1 || step == TRAINING_STEPS) {
            char name[64];
            snprintf(name, sizeof(name), "%s/%d", optimizer_case->name, step);
            compare_classifier(&classifier, false, &references, name, &worst);
        }
    }
    references_compare(&references, optimizer_case->name, "losses", losses, TRAINING_STEPS,
                       TOLERANCE, &worst);
    print_message("%s: first gradients within %.1e, weights and losses within %.1e\n",
                  optimizer_case->name, worst_first, worst);
    classifier_release(&classifier);
    references_release(&references);
}

struct schedule_case {
    const char *name; /* in schedules.txt */
    const struct schedule *schedule;
    const char *options;
};

static const struct schedule_case schedule_cases[] = {
    {"step", &schedule_step, "every=4 factor=0.5"},
    {"step", &schedule_exponential, "decay=0.5 every=4 staircase=true"},
    {"exponential", &schedule_exponential, "decay=0.96 every=1"},
    {"cosine", &schedule_cosine, "steps=15 end=0.1"},
    {"polynomial", &schedule_polynomial, "steps=12 power=2"},
};

static void test_schedule(void **state)
{
    const struct schedule_case *schedule_case = *state;
    struct references references;
    references_open(&references, "schedules.txt");
    const struct reference *factors = references_get(&references, NULL, schedule_case->name, -1);
    struct module_setup setup;
    module_setup_init(&setup, &schedule_case->schedule->module, schedule_case->options);
    for (int64_t step = 0; step < factors->count; step++) {
        struct schedule_time time = {.step = step, .steps = 1000, .steps_per_epoch = 10};
        double factor = schedule_case->schedule->factor(setup.params, NULL, &time);
        if (!(fabs(factor - factors->values[step]) <= 1e-12)) {
            fail_msg("%s at step %lld: expected %.17g, found %.17g", schedule_case->name,
                     (long long)step, factors->values[step], factor);
        }
    }
    module_setup_release(&setup);
    references_release(&references);
}

static void check_plateau(const struct references *references, const char *name, const char *metric)
{
    struct module_setup setup;
    char options[128];
    snprintf(options, sizeof(options),
             "metric=%s factor=0.5 patience=2 min_delta=0.01 cooldown=1 minimum=0.05", metric);
    module_setup_init(&setup, &schedule_plateau.module, options);
    assert_string_equal(schedule_plateau.watches(setup.params), metric);
    void *state = memory_new(schedule_plateau.module.state_size);
    const struct reference *metrics = references_get(references, name, "metrics", -1);
    const struct reference *factors = references_get(references, name, "factors", metrics->count);
    for (int64_t i = 0; i < metrics->count; i++) {
        struct schedule_time time = {.step = 10 * i, .steps = 1000, .steps_per_epoch = 10};
        schedule_plateau.observe(setup.params, state, &time, metrics->values[i]);
        double factor = schedule_plateau.factor(setup.params, state, &time);
        if (!(fabs(factor - factors->values[i]) <= 1e-12)) {
            fail_msg("%s after evaluation %lld: expected %.17g, found %.17g", name, (long long)i,
                     factors->values[i], factor);
        }
    }
    memory_free(state);
    module_setup_release(&setup);
}

static void test_plateau(void **state)
{
    (void)state;
    struct references references;
    references_open(&references, "schedules.txt");
    check_plateau(&references, "plateau_loss", "validation.loss");
    check_plateau(&references, "plateau_accuracy", "validation.accuracy");
    references_release(&references);
}

/* The comparison must see a difference in the fifth digit, and a value that is not a number. */
static void test_differences_are_noticed(void **state)
{
    (void)state;
    struct references references;
    references_open(&references, "losses.txt");
    const struct reference *logits = references_get(&references, "plain", "logits", LOSS_COUNT);
    float found[LOSS_COUNT];
    references_load(&references, "plain", "logits", found, LOSS_COUNT);
    assert_true(reference_distance(logits, found, NULL) < 1e-7);
    double largest = 0;
    for (int64_t i = 0; i < LOSS_COUNT; i++) {
        largest = fmax(largest, fabs(found[i]));
    }
    for (int64_t i = 0; i < LOSS_COUNT; i++) {
        float kept = found[i];
        int64_t worst = -1;
        found[i] += (float)(3e-5 * (fabs(kept) + largest / 5));
        assert_true(reference_distance(logits, found, &worst) > TOLERANCE);
        assert_int_equal(worst, i);
        found[i] = NAN;
        assert_true(reference_distance(logits, found, &worst) > TOLERANCE);
        assert_int_equal(worst, i);
        found[i] = kept;
    }
    references_release(&references);
}

#define ADD_CASES(function, cases)                                                                 \
    for (size_t i = 0; i < COUNT(cases); i++) {                                                    \
        tests[count++] =                                                                           \
            (struct CMUnitTest){#function, function, NULL, NULL, (void *)&(cases)[i]};             \
    }

int main(void)
{
    if (numerics_begin() < 0) {
        return EXIT_FAILURE;
    }
    struct CMUnitTest tests[COUNT(layer_cases) + COUNT(loss_cases) + COUNT(optimizer_cases) +
                            COUNT(schedule_cases) + COUNT(flow_cases) + COUNT(length_cases) + 4];
    size_t count = 0;
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_differences_are_noticed);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_stacked_layers);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_plateau);
    tests[count++] = (struct CMUnitTest)cmocka_unit_test(test_gradient_flow_of_two_layers);
    ADD_CASES(test_gradient_flow, flow_cases)
    ADD_CASES(test_layer, layer_cases)
    ADD_CASES(test_lengths, length_cases)
    ADD_CASES(test_loss, loss_cases)
    ADD_CASES(test_ten_steps, optimizer_cases)
    ADD_CASES(test_schedule, schedule_cases)
    return _cmocka_run_group_tests("references", tests, count, NULL, NULL);
}
