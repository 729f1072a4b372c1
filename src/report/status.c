/* Status for programs and documents: tables of experiments and of running runs. */
#include "report/status.h"

#include "base/clock.h"
#include "report/time_left.h"

#include <inttypes.h>
#include <math.h>

const char *const status_format_names[] = {"text", "csv", "json", "markdown", NULL};

const struct status_state status_states[RUN_STATES] = {
    {RUN_DONE, "done", "done"},
    {RUN_RUNNING, "running", "running"},
    {RUN_FAILED, "failed", "failed"},
    {RUN_DIVERGED, "diverged", "diverged"},
    {RUN_INTERRUPTED, "interrupted", "interrupted"},
    {RUN_QUEUED, "not begun", "not_begun"},
};

double status_speed(const struct running_run *run)
{
    double seconds = run->progress.train_seconds;
    return seconds > 0 ? (double)run->progress.examples / seconds : NAN;
}

static void set_known(struct table *table, size_t column, double number, int precision)
{
    if (!isnan(number))
        table_set_number(table, column, number, precision);
}

static void set_time(struct table *table, size_t column, double wall)
{
    struct text text = {0};
    clock_add_iso(&text, wall);
    table_set_text(table, column, text_get(&text));
    text_release(&text);
}

enum { EXPERIMENT_COLUMNS = RUN_STATES + 2 };

static void add_experiment_columns(struct table *table)
{
    table_add_column(table, NULL, "trials", "trials");
    for (int i = 0; i < RUN_STATES; i++)
        table_add_column(table, NULL, status_states[i].words, status_states[i].key);
    table_add_column(table, NULL, "updated", "updated");
}

/* FIRST: where add_experiment_columns began. */
static void set_experiment(struct table *table, size_t first, const struct store_progress *progress,
                           size_t index)
{
    const struct experiment_progress *experiment = &progress->experiments[index];
    table_set_whole(table, first++, experiment->trials);
    for (int i = 0; i < RUN_STATES; i++)
        table_set_whole(table, first++, experiment->states[status_states[i].state]);
    set_time(table, first, experiment->updated);
}

static void add_run_columns(struct table *table)
{
    static const char *const columns[][2] = {{"name", "name"},
                                             {"seed", "seed"},
                                             {"run", "run"},
                                             {"process", "process"},
                                             {"step", "step"},
                                             {"of", "steps"},
                                             {"loss", "train.loss"},
                                             {"accuracy", "train.accuracy"},
                                             {"examples/s", "examples_per_second"},

                                             {"host", "host"},
                                             {"pid", "pid"},
                                             {"heartbeat age", "heartbeat_age"}};
    for (size_t i = 0; i < sizeof columns / sizeof columns[0]; i++)
        table_add_column(table, NULL, columns[i][0], columns[i][1]);
}

/* FIRST: where add_run_columns began. */
static void set_run(struct table *table, size_t first, const struct running_run *run, double wall)
{
    table_set_text(table, first++, run->name);
    table_set_whole(table, first++, run->seed);
    table_set_text(table, first++, run->id);
    table_set_text(table, first++, run->is_abandoned ? "gone" : "alive");
    table_set_whole(table, first++, run->progress.step);
    table_set_whole(table, first++, run->steps);
    set_known(table, first++, run->loss, 4);
    set_known(table, first++, run->accuracy, 4);
    set_known(table, first++, status_speed(run), 0);
    table_set_text(table, first++, run->process.host);
    table_set_whole(table, first++, run->process.pid);
    set_known(table, first, fmax(wall - run->heartbeat, 0), 1);
}

enum { WITH_EXPERIMENTS = 1, WITH_RUNS = 2, WITH_BOTH = 3 };

/* PARTS as above; with both, the first column says which a row is. TABLE must be released. */
static void make_table(struct table *table, const struct store_progress *progress, int parts)
{
    size_t first = parts == WITH_BOTH;
    if (parts == WITH_BOTH)
        table_add_column(table, NULL, "kind", "kind");
    table_add_column(table, NULL, "experiment", "experiment");
    table_add_column(table, NULL, "seconds left", "seconds_left");
    if (parts & WITH_EXPERIMENTS)
        add_experiment_columns(table);
    if (parts & WITH_RUNS)
        add_run_columns(table);
    for (size_t i = 0; parts & WITH_EXPERIMENTS && i < progress->experiment_count; i++) {
        table_add_row(table);
        if (first)
            table_set_text(table, 0, "experiment");
        table_set_text(table, first, progress->experiments[i].name);
        set_known(table, first + 1, experiment_time_left(progress, i), 1);
        set_experiment(table, first + 2, progress, i);
    }
    size_t run_columns = first + 2 + (parts & WITH_EXPERIMENTS ? EXPERIMENT_COLUMNS : 0);
    for (size_t i = 0; parts & WITH_RUNS && i < progress->run_count; i++) {
        const struct running_run *run = &progress->runs[i];
        table_add_row(table);
        if (first)
            table_set_text(table, 0, "run");
        if (run->experiment < progress->experiment_count)
            table_set_text(table, first, progress->experiments[run->experiment].name);
        set_known(table, first + 1, run_time_left(run, progress->wall), 1);
        set_run(table, run_columns, run, progress->wall);
    }
}

static void add_table(const struct store_progress *progress, int parts, enum table_format format,
                      struct text *output)
{
    struct table table = {0};
    make_table(&table, progress, parts);
    table_render(&table, format, 0, output);
    table_release(&table);
}

void status_render(const struct store_progress *progress, enum table_format format,
                   const struct status_view *view, struct text *output)
{
    if (format == TABLE_TEXT) {
        status_render_text(progress, view, output);
    } else if (format == TABLE_CSV) {
        add_table(progress, WITH_BOTH, format, output);
    } else if (format == TABLE_JSON) {
        text_add(output, "{\"time\": \"");
        clock_add_iso(output, progress->wall);
        text_add_format(output, "\",\n\"older\": %" PRId64 ",\n\"experiments\": ", progress->older);
        add_table(progress, WITH_EXPERIMENTS, format, output);
        output->data[--output->length] = '\0'; /* the line's end: a comma follows */
        text_add(output, ",\n\"runs\": ");
        add_table(progress, WITH_RUNS, format, output);
        text_add(output, "}\n");
    } else {
        add_table(progress, WITH_EXPERIMENTS, format, output);
        text_add_char(output, '\n');
        add_table(progress, WITH_RUNS, format, output);
    }
}

void status_add_changes(const struct store_progress *progress, struct text *output)
{
    for (size_t i = 0; i < progress->experiment_count; i++) {
        const struct experiment_progress *experiment = &progress->experiments[i];
        text_add(output, experiment->name);
        for (int state = 0; state < RUN_STATES; state++)
            text_add_format(output, " %" PRId64, experiment->states[state]);
        text_add_char(output, '\n');
    }
    for (size_t i = 0; i < progress->run_count; i++) {
        const struct running_run *run = &progress->runs[i];
        text_add_format(output, "%s %" PRId64 " %d\n", run->id, run->progress.step,
                        run->is_abandoned);
    }
    text_add_format(output, "%" PRId64 "\n", progress->older);
}
