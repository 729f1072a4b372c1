#include "plots/line_panel.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/metric_rules.h"

#include <math.h>

bool line_panel_has_band(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    size_t n = curve->n[i];
    return n > 1 && isfinite(curve->mean[i]) && isfinite(curve->low[i]) &&
           isfinite(curve->high[i]) && (n == curve->most || (panel->apart && n > 2));
}

bool line_panel_is_thin(const struct curve *curve, size_t i)
{
    return curve->n[i] > 0 && curve->n[i] < curve->most && isfinite(curve->mean[i]);
}

bool line_panel_shows(const struct line_panel *panel, size_t line)
{
    const struct curve *curve = &panel->curves[line];
    for (size_t i = 0; i < curve->count; i++)
        if (isfinite(curve->mean[i]))
            return true;
    return false;
}

bool line_panel_has_thin(const struct curve *curve)
{
    for (size_t i = 0; i < curve->count; i++)
        if (line_panel_is_thin(curve, i))
            return true;
    return false;
}

bool line_panel_is_ranged(const struct line_panel *panel)
{
    return axis_range_is_given(&panel->x_range) || axis_range_is_given(&panel->y_range);
}

static bool has_points(const struct line_panel *panel, size_t line)
{
    for (size_t i = 0; i < panel->point_count; i++)
        if (panel->points[i].line == line)
            return true;
    return false;
}

void line_panel_find_single_runs(struct line_panel *panel, size_t count)
{
    if (panel->point_count == 0)
        return;
    panel->single_runs = memory_array(count, sizeof *panel->single_runs);
    for (size_t i = 0; i < count; i++)
        if (has_points(panel, i))
            curve_of_single_runs(&panel->single_runs[i], &panel->curves[i]);
}

/* The value on the way from I - 1 to I where X is AT. */
static double value_at(struct axis x, const struct curve *curve, const double *values, size_t i,
                       double at, bool logarithmic)
{
    double from = axis_place(x, curve->x[i - 1]), to = axis_place(x, curve->x[i]);
    double part = (axis_place(x, at) - from) / (to - from);
    if (!(part > 0 && part < 1)) /* also where a place has no logarithm */
        return NAN;
    if (logarithmic)
        return values[i - 1] * pow(values[i] / values[i - 1], part);
    return values[i - 1] + part * (values[i] - values[i - 1]);
}

static void widen(double *low, double *high, double value)
{
    if (!isfinite(value))
        return;
    *low = fmin(*low, value);
    *high = fmax(*high, value);
}

void line_panel_widen(double *low, double *high, struct axis x, const struct curve *curve,
                      const double *values, size_t i, bool logarithmic)
{
    if (axis_holds(x, curve->x[i]))
        widen(low, high, values[i]);
    for (int end = 0; end < 2 && i > 0; end++)
        widen(low, high, value_at(x, curve, values, i, end ? x.high : x.low, logarithmic));
}

/* What must be seen on the y axis. */
struct extent {
    double low, high;           /* of the means */
    double band_low, band_high; /* of the bands, means included */
    double late_low; /* of the means without the first quarter of each curve, of points */
    double point_low, point_high; /* of the points */
    size_t points;                /* that are finite, also outside the x axis */
};

/* Of a curve with few points, none are the first quarter. */
static void add_curve(struct extent *extent, const struct line_panel *panel,
                      const struct curve *curve)
{
    enum { MANY_POINTS = 20 };
    size_t late = curve->count < MANY_POINTS ? 0 : curve->count / 4;
    double late_high = -INFINITY, low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < curve->count; i++) {
        extent->points += isfinite(curve->mean[i]);
        line_panel_widen(&extent->low, &extent->high, panel->x, curve, curve->mean, i, false);
        if (i >= late)
            line_panel_widen(&extent->late_low, &late_high, panel->x, curve, curve->mean, i, false);
        if (!line_panel_has_band(panel, curve, i))
            continue;
        line_panel_widen(&low, &high, panel->x, curve, curve->low, i, false);
        line_panel_widen(&low, &high, panel->x, curve, curve->high, i, false);
    }
    if (low <= high) {
        widen(&extent->band_low, &extent->band_high, axis_keep(panel->metric, low));
        widen(&extent->band_low, &extent->band_high, axis_keep(panel->metric, high));
    }
}

static struct extent measure(const struct line_panel *panel, size_t count)
{
    struct extent extent = {INFINITY, -INFINITY, INFINITY,  -INFINITY,
                            INFINITY, INFINITY,  -INFINITY, 0};
    for (size_t i = 0; i < count; i++)
        add_curve(&extent, panel, &panel->curves[i]);
    for (size_t i = 0; i < panel->point_count; i++) {
        if (!axis_holds(panel->x, panel->points[i].x))
            continue;
        const struct line_point *point = &panel->points[i];
        widen(&extent.point_low, &extent.point_high, point->y);
        widen(&extent.band_low, &extent.band_high, point->y - point->within);
        widen(&extent.band_low, &extent.band_high, point->y + point->within);
    }
    widen(&extent.low, &extent.high, extent.point_low);
    widen(&extent.low, &extent.high, extent.point_high);
    extent.late_low = fmin(extent.late_low, extent.point_low);
    extent.band_low = fmin(extent.band_low, extent.low);
    extent.band_high = fmax(extent.band_high, extent.high);
    return extent;
}

static void add_x(double *first, double *last, double x)
{
    if (!isfinite(x))
        return;
    *last = fmax(*last, x);
    if (x > 0)
        *first = fmin(*first, x);
}

int line_panel_fit_x(struct line_panel *panel, size_t count, const char *what, struct error *error)
{
    double first = INFINITY, last = 0;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < panel->curves[i].count; j++)
            add_x(&first, &last, panel->curves[i].x[j]);
    for (size_t i = 0; i < panel->point_count; i++)
        add_x(&first, &last, panel->points[i].x);
    panel->x = (struct axis){0, last > 0 ? last : 1, false};
    if (panel->log_x && last > 0) {
        axis_range_narrow(&panel->x_range, &first, &last);
        panel->x = axis_fit(first, last, true, INFINITY);
    }
    return axis_range_apply(&panel->x_range, 'x', &panel->x, what, error);
}

/* What lies outside the range that was asked for does not matter to the axis. */
static void narrow(struct extent *extent, const struct axis_range *range)
{
    double high = extent->high;
    axis_range_narrow(range, &extent->late_low, &high);
    axis_range_narrow(range, &extent->low, &extent->high);
    axis_range_narrow(range, &extent->band_low, &extent->band_high);
}

/* Whether an accuracy's climb from chance is left below the axis, where it would take most of the
 * room; which it does not over a logarithmic x, nor from where the user said that x begins. */
static bool cuts_climb(const struct line_panel *panel, const struct extent *extent)
{
    if (!metric_is_share(panel->metric) || panel->apart || panel->log_x || panel->x_range.has_low ||
        panel->y_range.has_low || extent->late_low > extent->high)
        return false;
    return extent->high - extent->late_low < 0.4 * (extent->high - extent->low);
}

/* Begins the axis at a round number, and says so. */
static void cut_climb(struct line_panel *panel, const struct extent *extent)
{
    panel->y = axis_begin_round(panel->y, LINE_PANEL_TICKS);
    panel->cut = panel->y.low;
    log_note("%s: the axis begins at %.6g %%; the climb from %.1f %% lies below it", panel->metric,
             panel->y.low, extent->low);
}

/* Whether all bars find room beside the means, which lie from LOW to HIGH and keep half of the
 * axis; a single mean needs none. */
static bool has_room_for_bars(const struct line_panel *panel, const struct extent *extent,
                              double low, double high, bool logarithmic)
{
    double from = extent->band_low, to = extent->band_high;
    if (!panel->apart || (logarithmic && from <= 0))
        return false;
    return low == high ||
           (logarithmic ? log(to / from) <= 2 * log(high / low) : to - from <= 2 * (high - low));
}

/* An axis that shows the means, and of the bands what does not dwarf them: with two seeds a band is
 * often many times as wide as all curves together. A gap's axis has its zero. */
static void fit_y(struct line_panel *panel, const struct extent *extent)
{
    bool percent = metric_is_share(panel->metric), gap = text_starts_with(panel->metric, "gap.");
    bool cuts = cuts_climb(panel, extent);
    double low = gap ? fmin(extent->low, 0) : cuts ? extent->late_low : extent->low;
    double high = gap ? fmax(extent->high, 0) : extent->high;
    bool logarithmic = !percent && low > 0 && high / low > 10;
    bool all = has_room_for_bars(panel, extent, low, high, logarithmic);
    if (logarithmic) {
        double room = all ? INFINITY : sqrt(sqrt(high / low));
        panel->y = axis_fit(fmax(low / room, extent->band_low > 0 ? extent->band_low : 0),
                            fmin(high * room, extent->band_high), true, INFINITY);
        return;
    }
    if (text_equal(panel->metric, "train.rate")) {
        panel->y = (struct axis){0, high > 0 ? 1.05 * high : 1, false};
        return;
    }
    /* Shares end at 0 and 100 %, but for what somebody reported. */
    double least = percent ? fmin(0, extent->point_low) : -INFINITY;
    double room = all ? INFINITY : (high - low) / 2,
           most = percent ? fmax(100, extent->point_high) : INFINITY;
    panel->y = axis_fit(fmax(low - room, fmin(low, extent->band_low)),
                        fmin(fmin(high + room, extent->band_high), most), false, most);
    panel->y.low = fmax(panel->y.low, least);
    if (cuts)
        cut_climb(panel, extent);
}

bool line_panel_fit(struct line_panel *panel, size_t count)
{
    struct extent extent = measure(panel, count);
    panel->y = (struct axis){0, metric_is_share(panel->metric) ? 100 : 1, false};
    if (extent.low <= extent.high) {
        narrow(&extent, &panel->y_range);
        fit_y(panel, &extent);
    }
    return extent.points > 0;
}

int line_panel_limit(struct line_panel *panel, size_t count, struct error *error)
{
    const struct axis_range *range = &panel->y_range;
    bool hides = range->has_low && measure(panel, count).low < range->low;
    if (metric_is_share(panel->metric) && hides)
        panel->cut = range->low;
    return axis_range_apply(range, 'y', &panel->y, panel->metric, error);
}
