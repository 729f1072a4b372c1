/* One value everywhere. */
#include "module/initializer.h"

struct constant {
    double value;
};

static const struct constant constant_defaults = {.value = 0};

static const struct param constant_params[] = {
    {
        .name = "value",
        .summary = "The value of every element.",
        .type = PARAM_REAL,
        .flags = PARAM_REQUIRED,
        .offset = offsetof(struct constant, value),
        .minimum = -1e6,
        .maximum = 1e6,
    },
    {0},
};

static int constant_fill(const void *params, const struct tensor *tensor,
                         struct random_stream *stream, float *out, struct error *error)
{
    (void)stream, (void)error;
    const struct constant *constant = params;
    int64_t size = tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        out[i] = (float)constant->value;
    return 0;
}

const struct initializer initializer_constant = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "constant",
            .summary = "One value everywhere.",
            .params = constant_params,
            .defaults = &constant_defaults,
            .params_size = sizeof(struct constant),
        },
    .fill = constant_fill,
};
