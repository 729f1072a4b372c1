#include "plots/line_range.h"

#include "base/log.h"
#include "base/printable.h"
#include "plots/plot_parts.h"

#include <math.h>

/* Whether something of LINE is seen: a point, or a stretch that crosses the whole axis. */
static bool is_seen(const struct line_panel *panel, size_t line)
{
    const struct curve *curve = &panel->curves[line];
    int before = 0; /* the side of the point in front: -1 below, 1 above, 0: none */
    for (size_t i = 0; i < curve->count; i++) {
        double mean = curve->mean[i];
        if (!isfinite(mean) || !axis_holds(panel->x, curve->x[i])) {
            before = 0;
            continue;
        }
        int side = axis_holds(panel->y, mean) ? 0 : mean < panel->y.low ? -1 : 1;
        if (side == 0 || side == -before)
            return true;
        before = side;
    }
    return false;
}

void line_range_note(const struct line_panel *panel, const char *const *names, size_t count)
{
    struct text hidden = {0};
    size_t points = 0;
    for (size_t i = 0; i < count; i++)
        if (line_panel_shows(panel, i) && !is_seen(panel, i)) {
            text_add(&hidden, hidden.length ? ", " : "");
            printable_add(&hidden, names[i]);
        }
    if (hidden.length)
        log_note("%s: the whole line lies outside --y-range, of %s", panel->metric,
                 text_get(&hidden));
    text_release(&hidden);
    for (size_t i = 0; i < panel->point_count; i++)
        points += !axis_holds(panel->y, panel->points[i].y);
    if (points)
        log_note("%s: %zu reported figure%s outside --y-range", panel->metric, points,
                 points == 1 ? " lies" : "s lie");
}

/* A place of a band, 0 to 1 being the axes from end to end. */
struct place {
    double x, low, high;
};

static double place_on(struct axis axis, double value)
{
    /* What has no logarithm lies anywhere below. */
    return axis.logarithmic && value <= 0 ? -1 : axis_place(axis, value);
}

static double value_at(struct axis axis, double place)
{
    if (axis.logarithmic)
        return axis.low * pow(axis.high / axis.low, place);
    return axis.low + place * (axis.high - axis.low);
}

static void add_row(struct gnuplot *plot, const struct line_panel *panel, struct place place)
{
    const double row[] = {value_at(panel->x, place.x),
                          value_at(panel->y, fmin(fmax(place.low, 0), 1)),
                          value_at(panel->y, fmin(fmax(place.high, 0), 1))};
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

size_t line_range_add_band(struct gnuplot *plot, const struct line_panel *panel,
                           const struct curve *curve, const char *name)
{
    size_t block = gnuplot_begin_block(plot, name);
    bool joins = false;
    struct place before = {0};
    text_add(&plot->data, "# x, low and high end of the band within the axes\n");
    for (size_t i = 0; i < curve->count; i++) {
        if (!line_panel_has_band(panel, curve, i) || !axis_holds(panel->x, curve->x[i])) {
            text_add(&plot->data, "NaN NaN NaN\n");
            joins = false;
            continue;
        }
        struct place place = {axis_place(panel->x, curve->x[i]),
                              place_on(panel->y, axis_keep(panel->metric, curve->low[i])),
                              place_on(panel->y, axis_keep(panel->metric, curve->high[i]))};
        if (joins)
            add_crossings(plot, panel, before, place);
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

void line_range_add_clips(struct gnuplot *plot, const struct line_panel *panel, size_t line,
                          double height)
{
    const struct curve *curve = &panel->curves[line];
    const double apart = 0.03; /* of the x axis */
    for (int high = 0; high < 2; high++) {
        double before = -INFINITY;
        for (size_t first = 0, end; first < curve->count; first = end + 1) {
            for (end = first; end < curve->count && goes_on(panel, curve, end, high);)
                end++;
            if (end == first)
                continue;
            double x = curve->x[(first + end - 1) / 2], place = axis_place(panel->x, x);
            if (place - before < apart)
                continue;
            plot_add_clip(plot, 'y', high, height, x, plot_colour(line));
            before = place;
        }
    }
}
