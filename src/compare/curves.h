/* From the series of several runs to one curve with a band. */
#ifndef UNROLL_COMPARE_CURVES_H
#define UNROLL_COMPARE_CURVES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One run's series, borrowed: what was measured at each of COUNT ascending steps. */
struct series {
    size_t count;
    const int64_t *steps;
    const double *x;      /* where the step lies on the x axis: steps, epochs or seconds */
    const double *values; /* NaN and infinities are allowed */
};

/* The mean over runs with a band, by x: its 95 % interval where three runs or more have a value.
 * For two, whose interval is 13 times as wide as their distance, it reaches from one to the other.
 */
struct curve {
    size_t count;
    double *x;          /* mean over the runs that have the step */
    double *mean;       /* NaN where no run has a finite value: the line has a gap there */
    double *low, *high; /* ends of the band; NaN where fewer than two runs have a value */
    size_t *n;          /* finite values at this point */
    size_t most;        /* the largest of n */
};

/* Joins COUNT series into CURVE, which the caller releases. A step is kept when every series that
 * has begun before it and ends behind it has it too, so that runs of different length (interrupted,
 * diverged, still running) all count as far as they go, and runs that were evaluated at different
 * steps do not take turns in one zigzag line. The interval is Student's t around the mean of the
 * finite values, see statistics_half_width. */
void curve_join(struct curve *curve, const struct series *series, size_t count);

void curve_release(struct curve *curve);

/* SINGLE, which the caller releases, becomes CURVE, which was joined and may have been scaled, with
 * another band: where 95 % of single runs like these lie, see reported_half_width. There is none
 * for fewer than three runs; of two it would be 22 times as wide as their distance. */
void curve_of_single_runs(struct curve *single, const struct curve *curve);

/* Leaves at most LIMIT (at least 4) points: the first, the last, and from each of equally long
 * stretches the lowest and the highest mean, so that no peak is lost. Gaps stay when a stretch
 * holds nothing else. */
void curve_thin(struct curve *curve, size_t limit);

#endif
