#include "config/resolve.h"

#include "base/memory.h"
#include "config/choice.h"
#include "config/config.h"
#include "config/parse.h"
#include "config/resolving.h"
#include "config/value.h"
#include "module/hook.h"
#include "module/registry.h"

#include <stdio.h>
#include <string.h>

static const char *const init_origins[INIT_PRESETS] = {
    [INIT_TF1] = "init tf1", [INIT_KERAS] = "init keras", [INIT_PYTORCH] = "init pytorch"};

static void decode_table(struct resolving *resolving, const struct param *table, void *values,
                         const void *defaults, const struct node *mapping, const struct mark *where,
                         bool in_key, struct resolved *out);
static void decode_choice(struct resolving *resolving, enum module_kind kind,
                          const struct node *node, struct module_choice *choice, bool in_key,
                          struct resolved *out);

static void *field_of(void *values, const struct param *param)
{
    return (char *)values + param->offset;
}

static const void *default_of(const void *defaults, const struct param *param)
{
    return (const char *)defaults + param->offset;
}

static bool needs_parameters(const struct module *module)
{
    for (const struct param *param = module->params; param && param->name; param++)
        if (param->flags & PARAM_REQUIRED)
            return true;
    return false;
}

/* The module that NODE names, or NULL after an error. */
static const struct module *find_module(struct resolving *resolving, enum module_kind kind,
                                        const struct node *node)
{
    const char *name = choice_name(node);
    if (!name || !*name) {
        char *found = node->type == NODE_MAPPING
                          ? text_format("a mapping with %zu keys", node->count)
                          : node_describe(node);
        char *message = text_format("expected the name of one module (%s), found %s",
                                    module_kind_name(kind), found);
        resolving_report(resolving, &node->mark,
                         "write the name alone, or {name: {key: value}} with its parameters",
                         message);
        memory_free(message);
        memory_free(found);
        return NULL;
    }
    const struct module *module = registry_find(kind, name);
    if (!module) {
        resolving_report_module(resolving, kind, name, choice_mark(node));
        return NULL;
    }
    if (node->type == NODE_MAPPING && !node->items[0]->broken && node_is_empty(node->items[0])) {
        char *hint = text_format(needs_parameters(module) ? "write its parameters below `%s:`"
                                                          : "for its defaults write `%s` alone",
                                 name);
        char *message = text_format("nothing is said after `%s:`", name);
        resolving_report(resolving, choice_mark(node), hint, message);
        memory_free(message);
        memory_free(hint);
        return NULL;
    }
    return module;
}

static void copy_texts(struct text_list *list)
{
    char *const *items = list->items;
    list->items = memory_array(list->count, sizeof *list->items);
    for (size_t i = 0; i < list->count; i++)
        list->items[i] = memory_copy_text(items[i]);
}

/* Sets what VALUES, a copy of the defaults, would share with them. */
static void prepare(void *values, const struct param *table)
{
    for (const struct param *param = table; param && param->name; param++) {
        void *field = field_of(values, param);
        if (param->type == PARAM_TEXT || param->type == PARAM_PATH)
            *(char **)field = memory_copy_text(*(char **)field);
        else if (param->type == PARAM_TEXTS)
            copy_texts(field);
        else if (param->type == PARAM_SECTION)
            prepare(field, param->table);
        else if (param->type == PARAM_MODULE)
            *(struct module_choice *)field = (struct module_choice){0};
        else if (param->type == PARAM_MODULES)
            *(struct module_list *)field = (struct module_list){0};
    }
}

static void release_choice(struct module_choice *choice)
{
    if (choice->module && choice->params)
        resolve_release(choice->params, choice->module->params);
    memory_free(choice->params);
}

void resolve_release(void *values, const struct param *table)
{
    for (const struct param *param = table; param && param->name; param++) {
        void *field = field_of(values, param);
        struct module_list *list = field;
        if (param->type == PARAM_TEXT || param->type == PARAM_PATH) {
            memory_free(*(char **)field);
        } else if (param->type == PARAM_TEXTS) {
            value_release_texts(field);
        } else if (param->type == PARAM_SECTION) {
            resolve_release(field, param->table);
        } else if (param->type == PARAM_MODULE) {
            release_choice(field);
        } else if (param->type == PARAM_MODULES) {
            for (size_t i = 0; i < list->count; i++)
                release_choice(&list->items[i]);
            memory_free(list->items);
        }
    }
}

/* A module's parameters, all at their defaults; owns what prepare() makes it own. */
static void *new_params(const struct module *module)
{
    void *params = memory_new(module->params_size);
    if (module->defaults)
        memcpy(params, module->defaults, module->params_size);
    prepare(params, module->params);
    return params;
}

static void describe_module(struct resolved *out, const struct module *module,
                            const struct mark *mark)
{
    const char *digest = registry_plugin_digest(module);
    out->type = RESOLVED_MODULE;
    out->text = memory_copy_text(module->name);
    out->origin = mark_origin(mark);
    struct text version = {0};
    text_add(&version, "version ");
    text_add_integer(&version, module->version);
    text_add(&version, *digest ? " plugin " : "");
    text_add(&version, digest);
    out->version = text_take(&version);
}

static void describe_none(struct resolved *out, const char *origin)
{
    out->type = RESOLVED_VALUE;
    out->text = memory_copy_text("none");
    out->origin = memory_copy_text(origin);
}

/* NODE on one line, as YAML. */
static void add_flow(struct text *out, const struct node *node)
{
    bool is_list = node->type == NODE_LIST;
    if (node->type == NODE_SCALAR) {
        static const char *const simple = "abcdefghijklmnopqrstuvwxyz0123456789.E+-";
        if (!node->quoted && !node->text[strspn(node->text, simple)])
            text_add(out, node->text);
        else
            resolved_add_text(out, node->text);
        return;
    }
    text_add_char(out, is_list ? '[' : '{');
    for (size_t i = 0; i < node->count; i++) {
        text_add(out, i ? ", " : "");
        if (!is_list)
            resolved_add_text(out, node->keys[i]);
        text_add(out, is_list ? "" : ": ");
        add_flow(out, node->items[i]);
    }
    text_add_char(out, is_list ? ']' : '}');
}

static void describe_absent(struct resolved *out, const struct node *node)
{
    struct text text = {0};
    add_flow(&text, node);
    out->type = RESOLVED_VALUE;
    out->text = text_take(&text);
    out->origin = mark_origin(choice_mark(node));
}

static bool is_absent(struct resolving *resolving, enum module_kind kind, const struct node *node)
{
    const char *name = node->broken ? NULL : choice_name(node);
    return name && *name && resolving_lacks_module(resolving, kind, name);
}

/* Calls the module's check, unless it is spared or what it looks at is not all there. */
static void check_choice(struct resolving *resolving, const struct module_choice *choice,
                         const struct mark *mark)
{
    const struct module *module = choice->module;
    struct error error = {0};
    bool is_spared = resolving->spares_plugins && *registry_plugin_digest(module);
    bool is_incomplete = resolving->absent && resolving->absent->length;
    if (!module->check || is_spared || is_incomplete)
        return;
    HOOK(module);
    if (module->check(choice->params, &error)) {
        hook_failed(module, &error);
        resolving_report(resolving, mark, "", error.text);
    }
}

static void decode_choice(struct resolving *resolving, enum module_kind kind,
                          const struct node *node, struct module_choice *choice, bool in_key,
                          struct resolved *out)
{
    if (is_absent(resolving, kind, node)) {
        describe_absent(out, node);
        return;
    }
    const struct module *module = node->broken ? NULL : find_module(resolving, kind, node);
    if (!module) {
        describe_none(out, "default");
        return;
    }
    const struct mark *mark = choice_mark(node);
    struct node *parameters = choice_parameters(node, module);
    if (!parameters) {
        char *hint = text_format("write `%s` alone", module->name);
        resolving_report(resolving, &node->items[0]->mark, hint, "the module has no parameters");
        memory_free(hint);
        describe_none(out, "default");
        return;
    }
    size_t before = diagnostics_reported(resolving->diagnostics);
    void *defaults = memory_new(module->params_size);
    if (module->defaults)
        memcpy(defaults, module->defaults, module->params_size);
    choice->module = module;
    choice->params = new_params(module);
    describe_module(out, module, mark);
    size_t length = resolving_enter(resolving, module->name);
    static const struct param nothing[] = {{.name = NULL}};
    decode_table(resolving, module->params ? module->params : nothing, choice->params, defaults,
                 parameters, mark, in_key, out);
    if (diagnostics_reported(resolving->diagnostics) == before)
        check_choice(resolving, choice, mark);
    resolving_leave(resolving, length);
    memory_free(defaults);
    node_free(parameters);
}

static void decode_modules(struct resolving *resolving, const struct param *param,
                           struct module_list *list, const struct node *node, bool in_key,
                           struct resolved *out)
{
    out->type = RESOLVED_MODULES;
    if (node->type != NODE_LIST) {
        resolving_report_type(resolving, param, node,
                              "write a list: [a, b], or a line `- a` for each");
        return;
    }
    list->items = memory_array(node->count, sizeof *list->items);
    list->count = node->count;
    for (size_t i = 0; i < node->count; i++) {
        char index[32];
        snprintf(index, sizeof index, "%zu", i);
        size_t length = resolving_enter(resolving, index);
        struct resolved *item = resolved_add(out);
        item->in_key = in_key;
        decode_choice(resolving, param->kind, node->items[i], &list->items[i], in_key, item);
        resolving_leave(resolving, length);
    }
}

static void decode_section(struct resolving *resolving, const struct param *param, void *field,
                           const void *defaults, const struct node *node, const struct mark *where,
                           bool in_key, struct resolved *out)
{
    out->type = RESOLVED_SECTION;
    if (node && node->type != NODE_MAPPING) {
        if (!node->broken)
            resolving_report_type(resolving, param, node, "write its keys below it");
        return;
    }
    decode_table(resolving, param->table, field, defaults, node, where, in_key, out);
}

/* NODE gives the parameter a value; it comes from the config, or is a default in YAML. */
static void decode_given(struct resolving *resolving, const struct param *param, void *field,
                         const void *defaults, const struct node *node, bool in_key,
                         struct resolved *out)
{
    if (param->type == PARAM_MODULE && value_is_none(param, node)) {
        char *origin = mark_origin(&node->mark);
        describe_none(out, origin);
        memory_free(origin);
    } else if (param->type == PARAM_MODULE) {
        decode_choice(resolving, param->kind, node, field, in_key, out);
    } else if (param->type == PARAM_MODULES) {
        if (!node->broken)
            decode_modules(resolving, param, field, node, in_key, out);
    } else {
        value_decode(resolving, param, field, node);
        value_describe(out, param, field, defaults);
        out->origin = mark_origin(&node->mark);
    }
}

/* The parameter is not in the config. */
static void decode_default(struct resolving *resolving, const struct param *param, void *field,
                           const void *defaults, const struct mark *where, bool in_key,
                           struct resolved *out)
{
    const char *preset = resolving->init >= 0 ? param->preset[resolving->init] : NULL;
    const char *text = preset ? preset : param->fallback;
    const char *origin = preset ? init_origins[resolving->init] : "default";
    struct node *node = text ? parse_value(text, origin, resolving->diagnostics) : NULL;
    if (node) {
        decode_given(resolving, param, field, defaults, node, in_key, out);
    } else if (param->flags & PARAM_REQUIRED) {
        resolving_report_missing(resolving, param, where);
        describe_none(out, origin);
    } else if (param->type == PARAM_MODULE) {
        describe_none(out, origin);
    } else if (param->type == PARAM_MODULES) {
        out->type = RESOLVED_MODULES;
    } else {
        value_describe(out, param, field, defaults);
        out->origin = memory_copy_text(origin);
    }
    node_free(node);
}

static void decode_table(struct resolving *resolving, const struct param *table, void *values,
                         const void *defaults, const struct node *mapping, const struct mark *where,
                         bool in_key, struct resolved *out)
{
    for (size_t i = 0; mapping && i < mapping->count; i++)
        if (!param_find(table, mapping->keys[i]))
            resolving_report_key(resolving, table, mapping->keys[i], &mapping->key_marks[i]);
    for (const struct param *param = table; param->name; param++) {
        int index = node_find(mapping, param->name);
        const struct node *node = index < 0 ? NULL : mapping->items[index];
        const struct mark *mark = index < 0 ? where : &mapping->key_marks[index];
        void *field = field_of(values, param);
        const void *field_default = default_of(defaults, param);
        size_t length = resolving_enter(resolving, param->name);
        struct resolved *item = resolved_add(out);
        item->name = param->name;
        item->in_key = in_key && !(param->flags & PARAM_NOT_IN_KEY);
        if (param->type == PARAM_SECTION)
            decode_section(resolving, param, field, field_default, node, mark, item->in_key, item);
        else if (node)
            decode_given(resolving, param, field, field_default, node, item->in_key, item);
        else
            decode_default(resolving, param, field, field_default, mark, item->in_key, item);
        if (param->flags & PARAM_NONE_NOT_IN_KEY && item->type == RESOLVED_VALUE)
            item->in_key &= !text_equal(item->text, "none");
        resolving_leave(resolving, length);
    }
}

/* As resolve_table. RESOLVING is used up. */
static int resolve(struct resolving *resolving, void *values, size_t size, const void *defaults,
                   const struct param *table, const struct node *tree, struct resolved *resolved)
{
    struct resolved unwanted = {0}, *out = resolved ? resolved : &unwanted;
    size_t before = diagnostics_reported(resolving->diagnostics);
    memcpy(values, defaults, size);
    prepare(values, table);
    out->type = RESOLVED_SECTION;
    out->in_key = true;
    decode_table(resolving, table, values, defaults, tree, &tree->mark, true, out);
    resolved_release(&unwanted);
    text_release(&resolving->path);
    return diagnostics_reported(resolving->diagnostics) == before ? 0 : -1;
}

int resolve_table(void *values, size_t size, const void *defaults, const struct param *table,
                  const struct node *tree, int init, const char *path, struct resolved *resolved,
                  struct diagnostics *diagnostics)
{
    struct resolving resolving = {.diagnostics = diagnostics, .init = init};
    text_add(&resolving.path, path);
    return resolve(&resolving, values, size, defaults, table, tree, resolved);
}

int resolve_sparing_plugins(void *values, size_t size, const void *defaults,
                            const struct param *table, const struct node *tree, int init,
                            struct resolved *resolved, struct text *absent,
                            struct diagnostics *diagnostics)
{
    struct resolving resolving = {
        .diagnostics = diagnostics, .init = init, .spares_plugins = true, .absent = absent};
    return resolve(&resolving, values, size, defaults, table, tree, resolved);
}
