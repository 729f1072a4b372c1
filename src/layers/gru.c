/* Gated recurrent unit: Cho et al., "Learning phrase representations using RNN encoder-decoder for
 * statistical machine translation", 2014, with the reset gate before the recurrent product as there
 * or after it as in cuDNN, PyTorch and Keras's reset_after. */
#include "layers/recurrent.h"
#include "math/matrix.h"

#include <string.h>

enum {
    GATES = 3,  /* blocks of units in the tensors: r z n */
    BLOCKS = 4, /* blocks of units in a row of the working block, see struct gru_memory */
};

enum reset { RESET_AFTER, RESET_BEFORE };

struct gru_params {
    struct recurrent_params common;
    int reset; /* enum reset */
    bool unit_gate_bias;
};

static const struct gru_params defaults = {.common = {.units = RECURRENT_UNITS}};

static const char *const reset_names[] = {"after", "before", NULL};

/* TensorFlow 1 keeps r and z in one matrix and n in another; here one matrix holds all three, so
 * that Glorot's fan_out is 3·units, as in Keras, and not 2·units and units. */
static const struct param params_table[] = {
    RECURRENT_PARAMS(struct gru_params, "true"),
    {.name = "reset",
     .summary = "Whether the reset gate acts after the recurrent product of the candidate (cuDNN, "
                "PyTorch, Keras) or before it (Cho et al. 2014, TensorFlow 1).",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct gru_params, reset),
     .choices = reset_names,
     .preset = {[INIT_TF1] = "before", [INIT_KERAS] = "after", [INIT_PYTORCH] = "after"}},
    {.name = "unit_gate_bias",
     .summary = "The gates' biases (r and z) start at one (with recurrent_bias: bias_ih does).",
     .type = PARAM_BOOLEAN,
     .offset = offsetof(struct gru_params, unit_gate_bias),
     .preset = {[INIT_TF1] = "true", [INIT_KERAS] = "false", [INIT_PYTORCH] = "false"}},
    {0},
};

/* Where a call's arrays stand. A row of BLOCKS holds, each of units values,
 *     reset after:  r z q n  with q = U_n h' + b_hn, which r multiplies
 *     reset before: r z n s  with s = r ∘ h'
 * first what comes before the activation, then activated; backward turns r, z, q and n into the
 * gradients of what they were before. */
struct gru_memory {
    float *blocks; /* [steps, batch, 4·units]; without saved: [batch, 4·units] */
    float *row;    /* [4·units] biases in the order of the blocks; backward: sums of gradients */
    float *zeros;  /* [units] a row of the initial state */
    float *hidden_gradient; /* [batch, units] from the next step; backward only */
    float *reset_gradient;  /* [batch, units] of s; backward with reset before only */
};

static void find_memory(const struct layer_call *call, struct gru_memory *memory)
{
    int64_t units = call->plan->out.features;
    float *row = call->scratch, *zeros = row + BLOCKS * units, *rest = zeros + units;
    *memory = (struct gru_memory){
        .blocks = call->saved ? call->saved : rest,
        .row = row,
        .zeros = zeros,
        .hidden_gradient = rest,
        .reset_gradient = rest + call->batch * units,
    };
    memset(zeros, 0, (size_t)units * sizeof(float));
}

static int gru_describe(const void *data, struct layer_plan *plan, struct error *error)
{
    const struct gru_params *params = data;
    if (recurrent_describe(&params->common, GATES, plan, error))
        return -1;
    int64_t units = params->common.units;
    if (params->unit_gate_bias) {
        plan->tensors[BIAS_IH].unit_to = 2 * units;
        plan->tensors[BIAS_IH].unit_value = 1;
    }
    plan->saved_floats = BLOCKS * plan->in.steps * plan->batch * units;
    plan->scratch_floats = (BLOCKS + 1) * units + BLOCKS * plan->batch * units;
    return 0;
}

/* r = σ(x_r + b_r)   z = σ(x_z + b_z)   n = tanh(x_n + b_in + r ∘ q)   h = (1 − z) ∘ n + z ∘ h'
 * with x_r and x_z the sums of input and recurrent products. BLOCKS [batch, 4·units] holds
 * x_r x_z q x_n, then r z q n; BIAS [4·units] b_r b_z (b_hn, in q already) b_in; PREVIOUS
 * [batch, units] h', of row length PREVIOUS_STRIDE (0: the same row for all); OUT [batch, units].
 */
MATH_BODY void after_cells_body(int64_t batch, int64_t units, float *blocks, const float *bias,
                                const float *previous, int64_t previous_stride, float *out)
{
    for (int64_t b = 0; b < batch; b++) {
        float *r = blocks + b * BLOCKS * units, *z = r + units, *q = z + units, *n = q + units;
        const float *before = previous + b * previous_stride;
        float *h = out + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float reset = math_sigmoid(r[j] + bias[j]);
            float update = math_sigmoid(z[j] + bias[units + j]);
            float candidate = math_tanh(n[j] + bias[3 * units + j] + reset * q[j]);
            r[j] = reset;
            z[j] = update;
            n[j] = candidate;
            h[j] = (1.0f - update) * candidate + update * before[j];
        }
    }
}

/* δn = δh ∘ (1 − z) ∘ (1 − n²)   δz = δh ∘ (h' − n) ∘ z(1 − z)   δr = δn ∘ q ∘ r(1 − r)
 * δq = δn ∘ r   δh' = δh ∘ z + what comes through the products.
 * BLOCKS holds r z q n, then δr δz δq δn; HIDDEN_GRADIENT [batch, units] from the next step, then
 * δh ∘ z; the rest as above. */
MATH_BODY void after_gradients_body(int64_t batch, int64_t units, float *blocks,
                                    const float *previous, int64_t previous_stride,
                                    const float *out_gradient, float *hidden_gradient)
{
    for (int64_t b = 0; b < batch; b++) {
        float *r = blocks + b * BLOCKS * units, *z = r + units, *q = z + units, *n = q + units;
        const float *before = previous + b * previous_stride, *above = out_gradient + b * units;
        float *hidden = hidden_gradient + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float reset = r[j], update = z[j], candidate = n[j];
            float d_hidden = above[j] + hidden[j];
            float d_candidate = d_hidden * (1.0f - update) * (1.0f - candidate * candidate);
            r[j] = d_candidate * q[j] * (reset * (1.0f - reset));
            z[j] = d_hidden * (before[j] - candidate) * (update * (1.0f - update));
            q[j] = d_candidate * reset;
            n[j] = d_candidate;
            hidden[j] = d_hidden * update;
        }
    }
}

/* r = σ(x_r + b_r)   z = σ(x_z + b_z)   s = r ∘ h'. BLOCKS [batch, 4·units] holds x_r x_z x_n and
 * anything, then r z x_n s; the rest as above. */
MATH_BODY void before_gates_body(int64_t batch, int64_t units, float *blocks, const float *bias,
                                 const float *previous, int64_t previous_stride)
{
    for (int64_t b = 0; b < batch; b++) {
        float *r = blocks + b * BLOCKS * units, *z = r + units, *s = z + 2 * units;
        const float *before = previous + b * previous_stride;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float reset = math_sigmoid(r[j] + bias[j]);
            r[j] = reset;
            z[j] = math_sigmoid(z[j] + bias[units + j]);
            s[j] = reset * before[j];
        }
    }
}

/* n = tanh(x_n + b_n), with U_n s in x_n already   h = (1 − z) ∘ n + z ∘ h'. */
MATH_BODY void before_cells_body(int64_t batch, int64_t units, float *blocks, const float *bias,
                                 const float *previous, int64_t previous_stride, float *out)
{
    for (int64_t b = 0; b < batch; b++) {
        float *z = blocks + b * BLOCKS * units + units, *n = z + units, *h = out + b * units;
        const float *before = previous + b * previous_stride;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float candidate = math_tanh(n[j] + bias[2 * units + j]);
            n[j] = candidate;
            h[j] = (1.0f - z[j]) * candidate + z[j] * before[j];
        }
    }
}

/* δn = δh ∘ (1 − z) ∘ (1 − n²)   δz = δh ∘ (h' − n) ∘ z(1 − z)   and δh ∘ z left as δh. BLOCKS
 * holds r z n s, then r δz δn s. */
MATH_BODY void before_candidate_gradients_body(int64_t batch, int64_t units, float *blocks,
                                               const float *previous, int64_t previous_stride,
                                               const float *out_gradient, float *hidden_gradient)
{
    for (int64_t b = 0; b < batch; b++) {
        float *z = blocks + b * BLOCKS * units + units, *n = z + units;
        const float *before = previous + b * previous_stride, *above = out_gradient + b * units;
        float *hidden = hidden_gradient + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float update = z[j], candidate = n[j];
            float d_hidden = above[j] + hidden[j];
            z[j] = d_hidden * (before[j] - candidate) * (update * (1.0f - update));
            n[j] = d_hidden * (1.0f - update) * (1.0f - candidate * candidate);
            hidden[j] = d_hidden * update;
        }
    }
}

/* With δs = δn U_n [batch, units]: δr = δs ∘ h' ∘ r(1 − r)   δh' += δs ∘ r. */
MATH_BODY void before_reset_gradients_body(int64_t batch, int64_t units, float *blocks,
                                           const float *previous, int64_t previous_stride,
                                           const float *reset_gradient, float *hidden_gradient)
{
    for (int64_t b = 0; b < batch; b++) {
        float *r = blocks + b * BLOCKS * units, *hidden = hidden_gradient + b * units;
        const float *before = previous + b * previous_stride, *s = reset_gradient + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float reset = r[j];
            r[j] = s[j] * before[j] * (reset * (1.0f - reset));
            hidden[j] += s[j] * reset;
        }
    }
}

#define CELLS_PARAMETERS                                                                           \
    (int64_t batch, int64_t units, float *blocks, const float *bias, const float *previous,        \
     int64_t previous_stride, float *out)
#define GRADIENTS_PARAMETERS                                                                       \
    (int64_t batch, int64_t units, float *blocks, const float *previous, int64_t previous_stride,  \
     const float *out_gradient, float *hidden_gradient)

MATH_CLONES(after_cells, after_cells_body, CELLS_PARAMETERS,
            (batch, units, blocks, bias, previous, previous_stride, out))
MATH_CLONES(after_gradients, after_gradients_body, GRADIENTS_PARAMETERS,
            (batch, units, blocks, previous, previous_stride, out_gradient, hidden_gradient))
MATH_CLONES(before_gates, before_gates_body,
            (int64_t batch, int64_t units, float *blocks, const float *bias, const float *previous,
             int64_t previous_stride),
            (batch, units, blocks, bias, previous, previous_stride))
MATH_CLONES(before_cells, before_cells_body, CELLS_PARAMETERS,
            (batch, units, blocks, bias, previous, previous_stride, out))
MATH_CLONES(before_candidate_gradients, before_candidate_gradients_body, GRADIENTS_PARAMETERS,
            (batch, units, blocks, previous, previous_stride, out_gradient, hidden_gradient))
MATH_CLONES(before_reset_gradients, before_reset_gradients_body, GRADIENTS_PARAMETERS,
            (batch, units, blocks, previous, previous_stride, out_gradient, hidden_gradient))

/* The biases in the order of the blocks: r z (hn in) or r z n. */
static void fill_bias_row(const struct layer_call *call, enum reset reset, float *row)
{
    int64_t units = call->plan->out.features;
    recurrent_bias_row(call, GATES * units, row);
    if (reset == RESET_BEFORE)
        return;
    size_t size = (size_t)units * sizeof(float);
    float *recurrent = row + 2 * units, *input = recurrent + units;
    memcpy(input, call->weights[BIAS_IH] + 2 * units, size);
    if (call->plan->tensor_count > BIAS_HH)
        memcpy(recurrent, call->weights[BIAS_HH] + 2 * units, size);
    else
        memset(recurrent, 0, size);
}

/* x W^T for ROWS rows of x, into the blocks of r, z and n. */
static void multiply_inputs(const struct layer_call *call, enum reset reset, int64_t rows,
                            const float *in, float *blocks)
{
    int64_t units = call->plan->out.features, inputs = call->plan->in.features;
    int64_t width = BLOCKS * units, joined = (reset == RESET_AFTER ? 2 : 3) * units;
    const float *weights = call->weights[WEIGHT_IH];
    matrix_multiply(false, true, rows, joined, inputs, in, inputs, weights, inputs, 0, blocks,
                    width);
    if (reset == RESET_AFTER)
        matrix_multiply(false, true, rows, units, inputs, in, inputs, weights + joined * inputs,
                        inputs, 0, blocks + 3 * units, width);
}

static void step_after(const struct layer_call *call, const struct gru_memory *memory,
                       float *blocks, const float *previous, int64_t previous_stride, float *out)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    for (int64_t b = 0; b < batch; b++)
        memcpy(blocks + b * width + 2 * units, memory->row + 2 * units,
               (size_t)units * sizeof(float));
    if (previous != memory->zeros)
        matrix_multiply(false, true, batch, GATES * units, units, previous, units,
                        call->weights[WEIGHT_HH], units, 1, blocks, width);
    after_cells(batch, units, blocks, memory->row, previous, previous_stride, out);
}

static void step_before(const struct layer_call *call, const struct gru_memory *memory,
                        float *blocks, const float *previous, int64_t previous_stride, float *out)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    const float *weights = call->weights[WEIGHT_HH];
    if (previous != memory->zeros)
        matrix_multiply(false, true, batch, 2 * units, units, previous, units, weights, units, 1,
                        blocks, width);
    before_gates(batch, units, blocks, memory->row, previous, previous_stride);
    if (previous != memory->zeros)
        matrix_multiply(false, true, batch, units, units, blocks + 3 * units, width,
                        weights + 2 * units * units, units, 1, blocks + 2 * units, width);
    before_cells(batch, units, blocks, memory->row, previous, previous_stride, out);
}

static void gru_forward(const struct layer_call *call)
{
    enum reset reset = (enum reset)((const struct gru_params *)call->params)->reset;
    int64_t steps = call->plan->in.steps, batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, width = BLOCKS * units;
    struct gru_memory memory;
    find_memory(call, &memory);
    fill_bias_row(call, reset, memory.row);
    if (call->saved)
        multiply_inputs(call, reset, steps * batch, call->in, memory.blocks);
    const float *previous = memory.zeros;
    int64_t previous_stride = 0;
    for (int64_t t = 0; t < steps; t++) {
        float *blocks = memory.blocks + (call->saved ? t : 0) * batch * width;
        float *out = call->out + t * batch * units;
        if (!call->saved)
            multiply_inputs(call, reset, batch, call->in + t * batch * inputs, blocks);
        if (reset == RESET_AFTER)
            step_after(call, &memory, blocks, previous, previous_stride, out);
        else
            step_before(call, &memory, blocks, previous, previous_stride, out);
        previous = out;
        previous_stride = units;
    }
}

/* One step back: the blocks become gradients, memory.hidden_gradient δh'. */
static void step_back(const struct layer_call *call, enum reset reset,
                      const struct gru_memory *memory, int64_t t)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    float *blocks = memory->blocks + t * batch * width, *hidden = memory->hidden_gradient;
    const float *previous = t ? call->out + (t - 1) * batch * units : memory->zeros;
    int64_t previous_stride = t ? units : 0;
    const float *out_gradient = call->out_gradient + t * batch * units;
    const float *weights = call->weights[WEIGHT_HH];
    int64_t joined = reset == RESET_AFTER ? 3 : 2; /* blocks whose product with U takes h' */
    if (reset == RESET_AFTER) {
        after_gradients(batch, units, blocks, previous, previous_stride, out_gradient, hidden);
    } else {
        before_candidate_gradients(batch, units, blocks, previous, previous_stride, out_gradient,
                                   hidden);
        matrix_multiply(false, false, batch, units, units, blocks + 2 * units, width,
                        weights + 2 * units * units, units, 0, memory->reset_gradient, units);
        before_reset_gradients(batch, units, blocks, previous, previous_stride,
                               memory->reset_gradient, hidden);
    }
    if (t > 0)
        matrix_multiply(false, false, batch, units, joined * units, blocks, width, weights, units,
                        1, hidden, units);
}

/* δU += δzᵀ h' over all steps but the first, whose h' is zero; the candidate's part takes s where
 * the reset gate acts before the product. */
static void add_recurrent_gradients(const struct layer_call *call, enum reset reset,
                                    const float *blocks)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    int64_t rows = (call->plan->in.steps - 1) * batch;
    const float *later = blocks + batch * width;
    float *gradient = call->gradients[WEIGHT_HH];
    if (rows == 0)
        return;
    int64_t joined = reset == RESET_AFTER ? 3 : 2;
    matrix_multiply(true, false, joined * units, units, rows, later, width, call->out, units, 1,
                    gradient, units);
    if (reset == RESET_BEFORE)
        matrix_multiply(true, false, units, units, rows, later + 2 * units, width,
                        later + 3 * units, width, 1, gradient + 2 * units * units, units);
}

/* δW += δzᵀ x and δx = δz W, for the blocks of r, z and n. */
static void add_input_gradients(const struct layer_call *call, enum reset reset,
                                const float *blocks)
{
    int64_t units = call->plan->out.features, inputs = call->plan->in.features;
    int64_t rows = call->plan->in.steps * call->batch, width = BLOCKS * units;
    int64_t joined = (reset == RESET_AFTER ? 2 : 3) * units, rest = GATES * units - joined;
    const float *weights = call->weights[WEIGHT_IH], *candidate = blocks + 3 * units;
    float *gradient = call->gradients[WEIGHT_IH];
    matrix_multiply(true, false, joined, inputs, rows, blocks, width, call->in, inputs, 1, gradient,
                    inputs);
    if (rest)
        matrix_multiply(true, false, rest, inputs, rows, candidate, width, call->in, inputs, 1,
                        gradient + joined * inputs, inputs);
    if (!call->in_gradient)
        return;
    matrix_multiply(false, false, rows, inputs, joined, blocks, width, weights, inputs, 0,
                    call->in_gradient, inputs);
    if (rest)
        matrix_multiply(false, false, rows, inputs, rest, candidate, width,
                        weights + joined * inputs, inputs, 1, call->in_gradient, inputs);
}

/* δb_ih = Σ (δr δz δn); δb_hh = Σ (δr δz δq), or the same as δb_ih with reset before. */
static void add_bias_gradients(const struct layer_call *call, enum reset reset,
                               const struct gru_memory *memory)
{
    int64_t units = call->plan->out.features, width = BLOCKS * units;
    memset(memory->row, 0, (size_t)width * sizeof(float));
    matrix_add_column_sums(memory->blocks, call->plan->in.steps * call->batch, width, memory->row);
    for (int tensor = BIAS_IH; tensor < call->plan->tensor_count; tensor++) {
        bool takes_last = tensor == BIAS_IH && reset == RESET_AFTER;
        const float *candidate = memory->row + (takes_last ? 3 : 2) * units;
        float *gradient = call->gradients[tensor];
        for (int64_t j = 0; j < 2 * units; j++)
            gradient[j] += memory->row[j];
        for (int64_t j = 0; j < units; j++)
            gradient[2 * units + j] += candidate[j];
    }
}

static void gru_backward(const struct layer_call *call)
{
    enum reset reset = (enum reset)((const struct gru_params *)call->params)->reset;
    struct gru_memory memory;
    find_memory(call, &memory);
    memset(memory.hidden_gradient, 0,
           (size_t)(call->batch * call->plan->out.features) * sizeof(float));
    for (int64_t t = call->plan->in.steps - 1; t >= 0; t--)
        step_back(call, reset, &memory, t);
    add_recurrent_gradients(call, reset, memory.blocks);
    add_input_gradients(call, reset, memory.blocks);
    add_bias_gradients(call, reset, &memory);
}

const struct layer layer_gru = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "gru",
               .summary = "Gated recurrent unit.", .params = params_table, .defaults = &defaults,
               .params_size = sizeof(struct gru_params)},
    .recurrent = true,
    .describe = gru_describe,
    .forward = gru_forward,
    .backward = gru_backward,
};
