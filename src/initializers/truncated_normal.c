/* Normal distribution whose values beyond two deviations are drawn again, as TensorFlow's
 * truncated_normal does. What remains has 0.8796 times the deviation that was asked for; like
 * TensorFlow's, this initialiser does not make up for it. */
#include "module/initializer.h"

#include <math.h>

struct truncated_normal {
    double deviation, mean;
};

/* 0.05 and 0 are the defaults of Keras's TruncatedNormal. */
static const struct truncated_normal truncated_normal_defaults = {.deviation = 0.05, .mean = 0};

static const struct param truncated_normal_params[] = {
    {
        .name = "deviation",
        .summary = "Standard deviation before truncation.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct truncated_normal, deviation),
        .minimum = 0,
        .maximum = 1e6,
    },
    {
        .name = "mean",
        .summary = "Mean.",
        .type = PARAM_REAL,
        .offset = offsetof(struct truncated_normal, mean),
        .minimum = -1e6,
        .maximum = 1e6,
    },
    {0},
};

static double draw_within_two(struct random_stream *stream)
{
    double value;
    do
        value = random_normal(stream);
    while (fabs(value) > 2);
    return value;
}

static int truncated_normal_fill(const void *params, const struct tensor *tensor,
                                 struct random_stream *stream, float *out, struct error *error)
{
    (void)error;
    const struct truncated_normal *normal = params;
    int64_t size = tensor_size(tensor);
    for (int64_t i = 0; i < size; i++)
        out[i] = (float)(normal->mean + normal->deviation * draw_within_two(stream));
    return 0;
}

const struct initializer initializer_truncated_normal = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "truncated_normal",
            .summary = "Normal distribution, redrawn beyond two deviations.",
            .params = truncated_normal_params,
            .defaults = &truncated_normal_defaults,
            .params_size = sizeof(struct truncated_normal),
        },
    .fill = truncated_normal_fill,
};
