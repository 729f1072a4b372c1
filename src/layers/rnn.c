/* The plain recurrent network: Elman, "Finding structure in time", 1990. */
#include "layers/recurrent.h"
#include "math/matrix.h"

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
    plan->scratch_floats = units + state;        /* a row, and the gradient from the next step */
    return 0;
}

/* h = f(z + b) with z = W x + U h'. OUT [batch, units] holds z, then h; BIAS [units]. */
MATH_BODY void squash_body(int64_t batch, int64_t units, const float *bias, float *out,
                           enum activation activation)
{
    for (int64_t b = 0; b < batch; b++) {
        float *h = out + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++)
            h[j] = activate(activation, h[j] + bias[j]);
    }
}

/* δz = δh ∘ f'(z), with δh from above and from the next step; all are [batch, units]. */
MATH_BODY void gradients_body(int64_t batch, int64_t units, const float *out,
                              const float *out_gradient, const float *hidden_gradient,
                              float *sum_gradient, enum activation activation)
{
#pragma GCC ivdep
    for (int64_t i = 0; i < batch * units; i++)
        sum_gradient[i] =
            (out_gradient[i] + hidden_gradient[i]) * activation_slope(activation, out[i]);
}

/* One loop for each activation, so that each becomes vector code. */
MATH_BODY void any_squash_body(int64_t batch, int64_t units, const float *bias, float *out,
                               enum activation activation)
{
    switch (activation) {
    case ACTIVATION_TANH:
        squash_body(batch, units, bias, out, ACTIVATION_TANH);
        break;
    case ACTIVATION_RELU:
        squash_body(batch, units, bias, out, ACTIVATION_RELU);
        break;
    case ACTIVATION_SIGMOID:
        squash_body(batch, units, bias, out, ACTIVATION_SIGMOID);
        break;
    default:
        squash_body(batch, units, bias, out, ACTIVATION_LINEAR);
    }
}

MATH_CLONES(squash, any_squash_body,
            (int64_t batch, int64_t units, const float *bias, float *out,
             enum activation activation),
            (batch, units, bias, out, activation))

MATH_BODY void any_gradients_body(int64_t batch, int64_t units, const float *out,
                                  const float *out_gradient, const float *hidden_gradient,
                                  float *sum_gradient, enum activation activation)
{
    switch (activation) {
    case ACTIVATION_TANH:
        gradients_body(batch, units, out, out_gradient, hidden_gradient, sum_gradient,
                       ACTIVATION_TANH);
        break;
    case ACTIVATION_RELU:
        gradients_body(batch, units, out, out_gradient, hidden_gradient, sum_gradient,
                       ACTIVATION_RELU);
        break;
    case ACTIVATION_SIGMOID:
        gradients_body(batch, units, out, out_gradient, hidden_gradient, sum_gradient,
                       ACTIVATION_SIGMOID);
        break;
    default:
        gradients_body(batch, units, out, out_gradient, hidden_gradient, sum_gradient,
                       ACTIVATION_LINEAR);
    }
}

MATH_CLONES(gradients, any_gradients_body,
            (int64_t batch, int64_t units, const float *out, const float *out_gradient,
             const float *hidden_gradient, float *sum_gradient, enum activation activation),
            (batch, units, out, out_gradient, hidden_gradient, sum_gradient, activation))

static void rnn_forward(const struct layer_call *call)
{
    const struct rnn_params *params = call->params;
    int64_t steps = call->plan->in.steps, batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, state = batch * units;
    float *bias = call->scratch;
    recurrent_bias_row(call, units, bias);
    matrix_multiply(false, true, steps * batch, units, inputs, call->in, inputs,
                    call->weights[WEIGHT_IH], inputs, 0, call->out, units);
    for (int64_t t = 0; t < steps; t++) {
        float *out = call->out + t * state;
        if (t > 0)
            matrix_multiply(false, true, batch, units, units, out - state, units,
                            call->weights[WEIGHT_HH], units, 1, out, units);
        squash(batch, units, bias, out, (enum activation)params->activation);
    }
}

static void rnn_backward(const struct layer_call *call)
{
    const struct rnn_params *params = call->params;
    int64_t steps = call->plan->in.steps, batch = call->batch;
    int64_t units = call->plan->out.features, state = batch * units;
    float *row = call->scratch, *hidden_gradient = row + units;
    float *sum_gradients = call->saved; /* [steps, batch, units] δz */
    memset(hidden_gradient, 0, (size_t)state * sizeof(float));
    for (int64_t t = steps - 1; t >= 0; t--) {
        float *sum_gradient = sum_gradients + t * state;
        gradients(batch, units, call->out + t * state, call->out_gradient + t * state,
                  hidden_gradient, sum_gradient, (enum activation)params->activation);
        if (t > 0) /* δh' = δz U */
            matrix_multiply(false, false, batch, units, units, sum_gradient, units,
                            call->weights[WEIGHT_HH], units, 0, hidden_gradient, units);
    }
    recurrent_add_gradients(call, sum_gradients, units, row);
}

const struct layer layer_rnn = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "rnn",
               .summary = "Plain recurrent network: h = f(W x + U h' + b).", .params = params_table,
               .defaults = &defaults, .params_size = sizeof(struct rnn_params)},
    .recurrent = true,
    .describe = rnn_describe,
    .forward = rnn_forward,
    .backward = rnn_backward,
};
