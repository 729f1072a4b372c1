#include "plots/plot_lines.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "plots/legend.h"
#include "plots/line_bands.h"
#include "plots/line_data.h"
#include "plots/line_legend.h"
#include "plots/line_points.h"
#include "plots/line_range.h"
#include "plots/plot_parts.h"

#include <math.h>
#include <stdio.h>

/* Where all is, in centimetres (characters for ascii). */
struct page {
    double width, height, panel_height, gap, bottom;
    struct legend legend;
};

void line_plot_init(struct line_plot *lines, const struct names *names, size_t panels)
{
    *lines = (struct line_plot){
        .names = (const char *const *)names->items,
        .titles = memory_array(names->count, sizeof *lines->titles),
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
        struct line_panel *panel = &lines->panels[i];
        for (size_t j = 0; j < lines->count; j++)
            curve_release(&panel->curves[j]);
        for (size_t j = 0; j < lines->count && panel->single_runs; j++)
            curve_release(&panel->single_runs[j]);
        memory_free(panel->curves);
        memory_free(panel->single_runs);
        memory_free(panel->points);
    }
    for (size_t i = 0; i < lines->count; i++)
        memory_free(lines->titles[i]);
    memory_free(lines->titles);
    memory_free(lines->panels);
    *lines = (struct line_plot){0};
}

/* The rows of a plot of characters with LINES below each other. */
static double count_rows(const struct line_plot *lines, int columns)
{
    const char **titles = memory_array(lines->count, sizeof *titles);
    for (size_t i = 0; i < lines->count; i++)
        titles[i] = line_legend_title(lines, i);
    double rows = plot_rows(titles, lines->count, columns);
    memory_free(titles);
    return rows;
}

static struct page lay_out(const struct gnuplot *plot, const struct line_plot *lines,
                           size_t entries, int columns)
{
    double many = (double)lines->panel_count;
    if (plot->format == PICTURE_ASCII)
        return (struct page){.width = columns, .height = count_rows(lines, columns) * many};
    struct page page = {.width = PLOT_WIDTH,
                        .panel_height = lines->panel_count > 1 ? 5.5 : 8.2,
                        .gap = 1.0,
                        .legend = legend_place(entries, line_legend_width(lines))};
    page.bottom = 1.4 + lines->tick_room + page.legend.below_room;
    page.height = 0.4 + many * page.panel_height + (many - 1) * page.gap + page.bottom;
    return page;
}

/* Accuracies have short tick labels; losses and rates may have six digits. */
static double left_margin(const struct line_plot *lines)
{
    bool is_short = axis_scale(lines->panels[0].metric) == 100 && lines->panel_count == 1;
    return is_short ? 1.9 : 2.5;
}

double line_plot_axis_width(const struct gnuplot *plot, const struct line_plot *lines, int columns)
{
    enum { TICKS = 12 /* characters of the y axis */ };
    if (plot->format == PICTURE_ASCII)
        return columns - TICKS;
    struct line_legend legend = line_legend_list(lines, false);
    struct page page = lay_out(plot, lines, legend.count, columns);
    line_legend_release(&legend);
    return page.width - left_margin(lines) - page.legend.right;
}

/* Line I in characters: from eight lines on letters along it, each line's at other places. */
static void add_typed_line(struct gnuplot *plot, const struct line_plot *lines,
                           const struct curve *curve, size_t block, size_t i)
{
    enum { ALONG = 24 };
    size_t every = (curve->count + ALONG - 1) / ALONG;
    every = every ? every : 1;
    gnuplot_add_source(plot, block);
    if (lines->count < PLOT_LETTERS_FROM) {
        text_add(&plot->script, " using 1:2");
        plot_add_line_style(plot, i, curve->count);
        plot_add_title(plot, line_legend_title(lines, i));
    } else {
        text_add_format(&plot->script, " every %zu::%zu", every, every * i / lines->count);
        plot_add_letters(plot, "1:2", i, line_legend_title(lines, i));
    }
    text_add(&plot->script, ", \\\n    ");
}

static void add_line(struct gnuplot *plot, const struct line_plot *lines,
                     const struct line_panel *panel, size_t block, size_t i)
{
    const struct curve *curve = &panel->curves[i];
    char colour[16];
    snprintf(colour, sizeof colour, "%d", plot_colour(i));
    if (line_data_has_look(panel, curve, LINE_THIN)) {
        gnuplot_add_source(plot, block);
        text_add_format(&plot->script, " using 1:(int($6) & %d ? $2 : NaN)", LINE_THIN);
        line_legend_add_thin_style(plot, colour);
        text_add(&plot->script, " notitle, \\\n    ");
    }
    if (line_data_has_look(panel, curve, LINE_THIN) && panel->apart) {
        gnuplot_add_source(plot, block); /* every point is one that was measured */
        text_add_format(&plot->script,
                        " using 1:(int($6) & %d ? NaN : $2) with points linecolor %s pointtype %d "
                        "pointsize 0.5 notitle, \\\n    ",
                        LINE_WHOLE, colour, plot_shape(i));
    }
    gnuplot_add_source(plot, block);
    text_add_format(&plot->script, " using 1:(int($6) & %d ? $2 : NaN)", LINE_WHOLE);
    plot_add_line_style(plot, i,
                        !line_legend_has_symbols(lines) ? 0
                        : panel->apart                  ? 1
                                                        : curve->count);
    text_add(&plot->script, " notitle, \\\n    ");
}

/* FIRST is the data block of the panel's first curve. LEGEND: NULL where it stands elsewhere. */
static void add_plot(struct gnuplot *plot, const struct line_plot *lines,
                     const struct line_panel *panel, size_t first, const struct line_legend *legend)
{
    bool ascii = plot->format == PICTURE_ASCII;
    text_add(&plot->script, "plot ");
    for (size_t i = 0; i < lines->count && !ascii; i++)
        line_bands_add_single_runs(plot, panel,
                                   (struct line_band){i, lines->count, lines->names[i], 0});
    for (size_t i = 0; i < lines->count && !ascii; i++)
        if (line_panel_shows(panel, i))
            line_bands_add(plot, panel,
                           (struct line_band){i, lines->count, lines->names[i], first + i});
    for (size_t i = 0; i < lines->count; i++) {
        if (line_panel_shows(panel, i) && ascii)
            add_typed_line(plot, lines, &panel->curves[i], first + i, i);
        else if (ascii && lines->titles[i] && !line_legend_shows(lines, i)) {
            text_add(&plot->script, "NaN");
            line_legend_add_absent(plot, lines, i);
            text_add(&plot->script, ", \\\n    ");
        } else if (line_panel_shows(panel, i))
            add_line(plot, lines, panel, first + i, i);
    }
    if (panel->point_count > 0)
        line_points_add(plot, panel, lines->count, lines->points);
    for (size_t i = 0; legend && !ascii && i < legend->count; i++) {
        text_add(&plot->script, "NaN");
        line_legend_add(plot, legend, i);
        text_add(&plot->script, ", \\\n    ");
    }
    text_add(&plot->script, "NaN notitle\n");
}

/* Says which lines PANEL lacks; where it lacks all, the caller has said that. */
static void note_missing(const struct line_plot *lines, const struct line_panel *panel)
{
    struct text names = {0};
    size_t missing = 0;
    for (size_t i = 0; i < lines->count; i++)
        if (!line_panel_shows(panel, i)) {
            text_add(&names, missing++ ? ", " : "");
            printable_add(&names, lines->names[i]);
        }
    if (missing > 0 && missing < lines->count)
        log_note("%s: no finite value, and so no line, of %s", panel->metric, text_get(&names));
    text_release(&names);
}

/* The y axis' label, which says where the axis of an accuracy begins when the climb is cut off:
 * "test accuracy (%, from 26)". */
static void add_y_label(struct gnuplot *plot, const struct line_plot *lines,
                        const struct line_panel *panel)
{
    bool ascii = plot->format == PICTURE_ASCII; /* characters do not turn */
    struct text label = {0};
    axis_add_label(&label, panel->metric);
    if (panel->cut > 0 && text_ends_with(text_get(&label), "(%)")) {
        char *begin =
            text_format("%.*s(%%, from %.6g)", (int)label.length - 3, text_get(&label), panel->cut);
        text_clear(&label);
        text_add(&label, begin);
        memory_free(begin);
    }
    text_add(&label, lines->moment.kind == MOMENT_END ? "" : " ");
    moment_add_text(&label, lines->moment);
    plot_add_raw_label(plot, ascii ? "title" : "ylabel", text_get(&label));
    text_release(&label);
}

static void add_panel(struct gnuplot *plot, const struct line_plot *lines, const struct page *page,
                      const struct line_legend *entries, size_t index)
{
    const struct line_panel *panel = &lines->panels[index];
    size_t first = plot->blocks;
    bool ascii = plot->format == PICTURE_ASCII;
    for (size_t i = 0; i < lines->count; i++)
        line_data_add(plot, panel, &panel->curves[i], lines->names[i]);
    note_missing(lines, panel);
    if (line_panel_is_ranged(panel))
        line_range_note(panel, lines->names, lines->count);
    if (!ascii) {
        double above = 0.4 + (double)index * (page->panel_height + page->gap);
        struct plot_margins margins = {left_margin(lines), page->legend.right, above,
                                       page->height - above - page->panel_height};
        plot_add_margins(plot, page->width, page->height, margins);
        text_add(&plot->script, index ? "unset arrow\n" : "");
        for (size_t i = 0; i < lines->count; i++)
            line_range_add_clips(plot, panel, i, page->panel_height);
    }
    add_y_label(plot, lines, panel);
    plot_add_axis(plot, 'x', panel->x, page->legend.right > 4 ? 5 : 7);
    if (lines->ticks)
        text_add_format(&plot->script, "set xtics %s\n", text_get(lines->ticks));
    plot_add_axis(plot, 'y', panel->y, LINE_PANEL_TICKS);
    if (line_panel_is_ranged(panel))
        plot_add_clipping(plot);
    if (!ascii && panel->y.low < 0 && panel->y.high > 0)
        text_add(&plot->script, "set xzeroaxis linetype 1 linecolor rgb '#777777'\n");
    /* One legend for all panels, when beside at the first. */
    bool here = ascii || (index == 0 && !page->legend.below);
    add_plot(plot, lines, panel, first, here ? entries : NULL);
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
    struct line_legend entries = line_legend_list(lines, plot->format == PICTURE_ASCII);
    struct page page = lay_out(plot, lines, entries.count, columns);
    bool multiplot = count > 1 || page.legend.below;
    gnuplot_begin(plot, page.width, page.height);
    legend_add(plot, &page.legend, page.width, page.height);
    if (multiplot)
        plot_add_multiplot(plot, count);
    for (size_t i = 0; i < count; i++) {
        if (i == count - 1 || plot->format == PICTURE_ASCII)
            add_x_label(plot, lines);
        add_panel(plot, lines, &page, &entries, i);
    }
    if (page.legend.below) {
        legend_add_below(plot, &page.legend, page.width, page.height, entries.count,
                         line_legend_add, &entries);
    }
    line_legend_release(&entries);
    text_add(&plot->script, multiplot ? "unset multiplot\n" : "");
    return gnuplot_draw(plot, error);
}
