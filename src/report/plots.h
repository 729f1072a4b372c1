/* The kinds of plot. */
#ifndef UNROLL_REPORT_PLOTS_H
#define UNROLL_REPORT_PLOTS_H

#include "base/error.h"
#include "report/gnuplot.h"
#include "report/groups.h"

#include <stddef.h>

enum plot_kind {
    PLOT_CURVES,   /* a metric by step, epoch or second: mean and 95 % band over seeds */
    PLOT_ACCURACY, /* a final by variant: each seed, mean and 95 % interval */
    PLOT_RATE,     /* the learning rate by step, epoch or second */
    PLOT_KINDS,
};

enum plot_x { PLOT_STEPS, PLOT_EPOCHS, PLOT_SECONDS, PLOT_XS };

/* What the command line calls them; each ends with NULL. */
extern const char *const plot_kind_names[];
extern const char *const plot_x_names[];

struct plot_request {
    enum plot_kind kind;
    enum plot_x x;
    const char *const *metrics; /* a panel each; none: what the experiment is compared by */
    size_t metric_count;
    int columns; /* width of PICTURE_ASCII in characters */
};

/* Draws REQUEST for GROUPS with PLOT, which gnuplot_init has prepared. ERROR_NOT_FOUND when no run
 * has measured a metric. */
int plot_draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
              const struct plot_request *request, struct error *error);

#endif
