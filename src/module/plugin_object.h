/* What a plugin's file must be before the loader, which runs its code, gets it. */
#ifndef UNROLL_MODULE_PLUGIN_OBJECT_H
#define UNROLL_MODULE_PLUGIN_OBJECT_H

#include "base/error.h"
#include "base/file.h"

/* Refuses a shared object
 * - of which a part is missing (disk full, copy under way): the loader would map it and the program
 *   would die of SIGBUS;
 * - for another processor;
 * - that does not export PLUGIN_SYMBOL, or exports more: a plugin's function that is called like
 *   one of the program would be replaced by that one in the plugin's own calls. Names that begin
 *   with an underscore are the compiler's and are passed over.
 * What is no ELF file at all is left to the loader, whose message says so. The error does not name
 * the file. */
int plugin_object_check(const struct file_map *file, struct error *error);

#endif
