/* What a run writes while it trains and when it ends. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/gradient_flow_rows.h"
#include "store/metrics.h"
#include "store/prediction_rows.h"

#include <stdio.h>
#include <string.h>

/* One value that waits to be written. */
struct pending {
    size_t series; /* in the writer's list of names */
    int64_t step;
    double epoch, seconds, value;
};

struct run_writer {
    struct store *store;
    char id[RUN_ID_SIZE];
    int64_t number, attempt;
    double flushed; /* clock_seconds() of the last flush */
    char **series;
    size_t series_count;
    struct pending *rows;
    size_t count, capacity;
    struct gradient_flow *flows; /* those that wait, with their norms */
    size_t flow_count, flow_capacity;
};

/* What one transaction changes. */
struct change {
    const struct run_progress *progress;
    const char *checkpoint, *checkpoint_hash; /* NULL: stays */
    enum run_state state;
    const char *message;
    const struct run_result *result; /* NULL: not done */
};

struct run_writer *run_writer_new(struct store *store, const struct run_begun *begun)
{
    struct run_writer *writer = memory_new(sizeof *writer);
    writer->store = store;
    snprintf(writer->id, sizeof writer->id, "%s", begun->id);
    writer->number = begun->number;
    writer->attempt = begun->attempt;
    writer->flushed = clock_seconds();
    return writer;
}

static void forget_flows(struct run_writer *writer)
{
    for (size_t i = 0; i < writer->flow_count; i++)
        gradient_flow_release(&writer->flows[i]);
    writer->flow_count = 0;
}

void run_writer_free(struct run_writer *writer)
{
    if (!writer)
        return;
    forget_flows(writer);
    memory_free(writer->flows);
    for (size_t i = 0; i < writer->series_count; i++)
        memory_free(writer->series[i]);
    memory_free(writer->series);
    memory_free(writer->rows);
    memory_free(writer);
}

/* A run has a handful of series: a search from the front is enough. */
static size_t find_series(struct run_writer *writer, const char *name)
{
    for (size_t i = 0; i < writer->series_count; i++)
        if (text_equal(writer->series[i], name))
            return i;
    size_t count = writer->series_count + 1;
    writer->series = memory_grow(writer->series, count, sizeof *writer->series);
    writer->series[writer->series_count] = memory_copy_text(name);
    return writer->series_count++;
}

void run_record(struct run_writer *writer, const char *series, int64_t step, double epoch,
                double seconds, double value)
{
    if (writer->count == writer->capacity) {
        writer->capacity = writer->capacity ? 2 * writer->capacity : 64;
        writer->rows = memory_grow(writer->rows, writer->capacity, sizeof *writer->rows);
    }
    writer->rows[writer->count++] = (struct pending){
        .series = find_series(writer, series),
        .step = step,
        .epoch = epoch,
        .seconds = seconds,
        .value = value,
    };
}

void run_record_gradient_flow(struct run_writer *writer, int64_t step, int64_t layer,
                              int64_t direction, const double *norms, int64_t count)
{
    if (writer->flow_count == writer->flow_capacity) {
        writer->flow_capacity = writer->flow_capacity ? 2 * writer->flow_capacity : 16;
        writer->flows = memory_grow(writer->flows, writer->flow_capacity, sizeof *writer->flows);
    }
    struct gradient_flow *flow = &writer->flows[writer->flow_count++];
    *flow = (struct gradient_flow){
        .step = step, .layer = layer, .direction = direction, .count = count};
    flow->norms = memory_array((size_t)count, sizeof *flow->norms);
    for (int64_t i = 0; i < count; i++)
        flow->norms[i] = (float)norms[i];
}

bool run_flush_due(const struct run_writer *writer)
{
    return clock_seconds() - writer->flushed >= 1;
}

static int write_series(struct run_writer *writer, struct database *database, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, database,
                          "INSERT INTO series (name) VALUES (?1) ON CONFLICT DO NOTHING", error);
    for (size_t i = 0; result == 0 && i < writer->series_count; i++) {
        bind_text(&statement, 1, writer->series[i]);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int write_metrics(struct run_writer *writer, struct database *database, struct error *error)
{
    if (!writer->count)
        return 0;
    if (write_series(writer, database, error) != 0)
        return -1;
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "INSERT OR REPLACE INTO metrics (run, series, step, epoch, seconds, value, note) "
        "VALUES (?1, (SELECT number FROM series WHERE name = ?2), ?3, ?4, ?5, ?6, ?7)",
        error);
    for (size_t i = 0; result == 0 && i < writer->count; i++) {
        const struct pending *row = &writer->rows[i];
        bind_integer(&statement, 1, writer->number);
        bind_text(&statement, 2, writer->series[row->series]);
        bind_integer(&statement, 3, row->step);
        bind_real(&statement, 4, row->epoch);
        bind_real(&statement, 5, row->seconds);
        bind_value(&statement, 6, row->value);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

/* The attempt tells whether the run is still ours; nothing else of a transaction must be kept when
 * it is not. */
static int write_run(struct run_writer *writer, struct database *database,
                     const struct change *change, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "UPDATE runs SET step = ?3, examples = ?4, train_seconds = ?5, evaluate_seconds = ?6, "
        "heartbeat = ?7, state = ?8, message = ?9, "
        "cpu_seconds = ?12, ended = CASE ?8 WHEN 'running' THEN 0 ELSE ?7 END, "
        "checkpoint_step = CASE WHEN ?10 IS NULL THEN checkpoint_step ELSE ?3 END, "
        "checkpoint = ifnull(?10, checkpoint), checkpoint_hash = ifnull(?11, checkpoint_hash) "
        "WHERE number = ?1 AND attempt = ?2 AND state = 'running'",
        error);
    if (result == 0) {
        bind_integer(&statement, 1, writer->number);
        bind_integer(&statement, 2, writer->attempt);
        bind_integer(&statement, 3, change->progress->step);
        bind_integer(&statement, 4, change->progress->examples);
        bind_real(&statement, 5, change->progress->train_seconds);
        bind_real(&statement, 6, change->progress->evaluate_seconds);
        bind_real(&statement, 7, clock_wall());
        bind_text(&statement, 8, run_state_name(change->state));
        bind_text(&statement, 9, change->message);
        bind_text(&statement, 10, change->checkpoint);
        bind_text(&statement, 11, change->checkpoint_hash);
        bind_real(&statement, 12, change->progress->cpu_seconds); /* NaN is NULL */
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    if (result == 0 && database_changes(database) != 1)
        result = error_set(error, ERROR_FAILED,
                           "%s: run %s is no longer this process's: it was taken for dead, ended "
                           "from outside, or begun again by another process",
                           database->path, writer->id);
    return result;
}

static int write_finals(struct run_writer *writer, struct database *database,
                        const struct run_result *ending, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "INSERT OR REPLACE INTO finals (run, name, value, note) VALUES (?1, ?2, ?3, ?4)", error);
    for (size_t i = 0; result == 0 && i < ending->final_count; i++) {
        bind_integer(&statement, 1, writer->number);
        bind_text(&statement, 2, ending->finals[i].name);
        bind_value(&statement, 3, ending->finals[i].value);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    for (size_t i = 0; result == 0 && i < ending->prediction_count; i++)
        result = predictions_write(database, writer->number, &ending->predictions[i], error);
    return result;
}

static int write_change(struct run_writer *writer, const struct change *change, struct error *error)
{
    struct database *database = store_database(writer->store);
    if (database_begin_write(database, error) != 0)
        return -1;
    int result = write_run(writer, database, change, error);
    if (result == 0)
        result = write_metrics(writer, database, error);
    if (result == 0)
        result =
            gradient_flow_write(database, writer->number, writer->flows, writer->flow_count, error);
    if (result == 0 && change->result)
        result = write_finals(writer, database, change->result, error);
    if (database_end(database, result, error) != 0)
        return -1;
    writer->count = 0;
    forget_flows(writer);
    writer->flushed = clock_seconds();
    return 0;
}

int run_flush(struct run_writer *writer, const struct run_progress *progress, struct error *error)
{
    struct change change = {.progress = progress, .state = RUN_RUNNING, .message = ""};
    return write_change(writer, &change, error);
}

int run_checkpoint(struct run_writer *writer, const struct run_progress *progress, const char *name,
                   const char *hash, struct error *error)
{
    struct change change = {
        .progress = progress,
        .checkpoint = name,
        .checkpoint_hash = hash,
        .state = RUN_RUNNING,
        .message = "",
    };
    return write_change(writer, &change, error);
}

static int delete_past(struct run_writer *writer, struct database *database, int64_t step,
                       struct error *error)
{
    struct statement statement;
    /* From nothing, what was measured before the first step is measured again, too. */
    int result =
        statement_prepare(&statement, database,
                          "DELETE FROM metrics WHERE run = ?1 AND (step > ?2 OR ?2 = 0)", error);
    if (result == 0) {
        bind_integer(&statement, 1, writer->number);
        bind_integer(&statement, 2, step);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

int run_rewind(struct run_writer *writer, const struct run_progress *progress, struct error *error)
{
    struct database *database = store_database(writer->store);
    struct change change = {.progress = progress, .state = RUN_RUNNING, .message = ""};
    if (progress->step == 0)
        change.checkpoint = change.checkpoint_hash = "";
    if (database_begin_write(database, error) != 0)
        return -1;
    int result = write_run(writer, database, &change, error);
    if (result == 0)
        result = delete_past(writer, database, progress->step, error);
    if (result == 0)
        result = gradient_flow_delete_past(database, writer->number, progress->step, error);
    return database_end(database, result, error);
}

int run_finish(struct run_writer *writer, const struct run_result *result, struct error *error)
{
    struct change change = {
        .progress = &result->progress,
        .checkpoint = result->checkpoint,
        .checkpoint_hash = result->checkpoint_hash,
        .state = RUN_DONE,
        .message = "",
        .result = result,
    };
    return write_change(writer, &change, error);
}

int run_stop(struct run_writer *writer, enum run_state state, const char *message,
             const struct run_progress *progress, struct error *error)
{
    struct change change = {.progress = progress, .state = state, .message = message};
    return write_change(writer, &change, error);
}
