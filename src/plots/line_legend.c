#include "plots/line_legend.h"

#include "base/memory.h"
#include "plots/letters.h"
#include "plots/line_bands.h"
#include "plots/line_range.h"
#include "plots/plot_parts.h"

#include <math.h>

bool line_legend_shows(const struct line_plot *lines, size_t line)
{
    for (size_t i = 0; i < lines->panel_count; i++)
        if (line_panel_shows(&lines->panels[i], line))
            return true;
    return false;
}

const char *line_legend_title(const struct line_plot *lines, size_t line)
{
    return lines->titles[line] ? lines->titles[line] : lines->names[line];
}

/* What the bands of all panels are, or NULL where there is none. */
static const char *band_meaning(const struct line_plot *lines)
{
    bool any_interval = false, any_range = false;
    for (size_t i = 0; i < lines->panel_count * lines->count; i++) {
        const struct line_panel *panel = &lines->panels[i / lines->count];
        const struct curve *curve = &panel->curves[i % lines->count];
        for (size_t j = 0; j < curve->count; j++)
            if (line_panel_has_band(panel, curve, j)) {
                any_interval |= curve->n[j] > 2;
                any_range |= curve->n[j] == 2;
            }
    }
    if (any_interval)
        return any_range ? "95 %, or both seeds" : "95 % interval";
    return any_range ? "both seeds" : NULL;
}

static bool any_single_runs(const struct line_plot *lines)
{
    for (size_t i = 0; i < lines->panel_count * lines->count; i++)
        if (line_range_single_runs(&lines->panels[i / lines->count], i % lines->count))
            return true;
    return false;
}

/* The legend's words for the bands, if there are any: "geometric mean, 95 % interval". */
static void add_band_words(struct text *text, const struct line_plot *lines)
{
    const char *meaning = band_meaning(lines), *mean = lines->mean;
    if (!mean && any_single_runs(lines)) /* from which it is to be told */
        mean = "mean";
    if (meaning)
        text_add_format(text, "%s%s%s", mean ? mean : "", mean ? ", " : "", meaning);
}

static bool any_thin(const struct line_plot *lines)
{
    for (size_t i = 0; i < lines->panel_count * lines->count; i++) {
        const struct line_panel *panel = &lines->panels[i / lines->count];
        if (line_panel_has_thin(&panel->curves[i % lines->count]))
            return true;
    }
    return false;
}

static const char fewer_seeds[] = "fewer seeds";

static bool any_points(const struct line_plot *lines)
{
    for (size_t i = 0; i < lines->panel_count; i++)
        if (lines->panels[i].point_count > 0)
            return true;
    return false;
}

bool line_legend_has_symbols(const struct line_plot *lines)
{
    return !any_points(lines) && !(lines->panel_count > 0 && lines->panels[0].log_x);
}

struct line_legend line_legend_list(const struct line_plot *lines, bool ascii)
{
    struct line_legend entries = {lines, memory_array(lines->count + 4, sizeof *entries.items), 0};
    for (size_t i = 0; i < lines->count; i++)
        if (line_legend_shows(lines, i) || lines->titles[i])
            entries.items[entries.count++] = (struct line_legend_entry){
                line_legend_shows(lines, i) ? ENTRY_LINE : ENTRY_ABSENT, i};
    if (!ascii && band_meaning(lines))
        entries.items[entries.count++] = (struct line_legend_entry){ENTRY_BAND, 0};
    if (!ascii && any_single_runs(lines))
        entries.items[entries.count++] = (struct line_legend_entry){ENTRY_SINGLE_RUNS, 0};
    if (!ascii && any_thin(lines))
        entries.items[entries.count++] = (struct line_legend_entry){ENTRY_THIN, 0};
    if (!ascii && any_points(lines))
        entries.items[entries.count++] = (struct line_legend_entry){ENTRY_POINTS, 0};
    return entries;
}

void line_legend_release(struct line_legend *legend)
{
    memory_free(legend->items);
    *legend = (struct line_legend){0};
}

double line_legend_width(const struct line_plot *lines)
{
    struct text band = {0};
    add_band_words(&band, lines);
    double widest = letters_width(text_get(&band));
    text_release(&band);
    for (size_t i = 0; i < lines->count; i++) {
        const char *title = line_legend_title(lines, i);
        widest = fmax(widest, plot_widest_of(&title, 1, plot_legend_room));
    }
    widest = fmax(widest, any_single_runs(lines) ? letters_width(line_bands_single_runs) : 0);
    widest = fmax(widest, any_thin(lines) ? letters_width(fewer_seeds) : 0);
    if (any_points(lines))
        widest = fmax(widest, plot_widest_of(&lines->points, 1, plot_legend_room));
    return widest;
}

void line_legend_add_thin_style(struct gnuplot *plot, const char *colour)
{
    text_add_format(&plot->script, " with lines linecolor %s linewidth 0.5", colour);
}

/* Of a band in the legend, which stands for those of all lines. */
static void add_area_style(struct gnuplot *plot, double opacity)
{
    text_add_format(&plot->script,
                    " with filledcurves fillstyle transparent solid %g noborder linecolor rgb "
                    "'#555555'",
                    opacity);
}

void line_legend_add_absent(struct gnuplot *plot, const struct line_plot *lines, size_t line)
{
    text_add(&plot->script, " with points pointtype ' '");
    plot_add_title(plot, line_legend_title(lines, line));
}

void line_legend_add(struct gnuplot *plot, const void *data, size_t i)
{
    const struct line_legend *entries = data;
    const struct line_legend_entry *entry = &entries->items[i];
    if (entry->kind == ENTRY_LINE) {
        plot_add_line_style(plot, entry->line, line_legend_has_symbols(entries->lines));
        plot_add_title(plot, line_legend_title(entries->lines, entry->line));
    } else if (entry->kind == ENTRY_ABSENT) {
        line_legend_add_absent(plot, entries->lines, entry->line);
    } else if (entry->kind == ENTRY_THIN) {
        line_legend_add_thin_style(plot, "rgb '#777777'");
        text_add_format(&plot->script, " title '%s'", fewer_seeds);
    } else if (entry->kind == ENTRY_POINTS) {
        text_add(&plot->script, " with points pointtype 7 pointsize 0.6 linecolor rgb '#333333'");
        plot_add_title(plot, entries->lines->points);
    } else if (entry->kind == ENTRY_SINGLE_RUNS) {
        add_area_style(plot, 0.15);
        text_add_format(&plot->script, " title '%s'", line_bands_single_runs);
    } else {
        if (entries->lines->panels[0].apart) /* bars */
            text_add(&plot->script, " with points pointtype '|' linecolor rgb '#555555'");
        else
            add_area_style(plot, 0.3);
        text_add(&plot->script, " title '");
        add_band_words(&plot->script, entries->lines);
        text_add_char(&plot->script, '\'');
    }
}
