/* unroll run: train one config. */
#include "train/run.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/shell.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "store/runs.h"
#include "store/store.h"
#include "train/data_folder.h"

#include <stdio.h>

static int train(const struct config *config, struct run_options *options, const char *store,
                 const char *data, struct error *error)
{
    char *path = store_path(store), *folder = data_folder(data);
    options->store = path;
    options->data = folder;
    struct run_outcome outcome;
    run_catch_signals();
    int result = run_train(config, options, &outcome, error);
    if (result == 0 && outcome.is_running)
        result = error_set(error, ERROR_FAILED, "run %s is being trained by another process",
                           outcome.id);
    if (result == 0) {
        if (outcome.was_done)
            log_note("run %s is done already; --force trains it again", outcome.id);
        printf("%s\n", outcome.id);
    }
    memory_free(path);
    memory_free(folder);
    return result;
}

/* ERROR_USAGE where WHAT, COUNT OVERRIDES behind it, is no file, but the beginning of a run's id:
 * what was trained is trained again by its config. */
static int refuse_run(const char *what, char **overrides, int count, const char *store_option,
                      struct error *error)
{
    if (load_is_file(what))
        return 0;
    char *path = store_path(store_option);
    struct store *store;
    struct run run = {0};
    int result = 0;
    if (store_open(&store, path, STORE_READ, NULL) == 0 &&
        store_run_find(store, what, &run, NULL) == 0) {
        struct text words = {0}, where = {0};
        for (int i = 0; i < count; i++) {
            text_add_char(&words, ' ');
            shell_add_word(&words, overrides[i]);
        }
        if (store_option) {
            text_add(&where, " --store ");
            shell_add_word(&where, store_option);
        }
        result =
            error_set(error, ERROR_USAGE,
                      "%s is a run, not a config file; %s: unroll show %s%s > %s.yaml; "
                      "unroll run %s.yaml%s%s",
                      what, count ? "its config makes another one" : "this is its config", run.id,
                      text_get(&where), run.id, run.id, text_get(&words), text_get(&where));
        text_release(&words);
        text_release(&where);
    }
    run_release(&run);
    store_close(store);
    memory_free(path);
    return result;
}

int command_run(int argc, char **argv, struct error *error)
{
    const char *store = NULL, *data = NULL;
    int64_t threads = 1, seconds = 30;
    struct run_options options = {0};
    bool force = false;
    const struct option_entry entries[] = {
        OPTION_STORE(&store),
        OPTION_DATA(&data),
        {"threads", 't', OPTION_INTEGER, &threads, "N",
         "Threads; useful up to train.shards. Changes no result.", 1, 1024, NULL},
        {"checkpoint", 0, OPTION_INTEGER, &seconds, "SECONDS",
         "Time between checkpoints (30); 0: after every step.", 0, 86400, NULL},
        {"force", 'f', OPTION_FLAG, &force, NULL,
         "Train again what is done, as a new run; goes on with one that is not.", 0, 0, NULL},
        {"quiet", 'q', OPTION_FLAG, &options.quiet, NULL, "No progress, no lines.", 0, 0, NULL},
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "run CONFIG [key=value...] [OPTION...]",
        "Trains one config and keeps every figure in the store. The run's id is the only\n"
        "line on stdout. A run that is done is not trained again; one that was interrupted\n"
        "goes on from its last checkpoint.",
        "unroll run configs/starter.yaml train.steps=200 model.units=32", entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "run needs a config file");
    log_set_quiet(options.quiet);
    options.rule = force ? TAKE_FORCED : TAKE_UNFINISHED;
    options.threads = (int)threads;
    options.checkpoint_seconds = (double)seconds;
    struct config config = {0};
    int result = refuse_run(argv[first], argv + first + 1, argc - first - 1, store, error);
    if (result == 0)
        result = load_modules(error);
    if (result == 0)
        result = load_config(&config, argv[first], argv + first + 1, argc - first - 1, error);
    if (result == 0)
        result = train(&config, &options, store, data, error);
    config_release(&config);
    return result;
}
