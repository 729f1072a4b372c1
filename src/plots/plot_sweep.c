#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "plots/line_range.h"
#include "plots/line_titles.h"
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

/* The axis of KEY, with the ends that RANGE says. */
static int fit_axis(struct axis *axis, const struct swept_key *key, const struct axis_range *range,
                    struct error *error)
{
    size_t count = key->values.count;
    *axis = (struct axis){-0.5, (double)count - 0.5, false};
    if (!key->numeric && axis_range_is_given(range))
        return error_set(error, ERROR_USAGE, "--x-range: the values of %s are no numbers",
                         key->name);
    if (!key->numeric)
        return 0;
    double low = swept_number(key, 0), high = swept_number(key, count - 1);
    axis_range_narrow(range, &low, &high);
    *axis = axis_fit(low, high, key->logarithmic, INFINITY);
    return axis_range_apply(range, 'x', axis, key->name, error);
}

static void add_ticks(struct swept_ticks *ticks, const struct swept_key *key,
                      const struct line_plot *lines, const struct gnuplot *plot, int columns)
{
    bool characters = plot->format == PICTURE_ASCII;
    double width = line_plot_axis_width(plot, lines, columns);
    if (key->numeric)
        swept_add_values(ticks, key, lines->panels[0].x, width, characters);
    else
        swept_add_names(ticks, key, width, characters);
}

/* Moves the points of each line a little aside, so that no bar hides another. */
static void spread(struct line_panel *panel, size_t count, const struct swept_key *key)
{
    struct axis axis = panel->x;
    double room = 0.04; /* of the axis, for all lines at a value */
    for (size_t i = 1; i < key->values.count; i++)
        room = fmin(room, (axis_place(axis, swept_number(key, i)) -
                           axis_place(axis, swept_number(key, i - 1))) /
                              2);
    for (size_t i = 0; i < count && count > 1; i++) {
        struct curve *curve = &panel->curves[i];
        double aside = room * ((double)i / (double)(count - 1) - 0.5);
        for (size_t j = 0; j < curve->count; j++)
            if (axis_holds(axis, curve->x[j]))
                curve->x[j] =
                    axis_value(axis, fmin(fmax(axis_place(axis, curve->x[j]) + aside, 0), 1));
    }
}

/* Fills PANEL with the curves of SWEPT and its axes. */
static int fill_panel(struct line_panel *panel, const struct swept *swept,
                      const struct plot_request *request, struct error *error)
{
    size_t count = swept->lines.count;
    panel->metric = request->metrics[0];
    panel->apart = true;
    panel->x_range = request->x_range;
    panel->y_range = request->y_range;
    for (size_t i = 0; i < count; i++) {
        join_line(&panel->curves[i], swept, i, axis_scale(panel->metric));
        line_range_crop(&panel->curves[i], &panel->x_range);
    }
    if (fit_axis(&panel->x, &swept->keys[0], &panel->x_range, error) != 0)
        return -1;
    if (!line_panel_fit(panel, count))
        log_note("%s: no value is a finite number, so the plot is empty", panel->metric);
    return line_panel_limit(panel, count, error);
}

/* Has the legend say of how many runs a line is that lacks some. */
static void set_titles(struct line_plot *lines, const struct swept *swept)
{
    for (size_t line = 0; line < lines->count; line++) {
        size_t runs = 0, diverged = 0, shown = 0;
        for (size_t i = 0; i < swept->count; i++) {
            const struct swept_point *point = &swept->points[i];
            if (point->line != line)
                continue;
            runs++;
            diverged += point->diverged;
            shown += isfinite(point->value);
        }
        line_titles_set(lines, line, runs, diverged, shown);
    }
}

static int draw_lines(struct gnuplot *plot, const struct swept *swept,
                      const struct plot_request *request, struct error *error)
{
    const struct swept_key *key = &swept->keys[0];
    struct swept_ticks ticks = {0};
    struct line_plot lines;
    line_plot_init(&lines, &swept->lines, 1);
    lines.x_text = key->name;
    lines.moment = request->moment;
    int result = fill_panel(&lines.panels[0], swept, request, error);
    if (result == 0) {
        set_titles(&lines, swept);
        if (plot->format != PICTURE_ASCII)
            spread(&lines.panels[0], lines.count, key);
        add_ticks(&ticks, key, &lines, plot, request->columns);
        lines.ticks = ticks.text.length ? &ticks.text : NULL;
        lines.tick_room = ticks.room;
        result = line_plot_draw(plot, &lines, request->columns, error);
    }
    line_plot_release(&lines);
    swept_ticks_release(&ticks);
    return result;
}

/* A heat map shows all values of its keys. */
static int check_ranges(const struct swept *swept, const struct plot_request *request,
                        struct error *error)
{
    bool x = axis_range_is_given(&request->x_range);
    if (swept->key_count == 1 || (!x && !axis_range_is_given(&request->y_range)))
        return 0;
    return error_set(error, ERROR_USAGE,
                     "--%c-range: the %c axis of a heat map is %s; say one key by --over",
                     x ? 'x' : 'y', x ? 'x' : 'y', swept->keys[x ? 0 : 1].name);
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct swept swept;
    if (swept_load(&swept, store, groups, request, error) != 0)
        return -1;
    int result = check_ranges(&swept, request, error);
    if (result == 0)
        result = (swept.key_count == 1 ? draw_lines : swept_map_draw)(plot, &swept, request, error);
    swept_release(&swept);
    return result;
}

const struct plot_type plot_sweep = {.options = PLOT_TAKES_METRIC | PLOT_TAKES_MOMENT |
                                                PLOT_TAKES_OVER | PLOT_TAKES_X_RANGE |
                                                PLOT_TAKES_Y_RANGE,
                                     .draw = draw};
