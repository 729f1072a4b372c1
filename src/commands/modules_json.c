#include "commands/modules_json.h"

#include "base/printable.h"
#include "config/value.h"
#include "module/registry.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

static const char *const type_names[] = {
    [PARAM_INTEGER] = "integer", [PARAM_REAL] = "real",       [PARAM_BOOLEAN] = "boolean",
    [PARAM_CHOICE] = "choice",   [PARAM_SET] = "set",         [PARAM_TEXT] = "text",
    [PARAM_PATH] = "path",       [PARAM_TEXTS] = "texts",     [PARAM_SECTION] = "section",
    [PARAM_MODULE] = "module",   [PARAM_MODULES] = "modules",
};

/* What somebody called a file, or wrote: not always UTF-8, which JSON is. */
static json_t *text_json(const char *text)
{
    struct text valid = {0};
    printable_add_valid(&valid, text);
    json_t *json = json_string(text_get(&valid));
    text_release(&valid);
    return json;
}

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
        return param->fallback ? text_json(param->fallback) : json_null();
    bool is_text = param->type == PARAM_TEXT || param->type == PARAM_PATH;
    if (param->flags & PARAM_OPTIONAL || (is_text && !*(char *const *)field))
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
            json_array_append_new(json, text_json(value.items[i].text));
    } else {
        json = text_json(value.text ? value.text : "");
    }
    resolved_release(&value);
    return json;
}

/* A bound that JSON can say; an infinite one is none. */
static void set_bound(json_t *object, const char *key, const struct param *param, double value)
{
    enum { LARGEST = 1 << 30 };
    if (!isfinite(value))
        return;
    bool is_whole = param->type == PARAM_INTEGER && fabs(value) < (double)LARGEST * LARGEST;
    set(object, key, is_whole ? json_integer((json_int_t)value) : json_real(value));
}

/* The range of a number; the words of JSON Schema. */
static void set_bounds(json_t *object, const struct param *param)
{
    bool is_number = param->type == PARAM_INTEGER || param->type == PARAM_REAL;
    if (!is_number || (param->minimum == 0 && param->maximum == 0))
        return;
    set_bound(object, param->flags & PARAM_ABOVE_MINIMUM ? "exclusiveMinimum" : "minimum", param,
              param->minimum);
    set_bound(object, param->flags & PARAM_BELOW_MAXIMUM ? "exclusiveMaximum" : "maximum", param,
              param->maximum);
}

static void set_presets(json_t *object, const struct param *param)
{
    static const char *const names[INIT_PRESETS] = {"tf1", "keras", "pytorch"};
    json_t *presets = json_object();
    for (int i = 0; i < INIT_PRESETS; i++)
        if (param->preset[i])
            set(presets, names[i], text_json(param->preset[i]));
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
    set(object, "name", text_json(param->name));
    set(object, "type", text_json(type_names[param->type]));
    set(object, "required", json_boolean(param->flags & PARAM_REQUIRED));
    if (value)
        set(object, "default", value);
    set_bounds(object, param);
    if (param->unit)
        set(object, "unit", text_json(param->unit));
    if (param->type == PARAM_MODULE || param->type == PARAM_MODULES)
        set(object, "kind", text_json(module_kind_name(param->kind)));
    json_t *choices = json_array();
    for (int i = 0; param->choices && param->choices[i]; i++)
        json_array_append_new(choices, text_json(param->choices[i]));
    if (json_array_size(choices))
        set(object, "choices", json_incref(choices));
    json_decref(choices);
    set_presets(object, param);
    if (param->type == PARAM_SECTION)
        set(object, "parameters", table_json(param->table, field));
    set(object, "summary", text_json(param->summary));
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
    set(object, "kind", text_json(module_kind_name(module->kind)));
    set(object, "name", text_json(module->name));
    set(object, "version", json_integer(module->version));
    set(object, "interface", interface_json(module->abi));
    set(object, "file", *digest ? text_json(registry_origin(module)) : json_null());
    set(object, "digest", *digest ? text_json(digest) : json_null());
    set(object, "summary", text_json(module->summary));
    set(object, "parameters", table_json(module->params, module->defaults));
    return object;
}

static void add_texts(json_t *list, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, text_json(texts[i]));
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
