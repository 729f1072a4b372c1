/* Long short-term memory with layer normalisation: Ba, Kiros and Hinton, "Layer normalization",
 * 2016, equations 20 to 22. What the input and what the state before bring to the gates is
 * normalised by itself, each over all four gates of an example, and so is the cell where it leaves;
 * the cell that is carried on is not. With h' and c' the states before, zero at first:
 *     i, f, g, o = blocks of z = α_x ∘ N(W x) + α_h ∘ N(U h') + b
 *     c = σ(f) ∘ c' + σ(i) ∘ tanh(g)
 *     h = σ(o) ∘ tanh(α_c ∘ N(c) + β_c)
 *     N(a) = (a − mean(a)) / √(mean((a − mean(a))²) + ε)
 * The paper's N has a bias of its own beside each gain, and z another one: they are added, so that
 * here there is one b, or two with recurrent_bias. At the first step U h' is zero, and N(0) = 0. */
#include "unroll.h"

#include <math.h>

enum { NORM_BLOCKS = 4 }; /* blocks of units in a row of gates: i f g o */
enum { NORM_KEPT = 14 };  /* floats for each unit, step and example: see struct norm_memory */

/* Tensors: weight_ih [4·units, inputs] = W, weight_hh [4·units, units] = U, bias [4·units] = b (or
 * bias_ih and bias_hh, which are added), and behind the biases those of enum norm_tensor. */
struct norm_lstm {
    struct recurrent_params common;
    struct module_choice gain_init;
    struct recurrent_forget forget;
    double epsilon;
};

enum norm_tensor {
    GAIN_IH,   /* [4·units] α_x */
    GAIN_HH,   /* [4·units] α_h */
    GAIN_CELL, /* [units] α_c */
    BIAS_CELL, /* [units] β_c */
};

static const struct norm_lstm norm_defaults = {
    .common = {.units = RECURRENT_UNITS}, .epsilon = 1e-5, .forget.unit_bias = true};

/* ε as TensorFlow 1's layer_norm, Keras's LayerNormalization and PyTorch's LayerNorm have it. The
 * layer itself is the paper's: TensorFlow 1's LayerNormBasicLSTMCell normalises each gate by
 * itself, and others carry the normalised cell on. */
static const struct param norm_params[] = {
    RECURRENT_PARAMS(struct norm_lstm, "false"),
    {
        .name = "gain_init",
        .summary = "How the gains behind the normalisations start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct norm_lstm, gain_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "{constant: 1}",
    },
    {
        .name = "epsilon",
        .summary = "Added to the variance that a normalisation divides by the root of.",
        .type = PARAM_REAL,
        .offset = offsetof(struct norm_lstm, epsilon),
        .minimum = 1e-30, /* a float32 that a root can be taken of */
        .maximum = 1,
        .preset = {[INIT_TF1] = "1e-12", [INIT_KERAS] = "1e-3", [INIT_PYTORCH] = "1e-5"},
    },
    RECURRENT_FORGET_PARAMS(struct norm_lstm),
    {0},
};

static void add_tensor(struct layer_plan *plan, const char *name, int64_t rows,
                       const struct module_choice *init)
{
    struct tensor *tensor = &plan->tensors[plan->tensor_count++];
    *tensor = (struct tensor){.rows = rows,
                              .fan_in = 1, /* one value reaches one value */
                              .fan_out = 1,
                              .joint_fan_in = 1,
                              .hidden = plan->out.features,
                              .init = *init};
    strcpy(tensor->name, name);
}

static int norm_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct norm_lstm *norm = params;
    if (recurrent_describe(&norm->common, NORM_BLOCKS, plan, error))
        return -1;
    int64_t units = norm->common.units, inputs = plan->in.features;
    recurrent_start_forget(&norm->forget, plan);
    add_tensor(plan, "gain_ih", NORM_BLOCKS * units, &norm->gain_init);
    add_tensor(plan, "gain_hh", NORM_BLOCKS * units, &norm->gain_init);
    add_tensor(plan, "gain_cell", units, &norm->gain_init);
    add_tensor(plan, "bias_cell", units, &(struct module_choice){0}); /* zeros, as of LayerNorm */
    int64_t kept = plan->batch * (NORM_KEPT * units + NORM_BLOCKS);
    plan->saved_floats = plan->in.steps * kept;
    plan->scratch_floats = (3 * NORM_BLOCKS + 4) * units + kept +
                           recurrent_work_floats(inputs, units, NORM_BLOCKS * units);
    return 0;
}

/* What one example's normalisations leave behind. */
struct norm_scales {
    float input, hidden, cell_mean, cell; /* 1/√(variance + ε); the cell's mean */
};

/* Where a call's arrays stand; without saved there is one step of those of all steps. */
struct norm_memory {
    float *inputs; /* [steps, batch, 4·units] W x, then N(W x); backward: its gradient */
    float *hidden; /* [steps, batch, 4·units] U h', then N(U h'); backward: its gradient */
    float *gates;  /* [steps, batch, 4·units] σ(i) σ(f) tanh(g) σ(o); backward: gradient of z */
    float *cells;  /* [steps, batch, units] c */
    float *squashed;            /* [steps, batch, units] tanh(α_c ∘ N(c) + β_c) */
    struct norm_scales *scales; /* [steps, batch] */
    float *row;                 /* [4·units] b with forget_bias; backward: its gradient */
    float *gain_sums[2];        /* backward: [4·units] gradients of α_x, α_h */
    float *cell_sums[2];        /* backward: [units] gradients of α_c, β_c */
    float *normal;              /* backward: [units] N(c) of one example */
    float *zeros;               /* [units] a row of the initial cells */
    float *work;                /* recurrent_work_floats */
    float *hidden_gradient;     /* backward: [batch, units] from above and from the next step */
    float *cell_gradient;       /* backward: [batch, units] from the next step */
    float *const *gains;        /* by enum norm_tensor */
    float epsilon;
};

static struct norm_memory find_memory(const struct layer_call *call)
{
    const struct norm_lstm *norm = call->params;
    int64_t units = call->plan->out.features, width = NORM_BLOCKS * units;
    int64_t state = call->batch * units, all = (call->saved ? call->plan->in.steps : 1) * state;
    struct norm_memory memory = {.row = call->scratch, .epsilon = (float)norm->epsilon};
    memory.gain_sums[0] = memory.row + width;
    memory.gain_sums[1] = memory.gain_sums[0] + width;
    memory.cell_sums[0] = memory.gain_sums[1] + width;
    memory.cell_sums[1] = memory.cell_sums[0] + units;
    memory.normal = memory.cell_sums[1] + units;
    memory.zeros = memory.normal + units;
    memory.work = memory.zeros + units;
    float *rest = memory.work + recurrent_work_floats(call->plan->in.features, units, width);
    memory.hidden_gradient = rest;
    memory.cell_gradient = rest + state;
    memory.inputs = call->saved ? call->saved : rest;
    memory.hidden = memory.inputs + NORM_BLOCKS * all;
    memory.gates = memory.hidden + NORM_BLOCKS * all;
    memory.cells = memory.gates + NORM_BLOCKS * all;
    memory.squashed = memory.cells + all;
    memory.scales = (struct norm_scales *)(memory.squashed + all);
    memory.gains = call->weights + recurrent_biases_end(call->plan);
    memset(memory.zeros, 0, (size_t)units * sizeof(float));
    return memory;
}

/* Sums over a row run in so many lanes on every processor, which are added in a fixed order. */
enum { LANES = 16 };
typedef float lanes
    __attribute__((vector_size(LANES * sizeof(float)), aligned(sizeof(float)), may_alias));

MATH_BODY float add_lanes(const lanes *sums)
{
    float values[LANES];
    memcpy(values, sums, sizeof values);
    for (int half = LANES / 2; half > 0; half /= 2)
        for (int lane = 0; lane < half; lane++)
            values[lane] += values[lane + half];
    return values[0];
}

MATH_BODY float mean_of(int64_t count, const float *a)
{
    lanes sums = {0};
    float rest = 0;
    int64_t whole = count - count % LANES;
    for (int64_t j = 0; j < whole; j += LANES)
        sums += *(const lanes *)(a + j);
    for (int64_t j = whole; j < count; j++)
        rest += a[j];
    return (add_lanes(&sums) + rest) / (float)count;
}

/* 1/√(variance + ε) of A [count] around MEAN. */
MATH_BODY float scale_of(int64_t count, const float *a, float mean, float epsilon)
{
    lanes sums = {0};
    float rest = 0;
    int64_t whole = count - count % LANES;
    for (int64_t j = 0; j < whole; j += LANES) {
        lanes distance = *(const lanes *)(a + j) - mean;
        sums += distance * distance;
    }
    for (int64_t j = whole; j < count; j++)
        rest += (a[j] - mean) * (a[j] - mean);
    return 1.0f / sqrtf((add_lanes(&sums) + rest) / (float)count + epsilon);
}

/* a = N(a) for A [count]; returns what it was multiplied by. */
MATH_BODY float normalise(int64_t count, float epsilon, float *a)
{
    float mean = mean_of(count, a), scale = scale_of(count, a, mean, epsilon);
    for (int64_t j = 0; j < count; j++)
        a[j] = (a[j] - mean) * scale;
    return scale;
}

/* The gradient of a from δy, that of y = α ∘ N(a) + β, all [count]: with n = N(a), g = δy ∘ α,
 *     δa = scale · (g − mean(g) − n ∘ mean(g ∘ n))
 * (Ba et al. 2016, supplement; the derivative of mean and deviation.) NORMAL holds n, then δa. */
MATH_BODY void denormalise(int64_t count, const float *gradient, const float *gain, float scale,
                           float *restrict normal)
{
    lanes sums = {0}, products = {0};
    float rest = 0, rest_products = 0;
    int64_t whole = count - count % LANES;
    for (int64_t j = 0; j < whole; j += LANES) {
        lanes g = *(const lanes *)(gradient + j) * *(const lanes *)(gain + j);
        sums += g;
        products += g * *(const lanes *)(normal + j);
    }
    for (int64_t j = whole; j < count; j++) {
        rest += gradient[j] * gain[j];
        rest_products += gradient[j] * gain[j] * normal[j];
    }
    float mean = (add_lanes(&sums) + rest) / (float)count;
    float along = (add_lanes(&products) + rest_products) / (float)count;
    for (int64_t j = 0; j < count; j++)
        normal[j] = scale * (gradient[j] * gain[j] - mean - normal[j] * along);
}

/* One step forward behind the products, by the formulas at the head of this file, for the first
 * ROWS examples. MEMORY: its arrays begin at this step; PREVIOUS: c' [rows, units], of row length
 * STRIDE (0: the same row for all); OUT: h [rows, units]. */
MATH_BODY void cells_body(int64_t rows, int64_t units, const struct norm_memory *memory,
                          const float *previous, int64_t stride, float *out)
{
    const int64_t width = NORM_BLOCKS * units;
    const float *gain_x = memory->gains[GAIN_IH], *gain_h = memory->gains[GAIN_HH];
    const float *gain_c = memory->gains[GAIN_CELL], *bias_c = memory->gains[BIAS_CELL];
    const float *bias = memory->row;
    for (int64_t b = 0; b < rows; b++) {
        float *x = memory->inputs + b * width, *r = memory->hidden + b * width;
        float *i = memory->gates + b * width, *f = i + units, *g = f + units, *o = g + units;
        float *c = memory->cells + b * units, *s = memory->squashed + b * units;
        float *h = out + b * units;
        const float *before = previous + b * stride;
        struct norm_scales *scales = memory->scales + b;
        scales->input = normalise(width, memory->epsilon, x);
        scales->hidden = normalise(width, memory->epsilon, r);
        MATH_INDEPENDENT
        for (int64_t j = 0; j < width; j++)
            i[j] = gain_x[j] * x[j] + gain_h[j] * r[j] + bias[j];
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            i[j] = math_sigmoid(i[j]);
            f[j] = math_sigmoid(f[j]);
            g[j] = math_tanh(g[j]);
            o[j] = math_sigmoid(o[j]);
            c[j] = f[j] * before[j] + i[j] * g[j];
        }
        float mean = mean_of(units, c), scale = scale_of(units, c, mean, memory->epsilon);
        scales->cell_mean = mean;
        scales->cell = scale;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            s[j] = math_tanh(gain_c[j] * ((c[j] - mean) * scale) + bias_c[j]);
            h[j] = o[j] * s[j];
        }
    }
}

MATH_CLONES(cells, cells_body,
            (int64_t rows, int64_t units, const struct norm_memory *memory, const float *previous,
             int64_t stride, float *out),
            (rows, units, memory, previous, stride, out))

/* From δh to the gradient of N(c), with s = tanh(α_c ∘ N(c) + β_c):
 *     δz_o = δh ∘ s ∘ o(1 − o)      δs = δh ∘ o ∘ (1 − s²)
 *     δα_c += δs ∘ N(c)             δβ_c += δs
 * HIDDEN: δh, then δs; O: o, then δz_o; NORMAL: N(c), all [units], of one example. */
MATH_BODY void output_back(int64_t units, const float *c, const struct norm_scales *scales,
                           const float *s, float *hidden, float *o, float *normal,
                           float *const *sums)
{
    float *sum_gain = sums[0], *sum_bias = sums[1];
    float mean = scales->cell_mean, scale = scales->cell;
    MATH_INDEPENDENT
    for (int64_t j = 0; j < units; j++) {
        float output = o[j], n = (c[j] - mean) * scale;
        float d_squash = hidden[j] * output * (1.0f - s[j] * s[j]);
        o[j] = hidden[j] * s[j] * (output * (1.0f - output));
        hidden[j] = d_squash;
        normal[j] = n;
        sum_gain[j] += d_squash * n;
        sum_bias[j] += d_squash;
    }
}

/* One step back. With δc from the next step and from output_back:
 *     δz_i = δc ∘ g ∘ i(1 − i)      δz_f = δc ∘ c' ∘ f(1 − f)      δz_g = δc ∘ i ∘ (1 − g²)
 *     δc' = δc ∘ f                  δα_x += δz ∘ N(W x)            δα_h += δz ∘ N(U h')
 * where i f g are squashed. Arguments as in cells_body; memory->inputs and memory->hidden become
 * the gradients of W x and U h', memory->gates those of z, memory->cell_gradient δc'. */
MATH_BODY void cells_back_body(int64_t rows, int64_t units, const struct norm_memory *memory,
                               const float *previous, int64_t stride)
{
    const int64_t width = NORM_BLOCKS * units;
    float *sum_x = memory->gain_sums[0], *sum_h = memory->gain_sums[1], *normal = memory->normal;
    float *sum_bias = memory->row;
    for (int64_t b = 0; b < rows; b++) {
        float *x = memory->inputs + b * width, *r = memory->hidden + b * width;
        float *i = memory->gates + b * width, *f = i + units, *g = f + units, *o = g + units;
        float *hidden = memory->hidden_gradient + b * units;
        float *carry = memory->cell_gradient + b * units;
        const float *before = previous + b * stride;
        const struct norm_scales *scales = memory->scales + b;
        output_back(units, memory->cells + b * units, scales, memory->squashed + b * units, hidden,
                    o, normal, memory->cell_sums);
        denormalise(units, hidden, memory->gains[GAIN_CELL], scales->cell, normal);
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float input = i[j], forget = f[j], candidate = g[j], d_cell = carry[j] + normal[j];
            i[j] = d_cell * candidate * (input * (1.0f - input));
            f[j] = d_cell * before[j] * (forget * (1.0f - forget));
            g[j] = d_cell * input * (1.0f - candidate * candidate);
            carry[j] = d_cell * forget;
        }
        MATH_INDEPENDENT
        for (int64_t j = 0; j < width; j++) {
            sum_bias[j] += i[j];
            sum_x[j] += i[j] * x[j];
            sum_h[j] += i[j] * r[j];
        }
        denormalise(width, i, memory->gains[GAIN_IH], scales->input, x);
        denormalise(width, i, memory->gains[GAIN_HH], scales->hidden, r);
    }
}

MATH_CLONES(cells_back, cells_back_body,
            (int64_t rows, int64_t units, const struct norm_memory *memory, const float *previous,
             int64_t stride),
            (rows, units, memory, previous, stride))

/* MEMORY with its arrays at step T, where they have all steps. */
static struct norm_memory at_step(const struct layer_call *call, const struct norm_memory *memory,
                                  int64_t t)
{
    int64_t first = call->saved ? t * call->batch : 0, units = call->plan->out.features;
    struct norm_memory step = *memory;
    step.inputs += first * NORM_BLOCKS * units;
    step.hidden += first * NORM_BLOCKS * units;
    step.gates += first * NORM_BLOCKS * units;
    step.cells += first * units;
    step.squashed += first * units;
    step.scales += first;
    return step;
}

static void norm_forward(const struct layer_call *call)
{
    const struct norm_lstm *norm = call->params;
    int64_t steps = layer_longest(call), batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, width = NORM_BLOCKS * units, state = batch * units;
    struct norm_memory memory = find_memory(call);
    recurrent_lstm_bias_row(call, &norm->forget, memory.row);
    const struct packed weight_ih =
        packed_pack(true, inputs, width, call->weights[WEIGHT_IH], inputs, memory.work);
    const struct packed weight_hh = packed_pack(true, units, width, call->weights[WEIGHT_HH], units,
                                                memory.work + packed_floats(inputs, width));
    for (int64_t t = 0; t < steps; t++) {
        int64_t active = layer_active(call, t);
        struct norm_memory step = at_step(call, &memory, t);
        float *out = call->out + t * state;
        const float *before = t ? step.cells - (call->saved ? state : 0) : memory.zeros;
        const struct packed_term input = {
            .a = call->in + t * batch * inputs, .lda = inputs, .b = &weight_ih};
        const struct packed_term recurrent = {
            .a = t ? out - state : NULL, .lda = units, .b = &weight_hh};
        packed_multiply(active, &input, 1, NULL, 0, step.inputs, width);
        if (t)
            packed_multiply(active, &recurrent, 1, NULL, 0, step.hidden, width);
        else
            memset(step.hidden, 0, (size_t)(batch * width) * sizeof(float));
        cells(active, units, &step, before, t ? units : 0, out);
    }
    layer_copy_through(call, units, call->out);
}

/* Turns what forward kept into gradients, from the last step to the first. */
static void derive_steps(const struct layer_call *call, const struct norm_memory *memory)
{
    int64_t steps = layer_longest(call), units = call->plan->out.features;
    int64_t width = NORM_BLOCKS * units, state = call->batch * units;
    const struct packed weight_hh =
        packed_pack(false, width, units, call->weights[WEIGHT_HH], units, memory->work);
    memset(memory->row, 0, (size_t)(3 * width + 2 * units) * sizeof(float)); /* and all sums */
    memset(memory->cell_gradient, 0, (size_t)state * sizeof(float));
    memcpy(memory->hidden_gradient, call->out_gradient + (steps - 1) * state,
           (size_t)state * sizeof(float));
    for (int64_t t = steps - 1; t >= 0; t--) {
        int64_t active = layer_active(call, t);
        struct norm_memory step = at_step(call, memory, t);
        recurrent_measure(call, t, memory->hidden_gradient, NULL);
        cells_back(active, units, &step, t ? step.cells - state : memory->zeros, t ? units : 0);
        if (t > 0) { /* δh' = the gradient from above + that of U h', times U */
            const struct packed_term term = {.a = step.hidden, .lda = width, .b = &weight_hh};
            packed_multiply(active, &term, 1, call->out_gradient + (t - 1) * state, units,
                            memory->hidden_gradient, units);
            recurrent_take_ends(call, t - 1, memory->hidden_gradient);
        }
    }
}

/* δW += δ(W x)ᵀ x over all steps, δU += δ(U h')ᵀ h' over all but the first, whose h' is zero. */
static void add_weight_gradients(const struct layer_call *call, const struct norm_memory *memory)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    int64_t width = NORM_BLOCKS * units;
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        const struct outer_term term = {inputs, call->in + rows.first * inputs, inputs,
                                        call->gradients[WEIGHT_IH], inputs};
        outer_add(rows.count, width, memory->inputs + rows.first * width, width, &term, 1,
                  memory->work);
    }
    for (struct layer_rows rows = {.next = 1}; layer_next_rows(call, &rows);) {
        const struct outer_term term = {units, call->out + (rows.first - call->batch) * units,
                                        units, call->gradients[WEIGHT_HH], units};
        outer_add(rows.count, width, memory->hidden + rows.first * width, width, &term, 1,
                  memory->work);
    }
}

static void norm_backward(const struct layer_call *call)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    int64_t width = NORM_BLOCKS * units;
    int end = recurrent_biases_end(call->plan);
    struct norm_memory memory = find_memory(call);
    derive_steps(call, &memory);
    add_weight_gradients(call, &memory);
    for (int tensor = BIAS_IH; tensor < end; tensor++)
        block_add(width, memory.row, call->gradients[tensor]);
    block_add(width, memory.gain_sums[0], call->gradients[end + GAIN_IH]);
    block_add(width, memory.gain_sums[1], call->gradients[end + GAIN_HH]);
    block_add(units, memory.cell_sums[0], call->gradients[end + GAIN_CELL]);
    block_add(units, memory.cell_sums[1], call->gradients[end + BIAS_CELL]);
    if (!call->in_gradient)
        return;
    const struct packed weights =
        packed_pack(false, width, inputs, call->weights[WEIGHT_IH], inputs, memory.work);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
        const struct packed_term term = {
            .a = memory.inputs + rows.first * width, .lda = width, .b = &weights};
        packed_multiply(rows.count, &term, 1, NULL, 0, call->in_gradient + rows.first * inputs,
                        inputs);
    }
}

static const struct layer layer_layernorm_lstm = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 2, /* 1: β_c started as the biases do */
            .name = "layernorm_lstm",
            .summary = "An LSTM with layer normalisation (Ba et al. 2016).",
            .params = norm_params,
            .defaults = &norm_defaults,
            .params_size = sizeof(struct norm_lstm),
        },
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = norm_describe,
    .forward = norm_forward,
    .backward = norm_backward,
};

UNROLL_PLUGIN(&layer_layernorm_lstm.module);
