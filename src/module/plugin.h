/* The one symbol that a plugin exports: a list of its modules' descriptors, ends with NULL.
 *     UNROLL_PLUGIN(&minimal_gated_unit.module); */
#ifndef UNROLL_MODULE_PLUGIN_H
#define UNROLL_MODULE_PLUGIN_H

#include "module/module.h"

struct plugin {
    uint32_t abi; /* MODULE_ABI; first member, compared before anything else is read */
    const struct module *const *modules;
};

#define PLUGIN_SYMBOL "unroll_plugin"

#define UNROLL_PLUGIN(...)                                                                         \
    static const struct module *const plugin_modules[] = {__VA_ARGS__, NULL};                      \
    __attribute__((visibility("default")))                                                         \
    const struct plugin unroll_plugin = {.abi = MODULE_ABI, .modules = plugin_modules}

#endif
