#include "batch/questions_parts.h"

#include "base/memory.h"
#include "store/metric_rules.h"

#include <math.h>
#include <string.h>

const struct param select_table[] = {
    {.name = "over",
     .summary = "The swept key, or a list of them, of which each variant keeps one value.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct select_section, over)},
    {.name = "on",
     .summary = "The figure of the validation split whose best mean over seeds chooses.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct select_section, on)},
    {0}};

/* The finals that a run may have and what follows from them; ends with NULL. */
const char *const reading_final_metrics[] = {"test.accuracy",
                                             "test.loss",
                                             "validation.accuracy",
                                             "validation.loss",
                                             "train_split.accuracy",
                                             "train_split.loss",
                                             "gap.accuracy",
                                             "gap.loss",
                                             "gap.validation.accuracy",
                                             "gap.validation.loss",
                                             "seconds",
                                             "cpu_seconds",
                                             "examples_per_second",
                                             "parameters",
                                             NULL};

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
    for (const char *at = select->over ? select->over : ""; *at;) {
        size_t length = strcspn(at, " ");
        char *key = text_format("%.*s", (int)length, at);
        choosing_add_key(choosing, key);
        memory_free(key);
        at += length + (at[length] != '\0');
    }
    if (choosing->over_count || select->on)
        choosing->on = memory_copy_text(select->on ? select->on : "validation.accuracy");
}

void questions_add_names(struct names *names, const struct experiment_file *experiment)
{
    for (size_t i = 0; i < experiment->variant_count; i++) {
        char *name = choosing_strip_name(experiment->variants[i].name,
                                         &experiment->questions.choosing, NULL);
        names_add(names, name);
        memory_free(name);
    }
}

void questions_check_variant(const struct names *names, const struct experiment_file *experiment,
                             const char *name, const struct mark *mark, const char *path,
                             struct diagnostics *diagnostics)
{
    if (names_find(names, name) < names->count)
        return;
    const char *nearest = text_nearest(name, (const char *const *)names->items, names->count);
    char *hint = NULL;
    if (nearest)
        hint = text_format("did you mean `%s`?", nearest);
    else if (names->count && experiment->questions.choosing.on)
        hint = text_format("with `select` they are called like `%s`", names->items[0]);
    else if (names->count && experiment->sweep.key_count)
        hint = text_format("with a sweep they are called like `%s`", names->items[0]);
    diagnostics_add(diagnostics, mark, path, hint, "`%s` is not a variant", name);
    memory_free(hint);
}

void reading_check_variant(const struct reading *reading, const char *name, const struct mark *mark,
                           const char *path)
{
    questions_check_variant(&reading->names, reading->experiment, name, mark, path,
                            reading->diagnostics);
}

bool reading_check_metric(const struct reading *reading, const char *metric,
                          const char *const *known, const struct mark *mark, const char *path)
{
    struct text hint = {0};
    size_t count = 0;
    for (; known[count]; count++)
        if (text_equal(known[count], metric))
            return true;
    const char *nearest = text_nearest(metric, known, count);
    if (nearest)
        text_add_format(&hint, "did you mean `%s`? ", nearest);
    text_add(&hint, "there are");
    for (size_t i = 0; i < count; i++)
        text_add_format(&hint, "%s %s", i ? "," : "", known[i]);
    diagnostics_add(reading->diagnostics, mark, path, text_get(&hint), "unknown metric `%s`",
                    metric);
    text_release(&hint);
    return false;
}

void reading_check_share(const struct reading *reading, const char *metric, bool is_difference,
                         double number, const struct mark *mark, const char *path)
{
    bool can_be_negative = is_difference || text_starts_with(metric, "gap.");
    if (!text_ends_with(metric, ".accuracy") || isnan(number) ||
        (number >= (can_be_negative ? -1 : 0) && number <= 1))
        return;
    bool is_percent = fabs(number) > 1 && fabs(number) <= 100;
    char *hint = is_percent ? text_format("accuracies are fractions: write %.10g for %.10g %%",
                                          number / 100, number)
                            : text_format("from %s to 1", can_be_negative ? "-1" : "0");
    diagnostics_add(reading->diagnostics, mark, path, hint, "%.10g is no %s", number,
                    can_be_negative ? "difference of accuracies" : "accuracy");
    memory_free(hint);
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
        questions_add_names(&reading.names, experiment);
    claims_read(&reading, node_get(experiment->tree, "claims"));
    reported_read(&reading, node_get(experiment->tree, "reported"));
    names_release(&reading.names);
}
