/* Finds modules by kind and name: the built-in ones and those of plugins. */
#ifndef UNROLL_MODULE_REGISTRY_H
#define UNROLL_MODULE_REGISTRY_H

#include "base/error.h"
#include "module/module.h"

#include <stddef.h>

/* The built-in modules, ends with NULL (module/builtins.c; a unit test may define its own). */
extern const struct module *const builtin_modules[];

/* The module, or NULL. */
const struct module *registry_find(enum module_kind kind, const char *name);

/* All modules of KIND by name; the caller frees *MODULES. Returns how many. */
size_t registry_list(enum module_kind kind, const struct module ***modules);

/* "built in", or the path of the plugin that brought it. */
const char *registry_origin(const struct module *module);

/* Content hash of the plugin file that brought MODULE, or "" for a built-in one. */
const char *registry_plugin_digest(const struct module *module);

/* "layer", "optimizer", ... as in `unroll modules KIND`; -1 for an unknown name. */
const char *module_kind_name(enum module_kind kind);
int module_kind_find(const char *name);

/* Loads every .so of the colon-separated FOLDERS (missing ones are passed over, as are files that
 * are loaded already). A plugin that cannot be used does not stop the others: what is wrong is kept
 * for registry_complaints. */
void registry_load(const char *folders);

/* What went wrong while loading, one entry a plugin or folder; shown when a module is not found and
 * by `unroll modules` and `unroll doctor`. */
const char *const *registry_complaints(size_t *count);

/* Unloads plugins; descriptors of plugins must not be used any more. */
void registry_release(void);

#endif
