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
    /* Required. The factor by which the base learning rate is multiplied for the next step. */
    double (*factor)(const void *params, const void *state, const struct schedule_time *time);
    /* Optional: told the watched metric after each evaluation (plateau). STATE is module.state_size
     * bytes, plain data, saved in checkpoints. Default: nothing. */
    void (*observe)(const void *params, void *state, const struct schedule_time *time,
                    double metric);
    /* Optional: the name of the metric that observe wants, such as "validation.loss". */
    const char *(*watches)(const void *params);
};

#endif
