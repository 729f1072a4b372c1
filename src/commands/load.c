#include "commands/load.h"

#include "base/file.h"
#include "base/memory.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "module/registry.h"

#include <stdlib.h>
#include <unistd.h>

void load_add_plugin_folders(struct text *folders)
{
    const char *named = getenv("UNROLL_PLUGINS");
    if (named && *named)
        text_add_format(folders, "%s:", named);
    char program[4096];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length <= 0)
        return;
    program[length] = '\0';
    char *folder = file_folder(program);
    text_add_format(folders, "%s/plugins", folder);
    memory_free(folder);
}

int load_modules(struct error *error)
{
    struct text folders = {0};
    load_add_plugin_folders(&folders);
    registry_load(text_get(&folders));
    text_release(&folders);
    matrix_init();
    return math_isa_init(error);
}

int load_config(struct config *config, const char *path, char **overrides, int count,
                struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    int result =
        config_load(config, path, (const char *const *)overrides, (size_t)count, diagnostics);
    if (result) {
        diagnostics_print(diagnostics);
        error_set(error, ERROR_USAGE, "%s", "");
    }
    diagnostics_free(diagnostics);
    return result;
}

bool load_is_file(const char *what)
{
    bool is_file = file_exists(what) && !file_is_folder(what); /* a run's folder is called as it */
    return is_file || text_ends_with(what, ".yaml") || text_ends_with(what, ".yml") ||
           text_equal(what, "-");
}

int load_run_config(struct config *config, const struct run *run, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    char *name = text_format("config of run %s", run->id);
    const struct config_source source = {.path = name, .text = run->config};
    int result = config_load_from(config, &source, diagnostics);
    if (result)
        diagnostics_error(diagnostics, error);
    diagnostics_free(diagnostics);
    memory_free(name);
    return result;
}

int load_check_modules(const struct run *run, const struct config *config, struct error *error)
{
    if (text_equal(run->canonical, config->canonical))
        return 0;
    return error_set(error, ERROR_DATA,
                     "run %s was trained with other modules than this program has now, and may "
                     "answer otherwise with these; `unroll show %s` names its plugins",
                     run->id, run->id);
}

int load_check_data(const struct run *run, const struct data *data, struct error *error)
{
    if (text_equal(run->data_digest, data->content.digest))
        return 0;
    return error_set(error, ERROR_DATA,
                     "data set %s is not the one that run %s was trained on: its digest is %s, "
                     "expected %s; name the folder with the right one by --data",
                     data->dataset->module.name, run->id, data->content.digest, run->data_digest);
}
