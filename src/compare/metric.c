#include "compare/metric.h"

#include <math.h>

double metric_of_run(const struct run *run, const char *metric)
{
    const struct run_progress *progress = &run->progress;
    if (run->state != RUN_DONE)
        return NAN;
    if (text_equal(metric, "seconds"))
        return progress->train_seconds;
    if (text_equal(metric, "cpu_seconds"))
        return progress->cpu_seconds;
    if (text_equal(metric, "parameters"))
        return (double)run->parameters;
    if (text_equal(metric, "examples_per_second") && progress->train_seconds > 0)
        return (double)progress->examples / progress->train_seconds;
    return NAN;
}

double metric_of_finals(const struct finals *finals, const char *metric)
{
    const struct metric_difference *difference = metric_difference_find(metric);
    if (difference)
        return metric_of_finals(finals, difference->minuend) -
               metric_of_finals(finals, difference->subtrahend);
    const double *value = finals_find(finals, metric);
    return value ? *value : NAN;
}

/* Takes B from A, where they have the same step; A keeps no other step. */
static void subtract(struct metrics *a, const struct metrics *b)
{
    size_t kept = 0;
    for (size_t i = 0, j = 0; i < a->count; i++) {
        while (j < b->count && b->steps[j] < a->steps[i])
            j++;
        if (j == b->count || b->steps[j] != a->steps[i])
            continue;
        a->steps[kept] = a->steps[i];
        a->values[kept] = a->values[i] - b->values[j];
        if (a->epochs)
            a->epochs[kept] = a->epochs[i];
        if (a->seconds)
            a->seconds[kept] = a->seconds[i];
        kept++;
    }
    a->count = kept;
}

int metric_load(struct store *store, const char *id, const char *metric, unsigned times,
                struct metrics *series, struct error *error)
{
    const struct metric_difference *difference = metric_difference_find(metric);
    struct metrics subtrahend;
    if (!difference)
        return store_metrics_load_by(store, id, metric, times, series, error);
    if (store_metrics_load_by(store, id, difference->minuend, times, series, error) != 0)
        return -1;
    if (store_metrics_load_by(store, id, difference->subtrahend, 0, &subtrahend, error) != 0) {
        metrics_release(series);
        return -1;
    }
    subtract(series, &subtrahend);
    metrics_release(&subtrahend);
    return 0;
}

const char *metric_judge(const char *metric)
{
    if (text_ends_with(metric, ".accuracy"))
        return "validation.accuracy";
    return text_ends_with(metric, ".loss") ? "validation.loss" : NULL;
}

void metric_add_names(struct text *text, const struct names *known)
{
    for (size_t i = 0; i < known->count; i++)
        text_add_format(text, "%s, ", known->items[i]);
    for (size_t i = 0; i < METRIC_DIFFERENCES; i++)
        if (names_find(known, metric_differences[i].minuend) < known->count &&
            names_find(known, metric_differences[i].subtrahend) < known->count)
            text_add_format(text, "%s, ", metric_differences[i].name);
    for (size_t i = 0; metric_run_names[i]; i++)
        text_add_format(text, "%s%s", i > 0 ? ", " : "", metric_run_names[i]);
}
