/* Gated recurrent unit: Cho et al., "Learning phrase representations using RNN encoder-decoder for
 * statistical machine translation", 2014, with the reset gate before the recurrent product as there
 * or after it as in cuDNN, PyTorch and Keras's reset_after. */
#include "base/parts.h"
#include "layers/recurrent.h"
#include "math/matrix.h"
#include "math/outer.h"
#include "math/packed.h"

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
    float *work;            /* work_floats() */
};

/* The weights that every step multiplies by, of r and z and of n; backward has the recurrent ones
 * alone, not transposed. */
struct gru_weights {
    struct packed input_gates, input_candidate;
    struct packed recurrent_gates, recurrent_candidate;
};

/* Floats of working memory: for the packed weights of either pass, and for the products of the
 * gradients. The gates' blocks are packed apart from the candidate's, but for the gradient of x,
 * where r, z and n have one product if the reset acts before. */
static int64_t work_floats(int64_t inputs, int64_t units)
{
    int64_t forward = packed_floats(inputs, 2 * units) + packed_floats(inputs, units) +
                      packed_floats(units, 2 * units) + packed_floats(units, units);
    int64_t apart = packed_floats(2 * units, units) + packed_floats(units, units);
    int64_t above = packed_floats(2 * units, inputs) + packed_floats(units, inputs);
    int64_t joined = recurrent_work_floats(inputs, units, GATES * units);
    int64_t largest = forward > apart ? forward : apart;
    largest = largest > above ? largest : above;
    return largest > joined ? largest : joined;
}

static void pack_forward(const struct layer_call *call, float *memory, struct gru_weights *weights)
{
    int64_t units = call->plan->out.features, inputs = call->plan->in.features;
    const float *weight_ih = call->weights[WEIGHT_IH], *weight_hh = call->weights[WEIGHT_HH];
    PART(PACKING);
    weights->input_gates = packed_pack(true, inputs, 2 * units, weight_ih, inputs, memory);
    memory += packed_floats(inputs, 2 * units);
    weights->input_candidate =
        packed_pack(true, inputs, units, weight_ih + 2 * units * inputs, inputs, memory);
    memory += packed_floats(inputs, units);
    weights->recurrent_gates = packed_pack(true, units, 2 * units, weight_hh, units, memory);
    memory += packed_floats(units, 2 * units);
    weights->recurrent_candidate =
        packed_pack(true, units, units, weight_hh + 2 * units * units, units, memory);
}

static void pack_backward(const struct layer_call *call, float *memory, struct gru_weights *weights)
{
    int64_t units = call->plan->out.features;
    const float *weight_hh = call->weights[WEIGHT_HH];
    PART(PACKING);
    weights->recurrent_gates = packed_pack(false, 2 * units, units, weight_hh, units, memory);
    weights->recurrent_candidate = packed_pack(false, units, units, weight_hh + 2 * units * units,
                                               units, memory + packed_floats(2 * units, units));
}

static void find_memory(const struct layer_call *call, struct gru_memory *memory)
{
    int64_t units = call->plan->out.features;
    float *row = call->scratch, *zeros = row + BLOCKS * units, *work = zeros + units;
    float *rest = work + work_floats(call->plan->in.features, units);
    *memory = (struct gru_memory){
        .blocks = call->saved ? call->saved : rest,
        .row = row,
        .zeros = zeros,
        .hidden_gradient = rest,
        .reset_gradient = rest + call->batch * units,
        .work = work,
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
    plan->scratch_floats =
        (BLOCKS + 1) * units + BLOCKS * plan->batch * units + work_floats(plan->in.features, units);
    return 0;
}

/* r = σ(x_r)   z = σ(x_z)   n = tanh(x_n + r ∘ q)   h = (1 − z) ∘ n + z ∘ h'
 * with x_r and x_z the sums of input and recurrent products and biases, x_n = W_n x + b_in and
 * q = U_n h' + b_hn. BLOCKS [batch, 4·units] holds x_r x_z q x_n, then r z q n; PREVIOUS
 * [batch, units] h', of row length PREVIOUS_STRIDE (0: the same row for all); OUT [batch, units].
 */
MATH_BODY void after_cells_body(int64_t batch, int64_t units, float *blocks, const float *previous,
                                int64_t previous_stride, float *out)
{
    for (int64_t b = 0; b < batch; b++) {
        float *r = blocks + b * BLOCKS * units, *z = r + units, *q = z + units, *n = q + units;
        const float *before = previous + b * previous_stride;
        float *h = out + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float reset = math_sigmoid(r[j]);
            float update = math_sigmoid(z[j]);
            float candidate = math_tanh(n[j] + reset * q[j]);
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
        MATH_INDEPENDENT
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

/* r = σ(x_r)   z = σ(x_z)   s = r ∘ h'. BLOCKS [batch, 4·units] holds x_r x_z and
 * anything, then r z, anything and s; the rest as above. */
MATH_BODY void before_gates_body(int64_t batch, int64_t units, float *blocks, const float *previous,
                                 int64_t previous_stride)
{
    for (int64_t b = 0; b < batch; b++) {
        float *r = blocks + b * BLOCKS * units, *z = r + units, *s = z + 2 * units;
        const float *before = previous + b * previous_stride;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float reset = math_sigmoid(r[j]);
            r[j] = reset;
            z[j] = math_sigmoid(z[j]);
            s[j] = reset * before[j];
        }
    }
}

/* n = tanh(x_n) with x_n = W_n x + U_n s + b_n   h = (1 − z) ∘ n + z ∘ h'. */
MATH_BODY void before_cells_body(int64_t batch, int64_t units, float *blocks, const float *previous,
                                 int64_t previous_stride, float *out)
{
    for (int64_t b = 0; b < batch; b++) {
        float *z = blocks + b * BLOCKS * units + units, *n = z + units, *h = out + b * units;
        const float *before = previous + b * previous_stride;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float candidate = math_tanh(n[j]);
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
        MATH_INDEPENDENT
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
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float reset = r[j];
            r[j] = s[j] * before[j] * (reset * (1.0f - reset));
            hidden[j] += s[j] * reset;
        }
    }
}

#define CELLS_PARAMETERS                                                                           \
    (int64_t batch, int64_t units, float *blocks, const float *previous, int64_t previous_stride,  \
     float *out)
#define GRADIENTS_PARAMETERS                                                                       \
    (int64_t batch, int64_t units, float *blocks, const float *previous, int64_t previous_stride,  \
     const float *out_gradient, float *hidden_gradient)

MATH_CLONES(after_cells, after_cells_body, CELLS_PARAMETERS,
            (batch, units, blocks, previous, previous_stride, out))
MATH_CLONES(after_gradients, after_gradients_body, GRADIENTS_PARAMETERS,
            (batch, units, blocks, previous, previous_stride, out_gradient, hidden_gradient))
MATH_CLONES(before_gates, before_gates_body,
            (int64_t batch, int64_t units, float *blocks, const float *previous,
             int64_t previous_stride),
            (batch, units, blocks, previous, previous_stride))
MATH_CLONES(before_cells, before_cells_body, CELLS_PARAMETERS,
            (batch, units, blocks, previous, previous_stride, out))
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

/* One step forward: a [batch, 4·units] block and h from x [batch, inputs] and h'. The first step's
 * h' is zero and has no product. */
static void step_forward(const struct layer_call *call, enum reset reset,
                         const struct gru_memory *memory, const struct gru_weights *weights,
                         int64_t t, float *blocks)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    int64_t active = layer_active(call, t);
    int64_t inputs = call->plan->in.features, previous_stride = t ? units : 0;
    const float *in = call->in + t * batch * inputs, *row = memory->row;
    float *out = call->out + t * batch * units, *third = blocks + 2 * units;
    const float *previous = t ? out - batch * units : memory->zeros;
    int products = t ? 2 : 1;
    const struct packed_term gates[] = {
        {.a = in, .lda = inputs, .b = &weights->input_gates},
        {.a = previous, .lda = previous_stride, .b = &weights->recurrent_gates},
    };
    PART(PRODUCTS);
    packed_multiply(active, gates, products, row, 0, blocks, width);
    if (reset == RESET_BEFORE) {
        PART(GATES);
        before_gates(active, units, blocks, previous, previous_stride);
        const struct packed_term candidate[] = {
            {.a = in, .lda = inputs, .b = &weights->input_candidate},
            {.a = blocks + 3 * units, .lda = width, .b = &weights->recurrent_candidate},
        };
        PART(PRODUCTS);
        packed_multiply(active, candidate, products, row + 2 * units, 0, third, width);
        PART(GATES);
        before_cells(active, units, blocks, previous, previous_stride, out);
        return;
    }
    const struct packed_term recurrent = {
        .a = previous, .lda = previous_stride, .b = &weights->recurrent_candidate};
    const struct packed_term input = {.a = in, .lda = inputs, .b = &weights->input_candidate};
    if (t > 0)
        packed_multiply(active, &recurrent, 1, row + 2 * units, 0, third, width);
    else
        for (int64_t b = 0; b < active; b++)
            memcpy(third + b * width, row + 2 * units, (size_t)units * sizeof(float));
    packed_multiply(active, &input, 1, row + 3 * units, 0, blocks + 3 * units, width);
    PART(GATES);
    after_cells(active, units, blocks, previous, previous_stride, out);
}

static void gru_forward(const struct layer_call *call)
{
    enum reset reset = (enum reset)((const struct gru_params *)call->params)->reset;
    int64_t stride = call->saved ? call->batch * BLOCKS * call->plan->out.features : 0;
    struct gru_memory memory;
    struct gru_weights weights;
    find_memory(call, &memory);
    fill_bias_row(call, reset, memory.row);
    pack_forward(call, memory.work, &weights);
    for (int64_t t = 0; t < layer_longest(call); t++)
        step_forward(call, reset, &memory, &weights, t, memory.blocks + t * stride);
    layer_copy_through(call, call->plan->out.features, call->out);
}

/* One step back: the blocks become gradients, memory.hidden_gradient δh'. */
static void step_back(const struct layer_call *call, enum reset reset,
                      const struct gru_memory *memory, const struct gru_weights *weights, int64_t t)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    int64_t active = layer_active(call, t);
    float *blocks = memory->blocks + t * batch * width, *hidden = memory->hidden_gradient;
    const float *previous = t ? call->out + (t - 1) * batch * units : memory->zeros;
    int64_t previous_stride = t ? units : 0;
    const float *out_gradient = call->out_gradient + t * batch * units;
    /* The third block is δq, whose product takes h', or δn, whose product takes s. */
    const struct packed_term terms[] = {
        {.a = blocks, .lda = width, .b = &weights->recurrent_gates},
        {.a = blocks + 2 * units, .lda = width, .b = &weights->recurrent_candidate},
    };
    PART(GATES_BACKWARD);
    recurrent_measure(call, t, out_gradient, hidden);
    if (reset == RESET_AFTER) {
        after_gradients(active, units, blocks, previous, previous_stride, out_gradient, hidden);
    } else {
        before_candidate_gradients(active, units, blocks, previous, previous_stride, out_gradient,
                                   hidden);
        PART(RECURRENCE_BACKWARD);
        packed_multiply(active, &terms[1], 1, NULL, 0, memory->reset_gradient, units);
        PART(GATES_BACKWARD);
        before_reset_gradients(active, units, blocks, previous, previous_stride,
                               memory->reset_gradient, hidden);
    }
    PART(RECURRENCE_BACKWARD);
    if (t > 0)
        packed_multiply(active, terms, reset == RESET_AFTER ? 2 : 1, hidden, units, hidden, units);
}

/* δW += δzᵀ x over the first step; U has no part in it, for its h' is zero. The candidate's
 * gradient stands at N. */
static void add_first_gradients(const struct layer_call *call, const struct gru_memory *memory,
                                int64_t n)
{
    int64_t batch = call->batch, units = call->plan->out.features, width = BLOCKS * units;
    int64_t inputs = call->plan->in.features;
    float *input = call->gradients[WEIGHT_IH];
    const struct outer_term gates = {inputs, call->in, inputs, input, inputs};
    const struct outer_term candidate = {inputs, call->in, inputs, input + 2 * units * inputs,
                                         inputs};
    outer_add(batch, 2 * units, memory->blocks, width, &gates, 1, memory->work);
    outer_add(batch, units, memory->blocks + n, width, &candidate, 1, memory->work);
}

/* δW += δzᵀ x and δU += δzᵀ h' over ROWS, none of them of the first step. r and z have both
 * products; the candidate's gradient is q's in the one and n's in the other, or n's in both where
 * the reset gate acts before the product, and then U's takes s. */
static void add_later_gradients(const struct layer_call *call, enum reset reset,
                                const struct gru_memory *memory, const struct layer_rows *rows)
{
    int64_t units = call->plan->out.features, width = BLOCKS * units;
    int64_t inputs = call->plan->in.features;
    const int64_t third = 2 * units, fourth = 3 * units;
    const float *blocks = memory->blocks + rows->first * width;
    const float *in = call->in + rows->first * inputs;
    const float *previous = call->out + (rows->first - call->batch) * units;
    float *input = call->gradients[WEIGHT_IH], *recurrent = call->gradients[WEIGHT_HH];
    const struct outer_term gates[] = {
        {inputs, in, inputs, input, inputs},
        {units, previous, units, recurrent, units},
    };
    outer_add(rows->count, third, blocks, width, gates, 2, memory->work);
    const bool before = reset == RESET_BEFORE;
    const struct outer_term candidate[] = {
        {inputs, in, inputs, input + third * inputs, inputs},
        {units, before ? blocks + fourth : previous, before ? width : units,
         recurrent + third * units, units},
    };
    if (before) {
        outer_add(rows->count, units, blocks + third, width, candidate, 2, memory->work);
    } else {
        outer_add(rows->count, units, blocks + third, width, &candidate[1], 1, memory->work);
        outer_add(rows->count, units, blocks + fourth, width, &candidate[0], 1, memory->work);
    }
}

static void add_weight_gradients(const struct layer_call *call, enum reset reset,
                                 const struct gru_memory *memory)
{
    int64_t units = call->plan->out.features;
    PART(WEIGHT_GRADIENTS);
    add_first_gradients(call, memory, (reset == RESET_AFTER ? 3 : 2) * units);
    for (struct layer_rows rows = {.next = 1}; layer_next_rows(call, &rows);)
        add_later_gradients(call, reset, memory, &rows);
}

/* δx = δz W, for the blocks of r, z and n: r and z, then n where q is between, or all at once. */
static void write_input_gradient(const struct layer_call *call, enum reset reset,
                                 const struct gru_memory *memory)
{
    int64_t units = call->plan->out.features, inputs = call->plan->in.features;
    int64_t width = BLOCKS * units;
    int64_t joined = (reset == RESET_AFTER ? 2 : 3) * units, rest = GATES * units - joined;
    const float *weights = call->weights[WEIGHT_IH];
    PART(PACKING);
    const struct packed packed[] = {
        packed_pack(false, joined, inputs, weights, inputs, memory->work),
        packed_pack(false, rest, inputs, weights + joined * inputs, inputs,
                    memory->work + packed_floats(joined, inputs)),
    };
    PART(INPUT_GRADIENTS);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        const float *blocks = memory->blocks + rows.first * width;
        const struct packed_term terms[] = {
            {.a = blocks, .lda = width, .b = &packed[0]},
            {.a = blocks + 3 * units, .lda = width, .b = &packed[1]},
        };
        packed_multiply(rows.count, terms, rest ? 2 : 1, NULL, 0,
                        call->in_gradient + rows.first * inputs, inputs);
    }
}

/* δb_ih = Σ (δr δz δn); δb_hh = Σ (δr δz δq), or the same as δb_ih with reset before. */
static void add_bias_gradients(const struct layer_call *call, enum reset reset,
                               const struct gru_memory *memory)
{
    int64_t units = call->plan->out.features, width = BLOCKS * units;
    PART(BIAS_SUMS);
    memset(memory->row, 0, (size_t)width * sizeof(float));
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);)
        matrix_add_column_sums(memory->blocks + rows.first * width, rows.count, width, memory->row);
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
    struct gru_weights weights;
    find_memory(call, &memory);
    pack_backward(call, memory.work, &weights);
    memset(memory.hidden_gradient, 0,
           (size_t)(call->batch * call->plan->out.features) * sizeof(float));
    for (int64_t t = layer_longest(call) - 1; t >= 0; t--)
        step_back(call, reset, &memory, &weights, t);
    add_weight_gradients(call, reset, &memory);
    if (call->in_gradient)
        write_input_gradient(call, reset, &memory);
    add_bias_gradients(call, reset, &memory);
}

const struct layer layer_gru = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "gru",
               .summary = "Gated recurrent unit.", .params = params_table, .defaults = &defaults,
               .params_size = sizeof(struct gru_params)},
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = gru_describe,
    .forward = gru_forward,
    .backward = gru_backward,
};
