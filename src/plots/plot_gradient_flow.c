/* Gradient flow: how large the loss's gradient with respect to a recurrent layer's hidden state is,
 * by time steps back from the last one the layer read. A line for each variant (and direction), the
 * geometric mean over its seeds, since the axis is logarithmic; a panel for each training step. */
#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "compare/curves.h"
#include "plots/plot_lines.h"
#include "store/gradient_flow.h"

#include <inttypes.h>
#include <math.h>

enum { POINTS = 2000 }; /* of a line; more cannot be told apart on paper */

/* Which of a run's recorded steps a panel shows. */
enum choice { FIRST, LAST };

struct panel_steps {
    enum choice choice;
    int64_t limit;           /* LAST: up to this one */
    int64_t lowest, highest; /* of those that were found */
    int64_t layer_low, layer_high;
};

struct line {
    size_t group;
    int64_t direction;
};

struct flow_plot {
    struct store *store;
    const struct groups *groups;
    int64_t layer; /* -1: the top one of each run */
    struct line *lines;
    struct names names; /* of the lines */
    struct panel_steps panels[2];
    size_t panel_count;
    /* What is recorded: the layers' numbers, and the steps of training. */
    struct names layers;
    int64_t first_step, last_step;
};

/* The first or last step of LIST at which the layer that is asked for was recorded; false where
 * there is none. */
static bool choose(const struct gradient_flow_list *list, const struct panel_steps *panel,
                   int64_t wanted, int64_t *step, int64_t *layer)
{
    bool found = false;
    int64_t top = -1;
    for (size_t i = 0; i < list->count; i++)
        top = list->items[i].layer > top ? list->items[i].layer : top;
    *layer = wanted >= 0 ? wanted : top;
    for (size_t i = 0; i < list->count; i++) {
        const struct gradient_flow *entry = &list->items[i];
        if (entry->layer != *layer || entry->step > panel->limit)
            continue;
        *step = found && panel->choice == FIRST ? *step : entry->step;
        found = true;
    }
    return found;
}

static void note_step(struct panel_steps *panel, int64_t step, int64_t layer)
{
    panel->lowest = step < panel->lowest ? step : panel->lowest;
    panel->highest = step > panel->highest ? step : panel->highest;
    panel->layer_low = layer < panel->layer_low ? layer : panel->layer_low;
    panel->layer_high = layer > panel->layer_high ? layer : panel->layer_high;
}

/* What RUN recorded of DIRECTION for PANEL; nothing (count 0) where it has none. */
static int load_run(const struct flow_plot *flow, struct panel_steps *panel, const char *id,
                    int64_t direction, struct gradient_flow *out, struct error *error)
{
    struct gradient_flow_list list;
    int64_t step = 0, layer = 0;
    bool found;
    *out = (struct gradient_flow){0};
    if (store_gradient_flow_list(flow->store, id, &list, error) != 0)
        return -1;
    bool has = choose(&list, panel, flow->layer, &step, &layer);
    gradient_flow_list_release(&list);
    if (!has)
        return 0;
    if (store_gradient_flow_load(flow->store, id, step, layer, direction, out, &found, error) != 0)
        return -1;
    if (found)
        note_step(panel, step, layer);
    return 0;
}

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

/* "gradient norm, step 1437", or with the lowest and highest step where runs differ. Caller
 * frees. */
static char *label_of(const struct panel_steps *panel)
{
    struct text label = {0};
    bool same = panel->lowest == panel->highest;
    text_add_format(&label, "gradient norm, step%s ", same ? "" : "s");
    text_add_integer(&label, panel->lowest);
    if (!same) {
        text_add(&label, "–");
        text_add_integer(&label, panel->highest);
    }
    return text_take(&label);
}

static void note_gaps(const struct panel_steps *panel, const char *name, size_t zeros,
                      size_t no_numbers, size_t count)
{
    char *what = label_of(panel);
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
                         const struct panel_steps *panel, const char *name)
{
    size_t zeros = 0, no_numbers = 0;
    for (size_t i = 0; i < curve->count; i++) {
        bool is_zero = false, is_no_number = false;
        for (size_t j = 0; j < count; j++) {
            if (i >= (size_t)flows[j].count)
                continue;
            float norm = flows[j].norms[(size_t)flows[j].count - 1 - i];
            is_zero |= norm == 0;
            is_no_number |= !isfinite(norm);
        }
        zeros += is_zero;
        no_numbers += is_no_number;
        curve->mean[i] = is_zero ? NAN : exp(curve->mean[i]);
        curve->low[i] = is_zero ? NAN : exp(curve->low[i]);
        curve->high[i] = is_zero ? NAN : exp(curve->high[i]);
    }
    note_gaps(panel, name, zeros, no_numbers, curve->count);
}

static int load_line(const struct flow_plot *flow, struct panel_steps *panel, size_t index,
                     struct curve *curve, struct error *error)
{
    const struct line *line = &flow->lines[index];
    const struct group *group = &flow->groups->items[line->group];
    struct gradient_flow *flows = memory_array(group->run_count, sizeof *flows);
    struct log_series *logs = memory_array(group->run_count, sizeof *logs);
    struct series *series = memory_array(group->run_count, sizeof *series);
    size_t loaded = 0;
    int result = 0;
    for (; loaded < group->run_count && result == 0; loaded++) {
        result = load_run(flow, panel, group->runs[loaded].run.id, line->direction, &flows[loaded],
                          error);
        logs[loaded] = take_logs(&flows[loaded]);
        series[loaded] = (struct series){(size_t)flows[loaded].count, logs[loaded].back,
                                         logs[loaded].x, logs[loaded].logs};
    }
    if (result == 0) {
        curve_join(curve, series, loaded);
        finish_curve(curve, flows, loaded, panel, flow->names.items[index]);
        curve_thin(curve, POINTS);
    }
    for (size_t i = 0; i < loaded; i++) {
        gradient_flow_release(&flows[i]);
        memory_free(logs[i].back);
        memory_free(logs[i].x);
        memory_free(logs[i].logs);
    }
    memory_free(flows);
    memory_free(logs);
    memory_free(series);
    return result;
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
    flow->lines[place] = (struct line){group, direction};
    text_release(&name);
}

static void note_entry(struct flow_plot *flow, const struct gradient_flow *entry)
{
    struct text layer = {0};
    text_add_integer(&layer, entry->layer);
    names_add(&flow->layers, text_get(&layer));
    text_release(&layer);
    flow->first_step = entry->step < flow->first_step ? entry->step : flow->first_step;
    flow->last_step = entry->step > flow->last_step ? entry->step : flow->last_step;
}

/* A line for GROUP, or one for each direction; none, with a note, where nothing was recorded. */
static int add_lines(struct flow_plot *flow, size_t index, bool *has_any, struct error *error)
{
    const struct group *group = &flow->groups->items[index];
    bool any = false, both = false;
    for (size_t i = 0; i < group->run_count; i++) {
        struct gradient_flow_list list;
        if (store_gradient_flow_list(flow->store, group->runs[i].run.id, &list, error) != 0)
            return -1;
        for (size_t j = 0; j < list.count; j++) {
            note_entry(flow, &list.items[j]);
            both |= list.items[j].direction > 0;
        }
        any |= list.count > 0;
        gradient_flow_list_release(&list);
    }
    *has_any |= any;
    if (!any) {
        log_note("%s: no gradient flow is recorded", group->name);
        return 0;
    }
    add_line(flow, index, 0, both);
    if (both)
        add_line(flow, index, 1, both);
    return 0;
}

static int nothing_recorded(const struct groups *groups, struct error *error)
{
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: no gradient flow is recorded; set `train.diagnostics: gradient_flow` in "
                     "the config (or beside unroll run and unroll batch, "
                     "train.diagnostics=gradient_flow) and train again: the results stay the same",
                     groups->name);
}

/* The two panels, or the one that was asked for, of which the first and last step are the same. */
static void set_panels(struct flow_plot *flow, const struct plot_request *request)
{
    const struct panel_steps none = {LAST, INT64_MAX, INT64_MAX, -1, INT64_MAX, -1};
    bool is_asked = request->moment.kind == MOMENT_STEP;
    flow->panels[0] = flow->panels[1] = none;
    flow->panel_count = is_asked ? 1 : 2;
    if (is_asked)
        flow->panels[0].limit = (int64_t)fmin(request->moment.at, 0x1p62);
    else
        flow->panels[0].choice = FIRST;
}

/* One logarithmic axis for all panels, so that they can be compared; of the bands what does not
 * dwarf the lines. */
static bool fit_axes(struct line_plot *lines)
{
    double low = INFINITY, high = 0, band_low = INFINITY, band_high = 0, x = 1;
    for (size_t i = 0; i < lines->panel_count * lines->count; i++) {
        const struct curve *curve = &lines->panels[i / lines->count].curves[i % lines->count];
        for (size_t j = 0; j < curve->count; j++) {
            x = fmax(x, curve->x[j]);
            if (!isfinite(curve->mean[j]) || curve->mean[j] <= 0)
                continue;
            low = fmin(low, curve->mean[j]);
            high = fmax(high, curve->mean[j]);
            band_low = fmin(band_low, curve->low[j]);
            band_high = fmax(band_high, curve->high[j]);
        }
    }
    if (high == 0)
        return false;
    double room = fmax(2, sqrt(sqrt(high / low)));
    struct axis y = axis_fit(fmax(low / room, fmin(low, band_low)),
                             fmin(high * room, fmax(high, band_high)), true, INFINITY);
    for (size_t i = 0; i < lines->panel_count; i++) {
        lines->panels[i].x = (struct axis){0, x, false};
        lines->panels[i].y = y;
    }
    return true;
}

/* What the x axis says, with the layer where there are several. Caller frees. */
static char *x_label_of(const struct flow_plot *flow)
{
    const struct panel_steps *panel = &flow->panels[0];
    struct text label = {0};
    text_add(&label, "time steps back from the last");
    bool several = flow->layers.count > 1;
    if (several && panel->layer_low == panel->layer_high)
        text_add_format(&label, ", layer %" PRId64, panel->layer_low);
    else if (several)
        text_add(&label, ", top recurrent layer");
    return text_take(&label);
}

/* Nothing to draw: it was not recorded where it is asked for, or all of it is zero. */
static int nothing_there(const struct flow_plot *flow, const struct plot_request *request,
                         struct error *error)
{
    struct text what = {0}, layers = {0};
    if (flow->panels[0].highest >= 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: every norm that is recorded is zero or not a number, which a "
                         "logarithmic axis cannot show",
                         flow->groups->name);
    if (flow->layer >= 0)
        text_add_format(&what, " of layer %" PRId64, flow->layer);
    if (request->moment.kind == MOMENT_STEP)
        text_add_format(&what, " up to step %" PRId64, flow->panels[0].limit);
    for (size_t i = 0; i < flow->layers.count; i++)
        text_add_format(&layers, "%s %s", i ? "," : "", flow->layers.items[i]);
    error_set(error, ERROR_NOT_FOUND,
              "%s: no gradient flow is recorded%s; there is that of layer%s%s, from step %" PRId64
              " to %" PRId64,
              flow->groups->name, text_get(&what), flow->layers.count > 1 ? "s" : "",
              text_get(&layers), flow->first_step, flow->last_step);
    text_release(&what);
    text_release(&layers);
    return -1;
}

static int load_panels(struct flow_plot *flow, struct line_plot *lines, struct error *error)
{
    for (size_t i = 0; i < lines->panel_count; i++)
        for (size_t j = 0; j < lines->count; j++)
            /* Writers may come in between two lines. */
            if (store_begin_reading(flow->store, error) != 0 ||
                store_end_reading(
                    flow->store,
                    load_line(flow, &flow->panels[i], j, &lines->panels[i].curves[j], error),
                    error) != 0)
                return -1;
    return 0;
}

/* Every run has recorded one step only: two panels would show the same. */
static bool is_one_step(const struct flow_plot *flow)
{
    const struct panel_steps *first = &flow->panels[0], *last = &flow->panels[1];
    return flow->panel_count == 2 && first->lowest == last->lowest &&
           first->highest == last->highest;
}

static int draw_panels(struct gnuplot *plot, struct flow_plot *flow,
                       const struct plot_request *request, struct error *error)
{
    struct line_plot lines;
    line_plot_init(&lines, &flow->names, flow->panel_count);
    char *labels[2] = {NULL, NULL}, *x = NULL;
    int result = load_panels(flow, &lines, error);
    if (result == 0 && !fit_axes(&lines))
        result = nothing_there(flow, request, error);
    if (result == 0) {
        struct line_plot shown = lines;
        shown.x = x = x_label_of(flow);
        shown.panel_count = is_one_step(flow) ? 1 : lines.panel_count;
        for (size_t i = 0; i < shown.panel_count; i++)
            lines.panels[i].metric = labels[i] = label_of(&flow->panels[i]);
        result = line_plot_draw(plot, &shown, request->columns, error);
    }
    line_plot_release(&lines);
    memory_free(labels[0]);
    memory_free(labels[1]);
    memory_free(x);
    return result;
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    struct flow_plot flow = {
        .store = store, .groups = groups, .layer = request->layer, .first_step = INT64_MAX};
    bool has_any = false;
    int result = 0;
    if (request->moment.kind != MOMENT_END && request->moment.kind != MOMENT_STEP)
        return error_set(error, ERROR_USAGE,
                         "gradient-flow: --at takes step:N here: the last recorded step up to N");
    for (size_t i = 0; i < groups->count && result == 0; i++)
        result = add_lines(&flow, i, &has_any, error);
    if (result == 0 && !has_any)
        result = nothing_recorded(groups, error);
    set_panels(&flow, request);
    if (result == 0)
        result = draw_panels(plot, &flow, request, error);
    names_release(&flow.names);
    names_release(&flow.layers);
    memory_free(flow.lines);
    return result;
}

const struct plot_type plot_gradient_flow = {.options = PLOT_TAKES_MOMENT | PLOT_TAKES_LAYER,
                                             .draw = draw};
