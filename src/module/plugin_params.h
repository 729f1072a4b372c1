/* Whether a plugin's parameter table can be trusted to describe its struct. */
#ifndef UNROLL_MODULE_PLUGIN_PARAMS_H
#define UNROLL_MODULE_PLUGIN_PARAMS_H

#include "base/error.h"
#include "module/module.h"

/* Refuses a table that the core would read or write past the parameters' end with, or that it
 * cannot print: an entry outside of params_size, without a summary or choices, of an unknown type,
 * with a name that YAML or a path cannot have, a range that is none, a default outside of it, or
 * twice the same name. The error does not name the
 * module. */
int plugin_params_check(const struct module *module, struct error *error);

/* Whether NAME is one that a config can say: lower-case letters, digits and `_`, a letter first,
 * and not `none`, which means no module, nor a word that is no text in YAML: null, true, false. */
bool plugin_name_is_valid(const char *name);

#endif
