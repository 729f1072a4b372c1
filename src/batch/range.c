#include "batch/range.h"

#include "base/memory.h"
#include "batch/file_key.h"
#include "config/param_path.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "module/param.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define LARGEST 1e14 /* whole numbers up to here are written in full */

struct range_values {
    double from, to;
    int64_t points;
};

#define FROM(least, flag)                                                                          \
    {                                                                                              \
        .name = "from", .summary = "The smallest value.", .type = PARAM_REAL,                      \
        .flags = PARAM_REQUIRED | (flag), .offset = offsetof(struct range_values, from),           \
        .minimum = (least), .maximum = LARGEST                                                     \
    }
#define TO(least, flag)                                                                            \
    {                                                                                              \
        .name = "to", .summary = "The largest value.", .type = PARAM_REAL,                         \
        .flags = PARAM_REQUIRED | (flag), .offset = offsetof(struct range_values, to),             \
        .minimum = (least), .maximum = LARGEST                                                     \
    }
#define POINTS                                                                                     \
    {                                                                                              \
        .name = "points", .summary = "How many values, both ends included.",                       \
        .type = PARAM_INTEGER, .flags = PARAM_REQUIRED,                                            \
        .offset = offsetof(struct range_values, points), .minimum = 2, .maximum = RANGE_POINTS     \
    }

static const struct param linear_grid[] = {FROM(-LARGEST, 0), TO(-LARGEST, 0), POINTS, {0}};
static const struct param linear_draws[] = {FROM(-LARGEST, 0), TO(-LARGEST, 0), {0}};
static const struct param log_grid[] = {
    FROM(0, PARAM_ABOVE_MINIMUM), TO(0, PARAM_ABOVE_MINIMUM), POINTS, {0}};
static const struct param log_draws[] = {
    FROM(0, PARAM_ABOVE_MINIMUM), TO(0, PARAM_ABOVE_MINIMUM), {0}};

static const struct range_values defaults;

static const struct file_key linear_key = {.name = "linear",
                                           .summary = "Evenly spaced values.",
                                           .form = "mapping with the keys below",
                                           .table = linear_grid,
                                           .defaults = &defaults};
static const struct file_key log_key = {.name = "log",
                                        .summary =
                                            "Values that are evenly spaced in the logarithm.",
                                        .form = "mapping with the keys below",
                                        .table = log_grid,
                                        .defaults = &defaults};
const struct file_key *const range_keys[] = {&linear_key, &log_key, NULL};

json_t *range_schema(bool is_grid)
{
    const struct param *const tables[] = {is_grid ? linear_grid : linear_draws,
                                          is_grid ? log_grid : log_draws};
    json_t *properties = json_object();
    for (int i = 0; i < 2; i++) {
        json_t *schema = schema_of_whole_table(tables[i], &defaults);
        json_object_set_new(schema, "description", json_string(range_keys[i]->summary));
        json_object_set_new(properties, range_keys[i]->name, schema);
    }
    return json_pack("{s:[{s:s, s:i}, {s:s, s:b, s:i, s:i, s:o}]}", "anyOf", "type", "array",
                     "minItems", 1, "type", "object", "additionalProperties", 0, "minProperties", 1,
                     "maxProperties", 1, "properties", properties);
}

bool range_is(const struct node *node)
{
    return node->type == NODE_MAPPING && node->count == 1 &&
           (text_equal(node->keys[0], linear_key.name) || text_equal(node->keys[0], log_key.name));
}

int range_read(struct range *range, const struct node *node, const char *key, bool is_grid,
               const char *path, struct diagnostics *diagnostics)
{
    const struct node *mapping = node->items[0];
    const char *kind = node->keys[0];
    *range = (struct range){.is_log = text_equal(kind, log_key.name)};
    const struct param *table = is_grid ? (range->is_log ? log_grid : linear_grid)
                                        : (range->is_log ? log_draws : linear_draws);
    char *inner = text_format("%s.%s", path, kind);
    struct range_values values;
    int result = -1;
    if (mapping->type != NODE_MAPPING) {
        char *found = node_describe(mapping);
        diagnostics_add(diagnostics, &mapping->mark, inner, NULL,
                        "expected {from: ..., to: ...%s}, found %s", is_grid ? ", points: ..." : "",
                        found);
        memory_free(found);
    } else if (resolve_table(&values, sizeof values, &defaults, table, mapping, -1, inner, NULL,
                             diagnostics) == 0) {
        range->from = values.from;
        range->to = values.to;
        range->points = values.points;
        const struct param *param = param_at_path(key);
        range->is_whole = param && param->type == PARAM_INTEGER;
        result = 0;
        if (values.from >= values.to) {
            diagnostics_add(diagnostics, &mapping->mark, inner, "exchange the two",
                            "`from` must be below `to`");
            result = -1;
        }
    }
    memory_free(inner);
    return result;
}

static double round_six_digits(double value)
{
    char digits[32];
    snprintf(digits, sizeof digits, "%.5e", value);
    return strtod(digits, NULL);
}

static void add_value(const struct range *range, double value, struct text *text)
{
    value = range->is_whole ? round(value) : round_six_digits(value);
    text_add_real(text, fmin(fmax(value, range->from), range->to));
}

static double value_at(const struct range *range, double fraction)
{
    if (range->is_log)
        return range->from * pow(range->to / range->from, fraction);
    return range->from + (range->to - range->from) * fraction;
}

void range_add_point(const struct range *range, int64_t index, struct text *text)
{
    if (index == 0)
        text_add_real(text, range->from);
    else if (index == range->points - 1)
        text_add_real(text, range->to);
    else
        add_value(range, value_at(range, (double)index / (double)(range->points - 1)), text);
}

void range_add_draw(const struct range *range, double uniform, struct text *text)
{
    if (range->is_whole && !range->is_log) /* each whole number is as likely as any other */
        text_add_real(text, range->from + floor((range->to - range->from + 1) * uniform));
    else
        add_value(range, value_at(range, uniform), text);
}
