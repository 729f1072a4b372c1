#include "compare/curves.h"

#include "base/memory.h"
#include "compare/statistics.h"

#include <math.h>
#include <stdbool.h>

/* Where the joining stands: for each series the first step that is not used up. */
struct cursor {
    const struct series *series;
    size_t count;
    size_t *next;
};

static bool next_step(const struct cursor *cursor, int64_t *step)
{
    bool found = false;
    for (size_t i = 0; i < cursor->count; i++) {
        const struct series *series = &cursor->series[i];
        if (cursor->next[i] == series->count)
            continue;
        int64_t candidate = series->steps[cursor->next[i]];
        *step = found && *step < candidate ? *step : candidate;
        found = true;
    }
    return found;
}

static bool has_step(const struct cursor *cursor, size_t i, int64_t step)
{
    const struct series *series = &cursor->series[i];
    return cursor->next[i] < series->count && series->steps[cursor->next[i]] == step;
}

/* True when every series that spans STEP has it. */
static bool is_common(const struct cursor *cursor, int64_t step)
{
    for (size_t i = 0; i < cursor->count; i++) {
        bool inside = cursor->next[i] > 0 && cursor->next[i] < cursor->series[i].count;
        if (inside && !has_step(cursor, i, step))
            return false;
    }
    return true;
}

/* Adds the point at STEP; VALUES has room for a value of each series. */
static void add_point(struct curve *curve, const struct cursor *cursor, int64_t step,
                      double *values)
{
    size_t present = 0, at = curve->count++;
    double x = 0;
    for (size_t i = 0; i < cursor->count; i++) {
        if (!has_step(cursor, i, step))
            continue;
        values[present++] = cursor->series[i].values[cursor->next[i]];
        x += cursor->series[i].x[cursor->next[i]];
    }
    struct summary summary = statistics_summary(values, present);
    double half_width = statistics_half_width(1, summary.n) * summary.deviation;
    curve->x[at] = x / (double)present;
    curve->mean[at] = summary.mean;
    curve->low[at] = summary.n == 2 ? summary.minimum : summary.mean - half_width;
    curve->high[at] = summary.n == 2 ? summary.maximum : summary.mean + half_width;
    curve->n[at] = summary.n;
}

static void find_most(struct curve *curve)
{
    curve->most = 0;
    for (size_t i = 0; i < curve->count; i++)
        curve->most = curve->n[i] > curve->most ? curve->n[i] : curve->most;
}

static void reserve(struct curve *curve, size_t count)
{
    *curve = (struct curve){
        .x = memory_array(count, sizeof *curve->x),
        .mean = memory_array(count, sizeof *curve->mean),
        .low = memory_array(count, sizeof *curve->low),
        .high = memory_array(count, sizeof *curve->high),
        .n = memory_array(count, sizeof *curve->n),
    };
}

void curve_join(struct curve *curve, const struct series *series, size_t count)
{
    struct cursor cursor = {series, count, memory_array(count, sizeof *cursor.next)};
    double *values = memory_array(count, sizeof *values);
    size_t most = 0;
    int64_t step;
    for (size_t i = 0; i < count; i++)
        most += series[i].count;
    reserve(curve, most);
    while (next_step(&cursor, &step)) {
        if (is_common(&cursor, step))
            add_point(curve, &cursor, step, values);
        for (size_t i = 0; i < count; i++)
            cursor.next[i] += has_step(&cursor, i, step);
    }
    find_most(curve);
    memory_free(cursor.next);
    memory_free(values);
}

void curve_of_single_runs(struct curve *single, const struct curve *curve)
{
    reserve(single, curve->count);
    single->count = curve->count;
    single->most = curve->most;
    for (size_t i = 0; i < curve->count; i++) {
        size_t n = curve->n[i];
        /* t s / sqrt(n) times sqrt(n + 1) */
        double half_width = (curve->high[i] - curve->low[i]) / 2 * sqrt((double)n + 1);
        single->x[i] = curve->x[i];
        single->mean[i] = curve->mean[i];
        single->low[i] = n > 2 ? curve->mean[i] - half_width : NAN;
        single->high[i] = n > 2 ? curve->mean[i] + half_width : NAN;
        single->n[i] = n;
    }
}

void curve_release(struct curve *curve)
{
    memory_free(curve->x);
    memory_free(curve->mean);
    memory_free(curve->low);
    memory_free(curve->high);
    memory_free(curve->n);
    *curve = (struct curve){0};
}

static void keep(struct curve *curve, size_t from, size_t *to)
{
    curve->x[*to] = curve->x[from];
    curve->mean[*to] = curve->mean[from];
    curve->low[*to] = curve->low[from];
    curve->high[*to] = curve->high[from];
    curve->n[*to] = curve->n[from];
    (*to)++;
}

void curve_thin(struct curve *curve, size_t limit)
{
    size_t count = curve->count, kept = 0;
    if (count <= limit)
        return;
    size_t stretches = (limit - 2) / 2;
    keep(curve, 0, &kept);
    for (size_t i = 0; i < stretches; i++) {
        size_t begin = 1 + i * (count - 2) / stretches, end = 1 + (i + 1) * (count - 2) / stretches;
        size_t lowest = begin, highest = begin;
        for (size_t j = begin; j < end; j++) {
            if (isnan(curve->mean[lowest]) || curve->mean[j] < curve->mean[lowest])
                lowest = j;
            if (isnan(curve->mean[highest]) || curve->mean[j] > curve->mean[highest])
                highest = j;
        }
        keep(curve, lowest < highest ? lowest : highest, &kept);
        if (lowest != highest)
            keep(curve, lowest < highest ? highest : lowest, &kept);
    }
    keep(curve, count - 1, &kept);
    curve->count = kept;
    find_most(curve);
}
