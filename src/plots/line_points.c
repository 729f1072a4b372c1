#include "plots/line_points.h"

#include "plots/plot_parts.h"

/* Whether a figure of PANEL is less precise than its point looks. */
static bool has_bars(const struct line_panel *panel)
{
    bool found = false;
    for (size_t i = 0; i < panel->point_count; i++)
        found |= panel->points[i].within > 0;
    return found;
}

static size_t add_data(struct gnuplot *plot, const struct line_panel *panel, const char *name)
{
    size_t block = gnuplot_begin_block(plot, name);
    text_add(&plot->data, "# x, figure, line from 0, how far from the figure it may lie\n");
    for (size_t i = 0; i < panel->point_count; i++) {
        gnuplot_add_number(&plot->data, panel->points[i].x);
        text_add_char(&plot->data, ' ');
        gnuplot_add_number(&plot->data, panel->points[i].y);
        text_add_format(&plot->data, " %zu ", panel->points[i].line);
        gnuplot_add_number(&plot->data, panel->points[i].within);
        text_add_char(&plot->data, '\n');
    }
    return block;
}

void line_points_add(struct gnuplot *plot, const struct line_panel *panel, size_t lines,
                     const char *title)
{
    size_t block = add_data(plot, panel, title);
    if (plot->format == PICTURE_ASCII) {
        gnuplot_add_source(plot, block);
        text_add(&plot->script, " using 1:2 with points pointtype 'o'");
        plot_add_title(plot, title);
        text_add(&plot->script, ", \\\n    ");
        return;
    }
    if (has_bars(panel)) {
        gnuplot_add_source(plot, block);
        text_add(&plot->script, " using 1:(column(4) > 0 ? $2 - column(4) : NaN):(0):(2 * "
                                "column(4)) with vectors nohead linewidth 1.5 linecolor rgb "
                                "'#333333' notitle, \\\n    ");
    }
    for (size_t line = 0; line < lines; line++) {
        gnuplot_add_source(plot, block);
        text_add_format(&plot->script,
                        " using 1:(int($3) == %zu ? $2 : NaN) with points pointtype 7 pointsize "
                        "0.6 linecolor %d notitle, \\\n    ",
                        line, plot_colour(line));
    }
    gnuplot_add_source(plot, block);
    text_add(&plot->script, " using 1:2 with points pointtype 6 pointsize 0.6 linewidth 0.6 "
                            "linecolor rgb '#333333' notitle, \\\n    ");
}
