/* He, Zhang, Ren and Sun, "Delving deep into rectifiers", ICCV 2015: variance 2 / fan_in, which
 * makes up for the half that relu cuts off. Normal: deviation √(2 / fan_in), not truncated.
 * Uniform: limit √(6 / fan_in). */
#include "initializers/scaled.h"

struct he {
    int distribution; /* 0: normal, 1: uniform */
};

static const char *const distribution_names[] = {"normal", "uniform", NULL};

static const struct he he_defaults = {.distribution = 0};

static const struct param he_params[] = {
    {
        .name = "distribution",
        .summary = "Normal without truncation, or uniform.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct he, distribution),
        .choices = distribution_names,
    },
    {0},
};

static int he_fill(const void *params, const struct tensor *tensor, struct random_stream *stream,
                   float *out, struct error *error)
{
    const struct he *he = params;
    if (tensor->fan_in <= 0)
        return error_set(error, ERROR_USAGE,
                         "he: its layer declares no fan-in for %s: choose another initialiser, "
                         "such as normal",
                         tensor->name);
    scaled_fill(he->distribution ? SCALED_UNIFORM : SCALED_NORMAL, 2 / (double)tensor->fan_in,
                tensor, stream, out);
    return 0;
}

const struct initializer initializer_he = {
    .module =
        {
            MODULE_HEAD(MODULE_INITIALIZER, struct initializer),
            .version = 1,
            .name = "he",
            .summary = "Scaled by fan-in, for relu (He et al. 2015; Kaiming).",
            .params = he_params,
            .defaults = &he_defaults,
            .params_size = sizeof(struct he),
        },
    .fill = he_fill,
};
