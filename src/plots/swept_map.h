/* A sweep over two keys as a heat map. */
#ifndef UNROLL_PLOTS_SWEPT_MAP_H
#define UNROLL_PLOTS_SWEPT_MAP_H

#include "plots/swept.h"

/* Draws SWEEP, of two keys, with PLOT: a map for each of its lines, all with the same colours; a
 * cell is the mean of its runs. More lines than fit on a page are ERROR_USAGE. */
int swept_map_draw(struct gnuplot *plot, const struct swept *swept,
                   const struct plot_request *request, struct error *error);

#endif
