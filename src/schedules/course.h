/* How far a schedule of a given length has come; shared by polynomial and cosine. */
#ifndef UNROLL_SCHEDULES_COURSE_H
#define UNROLL_SCHEDULES_COURSE_H

#include "module/schedule.h"

/* The part of STEPS that is done, in [0, 1]; of the whole run where STEPS is 0. In a run that is
 * all warm-up no step is left to the schedule, and it stays at its start. */
static inline double course_done(const struct schedule_time *time, int64_t steps)
{
    if (steps == 0)
        steps = time->steps;
    if (steps == 0)
        return 0;
    return time->step < steps ? (double)time->step / (double)steps : 1;
}

#endif
