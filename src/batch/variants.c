#include "batch/variants.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text_set.h"
#include "batch/exclude.h"
#include "batch/file_key.h"
#include "config/rules.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static json_t *variants_schema(void)
{
    return json_pack("{s:s, s:i, s:{s:s}}", "type", "object", "minProperties", 1,
                     "additionalProperties", "$ref", SCHEMA_CHANGES);
}

static const struct file_key name_key = {
    .name = "NAME",
    .summary = "What this variant changes in the base: any keys of a config but its seed.",
    .form = "{KEY.PATH: value} with keys of `unroll modules config`; {} changes nothing"};
static const struct file_key *const variants_keys[] = {&name_key, NULL};

const struct file_key variants_key = {.name = "variants",
                                      .summary = "What is compared, by name.",
                                      .form = "mapping with the keys below; required where there "
                                              "is no sweep",
                                      .keys = variants_keys,
                                      .schema = variants_schema};

/* A variant as the file has it. */
struct declared {
    const char *name;
    struct mark mark;
    const struct node *changes; /* NULL: none */
    bool is_misnamed;           /* which has been said */
};

struct declared_list {
    struct declared *items;
    size_t count;
    char *base_name; /* of the only one, where the file names none */
};

/* A variant with a seed of its own would be the same run for each seed of the experiment, and its
 * copies would pass for evidence. */
static void refuse_seed(const struct node *changes, const char *name,
                        struct diagnostics *diagnostics)
{
    int index = node_find(changes, "seed");
    if (index < 0)
        return;
    char *path = text_format("variants.%s.seed", name);
    diagnostics_add(diagnostics, &changes->key_marks[index], path,
                    "list it in the experiment's `seeds`, which hold for every variant",
                    "a variant cannot choose its seed");
    memory_free(path);
}

/* Complains where KEY of the sweep meets a key of NODE, whose path is PATH. */
static void refuse_meeting(const struct node *node, const struct mark *mark, const char *path,
                           const struct sweep_key *key, struct diagnostics *diagnostics)
{
    bool is_inner = node->type == NODE_MAPPING && node->count > 0;
    size_t length = strlen(path);
    bool leads_there = strncmp(path, key->path, length) == 0 && key->path[length] == '.';
    if (is_inner && leads_there) {
        for (size_t i = 0; i < node->count; i++) {
            char *inner = text_format("%s.%s", path, node->keys[i]);
            refuse_meeting(node->items[i], &node->key_marks[i], inner, key, diagnostics);
            memory_free(inner);
        }
    } else if (sweep_paths_meet(path, key->path)) {
        char *hint = text_format("the sweep has `%s` in line %d: keep one of the two", key->path,
                                 key->mark.line);
        diagnostics_add(diagnostics, mark, path, hint, "is set by a variant and swept");
        memory_free(hint);
    }
}

/* A variant's keys must not be swept as well: one of the two would be lost. */
static void refuse_swept(const struct declared *variant, const struct sweep *sweep,
                         struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < sweep->key_count; i++)
        for (size_t j = 0; j < variant->changes->count; j++)
            refuse_meeting(variant->changes->items[j], &variant->changes->key_marks[j],
                           variant->changes->keys[j], &sweep->keys[i], diagnostics);
}

/* The base config's name, or its file's. */
static char *name_of_base(const struct experiment_file *experiment)
{
    const struct node *name = node_get(experiment->base_tree, "name");
    if (name && name->type == NODE_SCALAR && *name->text)
        return memory_copy_text(name->text);
    return file_stem(experiment->base);
}

/* NAME with what a run's name cannot hold replaced, and cut to what it may be long. */
static char *run_name_of(const char *name)
{
    enum { NAME_BYTES = 100 };
    char *copy = memory_copy_text(name);
    size_t length = strlen(copy);
    if (length > NAME_BYTES) {
        length = NAME_BYTES;
        while (((unsigned char)copy[length] & 0xC0) == 0x80)
            length--;
        copy[length] = '\0';
    }
    for (char *at = copy; *at; at++) {
        bool is_letter = (*at >= '0' && *at <= '9') || ((*at | 0x20) >= 'a' && (*at | 0x20) <= 'z');
        if (!is_letter && !((unsigned char)*at & 0x80) && !strchr("-_.+", *at))
            *at = '_';
    }
    return copy;
}

/* Every trial's run is called by its variant's name. */
static bool has_bad_name(const struct declared *variant, bool has_sweep,
                         struct diagnostics *diagnostics)
{
    char *name = has_sweep ? run_name_of(variant->name) : memory_copy_text(variant->name);
    const char *remedy, *fault = rules_name_fault(name, &remedy);
    if (fault) {
        char *path = text_format("variants.%s", variant->name);
        diagnostics_add(diagnostics, &variant->mark, path, remedy, "%s", fault);
        memory_free(path);
    }
    memory_free(name);
    return fault;
}

/* A choice takes off a name what looks like the value of a swept key: it would take the declared
 * name for a trial's, and two variants for one. */
static void refuse_labels(struct declared *variant, const struct choosing *swept,
                          struct diagnostics *diagnostics)
{
    char *left = choosing_strip_name(variant->name, swept, NULL);
    if (!text_equal(left, variant->name)) {
        char *path = text_format("variants.%s", variant->name);
        char *hint = text_format("call it `%s`, or put a dash for the space", left);
        diagnostics_add(diagnostics, &variant->mark, path, hint,
                        "looks like a variant with the value of a swept key");
        memory_free(hint);
        memory_free(path);
        variant->is_misnamed = true;
    }
    memory_free(left);
}

static void read_declared(struct declared_list *list, const struct experiment_file *experiment,
                          const struct node *variants, struct diagnostics *diagnostics)
{
    struct choosing swept = {0};
    for (size_t i = 0; i < experiment->sweep.key_count; i++)
        choosing_add_key(&swept, experiment->sweep.keys[i].path);
    for (size_t i = 0; i < variants->count; i++) {
        const struct node *changes = variants->items[i];
        if (changes->type != NODE_MAPPING) {
            char *found = node_describe(changes);
            char *path = text_format("variants.%s", variants->keys[i]);
            diagnostics_add(diagnostics, &changes->mark, path, "`{}` changes nothing",
                            "expected a mapping of keys to values, found %s", found);
            memory_free(path);
            memory_free(found);
            continue;
        }
        struct declared *variant = &list->items[list->count++];
        *variant = (struct declared){variants->keys[i], variants->key_marks[i], changes, false};
        variant->is_misnamed = has_bad_name(variant, experiment->sweep.key_count > 0, diagnostics);
        refuse_labels(variant, &swept, diagnostics);
        refuse_seed(changes, variant->name, diagnostics);
        refuse_swept(variant, &experiment->sweep, diagnostics);
    }
    choosing_clear(&swept);
}

static void find_declared(struct declared_list *list, const struct experiment_file *experiment,
                          struct diagnostics *diagnostics)
{
    const struct node *root = experiment->tree, *variants = node_get(root, "variants");
    list->items =
        memory_array(variants && variants->count ? variants->count : 1, sizeof *list->items);
    if (!variants && node_find(root, "sweep") >= 0) {
        list->base_name = name_of_base(experiment);
        list->items[list->count++] =
            (struct declared){list->base_name, experiment->sweep.mark, NULL, false};
    } else if (!variants) {
        diagnostics_add(diagnostics, &root->mark, "variants",
                        "name at least one, for example `variants: {lstm: {}}`, or write a `sweep`",
                        "is missing");
    } else if (variants->type != NODE_MAPPING || variants->count == 0) {
        char *found = node_describe(variants);
        diagnostics_add(diagnostics, &variants->mark, "variants",
                        "write `name: {key.path: value}` for each",
                        "expected a mapping with at least one variant, found %s", found);
        memory_free(found);
    } else {
        read_declared(list, experiment, variants, diagnostics);
    }
}

/* A declared variant at a point of the sweep. */
static void add_variant(struct experiment_file *experiment, const struct declared_list *list,
                        size_t declared, size_t point)
{
    const struct sweep *sweep = &experiment->sweep;
    const struct declared *from = &list->items[declared];
    struct variant *variant = &experiment->variants[experiment->variant_count++];
    struct text name = {0};
    text_add(&name, from->name);
    sweep_add_name(sweep, point, &name);
    *variant = (struct variant){.name = text_take(&name), .mark = from->mark, .declared = declared};
    if (from->is_misnamed)
        variant->run_name = memory_copy_text("misnamed"); /* one complaint is enough */
    else
        variant->run_name =
            sweep->key_count ? run_name_of(variant->name) : memory_copy_text(variant->name);
    variant->changes =
        from->changes ? node_copy(from->changes) : node_new(NODE_MAPPING, &from->mark);
    for (size_t i = 0; i < sweep->key_count; i++) {
        const struct sweep_key *key = &sweep->keys[i];
        node_add(variant->changes, key->path, &key->mark,
                 node_copy(key->values[sweep_value(key, point)]));
    }
}

static void check_names(const struct experiment_file *experiment, struct diagnostics *diagnostics)
{
    struct text_set *names = text_set_new();
    for (size_t i = 0; i < experiment->variant_count; i++)
        if (!text_set_add(names, experiment->variants[i].name))
            diagnostics_add(diagnostics, &experiment->variants[i].mark, "variants",
                            "rename the variant", "two trials would be called `%s`",
                            experiment->variants[i].name);
    text_set_free(names);
}

/* All trials that there would be without `exclude`: the bound that protects the memory. */
static bool is_too_large(const struct experiment_file *experiment, size_t declared,
                         struct diagnostics *diagnostics)
{
    size_t trials = 0;
    if (!__builtin_mul_overflow(sweep_points(&experiment->sweep), declared, &trials) &&
        !__builtin_mul_overflow(trials, experiment->seed_count, &trials) && trials <= SWEEP_POINTS)
        return false;
    const struct mark *mark =
        experiment->sweep.key_count ? &experiment->sweep.mark : &experiment->tree->mark;
    diagnostics_add(diagnostics, mark, experiment->sweep.key_count ? "sweep" : "",
                    "make an experiment of each part",
                    "%zu variants at %zu points with %zu seeds are more than %d trials", declared,
                    sweep_points(&experiment->sweep), experiment->seed_count, SWEEP_POINTS);
    return true;
}

static void check_budget(const struct experiment_file *experiment, struct diagnostics *diagnostics)
{
    size_t trials = experiment->variant_count * experiment->seed_count;
    if (experiment->budget.max_trials == 0 || trials <= (size_t)experiment->budget.max_trials)
        return;
    const struct node *node = node_get(node_get(experiment->tree, "budget"), "max_trials");
    diagnostics_add(diagnostics, &node->mark, "budget.max_trials",
                    "sweep less, leave points out with `exclude`, or allow more",
                    "there are %zu trials (%zu variants, %zu seeds), more than %" PRId64, trials,
                    experiment->variant_count, experiment->seed_count,
                    experiment->budget.max_trials);
}

static void expand(struct experiment_file *experiment, const struct declared_list *list,
                   struct diagnostics *diagnostics)
{
    size_t points = sweep_points(&experiment->sweep), errors = diagnostics_reported(diagnostics);
    const char **names = memory_array(list->count, sizeof *names);
    for (size_t i = 0; i < list->count; i++)
        names[i] = list->items[i].name;
    struct exclude exclude;
    exclude_read(&exclude, node_get(experiment->tree, "exclude"), &experiment->sweep, names,
                 list->count, diagnostics);
    experiment->variants = memory_array(list->count * points, sizeof *experiment->variants);
    for (size_t i = 0; i < list->count; i++)
        for (size_t point = 0; point < points; point++)
            if (!exclude_has(&exclude, i, point))
                add_variant(experiment, list, i, point);
    exclude_check_use(&exclude, diagnostics);
    if (experiment->variant_count == 0 && list->count &&
        diagnostics_reported(diagnostics) == errors)
        diagnostics_add(diagnostics, &node_get(experiment->tree, "exclude")->mark, "exclude", NULL,
                        "no trial is left");
    if (experiment->sweep.key_count)
        check_names(experiment, diagnostics);
    check_budget(experiment, diagnostics);
    exclude_release(&exclude);
    memory_free(names);
}

struct twin {
    const char *key;
    size_t variant;
};

static int by_key(const void *a, const void *b)
{
    const struct twin *left = a, *right = b;
    int order = strcmp(left->key, right->key);
    return order ? order : (left->variant > right->variant) - (left->variant < right->variant);
}

/* SECOND is the later of two equal ones. */
static void refuse_twin(const struct experiment_file *experiment, const struct variant *first,
                        const struct variant *second, struct diagnostics *diagnostics)
{
    if (first->declared == second->declared) {
        diagnostics_add(diagnostics, &experiment->sweep.mark, "sweep",
                        "sweep only what changes the result",
                        "`%s` and `%s` would be one and the same run", first->name, second->name);
        return;
    }
    diagnostics_add(diagnostics, &second->mark, "variants",
                    "a comparison needs a difference: change it, or leave out one of the two",
                    "`%s` is the same run as `%s`", second->name, first->name);
}

void experiment_check_twins(const struct experiment_file *experiment, const char *const *keys,
                            struct diagnostics *diagnostics)
{
    size_t count = experiment->variant_count;
    struct twin *twins = memory_array(count, sizeof *twins);
    for (size_t i = 0; i < count; i++)
        twins[i] = (struct twin){keys[i], i};
    if (count)
        qsort(twins, count, sizeof *twins, by_key);
    for (size_t i = 1; i < count; i++) {
        const struct variant *first = &experiment->variants[twins[i - 1].variant];
        const struct variant *second = &experiment->variants[twins[i].variant];
        if (!text_equal(twins[i - 1].key, twins[i].key))
            continue;
        refuse_twin(experiment, first, second, diagnostics);
        if (experiment->sweep.key_count)
            break; /* the others are of the same kind */
    }
    memory_free(twins);
}

void variants_expand(struct experiment_file *experiment, struct diagnostics *diagnostics)
{
    struct declared_list list = {0};
    find_declared(&list, experiment, diagnostics);
    bool is_sound = true; /* an unsound sweep has no points */
    for (size_t i = 0; i < experiment->sweep.key_count; i++)
        is_sound &= experiment->sweep.keys[i].stride > 0 && experiment->sweep.keys[i].count > 0;
    if (is_sound && !is_too_large(experiment, list.count, diagnostics))
        expand(experiment, &list, diagnostics);
    memory_free(list.items);
    memory_free(list.base_name);
}

void variants_release(struct experiment_file *experiment)
{
    for (size_t i = 0; i < experiment->variant_count; i++) {
        memory_free(experiment->variants[i].name);
        memory_free(experiment->variants[i].run_name);
        node_free(experiment->variants[i].changes);
    }
    memory_free(experiment->variants);
    experiment->variants = NULL;
    experiment->variant_count = 0;
}
