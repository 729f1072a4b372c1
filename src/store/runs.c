/* What changes a run's row from outside of training: beginning it, and ending it for others. */
#include "store/runs.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/run_files.h"
#include "store/run_rows.h"

#include <stdio.h>
#include <string.h>

/* A process elsewhere that was silent for so long is taken for dead. */
enum { SILENCE_SECONDS = 15 * 60, KEY_DIGITS = 12 };

static const char *const state_names[RUN_STATES] = {"queued", "running",  "done",
                                                    "failed", "diverged", "interrupted"};

const char *run_state_name(enum run_state state)
{
    return state_names[state];
}

int run_state_find(const char *name)
{
    for (int state = 0; state < RUN_STATES; state++)
        if (text_equal(name, state_names[state]))
            return state;
    return -1;
}

/* A run that says it is running, and the process that it names. */
struct claim {
    int64_t number;
    char id[RUN_ID_SIZE];
    double heartbeat;
    struct process_identity process;
};

bool run_is_abandoned(const struct process_identity *process, double heartbeat,
                      const struct process_identity *here)
{
    switch (process_identity_life(process, here)) {
    case PROCESS_ALIVE:
        return false;
    case PROCESS_DEAD:
        return true;
    default:
        return clock_wall() - heartbeat > SILENCE_SECONDS;
    }
}

enum run_state run_abandoned_end(const struct store *store, const char *id,
                                 const struct process_identity *process, double heartbeat,
                                 char **message)
{
    char *folder = store_run_folder(store, id);
    *message = run_files_last_word(folder, process->pid);
    memory_free(folder);
    if (*message)
        return RUN_FAILED;
    struct text text = {0};
    text_add_format(&text, "process %lld on %s ended without a word; last heard of at ",
                    (long long)process->pid, process->host);
    clock_add_iso(&text, heartbeat);
    *message = text_take(&text);
    return RUN_INTERRUPTED;
}

void run_settle(const struct store *store, struct run *run, const struct process_identity *here)
{
    const struct process_identity *process = &run->environment.process;
    if (run->state != RUN_RUNNING || !run_is_abandoned(process, run->heartbeat, here))
        return;
    memory_free(run->message);
    run->state = run_abandoned_end(store, run->id, process, run->heartbeat, &run->message);
}

static int end_abandoned(struct store *store, const struct claim *claim, struct error *error)
{
    char *message;
    enum run_state state =
        run_abandoned_end(store, claim->id, &claim->process, claim->heartbeat, &message);
    struct statement statement;
    int result = statement_prepare(&statement, store_database(store),
                                   "UPDATE runs SET state = ?2, message = ?3, ended = heartbeat "
                                   "WHERE number = ?1",
                                   error);
    if (result == 0) {
        bind_integer(&statement, 1, claim->number);
        bind_text(&statement, 2, run_state_name(state));
        bind_text(&statement, 3, message);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    memory_free(message);
    return result;
}

struct claims {
    struct claim *items;
    size_t count;
};

static void claims_release(struct claims *claims)
{
    for (size_t i = 0; i < claims->count; i++)
        process_identity_release(&claims->items[i].process);
    memory_free(claims->items);
}

/* All running runs, or those with KEY. */
static int load_claims(struct database *database, const char *key, struct claims *claims,
                       struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   "SELECT number, heartbeat, host, boot_id, pid_namespace, pid, "
                                   "start_ticks, id FROM runs "
                                   "WHERE state = 'running' AND (?1 IS NULL OR key = ?1)",
                                   error);
    if (result == 0)
        bind_text(&statement, 1, key);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        claims->items = memory_grow(claims->items, claims->count + 1, sizeof *claims->items);
        claims->items[claims->count++] = (struct claim){
            .number = column_integer(&statement, 0),
            .heartbeat = column_real(&statement, 1),
            .process = {.host = column_text(&statement, 2),
                        .boot_id = column_text(&statement, 3),
                        .namespace = column_integer(&statement, 4),
                        .pid = column_integer(&statement, 5),
                        .start_ticks = column_integer(&statement, 6)},
        };
        char *id = column_text(&statement, 7);
        snprintf(claims->items[claims->count - 1].id, RUN_ID_SIZE, "%s", id);
        memory_free(id);
    }
    statement_release(&statement);
    return result;
}

/* Within a write transaction. *COUNT: how many were reclaimed. */
static int reclaim(struct store *store, const char *key, size_t *count, struct error *error)
{
    struct process_identity here;
    process_identity_collect(&here);
    struct claims claims = {0};
    *count = 0;
    int result = load_claims(store_database(store), key, &claims, error);
    for (size_t i = 0; result == 0 && i < claims.count; i++) {
        if (!run_is_abandoned(&claims.items[i].process, claims.items[i].heartbeat, &here))
            continue;
        result = end_abandoned(store, &claims.items[i], error);
        ++*count;
    }
    claims_release(&claims);
    process_identity_release(&here);
    return result;
}

int store_reclaim(struct store *store, size_t *count, struct error *error)
{
    struct database *database = store_database(store);
    size_t reclaimed = 0;
    if (database_begin_write(database, error) != 0)
        return -1;
    int result = database_end(database, reclaim(store, NULL, &reclaimed, error), error);
    if (count)
        *count = result == 0 ? reclaimed : 0;
    return result;
}

/* A run that may be gone on with. */
struct candidate {
    bool has_failed; /* or diverged */
    bool has_checkpoint;
};

/* The newest run that CONDITION holds for, in which ?1 is TEXT; BEGUN and CANDIDATE are filled when
 * there is one. Returns 1, 0, or -1 after an error. */
static int find_begun(struct database *database, const char *condition, const char *text,
                      struct run_begun *begun, struct candidate *candidate, struct error *error)
{
    char sql[256];
    snprintf(sql, sizeof sql,
             "SELECT id, number, attempt, state IN ('failed', 'diverged'), checkpoint <> '' "
             "FROM runs WHERE %s ORDER BY number DESC LIMIT 1",
             condition);
    struct statement statement;
    int result = statement_prepare(&statement, database, sql, error);
    if (result == 0) {
        bind_text(&statement, 1, text);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        snprintf(begun->id, sizeof begun->id, "%s", column_view(&statement, 0));
        begun->number = column_integer(&statement, 1);
        begun->attempt = column_integer(&statement, 2);
        candidate->has_failed = column_integer(&statement, 3);
        candidate->has_checkpoint = column_integer(&statement, 4);
    }
    statement_release(&statement);
    return result;
}

int run_choose_id(struct database *database, const char *key, char id[RUN_ID_SIZE],
                  struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database, "SELECT 1 FROM runs WHERE id = ?1", error);
    for (int64_t i = 1; result == 0; i++) {
        int length = snprintf(id, RUN_ID_SIZE, "%.*s", KEY_DIGITS, key);
        if (i > 1)
            snprintf(id + length, (size_t)(RUN_ID_SIZE - length), "-%lld", (long long)i);
        bind_text(&statement, 1, id);
        int taken = statement_run(&statement, error);
        if (taken == 0)
            break;
        result = taken < 0 ? -1 : 0;
    }
    statement_release(&statement);
    return result;
}

/* Binds what is the same for a new run and one that is begun again. */
static void bind_request(struct statement *statement, const struct run_request *request)
{
    const struct environment *environment = request->environment;
    bind_integer(statement, 1, request->seed);
    bind_text(statement, 2, request->name);
    bind_real(statement, 3, clock_wall());
    bind_integer(statement, 4, request->steps);
    bind_integer(statement, 5, request->parameters);
    bind_text(statement, 6, request->data_digest);
    bind_text(statement, 7, request->engine);
    bind_text(statement, 8, environment->compiler);
    bind_text(statement, 9, environment->blas);
    bind_text(statement, 10, environment->isa);
    bind_text(statement, 11, environment->cpu);
    bind_integer(statement, 12, environment->threads);
    bind_text(statement, 13, environment->process.host);
    bind_text(statement, 14, environment->process.boot_id);
    bind_integer(statement, 15, environment->process.namespace);
    bind_integer(statement, 16, environment->process.pid);
    bind_integer(statement, 17, environment->process.start_ticks);
    bind_text(statement, 18, request->plugins);
    bind_text(statement, 19, request->config);
    bind_text(statement, 20, request->canonical);
}

static int insert_run(struct database *database, const struct run_request *request,
                      struct run_begun *begun, struct error *error)
{
    if (run_choose_id(database, request->key, begun->id, error) != 0)
        return -1;
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "INSERT INTO runs (seed, name, created, started, heartbeat, steps, parameters, "
        "data_digest, engine, compiler, blas, isa, cpu, threads, host, boot_id, pid_namespace, "
        "pid, start_ticks, plugins, config, canonical, id, key, state) "
        "VALUES (?1, ?2, ?3, ?3, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, "
        "?17, ?18, ?19, ?20, ?21, ?22, 'running') RETURNING number, attempt",
        error);
    if (result == 0) {
        bind_request(&statement, request);
        bind_text(&statement, 21, begun->id);
        bind_text(&statement, 22, request->key);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        begun->number = column_integer(&statement, 0);
        begun->attempt = column_integer(&statement, 1);
        result = statement_step(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int take_over(struct database *database, const struct run_request *request,
                     struct run_begun *begun, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "UPDATE runs SET seed = ?1, name = ?2, started = ?3, heartbeat = ?3, ended = 0, "
        "steps = ?4, parameters = ?5, data_digest = ?6, engine = ?7, compiler = ?8, blas = ?9, "
        "isa = ?10, cpu = ?11, threads = ?12, host = ?13, boot_id = ?14, pid_namespace = ?15, "
        "pid = ?16, start_ticks = ?17, plugins = ?18, config = ?19, canonical = ?20, "
        "attempt = attempt + 1, state = 'running', message = '' WHERE number = ?21",
        error);
    if (result == 0) {
        bind_request(&statement, request);
        bind_integer(&statement, 21, begun->number);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    begun->attempt++;
    return result;
}

/* Deletes what a run that has no checkpoint measured, for it starts from nothing again. */
static int clear_run(struct database *database, int64_t number, struct error *error)
{
    static const char *const statements[] = {
        "DELETE FROM metrics WHERE run = ?1",
        "DELETE FROM finals WHERE run = ?1",
        "DELETE FROM predictions WHERE run = ?1",
        "UPDATE runs SET step = 0, examples = 0, train_seconds = 0, evaluate_seconds = 0, "
        "cpu_seconds = NULL WHERE number = ?1",
    };
    int result = 0;
    for (size_t i = 0; result == 0 && i < sizeof statements / sizeof *statements; i++) {
        struct statement statement;
        result = statement_prepare(&statement, database, statements[i], error);
        if (result == 0) {
            bind_integer(&statement, 1, number);
            result = statement_run(&statement, error);
        }
        statement_release(&statement);
    }
    return result;
}

/* Goes on with the run that BEGUN names. */
static int go_on(struct database *database, const struct run_request *request,
                 const struct candidate *candidate, struct run_begun *begun, struct error *error)
{
    begun->outcome = candidate->has_checkpoint ? BEGIN_RESUMED : BEGIN_STARTED;
    if (!candidate->has_checkpoint && clear_run(database, begun->number, error) != 0)
        return -1;
    return take_over(database, request, begun, error);
}

/* For TAKE_NONE. */
static int begin_new(struct database *database, const struct run_request *request,
                     struct run_begun *begun, struct error *error)
{
    struct candidate candidate;
    int found = 0;
    if (request->again && *request->again)
        found = find_begun(database, "id = ?1 AND state <> 'done'", request->again, begun,
                           &candidate, error);
    if (found < 0)
        return -1;
    if (found)
        return go_on(database, request, &candidate, begun, error);
    begun->outcome = BEGIN_STARTED;
    return insert_run(database, request, begun, error);
}

/* The decision, within a write transaction. */
static int begin_locked(struct store *store, const struct run_request *request,
                        struct run_begun *begun, struct error *error)
{
    struct database *database = store_database(store);
    size_t reclaimed;
    struct candidate candidate;
    const char *key = request->key;
    if (reclaim(store, key, &reclaimed, error) != 0)
        return -1;
    begun->outcome = BEGIN_RUNNING;
    int found =
        find_begun(database, "key = ?1 AND state = 'running'", key, begun, &candidate, error);
    if (found == 0 && request->rule == TAKE_NONE)
        return begin_new(database, request, begun, error);
    if (found == 0 && request->rule != TAKE_FORCED) {
        begun->outcome = BEGIN_DONE;
        found = find_begun(database, "key = ?1 AND state = 'done'", key, begun, &candidate, error);
    }
    if (found != 0)
        return found == 1 ? 0 : -1;
    found = find_begun(database, "key = ?1 AND state <> 'done'", key, begun, &candidate, error);
    if (found < 0)
        return -1;
    if (found && request->rule == TAKE_UNFAILED && candidate.has_failed) {
        begun->outcome = BEGIN_FAILED;
        return 0;
    }
    if (found)
        return go_on(database, request, &candidate, begun, error);
    begun->outcome = BEGIN_STARTED;
    return insert_run(database, request, begun, error);
}

int store_run_begin(struct store *store, const struct run_request *request, struct run_begun *begun,
                    struct error *error)
{
    struct database *database = store_database(store);
    *begun = (struct run_begun){0};
    if (database_begin_write(database, error) != 0)
        return -1;
    return database_end(database, begin_locked(store, request, begun, error), error);
}

int store_run_stop(struct store *store, const char *id, int64_t attempt, enum run_state state,
                   const char *message, struct error *error)
{
    struct database *database = store_database(store);
    struct statement statement;
    if (database_begin_write(database, error) != 0)
        return -1;
    int result = statement_prepare(&statement, database,
                                   "UPDATE runs SET state = ?2, message = ?3, ended = ?4 "
                                   "WHERE id = ?1 AND attempt = ?5 AND state = 'running'",
                                   error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        bind_text(&statement, 2, run_state_name(state));
        bind_text(&statement, 3, message);
        bind_real(&statement, 4, clock_wall());
        bind_integer(&statement, 5, attempt);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return database_end(database, result, error);
}

int store_run_explain(struct store *store, const char *id, int64_t attempt, const char *message,
                      struct error *error)
{
    struct database *database = store_database(store);
    struct statement statement;
    if (database_begin_write(database, error) != 0)
        return -1;
    int result = statement_prepare(&statement, database,
                                   "UPDATE runs SET message = ?2 "
                                   "WHERE id = ?1 AND attempt = ?3 "
                                   "AND state IN ('failed', 'diverged')",
                                   error);
    if (result == 0) {
        bind_text(&statement, 1, id);
        bind_text(&statement, 2, message);
        bind_integer(&statement, 3, attempt);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return database_end(database, result, error);
}
