/* unroll batch: train what is missing of an experiment. */
#include "batch/batch.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "report/table.h"
#include "store/store.h"
#include "train/data_folder.h"

#include <inttypes.h>
#include <stdio.h>

static const char *const fates[] = {[TRIAL_MISSING] = "to train",
                                    [TRIAL_DONE_BEFORE] = "done",
                                    [TRIAL_FAILED_BEFORE] = "failed before",
                                    [TRIAL_ELSEWHERE] = "runs elsewhere"};

struct request {
    const char *path;
    struct batch_options options;
    bool is_dry;
    int format;
};

static int print_plan(const struct batch *batch, int format, struct error *error)
{
    static const char *const titles[] = {"variant", "seed", "steps",  "parameters",
                                         "state",   "run",  "changes"};
    struct table table = {0};
    for (size_t i = 0; i < sizeof titles / sizeof titles[0]; i++)
        table_add_column(&table, NULL, titles[i], titles[i]);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        const struct variant *variant = &batch->experiment->variants[trial->variant];
        char *changes = experiment_changes(variant);
        for (char *at = changes; *at; at++)
            if (*at == '\n')
                *at = at[1] ? ' ' : '\0';
        table_add_row(&table);
        table_set_text(&table, 0, variant->name);
        table_set_whole(&table, 1, trial->seed);
        table_set_whole(&table, 2, trial->steps);
        table_set_whole(&table, 3, trial->parameters);
        table_set_text(&table, 4, fates[trial->fate]);
        if (*trial->run)
            table_set_text(&table, 5, trial->run);
        table_set_text(&table, 6, changes);
        memory_free(changes);
    }
    int result = table_print(&table, (enum table_format)format, stdout, error);
    table_release(&table);
    return result;
}

static void announce(const struct batch *batch)
{
    size_t counts[sizeof fates / sizeof fates[0]] = {0};
    for (size_t i = 0; i < batch->count; i++)
        counts[batch->trials[i].fate]++;
    log_line("%s: %zu trials (%zu variants, %zu seeds): %zu done, %zu to train, %d at a time",
             batch->experiment->name, batch->count, batch->experiment->variant_count,
             batch->experiment->seed_count, counts[TRIAL_DONE_BEFORE], counts[TRIAL_MISSING],
             batch->options->workers);
    if (counts[TRIAL_FAILED_BEFORE])
        log_note("%zu trials failed before and are left out; --retry-failed trains them again",
                 counts[TRIAL_FAILED_BEFORE]);
    if (counts[TRIAL_ELSEWHERE])
        log_note("%zu trials are being trained by other processes", counts[TRIAL_ELSEWHERE]);
}

static int execute(struct request *request, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct experiment_file experiment;
    struct batch batch = {0};
    error_set(error, ERROR_USAGE, "%s", "");
    int result = experiment_load(&experiment, request->path, diagnostics);
    if (result == 0)
        result =
            batch_plan(&batch, &experiment, &request->options, request->is_dry, diagnostics, error);
    diagnostics_print(diagnostics);
    if (result == 0 && request->is_dry)
        result = print_plan(&batch, request->format, error);
    if (result == 0 && !request->is_dry) {
        announce(&batch);
        result = batch_run(&batch, error);
    }
    batch_release(&batch);
    experiment_file_release(&experiment);
    diagnostics_free(diagnostics);
    return result;
}

static int64_t default_workers(int64_t threads)
{
    int64_t workers = machine_cores() / threads;
    return workers > 0 ? workers : 1;
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
         "Print the trials and what is done; train nothing.", 0, 0, NULL},
        {"retry-failed", 0, OPTION_FLAG, &request.options.retry_failed, NULL,
         "Also train what failed or diverged before.", 0, 0, NULL},
        {"retries", 0, OPTION_INTEGER, &retries, "N",
         "Train again what fails or crashes, up to N times (0).", 0, 1000, NULL},
        {"force", 'f', OPTION_FLAG, &request.options.force, NULL,
         "Train every trial, also those that are done; their runs stay.", 0, 0, NULL},
        {"checkpoint", 0, OPTION_INTEGER, &seconds, "SECONDS",
         "Time between a trial's checkpoints (30); 0: after every step.", 0, 86400, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL, "Form of the dry run's table.", 0, 0,
         table_format_names},
        OPTION_STORE(&store),
        OPTION_DATA(&data),
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
    request.options.workers = (int)(workers ? workers : default_workers(threads));
    request.options.threads = (int)threads;
    request.options.retries = (int)retries;
    request.options.grace_seconds = 30;
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
