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

/* Adds the band of a line, and a bar for each point of it that is to have one, see
 * line_data_is_bar. */
void line_bands_add(struct gnuplot *plot, const struct line_panel *panel, struct line_band band);

/* Adds the single runs of the line, a paler band to stand behind the other, with their data; where
 * nothing of them is seen, nothing. BAND's block is not used. */
void line_bands_add_single_runs(struct gnuplot *plot, const struct line_panel *panel,
                                struct line_band band);

/* What a legend says of them. */
extern const char line_bands_single_runs[];

#endif
