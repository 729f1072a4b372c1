/* Normal distribution. */
#include "module/initializer.h"

struct normal {
    double deviation, mean;
};

/* 0.05 and 0 are the defaults of Keras's RandomNormal. */
static const struct normal normal_defaults = {.deviation = 0.05, .mean = 0};

static const struct param normal_params[] = {
    {
        .name = "deviation",
        .summary = "Standard deviation.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct normal, deviation),
        .minimum = 0,
        .maximum = 1e6,
    },
    {
        .name = "mean",
        .summary = "Mean.",
        .type = PARAM_REAL,
        .offset = offsetof(struct normal, mean),
        .minimum = -1e6,
        .maximum = 1e6,
    },
    {0},
};

static int normal_fill(const void *params, const struct tensor *tensor,
                       struct random_stream *stream, float *out, struct error *error)
{
    (void)error;
    const struct normal *normal = params;
    int64_t size = tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        out[i] = (float)(normal->mean + normal->deviation * random_normal(stream));
    return 0;
}

const struct initializer initializer_normal = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "normal",
            .summary = "Normal distribution.",
            .params = normal_params,
            .defaults = &normal_defaults,
            .params_size = sizeof(struct normal),
        },
    .fill = normal_fill,
};
