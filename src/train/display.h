/* What a person sees while a run trains: a bar on a terminal, plain lines otherwise; on stderr. */
#ifndef UNROLL_TRAIN_DISPLAY_H
#define UNROLL_TRAIN_DISPLAY_H

#include <stdbool.h>
#include <stdint.h>

struct display {
    bool quiet;
    const char *name; /* of the run */
    int64_t steps;    /* of the whole run */
    double started;   /* clock_seconds() at step FIRST of this attempt */
    int64_t first;
    double drawn;          /* clock_seconds() of the last drawing */
    double loss, accuracy; /* newest training figures; NaN before the first */
    int64_t examples;      /* trained in this attempt */
};

/* Redraws the bar, at most ten times a second. */
void display_progress(struct display *display, int64_t step);

/* A line with the training figures since the last one. */
void display_log(struct display *display, int64_t step, double epoch, double loss, double accuracy,
                 double rate);

/* A line with an evaluation of SPLIT. */
void display_evaluation(struct display *display, int64_t step, const char *split, double loss,
                        double accuracy, int64_t count);

/* A line with the final figures of SPLIT. */
void display_final(struct display *display, const char *split, double loss, double accuracy,
                   int64_t count);

/* A line with where the time of a finished run went, all attempts together. */
void display_time(const struct display *display, double train_seconds, double evaluate_seconds,
                  int64_t examples);

/* Removes the bar. */
void display_end(struct display *display);

#endif
