/* Gradient flow: how large the loss's gradient with respect to a recurrent layer's hidden state is,
 * by time steps back from the last one the layer read. A line for each variant (and direction), the
 * geometric mean over its seeds, since the axis is logarithmic; a panel for each training step. */
#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "compare/curves.h"
#include "plots/flow_plot.h"
#include "plots/line_range.h"
#include "plots/plot_lines.h"
#include "store/gradient_flow.h"

#include <inttypes.h>
#include <math.h>

enum { POINTS = 2000 }; /* of a line; more cannot be told apart on paper */

/* The logarithms of NORMS by steps back from the last one, for curve_join. */
struct log_series {
    int64_t *back;
    double *x, *logs;
};

static struct log_series take_logs(const struct gradient_flow *flow)
{
    size_t count = (size_t)flow->count;
    struct log_series series = {memory_array(count, sizeof *series.back),
                                memory_array(count, sizeof *series.x),
                                memory_array(count, sizeof *series.logs)};
    for (size_t i = 0; i < count; i++) {
        series.back[i] = (int64_t)i;
        series.x[i] = (double)i;
        series.logs[i] = log((double)flow->norms[count - 1 - i]);
    }
    return series;
}

/* Time steps that have no norm. */
struct gaps {
    size_t zeros, no_numbers, absent;
};

/* How many steps back FLOW goes. Where examples differ in length, and none of the batch is as long
 * as the data's longest, the rest is NaN; gradients that grow beyond numbers are infinite first. */
static size_t reach_of(const struct gradient_flow *flow)
{
    int64_t t = 0;
    while (t < flow->count && isnan(flow->norms[t]))
        t++;
    return (size_t)(t < flow->count && isfinite(flow->norms[t]) ? flow->count - t : flow->count);
}

static void note_gaps(const struct flow_panel *panel, const char *name, const struct gaps *gaps,
                      size_t count)
{
    char *what = flow_panel_label(panel);
    size_t zeros = gaps->zeros, no_numbers = gaps->no_numbers;
    if (gaps->absent)
        log_note("%s, %s: at %zu of %zu time steps nothing is recorded in some run, which is left "
                 "out there: no example of its batch was so long",
                 name, what, gaps->absent, count);
    if (zeros)
        log_note("%s, %s: exactly 0 at %zu of %zu time steps, which a logarithmic axis cannot "
                 "show: gaps",
                 name, what, zeros, count);
    if (no_numbers)
        log_note("%s, %s: infinite or not a number at %zu of %zu time steps in some run, which is "
                 "left out there",
                 name, what, no_numbers, count);
    memory_free(what);
}

/* Back from logarithms. Where some seed's gradient is exactly zero, so is the geometric mean, which
 * has no place on the axis: a gap. */
static void finish_curve(struct curve *curve, const struct gradient_flow *flows, size_t count,
                         const struct flow_panel *panel, const char *name)
{
    struct gaps gaps = {0};
    size_t *reaches = memory_array(count, sizeof *reaches);
    for (size_t j = 0; j < count; j++)
        reaches[j] = reach_of(&flows[j]);
    for (size_t i = 0; i < curve->count; i++) {
        bool is_zero = false, is_no_number = false, is_absent = false;
        for (size_t j = 0; j < count; j++) {
            if (i >= (size_t)flows[j].count)
                continue;
            float norm = flows[j].norms[(size_t)flows[j].count - 1 - i];
            is_zero |= norm == 0;
            is_absent |= i >= reaches[j];
            is_no_number |= i < reaches[j] && !isfinite(norm);
        }
        gaps.zeros += is_zero;
        gaps.no_numbers += is_no_number;
        gaps.absent += is_absent;
        curve->mean[i] = is_zero ? NAN : exp(curve->mean[i]);
        curve->low[i] = is_zero ? NAN : exp(curve->low[i]);
        curve->high[i] = is_zero ? NAN : exp(curve->high[i]);
    }
    memory_free(reaches);
    note_gaps(panel, name, &gaps, curve->count);
}

static struct gradient_flow *norms_of(const struct flow_plot *flow, size_t panel, size_t line)
{
    return flow->norms + (panel * flow->names.count + line) * flow->runs.count;
}

static int load_norms(struct flow_plot *flow, struct error *error)
{
    size_t lines = flow->names.count;
    flow->norms = memory_array(flow->panel_count * lines * flow->runs.count, sizeof *flow->norms);
    for (size_t i = 0; i < flow->panel_count * lines; i++) {
        const struct flow_line *line = &flow->lines[i % lines];
        int64_t step = flow->panels[i / lines].steps[line->group];
        for (size_t j = 0; j < flow->runs.count; j++) {
            const struct flow_run *run = &flow->runs.items[j];
            bool found;
            if (run->group == line->group && flow_run_has(run, step) &&
                store_gradient_flow_load(flow->store, run->run->run.id, step, run->layer,
                                         line->direction, &norms_of(flow, i / lines, i % lines)[j],
                                         &found, error) != 0)
                return -1;
        }
    }
    return 0;
}

static void join_line(const struct flow_plot *flow, size_t panel, size_t index,
                      const struct axis_range *range, struct curve *curve)
{
    const struct gradient_flow *norms = norms_of(flow, panel, index);
    size_t count = flow->runs.count;
    struct log_series *logs = memory_array(count, sizeof *logs);
    struct series *series = memory_array(count, sizeof *series);
    for (size_t i = 0; i < count; i++) {
        logs[i] = take_logs(&norms[i]);
        series[i] = (struct series){(size_t)norms[i].count, logs[i].back, logs[i].x, logs[i].logs};
    }
    curve_join(curve, series, count);
    finish_curve(curve, norms, count, &flow->panels[panel], flow->names.items[index]);
    line_range_crop(curve, range);
    curve_thin(curve, POINTS);
    for (size_t i = 0; i < count; i++) {
        memory_free(logs[i].back);
        memory_free(logs[i].x);
        memory_free(logs[i].logs);
    }
    memory_free(logs);
    memory_free(series);
}

static void add_line(struct flow_plot *flow, size_t group, int64_t direction, bool is_one_of_two)
{
    struct text name = {0};
    text_add(&name, flow->groups->items[group].name);
    if (is_one_of_two)
        text_add(&name, direction ? ", backward" : ", forward");
    while (names_find(&flow->names, text_get(&name)) < flow->names.count)
        text_add_char(&name, '\''); /* a variant may be called as a direction of another one */
    size_t place = names_add(&flow->names, text_get(&name));
    flow->lines = memory_grow(flow->lines, flow->names.count, sizeof *flow->lines);
    flow->lines[place] = (struct flow_line){group, direction};
    text_release(&name);
}

/* A line for each group of which a panel shows a run, or one for each direction. */
static void add_lines(struct flow_plot *flow)
{
    for (size_t i = 0; i < flow->groups->count; i++) {
        bool any = false, both = false;
        for (size_t j = 0; j < flow->panel_count; j++)
            any |= flow_panel_count(flow, &flow->panels[j], i) > 0;
        for (size_t j = 0; j < flow->runs.count; j++)
            both |= flow->runs.items[j].group == i && flow->runs.items[j].has_two;
        if (any)
            add_line(flow, i, 0, both);
        if (any && both)
            add_line(flow, i, 1, both);
    }
}

/* One x axis for all panels. */
static int fit_x(struct line_plot *lines, const struct axis_range *range, struct error *error)
{
    struct axis x = {0, 1, false};
    for (size_t i = 0; i < lines->panel_count * lines->count; i++) {
        const struct curve *curve = &lines->panels[i / lines->count].curves[i % lines->count];
        for (size_t j = 0; j < curve->count; j++)
            x.high = fmax(x.high, curve->x[j]);
    }
    if (axis_range_apply(range, 'x', &x, "time steps back", error) != 0)
        return -1;
    for (size_t i = 0; i < lines->panel_count; i++) {
        lines->panels[i].x = x;
        lines->panels[i].x_range = *range;
    }
    return 0;
}

/* What of the norms lies within the x axis. */
struct extent {
    double low, high, band_low, band_high;
    bool any; /* also outside */
};

static struct extent measure(const struct line_plot *lines)
{
    struct extent extent = {INFINITY, 0, INFINITY, 0, false};
    for (size_t i = 0; i < lines->panel_count * lines->count; i++) {
        const struct line_panel *panel = &lines->panels[i / lines->count];
        const struct curve *curve = &panel->curves[i % lines->count];
        for (size_t j = 0; j < curve->count; j++) {
            if (!isfinite(curve->mean[j]) || curve->mean[j] <= 0)
                continue;
            extent.any = true;
            line_panel_widen(&extent.low, &extent.high, panel->x, curve, curve->mean, j, true);
            line_panel_widen(&extent.band_low, &extent.band_high, panel->x, curve, curve->low, j,
                             true);
            line_panel_widen(&extent.band_low, &extent.band_high, panel->x, curve, curve->high, j,
                             true);
        }
    }
    return extent;
}

/* One logarithmic y axis for all panels, so that they can be compared; of the bands what does not
 * dwarf the lines. False where there is no norm. */
static bool fit_y(struct line_plot *lines, const struct axis_range *range)
{
    struct extent extent = measure(lines);
    double low = extent.low, high = extent.high;
    struct axis y = {0.1, 1, true};
    if (low <= high) {
        axis_range_narrow(range, &low, &high);
        axis_range_narrow(range, &extent.band_low, &extent.band_high);
        double room = fmax(2, sqrt(sqrt(high / low)));
        y = axis_fit(fmax(low / room, fmin(low, extent.band_low)),
                     fmin(high * room, fmax(high, extent.band_high)), true, INFINITY);
    }
    for (size_t i = 0; i < lines->panel_count; i++) {
        lines->panels[i].y = y;
        lines->panels[i].y_range = *range;
    }
    return extent.any;
}

/* What the x axis says, with the layer where the stacks have several. Caller frees. */
static char *x_label_of(const struct flow_plot *flow)
{
    int64_t low = INT64_MAX, high = -1;
    bool several = false, is_top = true;
    struct text label = {0};
    for (size_t i = 0; i < flow->runs.count; i++) {
        const struct flow_run *run = &flow->runs.items[i];
        if (run->step_count == 0)
            continue;
        low = run->layer < low ? run->layer : low;
        high = run->layer > high ? run->layer : high;
        several |= run->states > 1;
        is_top &= run->above < 0;
        for (size_t j = 0; j < run->list.count; j++)
            several |= run->list.items[j].layer != run->layer;
    }
    text_add(&label, "time steps back from the last");
    if (low < high)
        text_add(&label, is_top ? ", top recurrent layer" : ", top recorded layer");
    else if (several)
        text_add_format(&label, ", layer %" PRId64, low);
    return text_take(&label);
}

/* Reads all that is drawn, of one moment. */
static int read_all(struct flow_plot *flow, const struct plot_request *request, struct error *error)
{
    size_t recorded = 0;
    if (flow_runs_load(&flow->runs, flow->store, flow->groups, flow->layer, error) != 0)
        return -1;
    for (size_t i = 0; i < flow->runs.count; i++)
        recorded += flow->runs.items[i].list.count;
    if (recorded == 0)
        return flow_nothing_recorded(flow, error);
    flow_panels_choose(flow, request);
    add_lines(flow);
    return flow->names.count ? load_norms(flow, error) : flow_nothing_there(flow, request, error);
}

static int draw_panels(struct gnuplot *plot, struct flow_plot *flow,
                       const struct plot_request *request, struct error *error)
{
    struct line_plot lines;
    char *labels[2] = {NULL, NULL}, *x = x_label_of(flow);
    line_plot_init(&lines, &flow->names, flow->panel_count);
    lines.x = x;
    lines.mean = "geometric mean";
    for (size_t i = 0; i < lines.panel_count; i++) {
        for (size_t j = 0; j < lines.count; j++)
            join_line(flow, i, j, &request->x_range, &lines.panels[i].curves[j]);
        lines.panels[i].metric = labels[i] = flow_panel_label(&flow->panels[i]);
    }
    int result = fit_x(&lines, &request->x_range, error);
    bool any = fit_y(&lines, &request->y_range);
    for (size_t i = 0; i < lines.panel_count && any && result == 0; i++)
        result = line_panel_limit(&lines.panels[i], lines.count, error);
    if (any && result == 0)
        result = line_plot_draw(plot, &lines, request->columns, error);
    else if (!any && result == 0)
        result = error_set(error, ERROR_NOT_FOUND,
                           "%s: every norm that is recorded is zero or not a number, which a "
                           "logarithmic axis cannot show",
                           flow->groups->name);
    line_plot_release(&lines);
    memory_free(labels[0]);
    memory_free(labels[1]);
    memory_free(x);
    return result;
}

static void flow_plot_release(struct flow_plot *flow)
{
    size_t count = 0;
    if (flow->norms)
        count = flow->panel_count * flow->names.count * flow->runs.count;
    for (size_t i = 0; i < count; i++)
        gradient_flow_release(&flow->norms[i]);
    memory_free(flow->norms);
    flow_runs_release(&flow->runs);
    names_release(&flow->names);
    memory_free(flow->lines);
    memory_free(flow->panels[0].steps);
    memory_free(flow->panels[1].steps);
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct flow_plot flow = {.store = store, .groups = groups, .layer = request->layer};
    if (request->moment.kind != MOMENT_END && request->moment.kind != MOMENT_STEP)
        return error_set(error, ERROR_USAGE,
                         "gradient-flow: --at takes step:N here: the last recorded step up to N");
    int result = store_begin_reading(store, error);
    if (result == 0)
        result = store_end_reading(store, read_all(&flow, request, error), error);
    if (result == 0) {
        flow_note_missing(&flow);
        result = draw_panels(plot, &flow, request, error);
    }
    flow_plot_release(&flow);
    return result;
}

const struct plot_type plot_gradient_flow = {.options = PLOT_TAKES_MOMENT | PLOT_TAKES_LAYER |
                                                        PLOT_TAKES_X_RANGE | PLOT_TAKES_Y_RANGE,
                                             .draw = draw};
