/* What a legend says of lines that lack runs. */
#ifndef UNROLL_PLOTS_LINE_TITLES_H
#define UNROLL_PLOTS_LINE_TITLES_H

#include "plots/plot_lines.h"

/* Sets the title of LINE of LINES, of whose RUNS, begun or not, DIVERGED ones have diverged and
 * SHOWN ones are in the plot: "hot (2 of 5 runs)", and for a line that is nowhere because of these
 * "hot (all diverged)". It stays the name where nothing is to be said. */
void line_titles_set(struct line_plot *lines, size_t line, size_t runs, size_t diverged,
                     size_t shown);

#endif
