/* The minimal gated unit: Zhou, Wu, Zhang and Zhou, "Minimal gated unit for recurrent neural
 * networks", International Journal of Automation and Computing, 2016. One gate does the work of a
 * GRU's two. With h' the previous hidden state, zero at first:
 *     f = σ(W_f x + U_f h' + b_f)
 *     c = tanh(W_h x + U_h (f ∘ h') + b_h)
 *     h = (1 − f) ∘ h' + f ∘ c */
#include "unroll.h"

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
    plan->saved_floats = 3 * steps * state;         /* struct mgu_memory: gates, kept */
    plan->scratch_floats = (3 * steps + 3) * state; /* the same where nothing is saved, and zeros */
    plan->input_gradient_operations = 4.0 * (double)units * (double)inputs * (double)steps;
    plan->state_gradient_operations = 4.0 * (double)units * (double)units * (double)(steps - 1);
    plan->operations = plan->input_gradient_operations + plan->state_gradient_operations;
    return 0;
}

/* Where a call's arrays stand. */
struct mgu_memory {
    float *gates;     /* [steps, batch, 2·units] f, c */
    float *kept;      /* [steps, batch, units] f ∘ h' */
    float *zeros;     /* [batch, units] the first h' */
    float *derived;   /* backward: [steps, batch, 2·units] gradients of what f and c squash */
    float *carried;   /* backward: [batch, units] gradient of h from the next step */
    float *kept_back; /* backward: [batch, units] gradient of f ∘ h' */
};

static struct mgu_memory find_memory(const struct layer_call *call)
{
    int64_t state = call->batch * call->plan->out.features;
    int64_t all = call->plan->in.steps * state;
    struct mgu_memory memory = {.zeros = call->scratch};
    float *rest = call->scratch + state;
    memory.gates = call->saved ? call->saved : rest;
    memory.kept = memory.gates + 2 * all;
    memory.derived = rest; /* backward always has saved, so that the two never meet */
    memory.carried = rest + 2 * all;
    memory.kept_back = memory.carried + state;
    memset(memory.zeros, 0, (size_t)state * sizeof(float));
    return memory;
}

/* f = σ(f), kept = f ∘ h'. GATES: [batch, 2·units]; PREVIOUS (h') and KEPT: [batch, units]. */
MATH_BODY void forget_body(int64_t batch, int64_t units, float *gates, const float *previous,
                           float *kept)
{
    for (int64_t b = 0; b < batch; b++) {
        float *f = gates + b * 2 * units, *k = kept + b * units;
        const float *before = previous + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            f[j] = math_sigmoid(f[j]);
            k[j] = f[j] * before[j];
        }
    }
}

MATH_CLONES(forget, forget_body,
            (int64_t batch, int64_t units, float *gates, const float *previous, float *kept),
            (batch, units, gates, previous, kept))

/* c = tanh(c), h = (1 − f) ∘ h' + f ∘ c. GATES: [batch, 2·units]; others: [batch, units]. */
MATH_BODY void renew_body(int64_t batch, int64_t units, float *gates, const float *previous,
                          float *out)
{
    for (int64_t b = 0; b < batch; b++) {
        float *f = gates + b * 2 * units, *c = f + units, *h = out + b * units;
        const float *before = previous + b * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            c[j] = math_tanh(c[j]);
            h[j] = (1.0f - f[j]) * before[j] + f[j] * c[j];
        }
    }
}

MATH_CLONES(renew, renew_body,
            (int64_t batch, int64_t units, float *gates, const float *previous, float *out),
            (batch, units, gates, previous, out))

static void mgu_forward(const struct layer_call *call)
{
    int64_t steps = call->plan->in.steps, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, batch = call->batch, state = batch * units;
    const float *u_f = call->weights[MGU_WEIGHT_HH], *u_h = u_f + units * units;
    struct mgu_memory memory = find_memory(call);
    for (int64_t row = 0; row < steps * batch; row++)
        memcpy(memory.gates + row * 2 * units, call->weights[MGU_BIAS],
               (size_t)(2 * units) * sizeof(float));
    matrix_multiply(false, true, steps * batch, 2 * units, inputs, call->in, inputs,
                    call->weights[MGU_WEIGHT_IH], inputs, 1, memory.gates, 2 * units);
    for (int64_t t = 0; t < steps; t++) {
        const float *previous = t ? call->out + (t - 1) * state : memory.zeros;
        float *gates = memory.gates + t * 2 * state, *kept = memory.kept + t * state;
        if (t)
            matrix_multiply(false, true, batch, units, units, previous, units, u_f, units, 1, gates,
                            2 * units);
        forget(batch, units, gates, previous, kept);
        if (t)
            matrix_multiply(false, true, batch, units, units, kept, units, u_h, units, 1,
                            gates + units, 2 * units);
        renew(batch, units, gates, previous, call->out + t * state);
    }
}

/* With δh = ∂L/∂h from above and from the next step:
 *     δa_c = δh ∘ f ∘ (1 − c²),   δf = δh ∘ (c − h'),   δh' = δh ∘ (1 − f)
 * where a is what a gate squashes. GATES, DERIVED (δf, δa_c): [batch, 2·units]; others:
 * [batch, units]. CARRIED: δh from the next step, then δh'. */
MATH_BODY void renew_back_body(int64_t batch, int64_t units, const float *gates,
                               const float *previous, const float *out_gradient, float *carried,
                               float *derived)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *f = gates + b * 2 * units, *c = f + units, *before = previous + b * units;
        const float *above = out_gradient + b * units;
        float *carry = carried + b * units, *df = derived + b * 2 * units, *dc = df + units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            float dh = above[j] + carry[j];
            dc[j] = dh * f[j] * (1.0f - c[j] * c[j]);
            df[j] = dh * (c[j] - before[j]);
            carry[j] = dh * (1.0f - f[j]);
        }
    }
}

MATH_CLONES(renew_back, renew_back_body,
            (int64_t batch, int64_t units, const float *gates, const float *previous,
             const float *out_gradient, float *carried, float *derived),
            (batch, units, gates, previous, out_gradient, carried, derived))

/* With δk = U_hᵀ δa_c, the gradient of k = f ∘ h':
 *     δf += δk ∘ h',   δh' += δk ∘ f,   δa_f = δf ∘ f(1 − f). Shapes as above. */
MATH_BODY void forget_back_body(int64_t batch, int64_t units, const float *gates,
                                const float *previous, const float *kept_back, float *carried,
                                float *derived)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *f = gates + b * 2 * units, *before = previous + b * units;
        const float *dk = kept_back + b * units;
        float *carry = carried + b * units, *df = derived + b * 2 * units;
#pragma GCC ivdep
        for (int64_t j = 0; j < units; j++) {
            df[j] = (df[j] + dk[j] * before[j]) * f[j] * (1.0f - f[j]);
            carry[j] += dk[j] * f[j];
        }
    }
}

MATH_CLONES(forget_back, forget_back_body,
            (int64_t batch, int64_t units, const float *gates, const float *previous,
             const float *kept_back, float *carried, float *derived),
            (batch, units, gates, previous, kept_back, carried, derived))

/* Fills memory->derived from the last step to the first. */
static void derive_steps(const struct layer_call *call, const struct mgu_memory *memory)
{
    int64_t units = call->plan->out.features, batch = call->batch, state = batch * units;
    const float *u_f = call->weights[MGU_WEIGHT_HH], *u_h = u_f + units * units;
    memset(memory->carried, 0, (size_t)state * sizeof(float));
    for (int64_t t = call->plan->in.steps - 1; t >= 0; t--) {
        const float *previous = t ? call->out + (t - 1) * state : memory->zeros;
        const float *gates = memory->gates + t * 2 * state;
        float *derived = memory->derived + t * 2 * state;
        if (call->state_gradients)
            call->state_gradients[t] =
                block_sum_row_norms(batch, units, call->out_gradient + t * state, memory->carried);
        renew_back(batch, units, gates, previous, call->out_gradient + t * state, memory->carried,
                   derived);
        matrix_multiply(false, false, batch, units, units, derived + units, 2 * units, u_h, units,
                        0, memory->kept_back, units);
        forget_back(batch, units, gates, previous, memory->kept_back, memory->carried, derived);
        if (t)
            matrix_multiply(false, false, batch, units, units, derived, 2 * units, u_f, units, 1,
                            memory->carried, units);
    }
}

/* ∂W += Σ δa xᵀ, ∂U_f += Σ δa_f h'ᵀ, ∂U_h += Σ δa_c kᵀ, ∂b += Σ δa, ∂x = Wᵀ δa. */
static void mgu_backward(const struct layer_call *call)
{
    int64_t steps = call->plan->in.steps, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features, state = call->batch * units;
    int64_t rows = steps * call->batch, later = rows - call->batch; /* without the first step */
    struct mgu_memory memory = find_memory(call);
    derive_steps(call, &memory);
    matrix_multiply(true, false, 2 * units, inputs, rows, memory.derived, 2 * units, call->in,
                    inputs, 1, call->gradients[MGU_WEIGHT_IH], inputs);
    matrix_add_column_sums(memory.derived, rows, 2 * units, call->gradients[MGU_BIAS]);
    if (later > 0) {
        const float *derived = memory.derived + 2 * state;
        float *u_f = call->gradients[MGU_WEIGHT_HH], *u_h = u_f + units * units;
        matrix_multiply(true, false, units, units, later, derived, 2 * units, call->out, units, 1,
                        u_f, units);
        matrix_multiply(true, false, units, units, later, derived + units, 2 * units,
                        memory.kept + state, units, 1, u_h, units);
    }
    if (call->in_gradient)
        matrix_multiply(false, false, rows, inputs, 2 * units, memory.derived, 2 * units,
                        call->weights[MGU_WEIGHT_IH], inputs, 0, call->in_gradient, inputs);
}

static const struct layer layer_mgu = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
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
