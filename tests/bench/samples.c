#include "bench/samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

void samples_add(struct samples *samples, double value)
{
    samples->values[samples->count++] = value;
}

double samples_median(const struct samples *samples)
{
    double sorted[ROUNDS_LIMIT];
    int count = 0;
    for (int i = 0; i < samples->count; i++)
        if (isfinite(samples->values[i]))
            sorted[count++] = samples->values[i];
    if (count == 0)
        return NAN;
    int half = count / 2;
    qsort(sorted, (size_t)count, sizeof *sorted, by_value);
    return count % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

double samples_median_ratio(const struct samples *a, const struct samples *b)
{
    struct samples ratios = {.count = a->count < b->count ? a->count : b->count};
    for (int i = 0; i < ratios.count; i++)
        ratios.values[i] = a->values[i] / b->values[i];
    return samples_median(&ratios);
}
