/* unroll diff: in what two runs or configs differ. */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "config/difference.h"
#include "report/table.h"
#include "store/metrics.h"
#include "store/store.h"
#include "train/trained.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

struct request {
    const char *store;
    int64_t precision;
    int format;
};

/* A run with its config and figures, or a config alone. */
struct side {
    const char *name; /* a run's id, or the file */
    bool is_run;
    struct config config;
    struct run run;
    struct finals finals;
};

static void side_release(struct side *side)
{
    config_release(&side->config);
    run_release(&side->run);
    finals_release(&side->finals);
}

enum part { PART_CONFIG, PART_FIGURES, PART_ENVIRONMENT, PARTS };
static const char *const part_names[PARTS] = {"config", "figure", "environment"};

/* People get a table for each part; programs one table with the part in its first column. */
struct report {
    const struct request *request;
    const struct side *sides; /* two */
    bool is_flat;
    size_t first; /* the column of the keys */
    struct table tables[PARTS];
    size_t differences; /* those that count for the exit status */
};

static void add_columns(struct report *report, enum part part)
{
    struct table *table = &report->tables[part];
    const char *key = report->is_flat || part == PART_CONFIG ? "key" : part_names[part];
    if (report->is_flat)
        table_add_column(table, NULL, "part", "part");
    report->first = report->is_flat;
    table_add_column(table, NULL, key, "key");
    table_add_column(table, NULL, report->sides[0].name, "a");
    table_add_column(table, NULL, report->sides[1].name, "b");
    if (report->is_flat || part == PART_FIGURES)
        table_add_column(table, NULL, "difference", "difference");
}

static struct table *add_row(struct report *report, enum part part, const char *key)
{
    struct table *table = &report->tables[report->is_flat ? 0 : part];
    table_add_row(table);
    if (report->is_flat)
        table_set_text(table, 0, part_names[part]);
    table_set_text(table, report->first, key);
    return table;
}

static void add_texts(struct report *report, enum part part, const char *key, const char *a,
                      const char *b)
{
    struct table *table = add_row(report, part, key);
    if (a)
        table_set_text(table, report->first + 1, a);
    if (b)
        table_set_text(table, report->first + 2, b);
}

static void add_value(void *data, const char *path, const char *a, const char *b)
{
    add_texts(data, PART_CONFIG, path, a, b);
}

/* Either may be NULL: the run does not have it. What is no number has no difference. */
static void add_numbers(struct report *report, const char *key, const double *a, const double *b,
                        int precision)
{
    struct table *table = add_row(report, PART_FIGURES, key);
    if (a)
        table_set_number(table, report->first + 1, *a, precision);
    if (b)
        table_set_number(table, report->first + 2, *b, precision);
    if (a && b && isfinite(*b - *a))
        table_set_number(table, report->first + 3, *b - *a, precision);
}

static void add_counts(struct report *report, const char *key, int64_t a, int64_t b)
{
    struct table *table = add_row(report, PART_FIGURES, key);
    table_set_whole(table, report->first + 1, a);
    table_set_whole(table, report->first + 2, b);
    table_set_whole(table, report->first + 3, b - a);
    report->differences += a != b;
}

static bool is_same_number(const double *a, const double *b)
{
    return a && b && (*a == *b || (isnan(*a) && isnan(*b)));
}

/* Both lists are sorted by name: they are walked together. */
static void add_finals(struct report *report)
{
    const struct finals *a = &report->sides[0].finals, *b = &report->sides[1].finals;
    for (size_t i = 0, j = 0; i < a->count || j < b->count;) {
        int order = i == a->count   ? 1
                    : j == b->count ? -1
                                    : strcmp(a->items[i].name, b->items[j].name);
        const struct final *left = order <= 0 ? &a->items[i++] : NULL;
        const struct final *right = order >= 0 ? &b->items[j++] : NULL;
        const double *left_value = left ? &left->value : NULL;
        const double *right_value = right ? &right->value : NULL;
        add_numbers(report, left ? left->name : right->name, left_value, right_value,
                    (int)report->request->precision);
        report->differences += !is_same_number(left_value, right_value);
    }
}

/* How the runs went. Their times are shown and do not count. */
static void add_figures(struct report *report)
{
    const struct run *a = &report->sides[0].run, *b = &report->sides[1].run;
    const double seconds[] = {a->progress.train_seconds, b->progress.train_seconds};
    add_finals(report);
    if (a->state != RUN_DONE || b->state != RUN_DONE)
        add_texts(report, PART_FIGURES, "state", run_state_name(a->state),
                  run_state_name(b->state));
    report->differences += a->state != b->state;
    add_counts(report, "steps", a->progress.step, b->progress.step);
    add_counts(report, "parameters", a->parameters, b->parameters);
    add_numbers(report, "training seconds", &seconds[0], &seconds[1], 1);
}

/* COUNTS: it belongs to what was trained, not to where. */
static void compare_texts(struct report *report, const char *key, const char *a, const char *b,
                          bool counts)
{
    if (text_equal(a, b))
        return;
    add_texts(report, PART_ENVIRONMENT, key, a, b);
    report->differences += counts;
}

static void add_environment(struct report *report)
{
    const struct run *a = &report->sides[0].run, *b = &report->sides[1].run;
    char *threads[] = {text_format("%d", a->environment.threads),
                       text_format("%d", b->environment.threads)};
    compare_texts(report, "data", a->data_digest, b->data_digest, true);
    compare_texts(report, "plugins", a->plugins, b->plugins, true);
    compare_texts(report, "engine", a->engine, b->engine, false);
    compare_texts(report, "compiler", a->environment.compiler, b->environment.compiler, false);
    compare_texts(report, "blas", a->environment.blas, b->environment.blas, false);
    compare_texts(report, "isa", a->environment.isa, b->environment.isa, false);
    compare_texts(report, "cpu", a->environment.cpu, b->environment.cpu, false);
    compare_texts(report, "threads", threads[0], threads[1], false);
    compare_texts(report, "host", a->environment.process.host, b->environment.process.host, false);
    memory_free(threads[0]);
    memory_free(threads[1]);
}

/* The tables that have rows, an empty line between them. */
static int print_report(const struct report *report, struct error *error)
{
    const enum table_format format = (enum table_format)report->request->format;
    if (report->is_flat)
        return table_print(&report->tables[0], format, stdout, error);
    bool is_first = true;
    for (int i = 0; i < PARTS; i++) {
        if (report->tables[i].row_count == 0)
            continue;
        if (!is_first)
            printf("\n");
        is_first = false;
        if (table_print(&report->tables[i], format, stdout, error))
            return -1;
    }
    return 0;
}

static int report_sides(const struct side *sides, const struct request *request,
                        struct error *error)
{
    struct report report = {.request = request, .sides = sides};
    report.is_flat = request->format == TABLE_CSV || request->format == TABLE_JSON;
    for (int i = 0; i < (report.is_flat ? 1 : PARTS); i++)
        add_columns(&report, (enum part)i);
    report.differences =
        difference_each(sides[0].config.resolved, sides[1].config.resolved, add_value, &report);
    if (sides[0].is_run && sides[1].is_run) {
        add_figures(&report);
        add_environment(&report);
    }
    int result = print_report(&report, error);
    for (int i = 0; i < PARTS; i++)
        table_release(&report.tables[i]);
    if (result == 0 && report.differences > 0)
        result = error_set(error, ERROR_FAILED, "%s", "");
    return result;
}

static int load_run(struct side *side, struct store *store, struct error *error)
{
    if (store_run_find(store, side->name, &side->run, error) ||
        store_finals_load(store, side->run.id, &side->finals, error))
        return -1;
    side->name = side->run.id;
    size_t length = strlen(side->run.plugins); /* a line each; the table needs no line end */
    if (length && side->run.plugins[length - 1] == '\n')
        side->run.plugins[length - 1] = '\0';
    return 0;
}

/* The runs among the two, as they are at one moment. */
static int load_runs(struct side *sides, const char *store_option, struct error *error)
{
    if (!sides[0].is_run && !sides[1].is_run)
        return 0;
    char *path = store_path(store_option);
    struct store *store = NULL;
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0 && (result = store_begin_reading(store, error)) == 0) {
        for (int i = 0; i < 2 && result == 0; i++)
            if (sides[i].is_run)
                result = load_run(&sides[i], store, error);
        result = store_end_reading(store, result, error);
    }
    store_close(store);
    memory_free(path);
    return result;
}

static int diff(const char *const *names, const struct request *request, struct error *error)
{
    struct side sides[2] = {{.name = names[0]}, {.name = names[1]}};
    for (int i = 0; i < 2; i++)
        sides[i].is_run = !load_is_file(names[i]);
    int result = load_runs(sides, request->store, error);
    for (int i = 0; i < 2 && result == 0; i++)
        result = sides[i].is_run ? trained_config(&sides[i].config, &sides[i].run, error)
                                 : load_config(&sides[i].config, names[i], NULL, 0, error);
    if (result == 0)
        result = report_sides(sides, request, error);
    side_release(&sides[0]);
    side_release(&sides[1]);
    return result;
}

int command_diff(int argc, char **argv, struct error *error)
{
    struct request request = {.precision = 6};
    const struct option_entry entries[] = {
        {"precision", 'p', OPTION_INTEGER, &request.precision, "N",
         "Digits behind the point in tables for people (6).", 0, 15, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "What is printed (text).", 0, 0,
         table_format_names},
        OPTION_STORE(&request.store),
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "diff A B [OPTION...]",
        "Prints in what two configs differ, defaults included, and for two runs their final\n"
        "figures with the difference B - A, their size and time, and what differs of the\n"
        "machines they were trained on. A and B are config files, or runs (an id or the\n"
        "beginning of it), in any mix. csv and json have every digit, and all in one table.\n"
        "Exit status as diff(1): 0 when config, data, plugins and figures are the same, 1 when\n"
        "they differ; times and machines do not count.",
        "unroll diff 3f9a2c 81d0e7\n"
        "unroll diff configs/002-lstm.yaml 3f9a2c --format json",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first + 2 != argc)
        return options_misused(&page, error, "diff needs two runs or config files");
    return load_modules(error) ? -1 : diff((const char *const *)&argv[first], &request, error);
}
