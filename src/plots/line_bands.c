#include "plots/line_bands.h"

#include "base/memory.h"
#include "plots/line_data.h"
#include "plots/line_range.h"
#include "plots/plot_parts.h"

#include <math.h>

const char line_bands_single_runs[] = "95 % of single runs";

static bool has_area(const struct line_panel *panel, const struct curve *curve)
{
    for (size_t i = 0; i < curve->count; i++)
        if (line_panel_has_band(panel, curve, i) && !line_data_is_bar(panel, curve, i))
            return true;
    return false;
}

/* Where the bars stand: at the mean. gnuplot leaves out a bar whose middle is outside, so that is
 * kept on an axis that may leave means out. */
static char *bar_middle(const struct line_panel *panel)
{
    double low = panel->y.low, high = panel->y.high;
    if (!axis_range_is_given(&panel->y_range))
        return text_format("(int($6) & %d ? $2 : NaN)", LINE_BAR);
    return text_format("(int($6) & %d && $4 >= %.9g && $3 <= %.9g ? "
                       "($2 < %.9g ? %.9g : $2 > %.9g ? %.9g : $2) : NaN)",
                       LINE_BAR, low, high, low, low, high, high);
}

/* A value a little outside the low or the high end of AXIS; the end itself where there is none. */
static double outside(struct axis axis, bool high)
{
    const double aside = 0.05;
    double end = high ? axis.high : axis.low;
    double value = axis_value(axis, high ? 1 + aside : -aside);
    return isfinite(value) && !(axis.logarithmic && value <= 0) ? value : end;
}

/* Where they end: an end outside is put a little outside, from where gnuplot draws to the frame
 * without the stroke that an end has. At a value below a logarithm it would draw nothing. */
static char *bar_ends(const struct line_panel *panel)
{
    return text_format("($3 < %.9g ? %.9g : $3):($4 > %.9g ? %.9g : $4)", panel->y.low,
                       outside(panel->y, false), panel->y.high, outside(panel->y, true));
}

/* A band that is drawn: CURVE's, whose data block is BLOCK. */
struct drawn {
    const struct curve *curve;
    size_t block;
    enum plot_band look;
};

static void add_area(struct gnuplot *plot, const struct line_panel *panel,
                     const struct line_band *band, const struct drawn *drawn, const char *ends)
{
    /* gnuplot keeps the ends at a point on the axis, which bends the edges to it: a little, where
     * the axis was made for the band. */
    bool is_limited = drawn->look == PLOT_BAND_BEHIND || line_panel_is_ranged(panel);
    size_t area =
        is_limited ? line_range_add_band(plot, panel, drawn->curve, band->name) : drawn->block;
    gnuplot_add_source(plot, area);
    text_add_format(&plot->script, " using 1:%s", is_limited ? "2:3" : ends);
    plot_add_band_style(plot, band->line, band->lines, drawn->look);
    text_add(&plot->script, " notitle, \\\n    ");
}

static void add_bars(struct gnuplot *plot, const struct line_panel *panel,
                     const struct line_band *band, const struct drawn *drawn)
{
    char *middle = bar_middle(panel), *ends = bar_ends(panel);
    gnuplot_add_source(plot, drawn->block);
    text_add_format(&plot->script,
                    " using 1:%s:%s with yerrorbars pointtype 0 linecolor %d linewidth %g "
                    "notitle, \\\n    ",
                    middle, ends, plot_colour(band->line),
                    drawn->look == PLOT_BAND_BEHIND ? 0.3 : 0.6);
    memory_free(middle);
    memory_free(ends);
}

static void add(struct gnuplot *plot, const struct line_panel *panel, const struct line_band *band,
                const struct drawn *drawn)
{
    /* The ends are kept on the axis: gnuplot would draw nothing at a value below a logarithm. */
    char *ends = text_format("($3 < %.9g ? %.9g : $3):($4 > %.9g ? %.9g : $4)", panel->y.low,
                             panel->y.low, panel->y.high, panel->y.high);
    if (has_area(panel, drawn->curve))
        add_area(plot, panel, band, drawn, ends);
    if (line_data_has_look(panel, drawn->curve, LINE_BAR))
        add_bars(plot, panel, band, drawn);
    memory_free(ends);
}

void line_bands_add(struct gnuplot *plot, const struct line_panel *panel, struct line_band band)
{
    enum plot_band look = PLOT_BAND;
    for (size_t i = 0; i < band.lines; i++)
        if (line_range_single_runs(panel, i))
            look = PLOT_BAND_IN_FRONT;
    add(plot, panel, &band, &(struct drawn){&panel->curves[band.line], band.block, look});
}

void line_bands_add_single_runs(struct gnuplot *plot, const struct line_panel *panel,
                                struct line_band band)
{
    const struct curve *curve = line_range_single_runs(panel, band.line);
    if (!curve)
        return;
    char *name = text_format("%s: %s", band.name, line_bands_single_runs);
    struct drawn drawn = {curve, line_data_add(plot, panel, curve, name), PLOT_BAND_BEHIND};
    add(plot, panel, &band, &drawn);
    memory_free(name);
}
