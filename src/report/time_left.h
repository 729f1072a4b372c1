/* Estimates of how long training will take, from what the store knows. */
#ifndef UNROLL_REPORT_TIME_LEFT_H
#define UNROLL_REPORT_TIME_LEFT_H

#include "store/progress.h"

/* Seconds until RUN's last step at the pace that it had so far, evaluations included, at the time
 * WALL (clock_wall): what passed since its last word is taken off. NaN before its first step, and
 * where its process is gone. */
double run_time_left(const struct running_run *run, double wall);

/* Seconds until every trial of experiment INDEX has been trained that is running, interrupted or
 * not begun, as many at once as are running now. A trial takes as long as the done ones of its
 * variant did on average, else as long as its running ones will, else as the others of the
 * experiment. NaN where nothing is running, or nothing tells how long a trial takes; 0 where
 * nothing is left. */
double experiment_time_left(const struct store_progress *progress, size_t index);

#endif
