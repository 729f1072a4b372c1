#include "compare/statistics.h"

#include "base/memory.h"
#include "compare/distributions.h"

#include <math.h>

/* t(0.975, n - 1), which is asked for a thousand times with the same n: found once for each. */
static double quantile_for(size_t n)
{
    enum { KEPT = 1024 };
    static _Thread_local struct {
        size_t n;
        double quantile;
    } kept[KEPT];
    if (kept[n % KEPT].n != n) {
        kept[n % KEPT].quantile = distribution_t_quantile(0.975, (double)(n - 1));
        kept[n % KEPT].n = n;
    }
    return kept[n % KEPT].quantile;
}

double statistics_half_width(double deviation, size_t n)
{
    if (n < 2)
        return NAN;
    return quantile_for(n) * deviation / sqrt((double)n);
}

/* Shell, "A high-speed sorting procedure", Communications of the ACM 2, 1959, with the gaps of
 * Ciura, "Best increments for the average case of Shellsort", 2001, continued by 2.25. Three times
 * as fast as qsort, which calls a function for each comparison. */
static void sort_ascending(double *values, size_t count)
{
    static const size_t gaps[] = {1, 4, 10, 23, 57, 132, 301, 701};
    enum { GAPS = sizeof gaps / sizeof gaps[0] };
    size_t gap = gaps[GAPS - 1];
    int next = GAPS - 1;
    while (gap < count / 4)
        gap = gap * 9 / 4;
    while (gap >= 1) {
        for (size_t i = gap; i < count; i++) {
            double value = values[i];
            size_t j = i;
            for (; j >= gap && values[j - gap] > value; j -= gap)
                values[j] = values[j - gap];
            values[j] = value;
        }
        if (gap > gaps[GAPS - 1])
            gap = gap * 4 / 9 > gaps[GAPS - 1] ? gap * 4 / 9 : gaps[GAPS - 1];
        else
            gap = next > 0 ? gaps[--next] : 0;
    }
}

/* A power of two that brings VALUES, in ascending order, near to one, so that neither their sum nor
 * a square is too large for a double or lost for being small. Multiplying by it is exact. */
static double scale_for(const double *values, size_t count)
{
    int exponent = 0;
    frexp(fmax(fabs(values[0]), fabs(values[count - 1])), &exponent);
    return ldexp(1, exponent < -1000 ? 1000 : -exponent);
}

/* Mean and deviation of VALUES in ascending order: the sums take one from either end at a time, so
 * that those of the same values with turned signs are the same sums with turned signs. A second
 * pass over what is left when the mean is taken away keeps the digits of values that lie close
 * together, as accuracies do, and corrects the mean's own rounding (Chan, Golub, LeVeque,
 * "Algorithms for computing the sample variance", The American Statistician 37, 1983). */
static void find_moments(struct summary *summary, const double *values, size_t n)
{
    double count = (double)n, scale = scale_for(values, n), sum = 0, rest = 0, squares = 0;
    for (size_t i = 0; i < n - i; i++) {
        size_t j = n - 1 - i;
        sum += scale * values[i] + (j > i ? scale * values[j] : 0);
    }
    double mean = sum / count;
    for (size_t i = 0; i < n - i; i++) {
        size_t j = n - 1 - i;
        double low = scale * values[i] - mean, high = j > i ? scale * values[j] - mean : 0;
        rest += low + high;
        squares += low * low + high * high;
    }
    summary->mean = (mean + rest / count) / scale;
    if (n > 1)
        summary->deviation = sqrt(fmax(0, squares - rest * rest / count) / (count - 1)) / scale;
}

struct summary statistics_summary(const double *values, size_t count)
{
    struct summary summary = {
        .mean = NAN, .deviation = NAN, .minimum = NAN, .median = NAN, .maximum = NAN};
    double *finite = memory_array(count, sizeof *finite);
    for (size_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            finite[summary.n++] = values[i];
    summary.missing = count - summary.n;
    size_t n = summary.n;
    if (n > 0) {
        sort_ascending(finite, n);
        summary.minimum = finite[0];
        summary.maximum = finite[n - 1];
        summary.median = n % 2 ? finite[n / 2] : finite[n / 2 - 1] / 2 + finite[n / 2] / 2;
        find_moments(&summary, finite, n);
    }
    memory_free(finite);
    return summary;
}
