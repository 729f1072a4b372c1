/* What stands at an axis: labels with units, ranges, ticks. */
#ifndef UNROLL_PLOTS_AXES_H
#define UNROLL_PLOTS_AXES_H

#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

/* The label of METRIC, with its unit: "test.accuracy" becomes "test accuracy (%)". */
void axis_add_label(struct text *text, const char *metric);

/* What a value of METRIC is multiplied by for its axis: 100 for an accuracy. */
double axis_scale(const char *metric);

/* VALUE, an end of an interval of METRIC in its axis' unit, within what METRIC can be: a share
 * stays between 0 and 100 %. NaN stays. */
double axis_keep(const char *metric, double value);

struct axis {
    double low, high;
    bool logarithmic;
};

/* An axis for values from LOW to HIGH (finite), with a little room; where they are the same, with
 * them in the middle. A logarithmic one needs LOW > 0. The room does not pass CEILING (INFINITY:
 * none). */
struct axis axis_fit(double low, double high, bool logarithmic, double ceiling);

/* AXIS, which is linear, but from the multiple at or below its low end of the distance between its
 * ticks, of which there are about COUNT (see axis_add_ticks). */
struct axis axis_begin_round(struct axis axis, int count);

/* Where VALUE lies on AXIS: 0 at its low end, 1 at its high end. */
double axis_place(struct axis axis, double value);

/* The value at PLACE on AXIS. */
double axis_value(struct axis axis, double place);

/* Whether VALUE lies on AXIS, its ends included, as exactly as gnuplot gets to know it. */
bool axis_holds(struct axis axis, double value);

/* Adds "'0' 0, '5,000' 5000, ...": gnuplot's list of round ticks within AXIS, about COUNT of them
 * (at least 2), with thousands separated. With POWERS, those of a logarithmic axis that goes far or
 * far from 1 are "10⁻⁶" and the like, otherwise "1e-06". */
void axis_add_ticks(struct text *script, struct axis axis, int count, bool powers);

#endif
