#include "plots/axis_range.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/metric_rules.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* gnuplot takes differences and logarithms of an axis' ends, which it reads with nine digits. */
static const double largest = 1e300, smallest = 1e-290, closest = 1e-6;

bool axis_range_is_given(const struct axis_range *range)
{
    return range->has_low || range->has_high;
}

/* Reads the number that takes up the LENGTH bytes at TEXT. */
static int read_end(double *value, const char *text, size_t length, struct error *error)
{
    char *number = text_format("%.*s", (int)length, text), *end = number;
    int result = 0;
    *value = strtod(number, &end);
    if (number[strspn(number, "0123456789.eE+-")] != '\0' || end == number || *end != '\0')
        result = error_set(error, ERROR_USAGE, "`%s` is no number", number);
    else if (!(fabs(*value) <= largest) || (*value != 0 && fabs(*value) < smallest))
        result = error_set(error, ERROR_USAGE, "%s: an axis cannot go so far", number);
    memory_free(number);
    return result;
}

static bool is_too_short(double low, double high)
{
    double size = fmax(fabs(low), fabs(high));
    return high - low < fmax(closest * size, smallest);
}

static int check_order(double low, double high, struct error *error)
{
    if (low >= high)
        return error_set(error, ERROR_USAGE, "the first number must be less than the second");
    if (is_too_short(low, high))
        return error_set(error, ERROR_USAGE, "the two numbers are too close to each other");
    return 0;
}

int axis_range_parse(struct axis_range *range, const char *text, struct error *error)
{
    struct error reason = {0};
    const char *colon = strchr(text, ':');
    *range = (struct axis_range){0};
    if (!colon || text_equal(text, ":"))
        return error_set(error, ERROR_USAGE,
                         "%s: expected LOW:HIGH, as in 90:100; one of them may be missing", text);
    const char *behind = colon + 1;
    range->has_low = colon > text;
    range->has_high = *behind != '\0';
    int result = 0;
    if (range->has_low)
        result = read_end(&range->low, text, (size_t)(colon - text), &reason);
    if (result == 0 && range->has_high)
        result = read_end(&range->high, behind, strlen(behind), &reason);
    if (result == 0 && range->has_low && range->has_high)
        result = check_order(range->low, range->high, &reason);
    return result == 0 ? 0 : error_set(error, ERROR_USAGE, "%s: %s", text, reason.text);
}

void axis_range_narrow(const struct axis_range *range, double *low, double *high)
{
    double from = range->has_low ? fmax(*low, range->low) : *low;
    double to = range->has_high ? fmin(*high, range->high) : *high;
    if (from > to && !(range->has_low && range->has_high))
        return;
    *low = from > to ? range->low : from;
    *high = from > to ? range->high : to;
}

int axis_range_apply(const struct axis_range *range, char option, struct axis *axis,
                     const char *what, struct error *error)
{
    const struct axis fitted = *axis;
    if (range->has_low)
        axis->low = range->low;
    if (range->has_high)
        axis->high = range->high;
    if (fitted.logarithmic && (axis->low <= 0 || axis->high <= 0))
        return error_set(error, ERROR_USAGE,
                         "--%c-range: the axis of %s is logarithmic and has no %g; say a number "
                         "above 0",
                         option, what, axis->high <= 0 ? axis->high : axis->low);
    if (axis_range_is_given(range) && is_too_short(axis->low, axis->high))
        return error_set(error, ERROR_USAGE,
                         "--%c-range: the data of %s make the axis %s at %g; say both ends", option,
                         what, range->has_low ? "end" : "begin",
                         range->has_low ? fitted.high : fitted.low);
    return 0;
}

int axis_range_check_units(const struct axis_range *range, const char *const *metrics, size_t count,
                           struct error *error)
{
    for (size_t i = 1; i < count && axis_range_is_given(range); i++)
        if (axis_scale(metrics[i]) != axis_scale(metrics[0]) ||
            metric_is_share(metrics[i]) != metric_is_share(metrics[0]))
            return error_set(error, ERROR_USAGE,
                             "--y-range: the axes of %s and %s differ in their unit; name one by "
                             "--metric",
                             metrics[0], metrics[i]);
    return 0;
}
