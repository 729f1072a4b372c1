/* unroll check: validate configs and experiments. */
#include "base/log.h"
#include "base/memory.h"
#include "batch/answerable.h"
#include "batch/experiment.h"
#include "batch/file_kind.h"
#include "commands/check_gradients.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "model/model.h"
#include "report/table.h"
#include "train/identity.h"

#include <stdio.h>

/* Adds what only shows when the layers are put together; VARIANT is NULL for a config. */
static void check_model(const struct config *config, const char *path, const char *variant,
                        struct diagnostics *diagnostics)
{
    struct error error;
    if (model_check(config, &error)) {
        struct mark place = {.file = diagnostics_add_place(diagnostics, "%s%s%s", path,
                                                           variant ? ": variant " : "",
                                                           variant ? variant : "")};
        diagnostics_add(diagnostics, &place, "", NULL, "%s", error.text);
    }
}

/* An experiment is right when every variant, at every point of the sweep, gives a right config. */
static void check_experiment(const char *path, struct diagnostics *diagnostics)
{
    struct experiment_file experiment;
    size_t errors = diagnostics_reported(diagnostics);
    experiment_load(&experiment, path, diagnostics);
    size_t count = experiment.base_tree ? experiment.variant_count : 0;
    char(*keys)[HASH_TEXT_SIZE] = memory_array(count, sizeof *keys);
    const char **names = memory_array(count, sizeof *names);
    struct answerable *answerable = answerable_new(&experiment);
    for (size_t i = 0; i < count; i++) {
        struct config config = {0};
        if (experiment_plan_config(&experiment, i, NULL, 0, &config, diagnostics) == 0) {
            check_model(&config, path, experiment.variants[i].name, diagnostics);
            identity_key(&config, "", keys[i]); /* the data are the same for all */
            answerable_note(answerable, i, &config, NULL);
        }
        names[i] = keys[i];
        config_release(&config);
    }
    if (diagnostics_reported(diagnostics) == errors) {
        experiment_check_twins(&experiment, names, diagnostics);
        answerable_check(answerable, diagnostics);
    }
    answerable_free(answerable);
    memory_free(keys);
    memory_free(names);
    experiment_file_release(&experiment);
}

static void check_config(const char *path, struct diagnostics *diagnostics)
{
    struct config config = {0};
    if (config_load(&config, path, NULL, 0, diagnostics) == 0)
        check_model(&config, path, NULL, diagnostics);
    config_release(&config);
}

/* Returns whether PATH is right. */
static bool check_file(const char *path)
{
    struct diagnostics *diagnostics = diagnostics_new();
    enum file_kind kind = file_kind(path);
    if (kind == FILE_EXPERIMENT || kind == FILE_MIXED)
        check_experiment(path, diagnostics);
    else
        check_config(path, diagnostics);
    size_t errors = diagnostics_count(diagnostics);
    diagnostics_print(diagnostics);
    diagnostics_free(diagnostics);
    return errors == 0;
}

static int check_files(char **files, int count, struct error *error)
{
    int wrong = 0;
    for (int i = 0; i < count; i++)
        wrong += !check_file(files[i]);
    if (wrong == 0) {
        log_line("%d file%s checked, no errors", count, count == 1 ? "" : "s");
        return 0;
    }
    if (count == 1)
        return error_set(error, ERROR_USAGE, "%s", "");
    return error_set(error, ERROR_USAGE, "%d of %d files have errors", wrong, count);
}

int command_check(int argc, char **argv, struct error *error)
{
    bool gradients = false;
    const char *data = NULL;
    int format = TABLE_TEXT;
    const struct option_entry entries[] = {
        {"gradients", 0, OPTION_FLAG, &gradients, NULL,
         "Compare every gradient of the config's network with differences.", 0, 0, NULL},
        {"format", 0, OPTION_CHOICE, &format, NULL, "How the gradients are printed.", 0, 0,
         table_format_names},
        OPTION_DATA(&data),
        OPTION_PLUGIN_DIR,
        {0},
    };
    const struct option_page page = {
        "check FILE... | check --gradients CONFIG [key=value...]",
        "Validates configs and experiments as `run` and `batch` would, reports every error\n"
        "with its place, and trains nothing. Data files are not opened.\n"
        "With --gradients, for authors of layers and losses: builds the network of one config,\n"
        "plugins and all, for a few of its training examples, and compares what each layer\n"
        "and the loss computes going backward with central differences of what they compute\n"
        "going forward. An error names the tensor; the exit status is 1. Layers are also called\n"
        "as the lowest one, for an evaluation, and with fewer examples than were planned for.",
        "unroll check configs/*.yaml experiments/*.yaml\n"
        "unroll check --gradients configs/starter.yaml model.cell=mgu",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "check needs a file");
    if (!gradients && (data || format != TABLE_TEXT))
        return options_misused(&page, error, "--data and --format go with --gradients");
    if (load_modules(error))
        return -1;
    if (gradients)
        return check_gradients(argv[first], argv + first + 1, argc - first - 1, data, format,
                               error);
    return check_files(argv + first, argc - first, error);
}
