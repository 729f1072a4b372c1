/* The minimal gated unit: Zhou, Wu, Zhang and Zhou, "Minimal gated unit for recurrent neural
 * networks", International Journal of Automation and Computing, 2016. One gate does the work of a
 * GRU's two. With h' the previous hidden state, zero at first:
 *     f = σ(W_f x + U_f h' + b_f)
 *     c = tanh(W_h x + U_h (f ∘ h') + b_h)
 *     h = (1 − f) ∘ h' + f ∘ c */
#include "unroll.h"

enum { MGU_BLOCKS = 2 }; /* blocks of units in the tensors: f c */

/* Tensors: weight_ih [2·units, inputs] = W_f, W_h; weight_hh [2·units, units] = U_f, U_h;
 * bias [2·units] = b_f, b_h, or bias_ih and bias_hh, which are added. */
struct mgu {
    struct recurrent_params common;
};

static const struct mgu mgu_defaults = {.common = {.units = RECURRENT_UNITS}};

static const struct param mgu_params[] = {
    RECURRENT_PARAMS(struct mgu, "false"),
    {0},
};

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Packed weights of either pass, or the products of the weights' gradients. */
static int64_t work_floats(int64_t inputs, int64_t units)
{
    int64_t forward = 2 * (packed_floats(inputs, units) + packed_floats(units, units));
    int64_t backward = larger(2 * packed_floats(units, units), packed_floats(2 * units, inputs));
    int64_t gradients = outer_floats(units, inputs) + outer_floats(units, units);
    return larger(forward, larger(backward, gradients));
}

static int mgu_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct mgu *mgu = params;
    if (recurrent_describe(&mgu->common, MGU_BLOCKS, plan, error))
        return -1;
    int64_t inputs = plan->in.features, units = mgu->common.units, state = plan->batch * units;
    plan->saved_floats = 3 * plan->in.steps * state;
    plan->scratch_floats = 3 * units + 3 * state + work_floats(inputs, units);
    return 0;
}

/* Where a call's arrays stand. */
struct mgu_memory {
    float *gates;   /* [steps, batch, 2·units] f, c; backward turns them into the gradients of what
                       they were before. Without saved: [batch, 2·units] */
    float *kept;    /* [steps, batch, units] f ∘ h'; without saved: [batch, units] */
    float *row;     /* [2·units] the sum of the biases; backward: sums of the gates' gradients */
    float *zeros;   /* [units] a row of the first h' */
    float *work;    /* work_floats */
    float *carried; /* backward: [batch, units] gradient of h from the next step */
    float *kept_gradient;   /* backward: [batch, units] of f ∘ h' */
    float *forget_gradient; /* backward: [batch, units] of f, but for what comes through f ∘ h' */
};

static struct mgu_memory find_memory(const struct layer_call *call)
{
    int64_t units = call->plan->out.features, state = call->batch * units;
    struct mgu_memory memory = {.row = call->scratch};
    memory.zeros = memory.row + MGU_BLOCKS * units;
    memory.work = memory.zeros + units;
    float *rest = memory.work + work_floats(call->plan->in.features, units);
    if (call->saved) {
        memory.gates = call->saved;
        memory.kept = memory.gates + 2 * call->plan->in.steps * state;
        memory.carried = rest;
        memory.kept_gradient = memory.carried + state;
        memory.forget_gradient = memory.kept_gradient + state;
    } else {
        memory.gates = rest;
        memory.kept = rest + 2 * state;
    }
    memset(memory.zeros, 0, (size_t)units * sizeof(float));
    return memory;
}

/* f = σ(a_f), kept = f ∘ h'. GATES: [rows, 2·units] a_f, then f; PREVIOUS: h' [rows, units], of row
 * length STRIDE (0: the same row for all); KEPT: [rows, units]. */
MATH_BODY void forget_body(int64_t rows, int64_t units, float *gates, const float *previous,
                           int64_t stride, float *kept)
{
    for (int64_t b = 0; b < rows; b++) {
        float *f = gates + b * 2 * units, *k = kept + b * units;
        const float *before = previous + b * stride;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float forget = math_sigmoid(f[j]);
            f[j] = forget;
            k[j] = forget * before[j];
        }
    }
}

MATH_CLONES(forget, forget_body,
            (int64_t rows, int64_t units, float *gates, const float *previous, int64_t stride,
             float *kept),
            (rows, units, gates, previous, stride, kept))

/* c = tanh(a_c), h = (1 − f) ∘ h' + f ∘ c. GATES: [rows, 2·units] f, a_c, then f, c; PREVIOUS as
 * above; OUT: h [rows, units]. */
MATH_BODY void renew_body(int64_t rows, int64_t units, float *gates, const float *previous,
                          int64_t stride, float *out)
{
    for (int64_t b = 0; b < rows; b++) {
        float *f = gates + b * 2 * units, *c = f + units, *h = out + b * units;
        const float *before = previous + b * stride;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float candidate = math_tanh(c[j]);
            c[j] = candidate;
            h[j] = (1.0f - f[j]) * before[j] + f[j] * candidate;
        }
    }
}

MATH_CLONES(renew, renew_body,
            (int64_t rows, int64_t units, float *gates, const float *previous, int64_t stride,
             float *out),
            (rows, units, gates, previous, stride, out))

/* The weights of the two blocks, packed for one pass. */
struct mgu_weights {
    struct packed input_forget, input_candidate, forget, candidate;
};

static struct mgu_weights pack_forward(const struct layer_call *call, float *work)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    const float *w = call->weights[WEIGHT_IH], *u = call->weights[WEIGHT_HH];
    int64_t input_floats = packed_floats(inputs, units);
    float *recurrent = work + 2 * input_floats;
    return (struct mgu_weights){
        .input_forget = packed_pack(true, inputs, units, w, inputs, work),
        .input_candidate =
            packed_pack(true, inputs, units, w + units * inputs, inputs, work + input_floats),
        .forget = packed_pack(true, units, units, u, units, recurrent),
        .candidate = packed_pack(true, units, units, u + units * units, units,
                                 recurrent + packed_floats(units, units)),
    };
}

static void mgu_forward(const struct layer_call *call)
{
    int64_t steps = layer_longest(call), inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, batch = call->batch, state = batch * units;
    struct mgu_memory memory = find_memory(call);
    struct mgu_weights weights = pack_forward(call, memory.work);
    recurrent_bias_row(call, MGU_BLOCKS * units, memory.row);
    for (int64_t t = 0; t < steps; t++) {
        int64_t rows = layer_active(call, t), place = call->saved ? t : 0;
        const float *in = call->in + t * batch * inputs;
        float *gates = memory.gates + place * 2 * state, *kept = memory.kept + place * state;
        float *out = call->out + t * state;
        const float *previous = t ? out - state : memory.zeros;
        int64_t stride = t ? units : 0;
        int products = t ? 2 : 1; /* the first h' is zero */
        const struct packed_term forget_terms[] = {
            {.a = in, .lda = inputs, .b = &weights.input_forget},
            {.a = previous, .lda = stride, .b = &weights.forget},
        };
        packed_multiply(rows, forget_terms, products, memory.row, 0, gates, 2 * units);
        forget(rows, units, gates, previous, stride, kept);
        const struct packed_term candidate_terms[] = {
            {.a = in, .lda = inputs, .b = &weights.input_candidate},
            {.a = kept, .lda = units, .b = &weights.candidate},
        };
        packed_multiply(rows, candidate_terms, products, memory.row + units, 0, gates + units,
                        2 * units);
        renew(rows, units, gates, previous, stride, out);
    }
    layer_copy_through(call, units, call->out);
}

/* With δh = ∂L/∂h from above and from the next step:
 *     δa_c = δh ∘ f ∘ (1 − c²),   δf = δh ∘ (c − h'),   δh' = δh ∘ (1 − f)
 * where a is what a gate squashes. GATES: [rows, 2·units] f, c, then f, δa_c; PREVIOUS: h' of row
 * length STRIDE; CARRIED: δh from the next step, then δh'; it and the others: [rows, units]. */
MATH_BODY void renew_back_body(int64_t rows, int64_t units, float *gates, const float *previous,
                               int64_t stride, const float *out_gradient, float *carried,
                               float *forget_gradient)
{
    for (int64_t b = 0; b < rows; b++) {
        float *f = gates + b * 2 * units, *c = f + units, *carry = carried + b * units;
        const float *before = previous + b * stride, *above = out_gradient + b * units;
        float *df = forget_gradient + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float dh = above[j] + carry[j], candidate = c[j];
            c[j] = dh * f[j] * (1.0f - candidate * candidate);
            df[j] = dh * (candidate - before[j]);
            carry[j] = dh * (1.0f - f[j]);
        }
    }
}

MATH_CLONES(renew_back, renew_back_body,
            (int64_t rows, int64_t units, float *gates, const float *previous, int64_t stride,
             const float *out_gradient, float *carried, float *forget_gradient),
            (rows, units, gates, previous, stride, out_gradient, carried, forget_gradient))

/* With δk = U_hᵀ δa_c, the gradient of k = f ∘ h':
 *     δf += δk ∘ h',   δh' += δk ∘ f,   δa_f = δf ∘ f(1 − f)
 * GATES: f, δa_c, then δa_f, δa_c. Shapes as above. */
MATH_BODY void forget_back_body(int64_t rows, int64_t units, float *gates, const float *previous,
                                int64_t stride, const float *kept_gradient, float *carried,
                                const float *forget_gradient)
{
    for (int64_t b = 0; b < rows; b++) {
        float *f = gates + b * 2 * units, *carry = carried + b * units;
        const float *before = previous + b * stride, *dk = kept_gradient + b * units;
        const float *df = forget_gradient + b * units;
        MATH_INDEPENDENT
        for (int64_t j = 0; j < units; j++) {
            float forget = f[j];
            f[j] = (df[j] + dk[j] * before[j]) * (forget * (1.0f - forget));
            carry[j] += dk[j] * forget;
        }
    }
}

MATH_CLONES(forget_back, forget_back_body,
            (int64_t rows, int64_t units, float *gates, const float *previous, int64_t stride,
             const float *kept_gradient, float *carried, const float *forget_gradient),
            (rows, units, gates, previous, stride, kept_gradient, carried, forget_gradient))

/* Turns memory->gates into gradients, from the last step to the first. */
static void derive_steps(const struct layer_call *call, const struct mgu_memory *memory)
{
    int64_t units = call->plan->out.features, state = call->batch * units;
    const float *u = call->weights[WEIGHT_HH];
    const struct packed forget = packed_pack(false, units, units, u, units, memory->work);
    const struct packed candidate = packed_pack(false, units, units, u + units * units, units,
                                                memory->work + packed_floats(units, units));
    memset(memory->carried, 0, (size_t)state * sizeof(float));
    for (int64_t t = layer_longest(call) - 1; t >= 0; t--) {
        int64_t rows = layer_active(call, t), stride = t ? units : 0;
        const float *previous = t ? call->out + (t - 1) * state : memory->zeros;
        const float *above = call->out_gradient + t * state;
        float *gates = memory->gates + t * 2 * state;
        const struct packed_term through_forget = {.a = gates, .lda = 2 * units, .b = &forget};
        const struct packed_term through_candidate = {
            .a = gates + units, .lda = 2 * units, .b = &candidate};
        recurrent_measure(call, t, above, memory->carried);
        renew_back(rows, units, gates, previous, stride, above, memory->carried,
                   memory->forget_gradient);
        packed_multiply(rows, &through_candidate, 1, NULL, 0, memory->kept_gradient, units);
        forget_back(rows, units, gates, previous, stride, memory->kept_gradient, memory->carried,
                    memory->forget_gradient);
        if (t)
            packed_multiply(rows, &through_forget, 1, memory->carried, units, memory->carried,
                            units);
    }
}

/* ∂W += Σ δa xᵀ, ∂U_f += Σ δa_f h'ᵀ, ∂U_h += Σ δa_c kᵀ over ROWS; of the first step only the
 * first, for its h' is zero. */
static void add_products(const struct layer_call *call, const struct mgu_memory *memory,
                         const struct layer_rows *rows)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    int64_t first = rows->first;
    const float *factors[MGU_BLOCKS] = {NULL, NULL};
    if (first > 0) {
        factors[0] = call->out + (first - call->batch) * units;
        factors[1] = memory->kept + first * units;
    }
    for (int block = 0; block < MGU_BLOCKS; block++) {
        const struct outer_term terms[] = {
            {inputs, call->in + first * inputs, inputs,
             call->gradients[WEIGHT_IH] + block * units * inputs, inputs},
            {units, factors[block], units, call->gradients[WEIGHT_HH] + block * units * units,
             units},
        };
        outer_add(rows->count, units, memory->gates + first * 2 * units + block * units, 2 * units,
                  terms, first ? 2 : 1, memory->work);
    }
}

/* ∂b += Σ δa, for each of the biases. */
static void add_bias_gradients(const struct layer_call *call, const struct mgu_memory *memory)
{
    int64_t width = MGU_BLOCKS * call->plan->out.features;
    memset(memory->row, 0, (size_t)width * sizeof(float));
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);)
        matrix_add_column_sums(memory->gates + rows.first * width, rows.count, width, memory->row);
    for (int tensor = BIAS_IH; tensor < call->plan->tensor_count; tensor++)
        block_add(width, memory->row, call->gradients[tensor]);
}

static void mgu_backward(const struct layer_call *call)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    struct mgu_memory memory = find_memory(call);
    derive_steps(call, &memory);
    add_products(call, &memory, &(struct layer_rows){.count = call->batch});
    for (struct layer_rows rows = {.next = 1}; layer_next_rows(call, &rows);)
        add_products(call, &memory, &rows);
    add_bias_gradients(call, &memory);
    if (!call->in_gradient)
        return;
    const struct packed weights =
        packed_pack(false, 2 * units, inputs, call->weights[WEIGHT_IH], inputs, memory.work);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) { /* ∂x = Wᵀ δa */
        const struct packed_term term = {
            .a = memory.gates + rows.first * 2 * units, .lda = 2 * units, .b = &weights};
        packed_multiply(rows.count, &term, 1, NULL, 0, call->in_gradient + rows.first * inputs,
                        inputs);
    }
}

static const struct layer layer_mgu = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 2,
            .name = "mgu",
            .summary = "The minimal gated unit (Zhou et al. 2016): a GRU with one gate.",
            .params = mgu_params,
            .defaults = &mgu_defaults,
            .params_size = sizeof(struct mgu),
        },
    .recurrent = true,
    .lengths = LAYER_LENGTHS,
    .describe = mgu_describe,
    .forward = mgu_forward,
    .backward = mgu_backward,
};

UNROLL_PLUGIN(&layer_mgu.module);
