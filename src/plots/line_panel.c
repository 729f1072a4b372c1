#include "plots/line_panel.h"

#include "base/log.h"
#include "base/text.h"

#include <math.h>

bool line_panel_has_band(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    size_t n = curve->n[i];
    return n > 1 && isfinite(curve->mean[i]) && isfinite(curve->low[i]) &&
           isfinite(curve->high[i]) && (n == curve->most || (panel->apart && n > 2));
}

bool line_panel_is_thin(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    return !panel->apart && curve->n[i] > 0 && curve->n[i] < curve->most;
}

bool line_panel_shows(const struct line_panel *panel, size_t line)
{
    const struct curve *curve = &panel->curves[line];
    for (size_t i = 0; i < curve->count; i++)
        if (isfinite(curve->mean[i]))
            return true;
    return false;
}

bool line_panel_has_thin(const struct line_panel *panel, const struct curve *curve)
{
    for (size_t i = 0; i < curve->count; i++)
        if (line_panel_is_thin(panel, curve, i))
            return true;
    return false;
}

/* The lowest mean of CURVE behind its first quarter; of a curve with few points, all count. */
static double early_level(const struct curve *curve)
{
    enum { MANY_POINTS = 20 };
    double level = INFINITY;
    for (size_t i = curve->count < MANY_POINTS ? 0 : curve->count / 4; i < curve->count; i++)
        if (isfinite(curve->mean[i]))
            level = fmin(level, curve->mean[i]);
    return level;
}

struct extent {
    double low, high;           /* of the means */
    double band_low, band_high; /* of the bands, means included */
    double late_low;            /* of the means without the first quarter of each curve */
    double first_x, x;          /* lowest x above 0, and highest x */
    size_t points;
};

static void add_x(struct extent *extent, double x)
{
    extent->x = fmax(extent->x, x);
    if (x > 0)
        extent->first_x = fmin(extent->first_x, x);
}

/* The x axis; a logarithmic one where there is what it can show. */
static struct axis fit_x(const struct line_panel *panel, const struct extent *extent)
{
    if (panel->log_x && extent->x > 0)
        return axis_fit(extent->first_x, extent->x, true, INFINITY);
    return (struct axis){0, extent->x > 0 ? extent->x : 1, false};
}

/* Points belong to what must be seen; those of the first quarter to the climb. */
static void add_points(const struct line_panel *panel, struct extent *extent)
{
    for (size_t i = 0; i < panel->point_count; i++)
        add_x(extent, panel->points[i].x);
    for (size_t i = 0; i < panel->point_count; i++) {
        const struct line_point *point = &panel->points[i];
        extent->low = fmin(extent->low, point->y);
        extent->high = fmax(extent->high, point->y);
        extent->band_low = fmin(extent->band_low, point->y);
        extent->band_high = fmax(extent->band_high, point->y);
        if (point->x >= extent->x / 4)
            extent->late_low = fmin(extent->late_low, point->y);
    }
}

static struct extent measure(const struct line_panel *panel, size_t count)
{
    struct extent extent = {INFINITY, -INFINITY, INFINITY, -INFINITY, INFINITY, INFINITY, 0, 0};
    for (size_t i = 0; i < count; i++) {
        const struct curve *curve = &panel->curves[i];
        for (size_t j = 0; j < curve->count; j++) {
            if (isfinite(curve->x[j]))
                add_x(&extent, curve->x[j]);
            if (!isfinite(curve->mean[j]))
                continue;
            extent.low = fmin(extent.low, curve->mean[j]);
            extent.high = fmax(extent.high, curve->mean[j]);
            extent.band_low = fmin(extent.band_low, curve->mean[j]);
            extent.band_high = fmax(extent.band_high, curve->mean[j]);
            extent.points++;
            if (!line_panel_has_band(panel, curve, j))
                continue;
            extent.band_low = fmin(extent.band_low, axis_keep(panel->metric, curve->low[j]));
            extent.band_high = fmax(extent.band_high, axis_keep(panel->metric, curve->high[j]));
        }
        extent.late_low = fmin(extent.late_low, early_level(curve));
    }
    add_points(panel, &extent);
    return extent;
}

/* What lies outside the range that was asked for does not matter to the axis. */
static void narrow(struct extent *extent, const struct y_range *range)
{
    double high = extent->high;
    y_range_narrow(range, &extent->late_low, &high);
    y_range_narrow(range, &extent->low, &extent->high);
    y_range_narrow(range, &extent->band_low, &extent->band_high);
}

/* An axis that shows the means, and of the bands what does not dwarf them: with two seeds a band is
 * often many times as wide as all curves together. An accuracy's climb from chance is left below
 * the axis where it would take most of the room, which it does not over a logarithmic x. A gap's
 * axis has its zero. */
static void fit_axes(struct line_panel *panel, const struct extent *extent)
{
    bool percent = axis_is_share(panel->metric), gap = text_starts_with(panel->metric, "gap.");
    double low = gap ? fmin(extent->low, 0) : extent->low;
    double high = gap ? fmax(extent->high, 0) : extent->high;
    panel->x = fit_x(panel, extent);
    if (percent && !panel->apart && !panel->log_x && !panel->y_range.has_low &&
        extent->late_low <= high && high - extent->late_low < 0.4 * (high - low))
        low = extent->late_low;
    if (!percent && low > 0 && high / low > 10) {
        double room = sqrt(sqrt(high / low));
        panel->y = axis_fit(fmax(low / room, extent->band_low > 0 ? extent->band_low : 0),
                            fmin(high * room, extent->band_high), true, INFINITY);
        return;
    }
    if (text_equal(panel->metric, "train.rate")) {
        panel->y = (struct axis){0, high > 0 ? 1.05 * high : 1, false};
        return;
    }
    double room = (high - low) / 2, most = percent ? 100 : INFINITY;
    panel->y = axis_fit(fmax(low - room, fmin(low, extent->band_low)),
                        fmin(fmin(high + room, extent->band_high), most), false, most);
    if (percent && panel->y.low < 0)
        panel->y.low = 0;
    if (low > extent->low) {
        panel->cut = round(panel->y.low);
        log_note("%s: the axis begins at %.1f %%; the climb from %.1f %% lies below it",
                 panel->metric, panel->y.low, extent->low);
    }
}

bool line_panel_fit(struct line_panel *panel, size_t count)
{
    struct extent extent = measure(panel, count);
    if (extent.points == 0) {
        bool share = axis_is_share(panel->metric);
        panel->x = fit_x(panel, &extent);
        panel->y = (struct axis){0, share ? 100 : 1, false};
        return false;
    }
    narrow(&extent, &panel->y_range);
    fit_axes(panel, &extent);
    return true;
}

int line_panel_limit(struct line_panel *panel, size_t count, struct error *error)
{
    const struct y_range *range = &panel->y_range;
    bool hides = range->has_low && measure(panel, count).low < range->low;
    if (axis_is_share(panel->metric) && hides)
        panel->cut = range->low;
    return y_range_apply(range, &panel->y, panel->metric, error);
}
