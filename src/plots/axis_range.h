/* The part of an axis that the user asked for, by --x-range or --y-range. */
#ifndef UNROLL_PLOTS_AXIS_RANGE_H
#define UNROLL_PLOTS_AXIS_RANGE_H

#include "base/error.h"
#include "plots/axes.h"

#include <stdbool.h>
#include <stddef.h>

/* In the axis' unit. All zero: the data say both ends. */
struct axis_range {
    bool has_low, has_high; /* otherwise the data say that end */
    double low, high;
};

/* Reads "LOW:HIGH", of which one may be missing. ERROR_USAGE for what is no number, too large or
 * too near to 0 to reckon with, and for ends in the wrong order or too close to each other. */
int axis_range_parse(struct axis_range *range, const char *text, struct error *error);

bool axis_range_is_given(const struct axis_range *range);

/* Narrows *LOW and *HIGH, between which data lie, to what of them is in RANGE, before an axis is
 * fitted to them. Where nothing is, they become RANGE if it has both ends, or else stay. */
void axis_range_narrow(const struct axis_range *range, double *low, double *high);

/* Puts RANGE's ends in the place of AXIS', which were fitted to the data of WHAT. OPTION, x or y,
 * is the one that said them. ERROR_USAGE where a logarithmic axis would not end above 0, or would
 * have no length. */
int axis_range_apply(const struct axis_range *range, char option, struct axis *axis,
                     const char *what, struct error *error);

/* ERROR_USAGE where RANGE, of --y-range, is given and the axes of COUNT METRICS have different
 * units. */
int axis_range_check_units(const struct axis_range *range, const char *const *metrics, size_t count,
                           struct error *error);

#endif
