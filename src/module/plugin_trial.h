/* Loading a plugin runs its code, and so does unloading it; its descriptors point wherever it says.
 * One that is damaged or wrong must not end every command of this program, so that a child loads it
 * first. */
#ifndef UNROLL_MODULE_PLUGIN_TRIAL_H
#define UNROLL_MODULE_PLUGIN_TRIAL_H

#include "module/registry.h"

#include <stdbool.h>
#include <stddef.h>

/* Seconds that all plugins together may take. */
enum { PLUGIN_TRIAL_SECONDS = 5 };

struct plugin_trial {
    int copy; /* what is tried (struct plugin_file) */
    bool is_refused;
    struct error error; /* why; it does not name the file */
};

/* Loads each of TRIALS, looks at its descriptors (plugin_check) and unloads it: all in one child
 * while all goes well. Where that one crashes, ends or does not come back in time, each in a child
 * of its own, all at once, so that the one is found; nobody waits longer than twice
 * PLUGIN_TRIAL_SECONDS. CHECK (may be NULL) looks at each module, too. What the children print goes
 * nowhere. */
void plugin_trials_run(struct plugin_trial *trials, size_t count, module_check check);

#endif
