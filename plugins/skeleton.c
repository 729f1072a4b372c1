/* A layer that multiplies each feature by a weight of its own: y = s ∘ x. It is small enough to be
 * read at one go and does all that a layer must do: parameters, a trained tensor, forward and
 * backward. Copy this file, rename, replace.
 *
 * Build: in Unroll's own tree `make` turns each plugins/NAME.c into build/release/plugins/NAME.so.
 * Anywhere else, where Unroll is installed:
 *     cc $(pkg-config --cflags unroll) -shared -fPIC skeleton.c -o FOLDER/skeleton.so
 * with FOLDER behind --plugin-dir or in the environment's UNROLL_PLUGINS.
 * See it: `unroll modules layer/scale` prints the table below.
 * Use it in a config:
 *     model:
 *       stack: [{lstm: {units: 128}}, {readout: last}, scale]
 *
 * Other kinds of modules (losses, optimisers, schedules, initialisers, data sets) differ in their
 * descriptor only; unroll.h says what its functions must do, and its head comment all that holds
 * for every plugin. */
#include "unroll.h"

/* What a config says about one such layer. The table below says where each value goes; the core
 * parses, checks ranges and fills in defaults before any function here sees it. */
struct scale {
    struct module_choice init; /* an initialiser, chosen by the config */
};

/* One entry per key. The first is what a bare value sets: `{scale: zeros}` is the same as
 * `{scale: {init: zeros}}`. A module's default stands in `fallback`, as YAML; numbers and choices
 * have theirs in a const struct scale that the descriptor's `defaults` names. */
static const struct param scale_params[] = {
    {
        .name = "init",
        .summary = "How the factors start.",
        .type = PARAM_MODULE,
        .offset = offsetof(struct scale, init),
        .kind = MODULE_INITIALIZER,
        .fallback = "{constant: 1}",
    },
    {0},
};

/* The table's entries at their C types; the core fills init from the fallback. */
static const struct scale scale_defaults = {.init = {0}};

/* Called once, before any memory is allocated: what comes out (plan->out starts as a copy of
 * plan->in), which tensors are trained, and how much memory the calls need. What cannot work is
 * refused here, with error_set(error, ERROR_USAGE, ...). */
static int scale_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct scale *scale = params;
    (void)error; /* nothing can be wrong: any sequence can be scaled */
    plan->tensors[0] = (struct tensor){
        .name = "scale", /* its name in a checkpoint */
        .rows = plan->in.features,
        .columns = 0, /* a vector */
        .fan_in = 1,  /* one input reaches one output */
        .fan_out = 1,
        .joint_fan_in = 1,
        .hidden = plan->in.features,
        .decays = true,
        .init = scale->init,
    };
    plan->tensor_count = 1;
    /* saved_floats and scratch_floats stay 0: backward needs nothing but in, which it is given. A
     * layer with a hidden state sets plan->states to 1; its backward then fills
     * call->state_gradients where that is not NULL (unroll.h), or train.diagnostics:
     * gradient_flow has nothing to show of it. plugins/mgu.c does so. */
    return 0;
}

/* The loops are compiled for each instruction set, and the best one that the processor has is
 * taken at run time (MATH_CLONES). IN, OUT: [rows, features]; SCALE: [features]. */
MATH_BODY void multiply_body(int64_t rows, int64_t features, const float *in, const float *scale,
                             float *restrict out)
{
    for (int64_t row = 0; row < rows; row++)
        for (int64_t f = 0; f < features; f++)
            out[row * features + f] = in[row * features + f] * scale[f];
}

MATH_CLONES(multiply, multiply_body,
            (int64_t rows, int64_t features, const float *in, const float *scale, float *out),
            (rows, features, in, scale, out))

/* ∂s += Σ over steps and examples of ∂y ∘ x. Gradients are added, not overwritten, and always in
 * the same order: the same run must give the same bits. */
MATH_BODY void add_products_body(int64_t rows, int64_t features, const float *out_gradient,
                                 const float *in, float *restrict gradient)
{
    for (int64_t row = 0; row < rows; row++)
        for (int64_t f = 0; f < features; f++)
            gradient[f] += out_gradient[row * features + f] * in[row * features + f];
}

MATH_CLONES(add_products, add_products_body,
            (int64_t rows, int64_t features, const float *out_gradient, const float *in,
             float *gradient),
            (rows, features, out_gradient, in, gradient))

/* y = s ∘ x, for all steps at once. call->batch may be smaller than plan->batch. */
static void scale_forward(const struct layer_call *call)
{
    int64_t rows = call->plan->in.steps * call->batch;
    multiply(rows, call->plan->in.features, call->in, call->weights[0], call->out);
}

/* ∂x = s ∘ ∂y, where somebody below needs it. */
static void scale_backward(const struct layer_call *call)
{
    int64_t rows = call->plan->in.steps * call->batch, features = call->plan->in.features;
    add_products(rows, features, call->out_gradient, call->in, call->gradients[0]);
    if (call->in_gradient)
        multiply(rows, features, call->out_gradient, call->weights[0], call->in_gradient);
}

/* The descriptor: everything that the core knows about the module. Raise version whenever the same
 * config gives other numbers than before, so that stored runs are not taken for new ones. */
static const struct layer layer_scale = {
    .module =
        {
            MODULE_HEAD(MODULE_LAYER, struct layer),
            .version = 1,
            .name = "scale",
            .summary = "Multiplies each feature by a trained factor.",
            .params = scale_params,
            .defaults = &scale_defaults,
            .params_size = sizeof(struct scale),
        },
    /* Sequences may have different lengths: this layer does each step by itself, so that the core
     * can see to it. One that mixes steps reads call->lengths (LAYER_LENGTHS). */
    .lengths = LAYER_STEPWISE,
    .describe = scale_describe,
    .forward = scale_forward,
    .backward = scale_backward,
};

/* What the program looks for in the .so: all its modules, separated by commas. */
UNROLL_PLUGIN(&layer_scale.module);
