/* An initialiser as a plugin: from -limit to limit in even steps, in a random order. */
#include "unroll.h"

struct ramp {
    double limit;
};

static const struct param ramp_params[] = {
    {
        .name = "limit",
        .summary = "The largest value.",
        .type = PARAM_REAL,
        .offset = offsetof(struct ramp, limit),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

static const struct ramp ramp_defaults = {.limit = 0.3};

static int ramp_fill(const void *params, const struct tensor *tensor, struct random_stream *stream,
                     float *out, struct error *error)
{
    int64_t count = tensor_size(tensor);
    double limit = ((const struct ramp *)params)->limit;
    (void)error;
    for (int64_t i = 0; i < count; i++)
        out[i] = (float)(limit * (2 * ((double)i + 0.5) / (double)count - 1));
    for (int64_t i = count - 1; i > 0; i--) {
        int64_t other = random_below(stream, (uint32_t)(i + 1));
        float value = out[i];
        out[i] = out[other];
        out[other] = value;
    }
    return 0;
}

static const struct initializer initializer_ramp = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "kind_ramp",
            .summary = "Even steps in a random order.",
            .params = ramp_params,
            .defaults = &ramp_defaults,
            .params_size = sizeof(struct ramp),
        },
    .fill = ramp_fill,
};

UNROLL_PLUGIN(&initializer_ramp.module);
