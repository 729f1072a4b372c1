/* Long short-term memory whose gates look at the cell through peepholes: Gers, Schraudolph and
 * Schmidhuber, "Learning precise timing with LSTM recurrent networks", Journal of Machine Learning
 * Research, 2002. The peepholes are diagonal: a unit's gates see its own cell alone, the input and
 * forget gates before the step, the output gate behind it. With h' and c' the states before, zero
 * at first:
 *     i = σ(W_i x + U_i h' + p_i ∘ c' + b_i)     g = tanh(W_g x + U_g h' + b_g)
 *     f = σ(W_f x + U_f h' + p_f ∘ c' + b_f)     c = f ∘ c' + i ∘ g
 *     o = σ(W_o x + U_o h' + p_o ∘ c + b_o)      h = o ∘ tanh(c)
 * The paper cuts the gradient off where it leaves a cell; here it is the whole one. */
#include "unroll.h"

enum { PEEPHOLE_BLOCKS = 4 }; /* blocks of units in a row of gates: i f g o */
enum { PEEPHOLES = 3 };       /* blocks of units in the peepholes: i f o */

/* Tensors: weight_ih [4·units, inputs], weight_hh [4·units, units] and bias [4·units] (or bias_ih
 * and bias_hh, which are added) as an lstm has them; peephole [3·units] = p_i, p_f, p_o. */
struct peephole_lstm {
    struct recurrent_params common;
    struct module_choice peephole_init;
    struct recurrent_forget forget;
};

static const struct peephole_lstm peephole_defaults = {.common = {.units = RECURRENT_UNITS},
                                                       .forget.unit_bias = true};

/* TensorFlow 1's LSTMCell and Keras's PeepholeLSTMCell draw the peepholes as they draw the kernel;
 * PyTorch has no such layer, and would draw them like all of a recurrent layer. */
static const struct param peephole_params[] = {
    RECURRENT_PARAMS(struct peephole_lstm, "false"),
    {
        .name = "peephole_init",
        .summary = "How the peepholes' weights start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct peephole_lstm, peephole_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "glorot",
        .preset = {[INIT_PYTORCH] = RECURRENT_PYTORCH_INIT},
    },
    RECURRENT_FORGET_PARAMS(struct peephole_lstm),
    {0},
};

static int peephole_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct peephole_lstm *peephole = params;
    if (recurrent_describe(&peephole->common, PEEPHOLE_BLOCKS, plan, error))
        return -1;
    int64_t units = peephole->common.units, state = plan->batch * units;
    recurrent_start_forget(&peephole->forget, plan);
    /* Each peephole is a weight from one cell to one gate: three diagonals [units, units], whose
     * fans are those of a vector in TensorFlow and Keras. */
    plan->tensors[plan->tensor_count++] = (struct tensor){
        .name = "peephole",
        .rows = PEEPHOLES * units,
        .fan_in = units,
        .fan_out = units,
        .joint_fan_in = units,
        .hidden = units,
        .decays = true,
        .init = peephole->peephole_init,
    };
    plan->saved_floats = (PEEPHOLE_BLOCKS + 2) * plan->in.steps * state;
    plan->scratch_floats = (PEEPHOLE_BLOCKS + PEEPHOLES + 1) * units +
                           (PEEPHOLE_BLOCKS + 2) * state +
                           recurrent_work_floats(plan->in.features, units, PEEPHOLE_BLOCKS * units);
    return 0;
}

/* Where a call's arrays stand. */
struct peephole_memory {
    float *gates;    /* [steps, batch, 4·units] i f g o; backward turns them into the gradients of
                        what they were before. Without saved: [batch, 4·units] */
    float *cells;    /* [steps, batch, units] c; without saved: [batch, units] */
    float *squashed; /* [steps, batch, units] tanh(c); without saved: [batch, units] */
    float *row;      /* [4·units] the biases with forget_bias; backward: sums of gradients */
    float *sums;     /* backward: [3·units] the peepholes' gradients */
    float *zeros;    /* [units] a row of the initial cells */
    float *work;     /* recurrent_work_floats: packed weights, and gradients' products */
    float *hidden_gradient; /* backward: [batch, units] from above and from the next step */
    float *cell_gradient;   /* backward: [batch, units] from the next step */
    const float *peepholes; /* [3·units] */
};

static struct peephole_memory find_memory(const struct layer_call *call)
{
    int64_t units = call->plan->out.features, state = call->batch * units;
    int64_t all = (call->saved ? call->plan->in.steps : 1) * state;
    struct peephole_memory memory = {.row = call->scratch};
    memory.sums = memory.row + PEEPHOLE_BLOCKS * units;
    memory.zeros = memory.sums + PEEPHOLES * units;
    memory.work = memory.zeros + units;
    float *rest = memory.work +
                  recurrent_work_floats(call->plan->in.features, units, PEEPHOLE_BLOCKS * units);
    memory.hidden_gradient = rest;
    memory.cell_gradient = rest + state;
    memory.gates = call->saved ? call->saved : rest;
    memory.cells = memory.gates + PEEPHOLE_BLOCKS * all;
    memory.squashed = memory.cells + all;
    memory.peepholes = call->weights[call->plan->tensor_count - 1];
    memset(memory.zeros, 0, (size_t)units * sizeof(float));
    return memory;
}

/* The formulas at the head of this file, behind the products. GATES: [rows, 4·units] what the gates
 * squash without the peepholes, then i f g o; PEEPHOLES: [3·units]; PREVIOUS: c' [rows, units], of
 * row length STRIDE (0: the same row for all); CELLS, SQUASHED, OUT: c, tanh(c), h [rows, units].
 * CELLS may be PREVIOUS. */
MATH_BODY void cells_body(int64_t rows, int64_t units, float *gates, const float *peepholes,
                          const float *previous, int64_t stride, float *cells, float *squashed,
                          float *out)
{
    const float *p_i = peepholes, *p_f = p_i + units, *p_o = p_f + units;
    for (int64_t b = 0; b < rows; b++) {
        float *i = gates + b * PEEPHOLE_BLOCKS * units, *f = i + units, *g = f + units;
        float *o = g + units, *c = cells + b * units, *s = squashed + b * units;
        float *h = out + b * units;
        const float *before = previous + b * stride;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float input = math_sigmoid(i[j] + p_i[j] * before[j]);
            float forget = math_sigmoid(f[j] + p_f[j] * before[j]);
            float candidate = math_tanh(g[j]);
            float cell = forget * before[j] + input * candidate;
            float output = math_sigmoid(o[j] + p_o[j] * cell);
            float squash = math_tanh(cell);
            i[j] = input;
            f[j] = forget;
            g[j] = candidate;
            o[j] = output;
            c[j] = cell;
            s[j] = squash;
            h[j] = output * squash;
        }
    }
}

MATH_CLONES(cells, cells_body,
            (int64_t rows, int64_t units, float *gates, const float *peepholes,
             const float *previous, int64_t stride, float *cells, float *squashed, float *out),
            (rows, units, gates, peepholes, previous, stride, cells, squashed, out))

/* With δh = ∂L/∂h (from above and from the next step), s = tanh(c), δc from the next step and z
 * what a gate squashes:
 *     δz_o = δh ∘ s ∘ o(1 − o)
 *     δc += δh ∘ o ∘ (1 − s²) + δz_o ∘ p_o
 *     δz_i = δc ∘ g ∘ i(1 − i)      δz_f = δc ∘ c' ∘ f(1 − f)      δz_g = δc ∘ i ∘ (1 − g²)
 *     δc' = δc ∘ f + δz_i ∘ p_i + δz_f ∘ p_f
 *     δp_i += Σ δz_i ∘ c'           δp_f += Σ δz_f ∘ c'            δp_o += Σ δz_o ∘ c
 * GATES: i f g o, then δz; CELLS: c; HIDDEN_GRADIENT: δh; CELL_GRADIENT: δc, then δc'; SUMS
 * [3·units]: δp; the rest as above. */
MATH_BODY void cells_back_body(int64_t rows, int64_t units, float *gates, const float *peepholes,
                               const float *previous, int64_t stride, const float *cells,
                               const float *squashed, const float *hidden_gradient,
                               float *cell_gradient, float *sums)
{
    const float *p_i = peepholes, *p_f = p_i + units, *p_o = p_f + units;
    float *sum_i = sums, *sum_f = sum_i + units, *sum_o = sum_f + units;
    for (int64_t b = 0; b < rows; b++) {
        float *i = gates + b * PEEPHOLE_BLOCKS * units, *f = i + units, *g = f + units;
        float *o = g + units, *carry = cell_gradient + b * units;
        const float *before = previous + b * stride, *c = cells + b * units;
        const float *s = squashed + b * units, *hidden = hidden_gradient + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float input = i[j], forget = f[j], candidate = g[j], output = o[j];
            float d_output = hidden[j] * s[j] * (output * (1.0f - output));
            float d_cell = carry[j] + hidden[j] * output * (1.0f - s[j] * s[j]) + d_output * p_o[j];
            float d_input = d_cell * candidate * (input * (1.0f - input));
            float d_forget = d_cell * before[j] * (forget * (1.0f - forget));
            i[j] = d_input;
            f[j] = d_forget;
            g[j] = d_cell * input * (1.0f - candidate * candidate);
            o[j] = d_output;
            carry[j] = d_cell * forget + d_input * p_i[j] + d_forget * p_f[j];
            sum_i[j] += d_input * before[j];
            sum_f[j] += d_forget * before[j];
            sum_o[j] += d_output * c[j];
        }
    }
}

MATH_CLONES(cells_back, cells_back_body,
            (int64_t rows, int64_t units, float *gates, const float *peepholes,
             const float *previous, int64_t stride, const float *cells, const float *squashed,
             const float *hidden_gradient, float *cell_gradient, float *sums),
            (rows, units, gates, peepholes, previous, stride, cells, squashed, hidden_gradient,
             cell_gradient, sums))

static void peephole_forward(const struct layer_call *call)
{
    const struct peephole_lstm *peephole = call->params;
    int64_t steps = layer_longest(call), batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, width = PEEPHOLE_BLOCKS * units;
    int64_t state = batch * units;
    struct peephole_memory memory = find_memory(call);
    recurrent_lstm_bias_row(call, &peephole->forget, memory.row);
    const struct packed weight_ih =
        packed_pack(true, inputs, width, call->weights[WEIGHT_IH], inputs, memory.work);
    const struct packed weight_hh = packed_pack(true, units, width, call->weights[WEIGHT_HH], units,
                                                memory.work + packed_floats(inputs, width));
    for (int64_t t = 0; t < steps; t++) {
        int64_t active = layer_active(call, t), place = call->saved ? t : 0;
        float *gates = memory.gates + place * batch * width, *now = memory.cells + place * state;
        const float *before = t ? now - (call->saved ? state : 0) : memory.zeros;
        float *out = call->out + t * state;
        const struct packed_term terms[] = {
            {.a = call->in + t * batch * inputs, .lda = inputs, .b = &weight_ih},
            {.a = t ? out - state : NULL, .lda = units, .b = &weight_hh},
        };
        packed_multiply(active, terms, t ? 2 : 1, memory.row, 0, gates, width);
        cells(active, units, gates, memory.peepholes, before, t ? units : 0, now,
              memory.squashed + place * state, out);
    }
    layer_copy_through(call, units, call->out);
}

static void peephole_backward(const struct layer_call *call)
{
    int64_t steps = layer_longest(call), batch = call->batch, units = call->plan->out.features;
    int64_t width = PEEPHOLE_BLOCKS * units, state = batch * units;
    struct peephole_memory memory = find_memory(call);
    const struct packed weight_hh =
        packed_pack(false, width, units, call->weights[WEIGHT_HH], units, memory.work);
    memcpy(memory.hidden_gradient, call->out_gradient + (steps - 1) * state,
           (size_t)state * sizeof(float));
    memset(memory.cell_gradient, 0, (size_t)state * sizeof(float));
    memset(memory.sums, 0, (size_t)(PEEPHOLES * units) * sizeof(float));
    for (int64_t t = steps - 1; t >= 0; t--) {
        int64_t active = layer_active(call, t);
        float *gates = memory.gates + t * batch * width;
        const float *now = memory.cells + t * state;
        recurrent_measure(call, t, memory.hidden_gradient, NULL);
        cells_back(active, units, gates, memory.peepholes, t ? now - state : memory.zeros,
                   t ? units : 0, now, memory.squashed + t * state, memory.hidden_gradient,
                   memory.cell_gradient, memory.sums);
        if (t > 0) { /* δh' = the gradient from above + δz U */
            const struct packed_term term = {.a = gates, .lda = width, .b = &weight_hh};
            packed_multiply(active, &term, 1, call->out_gradient + (t - 1) * state, units,
                            memory.hidden_gradient, units);
            recurrent_take_ends(call, t - 1, memory.hidden_gradient);
        }
    }
    block_add(PEEPHOLES * units, memory.sums, call->gradients[call->plan->tensor_count - 1]);
    recurrent_add_gradients(call, memory.gates, width, memory.row, memory.work);
}

static const struct layer layer_peephole_lstm = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
            .name = "peephole_lstm",
            .summary = "An LSTM whose gates see the cell (Gers et al. 2002).",
            .params = peephole_params,
            .defaults = &peephole_defaults,
            .params_size = sizeof(struct peephole_lstm),
        },
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = peephole_describe,
    .forward = peephole_forward,
    .backward = peephole_backward,
};

UNROLL_PLUGIN(&layer_peephole_lstm.module);
