/* One cycle: Smith and Topin, "Super-convergence: very fast training of neural networks using large
 * learning rates", 2018, and Smith, "A disciplined approach to neural network hyper-parameters",
 * 2018, in the form of torch.optim.lr_scheduler.OneCycleLR. The rate climbs from a small one to the
 * optimiser's, which is thus the largest of the cycle, and falls far below where it began:
 *     1 / div_factor  →  1  →  1 / (div_factor · final_div_factor)
 * With n the cycle's steps, the peak is at step pct_start · n − 1 and the end at step n − 1, the
 * run's last one. In three phases the way down first mirrors the way up, so that the start is
 * reached again at step 2 · pct_start · n − 2, and the rest of the cycle goes on to the end. Each
 * way is half a cosine or a straight line. The numbers are PyTorch's with cycle_momentum=False: a
 * schedule here scales the rate and leaves the optimiser's momentum alone.
 *
 * Use it in a config:
 *     train:
 *       optimizer: {adam: {rate: 2e-2}}    # the peak
 *       schedule: one_cycle                # or {one_cycle: {pct_start: 0.25, three_phase: true}}
 *
 * The cycle has its own way up. A `train.warmup` goes before it, from its part of rate / div_factor
 * up to that, and the cycle takes the steps that are left. */
#include "unroll.h"

#include <math.h>

enum one_cycle_anneal { ANNEAL_COS, ANNEAL_LINEAR };

static const char *const one_cycle_anneal_names[] = {
    [ANNEAL_COS] = "cos", [ANNEAL_LINEAR] = "linear", NULL};

struct one_cycle {
    int64_t steps; /* 0: the whole run */
    double pct_start;
    int anneal_strategy; /* enum one_cycle_anneal */
    double div_factor, final_div_factor;
    bool three_phase;
};

/* PyTorch's defaults. */
static const struct one_cycle one_cycle_defaults = {.steps = 0,
                                                    .pct_start = 0.3,
                                                    .anneal_strategy = ANNEAL_COS,
                                                    .div_factor = 25,
                                                    .final_div_factor = 1e4,
                                                    .three_phase = false};

static const struct param one_cycle_params[] = {
    {
        .name = "steps",
        .summary = "Steps of the cycle; none means the whole run.",
        .type = PARAM_INTEGER,
        .flags = PARAM_OPTIONAL,
        .offset = offsetof(struct one_cycle, steps),
        .minimum = 1,
        .maximum = 1e9,
        .unit = "steps",
    },
    {
        .name = "pct_start",
        .summary = "Part of the cycle in which the rate climbs.",
        .type = PARAM_REAL,
        .offset = offsetof(struct one_cycle, pct_start),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "anneal_strategy",
        .summary = "The way up and down: half a cosine or a straight line.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct one_cycle, anneal_strategy),
        .choices = one_cycle_anneal_names,
    },
    {
        .name = "div_factor",
        .summary = "The cycle begins with the rate divided by this.",
        .type = PARAM_REAL,
        .offset = offsetof(struct one_cycle, div_factor),
        .minimum = 1,
        .maximum = 1e12,
    },
    {
        .name = "final_div_factor",
        .summary = "The cycle ends with the rate of its beginning divided by this.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct one_cycle, final_div_factor),
        .minimum = 0,
        .maximum = 1e12,
    },
    {
        .name = "three_phase",
        .summary = "Falls to the first rate as fast as it climbed, then on to the last.",
        .type = PARAM_BOOLEAN,
        .offset = offsetof(struct one_cycle, three_phase),
    },
    {0},
};

static int one_cycle_check(const void *params, struct error *error)
{
    const struct one_cycle *cycle = params;
    if (cycle->three_phase && cycle->pct_start > 0.5)
        return error_set(error, ERROR_USAGE,
                         "with three_phase the rate falls as long as it climbs, so that pct_start "
                         "can be 0.5 at most; it is %g",
                         cycle->pct_start);
    return 0;
}

/* From FROM to TO at step AT of a way that begins at step FIRST and ends at step LAST. A way
 * without length is at its end. */
static double go(const struct one_cycle *cycle, double from, double to, double at, double first,
                 double last)
{
    double done = last > first ? (at - first) / (last - first) : 1;
    if (cycle->anneal_strategy == ANNEAL_COS)
        return to + (from - to) / 2 * (1 + cos(M_PI * done));
    return from + (to - from) * done;
}

/* In a run that is all warm-up no step is left to the cycle, and it stays at its start. */
static double one_cycle_factor(const void *params, const void *state,
                               const struct schedule_time *time)
{
    const struct one_cycle *cycle = params;
    (void)state;
    double steps = (double)(cycle->steps ? cycle->steps : time->steps);
    double start = 1 / cycle->div_factor, end = start / cycle->final_div_factor;
    if (steps == 0)
        return start;
    double at = fmin((double)time->step, steps - 1); /* a shorter cycle stays at its end */
    double peak = cycle->pct_start * steps - 1, back = 2 * cycle->pct_start * steps - 2;
    if (at <= peak)
        return go(cycle, start, 1, at, 0, peak);
    if (!cycle->three_phase)
        return go(cycle, 1, end, at, peak, steps - 1);
    if (at <= back)
        return go(cycle, 1, start, at, peak, back);
    return go(cycle, start, end, at, back, steps - 1);
}

static const struct schedule schedule_one_cycle = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "one_cycle",
            .summary = "Climbs to the rate and falls far below its start (Smith 2018).",
            .params = one_cycle_params,
            .defaults = &one_cycle_defaults,
            .params_size = sizeof(struct one_cycle),
            .check = one_cycle_check,
        },
    .factor = one_cycle_factor,
};

UNROLL_PLUGIN(&schedule_one_cycle.module);
