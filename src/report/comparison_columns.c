#include "report/comparison_columns.h"

#include "base/memory.h"
#include "base/printable.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const comparison_figure_names[] = {
    [FIGURE_N] = "n",
    [FIGURE_MEAN] = "mean",
    [FIGURE_HALF_WIDTH] = "ci95",
    [FIGURE_DEVIATION] = "std",
    [FIGURE_MINIMUM] = "min",
    [FIGURE_MEDIAN] = "median",
    [FIGURE_MAXIMUM] = "max",
    [FIGURE_DIFFERENCE] = "difference",
    [FIGURE_LOW] = "low",
    [FIGURE_HIGH] = "high",
    [FIGURE_TEST] = "test",
    [FIGURE_P] = "p",
    [FIGURE_ADJUSTED] = "p_holm",
    [FIGURE_EFFECT] = "effect",
    [FIGURE_VERDICT] = "verdict",
    [FIGURE_SEEDS] = "seeds",
    [COMPARISON_FIGURES] = NULL,
};

const char *const comparison_figure_titles[COMPARISON_FIGURES] = {
    [FIGURE_N] = "n",
    [FIGURE_MEAN] = "mean",
    [FIGURE_HALF_WIDTH] = "± 95 %",
    [FIGURE_DEVIATION] = "std dev",
    [FIGURE_MINIMUM] = "min",
    [FIGURE_MEDIAN] = "median",
    [FIGURE_MAXIMUM] = "max",
    [FIGURE_DIFFERENCE] = "difference",
    [FIGURE_LOW] = "95 % from",
    [FIGURE_HIGH] = "to",
    [FIGURE_TEST] = "test",
    [FIGURE_P] = "p",
    [FIGURE_ADJUSTED] = "p (Holm)",
    [FIGURE_EFFECT] = "effect",
    [FIGURE_VERDICT] = "verdict",
    [FIGURE_SEEDS] = "seeds needed",
};

static int find_figure(const char *name)
{
    for (int i = 0; i < COMPARISON_FIGURES; i++)
        if (text_equal(comparison_figure_names[i], name))
            return i;
    return -1;
}

/* The figure that NAME ends with, and the metric in front of it in METRIC, which the caller
 * releases; or -1. */
static int split_figure(const char *name, struct text *metric)
{
    const char *dot = strrchr(name, '.');
    int figure = dot && dot > name ? find_figure(dot + 1) : -1;
    if (figure >= 0)
        text_add_bytes(metric, name, (size_t)(dot - name));
    return figure;
}

/* Metrics that need no look at the runs to be known as such. */
static bool is_plain_metric(const char *name)
{
    return metric_is_of_run(name) || text_ends_with(name, ".accuracy") ||
           text_ends_with(name, ".loss");
}

bool comparison_columns_may_be_key(const char *name)
{
    struct text metric = {0};
    int figure = split_figure(name, &metric);
    bool known = find_figure(name) >= 0 || is_plain_metric(name) || text_equal(name, "name") ||
                 (figure >= 0 && is_plain_metric(text_get(&metric)));
    text_release(&metric);
    return !known;
}

struct comparison_column comparison_columns_key(struct comparison_view *view, const char *key)
{
    size_t place = names_add(&view->keys, key);
    return (struct comparison_column){.key = view->keys.items[place]};
}

/* The place of METRIC in VIEW, added where it is new; ERROR_NOT_FOUND where no run has it. */
static int find_metric(struct comparison_view *view, struct store *store, const char *metric,
                       size_t *place, struct error *error)
{
    *place = names_find(&view->metrics, metric);
    if (*place < view->metrics.count)
        return 0;
    if (moment_check(store, view->groups, metric, view->moment, error) != 0)
        return -1;
    *place = names_add(&view->metrics, metric);
    return 0;
}

/* All that can be meant, for a hint: figures, the finals of some run, its keys. */
static void add_candidates(const struct groups *groups, struct names *names)
{
    for (int i = 0; i < COMPARISON_FIGURES; i++)
        names_add(names, comparison_figure_names[i]);
    names_add(names, "name");
    for (size_t i = 0; metric_run_names[i]; i++)
        names_add(names, metric_run_names[i]);
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        if (group->run_count == 0 || group->runs[0].run.state != RUN_DONE)
            continue;
        const struct group_run *run = &group->runs[0];
        for (size_t j = 0; j < run->finals.count; j++)
            names_add(names, run->finals.items[j].name);
        for (size_t j = 0; j < run->settings.count; j++)
            names_add(names, run->settings.keys.items[j]);
        return;
    }
}

static int unknown(const struct comparison_view *view, const char *option, const char *name,
                   struct error *error)
{
    struct names candidates = {0};
    struct text text = {0};
    add_candidates(view->groups, &candidates);
    const char *nearest =
        text_nearest(name, (const char *const *)candidates.items, candidates.count);
    printable_add(&text, name);
    text_add(&text, ": no such column");
    if (nearest)
        text_add_format(&text, "; did you mean `%s`?", nearest);
    text_add(&text, nearest ? " There are the figures" : ". There are the figures");
    for (int i = 0; i < COMPARISON_FIGURES; i++)
        text_add_format(&text, "%s %s", i ? "," : "", comparison_figure_names[i]);
    text_add(&text, "; seconds, cpu_seconds, examples_per_second, parameters and every metric; "
                    "figures of these such as test.loss.std; and config keys such as model.units");
    error_set(error, ERROR_USAGE, "%s %s", option, text_get(&text));
    text_release(&text);
    names_release(&candidates);
    return -1;
}

/* A figure needs a contrast of each variant. */
static int check_contrast(const struct comparison_view *view, const char *option, const char *name,
                          enum comparison_figure figure, struct error *error)
{
    const struct groups *groups = view->groups;
    const char *baseline = view->options.baseline ? view->options.baseline : groups->baseline;
    if (figure < FIGURE_DIFFERENCE || (baseline && !view->options.pairs))
        return 0;
    return error_set(error, ERROR_USAGE, "%s %s: is of each variant against a baseline: %s", option,
                     name,
                     view->options.pairs ? "it cannot be together with --pairs, whose table has it"
                                         : "say which with --baseline");
}

int comparison_columns_find(struct comparison_view *view, struct store *store, const char *option,
                            const char *name, struct comparison_column *added, size_t *count,
                            struct error *error)
{
    struct text metric = {0};
    struct error ignored = {0};
    size_t place;
    int figure = find_figure(name), result = 0;
    *count = 1;
    if (text_equal(name, "name") && text_equal(option, "--columns")) {
        *count = 0; /* the first column is */
    } else if (figure >= 0) {
        *count = view->full_count;
        for (size_t i = 0; i < view->full_count; i++)
            added[i] = (struct comparison_column){.figure = figure, .metric = i};
        result = check_contrast(view, option, name, figure, error);
    } else if (groups_have_key(view->groups, name)) {
        *added = comparison_columns_key(view, name);
    } else if (find_metric(view, store, name, &place, &ignored) == 0) {
        *added = (struct comparison_column){
            .figure = FIGURE_MEAN, .metric = place, .stands_alone = true};
    } else if ((figure = split_figure(name, &metric)) >= 0 &&
               find_metric(view, store, text_get(&metric), &place, &ignored) == 0) {
        *added = (struct comparison_column){.figure = figure, .metric = place};
        result = check_contrast(view, option, name, figure, error);
    } else if (figure >= 0 || is_plain_metric(name)) { /* what moment_check says tells more */
        result = error_set(error, ignored.code, "%s %s: %s", option, name, ignored.text);
    } else {
        result = unknown(view, option, name, error);
    }
    text_release(&metric);
    return result;
}

static void add_usual(struct comparison_view *view, size_t metric, enum comparison_figure figure,
                      bool stands_alone)
{
    view->columns = memory_grow(view->columns, view->column_count + 1, sizeof *view->columns);
    view->columns[view->column_count++] = (struct comparison_column){
        .figure = figure, .metric = metric, .stands_alone = stands_alone};
}

void comparison_columns_usual(struct comparison_view *view)
{
    static const enum comparison_figure full[] = {
        FIGURE_N, FIGURE_MEAN, FIGURE_HALF_WIDTH, FIGURE_DEVIATION, FIGURE_MINIMUM, FIGURE_MAXIMUM};
    for (size_t i = 0; i < view->full_count; i++)
        for (size_t j = 0; j < sizeof full / sizeof full[0]; j++)
            add_usual(view, i, full[j], false);
    for (size_t i = view->full_count; i < view->metrics.count; i++) {
        bool alone = !comparison_is_tested(view->metrics.items[i]);
        add_usual(view, i, FIGURE_MEAN, alone);
        if (!alone)
            add_usual(view, i, FIGURE_HALF_WIDTH, false);
    }
}

void comparison_columns_add(const struct comparison_view *view,
                            const struct comparison_column *column, struct table *table)
{
    if (column->key) {
        table_add_column(table, NULL, column->key, column->key);
        return;
    }
    struct text metric = {0};
    comparison_view_add_metric(view, column->metric, &metric);
    const char *name = view->metrics.items[column->metric];
    bool on_the_way = view->moment.kind != MOMENT_END && comparison_is_tested(name);
    char *key =
        text_format("%s%s%s.%s", name, on_the_way ? "@" : "", on_the_way ? view->options.at : "",
                    comparison_figure_names[column->figure]);
    if (column->stands_alone)
        table_add_column(table, NULL, text_get(&metric), key);
    else
        table_add_column(table, text_get(&metric), comparison_figure_titles[column->figure], key);
    memory_free(key);
    text_release(&metric);
}

/* The value at KEY of all runs of GROUP that have settings; NULL where there is none, or where
 * they differ (*VARIES). */
static const char *group_setting(const struct group *group, const char *key, bool *varies)
{
    const char *value = NULL;
    for (size_t i = 0; i < group->run_count; i++) {
        const char *other = settings_get(&group->runs[i].settings, key);
        if (value && other && !text_equal(value, other)) {
            *varies = true;
            return NULL;
        }
        value = value ? value : other;
    }
    *varies = false;
    return value;
}

static void set_setting(struct table *table, size_t place, const struct group *group,
                        const char *key)
{
    bool varies;
    const char *value = group_setting(group, key, &varies);
    if (!value) {
        if (varies)
            table_set_text(table, place, "varies");
        return;
    }
    double number;
    if (settings_number(value, &number) && isfinite(number))
        table_set_shown(table, place, number, value);
    else
        table_set_text(table, place, value);
}

static void set_number(struct table *table, size_t place, double number, int precision)
{
    if (!isnan(number))
        table_set_number(table, place, number, precision);
}

/* A number that may be infinite, which people see as SHOWN then. */
static void set_bounded(struct table *table, size_t place, double number, int precision,
                        const char *shown)
{
    if (isinf(number))
        table_set_shown(table, place, number, shown);
    else
        set_number(table, place, number, precision);
}

static void set_p(struct table *table, size_t place, double p)
{
    if (isnan(p))
        return;
    struct text shown = {0};
    comparison_add_p(&shown, p);
    table_set_shown(table, place, p, text_get(&shown));
    text_release(&shown);
}

static void set_difference(struct table *table, size_t place, double difference, int precision)
{
    if (isnan(difference))
        return;
    char *shown = text_format(difference == 0 ? "%.*f" : "%+.*f",
                              comparison_digits(difference, precision), difference);
    table_set_shown(table, place, difference, shown);
    memory_free(shown);
}

void comparison_columns_set_contrast(const struct comparison_view *view, size_t metric,
                                     const struct contrast *contrast, enum comparison_figure figure,
                                     struct table *table, size_t place)
{
    const struct test_result *test = &contrast->test;
    int precision = comparison_view_precision(view, metric);
    if (figure == FIGURE_DIFFERENCE)
        set_difference(table, place, test->difference, precision);
    else if (figure == FIGURE_LOW || figure == FIGURE_HIGH)
        set_difference(table, place, figure == FIGURE_LOW ? test->low : test->high, precision);
    else if (figure == FIGURE_P || figure == FIGURE_ADJUSTED)
        set_p(table, place, figure == FIGURE_P ? test->p : contrast->adjusted);
    else if (figure == FIGURE_EFFECT)
        set_bounded(table, place, test->effect, 2, "∞");
    else if (figure == FIGURE_SEEDS)
        set_bounded(table, place, contrast->seeds, 0, "> 10,000");
    else if (figure == FIGURE_TEST && !isnan(test->p))
        table_set_text(table, place, test_kind_names[test->kind]);
    else if (figure == FIGURE_VERDICT && *verdict_names[contrast->verdict])
        table_set_text(table, place, verdict_names[contrast->verdict]);
}

void comparison_columns_set(const struct comparison_view *view,
                            const struct comparison_column *column, size_t group,
                            struct table *table, size_t place)
{
    if (column->key) {
        set_setting(table, place, &view->groups->items[group], column->key);
        return;
    }
    if (column->figure >= FIGURE_DIFFERENCE) {
        const struct contrast *contrast = comparison_view_contrast(view, column->metric, group);
        if (contrast)
            comparison_columns_set_contrast(view, column->metric, contrast, column->figure, table,
                                            place);
        return;
    }
    const struct comparison *comparison = &view->comparisons[column->metric];
    const struct summary *summary = &comparison->summaries[group];
    const double figures[] = {
        [FIGURE_N] = (double)summary->n,
        [FIGURE_MEAN] = summary->mean,
        [FIGURE_HALF_WIDTH] = comparison->half_widths[group],
        [FIGURE_DEVIATION] = summary->deviation,
        [FIGURE_MINIMUM] = summary->minimum,
        [FIGURE_MEDIAN] = summary->median,
        [FIGURE_MAXIMUM] = summary->maximum,
    };
    int precision =
        column->figure == FIGURE_N ? 0 : comparison_view_precision(view, column->metric);
    set_number(table, place, figures[column->figure], precision);
}
