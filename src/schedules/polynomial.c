/* (1 − end) · (1 − step / steps)^power + end, and end after that (TensorFlow's polynomial_decay).
 */
#include "schedules/course.h"

#include <math.h>

struct polynomial {
    int64_t steps; /* 0: the whole run */
    double power, end;
};

static const struct polynomial polynomial_defaults = {.steps = 0, .power = 1, .end = 0};

static const struct param polynomial_params[] = {
    {
        .name = "steps",
        .summary = "Steps until the end; none means the whole run.",
        .type = PARAM_INTEGER,
        .flags = PARAM_OPTIONAL,
        .offset = offsetof(struct polynomial, steps),
        .minimum = 1,
        .maximum = 1e9,
        .unit = "steps",
    },
    {
        .name = "power",
        .summary = "1 is a straight line, 2 a parabola.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct polynomial, power),
        .minimum = 0,
        .maximum = 100,
    },
    {
        .name = "end",
        .summary = "Factor of the base rate at the end.",
        .type = PARAM_REAL,
        .offset = offsetof(struct polynomial, end),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

static double polynomial_factor(const void *params, const void *state,
                                const struct schedule_time *time)
{
    (void)state;
    const struct polynomial *polynomial = params;
    double left = 1 - course_done(time, polynomial->steps);
    return (1 - polynomial->end) * pow(left, polynomial->power) + polynomial->end;
}

const struct schedule schedule_polynomial = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "polynomial",
            .summary = "Falls along a polynomial to an end value.",
            .params = polynomial_params,
            .defaults = &polynomial_defaults,
            .params_size = sizeof(struct polynomial),
        },
    .factor = polynomial_factor,
};
