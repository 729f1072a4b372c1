#include "compare/moment.h"

#include "base/memory.h"
#include "compare/metric.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What stands in front of the number, by enum moment_kind; NULL: there is none. */
static const char *const prefixes[] = {[MOMENT_END] = NULL,
                                       [MOMENT_BEST] = NULL,
                                       [MOMENT_STEP] = "step:",
                                       [MOMENT_EPOCH] = "epoch:",
                                       [MOMENT_SECONDS] = "seconds:"};
enum { KINDS = sizeof prefixes / sizeof prefixes[0] };

/* Reads a number above 0 that takes up all of TEXT. */
static bool read_number(const char *text, bool is_whole, double *number)
{
    char *end;
    if (text[strspn(text, "0123456789.eE+-")] != '\0')
        return false;
    *number = strtod(text, &end);
    return end != text && *end == '\0' && isfinite(*number) && *number > 0 &&
           (!is_whole || (*number == floor(*number) && *number <= 0x1p53));
}

int moment_parse(struct moment *moment, const char *text, struct error *error)
{
    *moment = (struct moment){.kind = text_equal(text, "best") ? MOMENT_BEST : MOMENT_END};
    if (text_equal(text, "end") || text_equal(text, "best"))
        return 0;
    for (int kind = 0; kind < KINDS; kind++) {
        if (!prefixes[kind] || !text_starts_with(text, prefixes[kind]))
            continue;
        moment->kind = (enum moment_kind)kind;
        if (read_number(text + strlen(prefixes[kind]), kind == MOMENT_STEP, &moment->at))
            return 0;
        return error_set(error, ERROR_USAGE, "%s: expected a %snumber above 0 behind `%s`", text,
                         kind == MOMENT_STEP ? "whole " : "", prefixes[kind]);
    }
    return error_set(error, ERROR_USAGE,
                     "%s: unknown moment; expected end, best, step:N, epoch:N or seconds:N", text);
}

void moment_add_text(struct text *text, struct moment moment)
{
    static const char *const begins[] = {[MOMENT_END] = "",
                                         [MOMENT_BEST] = "at the best validation step",
                                         [MOMENT_STEP] = "at step ",
                                         [MOMENT_EPOCH] = "at epoch ",
                                         [MOMENT_SECONDS] = "after "};
    text_add(text, begins[moment.kind]);
    if (prefixes[moment.kind])
        text_add_real(text, moment.at);
    if (moment.kind == MOMENT_SECONDS)
        text_add(text, " s");
}

/* What came of looking for a figure, for explanations. */
enum finding {
    FOUND,
    NOT_DONE,      /* a run that is not done has no final and no best figure */
    NO_SERIES,     /* the run has no such metric */
    NO_VALIDATION, /* the best step is not known: the validation split was not evaluated */
    NOT_THERE,     /* not evaluated at the best step */
    TOO_EARLY,     /* the first evaluation is behind the moment */
    NOT_SO_FAR,    /* the run has not got there */
    FINDINGS,
};

/* Where SERIES stands at entry I, in what MOMENT counts. */
static double place_of(const struct metrics *series, size_t i, enum moment_kind kind)
{
    return kind == MOMENT_STEP    ? (double)series->steps[i]
           : kind == MOMENT_EPOCH ? series->epochs[i]
                                  : series->seconds[i];
}

/* Epochs that one step takes, from the last entry of SERIES, which has one. */
static double epochs_of_step(const struct metrics *series)
{
    int64_t step = series->steps[series->count - 1];
    return step > 0 ? series->epochs[series->count - 1] / (double)step : 0;
}

/* How far RUN has got, in what MOMENT counts. */
static double reach_of(const struct run *run, const struct metrics *series, enum moment_kind kind)
{
    const struct run_progress *progress = &run->progress;
    return kind == MOMENT_STEP    ? (double)progress->step
           : kind == MOMENT_EPOCH ? (double)progress->step * epochs_of_step(series)
                                  : progress->train_seconds + progress->evaluate_seconds;
}

/* The newest of SERIES up to MOMENT. */
static enum finding find_up_to(const struct run *run, const struct metrics *series,
                               struct moment moment, double *value)
{
    double limit = moment.at;
    if (series->count == 0)
        return NO_SERIES;
    /* An epoch ends at the nearest step, which may lie half a step behind it. */
    if (moment.kind == MOMENT_EPOCH)
        limit += 0.5 * epochs_of_step(series) * (1 + 1e-9);
    if (run->state != RUN_DONE && reach_of(run, series, moment.kind) < moment.at)
        return NOT_SO_FAR;
    size_t count = 0;
    while (count < series->count && place_of(series, count, moment.kind) <= limit)
        count++;
    if (count == 0)
        return TOO_EARLY;
    *value = series->values[count - 1];
    return FOUND;
}

static int find_at(struct store *store, const struct run *run, const char *metric,
                   struct moment moment, double *value, enum finding *finding, struct error *error)
{
    static const unsigned times[] = {
        [MOMENT_STEP] = 0, [MOMENT_EPOCH] = METRICS_EPOCHS, [MOMENT_SECONDS] = METRICS_SECONDS};
    struct metrics series;
    if (metric_load(store, run->id, metric, times[moment.kind], &series, error) != 0)
        return -1;
    *finding = find_up_to(run, &series, moment, value);
    metrics_release(&series);
    return 0;
}

/* The step with the best of SERIES, the first of equal ones; false where none is finite. */
static bool find_best(const struct metrics *series, bool smaller_is_better, int64_t *step)
{
    double best = NAN;
    for (size_t i = 0; i < series->count; i++) {
        double value = series->values[i];
        if (!isfinite(value))
            continue;
        if (isnan(best) || (smaller_is_better ? value < best : value > best)) {
            best = value;
            *step = series->steps[i];
        }
    }
    return !isnan(best);
}

/* The value of SERIES at STEP exactly. */
static enum finding find_step(const struct metrics *series, int64_t step, double *value)
{
    for (size_t i = 0; i < series->count; i++)
        if (series->steps[i] == step) {
            *value = series->values[i];
            return FOUND;
        }
    return series->count > 0 ? NOT_THERE : NO_SERIES;
}

static int find_at_best(struct store *store, const struct run *run, const char *metric,
                        double *value, enum finding *finding, struct error *error)
{
    const char *judge = metric_judge(metric);
    struct metrics judged, series;
    int64_t step = 0;
    if (run->state != RUN_DONE || !judge) {
        *finding = judge ? NOT_DONE : NO_SERIES;
        return 0;
    }
    if (store_metrics_load_by(store, run->id, judge, 0, &judged, error) != 0)
        return -1;
    bool is_known = find_best(&judged, text_ends_with(judge, ".loss"), &step);
    metrics_release(&judged);
    *finding = NO_VALIDATION;
    if (!is_known)
        return 0;
    if (metric_load(store, run->id, metric, 0, &series, error) != 0)
        return -1;
    *finding = find_step(&series, step, value);
    metrics_release(&series);
    return 0;
}

static int find_value(struct store *store, const struct group_run *run, const char *metric,
                      struct moment moment, double *value, enum finding *finding,
                      struct error *error)
{
    *value = NAN;
    if (metric_is_of_run(metric) || moment.kind == MOMENT_END) {
        *value = group_run_value(run, metric);
        *finding = run->run.state != RUN_DONE ? NOT_DONE : isnan(*value) ? NO_SERIES : FOUND;
        return 0;
    }
    return moment.kind == MOMENT_BEST
               ? find_at_best(store, &run->run, metric, value, finding, error)
               : find_at(store, &run->run, metric, moment, value, finding, error);
}

int moment_value(struct store *store, const struct group_run *run, const char *metric,
                 struct moment moment, double *value, struct error *error)
{
    enum finding finding;
    return find_value(store, run, metric, moment, value, &finding, error);
}

double *moment_values(struct store *store, const struct group *group, const char *metric,
                      struct moment moment, size_t *count, struct error *error)
{
    size_t trials = group->run_count + group->states[RUN_QUEUED];
    double *values = memory_array(trials, sizeof *values);
    for (size_t i = 0; i < trials; i++) {
        values[i] = NAN;
        if (i < group->run_count &&
            moment_value(store, &group->runs[i], metric, moment, &values[i], error) != 0) {
            memory_free(values);
            return NULL;
        }
    }
    *count = trials;
    return values;
}

/* Adds the series of GROUP's first run that has any: the others were told the same. */
static int add_series(struct store *store, const struct group *group, struct names *known,
                      struct error *error)
{
    char **names = NULL;
    size_t count = 0;
    for (size_t i = 0; i < group->run_count && count == 0; i++)
        if (store_series_list(store, group->runs[i].run.id, &names, &count, error) != 0)
            return -1;
    for (size_t i = 0; i < count; i++)
        names_add(known, names[i]);
    store_series_free(names, count);
    return 0;
}

/* The reason that explains most: the one of the run that came nearest to a figure. */
static enum finding nearest_finding(const size_t *counts)
{
    static const enum finding order[] = {NOT_THERE,  NO_VALIDATION, TOO_EARLY,
                                         NOT_SO_FAR, NO_SERIES,     NOT_DONE};
    for (size_t i = 0; i < sizeof order / sizeof order[0]; i++)
        if (counts[order[i]] > 0)
            return order[i];
    return NOT_DONE;
}

/* What train.evaluate.on must name so that METRIC has a best validation step. */
static const char *splits_for(const char *metric)
{
    return text_starts_with(metric, "gap.")           ? "[train, validation, test]"
           : text_starts_with(metric, "train_split.") ? "[train, validation]"
                                                      : "[validation, test]";
}

/* Whether METRIC is of a split that is evaluated on the way only where the config says so. */
static bool is_of_split(const char *metric)
{
    return text_starts_with(metric, "test.") || text_starts_with(metric, "validation.") ||
           text_starts_with(metric, "train_split.") || metric_difference_find(metric);
}

static int explain_unknown(struct store *store, const struct groups *groups, const char *metric,
                           const char *when, struct error *error)
{
    struct names known = {0};
    struct text text = {0};
    int result = 0;
    for (size_t i = 0; i < groups->count && result == 0; i++)
        result = add_series(store, &groups->items[i], &known, error);
    metric_add_names(&text, &known);
    if (result == 0 && is_of_split(metric))
        result = error_set(error, ERROR_NOT_FOUND,
                           "--metric %s: no run has it %s (%s); train with "
                           "`train.evaluate.on: %s`",
                           metric, when, text_get(&text), splits_for(metric));
    else if (result == 0)
        result = error_set(error, ERROR_NOT_FOUND, "--metric %s: no run has it %s (%s)", metric,
                           when, text_get(&text));
    text_release(&text);
    names_release(&known);
    return result;
}

/* Says why no run has METRIC at the moment that WHEN tells. */
static int explain(struct store *store, const struct groups *groups, const char *metric,
                   enum finding finding, const char *when, struct error *error)
{
    switch (finding) {
    case NOT_THERE:
        return error_set(error, ERROR_NOT_FOUND,
                         "--metric %s: no run was evaluated for it at its best validation step; "
                         "train with `train.evaluate.on: %s`",
                         metric, splits_for(metric));
    case NO_VALIDATION:
        return error_set(error, ERROR_NOT_FOUND,
                         "--metric %s: no run was evaluated on the validation split, which tells "
                         "the best step; train with `data.validation.count` and "
                         "`train.evaluate.on: %s`",
                         metric, splits_for(metric));
    case TOO_EARLY:
        return error_set(error, ERROR_NOT_FOUND, "--metric %s: no run was evaluated so early (%s)",
                         metric, when);
    case NOT_SO_FAR:
        return error_set(error, ERROR_NOT_FOUND, "--metric %s: no run has got so far (%s)", metric,
                         when);
    case NOT_DONE:
        return error_set(error, ERROR_NOT_FOUND, "%s: no run is done yet, so none has a best step",
                         groups->name);
    default:
        return explain_unknown(store, groups, metric, when, error);
    }
}

int moment_check(struct store *store, const struct groups *groups, const char *metric,
                 struct moment moment, struct error *error)
{
    size_t counts[FINDINGS] = {0};
    if (moment.kind == MOMENT_END || metric_is_of_run(metric))
        return groups_check_metric(groups, metric, error);
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            double value;
            enum finding finding;
            if (find_value(store, &groups->items[i].runs[j], metric, moment, &value, &finding,
                           error) != 0)
                return -1;
            if (finding == FOUND)
                return 0;
            counts[finding]++;
        }
    struct text when = {0};
    moment_add_text(&when, moment);
    int result = explain(store, groups, metric, nearest_finding(counts), text_get(&when), error);
    text_release(&when);
    return result;
}
