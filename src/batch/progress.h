/* The text of progress lines: how far trials are, and the batch that they belong to. Nothing here
 * writes: batch/view.c and `unroll status` put the lines on a terminal. */
#ifndef UNROLL_BATCH_PROGRESS_H
#define UNROLL_BATCH_PROGRESS_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A trial that runs. */
struct progress {
    const char *name; /* of its variant, as the user wrote it; borrowed */
    int64_t seed;
    int64_t step, steps;   /* done, and planned; steps 0: not known yet */
    double loss, accuracy; /* newest training figures; NaN: none yet */
    double seconds_left;   /* NaN or infinite: not known */
};

/* What of the lines finds room, in columns; 0: left out. */
struct progress_layout {
    int columns;        /* no line is wider */
    int name;           /* longer names lose their middle, shorter ones are padded */
    int seed;           /* digits */
    bool is_seed_short; /* NAME/SEED instead of NAME seed SEED */
    int bar;
    int percent; /* shown where there is no bar */
    int steps;   /* digits of each of the two numbers */
    int loss, accuracy, left;
};

/* Finds the layout with which COUNT lines stand below each other, their parts in line, within
 * COLUMNS (at least 1). As COLUMNS shrinks, the bar grows shorter and then steps, accuracy, loss,
 * time left and the bar give way, in this order; a percentage takes the bar's place, and goes last.
 */
void progress_fit(struct progress_layout *layout, const struct progress *lines, size_t count,
                  int columns);

/* Adds one line, without a line end:
 * lstm seed 1  ██████▌·····  120/800  loss 0.1234  accuracy 97.12 %   0:42 left */
void progress_add(struct text *text, const struct progress *line,
                  const struct progress_layout *layout);

/* A whole batch. */
struct progress_total {
    size_t trials;
    size_t done, running, failed;
    double fraction;     /* of the work, 0 to 1 */
    double seconds_left; /* NaN or infinite: not known */
};

/* Adds the line of a batch within COLUMNS (at least 1):
 * 3 of 12 done, 2 running, 1 failed  ███▌········ 29 %  1:12 left */
void progress_add_total(struct text *text, const struct progress_total *total, int columns);

/* Seconds left when DONE of ALL took SECONDS, or NaN when that tells nothing yet. */
double progress_seconds_left(double seconds, double done, double all);

#endif
