/* unroll rm: removes runs, their rows first and then their files. */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "store/removal.h"

#include <inttypes.h>
#include <stdio.h>

struct request {
    const char *store;
    struct removal removal;
    bool is_dry;
};

static void print_run(const struct run *run)
{
    printf("%s  %s seed %" PRId64 "  %s\n", run->id, run->name, run->seed,
           run_state_name(run->state));
}

/* The rows are gone for good: what happens to the files does not stop the rest. */
static int remove_files(struct store *store, const struct run_list *removed, struct sweep *sweep,
                        struct error *error)
{
    for (size_t i = 0; i < removed->count; i++)
        if (store_sweep_run(store, removed->runs[i].id, sweep, error) != 0)
            return error_prefix(error, "the runs are removed, but not all of their files; "
                                       "`unroll gc` removes the rest");
    if (sweep->failures)
        return error_set(error, ERROR_FAILED,
                         "the runs are removed, but %zu of their files are not; when the cause is "
                         "gone, `unroll gc` removes them",
                         sweep->failures);
    return 0;
}

/* Files of the runs that a dry run would remove: the store still names them. */
static void count_files(struct store *store, const struct run_list *removed, struct sweep *sweep)
{
    for (size_t i = 0; i < removed->count; i++) {
        char *folder = store_run_folder(store, removed->runs[i].id);
        run_files_sweep(folder, "", "", true, sweep);
        memory_free(folder);
    }
}

static int remove_runs(const struct request *request, struct error *error)
{
    char *path = store_path(request->store);
    struct store *store;
    struct run_list removed = {0};
    struct sweep sweep = {.is_dry = request->is_dry};
    int result = store_open(&store, path, request->is_dry ? STORE_READ : STORE_CHANGE, error);
    if (result == 0)
        result = store_remove(store, &request->removal, request->is_dry, &removed, error);
    if (result == 0) {
        for (size_t i = 0; i < removed.count; i++)
            print_run(&removed.runs[i]);
        if (request->is_dry)
            count_files(store, &removed, &sweep);
        else
            result = remove_files(store, &removed, &sweep, error);
        if (request->removal.experiment)
            printf("experiment %s\n", request->removal.experiment);
        printf("%s %zu run%s, %zu file%s, %" PRId64 " bytes\n",
               request->is_dry ? "would remove" : "removed", removed.count,
               removed.count == 1 ? "" : "s", sweep.files, sweep.files == 1 ? "" : "s",
               sweep.bytes);
    }
    run_list_release(&removed);
    store_close(store);
    memory_free(path);
    return result;
}

int command_rm(int argc, char **argv, struct error *error)
{
    struct request request = {0};
    const struct option_entry entries[] = {
        {"experiment", 'e', OPTION_TEXT, &request.removal.experiment, "NAME",
         "This experiment, and its runs that no other experiment has.", 0, 0, NULL},
        {"dry-run", 'n', OPTION_FLAG, &request.is_dry, NULL,
         "Print what would be removed, and remove nothing.", 0, 0, NULL},
        OPTION_STORE(&request.store),
        {0}};
    const struct option_page page = {
        "rm RUN... | rm --experiment NAME",
        "Removes runs (their ids or the beginnings of them) with their figures, tags, notes and\n"
        "checkpoints, and prints which; it does not ask. A run that is being trained is refused,\n"
        "and then nothing is removed. A run that an experiment names is missing there afterwards:\n"
        "the next `batch` trains it again. What an experiment has no longer, since its file was\n"
        "changed, stays: `unroll list --no-experiment` finds it, beside what `run` trained.",
        "unroll rm --dry-run --experiment cells\n"
        "unroll rm 3f2a 77b0",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc && !request.removal.experiment)
        return options_misused(&page, error, "rm needs runs, or --experiment NAME");
    request.removal.ids = (const char *const *)(argv + first);
    request.removal.count = (size_t)(argc - first);
    return remove_runs(&request, error);
}
