/* Names beside points, so that none covers another. */
#ifndef UNROLL_PLOTS_LABELS_H
#define UNROLL_PLOTS_LABELS_H

#include <stdbool.h>
#include <stddef.h>

/* All in centimetres, from the lower left corner of the plot. */
struct label {
    double x, y;       /* of the point that the name belongs to */
    double width;      /* of the name */
    double left, base; /* where the name begins, and the middle of its height: what is found */
};

/* What a name should rather not cross: a line from one point to another. */
struct label_line {
    double x[2], y[2];
};

/* Finds a place beside its point for each of COUNT LABELS, within a plot of WIDTH by HEIGHT, off
 * all points and other names. False where some name has none. */
bool labels_place(struct label *labels, size_t count, const struct label_line *lines,
                  size_t line_count, double width, double height);

#endif
