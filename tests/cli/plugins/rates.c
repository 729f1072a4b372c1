/* A schedule and an optimiser that give a rate which is none, from step `from` on. */
#include "unroll.h"

#include <math.h>

static const char *const figures[] = {"one", "nan", "infinite", "negative", NULL};
static const double values[] = {1, NAN, INFINITY, -0.5};

struct odd {
    int figure;
    int64_t from;
};

static const struct param odd_params[] = {
    {
        .name = "figure",
        .summary = "What is given.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct odd, figure),
        .choices = figures,
    },
    {
        .name = "from",
        .summary = "Steps that are done before.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct odd, from),
        .minimum = 0,
        .maximum = 1e9,
    },
    {0},
};

static const struct odd odd_defaults = {.from = 2};

static double odd_factor(const void *params, const void *state, const struct schedule_time *time)
{
    const struct odd *odd = params;
    (void)state;
    return time->step < odd->from ? 1 : values[odd->figure];
}

static const struct schedule schedule_odd = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "odd",
            .summary = "A factor that is none.",
            .params = odd_params,
            .defaults = &odd_defaults,
            .params_size = sizeof(struct odd),
        },
    .factor = odd_factor,
};

static double odd_rate(const void *params)
{
    const struct odd *odd = params;
    return values[odd->figure];
}

static void odd_update(const void *params, float *weights, const float *gradients,
                       float *const *moments, int64_t count, double rate, int64_t step, bool decays)
{
    (void)params, (void)moments, (void)step, (void)decays;
    for (int64_t i = 0; i < count; i++)
        weights[i] -= (float)rate * gradients[i];
}

static const struct optimizer optimizer_odd = {
    .module =
        {
            MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer),
            .version = 1,
            .name = "odd",
            .summary = "A rate that is none.",
            .params = odd_params,
            .defaults = &odd_defaults,
            .params_size = sizeof(struct odd),
        },
    .rate = odd_rate,
    .update = odd_update,
};

UNROLL_PLUGIN(&schedule_odd.module, &optimizer_odd.module);
