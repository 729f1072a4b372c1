#include "report/plots.h"

#include "report/plot_kinds.h"

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
