/* Finds modules by kind and name: the built-in ones and those of plugins. */
#ifndef UNROLL_MODULE_REGISTRY_H
#define UNROLL_MODULE_REGISTRY_H

#include "base/error.h"
#include "module/module.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* The built-in modules, ends with NULL (module/builtins.c; a unit test may define its own). */
extern const struct module *const builtin_modules[];

/* The module, or NULL: where there is none, or more than one of this name (registry_conflict). */
const struct module *registry_find(enum module_kind kind, const char *name);

/* Where two plugins, or a plugin and the program, bring a module of the same name, or a plugin's
 * layer is called as another in both directions (`bigru`), none of them is used: which one is meant
 * would depend on the order of folders. Gives what is wrong, with both files and the remedy, or
 * NULL where all is well. */
const char *registry_conflict(enum module_kind kind, const char *name);

/* All modules of KIND by name, without those that registry_find does not give; the caller frees
 * *MODULES. Returns how many. */
size_t registry_list(enum module_kind kind, const struct module ***modules);

/* "built in", or the path of the plugin that brought it. */
const char *registry_origin(const struct module *module);

/* Content hash of the plugin file that brought MODULE, or "" for a built-in one. */
const char *registry_plugin_digest(const struct module *module);

/* "layer", "optimizer", ... as in `unroll modules KIND`; -1 for an unknown name. */
const char *module_kind_name(enum module_kind kind);
int module_kind_find(const char *name);

/* A folder that was named as one of plugins. */
enum plugin_folder_state {
    PLUGIN_FOLDER_SEARCHED,
    PLUGIN_FOLDER_ABSENT,
    PLUGIN_FOLDER_REFUSED,    /* somebody else may write there, or it is no folder */
    PLUGIN_FOLDER_UNREADABLE, /* for this user */
    PLUGIN_FOLDER_REPEATED,   /* searched before, maybe by another name */
};
struct plugin_folder {
    char *path;
    const char *source;
    enum plugin_folder_state state;
    size_t plugins; /* how many were loaded from it */
    dev_t device;   /* with inode: what it is; 0 where that is not known */
    ino_t inode;
};

/* Finds every .so of FOLDER for registry_load (a missing one is passed over, as are files whose
 * content is there already). Only files that this user or root owns and nobody else can write, in
 * such a folder, are taken (module/plugin_file.h). SOURCE (a constant) says who named the folder.
 * Nobody complains of an unreadable one unless it IS_NAMED by the user. */
enum plugin_folder_state registry_search_folder(const char *folder, const char *source,
                                                bool is_named);

/* The same for each of the colon-separated FOLDERS, which are named by the user. */
void registry_search(const char *folders, const char *source);

typedef int (*module_check)(const struct module *module, struct error *error);

/* Loads what was found, as it was then, alone and with all that it needs (RTLD_NOW | RTLD_LOCAL),
 * after a child process has tried it (module/plugin_trial.h); what it prints meanwhile goes to
 * stderr. CHECK (may be NULL) looks at each module, in the child, and refuses it by an error that
 * does not name it. A plugin that cannot be used stops nothing: what is wrong is kept for
 * registry_complaints. */
void registry_load(module_check check);

/* What went wrong while loading, one entry a plugin or folder; shown when a module is not found and
 * by `unroll modules` and `unroll doctor`. */
const char *const *registry_complaints(size_t *count);

/* What went wrong with the plugin that seems to have been meant by a module that is not there: its
 * file is called NAME.so, or the module is what was wrong with it. NULL where there is none. */
const char *registry_complaint(enum module_kind kind, const char *name);

/* The texts of all registry_conflict. */
const char *const *registry_conflicts(size_t *count);

/* All folders, in their order. */
const struct plugin_folder *registry_folders(size_t *count);

/* Unloads plugins; descriptors of plugins must not be used any more. */
void registry_release(void);

#endif
