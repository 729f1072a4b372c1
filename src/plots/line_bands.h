/* The bands around a panel's lines. */
#ifndef UNROLL_PLOTS_LINE_BANDS_H
#define UNROLL_PLOTS_LINE_BANDS_H

#include "plots/gnuplot.h"
#include "plots/line_panel.h"

/* Of LINE, which is called NAME and has the data block BLOCK; one of LINES lines. */
struct line_band {
    size_t line, lines;
    const char *name;
    size_t block;
};

/* Adds the band of a line, and a bar for each point of it that has no neighbour. */
void line_bands_add(struct gnuplot *plot, const struct line_panel *panel, struct line_band band);

#endif
