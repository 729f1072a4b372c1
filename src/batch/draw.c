#include "batch/draw.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/text_set.h"
#include "batch/swept_value.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "math/random.h"
#include "module/param.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct draw_keys {
    int64_t points, seed;
};

static const struct param over_table[] = {{0}};

static const struct param draw_table[] = {
    {.name = "points",
     .summary = "How many points are drawn.",
     .type = PARAM_INTEGER,
     .flags = PARAM_REQUIRED,
     .offset = offsetof(struct draw_keys, points),
     .minimum = 1,
     .maximum = RANGE_POINTS},
    {.name = "seed",
     .summary = "Seed of the draw; another one gives other points.",
     .type = PARAM_INTEGER,
     .flags = PARAM_REQUIRED,
     .offset = offsetof(struct draw_keys, seed),
     .minimum = 0,
     .maximum = 0x1p63},
    {.name = "over",
     .summary = "The keys, with a list or a range each.",
     .type = PARAM_SECTION,
     .table = over_table},
    {0}};

static const struct draw_keys defaults;

static json_t *draw_schema(void)
{
    json_t *schema = schema_of_whole_table(draw_table, &defaults);
    json_t *over = json_object_get(json_object_get(schema, "properties"), "over");
    json_t *form = json_pack("{s:i, s:{s:s}, s:[{s:s}], s:{s:o}}", "minProperties", 1,
                             "propertyNames", "$ref", SCHEMA_SWEPT_KEY, "allOf", "$ref",
                             SCHEMA_SWEPT, "patternProperties", "^", range_schema(false));
    json_object_del(over, "additionalProperties");
    json_object_del(over, "properties");
    json_object_update(over, form);
    json_array_append_new(json_object_get(schema, "required"), json_string("over"));
    json_decref(form);
    return schema;
}

const struct file_key draw_key = {.name = "random",
                                  .summary = "A random search: points that are drawn.",
                                  .form = "mapping with the keys below; ranges are without points",
                                  .table = draw_table,
                                  .defaults = &defaults,
                                  .schema = draw_schema};

/* The mapping `over`, or NULL after an error. */
static const struct node *find_over(const struct node *node, struct diagnostics *diagnostics)
{
    static const char path[] = "sweep.random.over";
    const struct node *over = node_get(node, "over");
    if (over && over->type == NODE_MAPPING && over->count > 0)
        return over;
    char *found = over ? node_describe(over) : memory_copy_text("nothing");
    diagnostics_add(diagnostics, over ? &over->mark : &node->mark, path,
                    "write {key.path: [a, b]} or {key.path: {log: {from: a, to: b}}}",
                    "expected the keys to draw with a list or a range each, found %s", found);
    memory_free(found);
    return NULL;
}

int draw_read(struct draw *draw, const struct node *node, struct diagnostics *diagnostics)
{
    size_t errors = diagnostics_reported(diagnostics);
    *draw = (struct draw){.mark = node->mark};
    if (node->type != NODE_MAPPING) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, "sweep.random",
                        "write {points: 20, seed: 1, over: {key.path: [a, b]}}",
                        "expected a mapping, found %s", found);
        memory_free(found);
        return -1;
    }
    draw->over = find_over(node, diagnostics);
    struct node *part = node_copy(node);
    int over = node_find(part, "over");
    if (over >= 0)
        node_free(node_take(part, (size_t)over));
    struct draw_keys keys;
    resolve_table(&keys, sizeof keys, &defaults, draw_table, part, -1, "sweep.random", NULL,
                  diagnostics);
    node_free(part);
    draw->points = keys.points;
    draw->seed = keys.seed;
    return diagnostics_reported(diagnostics) == errors ? 0 : -1;
}

/* What a key is drawn from: a list where there is one, else the range. */
struct source {
    const struct node *list;
    struct range range;
    uint64_t first; /* number of the first block in the streams that are drawn from */
};

/* A place of its own for each key's name, far from those of others, whatever keys there are. */
static uint64_t first_block(const char *path)
{
    enum { DIGITS = 13 };
    char digits[HASH_TEXT_SIZE];
    hash_bytes(path, strlen(path), digits);
    digits[DIGITS] = '\0';
    return strtoull(digits, NULL, 16) << 12;
}

static int read_source(struct source *source, const struct node *over, size_t index,
                       struct diagnostics *diagnostics)
{
    const struct node *node = over->items[index];
    char *path = text_format("sweep.random.over.%s", over->keys[index]);
    int result = -1;
    *source = (struct source){.first = first_block(over->keys[index])};
    if (node->type == NODE_LIST && node->count > 0) {
        source->list = node;
        result = swept_values_check(node, path, diagnostics);
    } else if (range_is(node)) {
        result = range_read(&source->range, node, over->keys[index], false, path, diagnostics);
    } else {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, path,
                        "write [a, b], {linear: {from: a, to: b}} or {log: {from: a, to: b}}",
                        "expected a list or a range to draw from, found %s", found);
        memory_free(found);
    }
    memory_free(path);
    return result;
}

static struct node *draw_value(const struct draw *draw, const struct source *source, size_t key,
                               int64_t number)
{
    struct random_stream stream;
    random_open(&stream, (uint64_t)draw->seed, RANDOM_SWEEP, 0, (uint32_t)number);
    stream.index = source->first;
    if (source->list)
        return node_copy(source->list->items[random_below(&stream, (uint32_t)source->list->count)]);
    struct text text = {0};
    range_add_draw(&source->range, random_uniform(&stream), &text);
    struct node *node = node_new_scalar(text_get(&text), &draw->over->items[key]->mark);
    text_release(&text);
    return node;
}

/* Draw NUMBER into POINT [keys]; false, and nothing kept, where it is in SEEN. */
static bool draw_point(const struct draw *draw, const struct source *sources, int64_t number,
                       struct text_set *seen, struct node **point)
{
    struct text text = {0};
    size_t keys = draw->over->count;
    for (size_t i = 0; i < keys; i++) {
        point[i] = draw_value(draw, &sources[i], i, number);
        swept_value_add_text(point[i], &text);
        text_add_char(&text, '\n');
    }
    bool is_new = text_set_add(seen, text_get(&text));
    for (size_t i = 0; !is_new && i < keys; i++)
        node_free(point[i]);
    text_release(&text);
    return is_new;
}

/* Draws until there are enough, or a thousand draws for a new point have all been there before. */
static size_t fill(const struct draw *draw, const struct source *sources, struct node **values)
{
    enum { PATIENCE = 1000 };
    struct text_set *seen = text_set_new();
    size_t count = 0;
    int64_t number = 0, last = 0;
    while (count < (size_t)draw->points && number - last < PATIENCE) {
        if (draw_point(draw, sources, number++, seen, values + count * draw->over->count)) {
            count++;
            last = number;
        }
    }
    text_set_free(seen);
    return count;
}

struct node **draw_points(const struct draw *draw, struct diagnostics *diagnostics)
{
    size_t keys = draw->over->count, errors = diagnostics_reported(diagnostics);
    struct source *sources = memory_array(keys, sizeof *sources);
    for (size_t i = 0; i < keys; i++)
        read_source(&sources[i], draw->over, i, diagnostics);
    struct node **values = NULL;
    if (diagnostics_reported(diagnostics) == errors) {
        values = memory_array((size_t)draw->points * keys, sizeof(struct node *));
        size_t count = fill(draw, sources, values);
        if (count < (size_t)draw->points) {
            diagnostics_add(diagnostics, &draw->mark, "sweep.random.points",
                            "ask for fewer points, or list all in a grid",
                            "there are hardly more than %zu different points, not %" PRId64, count,
                            draw->points);
            for (size_t i = 0; i < count * keys; i++)
                node_free(values[i]);
            memory_free(values);
            values = NULL;
        }
    }
    memory_free(sources);
    return values;
}
