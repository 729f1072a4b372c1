/* unroll list: the runs in the store. */
#include "base/clock.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "report/table.h"
#include "store/memberships.h"
#include "store/metrics.h"
#include "store/remarks.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>

struct request {
    const char *store, *name, *experiment, *tag;
    struct option_list states;
    int64_t limit;
    int format;
    bool is_alone;
};

enum column {
    COLUMN_ID,
    COLUMN_NAME,
    COLUMN_SEED,
    COLUMN_STATE,
    COLUMN_STEP,
    COLUMN_STEPS,
    COLUMN_ACCURACY,
    COLUMN_SECONDS,
    COLUMN_STARTED,
    COLUMNS
};

/* What is known of a run beyond itself, and the columns that only some lists have for it. */
struct extras {
    struct names tags;
    struct membership_list memberships;
};

struct listing {
    struct table *table;
    const struct request *request;
    struct run_list runs;
    struct extras *extras;    /* [runs] */
    size_t experiments, tags; /* the columns; 0: there are none */
};

/* As people read it, "cells/lstm; other/base"; for programs also what is whose name. */
static void set_experiments(struct table *table, size_t column, const struct membership_list *list,
                            bool as_json)
{
    struct text text = {0};
    text_add(&text, as_json ? "[" : "");
    for (size_t i = 0; i < list->count; i++) {
        const struct membership *item = &list->items[i];
        text_add(&text, i == 0 ? "" : as_json ? ", " : "; ");
        if (as_json) {
            text_add(&text, "{\"experiment\": ");
            table_add_json_text(&text, item->experiment);
            text_add(&text, ", \"variant\": ");
            table_add_json_text(&text, item->variant);
            text_add(&text, "}");
        } else {
            membership_add_name(&text, item);
        }
    }
    text_add(&text, as_json ? "]" : "");
    if (as_json)
        table_set_json(table, column, text_get(&text));
    else if (list->count)
        table_set_text(table, column, text_get(&text));
    text_release(&text);
}

static void set_extras(const struct listing *listing, const struct extras *extras)
{
    if (listing->experiments)
        set_experiments(listing->table, listing->experiments, &extras->memberships,
                        listing->request->format == TABLE_JSON);
    if (extras->tags.count) {
        struct text joined = {0};
        for (size_t i = 0; i < extras->tags.count; i++)
            text_add_format(&joined, "%s%s", i ? " " : "", extras->tags.items[i]);
        table_set_text(listing->table, listing->tags, text_get(&joined));
        text_release(&joined);
    }
}

static int add_run(const struct listing *listing, size_t index, struct store *store,
                   struct error *error)
{
    struct table *table = listing->table;
    const struct run *run = &listing->runs.runs[index];
    const struct extras *extras = &listing->extras[index];
    const char *variant =
        listing->request->experiment
            ? membership_variant(&extras->memberships, listing->request->experiment)
            : NULL;
    table_add_row(table);
    set_extras(listing, extras);
    table_set_text(table, COLUMN_ID, run->id);
    table_set_text(table, COLUMN_NAME, variant ? variant : run->name);
    table_set_whole(table, COLUMN_SEED, run->seed);
    table_set_text(table, COLUMN_STATE, run_state_name(run->state));
    table_set_whole(table, COLUMN_STEP, run->progress.step);
    table_set_whole(table, COLUMN_STEPS, run->steps);
    table_set_number(table, COLUMN_SECONDS, run->progress.train_seconds, 1);
    if (run->started > 0) {
        struct text started = {0};
        clock_add_iso(&started, run->started);
        table_set_text(table, COLUMN_STARTED, text_get(&started));
        text_release(&started);
    }
    if (run->state != RUN_DONE)
        return 0;
    struct finals finals;
    if (store_finals_load(store, run->id, &finals, error) != 0)
        return -1;
    const double *accuracy = finals_find(&finals, "test.accuracy");
    if (accuracy)
        table_set_number(table, COLUMN_ACCURACY, *accuracy, 4);
    finals_release(&finals);
    return 0;
}

static void add_columns(struct table *table)
{
    static const char *const titles[COLUMNS] = {"id", "name",          "seed",    "state",  "step",
                                                "of", "test accuracy", "seconds", "started"};
    static const char *const keys[COLUMNS] = {"id",    "name",          "seed",    "state",  "step",
                                              "steps", "test.accuracy", "seconds", "started"};
    for (int i = 0; i < COLUMNS; i++)
        table_add_column(table, NULL, titles[i], keys[i]);
}

enum { LOST_STATES = 1U << RUN_RUNNING | 1U << RUN_INTERRUPTED | 1U << RUN_FAILED };

/* A run that has lost its process is interrupted, or failed, though nobody has marked it so yet:
 * whether it is among those that FILTER wants only shows here. The caller releases LIST. */
static int load_runs(struct store *store, const struct run_filter *filter, struct run_list *list,
                     struct error *error)
{
    struct run_filter wider = *filter;
    struct process_identity here;
    size_t kept = 0;
    if (filter->states & LOST_STATES) {
        wider.states |= LOST_STATES;
        wider.limit = 0;
    }
    if (store_run_list(store, &wider, list, error) != 0)
        return -1;
    process_identity_collect(&here);
    for (size_t i = 0; i < list->count; i++) {
        struct run run = list->runs[i];
        run_settle(store, &run, &here);
        bool is_wanted = !filter->states || filter->states & 1U << run.state;
        if (is_wanted && (!filter->limit || kept < filter->limit))
            list->runs[kept++] = run;
        else
            run_release(&run);
    }
    list->count = kept;
    process_identity_release(&here);
    return 0;
}

static int load_extras(struct store *store, const struct run *run, struct extras *extras,
                       struct error *error)
{
    if (store_tags_load(store, run->id, &extras->tags, error) != 0)
        return -1;
    return store_memberships_load(store, run->key, &extras->memberships, error);
}

/* People see a column only where a run has something for it; programs find that of the experiments
 * always. */
static void add_extra_columns(struct listing *listing)
{
    bool for_programs =
        listing->request->format == TABLE_CSV || listing->request->format == TABLE_JSON;
    bool has_experiments = for_programs, has_tags = false;
    for (size_t i = 0; i < listing->runs.count; i++) {
        has_experiments = has_experiments || listing->extras[i].memberships.count;
        has_tags = has_tags || listing->extras[i].tags.count;
    }
    if (has_experiments)
        listing->experiments = table_add_column(listing->table, NULL, "experiments", "experiments");
    if (has_tags)
        listing->tags = table_add_column(listing->table, NULL, "tags", "tags");
}

static int add_runs(struct table *table, struct store *store, const struct request *request,
                    const struct run_filter *filter, struct error *error)
{
    struct listing listing = {.table = table, .request = request};
    int result = load_runs(store, filter, &listing.runs, error);
    listing.extras = memory_array(listing.runs.count, sizeof *listing.extras);
    for (size_t i = 0; i < listing.runs.count && result == 0; i++)
        result = load_extras(store, &listing.runs.runs[i], &listing.extras[i], error);
    add_columns(table);
    add_extra_columns(&listing);
    for (size_t i = 0; i < listing.runs.count && result == 0; i++)
        result = add_run(&listing, i, store, error);
    for (size_t i = 0; i < listing.runs.count; i++) {
        names_release(&listing.extras[i].tags);
        membership_list_release(&listing.extras[i].memberships);
    }
    memory_free(listing.extras);
    run_list_release(&listing.runs);
    return result;
}

static int set_states(struct run_filter *filter, const struct option_list *states,
                      struct error *error)
{
    for (int i = 0; i < states->count; i++) {
        int state = run_state_find(states->items[i]);
        if (state < 0)
            return error_set(error, ERROR_USAGE,
                             "--state %s: expected queued, running, done, failed, diverged or "
                             "interrupted",
                             states->items[i]);
        filter->states |= 1U << state;
    }
    return 0;
}

static int list_runs(const struct request *request, struct error *error)
{
    struct run_filter filter = {.name = request->name,
                                .experiment = request->experiment,
                                .is_alone = request->is_alone,
                                .tag = request->tag,
                                .limit = (size_t)request->limit};
    if (set_states(&filter, &request->states, error) != 0)
        return -1;
    char *path = store_path(request->store);
    struct store *store = NULL;
    struct table table = {0};
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0 && (result = store_begin_reading(store, error)) == 0)
        result = store_end_reading(store, add_runs(&table, store, request, &filter, error), error);
    /* Behind the reading: who pages through the list must not keep others from writing. */
    if (result == 0)
        result = table_print(&table, (enum table_format)request->format, stdout, error);
    table_release(&table);
    store_close(store);
    memory_free(path);
    return result;
}

int command_list(int argc, char **argv, struct error *error)
{
    struct request request = {0};
    const struct option_entry entries[] = {
        {"state", 's', OPTION_LIST, &request.states, "STATE",
         "Only queued, running, done, failed, diverged or interrupted runs; repeatable.", 0, 0,
         NULL},
        {"name", 'n', OPTION_TEXT, &request.name, "NAME",
         "Only runs that are called so, or that are an experiment's variant of this name.", 0, 0,
         NULL},
        {"experiment", 'e', OPTION_TEXT, &request.experiment, "NAME",
         "Only runs of this experiment, by the names of its variants.", 0, 0, NULL},
        {"no-experiment", 0, OPTION_FLAG, &request.is_alone, NULL,
         "Only runs of no experiment: trained alone by `run`, or left behind by an edit or rm.", 0,
         0, NULL},
        {"tag", 't', OPTION_TEXT, &request.tag, "TAG", "Only runs with this tag (unroll tag).", 0,
         0, NULL},
        {"limit", 'l', OPTION_INTEGER, &request.limit, "N", "At most N runs (0: all).", 0,
         INT32_MAX, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "What is printed (text).", 0, 0,
         table_format_names},
        OPTION_STORE(&request.store),
        {0}};
    const struct option_page page = {
        "list [OPTION...]",
        "Lists the runs in the store, newest first: how far they are, for those that are done the\n"
        "accuracy on the whole test split, and each experiment and variant that a run belongs to\n"
        "(cells/lstm). A run has the name under which it was trained first.",
        "unroll list --state running\n"
        "unroll list --experiment cells --limit 10 --format csv\n"
        "unroll list --no-experiment",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first < argc)
        return options_misused(&page, error, "list takes no arguments, only options");
    if (request.is_alone && request.experiment)
        return options_misused(&page, error,
                               "--no-experiment cannot be together with --experiment");
    return list_runs(&request, error);
}
