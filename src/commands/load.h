/* What several commands begin with: plugins, and a config from the command line. */
#ifndef UNROLL_COMMANDS_LOAD_H
#define UNROLL_COMMANDS_LOAD_H

#include "base/error.h"
#include "commands/options.h"
#include "config/config.h"

/* What --plugin-dir named, for load_modules: an option of every command that calls it. */
extern struct option_list load_plugin_folders;
#define OPTION_PLUGIN_DIR                                                                          \
    {                                                                                              \
        "plugin-dir", 0, OPTION_LIST, &load_plugin_folders, "FOLDER",                              \
            "Also look for plugins here; may be given more than once.", 0, 0, NULL                 \
    }

/* Loads the plugins, chooses the instruction set and readies the matrix library: for every command
 * that deals with modules. Plugins are looked for in the folders of --plugin-dir, each of which
 * must be there; then in those of $UNROLL_PLUGINS, in the user's folder
 * ($XDG_DATA_HOME/unroll/plugins, by default ~/.local/share/unroll/plugins), and last beside the
 * program (`plugins`, in a tree that is built), or, where there is no such folder, in the system's
 * (commands/prefix.h): a built program and an installed one have each their own. */
int load_modules(struct error *error);

/* Loads a config with its overrides. All errors are printed; -1 then comes with ERROR_USAGE and an
 * empty text, or, where PATH is an experiment, with one that says so instead. CONFIG must be
 * released in both cases. */
int load_config(struct config *config, const char *path, char **overrides, int count,
                struct error *error);

/* Whether WHAT, an argument that may be a config file or a run, means a file: one that is there, or
 * is called as one. */
bool load_is_file(const char *what);

#endif
