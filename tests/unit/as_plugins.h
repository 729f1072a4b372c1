/* Some built-in modules count as plugins', for tests of what is said of those: link with
 * --wrap=registry_plugin_digest and --wrap=registry_origin. */
#ifndef UNROLL_TESTS_AS_PLUGINS_H
#define UNROLL_TESTS_AS_PLUGINS_H

#include "base/text.h"
#include "module/registry.h"

const char *__real_registry_plugin_digest(const struct module *module);
const char *__wrap_registry_plugin_digest(const struct module *module);
const char *__real_registry_origin(const struct module *module);
const char *__wrap_registry_origin(const struct module *module);

/* Only pointers are compared, for MODULE may be nonsense. */
static inline bool is_as_plugin(const struct module *module)
{
    return module && (module == registry_find(MODULE_LAYER, "gru") ||
                      module == registry_find(MODULE_LAYER, "dropout"));
}

const char *__wrap_registry_plugin_digest(const struct module *module)
{
    return is_as_plugin(module) ? "0123" : __real_registry_plugin_digest(module);
}

const char *__wrap_registry_origin(const struct module *module)
{
    return is_as_plugin(module) ? "p.so" : __real_registry_origin(module);
}

#endif
