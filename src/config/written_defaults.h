/* Defaults that a parameter table writes as YAML (fallback, preset). Those of a plugin are looked
 * at when it is loaded: not before they are wanted would be in the middle of somebody's work. */
#ifndef UNROLL_CONFIG_WRITTEN_DEFAULTS_H
#define UNROLL_CONFIG_WRITTEN_DEFAULTS_H

#include "base/error.h"
#include "module/module.h"

/* Refuses a default of MODULE's that cannot be read as its parameter's type and range. Whether the
 * modules that one names are there is not asked: another plugin may bring them. */
int written_defaults_check(const struct module *module, struct error *error);

#endif
