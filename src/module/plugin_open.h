/* Loading a plugin's copy and finding its one symbol. */
#ifndef UNROLL_MODULE_PLUGIN_OPEN_H
#define UNROLL_MODULE_PLUGIN_OPEN_H

#include "base/error.h"
#include "module/plugin.h"

/* Loads COPY (struct plugin_file), which may be closed then. Its constructors run. *HANDLE, NULL
 * where it was not loaded, is closed by the caller, after an error too. The error does not name the
 * file. Not from several threads at a time. */
int plugin_open(int copy, void **handle, const struct plugin **plugin, struct error *error);

#endif
