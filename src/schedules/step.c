/* Drops by a factor every so many steps or epochs: factor^⌊step / every⌋ (PyTorch's StepLR, whose
 * default factor is the same 0.1). */
#include "module/schedule.h"

#include <math.h>

enum step_unit { STEP_STEPS, STEP_EPOCHS };

struct step {
    int64_t every;
    double factor;
    int unit; /* enum step_unit */
};

static const char *const unit_names[] = {"steps", "epochs", NULL};

static const struct step step_defaults = {.every = 1, .factor = 0.1, .unit = STEP_STEPS};

static const struct param step_params[] = {
    {
        .name = "every",
        .summary = "The rate drops after each of that many steps or epochs.",
        .type = PARAM_INTEGER,
        .flags = PARAM_REQUIRED,
        .offset = offsetof(struct step, every),
        .minimum = 1,
        .maximum = 1e9,
    },
    {
        .name = "factor",
        .summary = "What the rate is multiplied by at each drop.",
        .type = PARAM_REAL,
        .flags = PARAM_ABOVE_MINIMUM,
        .offset = offsetof(struct step, factor),
        .minimum = 0,
        .maximum = 1,
    },
    {
        .name = "unit",
        .summary = "What `every` counts.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct step, unit),
        .choices = unit_names,
    },
    {0},
};

static double step_factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)state;
    const struct step *step = params;
    int64_t at = step->unit == STEP_EPOCHS ? time->step / time->steps_per_epoch : time->step;
    return pow(step->factor, (double)(at / step->every));
}

const struct schedule schedule_step = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "step",
            .summary = "Drops by a factor every so many steps or epochs.",
            .params = step_params,
            .defaults = &step_defaults,
            .params_size = sizeof(struct step),
        },
    .factor = step_factor,
};
