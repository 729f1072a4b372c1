#include "batch/sweep.h"

#include "base/memory.h"
#include "base/text.h"
#include "base/text_set.h"
#include "batch/draw.h"
#include "batch/file_key.h"
#include "batch/range.h"
#include "batch/swept_value.h"
#include "config/dotted_path.h"
#include "config/path_labels.h"

#include <stdlib.h>
#include <string.h>

/* A mapping of swept keys to lists and ranges, of which the LEAST must be there. */
static json_t *grid_schema(int least)
{
    return json_pack("{s:s, s:i, s:[{s:s}], s:{s:s}, s:{s:o}}", "type", "object", "minProperties",
                     least, "allOf", "$ref", SCHEMA_SWEPT, "propertyNames", "$ref",
                     SCHEMA_SWEPT_KEY, "patternProperties", "^", range_schema(true));
}

static json_t *zip_schema(void)
{
    return grid_schema(2);
}

static const struct file_key zip_key = {
    .name = "zip",
    .summary = "Keys whose values are paired: the first ones together, then the second ones.",
    .form = "{KEY.PATH: [a, b], KEY.PATH: [c, d]}; default none",
    .schema = zip_schema};

static const struct file_key path_key = {
    .name = "KEY.PATH",
    .summary = "A key of the config; each of its values is tried with all those of the others.",
    .form = "list of values, or a range with one of the keys below",
    .keys = range_keys};

static const struct file_key *const sweep_keys[] = {&path_key, &zip_key, &draw_key, NULL};

static json_t *sweep_schema(void)
{
    json_t *schema = grid_schema(1), *properties = json_object(), *others = json_object();
    char *pattern = text_format("^(?!(%s|%s)$)", zip_key.name, draw_key.name);
    json_object_set_new(others, pattern, range_schema(true));
    memory_free(pattern);
    json_object_set_new(schema, "patternProperties", others);
    for (int i = 1; sweep_keys[i]; i++) {
        json_t *inner = sweep_keys[i]->schema();
        json_object_set_new(inner, "description", json_string(sweep_keys[i]->summary));
        json_object_set_new(properties, sweep_keys[i]->name, inner);
    }
    json_object_set_new(schema, "propertyNames",
                        json_pack("{s:[{s:s}, {s:[s, s]}]}", "anyOf", "$ref", SCHEMA_SWEPT_KEY,
                                  "enum", zip_key.name, draw_key.name));
    json_object_set_new(schema, "properties", properties);
    return schema;
}

const struct file_key sweep_key = {
    .name = "sweep",
    .summary = "The keys that take several values, each of them with each variant.",
    .form = "mapping with the keys below; default none",
    .keys = sweep_keys,
    .schema = sweep_schema};

bool sweep_paths_meet(const char *a, const char *b)
{
    return dotted_path_is_within(a, b) || dotted_path_is_within(b, a);
}

const struct sweep_key *sweep_find(const struct sweep *sweep, const char *path)
{
    for (size_t i = 0; i < sweep->key_count; i++)
        if (text_equal(sweep->keys[i].path, path))
            return &sweep->keys[i];
    return NULL;
}

static void set_values(struct sweep_key *key, struct node **values, size_t count)
{
    key->values = values;
    key->count = count;
    key->texts = memory_array(count, sizeof *key->texts);
    for (size_t i = 0; i < count; i++) {
        struct text text = {0};
        swept_value_add_text(values[i], &text);
        key->texts[i] = text_take(&text);
    }
}

static int read_list(struct sweep_key *key, const struct node *node, const char *path,
                     struct diagnostics *diagnostics)
{
    if (node->count == 0) {
        diagnostics_add(diagnostics, &node->mark, path, "write [a, b]", "the list is empty");
        return -1;
    }
    struct node **values = memory_array(node->count, sizeof *values);
    for (size_t i = 0; i < node->count; i++)
        values[i] = node_copy(node->items[i]);
    set_values(key, values, node->count);
    return swept_values_check(node, path, diagnostics);
}

static int read_range(struct sweep_key *key, const struct node *node, const char *path,
                      struct diagnostics *diagnostics)
{
    struct range range;
    if (range_read(&range, node, key->path, true, path, diagnostics))
        return -1;
    struct node **values = memory_array((size_t)range.points, sizeof *values);
    for (int64_t i = 0; i < range.points; i++) {
        struct text text = {0};
        range_add_point(&range, i, &text);
        values[i] = node_new_scalar(text_get(&text), &node->mark);
        text_release(&text);
    }
    set_values(key, values, (size_t)range.points);
    return 0;
}

/* The values of a key of the grid or of `zip`. */
static int read_values(struct sweep_key *key, const struct node *node, const char *path,
                       struct diagnostics *diagnostics)
{
    if (node->type == NODE_LIST)
        return read_list(key, node, path, diagnostics);
    if (range_is(node))
        return read_range(key, node, path, diagnostics);
    char *found = node_describe(node);
    diagnostics_add(diagnostics, &node->mark, path,
                    "write [a, b], {linear: {from: a, to: b, points: n}} or {log: ...}",
                    "expected a list or a range of values, found %s", found);
    memory_free(found);
    return -1;
}

/* Why no sweep can change PATH, or NULL. */
static const char *refusal(const char *path)
{
    static const char *const refused[][2] = {
        {"seed", "list it in the experiment's `seeds`, which hold for every trial"},
        {"name", "every trial is named by its variant and its values"},
        {"base", "write an experiment for each base"},
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (sweep_paths_meet(path, refused[i][0]))
            return refused[i][1];
    return NULL;
}

bool sweep_refuses(const char *path)
{
    return refusal(path);
}

static bool is_refused(const char *path, const struct mark *mark, struct diagnostics *diagnostics)
{
    const char *why = refusal(path);
    if (why)
        diagnostics_add(diagnostics, mark, path, why, "cannot be swept");
    return why;
}

/* A new key of GROUP, or NULL where there cannot be one. */
static struct sweep_key *add_key(struct sweep *sweep, const char *path, const struct mark *mark,
                                 size_t group, struct diagnostics *diagnostics)
{
    if (is_refused(path, mark, diagnostics))
        return NULL;
    for (size_t i = 0; i < sweep->key_count; i++) {
        if (!sweep_paths_meet(path, sweep->keys[i].path))
            continue;
        char *hint = text_format("line %d sweeps `%s`: keep one of the two",
                                 sweep->keys[i].mark.line, sweep->keys[i].path);
        diagnostics_add(diagnostics, mark, path, hint, "is swept twice");
        memory_free(hint);
        return NULL;
    }
    if (sweep->key_count == SWEEP_KEYS) {
        diagnostics_add(diagnostics, mark, path, NULL, "more than %d keys are swept", SWEEP_KEYS);
        return NULL;
    }
    struct sweep_key *key = &sweep->keys[sweep->key_count++];
    *key = (struct sweep_key){.path = path, .mark = *mark, .group = group};
    return key;
}

/* Complains where a value, or a tuple of paired ones, stands twice; once for a range. FIRST is the
 * group's first key, of COUNT ones with equally many values. */
static void refuse_twins(const struct sweep_key *first, size_t count,
                         struct diagnostics *diagnostics)
{
    struct text_set *set = text_set_new();
    bool is_told = false;
    for (size_t i = 0; i < first->count && !is_told; i++) {
        struct text text = {0};
        for (size_t k = 0; k < count; k++)
            text_add_format(&text, "%s%s", k ? ", " : "", first[k].texts[i]);
        if (!text_set_add(set, text_get(&text))) {
            const struct mark *mark = &first->values[i]->mark, *other = &first->values[0]->mark;
            bool is_range = mark->line == other->line && mark->column == other->column;
            diagnostics_add(diagnostics, mark, first->path,
                            is_range ? "the range is too narrow for so many points"
                                     : "leave out one of the two",
                            "the value %s stands twice", text_get(&text));
            is_told = is_range;
        }
        text_release(&text);
    }
    text_set_free(set);
}

static void read_zip(struct sweep *sweep, const struct node *node, struct diagnostics *diagnostics)
{
    if (node->type != NODE_MAPPING || node->count < 2) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, "sweep.zip", "write {a: [1, 2], b: [3, 4]}",
                        "expected at least two keys with their lists, found %s%s", found,
                        node->type == NODE_MAPPING && node->count == 1 ? " with one key" : "");
        memory_free(found);
        return;
    }
    size_t errors = diagnostics_reported(diagnostics), first = sweep->key_count;
    for (size_t i = 0; i < node->count; i++) {
        char *path = text_format("sweep.zip.%s", node->keys[i]);
        struct sweep_key *key =
            add_key(sweep, node->keys[i], &node->key_marks[i], first, diagnostics);
        if (key && read_values(key, node->items[i], path, diagnostics) == 0 &&
            sweep->keys[first].count && key->count != sweep->keys[first].count)
            diagnostics_add(diagnostics, &node->items[i]->mark, path,
                            "values are paired in their order, so that there must be as many",
                            "has %zu values, but `%s` has %zu", key->count, sweep->keys[first].path,
                            sweep->keys[first].count);
        memory_free(path);
    }
    if (diagnostics_reported(diagnostics) == errors)
        refuse_twins(&sweep->keys[first], sweep->key_count - first, diagnostics);
}

static void read_grid_key(struct sweep *sweep, const struct node *node, size_t index,
                          struct diagnostics *diagnostics)
{
    char *path = text_format("sweep.%s", node->keys[index]);
    struct sweep_key *key =
        add_key(sweep, node->keys[index], &node->key_marks[index], sweep->key_count, diagnostics);
    if (key && read_values(key, node->items[index], path, diagnostics) == 0)
        refuse_twins(key, 1, diagnostics);
    memory_free(path);
}

static void read_random(struct sweep *sweep, const struct node *node,
                        struct diagnostics *diagnostics)
{
    struct draw draw;
    size_t errors = diagnostics_reported(diagnostics), first = sweep->key_count;
    if (draw_read(&draw, node, diagnostics))
        return;
    for (size_t i = 0; i < draw.over->count; i++)
        add_key(sweep, draw.over->keys[i], &draw.over->key_marks[i], first, diagnostics);
    if (diagnostics_reported(diagnostics) != errors)
        return;
    size_t keys = draw.over->count, points = (size_t)draw.points;
    struct node **values = draw_points(&draw, diagnostics);
    for (size_t i = 0; values && i < keys; i++) {
        struct node **own = memory_array(points, sizeof *own);
        for (size_t j = 0; j < points; j++)
            own[j] = values[j * keys + i];
        set_values(&sweep->keys[first + i], own, points);
    }
    memory_free(values);
}

static void label_keys(struct sweep *sweep)
{
    const char *paths[SWEEP_KEYS], *labels[SWEEP_KEYS];
    for (size_t i = 0; i < sweep->key_count; i++)
        paths[i] = sweep->keys[i].path;
    path_labels(paths, labels, sweep->key_count);
    for (size_t i = 0; i < sweep->key_count; i++)
        sweep->keys[i].label = labels[i];
}

/* Sets the strides, from the last group on, and checks that the points are not too many. */
static void cross(struct sweep *sweep, struct diagnostics *diagnostics)
{
    size_t stride = 1, below = 1;
    for (size_t i = sweep->key_count; i-- > 0;) {
        struct sweep_key *key = &sweep->keys[i];
        bool is_paired = i + 1 < sweep->key_count && key[1].group == key->group;
        stride = is_paired ? stride : below;
        key->stride = stride;
        if (!is_paired && __builtin_mul_overflow(below, key->count, &below))
            below = SIZE_MAX;
        if (below <= SWEEP_POINTS)
            continue;
        diagnostics_add(diagnostics, &sweep->mark, "sweep",
                        "sweep fewer keys or values, or draw from them with `random`",
                        "the keys from `%s` on alone have %zu points; at most %d", key->path, below,
                        SWEEP_POINTS);
        sweep->keys[0].stride = 0; /* there is nothing to expand */
        return;
    }
}

int sweep_read(struct sweep *sweep, const struct node *node, const struct mark *mark,
               struct diagnostics *diagnostics)
{
    size_t errors = diagnostics_reported(diagnostics);
    *sweep = (struct sweep){.mark = *mark};
    if (node->type != NODE_MAPPING || node->count == 0) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, "sweep",
                        "write `key.path: [a, b]` for each, or leave it out",
                        "expected a mapping of keys to values, found %s", found);
        memory_free(found);
        return -1;
    }
    sweep->keys = memory_array(SWEEP_KEYS, sizeof *sweep->keys);
    for (size_t i = 0; i < node->count; i++) {
        if (text_equal(node->keys[i], zip_key.name))
            read_zip(sweep, node->items[i], diagnostics);
        else if (text_equal(node->keys[i], draw_key.name))
            read_random(sweep, node->items[i], diagnostics);
        else
            read_grid_key(sweep, node, i, diagnostics);
    }
    label_keys(sweep);
    if (diagnostics_reported(diagnostics) == errors)
        cross(sweep, diagnostics);
    return diagnostics_reported(diagnostics) == errors ? 0 : -1;
}

void sweep_release(struct sweep *sweep)
{
    for (size_t i = 0; i < sweep->key_count; i++) {
        struct sweep_key *key = &sweep->keys[i];
        for (size_t j = 0; j < key->count; j++) {
            node_free(key->values[j]);
            memory_free(key->texts[j]);
        }
        memory_free(key->values);
        memory_free(key->texts);
    }
    memory_free(sweep->keys);
    *sweep = (struct sweep){0};
}

size_t sweep_points(const struct sweep *sweep)
{
    return sweep->key_count ? sweep->keys[0].stride * sweep->keys[0].count : 1;
}

size_t sweep_value(const struct sweep_key *key, size_t point)
{
    return point / key->stride % key->count;
}

/* Can TEXT stand in a name as it is? */
static bool is_plain(const char *text)
{
    enum { LONGEST = 40 };
    if (strlen(text) > LONGEST)
        return false;
    for (; *text; text++)
        if ((unsigned char)*text <= ' ' || *text == 0x7F)
            return false;
    return true;
}

void sweep_add_name(const struct sweep *sweep, size_t point, struct text *text)
{
    for (size_t i = 0; i < sweep->key_count; i++) {
        const struct sweep_key *key = &sweep->keys[i];
        size_t value = sweep_value(key, point);
        if (is_plain(key->texts[value]))
            text_add_format(text, " %s=%s", key->label, key->texts[value]);
        else
            text_add_format(text, " %s=#%zu", key->label, value + 1);
    }
}
