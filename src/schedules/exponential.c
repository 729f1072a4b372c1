/* decay^(step / every), smooth or, as a staircase, with step / every rounded down (TensorFlow's
 * exponential_decay). */
#include "module/schedule.h"

#include <math.h>

struct exponential {
    double decay;
    int64_t every;
    bool staircase;
};

static const struct exponential exponential_defaults = {.decay = 1, .every = 1};

static const struct param exponential_params[] = {
    {
        .name = "decay",
        .summary = "What the rate is multiplied by in `every` steps.",
        .type = PARAM_REAL,
        .flags = PARAM_REQUIRED | PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct exponential, decay),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "every",
        .summary = "Steps in which the rate decays once.",
        .type = PARAM_INTEGER,
        .flags = PARAM_REQUIRED,
        .offset = offsetof(struct exponential, every),
        .minimum = 1,
        .maximum = 1e9,
        .unit = "steps",
    },
    {
        .name = "staircase",
        .summary = "Decays in jumps instead of a little at each step.",
        .type = PARAM_BOOLEAN,
        .offset = offsetof(struct exponential, staircase),
    },
    {0},
};

static double exponential_factor(const void *params, const void *state,
                                 const struct schedule_time *time)
{
    (void)state;
    const struct exponential *exponential = params;
    double times = (double)time->step / (double)exponential->every;
    return pow(exponential->decay, exponential->staircase ? floor(times) : times);
}

const struct schedule schedule_exponential = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "exponential",
            .summary = "Decays exponentially with the steps.",
            .params = exponential_params,
            .defaults = &exponential_defaults,
            .params_size = sizeof(struct exponential),
        },
    .factor = exponential_factor,
};
