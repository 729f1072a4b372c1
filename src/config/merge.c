#include "config/merge.h"

#include "base/file.h"
#include "base/memory.h"
#include "config/choice.h"
#include "config/config.h"
#include "config/parse.h"
#include "module/registry.h"

#include <stdlib.h>
#include <string.h>

struct merging {
    struct diagnostics *diagnostics;
    struct text path;
};

static void merge_mapping(struct merging *merging, struct node *base, const struct node *overlay,
                          const struct param *table);

/* Lengthens the path; gives its former length for leave(). */
static size_t enter(struct merging *merging, const char *key)
{
    size_t length = merging->path.length;
    text_add(&merging->path, length ? "." : "");
    text_add(&merging->path, key);
    return length;
}

static void leave(struct merging *merging, size_t length)
{
    merging->path.data[merging->path.length = length] = '\0';
}

/* An entry number such as 0 or 12, or -1. */
static int index_of(const char *key)
{
    size_t digits = strspn(key, "0123456789");
    if (digits == 0 || digits > 6 || key[digits] || (key[0] == '0' && digits > 1))
        return -1;
    return atoi(key);
}

/* Does the mapping speak of a list's single elements? */
static bool is_indexed(const struct node *node)
{
    if (node->type != NODE_MAPPING || node->count == 0)
        return false;
    for (size_t i = 0; i < node->count; i++)
        if (index_of(node->keys[i]) < 0)
            return false;
    return true;
}

/* The same module's parameters merge; another module replaces the whole choice. */
static void merge_choice(struct merging *merging, struct node *parent, size_t index,
                         const struct node *overlay, enum module_kind kind)
{
    const struct node *base = parent->items[index];
    const char *old = choice_name(base), *name = choice_name(overlay);
    const struct module *module = name ? registry_find(kind, name) : NULL;
    bool merges = old && name && text_equal(old, name);
    struct node *below = merges ? choice_parameters(base, module) : NULL;
    struct node *above = merges ? choice_parameters(overlay, module) : NULL;
    if (!below || !above) {
        node_free(below);
        node_free(above);
        node_replace(parent, index, node_copy(overlay));
        return;
    }
    size_t length = enter(merging, name);
    merge_mapping(merging, below, above, module ? module->params : NULL);
    leave(merging, length);
    node_free(above);
    node_replace(parent, index, choice_new(name, choice_mark(overlay), below));
}

static void merge_elements(struct merging *merging, struct node *list, const struct node *overlay,
                           const struct param *param)
{
    for (size_t i = 0; i < overlay->count; i++) {
        size_t index = (size_t)index_of(overlay->keys[i]);
        size_t length = enter(merging, overlay->keys[i]);
        if (index >= list->count) {
            char *hint = list->count ? text_format("elements count from 0 to %zu", list->count - 1)
                                     : memory_copy_text("the list is empty");
            diagnostics_add(merging->diagnostics, &overlay->key_marks[i], text_get(&merging->path),
                            hint, "the list has no such element");
            memory_free(hint);
        } else if (param && param->type == PARAM_MODULES) {
            merge_choice(merging, list, index, overlay->items[i], param->kind);
        } else {
            node_replace(list, index, node_copy(overlay->items[i]));
        }
        leave(merging, length);
    }
}

static void merge_value(struct merging *merging, struct node *parent, size_t index,
                        const struct node *overlay, const struct param *param)
{
    struct node *base = parent->items[index];
    if (param && param->type == PARAM_MODULE)
        merge_choice(merging, parent, index, overlay, param->kind);
    else if (base->type == NODE_LIST && is_indexed(overlay))
        merge_elements(merging, base, overlay, param);
    else if (base->type == NODE_MAPPING && overlay->type == NODE_MAPPING)
        merge_mapping(merging, base, overlay,
                      param && param->type == PARAM_SECTION ? param->table : NULL);
    else
        node_replace(parent, index, node_copy(overlay));
}

/* Where the first short key of a model stands, or -1. */
static int find_short_key(const struct node *model)
{
    for (size_t i = 0; i < model->count; i++)
        if (param_find(model_short_table, model->keys[i]))
            return (int)i;
    return -1;
}

/* The two ways to write a model exclude each other: a stack takes the place of the short form
 * below it; the short form cannot take the place of a stack without losing it. Gives false when
 * the overlay's short keys must be left out. */
static bool reconcile_model(struct merging *merging, struct node *base, const struct node *overlay)
{
    const struct node *stack = node_get(overlay, "stack");
    int below = node_find(base, "stack"), key = find_short_key(overlay);
    if (stack && !is_indexed(stack)) {
        for (int i = find_short_key(base); i >= 0; i = find_short_key(base))
            node_free(node_take(base, (size_t)i));
    } else if (stack && below < 0) {
        size_t length = enter(merging, "stack");
        diagnostics_add(merging->diagnostics, &overlay->key_marks[node_find(overlay, "stack")],
                        text_get(&merging->path),
                        "set the short keys (cell, layers, units, ...), or write the stack out as "
                        "`unroll show` prints it",
                        "the config has no `stack` whose elements could be changed");
        leave(merging, length);
        return true;
    } else if (!stack && below >= 0 && key >= 0) {
        char *place = mark_origin(&base->key_marks[below]);
        char *hint = text_format("the stack is in %s: change its elements (`model.stack.0...`) or "
                                 "give a whole new `stack`",
                                 place);
        size_t length = enter(merging, overlay->keys[key]);
        diagnostics_add(merging->diagnostics, &overlay->key_marks[key], text_get(&merging->path),
                        hint, "short keys cannot change an explicit stack");
        leave(merging, length);
        memory_free(place);
        memory_free(hint);
        return false;
    }
    return true;
}

static void merge_mapping(struct merging *merging, struct node *base, const struct node *overlay,
                          const struct param *table)
{
    const struct param *extra = table ? config_extra_keys(table) : NULL;
    bool takes_short = extra != model_short_table || reconcile_model(merging, base, overlay);
    for (size_t i = 0; i < overlay->count; i++) {
        const char *key = overlay->keys[i];
        const struct param *param = param_find(table, key), *other = param_find(extra, key);
        if (!takes_short && other)
            continue;
        int index = node_find(base, key);
        size_t length = enter(merging, key);
        /* Elements of a stack that is not there: reconcile_model() has complained. */
        bool is_lost = extra == model_short_table && index < 0 && param &&
                       param->type == PARAM_MODULES && is_indexed(overlay->items[i]);
        if (index >= 0) {
            const struct node *before = base->items[index];
            merge_value(merging, base, (size_t)index, overlay->items[i], param ? param : other);
            if (base->items[index] != before) /* replaced, not changed inside */
                base->key_marks[index] = overlay->key_marks[i];
        } else if (!is_lost) {
            node_add(base, key, &overlay->key_marks[i], node_copy(overlay->items[i]));
        }
        leave(merging, length);
    }
}

void merge_overlay(struct node *base, const struct node *overlay, const struct param *table,
                   struct diagnostics *diagnostics)
{
    struct merging merging = {.diagnostics = diagnostics};
    merge_mapping(&merging, base, overlay, table);
    text_release(&merging.path);
}

static void complain_twice(struct diagnostics *diagnostics, const struct mark *mark,
                           const char *path)
{
    diagnostics_add(diagnostics, mark, path, "keep one of them", "this is said twice");
}

/* Puts VALUE (then owned by TARGET) under KEY; two mappings become one. */
static void adopt(struct node *target, const char *key, const struct mark *mark, struct node *value,
                  const char *path, struct diagnostics *diagnostics)
{
    struct node *there = node_get(target, key);
    if (!there) {
        node_add(target, key, mark, value);
        return;
    }
    if (there->type == NODE_MAPPING && value->type == NODE_MAPPING) {
        while (value->count > 0) {
            char *inner = memory_copy_text(value->keys[0]);
            struct mark inner_mark = value->key_marks[0];
            adopt(there, inner, &inner_mark, node_take(value, 0), path, diagnostics);
            memory_free(inner);
        }
    } else {
        complain_twice(diagnostics, mark, path);
    }
    node_free(value);
}

static const char *path_problem(const char *path)
{
    size_t parts = 1;
    for (const char *at = path; *at; at++)
        parts += *at == '.';
    if (parts > PARSE_LEVELS)
        return "the path has more than 64 parts";
    bool has_gap = path[0] == '.' || text_ends_with(path, ".") || strstr(path, "..");
    return has_gap || !*path ? "a part of the path is empty" : NULL;
}

/* Adds VALUE, which TARGET then owns, under the dotted PATH. */
static void unfold_entry(struct node *target, const char *path, const struct mark *mark,
                         struct node *value, struct diagnostics *diagnostics)
{
    const char *problem = path_problem(path);
    if (problem) {
        diagnostics_add(diagnostics, mark, path, "write it like `train.optimizer.adam.rate`", "%s",
                        problem);
        node_free(value);
        return;
    }
    char *copy = memory_copy_text(path), *rest = copy, *key = strsep(&rest, ".");
    for (; target && rest; key = strsep(&rest, ".")) {
        struct node *next = node_get(target, key);
        if (!next) {
            next = node_new(NODE_MAPPING, mark);
            node_add(target, key, mark, next);
        } else if (next->type != NODE_MAPPING) {
            complain_twice(diagnostics, mark, path);
            next = NULL;
        }
        target = next;
    }
    if (target)
        adopt(target, key, mark, value, path, diagnostics);
    else
        node_free(value);
    memory_free(copy);
}

struct node *merge_unfold(const struct node *node, struct diagnostics *diagnostics)
{
    if (node->type != NODE_MAPPING)
        return node_copy(node);
    struct node *unfolded = node_new(NODE_MAPPING, &node->mark);
    for (size_t i = 0; i < node->count; i++)
        unfold_entry(unfolded, node->keys[i], &node->key_marks[i], node_copy(node->items[i]),
                     diagnostics);
    return unfolded;
}

struct node *merge_override(const char *override, struct diagnostics *diagnostics)
{
    enum { SHOWN = 200 };
    const char *equals = strchr(override, '=');
    const char *place = diagnostics_add_place(diagnostics, "command line: %.*s", SHOWN, override);
    struct mark mark = {.file = place};
    if (!equals || equals == override) {
        diagnostics_add(diagnostics, &mark, "", "write it like train.steps=100",
                        "not of the form key.path=value");
        return NULL;
    }
    struct node *value = parse_value(equals + 1, place, diagnostics);
    if (!value)
        return NULL;
    char *path = text_format("%.*s", (int)(equals - override), override);
    struct node *overlay = node_new(NODE_MAPPING, &mark);
    unfold_entry(overlay, path, &mark, value, diagnostics);
    memory_free(path);
    return overlay;
}

enum { CHAIN = 16 };

/* The files that `base` led through. */
struct chain {
    const struct param *table;
    struct diagnostics *diagnostics;
    const char *names[CHAIN];
    char *real[CHAIN]; /* absolute names, to recognise a file under another name */
    size_t count;
};

static struct node *load_chain(struct chain *chain, const char *path, const char *bytes,
                               size_t size);

static bool is_cycle(const struct chain *chain, const char *real)
{
    for (size_t i = 0; real && i < chain->count; i++)
        if (chain->real[i] && text_equal(chain->real[i], real))
            return true;
    return false;
}

/* "a.yaml -> b.yaml -> a.yaml" */
static char *write_chain(const struct chain *chain, const char *last)
{
    struct text text = {0};
    for (size_t i = 0; i < chain->count; i++)
        text_add_format(&text, "%s -> ", chain->names[i]);
    text_add(&text, last);
    return text_take(&text);
}

/* The tree of the file that NODE, the value of `base`, names; NULL after an error. */
static struct node *load_base(struct chain *chain, const struct node *node)
{
    if (node->broken)
        return NULL;
    if (node->type != NODE_SCALAR || !*node->text) {
        char *found = node_describe(node);
        diagnostics_add(chain->diagnostics, &node->mark, "base", "write it like `base: other.yaml`",
                        "expected a file name, found %s", found);
        memory_free(found);
        return NULL;
    }
    char *folder = file_folder(node->mark.file), *path = file_join(folder, node->text);
    if (text_starts_with(path, "./"))
        memmove(path, path + 2, strlen(path) - 1);
    char *real = realpath(path, NULL);
    struct node *base = NULL;
    char *names = write_chain(chain, path);
    if (!real)
        diagnostics_add(chain->diagnostics, &node->mark, "base",
                        "the name is relative to the folder of this file", "there is no file %s",
                        path);
    else if (is_cycle(chain, real))
        diagnostics_add(chain->diagnostics, &node->mark, "base", "remove one of these `base`",
                        "the files go in a circle: %s", names);
    else if (chain->count == CHAIN)
        diagnostics_add(chain->diagnostics, &node->mark, "base", "write some of them together",
                        "a chain of more than 16 files: %s", names);
    else
        base = load_chain(chain, path, NULL, 0);
    memory_free(names);
    free(real);
    memory_free(path);
    memory_free(folder);
    return base;
}

static struct node *load_chain(struct chain *chain, const char *path, const char *bytes,
                               size_t size)
{
    struct node *root = bytes ? parse_text(path, bytes, size, chain->diagnostics)
                              : parse_file(path, chain->diagnostics);
    if (!root)
        return NULL;
    if (root->type != NODE_MAPPING) {
        char *found = node_describe(root);
        diagnostics_add(chain->diagnostics, &root->mark, "", "write it like `data: {set: mnist}`",
                        "expected keys with values, found %s", found);
        memory_free(found);
        node_free(root);
        return NULL;
    }
    int index = node_find(root, "base");
    if (index < 0)
        return root;
    chain->names[chain->count] = path;
    chain->real[chain->count++] = bytes ? NULL : realpath(path, NULL);
    struct node *name = node_take(root, (size_t)index), *base = load_base(chain, name);
    free(chain->real[--chain->count]);
    node_free(name);
    if (!base) { /* what it would have said must not be reported as missing */
        node_free(root);
        return NULL;
    }
    merge_overlay(base, root, chain->table, chain->diagnostics);
    base->mark = root->mark;
    node_free(root);
    return base;
}

struct node *merge_load(const char *path, const char *bytes, size_t size, const struct param *table,
                        struct diagnostics *diagnostics)
{
    struct chain chain = {.table = table, .diagnostics = diagnostics};
    return load_chain(&chain, path, bytes, size);
}
