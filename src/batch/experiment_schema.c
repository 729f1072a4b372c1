#include "batch/experiment_schema.h"

#include "batch/file_key.h"
#include "batch/sweep.h"
#include "config/schema.h"
#include "config/schema_keys.h"

/* jansson's functions with _new in their names take over their argument. */

/* All of KEY with its description. */
static json_t *key_schema(const struct file_key *key)
{
    if (key->param)
        return key->schema ? key->schema() : schema_of_param(key->param, key->defaults);
    json_t *schema = key->schema();
    json_object_set_new(schema, "description", json_string(key->summary));
    return schema;
}

/* Lists of values of KEYS [dotted key -> reference]. */
static json_t *swept_schema(json_t *keys)
{
    json_t *properties = json_object(), *value;
    const char *key;
    json_object_foreach(keys, key, value)
        json_object_set_new(properties, key, json_pack("{s:O}", "items", value));
    return json_pack("{s:o}", "properties", properties);
}

/* Any of KEYS, or what PATTERNS say. */
static json_t *names_schema(json_t *keys, json_t *patterns)
{
    json_t *names = json_array(), *choices = json_array(), *value;
    const char *key;
    json_object_foreach(keys, key, value) json_array_append_new(names, json_string(key));
    json_array_append_new(choices, json_pack("{s:o}", "enum", names));
    json_object_foreach(patterns, key, value)
        json_array_append_new(choices, json_pack("{s:s}", "pattern", key));
    return json_pack("{s:o}", "anyOf", choices);
}

/* The config's parts, and the dotted keys that lead into them. */
static json_t *definitions(void)
{
    json_t *parts = schema_definitions();
    json_t *config = schema_of_config(), *keys = json_object(), *patterns = json_object();
    schema_keys_add(keys, patterns, config, "#/$defs/config", parts);
    json_object_del(keys, "seed"); /* refuse_seed() */
    json_object_del(keys, "base"); /* a config file's alone */
    json_t *changes = json_pack("{s:s, s:b, s:O, s:O}", "type", "object", "additionalProperties", 0,
                                "patternProperties", patterns, "properties", keys);
    json_t *sweepable = json_object(), *value;
    const char *key;
    json_object_foreach(keys, key, value) if (!sweep_refuses(key))
        json_object_set(sweepable, key, value);
    json_object_set_new(parts, "config", config);
    json_object_set_new(parts, "reported", reported_figures_schema());
    json_object_set_new(parts, "changes", changes);
    json_object_set_new(parts, "swept", swept_schema(sweepable));
    json_object_set_new(parts, "swept_key", names_schema(sweepable, patterns));
    json_decref(sweepable);
    json_decref(keys);
    json_decref(patterns);
    return parts;
}

void schema_add_experiment(struct text *out)
{
    json_t *document = schema_document("An experiment of Unroll"), *properties = json_object();
    for (const struct file_key *const *key = experiment_keys; *key; key++)
        json_object_set_new(properties, file_key_name(*key), key_schema(*key));
    json_t *rest = json_pack("{s:s, s:b, s:[s], s:[{s:[s]}, {s:[s]}]}", "type", "object",
                             "additionalProperties", 0, "required", "base", "anyOf", "required",
                             "variants", "required", "sweep");
    json_object_update(document, rest);
    json_decref(rest);
    json_object_set_new(document, "properties", properties);
    json_object_set_new(document, "$defs", definitions());
    schema_add_text(document, out);
    json_decref(document);
}
