/* Uniform in [-limit, limit), where limit may shrink with the size of the layer. */
#include "module/initializer.h"

#include <math.h>

enum uniform_over { OVER_NONE, OVER_SQRT_HIDDEN, OVER_SQRT_FAN_IN };

struct uniform {
    double limit;
    int over; /* enum uniform_over */
};

static const char *const over_names[] = {"none", "sqrt_hidden", "sqrt_fan_in", NULL};

/* 0.05 is the default of Keras's RandomUniform. */
static const struct uniform uniform_defaults = {.limit = 0.05, .over = OVER_NONE};

static const struct param uniform_params[] = {
    {
        .name = "limit",
        .summary = "Values lie between minus and plus this.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct uniform, limit),
        .minimum = 0,
        .maximum = 1e6,
    },
    {
        .name = "over",
        .summary = "What the limit is divided by: nothing, the root of the hidden size (PyTorch's "
                   "layers, with limit 1), or the root of the fan-in.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct uniform, over),
        .choices = over_names,
    },
    {0},
};

/* The limit for TENSOR; 0 with ERROR filled where it lacks the size to divide by. */
static double limit_of(const struct uniform *uniform, const struct tensor *tensor,
                       struct error *error)
{
    if (uniform->over == OVER_NONE)
        return uniform->limit;
    int64_t size = uniform->over == OVER_SQRT_HIDDEN ? tensor->hidden : tensor->fan_in;
    if (size > 0)
        return uniform->limit / sqrt((double)size);
    error_set(error, ERROR_USAGE,
              "uniform: its layer declares no such size for %s, so `over: %s` cannot be used here: "
              "choose `over: none`",
              tensor->name, over_names[uniform->over]);
    return 0;
}

static int uniform_fill(const void *params, const struct tensor *tensor,
                        struct random_stream *stream, float *out, struct error *error)
{
    double limit = limit_of(params, tensor, error);
    if (limit == 0)
        return -1;
    int64_t size = tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        out[i] = (float)(limit * (2 * random_uniform(stream) - 1));
    return 0;
}

const struct initializer initializer_uniform = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "uniform",
            .summary = "Uniform around zero, within a limit.",
            .params = uniform_params,
            .defaults = &uniform_defaults,
            .params_size = sizeof(struct uniform),
        },
    .fill = uniform_fill,
};
