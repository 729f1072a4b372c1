#include "batch/experiment.h"

#include "base/file.h"
#include "base/memory.h"
#include "batch/file_key.h"
#include "batch/questions_read.h"
#include "batch/reading.h"
#include "batch/variants.h"
#include "config/parse.h"
#include "config/resolve.h"
#include "config/scalar.h"
#include "config/schema.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { SEED_LIMIT = 10000 };

static const char *const metrics[] = {"test.accuracy", "test.loss", "validation.accuracy",
                                      "validation.loss", NULL};

struct compare_section {
    int metric;
    char *baseline;
    struct select_section select;
};

struct budget_section {
    int64_t max_trials;
    double trial_seconds;
};

/* What can be read by table; the other keys take forms that no table describes. */
struct experiment_keys {
    char *name, *base;
    struct compare_section compare;
    struct budget_section budget;
};

static const struct param compare_table[] = {
    {.name = "metric",
     .summary = "The final figure that variants are compared by.",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct compare_section, metric),
     .choices = metrics},
    {.name = "baseline",
     .summary = "The variant that the others are compared with.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct compare_section, baseline)},
    {.name = "select",
     .summary = "Of each variant, the value of a swept key that does best on validation.",
     .type = PARAM_SECTION,
     .offset = offsetof(struct compare_section, select),
     .table = select_table},
    {0}};

static const struct param budget_table[] = {
    {.name = "max_trials",
     .summary = "How many trials the experiment may have; more are an error.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct budget_section, max_trials),
     .minimum = 1,
     .maximum = SWEEP_POINTS},
    {.name = "trial_seconds",
     .summary = "Wall time of one trial; one that takes longer is ended and has failed.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL | PARAM_ABOVE_MINIMUM,
     .offset = offsetof(struct budget_section, trial_seconds),
     .minimum = 0,
     .maximum = 1e9,
     .unit = "seconds"},
    {0}};

enum { KEY_NAME, KEY_BASE, KEY_COMPARE, KEY_BUDGET, TABLE_KEYS };

static const struct param keys_table[] = {
    [KEY_NAME] =
        {.name = "name",
         .summary =
             "The experiment's name in the store; the file's name without .yaml if not given.",
         .type = PARAM_TEXT,
         .flags = PARAM_OPTIONAL,
         .offset = offsetof(struct experiment_keys, name)},
    [KEY_BASE] = {.name = "base",
                  .summary = "The config that the variants change.",
                  .type = PARAM_PATH,
                  .flags = PARAM_REQUIRED,
                  .offset = offsetof(struct experiment_keys, base)},
    [KEY_COMPARE] = {.name = "compare",
                     .summary = "What to compare.",
                     .type = PARAM_SECTION,
                     .offset = offsetof(struct experiment_keys, compare),
                     .table = compare_table},
    [KEY_BUDGET] = {.name = "budget",
                    .summary = "What the experiment may cost.",
                    .type = PARAM_SECTION,
                    .offset = offsetof(struct experiment_keys, budget),
                    .table = budget_table},
    [TABLE_KEYS] = {0}};

static const struct experiment_keys key_defaults;

static const struct file_key name_key = {.param = &keys_table[KEY_NAME], .defaults = &key_defaults};
static const struct file_key base_key = {.param = &keys_table[KEY_BASE], .defaults = &key_defaults};
static const struct file_key budget_key = {.param = &keys_table[KEY_BUDGET],
                                           .defaults = &key_defaults};

/* A choice is nothing without its keys. */
static json_t *compare_schema(void)
{
    json_t *schema = schema_of_param(&keys_table[KEY_COMPARE], &key_defaults);
    json_t *select = json_object_get(json_object_get(schema, "properties"), "select");
    json_object_set_new(select, "required", json_pack("[s]", "over"));
    return schema;
}

static const struct file_key compare_key = {
    .param = &keys_table[KEY_COMPARE], .defaults = &key_defaults, .schema = compare_schema};

static json_t *seeds_schema(void)
{
    return json_pack("{s:[{s:s, s:i, s:i}, {s:s, s:{s:s, s:i}, s:i, s:i, s:b}], s:i}", "anyOf",
                     "type", "integer", "minimum", 1, "maximum", SEED_LIMIT, "type", "array",
                     "items", "type", "integer", "minimum", 0, "minItems", 1, "maxItems",
                     SEED_LIMIT, "uniqueItems", 1, "default", 1);
}

static const struct file_key seeds_key = {
    .name = "seeds",
    .summary = "The seeds with which every variant is trained; a number N stands for 1 to N.",
    .form = "whole number, at least 1, or a list of whole numbers, at least 0; default 1",
    .schema = seeds_schema};

const struct file_key *const experiment_keys[] = {
    &name_key,   &base_key,    &seeds_key,  &variants_key, &sweep_key, &exclude_key,
    &budget_key, &compare_key, &claims_key, &reported_key, NULL};
enum { KEYS = sizeof experiment_keys / sizeof *experiment_keys - 1 };

const char *file_key_name(const struct file_key *key)
{
    return key->param ? key->param->name : key->name;
}

const char *file_key_summary(const struct file_key *key)
{
    return key->param ? key->param->summary : key->summary;
}

static void take_number_of_seeds(struct experiment_file *experiment, int64_t count)
{
    experiment->seed_count = (size_t)count;
    experiment->seeds = memory_array((size_t)count, sizeof *experiment->seeds);
    for (int64_t i = 0; i < count; i++)
        experiment->seeds[i] = i + 1;
}

/* Reads a whole number from MINIMUM to MAXIMUM; complains and returns -1 otherwise. */
static int read_number(const struct node *node, const char *path, int64_t minimum, int64_t maximum,
                       int64_t *value, struct diagnostics *diagnostics)
{
    struct text remedy = {0};
    int result = -1;
    if (node->type != NODE_SCALAR || node->quoted ||
        scalar_read_integer(node->text, value, &remedy)) {
        char *found = node_describe(node);
        diagnostics_add(diagnostics, &node->mark, path, text_get(&remedy),
                        "expected a whole number, found %s", found);
        memory_free(found);
    } else if (*value < minimum || *value > maximum) {
        diagnostics_add(diagnostics, &node->mark, path, NULL,
                        "%" PRId64 " is out of range: from %" PRId64 " to %" PRId64, *value,
                        minimum, maximum);
    } else {
        result = 0;
    }
    text_release(&remedy);
    return result;
}

static void read_seed_list(struct experiment_file *experiment, const struct node *list,
                           struct diagnostics *diagnostics)
{
    if (list->count == 0 || list->count > SEED_LIMIT)
        diagnostics_add(diagnostics, &list->mark, "seeds", NULL, "expected from 1 to %d seeds",
                        SEED_LIMIT);
    experiment->seeds = memory_array(list->count, sizeof *experiment->seeds);
    for (size_t i = 0; i < list->count && i < SEED_LIMIT; i++) {
        int64_t *seed = &experiment->seeds[experiment->seed_count];
        if (read_number(list->items[i], "seeds", 0, INT64_MAX, seed, diagnostics))
            continue;
        for (size_t j = 0; j < experiment->seed_count; j++)
            if (experiment->seeds[j] == *seed)
                diagnostics_add(diagnostics, &list->items[i]->mark, "seeds",
                                "leave out one of the two", "seed %" PRId64 " stands twice", *seed);
        experiment->seed_count++;
    }
}

static void read_seeds(struct experiment_file *experiment, const struct node *seeds,
                       struct diagnostics *diagnostics)
{
    int64_t count = 1;
    if (seeds && seeds->type == NODE_LIST) {
        read_seed_list(experiment, seeds, diagnostics);
        return;
    }
    if (seeds && read_number(seeds, "seeds", 1, SEED_LIMIT, &count, diagnostics))
        count = 1;
    take_number_of_seeds(experiment, count);
}

static void check_baseline(struct experiment_file *experiment, const struct node *root,
                           struct diagnostics *diagnostics)
{
    if (!*experiment->baseline)
        return;
    const struct node *node = node_get(node_get(root, "compare"), "baseline");
    struct reading reading = {.experiment = experiment, .diagnostics = diagnostics};
    reading_add_names(&reading);
    reading_check_variant(&reading, experiment->baseline, node ? &node->mark : &root->mark,
                          "compare.baseline");
    names_release(&reading.names);
}

bool experiment_has_key(const char *key)
{
    size_t length = strcspn(key, ".");
    for (int i = 0; i < KEYS; i++) {
        const char *name = file_key_name(experiment_keys[i]);
        if (strlen(name) == length && strncmp(key, name, length) == 0)
            return experiment_keys[i] != &name_key && experiment_keys[i] != &base_key;
    }
    return false;
}

static void complain_of_key(const struct node *root, size_t index, struct diagnostics *diagnostics)
{
    const char *names[KEYS], *key = root->keys[index];
    for (int i = 0; i < KEYS; i++)
        names[i] = file_key_name(experiment_keys[i]);
    const char *nearest = text_nearest(key, names, KEYS);
    struct text hint = {0};
    if (nearest)
        text_add_format(&hint, "did you mean `%s`? ", nearest);
    text_add(&hint, "keys here:");
    for (int i = 0; i < KEYS; i++)
        text_add_format(&hint, "%s %s", i ? "," : "", names[i]);
    diagnostics_add(diagnostics, &root->key_marks[index], key, text_get(&hint), "unknown key");
    text_release(&hint);
}

/* The part of the mapping ROOT that the table describes. Complains of unknown keys. */
static struct node *table_part(const struct node *root, struct diagnostics *diagnostics)
{
    struct node *part = node_new(NODE_MAPPING, &root->mark);
    for (size_t i = 0; i < root->count; i++) {
        const char *key = root->keys[i];
        int at = 0;
        while (at < KEYS && !text_equal(key, file_key_name(experiment_keys[at])))
            at++;
        if (at == KEYS)
            complain_of_key(root, i, diagnostics);
        else if (experiment_keys[at]->param)
            node_add(part, key, &root->key_marks[i], node_copy(root->items[i]));
    }
    questions_join_over(node_get(node_get(part, "compare"), "select"), diagnostics);
    return part;
}

static void read_keys(struct experiment_file *experiment, const char *path, const struct node *root,
                      struct diagnostics *diagnostics)
{
    struct experiment_keys keys;
    struct node *part = table_part(root, diagnostics);
    resolve_table(&keys, sizeof keys, &key_defaults, keys_table, part, -1, "", NULL, diagnostics);
    node_free(part);
    if (!keys.name && text_equal(path, "-"))
        diagnostics_add(diagnostics, &root->mark, "name", "write `name: cells`",
                        "is missing: standard input has no file's name to take");
    experiment->name = keys.name ? memory_copy_text(keys.name) : file_stem(path);
    experiment->base = memory_copy_text(keys.base ? keys.base : "");
    experiment->metric = memory_copy_text(metrics[keys.compare.metric]);
    experiment->baseline = memory_copy_text(keys.compare.baseline ? keys.compare.baseline : "");
    questions_take_select(&experiment->questions, &keys.compare.select);
    experiment->budget.max_trials = keys.budget.max_trials;
    experiment->budget.trial_seconds = keys.budget.trial_seconds;
    resolve_release(&keys, keys_table);
}

static void read_sweep(struct experiment_file *experiment, const struct node *root,
                       struct diagnostics *diagnostics)
{
    int index = node_find(root, "sweep");
    if (index >= 0)
        sweep_read(&experiment->sweep, root->items[index], &root->key_marks[index], diagnostics);
}

int experiment_load(struct experiment_file *experiment, const char *path,
                    struct diagnostics *diagnostics)
{
    *experiment = (struct experiment_file){0};
    size_t errors = diagnostics_reported(diagnostics);
    experiment->tree = parse_file(path, diagnostics);
    if (!experiment->tree || experiment->tree->type != NODE_MAPPING) {
        if (experiment->tree && diagnostics_reported(diagnostics) == errors)
            diagnostics_add(diagnostics, &experiment->tree->mark, "", NULL,
                            "expected a mapping with base, seeds and variants");
        return -1;
    }
    read_keys(experiment, path, experiment->tree, diagnostics);
    read_seeds(experiment, node_get(experiment->tree, "seeds"), diagnostics);
    if (*experiment->base)
        experiment->base_tree = config_read(experiment->base, diagnostics);
    read_sweep(experiment, experiment->tree, diagnostics);
    variants_expand(experiment, diagnostics);
    if (node_find(experiment->tree, "sweep") < 0 || experiment->variant_count > 0) {
        check_baseline(experiment, experiment->tree, diagnostics);
        questions_read(experiment, diagnostics);
    }
    struct text source = {0};
    if (!text_equal(path, "-") && file_read(path, PARSE_BYTES, &source, NULL) == 0)
        experiment->source = text_take(&source);
    else
        experiment->source = memory_copy_text("");
    text_release(&source);
    return diagnostics_reported(diagnostics) == errors ? 0 : -1;
}

void experiment_file_release(struct experiment_file *experiment)
{
    memory_free(experiment->name);
    memory_free(experiment->base);
    memory_free(experiment->source);
    variants_release(experiment);
    sweep_release(&experiment->sweep);
    node_free(experiment->base_tree);
    memory_free(experiment->seeds);
    memory_free(experiment->metric);
    memory_free(experiment->baseline);
    questions_release(&experiment->questions);
    node_free(experiment->tree);
    *experiment = (struct experiment_file){0};
}

static int load_trial(const struct experiment_file *experiment, size_t variant, int64_t seed,
                      struct config_source *source, struct config *config,
                      struct diagnostics *diagnostics)
{
    const struct variant *chosen = &experiment->variants[variant];
    struct node *own = node_new(NODE_MAPPING, &chosen->mark);
    char digits[24];
    snprintf(digits, sizeof digits, "%" PRId64, seed);
    node_add(own, "name", &chosen->mark, node_new_scalar(chosen->run_name, &chosen->mark));
    node_add(own, "seed", &chosen->mark, node_new_scalar(digits, &chosen->mark));
    const struct node *overlays[] = {own, chosen->changes};
    source->path = experiment->base;
    source->tree = experiment->base_tree;
    source->overlays = overlays;
    source->overlay_count = 2;
    int result = config_load_from(config, source, diagnostics);
    node_free(own);
    return result;
}

int experiment_config(const struct experiment_file *experiment, size_t variant, int64_t seed,
                      char **overrides, int override_count, struct config *config,
                      struct diagnostics *diagnostics)
{
    struct config_source source = {.overrides = (const char *const *)overrides,
                                   .override_count = (size_t)override_count};
    return load_trial(experiment, variant, seed, &source, config, diagnostics);
}

int experiment_plan_config(const struct experiment_file *experiment, size_t variant,
                           char **overrides, int override_count, struct config *config,
                           struct diagnostics *diagnostics)
{
    struct config_source source = {.overrides = (const char *const *)overrides,
                                   .override_count = (size_t)override_count,
                                   .without_yaml = true};
    int64_t seed = experiment->seed_count ? experiment->seeds[0] : 1;
    return load_trial(experiment, variant, seed, &source, config, diagnostics);
}

int experiment_spared_config(const struct experiment_file *experiment, size_t variant, int64_t seed,
                             char **overrides, int override_count, bool with_yaml,
                             struct config *config, struct diagnostics *diagnostics)
{
    struct config_source source = {.overrides = (const char *const *)overrides,
                                   .override_count = (size_t)override_count,
                                   .without_yaml = !with_yaml,
                                   .spares_plugins = true};
    return load_trial(experiment, variant, seed, &source, config, diagnostics);
}

static void add_changes(const struct node *node, const char *path, struct change_list *list)
{
    if (node->type == NODE_SCALAR) {
        list->items = memory_grow(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] = (struct change){memory_copy_text(path), node};
        return;
    }
    for (size_t i = 0; i < node->count; i++) {
        char *inner = node->type == NODE_MAPPING
                          ? text_format("%s%s%s", path, *path ? "." : "", node->keys[i])
                          : text_format("%s.%zu", path, i);
        add_changes(node->items[i], inner, list);
        memory_free(inner);
    }
}

void experiment_list_changes(const struct variant *variant, struct change_list *list)
{
    *list = (struct change_list){0};
    add_changes(variant->changes, "", list);
}

void change_list_release(struct change_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        memory_free(list->items[i].path);
    memory_free(list->items);
    *list = (struct change_list){0};
}

char *experiment_changes(const struct variant *variant)
{
    struct text text = {0};
    struct change_list list;
    experiment_list_changes(variant, &list);
    for (size_t i = 0; i < list.count; i++)
        text_add_format(&text, "%s=%s\n", list.items[i].path, list.items[i].value->text);
    change_list_release(&list);
    return text_take(&text);
}
