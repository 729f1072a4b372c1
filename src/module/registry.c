#include "module/registry.h"

#include "base/memory.h"
#include "base/text.h"
#include "module/layer.h"
#include "module/plugins.h"

#include <stdlib.h>
#include <string.h>

/* A name that more than one module of a kind has. */
struct conflict {
    enum module_kind kind;
    const char *name; /* one of the modules' own */
};

static struct conflict *conflicts;
static char **conflict_texts; /* one for each */
static size_t conflict_count;

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
    const struct loaded_plugin *plugins;
    size_t plugin_count = plugins_loaded(&plugins);
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

const char *registry_conflict(enum module_kind kind, const char *name)
{
    for (size_t i = 0; i < conflict_count; i++)
        if (conflicts[i].kind == kind && text_equal(conflicts[i].name, name))
            return conflict_texts[i];
    return NULL;
}

const struct module *registry_find(enum module_kind kind, const char *name)
{
    if (registry_conflict(kind, name))
        return NULL;
    return visit_modules(is_wanted, &(struct wanted){kind, name});
}

struct listing {
    enum module_kind kind;
    bool with_conflicts;
    const struct module **modules;
    size_t count;
};

static bool append(const struct module *module, void *data)
{
    struct listing *listing = data;
    if (module->kind == listing->kind &&
        (listing->with_conflicts || !registry_conflict(module->kind, module->name))) {
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

static size_t list_modules(enum module_kind kind, bool with_conflicts,
                           const struct module ***modules)
{
    struct listing listing = {.kind = kind, .with_conflicts = with_conflicts};
    visit_modules(append, &listing);
    if (listing.count)
        qsort(listing.modules, listing.count, sizeof *listing.modules, by_name);
    *modules = listing.modules;
    return listing.count;
}

size_t registry_list(enum module_kind kind, const struct module ***modules)
{
    return list_modules(kind, false, modules);
}

static const struct loaded_plugin *plugin_of(const struct module *module)
{
    const struct loaded_plugin *plugins;
    size_t plugin_count = plugins_loaded(&plugins);
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

static void forget_conflicts(void)
{
    for (size_t i = 0; i < conflict_count; i++)
        memory_free(conflict_texts[i]);
    memory_free(conflicts);
    memory_free(conflict_texts);
    conflicts = NULL;
    conflict_texts = NULL;
    conflict_count = 0;
}

static void keep_conflict(const struct module *module, struct text *text)
{
    conflicts = memory_grow(conflicts, conflict_count + 1, sizeof *conflicts);
    conflict_texts = memory_grow(conflict_texts, conflict_count + 1, sizeof *conflict_texts);
    conflicts[conflict_count] = (struct conflict){module->kind, module->name};
    conflict_texts[conflict_count++] = text_take(text);
}

/* MODULES, COUNT of them, have the same name. */
static void add_conflict(const struct module *const *modules, size_t count)
{
    const struct module *module = modules[0];
    struct text text = {0};
    text_add_format(&text, "%s %s is there more than once (", module_kind_name(module->kind),
                    module->name);
    for (size_t i = 0; i < count; i++)
        text_add_format(&text, "%s%s", i ? " and " : "", registry_origin(modules[i]));
    text_add(&text, "): remove a plugin, or give its module another name");
    keep_conflict(module, &text);
}

static bool is_recurrent(const struct module *module, void *name)
{
    return module->kind == MODULE_LAYER && text_equal(module->name, name) &&
           ((const struct layer *)module)->recurrent;
}

/* A plugin's layer `bigru` is a duplicate, too: that name means gru in both directions. */
static void find_bidirectional_conflicts(void)
{
    const struct module **modules;
    size_t count = list_modules(MODULE_LAYER, false, &modules);
    for (size_t i = 0; i < count; i++) {
        const char *name = modules[i]->name;
        const struct module *inner = text_starts_with(name, "bi") && plugin_of(modules[i])
                                         ? visit_modules(is_recurrent, (void *)(name + 2))
                                         : NULL;
        if (!inner)
            continue;
        struct text text = {0};
        text_add_format(&text,
                        "layer %s is there more than once (%s and %s in both directions, %s): "
                        "remove a plugin, or give its module another name",
                        name, registry_origin(modules[i]), inner->name, registry_origin(inner));
        keep_conflict(modules[i], &text);
    }
    memory_free(modules);
}

static void find_conflicts(void)
{
    forget_conflicts();
    for (int kind = 0; kind < MODULE_KINDS; kind++) {
        const struct module **modules;
        size_t count = list_modules((enum module_kind)kind, true, &modules), end;
        for (size_t i = 0; i < count; i = end) {
            for (end = i + 1; end < count; end++)
                if (!text_equal(modules[i]->name, modules[end]->name))
                    break;
            if (end - i > 1)
                add_conflict(&modules[i], end - i);
        }
        memory_free(modules);
    }
    find_bidirectional_conflicts();
}

enum plugin_folder_state registry_search_folder(const char *folder, const char *source,
                                                bool is_named)
{
    return plugins_search(folder, source, is_named);
}

void registry_search(const char *list, const char *source)
{
    char *copy = memory_copy_text(list), *rest = copy;
    for (char *folder = strsep(&rest, ":"); folder; folder = strsep(&rest, ":"))
        if (*folder)
            registry_search_folder(folder, source, true);
    memory_free(copy);
}

void registry_load(module_check check)
{
    plugins_load(check);
    find_conflicts();
}

const char *const *registry_complaints(size_t *count)
{
    return plugins_complaints(count);
}

/* Does COMPLAINT, "FOLDER/FILE.so: WHAT", begin with FILE or have MODULE ("layer mgu") in it? */
static bool is_about(const char *complaint, const char *file, const char *module)
{
    const char *end = strstr(complaint, file), *named = strstr(complaint, module);
    while (end && (end == complaint || end[-1] != '/'))
        end = strstr(end + 1, file);
    return end || (named && !strchr("_-.", named[strlen(module)]));
}

const char *registry_complaint(enum module_kind kind, const char *name)
{
    size_t count;
    const char *const *complaints = plugins_complaints(&count), *found = NULL;
    char *file = text_format("%s.so: ", name);
    char *module = text_format("%s %s", module_kind_name(kind), name);
    for (size_t i = 0; i < count && !found; i++)
        if (is_about(complaints[i], file, module))
            found = complaints[i];
    memory_free(file);
    memory_free(module);
    return found;
}

const char *const *registry_conflicts(size_t *count)
{
    *count = conflict_count;
    return (const char *const *)conflict_texts;
}

const struct plugin_folder *registry_folders(size_t *count)
{
    return plugins_folders(count);
}

void registry_release(void)
{
    forget_conflicts();
    plugins_release();
}
