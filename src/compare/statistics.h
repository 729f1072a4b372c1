/* Descriptive statistics over seeds, and the interval that goes with a mean. */
#ifndef UNROLL_COMPARE_STATISTICS_H
#define UNROLL_COMPARE_STATISTICS_H

#include <stddef.h>

/* What COUNT values say. A figure that is undefined (all but N and MISSING without any value;
 * DEVIATION with one) is NaN. The values in another order give the same bits, and with all signs
 * turned the same bits but for the signs. */
struct summary {
    size_t n;         /* values that are finite numbers */
    size_t missing;   /* values that are NaN or infinite; they count nowhere else */
    double mean;      /* (1/n) sum x */
    double deviation; /* sample standard deviation, sqrt(sum (x - mean)^2 / (n - 1)); 0 exactly
                         where all values are the same */
    double minimum, median, maximum;
};

struct summary statistics_summary(const double *values, size_t count);

/* Half the width of the two-sided 95 % confidence interval of a mean, t(0.975, n - 1) * s / sqrt(n)
 * (Student, "The probable error of a mean", Biometrika 6, 1908; NIST/SEMATECH e-Handbook of
 * Statistical Methods, 1.3.5.2). It supposes independent, roughly normal values. NaN for n < 2. */
double statistics_half_width(double deviation, size_t n);

#endif
