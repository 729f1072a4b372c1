/* For tests of schedules: the factor at a step. */
#ifndef UNROLL_UNIT_SCHEDULE_VALUES_H
#define UNROLL_UNIT_SCHEDULE_VALUES_H

#include "unit/module_values.h"

#include "module/schedule.h"

#include <math.h>

/* Of a run of 1,000 steps, 50 to an epoch. */
static inline double factor_at(const struct schedule *schedule, const void *values, int64_t step)
{
    struct schedule_time time = {.step = step, .steps = 1000, .steps_per_epoch = 50};
    return schedule->factor(values, NULL, &time);
}

static inline void check_factor(const struct schedule *schedule, const void *values, int64_t step,
                                double expected)
{
    double found = factor_at(schedule, values, step);
    if (!(fabs(found - expected) <= 1e-14))
        fail_msg("%s at step %lld: expected %.17g, found %.17g", schedule->module.name,
                 (long long)step, expected, found);
}

#endif
