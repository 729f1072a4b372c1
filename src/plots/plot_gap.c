#include "plots/plot_kinds.h"

#include "base/memory.h"
#include "compare/metric.h"
#include "plots/plot_parts.h"

#include <string.h>

/* A figure on what was trained on, and on what was not: test set first. */
static const char *const figures[] = {"accuracy", "loss"};
static const char *const gaps[] = {"gap.", "gap.validation."};
static const char *const splits[] = {"test.", "validation."};
enum { FIGURES = 2, SPLITS = 2 };

/* Whether a run has both series of which the gap of FIGURE is the difference. */
static bool has_gap(struct store *store, const struct groups *groups, int split, const char *figure)
{
    char *train = text_format("train_split.%s", figure);
    char *other = text_format("%s%s", splits[split], figure);
    bool has = plot_has_series(store, groups, train) && plot_has_series(store, groups, other);
    memory_free(train);
    memory_free(other);
    return has;
}

static int no_gap(const struct groups *groups, struct error *error)
{
    static const char *const how = "train.evaluate.on: [train, test]` (or [train, validation])";
    size_t coming = 0;
    for (size_t i = 0; i < groups->count; i++)
        coming += groups->items[i].states[RUN_RUNNING] + groups->items[i].states[RUN_QUEUED];
    if (coming > 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "no run has yet been evaluated on its training set and another split; %zu "
                         "%s running or not begun. Runs with `%s will be, the others never",
                         coming, coming == 1 ? "is" : "are", how);
    return error_set(error, ERROR_NOT_FOUND,
                     "no run was evaluated on its training set and another split while it trained; "
                     "train with `%s",
                     how);
}

/* Fills METRICS with the gaps that the runs have: of the test set, else of the validation split. */
static size_t usual_gaps(struct store *store, const struct groups *groups, char *metrics[FIGURES])
{
    size_t count = 0;
    for (int split = 0; split < SPLITS && count == 0; split++)
        for (int i = 0; i < FIGURES; i++)
            if (has_gap(store, groups, split, figures[i]))
                metrics[count++] = text_format("%s%s", gaps[split], figures[i]);
    return count;
}

/* The gap that METRIC means: "loss" and "test.loss" are gap.loss, "validation.loss" is
 * gap.validation.loss, and "loss" too where no test set was evaluated. NULL after an error. */
static char *gap_of(struct store *store, const struct groups *groups, const char *metric,
                    struct error *error)
{
    const char *dot = strrchr(metric, '.'), *figure = dot ? dot + 1 : metric;
    bool known = text_equal(figure, figures[0]) || text_equal(figure, figures[1]);
    for (int split = 0; split < SPLITS && known; split++) {
        size_t length = dot ? (size_t)(dot + 1 - metric) : 0;
        bool named =
            dot &&
            ((strlen(splits[split]) == length && strncmp(metric, splits[split], length) == 0) ||
             (strlen(gaps[split]) == length && strncmp(metric, gaps[split], length) == 0));
        if (!named && dot)
            continue;
        if (has_gap(store, groups, split, figure))
            return text_format("%s%s", gaps[split], figure);
        if (named) {
            no_gap(groups, error);
            return NULL;
        }
    }
    if (known && !dot)
        no_gap(groups, error);
    else
        error_set(error, ERROR_USAGE,
                  "--metric %s: the gap is of accuracy, loss, validation.accuracy or "
                  "validation.loss",
                  metric);
    return NULL;
}

static int draw(struct gnuplot *plot, struct store *store, const struct groups *groups,
                const struct plot_request *request, struct error *error)
{
    size_t count = request->metric_count ? request->metric_count : FIGURES, filled = 0;
    char **metrics = memory_array(count, sizeof *metrics);
    if (request->metric_count == 0)
        filled = usual_gaps(store, groups, metrics);
    else
        while (filled < count &&
               (metrics[filled] = gap_of(store, groups, request->metrics[filled], error)) != NULL)
            filled++;
    int result = 0;
    if (request->metric_count == 0 && filled == 0)
        result = no_gap(groups, error);
    else if (request->metric_count > 0 && filled < count)
        result = -1;
    if (result == 0) {
        struct plot_request complete = *request;
        complete.metrics = (const char *const *)metrics;
        complete.metric_count = filled;
        result = plot_curves.draw(plot, store, groups, &complete, error);
    }
    for (size_t i = 0; i < filled; i++)
        memory_free(metrics[i]);
    memory_free(metrics);
    return result;
}

const struct plot_type plot_gap = {.options = PLOT_TAKES_METRICS | PLOT_TAKES_X |
                                              PLOT_TAKES_X_RANGE | PLOT_TAKES_Y_RANGE,
                                   .chooses_metrics = true,
                                   .draw = draw};
