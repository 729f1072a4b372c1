#include "numerics/differences.h"

#include <math.h>
#include <string.h>

#include "base/memory.h"
#include "math/random.h"

enum { ELEMENTS = 60, REPORTED = 8 };

static const double STEP = 1.0 / 48;

/* At kinks: shorter, so that few elements cross one, which costs precision. */
static const double KINK_STEP = 1.0 / 128, KINK_CONTROL_STEP = 1.0 / 512, KINK_TOLERANCE = 5;

/* A direction in one variable: a single element, or all of them with a random sign each. */
struct direction {
    struct variable *variable;
    const float *signs; /* [count], or NULL for a single element */
    int64_t element;
    float *original; /* [count] */
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

static double slope(struct differences *differences, const struct direction *direction, double step)
{
    double near = value_at(differences, direction, step) - value_at(differences, direction, -step);
    double far =
        value_at(differences, direction, 2 * step) - value_at(differences, direction, -2 * step);
    return (8 * near - far) / (12 * step);
}

static void compare(struct differences *differences, const struct direction *direction,
                    double expected_scale, double found)
{
    double expected = slope(differences, direction, differences->kinks ? KINK_STEP : STEP);
    double allowed = differences->tolerance * expected_scale;
    differences->checked++;
    if (differences->kinks) {
        allowed *= KINK_TOLERANCE;
        double control = slope(differences, direction, KINK_CONTROL_STEP);
        if (!(fabs(control - expected) <= allowed)) {
            differences->skipped++;
            return;
        }
        expected = control;
    }
    double error = fabs(found - expected);
    differences->worst = fmax(differences->worst, error / expected_scale);
    if (error <= allowed) {
        return;
    }
    if (++differences->failures <= REPORTED) {
        text_add_format(&differences->report, "%s: %s ", differences->subject,
                        direction->variable->name);
        if (direction->signs) {
            text_add(&differences->report, "along a random direction");
        } else {
            text_add_format(&differences->report, "[%lld]", (long long)direction->element);
        }
        text_add_format(&differences->report, ": expected %.6g, found %.6g (allowed %.2g)\n",
                        expected, found, allowed);
    }
}

static double scale_of(const float *gradient, int64_t count)
{
    double largest = 1;
    for (int64_t i = 0; i < count; i++) {
        largest = fmax(largest, fabs((double)gradient[i]));
    }
    return largest;
}

static void check_elements(struct differences *differences, struct direction *direction)
{
    const struct variable *variable = direction->variable;
    double scale = scale_of(variable->gradient, variable->count);
    int64_t elements = variable->count < ELEMENTS ? variable->count : ELEMENTS;
    for (int64_t i = 0; i < elements; i++) {
        /* Spread evenly, the first and the last among them. */
        direction->element =
            elements == variable->count ? i : i * (variable->count - 1) / (elements - 1);
        compare(differences, direction, scale, variable->gradient[direction->element]);
    }
}

static void check_direction(struct differences *differences, struct direction *direction,
                            uint32_t lane)
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
    compare(differences, direction, fmax(1, fabs(found)), found);
    direction->signs = NULL;
    memory_free(signs);
}

int differences_check(struct differences *differences)
{
    for (int i = 0; i < differences->variable_count; i++) {
        struct variable *variable = &differences->variables[i];
        struct direction direction = {.variable = variable};
        direction.original = memory_copy(variable->values, (size_t)variable->count * sizeof(float));
        check_elements(differences, &direction);
        check_direction(differences, &direction, (uint32_t)i);
        memcpy(variable->values, direction.original, (size_t)variable->count * sizeof(float));
        memory_free(direction.original);
    }
    if (differences->skipped * 10 > differences->checked) {
        differences->failures++;
        text_add_format(&differences->report, "%s: %d of %d elements stand at a kink\n",
                        differences->subject, differences->skipped, differences->checked);
    }
    return differences->failures;
}
