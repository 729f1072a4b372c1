/* A plugin may run code of its own while it is loaded (constructors). One that crashes or never
 * ends there must not end every command of this program, so that it is loaded by a child first. */
#ifndef UNROLL_MODULE_PLUGIN_TRIAL_H
#define UNROLL_MODULE_PLUGIN_TRIAL_H

#include "base/error.h"

/* Seconds that loading may take. */
enum { PLUGIN_TRIAL_SECONDS = 10 };

/* Loads the shared object NAME in a child process, whose output goes nowhere, and says what became
 * of the child: an error where it crashed, ended, or did not come back. What the loader itself
 * refuses is no error here, nor is it where no child can be had. */
int plugin_trial(const char *name, struct error *error);

#endif
