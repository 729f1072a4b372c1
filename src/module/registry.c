#include "module/registry.h"

#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "module/plugin_check.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct loaded_plugin {
    char *path;
    char digest[HASH_TEXT_SIZE];
    void *handle;
    const struct plugin *plugin;
};

static struct loaded_plugin *plugins;
static size_t plugin_count;
static char **complaints;
static size_t complaint_count;

static const char *const kind_names[MODULE_KINDS] = {
    [MODULE_LAYER] = "layer",         [MODULE_LOSS] = "loss",
    [MODULE_OPTIMIZER] = "optimizer", [MODULE_SCHEDULE] = "schedule",
    [MODULE_DATASET] = "dataset",     [MODULE_INITIALIZER] = "initializer",
};

const char *module_kind_name(enum module_kind kind)
{
    return kind_names[kind];
}

int module_kind_find(const char *name)
{
    for (int kind = 0; kind < MODULE_KINDS; kind++)
        if (text_equal(kind_names[kind], name))
            return kind;
    return -1;
}

/* Calls VISIT for every module until it returns true; gives that module, or NULL. */
static const struct module *visit_modules(bool (*visit)(const struct module *, void *), void *data)
{
    for (const struct module *const *at = builtin_modules; *at; at++)
        if (visit(*at, data))
            return *at;
    for (size_t i = 0; i < plugin_count; i++)
        for (const struct module *const *at = plugins[i].plugin->modules; *at; at++)
            if (visit(*at, data))
                return *at;
    return NULL;
}

struct wanted {
    enum module_kind kind;
    const char *name;
};

static bool is_wanted(const struct module *module, void *data)
{
    const struct wanted *wanted = data;
    return module->kind == wanted->kind && text_equal(module->name, wanted->name);
}

const struct module *registry_find(enum module_kind kind, const char *name)
{
    return visit_modules(is_wanted, &(struct wanted){kind, name});
}

struct listing {
    enum module_kind kind;
    const struct module **modules;
    size_t count;
};

static bool append(const struct module *module, void *data)
{
    struct listing *listing = data;
    if (module->kind == listing->kind) {
        listing->modules =
            memory_grow(listing->modules, listing->count + 1, sizeof *listing->modules);
        listing->modules[listing->count++] = module;
    }
    return false;
}

static int by_name(const void *a, const void *b)
{
    const struct module *const *left = a, *const *right = b;
    return strcmp((*left)->name, (*right)->name);
}

size_t registry_list(enum module_kind kind, const struct module ***modules)
{
    struct listing listing = {.kind = kind};
    visit_modules(append, &listing);
    if (listing.count)
        qsort(listing.modules, listing.count, sizeof *listing.modules, by_name);
    *modules = listing.modules;
    return listing.count;
}

static const struct loaded_plugin *plugin_of(const struct module *module)
{
    for (size_t i = 0; i < plugin_count; i++)
        for (const struct module *const *at = plugins[i].plugin->modules; *at; at++)
            if (*at == module)
                return &plugins[i];
    return NULL;
}

const char *registry_origin(const struct module *module)
{
    const struct loaded_plugin *plugin = plugin_of(module);
    return plugin ? plugin->path : "built in";
}

const char *registry_plugin_digest(const struct module *module)
{
    const struct loaded_plugin *plugin = plugin_of(module);
    return plugin ? plugin->digest : "";
}

static int check_names(const struct plugin *plugin, struct error *error)
{
    for (const struct module *const *at = plugin->modules; *at; at++) {
        const struct module *other = registry_find((*at)->kind, (*at)->name);
        if (other)
            return error_set(error, ERROR_FAILED, "%s %s exists already (%s)",
                             module_kind_name((*at)->kind), (*at)->name, registry_origin(other));
    }
    return 0;
}

static bool is_loaded(const void *handle)
{
    for (size_t i = 0; i < plugin_count; i++)
        if (plugins[i].handle == handle)
            return true;
    return false;
}

/* Fills LOADED but for its path; its handle must be closed after an error too. PLUGIN is NULL when
 * the same file is loaded already. */
static int load_object(const char *path, struct loaded_plugin *loaded, struct error *error)
{
    char *absolute = realpath(path, NULL); /* dlopen searches for names without a slash */
    if (!absolute)
        return error_system(error, ERROR_FAILED, errno, "cannot be loaded");
    loaded->handle = dlopen(absolute, RTLD_NOW | RTLD_LOCAL);
    free(absolute);
    if (!loaded->handle)
        return error_set(error, ERROR_FAILED, "cannot be loaded: %s", dlerror());
    if (is_loaded(loaded->handle))
        return 0;
    loaded->plugin = dlsym(loaded->handle, PLUGIN_SYMBOL);
    if (!loaded->plugin)
        return error_set(error, ERROR_FAILED,
                         "does not export %s: is UNROLL_PLUGIN(...) at its end?", PLUGIN_SYMBOL);
    return plugin_check(loaded->plugin, error) || check_names(loaded->plugin, error) ? -1 : 0;
}

static int open_plugin(const char *path, struct loaded_plugin *loaded, struct error *error)
{
    struct file_map map;
    if (file_map_open(&map, path, error))
        return -1;
    hash_bytes(map.bytes, map.size, loaded->digest);
    int result = plugin_check_file(&map, error);
    file_map_close(&map);
    if (result || load_object(path, loaded, error))
        return error_prefix(error, "%s", path);
    return 0;
}

/* Keeps TEXT, which it takes over. */
static void complain(char *text)
{
    complaints = memory_grow(complaints, complaint_count + 1, sizeof *complaints);
    complaints[complaint_count++] = text;
}

static void load_file(const char *path)
{
    struct loaded_plugin loaded = {0};
    struct error error;
    int result = open_plugin(path, &loaded, &error);
    if (result)
        complain(memory_copy_text(error.text));
    if (result || !loaded.plugin) {
        if (loaded.handle)
            dlclose(loaded.handle);
        return;
    }
    loaded.path = memory_copy_text(path);
    plugins = memory_grow(plugins, plugin_count + 1, sizeof *plugins);
    plugins[plugin_count++] = loaded;
}

static int is_plugin_name(const struct dirent *entry)
{
    return text_ends_with(entry->d_name, ".so");
}

static void load_folder(const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, is_plugin_name, alphasort);
    if (count < 0 && errno != ENOENT)
        complain(text_format("%s: cannot be searched for plugins: %s", folder, strerror(errno)));
    for (int i = 0; i < count; i++) {
        char *path = file_join(folder, entries[i]->d_name);
        load_file(path);
        memory_free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void registry_load(const char *folders)
{
    char *copy = memory_copy_text(folders), *rest = copy;
    for (char *folder = strsep(&rest, ":"); folder; folder = strsep(&rest, ":"))
        if (*folder)
            load_folder(folder);
    memory_free(copy);
}

const char *const *registry_complaints(size_t *count)
{
    *count = complaint_count;
    return (const char *const *)complaints;
}

void registry_release(void)
{
    for (size_t i = 0; i < plugin_count; i++) {
        memory_free(plugins[i].path);
        dlclose(plugins[i].handle);
    }
    for (size_t i = 0; i < complaint_count; i++)
        memory_free(complaints[i]);
    memory_free(plugins);
    memory_free(complaints);
    plugins = NULL;
    complaints = NULL;
    plugin_count = complaint_count = 0;
}
