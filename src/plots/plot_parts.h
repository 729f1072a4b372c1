/* What the kinds of plot are made of. */
#ifndef UNROLL_PLOTS_PLOT_PARTS_H
#define UNROLL_PLOTS_PLOT_PARTS_H

#include "compare/groups.h"
#include "plots/axes.h"
#include "plots/gnuplot.h"

/* Sizes in centimetres for text of 9 points. A character is reckoned wide, since gnuplot knows no
 * fonts of a reader's. */
#define PLOT_WIDTH 16.0
#define PLOT_CHARACTER 0.19
#define PLOT_LINE 0.48

/* Adds "set lmargin at screen ..." for a plot LEFT, RIGHT, TOP and BOTTOM centimetres inside a
 * picture of WIDTH by HEIGHT. */
struct plot_margins {
    double left, right, top, bottom;
};
void plot_add_margins(struct gnuplot *plot, double width, double height,
                      struct plot_margins margins);

/* Adds "set PLACE 'LABEL of METRIC'", PLACE being xlabel, ylabel or title. */
void plot_add_label(struct gnuplot *plot, const char *place, const char *metric);

/* Adds "set xrange [...]" and ticks for AXIS, which is x or y. */
void plot_add_axis(struct gnuplot *plot, char axis, struct axis fitted, int ticks);

/* Adds "set multiplot": panels of characters share the page evenly, the others have margins of
 * their own. */
void plot_add_multiplot(struct gnuplot *plot, size_t panels);

/* The width in columns of the longest group name, cut to at most LIMIT. */
size_t plot_longest_name(const struct groups *groups, size_t limit);

#endif
