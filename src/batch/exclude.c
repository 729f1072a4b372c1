#include "batch/exclude.h"

#include "base/memory.h"
#include "base/text.h"
#include "batch/file_key.h"
#include "batch/swept_value.h"
#include "config/schema.h"

#include <stdint.h>

/* One thing that a point must have: a value of a key. */
struct condition {
    const struct sweep_key *key;
    char *text; /* of the value, owned */
};

struct exclude_rule {
    struct mark mark;
    size_t variant; /* that it speaks of; SIZE_MAX: all */
    struct condition *conditions;
    size_t count;
    bool is_used, is_broken;
};

static const struct file_key variant_key = {.name = "variant",
                                            .summary = "Leaves out trials of this variant only.",
                                            .form = "text; default all variants"};
static const struct file_key path_key = {
    .name = "KEY.PATH",
    .summary = "Leaves out trials in which this swept key has this value.",
    .form = "one of the values that the sweep has"};
static const struct file_key *const exclude_keys[] = {&variant_key, &path_key, NULL};

static json_t *exclude_schema(void)
{
    json_t *variant = schema_of_text();
    json_object_set_new(variant, "description", json_string(variant_key.summary));
    json_t *rule =
        json_pack("{s:s, s:i, s:{s:o}, s:{s:[{s:s}, {s:s}]}}", "type", "object", "minProperties", 1,
                  "properties", variant_key.name, variant, "propertyNames", "anyOf", "const",
                  variant_key.name, "$ref", SCHEMA_SWEPT_KEY);
    return json_pack("{s:s, s:o, s:i}", "type", "array", "items", rule, "minItems", 1);
}

const struct file_key exclude_key = {
    .name = "exclude",
    .summary = "Points of the sweep that are left out: those that have all that an entry says.",
    .form = "list of mappings with the keys below; default none",
    .keys = exclude_keys,
    .schema = exclude_schema};

static void complain_of_name(const char *name, const struct mark *mark, const char *path,
                             const char *what, const char *const *names, size_t count,
                             struct diagnostics *diagnostics)
{
    const char *nearest = text_nearest(name, names, count);
    char *hint = nearest ? text_format("did you mean `%s`?", nearest) : NULL;
    diagnostics_add(diagnostics, mark, path, hint, "`%s` is not %s", name, what);
    memory_free(hint);
}

static int read_variant(struct exclude_rule *rule, const struct node *node,
                        const char *const *names, size_t count, struct diagnostics *diagnostics)
{
    if (node->type != NODE_SCALAR) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, "exclude.variant",
                        "write an entry for each variant", "expected a variant's name, found %s",
                        found);
        memory_free(found);
        return -1;
    }
    for (size_t i = 0; i < count; i++)
        if (text_equal(names[i], node->text)) {
            rule->variant = i;
            return 0;
        }
    complain_of_name(node->text, &node->mark, "exclude.variant", "a variant", names, count,
                     diagnostics);
    return -1;
}

static int read_condition(struct exclude_rule *rule, const struct sweep *sweep, const char *path,
                          const struct mark *mark, const struct node *value,
                          struct diagnostics *diagnostics)
{
    const struct sweep_key *key = sweep_find(sweep, path);
    if (!key) {
        const char *paths[SWEEP_KEYS];
        for (size_t i = 0; i < sweep->key_count; i++)
            paths[i] = sweep->keys[i].path;
        complain_of_name(path, mark, "exclude", "swept", paths, sweep->key_count, diagnostics);
        return -1;
    }
    struct text text = {0};
    swept_value_add_text(value, &text);
    for (size_t i = 0; i < key->count; i++)
        if (text_equal(key->texts[i], text_get(&text))) {
            rule->conditions[rule->count++] = (struct condition){key, text_take(&text)};
            return 0;
        }
    diagnostics_add(diagnostics, &value->mark, path,
                    "write a value as the sweep has it; `unroll batch --dry-run` without `exclude` "
                    "lists them",
                    "the sweep has no value %s", text_get(&text));
    text_release(&text);
    return -1;
}

static void read_rule(struct exclude_rule *rule, const struct node *node, const struct sweep *sweep,
                      const char *const *names, size_t count, struct diagnostics *diagnostics)
{
    *rule = (struct exclude_rule){.mark = node->mark, .variant = SIZE_MAX, .is_broken = true};
    if (node->type != NODE_MAPPING || node->count == 0) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, "exclude",
                        "write for example {variant: rnn, model.units: 128}",
                        "expected a variant or values to leave out, found %s", found);
        memory_free(found);
        return;
    }
    size_t errors = diagnostics_reported(diagnostics);
    rule->conditions = memory_array(node->count, sizeof *rule->conditions);
    for (size_t i = 0; i < node->count; i++) {
        if (text_equal(node->keys[i], variant_key.name))
            read_variant(rule, node->items[i], names, count, diagnostics);
        else
            read_condition(rule, sweep, node->keys[i], &node->key_marks[i], node->items[i],
                           diagnostics);
    }
    rule->is_broken = diagnostics_reported(diagnostics) != errors;
}

void exclude_read(struct exclude *exclude, const struct node *node, const struct sweep *sweep,
                  const char *const *names, size_t count, struct diagnostics *diagnostics)
{
    *exclude = (struct exclude){.sweep = sweep};
    if (!node)
        return;
    if (node->type != NODE_LIST || node->count == 0) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, "exclude",
                        "write [{variant: rnn, model.units: 128}]",
                        "expected a list of what to leave out, found %s", found);
        memory_free(found);
        return;
    }
    if (sweep->key_count == 0) {
        diagnostics_add(diagnostics, &node->mark, "exclude", "leave out the variant itself",
                        "there is no sweep of which something could be left out");
        return;
    }
    exclude->rules = memory_array(node->count, sizeof *exclude->rules);
    exclude->count = node->count;
    for (size_t i = 0; i < node->count; i++)
        read_rule(&exclude->rules[i], node->items[i], sweep, names, count, diagnostics);
}

void exclude_release(struct exclude *exclude)
{
    for (size_t i = 0; i < exclude->count; i++) {
        for (size_t j = 0; j < exclude->rules[i].count; j++)
            memory_free(exclude->rules[i].conditions[j].text);
        memory_free(exclude->rules[i].conditions);
    }
    memory_free(exclude->rules);
    *exclude = (struct exclude){0};
}

static bool rule_has(const struct exclude_rule *rule, size_t variant, size_t point)
{
    if (rule->is_broken || (rule->variant != SIZE_MAX && rule->variant != variant))
        return false;
    for (size_t i = 0; i < rule->count; i++) {
        const struct condition *condition = &rule->conditions[i];
        size_t value = sweep_value(condition->key, point);
        if (!text_equal(condition->key->texts[value], condition->text))
            return false;
    }
    return true;
}

bool exclude_has(struct exclude *exclude, size_t variant, size_t point)
{
    bool result = false;
    for (size_t i = 0; i < exclude->count; i++) {
        bool has = rule_has(&exclude->rules[i], variant, point);
        exclude->rules[i].is_used |= has;
        result |= has;
    }
    return result;
}

void exclude_check_use(const struct exclude *exclude, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < exclude->count; i++)
        if (!exclude->rules[i].is_used && !exclude->rules[i].is_broken)
            diagnostics_add(diagnostics, &exclude->rules[i].mark, "exclude",
                            "paired values come only together; correct it or leave it out",
                            "no trial has all of this");
}
