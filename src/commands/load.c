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
