/* What is known of metrics by their names: which are differences of others, which are of the run as
 * a whole, which direction is better. */
#ifndef UNROLL_STORE_METRIC_RULES_H
#define UNROLL_STORE_METRIC_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* A metric that is the difference of two others, at the same step: the generalisation gap, which
 * is positive where a run does better on what it was trained on. train_split is the whole training
 * set (or train.evaluate.limit of it), evaluated as the test set is. */
struct metric_difference {
    const char *name, *minuend, *subtrahend;
};

enum { METRIC_DIFFERENCES = 4 };
extern const struct metric_difference metric_differences[METRIC_DIFFERENCES];

/* gap.loss = test.loss - train_split.loss, gap.accuracy = train_split.accuracy - test.accuracy, and
 * gap.validation.loss, gap.validation.accuracy of the validation split instead of the test set;
 * NULL for any other NAME. */
const struct metric_difference *metric_difference_find(const char *name);

/* Figures of a run as a whole, which no step has: seconds (of training, evaluations not counted),
 * cpu_seconds (the processor time of the same; runs of earlier versions have none),
 * examples_per_second (of those seconds), parameters. Ends with NULL. */
extern const char *const metric_run_names[];
bool metric_is_of_run(const char *name);

/* Whether it is one of those two times. */
bool metric_is_time(const char *name);

/* Whether it is a share of something, from 0 to 1: an accuracy, and no difference of two. */
bool metric_is_share(const char *name);

enum direction { HIGHER_IS_BETTER, LOWER_IS_BETTER, NEITHER_IS_BETTER };

/* accuracy: higher; loss, gap, times: lower; parameters and what is not known: neither. */
enum direction comparison_direction(const char *metric);

/* Whether differences of METRIC are tested. A count of parameters is no random figure. Seconds and
 * examples per second depend on the machine and on what else it did, processor time on the machine
 * and a little on the rest (memory and caches are shared), which neither a seed nor the
 * architecture explains: their differences are shown, and nothing is concluded. */
bool comparison_is_tested(const char *metric);

#endif
