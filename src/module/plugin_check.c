#include "module/plugin_check.h"

#include "base/text.h"
#include "module/dataset.h"
#include "module/initializer.h"
#include "module/layer.h"
#include "module/loss.h"
#include "module/optimizer.h"
#include "module/plugin_params.h"
#include "module/registry.h"
#include "module/schedule.h"

#include <string.h>

enum { REQUIRED_LIMIT = 3 };

struct hook {
    const char *name;
    size_t offset;
};

#define HOOK(type, field)                                                                          \
    {                                                                                              \
#field, offsetof(type, field)                                                              \
    }

/* The functions that the kind's header marks as required. */
static const struct {
    size_t descriptor_size;
    struct hook required[REQUIRED_LIMIT + 1];
} kinds[MODULE_KINDS] = {
    [MODULE_LAYER] = {sizeof(struct layer),
                      {HOOK(struct layer, describe), HOOK(struct layer, forward),
                       HOOK(struct layer, backward)}},
    [MODULE_LOSS] = {sizeof(struct loss),
                     {HOOK(struct loss, evaluate), HOOK(struct loss, probabilities)}},
    [MODULE_OPTIMIZER] = {sizeof(struct optimizer),
                          {HOOK(struct optimizer, rate), HOOK(struct optimizer, update)}},
    [MODULE_SCHEDULE] = {sizeof(struct schedule), {HOOK(struct schedule, factor)}},
    [MODULE_DATASET] = {sizeof(struct dataset), {HOOK(struct dataset, open)}},
    [MODULE_INITIALIZER] = {sizeof(struct initializer), {HOOK(struct initializer, fill)}},
};

static int check_abi(const char *what, uint32_t abi, struct error *error)
{
    if (abi >> 16 == MODULE_ABI_MAJOR && (abi & 0xFFFF) <= MODULE_ABI_MINOR)
        return 0;
    return error_set(error, ERROR_FAILED,
                     "%s was built for module interface %u.%u, this program has %d.%d: "
                     "build the plugin again with this program's headers",
                     what, abi >> 16, abi & 0xFFFF, MODULE_ABI_MAJOR, MODULE_ABI_MINOR);
}

static bool has_function(const struct module *module, const struct hook *hook)
{
    void (*function)(void);
    memcpy(&function, (const char *)module + hook->offset, sizeof function);
    return function != NULL;
}

/* What the core would otherwise stumble over later. */
static int check_completeness(const struct module *module, const char *kind, struct error *error)
{
    if (!module->name || !*module->name)
        return error_set(error, ERROR_FAILED, "a %s lacks its name", kind);
    if (!plugin_name_is_valid(module->name))
        return error_set(error, ERROR_FAILED,
                         "%s `%s`: a name is lower-case letters, digits and `_`, a letter first, "
                         "and not none, null, true or false",
                         kind, module->name);
    if (!module->summary)
        return error_set(error, ERROR_FAILED, "%s %s lacks its summary", kind, module->name);
    if (module->params_size && !module->defaults)
        return error_set(error, ERROR_FAILED,
                         "%s %s lacks its defaults, although params_size is %zu", kind,
                         module->name, module->params_size);
    if (plugin_params_check(module, error))
        return error_prefix(error, "%s %s", kind, module->name);
    for (const struct hook *hook = kinds[module->kind].required; hook->name; hook++)
        if (!has_function(module, hook))
            return error_set(error, ERROR_FAILED, "%s %s lacks the function %s, which is required",
                             kind, module->name, hook->name);
    const struct layer *layer = (const struct layer *)module;
    if (module->kind == MODULE_LAYER && (unsigned)layer->lengths > LAYER_LENGTHS)
        return error_set(error, ERROR_FAILED, "layer %s: lengths is %d, which means nothing",
                         module->name, (int)layer->lengths);
    const struct schedule *schedule = (const struct schedule *)module;
    if (module->kind == MODULE_SCHEDULE && schedule->observe && !schedule->watches)
        return error_set(error, ERROR_FAILED,
                         "schedule %s lacks the function watches, which observe requires",
                         module->name);
    return 0;
}

static int check_module(const struct module *module, struct error *error)
{
    if (check_abi("the module", module->abi, error))
        return -1;
    if ((unsigned)module->kind >= MODULE_KINDS)
        return error_set(error, ERROR_FAILED, "unknown module kind %d", (int)module->kind);
    const char *kind = module_kind_name(module->kind);
    size_t size = kinds[module->kind].descriptor_size;
    if (module->descriptor_size != size)
        return error_set(error, ERROR_FAILED,
                         "%s %s: its descriptor has %u bytes, this program's has %zu: build the "
                         "plugin again with this program's headers",
                         kind, module->name ? module->name : "without a name",
                         module->descriptor_size, size);
    return check_completeness(module, kind, error);
}

int plugin_check(const struct plugin *plugin, struct error *error)
{
    if (check_abi("the plugin", plugin->abi, error))
        return -1;
    if (!plugin->modules || !*plugin->modules)
        return error_set(error, ERROR_FAILED, "brings no module: UNROLL_PLUGIN(...) lists them");
    for (const struct module *const *at = plugin->modules; *at; at++) {
        if (check_module(*at, error))
            return -1;
        for (const struct module *const *other = plugin->modules; other < at; other++)
            if ((*other)->kind == (*at)->kind && text_equal((*other)->name, (*at)->name))
                return error_set(error, ERROR_FAILED, "brings %s %s twice",
                                 module_kind_name((*at)->kind), (*at)->name);
    }
    return 0;
}
