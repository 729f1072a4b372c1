/* The data of a line, as gnuplot gets them: its points, its band, and how each is drawn. */
#ifndef UNROLL_PLOTS_LINE_DATA_H
#define UNROLL_PLOTS_LINE_DATA_H

#include "plots/gnuplot.h"
#include "plots/line_panel.h"

/* What the last column says of a point: it is part of the line, of the thin line of fewer seeds,
 * and has a bar. */
enum line_look { LINE_WHOLE = 1, LINE_THIN = 2, LINE_BAR = 4 };

/* Adds a block called NAME of CURVE, a line of PANEL: x, mean, low and high end of the band, seeds,
 * look. Returns the block's number. */
size_t line_data_add(struct gnuplot *plot, const struct line_panel *panel,
                     const struct curve *curve, const char *name);

/* Whether LOOK is drawn anywhere. */
bool line_data_has_look(const struct line_panel *panel, const struct curve *curve, int look);

/* Whether the band at I is a bar: it has none beside it, without which an area is not seen, or the
 * points stand apart, and nothing is known of what lies between them. */
bool line_data_is_bar(const struct line_panel *panel, const struct curve *curve, size_t i);

#endif
