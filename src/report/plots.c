#include "report/plots.h"

#include "report/plot_kinds.h"
#include "report/printable.h"

const char *const plot_kind_names[] = {
    [PLOT_CURVES] = "curves",
    [PLOT_ACCURACY] = "accuracy",
    [PLOT_RATE] = "rate",
    [PLOT_KINDS] = NULL,
};

const char *const plot_x_names[] = {
    [PLOT_STEPS] = "steps",
    [PLOT_EPOCHS] = "epochs",
    [PLOT_SECONDS] = "seconds",
    [PLOT_XS] = NULL,
};

void plot_add_margins(struct gnuplot *plot, double width, double height,
                      struct plot_margins margins)
{
    text_add_format(&plot->script,
                    "set lmargin at screen %.4f\nset rmargin at screen %.4f\n"
                    "set tmargin at screen %.4f\nset bmargin at screen %.4f\n",
                    margins.left / width, 1 - margins.right / width, 1 - margins.top / height,
                    margins.bottom / height);
}

void plot_add_label(struct gnuplot *plot, const char *place, const char *metric)
{
    struct text label = {0};
    axis_add_label(&label, metric);
    text_add_format(&plot->script, "set %s ", place);
    gnuplot_add_text(&plot->script, text_get(&label));
    text_add_char(&plot->script, '\n');
    text_release(&label);
}

void plot_add_axis(struct gnuplot *plot, char axis, struct axis fitted, int ticks)
{
    text_add_format(&plot->script, "%s logscale %c\nset %crange [%.9g:%.9g]\nset %ctics (",
                    fitted.logarithmic ? "set" : "unset", axis, axis, fitted.low, fitted.high,
                    axis);
    axis_add_ticks(&plot->script, fitted, ticks);
    text_add(&plot->script, ")\n");
}

void plot_add_multiplot(struct gnuplot *plot, size_t panels)
{
    if (plot->format == PICTURE_ASCII)
        text_add_format(&plot->script, "set multiplot layout %zu,1\n", panels);
    else
        text_add(&plot->script, "set multiplot\n");
}

size_t plot_longest_name(const struct groups *groups, size_t limit)
{
    size_t longest = 1;
    for (size_t i = 0; i < groups->count; i++) {
        struct text name = {0};
        printable_add_cut(&name, groups->items[i].name, limit);
        size_t width = printable_width(text_get(&name));
        longest = width > longest ? width : longest;
        text_release(&name);
    }
    return longest;
}

/* Whether a run of GROUPS has measured METRIC while it trained. */
static bool has_series(struct store *store, const struct groups *groups, const char *metric)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            double value;
            bool found = false;
            const char *id = groups->items[i].runs[j].run.id;
            if (store_metrics_last(store, id, metric, &value, &found, NULL) == 0 && found)
                return true;
        }
    return false;
}

/* What curves show when nobody said: what the experiment compares, if it was evaluated while
 * training, else the nearest thing that was. */
static const char *usual_curve(struct store *store, const struct groups *groups,
                               const char *compared)
{
    const char *const candidates[] = {compared, "validation.accuracy", "test.accuracy",
                                      "train.accuracy"};
    for (size_t i = 0; i < sizeof candidates / sizeof candidates[0]; i++)
        if (has_series(store, groups, candidates[i]))
            return candidates[i];
    return compared;
}

int plot_draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
              const struct plot_request *request, struct error *error)
{
    struct plot_request complete = *request;
    const char *usual = groups->metric ? groups->metric : "test.accuracy";
    if (request->metric_count == 0) {
        if (request->kind == PLOT_RATE)
            usual = "train.rate";
        else if (request->kind == PLOT_CURVES)
            usual = usual_curve(store, groups, usual);
        complete.metrics = &usual;
        complete.metric_count = 1;
    }
    if (request->kind == PLOT_ACCURACY)
        return plot_draw_finals(plot, groups, &complete, error);
    return plot_draw_curves(plot, store, groups, &complete, error);
}
