#include "plots/line_bands.h"

#include "base/memory.h"
#include "plots/line_data.h"
#include "plots/line_range.h"
#include "plots/plot_parts.h"

static bool has_area(const struct line_panel *panel, const struct curve *curve)
{
    for (size_t i = 0; i < curve->count; i++)
        if (line_panel_has_band(panel, curve, i) && !line_data_is_alone(panel, curve, i))
            return true;
    return false;
}

/* Where the bars of points without neighbours stand: at the mean. gnuplot leaves out a bar whose
 * middle is outside, so that is kept on an axis that may leave means out. */
static char *bar_middle(const struct line_panel *panel)
{
    double low = panel->y.low, high = panel->y.high;
    if (!axis_range_is_given(&panel->y_range))
        return text_format("(int($6) & %d ? $2 : NaN)", LINE_ALONE);
    return text_format("(int($6) & %d && $4 >= %.9g && $3 <= %.9g ? "
                       "($2 < %.9g ? %.9g : $2 > %.9g ? %.9g : $2) : NaN)",
                       LINE_ALONE, low, high, low, low, high, high);
}

void line_bands_add(struct gnuplot *plot, const struct line_panel *panel, struct line_band band)
{
    const struct curve *curve = &panel->curves[band.line];
    bool is_limited = line_panel_is_ranged(panel);
    /* The ends are kept on the axis: gnuplot would draw nothing at a value below a logarithm. */
    char *ends = text_format("($3 < %.9g ? %.9g : $3):($4 > %.9g ? %.9g : $4)", panel->y.low,
                             panel->y.low, panel->y.high, panel->y.high);
    if (has_area(panel, curve)) {
        size_t area = is_limited ? line_range_add_band(plot, panel, curve, band.name) : band.block;
        gnuplot_add_source(plot, area);
        text_add_format(&plot->script, " using 1:%s", is_limited ? "2:3" : ends);
        plot_add_band_style(plot, band.line, band.lines);
        text_add(&plot->script, " notitle, \\\n    ");
    }
    if (line_data_has_look(panel, curve, LINE_ALONE)) {
        char *middle = bar_middle(panel);
        gnuplot_add_source(plot, band.block);
        text_add_format(&plot->script,
                        " using 1:%s:%s with yerrorbars pointtype 0 linecolor %d linewidth 0.6 "
                        "notitle, \\\n    ",
                        middle, ends, plot_colour(band.line));
        memory_free(middle);
    }
    memory_free(ends);
}
