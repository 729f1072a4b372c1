/* unroll list: the runs in the store. */
#include "base/clock.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "report/table.h"
#include "store/metrics.h"
#include "store/store.h"

#include <math.h>
#include <stdio.h>

struct request {
    const char *store, *name, *experiment;
    struct option_list states;
    int64_t limit;
    int format;
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

static int add_run(struct table *table, struct store *store, const struct run *run,
                   struct error *error)
{
    table_add_row(table);
    table_set_text(table, COLUMN_ID, run->id);
    table_set_text(table, COLUMN_NAME, run->name);
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

enum { LOST_STATES = 1U << RUN_RUNNING | 1U << RUN_INTERRUPTED };

/* A run that has lost its process is interrupted, though nobody has marked it so yet: whether it is
 * among those that FILTER wants only shows here. */
static int add_runs(struct table *table, struct store *store, const struct run_filter *filter,
                    struct error *error)
{
    struct run_filter wider = *filter;
    struct process_identity here;
    struct run_list list;
    size_t shown = 0;
    if (filter->states & LOST_STATES) {
        wider.states |= LOST_STATES;
        wider.limit = 0;
    }
    process_identity_collect(&here);
    int result = store_run_list(store, &wider, &list, error);
    add_columns(table);
    for (size_t i = 0; i < list.count && result == 0; i++) {
        struct run *run = &list.runs[i];
        if (run->state == RUN_RUNNING &&
            run_is_abandoned(&run->environment.process, run->heartbeat, &here))
            run->state = RUN_INTERRUPTED;
        if (filter->states && !(filter->states & 1U << run->state))
            continue;
        if (filter->limit && shown++ == filter->limit)
            break;
        result = add_run(table, store, run, error);
    }
    run_list_release(&list);
    process_identity_release(&here);
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
    struct run_filter filter = {
        .name = request->name, .experiment = request->experiment, .limit = (size_t)request->limit};
    if (set_states(&filter, &request->states, error) != 0)
        return -1;
    char *path = store_path(request->store);
    struct store *store = NULL;
    struct table table = {0};
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0 && (result = store_begin_reading(store, error)) == 0)
        result = store_end_reading(store, add_runs(&table, store, &filter, error), error);
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
        {"name", 'n', OPTION_TEXT, &request.name, "NAME", "Only runs of this name.", 0, 0, NULL},
        {"experiment", 'e', OPTION_TEXT, &request.experiment, "NAME",
         "Only runs of this experiment.", 0, 0, NULL},
        {"limit", 'l', OPTION_INTEGER, &request.limit, "N", "At most N runs (0: all).", 0,
         INT32_MAX, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "What is printed (text).", 0, 0,
         table_format_names},
        OPTION_STORE(&request.store),
        {0}};
    const struct option_page page = {
        "list [OPTION...]",
        "Lists the runs in the store, newest first: how far they are, and for those that are\n"
        "done the accuracy on the whole test split.",
        "unroll list --state running\n"
        "unroll list --experiment cells --limit 10 --format csv",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first < argc)
        return options_misused(&page, error, "list takes no arguments, only options");
    return list_runs(&request, error);
}
