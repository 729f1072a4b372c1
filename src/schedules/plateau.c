/* Drops when a metric of the validation set has stopped getting better. Means what PyTorch's
 * ReduceLROnPlateau means with threshold_mode abs: an evaluation counts as better when it beats the
 * best one by more than min_delta; more than `patience` evaluations in a row that do not are a
 * plateau; after a drop, `cooldown` evaluations are not counted. */
#include "module/schedule.h"

#include <math.h>

enum plateau_metric { PLATEAU_LOSS, PLATEAU_ACCURACY };

struct plateau {
    int metric; /* enum plateau_metric */
    double factor;
    int64_t patience;
    double min_delta;
    int64_t cooldown;
    double minimum;
};

/* Starts as zeros; is saved in checkpoints, so it holds no pointers and no padding. */
struct plateau_state {
    int64_t improved; /* evaluations that were better; best means nothing before the first */
    double best;
    int64_t stalled; /* evaluations in a row that were no better */
    int64_t cooling; /* evaluations left that are not counted */
    int64_t drops;
};

static const char *const metric_names[] = {
    [PLATEAU_LOSS] = "validation.loss", [PLATEAU_ACCURACY] = "validation.accuracy", NULL};

/* PyTorch's defaults. */
static const struct plateau plateau_defaults = {
    .metric = PLATEAU_LOSS,
    .factor = 0.1,
    .patience = 10,
    .min_delta = 1e-4,
    .cooldown = 0,
    .minimum = 0,
};

static const struct param plateau_params[] = {
    {
        .name = "metric",
        .summary = "The metric that is watched.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct plateau, metric),
        .choices = metric_names,
    },
    {
        .name = "factor",
        .summary = "What the rate is multiplied by at each drop.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM | PARAM_BELOW_MAXIMUM,
        .offset = offsetof(struct plateau, factor),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "patience",
        .summary = "Evaluations without improvement that are put up with.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct plateau, patience),
        .minimum = 0,
        .maximum = 1e9,
        .unit = "evaluations",
    },
    {
        .name = "min_delta",
        .summary = "By how much the best value must be beaten to count.",
        .type = PARAM_REAL,
        .offset = offsetof(struct plateau, min_delta),
        .minimum = 0,
        .maximum = 1e6,
    },
    {
        .name = "cooldown",
        .summary = "Evaluations after a drop that are not counted.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct plateau, cooldown),
        .minimum = 0,
        .maximum = 1e9,
        .unit = "evaluations",
    },
    {
        .name = "minimum",
        .summary = "The factor of the base rate never falls below this.",
        .type = PARAM_REAL,
        .offset = offsetof(struct plateau, minimum),
        .minimum = 0,
        .maximum = 1,
    },
    {0},
};

static double plateau_factor(const void *params, const void *state,
                             const struct schedule_time *time)
{
    (void)time;
    const struct plateau *plateau = params;
    const struct plateau_state *now = state;
    return fmax(pow(plateau->factor, (double)now->drops), plateau->minimum);
}

/* A metric that is not a number is never better. */
static bool is_better(const struct plateau *plateau, const struct plateau_state *now, double metric)
{
    if (plateau->metric == PLATEAU_LOSS)
        return metric < (now->improved ? now->best : INFINITY) - plateau->min_delta;
    return metric > (now->improved ? now->best : -INFINITY) + plateau->min_delta;
}

static void plateau_observe(const void *params, void *state, const struct schedule_time *time,
                            double metric)
{
    (void)time;
    const struct plateau *plateau = params;
    struct plateau_state *now = state;
    if (is_better(plateau, now, metric)) {
        now->best = metric;
        now->stalled = 0;
        now->improved++;
    } else {
        now->stalled++;
    }
    if (now->cooling > 0) {
        now->cooling--;
        now->stalled = 0;
    }
    if (now->stalled > plateau->patience) {
        now->drops++;
        now->cooling = plateau->cooldown;
        now->stalled = 0;
    }
}

static const char *plateau_watches(const void *params)
{
    const struct plateau *plateau = params;
    return metric_names[plateau->metric];
}

const struct schedule schedule_plateau = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "plateau",
            .summary = "Drops when a validation metric stops getting better.",
            .params = plateau_params,
            .defaults = &plateau_defaults,
            .params_size = sizeof(struct plateau),
            .state_size = sizeof(struct plateau_state),
        },
    .factor = plateau_factor,
    .observe = plateau_observe,
    .watches = plateau_watches,
};
