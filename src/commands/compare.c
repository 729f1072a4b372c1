/* unroll compare: the table of variants. */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "compare/groups.h"
#include "compare/statistics.h"
#include "report/table.h"

#include <math.h>
#include <stdio.h>

struct request {
    const char *store;
    struct option_list metrics;
    int64_t precision;
    int format;
};

enum figure {
    FIGURE_N,
    FIGURE_MEAN,
    FIGURE_HALF_WIDTH,
    FIGURE_DEVIATION,
    FIGURE_MINIMUM,
    FIGURE_MAXIMUM,
    FIGURE_DIFFERENCE, /* of the means, from the baseline's */
    FIGURES
};

/* Which figures are shown: what was asked for has all, but of the usual columns that stand beside
 * it some would say nothing. */
static bool is_shown(enum figure figure, const char *metric, const struct groups *groups,
                     const struct request *request)
{
    if (figure == FIGURE_DIFFERENCE)
        return groups->baseline && !text_equal(metric, "seconds") &&
               !text_equal(metric, "parameters");
    if (request->metrics.count > 0 || text_starts_with(metric, "test."))
        return true;
    if (text_equal(metric, "seconds"))
        return figure == FIGURE_MEAN || figure == FIGURE_DEVIATION;
    return figure == FIGURE_MEAN || !text_equal(metric, "parameters");
}

static void add_metric_columns(struct table *table, const char *metric, const struct groups *groups,
                               const struct request *request)
{
    static const char *const titles[] = {"n", "mean", "± 95 %", "std dev", "min", "max"};
    static const char *const keys[] = {"n", "mean", "ci95", "std", "min", "max", "difference"};
    for (int i = 0; i < FIGURES; i++) {
        if (!is_shown((enum figure)i, metric, groups, request))
            continue;
        char *key = text_format("%s.%s", metric, keys[i]);
        char *title = i == FIGURE_DIFFERENCE ? text_format("vs %s", groups->baseline)
                                             : memory_copy_text(titles[i]);
        table_add_column(table, metric, title, key);
        memory_free(title);
        memory_free(key);
    }
}

/* A count and a duration have no use for an accuracy's digits. */
static int precision_of(const char *metric, const struct request *request)
{
    if (text_equal(metric, "parameters"))
        return 0;
    return text_equal(metric, "seconds") ? 1 : (int)request->precision;
}

static struct summary summarise(const struct group *group, const char *metric)
{
    size_t count;
    double *values = group_values(group, metric, &count);
    struct summary summary = statistics_summary(values, count);
    memory_free(values);
    return summary;
}

/* NaN where there is no baseline, or none of it is done. */
static double baseline_mean(const struct groups *groups, const char *metric)
{
    for (size_t i = 0; groups->baseline && i < groups->count; i++)
        if (text_equal(groups->items[i].name, groups->baseline))
            return summarise(&groups->items[i], metric).mean;
    return NAN;
}

/* Sets the figures of METRIC in the last row, from column FIRST on, and gives the next column. What
 * is undefined, such as the deviation of one seed, stays missing. */
static size_t set_figures(struct table *table, size_t first, const struct groups *groups,
                          const struct group *group, const char *metric,
                          const struct request *request)
{
    struct summary summary = summarise(group, metric);
    const double figures[FIGURES] = {
        [FIGURE_N] = (double)summary.n,
        [FIGURE_MEAN] = summary.mean,
        [FIGURE_HALF_WIDTH] = statistics_half_width(summary.deviation, summary.n),
        [FIGURE_DEVIATION] = summary.deviation,
        [FIGURE_MINIMUM] = summary.minimum,
        [FIGURE_MAXIMUM] = summary.maximum,
        [FIGURE_DIFFERENCE] = summary.mean - baseline_mean(groups, metric),
    };
    for (int i = 0; i < FIGURES; i++) {
        if (!is_shown((enum figure)i, metric, groups, request))
            continue;
        int precision = i == FIGURE_N ? 0 : precision_of(metric, request);
        if (!isnan(figures[i]))
            table_set_number(table, first, figures[i], precision);
        first++;
    }
    return first;
}

/* What is compared: METRICS that were asked for, or the usual ones. */
static void choose_metrics(struct option_list *metrics, const struct groups *groups,
                           const struct request *request)
{
    static const char *const usual[] = {"test.accuracy", "test.loss", "seconds", "parameters"};
    const char *own = groups->metric;
    *metrics = request->metrics;
    if (metrics->count > 0)
        return;
    if (own && *own && !text_equal(own, usual[0]) && !text_equal(own, usual[1]))
        metrics->items[metrics->count++] = own;
    for (size_t i = 0; i < sizeof usual / sizeof usual[0]; i++)
        metrics->items[metrics->count++] = usual[i];
}

static int print_comparison(const struct groups *groups, const struct request *request,
                            struct error *error)
{
    struct table table = {0};
    struct option_list metrics;
    choose_metrics(&metrics, groups, request);
    table_add_column(&table, NULL, "variant", "variant");
    for (int i = 0; i < metrics.count; i++) {
        if (groups_check_metric(groups, metrics.items[i], error) != 0) {
            table_release(&table);
            return -1;
        }
        add_metric_columns(&table, metrics.items[i], groups, request);
    }
    for (size_t row = 0; row < groups->count; row++) {
        size_t column = 1;
        table_add_row(&table);
        table_set_text(&table, 0, groups->items[row].name);
        for (int i = 0; i < metrics.count; i++)
            column =
                set_figures(&table, column, groups, &groups->items[row], metrics.items[i], request);
    }
    int result = table_print(&table, (enum table_format)request->format, stdout, error);
    table_release(&table);
    return result;
}

static int compare(const char *const *names, size_t count, const struct request *request,
                   struct error *error)
{
    char *path = store_path(request->store);
    struct store *store = NULL;
    struct groups groups = {0};
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0)
        result = groups_load(&groups, store, names, count, error);
    if (result == 0) {
        groups_warn_missing(&groups);
        result = print_comparison(&groups, request, error);
    }
    groups_release(&groups);
    store_close(store);
    memory_free(path);
    return result;
}

int command_compare(int argc, char **argv, struct error *error)
{
    struct request request = {.precision = 4};
    const struct option_entry entries[] = {
        {"metric", 'm', OPTION_LIST, &request.metrics, "NAME",
         "A final figure, or seconds or parameters; repeatable.", 0, 0, NULL},
        {"precision", 'p', OPTION_INTEGER, &request.precision, "N",
         "Digits behind the point in tables for people (4).", 0, 15, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "What is printed (text).", 0, 0,
         table_format_names},
        OPTION_STORE(&request.store),
        {0}};
    const struct option_page page = {
        "compare EXPERIMENT|RUN... [OPTION...]",
        "Prints for each variant how many seeds are done and, over them, the mean with its\n"
        "95 % interval (Student's t), the sample standard deviation, the lowest and the\n"
        "highest value. The figures are final ones: of the whole split at the end of\n"
        "training, never of the best step. Where the experiment names a baseline, the last\n"
        "column is the difference from its mean. EXPERIMENT is a name or an experiment file;\n"
        "runs are grouped by their name. csv and json have every digit.",
        "unroll compare experiments/cells.yaml\n"
        "unroll compare cells --metric test.accuracy --format latex",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "compare needs an experiment or a run");
    return compare((const char *const *)&argv[first], (size_t)(argc - first), &request, error);
}
