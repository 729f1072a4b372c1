/* 1 / (1 + decay · step / every), smooth or, as a staircase, with step / every rounded down
 * (TensorFlow's inverse_time_decay). */
#include "module/schedule.h"

#include <math.h>

struct inverse_time {
    double decay;
    int64_t every;
    bool staircase;
};

static const struct inverse_time inverse_time_defaults = {.decay = 0, .every = 1};

static const struct param inverse_time_params[] = {
    {
        .name = "decay",
        .summary = "How fast the rate falls: after `every` / `decay` steps it is "
                   "half.",
        .type = PARAM_REAL,
        .flags = PARAM_REQUIRED,
        .offset = offsetof(struct inverse_time, decay),
        .minimum = 0,
        .maximum = 1e6,
    },
    {
        .name = "every",
        .summary = "Steps that count as one unit of time.",
        .type = PARAM_INTEGER,
        .flags = PARAM_REQUIRED,
        .offset = offsetof(struct inverse_time, every),
        .minimum = 1,
        .maximum = 1e9,
        .unit = "steps",
    },
    {
        .name = "staircase",
        .summary = "Falls in jumps instead of a little at each step.",
        .type = PARAM_BOOLEAN,
        .offset = offsetof(struct inverse_time, staircase),
    },
    {0},
};

static double inverse_time_factor(const void *params, const void *state,
                                  const struct schedule_time *time)
{
    (void)state;
    const struct inverse_time *inverse = params;
    double times = (double)time->step / (double)inverse->every;
    return 1 / (1 + inverse->decay * (inverse->staircase ? floor(times) : times));
}

const struct schedule schedule_inverse_time = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "inverse_time",
            .summary = "Falls as one over the steps.",
            .params = inverse_time_params,
            .defaults = &inverse_time_defaults,
            .params_size = sizeof(struct inverse_time),
        },
    .factor = inverse_time_factor,
};
