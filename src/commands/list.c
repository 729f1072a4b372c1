/* unroll list: the runs in the store. */
#include "base/clock.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "report/table.h"
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
    COLUMNS,
    COLUMN_TAGS = COLUMNS /* only when a run has some */
};

static int add_run(struct table *table, struct store *store, const struct run *run,
                   const struct names *tags, struct error *error)
{
    table_add_row(table);
    if (tags->count) {
        struct text joined = {0};
        for (size_t i = 0; i < tags->count; i++)
            text_add_format(&joined, "%s%s", i ? " " : "", tags->items[i]);
        table_set_text(table, COLUMN_TAGS, text_get(&joined));
        text_release(&joined);
    }
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

/* TAGS gets those of each run. *FOUND: whether there are any. */
static int load_tags(struct store *store, const struct run_list *list, struct names *tags,
                     bool *found, struct error *error)
{
    *found = false;
    for (size_t i = 0; i < list->count; i++) {
        if (store_tags_load(store, list->runs[i].id, &tags[i], error) != 0)
            return -1;
        *found = *found || tags[i].count;
    }
    return 0;
}

static int add_runs(struct table *table, struct store *store, const struct run_filter *filter,
                    struct error *error)
{
    struct run_list list;
    bool has_tags = false;
    if (load_runs(store, filter, &list, error) != 0)
        return -1;
    struct names *tags = memory_array(list.count, sizeof *tags);
    int result = load_tags(store, &list, tags, &has_tags, error);
    add_columns(table);
    if (has_tags)
        table_add_column(table, NULL, "tags", "tags");
    for (size_t i = 0; i < list.count && result == 0; i++)
        result = add_run(table, store, &list.runs[i], &tags[i], error);
    for (size_t i = 0; i < list.count; i++)
        names_release(&tags[i]);
    memory_free(tags);
    run_list_release(&list);
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
                                .tag = request->tag,
                                .limit = (size_t)request->limit};
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
