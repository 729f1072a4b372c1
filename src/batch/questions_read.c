#include "batch/questions_read.h"

#include "base/memory.h"
#include "batch/claims_read.h"
#include "batch/reading.h"
#include "batch/reported_read.h"

#include <string.h>

/* Those of reading_final_metrics that choosing_fault() finds nothing wrong with. */
static const char *const select_metrics[] = {"validation.accuracy", "validation.loss",
                                             "gap.validation.accuracy", "gap.validation.loss",
                                             NULL};

const struct param select_table[] = {
    {.name = "over",
     .summary = "The swept key, or a list of them, of which each variant keeps one value; "
                "`select` needs it.",
     .type = PARAM_TEXTS,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct select_section, over)},
    {.name = "on",
     .summary = "The figure of the validation split whose best mean over seeds chooses; "
                "validation.accuracy if not given.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct select_section, on),
     .choices = select_metrics}, /* as check_choosing() has it */
    {0}};

/* Adds the key NODE to KEYS; a key holds no space, which parts them. */
static void join_key(struct text *keys, const struct node *node, struct diagnostics *diagnostics)
{
    if (node->type == NODE_SCALAR && *node->text && !strchr(node->text, ' ')) {
        text_add_format(keys, "%s%s", keys->length ? " " : "", node->text);
        return;
    }
    char *found = node_describe(node);
    diagnostics_add(diagnostics, &node->mark, "compare.select.over",
                    "write `over: model.units`, or `over: [model.units, train.batch]`",
                    "expected a swept key, found %s", found);
    memory_free(found);
}

void questions_join_over(struct node *select, struct diagnostics *diagnostics)
{
    int index = node_find(select, "over");
    if (index < 0)
        return;
    const struct node *over = select->items[index];
    struct text keys = {0};
    if (over->type == NODE_LIST && over->count == 0)
        diagnostics_add(diagnostics, &over->mark, "compare.select.over", NULL,
                        "expected at least one key");
    for (size_t i = 0; over->type == NODE_LIST && i < over->count; i++)
        join_key(&keys, over->items[i], diagnostics);
    if (over->type != NODE_LIST)
        join_key(&keys, over, diagnostics);
    node_replace(select, (size_t)index, node_new_scalar(text_get(&keys), &over->mark));
    text_release(&keys);
}

void questions_take_select(struct questions *questions, const struct select_section *select)
{
    struct choosing *choosing = &questions->choosing;
    for (const char *at = select->over.count ? select->over.items[0] : ""; *at;) {
        size_t length = strcspn(at, " ");
        char *key = text_format("%.*s", (int)length, at);
        choosing_add_key(choosing, key);
        memory_free(key);
        at += length + (at[length] != '\0');
    }
    if (choosing->over_count || select->on)
        choosing->on = memory_copy_text(select->on ? select->on : "validation.accuracy");
}

/* Whether KEY is swept; complains otherwise. */
static void check_swept(const struct reading *reading, const char *key, const struct mark *mark)
{
    const struct sweep *sweep = &reading->experiment->sweep;
    if (sweep_find(sweep, key))
        return;
    const char **paths = memory_array(sweep->key_count + 1, sizeof *paths);
    for (size_t i = 0; i < sweep->key_count; i++)
        paths[i] = sweep->keys[i].path;
    const char *nearest = text_nearest(key, paths, sweep->key_count);
    char *hint = nearest            ? text_format("did you mean `%s`?", nearest)
                 : sweep->key_count ? text_format("the sweep has `%s`", paths[0])
                                    : memory_copy_text("there is no `sweep`");
    diagnostics_add(reading->diagnostics, mark, "compare.select.over", hint, "`%s` is not swept",
                    key);
    memory_free(hint);
    memory_free(paths);
}

/* Whether each key of OVER, a key or a list, is swept, and stands there once. */
static void check_over(const struct reading *reading, const struct node *over)
{
    bool is_list = over->type == NODE_LIST;
    for (size_t i = 0; i < (is_list ? over->count : 1); i++) {
        const struct node *key = is_list ? over->items[i] : over;
        if (key->type != NODE_SCALAR || !*key->text || strchr(key->text, ' '))
            continue; /* has been said */
        check_swept(reading, key->text, &key->mark);
        for (size_t j = 0; j < i; j++)
            if (over->items[j]->type == NODE_SCALAR && text_equal(over->items[j]->text, key->text))
                diagnostics_add(reading->diagnostics, &key->mark, "compare.select.over",
                                "leave out one of the two", "`%s` stands twice", key->text);
    }
}

static void check_choosing(const struct reading *reading)
{
    const struct choosing *choosing = &reading->experiment->questions.choosing;
    const struct node *select = node_get(node_get(reading->experiment->tree, "compare"), "select");
    const struct node *over = node_get(select, "over"), *on = node_get(select, "on");
    if (!select || select->type != NODE_MAPPING)
        return;
    if (!over)
        diagnostics_add(reading->diagnostics, &select->mark, "compare.select.over",
                        "write `over: train.optimizer.adam.rate`", "is missing");
    else
        check_over(reading, over);
    if (on && choosing->on &&
        reading_check_metric(reading, choosing->on, reading_final_metrics, &on->mark,
                             "compare.select.on")) {
        const char *fault = choosing_fault(choosing->on);
        if (fault)
            diagnostics_add(reading->diagnostics, &on->mark, "compare.select.on",
                            "take validation.accuracy or validation.loss", "%s", fault);
    }
}

void questions_read(struct experiment_file *experiment, struct diagnostics *diagnostics)
{
    struct reading reading = {.experiment = experiment, .diagnostics = diagnostics};
    check_choosing(&reading);
    if (node_find(experiment->tree, "claims") >= 0 || node_find(experiment->tree, "reported") >= 0)
        reading_add_names(&reading);
    claims_read(&reading, node_get(experiment->tree, "claims"));
    reported_read(&reading, node_get(experiment->tree, "reported"));
    names_release(&reading.names);
}
