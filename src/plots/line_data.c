#include "plots/line_data.h"

#include <math.h>

bool line_data_is_bar(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    bool before = i > 0 && line_panel_has_band(panel, curve, i - 1);
    bool after = i + 1 < curve->count && line_panel_has_band(panel, curve, i + 1);
    return line_panel_has_band(panel, curve, i) && (panel->apart || (!before && !after));
}

static int look_of(const struct line_panel *panel, const struct curve *curve, size_t i)
{
    bool thin = line_panel_is_thin(curve, i);
    /* A thin line goes on from the last point of the other. */
    bool joins = (i > 0 && line_panel_is_thin(curve, i - 1)) ||
                 (i + 1 < curve->count && line_panel_is_thin(curve, i + 1));
    return (thin ? 0 : LINE_WHOLE) | (thin || joins ? LINE_THIN : 0) |
           (line_data_is_bar(panel, curve, i) ? LINE_BAR : 0);
}

size_t line_data_add(struct gnuplot *plot, const struct line_panel *panel,
                     const struct curve *curve, const char *name)
{
    size_t block = gnuplot_begin_block(plot, name);
    text_add(&plot->data, "# x, mean, low and high end of the band, seeds, look (1: line, 2: thin "
                          "line, 4: bar)\n");
    for (size_t i = 0; i < curve->count; i++) {
        bool band = line_panel_has_band(panel, curve, i);
        const double columns[] = {curve->x[i], curve->mean[i],
                                  band ? axis_keep(panel->metric, curve->low[i]) : NAN,
                                  band ? axis_keep(panel->metric, curve->high[i]) : NAN};
        for (int column = 0; column < 4; column++) {
            gnuplot_add_number(&plot->data, columns[column]);
            text_add_char(&plot->data, ' ');
        }
        text_add_format(&plot->data, "%zu %d\n", curve->n[i], look_of(panel, curve, i));
    }
    if (curve->count == 0)
        text_add(&plot->data, "NaN NaN NaN NaN 0 0\n");
    return block;
}

bool line_data_has_look(const struct line_panel *panel, const struct curve *curve, int look)
{
    for (size_t i = 0; i < curve->count; i++)
        if (look_of(panel, curve, i) & look && (look != LINE_THIN || line_panel_has_thin(curve)))
            return true;
    return false;
}
