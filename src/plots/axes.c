#include "plots/axes.h"

#include "base/memory.h"
#include "store/metric_rules.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void axis_add_label(struct text *text, const char *metric)
{
    static const struct {
        const char *metric, *label;
    } known[] = {
        {"steps", "step"},
        {"epochs", "epoch"},
        {"seconds", "training time (s)"},
        {"cpu_seconds", "processor time (s)"},
        {"train.rate", "learning rate"},
        {"train.gradient_norm", "gradient norm"},
        {"examples_per_second", "examples per second"},
        {"gap.accuracy", "train − test accuracy (% points)"},
        {"gap.loss", "test − train loss"},
        {"gap.validation.accuracy", "train − val. accuracy (% points)"},
        {"gap.validation.loss", "validation − train loss"},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (text_equal(metric, known[i].metric)) {
            text_add(text, known[i].label);
            return;
        }
    }
    for (const char *at = metric; *at; at++)
        text_add_char(text, strchr("._", *at) ? ' ' : *at);
    text_add(text, axis_scale(metric) == 100 ? " (%)" : "");
}

double axis_scale(const char *metric)
{
    return text_ends_with(metric, ".accuracy") ? 100 : 1;
}

/* What gnuplot can reckon with: it takes differences and logarithms of an axis' ends. */
static const double largest = 1e300, smallest = 1e-290;

static double clamp(double value, double low, double high)
{
    return value < low ? low : value > high ? high : value;
}

double axis_keep(const char *metric, double value)
{
    return metric_is_share(metric) ? clamp(value, 0, 100) : value;
}

static struct axis fit_logarithmic(double low, double high, double ceiling)
{
    low = clamp(low, smallest, largest);
    high = clamp(high, smallest, largest);
    double room = clamp(exp(0.04 * (log(high) - log(low))), 1.05, 1e5);
    return (struct axis){low / room, fmax(fmin(high * room, ceiling), low), true};
}

struct axis axis_fit(double low, double high, bool logarithmic, double ceiling)
{
    ceiling = fmax(ceiling, high);
    if (logarithmic)
        return fit_logarithmic(low, high, ceiling);
    low = clamp(low, -largest, largest);
    high = clamp(high, -largest, largest);
    ceiling = fmax(ceiling, high);
    double size = fmax(fabs(low), fabs(high)), room = 0.04 * high - 0.04 * low;
    if (size < smallest)
        room = 1;
    else if (room < 1e-6 * size)
        room = 0.01 * size;
    return (struct axis){low - room, fmin(high + room, ceiling), false};
}

double axis_place(struct axis axis, double value)
{
    if (axis.logarithmic)
        return log(value / axis.low) / log(axis.high / axis.low);
    return (value - axis.low) / (axis.high - axis.low);
}

double axis_value(struct axis axis, double place)
{
    if (axis.logarithmic)
        return axis.low * pow(axis.high / axis.low, place);
    return axis.low + place * (axis.high - axis.low);
}

bool axis_holds(struct axis axis, double value)
{
    const double digits = 1e-9; /* see gnuplot_add_number */
    return value >= axis.low - digits * fabs(axis.low) &&
           value <= axis.high + digits * fabs(axis.high);
}

/* Adds DIGIT times ten to the power EXPONENT: "10⁻⁶", "2·10⁻⁶", "1". */
static void add_power(struct text *script, int digit, int exponent)
{
    static const char *const digits[] = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
    char number[16];
    if (exponent == 0 || exponent == 1) {
        text_add_format(script, "%d%s", digit, exponent ? "0" : "");
        return;
    }
    if (digit != 1)
        text_add_format(script, "%d·", digit);
    snprintf(number, sizeof number, "%d", abs(exponent));
    text_add(script, exponent < 0 ? "10⁻" : "10");
    for (const char *at = number; *at; at++)
        text_add(script, digits[*at - '0']);
}

static void add_number(struct text *label, double value, int decimals)
{
    bool plain = decimals >= 0 && decimals <= 6 && fabs(value) < 1e9;
    char *digits = plain ? text_format("%.*f", decimals, value) : text_format("%g", value);
    text_add_grouped(label, digits);
    memory_free(digits);
}

static void add_tick(struct text *script, bool *first, const char *label, double place)
{
    text_add_format(script, "%s'%s' %.12g", *first ? "" : ", ", label, place);
    *first = false;
}

/* gnuplot 5.4 takes a tick where a logarithmic axis begins for one outside. */
static double place_within(struct axis axis, double value)
{
    return fmax(value, axis.low * (1 + 1e-9));
}

/* The round number (1, 2 or 5 times a power of ten) that is at least VALUE. */
static double round_up(double value)
{
    double power = pow(10, floor(log10(value))), digit = value / power;
    return power * (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10);
}

static double tick_step(struct axis axis, int count)
{
    return round_up((axis.high - axis.low) / count * (1 - 1e-9));
}

struct axis axis_begin_round(struct axis axis, int count)
{
    /* A longer axis may have its ticks farther apart. */
    for (double step = 0, next; (next = tick_step(axis, count)) > step; step = next)
        axis.low = next * floor(axis.low / next + 1e-9);
    return axis;
}

static void add_linear_ticks(struct text *script, struct axis axis, int count)
{
    double step = tick_step(axis, count);
    int decimals = (int)fmax(0, -floor(log10(step) + 1e-9));
    bool first = true;
    double tolerance = step * 1e-6;
    for (double n = ceil((axis.low - tolerance) / step); n * step <= axis.high + tolerance; n++) {
        struct text label = {0};
        double value = n == 0 ? 0 : n * step;
        add_number(&label, value, decimals);
        add_tick(script, &first, text_get(&label), value);
        text_release(&label);
    }
}

static void add_logarithmic_ticks(struct text *script, struct axis axis, int count, bool powers)
{
    static const int digits[] = {1, 2, 5};
    int lowest = (int)floor(log10(axis.low)), highest = (int)ceil(log10(axis.high));
    double decades = log10(axis.high / axis.low);
    int every = (int)fmax(1, ceil(decades / count));
    bool is_wide = powers && (decades > 5 || axis.low < 9e-5 || axis.high > 1.1e9);
    bool dense = decades * 3 <= count + 1, first = true;
    for (int power = lowest; power <= highest; power++) {
        for (int i = 0; i < (dense ? 3 : 1); i++) {
            double value = digits[i] * pow(10, power);
            bool wanted = dense || power % every == 0;
            if (!wanted || value < axis.low || value > axis.high)
                continue;
            struct text label = {0};
            if (is_wide)
                add_power(&label, digits[i], power);
            else
                add_number(&label, value, value >= 1 ? 0 : -1);
            add_tick(script, &first, text_get(&label), place_within(axis, value));
            text_release(&label);
        }
    }
}

/* Whether AXIS, which is logarithmic, has two of 1, 2, 5, 10, ... on it: a short one may not, and
 * gets other ticks. */
static bool has_round_places(struct axis axis)
{
    double first = round_up(axis.low), second = round_up(1.5 * first);
    return second <= axis.high;
}

void axis_add_ticks(struct text *script, struct axis axis, int count, bool powers)
{
    if (axis.logarithmic && has_round_places(axis))
        add_logarithmic_ticks(script, axis, count, powers);
    else
        add_linear_ticks(script, axis, count);
}
