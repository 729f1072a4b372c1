/* Half a cosine from 1 down to end, end + (1 − end) · (1 + cos(π · step / steps)) / 2, and end
 * after that: Loshchilov and Hutter, "SGDR: stochastic gradient descent with warm restarts", ICLR
 * 2017, their formula 5, without restarts. */
#include "schedules/course.h"

#include <math.h>

struct cosine {
    int64_t steps; /* 0: the whole run */
    double end;
};

static const struct cosine cosine_defaults = {.steps = 0, .end = 0};

static const struct param cosine_params[] = {
    {
        .name = "steps",
        .summary = "Steps until the end; none means the whole run.",
        .type = PARAM_INTEGER,
        .flags = PARAM_OPTIONAL,
        .offset = offsetof(struct cosine, steps),
        .minimum = 1,
        .maximum = 1e9,
        .unit = "steps",
    },
    {
        .name = "end",
        .summary = "Factor of the base rate at the end.",
        .type = PARAM_REAL,
        .offset = offsetof(struct cosine, end),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

static double cosine_factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)state;
    const struct cosine *cosine = params;
    double done = course_done(time, cosine->steps);
    return cosine->end + (1 - cosine->end) * (1 + cos(M_PI * done)) / 2;
}

const struct schedule schedule_cosine = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "cosine",
            .summary = "Falls along half a cosine (Loshchilov & Hutter 2017).",
            .params = cosine_params,
            .defaults = &cosine_defaults,
            .params_size = sizeof(struct cosine),
        },
    .factor = cosine_factor,
};
