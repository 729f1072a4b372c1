/* The independently recurrent network: Li, Li, Cook, Zhu and Gao, "Independently recurrent neural
 * network (IndRNN): building a longer and deeper RNN", CVPR 2018. Each unit sees its own past
 * alone, so that the recurrent weights are a vector; units meet in the layer above. With h' the
 * state before, zero at first, and f relu (or tanh):
 *     h = f(W x + u ∘ h' + b)
 *
 * A gradient that is carried back over T steps is multiplied by up to |u|ᵀ. The paper therefore
 * starts u uniformly in [0, 2^(1/T)] and clips it to |u| ≤ 2^(1/T) after each update. The start is
 * here: {between: {from: 0, to: 1.09}} for T = 8, the initialiser below, with 1 for `to` where
 * nothing is said, which suits any T. The clipping is not: a layer does not change its weights.
 * What grows all the same is held by train.clip. */
#include "unroll.h"

enum { INDRNN_RELU, INDRNN_TANH };

/* Tensors: weight_ih [units, inputs] = W, weight_hh [units] = u, bias [units]. */
struct indrnn {
    int64_t units;
    int activation; /* an index into indrnn_activations */
    struct module_choice kernel_init, recurrent_init, bias_init;
};

static const struct indrnn indrnn_defaults = {.units = RECURRENT_UNITS, .activation = INDRNN_RELU};

static const char *const indrnn_activations[] = {
    [INDRNN_RELU] = "relu", [INDRNN_TANH] = "tanh", NULL};

/* No framework has this layer: W and b start as in their recurrent layers, u as in the paper. */
static const struct param indrnn_params[] = {
    {
        .name = "units",
        .summary = "Size of the hidden state.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct indrnn, units),
        .minimum = 1,
        .maximum = 65536,
        .unit = "units",
    },
    {
        .name = "activation",
        .summary = "What squashes the new hidden state.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct indrnn, activation),
        .choices = indrnn_activations,
    },
    {
        .name = "kernel_init",
        .summary = "How the input's weights start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct indrnn, kernel_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "glorot",
        .preset = {[INIT_PYTORCH] = RECURRENT_PYTORCH_INIT},
    },
    {
        .name = "recurrent_init",
        .summary = "How the recurrent weights, one for each unit, start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct indrnn, recurrent_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "{between: {from: 0, to: 1}}",
    },
    {
        .name = "bias_init",
        .summary = "How the biases start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct indrnn, bias_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "zeros",
        .preset = {[INIT_PYTORCH] = RECURRENT_PYTORCH_INIT},
    },
    {0},
};

static int indrnn_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct indrnn *indrnn = params;
    const struct recurrent_params common = {.units = indrnn->units,
                                            .kernel_init = indrnn->kernel_init,
                                            .recurrent_init = indrnn->recurrent_init,
                                            .bias_init = indrnn->bias_init};
    if (recurrent_describe(&common, 1, plan, error))
        return -1;
    int64_t units = indrnn->units, state = plan->batch * units;
    /* One state reaches one sum. */
    struct tensor *recurrent = &plan->tensors[WEIGHT_HH];
    recurrent->columns = 0;
    recurrent->fan_in = recurrent->fan_out = recurrent->joint_fan_in = 1;
    plan->tensors[WEIGHT_IH].joint_fan_in = plan->in.features;
    plan->operations -= plan->state_gradient_operations; /* there is no recurrent product */
    plan->state_gradient_operations = 0;
    plan->saved_floats = plan->in.steps * state;
    plan->scratch_floats =
        3 * units + state + recurrent_work_floats(plan->in.features, units, units);
    return 0;
}

/* Where a call's arrays stand. */
struct indrnn_memory {
    float *derived; /* backward: [steps, batch, units] gradients of the sums that f squashes */
    float *row;     /* backward: [units] the bias's gradient */
    float *sums;    /* backward: [units] the gradient of u */
    float *zeros;   /* [units] a row of the first h' */
    float *work;    /* recurrent_work_floats: packed weights, and gradients' products */
    float *carried; /* backward: [batch, units] gradient of h from the next step */
};

static struct indrnn_memory find_memory(const struct layer_call *call)
{
    int64_t units = call->plan->out.features;
    struct indrnn_memory memory = {.derived = call->saved, .row = call->scratch};
    memory.sums = memory.row + units;
    memory.zeros = memory.sums + units;
    memory.carried = memory.zeros + units;
    memory.work = memory.carried + call->batch * units;
    memset(memory.zeros, 0, (size_t)units * sizeof(float));
    return memory;
}

/* h = f(z + u ∘ h'). OUT: [rows, units] z = W x + b, then h; RECURRENT: u [units]; PREVIOUS: h'
 * [rows, units], of row length STRIDE (0: the same row for all). */
MATH_BODY void states_body(int64_t rows, int64_t units, const float *recurrent,
                           const float *previous, int64_t stride, float *out,
                           enum activation activation)
{
    for (int64_t b = 0; b < rows; b++) {
        const float *before = previous + b * stride;
        float *h = out + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++)
            h[j] = activate(activation, h[j] + recurrent[j] * before[j]);
    }
}

/* One loop for each activation, so that each becomes vector code. */
MATH_BODY void any_states_body(int64_t rows, int64_t units, const float *recurrent,
                               const float *previous, int64_t stride, float *out,
                               enum activation activation)
{
    if (activation == ACTIVATION_TANH)
        states_body(rows, units, recurrent, previous, stride, out, ACTIVATION_TANH);
    else
        states_body(rows, units, recurrent, previous, stride, out, ACTIVATION_RELU);
}

MATH_CLONES(states, any_states_body,
            (int64_t rows, int64_t units, const float *recurrent, const float *previous,
             int64_t stride, float *out, enum activation activation),
            (rows, units, recurrent, previous, stride, out, activation))

/* With δh = ∂L/∂h from above and from the next step:
 *     δz = δh ∘ f'(z),   δh' = δz ∘ u,   δu += Σ δz ∘ h'
 * CARRIED: δh from the next step, then δh'; DERIVED: δz; both, and OUT (h) and OUT_GRADIENT, are
 * [rows, units]; SUMS: δu [units]; the rest as above. */
MATH_BODY void states_back_body(int64_t rows, int64_t units, const float *recurrent,
                                const float *previous, int64_t stride, const float *out,
                                const float *out_gradient, float *carried, float *derived,
                                float *sums, enum activation activation)
{
    for (int64_t b = 0; b < rows; b++) {
        const float *before = previous + b * stride, *h = out + b * units;
        const float *above = out_gradient + b * units;
        float *carry = carried + b * units, *sum = derived + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float d_sum = (above[j] + carry[j]) * activation_slope(activation, h[j]);
            sum[j] = d_sum;
            carry[j] = d_sum * recurrent[j];
            sums[j] += d_sum * before[j];
        }
    }
}

MATH_BODY void any_states_back_body(int64_t rows, int64_t units, const float *recurrent,
                                    const float *previous, int64_t stride, const float *out,
                                    const float *out_gradient, float *carried, float *derived,
                                    float *sums, enum activation activation)
{
    if (activation == ACTIVATION_TANH)
        states_back_body(rows, units, recurrent, previous, stride, out, out_gradient, carried,
                         derived, sums, ACTIVATION_TANH);
    else
        states_back_body(rows, units, recurrent, previous, stride, out, out_gradient, carried,
                         derived, sums, ACTIVATION_RELU);
}

MATH_CLONES(states_back, any_states_back_body,
            (int64_t rows, int64_t units, const float *recurrent, const float *previous,
             int64_t stride, const float *out, const float *out_gradient, float *carried,
             float *derived, float *sums, enum activation activation),
            (rows, units, recurrent, previous, stride, out, out_gradient, carried, derived, sums,
             activation))

static enum activation activation_of(const struct layer_call *call)
{
    const struct indrnn *indrnn = call->params;
    return indrnn->activation == INDRNN_TANH ? ACTIVATION_TANH : ACTIVATION_RELU;
}

static void indrnn_forward(const struct layer_call *call)
{
    int64_t steps = layer_longest(call), inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, state = call->batch * units;
    struct indrnn_memory memory = find_memory(call);
    const struct packed weights =
        packed_pack(true, inputs, units, call->weights[WEIGHT_IH], inputs, memory.work);
    /* No product waits for a state, so that all of the sequence is multiplied at once. */
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        const struct packed_term term = {
            .a = call->in + rows.first * inputs, .lda = inputs, .b = &weights};
        packed_multiply(rows.count, &term, 1, call->weights[BIAS_IH], 0,
                        call->out + rows.first * units, units);
    }
    for (int64_t t = 0; t < steps; t++) {
        float *out = call->out + t * state;
        states(layer_active(call, t), units, call->weights[WEIGHT_HH],
               t ? out - state : memory.zeros, t ? units : 0, out, activation_of(call));
    }
    layer_copy_through(call, units, call->out);
}

/* ∂W += Σ δz xᵀ, ∂b += Σ δz, ∂x = Wᵀ δz. */
static void add_products(const struct layer_call *call, const struct indrnn_memory *memory)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    memset(memory->row, 0, (size_t)units * sizeof(float));
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        const float *derived = memory->derived + rows.first * units;
        const struct outer_term term = {inputs, call->in + rows.first * inputs, inputs,
                                        call->gradients[WEIGHT_IH], inputs};
        outer_add(rows.count, units, derived, units, &term, 1, memory->work);
        matrix_add_column_sums(derived, rows.count, units, memory->row);
    }
    block_add(units, memory->row, call->gradients[BIAS_IH]);
    if (!call->in_gradient)
        return;
    const struct packed weights =
        packed_pack(false, units, inputs, call->weights[WEIGHT_IH], inputs, memory->work);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        const struct packed_term term = {
            .a = memory->derived + rows.first * units, .lda = units, .b = &weights};
        packed_multiply(rows.count, &term, 1, NULL, 0, call->in_gradient + rows.first * inputs,
                        inputs);
    }
}

static void indrnn_backward(const struct layer_call *call)
{
    int64_t units = call->plan->out.features, state = call->batch * units;
    struct indrnn_memory memory = find_memory(call);
    memset(memory.carried, 0, (size_t)state * sizeof(float));
    memset(memory.sums, 0, (size_t)units * sizeof(float));
    for (int64_t t = layer_longest(call) - 1; t >= 0; t--) {
        const float *out = call->out + t * state, *above = call->out_gradient + t * state;
        recurrent_measure(call, t, above, memory.carried);
        states_back(layer_active(call, t), units, call->weights[WEIGHT_HH],
                    t ? out - state : memory.zeros, t ? units : 0, out, above, memory.carried,
                    memory.derived + t * state, memory.sums, activation_of(call));
    }
    block_add(units, memory.sums, call->gradients[WEIGHT_HH]);
    add_products(call, &memory);
}

static const struct layer layer_indrnn = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
            .name = "indrnn",
            .summary = "The independently recurrent network (Li et al. 2018).",
            .params = indrnn_params,
            .defaults = &indrnn_defaults,
            .params_size = sizeof(struct indrnn),
        },
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = indrnn_describe,
    .forward = indrnn_forward,
    .backward = indrnn_backward,
};

/* An initialiser besides: the built-in `uniform` lies around zero. */
struct between {
    double from, to;
};

static const struct between between_defaults = {.from = 0, .to = 1};

static const struct param between_params[] = {
    {
        .name = "from",
        .summary = "The least value.",
        .type = PARAM_REAL,
        .offset = offsetof(struct between, from),
        .minimum = -1e6,
        .maximum = 1e6,
    },
    {
        .name = "to",
        .summary = "Values lie below this.",
        .type = PARAM_REAL,
        .offset = offsetof(struct between, to),
        .minimum = -1e6,
        .maximum = 1e6,
    },
    {0},
};

static int between_check(const void *params, struct error *error)
{
    const struct between *between = params;
    if (between->from < between->to)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "between: `from` (%g) must be less than `to` (%g): for one value alone, use "
                     "the initialiser `constant`",
                     between->from, between->to);
}

static int between_fill(const void *params, const struct tensor *tensor,
                        struct random_stream *stream, float *out, struct error *error)
{
    const struct between *between = params;
    (void)error; /* any tensor will do */
    for (int64_t i = 0; i < tensor_size(tensor); i++)
        out[i] = (float)(between->from + (between->to - between->from) * random_uniform(stream));
    return 0;
}

static const struct initializer initializer_between = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "between",
            .summary = "Uniform between two values.",
            .params = between_params,
            .defaults = &between_defaults,
            .params_size = sizeof(struct between),
            .check = between_check,
        },
    .fill = between_fill,
};

UNROLL_PLUGIN(&layer_indrnn.module, &initializer_between.module);
