/* The plugins of this process: searching folders, loading files, remembering what went wrong. Which
 * of their modules a name means is the registry's (module/registry.h). */
#ifndef UNROLL_MODULE_PLUGINS_H
#define UNROLL_MODULE_PLUGINS_H

#include "base/hash.h"
#include "module/plugin.h"
#include "module/registry.h"

struct loaded_plugin {
    char *path; /* as it was found: FOLDER/NAME.so */
    char digest[HASH_TEXT_SIZE];
    void *handle;
    const struct plugin *plugin;
};

/* The plugins that were loaded, in the order of loading; *PLUGINS is valid until the next change.
 */
size_t plugins_loaded(const struct loaded_plugin **plugins);

/* As registry_search_folder, and registry_load without a look at names. */
enum plugin_folder_state plugins_search(const char *folder, const char *source, bool is_named);
void plugins_load(module_check check);

/* As registry_complaints and registry_folders. */
const char *const *plugins_complaints(size_t *count);
const struct plugin_folder *plugins_folders(size_t *count);

/* Unloads all. */
void plugins_release(void);

#endif
