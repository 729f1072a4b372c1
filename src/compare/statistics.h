/* Descriptive statistics over seeds, and the interval that goes with a mean. */
#ifndef UNROLL_COMPARE_STATISTICS_H
#define UNROLL_COMPARE_STATISTICS_H

#include <stddef.h>

/* What COUNT values say. A figure that is undefined (all but N and MISSING without any value;
 * DEVIATION with one) is NaN. */
struct summary {
    size_t n;         /* values that are finite numbers */
    size_t missing;   /* values that are NaN or infinite; they count nowhere else */
    double mean;      /* (1/n) sum x */
    double deviation; /* sample standard deviation, sqrt(sum (x - mean)^2 / (n - 1)) */
    double minimum, median, maximum;
};

struct summary statistics_summary(const double *values, size_t count);

/* Half the width of the two-sided 95 % confidence interval of a mean, t(0.975, n - 1) * s / sqrt(n)
 * (Student, "The probable error of a mean", Biometrika 6, 1908; NIST/SEMATECH e-Handbook of
 * Statistical Methods, 1.3.5.2). It supposes independent, roughly normal values. NaN for n < 2. */
double statistics_half_width(double deviation, size_t n);

/* Regularised incomplete beta function I_x(a, b) for a, b > 0 and 0 <= x <= 1. */
double statistics_beta(double a, double b, double x);

/* Student's t distribution with DEGREES > 0 degrees of freedom: the probability of a value up to T,
 * and the value with PROBABILITY (0 < p < 1) below it. */
double statistics_t_probability(double t, double degrees);
double statistics_t_quantile(double probability, double degrees);

#endif
