#include "report/figures.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void figures_release(struct figures *figures)
{
    run_release(&figures->run);
    for (size_t i = 0; figures->series && i < figures->count; i++)
        metrics_release(&figures->series[i]);
    memory_free(figures->series);
    store_series_free(figures->names, figures->count);
    gradient_flow_list_release(&figures->flows);
    finals_release(&figures->finals);
    for (int i = 0; i < SPLITS; i++)
        predictions_release(&figures->predictions[i]);
    *figures = (struct figures){0};
}

static int load_series(struct figures *figures, struct store *store, struct error *error)
{
    const char *id = figures->run.id;
    if (store_series_list(store, id, &figures->names, &figures->count, error))
        return -1;
    figures->series = memory_array(figures->count, sizeof *figures->series);
    for (size_t i = 0; i < figures->count; i++)
        if (store_metrics_load_by(store, id, figures->names[i], METRICS_EPOCHS, &figures->series[i],
                                  error))
            return -1;
    return 0;
}

static int load_flows(struct figures *figures, struct store *store, struct error *error)
{
    const char *id = figures->run.id;
    bool found;
    if (store_gradient_flow_list(store, id, &figures->flows, error))
        return -1;
    for (size_t i = 0; i < figures->flows.count; i++) {
        struct gradient_flow *flow = &figures->flows.items[i];
        if (store_gradient_flow_load(store, id, flow->step, flow->layer, flow->direction, flow,
                                     &found, error))
            return -1;
    }
    return 0;
}

static int load_predictions(struct figures *figures, struct store *store, struct error *error)
{
    bool found;
    for (int i = 0; i < SPLITS; i++)
        if (store_predictions_load(store, figures->run.id, config_split_names[i],
                                   &figures->predictions[i], &found, error))
            return -1;
    return 0;
}

int figures_load(struct figures *figures, struct store *store, const char *prefix,
                 struct error *error)
{
    *figures = (struct figures){0};
    if (store_begin_reading(store, error))
        return -1;
    int result = store_run_find(store, prefix, &figures->run, error);
    if (result == 0)
        result = load_series(figures, store, error);
    if (result == 0)
        result = load_flows(figures, store, error);
    if (result == 0)
        result = store_finals_load(store, figures->run.id, &figures->finals, error);
    if (result == 0)
        result = load_predictions(figures, store, error);
    result = store_end_reading(store, result, error);
    if (result)
        figures_release(figures);
    return result;
}

void figures_comparison_release(struct figures_comparison *comparison)
{
    text_release(&comparison->first);
}

/* The store keeps one kind of NaN. */
static bool is_same(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void add_value(struct text *text, const double *value)
{
    if (value)
        text_add_real(text, *value);
    else
        text_add(text, "nothing");
}

/* "WHAT: stored 0.5, again 0.6"; WHAT is formatted. */
static void add_values(struct text *text, const double *stored, const double *again)
{
    text_add(text, ": stored ");
    add_value(text, stored);
    text_add(text, ", again ");
    add_value(text, again);
}

/* One metric; WHAT is behind the name of the series. Those of a later step are only counted. */
static void compare_metric(struct figures_comparison *comparison, const char *series, int64_t step,
                           const char *what, const double *stored, const double *again)
{
    if (stored && again && is_same(*stored, *again))
        return;
    comparison->different++;
    if (comparison->first.length && step >= comparison->first_step)
        return;
    comparison->first_step = step;
    text_clear(&comparison->first);
    text_add_format(&comparison->first, "%s%s at step %" PRId64, series, what, step);
    add_values(&comparison->first, stored, again);
}

/* Both are sorted by step: they are walked together. */
static void compare_series(struct figures_comparison *comparison, const char *series,
                           const struct metrics *stored, const struct metrics *again)
{
    for (size_t i = 0, j = 0; i < stored->count || j < again->count;) {
        bool has_left =
            j == again->count || (i < stored->count && stored->steps[i] <= again->steps[j]);
        bool has_right =
            i == stored->count || (j < again->count && again->steps[j] <= stored->steps[i]);
        int64_t step = has_left ? stored->steps[i] : again->steps[j];
        const double *left = has_left ? &stored->values[i] : NULL;
        const double *right = has_right ? &again->values[j] : NULL;
        compare_metric(comparison, series, step, "", left, right);
        comparison->metrics++;
        if (has_left && has_right && is_same(*left, *right))
            compare_metric(comparison, series, step, " (its epoch)", &stored->epochs[i],
                           &again->epochs[j]);
        i += has_left;
        j += has_right;
    }
}

/* The series of the two are walked by name. */
static void compare_all_series(struct figures_comparison *comparison, const struct figures *stored,
                               const struct figures *again)
{
    static const struct metrics none;
    for (size_t i = 0, j = 0; i < stored->count || j < again->count;) {
        int order = i == stored->count  ? 1
                    : j == again->count ? -1
                                        : strcmp(stored->names[i], again->names[j]);
        const char *name = order <= 0 ? stored->names[i] : again->names[j];
        const struct metrics *left = order <= 0 ? &stored->series[i] : &none;
        const struct metrics *right = order >= 0 ? &again->series[j] : &none;
        compare_series(comparison, name, left, right);
        i += order <= 0;
        j += order >= 0;
    }
}

/* Counts a difference; true for the first of all, which the caller then describes. */
static bool is_first(struct figures_comparison *comparison)
{
    return comparison->different++ == 0;
}

/* The order of the lists. */
static int compare_places(const struct gradient_flow *a, const struct gradient_flow *b)
{
    if (a->step != b->step)
        return a->step < b->step ? -1 : 1;
    if (a->layer != b->layer)
        return a->layer < b->layer ? -1 : 1;
    return a->direction < b->direction ? -1 : a->direction > b->direction;
}

static void compare_norm(struct figures_comparison *comparison, const struct gradient_flow *flow,
                         int64_t t, const float *stored, const float *again)
{
    comparison->flows++;
    double left = stored ? (double)*stored : 0, right = again ? (double)*again : 0;
    if ((stored && again && is_same(left, right)) || !is_first(comparison))
        return;
    text_add_format(&comparison->first,
                    "gradient flow of layer %" PRId64 ", direction %" PRId64 ", time step %" PRId64
                    ", at step %" PRId64,
                    flow->layer, flow->direction, t, flow->step);
    add_values(&comparison->first, stored ? &left : NULL, again ? &right : NULL);
}

/* Both are in the order of their places: they are walked together. */
static void compare_flows(struct figures_comparison *comparison,
                          const struct gradient_flow_list *stored,
                          const struct gradient_flow_list *again)
{
    for (size_t i = 0, j = 0; i < stored->count || j < again->count;) {
        int order = i == stored->count  ? 1
                    : j == again->count ? -1
                                        : compare_places(&stored->items[i], &again->items[j]);
        const struct gradient_flow *left = order <= 0 ? &stored->items[i] : NULL;
        const struct gradient_flow *right = order >= 0 ? &again->items[j] : NULL;
        int64_t most = left ? left->count : right->count;
        if (right && right->count > most)
            most = right->count;
        for (int64_t t = 0; t < most; t++)
            compare_norm(comparison, left ? left : right, t,
                         left && t < left->count ? &left->norms[t] : NULL,
                         right && t < right->count ? &right->norms[t] : NULL);
        i += order <= 0;
        j += order >= 0;
    }
}

static void compare_count(struct figures_comparison *comparison, const char *what, int64_t stored,
                          int64_t again)
{
    comparison->counts++;
    if (stored != again && is_first(comparison))
        text_add_format(&comparison->first, "%s: stored %" PRId64 ", again %" PRId64, what, stored,
                        again);
}

static void compare_final(struct figures_comparison *comparison, const char *name,
                          const double *stored, const double *again)
{
    comparison->finals++;
    if ((stored && again && is_same(*stored, *again)) || !is_first(comparison))
        return;
    text_add_format(&comparison->first, "final %s", name);
    add_values(&comparison->first, stored, again);
}

/* Earlier programs trained the same runs, under the same keys, without finals of the training
 * split. */
static bool is_of_train_split(const char *name)
{
    return text_starts_with(name, "train_split.");
}

static bool has_train_split(const struct finals *finals)
{
    for (size_t i = 0; i < finals->count; i++)
        if (is_of_train_split(finals->items[i].name))
            return true;
    return false;
}

static void compare_finals(struct figures_comparison *comparison, const struct finals *stored,
                           const struct finals *again)
{
    bool is_older = !has_train_split(stored);
    for (size_t i = 0; i < stored->count; i++) {
        const struct final *item = &stored->items[i];
        compare_final(comparison, item->name, &item->value, finals_find(again, item->name));
    }
    for (size_t i = 0; i < again->count; i++) {
        const struct final *item = &again->items[i];
        if (finals_find(stored, item->name))
            continue;
        if (is_older && is_of_train_split(item->name))
            comparison->left_out++;
        else
            compare_final(comparison, item->name, NULL, &item->value);
    }
}

static void add_prediction(struct text *text, const struct predictions *predictions, int64_t at)
{
    if (at >= predictions->count) {
        text_add(text, "nothing");
        return;
    }
    text_add_format(text, "class %" PRId32 " with probability ", predictions->predicted[at]);
    text_add_real(text, (double)predictions->probabilities[at]);
    text_add_format(text, " (label %" PRId32 ")", predictions->labels[at]);
}

static void compare_prediction(struct figures_comparison *comparison, const char *split, int64_t at,
                               const struct predictions *stored, const struct predictions *again)
{
    struct text *first = &comparison->first;
    comparison->predictions++;
    if (at < stored->count && at < again->count && stored->labels[at] == again->labels[at] &&
        stored->predicted[at] == again->predicted[at] &&
        memcmp(&stored->probabilities[at], &again->probabilities[at], sizeof(float)) == 0)
        return;
    if (!is_first(comparison))
        return;
    text_add_format(first, "prediction of %s example %" PRId64 ": stored ", split, at);
    add_prediction(first, stored, at);
    text_add(first, ", again ");
    add_prediction(first, again, at);
}

static void compare_checkpoint(struct figures_comparison *comparison, const struct run *stored,
                               const struct run *again)
{
    comparison->checkpoint = *stored->checkpoint_hash != '\0';
    if (!comparison->checkpoint || text_equal(stored->checkpoint_hash, again->checkpoint_hash))
        return;
    if (is_first(comparison))
        text_add_format(&comparison->first, "hash of the last checkpoint: stored %s, again %s",
                        stored->checkpoint_hash, again->checkpoint_hash);
}

void figures_compare(const struct figures *stored, const struct figures *again,
                     struct figures_comparison *comparison)
{
    *comparison = (struct figures_comparison){0};
    compare_all_series(comparison, stored, again);
    compare_flows(comparison, &stored->flows, &again->flows);
    compare_count(comparison, "steps", stored->run.progress.step, again->run.progress.step);
    compare_count(comparison, "examples", stored->run.progress.examples,
                  again->run.progress.examples);
    compare_count(comparison, "parameters", stored->run.parameters, again->run.parameters);
    compare_finals(comparison, &stored->finals, &again->finals);
    for (int i = 0; i < SPLITS; i++) {
        const struct predictions *left = &stored->predictions[i], *right = &again->predictions[i];
        int64_t count = left->count > right->count ? left->count : right->count;
        for (int64_t at = 0; at < count; at++)
            compare_prediction(comparison, config_split_names[i], at, left, right);
    }
    compare_checkpoint(comparison, &stored->run, &again->run);
}
