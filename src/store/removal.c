#include "store/removal.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/text.h"
#include "store/database.h"
#include "store/experiments.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Of the row `runs`. Rows are numbered in the order of their making. */
#define IS_SUPERSEDED                                                                              \
    "EXISTS (SELECT 1 FROM runs AS newer WHERE newer.key = runs.key AND newer.state = 'done' "     \
    "AND newer.number > runs.number)"

static bool has_run(const struct run_list *list, const char *id)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->runs[i].id, id))
            return true;
    return false;
}

static int find_experiment(struct store *store, const char *name, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT 1 FROM experiments WHERE name = ?1", error);
    if (result == 0) {
        bind_text(&statement, 1, name);
        result = statement_step(&statement, error);
    }
    statement_release(&statement);
    return result == 1 ? 0 : result == 0 ? store_experiment_unknown(store, name, error) : -1;
}

/* The runs of CHOICE, each once. */
static int choose(struct store *store, const struct removal *choice, struct run_list *chosen,
                  struct error *error)
{
    const struct run_filter filter = {.experiment = choice->experiment, .is_exclusive = true};
    if (choice->experiment) {
        if (find_experiment(store, choice->experiment, error) != 0 ||
            store_run_list(store, &filter, chosen, error) != 0)
            return -1;
    }
    for (size_t i = 0; i < choice->count; i++) {
        struct run run;
        if (store_run_find(store, choice->ids[i], &run, error) != 0)
            return -1;
        if (has_run(chosen, run.id)) {
            run_release(&run);
            continue;
        }
        chosen->runs = memory_grow(chosen->runs, chosen->count + 1, sizeof *chosen->runs);
        chosen->runs[chosen->count++] = run;
    }
    return 0;
}

static int refuse_running(const struct run_list *chosen, struct error *error)
{
    struct process_identity here;
    struct text names = {0};
    process_identity_collect(&here);
    for (size_t i = 0; i < chosen->count; i++) {
        const struct run *run = &chosen->runs[i];
        const struct process_identity *process = &run->environment.process;
        if (run->state == RUN_RUNNING && !run_is_abandoned(process, run->heartbeat, &here))
            text_add_format(&names, "\n    %s %s seed %lld: process %lld on %s", run->id, run->name,
                            (long long)run->seed, (long long)process->pid, process->host);
    }
    process_identity_release(&here);
    int result = names.length ? error_set(error, ERROR_FAILED,
                                          "being trained, nothing was removed; end them first:%s",
                                          text_get(&names))
                              : 0;
    text_release(&names);
    return result;
}

/* SQL deletes what its parameter names. */
static int delete_by_text(struct database *database, const char *sql, const char *text,
                          struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database, sql, error);
    if (result == 0) {
        bind_text(&statement, 1, text);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

int store_remove(struct store *store, const struct removal *choice, bool is_dry,
                 struct run_list *removed, struct error *error)
{
    struct database *database = store_database(store);
    *removed = (struct run_list){0};
    if ((is_dry ? database_begin_read(database, error) : database_begin_write(database, error)) !=
        0)
        return -1;
    int result = choose(store, choice, removed, error);
    if (result == 0)
        result = refuse_running(removed, error);
    for (size_t i = 0; result == 0 && !is_dry && i < removed->count; i++)
        result =
            delete_by_text(database, "DELETE FROM runs WHERE id = ?1", removed->runs[i].id, error);
    if (result == 0 && !is_dry && choice->experiment)
        result = delete_by_text(database, "DELETE FROM experiments WHERE name = ?1",
                                choice->experiment, error);
    result = database_end(database, result, error);
    if (result != 0)
        run_list_release(removed);
    return result;
}

/* What may be deleted of a run's folder. */
enum verdict {
    VERDICT_UNKNOWN, /* everything */
    VERDICT_BUSY,    /* nothing */
    VERDICT_KNOWN,   /* all but one checkpoint */
};

struct judgement {
    enum verdict verdict;
    char *kept; /* the checkpoint; owned */
    const char *why;
};

/* A dry sweep sees the store as reclaiming and superseding would leave it. */
static void judge_run(const struct run *run, bool is_superseded, bool is_dry,
                      struct judgement *judgement)
{
    bool is_running = run->state == RUN_RUNNING;
    if (is_running && is_dry) {
        struct process_identity here;
        process_identity_collect(&here);
        is_running = !run_is_abandoned(&run->environment.process, run->heartbeat, &here);
        process_identity_release(&here);
    }
    judgement->verdict = is_running ? VERDICT_BUSY : VERDICT_KNOWN;
    judgement->kept = memory_copy_text(is_superseded && is_dry ? "" : run->checkpoint);
    judgement->why = is_superseded ? "of a superseded run" : "not the run's last";
}

static int judge(struct store *store, const char *id, bool is_dry, struct judgement *judgement,
                 struct error *error)
{
    struct statement statement;
    struct run run;
    *judgement = (struct judgement){.why = "of a run that was removed"};
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT " IS_SUPERSEDED " FROM runs WHERE id = ?1", error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        result = statement_step(&statement, error);
    }
    bool is_superseded = result == 1 && column_integer(&statement, 0);
    statement_release(&statement);
    if (result <= 0) {
        judgement->kept = memory_copy_text("");
        return result;
    }
    if (store_run_get(store, id, &run, error) != 0)
        return -1;
    judge_run(&run, is_superseded, is_dry, judgement);
    run_release(&run);
    return 0;
}

int store_sweep_run(struct store *store, const char *id, struct sweep *sweep, struct error *error)
{
    struct database *database = store_database(store);
    struct judgement judgement = {0};
    if ((sweep->is_dry ? database_begin_read(database, error)
                       : database_begin_write(database, error)) != 0)
        return -1;
    int result = judge(store, id, sweep->is_dry, &judgement, error);
    if (result == 0 && judgement.verdict != VERDICT_BUSY) {
        char *folder = store_run_folder(store, id);
        run_files_sweep(folder, judgement.kept, judgement.why, judgement.verdict == VERDICT_UNKNOWN,
                        sweep);
        memory_free(folder);
    }
    memory_free(judgement.kept);
    return database_end(database, result, error);
}

/* The ids that folders beside STORE are called by. */
static int find_folders(struct store *store, struct names *ids, struct error *error)
{
    char *any = store_run_folder(store, "any"), *place = file_folder(any);
    DIR *folder = opendir(place);
    int errnum = folder ? 0 : errno;
    const struct dirent *entry;
    while (folder && (entry = readdir(folder)))
        if (run_files_is_id(entry->d_name))
            names_add(ids, entry->d_name);
    if (folder)
        closedir(folder);
    int result = errnum && errnum != ENOENT
                     ? error_system(error, ERROR_FAILED, errnum, "%s: cannot be read", place)
                     : 0;
    memory_free(place);
    memory_free(any);
    return result;
}

/* Files are deleted because rows are not there: the rows must be trusted. */
static int check_runs(struct store *store, size_t folders, struct error *error)
{
    struct database *database = store_database(store);
    struct statement statement;
    int64_t count = 0;
    if (statement_prepare(&statement, database, "PRAGMA integrity_check('runs')", error) != 0)
        return -1;
    int result = statement_step(&statement, error);
    if (result == 1 && text_equal(column_view(&statement, 0), "ok"))
        result = 0;
    else if (result == 1)
        result = error_set(error, ERROR_DATA,
                           "%s: the store is damaged (%s), no file was removed; restore it from a "
                           "copy",
                           database->path, column_view(&statement, 0));
    statement_release(&statement);
    if (result != 0 || database_integer(database, "SELECT count(*) FROM runs", &count, error) != 0)
        return -1;
    if (count == 0 && folders > 0)
        return error_set(error, ERROR_DATA,
                         "%s: the store holds no runs, but files of %zu lie beside it, none was "
                         "removed; restore the store from a copy, or remove their folders by hand",
                         database->path, folders);
    return 0;
}

#define SUPERSEDED "WHERE checkpoint <> '' AND state <> 'running' AND " IS_SUPERSEDED

static int supersede(struct database *database, bool is_dry, size_t *count, struct error *error)
{
    int64_t found = 0;
    int result =
        is_dry ? database_begin_read(database, error) : database_begin_write(database, error);
    if (result != 0)
        return -1;
    result = database_integer(database, "SELECT count(*) FROM runs " SUPERSEDED, &found, error);
    if (result == 0 && found > 0 && !is_dry)
        result = database_execute(database,
                                  "UPDATE runs SET checkpoint = '', checkpoint_hash = '', "
                                  "checkpoint_step = 0 " SUPERSEDED,
                                  error);
    *count = (size_t)found;
    return database_end(database, result, error);
}

int store_collect(struct store *store, struct collection *collection, struct error *error)
{
    struct names ids = {0};
    struct sweep *sweep = &collection->sweep;
    int result = find_folders(store, &ids, error);
    if (result == 0)
        result = check_runs(store, ids.count, error);
    if (result == 0 && !sweep->is_dry)
        result = store_reclaim(store, &collection->reclaimed, error);
    if (result == 0)
        result = supersede(store_database(store), sweep->is_dry, &collection->superseded, error);
    for (size_t i = 0; result == 0 && i < ids.count; i++)
        result = store_sweep_run(store, ids.items[i], sweep, error);
    names_release(&ids);
    return result;
}

int store_count_free(struct store *store, int64_t *bytes, struct error *error)
{
    struct database *database = store_database(store);
    int64_t pages = 0, size = 0;
    if (database_integer(database, "PRAGMA freelist_count", &pages, error) != 0 ||
        database_integer(database, "PRAGMA page_size", &size, error) != 0)
        return -1;
    *bytes = pages * size;
    return 0;
}

int store_vacuum(struct store *store, struct error *error)
{
    int64_t counts[RUN_STATES];
    if (store_run_count(store, counts, error) != 0)
        return -1;
    if (counts[RUN_RUNNING] > 0)
        return error_set(error, ERROR_FAILED,
                         "%s: there are runs in training (%lld), which would have to wait for "
                         "the vacuum; try again when they have ended",
                         store_location(store), (long long)counts[RUN_RUNNING]);
    return database_execute(store_database(store), "VACUUM", error);
}
