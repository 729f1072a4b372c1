/* unroll batch: train what is missing of an experiment. */
#include "batch/batch.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/memory.h"
#include "batch/file_kind.h"
#include "commands/batch_plan.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "store/store.h"
#include "train/data_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

struct request {
    const char *path;
    struct batch_options options;
    bool is_dry, without_estimate;
    int format;
    int places; /* trials that have the cores to run at a time */
};

static void announce(const struct batch *batch)
{
    size_t counts[TRIAL_ELSEWHERE + 1] = {0};
    for (size_t i = 0; i < batch->count; i++)
        counts[batch->trials[i].fate]++;
    const struct experiment_file *experiment = batch->experiment;
    size_t failed = counts[TRIAL_FAILED_BEFORE], elsewhere = counts[TRIAL_ELSEWHERE];
    log_line("%s: %zu %s (%zu %s, %zu %s): %zu done, %zu to train, %d at a time", experiment->name,
             batch->count, batch->count == 1 ? "trial" : "trials", experiment->variant_count,
             experiment->variant_count == 1 ? "variant" : "variants", experiment->seed_count,
             experiment->seed_count == 1 ? "seed" : "seeds", counts[TRIAL_DONE_BEFORE],
             counts[TRIAL_MISSING], batch->options->workers);
    if (failed)
        log_note("%zu %s failed before and %s left out; --retry-failed trains %s again", failed,
                 failed == 1 ? "trial" : "trials", failed == 1 ? "is" : "are",
                 failed == 1 ? "it" : "them");
    if (elsewhere)
        log_note("%zu %s being trained by other processes", elsewhere,
                 elsewhere == 1 ? "trial is" : "trials are");
}

static int execute(struct request *request, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct experiment_file experiment;
    struct batch batch = {0};
    error_set(error, ERROR_USAGE, "%s", "");
    int result = experiment_load(&experiment, request->path, diagnostics);
    bool is_config = result != 0 && file_kind(request->path) == FILE_CONFIG;
    if (result == 0)
        result =
            batch_plan(&batch, &experiment, &request->options, request->is_dry, diagnostics, error);
    if (is_config)
        file_kind_mistaken(request->path, FILE_CONFIG, error);
    else
        diagnostics_print(diagnostics);
    if (result == 0 && request->is_dry)
        result = batch_plan_print(&batch, (enum table_format)request->format,
                                  !request->without_estimate, request->places, error);
    if (result == 0 && !request->is_dry) {
        announce(&batch);
        result = batch_run(&batch, error);
    }
    batch_release(&batch);
    experiment_file_release(&experiment);
    diagnostics_free(diagnostics);
    return result;
}

/* What no step of training and no data set takes. */
static const double most_hook_seconds = 600;

static int read_hook_seconds(double *seconds, struct error *error)
{
    const char *text = getenv(HOOK_SECONDS);
    char *end;
    *seconds = text && *text ? strtod(text, &end) : most_hook_seconds;
    if (!text || !*text || (*end == '\0' && *seconds > 0))
        return 0;
    return error_set(error, ERROR_USAGE, HOOK_SECONDS ": %s is no number above 0", text);
}

int command_batch(int argc, char **argv, struct error *error)
{
    const char *store = NULL, *data = NULL;
    int64_t workers = 0, threads = 1, retries = 0, seconds = 30;
    struct request request = {0};
    const struct option_entry entries[] = {
        {"jobs", 'j', OPTION_INTEGER, &workers, "N",
         "Worker processes at a time (cores / --threads).", 1, 1024, NULL},
        {"threads", 't', OPTION_INTEGER, &threads, "N",
         "Threads of each worker (1). Changes no result.", 1, 1024, NULL},
        {"dry-run", 'n', OPTION_FLAG, &request.is_dry, NULL,
         "Print the trials, what is done and how long the rest will take; train nothing.", 0, 0,
         NULL},
        {"no-estimate", 0, OPTION_FLAG, &request.without_estimate, NULL,
         "Dry run: do not measure the time.", 0, 0, NULL},
        {"retry-failed", 0, OPTION_FLAG, &request.options.retry_failed, NULL,
         "Also train what failed or diverged before.", 0, 0, NULL},
        {"retries", 0, OPTION_INTEGER, &retries, "N",
         "Train again what fails or crashes, up to N times (0).", 0, 1000, NULL},
        {"force", 'f', OPTION_FLAG, &request.options.force, NULL,
         "Train every trial again, as a new run; the runs that are there stay.", 0, 0, NULL},
        {"checkpoint", 0, OPTION_INTEGER, &seconds, "SECONDS",
         "Time between a trial's checkpoints (30); 0: after every step.", 0, 86400, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "Form of the dry run's table.", 0, 0,
         table_format_names},
        OPTION_STORE(&store),
        OPTION_DATA(&data),
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "batch EXPERIMENT [key=value...] [OPTION...]",
        "Trains every trial (variant and seed) of an experiment that the store does not have\n"
        "yet, each in a process of its own. Launched again, it goes on where it was. An\n"
        "override holds for every trial. A trial that diverges or runs out of its time is\n"
        "not retried, for it would do so again.",
        "unroll batch experiments/architectures-quick.yaml -j 2", entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "batch needs an experiment file");
    char *path = store_path(store), *folder = data_folder(data);
    request.path = argv[first];
    request.options.store = path;
    request.options.data = folder;
    int64_t cores = machine_cores();
    int64_t places = cores / threads > 0 ? cores / threads : 1; /* more would share the cores */
    workers = workers ? workers : places;
    request.places = (int)(workers < places ? workers : places);
    request.options.workers = (int)workers;
    request.options.threads = (int)threads;
    request.options.retries = (int)retries;
    request.options.grace_seconds = 30;
    if (read_hook_seconds(&request.options.hook_seconds, error))
        return -1;
    request.options.checkpoint_seconds = (double)seconds;
    request.options.overrides = argv + first + 1;
    request.options.override_count = argc - first - 1;
    int result = load_modules(error);
    if (result == 0)
        result = execute(&request, error);
    memory_free(path);
    memory_free(folder);
    return result;
}
