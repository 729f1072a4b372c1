/* A schedule as a plugin: the learning rate is halved each `every` steps. */
#include "unroll.h"

#include <math.h>

struct halving {
    int64_t every;
};

static const struct param halving_params[] = {
    {
        .name = "every",
        .summary = "After how many steps it is halved.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct halving, every),
        .minimum = 1,
        .maximum = 1e6,
        .unit = "steps",
    },
    {0},
};

static const struct halving halving_defaults = {.every = 100};

static double halving_factor(const void *params, const void *state,
                             const struct schedule_time *time)
{
    const struct halving *halving = params;
    (void)state;
    return pow(0.5, (double)(time->step / halving->every));
}

static const struct schedule schedule_halving = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "kind_halving",
            .summary = "Halves the learning rate again and again.",
            .params = halving_params,
            .defaults = &halving_defaults,
            .params_size = sizeof(struct halving),
        },
    .factor = halving_factor,
};

UNROLL_PLUGIN(&schedule_halving.module);
