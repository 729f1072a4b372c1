/* The minimal gated unit: Zhou, Wu, Zhang and Zhou, "Minimal gated unit for recurrent neural
 * networks", International Journal of Automation and Computing, 2016. One gate does the work of a
 * GRU's two. With h' the previous hidden state, zero at first:
 *     f = σ(W_f x + U_f h' + b_f)
 *     c = tanh(W_h x + U_h (f ∘ h') + b_h)
 *     h = (1 − f) ∘ h' + f ∘ c */
#include "math/block.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "math/outer.h"
#include "math/packed.h"
#include "math/vector.h"
#include "module/layer.h"
#include "module/plugin.h"

#include <limits.h>
#include <string.h>

struct mgu {
    int64_t units;
    struct module_choice kernel_init, recurrent_init, bias_init;
};

/* Tensors: weight_ih [2·units, inputs] = W_f, W_h; weight_hh [2·units, units] = U_f, U_h;
 * bias [2·units] = b_f, b_h. */
enum { MGU_WEIGHT_IH, MGU_WEIGHT_HH, MGU_BIAS, MGU_TENSORS };

static const struct mgu mgu_defaults = {.units = 128};

/* The presets are those of the built-in recurrent layers. */
static const struct param mgu_params[] = {
    {
        .name = "units",
        .summary = "Size of the hidden state.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct mgu, units),
        .minimum = 1,
        .maximum = 65536,
        .unit = "units",
    },
    {
        .name = "kernel_init",
        .summary = "How the input's weights start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct mgu, kernel_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "glorot",
        .preset = {[INIT_TF1] = "{glorot: {fans: joint}}",
                   [INIT_PYTORCH] = "{uniform: {limit: 1, over: sqrt_hidden}}"},
    },
    {
        .name = "recurrent_init",
        .summary = "How the recurrent weights start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct mgu, recurrent_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "orthogonal",
        .preset = {[INIT_TF1] = "{glorot: {fans: joint}}",
                   [INIT_PYTORCH] = "{uniform: {limit: 1, over: sqrt_hidden}}"},
    },
    {
        .name = "bias_init",
        .summary = "How the biases start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct mgu, bias_init),
        .kind = MODULE_INITIALIZER,
        .fallback = "zeros",
        .preset = {[INIT_PYTORCH] = "{uniform: {limit: 1, over: sqrt_hidden}}"},
    },
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
    int64_t steps = plan->in.steps, inputs = plan->in.features, units = mgu->units;
    if (inputs > INT_MAX || steps > INT_MAX / plan->batch)
        return error_set(error, ERROR_USAGE,
                         "mgu: %lld steps of %lld inputs in batches of %lld are more than a matrix "
                         "product can index (%d rows): choose a smaller batch or shorter sequences",
                         (long long)steps, (long long)inputs, (long long)plan->batch, INT_MAX);
    plan->out = (struct sequence){.steps = steps, .features = units, .reversed_from = units};
    struct tensor tensor = {
        .name = "weight_ih",
        .rows = 2 * units,
        .columns = inputs,
        .fan_in = inputs,
        .fan_out = 2 * units,
        .joint_fan_in = inputs + units,
        .hidden = units,
        .decays = true,
        .init = mgu->kernel_init,
    };
    plan->tensors[MGU_WEIGHT_IH] = tensor;
    strcpy(tensor.name, "weight_hh");
    tensor.columns = tensor.fan_in = units;
    tensor.init = mgu->recurrent_init;
    plan->tensors[MGU_WEIGHT_HH] = tensor;
    strcpy(tensor.name, "bias");
    tensor.columns = 0;
    tensor.fan_in = inputs;
    tensor.decays = false;
    tensor.init = mgu->bias_init;
    plan->tensors[MGU_BIAS] = tensor;
    plan->tensor_count = MGU_TENSORS;
    plan->states = 1;

    int64_t state = plan->batch * units;
    plan->saved_floats = 3 * steps * state;
    plan->scratch_floats = units + 3 * state + work_floats(inputs, units);
    plan->input_gradient_operations = 4.0 * (double)units * (double)inputs * (double)steps;
    plan->state_gradient_operations = 4.0 * (double)units * (double)units * (double)(steps - 1);
    plan->operations = plan->input_gradient_operations + plan->state_gradient_operations;
    return 0;
}

/* Where a call's arrays stand. */
struct mgu_memory {
    float *gates;   /* [steps, batch, 2·units] f, c; backward turns them into the gradients of what
                       they were before. Without saved: [batch, 2·units] */
    float *kept;    /* [steps, batch, units] f ∘ h'; without saved: [batch, units] */
    float *zeros;   /* [units] a row of the first h' */
    float *work;    /* work_floats */
    float *carried; /* backward: [batch, units] gradient of h from the next step */
    float *kept_gradient;   /* backward: [batch, units] of f ∘ h' */
    float *forget_gradient; /* backward: [batch, units] of f, but for what comes through f ∘ h' */
};

static struct mgu_memory find_memory(const struct layer_call *call)
{
    int64_t units = call->plan->out.features, state = call->batch * units;
    struct mgu_memory memory = {.zeros = call->scratch, .work = call->scratch + units};
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

/* Sequences of a batch may differ in length: those that are still running at step T come first. */
static int64_t running(const struct layer_call *call, int64_t t)
{
    (void)t;
    return call->batch;
}

/* The state of the sequences that ended before step T, from row ROWS on, stays: h = h'. */
static void keep_ended(const struct layer_call *call, int64_t t, int64_t rows)
{
    int64_t units = call->plan->out.features, ended = call->batch - rows;
    float *out = call->out + (t * call->batch + rows) * units;
    if (ended)
        memcpy(out, out - call->batch * units, (size_t)(ended * units) * sizeof(float));
}

/* Backward through such a step: δh' = δh from above and from the next step, CARRIED [batch, units],
 * and no gradient for the sums DERIVED [batch, width]. */
static void pass_ended(const struct layer_call *call, int64_t t, int64_t rows, float *carried,
                       float *derived, int64_t width)
{
    int64_t units = call->plan->out.features, ended = call->batch - rows;
    if (!ended)
        return;
    block_add(ended * units, call->out_gradient + (t * call->batch + rows) * units,
              carried + rows * units);
    memset(derived + rows * width, 0, (size_t)(ended * width) * sizeof(float));
}

/* For sums over steps: the rows of step FIRST that are running, together with those of the steps
 * behind it where they stand without a gap. The first step, which has no h', stands alone. */
static int64_t take_rows(const struct layer_call *call, int64_t first, int64_t *next)
{
    int64_t rows = running(call, first);
    *next = first + 1;
    if (first > 0 && rows == call->batch)
        while (*next < call->plan->in.steps && running(call, *next) == call->batch)
            *next += 1;
    return rows == call->batch ? (*next - first) * call->batch : rows;
}

/* f = σ(a_f), kept = f ∘ h'. GATES: [rows, 2·units] a_f, then f; PREVIOUS: h' [rows, units], of row
 * length STRIDE (0: the same row for all); KEPT: [rows, units]. */
MATH_BODY void forget_body(int64_t rows, int64_t units, float *gates, const float *previous,
                           int64_t stride, float *kept)
{
    for (int64_t b = 0; b < rows; b++) {
        float *f = gates + b * 2 * units, *k = kept + b * units;
        const float *before = previous + b * stride;
#pragma GCC ivdep
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
#pragma GCC ivdep
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
    const float *w = call->weights[MGU_WEIGHT_IH], *u = call->weights[MGU_WEIGHT_HH];
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
    int64_t steps = call->plan->in.steps, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, batch = call->batch, state = batch * units;
    struct mgu_memory memory = find_memory(call);
    struct mgu_weights weights = pack_forward(call, memory.work);
    for (int64_t t = 0; t < steps; t++) {
        int64_t rows = running(call, t), place = call->saved ? t : 0;
        const float *in = call->in + t * batch * inputs, *bias = call->weights[MGU_BIAS];
        float *gates = memory.gates + place * 2 * state, *kept = memory.kept + place * state;
        float *out = call->out + t * state;
        const float *previous = t ? out - state : memory.zeros;
        int64_t stride = t ? units : 0;
        int products = t ? 2 : 1; /* the first h' is zero */
        const struct packed_term forget_terms[] = {
            {.a = in, .lda = inputs, .b = &weights.input_forget},
            {.a = previous, .lda = stride, .b = &weights.forget},
        };
        packed_multiply(rows, forget_terms, products, bias, 0, gates, 2 * units);
        forget(rows, units, gates, previous, stride, kept);
        const struct packed_term candidate_terms[] = {
            {.a = in, .lda = inputs, .b = &weights.input_candidate},
            {.a = kept, .lda = units, .b = &weights.candidate},
        };
        packed_multiply(rows, candidate_terms, products, bias + units, 0, gates + units, 2 * units);
        renew(rows, units, gates, previous, stride, out);
        keep_ended(call, t, rows);
    }
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
#pragma GCC ivdep
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
#pragma GCC ivdep
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
    const float *u = call->weights[MGU_WEIGHT_HH];
    const struct packed forget = packed_pack(false, units, units, u, units, memory->work);
    const struct packed candidate = packed_pack(false, units, units, u + units * units, units,
                                                memory->work + packed_floats(units, units));
    memset(memory->carried, 0, (size_t)state * sizeof(float));
    for (int64_t t = call->plan->in.steps - 1; t >= 0; t--) {
        int64_t rows = running(call, t), stride = t ? units : 0;
        const float *previous = t ? call->out + (t - 1) * state : memory->zeros;
        const float *above = call->out_gradient + t * state;
        float *gates = memory->gates + t * 2 * state;
        const struct packed_term through_forget = {.a = gates, .lda = 2 * units, .b = &forget};
        const struct packed_term through_candidate = {
            .a = gates + units, .lda = 2 * units, .b = &candidate};
        if (call->state_gradients)
            call->state_gradients[t] = block_sum_row_norms(rows, units, above, memory->carried);
        renew_back(rows, units, gates, previous, stride, above, memory->carried,
                   memory->forget_gradient);
        packed_multiply(rows, &through_candidate, 1, NULL, 0, memory->kept_gradient, units);
        forget_back(rows, units, gates, previous, stride, memory->kept_gradient, memory->carried,
                    memory->forget_gradient);
        if (t)
            packed_multiply(rows, &through_forget, 1, memory->carried, units, memory->carried,
                            units);
        pass_ended(call, t, rows, memory->carried, gates, 2 * units);
    }
}

/* ∂W += Σ δa xᵀ, ∂U_f += Σ δa_f h'ᵀ, ∂U_h += Σ δa_c kᵀ; h' and k are zero at the first step. */
static void add_weight_gradients(const struct layer_call *call, const struct mgu_memory *memory)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    int64_t batch = call->batch, state = batch * units;
    for (int64_t first = 0, next = 0; first < call->plan->in.steps; first = next) {
        int64_t rows = take_rows(call, first, &next);
        for (int block = 0; block < 2; block++) { /* f, c */
            const float *factors[] = {call->out + (first - 1) * state,
                                      memory->kept + first * state};
            float *input = call->gradients[MGU_WEIGHT_IH] + block * units * inputs;
            float *recurrent = call->gradients[MGU_WEIGHT_HH] + block * units * units;
            const struct outer_term terms[] = {
                {inputs, call->in + first * batch * inputs, inputs, input, inputs},
                {units, first ? factors[block] : NULL, units, recurrent, units},
            };
            outer_add(rows, units, memory->gates + first * 2 * state + block * units, 2 * units,
                      terms, first ? 2 : 1, memory->work);
        }
    }
}

static void mgu_backward(const struct layer_call *call)
{
    int64_t inputs = call->plan->in.features, units = call->plan->out.features;
    int64_t rows = call->plan->in.steps * call->batch;
    struct mgu_memory memory = find_memory(call);
    derive_steps(call, &memory);
    add_weight_gradients(call, &memory);
    /* ∂b += Σ δa, ∂x = Wᵀ δa. */
    matrix_add_column_sums(memory.gates, rows, 2 * units, call->gradients[MGU_BIAS]);
    if (call->in_gradient) {
        const struct packed weights = packed_pack(
            false, 2 * units, inputs, call->weights[MGU_WEIGHT_IH], inputs, memory.work);
        const struct packed_term term = {.a = memory.gates, .lda = 2 * units, .b = &weights};
        packed_multiply(rows, &term, 1, NULL, 0, call->in_gradient, inputs);
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
    .describe = mgu_describe,
    .forward = mgu_forward,
    .backward = mgu_backward,
};

UNROLL_PLUGIN(&layer_mgu.module);
