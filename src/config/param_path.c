#include "config/param_path.h"

#include "base/memory.h"
#include "base/text.h"
#include "config/config.h"
#include "module/registry.h"

#include <string.h>

static const struct param *find_key(const struct param *table, const char *key)
{
    const struct param *param = param_find(table, key);
    const struct param *extra = table ? config_extra_keys(table) : NULL;
    return param ? param : param_find(extra, key);
}

/* Takes the next part off the path at *REST; NULL at its end. */
static const char *next_part(char **rest)
{
    return *rest ? strsep(rest, ".") : NULL;
}

/* A cell such as bilstm has the parameters of lstm. */
static const struct module *find_module(const struct param *param, const char *name)
{
    const struct module *module = registry_find(param->kind, name);
    if (!module && param->kind == MODULE_LAYER && text_starts_with(name, "bi"))
        module = registry_find(param->kind, name + 2);
    return module;
}

const struct param *param_at_path(const char *path)
{
    char *copy = memory_copy_text(path), *rest = copy;
    const struct param *table = config_table, *param = NULL;
    for (const char *key = next_part(&rest); key; key = next_part(&rest)) {
        param = find_key(table, key);
        table = NULL;
        if (!param)
            break;
        if (param->type == PARAM_SECTION)
            table = param->table;
        if (param->type == PARAM_MODULES && !next_part(&rest))
            break;
        bool is_module = param->type == PARAM_MODULE || param->type == PARAM_MODULES;
        const char *name = is_module ? next_part(&rest) : NULL;
        if (!name)
            continue;
        const struct module *module = find_module(param, name);
        table = module ? module->params : NULL;
        param = table && table->name ? table : NULL; /* where the path ends here */
        if (!param)
            break;
    }
    memory_free(copy);
    return param;
}
