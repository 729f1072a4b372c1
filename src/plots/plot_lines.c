#include "plots/plot_lines.h"

#include "base/log.h"
#include "base/memory.h"
#include "plots/legend.h"
#include "plots/letters.h"
#include "plots/plot_parts.h"

#include <math.h>

/* Where all is, in centimetres (characters for ascii). */
struct page {
    double width, height, panel_height, gap, bottom;
    struct legend legend;
};

void line_plot_init(struct line_plot *lines, const struct names *names, size_t panels)
{
    *lines = (struct line_plot){
        .names = (const char *const *)names->items,
        .count = names->count,
        .panels = memory_array(panels, sizeof *lines->panels),
        .panel_count = panels,
    };
    for (size_t i = 0; i < panels; i++)
        lines->panels[i].curves = memory_array(names->count, sizeof *lines->panels[i].curves);
}

void line_plot_release(struct line_plot *lines)
{
    for (size_t i = 0; i < lines->panel_count; i++) {
        for (size_t j = 0; j < lines->count; j++)
            curve_release(&lines->panels[i].curves[j]);
        memory_free(lines->panels[i].curves);
    }
    memory_free(lines->panels);
    *lines = (struct line_plot){0};
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

static struct extent measure(const struct line_panel *panel, size_t count)
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
 * the axis where it would take most of the room. A gap's axis has its zero. */
static void fit_axes(struct line_panel *panel, const struct extent *extent)
{
    bool percent = axis_is_share(panel->metric), gap = text_starts_with(panel->metric, "gap.");
    double low = gap ? fmin(extent->low, 0) : extent->low;
    double high = gap ? fmax(extent->high, 0) : extent->high;
    panel->x = (struct axis){0, extent->x > 0 ? extent->x : 1, false};
    if (percent && !panel->whole && high - extent->late_low < 0.4 * (high - low))
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

bool line_panel_fit(struct line_panel *panel, size_t count)
{
    struct extent extent = measure(panel, count);
    if (extent.points == 0) {
        bool share = axis_is_share(panel->metric);
        panel->x = (struct axis){0, extent.x > 0 ? extent.x : 1, false};
        panel->y = (struct axis){0, share ? 100 : 1, false};
        return false;
    }
    fit_axes(panel, &extent);
    return true;
}

static bool has_band(const struct curve *curve)
{
    bool has_interval, has_range;
    curve_band(curve, &has_interval, &has_range);
    return has_interval || has_range;
}

/* What the bands of a panel are, or NULL where it has none. */
static const char *band_meaning(const struct line_panel *panel, size_t count)
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

static struct page lay_out(const struct gnuplot *plot, const struct line_plot *lines, int columns)
{
    double many = (double)lines->panel_count;
    if (plot->format == PICTURE_ASCII)
        return (struct page){.width = columns,
                             .height = plot_rows(lines->names, lines->count, columns) * many};
    const char *band = band_meaning(&lines->panels[0], lines->count);
    double widest = plot_widest_of(lines->names, lines->count, plot_legend_room);
    widest = fmax(widest, band ? letters_width(band) : 0);
    struct page page = {.width = PLOT_WIDTH,
                        .panel_height = lines->panel_count > 1 ? 5.5 : 8.2,
                        .gap = 1.0,
                        .legend = legend_place(lines->count + 1, widest)};
    page.bottom = 1.4 + lines->tick_room + page.legend.below_room;
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

static void add_band(struct gnuplot *plot, const struct line_panel *panel, size_t block, size_t i,
                     size_t lines)
{
    gnuplot_add_source(plot, block);
    /* The ends are kept on the axis: gnuplot would draw nothing at a value below a logarithm. */
    text_add_format(&plot->script, " using 1:($3 < %.9g ? %.9g : $3):($4 > %.9g ? %.9g : $4)",
                    panel->y.low, panel->y.low, panel->y.high, panel->y.high);
    plot_add_band_style(plot, i, lines);
    text_add(&plot->script, " notitle, \\\n    ");
}

/* The title of line I, or behind them what the bands are. */
static void add_title(struct gnuplot *plot, const struct line_plot *lines, size_t i)
{
    if (i < lines->count)
        plot_add_title(plot, lines->names[i]);
    else
        text_add_format(&plot->script,
                        " with filledcurves fillstyle transparent solid 0.3 noborder linecolor "
                        "rgb '#555555' title '%s'",
                        band_meaning(&lines->panels[0], lines->count));
}

static void add_entry(struct gnuplot *plot, const void *data, size_t i)
{
    const struct line_plot *lines = data;
    if (i < lines->count)
        plot_add_line_style(plot, i, 1);
    add_title(plot, lines, i);
}

/* FIRST is the data block of the panel's first curve. */
static void add_plot(struct gnuplot *plot, const struct line_plot *lines,
                     const struct line_panel *panel, size_t first, bool legend)
{
    text_add(&plot->script, "plot ");
    for (size_t i = 0; i < lines->count && plot->format != PICTURE_ASCII; i++)
        if (has_band(&panel->curves[i]))
            add_band(plot, panel, first + i, i, lines->count);
    for (size_t i = 0; i < lines->count; i++) {
        gnuplot_add_source(plot, first + i);
        text_add(&plot->script, " using 1:2");
        /* A swept value has a symbol each. */
        plot_add_line_style(plot, i, panel->whole ? 1 : panel->curves[i].count);
        if (legend)
            add_title(plot, lines, i);
        else
            text_add(&plot->script, " notitle");
        text_add(&plot->script, i + 1 < lines->count ? ", \\\n    " : "");
    }
    if (legend && plot->format != PICTURE_ASCII && band_meaning(panel, lines->count)) {
        text_add(&plot->script, ", \\\n    NaN");
        add_title(plot, lines, lines->count);
    }
    text_add(&plot->script, "\n");
}

static void add_panel(struct gnuplot *plot, const struct line_plot *lines, const struct page *page,
                      size_t index)
{
    const struct line_panel *panel = &lines->panels[index];
    size_t first = plot->blocks, count = lines->panel_count;
    bool ascii = plot->format == PICTURE_ASCII;
    for (size_t i = 0; i < lines->count; i++)
        add_curve_data(plot, &panel->curves[i], lines->names[i]);
    if (!ascii) {
        double above = 0.4 + (double)index * (page->panel_height + page->gap);
        /* Accuracies have short tick labels; losses and rates may have six digits. */
        double left = axis_scale(panel->metric) == 100 && count == 1 ? 1.9 : 2.5;
        struct plot_margins margins = {left, page->legend.right, above,
                                       page->height - above - page->panel_height};
        plot_add_margins(plot, page->width, page->height, margins);
    }
    /* Characters do not turn. */
    plot_add_label_at(plot, ascii ? "title" : "ylabel", panel->metric, lines->moment);
    plot_add_axis(plot, 'x', panel->x, page->legend.right > 4 ? 5 : 7);
    if (lines->ticks)
        text_add_format(&plot->script, "set xtics %s\n", text_get(lines->ticks));
    plot_add_axis(plot, 'y', panel->y, 7);
    if (!ascii && panel->y.low < 0 && panel->y.high > 0)
        text_add(&plot->script, "set xzeroaxis linetype 1 linecolor rgb '#777777'\n");
    /* One legend for all panels, when beside at the first. */
    add_plot(plot, lines, panel, first, ascii || (index == 0 && !page->legend.below));
}

static void add_x_label(struct gnuplot *plot, const struct line_plot *lines)
{
    if (lines->x_text)
        plot_add_raw_label(plot, "xlabel", lines->x_text);
    else
        plot_add_label(plot, "xlabel", lines->x);
}

int line_plot_draw(struct gnuplot *plot, const struct line_plot *lines, int columns,
                   struct error *error)
{
    size_t count = lines->panel_count;
    struct page page = lay_out(plot, lines, columns);
    bool multiplot = count > 1 || page.legend.below;
    gnuplot_begin(plot, page.width, page.height);
    legend_add(plot, &page.legend, page.width, page.height);
    if (multiplot)
        plot_add_multiplot(plot, count);
    for (size_t i = 0; i < count; i++) {
        if (i == count - 1 || plot->format == PICTURE_ASCII)
            add_x_label(plot, lines);
        add_panel(plot, lines, &page, i);
    }
    if (page.legend.below) {
        bool has_bands = band_meaning(&lines->panels[0], lines->count);
        legend_add_below(plot, &page.legend, page.width, page.height, lines->count + has_bands,
                         add_entry, lines);
    }
    text_add(&plot->script, multiplot ? "unset multiplot\n" : "");
    return gnuplot_draw(plot, error);
}
