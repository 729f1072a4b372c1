#include "commands/load.h"

#include "base/file.h"
#include "base/memory.h"
#include "batch/file_kind.h"
#include "commands/prefix.h"
#include "config/written_defaults.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "module/registry.h"

#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

struct option_list load_plugin_folders;

static int search_named_folder(const char *folder, struct error *error)
{
    if (!file_exists(folder))
        return error_set(error, ERROR_NOT_FOUND, "--plugin-dir %s: there is no such folder",
                         folder);
    if (!file_is_folder(folder))
        return error_set(error, ERROR_USAGE,
                         "--plugin-dir %s: is a file: name the folder in which the plugins lie",
                         folder);
    enum plugin_folder_state state = registry_search_folder(folder, "--plugin-dir", true);
    if (state != PLUGIN_FOLDER_REFUSED && state != PLUGIN_FOLDER_UNREADABLE)
        return 0;
    size_t count;
    const char *const *complaints = registry_complaints(&count);
    return error_set(error, ERROR_FAILED, "--plugin-dir %s", complaints[count - 1]);
}

static int search_named_folders(struct error *error)
{
    for (int i = 0; i < load_plugin_folders.count; i++)
        if (search_named_folder(load_plugin_folders.items[i], error))
            return -1;
    return 0;
}

static void search_user_folder(void)
{
    const char *data = getenv("XDG_DATA_HOME");
    char *folder = data && *data == '/' ? file_join(data, "unroll/plugins")
                                        : file_in_home(".local/share/unroll/plugins");
    if (*folder == '/')
        registry_search_folder(folder, "the user's", false);
    memory_free(folder);
}

static void search_system_folder(void)
{
    char program[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    program[length > 0 ? length : 0] = '\0';
    char *parent = file_folder(program), *beside = file_join(parent, "plugins");
    if (length > 0 && file_is_folder(beside))
        registry_search_folder(beside, "beside the program", false);
    else
        registry_search_folder(UNROLL_PREFIX "/lib/unroll/plugins", "the system's", false);
    memory_free(parent);
    memory_free(beside);
}

int load_modules(struct error *error)
{
    if (search_named_folders(error))
        return -1;
    const char *folders = getenv("UNROLL_PLUGINS");
    registry_search(folders ? folders : "", "UNROLL_PLUGINS");
    search_user_folder();
    search_system_folder();
    registry_load(written_defaults_check);
    matrix_init();
    return math_isa_init(error);
}

int load_config(struct config *config, const char *path, char **overrides, int count,
                struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    int result =
        config_load(config, path, (const char *const *)overrides, (size_t)count, diagnostics);
    if (result && file_kind(path) == FILE_EXPERIMENT) {
        file_kind_mistaken(path, FILE_EXPERIMENT, error);
    } else if (result) {
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
