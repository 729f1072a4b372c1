/* What of a panel's lines and bands lies within its axes, which may be those that the user asked
 * for. */
#ifndef UNROLL_PLOTS_LINE_RANGE_H
#define UNROLL_PLOTS_LINE_RANGE_H

#include "plots/gnuplot.h"
#include "plots/line_panel.h"

/* Leaves of CURVE what a picture of RANGE on the x axis needs: what lies within, and the nearest
 * finite point on each side, to which the line goes on. A curve with a finite point keeps one. */
void line_range_crop(struct curve *curve, const struct axis_range *range);

/* Notes on those of COUNT lines called NAMES, and on points, that the ends which the user asked for
 * leave out of PANEL. */
void line_range_note(const struct line_panel *panel, const char *const *names, size_t count);

/* Adds the band of CURVE as far as it lies within PANEL's axes, as a block of x, low and high end;
 * where an edge enters or leaves, there is a row for that place. Returns the block's number.
 * gnuplot 5.4 draws bands wrong that go from within to wholly outside. */
size_t line_range_add_band(struct gnuplot *plot, const struct line_panel *panel,
                           const struct curve *curve, const char *name);

/* The single runs of LINE, if something of their band lies within PANEL's axes; or NULL. */
const struct curve *line_range_single_runs(const struct line_panel *panel, size_t line);

/* Adds an arrow at each end outside of LINE's bars that are seen, and at the middle of each stretch
 * at which its band, the wider where it has two, is seen and goes on outside the y axis, which is
 * HEIGHT centimetres long; but for those of a band that would touch the one in front. */
void line_range_add_clips(struct gnuplot *plot, const struct line_panel *panel, size_t line,
                          double height);

#endif
