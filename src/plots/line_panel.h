/* One panel of a plot with lines: what of its curves is shown, and the axes that show it. */
#ifndef UNROLL_PLOTS_LINE_PANEL_H
#define UNROLL_PLOTS_LINE_PANEL_H

#include "compare/curves.h"
#include "plots/axes.h"
#include "plots/axis_range.h"

#include <stdbool.h>

/* About how many ticks a y axis has. */
enum { LINE_PANEL_TICKS = 7 };

/* A figure that stands for itself, of LINE, in the axes' units, with a bar of Y +- WITHIN. */
struct line_point {
    size_t line;
    double x, y;
    double within; /* 0: no bar */
};

struct line_panel {
    const char *metric;        /* what the y axis shows, see axis_add_label */
    struct curve *curves;      /* one per line, in the axis' unit; those without points are empty */
    struct line_point *points; /* over the curves; owned */
    size_t point_count;
    struct curve *single_runs; /* one per line, whose band is that of single runs, against which
                                  points are held; empty for lines without; NULL: none; owned */
    struct axis x, y;
    struct axis_range x_range, y_range; /* of the axes, as far as the user said */
    bool log_x;                         /* the x axis is logarithmic, from the first positive x */
    bool apart; /* the points are values of a key: each has a symbol and a bar, the y axis shows
                   all, and an interval is there from three seeds on */
    double
        cut; /* where the y axis begins, when an accuracy's climb from chance lies below; else 0 */
};

/* Makes the single runs of the COUNT curves, where PANEL has points. They do not matter to axes. */
void line_panel_find_single_runs(struct line_panel *panel, size_t count);

/* The x axis, of WHAT, with the ends that x_range says; else all of PANEL's COUNT curves and its
 * points, from 0 or logarithmic. ERROR_USAGE where x_range's are none for it, see axis_range_apply.
 */
int line_panel_fit_x(struct line_panel *panel, size_t count, const char *what, struct error *error);

/* A y axis that shows what lies within the x axis, which is set; logarithmic where positive values,
 * as far as they lie in y_range, span more than a decade. Without any it is that of an empty plot.
 * False where no curve has a finite value. */
bool line_panel_fit(struct line_panel *panel, size_t count);

/* Widens LOW and HIGH by what of CURVE's VALUES lies within the axis X: the one at I, and those
 * where the line from I - 1 to I crosses its ends, on a y axis that may be LOGARITHMIC. */
void line_panel_widen(double *low, double *high, struct axis x, const struct curve *curve,
                      const double *values, size_t i, bool logarithmic);

/* Puts the ends that y_range says into the y axis, which is fitted. ERROR_USAGE where they are none
 * for it, see axis_range_apply. */
int line_panel_limit(struct line_panel *panel, size_t count, struct error *error);

/* Whether the user asked for axes, outside which some of PANEL may lie. */
bool line_panel_is_ranged(const struct line_panel *panel);

/* Whether LINE, the number of a curve, has a finite value. */
bool line_panel_shows(const struct line_panel *panel, size_t line);

/* Whether CURVE's band is there at I: of its interval from three seeds, of two the range, and not
 * the one here and the other there. Lines need all seeds for it. */
bool line_panel_has_band(const struct line_panel *panel, const struct curve *curve, size_t i);

/* Whether the line to or from I has fewer seeds than elsewhere; whether it has anywhere. */
bool line_panel_is_thin(const struct curve *curve, size_t i);
bool line_panel_has_thin(const struct curve *curve);

#endif
