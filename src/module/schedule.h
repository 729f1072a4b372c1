/* A schedule says how large the learning rate is at each step. */
#ifndef UNROLL_MODULE_SCHEDULE_H
#define UNROLL_MODULE_SCHEDULE_H

#include "module/module.h"

/* What a schedule may know. */
struct schedule_time {
    int64_t step;            /* steps done so far: 0 before the first */
    int64_t steps;           /* steps of the whole run */
    int64_t steps_per_epoch; /* whole steps, rounded up */
};

struct schedule {
    struct module module;
    /* Required. The factor by which the base learning rate is multiplied for the next step:
     * finite and not negative. Anything else ends the run, which names the schedule. */
    double (*factor)(const void *params, const void *state, const struct schedule_time *time);
    /* Optional: told the watched metric each time that it is recorded (plateau), but not during the
     * warm-up. STATE is module.state_size bytes, plain data, saved in checkpoints. Default:
     * nothing. */
    void (*observe)(const void *params, void *state, const struct schedule_time *time,
                    double metric);
    /* Required with observe: the name of the metric that it wants, or NULL for none. After an
     * evaluation: train_split.loss, validation.loss, test.loss, or .accuracy instead of .loss; of
     * the training itself, every `log.every` steps: train.loss, train.accuracy, train.rate,
     * train.gradient_norm. */
    const char *(*watches)(const void *params);
};

#endif
