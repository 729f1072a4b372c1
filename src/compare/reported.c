#include "compare/reported.h"

#include "base/memory.h"
#include "compare/metric.h"

#include <math.h>

const char *const reported_verdict_names[] = {"within", "outside", ""};

void reported_answers_release(struct reported_answers *answers)
{
    memory_free(answers->items);
    *answers = (struct reported_answers){0};
}

double reported_half_width(double deviation, size_t n)
{
    /* t s / sqrt(n) times sqrt(n + 1) */
    return statistics_half_width(deviation, n) * sqrt((double)n + 1);
}

/* The nearest steps of SERIES on either side of the answer's. */
static void note_neighbours(struct reported_answer *answer, const struct metrics *series)
{
    for (size_t i = 0; i < series->count; i++) {
        int64_t step = series->steps[i];
        if (step < answer->figure->step && step > answer->before)
            answer->before = step;
        if (step > answer->figure->step && (answer->after == 0 || step < answer->after))
            answer->after = step;
    }
}

/* The figure of RUN at the very step; NaN where it has none. */
static int find_value(struct store *store, const struct group_run *run,
                      struct reported_answer *answer, double *value, struct error *error)
{
    const struct reported_figure *figure = answer->figure;
    struct metrics series;
    *value = NAN;
    if (figure->step == REPORTED_AT_END) {
        *value = group_run_value(run, figure->metric);
        return 0;
    }
    if (metric_load(store, run->run.id, figure->metric, 0, &series, error) != 0)
        return -1;
    for (size_t i = 0; i < series.count; i++)
        if (series.steps[i] == figure->step)
            *value = series.values[i];
    note_neighbours(answer, &series);
    metrics_release(&series);
    return 0;
}

static void judge(struct reported_answers *answers, struct reported_answer *answer)
{
    double half = reported_half_width(answer->ours.deviation, answer->ours.n);
    const struct reported_figure *figure = answer->figure;
    double lowest = figure->value - figure->within, highest = figure->value + figure->within;
    answer->half_width = statistics_half_width(answer->ours.deviation, answer->ours.n);
    answer->low = answer->ours.mean - half;
    answer->high = answer->ours.mean + half;
    if (metric_is_share(figure->metric)) {
        answer->low = answer->low < 0 ? 0 : answer->low;
        answer->high = answer->high > 1 ? 1 : answer->high;
    }
    answer->verdict = isnan(half)                                        ? REPORTED_UNKNOWN
                      : highest >= answer->low && lowest <= answer->high ? REPORTED_WITHIN
                                                                         : REPORTED_OUTSIDE;
    answers->within += answer->verdict == REPORTED_WITHIN;
    answers->outside += answer->verdict == REPORTED_OUTSIDE;
}

static int answer_figure(struct reported_answers *answers, struct reported_answer *answer,
                         struct store *store, const struct groups *groups, struct error *error)
{
    size_t place = names_find(&groups->names, answer->figure->variant);
    const struct group *group = place < groups->count ? &groups->items[place] : NULL;
    size_t count = group ? group->run_count : 0;
    double *values = memory_array(count + 1, sizeof *values);
    int result = 0;
    answer->has_variant = group;
    for (size_t i = 0; i < count && result == 0; i++)
        result = find_value(store, &group->runs[i], answer, &values[i], error);
    answer->ours = statistics_summary(values, count);
    judge(answers, answer);
    memory_free(values);
    return result;
}

int reported_answer(struct reported_answers *answers, struct store *store,
                    const struct groups *groups, struct error *error)
{
    const struct questions *questions = &groups->questions;
    int result = 0;
    *answers = (struct reported_answers){0};
    if (questions->reported_count == 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: the experiment says no reported figures; write `reported: {source: "
                         "…, test.accuracy: {101: 0.7673}}` and run `unroll batch` again",
                         groups->name);
    answers->count = questions->reported_count;
    answers->items = memory_array(answers->count, sizeof *answers->items);
    for (size_t i = 0; i < answers->count && result == 0; i++) {
        answers->items[i].figure = &questions->reported[i];
        result = answer_figure(answers, &answers->items[i], store, groups, error);
    }
    if (result != 0)
        reported_answers_release(answers);
    return result;
}
