/* The legend of a plot with lines: the lines, and behind them what bands and thin lines are. */
#ifndef UNROLL_PLOTS_LINE_LEGEND_H
#define UNROLL_PLOTS_LINE_LEGEND_H

#include "plots/plot_lines.h"

/* A line; one that is nowhere, of which there is something to say; what stands for all lines. */
enum line_legend_kind {
    ENTRY_LINE,
    ENTRY_ABSENT,
    ENTRY_BAND,
    ENTRY_SINGLE_RUNS,
    ENTRY_THIN,
    ENTRY_POINTS
};

struct line_legend_entry {
    enum line_legend_kind kind;
    size_t line;
};

struct line_legend {
    const struct line_plot *lines; /* borrowed */
    struct line_legend_entry *items;
    size_t count;
};

/* The legend of LINES, of characters where ASCII; the caller releases it. */
struct line_legend line_legend_list(const struct line_plot *lines, bool ascii);
void line_legend_release(struct line_legend *legend);

/* The width of its widest text, in centimetres. */
double line_legend_width(const struct line_plot *lines);

/* Adds how entry I of LEGEND, a struct line_legend, looks, with its title. */
void line_legend_add(struct gnuplot *plot, const void *legend, size_t i);

/* Adds the title of LINE without a line. */
void line_legend_add_absent(struct gnuplot *plot, const struct line_plot *lines, size_t line);

/* Whether LINE is in some panel. */
bool line_legend_shows(const struct line_plot *lines, size_t line);

/* What the legend calls LINE. */
const char *line_legend_title(const struct line_plot *lines, size_t line);

/* Lines have symbols along them but for points, which would be taken for some of these, and for a
 * logarithmic x, at whose end they would crowd. */
bool line_legend_has_symbols(const struct line_plot *lines);

/* Adds how a line of fewer seeds looks, in gnuplot's COLOUR. */
void line_legend_add_thin_style(struct gnuplot *plot, const char *colour);

#endif
