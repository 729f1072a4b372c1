/* The base learning rate throughout. */
#include "module/schedule.h"

static double constant_factor(const void *params, const void *state,
                              const struct schedule_time *time)
{
    (void)params, (void)state, (void)time;
    return 1;
}

const struct schedule schedule_constant = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "constant",
            .summary = "The base learning rate throughout.",
        },
    .factor = constant_factor,
};
