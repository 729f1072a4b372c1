/* The plain recurrent network: Elman, "Finding structure in time", 1990. */
#include "base/parts.h"
#include "layers/recurrent.h"
#include "math/packed.h"

#include <string.h>

struct rnn_params {
    struct recurrent_params common;
    int activation; /* enum activation */
};

static const struct rnn_params defaults = {.common = {.units = RECURRENT_UNITS}};

static const struct param params_table[] = {
    RECURRENT_PARAMS(struct rnn_params, "false"),
    {.name = "activation",
     .summary = "What squashes the new hidden state.",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct rnn_params, activation),
     .choices = recurrent_activation_names},
    {0},
};

static int rnn_describe(const void *data, struct layer_plan *plan, struct error *error)
{
    const struct rnn_params *params = data;
    if (recurrent_describe(&params->common, 1, plan, error))
        return -1;
    int64_t units = params->common.units, state = plan->batch * units;
    plan->saved_floats = plan->in.steps * state; /* backward's gradients of the sums */
    /* A row, the gradient of the state, and the weights that every step multiplies by. */
    plan->scratch_floats = units + state + recurrent_work_floats(plan->in.features, units, units);
    return 0;
}

/* h = f(z) with z = W x + U h' + b. OUT [batch, units] holds z, then h. */
MATH_BODY void squash_body(int64_t batch, int64_t units, float *out, enum activation activation)
{
    for (int64_t i = 0; i < batch * units; i++)
        out[i] = activate(activation, out[i]);
}

/* δz = δh ∘ f'(z); all are [batch, units]. */
MATH_BODY void gradients_body(int64_t batch, int64_t units, const float *out,
                              const float *hidden_gradient, float *sum_gradient,
                              enum activation activation)
{
    MATH_INDEPENDENT
    for (int64_t i = 0; i < batch * units; i++)
        sum_gradient[i] = hidden_gradient[i] * activation_slope(activation, out[i]);
}

/* One loop for each activation, so that each becomes vector code. */
MATH_BODY void any_squash_body(int64_t batch, int64_t units, float *out, enum activation activation)
{
    switch (activation) {
    case ACTIVATION_TANH:
        squash_body(batch, units, out, ACTIVATION_TANH);
        break;
    case ACTIVATION_RELU:
        squash_body(batch, units, out, ACTIVATION_RELU);
        break;
    case ACTIVATION_SIGMOID:
        squash_body(batch, units, out, ACTIVATION_SIGMOID);
        break;
    default:
        squash_body(batch, units, out, ACTIVATION_LINEAR);
    }
}

MATH_CLONES(squash, any_squash_body,
            (int64_t batch, int64_t units, float *out, enum activation activation),
            (batch, units, out, activation))

MATH_BODY void any_gradients_body(int64_t batch, int64_t units, const float *out,
                                  const float *hidden_gradient, float *sum_gradient,
                                  enum activation activation)
{
    switch (activation) {
    case ACTIVATION_TANH:
        gradients_body(batch, units, out, hidden_gradient, sum_gradient, ACTIVATION_TANH);
        break;
    case ACTIVATION_RELU:
        gradients_body(batch, units, out, hidden_gradient, sum_gradient, ACTIVATION_RELU);
        break;
    case ACTIVATION_SIGMOID:
        gradients_body(batch, units, out, hidden_gradient, sum_gradient, ACTIVATION_SIGMOID);
        break;
    default:
        gradients_body(batch, units, out, hidden_gradient, sum_gradient, ACTIVATION_LINEAR);
    }
}

MATH_CLONES(gradients, any_gradients_body,
            (int64_t batch, int64_t units, const float *out, const float *hidden_gradient,
             float *sum_gradient, enum activation activation),
            (batch, units, out, hidden_gradient, sum_gradient, activation))

static void rnn_forward(const struct layer_call *call)
{
    const struct rnn_params *params = call->params;
    int64_t batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, state = batch * units;
    float *bias = call->scratch, *work = bias + units + state;
    recurrent_bias_row(call, units, bias);
    PART(PACKING);
    const struct packed weight_ih =
        packed_pack(true, inputs, units, call->weights[WEIGHT_IH], inputs, work);
    const struct packed weight_hh = packed_pack(true, units, units, call->weights[WEIGHT_HH], units,
                                                work + packed_floats(inputs, units));
    for (int64_t t = 0; t < layer_longest(call); t++) {
        int64_t active = layer_active(call, t);
        float *out = call->out + t * state;
        const struct packed_term terms[] = {
            {.a = call->in + t * batch * inputs, .lda = inputs, .b = &weight_ih},
            {.a = t ? out - state : NULL, .lda = units, .b = &weight_hh},
        };
        PART(PRODUCTS);
        packed_multiply(active, terms, t ? 2 : 1, bias, 0, out, units);
        PART(GATES);
        squash(active, units, out, (enum activation)params->activation);
    }
    layer_copy_through(call, units, call->out);
}

static void rnn_backward(const struct layer_call *call)
{
    const struct rnn_params *params = call->params;
    int64_t last = layer_longest(call) - 1;
    int64_t units = call->plan->out.features, state = call->batch * units;
    float *row = call->scratch, *work = row + units + state;
    float *sum_gradients = call->saved; /* [steps, batch, units] δz */
    /* [batch, units] δh: from above alone at the last step, then with what the next step gives. */
    float *next_gradient = row + units;
    const float *hidden_gradient = call->out_gradient + last * state;
    PART(PACKING);
    const struct packed weight_hh =
        packed_pack(false, units, units, call->weights[WEIGHT_HH], units, work);
    PART(GATES_BACKWARD);
    for (int64_t t = last; t >= 0; t--) {
        int64_t active = layer_active(call, t);
        float *sum_gradient = sum_gradients + t * state;
        recurrent_measure(call, t, hidden_gradient, NULL);
        gradients(active, units, call->out + t * state, hidden_gradient, sum_gradient,
                  (enum activation)params->activation);
        if (t > 0) { /* δh' = the gradient from above + δz U */
            const struct packed_term term = {.a = sum_gradient, .lda = units, .b = &weight_hh};
            PART(RECURRENCE_BACKWARD);
            packed_multiply(active, &term, 1, call->out_gradient + (t - 1) * state, units,
                            next_gradient, units);
            recurrent_take_ends(call, t - 1, next_gradient);
            hidden_gradient = next_gradient;
        }
    }
    recurrent_add_gradients(call, sum_gradients, units, row, work);
}

const struct layer layer_rnn = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "rnn",
               .summary = "Plain recurrent network: h = f(W x + U h' + b).", .params = params_table,
               .defaults = &defaults, .params_size = sizeof(struct rnn_params)},
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = rnn_describe,
    .forward = rnn_forward,
    .backward = rnn_backward,
};
