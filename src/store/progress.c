#include "store/progress.h"

#include "base/clock.h"
#include "base/memory.h"
#include "store/database.h"
#include "store/experiments.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One attempt at a run whose process was seen to be gone. */
struct loss {
    int64_t run, attempt;
};

/* What a look needs at hand. */
struct look {
    struct database *database;
    struct store_progress *progress;
    int64_t only; /* number of the experiment that was asked for, 0: all */
    struct loss *lost;
    size_t lost_count;
    int64_t *numbers; /* of the experiments, in the order of the list */
};

void store_progress_release(struct store_progress *progress)
{
    for (size_t i = 0; i < progress->experiment_count; i++) {
        memory_free(progress->experiments[i].name);
        memory_free(progress->experiments[i].variants);
    }
    for (size_t i = 0; i < progress->run_count; i++) {
        memory_free(progress->runs[i].name);
        process_identity_release(&progress->runs[i].process);
    }
    memory_free(progress->experiments);
    memory_free(progress->runs);
    *progress = (struct store_progress){0};
}

/* Which running runs have lost their process. This is found out before the look itself: a process
 * that ended in order wrote so before it went, and the look sees that. The other way round, a run
 * that ends in between would be taken for lost. */
static int find_lost(struct look *look, struct error *error)
{
    struct process_identity here;
    process_identity_collect(&here);
    struct statement statement;
    int result = statement_prepare(&statement, look->database,
                                   "SELECT number, attempt, heartbeat, host, boot_id, "
                                   "pid_namespace, pid, start_ticks FROM runs "
                                   "WHERE state = 'running'",
                                   error);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        struct process_identity process = {.host = column_text(&statement, 3),
                                           .boot_id = column_text(&statement, 4),
                                           .namespace = column_integer(&statement, 5),
                                           .pid = column_integer(&statement, 6),
                                           .start_ticks = column_integer(&statement, 7)};
        if (run_is_abandoned(&process, column_real(&statement, 2), &here)) {
            look->lost = memory_grow(look->lost, look->lost_count + 1, sizeof *look->lost);
            look->lost[look->lost_count++] = (struct loss){
                .run = column_integer(&statement, 0), .attempt = column_integer(&statement, 1)};
        }
        process_identity_release(&process);
    }
    statement_release(&statement);
    process_identity_release(&here);
    return result;
}

static bool is_lost(const struct look *look, int64_t run, int64_t attempt)
{
    for (size_t i = 0; i < look->lost_count; i++)
        if (look->lost[i].run == run && look->lost[i].attempt == attempt)
            return true;
    return false;
}

/* The number of the experiment called NAME. */
static int find_only(struct look *look, const char *name, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, look->database,
                                   "SELECT number FROM experiments WHERE name = ?1", error);
    if (result == 0) {
        bind_text(&statement, 1, name);
        result = statement_step(&statement, error);
    }
    if (result == 1)
        look->only = column_integer(&statement, 0);
    statement_release(&statement);
    return result;
}

static int count_older(struct look *look, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, look->database, "SELECT count(*) FROM experiments", error);
    if (result == 0 && (result = statement_step(&statement, error)) == 1) {
        look->progress->older =
            column_integer(&statement, 0) - (int64_t)look->progress->experiment_count;
        result = 0;
    }
    statement_release(&statement);
    return result;
}

static int read_experiments(struct look *look, size_t limit, struct error *error)
{
    struct store_progress *progress = look->progress;
    struct statement statement;
    int result = statement_prepare(
        &statement, look->database,
        "SELECT number, name, updated FROM experiments WHERE CASE WHEN ?1 THEN number = ?1 ELSE "
        "number IN (SELECT number FROM experiments ORDER BY updated DESC, number DESC LIMIT ?2) "
        "OR number IN (SELECT experiment FROM runs JOIN trials USING (key) "
        "WHERE runs.state = 'running') END ORDER BY updated DESC, number DESC",
        error);
    if (result == 0) {
        bind_integer(&statement, 1, look->only);
        bind_integer(&statement, 2, limit ? (int64_t)limit : -1);
    }
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        size_t count = ++progress->experiment_count;
        progress->experiments =
            memory_grow(progress->experiments, count, sizeof *progress->experiments);
        look->numbers = memory_grow(look->numbers, count, sizeof *look->numbers);
        look->numbers[count - 1] = column_integer(&statement, 0);
        progress->experiments[count - 1] = (struct experiment_progress){
            .name = column_text(&statement, 1), .updated = column_real(&statement, 2)};
    }
    statement_release(&statement);
    if (result == 0 && !look->only)
        result = count_older(look, error);
    return result;
}

/* The last variant of EXPERIMENT, which gets ORDER when it is a new one. */
static struct variant_progress *last_variant(struct experiment_progress *experiment,
                                             size_t *capacity, int64_t order)
{
    size_t count = experiment->variant_count;
    if (count && experiment->variants[count - 1].variant_order == order)
        return &experiment->variants[count - 1];
    if (count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 16;
        experiment->variants =
            memory_grow(experiment->variants, *capacity, sizeof *experiment->variants);
    }
    experiment->variants[experiment->variant_count++] =
        (struct variant_progress){.variant_order = order};
    return &experiment->variants[count];
}

static enum run_state read_state(const struct look *look, struct statement *row)
{
    int state = run_state_find(column_view(row, 1));
    if (state < 0)
        return RUN_QUEUED;
    if (state == RUN_RUNNING && is_lost(look, column_integer(row, 2), column_integer(row, 3)))
        return RUN_INTERRUPTED;
    return (enum run_state)state;
}

/* STATEMENT gives the trials of the experiment that is bound to it, variant by variant. */
static int count_trials(struct look *look, struct statement *statement,
                        struct experiment_progress *experiment, struct error *error)
{
    size_t capacity = 0;
    int result;
    while ((result = statement_step(statement, error)) == 1) {
        struct variant_progress *variant =
            last_variant(experiment, &capacity, column_integer(statement, 0));
        enum run_state state = read_state(look, statement);
        experiment->trials++;
        experiment->states[state]++;
        variant->states[state]++;
        if (state == RUN_DONE)
            variant->done_seconds += column_real(statement, 4);
        if (state == RUN_INTERRUPTED)
            variant->interrupted_share += column_real(statement, 5);
    }
    return result;
}

static int read_trials(struct look *look, struct error *error)
{
    struct store_progress *progress = look->progress;
    int result = 0;
    for (size_t i = 0; result == 0 && i < progress->experiment_count; i++) {
        struct statement statement;
        result = statement_prepare(
            &statement, look->database,
            "SELECT variant_order, state, runs.number, attempt, max(train_seconds + "
            "evaluate_seconds, CASE WHEN attempt = 1 THEN ended - started ELSE 0 END), "
            "CASE WHEN checkpoint <> '' AND steps > 0 THEN checkpoint_step * 1.0 / steps ELSE 0 "
            "END "
            "FROM trials LEFT JOIN runs ON runs.number = (SELECT number FROM runs AS candidate "
            "WHERE candidate.key = trials.key "
            "ORDER BY state = 'running' DESC, state = 'done' DESC, number DESC LIMIT 1) "
            "WHERE experiment = ?1 ORDER BY variant_order, trials.seed",
            error);
        if (result == 0) {
            bind_integer(&statement, 1, look->numbers[i]);
            result = count_trials(look, &statement, &progress->experiments[i], error);
        }
        statement_release(&statement);
    }
    return result;
}

/* Adds RUN, whose texts go over, at one place. */
static void add_run(struct store_progress *progress, const struct running_run *run)
{
    progress->runs = memory_grow(progress->runs, progress->run_count + 1, sizeof *progress->runs);
    progress->runs[progress->run_count++] = *run;
}

/* Adds a copy of RUN as a trial of VARIANT of the experiment at PLACE, unless it is there already:
 * one experiment may have the same run in several variants. */
static void add_trial(struct store_progress *progress, size_t first, const struct running_run *run,
                      size_t place, struct statement *variant)
{
    for (size_t i = first; i < progress->run_count; i++)
        if (progress->runs[i].experiment == place)
            return;
    struct running_run trial = *run;
    trial.experiment = place;
    trial.name = column_text(variant, 1);
    trial.variant_order = column_integer(variant, 2);
    trial.process.host = memory_copy_text(run->process.host);
    trial.process.boot_id = memory_copy_text(run->process.boot_id);
    add_run(progress, &trial);
}

/* Adds RUN, which has KEY, to each of the listed experiments that has it, or else as one of none;
 * its texts go over. */
static int place_run(struct look *look, const char *key, struct running_run *run,
                     struct error *error)
{
    struct store_progress *progress = look->progress;
    size_t first = progress->run_count;
    struct statement statement;
    int result = statement_prepare(&statement, look->database,
                                   "SELECT experiment, variant, variant_order FROM trials "
                                   "WHERE key = ?1 ORDER BY variant_order",
                                   error);
    if (result == 0)
        bind_text(&statement, 1, key);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        size_t place = 0;
        while (place < progress->experiment_count &&
               look->numbers[place] != column_integer(&statement, 0))
            place++;
        if (place < progress->experiment_count)
            add_trial(progress, first, run, place, &statement);
    }
    statement_release(&statement);
    if (progress->run_count == first) {
        run->experiment = progress->experiment_count;
        add_run(progress, run);
    } else {
        memory_free(run->name);
        process_identity_release(&run->process);
    }
    return result;
}

/* The row with a run's newest value of a series, found by the primary key. */
#define NEWEST(alias, series)                                                                      \
    "LEFT JOIN metrics AS " alias " ON " alias ".run = runs.number AND " alias ".series = "        \
    "(SELECT number FROM series WHERE name = '" series "') AND " alias ".step = "                  \
    "(SELECT max(step) FROM metrics WHERE run = runs.number AND series = "                         \
    "(SELECT number FROM series WHERE name = '" series "')) "

static int read_runs(struct look *look, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, look->database,
        "SELECT runs.number, attempt, key, id, name, seed, steps, runs.step, examples, "
        "train_seconds, evaluate_seconds, started, heartbeat, host, boot_id, pid_namespace, pid, "
        "start_ticks, loss.value, loss.note, accuracy.value, accuracy.note FROM runs " NEWEST(
            "loss", "train.loss")
            NEWEST("accuracy",
                   "train.accuracy") "WHERE state = 'running' "
                                     "AND (?1 = 0 OR EXISTS (SELECT 1 FROM trials WHERE trials.key "
                                     "= runs.key AND experiment = ?1))",
        error);
    if (result == 0)
        bind_integer(&statement, 1, look->only);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        struct running_run run = {
            .name = column_text(&statement, 4),
            .seed = column_integer(&statement, 5),
            .steps = column_integer(&statement, 6),
            .progress = {.step = column_integer(&statement, 7),
                         .examples = column_integer(&statement, 8),
                         .train_seconds = column_real(&statement, 9),
                         .evaluate_seconds = column_real(&statement, 10),
                         .cpu_seconds = NAN}, /* not asked for */
            .loss = column_value(&statement, 18),
            .accuracy = column_value(&statement, 20),
            .started = column_real(&statement, 11),
            .heartbeat = column_real(&statement, 12),
            .process = {.host = column_text(&statement, 13),
                        .boot_id = column_text(&statement, 14),
                        .namespace = column_integer(&statement, 15),
                        .pid = column_integer(&statement, 16),
                        .start_ticks = column_integer(&statement, 17)},
            .is_abandoned =
                is_lost(look, column_integer(&statement, 0), column_integer(&statement, 1)),
        };
        snprintf(run.id, sizeof run.id, "%s", column_view(&statement, 3));
        result = place_run(look, column_view(&statement, 2), &run, error);
    }
    statement_release(&statement);
    return result;
}

static int compare_runs(const void *left, const void *right)
{
    const struct running_run *a = left, *b = right;
    if (a->experiment != b->experiment)
        return a->experiment < b->experiment ? -1 : 1;
    if (a->variant_order != b->variant_order)
        return a->variant_order < b->variant_order ? -1 : 1;
    if (a->seed != b->seed)
        return a->seed < b->seed ? -1 : 1;
    return strcmp(a->id, b->id);
}

/* All that is shown, of one state of the store. */
static int look_around(struct look *look, const char *experiment, size_t limit, struct error *error)
{
    if (experiment) {
        int found = find_only(look, experiment, error);
        if (found != 1)
            return found;
    }
    int result = read_experiments(look, limit, error);
    if (result == 0)
        result = read_trials(look, error);
    if (result == 0)
        result = read_runs(look, error);
    return result;
}

int store_progress_load(struct store *store, const char *experiment, size_t limit,
                        struct store_progress *progress, struct error *error)
{
    struct look look = {.database = store_database(store), .progress = progress};
    *progress = (struct store_progress){0};
    int result = find_lost(&look, error);
    if (result == 0)
        result = database_begin_read(look.database, error);
    if (result == 0)
        result = database_end(look.database, look_around(&look, experiment, limit, error), error);
    progress->wall = clock_wall();
    if (result == 0 && experiment && !look.only)
        result = store_experiment_unknown(store, experiment, error);
    if (result == 0 && progress->run_count)
        qsort(progress->runs, progress->run_count, sizeof *progress->runs, compare_runs);
    memory_free(look.lost);
    memory_free(look.numbers);
    if (result != 0)
        store_progress_release(progress);
    return result;
}
