/* The axis of a swept key. */
#ifndef UNROLL_PLOTS_SWEPT_AXIS_H
#define UNROLL_PLOTS_SWEPT_AXIS_H

#include "plots/axes.h"
#include "plots/plot_parts.h"
#include "plots/swept.h"

/* Names at an axis, in gnuplot's form. */
struct swept_ticks {
    struct text text; /* "('a' 0, 'b' 1)" and what else stands behind `set xtics` */
    double room;      /* centimetres that turned names need below the axis, more than a line */
};
void swept_ticks_release(struct swept_ticks *ticks);

/* A name at each place of KEY (0, 1, ...) on an axis of WIDTH centimetres (characters where they
 * cannot turn): level where they fit, else turned and cut. */
void swept_add_names(struct swept_ticks *ticks, const struct swept_key *key, double width,
                     bool characters);

/* The same on an axis that stands upright: level, cut to ROOM. */
void swept_add_levels(struct swept_ticks *ticks, const struct swept_key *key, struct plot_room room,
                      bool characters);

/* The values of KEY, which are numbers, as ticks on AXIS of WIDTH centimetres (characters), but for
 * those that would touch the one in front; false where that leaves out some of many, or AXIS has
 * only one of several. */
bool swept_add_values(struct swept_ticks *ticks, const struct swept_key *key, struct axis axis,
                      double width, bool characters);

#endif
