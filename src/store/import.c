/* Runs from another store. A run is read in one transaction into temporary tables of the
 * connection, and goes from there into the store in another. */
#include "store/import.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/metrics.h"
#include "store/run_files.h"
#include "store/run_rows.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RUN_COLUMNS                                                                                \
    "key, name, state, message, seed, created, started, ended, heartbeat, attempt, steps, step, "  \
    "examples, train_seconds, evaluate_seconds, parameters, checkpoint, checkpoint_hash, "         \
    "checkpoint_step, data_digest, engine, compiler, blas, isa, cpu, threads, host, boot_id, "     \
    "pid_namespace, pid, start_ticks, plugins, config, canonical"
#define OF_RUN " WHERE run = (SELECT number FROM runs WHERE id = ?1)"

static const char make_tables[] =
    "PRAGMA temp_store = MEMORY;"
    "CREATE TEMP TABLE IF NOT EXISTS came_run AS SELECT " RUN_COLUMNS ", cpu_seconds "
    "FROM main.runs LIMIT 0;"
    "CREATE TEMP TABLE IF NOT EXISTS came_metrics AS SELECT '' AS name, step, epoch, seconds, "
    "value, note FROM main.metrics LIMIT 0;"
    "CREATE TEMP TABLE IF NOT EXISTS came_finals AS SELECT name, value, note FROM main.finals "
    "LIMIT 0;"
    "CREATE TEMP TABLE IF NOT EXISTS came_predictions AS SELECT split, count, labels, predicted, "
    "probabilities FROM main.predictions LIMIT 0;"
    "CREATE TEMP TABLE IF NOT EXISTS came_gradient_flow AS SELECT step, layer, direction, norms "
    "FROM main.gradient_flow LIMIT 0;"
    "CREATE TEMP TABLE IF NOT EXISTS came_tags AS SELECT tag FROM main.tags LIMIT 0;"
    "CREATE TEMP TABLE IF NOT EXISTS came_notes AS SELECT text, written FROM main.notes LIMIT 0;"
    "DELETE FROM came_run; DELETE FROM came_metrics; DELETE FROM came_finals;"
    "DELETE FROM came_predictions; DELETE FROM came_gradient_flow; DELETE FROM came_tags;"
    "DELETE FROM came_notes;";

/* What of a run lies where: how it is read (?1: its id), into which table it goes first, and the
 * version of the store that brought it. */
static const struct {
    const char *select, *insert;
    int columns, since;
} parts[] = {
    {"SELECT " RUN_COLUMNS " FROM runs WHERE id = ?1",
     "INSERT INTO came_run (" RUN_COLUMNS
     ") VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,"
     "?,?)",
     34, 1},
    {"SELECT cpu_seconds FROM runs WHERE id = ?1", "UPDATE came_run SET cpu_seconds = ?", 1,
     VERSION_WITH_CPU_SECONDS},
    {"SELECT series.name, step, epoch, seconds, value, note FROM metrics "
     "LEFT JOIN series ON series.number = metrics.series" OF_RUN,
     "INSERT INTO came_metrics VALUES (?,?,?,?,?,?)", 6, 1},
    {"SELECT name, value, note FROM finals" OF_RUN, "INSERT INTO came_finals VALUES (?,?,?)", 3, 1},
    {"SELECT split, count, labels, predicted, probabilities FROM predictions" OF_RUN,
     "INSERT INTO came_predictions VALUES (?,?,?,?,?)", 5, 1},
    {"SELECT tag FROM tags" OF_RUN, "INSERT INTO came_tags VALUES (?)", 1, 2},
    {"SELECT text, written FROM notes" OF_RUN, "INSERT INTO came_notes VALUES (?,?)", 2, 2},
    {"SELECT step, layer, direction, norms FROM gradient_flow" OF_RUN,
     "INSERT INTO came_gradient_flow VALUES (?,?,?,?)", 4, 3},
};

/* From there into the store, ?1 being the new run's number. */
static const char *const moves[] = {
    "INSERT INTO main.series (name) SELECT DISTINCT name FROM came_metrics "
    "WHERE ?1 IS NOT NULL AND name NOT IN (SELECT name FROM main.series)",
    "INSERT INTO main.metrics (run, series, step, epoch, seconds, value, note) "
    "SELECT ?1, (SELECT number FROM main.series WHERE series.name = came.name), step, epoch, "
    "seconds, value, note FROM came_metrics AS came",
    "INSERT INTO main.finals (run, name, value, note) SELECT ?1, name, value, note "
    "FROM came_finals",
    "INSERT INTO main.predictions (run, split, count, labels, predicted, probabilities) "
    "SELECT ?1, split, count, labels, predicted, probabilities FROM came_predictions",
    "INSERT INTO main.gradient_flow (run, step, layer, direction, norms) "
    "SELECT ?1, step, layer, direction, norms FROM came_gradient_flow",
    "INSERT INTO main.tags (run, tag) SELECT ?1, tag FROM came_tags",
    "INSERT INTO main.notes (run, text, written) SELECT ?1, text, written FROM came_notes",
};

/* One run on its way. */
struct import {
    struct store *store, *source;
    struct run theirs, ours; /* ours: what is here of that key, if HAS_OURS */
    bool has_ours;
    struct file_map checkpoint; /* of theirs, verified; not mapped where there is none */
    bool has_checkpoint;
    struct import_outcome *outcome;
};

void import_outcome_release(struct import_outcome *outcome)
{
    memory_free(outcome->name);
    memory_free(outcome->warning);
    *outcome = (struct import_outcome){0};
}

void import_names_release(struct import_names *names)
{
    for (size_t i = 0; i < names->count; i++)
        memory_free(names->items[i]);
    memory_free(names->items);
    *names = (struct import_names){0};
}

static int list_names(struct store *source, const char *sql, struct import_names *names,
                      struct error *error)
{
    struct statement statement;
    size_t capacity = 0;
    *names = (struct import_names){0};
    int result = statement_prepare(&statement, store_database(source), sql, error);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        if (names->count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            names->items = memory_grow(names->items, capacity, sizeof *names->items);
        }
        names->items[names->count++] = column_text(&statement, 0);
    }
    statement_release(&statement);
    if (result != 0)
        import_names_release(names);
    return result;
}

int import_list_keys(struct store *source, struct import_names *names, struct error *error)
{
    return list_names(source, "SELECT key FROM runs GROUP BY key ORDER BY min(number)", names,
                      error);
}

int import_list_experiments(struct store *source, struct import_names *names, struct error *error)
{
    return list_names(source, "SELECT name FROM experiments ORDER BY number", names, error);
}

/* What is to be done with theirs beside ours. */
static enum import_result decide(const struct import *import)
{
    bool is_done = import->theirs.state == RUN_DONE;
    if (import->has_ours && (!is_done || import->ours.state == RUN_DONE))
        return IMPORT_PRESENT;
    if (import->theirs.state == RUN_RUNNING || import->theirs.state == RUN_QUEUED)
        return IMPORT_RUNNING;
    return IMPORT_NEW;
}

/* The name of a final of THEIRS that OURS has otherwise or not at all, or NULL. */
static const char *find_difference(const struct finals *theirs, const struct finals *ours)
{
    for (size_t i = 0; i < theirs->count; i++) {
        const double *here = finals_find(ours, theirs->items[i].name);
        if (!here || memcmp(here, &theirs->items[i].value, sizeof *here) != 0)
            return theirs->items[i].name;
    }
    return NULL;
}

/* Runs of one key should agree to the last bit where all is the same that may change it. */
static int compare_finals(struct import *import, struct error *error)
{
    const struct run *theirs = &import->theirs, *ours = &import->ours;
    const struct environment *there = &theirs->environment, *here = &ours->environment;
    if (theirs->state != RUN_DONE || ours->state != RUN_DONE ||
        !text_equal(theirs->engine, ours->engine) || !text_equal(there->blas, here->blas) ||
        !text_equal(there->isa, here->isa))
        return 0;
    struct finals their_finals = {0}, our_finals = {0};
    int result = store_finals_load(import->source, theirs->id, &their_finals, error);
    if (result == 0)
        result = store_finals_load(import->store, ours->id, &our_finals, error);
    if (result == 0) {
        const char *name = find_difference(&their_finals, &our_finals);
        if (name)
            import->outcome->warning = text_format(
                "run %s here and run %s of %s differ in %s, though engine, BLAS and instruction "
                "set are the same; `unroll verify` tells which of them is wrong",
                ours->id, theirs->id, store_location(import->source), name);
    }
    finals_release(&their_finals);
    finals_release(&our_finals);
    return result;
}

/* Maps the checkpoint of theirs and verifies it. One that is not what the store says is left out;
 * one that cannot be read just now is an error, for the run would stay without it. */
static int open_checkpoint(struct import *import, struct error *error)
{
    const struct run *run = &import->theirs;
    if (!*run->checkpoint)
        return 0;
    struct error why = {0};
    char *folder = store_run_folder(import->source, run->id);
    char *path = file_join(folder, run->checkpoint);
    char hash[HASH_TEXT_SIZE] = "";
    int result = 0;
    /* A damaged store may hold any text, also one that leads elsewhere. */
    if (!run_files_is_id(run->id) || !run_files_is_checkpoint(run->checkpoint)) {
        error_set(&why, ERROR_DATA, "%s: is no name of a checkpoint", run->checkpoint);
    } else if (file_map_open(&import->checkpoint, path, &why) == 0) {
        hash_bytes(import->checkpoint.bytes, import->checkpoint.size, hash);
        import->has_checkpoint = text_equal(hash, run->checkpoint_hash);
        if (!import->has_checkpoint)
            error_set(&why, ERROR_DATA, "%s: is damaged: its hash is not the one in the store",
                      path);
    } else if (why.code != ERROR_NOT_FOUND && why.code != ERROR_DATA) {
        result = error_set(error, why.code, "%s", why.text);
    }
    if (result == 0 && !import->has_checkpoint)
        import->outcome->warning = text_format("run %s of %s comes without its checkpoint: %s",
                                               run->id, store_location(import->source), why.text);
    memory_free(path);
    memory_free(folder);
    return result;
}

static int read_part(struct import *import, size_t part, struct error *error)
{
    struct statement row, insert = {0};
    int result = statement_prepare(&row, store_database(import->source), parts[part].select, error);
    if (result == 0)
        result =
            statement_prepare(&insert, store_database(import->store), parts[part].insert, error);
    if (result == 0)
        bind_text(&row, 1, import->theirs.id);
    while (result == 0 && (result = statement_step(&row, error)) == 1) {
        for (int i = 0; i < parts[part].columns; i++)
            bind_column(&insert, i + 1, &row, i);
        result = statement_run(&insert, error);
    }
    statement_release(&insert);
    statement_release(&row);
    return result;
}

/* Copies theirs into the temporary tables: a transaction here, which locks nothing else, within one
 * there. */
static int read_rows(struct import *import, struct error *error)
{
    struct database *database = store_database(import->store);
    int result = 0;
    if (database_begin_read(database, error) != 0)
        return -1;
    for (size_t i = 0; result == 0 && i < sizeof parts / sizeof *parts; i++)
        if (parts[i].since <= store_database(import->source)->version)
            result = read_part(import, i, error);
    return database_end(database, result, error);
}

/* Theirs as it is at one moment; a run that will not come in is read no further. */
static int read_source(struct import *import, const char *key, bool dry_run, struct error *error)
{
    bool found;
    if (store_begin_reading(import->source, error) != 0)
        return -1;
    int result = store_run_by_key(import->source, key, &import->theirs, &found, error);
    if (result == 0 && !found)
        result = error_set(error, ERROR_NOT_FOUND, "%s: the run with key %s has just gone",
                           store_location(import->source), key);
    if (result == 0 && decide(import) == IMPORT_NEW) {
        result = open_checkpoint(import, error);
        if (result == 0 && !dry_run)
            result = read_rows(import, error);
    }
    return store_end_reading(import->source, result, error);
}

/* Puts the checkpoint into the folder of the new run, on the disk for good. */
static int write_checkpoint(struct import *import, struct error *error)
{
    if (!import->has_checkpoint)
        return 0;
    struct sweep sweep = {0};
    char *folder = store_run_folder(import->store, import->outcome->id);
    char *path = file_join(folder, import->theirs.checkpoint);
    int result = file_make_folders(folder, error);
    if (result == 0) {
        /* No run has this folder: of what lies there, such as what an import that was killed left,
         * nothing is needed, and the write lock keeps others off. */
        run_files_sweep(folder, "", "of no run", false, &sweep);
        result = file_replace(path, import->checkpoint.bytes, import->checkpoint.size, error);
    }
    memory_free(path);
    memory_free(folder);
    return result;
}

static void remove_checkpoint(struct import *import)
{
    if (!import->has_checkpoint)
        return;
    char *folder = store_run_folder(import->store, import->outcome->id);
    char *path = file_join(folder, import->theirs.checkpoint);
    unlink(path);
    memory_free(path);
    memory_free(folder);
}

/* The rows of the new run. *NUMBER: of its own. */
static int insert_run(struct import *import, int64_t *number, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, store_database(import->store),
                          "INSERT INTO main.runs (id, " RUN_COLUMNS ", cpu_seconds) "
                          "SELECT ?1, " RUN_COLUMNS ", cpu_seconds FROM came_run RETURNING number",
                          error);
    if (result == 0) {
        bind_text(&statement, 1, import->outcome->id);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        *number = column_integer(&statement, 0);
        result = statement_step(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int insert_rows(struct import *import, struct error *error)
{
    struct database *database = store_database(import->store);
    int64_t number = 0;
    if (!import->has_checkpoint &&
        database_execute(database,
                         "UPDATE came_run SET checkpoint = '', checkpoint_hash = '', "
                         "checkpoint_step = 0",
                         error) != 0)
        return -1;
    int result = insert_run(import, &number, error);
    for (size_t i = 0; result == 0 && i < sizeof moves / sizeof *moves; i++) {
        struct statement statement;
        result = statement_prepare(&statement, database, moves[i], error);
        if (result == 0) {
            bind_integer(&statement, 1, number);
            result = statement_run(&statement, error);
        }
        statement_release(&statement);
    }
    return result;
}

static int find_ours(struct import *import, const char *key, struct error *error)
{
    run_release(&import->ours);
    import->has_ours = false;
    return import->store
               ? store_run_by_key(import->store, key, &import->ours, &import->has_ours, error)
               : 0;
}

/* Within a write transaction; looks again, since another process may have been first. */
static int write_locked(struct import *import, struct error *error)
{
    struct import_outcome *outcome = import->outcome;
    if (find_ours(import, import->theirs.key, error) != 0)
        return -1;
    outcome->result = decide(import);
    if (outcome->result != IMPORT_NEW)
        return 0;
    if (run_choose_id(store_database(import->store), import->theirs.key, outcome->id, error) != 0)
        return -1;
    if (write_checkpoint(import, error) != 0)
        return -1;
    int result = insert_rows(import, error);
    if (result != 0)
        remove_checkpoint(import);
    return result;
}

static int write_run(struct import *import, struct error *error)
{
    struct database *database = store_database(import->store);
    if (database_begin_write(database, error) != 0)
        return -1;
    return database_end(database, write_locked(import, error), error);
}

static int bring_in(struct import *import, const char *key, bool dry_run, struct error *error)
{
    struct import_outcome *outcome = import->outcome;
    if (find_ours(import, key, error) != 0 ||
        (!dry_run && database_execute(store_database(import->store), make_tables, error) != 0) ||
        read_source(import, key, dry_run, error) != 0)
        return -1;
    snprintf(outcome->source_id, sizeof outcome->source_id, "%s", import->theirs.id);
    outcome->name = memory_copy_text(import->theirs.name);
    outcome->seed = import->theirs.seed;
    outcome->state = import->theirs.state;
    outcome->result = decide(import);
    if (outcome->result == IMPORT_NEW && !dry_run && write_run(import, error) != 0)
        return -1;
    if (outcome->result != IMPORT_PRESENT)
        return 0;
    memory_free(outcome->warning); /* of a checkpoint that is not needed any more */
    outcome->warning = NULL;
    snprintf(outcome->id, sizeof outcome->id, "%s", import->ours.id);
    return compare_finals(import, error);
}

int import_run(struct store *store, struct store *source, const char *key, bool dry_run,
               struct import_outcome *outcome, struct error *error)
{
    struct import import = {.store = store, .source = source, .outcome = outcome};
    *outcome = (struct import_outcome){0};
    int result = bring_in(&import, key, dry_run, error);
    if (result != 0)
        error_prefix(error, "bringing in the run with key %s of %s", key, store_location(source));
    file_map_close(&import.checkpoint);
    run_release(&import.theirs);
    run_release(&import.ours);
    return result;
}
