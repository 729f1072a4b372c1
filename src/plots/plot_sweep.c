#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "plots/plot_lines.h"
#include "plots/plot_parts.h"
#include "plots/swept.h"
#include "plots/swept_axis.h"
#include "plots/swept_map.h"

#include <math.h>

/* The curve of LINE: at each value of the key the mean of its runs, with a band. */
static void join_line(struct curve *curve, const struct swept *swept, size_t line, double scale)
{
    const struct swept_key *key = &swept->keys[0];
    struct series *series = memory_array(swept->count, sizeof *series);
    int64_t *steps = memory_array(swept->count, sizeof *steps);
    double *columns = memory_array(2 * swept->count, sizeof *columns);
    size_t count = 0;
    /* A run is a series of one point, whose step is the value's place. */
    for (size_t i = 0; i < swept->count; i++) {
        const struct swept_point *point = &swept->points[i];
        if (point->line != line || !isfinite(point->value))
            continue;
        double *x = &columns[2 * count], *value = x + 1;
        steps[count] = (int64_t)point->at[0];
        *x = swept_number(key, point->at[0]);
        *value = scale * point->value;
        series[count] = (struct series){1, &steps[count], x, value};
        count++;
    }
    curve_join(curve, series, count);
    memory_free(series);
    memory_free(steps);
    memory_free(columns);
}

static struct axis axis_of(const struct swept_key *key)
{
    size_t count = key->values.count;
    if (!key->numeric)
        return (struct axis){-0.5, (double)count - 0.5, false};
    return axis_fit(swept_number(key, 0), swept_number(key, count - 1), key->logarithmic, INFINITY);
}

static void add_ticks(struct swept_ticks *ticks, const struct swept_key *key, struct axis axis,
                      const struct gnuplot *plot, int columns)
{
    bool characters = plot->format == PICTURE_ASCII;
    /* What is left beside the y axis and a wide legend. */
    double width = characters ? columns - 12.0 : PLOT_WIDTH - 2.5 - 6.0;
    if (key->numeric)
        swept_add_values(ticks, key, axis, width, characters);
    else
        swept_add_names(ticks, key, width, characters);
}

static int draw_lines(struct gnuplot *plot, const struct swept *swept,
                      const struct plot_request *request, struct error *error)
{
    const struct swept_key *key = &swept->keys[0];
    struct swept_ticks ticks = {0};
    struct line_plot lines;
    const char *metric = request->metrics[0];
    line_plot_init(&lines, &swept->lines, 1);
    struct line_panel *panel = &lines.panels[0];
    panel->metric = metric;
    panel->apart = true;
    for (size_t i = 0; i < lines.count; i++)
        join_line(&panel->curves[i], swept, i, axis_scale(metric));
    panel->y_range = request->y_range;
    if (!line_panel_fit(panel, lines.count))
        log_note("%s: no value is a finite number, so the plot is empty", metric);
    panel->x = axis_of(key);
    add_ticks(&ticks, key, panel->x, plot, request->columns);
    lines.x_text = key->name;
    lines.ticks = ticks.text.length ? &ticks.text : NULL;
    lines.tick_room = ticks.room;
    lines.moment = request->moment;
    int result = line_panel_limit(panel, lines.count, error);
    if (result == 0)
        result = line_plot_draw(plot, &lines, request->columns, error);
    line_plot_release(&lines);
    swept_ticks_release(&ticks);
    return result;
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct swept swept;
    if (swept_load(&swept, store, groups, request, error) != 0)
        return -1;
    if (swept.key_count > 1 && y_range_is_given(&request->y_range)) {
        error_set(error, ERROR_USAGE,
                  "--y-range: the y axis of a heat map is %s; say one key by --over",
                  swept.keys[1].name);
        swept_release(&swept);
        return -1;
    }
    int result = (swept.key_count == 1 ? draw_lines : swept_map_draw)(plot, &swept, request, error);
    swept_release(&swept);
    return result;
}

const struct plot_type plot_sweep = {.options = PLOT_TAKES_METRIC | PLOT_TAKES_MOMENT |
                                                PLOT_TAKES_OVER | PLOT_TAKES_Y_RANGE,
                                     .draw = draw};
