/* Lines with bands: panels one below the other, with the same lines in each and one legend. */
#ifndef UNROLL_PLOTS_PLOT_LINES_H
#define UNROLL_PLOTS_PLOT_LINES_H

#include "base/names.h"
#include "compare/moment.h"
#include "plots/gnuplot.h"
#include "plots/line_panel.h"

struct line_plot {
    const char *const *names; /* of the lines; borrowed */
    char **titles; /* [count] what the legend says instead of a name, also of a line that is
                      nowhere; NULL: the name, where the line is; owned */
    size_t count;
    struct line_panel *panels;
    size_t panel_count;
    const char *x;            /* what the x axis shows, see axis_add_label */
    const char *x_text;       /* its label as it is, instead of x; NULL: none */
    const struct text *ticks; /* the x axis' ticks in gnuplot's form; NULL: round ones */
    double tick_room;         /* centimetres that they need more than a line */
    struct moment moment;     /* at which the metrics were read */
    const char *points;       /* what the panels' points are; NULL without any */
    const char *mean;         /* what the lines are where they have bands; NULL: the mean */
};

/* A plot with PANELS panels of a line for each of NAMES, empty still: the caller sets x and, in
 * each panel, metric, curves and axes, and releases LINES. */
void line_plot_init(struct line_plot *lines, const struct names *names, size_t panels);
void line_plot_release(struct line_plot *lines);

/* The width of the x axis in centimetres (characters for PICTURE_ASCII), as far as curves and names
 * are there. */
double line_plot_axis_width(const struct gnuplot *plot, const struct line_plot *lines, int columns);

/* Begins the script, adds all of LINES, and draws. COLUMNS is the width of PICTURE_ASCII. */
int line_plot_draw(struct gnuplot *plot, const struct line_plot *lines, int columns,
                   struct error *error);

#endif
