/* A legend that stands beside a plot, or below it when it is long or wide. */
#ifndef UNROLL_PLOTS_LEGEND_H
#define UNROLL_PLOTS_LEGEND_H

#include "plots/gnuplot.h"

struct legend {
    bool below;
    size_t columns;    /* when below */
    double entry;      /* width of an entry, centimetres */
    double right;      /* right margin of the plot that it needs, centimetres */
    double below_room; /* what it takes below the plot, centimetres */
};

/* For ENTRIES entries with texts of at most WIDEST centimetres. */
struct legend legend_place(size_t entries, double widest);

/* Adds "set key ..." for LEGEND in a picture of WIDTH by HEIGHT. Where it stands below, the plots
 * have no key and belong into a multiplot, and legend_add_below ends the script. */
void legend_add(struct gnuplot *plot, const struct legend *legend, double width, double height);

/* Adds entry I of DATA: " with ... title '...'". */
typedef void legend_add_entry(struct gnuplot *plot, const void *data, size_t i);

/* Adds ENTRIES entries below the plots of a multiplot: plots without anything but their key, one
 * for each column, at places of ours. gnuplot's own columns depend on its guess of how wide a text
 * is, which for svg is so far off that a legend of two columns becomes one over the plot. */
void legend_add_below(struct gnuplot *plot, const struct legend *legend, double width,
                      double height, size_t entries, legend_add_entry *add, const void *data);

#endif
