/* Figures that stand for themselves, drawn over a panel's lines. */
#ifndef UNROLL_PLOTS_LINE_POINTS_H
#define UNROLL_PLOTS_LINE_POINTS_H

#include "plots/gnuplot.h"
#include "plots/line_panel.h"

/* Adds the points of PANEL, which has LINES lines, and their data, called TITLE: filled circles in
 * their lines' colours, dark at the edge, so that they are seen on the line, and bars where they
 * are less precise than they look. In characters TITLE is in the legend. */
void line_points_add(struct gnuplot *plot, const struct line_panel *panel, size_t lines,
                     const char *title);

#endif
