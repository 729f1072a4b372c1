#include "batch/questions_read.h"

#include "base/memory.h"
#include "config/resolve.h"
#include "config/scalar.h"
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
     .summary = "The figure whose best mean over seeds chooses; none of the test set.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct select_section, on)},
    {0}};

/* A claim as its table has it; NaN: not said. */
struct claim_keys {
    char *text, *better, *than, *variant, *metric;
    double by, above, below;
};

static const struct param claim_table[] = {
    {.name = "text",
     .summary = "The claim in words.",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .offset = offsetof(struct claim_keys, text)},
    {.name = "better",
     .summary = "The variant that is said to be better.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, better)},
    {.name = "than",
     .summary = "The variant that it is better than.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, than)},
    {.name = "by",
     .summary = "By how much at least.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, by),
     .minimum = 0,
     .maximum = 1e300},
    {.name = "variant",
     .summary = "The variant whose figure is said to lie above or below a number.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, variant)},
    {.name = "above",
     .summary = "The figure's lower bound.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, above)},
    {.name = "below",
     .summary = "The figure's upper bound.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, below)},
    {.name = "metric",
     .summary = "The final figure that the claim is about, if not compare.metric.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, metric)},
    {0}};

static const struct claim_keys claim_defaults = {.by = NAN, .above = NAN, .below = NAN};

/* The finals that a run may have and what follows from them; ends with NULL. */
static const char *const claim_metrics[] = {"test.accuracy",
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
                                            "examples_per_second",
                                            "parameters",
                                            NULL};

/* What is measured while a run trains; ends with NULL. */
static const char *const reported_metrics[] = {
    "test.accuracy",        "test.loss",        "validation.accuracy",
    "validation.loss",      "train.accuracy",   "train.loss",
    "train_split.accuracy", "train_split.loss", NULL};

/* What the readers below share. */
struct reading {
    struct experiment_file *experiment;
    struct names names; /* of the variants as they are compared */
    struct diagnostics *diagnostics;
};

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

static void check_variant(const struct reading *reading, const char *name, const struct mark *mark,
                          const char *path)
{
    questions_check_variant(&reading->names, reading->experiment, name, mark, path,
                            reading->diagnostics);
}

/* Complains where METRIC is none of KNOWN. */
static bool check_metric(const struct reading *reading, const char *metric,
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

static void complain(const struct reading *reading, const struct node *item, const char *key,
                     const char *path, const char *hint, const char *what)
{
    const struct node *value = node_get(item, key);
    char *full = text_format("%s.%s", path, key);
    diagnostics_add(reading->diagnostics, value ? &value->mark : &item->mark, full, hint, "%s",
                    what);
    memory_free(full);
}

/* A claim is about two variants or about one: the keys of the other kind mean nothing. */
static bool check_kind(const struct reading *reading, const struct node *item,
                       const struct claim_keys *keys, const char *path)
{
    static const char hint[] = "write `better: A` and `than: B`, or `variant: A` and `above` or "
                               "`below`";
    if (!keys->better == !keys->variant) {
        diagnostics_add(reading->diagnostics, &item->mark, path, hint,
                        keys->better ? "has both `better` and `variant`"
                                     : "says neither `better` nor `variant`");
        return false;
    }
    if (keys->better && !keys->than)
        complain(reading, item, "than", path, hint, "is missing");
    else if (keys->better && !isnan(keys->above))
        complain(reading, item, "above", path, "take `by`", "belongs to `variant`");
    else if (keys->better && !isnan(keys->below))
        complain(reading, item, "below", path, "take `by`", "belongs to `variant`");
    else if (keys->variant && keys->than)
        complain(reading, item, "than", path, hint, "belongs to `better`");
    else if (keys->variant && !isnan(keys->by))
        complain(reading, item, "by", path, hint, "belongs to `better`");
    else if (keys->variant && isnan(keys->above) && isnan(keys->below))
        complain(reading, item, "above", path, hint, "is missing, and so is `below`");
    else if (keys->variant && keys->above >= keys->below)
        complain(reading, item, "below", path, NULL, "is not greater than `above`");
    else if (keys->better && text_equal(keys->better, keys->than))
        complain(reading, item, "than", path, NULL, "is the same variant");
    else
        return true;
    return false;
}

/* Only of figures that are tested, and of which one direction is better, can one be better. */
static void check_direction(const struct reading *reading, const struct node *item,
                            const char *metric, const char *path)
{
    static const char hint[] = "claim it of one `variant`, with `above` or `below`";
    if (comparison_direction(metric) == NEITHER_IS_BETTER)
        complain(reading, item, "metric", path, hint, "more is neither better nor worse");
    else if (!comparison_is_tested(metric))
        complain(reading, item, "metric", path, hint,
                 "depends on the machine and what else it did: no test says which is better");
}

static void check_claim(const struct reading *reading, const struct node *item,
                        const struct claim_keys *keys, const char *metric, const char *path)
{
    static const char *const names[] = {"better", "than", "variant"};
    const char *const values[] = {keys->better, keys->than, keys->variant};
    const struct node *said = node_get(item, "metric");
    char *full = text_format("%s.metric", path);
    for (int i = 0; i < 3; i++) {
        const struct node *node = node_get(item, names[i]);
        char *place = text_format("%s.%s", path, names[i]);
        if (values[i] && node)
            check_variant(reading, values[i], &node->mark, place);
        memory_free(place);
    }
    if (check_metric(reading, metric, claim_metrics, said ? &said->mark : &item->mark, full) &&
        keys->better)
        check_direction(reading, item, metric, path);
    memory_free(full);
}

static void read_claim(const struct reading *reading, const struct node *item, const char *path)
{
    struct claim_keys keys;
    size_t errors = diagnostics_reported(reading->diagnostics);
    resolve_table(&keys, sizeof keys, &claim_defaults, claim_table, item, -1, path, NULL,
                  reading->diagnostics);
    const char *metric = keys.metric ? keys.metric : reading->experiment->metric;
    if (diagnostics_reported(reading->diagnostics) == errors &&
        check_kind(reading, item, &keys, path))
        check_claim(reading, item, &keys, metric, path);
    if (diagnostics_reported(reading->diagnostics) == errors) {
        const struct claim claim = {
            .text = memory_copy_text(keys.text),
            .variant = memory_copy_text(keys.better ? keys.better : keys.variant),
            .than = memory_copy_text(keys.than),
            .metric = memory_copy_text(metric),
            .least = !keys.better     ? keys.above
                     : isnan(keys.by) ? 0
                                      : keys.by,
            .most = keys.better ? NAN : keys.below,
        };
        questions_add_claim(&reading->experiment->questions, &claim);
    }
    resolve_release(&keys, claim_table);
}

static void read_claims(const struct reading *reading, const struct node *claims)
{
    enum { MOST_CLAIMS = 1000 };
    if (!claims)
        return;
    if (claims->type != NODE_LIST || claims->count == 0 || claims->count > MOST_CLAIMS) {
        char *found = node_describe(claims);
        diagnostics_add(reading->diagnostics, &claims->mark, "claims",
                        "write `- {text: …, better: A, than: B}` for each",
                        "expected a list of 1 to %d claims, found %s", MOST_CLAIMS, found);
        memory_free(found);
        return;
    }
    for (size_t i = 0; i < claims->count; i++) {
        char *path = text_format("claims.%zu", i);
        if (claims->items[i]->type == NODE_MAPPING) {
            read_claim(reading, claims->items[i], path);
        } else {
            char *found = node_describe(claims->items[i]);
            diagnostics_add(reading->diagnostics, &claims->items[i]->mark, path,
                            "write `{text: …, better: A, than: B}`", "expected a mapping, found %s",
                            found);
            memory_free(found);
        }
        memory_free(path);
    }
}

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
    check_metric(reading, metric, reported_metrics, mark, path);
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
        check_variant(reading, node->keys[i], &node->key_marks[i], place);
        if (node->items[i]->type == NODE_MAPPING && node->items[i]->count > 0)
            read_figures(reading, node->items[i], metric, node->keys[i], place);
        else
            diagnostics_add(reading->diagnostics, &node->items[i]->mark, place,
                            "write `{101: 0.7673, end: 0.9879}`", "expected figures by step");
        memory_free(place);
    }
    memory_free(path);
}

static void read_reported(const struct reading *reading, const struct node *reported)
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
    for (size_t i = 0; over && i < choosing->over_count; i++)
        check_swept(reading, choosing->over[i],
                    over->type == NODE_LIST && i < over->count ? &over->items[i]->mark
                                                               : &over->mark);
    if (on && choosing->on &&
        check_metric(reading, choosing->on, claim_metrics, &on->mark, "compare.select.on")) {
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
    read_claims(&reading, node_get(experiment->tree, "claims"));
    read_reported(&reading, node_get(experiment->tree, "reported"));
    names_release(&reading.names);
}
