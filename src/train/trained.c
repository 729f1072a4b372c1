#include "train/trained.h"

#include "base/file.h"
#include "base/memory.h"
#include "train/checkpoint.h"
#include "train/identity.h"

#include <string.h>

static int load(struct config *config, const struct run *run, const char *const *changes,
                size_t count, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    char *name = text_format("config of run %s", run->id);
    const struct config_source source = {
        .path = name, .text = run->config, .overrides = changes, .override_count = count};
    int result = config_load_from(config, &source, diagnostics);
    if (result)
        diagnostics_error(diagnostics, error);
    diagnostics_free(diagnostics);
    memory_free(name);
    return result;
}

int trained_config(struct config *config, const struct run *run, struct error *error)
{
    return load(config, run, NULL, 0, error);
}

int trained_config_changed(struct config *config, const struct run *run, const char *const *changes,
                           size_t count, struct error *error)
{
    struct config unchanged = {0};
    int result = load(&unchanged, run, NULL, 0, error);
    if (result == 0)
        result = load(config, run, changes, count, error);
    if (result == 0 && !text_equal(config->canonical, unchanged.canonical))
        result = error_set(error, ERROR_USAGE,
                           "%s%s: run %s was trained otherwise; only what changes no result can be "
                           "given here, such as where a file is",
                           changes[0], count > 1 ? " ..." : "", run->id);
    config_release(&unchanged);
    return result;
}

/* PLUGINS, a line each, in one. */
static void add_plugins(struct text *out, const char *plugins)
{
    size_t length = strlen(plugins);
    if (length == 0)
        text_add(out, "none");
    for (size_t i = 0; i < length; i++)
        if (plugins[i] != '\n')
            text_add_format(out, "%c", plugins[i]);
        else if (i + 1 < length)
            text_add(out, ", ");
}

int trained_check_modules(const struct run *run, const struct config *config, struct error *error)
{
    if (text_equal(run->canonical, config->canonical))
        return 0;
    struct text now = {0}, hint = {0};
    identity_plugins(config, &now);
    if (!text_equal(text_get(&now), run->plugins)) {
        text_add(&hint, "; its plugins, with the XXH3-128 of their files (`xxh128sum FILE`): ");
        add_plugins(&hint, run->plugins);
        text_add(&hint, "; those of now: ");
        add_plugins(&hint, text_get(&now));
    }
    error_set(error, ERROR_DATA,
              "run %s was trained with other modules than this program has now, and may answer "
              "otherwise with these%s",
              run->id, text_get(&hint));
    text_release(&now);
    text_release(&hint);
    return -1;
}

/* How to have the right data: by the files that PARAMS of SET name, else by the data folder. */
static void add_remedy(struct text *text, const struct module *set, const void *params)
{
    const char *before = "the right files are needed, here or by key=value elsewhere: ";
    for (const struct param *param = set->params; param && param->name; param++) {
        const char *path = NULL;
        if (param->type == PARAM_PATH)
            path = *(char *const *)((const char *)params + param->offset);
        if (!path)
            continue;
        text_add_format(text, "%sdata.set.%s.%s=%s", before, set->name, param->name, path);
        before = ", ";
    }
    if (text->length == 0)
        text_add(text, "name the folder with the right one by --data");
}

int trained_check_data(const struct run *run, const struct config *config, const struct data *data,
                       struct error *error)
{
    const struct module *set = &data->dataset->module;
    struct text remedy = {0};
    if (text_equal(run->data_digest, data->content.digest))
        return 0;
    add_remedy(&remedy, set, config->data.set.params);
    error_set(error, ERROR_DATA,
              "data set %s is not the one that run %s was trained on: its digest is %s, expected "
              "%s; %s",
              set->name, run->id, data->content.digest, run->data_digest, text_get(&remedy));
    text_release(&remedy);
    return -1;
}

int trained_open_data(struct trained *trained, const struct run *run, const char *folder,
                      struct error *error)
{
    if (trained_config_changed(&trained->config, run, trained->changes, trained->change_count,
                               error) != 0 ||
        data_open(&trained->data, &trained->config.data, folder, error) != 0)
        return -1;
    return trained_check_data(run, &trained->config, &trained->data, error);
}

/* Loads the weights of RUN, or says how to have them again. */
static int load_weights(struct model *model, const char *path, const struct run *run,
                        struct error *error)
{
    struct error cause;
    if (checkpoint_read_weights(model, path, run->checkpoint_hash, &cause) == 0)
        return 0;
    if (cause.code != ERROR_DATA && cause.code != ERROR_NOT_FOUND)
        return error_set(error, cause.code, "%s", cause.text);
    return error_set(error, cause.code,
                     "%s; to train the run again: `unroll show %s > again.yaml`, then `unroll run "
                     "--force again.yaml`",
                     cause.text, run->id);
}

int trained_open_network(struct trained *trained, const struct run *run, const char *run_folder,
                         int threads, struct error *error)
{
    if (!*run->checkpoint)
        return error_set(error, ERROR_NOT_FOUND, "run %s (%s) has no checkpoint", run->id,
                         run_state_name(run->state));
    if (trained_check_modules(run, &trained->config, error) != 0 ||
        trainer_init(&trained->trainer, &trained->config, &trained->data, threads, error) != 0)
        return -1;
    char *checkpoint = file_join(run_folder, run->checkpoint);
    int result = load_weights(&trained->trainer.model, checkpoint, run, error);
    memory_free(checkpoint);
    return result;
}

void trained_release(struct trained *trained)
{
    trainer_release(&trained->trainer);
    data_release(&trained->data);
    config_release(&trained->config);
    *trained = (struct trained){0};
}
