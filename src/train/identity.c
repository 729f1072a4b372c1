#include "train/identity.h"

#include "base/memory.h"
#include "base/version.h"
#include "module/module.h"
#include "module/registry.h"

#include <stdio.h>
#include <string.h>

typedef void (*module_visitor)(const struct module *module, void *data);

static void visit_table(const struct param *table, const char *base, module_visitor visit,
                        void *data);

static void visit_choice(const struct module_choice *choice, module_visitor visit, void *data)
{
    if (!choice->module)
        return;
    visit(choice->module, data);
    visit_table(choice->module->params, choice->params, visit, data);
}

/* Visits every module that the struct at BASE, described by TABLE, names, in the table's order. */
static void visit_table(const struct param *table, const char *base, module_visitor visit,
                        void *data)
{
    for (; table && table->name; table++) {
        const void *field = base + table->offset;
        if (table->type == PARAM_SECTION)
            visit_table(table->table, field, visit, data);
        if (table->type == PARAM_MODULE)
            visit_choice(field, visit, data);
        if (table->type == PARAM_MODULES) {
            const struct module_list *list = field;
            for (size_t i = 0; i < list->count; i++)
                visit_choice(&list->items[i], visit, data);
        }
    }
}

static void add_module(const struct module *module, void *data)
{
    struct hash *hash = data;
    hash_add_text(hash, module_kind_name(module->kind));
    hash_add_text(hash, module->name);
    char version[16];
    snprintf(version, sizeof version, "%u", module->version);
    hash_add_text(hash, version);
    hash_add_text(hash, registry_plugin_digest(module));
}

void identity_key(const struct config *config, const char *digest, char key[HASH_TEXT_SIZE])
{
    struct hash *hash = hash_new();
    char engine[16];
    snprintf(engine, sizeof engine, "%d", UNROLL_NUMERICS);
    hash_add_text(hash, engine);
    hash_add_text(hash, config->canonical);
    hash_add_text(hash, digest);
    visit_table(config_table, (const char *)config, add_module, hash);
    hash_write(hash, key);
    hash_free(hash);
}

/* A module that is used more than once is named once. */
static void add_plugin(const struct module *module, void *data)
{
    struct text *text = data;
    const char *digest = registry_plugin_digest(module);
    if (!*digest)
        return;
    char *line = text_format("%s %s %u %s\n", module_kind_name(module->kind), module->name,
                             module->version, digest);
    if (!strstr(text_get(text), line))
        text_add(text, line);
    memory_free(line);
}

void identity_plugins(const struct config *config, struct text *text)
{
    visit_table(config_table, (const char *)config, add_plugin, text);
}

static void find_plugin(const struct module *module, void *data)
{
    bool *found = data;
    *found |= *registry_plugin_digest(module) != '\0';
}

bool identity_has_plugins(const struct config *config)
{
    bool found = false;
    visit_table(config_table, (const char *)config, find_plugin, &found);
    return found;
}
