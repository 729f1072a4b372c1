/* What a loaded plugin must say of itself before anything of it is used. */
#ifndef UNROLL_MODULE_PLUGIN_CHECK_H
#define UNROLL_MODULE_PLUGIN_CHECK_H

#include "base/error.h"
#include "module/plugin.h"

/* Refuses a plugin of another interface, one of whose modules is incomplete, or that brings the
 * same module twice. The error does not name the file. */
int plugin_check(const struct plugin *plugin, struct error *error);

#endif
