#include "config/schema.h"

#include "base/memory.h"
#include "config/config.h"
#include "config/value.h"
#include "module/layer.h"
#include "module/registry.h"

#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* jansson's functions with _new in their names take over their argument. */

static json_t *table_schema(const struct param *table, const void *defaults);

static json_t *reference(const char *name)
{
    return json_pack("{s:s+}", "$ref", SCHEMA_DEFINITIONS, name);
}

static json_t *name_list(const char *const *names)
{
    json_t *list = json_array();
    for (; *names; names++)
        json_array_append_new(list, json_string(*names));
    return list;
}

static json_t *any_of(json_t *first, json_t *second)
{
    return json_pack("{s:[o,o]}", "anyOf", first, second);
}

static void add_bounds(json_t *schema, const struct param *param)
{
    if (param->minimum == 0 && param->maximum == 0)
        return;
    bool above = param->flags & PARAM_ABOVE_MINIMUM, below = param->flags & PARAM_BELOW_MAXIMUM;
    bool is_integer = param->type == PARAM_INTEGER;
    const double bounds[2] = {param->minimum, param->maximum};
    const char *const names[2] = {above ? "exclusiveMinimum" : "minimum",
                                  below ? "exclusiveMaximum" : "maximum"};
    for (int i = 0; i < 2; i++) {
        if (isinf(bounds[i]))
            continue;
        /* 2^63 stands for the largest integer, which a double cannot hold. */
        json_int_t whole = bounds[i] >= 0x1p63 ? INT64_MAX : (json_int_t)bounds[i];
        json_object_set_new(schema, names[i],
                            is_integer ? json_integer(whole) : json_real(bounds[i]));
    }
}

static json_t *set_schema(const struct param *param)
{
    json_t *names = name_list(param->choices);
    return any_of(json_pack("{s:O}", "enum", names),
                  json_pack("{s:s, s:{s:o}, s:i, s:b}", "type", "array", "items", "enum", names,
                            "minItems", 1, "uniqueItems", 1));
}

static json_t *names_schema(const char *const *names)
{
    return json_pack("{s:o}", "enum", name_list(names));
}

/* Any scalar is text: `name: 7`. */
json_t *schema_of_text(void)
{
    return json_pack("{s:[s,s,s]}", "type", "string", "number", "boolean");
}

/* What a value of PARAM can be, without description and default. DEFAULTS is for sections. */
static json_t *value_schema(const struct param *param, const void *defaults)
{
    json_t *schema = NULL;
    switch (param->type) {
    case PARAM_INTEGER:
    case PARAM_REAL:
        schema = json_pack("{s:s}", "type", param->type == PARAM_REAL ? "number" : "integer");
        add_bounds(schema, param);
        return schema;
    case PARAM_BOOLEAN:
        return json_pack("{s:s}", "type", "boolean");
    case PARAM_CHOICE:
        return names_schema(param->choices);
    case PARAM_SET:
        return set_schema(param);
    case PARAM_TEXT: /* the choices of a text are checked by who reads it */
        return param->choices ? names_schema(param->choices) : schema_of_text();
    case PARAM_TEXTS:
        return any_of(schema_of_text(),
                      json_pack("{s:s, s:o, s:i, s:b}", "type", "array", "items", schema_of_text(),
                                "minItems", 1, "uniqueItems", 1));
    case PARAM_PATH:
        return json_pack("{s:s, s:i}", "type", "string", "minLength", 1);
    case PARAM_SECTION:
        return table_schema(param->table, defaults);
    case PARAM_MODULE:
        return param == param_find(model_short_table, "cell")
                   ? reference("cell")
                   : reference(module_kind_name(param->kind));
    case PARAM_MODULES:
        return json_pack("{s:s, s:o, s:i}", "type", "array", "items",
                         reference(module_kind_name(param->kind)), "minItems", 1);
    }
    return NULL;
}

/* The default as JSON, or NULL where it cannot be said in one value. */
static json_t *default_json(const struct param *param, const void *field)
{
    bool is_module = param->type == PARAM_MODULE;
    if (is_module && param->fallback && *param->fallback != '{')
        return json_string(param->fallback);
    if (is_module || param->type == PARAM_MODULES || param->type == PARAM_SECTION || !field ||
        param->flags & PARAM_REQUIRED)
        return NULL;
    struct resolved value = {0};
    value_describe(&value, param, field, field);
    json_t *json = NULL;
    if (value.type == RESOLVED_SET) {
        json = json_array();
        for (size_t i = 0; i < value.count; i++)
            json_array_append_new(json, json_string(value.items[i].text));
    } else if (param->flags & PARAM_OPTIONAL) {
        json = json_string("none");
    } else if (param->type == PARAM_INTEGER) {
        json = json_integer(*(const int64_t *)field);
    } else if (param->type == PARAM_REAL) {
        json = json_real(*(const double *)field);
    } else if (param->type == PARAM_BOOLEAN) {
        json = json_boolean(*(const bool *)field);
    } else {
        json = json_string(value.text);
    }
    resolved_release(&value);
    return json;
}

static void add_description(json_t *schema, const struct param *param)
{
    static const char *const presets[INIT_PRESETS] = {"tf1", "keras", "pytorch"};
    struct text text = {0};
    text_add(&text, param->summary ? param->summary : "");
    if (param->unit)
        text_add_format(&text, " In %s.", param->unit);
    if (param->flags & PARAM_REQUIRED)
        text_add(&text, " Required.");
    if (param->fallback && *param->fallback == '{')
        text_add_format(&text, " Default: %s.", param->fallback);
    for (int i = 0; i < INIT_PRESETS; i++)
        if (param->preset[i])
            text_add_format(&text, " Default with init %s: %s.", presets[i], param->preset[i]);
    json_object_set_new(schema, "description", json_string(text_get(&text)));
    text_release(&text);
}

json_t *schema_of_param(const struct param *param, const void *defaults)
{
    const void *field = defaults ? (const char *)defaults + param->offset : NULL;
    json_t *schema = value_schema(param, field);
    if (param->flags & PARAM_OPTIONAL ||
        (param->type == PARAM_MODULE && !param->fallback && !(param->flags & PARAM_REQUIRED)))
        schema = any_of(schema, json_pack("{s:s}", "const", "none"));
    add_description(schema, param);
    json_t *value = default_json(param, field);
    if (value)
        json_object_set_new(schema, "default", value);
    return schema;
}

static void add_properties(json_t *properties, const struct param *table, const void *defaults)
{
    for (; table && table->name; table++)
        json_object_set_new(properties, table->name, schema_of_param(table, defaults));
}

/* [{"required": [NAME]}, ...] for each parameter of TABLE. */
static json_t *presence_of_each(const struct param *table)
{
    json_t *list = json_array();
    for (; table->name; table++)
        json_array_append_new(list, json_pack("{s:[s]}", "required", table->name));
    return list;
}

/* A mapping by TABLE. What is required is not said here: a base file may have it. */
static json_t *table_schema(const struct param *table, const void *defaults)
{
    const struct param *extra = table ? config_extra_keys(table) : NULL;
    json_t *properties = json_object();
    bool has_short_form = extra == model_short_table;
    add_properties(properties, extra, has_short_form ? &model_short_defaults : NULL);
    add_properties(properties, table, defaults);
    json_t *schema = json_pack("{s:s, s:b, s:o}", "type", "object", "additionalProperties", 0,
                               "properties", properties);
    if (has_short_form)
        json_object_set_new(
            schema, "dependentSchemas",
            json_pack("{s:{s:{s:o}}}", "stack", "not", "anyOf", presence_of_each(extra)));
    return schema;
}

/* The parameters of MODULE, or the first of them alone. */
static json_t *module_schema(const struct module *module)
{
    json_t *schema = table_schema(module->params, module->defaults);
    const struct param *first = module->params;
    if (first && first->name) {
        const void *field =
            module->defaults ? (const char *)module->defaults + first->offset : NULL;
        bool is_mapping = first->type == PARAM_SECTION || first->type == PARAM_MODULE;
        json_t *alone =
            is_mapping ? json_pack("{s:s}", "type", "string") : value_schema(first, field);
        if (first->flags & PARAM_OPTIONAL)
            alone = any_of(alone, json_pack("{s:s}", "const", "none"));
        schema = any_of(schema, alone);
    }
    json_object_set_new(schema, "description", json_string(module->summary));
    return schema;
}

/* One of some modules: NAMES as text, or a mapping with one of the keys of PROPERTIES. */
static json_t *choice_schema(json_t *names, json_t *properties)
{
    json_t *mapping =
        json_pack("{s:s, s:b, s:i, s:i, s:o}", "type", "object", "additionalProperties", 0,
                  "minProperties", 1, "maxProperties", 1, "properties", properties);
    return any_of(json_pack("{s:o}", "enum", names), mapping);
}

static json_t *kind_schema(enum module_kind kind)
{
    json_t *names = json_array(), *properties = json_object();
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(names, json_string(modules[i]->name));
        json_object_set_new(properties, modules[i]->name, module_schema(modules[i]));
    }
    memory_free(modules);
    return choice_schema(names, properties);
}

/* model.cell: recurrent layers, "bi" in front of their names, and what wraps them. */
static json_t *cell_schema(void)
{
    json_t *names = json_array(), *properties = json_object();
    const struct module **modules;
    size_t count = registry_list(MODULE_LAYER, &modules);
    for (size_t i = 0; i < count; i++) {
        const struct layer *layer = (const struct layer *)modules[i];
        char *both = text_format("bi%s", modules[i]->name);
        if (layer->recurrent) {
            json_array_append_new(names, json_string(modules[i]->name));
            json_object_set_new(properties, modules[i]->name, module_schema(modules[i]));
        }
        if (layer->recurrent && !registry_find(MODULE_LAYER, both)) {
            json_array_append_new(names, json_string(both));
            json_object_set_new(properties, both, module_schema(modules[i]));
        }
        if (!layer->recurrent && param_find(modules[i]->params, "of") &&
            param_find(modules[i]->params, "of")->type == PARAM_MODULE)
            json_object_set_new(properties, modules[i]->name, module_schema(modules[i]));
        memory_free(both);
    }
    memory_free(modules);
    return choice_schema(names, properties);
}

static json_t *required_names(const struct param *table)
{
    json_t *names = json_array();
    for (; table->name; table++)
        if (table->flags & PARAM_REQUIRED)
            json_array_append_new(names, json_string(table->name));
    return names;
}

/* What must be there in a file that starts from no other one. */
static json_t *completeness(const struct param *table)
{
    json_t *names = required_names(table), *properties = json_object();
    for (; table->name; table++) {
        if (table->type != PARAM_SECTION)
            continue;
        const struct param *extra = config_extra_keys(table->table);
        json_t *required = required_names(table->table);
        if (json_array_size(required) == 0) {
            json_decref(required);
            continue;
        }
        json_t *section = json_pack("{s:o}", "required", required);
        if (extra)
            section = any_of(section, json_pack("{s:o}", "required", required_names(extra)));
        json_array_append_new(names, json_string(table->name));
        json_object_set_new(properties, table->name, section);
    }
    return json_pack("{s:o, s:o}", "required", names, "properties", properties);
}

json_t *schema_of_whole_table(const struct param *table, const void *defaults)
{
    json_t *schema = table_schema(table, defaults);
    json_object_set_new(schema, "required", required_names(table));
    return schema;
}

json_t *schema_definitions(void)
{
    json_t *parts = json_object();
    for (int kind = 0; kind < MODULE_KINDS; kind++)
        json_object_set_new(parts, module_kind_name(kind), kind_schema(kind));
    json_object_set_new(parts, "cell", cell_schema());
    return parts;
}

json_t *schema_document(const char *title)
{
    return json_pack("{s:s, s:s}", "$schema", "https://json-schema.org/draft/2020-12/schema",
                     "title", title);
}

json_t *schema_of_config(void)
{
    return table_schema(config_table, &config_defaults);
}

void schema_add_text(json_t *document, struct text *out)
{
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    text_add(out, text ? text : "{}");
    text_add_char(out, '\n');
    free(text);
}

void schema_add_config(struct text *out)
{
    json_t *document = schema_document("A config of Unroll"), *schema = schema_of_config();
    json_object_update(document, schema);
    json_decref(schema);
    json_object_set_new(document, "if", json_pack("{s:{s:[s]}}", "not", "required", "base"));
    json_object_set_new(document, "then", completeness(config_table));
    json_object_set_new(document, "$defs", schema_definitions());
    schema_add_text(document, out);
    json_decref(document);
}
