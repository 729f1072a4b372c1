#include "config/schema_keys.h"

#include "base/memory.h"
#include "base/text.h"
#include "config/schema.h"

#include <string.h>

struct walk {
    json_t *keys, *patterns, *parts;
};

/* A schema, the dotted key that leads to it, and where it stands. */
struct place {
    json_t *schema;
    const char *key, *pointer;
    bool is_in_module;
};

static void visit(const struct walk *walk, const struct place *place);

/* All keys that begin with KEY, then a dot and REST, a regular expression. */
static void add_pattern(const struct walk *walk, const char *key, const char *rest)
{
    struct text pattern = {0};
    text_add_char(&pattern, '^');
    for (; *key; key++)
        text_add_format(&pattern, "%s%c", *key == '.' ? "\\" : "", *key);
    text_add_format(&pattern, "\\.%s", rest);
    json_object_set_new(walk->patterns, text_get(&pattern), json_true());
    text_release(&pattern);
}

/* The properties of PLACE's mapping, which are PROPERTIES. */
static void add_properties(const struct walk *walk, const struct place *place, json_t *properties)
{
    const char *name;
    json_t *schema;
    json_object_foreach(properties, name, schema)
    {
        char *key = text_format("%s%s%s", place->key, *place->key ? "." : "", name);
        char *pointer = text_format("%s/properties/%s", place->pointer, name);
        json_object_set_new(walk->keys, key, json_pack("{s:s}", "$ref", pointer));
        visit(walk, &(struct place){schema, key, pointer, place->is_in_module});
        memory_free(pointer);
        memory_free(key);
    }
}

/* The modules that PLACE may name, by REFERENCE, with their parameters. */
static void add_modules(const struct walk *walk, const struct place *place, const char *reference)
{
    if (place->is_in_module) {
        add_pattern(walk, place->key, "");
        return;
    }
    json_t *choice = json_object_get(walk->parts, reference + strlen(SCHEMA_DEFINITIONS));
    json_t *mapping = json_array_get(json_object_get(choice, "anyOf"), 1);
    char *pointer = text_format("%s/anyOf/1", reference);
    const struct place inner = {mapping, place->key, pointer, true};
    add_properties(walk, &inner, json_object_get(mapping, "properties"));
    memory_free(pointer);
}

static void visit(const struct walk *walk, const struct place *place)
{
    const char *reference = json_string_value(json_object_get(place->schema, "$ref"));
    if (reference)
        add_modules(walk, place, reference);
    if (json_object_get(json_object_get(place->schema, "items"), "$ref"))
        add_pattern(walk, place->key, "[0-9]+(\\.|$)");
    add_properties(walk, place, json_object_get(place->schema, "properties"));
    size_t index;
    json_t *either;
    json_array_foreach(json_object_get(place->schema, "anyOf"), index, either)
    {
        char *pointer = text_format("%s/anyOf/%zu", place->pointer, index);
        visit(walk, &(struct place){either, place->key, pointer, place->is_in_module});
        memory_free(pointer);
    }
}

void schema_keys_add(json_t *keys, json_t *patterns, json_t *schema, const char *pointer,
                     json_t *parts)
{
    const struct walk walk = {keys, patterns, parts};
    visit(&walk, &(struct place){schema, "", pointer, false});
}
