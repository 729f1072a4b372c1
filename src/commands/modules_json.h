/* `unroll modules` for programs. */
#ifndef UNROLL_COMMANDS_MODULES_JSON_H
#define UNROLL_COMMANDS_MODULES_JSON_H

#include "module/module.h"

#include <stddef.h>

/* Prints {"interface": "3.0", "modules": [...], "problems": [...]} with a final newline: the COUNT
 * MODULES with all their parameters and where they come from, and what is wrong with plugins. A
 * number without bounds has none, a parameter without a default has no "default", `none` is null.
 */
void modules_print_json(const struct module *const *modules, size_t count);

#endif
