/* Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks",
 * AISTATS 2010: variance 2 / (fan_in + fan_out), so that neither activations nor gradients grow or
 * shrink from layer to layer. Uniform: limit √(6 / (fan_in + fan_out)), their formula 16. Normal:
 * deviation √(2 / (fan_in + fan_out)), not truncated (Keras's glorot_normal truncates). */
#include "initializers/scaled.h"

enum glorot_fans { FANS_OWN, FANS_JOINT };

struct glorot {
    int distribution; /* enum scaled_distribution */
    int fans;         /* enum glorot_fans */
};

static const char *const distribution_names[] = {
    [SCALED_UNIFORM] = "uniform", [SCALED_NORMAL] = "normal", NULL};
static const char *const fans_names[] = {[FANS_OWN] = "own", [FANS_JOINT] = "joint", NULL};

static const struct glorot glorot_defaults = {.distribution = SCALED_UNIFORM, .fans = FANS_OWN};

static const struct param glorot_params[] = {
    {
        .name = "distribution",
        .summary = "Uniform, or normal without truncation.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct glorot, distribution),
        .choices = distribution_names,
    },
    {
        .name = "fans",
        .summary =
            "Fan-in of the matrix itself, or of one joint matrix over input and hidden state "
            "as TensorFlow 1's cells have it.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct glorot, fans),
        .choices = fans_names,
    },
    {0},
};

static int glorot_fill(const void *params, const struct tensor *tensor,
                       struct random_stream *stream, float *out, struct error *error)
{
    const struct glorot *glorot = params;
    int64_t fan_in = glorot->fans == FANS_JOINT ? tensor->joint_fan_in : tensor->fan_in;
    if (fan_in <= 0 || tensor->fan_out <= 0)
        return error_set(error, ERROR_USAGE,
                         "glorot: its layer declares no fans for %s: choose another initialiser, "
                         "such as normal",
                         tensor->name);
    double variance = 2 / ((double)fan_in + (double)tensor->fan_out);
    scaled_fill((enum scaled_distribution)glorot->distribution, variance, tensor, stream, out);
    return 0;
}

const struct initializer initializer_glorot = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "glorot",
            .summary = "Scaled by fan-in and fan-out (Glorot & Bengio 2010; Xavier).",
            .params = glorot_params,
            .defaults = &glorot_defaults,
            .params_size = sizeof(struct glorot),
        },
    .fill = glorot_fill,
};
