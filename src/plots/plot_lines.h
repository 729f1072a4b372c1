/* Lines with bands: panels one below the other, with the same lines in each and one legend. */
#ifndef UNROLL_PLOTS_PLOT_LINES_H
#define UNROLL_PLOTS_PLOT_LINES_H

#include "base/names.h"
#include "compare/curves.h"
#include "compare/moment.h"
#include "plots/axes.h"
#include "plots/gnuplot.h"

struct line_panel {
    const char *metric;   /* what the y axis shows, see axis_add_label */
    struct curve *curves; /* one per line, in the axis' unit; those without points are empty */
    struct axis x, y;
    bool apart; /* the points are values of a key: each has a symbol, the y axis shows all, and the
                   seeds that one lacks do not matter to its neighbours */
    double
        cut; /* where the y axis begins, when an accuracy's climb from chance lies below; else 0 */
};

struct line_plot {
    const char *const *names; /* of the lines; borrowed */
    size_t count;
    struct line_panel *panels;
    size_t panel_count;
    const char *x;            /* what the x axis shows, see axis_add_label */
    const char *x_text;       /* its label as it is, instead of x; NULL: none */
    const struct text *ticks; /* the x axis' ticks in gnuplot's form; NULL: round ones */
    double tick_room;         /* centimetres that they need more than a line */
    struct moment moment;     /* at which the metrics were read */
    const char *mean;         /* what the lines are where they have bands; NULL: the mean */
};

/* A plot with PANELS panels of a line for each of NAMES, empty still: the caller sets x and, in
 * each panel, metric, curves and axes, and releases LINES. */
void line_plot_init(struct line_plot *lines, const struct names *names, size_t panels);
void line_plot_release(struct line_plot *lines);

/* Axes that show all of PANEL's COUNT curves, x from 0; logarithmic where positive values span more
 * than a decade. False where no curve has a finite value: the axes are those of an empty plot. */
bool line_panel_fit(struct line_panel *panel, size_t count);

/* Begins the script, adds all of LINES, and draws. COLUMNS is the width of PICTURE_ASCII. */
int line_plot_draw(struct gnuplot *plot, const struct line_plot *lines, int columns,
                   struct error *error);

#endif
