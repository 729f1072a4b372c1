#include "commands/modules_json.h"

#include "config/value.h"
#include "module/registry.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const type_names[] = {
    [PARAM_INTEGER] = "integer", [PARAM_REAL] = "real",       [PARAM_BOOLEAN] = "boolean",
    [PARAM_CHOICE] = "choice",   [PARAM_SET] = "set",         [PARAM_TEXT] = "text",
    [PARAM_PATH] = "path",       [PARAM_TEXTS] = "texts",     [PARAM_SECTION] = "section",
    [PARAM_MODULE] = "module",   [PARAM_MODULES] = "modules",
};

static void set(json_t *object, const char *key, json_t *value)
{
    json_object_set_new(object, key, value);
}

/* NULL where the parameter has none: it is required, or a section. */
static json_t *default_value(const struct param *param, const void *field)
{
    if (param->flags & PARAM_REQUIRED || param->type == PARAM_SECTION)
        return NULL;
    if (param->type == PARAM_MODULE || param->type == PARAM_MODULES)
        return param->fallback ? json_string(param->fallback) : json_null();
    if (param->flags & PARAM_OPTIONAL)
        return json_null();
    if (param->type == PARAM_INTEGER)
        return json_integer(*(const int64_t *)field);
    if (param->type == PARAM_REAL)
        return json_real(*(const double *)field);
    if (param->type == PARAM_BOOLEAN)
        return json_boolean(*(const bool *)field);
    struct resolved value = {0};
    value_describe(&value, param, field, field);
    json_t *json = NULL;
    if (param->type == PARAM_SET || param->type == PARAM_TEXTS) {
        json = json_array();
        for (size_t i = 0; i < value.count; i++)
            json_array_append_new(json, json_string(value.items[i].text));
    } else {
        json = json_string(value.text ? value.text : "");
    }
    resolved_release(&value);
    return json;
}

static json_t *bound(const struct param *param, double value)
{
    return param->type == PARAM_INTEGER ? json_integer((json_int_t)value) : json_real(value);
}

/* The range of a number; the words of JSON Schema. */
static void set_bounds(json_t *object, const struct param *param)
{
    bool is_number = param->type == PARAM_INTEGER || param->type == PARAM_REAL;
    if (!is_number || (param->minimum == 0 && param->maximum == 0))
        return;
    set(object, param->flags & PARAM_ABOVE_MINIMUM ? "exclusiveMinimum" : "minimum",
        bound(param, param->minimum));
    set(object, param->flags & PARAM_BELOW_MAXIMUM ? "exclusiveMaximum" : "maximum",
        bound(param, param->maximum));
}

static void set_presets(json_t *object, const struct param *param)
{
    static const char *const names[INIT_PRESETS] = {"tf1", "keras", "pytorch"};
    json_t *presets = json_object();
    for (int i = 0; i < INIT_PRESETS; i++)
        if (param->preset[i])
            set(presets, names[i], json_string(param->preset[i]));
    if (json_object_size(presets))
        set(object, "presets", presets);
    else
        json_decref(presets);
}

static json_t *table_json(const struct param *table, const void *defaults);

static json_t *param_json(const struct param *param, const void *defaults)
{
    const void *field = (const char *)defaults + param->offset;
    json_t *object = json_object(), *value = default_value(param, field);
    set(object, "name", json_string(param->name));
    set(object, "type", json_string(type_names[param->type]));
    set(object, "required", json_boolean(param->flags & PARAM_REQUIRED));
    if (value)
        set(object, "default", value);
    set_bounds(object, param);
    if (param->unit)
        set(object, "unit", json_string(param->unit));
    if (param->type == PARAM_MODULE || param->type == PARAM_MODULES)
        set(object, "kind", json_string(module_kind_name(param->kind)));
    json_t *choices = json_array();
    for (int i = 0; param->choices && param->choices[i]; i++)
        json_array_append_new(choices, json_string(param->choices[i]));
    if (json_array_size(choices))
        set(object, "choices", json_incref(choices));
    json_decref(choices);
    set_presets(object, param);
    if (param->type == PARAM_SECTION)
        set(object, "parameters", table_json(param->table, field));
    set(object, "summary", json_string(param->summary));
    return object;
}

static json_t *table_json(const struct param *table, const void *defaults)
{
    json_t *list = json_array();
    for (const struct param *param = table; param && param->name; param++)
        json_array_append_new(list, param_json(param, defaults));
    return list;
}

static json_t *interface_json(uint32_t abi)
{
    return json_sprintf("%u.%u", abi >> 16, abi & 0xFFFF);
}

static json_t *module_json(const struct module *module)
{
    const char *digest = registry_plugin_digest(module);
    json_t *object = json_object();
    set(object, "kind", json_string(module_kind_name(module->kind)));
    set(object, "name", json_string(module->name));
    set(object, "version", json_integer(module->version));
    set(object, "interface", interface_json(module->abi));
    set(object, "file", *digest ? json_string(registry_origin(module)) : json_null());
    set(object, "digest", *digest ? json_string(digest) : json_null());
    set(object, "summary", json_string(module->summary));
    set(object, "parameters", table_json(module->params, module->defaults));
    return object;
}

static void add_texts(json_t *list, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(texts[i]));
}

void modules_print_json(const struct module *const *modules, size_t count)
{
    json_t *list = json_array(), *problems = json_array(), *whole = json_object();
    size_t complaint_count, conflict_count;
    const char *const *complaints = registry_complaints(&complaint_count);
    const char *const *conflicts = registry_conflicts(&conflict_count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, module_json(modules[i]));
    add_texts(problems, complaints, complaint_count);
    add_texts(problems, conflicts, conflict_count);
    set(whole, "interface", interface_json(MODULE_ABI));
    set(whole, "modules", list);
    set(whole, "problems", problems);
    json_dumpf(whole, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    putchar('\n');
    json_decref(whole);
}
