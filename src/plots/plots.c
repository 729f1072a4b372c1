#include "plots/plots.h"

#include "plots/plot_kinds.h"

#define PLOT_KIND_NAME(id, name, type) [PLOT_##id] = name,
const char *const plot_kind_names[] = {PLOT_KIND_LIST(PLOT_KIND_NAME)[PLOT_KINDS] = NULL};
#undef PLOT_KIND_NAME

#define PLOT_KIND_TYPE(id, name, type) [PLOT_##id] = &(type),
static const struct plot_type *const types[] = {PLOT_KIND_LIST(PLOT_KIND_TYPE)};
#undef PLOT_KIND_TYPE

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

unsigned plot_kind_options(enum plot_kind kind)
{
    return types[kind]->options;
}

int plot_draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
              const struct plot_request *request, struct error *error)
{
    struct plot_request complete = *request;
    const char *usual = groups->metric ? groups->metric : "test.accuracy";
    if (request->metric_count == 0 && types[request->kind]->options & PLOT_TAKES_METRICS) {
        if (request->kind == PLOT_CURVES)
            usual = usual_curve(store, groups, usual);
        complete.metrics = &usual;
        complete.metric_count = 1;
    }
    return types[request->kind]->draw(plot, store, groups, &complete, error);
}
