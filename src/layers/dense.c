/* A fully connected layer, applied to each step by itself: y = f(W x + b). Its default activation
 * is linear, as the head that gives the logits needs it. */
#include "base/parts.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "math/vector.h"
#include "module/layer.h"

#include <limits.h>
#include <string.h>

enum dense_activation { DENSE_LINEAR, DENSE_TANH, DENSE_RELU, DENSE_SIGMOID };

struct dense {
    int64_t units;  /* 0: number of classes */
    int activation; /* enum dense_activation */
    struct module_choice kernel_init, bias_init;
    bool bias;
};

enum { DENSE_WEIGHT, DENSE_BIAS };

static const char *const activation_names[] = {[DENSE_LINEAR] = "linear",
                                               [DENSE_TANH] = "tanh",
                                               [DENSE_RELU] = "relu",
                                               [DENSE_SIGMOID] = "sigmoid",
                                               NULL};

static const struct dense dense_defaults = {.units = 0, .activation = DENSE_LINEAR, .bias = true};

/* torch.nn.Linear draws weight and bias from ±1/√inputs, which `hidden` is here. */
static const struct param dense_params[] = {
    {
        .name = "units",
        .summary = "Outputs; none means the number of classes.",
        .type = PARAM_INTEGER,
        .flags = PARAM_OPTIONAL,
        .offset = offsetof(struct dense, units),
        .minimum = 1,
        .maximum = 65536,
    },
    {
        .name = "activation",
        .summary = "Function of each output.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct dense, activation),
        .choices = activation_names,
    },
    {
        .name = "kernel_init",
        .summary = "How the weights start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct dense, kernel_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "glorot",
        .preset = {[INIT_PYTORCH] = "{uniform: {limit: 1, over: sqrt_hidden}}"},
    },
    {
        .name = "bias_init",
        .summary = "How the biases start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct dense, bias_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "zeros",
        .preset = {[INIT_PYTORCH] = "{uniform: {limit: 1, over: sqrt_hidden}}"},
    },
    {
        .name = "bias",
        .summary = "Adds a bias to each output.",
        .type = PARAM_BOOLEAN,
        .offset = offsetof(struct dense, bias),
    },
    {0},
};

/* A sum over both directions belongs to neither; outputs of one direction alone stay its. */
static void describe_directions(const struct sequence *in, struct sequence *out)
{
    bool reversed = in->reversed_from<in->features, forward = in->reversed_from> 0;
    out->mixes_directions = in->mixes_directions || (reversed && forward);
    out->reversed_from = reversed && !out->mixes_directions ? 0 : out->features;
}

static int dense_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct dense *dense = params;
    int64_t inputs = plan->in.features, units = dense->units ? dense->units : plan->classes;
    if (units <= 0)
        return error_set(error, ERROR_USAGE,
                         "dense: units is none, which means one per class, but the data set has "
                         "no classes: give units");
    if (inputs > INT_MAX || plan->in.steps > INT_MAX / plan->batch)
        return error_set(error, ERROR_USAGE,
                         "dense: %lld steps of %lld inputs in batches of %lld are more than a "
                         "matrix product can index (%d rows): choose a smaller batch or shorter "
                         "sequences",
                         (long long)plan->in.steps, (long long)inputs, (long long)plan->batch,
                         INT_MAX);
    plan->out.features = units;
    describe_directions(&plan->in, &plan->out);
    plan->tensors[DENSE_WEIGHT] = (struct tensor){
        .name = "weight",
        .rows = units,
        .columns = inputs,
        .fan_in = inputs,
        .fan_out = units,
        .joint_fan_in = inputs,
        .hidden = inputs,
        .decays = true,
        .init = dense->kernel_init,
    };
    plan->tensors[DENSE_BIAS] = (struct tensor){
        .name = "bias",
        .rows = units,
        .fan_in = inputs,
        .fan_out = units,
        .joint_fan_in = inputs,
        .hidden = inputs,
        .init = dense->bias_init,
    };
    plan->tensor_count = dense->bias ? 2 : 1;
    if (dense->activation != DENSE_LINEAR)
        plan->scratch_floats = plan->in.steps * plan->batch * units;
    plan->operations = 2.0 * (double)plan->in.steps * (double)inputs * (double)units;
    plan->input_gradient_operations = plan->operations;
    return 0;
}

MATH_BODY void relu_body(int64_t count, float *out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = out[i] < 0 ? 0 : out[i]; /* what is not a number stays */
}

MATH_CLONES(relu, relu_body, (int64_t count, float *out), (count, out))

/* out: y; out_gradient: ∂y; writes ∂y ∘ f'(W x + b), where f' is known from y. */
MATH_BODY void derive_body(int64_t count, int activation, const float *out,
                           const float *out_gradient, float *restrict derived)
{
    if (activation == DENSE_TANH)
        for (int64_t i = 0; i < count; i++)
            derived[i] = out_gradient[i] * (1 - out[i] * out[i]);
    else if (activation == DENSE_SIGMOID)
        for (int64_t i = 0; i < count; i++)
            derived[i] = out_gradient[i] * (out[i] * (1 - out[i]));
    else
        for (int64_t i = 0; i < count; i++)
            derived[i] = out[i] > 0 ? out_gradient[i] : 0;
}

MATH_CLONES(derive, derive_body,
            (int64_t count, int activation, const float *out, const float *out_gradient,
             float *derived),
            (count, activation, out, out_gradient, derived))

/* COUNT rows: IN [count, inputs], OUT [count, units]. */
static void forward_rows(const struct layer_call *call, int64_t count, const float *in, float *out)
{
    const struct dense *dense = call->params;
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    if (dense->bias)
        for (int64_t row = 0; row < count; row++)
            memcpy(out + row * units, call->weights[DENSE_BIAS], (size_t)units * sizeof *out);
    matrix_multiply(false, true, count, units, inputs, in, inputs, call->weights[DENSE_WEIGHT],
                    inputs, dense->bias ? 1 : 0, out, units);
    if (dense->activation == DENSE_TANH)
        vector_tanh(count * units, out, out);
    else if (dense->activation == DENSE_SIGMOID)
        vector_sigmoid(count * units, out, out);
    else if (dense->activation == DENSE_RELU)
        relu(count * units, out);
}

static void dense_forward(const struct layer_call *call)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    PART(HEAD);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);)
        forward_rows(call, rows.count, call->in + rows.first * inputs,
                     call->out + rows.first * units);
}

/* With a = W x + b: ∂W += ∂aᵀ x, ∂b += Σ ∂a, ∂x = ∂a W. COUNT rows from row FIRST on. */
static void backward_rows(const struct layer_call *call, int64_t first, int64_t count)
{
    const struct dense *dense = call->params;
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    const float *derived = call->out_gradient + first * units; /* [count, units] */
    if (dense->activation != DENSE_LINEAR) {
        derive(count * units, dense->activation, call->out + first * units, derived, call->scratch);
        derived = call->scratch;
    }
    matrix_multiply(true, false, units, inputs, count, derived, units, call->in + first * inputs,
                    inputs, 1, call->gradients[DENSE_WEIGHT], inputs);
    if (dense->bias)
        matrix_add_column_sums(derived, count, units, call->gradients[DENSE_BIAS]);
    if (call->in_gradient)
        matrix_multiply(false, false, count, inputs, units, derived, units,
                        call->weights[DENSE_WEIGHT], inputs, 0, call->in_gradient + first * inputs,
                        inputs);
}

static void dense_backward(const struct layer_call *call)
{
    PART(HEAD);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);)
        backward_rows(call, rows.first, rows.count);
}

const struct layer layer_dense = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
            .name = "dense",
            .summary = "A fully connected layer; the head that gives the logits.",
            .params = dense_params,
            .defaults = &dense_defaults,
            .params_size = sizeof(struct dense),
        },
    .lengths = LAYER_STEPWISE,
    .describe = dense_describe,
    .forward = dense_forward,
    .backward = dense_backward,
};
