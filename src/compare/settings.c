#include "compare/settings.h"

#include "base/memory.h"
#include "base/text.h"
#include "config/config.h"
#include "config/contract.h"
#include "config/diagnostics.h"
#include "config/parse.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

void settings_release(struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++)
        memory_free(settings->values[i]);
    memory_free(settings->values);
    names_release(&settings->keys);
    *settings = (struct settings){0};
}

void settings_set(struct settings *settings, const char *key, const char *value)
{
    size_t place = names_add(&settings->keys, key), count = settings->count;
    if (place < count) {
        memory_free(settings->values[place]);
    } else {
        if ((count & (count - 1)) == 0) /* the capacity is the next power of two */
            settings->values =
                memory_grow(settings->values, count ? 2 * count : 1, sizeof *settings->values);
        settings->count++;
    }
    settings->values[place] = memory_copy_text(value);
}

void settings_copy(struct settings *to, const struct settings *from)
{
    for (size_t i = 0; i < from->count; i++)
        settings_set(to, from->keys.items[i], from->values[i]);
}

const char *settings_get(const struct settings *settings, const char *key)
{
    size_t place = names_find(&settings->keys, key);
    return place < settings->count ? settings->values[place] : NULL;
}

static bool is_set(const struct node *list)
{
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i]->type != NODE_SCALAR)
            return false;
    return true;
}

/* "[validation, test]" */
static void add_set(struct settings *settings, const char *path, const struct node *set)
{
    struct text text = {0};
    for (size_t i = 0; i < set->count; i++)
        text_add_format(&text, "%s%s", i ? ", " : "[", set->items[i]->text);
    text_add(&text, set->count ? "]" : "[]");
    settings_set(settings, path, text_get(&text));
    text_release(&text);
}

/* The name of the module that NODE chooses, or NULL: a mapping with one key, which holds a mapping.
 * No section of a config has this shape. */
static const char *module_name(const struct node *node)
{
    bool is_choice =
        node->type == NODE_MAPPING && node->count == 1 && node->items[0]->type == NODE_MAPPING;
    return is_choice ? node->keys[0] : NULL;
}

/* Adds all that NODE says; it stands at PATH, which is the same again afterwards. */
static void add_node(struct settings *settings, struct text *path, const struct node *node)
{
    size_t length = path->length;
    const char *module = length > 0 ? module_name(node) : NULL;
    if (node->type == NODE_SCALAR)
        settings_set(settings, text_get(path), node->text);
    else if (node->type == NODE_LIST && is_set(node))
        add_set(settings, text_get(path), node);
    else if (module)
        settings_set(settings, text_get(path), module);
    for (size_t i = 0; i < node->count && !(node->type == NODE_LIST && is_set(node)); i++) {
        text_add(path, length ? "." : "");
        if (node->type == NODE_LIST)
            text_add_integer(path, (int64_t)i);
        else
            text_add(path, node->keys[i]);
        add_node(settings, path, node->items[i]);
        path->data[path->length = length] = '\0';
    }
}

/* What a later version added without changing the keys of the runs before it: a config that does
 * not say it is the same as one that says `none`. PATH is that of TABLE, and the same again
 * afterwards.
 */
static void add_later_keys(struct settings *settings, struct text *path, const struct param *table)
{
    size_t length = path->length;
    for (const struct param *param = table; param->name; param++) {
        text_add_format(path, "%s%s", length ? "." : "", param->name);
        if (param->type == PARAM_SECTION)
            add_later_keys(settings, path, param->table);
        else if (param->flags & PARAM_NONE_NOT_IN_KEY && !settings_get(settings, text_get(path)))
            settings_set(settings, text_get(path), "none");
        path->data[path->length = length] = '\0';
    }
}

static void add_config(struct settings *settings, const struct node *tree)
{
    struct text path = {0};
    struct node *brief = contract_model(node_get(tree, "model"));
    add_node(settings, &path, tree);
    add_later_keys(settings, &path, config_table);
    if (brief) {
        text_add(&path, "model");
        add_node(settings, &path, brief);
    }
    node_free(brief);
    text_release(&path);
}

int settings_read(struct settings *settings, const char *config, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = parse_text("config", config, strlen(config), diagnostics);
    int result = 0;
    *settings = (struct settings){0};
    if (diagnostics_count(diagnostics) > 0) {
        result = diagnostics_error(diagnostics, error);
        if (error)
            error->code = ERROR_DATA;
    } else if (!tree || tree->type != NODE_MAPPING) {
        result = error_set(error, ERROR_DATA, "config: expected keys with values");
    } else {
        add_config(settings, tree);
    }
    node_free(tree);
    diagnostics_free(diagnostics);
    return result;
}

/* Whether TEXT is a number; *WHOLE and *IS_WHOLE where it is one of 64 bits. */
static bool read_number(const char *text, double *number, int64_t *whole, bool *is_whole)
{
    char *end;
    bool is_infinite = text_equal(text, "inf") || text_equal(text, "-inf");
    if (!*text || (!is_infinite && text[strspn(text, "0123456789.eE+-")] != '\0'))
        return false;
    errno = 0;
    *whole = strtoll(text, &end, 10);
    *is_whole = *end == '\0' && errno == 0;
    *number = strtod(text, &end);
    return *end == '\0';
}

/* Whether both are numbers; *ORDER is then the sign of their difference. */
static bool order_numbers(const char *a, const char *b, int *order)
{
    double left, right;
    int64_t left_whole, right_whole;
    bool left_is_whole, right_is_whole;
    if (!read_number(a, &left, &left_whole, &left_is_whole) ||
        !read_number(b, &right, &right_whole, &right_is_whole))
        return false;
    /* Seeds may be larger than what a double tells apart. */
    if (left_is_whole && right_is_whole)
        *order = (left_whole > right_whole) - (left_whole < right_whole);
    else
        *order = (left > right) - (left < right);
    return true;
}

bool settings_number(const char *text, double *number)
{
    int64_t whole;
    bool is_whole;
    return read_number(text, number, &whole, &is_whole);
}

static bool is_number(const char *text)
{
    double number;
    return settings_number(text, &number);
}

int settings_order(const char *a, const char *b)
{
    int order;
    if (!a || !b)
        return (a == NULL) - (b == NULL);
    if (order_numbers(a, b, &order))
        return order;
    if (is_number(a) || is_number(b))
        return is_number(a) ? -1 : 1;
    return strcmp(a, b);
}

enum relation { EQUAL, NOT_EQUAL, LESS, AT_MOST, MORE, AT_LEAST };

/* The longer ones first, so that they are found before what they begin with. */
static const struct {
    const char *sign;
    enum relation relation;
} relations[] = {{"!=", NOT_EQUAL}, {"<=", AT_MOST}, {">=", AT_LEAST},
                 {"=", EQUAL},      {"<", LESS},     {">", MORE}};
enum { RELATIONS = sizeof relations / sizeof relations[0] };

static const char *const spaces = " \t";

/* LENGTH bytes without the spaces around them. Caller frees. */
static char *trimmed(const char *bytes, size_t length)
{
    struct text text = {0};
    size_t skipped = 0;
    while (skipped < length && strchr(spaces, bytes[skipped]))
        skipped++;
    while (length > skipped && strchr(spaces, bytes[length - 1]))
        length--;
    text_add_bytes(&text, bytes + skipped, length - skipped);
    return text_take(&text);
}

int condition_parse(struct condition *condition, const char *text, struct error *error)
{
    const char *sign = strpbrk(text, "=!<>");
    *condition = (struct condition){0};
    for (size_t i = 0; sign && i < RELATIONS; i++) {
        if (!text_starts_with(sign, relations[i].sign))
            continue;
        const char *value = sign + strlen(relations[i].sign);
        *condition = (struct condition){.key = trimmed(text, (size_t)(sign - text)),
                                        .value = trimmed(value, strlen(value)),
                                        .relation = relations[i].relation};
        break;
    }
    bool is_complete = condition->key && *condition->key && *condition->value &&
                       !strchr("=!<>", *condition->value);
    bool needs_number = condition->relation != EQUAL && condition->relation != NOT_EQUAL;
    if (is_complete && (!needs_number || is_number(condition->value)))
        return 0;
    if (is_complete)
        error_set(error, ERROR_USAGE, "%s: expected a number behind the sign, found `%s`", text,
                  condition->value);
    else
        error_set(error, ERROR_USAGE,
                  "%s: no condition; expected a key, one of = != < <= > >=, and a value: "
                  "model.units>=64",
                  text);
    condition_release(condition);
    return -1;
}

void condition_release(struct condition *condition)
{
    memory_free(condition->key);
    memory_free(condition->value);
    *condition = (struct condition){0};
}

bool condition_holds(const struct condition *condition, const struct settings *settings)
{
    const char *value = settings_get(settings, condition->key);
    int order = 0;
    if (!value)
        return condition->relation == NOT_EQUAL;
    bool has_numbers = order_numbers(value, condition->value, &order);
    bool is_same = has_numbers ? order == 0 : text_equal(value, condition->value);
    switch ((enum relation)condition->relation) {
    case EQUAL:
        return is_same;
    case NOT_EQUAL:
        return !is_same;
    case LESS:
        return has_numbers && order < 0;
    case AT_MOST:
        return has_numbers && order <= 0;
    case MORE:
        return has_numbers && order > 0;
    default:
        return has_numbers && order >= 0;
    }
}
