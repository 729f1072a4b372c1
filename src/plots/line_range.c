#include "plots/line_range.h"

#include "base/log.h"
#include "base/printable.h"
#include "plots/line_data.h"
#include "plots/plot_parts.h"

#include <math.h>
#include <string.h>

/* The first of CURVE's points from I on, going UP or down, that has a finite mean; count: none. */
static size_t next_finite(const struct curve *curve, size_t i, bool up)
{
    while (i < curve->count && !isfinite(curve->mean[i]))
        i += up ? 1 : (size_t)-1; /* below 0 is above all */
    return i < curve->count ? i : curve->count;
}

static void keep(struct curve *curve, size_t first, size_t end)
{
    double *columns[] = {curve->x, curve->mean, curve->low, curve->high};
    curve->count = end - first;
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        memmove(columns[i], columns[i] + first, curve->count * sizeof *columns[i]);
    memmove(curve->n, curve->n + first, curve->count * sizeof *curve->n);
}

void line_range_crop(struct curve *curve, const struct axis_range *range)
{
    size_t count = curve->count, first = 0, end = count;
    if (count == 0 || next_finite(curve, 0, true) == count)
        return;
    if (range->has_low) {
        while (first < count && !(curve->x[first] >= range->low))
            first++;
        size_t before = first > 0 ? next_finite(curve, first - 1, false) : count;
        first = before < count ? before : first;
    }
    if (range->has_high) {
        while (end > 0 && !(curve->x[end - 1] <= range->high))
            end--;
        size_t behind = next_finite(curve, end, true);
        end = behind < count ? behind + 1 : end;
    }
    if (first < end)
        keep(curve, first, end);
}

/* A place of a band, or of a line, 0 to 1 being the axes from end to end. */
struct place {
    double x, low, high;
};

static double place_on(struct axis axis, double value)
{
    /* What has no logarithm lies anywhere below. */
    return axis.logarithmic && value <= 0 ? -1 : axis_place(axis, value);
}

/* Whether X has a place on AXIS, inside or outside: gnuplot draws nothing to what has none. */
static bool has_place(struct axis axis, double x)
{
    return isfinite(x) && !(axis.logarithmic && x <= 0);
}

/* Narrows FROM and TO, two parts of a way, to those between which what goes from A to B on it lies
 * between LOW and HIGH. False where it is nowhere. */
static bool narrow_way(double *from, double *to, double a, double b, double low, double high)
{
    if (a == b)
        return a >= low && a <= high;
    double first = (low - a) / (b - a), second = (high - a) / (b - a);
    *from = fmax(*from, fmin(first, second));
    *to = fmin(*to, fmax(first, second));
    return *from <= *to;
}

/* Whether something of LINE is seen, as far as it is within the x axis; ANYWHERE on the y axis or
 * outside. */
static bool is_seen(const struct line_panel *panel, size_t line, bool anywhere)
{
    const struct curve *curve = &panel->curves[line];
    const double digits = 1e-9; /* see axis_holds */
    bool joins = false;
    struct place before = {0};
    for (size_t i = 0; i < curve->count; i++) {
        double mean = curve->mean[i];
        bool is_there = isfinite(mean) && has_place(panel->x, curve->x[i]);
        if (!is_there) {
            joins = false;
            continue;
        }
        double from = 0, to = 1, y = anywhere ? 0 : place_on(panel->y, mean);
        struct place place = {axis_place(panel->x, curve->x[i]), y, y};
        struct place start = joins ? before : place;
        if (narrow_way(&from, &to, start.x, place.x, -digits, 1 + digits) &&
            narrow_way(&from, &to, start.low, place.low, -digits, 1 + digits))
            return true;
        before = place;
        joins = true;
    }
    return false;
}

/* Says of which lines nothing is seen because of OPTION, x or y. */
static void note_lines(const struct line_panel *panel, const char *const *names, size_t count,
                       char option)
{
    struct text hidden = {0};
    for (size_t i = 0; i < count; i++) {
        bool within_x = is_seen(panel, i, true);
        if (!line_panel_shows(panel, i) || (option == 'x' ? within_x : !within_x) ||
            (option == 'y' && is_seen(panel, i, false)))
            continue;
        text_add(&hidden, hidden.length ? ", " : "");
        printable_add(&hidden, names[i]);
    }
    if (hidden.length)
        log_note("%s: the whole line lies outside --%c-range, of %s", panel->metric, option,
                 text_get(&hidden));
    text_release(&hidden);
}

void line_range_note(const struct line_panel *panel, const char *const *names, size_t count)
{
    static const char options[] = {'x', 'y'};
    const struct axis_range *const ranges[] = {&panel->x_range, &panel->y_range};
    for (int option = 0; option < 2; option++) {
        size_t points = 0;
        if (!axis_range_is_given(ranges[option]))
            continue;
        note_lines(panel, names, count, options[option]);
        for (size_t i = 0; i < panel->point_count; i++) {
            bool within_x = axis_holds(panel->x, panel->points[i].x);
            points +=
                option == 0 ? !within_x : within_x && !axis_holds(panel->y, panel->points[i].y);
        }
        if (points)
            log_note("%s: %zu reported figure%s outside --%c-range", panel->metric, points,
                     points == 1 ? " lies" : "s lie", options[option]);
    }
}

/* Whether CURVE's band is somewhere at I. */
static bool has_band(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    return line_panel_has_band(panel, curve, i) && has_place(panel->x, curve->x[i]);
}

static struct place band_place(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    return (struct place){axis_place(panel->x, curve->x[i]),
                          place_on(panel->y, axis_keep(panel->metric, curve->low[i])),
                          place_on(panel->y, axis_keep(panel->metric, curve->high[i]))};
}

/* Whether something of CURVE's band lies within the axes. */
static bool shows_band(const struct line_panel *panel, const struct curve *curve)
{
    for (size_t i = 0; i < curve->count; i++) {
        if (!has_band(panel, curve, i))
            continue;
        struct place place = band_place(panel, curve, i);
        bool joins = i > 0 && has_band(panel, curve, i - 1);
        struct place start = joins ? band_place(panel, curve, i - 1) : place;
        double from = 0, to = 1;
        if (narrow_way(&from, &to, start.x, place.x, 0, 1) &&
            narrow_way(&from, &to, start.low, place.low, -INFINITY, 1) &&
            narrow_way(&from, &to, start.high, place.high, 0, INFINITY))
            return true;
    }
    return false;
}

const struct curve *line_range_single_runs(const struct line_panel *panel, size_t line)
{
    const struct curve *curve = panel->single_runs ? &panel->single_runs[line] : NULL;
    return curve && shows_band(panel, curve) ? curve : NULL;
}

static void add_row(struct gnuplot *plot, const struct line_panel *panel, struct place place)
{
    const double row[] = {axis_value(panel->x, place.x),
                          axis_value(panel->y, fmin(fmax(place.low, 0), 1)),
                          axis_value(panel->y, fmin(fmax(place.high, 0), 1))};
    for (int i = 0; i < 3; i++) {
        gnuplot_add_number(&plot->data, row[i]);
        text_add_char(&plot->data, i < 2 ? ' ' : '\n');
    }
}

static struct place between(struct place from, struct place to, double part)
{
    return (struct place){from.x + part * (to.x - from.x), from.low + part * (to.low - from.low),
                          from.high + part * (to.high - from.high)};
}

/* Adds the places between FROM and TO at which an edge crosses an end of the axis. */
static void add_crossings(struct gnuplot *plot, const struct line_panel *panel, struct place from,
                          struct place to)
{
    enum { CROSSINGS = 4 };
    const double parts[CROSSINGS] = {
        -from.low / (to.low - from.low), (1 - from.low) / (to.low - from.low),
        -from.high / (to.high - from.high), (1 - from.high) / (to.high - from.high)};
    for (double done = 0;;) {
        double next = 1;
        for (int i = 0; i < CROSSINGS; i++)
            if (parts[i] > done && parts[i] < next)
                next = parts[i];
        if (next == 1)
            return;
        add_row(plot, panel, between(from, to, next));
        done = next;
    }
}

/* Adds what of the band between FROM and TO lies within the x axis; but FROM itself, where that is
 * within, has been added. */
static void add_stretch(struct gnuplot *plot, const struct line_panel *panel, struct place from,
                        struct place to)
{
    double first = 0, last = 1;
    if (!narrow_way(&first, &last, from.x, to.x, 0, 1) || last <= 0)
        return;
    struct place begin = first > 0 ? between(from, to, first) : from;
    struct place end = last < 1 ? between(from, to, last) : to;
    if (first > 0 && first < 1)
        add_row(plot, panel, begin);
    add_crossings(plot, panel, begin, end);
    add_row(plot, panel, end);
}

size_t line_range_add_band(struct gnuplot *plot, const struct line_panel *panel,
                           const struct curve *curve, const char *name)
{
    size_t block = gnuplot_begin_block(plot, name);
    bool joins = false;
    struct place before = {0};
    text_add(&plot->data, "# x, low and high end of the band within the axes\n");
    for (size_t i = 0; i < curve->count; i++) {
        if (!has_band(panel, curve, i)) {
            text_add(&plot->data, "NaN NaN NaN\n");
            joins = false;
            continue;
        }
        struct place place = band_place(panel, curve, i);
        if (joins)
            add_stretch(plot, panel, before, place);
        else if (place.x >= 0 && place.x <= 1)
            add_row(plot, panel, place);
        before = place;
        joins = true;
    }
    return block;
}

/* Whether CURVE's band is seen at I, and goes on outside the high or the low end of the axis. */
static bool goes_on(const struct line_panel *panel, const struct curve *curve, size_t i, bool high)
{
    if (!line_panel_has_band(panel, curve, i) || !axis_holds(panel->x, curve->x[i]))
        return false;
    double from = axis_keep(panel->metric, curve->low[i]);
    double to = axis_keep(panel->metric, curve->high[i]);
    return from <= panel->y.high && to >= panel->y.low &&
           (high ? to > panel->y.high : from < panel->y.low);
}

/* Behind the last point of the stretch from FIRST on at which CURVE goes on outside: a bar stands
 * for itself. FIRST where there is none. */
static size_t end_of_stretch(const struct line_panel *panel, const struct curve *curve,
                             size_t first, bool high)
{
    size_t end = first;
    if (line_data_is_bar(panel, curve, first))
        return goes_on(panel, curve, first, high) ? first + 1 : first;
    while (end < curve->count && goes_on(panel, curve, end, high))
        end++;
    return end;
}

void line_range_add_clips(struct gnuplot *plot, const struct line_panel *panel, size_t line,
                          double height)
{
    const struct curve *single = line_range_single_runs(panel, line);
    const struct curve *curve = single ? single : &panel->curves[line];
    const double apart = 0.03; /* of the x axis */
    for (int high = 0; high < 2; high++) {
        double before = -INFINITY;
        for (size_t first = 0, end; first < curve->count; first = end + (end == first)) {
            end = end_of_stretch(panel, curve, first, high);
            if (end == first)
                continue;
            double x = curve->x[(first + end - 1) / 2], place = axis_place(panel->x, x);
            if (place - before < apart && !line_data_is_bar(panel, curve, first))
                continue;
            plot_add_clip(plot, 'y', high, height, x, plot_colour(line));
            before = place;
        }
    }
}
