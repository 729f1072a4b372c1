/* unroll gc: removes files that no run needs any more. */
#include "base/log.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/options.h"
#include "store/removal.h"

#include <inttypes.h>
#include <stdio.h>

struct request {
    const char *store;
    bool is_dry, vacuums;
};

/* Free pages below this are not worth a word. */
enum { FREE_BYTES_WORTH_A_NOTE = 16 * 1024 * 1024 };

static void print_file(const char *path, int64_t bytes, const char *why)
{
    printf("%s  %" PRId64 " bytes, %s\n", path, bytes, why);
}

static void print_sum(const struct collection *collection)
{
    const struct sweep *sweep = &collection->sweep;
    if (collection->reclaimed)
        printf("marked as interrupted, without a process: %zu\n", collection->reclaimed);
    if (collection->superseded)
        printf("checkpoints of superseded runs given up: %zu\n", collection->superseded);
    printf("%s %zu file%s and %zu folder%s, %" PRId64 " bytes\n",
           sweep->is_dry ? "would remove" : "removed", sweep->files, sweep->files == 1 ? "" : "s",
           sweep->folders, sweep->folders == 1 ? "" : "s", sweep->bytes);
}

static int shrink(struct store *store, const struct request *request, struct error *error)
{
    int64_t bytes = 0;
    if (store_count_free(store, &bytes, error) != 0)
        return -1;
    if (!request->vacuums) {
        if (bytes >= FREE_BYTES_WORTH_A_NOTE)
            log_note("%s: %" PRId64 " bytes of the store hold nothing; `unroll gc --vacuum` gives "
                     "them back",
                     store_location(store), bytes);
        return 0;
    }
    if (!request->is_dry && store_vacuum(store, error) != 0)
        return -1;
    printf("%s %" PRId64 " bytes of the store\n", request->is_dry ? "would free" : "freed", bytes);
    return 0;
}

static int collect(const struct request *request, struct error *error)
{
    char *path = store_path(request->store);
    struct store *store;
    struct collection collection = {.sweep = {.is_dry = request->is_dry, .tell = print_file}};
    int result = store_open(&store, path, request->is_dry ? STORE_READ : STORE_CHANGE, error);
    if (result == 0)
        result = store_collect(store, &collection, error);
    if (result == 0) {
        print_sum(&collection);
        result = shrink(store, request, error);
    }
    if (result == 0 && collection.sweep.failures)
        result = error_set(error, ERROR_FAILED, "%zu files could not be removed",
                           collection.sweep.failures);
    store_close(store);
    memory_free(path);
    return result;
}

int command_gc(int argc, char **argv, struct error *error)
{
    struct request request = {0};
    const struct option_entry entries[] = {
        {"dry-run", 'n', OPTION_FLAG, &request.is_dry, NULL,
         "Print what would be removed, and remove nothing.", 0, 0, NULL},
        {"vacuum", 0, OPTION_FLAG, &request.vacuums, NULL,
         "Also give unused bytes of the store back; nothing may be in training.", 0, 0, NULL},
        OPTION_STORE(&request.store),
        {0}};
    const struct option_page page = {
        "gc [OPTION...]",
        "Removes checkpoints that no run needs, and prints each with its reason:\n"
        "  - those of runs that were removed, with their folders;\n"
        "  - those that the store does not name: older ones, and parts that a killed process "
        "left;\n"
        "  - those of superseded runs: runs that are not being trained and with whose key a newer\n"
        "    run is done (`run --force`). Their rows and figures stay.\n"
        "Every other run keeps its last checkpoint, an unfinished one included. Runs whose "
        "process\n"
        "is gone are marked as interrupted. What is being trained is left alone, so gc may run\n"
        "beside a batch; other files are never touched.",
        "unroll gc --dry-run\n"
        "unroll gc --vacuum",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first < argc)
        return options_misused(&page, error, "gc takes no arguments, only options");
    return collect(&request, error);
}
