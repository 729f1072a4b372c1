#include "math/differences.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "math/random.h"

enum { ELEMENTS = 60, REPORTED = 8, STEPS = 4 };

/* Shorter ones for elements that fail where there are kinks: few cross one then, and what bends
 * much is straighter, which costs precision. */
static const double STEP[STEPS] = {1.0 / 48, 1.0 / 192, 1.0 / 768, 1.0 / 3072};
static const double ALLOWED[STEPS] = {1, 2.5, 5, 10};

/* A direction in one variable: a single element, or all of them with a random sign each. */
struct direction {
    struct variable *variable;
    struct variable_result *result; /* the variable's */
    const float *signs;             /* [count], or NULL for a single element */
    int64_t element;
    float *original; /* [count] */
    double unit;     /* what steps are parts of */
};

static void move(const struct direction *direction, double distance)
{
    struct variable *variable = direction->variable;
    if (!direction->signs) {
        variable->values[direction->element] =
            (float)(direction->original[direction->element] + distance);
        return;
    }
    for (int64_t i = 0; i < variable->count; i++) {
        variable->values[i] = (float)(direction->original[i] + distance * direction->signs[i]);
    }
}

static double value_at(struct differences *differences, const struct direction *direction,
                       double distance)
{
    move(direction, distance);
    double value = differences->evaluate(differences->context);
    move(direction, 0);
    return value;
}

/* The slope by differences over a step, and 4·(f(h) + f(−h)) − (f(2h) + f(−2h)). */
struct slope {
    double step, value, ends;
};

static struct slope slope_at(struct differences *differences, const struct direction *direction,
                             double step)
{
    double after = value_at(differences, direction, step);
    double before = value_at(differences, direction, -step);
    double long_after = value_at(differences, direction, 2 * step);
    double long_before = value_at(differences, direction, -2 * step);
    return (struct slope){
        .step = step,
        .value = (8 * (after - before) - (long_after - long_before)) / (12 * step),
        .ends = 4 * (after + before) - (long_after + long_before),
    };
}

/* How far the slopes to both sides, each over three points, are apart. */
static double sides_apart(struct differences *differences, const struct direction *direction,
                          const struct slope *slope)
{
    double here = value_at(differences, direction, 0);
    return fabs((slope->ends - 6 * here) / (2 * slope->step));
}

static void report(struct differences *differences, const struct direction *direction,
                   double expected, double found, double allowed)
{
    text_add_format(&differences->report, "%s: %s ", differences->subject,
                    direction->variable->name);
    if (direction->signs)
        text_add(&differences->report, "along a random direction");
    else
        text_add_format(&differences->report, "[%lld]", (long long)direction->element);
    text_add_format(&differences->report, ": expected %.6g, found %.6g (allowed %.2g)\n", expected,
                    found, allowed);
}

/* What was found out about an element: the slope that comes nearest to what is claimed. */
static void keep_worst(const struct direction *direction, double expected, double found,
                       double scale)
{
    struct variable_result *result = direction->result;
    double error = fabs(found - expected) / scale;
    if (error <= result->worst || (direction->signs && result->failures > 0))
        return; /* an element says more than a direction */
    result->worst = isnan(error) ? INFINITY : error;
    result->worst_element = direction->signs ? -1 : direction->element;
    result->expected = expected;
    result->claimed = found;
}

/* Whether FOUND is right by the slope over step I, and by more than what is ALLOWED at first only
 * where that slope differs as much from the one over the longer step: it is not exact then. */
static bool is_near(const struct slope *slopes, int i, double found, double allowed)
{
    double error = fabs(found - slopes[i].value);
    return error <= allowed || (i > 0 && error <= allowed * ALLOWED[i] &&
                                error <= fabs(slopes[i].value - slopes[i - 1].value));
}

/* Whether a kink can be what is between FOUND and the last two slopes: then these differ by a good
 * part of that, or those to both sides differ by more, twice as much at the kink itself. Where the
 * function is smooth, both are rounding. */
static bool is_doubtful(struct differences *differences, const struct direction *direction,
                        const struct slope *last, double found)
{
    double error = fabs(found - last->value), change = fabs(last->value - last[-1].value);
    return isfinite(error) &&
           (change > error / 2 || sides_apart(differences, direction, last) > error);
}

static void compare(struct differences *differences, const struct direction *direction,
                    double scale, double found)
{
    struct variable_result *result = direction->result;
    struct slope slopes[STEPS];
    int tries = differences->kinks ? STEPS : 1;
    double allowed = differences->tolerance * scale;
    result->checked++;
    for (int i = 0; i < tries; i++) {
        slopes[i] = slope_at(differences, direction, direction->unit * STEP[i]);
        if (is_near(slopes, i, found, allowed)) {
            keep_worst(direction, slopes[i].value, found, scale);
            return;
        }
    }
    const struct slope *last = &slopes[tries - 1];
    if (differences->kinks && is_doubtful(differences, direction, last, found)) {
        result->skipped++;
        return;
    }
    keep_worst(direction, last->value, found, scale);
    result->failures++;
    if (++differences->failures <= REPORTED)
        report(differences, direction, last->value, found, allowed);
}

/* Root of the mean square, and the largest magnitude. */
static double mean_size(const float *values, int64_t count)
{
    double squares = 0;
    for (int64_t i = 0; i < count; i++)
        squares += (double)values[i] * values[i];
    return count ? sqrt(squares / (double)count) : 0;
}

/* Of those that are numbers. */
static double largest_size(const float *values, int64_t count)
{
    double largest = 0;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(values[i]))
            largest = fmax(largest, fabs((double)values[i]));
    return largest;
}

static void check_elements(struct differences *differences, struct direction *direction,
                           double floor)
{
    const struct variable *variable = direction->variable;
    double scale = fmax(floor, largest_size(variable->gradient, variable->count));
    int64_t elements = variable->count < ELEMENTS ? variable->count : ELEMENTS;
    for (int64_t i = 0; i < elements; i++) {
        /* Spread evenly, the first and the last among them. */
        direction->element =
            elements == variable->count ? i : i * (variable->count - 1) / (elements - 1);
        compare(differences, direction, scale, variable->gradient[direction->element]);
    }
}

static void check_direction(struct differences *differences, struct direction *direction,
                            double floor, uint32_t lane)
{
    const struct variable *variable = direction->variable;
    float *signs = memory_array((size_t)variable->count, sizeof(float));
    struct random_stream stream;
    random_open(&stream, 3, RANDOM_TEST, lane, 0);
    /* Of length 1, so that the function is smooth enough along it for the same step. */
    float length = (float)(1 / sqrt((double)variable->count));
    double found = 0;
    for (int64_t i = 0; i < variable->count; i++) {
        signs[i] = random_below(&stream, 2) ? length : -length;
        found += (double)signs[i] * variable->gradient[i];
    }
    direction->signs = signs;
    double size = mean_size(variable->gradient, variable->count), scale = fmax(size, fabs(found));
    compare(differences, direction, isfinite(scale) ? fmax(floor, scale) : floor, found);
    direction->signs = NULL;
    memory_free(signs);
}

static void check_variable(struct differences *differences, int index)
{
    struct variable *variable = &differences->variables[index];
    struct variable_result result = {.worst = -1};
    struct direction direction = {.variable = variable, .result = &result};
    double floor = differences->floor > 0 ? differences->floor : 1;
    size_t bytes = (size_t)variable->count * sizeof(float);
    direction.original = memory_copy(variable->values, bytes);
    direction.unit = fmax(1, mean_size(variable->values, variable->count));
    check_elements(differences, &direction, floor);
    check_direction(differences, &direction, floor, (uint32_t)index);
    memcpy(variable->values, direction.original, bytes);
    memory_free(direction.original);
    result.worst = fmax(result.worst, 0);
    differences->checked += result.checked;
    differences->skipped += result.skipped;
    differences->worst = fmax(differences->worst, result.worst);
    if (differences->results)
        differences->results[index] = result;
}

bool differences_say_little(int checked, int skipped)
{
    return skipped * 10 > checked;
}

int differences_check(struct differences *differences)
{
    for (int i = 0; i < differences->variable_count; i++)
        if (differences->variables[i].count > 0)
            check_variable(differences, i);
    if (differences_say_little(differences->checked, differences->skipped)) {
        differences->failures++;
        text_add_format(&differences->report, "%s: %d of %d elements stand at a kink\n",
                        differences->subject, differences->skipped, differences->checked);
    }
    return differences->failures;
}

/* A slope takes in the function's rounding 1.5 times over its step, and that is a few units in the
 * last place of its terms, of either sign. */
double differences_floor(double magnitude, double tolerance)
{
    double rounding = magnitude * 0x1p-22;
    return 1.5 * rounding / STEP[0] / tolerance;
}
