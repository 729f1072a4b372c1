/* What the recurrent layers (rnn, lstm, gru) have in common: parameters, tensors, activations.
 *
 * Tensors are PyTorch's: weight_ih [gates·units, inputs], weight_hh [gates·units, units] and bias
 * [gates·units], or bias_ih and bias_hh, which are added and each get the whole gradient. */
#ifndef UNROLL_LAYERS_RECURRENT_H
#define UNROLL_LAYERS_RECURRENT_H

#include "math/block.h"
#include "math/vector.h"
#include "module/layer.h"

#include <string.h>

enum {
    WEIGHT_IH,
    WEIGHT_HH,
    BIAS_IH,
    BIAS_HH
}; /* places in layer_call's weights; BIAS_IH is the
      one bias where there is only one */

struct recurrent_params {
    int64_t units;
    bool recurrent_bias;
    struct module_choice kernel_init, recurrent_init, bias_init;
};

enum { RECURRENT_UNITS = 128 }; /* the default */

/* PyTorch draws every tensor of a recurrent layer from ±1/√units. */
#define RECURRENT_PYTORCH_INIT "{uniform: {limit: 1, over: sqrt_hidden}}"

/* The common head of the parameter table of an OWNER whose member `common` is a struct
 * recurrent_params. KERAS_BIAS: whether Keras's layer has a recurrent bias ("true" or "false"). */
/* A list of initialisers inside a macro is more than the formatter can indent. */
/* clang-format off */
#define RECURRENT_PARAMS(owner, keras_bias)                                                        \
    {.name = "units",                                                                              \
     .summary = "Size of the hidden state.",                                                       \
     .type = PARAM_INTEGER,                                                                        \
     .offset = offsetof(owner, common.units),                                                      \
     .minimum = 1,                                                                                 \
     .maximum = 65536,                                                                             \
     .unit = "units"},                                                                             \
    {.name = "recurrent_bias",                                                                     \
     .summary = "Two biases, added: one beside the input's weights, one beside the "               \
                "recurrent ones.",                                                                 \
     .type = PARAM_BOOLEAN,                                                                        \
     .offset = offsetof(owner, common.recurrent_bias),                                             \
     .preset = {[INIT_TF1] = "false", [INIT_KERAS] = keras_bias, [INIT_PYTORCH] = "true"}},        \
    {.name = "kernel_init",                                                                        \
     .summary = "How the input's weights start.",                                                  \
     .type = PARAM_MODULE,                                                                         \
     .offset = offsetof(owner, common.kernel_init),                                                \
     .kind = MODULE_INITIALIZER,                                                                   \
     .fallback = "glorot",                                                                         \
     .preset = {[INIT_TF1] = "{glorot: {fans: joint}}",                                            \
                [INIT_KERAS] = "glorot",                                                           \
                [INIT_PYTORCH] = RECURRENT_PYTORCH_INIT}},                                         \
    {.name = "recurrent_init",                                                                     \
     .summary = "How the recurrent weights start.",                                                \
     .type = PARAM_MODULE,                                                                         \
     .offset = offsetof(owner, common.recurrent_init),                                             \
     .kind = MODULE_INITIALIZER,                                                                   \
     .fallback = "orthogonal",                                                                     \
     .preset = {[INIT_TF1] = "{glorot: {fans: joint}}",                                            \
                [INIT_KERAS] = "orthogonal",                                                       \
                [INIT_PYTORCH] = RECURRENT_PYTORCH_INIT}},                                         \
    {.name = "bias_init",                                                                          \
     .summary = "How the biases start.",                                                           \
     .type = PARAM_MODULE,                                                                         \
     .offset = offsetof(owner, common.bias_init),                                                  \
     .kind = MODULE_INITIALIZER,                                                                   \
     .fallback = "zeros",                                                                          \
     .preset = {[INIT_TF1] = "zeros",                                                              \
                [INIT_KERAS] = "zeros",                                                            \
                [INIT_PYTORCH] = RECURRENT_PYTORCH_INIT}}

/* What an LSTM, whose gates are i f g o, does so that its forget gate begins open. */
struct recurrent_forget {
    double bias;    /* added to what the gate squashes, and not trained */
    bool unit_bias; /* the gate's trained bias starts at one */
};

/* Its two entries in the parameter table of an OWNER whose member `forget` is one; unit_bias is
 * true in the defaults. */
#define RECURRENT_FORGET_PARAMS(owner)                                                             \
    {.name = "forget_bias",                                                                        \
     .summary = "A constant added to what the forget gate squashes; it is not trained.",           \
     .type = PARAM_REAL,                                                                           \
     .offset = offsetof(owner, forget.bias),                                                       \
     .minimum = -1000,                                                                             \
     .maximum = 1000,                                                                              \
     .preset = {[INIT_TF1] = "1", [INIT_KERAS] = "0", [INIT_PYTORCH] = "0"}},                      \
    {.name = "unit_forget_bias",                                                                   \
     .summary = "The forget gate's trained bias starts at one (with recurrent_bias: bias_ih "      \
                "does).",                                                                          \
     .type = PARAM_BOOLEAN,                                                                        \
     .offset = offsetof(owner, forget.unit_bias),                                                  \
     .preset = {[INIT_TF1] = "false", [INIT_KERAS] = "true", [INIT_PYTORCH] = "false"}}
/* clang-format on */

/* Fills PLAN's output, tensors and operation counts for a layer of GATES blocks of units; the
 * layer adds saved_floats and scratch_floats, and tensors of its own behind the biases. Rejects
 * what BLAS cannot index. */
int recurrent_describe(const struct recurrent_params *params, int64_t gates,
                       struct layer_plan *plan, struct error *error);

/* The place behind the last bias among PLAN's tensors, where a layer's own may follow. */
int recurrent_biases_end(const struct layer_plan *plan);

/* Behind recurrent_describe: how FORGET has the bias of PLAN start. */
void recurrent_start_forget(const struct recurrent_forget *forget, struct layer_plan *plan);

/* row [count] = bias, or bias_ih + bias_hh. */
void recurrent_bias_row(const struct layer_call *call, int64_t count, float *row);

/* The same of an LSTM, [4·units], with FORGET's own bias. */
void recurrent_lstm_bias_row(const struct layer_call *call, const struct recurrent_forget *forget,
                             float *row);

/* Floats of working memory for the packed weights of either pass and for the products of
 * recurrent_add_gradients, whose weights are [width, inputs] and [width, units]. */
int64_t recurrent_work_floats(int64_t inputs, int64_t units, int64_t width);

/* From SUMS [steps, batch, width], the gradients δz of z = W x + U h' + b at every step: adds
 * δW = δzᵀ x, δU = δzᵀ h' and δb = Σ δz to the call's gradients and writes δx = δz W. ROW [width]
 * and WORK [recurrent_work_floats] are working memory. */
void recurrent_add_gradients(const struct layer_call *call, const float *sums, int64_t width,
                             float *row, float *work);

/* What backward says of its state at step T where the call asks for it: HIDDEN and MORE (NULL for
 * nothing) are [batch, units] and together the gradient of h_t. See layer_call.state_gradients. */
static inline void recurrent_measure(const struct layer_call *call, int64_t t, const float *hidden,
                                     const float *more)
{
    layer_measure(call, 0, t, call->plan->out.features, hidden, more);
}

/* For backward, where HIDDEN [batch, units] is the gradient of h_t as it comes from the next step:
 * the examples whose last step is T have none, and get the gradient from above alone. Nothing is
 * done where all examples have a next step. */
static inline void recurrent_take_ends(const struct layer_call *call, int64_t t, float *hidden)
{
    int64_t units = call->plan->out.features;
    int64_t from = layer_active(call, t + 1), to = layer_active(call, t);
    if (from < to)
        memcpy(hidden + from * units, call->out_gradient + (t * call->batch + from) * units,
               (size_t)((to - from) * units) * sizeof *hidden);
}

/* Activations by name; the order is that of recurrent_activation_names. */
enum activation {
    ACTIVATION_TANH,
    ACTIVATION_RELU,
    ACTIVATION_SIGMOID,
    ACTIVATION_LINEAR,
    ACTIVATION_HARD_SIGMOID, /* for gates only: not in the names */
};
extern const char *const recurrent_activation_names[]; /* tanh relu sigmoid linear, NULL */

/* The hard sigmoid is max(0, min(1, 0.2 x + 0.5)), as in Keras 2 and ONNX. NaN stays NaN. */
MATH_BODY float activate(enum activation activation, float x)
{
    switch (activation) {
    case ACTIVATION_TANH:
        return math_tanh(x);
    case ACTIVATION_RELU:
        return x < 0.0f ? 0.0f : x;
    case ACTIVATION_SIGMOID:
        return math_sigmoid(x);
    case ACTIVATION_HARD_SIGMOID:
        x = 0.2f * x + 0.5f;
        x = x < 0.0f ? 0.0f : x;
        return x > 1.0f ? 1.0f : x;
    default:
        return x;
    }
}

/* The derivative at x, from y = activate(x). */
MATH_BODY float activation_slope(enum activation activation, float y)
{
    switch (activation) {
    case ACTIVATION_TANH:
        return 1.0f - y * y;
    case ACTIVATION_RELU:
        return y > 0.0f ? 1.0f : 0.0f;
    case ACTIVATION_SIGMOID:
        return y * (1.0f - y);
    case ACTIVATION_HARD_SIGMOID:
        return y > 0.0f && y < 1.0f ? 0.2f : 0.0f;
    default:
        return 1.0f;
    }
}

#endif
