/* The `reported` figures of an experiment file. */
#include "batch/questions_parts.h"

#include "base/memory.h"
#include "config/scalar.h"

/* What is measured while a run trains; ends with NULL. */
static const char *const reported_metrics[] = {
    "test.accuracy",        "test.loss",        "validation.accuracy",
    "validation.loss",      "train.accuracy",   "train.loss",
    "train_split.accuracy", "train_split.loss", NULL};

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

/* The figures of VARIANT by step. */
static void read_figures(const struct reading *reading, const struct node *figures,
                         const char *metric, const char *variant, const char *path)
{
    for (size_t i = 0; i < figures->count; i++) {
        const struct node *node = figures->items[i];
        char *place = text_format("%s.%s", path, figures->keys[i]);
        struct reported_figure figure = {0};
        struct text remedy = {0};
        if (node->type != NODE_SCALAR || node->quoted ||
            scalar_read_real(node->text, &figure.value, &remedy) != 0) {
            char *found = node_describe(node);
            diagnostics_add(reading->diagnostics, &node->mark, place, text_get(&remedy),
                            "expected a number, found %s", found);
            memory_free(found);
        } else if (read_step(reading, figures->keys[i], &figures->key_marks[i], path,
                             &figure.step) == 0) {
            figure.metric = memory_copy_text(metric);
            figure.variant = memory_copy_text(variant);
            questions_add_reported(&reading->experiment->questions, &figure);
        }
        text_release(&remedy);
        memory_free(place);
    }
}

/* By variant, or by step where there is one variant. */
static void read_metric(const struct reading *reading, const struct node *node,
                        const struct mark *mark, const char *metric)
{
    char *path = text_format("reported.%s", metric);
    bool is_by_variant =
        node->type == NODE_MAPPING && node->count > 0 && node->items[0]->type == NODE_MAPPING;
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
    const struct node *source = node_get(reported, "source");
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
        if (!text_equal(reported->keys[i], "source"))
            read_metric(reading, reported->items[i], &reported->key_marks[i], reported->keys[i]);
}
