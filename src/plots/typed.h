/* Pictures of characters that are typed line by line, for what gnuplot's own would not show. */
#ifndef UNROLL_PLOTS_TYPED_H
#define UNROLL_PLOTS_TYPED_H

#include "plots/gnuplot.h"

/* Adds the whole script, gnuplot_begin included, of a picture of characters that shows LINES, which
 * are parted by line ends, as they stand. */
void typed_begin(struct gnuplot *plot, const char *lines);

#endif
