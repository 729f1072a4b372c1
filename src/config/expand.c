#include "config/expand.h"

#include "base/memory.h"
#include "config/choice.h"
#include "config/config.h"
#include "config/resolve.h"
#include "module/layer.h"
#include "module/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct mark by_default = {.file = "default"};

static bool is_short(const char *key)
{
    return param_find(model_short_table, key) != NULL;
}

static const struct layer *find_layer(const char *name)
{
    return (const struct layer *)registry_find(MODULE_LAYER, name);
}

/* What "bi" stands in front of in `bilstm`, or NULL: the name must not be a layer itself, and the
 * rest must be a recurrent one. */
static const char *both_directions_of(const char *name)
{
    if (!text_starts_with(name, "bi") || find_layer(name) || registry_conflict(MODULE_LAYER, name))
        return NULL;
    const struct layer *layer = find_layer(name + 2);
    return layer && layer->recurrent ? name + 2 : NULL;
}

/* The choice of the layer that has the units: CELL itself, or what its `of` wraps; NULL when that
 * is no choice. *HOLDER is the node that holds it at *INDEX. */
static struct node *find_inner(struct node *list, struct node **holder, size_t *index)
{
    struct node *cell = list->items[0];
    *holder = list;
    *index = 0;
    const char *name = choice_name(cell);
    const struct layer *layer = name ? find_layer(name) : NULL;
    bool wraps = layer && !layer->recurrent && cell->type == NODE_MAPPING &&
                 param_find(layer->module.params, "of");
    if (wraps) {
        struct node *body = choice_parameters(cell, &layer->module);
        node_replace(cell, 0, body);
        int of = node_find(body, "of");
        if (of < 0)
            return NULL;
        *holder = body;
        *index = (size_t)of;
    }
    cell = (*holder)->items[*index];
    return choice_name(cell) ? cell : NULL;
}

static void report_no_cell(const struct node *cell, const char *name,
                           struct diagnostics *diagnostics)
{
    const struct module **modules;
    size_t count = registry_list(MODULE_LAYER, &modules);
    struct text hint = {0};
    text_add_format(&hint, "put `%s` into `stack`; cells are: ", name);
    bool is_first = true;
    for (size_t i = 0; i < count; i++) {
        if (!((const struct layer *)modules[i])->recurrent)
            continue;
        text_add_format(&hint, "%s%s, bi%s", is_first ? "" : ", ", modules[i]->name,
                        modules[i]->name);
        is_first = false;
    }
    diagnostics_add(diagnostics, choice_mark(cell), "model.cell", text_get(&hint),
                    "`%s` is a layer without a hidden state", name);
    text_release(&hint);
    memory_free(modules);
}

/* Gives the layer its `units`, from the short key or by default. */
static void add_units(struct node *body, const struct node *model, struct diagnostics *diagnostics)
{
    int units = node_find(model, "units"), own = node_find(body, "units");
    if (own >= 0 && units >= 0) {
        char *place = mark_origin(&body->key_marks[own]);
        char *hint = text_format("the cell's own are in %s: keep one of them", place);
        diagnostics_add(diagnostics, &model->key_marks[units], "model.units", hint,
                        "this is said twice");
        memory_free(hint);
        memory_free(place);
    } else if (units >= 0) {
        node_add(body, "units", &model->key_marks[units], node_copy(model->items[units]));
    } else if (own < 0) {
        char text[32];
        snprintf(text, sizeof text, "%" PRId64, model_short_defaults.units);
        node_add(body, "units", &by_default, node_new_scalar(text, &by_default));
    }
}

/* The choice at INDEX of HOLDER names no module that is there: what is said of its units stays with
 * it, for messages and for those who do without it. */
static void keep_units(struct node *holder, size_t index, const struct node *model,
                       struct diagnostics *diagnostics)
{
    const struct node *choice = holder->items[index];
    struct node *body = choice_parameters(choice, NULL);
    if (!body || node_find(model, "units") < 0) {
        node_free(body);
        return;
    }
    add_units(body, model, diagnostics);
    struct mark mark = *choice_mark(choice);
    node_replace(holder, index, choice_new(choice_name(choice), &mark, body));
}

/* The layer that `cell` and `units` describe, as an entry of the stack; NULL after an error that
 * is not left to the decoder. Caller frees. */
static struct node *make_cell(const struct node *model, struct diagnostics *diagnostics)
{
    const struct node *cell = node_get(model, "cell");
    const char *name = choice_name(cell);
    if (!name)
        return node_copy(cell);
    const char *inner_name = both_directions_of(name);
    const struct mark *mark = choice_mark(cell);
    struct node *list = node_new(NODE_LIST, mark), *holder, *result = NULL;
    size_t index;
    if (inner_name) {
        struct node *body = choice_parameters(cell, &find_layer(inner_name)->module);
        struct node *parameters = node_new(NODE_MAPPING, mark);
        node_add(parameters, "of", mark,
                 choice_new(inner_name, mark, body ? body : node_new(NODE_MAPPING, mark)));
        node_append(list, choice_new("bidirectional", mark, parameters));
    } else {
        node_append(list, node_copy(cell));
    }
    struct node *inner = find_inner(list, &holder, &index);
    const char *layer_name = inner ? choice_name(inner) : NULL;
    const struct layer *layer = layer_name ? find_layer(layer_name) : NULL;
    if (layer && !layer->recurrent) {
        report_no_cell(cell, layer_name, diagnostics);
    } else if (!layer) { /* the decoder says what is wrong */
        if (layer_name)
            keep_units(holder, index, model, diagnostics);
        result = node_take(list, 0);
    } else {
        struct node *body = choice_parameters(inner, &layer->module);
        struct mark inner_mark = *choice_mark(inner);
        if (body) {
            add_units(body, model, diagnostics);
            node_replace(holder, index, choice_new(layer->module.name, &inner_mark, body));
        }
        result = node_take(list, 0);
    }
    node_free(list);
    return result;
}

/* {NAME: VALUE}, with the value of the short key that has this name. */
static struct node *make_layer(const char *name, const struct node *model, const char *otherwise)
{
    const struct node *value = node_get(model, name);
    int index = node_find(model, name);
    const struct mark *mark = index < 0 ? &by_default : &model->key_marks[index];
    return choice_new(name, mark,
                      value ? node_copy(value) : node_new_scalar(otherwise, &by_default));
}

static struct node *make_stack(const struct node *model, const struct model_short *values,
                               struct diagnostics *diagnostics)
{
    struct node *cell = make_cell(model, diagnostics);
    if (!cell)
        return NULL;
    struct node *stack = node_new(NODE_LIST, &cell->mark);
    for (int64_t i = 0; i < values->layers; i++) {
        bool is_last = i + 1 == values->layers;
        node_append(stack, node_copy(cell));
        if (values->dropout > 0 && (values->dropout_at == DROPOUT_EVERY || !is_last))
            node_append(stack, make_layer("dropout", model, ""));
    }
    node_append(stack, make_layer("readout", model, "last"));
    node_free(cell);
    return stack;
}

static void report_both_forms(const struct node *model, struct diagnostics *diagnostics)
{
    struct mark stack = model->key_marks[node_find(model, "stack")];
    char *place = mark_origin(&stack);
    char *hint = text_format("the stack is in %s: remove one of the two", place);
    for (size_t i = 0; i < model->count; i++) {
        if (!is_short(model->keys[i]))
            continue;
        char *path = text_format("model.%s", model->keys[i]);
        diagnostics_add(diagnostics, &model->key_marks[i], path, hint,
                        "cannot be combined with an explicit `stack`");
        memory_free(path);
    }
    memory_free(hint);
    memory_free(place);
}

/* Moves the short keys of MODEL into a mapping of their own. */
static struct node *take_short_keys(struct node *model)
{
    struct node *taken = node_new(NODE_MAPPING, &model->mark);
    for (size_t i = 0; i < model->count;) {
        if (!is_short(model->keys[i])) {
            i++;
            continue;
        }
        char *key = memory_copy_text(model->keys[i]);
        struct mark mark = model->key_marks[i];
        node_add(taken, key, &mark, node_take(model, i));
        memory_free(key);
    }
    return taken;
}

/* Checks the short keys; `cell`, which may have a name that only the short form knows, is left to
 * the decoder of the stack. What is wrong is marked broken, so that the stack does not
 * complain again. */
static void check_short_keys(struct node *given, struct model_short *values,
                             struct diagnostics *diagnostics)
{
    struct node *checked = node_copy(given);
    int cell = node_find(checked, "cell");
    if (cell >= 0)
        node_free(node_take(checked, (size_t)cell));
    else
        diagnostics_add(diagnostics, &given->mark, "model",
                        "write for example `cell: lstm`, or a whole `stack`",
                        "needs a `cell` or a `stack`");
    struct node *broken = node_new_scalar("", &given->mark);
    broken->broken = true;
    node_add(checked, "cell", &given->mark, broken);
    resolve_table(values, sizeof *values, &model_short_defaults, model_short_table, checked, -1,
                  "model", NULL, diagnostics);
    resolve_release(values, model_short_table);
    node_free(checked);
    for (size_t i = 0; i < given->count; i++) {
        char *path = text_format("model.%s", given->keys[i]);
        if (diagnostics_concern(diagnostics, path))
            given->items[i]->broken = true;
        memory_free(path);
    }
    int dropout = node_find(given, "dropout");
    bool is_broken = dropout >= 0 && given->items[dropout]->broken;
    if (values->dropout_at == DROPOUT_BETWEEN && values->dropout == 0 && !is_broken)
        diagnostics_add(diagnostics, &given->key_marks[node_find(given, "dropout_at")],
                        "model.dropout_at", "set `dropout` too, or remove this key",
                        "does nothing without dropout");
}

void expand_model(struct node *model, struct diagnostics *diagnostics)
{
    struct node *given = NULL, *stack = NULL;
    if (node_find(model, "stack") >= 0) {
        report_both_forms(model, diagnostics);
        given = take_short_keys(model);
        node_free(given);
        return;
    }
    struct model_short values;
    given = take_short_keys(model);
    check_short_keys(given, &values, diagnostics);
    if (node_find(given, "cell") >= 0)
        stack = make_stack(given, &values, diagnostics);
    if (!stack) {
        stack = node_new_scalar("", &model->mark);
        stack->broken = true;
    }
    node_add(model, "stack", &stack->mark, stack);
    node_free(given);
}
