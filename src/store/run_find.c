/* What reads runs: one, or a list of them. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/remarks.h"
#include "store/run_rows.h"

#include <stdio.h>
#include <string.h>

/* In the order in which read_run takes them; behind these, what add_select adds. */
#define RUN_COLUMNS                                                                                \
    "id, key, name, state, message, seed, created, started, ended, heartbeat, attempt, steps, "    \
    "step, examples, train_seconds, evaluate_seconds, parameters, checkpoint, checkpoint_hash, "   \
    "checkpoint_step, data_digest, engine, plugins, compiler, blas, isa, cpu, threads, host, "     \
    "boot_id, pid_namespace, pid, start_ticks"
#define BY_ID "WHERE id = ?1"
/* Of several with a key, the newest that is done, else the newest. */
#define BY_KEY "WHERE key = ?1 ORDER BY state = 'done' DESC, number DESC LIMIT 1"

enum { CANDIDATES = 10 };

void run_release(struct run *run)
{
    memory_free(run->key);
    memory_free(run->name);
    memory_free(run->message);
    memory_free(run->checkpoint);
    memory_free(run->checkpoint_hash);
    memory_free(run->data_digest);
    memory_free(run->engine);
    memory_free(run->plugins);
    environment_release(&run->environment);
    memory_free(run->config);
    memory_free(run->canonical);
    *run = (struct run){0};
}

void run_list_release(struct run_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        run_release(&list->runs[i]);
    memory_free(list->runs);
    *list = (struct run_list){0};
}

static void read_environment(struct statement *row, int at, struct environment *environment)
{
    environment->compiler = column_text(row, at++);
    environment->blas = column_text(row, at++);
    environment->isa = column_text(row, at++);
    environment->cpu = column_text(row, at++);
    environment->threads = (int)column_integer(row, at++);
    environment->process.host = column_text(row, at++);
    environment->process.boot_id = column_text(row, at++);
    environment->process.namespace = column_integer(row, at++);
    environment->process.pid = column_integer(row, at++);
    environment->process.start_ticks = column_integer(row, at++);
}

/* The schema allows known states only; in a damaged store, anything may stand there. */
static enum run_state read_state(struct statement *row, int column)
{
    int state = run_state_find(column_view(row, column));
    return state < 0 ? RUN_FAILED : (enum run_state)state;
}

/* Begins a query for what read_run takes. */
static void add_select(struct text *sql, const struct database *database, bool texts)
{
    text_add(sql, "SELECT " RUN_COLUMNS);
    text_add(sql, database->version < VERSION_WITH_CPU_SECONDS ? ", NULL" : ", cpu_seconds");
    text_add(sql, texts ? ", config, canonical" : "");
    text_add(sql, " FROM runs ");
}

/* Reads what add_select asks for. */
static void read_run(struct statement *row, struct run *run, bool texts)
{
    int at = 0;
    *run = (struct run){0};
    snprintf(run->id, sizeof run->id, "%s", column_view(row, at++));
    run->key = column_text(row, at++);
    run->name = column_text(row, at++);
    run->state = read_state(row, at++);
    run->message = column_text(row, at++);
    run->seed = column_integer(row, at++);
    run->created = column_real(row, at++);
    run->started = column_real(row, at++);
    run->ended = column_real(row, at++);
    run->heartbeat = column_real(row, at++);
    run->attempts = column_integer(row, at++);
    run->steps = column_integer(row, at++);
    run->progress.step = column_integer(row, at++);
    run->progress.examples = column_integer(row, at++);
    run->progress.train_seconds = column_real(row, at++);
    run->progress.evaluate_seconds = column_real(row, at++);
    run->parameters = column_integer(row, at++);
    run->checkpoint = column_text(row, at++);
    run->checkpoint_hash = column_text(row, at++);
    run->checkpoint_step = column_integer(row, at++);
    run->data_digest = column_text(row, at++);
    run->engine = column_text(row, at++);
    run->plugins = column_text(row, at++);
    read_environment(row, at, &run->environment);
    at += 10;
    run->progress.cpu_seconds = column_real_or_nan(row, at++);
    run->config = texts ? column_text(row, at++) : NULL;
    run->canonical = texts ? column_text(row, at++) : NULL;
}

/* The first row that CONDITION leaves for TEXT, with its long texts when TEXTS is set. Returns 1, 0
 * or -1. */
static int load_run(struct database *database, const char *condition, const char *text, bool texts,
                    struct run *run, struct error *error)
{
    struct statement statement;
    struct text sql = {0};
    add_select(&sql, database, texts);
    text_add(&sql, condition);
    int result = statement_prepare(&statement, database, text_get(&sql), error);
    if (result == 0) {
        bind_text(&statement, 1, text);
        result = statement_step(&statement, error);
    }
    if (result == 1)
        read_run(&statement, run, texts);
    statement_release(&statement);
    text_release(&sql);
    return result;
}

/* Lists the runs whose ids begin with PREFIX. With exactly one, ID gets it. */
static int resolve_prefix(struct database *database, const char *prefix, char id[RUN_ID_SIZE],
                          struct error *error)
{
    struct text candidates = {0};
    struct statement statement;
    int count = 0;
    /* '~' sorts behind everything that an id is made of. */
    int result = statement_prepare(&statement, database,
                                   "SELECT id, state, name, created FROM runs "
                                   "WHERE id >= ?1 AND id < ?1 || '~' ORDER BY id LIMIT 11",
                                   error);
    if (result == 0)
        bind_text(&statement, 1, prefix);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        snprintf(id, RUN_ID_SIZE, "%s", column_view(&statement, 0));
        if (++count > CANDIDATES) {
            text_add(&candidates, "\n    ...");
            break;
        }
        text_add_format(&candidates, "\n    %-16s %-11s ", id, column_view(&statement, 1));
        clock_add_iso(&candidates, column_real(&statement, 3));
        text_add_format(&candidates, "  %s", column_view(&statement, 2));
    }
    statement_release(&statement);
    if (result == 0 && count == 0)
        result = error_set(error, ERROR_NOT_FOUND,
                           "%s: there is no run whose id begins with '%s'; see: unroll list",
                           database->path, prefix);
    else if (result == 0 && count > 1)
        result = error_set(error, ERROR_USAGE,
                           "'%s' is the beginning of several runs' ids, write more of it:%s",
                           prefix, text_get(&candidates));
    text_release(&candidates);
    return result;
}

static int error_missing(struct database *database, const char *id, struct error *error)
{
    return error_set(error, ERROR_NOT_FOUND, "%s: there is no run %s; see: unroll list",
                     database->path, id);
}

int store_run_find(struct store *store, const char *prefix, struct run *run, struct error *error)
{
    struct database *database = store_database(store);
    *run = (struct run){0};
    if (!*prefix)
        return error_set(error, ERROR_USAGE, "the id of the run is empty; see: unroll list");
    int found = load_run(database, BY_ID, prefix, true, run, error);
    if (found == 0) {
        char id[RUN_ID_SIZE];
        if (resolve_prefix(database, prefix, id, error) != 0)
            return -1;
        found = load_run(database, BY_ID, id, true, run, error);
        if (found == 0)
            return error_missing(database, id, error);
    }
    return found == 1 ? 0 : -1;
}

int store_run_get(struct store *store, const char *id, struct run *run, struct error *error)
{
    struct database *database = store_database(store);
    *run = (struct run){0};
    int found = load_run(database, BY_ID, id, false, run, error);
    if (found == 0)
        return error_missing(database, id, error);
    return found == 1 ? 0 : -1;
}

int store_run_by_key(struct store *store, const char *key, struct run *run, bool *found,
                     struct error *error)
{
    *run = (struct run){0};
    int result = load_run(store_database(store), BY_KEY, key, false, run, error);
    *found = result == 1;
    return result < 0 ? -1 : 0;
}

int store_run_state(struct store *store, const char *key, char id[RUN_ID_SIZE],
                    enum run_state *state, bool *found, struct error *error)
{
    struct statement row;
    int result =
        statement_prepare(&row, store_database(store), "SELECT id, state FROM runs " BY_KEY, error);
    if (result == 0) {
        bind_text(&row, 1, key);
        result = statement_step(&row, error);
    }
    *found = result == 1;
    if (*found) {
        snprintf(id, RUN_ID_SIZE, "%s", column_view(&row, 0));
        *state = read_state(&row, 1);
    }
    statement_release(&row);
    return result < 0 ? -1 : 0;
}

/* "state IN ('done', 'failed')", or what holds for all. */
static void add_states(struct text *sql, unsigned states)
{
    const char *separator = "state IN (";
    for (int state = 0; state < RUN_STATES; state++) {
        if (!(states & 1u << state))
            continue;
        text_add_format(sql, "%s'%s'", separator, run_state_name((enum run_state)state));
        separator = ", ";
    }
    text_add(sql, states ? ")" : "TRUE");
}

/* The cross join makes SQLite begin with the few experiments, whose trials are found by keys. */
#define KEYS_OF_TRIALS                                                                             \
    "key IN (SELECT key FROM experiments CROSS JOIN trials "                                       \
    "ON experiment = experiments.number WHERE "

/* A run has the name of who trained it first; the experiments that share it call it otherwise. */
static void add_names(struct text *sql, const struct run_filter *filter)
{
    if (filter->experiment && filter->name)
        text_add(sql, " AND " KEYS_OF_TRIALS "experiments.name = ?2 AND variant = ?1)");
    else if (filter->experiment)
        text_add(sql, " AND " KEYS_OF_TRIALS "experiments.name = ?2)");
    else if (filter->name)
        text_add(sql, " AND (name = ?1 OR " KEYS_OF_TRIALS "variant = ?1))");
    if (filter->experiment && filter->is_exclusive)
        text_add(sql, " AND NOT EXISTS (SELECT 1 FROM trials JOIN experiments "
                      "ON experiment = experiments.number "
                      "WHERE trials.key = runs.key AND experiments.name <> ?2)");
    if (filter->is_alone)
        text_add(sql, " AND NOT EXISTS (SELECT 1 FROM trials WHERE trials.key = runs.key)");
}

int store_run_list(struct store *store, const struct run_filter *filter, struct run_list *list,
                   struct error *error)
{
    static const struct run_filter all;
    struct text sql = {0};
    filter = filter ? filter : &all;
    *list = (struct run_list){0};
    add_select(&sql, store_database(store), false);
    text_add(&sql, "WHERE ");
    add_states(&sql, filter->states);
    add_names(&sql, filter);
    if (filter->tag)
        text_add(&sql, store_has_remarks(store)
                           ? " AND number IN (SELECT run FROM tags WHERE tag = ?4)"
                           : " AND FALSE");
    text_add(&sql, " ORDER BY number DESC LIMIT ?3");
    struct statement statement;
    int result = statement_prepare(&statement, store_database(store), text_get(&sql), error);
    if (result == 0) {
        if (filter->tag && store_has_remarks(store))
            bind_text(&statement, 4, filter->tag);
        bind_text(&statement, 1, filter->name);
        bind_text(&statement, 2, filter->experiment);
        bind_integer(&statement, 3, filter->limit ? (int64_t)filter->limit : -1);
    }
    size_t capacity = 0;
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        if (list->count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            list->runs = memory_grow(list->runs, capacity, sizeof *list->runs);
        }
        read_run(&statement, &list->runs[list->count++], false);
    }
    statement_release(&statement);
    text_release(&sql);
    if (result != 0)
        run_list_release(list);
    return result;
}

int store_run_count(struct store *store, int64_t counts[RUN_STATES], struct error *error)
{
    struct statement statement;
    memset(counts, 0, RUN_STATES * sizeof *counts);
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT state, count(*) FROM runs GROUP BY state", error);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        counts[read_state(&statement, 0)] += column_integer(&statement, 1);
    }
    statement_release(&statement);
    return result;
}
