/* Long short-term memory, without peepholes: Hochreiter and Schmidhuber, "Long short-term memory",
 * 1997, with the forget gate of Gers, Schmidhuber and Cummins, "Learning to forget", 2000. */
#include "base/parts.h"
#include "layers/recurrent.h"
#include "math/packed.h"

#include <string.h>

enum { GATES = 4 }; /* blocks of units in a row of gates: i f g o */

struct lstm_params {
    struct recurrent_params common;
    int activation;      /* enum activation, of the candidate and of the cell's output */
    int gate_activation; /* index into gate_activation_names */
    struct recurrent_forget forget;
};

static const struct lstm_params defaults = {.common = {.units = RECURRENT_UNITS},
                                            .forget.unit_bias = true};

static const char *const gate_activation_names[] = {"sigmoid", "hard_sigmoid", NULL};

static const struct param params_table[] = {
    RECURRENT_PARAMS(struct lstm_params, "false"),
    {.name = "activation",
     .summary = "What squashes the candidate g and the cell's output.",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct lstm_params, activation),
     .choices = recurrent_activation_names},
    {.name = "gate_activation",
     .summary = "What squashes the gates i, f and o; hard_sigmoid is max(0, min(1, 0.2 x + 0.5)).",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct lstm_params, gate_activation),
     .choices = gate_activation_names},
    RECURRENT_FORGET_PARAMS(struct lstm_params),
    {0},
};

/* Where a call's arrays stand. */
struct lstm_memory {
    float *gates;    /* [steps, batch, 4·units] i f g o, activated; backward turns them into the
                        gradients of what they were before. Without saved: [batch, 4·units] */
    float *cells;    /* [steps, batch, units] c; without saved: [batch, units] */
    float *squashed; /* [steps, batch, units] activation(c); without saved: [units] */
    float *row;      /* [4·units] sum of the biases and forget_bias; backward: sums of the gates'
                        gradients */
    float *zeros;    /* [units] a row of the initial state */
    float *hidden_gradient; /* [batch, units] from above and from the next step; backward only */
    float *cell_gradient;   /* [batch, units] from the next step; backward only */
    float *work;            /* recurrent_work_floats: packed weights, and gradients' products */
};

static void find_memory(const struct layer_call *call, struct lstm_memory *memory)
{
    int64_t units = call->plan->out.features, state = call->batch * units;
    int64_t all = call->plan->in.steps * state;
    *memory = (struct lstm_memory){.row = call->scratch};
    memory->zeros = memory->row + GATES * units;
    memory->work = memory->zeros + units;
    float *rest =
        memory->work + recurrent_work_floats(call->plan->in.features, units, GATES * units);
    if (call->saved) {
        memory->gates = call->saved;
        memory->cells = memory->gates + GATES * all;
        memory->squashed = memory->cells + all;
        memory->hidden_gradient = rest;
        memory->cell_gradient = rest + state;
    } else {
        memory->squashed = rest;
        memory->cells = rest + units;
        memory->gates = memory->cells + state;
    }
    memset(memory->zeros, 0, (size_t)units * sizeof(float));
}

static int lstm_describe(const void *data, struct layer_plan *plan, struct error *error)
{
    const struct lstm_params *params = data;
    if (recurrent_describe(&params->common, GATES, plan, error))
        return -1;
    int64_t units = params->common.units;
    recurrent_start_forget(&params->forget, plan);
    plan->saved_floats = (GATES + 2) * plan->in.steps * plan->batch * units;
    plan->scratch_floats = (GATES + 2) * units + (GATES + 1) * plan->batch * units +
                           recurrent_work_floats(plan->in.features, units, GATES * units);
    return 0;
}

/* i = σ(z_i)   f = σ(z_f)   g = tanh(z_g)   o = σ(z_o)
 * c = f ∘ c' + i ∘ g   h = o ∘ tanh(c)            with z = W x + U h' + b, b with forget_bias
 * GATES [batch, 4·units] holds z, then i f g o; PREVIOUS [batch, units] c', of row length
 * PREVIOUS_STRIDE (0: the same row for all); CELLS [batch, units] c; SQUASHED [batch, units]
 * tanh(c), of row length SQUASHED_STRIDE (0: not kept); OUT [batch, units] h. */
MATH_BODY void cells_body(int64_t batch, int64_t units, float *gates, const float *previous,
                          int64_t previous_stride, float *cells, float *squashed,
                          int64_t squashed_stride, float *out, enum activation activation,
                          enum activation gate)
{
    for (int64_t b = 0; b < batch; b++) {
        float *i = gates + b * GATES * units, *f = i + units, *g = f + units, *o = g + units;
        const float *c_before = previous + b * previous_stride;
        float *c = cells + b * units, *s = squashed + b * squashed_stride, *h = out + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float input = activate(gate, i[j]);
            float forget = activate(gate, f[j]);
            float candidate = activate(activation, g[j]);
            float output = activate(gate, o[j]);
            float cell = forget * c_before[j] + input * candidate;
            float squash = activate(activation, cell);
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

/* With δh = ∂L/∂h (from above and from the next step), s = tanh(c) and δc from the next step:
 *     δc += δh ∘ o ∘ (1 − s²)
 *     δz_o = δh ∘ s ∘ o(1 − o)      δz_i = δc ∘ g ∘ i(1 − i)
 *     δz_f = δc ∘ c' ∘ f(1 − f)     δz_g = δc ∘ i ∘ (1 − g²)
 *     δc' = δc ∘ f
 * (Graves, "Supervised sequence labelling with recurrent neural networks", 2012, section 4.6.)
 * GATES [batch, 4·units] holds i f g o, then δz; PREVIOUS as above; SQUASHED s, HIDDEN_GRADIENT δh
 * and CELL_GRADIENT (δc, then δc') are [batch, units]. */
MATH_BODY void gradients_body(int64_t batch, int64_t units, float *gates, const float *previous,
                              int64_t previous_stride, const float *squashed,
                              const float *hidden_gradient, float *cell_gradient,
                              enum activation activation, enum activation gate)
{
    for (int64_t b = 0; b < batch; b++) {
        float *i = gates + b * GATES * units, *f = i + units, *g = f + units, *o = g + units;
        const float *c_before = previous + b * previous_stride, *s = squashed + b * units;
        const float *hidden = hidden_gradient + b * units;
        float *cell = cell_gradient + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float input = i[j], forget = f[j], candidate = g[j], output = o[j];
            float d_hidden = hidden[j];
            float d_cell = cell[j] + d_hidden * output * activation_slope(activation, s[j]);
            o[j] = d_hidden * s[j] * activation_slope(gate, output);
            i[j] = d_cell * candidate * activation_slope(gate, input);
            f[j] = d_cell * c_before[j] * activation_slope(gate, forget);
            g[j] = d_cell * input * activation_slope(activation, candidate);
            cell[j] = d_cell * forget;
        }
    }
}

/* The usual activations, as constants, so that the loops become vector code. */
MATH_BODY void usual_cells_body(int64_t batch, int64_t units, float *gates, const float *previous,
                                int64_t previous_stride, float *cells, float *squashed,
                                int64_t squashed_stride, float *out)
{
    cells_body(batch, units, gates, previous, previous_stride, cells, squashed, squashed_stride,
               out, ACTIVATION_TANH, ACTIVATION_SIGMOID);
}

MATH_CLONES(usual_cells, usual_cells_body,
            (int64_t batch, int64_t units, float *gates, const float *previous,
             int64_t previous_stride, float *cells, float *squashed, int64_t squashed_stride,
             float *out),
            (batch, units, gates, previous, previous_stride, cells, squashed, squashed_stride, out))

MATH_BODY void usual_gradients_body(int64_t batch, int64_t units, float *gates,
                                    const float *previous, int64_t previous_stride,
                                    const float *squashed, const float *hidden_gradient,
                                    float *cell_gradient)
{
    gradients_body(batch, units, gates, previous, previous_stride, squashed, hidden_gradient,
                   cell_gradient, ACTIVATION_TANH, ACTIVATION_SIGMOID);
}

MATH_CLONES(usual_gradients, usual_gradients_body,
            (int64_t batch, int64_t units, float *gates, const float *previous,
             int64_t previous_stride, const float *squashed, const float *hidden_gradient,
             float *cell_gradient),
            (batch, units, gates, previous, previous_stride, squashed, hidden_gradient,
             cell_gradient))

static enum activation gate_activation(const struct lstm_params *params)
{
    return params->gate_activation ? ACTIVATION_HARD_SIGMOID : ACTIVATION_SIGMOID;
}

static bool is_usual(const struct lstm_params *params)
{
    return params->activation == ACTIVATION_TANH && gate_activation(params) == ACTIVATION_SIGMOID;
}

static void lstm_forward(const struct layer_call *call)
{
    const struct lstm_params *params = call->params;
    int64_t batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, width = GATES * units, state = batch * units;
    struct lstm_memory memory;
    find_memory(call, &memory);
    recurrent_lstm_bias_row(call, &params->forget, memory.row);
    PART(PACKING);
    const struct packed weight_ih =
        packed_pack(true, inputs, width, call->weights[WEIGHT_IH], inputs, memory.work);
    const struct packed weight_hh = packed_pack(true, units, width, call->weights[WEIGHT_HH], units,
                                                memory.work + packed_floats(inputs, width));

    const float *previous = memory.zeros;
    int64_t previous_stride = 0, squashed_stride = call->saved ? units : 0;
    for (int64_t t = 0; t < layer_longest(call); t++) {
        int64_t kept = call->saved ? t : 0;
        float *gates = memory.gates + kept * batch * width;
        float *cells = memory.cells + kept * state;
        float *squashed = memory.squashed + kept * batch * squashed_stride;
        int64_t active = layer_active(call, t);
        float *out = call->out + t * state;
        const struct packed_term terms[] = {
            {.a = call->in + t * batch * inputs, .lda = inputs, .b = &weight_ih},
            {.a = t ? out - state : NULL, .lda = units, .b = &weight_hh},
        };
        PART(PRODUCTS);
        packed_multiply(active, terms, t ? 2 : 1, memory.row, 0, gates, width);
        PART(GATES);
        if (is_usual(params))
            usual_cells(active, units, gates, previous, previous_stride, cells, squashed,
                        squashed_stride, out);
        else
            cells_body(active, units, gates, previous, previous_stride, cells, squashed,
                       squashed_stride, out, (enum activation)params->activation,
                       gate_activation(params));
        previous = cells;
        previous_stride = units;
    }
    layer_copy_through(call, units, call->out);
}

static void lstm_backward(const struct layer_call *call)
{
    const struct lstm_params *params = call->params;
    int64_t last = layer_longest(call) - 1, batch = call->batch;
    int64_t units = call->plan->out.features, width = GATES * units, state = batch * units;
    struct lstm_memory memory;
    find_memory(call, &memory);
    PART(PACKING);
    const struct packed weight_hh =
        packed_pack(false, width, units, call->weights[WEIGHT_HH], units, memory.work);
    PART(GATES_BACKWARD);
    memcpy(memory.hidden_gradient, call->out_gradient + last * state,
           (size_t)state * sizeof(float));
    memset(memory.cell_gradient, 0, (size_t)state * sizeof(float));
    for (int64_t t = last; t >= 0; t--) {
        int64_t active = layer_active(call, t);
        float *gates = memory.gates + t * batch * width;
        const float *previous = t ? memory.cells + (t - 1) * state : memory.zeros;
        int64_t previous_stride = t ? units : 0;
        const float *squashed = memory.squashed + t * state;
        recurrent_measure(call, t, memory.hidden_gradient, NULL);
        if (is_usual(params))
            usual_gradients(active, units, gates, previous, previous_stride, squashed,
                            memory.hidden_gradient, memory.cell_gradient);
        else
            gradients_body(active, units, gates, previous, previous_stride, squashed,
                           memory.hidden_gradient, memory.cell_gradient,
                           (enum activation)params->activation, gate_activation(params));
        if (t > 0) { /* δh' = the gradient from above + δz U */
            const struct packed_term term = {.a = gates, .lda = width, .b = &weight_hh};
            PART(RECURRENCE_BACKWARD);
            packed_multiply(active, &term, 1, call->out_gradient + (t - 1) * state, units,
                            memory.hidden_gradient, units);
            recurrent_take_ends(call, t - 1, memory.hidden_gradient);
        }
    }
    recurrent_add_gradients(call, memory.gates, width, memory.row, memory.work);
}

const struct layer layer_lstm = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "lstm",
               .summary = "Long short-term memory.", .params = params_table, .defaults = &defaults,
               .params_size = sizeof(struct lstm_params)},
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = lstm_describe,
    .forward = lstm_forward,
    .backward = lstm_backward,
};
