#include "store/experiments.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { VERSION_WITH_OVERRIDES = 3 };

/* The newest run with a trial's key that is done, else the newest. */
#define TRIAL_RUN                                                                                  \
    "LEFT JOIN runs ON runs.number = (SELECT number FROM runs AS candidate "                       \
    "WHERE candidate.key = trials.key ORDER BY state = 'done' DESC, number DESC LIMIT 1) "

void experiment_release(struct experiment *experiment)
{
    memory_free(experiment->name);
    memory_free(experiment->source);
    memory_free(experiment->metric);
    memory_free(experiment->baseline);
    memory_free(experiment->overrides);
    questions_release(&experiment->questions);
    for (size_t i = 0; i < experiment->trial_count; i++) {
        memory_free(experiment->trials[i].variant);
        memory_free(experiment->trials[i].key);
        memory_free(experiment->trials[i].overrides);
    }
    memory_free(experiment->trials);
    *experiment = (struct experiment){0};
}

static int compare_numbers(int64_t a, int64_t b)
{
    return (a > b) - (a < b);
}

static int by_variant(const void *a, const void *b)
{
    const struct trial *x = *(const struct trial *const *)a, *y = *(const struct trial *const *)b;
    int order = strcmp(x->variant, y->variant);
    if (order == 0)
        order = compare_numbers(x->variant_order, y->variant_order);
    return order ? order : compare_numbers(x->seed, y->seed);
}

static int by_place(const void *a, const void *b)
{
    const struct trial *x = *(const struct trial *const *)a, *y = *(const struct trial *const *)b;
    int order = compare_numbers(x->variant_order, y->variant_order);
    return order ? order : by_variant(a, b);
}

/* Two neighbours in either order: a variant has one place, a place one variant. */
static int check_neighbours(const char *name, const struct trial *a, const struct trial *b,
                            struct error *error)
{
    bool same_name = text_equal(a->variant, b->variant);
    if (same_name != (a->variant_order == b->variant_order))
        return error_set(
            error, ERROR_USAGE, "experiment %s: variants %s and %s have the places %lld and %lld",
            name, a->variant, b->variant, (long long)a->variant_order, (long long)b->variant_order);
    if (same_name && a->seed == b->seed)
        return error_set(error, ERROR_USAGE, "experiment %s: variant %s has the seed %lld twice",
                         name, a->variant, (long long)a->seed);
    return 0;
}

/* Two trials with the same place would be told apart by nothing. */
static int check_trials(const struct experiment *experiment, struct error *error)
{
    size_t count = experiment->trial_count;
    const struct trial **sorted = memory_array(count, sizeof *sorted);
    int result = 0;
    for (size_t i = 0; i < count; i++)
        sorted[i] = &experiment->trials[i];
    qsort(sorted, count, sizeof *sorted, by_variant);
    for (size_t i = 1; i < count && result == 0; i++)
        if (text_equal(sorted[i - 1]->variant, sorted[i]->variant))
            result = check_neighbours(experiment->name, sorted[i - 1], sorted[i], error);
    qsort(sorted, count, sizeof *sorted, by_place);
    for (size_t i = 1; i < count && result == 0; i++)
        if (sorted[i - 1]->variant_order == sorted[i]->variant_order)
            result = check_neighbours(experiment->name, sorted[i - 1], sorted[i], error);
    memory_free(sorted);
    return result;
}

/* Makes or updates the experiment's own row; *NUMBER names it. */
static int save_head(struct database *database, const struct experiment *experiment,
                     int64_t *number, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "INSERT INTO experiments (name, source, metric, baseline, created, updated, overrides) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?5, ?6) ON CONFLICT (name) DO UPDATE SET "
        "source = ?2, metric = ?3, baseline = ?4, updated = ?5, overrides = ?6 RETURNING number",
        error);
    if (result == 0) {
        bind_text(&statement, 1, experiment->name);
        bind_text(&statement, 2, experiment->source);
        bind_text(&statement, 3, experiment->metric);
        bind_text(&statement, 4, experiment->baseline);
        bind_real(&statement, 5, clock_wall());
        bind_text(&statement, 6, experiment->overrides ? experiment->overrides : "");
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        *number = column_integer(&statement, 0);
        result = statement_step(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int delete_trials(struct database *database, int64_t number, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, database, "DELETE FROM trials WHERE experiment = ?1", error);
    if (result == 0) {
        bind_integer(&statement, 1, number);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int save_trials(struct database *database, const struct experiment *experiment,
                       int64_t number, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(
        &statement, database,
        "INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        error);
    for (size_t i = 0; result == 0 && i < experiment->trial_count; i++) {
        const struct trial *trial = &experiment->trials[i];
        bind_integer(&statement, 1, number);
        bind_integer(&statement, 2, trial->variant_order);
        bind_integer(&statement, 3, trial->seed);
        bind_text(&statement, 4, trial->variant);
        bind_text(&statement, 5, trial->key);
        bind_text(&statement, 6, trial->overrides);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

int store_experiment_save(struct store *store, const struct experiment *experiment,
                          struct error *error)
{
    struct database *database = store_database(store);
    int64_t number = 0;
    if (check_trials(experiment, error) != 0 || database_begin_write(database, error) != 0)
        return -1;
    int result = save_head(database, experiment, &number, error);
    if (result == 0)
        result = questions_save(database, number, &experiment->questions, error);
    if (result == 0)
        result = delete_trials(database, number, error);
    if (result == 0)
        result = save_trials(database, experiment, number, error);
    return database_end(database, result, error);
}

int store_experiment_unknown(struct store *store, const char *name, struct error *error)
{
    struct database *database = store_database(store);
    struct statement statement;
    char **names = NULL;
    size_t count = 0;
    int result =
        statement_prepare(&statement, database,
                          "SELECT name FROM experiments ORDER BY updated DESC LIMIT 1000", error);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        names = memory_grow(names, count + 1, sizeof *names);
        names[count++] = column_text(&statement, 0);
    }
    statement_release(&statement);
    const char *nearest = text_nearest(name, (const char *const *)names, count);
    if (result == 0 && nearest)
        result =
            error_set(error, ERROR_NOT_FOUND, "%s: there is no experiment '%s'; did you mean '%s'?",
                      database->path, name, nearest);
    else if (result == 0)
        result = error_set(error, ERROR_NOT_FOUND,
                           "%s: there is no experiment '%s'; train it first: unroll batch "
                           "EXPERIMENT",
                           database->path, name);
    for (size_t i = 0; i < count; i++)
        memory_free(names[i]);
    memory_free(names);
    return result;
}

static int load_head(struct store *store, const char *name, struct experiment *experiment,
                     int64_t *number, struct error *error)
{
    struct database *database = store_database(store);
    struct statement statement;
    int result = statement_prepare(&statement, database,
                                   database->version < VERSION_WITH_OVERRIDES
                                       ? "SELECT number, name, source, metric, baseline, created, "
                                         "updated, '' FROM experiments WHERE name = ?1"
                                       : "SELECT number, name, source, metric, baseline, created, "
                                         "updated, overrides FROM experiments WHERE name = ?1",
                                   error);
    if (result == 0) {
        bind_text(&statement, 1, name);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        *number = column_integer(&statement, 0);
        *experiment = (struct experiment){
            .name = column_text(&statement, 1),
            .source = column_text(&statement, 2),
            .metric = column_text(&statement, 3),
            .baseline = column_text(&statement, 4),
            .created = column_real(&statement, 5),
            .updated = column_real(&statement, 6),
            .overrides = column_text(&statement, 7),
        };
    }
    statement_release(&statement);
    if (result == 0)
        return store_experiment_unknown(store, name, error);
    return result == 1 ? 0 : -1;
}

/* The state in COLUMN; what was not begun has none. */
static enum run_state read_state(struct statement *row, int column)
{
    int state = run_state_find(column_view(row, column));
    return state < 0 ? RUN_QUEUED : (enum run_state)state;
}

static int load_trials(struct database *database, int64_t number, struct experiment *experiment,
                       struct error *error)
{
    struct statement statement;
    size_t capacity = 0;
    int result = statement_prepare(
        &statement, database,
        "SELECT variant, variant_order, trials.seed, trials.key, overrides, id, state "
        "FROM trials " TRIAL_RUN "WHERE experiment = ?1 ORDER BY variant_order, trials.seed",
        error);
    if (result == 0)
        bind_integer(&statement, 1, number);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        if (experiment->trial_count == capacity) {
            capacity = capacity ? 2 * capacity : 16;
            experiment->trials =
                memory_grow(experiment->trials, capacity, sizeof *experiment->trials);
        }
        struct trial *trial = &experiment->trials[experiment->trial_count++];
        *trial = (struct trial){
            .variant = column_text(&statement, 0),
            .variant_order = column_integer(&statement, 1),
            .seed = column_integer(&statement, 2),
            .key = column_text(&statement, 3),
            .overrides = column_text(&statement, 4),
            .state = read_state(&statement, 6),
        };
        snprintf(trial->run, sizeof trial->run, "%s", column_view(&statement, 5));
    }
    statement_release(&statement);
    return result;
}

int store_experiment_load(struct store *store, const char *name, struct experiment *experiment,
                          struct error *error)
{
    struct database *database = store_database(store);
    int64_t number = 0;
    *experiment = (struct experiment){0};
    if (database_begin_read(database, error) != 0)
        return -1;
    int result = load_head(store, name, experiment, &number, error);
    if (result == 0)
        result = questions_load(database, number, &experiment->questions, error);
    if (result == 0)
        result = load_trials(database, number, experiment, error);
    result = database_end(database, result, error);
    if (result != 0)
        experiment_release(experiment);
    return result;
}

void experiment_list_release(struct experiment_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        memory_free(list->items[i].name);
    memory_free(list->items);
    *list = (struct experiment_list){0};
}

int store_experiment_list(struct store *store, struct experiment_list *list, struct error *error)
{
    struct statement statement;
    *list = (struct experiment_list){0};
    /* A row for each experiment and state of its trials. */
    int result = statement_prepare(
        &statement, store_database(store),
        "SELECT experiments.number, experiments.name, experiments.created, updated, "
        "(SELECT count(DISTINCT variant_order) FROM trials WHERE experiment = experiments.number), "
        "count(trials.key), state "
        "FROM experiments LEFT JOIN trials ON experiment = experiments.number " TRIAL_RUN
        "GROUP BY experiments.number, state ORDER BY updated DESC, experiments.number DESC",
        error);
    int64_t last = 0;
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        if (!list->count || column_integer(&statement, 0) != last) {
            last = column_integer(&statement, 0);
            list->items = memory_grow(list->items, list->count + 1, sizeof *list->items);
            list->items[list->count++] = (struct experiment_summary){
                .name = column_text(&statement, 1),
                .created = column_real(&statement, 2),
                .updated = column_real(&statement, 3),
                .variants = column_integer(&statement, 4),
            };
        }
        struct experiment_summary *summary = &list->items[list->count - 1];
        int64_t trials = column_integer(&statement, 5);
        summary->trials += trials;
        summary->states[read_state(&statement, 6)] += trials;
    }
    statement_release(&statement);
    if (result != 0)
        experiment_list_release(list);
    return result;
}
