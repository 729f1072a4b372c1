/* What a plugin must be before anything of it is used. */
#ifndef UNROLL_MODULE_PLUGIN_CHECK_H
#define UNROLL_MODULE_PLUGIN_CHECK_H

#include "base/error.h"
#include "base/file.h"
#include "module/plugin.h"

/* Refuses a shared object of which a part is missing (disk full, copy under way): the loader would
 * map it and the program would die of SIGBUS. What is no ELF file at all is left to the loader. */
int plugin_check_file(const struct file_map *file, struct error *error);

/* Refuses a plugin of another interface, one of whose modules is incomplete, or that brings the
 * same module twice. The error does not name the file. */
int plugin_check(const struct plugin *plugin, struct error *error);

#endif
