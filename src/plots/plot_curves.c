#include "plots/plot_kinds.h"

#include "base/log.h"
#include "base/memory.h"
#include "compare/metric.h"
#include "plots/line_range.h"
#include "plots/line_titles.h"
#include "plots/plot_lines.h"
#include "plots/plot_parts.h"
#include "plots/unmeasured.h"

#include <math.h>

enum { POINTS = 2000 }; /* of a curve; more cannot be told apart on paper */

static const double *x_of(const struct metrics *metrics, enum plot_x x, double *steps)
{
    if (x == PLOT_EPOCHS)
        return metrics->epochs;
    if (x == PLOT_SECONDS)
        return metrics->seconds;
    for (size_t i = 0; i < metrics->count; i++)
        steps[i] = (double)metrics->steps[i];
    return steps;
}

static void scale_curve(struct curve *curve, double scale)
{
    for (size_t i = 0; i < curve->count; i++) {
        curve->mean[i] *= scale;
        curve->low[i] *= scale;
        curve->high[i] *= scale;
    }
}

/* Where the last value of CURVE stands, or NaN. */
static double end_of(const struct curve *curve)
{
    return curve->count > 0 ? curve->x[curve->count - 1] : NAN;
}

/* What there is of a line. */
struct extent {
    double end;  /* where it ends, or NaN */
    size_t runs; /* that have a finite value */
};

static bool has_value(const struct metrics *metrics)
{
    for (size_t i = 0; i < metrics->count; i++)
        if (isfinite(metrics->values[i]))
            return true;
    return false;
}

/* Joins METRIC of GROUP's runs, as far as it is needed for RANGE of X. */
static int load_curve(struct curve *curve, struct extent *extent, struct store *store,
                      const struct group *group, const char *metric, enum plot_x x,
                      const struct axis_range *range, struct error *error)
{
    size_t count = group->run_count, loaded = 0;
    struct metrics *metrics = memory_array(count, sizeof *metrics);
    struct series *series = memory_array(count, sizeof *series);
    double **steps = memory_array(count, sizeof *steps);
    unsigned times = x == PLOT_EPOCHS ? METRICS_EPOCHS : x == PLOT_SECONDS ? METRICS_SECONDS : 0;
    int result = 0;
    for (; loaded < count && result == 0; loaded++) {
        struct metrics *of_run = &metrics[loaded];
        result = metric_load(store, group->runs[loaded].run.id, metric, times, of_run, error);
        extent->runs += has_value(of_run);
        steps[loaded] = memory_array(of_run->count, sizeof **steps);
        series[loaded] = (struct series){of_run->count, of_run->steps,
                                         x_of(of_run, x, steps[loaded]), of_run->values};
    }
    if (result == 0) {
        curve_join(curve, series, count);
        extent->end = end_of(curve);
        line_range_crop(curve, range);
        curve_thin(curve, POINTS);
        scale_curve(curve, axis_scale(metric));
    }
    for (size_t i = 0; i < loaded; i++) {
        metrics_release(&metrics[i]);
        memory_free(steps[i]);
    }
    memory_free(metrics);
    memory_free(series);
    memory_free(steps);
    return result;
}

/* What others reported of PANEL's metric by step. A figure of the end stands where our curve ends,
 * which EXTENTS say of each. */
static void add_reported(struct line_panel *panel, const struct groups *groups,
                         const struct extent *extents)
{
    const struct questions *questions = &groups->questions;
    panel->points = memory_array(questions->reported_count, sizeof *panel->points);
    for (size_t i = 0; i < questions->reported_count; i++) {
        const struct reported_figure *figure = &questions->reported[i];
        size_t line = names_find(&groups->names, figure->variant);
        if (line == groups->count || !text_equal(figure->metric, panel->metric))
            continue;
        double x = figure->step == REPORTED_AT_END ? extents[line].end : (double)figure->step;
        if (isnan(x))
            continue;
        double scale = axis_scale(panel->metric);
        panel->points[panel->point_count++] =
            (struct line_point){line, x, scale * figure->value, scale * figure->within};
    }
}

/* Says why what was reported is not to be seen. */
static void note_hidden(const struct groups *groups, enum plot_x x)
{
    if (x != PLOT_STEPS && groups->questions.reported_count > 0)
        log_note("the reported figures are by step: take --x steps to see them");
}

/* Loads PANEL's curves and points. SHOWN [count] become the runs that one panel has at least. */
static int load_lines(struct line_panel *panel, struct store *store, const struct groups *groups,
                      enum plot_x x, size_t *shown, struct error *error)
{
    struct extent *extents = memory_array(groups->count, sizeof *extents);
    int result = 0;
    for (size_t i = 0; i < groups->count && result == 0; i++) {
        /* Writers may come in between two groups. */
        result = store_begin_reading(store, error);
        if (result == 0)
            result = store_end_reading(store,
                                       load_curve(&panel->curves[i], &extents[i], store,
                                                  &groups->items[i], panel->metric, x,
                                                  &panel->x_range, error),
                                       error);
        shown[i] = extents[i].runs > shown[i] ? extents[i].runs : shown[i];
    }
    if (result == 0 && x == PLOT_STEPS)
        add_reported(panel, groups, extents);
    line_panel_find_single_runs(panel, groups->count);
    memory_free(extents);
    return result;
}

static int load_panel(struct line_panel *panel, struct store *store, const struct groups *groups,
                      enum plot_x x, size_t *shown, struct error *error)
{
    if (load_lines(panel, store, groups, x, shown, error) != 0 ||
        line_panel_fit_x(panel, groups->count, plot_x_names[x], error) != 0)
        return -1;
    bool any = line_panel_fit(panel, groups->count);
    if (line_panel_limit(panel, groups->count, error) != 0)
        return -1;
    if (any)
        return 0;
    for (size_t i = 0; i < groups->count; i++)
        if (panel->curves[i].count > 0) {
            log_note("%s: no value is a finite number, so its plot is empty", panel->metric);
            return 0;
        }
    return unmeasured_error(store, groups, panel->metric, error);
}

/* Fills LINES, whose panels there are, with what REQUEST asks for. */
static int load_panels(struct line_plot *lines, struct store *store, const struct groups *groups,
                       const struct plot_request *request, struct error *error)
{
    size_t *shown = memory_array(groups->count, sizeof *shown);
    int result = 0;
    for (size_t i = 0; i < lines->panel_count && result == 0; i++) {
        lines->panels[i].metric = request->metrics[i];
        lines->panels[i].log_x = request->log_x;
        lines->panels[i].x_range = request->x_range;
        lines->panels[i].y_range = request->y_range;
        result = load_panel(&lines->panels[i], store, groups, request->x, shown, error);
    }
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        line_titles_set(lines, i, group->run_count + group->states[RUN_QUEUED],
                        group->states[RUN_DIVERGED], shown[i]);
    }
    memory_free(shown);
    return result;
}

/* What curves show when nobody said: what the experiment compares, if it was evaluated while
 * training, else the nearest thing that was. */
static const char *usual_metric(struct store *store, const struct groups *groups)
{
    const char *compared = groups_metric(groups);
    const char *const candidates[] = {compared, "validation.accuracy", "test.accuracy",
                                      "train.accuracy"};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (plot_has_series(store, groups, candidates[i]))
            return candidates[i];
    return compared;
}

static int draw_metrics(struct gnuplot *plot, struct store *store, const struct groups *groups,
                        const struct plot_request *request, struct error *error)
{
    struct line_plot lines;
    if (axis_range_check_units(&request->y_range, request->metrics, request->metric_count, error) !=
        0)
        return -1;
    line_plot_init(&lines, &groups->names, request->metric_count);
    lines.x = plot_x_names[request->x];
    char *points =
        text_format("reported: %s", groups->questions.source ? groups->questions.source : "");
    lines.points = points;
    note_hidden(groups, request->x);
    int result = load_panels(&lines, store, groups, request, error);
    if (result == 0)
        result = line_plot_draw(plot, &lines, request->columns, error);
    line_plot_release(&lines);
    memory_free(points);
    return result;
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    if (request->metric_count > 0)
        return draw_metrics(plot, store, groups, request, error);
    const char *usual = usual_metric(store, groups);
    struct plot_request complete = *request;
    complete.metrics = &usual;
    complete.metric_count = 1;
    return draw_metrics(plot, store, groups, &complete, error);
}

static int draw_rate(struct gnuplot *plot, struct store *store, const struct groups *groups,
                     const struct plot_request *request, struct error *error)
{
    static const char *const rate = "train.rate";
    struct plot_request complete = *request;
    complete.metrics = &rate;
    complete.metric_count = 1;
    return draw_metrics(plot, store, groups, &complete, error);
}

const struct plot_type plot_curves = {.options = PLOT_TAKES_METRICS | PLOT_TAKES_X |
                                                 PLOT_TAKES_X_RANGE | PLOT_TAKES_Y_RANGE,
                                      .chooses_metrics = true,
                                      .draw = draw};
const struct plot_type plot_rate = {
    .options = PLOT_TAKES_X | PLOT_TAKES_X_RANGE | PLOT_TAKES_Y_RANGE, .draw = draw_rate};
