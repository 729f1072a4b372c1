/* What several commands begin with: plugins, and a config from the command line. */
#ifndef UNROLL_COMMANDS_LOAD_H
#define UNROLL_COMMANDS_LOAD_H

#include "base/error.h"
#include "base/text.h"
#include "config/config.h"

/* Where plugins are looked for: $UNROLL_PLUGINS, then the folder `plugins` beside the program. */
void load_add_plugin_folders(struct text *folders);

/* Loads the plugins, chooses the instruction set and readies the matrix library: for every command
 * that deals with modules. */
int load_modules(struct error *error);

/* Loads a config with its overrides. All errors are printed; -1 then comes with ERROR_USAGE and an
 * empty text. CONFIG must be released in both cases. */
int load_config(struct config *config, const char *path, char **overrides, int count,
                struct error *error);

/* Whether WHAT, an argument that may be a config file or a run, means a file: one that is there, or
 * is called as one. */
bool load_is_file(const char *what);

#endif
