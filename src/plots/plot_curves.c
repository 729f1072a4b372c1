#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "compare/curves.h"
#include "compare/statistics.h"
#include "plots/plot_parts.h"

#include <math.h>

enum {
    POINTS = 2000,      /* of a curve; more cannot be told apart on paper */
    SYMBOLS = 8,        /* along a curve */
    NAME_LIMIT = 40,    /* columns of a name in the legend */
    BESIDE_NAMES = 12,  /* as many entries stand at the right of the plot, */
    BESIDE_COLUMNS = 22 /* with names as long as this; otherwise below it */
};

/* A metric's curves, one per group; those without points are empty. */
struct panel {
    const char *metric;
    struct curve *curves;
    struct axis x, y;
};

/* Where all is, in centimetres (characters for ascii). */
struct page {
    double width, height, panel_height, gap, bottom;
    double right; /* margin, the legend's when it stands there */
    bool legend_below;
    size_t legend_rows;
};

static const double *x_of(const struct metrics *metrics, enum plot_x x, double *steps)
{
    if (x == PLOT_EPOCHS)
        return metrics->epochs;
    if (x == PLOT_SECONDS)
        return metrics->seconds;
    for (size_t i = 0; i < metrics->count; i++)
        steps[i] = (double)metrics->steps[i];
    return steps;
}

static void scale_curve(struct curve *curve, double scale)
{
    for (size_t i = 0; i < curve->count; i++) {
        curve->mean[i] *= scale;
        curve->low[i] *= scale;
        curve->high[i] *= scale;
    }
}

/* Joins METRIC of GROUP's runs. */
static int load_curve(struct curve *curve, struct store *store, const struct group *group,
                      const char *metric, enum plot_x x, struct error *error)
{
    size_t count = group->run_count, loaded = 0;
    struct metrics *metrics = memory_array(count, sizeof *metrics);
    struct series *series = memory_array(count, sizeof *series);
    double **steps = memory_array(count, sizeof *steps);
    unsigned times = x == PLOT_EPOCHS ? METRICS_EPOCHS : x == PLOT_SECONDS ? METRICS_SECONDS : 0;
    int result = 0;
    for (; loaded < count && result == 0; loaded++) {
        struct metrics *of_run = &metrics[loaded];
        result =
            store_metrics_load_by(store, group->runs[loaded].run.id, metric, times, of_run, error);
        steps[loaded] = memory_array(of_run->count, sizeof **steps);
        series[loaded] = (struct series){of_run->count, of_run->steps,
                                         x_of(of_run, x, steps[loaded]), of_run->values};
    }
    if (result == 0) {
        curve_join(curve, series, count);
        curve_thin(curve, POINTS);
        scale_curve(curve, axis_scale(metric));
    }
    for (size_t i = 0; i < loaded; i++) {
        metrics_release(&metrics[i]);
        memory_free(steps[i]);
    }
    memory_free(metrics);
    memory_free(series);
    memory_free(steps);
    return result;
}

static int nothing_measured(struct store *store, const struct groups *groups, const char *metric,
                            struct error *error)
{
    struct text known = {0};
    for (size_t i = 0; i < groups->count && known.length == 0; i++) {
        char **names = NULL;
        size_t count = 0;
        if (groups->items[i].run_count == 0 ||
            store_series_list(store, groups->items[i].runs[0].run.id, &names, &count, NULL) != 0)
            continue;
        for (size_t j = 0; j < count; j++)
            text_add_format(&known, "%s%s", known.length ? ", " : "", names[j]);
        store_series_free(names, count);
    }
    if (known.length)
        error_set(error, ERROR_NOT_FOUND, "%s: no run has measured it (there is %s)", metric,
                  text_get(&known));
    else
        error_set(error, ERROR_NOT_FOUND, "%s: no run has measured anything yet", metric);
    text_release(&known);
    return -1;
}

/* The lowest mean of CURVE behind its first quarter. */
static double early_level(const struct curve *curve)
{
    double level = INFINITY;
    for (size_t i = curve->count / 4; i < curve->count; i++)
        if (isfinite(curve->mean[i]))
            level = fmin(level, curve->mean[i]);
    return level;
}

struct extent {
    double low, high;           /* of the means */
    double band_low, band_high; /* of the bands, means included */
    double late_low;            /* of the means without the first quarter of each curve */
    double x;                   /* highest x */
    size_t points;
};

static struct extent measure(const struct panel *panel, size_t count)
{
    struct extent extent = {INFINITY, -INFINITY, INFINITY, -INFINITY, INFINITY, 0, 0};
    for (size_t i = 0; i < count; i++) {
        const struct curve *curve = &panel->curves[i];
        for (size_t j = 0; j < curve->count; j++) {
            if (isfinite(curve->x[j]))
                extent.x = fmax(extent.x, curve->x[j]);
            if (!isfinite(curve->mean[j]))
                continue;
            extent.low = fmin(extent.low, curve->mean[j]);
            extent.high = fmax(extent.high, curve->mean[j]);
            extent.band_low = fmin(extent.band_low, fmin(curve->low[j], curve->mean[j]));
            extent.band_high = fmax(extent.band_high, fmax(curve->high[j], curve->mean[j]));
            extent.points++;
        }
        extent.late_low = fmin(extent.late_low, early_level(curve));
    }
    return extent;
}

/* An axis that shows the means, and of the bands what does not dwarf them: with two seeds a band is
 * often many times as wide as all curves together. An accuracy's climb from chance is left below
 * the axis where it would take most of the room. */
static void fit_axes(struct panel *panel, const struct extent *extent)
{
    bool percent = axis_scale(panel->metric) == 100;
    double low = extent->low, high = extent->high;
    panel->x = (struct axis){0, extent->x > 0 ? extent->x : 1, false};
    if (percent && high - extent->late_low < 0.4 * (high - low))
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
    if (low > extent->low)
        log_note("%s: the axis begins at %.1f %%; the climb from %.1f %% lies below it",
                 panel->metric, panel->y.low, extent->low);
}

static int load_panel(struct panel *panel, struct store *store, const struct groups *groups,
                      enum plot_x x, struct error *error)
{
    panel->curves = memory_array(groups->count, sizeof *panel->curves);
    for (size_t i = 0; i < groups->count; i++) {
        /* Writers may come in between two groups. */
        if (store_begin_reading(store, error) != 0 ||
            store_end_reading(
                store,
                load_curve(&panel->curves[i], store, &groups->items[i], panel->metric, x, error),
                error) != 0)
            return -1;
    }
    struct extent extent = measure(panel, groups->count);
    if (extent.points == 0)
        return nothing_measured(store, groups, panel->metric, error);
    fit_axes(panel, &extent);
    return 0;
}

static bool has_band(const struct curve *curve)
{
    bool has_interval, has_range;
    curve_band(curve, &has_interval, &has_range);
    return has_interval || has_range;
}

/* What the bands of a panel are, or NULL where it has none. */
static const char *band_meaning(const struct panel *panel, size_t count)
{
    bool any_interval = false, any_range = false;
    for (size_t i = 0; i < count; i++) {
        bool has_interval, has_range;
        curve_band(&panel->curves[i], &has_interval, &has_range);
        any_interval |= has_interval;
        any_range |= has_range;
    }
    if (any_interval)
        return any_range ? "95 %, or two seeds" : "95 % interval";
    return any_range ? "both seeds" : NULL;
}

static struct page lay_out(const struct gnuplot *plot, const struct groups *groups,
                           const struct panel *first, size_t panels, int columns)
{
    double many = (double)panels;
    if (plot->format == PICTURE_ASCII)
        return (struct page){.width = columns, .height = 24 * many};
    const char *band = band_meaning(first, groups->count);
    size_t longest = plot_longest_name(groups, NAME_LIMIT), entries = groups->count + 1;
    if (band && printable_width(band) > longest)
        longest = printable_width(band);
    struct page page = {.width = PLOT_WIDTH,
                        .panel_height = panels > 1 ? 5.5 : 8.2,
                        .gap = 1.0,
                        .bottom = 1.4,
                        .right = 0.8};
    double entry = 1.9 + PLOT_CHARACTER * (double)longest;
    page.legend_below = groups->count > BESIDE_NAMES || longest > BESIDE_COLUMNS;
    if (page.legend_below) {
        size_t columns_beside = (size_t)fmax(1, floor(page.width / entry));
        page.legend_rows = (entries + columns_beside - 1) / columns_beside;
        page.bottom += PLOT_LINE * (double)page.legend_rows + 0.2;
    } else {
        page.right = entry;
    }
    page.height = 0.4 + many * page.panel_height + (many - 1) * page.gap + page.bottom;
    return page;
}

static void add_curve_data(struct gnuplot *plot, const struct curve *curve, const char *name)
{
    gnuplot_begin_block(plot, name);
    text_add(&plot->data, "# x mean low high n\n");
    for (size_t i = 0; i < curve->count; i++) {
        const double columns[] = {curve->x[i], curve->mean[i], curve->low[i], curve->high[i]};
        for (int column = 0; column < 4; column++) {
            gnuplot_add_number(&plot->data, columns[column]);
            text_add_char(&plot->data, ' ');
        }
        text_add_format(&plot->data, "%zu\n", curve->n[i]);
    }
    if (curve->count == 0)
        text_add(&plot->data, "NaN NaN NaN NaN 0\n");
}

/* Colour, dash and symbol repeat after 7, 5 and 9 curves, together after 315. Yellow, the palette's
 * fifth, is too pale for a line on white. */
enum { COLOURS = 7, DASHES = 5, SHAPES = 9 };
static const int colours[COLOURS] = {6, 7, 4, 1, 8, 2, 3};
static const int shapes[SHAPES] = {7, 5, 9, 11, 13, 6, 4, 8, 10};

static void add_style(struct gnuplot *plot, size_t i, size_t points)
{
    if (plot->format == PICTURE_ASCII) {
        text_add_format(&plot->script, " with lines linetype %zu", i + 1);
        return;
    }
    text_add_format(&plot->script,
                    " with linespoints linecolor %d dashtype %zu pointtype %d pointinterval %zu",
                    colours[i % COLOURS], i % DASHES + 1, shapes[i % SHAPES], points / SYMBOLS + 1);
}

static void add_band(struct gnuplot *plot, const struct panel *panel, size_t block, size_t i,
                     bool many)
{
    gnuplot_add_source(plot, block);
    /* The ends are kept on the axis: gnuplot would draw nothing at a value below a logarithm. */
    text_add_format(&plot->script,
                    " using 1:($3 < %.9g ? %.9g : $3):($4 > %.9g ? %.9g : $4) with filledcurves "
                    "fillstyle transparent solid %g noborder linecolor %d notitle, \\\n    ",
                    panel->y.low, panel->y.low, panel->y.high, panel->y.high, many ? 0.07 : 0.15,
                    colours[i % COLOURS]);
}

/* FIRST is the data block of the panel's first curve. */
static void add_plot(struct gnuplot *plot, const struct panel *panel, const struct groups *groups,
                     size_t first, bool legend)
{
    text_add(&plot->script, "plot ");
    for (size_t i = 0; i < groups->count && plot->format != PICTURE_ASCII; i++)
        if (has_band(&panel->curves[i]))
            add_band(plot, panel, first + i, i, groups->count > BESIDE_NAMES);
    for (size_t i = 0; i < groups->count; i++) {
        gnuplot_add_source(plot, first + i);
        text_add(&plot->script, " using 1:2");
        add_style(plot, i, panel->curves[i].count);
        if (legend) {
            struct text name = {0};
            printable_add_cut(&name, groups->items[i].name, NAME_LIMIT);
            text_add(&plot->script, " title ");
            gnuplot_add_text(&plot->script, text_get(&name));
            text_release(&name);
        } else {
            text_add(&plot->script, " notitle");
        }
        text_add(&plot->script, i + 1 < groups->count ? ", \\\n    " : "");
    }
    const char *meaning = band_meaning(panel, groups->count);
    if (legend && meaning && plot->format != PICTURE_ASCII)
        text_add_format(&plot->script,
                        ", \\\n    NaN with filledcurves fillstyle transparent solid 0.3 noborder "
                        "linecolor rgb '#555555' title '%s'",
                        meaning);
    text_add(&plot->script, "\n");
}

static void add_legend(struct gnuplot *plot, const struct page *page)
{
    if (plot->format == PICTURE_ASCII)
        text_add(&plot->script, "set key outside below left Left reverse\n");
    else if (page->legend_below)
        text_add_format(&plot->script,
                        "set key at screen 0.5, screen %.4f center bottom vertical "
                        "maxrows %zu Left reverse samplen 3 noautotitle\n",
                        0.15 / page->height, page->legend_rows);
    else
        text_add_format(&plot->script,
                        "set key at screen %.4f, screen %.4f left top vertical Left reverse "
                        "samplen 3 noautotitle\n",
                        1 - (page->right - 0.2) / page->width, 1 - 0.35 / page->height);
}

static void add_panel(struct gnuplot *plot, const struct panel *panel, const struct groups *groups,
                      const struct page *page, size_t index, size_t count)
{
    size_t first = plot->blocks;
    for (size_t i = 0; i < groups->count; i++)
        add_curve_data(plot, &panel->curves[i], groups->items[i].name);
    if (plot->format != PICTURE_ASCII) {
        double above = 0.4 + (double)index * (page->panel_height + page->gap);
        /* Accuracies have short tick labels; losses and rates may have six digits. */
        double left = axis_scale(panel->metric) == 100 && count == 1 ? 1.9 : 2.5;
        struct plot_margins margins = {left, page->right, above,
                                       page->height - above - page->panel_height};
        plot_add_margins(plot, page->width, page->height, margins);
    }
    /* Characters do not turn. */
    plot_add_label(plot, plot->format == PICTURE_ASCII ? "title" : "ylabel", panel->metric);
    plot_add_axis(plot, 'x', panel->x, page->right > 4 ? 5 : 7);
    plot_add_axis(plot, 'y', panel->y, 7);
    /* One legend for all panels: at the first when beside, at the last when below. */
    bool legend = index == (page->legend_below ? count - 1 : 0) || plot->format == PICTURE_ASCII;
    add_plot(plot, panel, groups, first, legend);
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    size_t count = request->metric_count;
    struct panel *panels = memory_array(count, sizeof *panels);
    int result = 0;
    for (size_t i = 0; i < count && result == 0; i++) {
        panels[i].metric = request->metrics[i];
        result = load_panel(&panels[i], store, groups, request->x, error);
    }
    if (result == 0) {
        struct page page = lay_out(plot, groups, panels, count, request->columns);
        gnuplot_begin(plot, page.width, page.height);
        add_legend(plot, &page);
        if (count > 1)
            plot_add_multiplot(plot, count);
        for (size_t i = 0; i < count; i++) {
            if (i == count - 1 || plot->format == PICTURE_ASCII)
                plot_add_label(plot, "xlabel", plot_x_names[request->x]);
            add_panel(plot, &panels[i], groups, &page, i, count);
        }
        text_add(&plot->script, count > 1 ? "unset multiplot\n" : "");
        result = gnuplot_draw(plot, error);
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t j = 0; panels[i].curves && j < groups->count; j++)
            curve_release(&panels[i].curves[j]);
        memory_free(panels[i].curves);
    }
    memory_free(panels);
    return result;
}

static int draw_rate(struct gnuplot *plot, struct store *store, const struct groups *groups,
                     const struct plot_request *request, struct error *error)
{
    static const char *const rate = "train.rate";
    struct plot_request complete = *request;
    complete.metrics = &rate;
    complete.metric_count = 1;
    return draw(plot, store, groups, &complete, error);
}

const struct plot_type plot_curves = {.options = PLOT_TAKES_METRICS | PLOT_TAKES_X, .draw = draw};
const struct plot_type plot_rate = {.options = PLOT_TAKES_X, .draw = draw_rate};
