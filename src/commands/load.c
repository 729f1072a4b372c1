#include "commands/load.h"

#include "base/file.h"
#include "base/memory.h"
#include "commands/prefix.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "module/registry.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

struct option_list load_plugin_folders;

static int load_named_folders(struct error *error)
{
    for (int i = 0; i < load_plugin_folders.count; i++) {
        const char *folder = load_plugin_folders.items[i];
        if (!file_exists(folder))
            return error_set(error, ERROR_NOT_FOUND, "--plugin-dir %s: there is no such folder",
                             folder);
        registry_load_folder(folder, "--plugin-dir");
    }
    return 0;
}

static void load_user_folder(void)
{
    const char *data = getenv("XDG_DATA_HOME");
    char *folder = data && *data == '/' ? file_join(data, "unroll/plugins")
                                        : file_in_home(".local/share/unroll/plugins");
    if (*folder == '/')
        registry_load_folder(folder, "the user's");
    memory_free(folder);
}

static void load_system_folder(void)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *parent = file_folder(program), *beside = file_join(parent, "plugins");
    if (length > 0 && file_is_folder(beside))
        registry_load_folder(beside, "beside the program");
    else
        registry_load_folder(UNROLL_PREFIX "/lib/unroll/plugins", "the system's");
    memory_free(parent);
    memory_free(beside);
}

int load_modules(struct error *error)
{
    if (load_named_folders(error))
        return -1;
    const char *folders = getenv("UNROLL_PLUGINS");
    registry_load(folders ? folders : "", "UNROLL_PLUGINS");
    load_user_folder();
    load_system_folder();
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
