/* Experiments from another store. */
#include "store/experiments.h"
#include "store/import.h"

#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"

/* An experiment on its way. */
struct merge {
    struct database *database;
    const struct experiment *theirs;
    int64_t number; /* of the experiment here, 0: none */
    bool dry_run;
    size_t others; /* trials that have another run key here */
    struct import_outcome *outcome;
};

/* Looks for one of that name; *IS_SAME tells whether it comes from the same text. */
static int find_head(struct merge *merge, bool *is_same, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, merge->database,
                                   "SELECT number, source FROM experiments WHERE name = ?1", error);
    if (result == 0) {
        bind_text(&statement, 1, merge->theirs->name);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        merge->number = column_integer(&statement, 0);
        *is_same = text_equal(column_view(&statement, 1), merge->theirs->source);
        result = 0;
    }
    statement_release(&statement);
    return result;
}

static int insert_head(struct merge *merge, struct error *error)
{
    const struct experiment *theirs = merge->theirs;
    struct statement statement;
    int result = statement_prepare(
        &statement, merge->database,
        "INSERT INTO experiments (name, source, metric, baseline, created, updated, overrides) "
        "VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING number",
        error);
    if (result == 0) {
        bind_text(&statement, 1, theirs->name);
        bind_text(&statement, 2, theirs->source);
        bind_text(&statement, 3, theirs->metric);
        bind_text(&statement, 4, theirs->baseline);
        bind_real(&statement, 5, theirs->created);
        bind_real(&statement, 6, theirs->updated);
        bind_text(&statement, 7, theirs->overrides);
        result = statement_step(&statement, error);
    }
    if (result == 1) {
        merge->number = column_integer(&statement, 0);
        result = statement_step(&statement, error);
    }
    statement_release(&statement);
    if (result == 0)
        result = questions_save(merge->database, merge->number, &theirs->questions, error);
    return result;
}

static void bind_trial(struct statement *statement, const struct merge *merge,
                       const struct trial *trial)
{
    bind_integer(statement, 1, merge->number);
    bind_integer(statement, 2, trial->variant_order);
    bind_integer(statement, 3, trial->seed);
    bind_text(statement, 4, trial->variant);
    bind_text(statement, 5, trial->key);
}

/* Whether the place of TRIAL is taken here: 1, 0 or -1. Counts one that has another key. */
static int find_trial(struct merge *merge, const struct trial *trial, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, merge->database,
                                   "SELECT key = ?5 FROM trials WHERE experiment = ?1 AND "
                                   "seed = ?3 AND (variant_order = ?2 OR variant = ?4)",
                                   error);
    if (result == 0) {
        bind_trial(&statement, merge, trial);
        result = statement_step(&statement, error);
    }
    if (result == 1)
        merge->others += !column_integer(&statement, 0);
    statement_release(&statement);
    return result;
}

static int insert_trial(struct merge *merge, const struct trial *trial, struct error *error)
{
    struct statement statement;
    int result =
        statement_prepare(&statement, merge->database,
                          "INSERT INTO trials (experiment, variant_order, seed, variant, key, "
                          "overrides) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                          error);
    if (result == 0) {
        bind_trial(&statement, merge, trial);
        bind_text(&statement, 6, trial->overrides);
        result = statement_run(&statement, error);
    }
    statement_release(&statement);
    return result;
}

static int merge_trials(struct merge *merge, struct error *error)
{
    int result = 0;
    for (size_t i = 0; result == 0 && i < merge->theirs->trial_count; i++) {
        const struct trial *trial = &merge->theirs->trials[i];
        int taken = merge->number ? find_trial(merge, trial, error) : 0;
        if (taken < 0)
            return -1;
        merge->outcome->trials += !taken;
        if (!taken && !merge->dry_run)
            result = insert_trial(merge, trial, error);
    }
    return result;
}

/* Within a transaction. */
static int merge_locked(struct merge *merge, struct error *error)
{
    struct import_outcome *outcome = merge->outcome;
    bool is_same = true;
    if (find_head(merge, &is_same, error) != 0)
        return -1;
    if (!is_same) {
        outcome->result = IMPORT_CONFLICT;
        return 0;
    }
    bool is_new = !merge->number;
    if (is_new && !merge->dry_run && insert_head(merge, error) != 0)
        return -1;
    if (merge_trials(merge, error) != 0)
        return -1;
    outcome->result = is_new ? IMPORT_NEW : outcome->trials ? IMPORT_MERGED : IMPORT_PRESENT;
    return 0;
}

static void set_warning(struct merge *merge, const char *source)
{
    struct import_outcome *outcome = merge->outcome;
    const char *name = merge->theirs->name;
    if (outcome->result == IMPORT_CONFLICT)
        outcome->warning = text_format(
            "experiment %s of %s is left out: the one of that name here comes from another file; "
            "its runs come in all the same. To have both, give one of the files another name and "
            "run `unroll batch` with it, which trains only what is missing",
            name, source);
    else if (merge->others)
        outcome->warning = text_format(
            "experiment %s: %zu trials have other run keys in %s (another base config, other "
            "data, versions or overrides); those that are here stay",
            name, merge->others, source);
}

/* STORE may be NULL: all would be new. */
static int merge_experiment(struct merge *merge, struct store *store, struct error *error)
{
    if (!store) {
        merge->outcome->trials = merge->theirs->trial_count;
        return 0;
    }
    merge->database = store_database(store);
    int result = merge->dry_run ? database_begin_read(merge->database, error)
                                : database_begin_write(merge->database, error);
    return result == 0 ? database_end(merge->database, merge_locked(merge, error), error) : -1;
}

int import_experiment(struct store *store, struct store *source, const char *name, bool dry_run,
                      struct import_outcome *outcome, struct error *error)
{
    struct experiment theirs;
    *outcome = (struct import_outcome){.name = memory_copy_text(name)};
    int result = store_experiment_load(source, name, &theirs, error);
    if (result == 0) {
        struct merge merge = {.theirs = &theirs, .dry_run = dry_run, .outcome = outcome};
        result = merge_experiment(&merge, store, error);
        if (result == 0)
            set_warning(&merge, store_location(source));
    }
    if (result != 0)
        error_prefix(error, "bringing in experiment %s of %s", name, store_location(source));
    experiment_release(&theirs);
    return result;
}
