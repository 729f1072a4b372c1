#include "batch/reported_read.h"

#include "base/memory.h"
#include "batch/file_key.h"
#include "config/scalar.h"
#include "config/schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is measured while a run trains; ends with NULL. */
static const char *const reported_metrics[] = {
    "test.accuracy",        "test.loss",        "validation.accuracy",
    "validation.loss",      "train.accuracy",   "train.loss",
    "train_split.accuracy", "train_split.loss", NULL};

static const struct file_key source_key = {
    .name = "source", .summary = "The document.", .form = "text; required"};
static const struct file_key metric_key = {
    .name = "METRIC",
    .summary = "What the document says of this metric, by step and at the end.",
    .form = "{STEP: number, end: number}, or {VARIANT: {STEP: number}} where there are several; a "
            "number may be {value: number, within: number}",
    .choices = reported_metrics};
static const struct file_key *const reported_keys[] = {&source_key, &metric_key, NULL};

static json_t *reported_schema(void)
{
    json_t *metrics = json_object(), *source = schema_of_text();
    for (const char *const *metric = reported_metrics; *metric; metric++)
        json_object_set_new(metrics, *metric, json_pack("{s:s}", "$ref", SCHEMA_REPORTED));
    json_object_set_new(metrics, source_key.name, source);
    json_object_set_new(source, "description", json_string(source_key.summary));
    return json_pack("{s:s, s:b, s:[s], s:i, s:o}", "type", "object", "additionalProperties", 0,
                     "required", source_key.name, "minProperties", 2, "properties", metrics);
}

json_t *reported_figures_schema(void)
{
    json_t *precise =
        json_pack("{s:s, s:b, s:[s, s], s:{s:{s:s}, s:{s:s, s:i}}}", "type", "object",
                  "additionalProperties", 0, "required", "value", "within", "properties", "value",
                  "type", "number", "within", "type", "number", "minimum", 0);
    json_t *figure = json_pack("{s:[{s:s}, o]}", "anyOf", "type", "number", precise);
    json_t *by_step =
        json_pack("{s:s, s:b, s:i, s:{s:o}}", "type", "object", "additionalProperties", 0,
                  "minProperties", 1, "patternProperties", "^([0-9]+|end)$", figure);
    return json_pack("{s:[O, {s:s, s:i, s:o}]}", "anyOf", by_step, "type", "object",
                     "minProperties", 1, "additionalProperties", by_step);
}

const struct file_key reported_key = {
    .name = "reported",
    .summary = "What a document reports, for `unroll compare --reported` to set beside ours.",
    .form = "mapping with the keys below; default none",
    .keys = reported_keys,
    .schema = reported_schema};

/* Reads "101" or "end"; complains and returns -1 otherwise. */
static int read_step(const struct reading *reading, const char *key, const struct mark *mark,
                     const char *path, int64_t *step)
{
    struct text remedy = {0};
    int result = -1;
    *step = REPORTED_AT_END;
    if (text_equal(key, "end") ||
        (scalar_read_integer(key, step, &remedy) == 0 && *step > 0 && *step <= 1LL << 53))
        result = 0;
    else
        diagnostics_add(reading->diagnostics, mark, path,
                        "write `101: 0.7673` for the step 101, `end: 0.9879` for the end",
                        "`%s` is no step: expected a whole number above 0, or `end`", key);
    text_release(&remedy);
    return result;
}

/* Half a unit of the last digit behind the point of TEXT, a decimal number that was rounded to it:
 * 0.005 for "0.87". A number without a point is exact. */
static double rounding_of(const char *text)
{
    const char *point = strchr(text, '.'), *exponent = strpbrk(text, "eE");
    char unit[48];
    if (!point)
        return 0;
    size_t digits = strspn(point + 1, "0123456789");
    long shift = exponent ? strtol(exponent + 1, NULL, 10) : 0;
    if (digits > 400 || shift > 400 || shift < -400)
        return 0;
    snprintf(unit, sizeof unit, "5e%ld", shift - (long)digits - 1);
    return strtod(unit, NULL);
}

/* Reads the number NODE; complains and returns -1 otherwise. */
static int read_number(const struct reading *reading, const struct node *node, const char *path,
                       double *number)
{
    struct text remedy = {0};
    int result = -1;
    if (node->type == NODE_SCALAR && !node->quoted)
        result = scalar_read_real(node->text, number, &remedy);
    if (result != 0) {
        char *found = node_describe(node);
        diagnostics_add(reading->diagnostics, &node->mark, path, text_get(&remedy),
                        "expected a number, found %s", found);
        memory_free(found);
    }
    text_release(&remedy);
    return result;
}

/* A figure that says its precision, and is not a mapping of steps. */
static bool is_precise(const struct node *node)
{
    return node_find(node, "value") >= 0 || node_find(node, "within") >= 0;
}

/* Reads {value: 0.90, within: 0.02}. */
static int read_precise(const struct reading *reading, const struct node *node, const char *path,
                        struct reported_figure *figure)
{
    static const char hint[] = "write `{value: 0.90, within: 0.02}`, or the number alone";
    const struct node *value = node_get(node, "value"), *within = node_get(node, "within");
    char *inner = text_format("%s.within", path);
    int result = -1;
    if (!value || !within || node->count != 2)
        diagnostics_add(reading->diagnostics, &node->mark, path, hint,
                        "expected `value` and `within`, and nothing else");
    else if (read_number(reading, value, path, &figure->value) == 0 &&
             read_number(reading, within, inner, &figure->within) == 0)
        result = 0;
    if (result == 0 && figure->within < 0) {
        diagnostics_add(reading->diagnostics, &within->mark, inner, hint, "is below 0");
        result = -1;
    }
    if (result == 0)
        reading_check_share(reading, figure->metric, false, figure->within, &within->mark, inner);
    memory_free(inner);
    return result;
}

static int read_figure(const struct reading *reading, const struct node *node, const char *path,
                       struct reported_figure *figure)
{
    const struct node *value = node;
    if (node->type == NODE_MAPPING && is_precise(node)) {
        if (read_precise(reading, node, path, figure) != 0)
            return -1;
        value = node_get(node, "value");
    } else if (read_number(reading, node, path, &figure->value) != 0) {
        return -1;
    } else {
        figure->within = rounding_of(node->text);
    }
    reading_check_share(reading, figure->metric, false, figure->value, &value->mark, path);
    return 0;
}

/* What is measured on the batches that are trained on has steps, and no figure of the whole. */
static int check_end(const struct reading *reading, const struct reported_figure *figure,
                     const struct mark *mark, const char *path)
{
    if (figure->step != REPORTED_AT_END || !text_starts_with(figure->metric, "train."))
        return 0;
    diagnostics_add(reading->diagnostics, mark, path,
                    "write its step, or take train_split, the whole training split",
                    "no run has %s at the end: it is of the last batches", figure->metric);
    return -1;
}

/* The figures of VARIANT by step. */
static void read_figures(const struct reading *reading, const struct node *figures,
                         const char *metric, const char *variant, const char *path)
{
    for (size_t i = 0; i < figures->count; i++) {
        char *place = text_format("%s.%s", path, figures->keys[i]);
        struct reported_figure figure = {.metric = memory_copy_text(metric),
                                         .variant = memory_copy_text(variant)};
        if (read_figure(reading, figures->items[i], place, &figure) == 0 &&
            read_step(reading, figures->keys[i], &figures->key_marks[i], path, &figure.step) == 0 &&
            check_end(reading, &figure, &figures->key_marks[i], place) == 0) {
            questions_add_reported(&reading->experiment->questions, &figure);
        } else {
            memory_free(figure.metric);
            memory_free(figure.variant);
        }
        memory_free(place);
    }
}

/* By variant, or by step where there is one variant. */
static void read_metric(const struct reading *reading, const struct node *node,
                        const struct mark *mark, const char *metric)
{
    char *path = text_format("reported.%s", metric);
    bool is_by_variant = node->type == NODE_MAPPING && node->count > 0 &&
                         node->items[0]->type == NODE_MAPPING && !is_precise(node->items[0]);
    reading_check_metric(reading, metric, reported_metrics, mark, path);
    if (node->type != NODE_MAPPING || node->count == 0) {
        char *found = node_describe(node);
        diagnostics_add(reading->diagnostics, &node->mark, path,
                        "write `{101: 0.7673, end: 0.9879}`", "expected figures by step, found %s",
                        found);
        memory_free(found);
    } else if (!is_by_variant && reading->names.count != 1) {
        char *hint = text_format("write `%s: {%s: {101: 0.7673}}`", metric,
                                 reading->names.count ? reading->names.items[0] : "lstm");
        diagnostics_add(reading->diagnostics, &node->mark, path, hint,
                        "there are several variants: say which one reported this");
        memory_free(hint);
    } else if (!is_by_variant) {
        read_figures(reading, node, metric, reading->names.items[0], path);
    }
    for (size_t i = 0; is_by_variant && i < node->count; i++) {
        char *place = text_format("%s.%s", path, node->keys[i]);
        reading_check_variant(reading, node->keys[i], &node->key_marks[i], place);
        if (node->items[i]->type == NODE_MAPPING && node->items[i]->count > 0)
            read_figures(reading, node->items[i], metric, node->keys[i], place);
        else
            diagnostics_add(reading->diagnostics, &node->items[i]->mark, place,
                            "write `{101: 0.7673, end: 0.9879}`", "expected figures by step");
        memory_free(place);
    }
    memory_free(path);
}

void reported_read(const struct reading *reading, const struct node *reported)
{
    struct questions *questions = &reading->experiment->questions;
    if (!reported)
        return;
    const struct node *source = node_get(reported, source_key.name);
    if (reported->type != NODE_MAPPING || !source || reported->count < 2) {
        diagnostics_add(reading->diagnostics, &reported->mark, "reported",
                        "write `{source: Document 002, test.accuracy: {101: 0.7673}}`",
                        reported->type != NODE_MAPPING ? "expected a mapping"
                        : source                       ? "has no figures"
                                                       : "does not say its source");
        return;
    }
    if (source->type != NODE_SCALAR || !*source->text)
        diagnostics_add(reading->diagnostics, &source->mark, "reported.source", NULL,
                        "expected a text");
    else
        questions->source = memory_copy_text(source->text);
    for (size_t i = 0; i < reported->count; i++)
        if (!text_equal(reported->keys[i], source_key.name))
            read_metric(reading, reported->items[i], &reported->key_marks[i], reported->keys[i]);
}
