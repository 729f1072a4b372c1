#include "plots/plots.h"

#include "plots/plot_kinds.h"

#define PLOT_KIND_NAME(id, name, type) [PLOT_##id] = name,
const char *const plot_kind_names[] = {PLOT_KIND_LIST(PLOT_KIND_NAME)[PLOT_KINDS] = NULL};
#undef PLOT_KIND_NAME

#define PLOT_KIND_TYPE(id, name, type) [PLOT_##id] = &(type),
static const struct plot_type *const types[] = {PLOT_KIND_LIST(PLOT_KIND_TYPE)};
#undef PLOT_KIND_TYPE

const char *const plot_x_names[] = {
    [PLOT_STEPS] = "steps",           [PLOT_EPOCHS] = "epochs",
    [PLOT_SECONDS] = "seconds",       [PLOT_CPU_SECONDS] = "cpu_seconds",
    [PLOT_PARAMETERS] = "parameters", [PLOT_XS] = NULL,
};

unsigned plot_kind_options(enum plot_kind kind)
{
    return types[kind]->options;
}

bool plot_kind_has_x(enum plot_kind kind, enum plot_x x)
{
    unsigned options = plot_kind_options(kind);
    if (options & PLOT_TAKES_X)
        return x == PLOT_STEPS || x == PLOT_EPOCHS || x == PLOT_SECONDS;
    return options & PLOT_TAKES_COST &&
           (x == PLOT_SECONDS || x == PLOT_CPU_SECONDS || x == PLOT_PARAMETERS);
}

enum plot_x plot_kind_usual_x(enum plot_kind kind)
{
    return plot_kind_options(kind) & PLOT_TAKES_COST ? PLOT_SECONDS : PLOT_STEPS;
}

int plot_draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
              const struct plot_request *request, struct error *error)
{
    const struct plot_type *type = types[request->kind];
    struct plot_request complete = *request;
    const char *compared = groups_metric(groups);
    bool takes = type->options & (PLOT_TAKES_METRICS | PLOT_TAKES_METRIC);
    if (request->metric_count == 0 && takes && !type->chooses_metrics) {
        complete.metrics = &compared;
        complete.metric_count = 1;
    }
    return type->draw(plot, store, groups, &complete, error);
}
