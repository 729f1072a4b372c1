#include "config/contract.h"

#include "base/memory.h"
#include "base/text.h"
#include "config/config.h"
#include "module/layer.h"
#include "module/registry.h"

#include <stdio.h>
#include <stdlib.h>

static const struct layer *find_layer(const char *name)
{
    return (const struct layer *)registry_find(MODULE_LAYER, name);
}

static bool is_equal(const struct node *a, const struct node *b)
{
    if (a->type != b->type || a->count != b->count)
        return false;
    if (a->type == NODE_SCALAR)
        return text_equal(a->text, b->text);
    for (size_t i = 0; i < a->count; i++)
        if ((a->keys && !text_equal(a->keys[i], b->keys[i])) || !is_equal(a->items[i], b->items[i]))
            return false;
    return true;
}

/* The parameters of {NAME: {...}}; NULL where NODE is anything else, or another module than NAME
 * (NULL: any). */
static const struct node *body_of(const struct node *node, const char *name)
{
    bool is_choice =
        node->type == NODE_MAPPING && node->count == 1 && node->items[0]->type == NODE_MAPPING;
    return is_choice && (!name || text_equal(node->keys[0], name)) ? node->items[0] : NULL;
}

/* The text of the only parameter of the layer NAME, which must be called KEY; otherwise NULL. */
static const char *only_text(const struct node *entry, const char *name, const char *key)
{
    const struct node *body = body_of(entry, name);
    const struct node *value = body && body->count == 1 ? node_get(body, key) : NULL;
    return value && value->type == NODE_SCALAR ? value->text : NULL;
}

static bool is_cell(const struct node *entry)
{
    const struct node *body = body_of(entry, NULL);
    const struct node *units = node_get(body, "units");
    const struct layer *layer = body ? find_layer(entry->keys[0]) : NULL;
    return units && units->type == NODE_SCALAR && (!layer || layer->recurrent);
}

/* The cell within ENTRY: itself, or what it wraps; NULL where there is none. */
static const struct node *inner_cell(const struct node *entry)
{
    if (is_cell(entry))
        return entry;
    const struct node *body = body_of(entry, NULL);
    const struct layer *layer = body ? find_layer(entry->keys[0]) : NULL;
    const struct node *of = node_get(body, "of");
    return of && !(layer && layer->recurrent) && is_cell(of) ? of : NULL;
}

/* Whether TEXT is the default of the choice KEY of MODULE. */
static bool is_default(const struct module *module, const char *key, const struct node *value)
{
    const struct param *param = module ? param_find(module->params, key) : NULL;
    if (!param || param->type != PARAM_CHOICE || !module->defaults || value->type != NODE_SCALAR)
        return false;
    const int *choice = (const void *)((const char *)module->defaults + param->offset);
    return text_equal(param->choices[*choice], value->text);
}

/* Whether ENTRY, which wraps INNER, is what `bi` in front of INNER's name stands for. */
static bool is_both_directions(const struct node *entry, const struct node *inner)
{
    const struct node *body = body_of(entry, "bidirectional");
    const struct layer *layer = find_layer("bidirectional");
    if (!body || !layer)
        return false;
    for (size_t i = 0; i < body->count; i++)
        if (body->items[i] != inner && !is_default(&layer->module, body->keys[i], body->items[i]))
            return false;
    char *name = text_format("bi%s", inner->keys[0]);
    bool is_free = !find_layer(name) && find_layer(inner->keys[0]);
    memory_free(name);
    return is_free;
}

/* {NAME: the parameters of CELL but its units}. */
static struct node *without_units(const struct node *cell, const char *name)
{
    struct node *body = node_copy(cell->items[0]);
    struct node *result = node_new(NODE_MAPPING, &cell->mark);
    node_free(node_take(body, (size_t)node_find(body, "units")));
    node_add(result, name, &cell->key_marks[0], body);
    return result;
}

/* What `cell` says for ENTRY, in which INNER is. */
static struct node *make_cell(const struct node *entry, const struct node *inner)
{
    if (entry == inner)
        return without_units(inner, inner->keys[0]);
    if (is_both_directions(entry, inner)) {
        char *name = text_format("bi%s", inner->keys[0]);
        struct node *cell = without_units(inner, name);
        memory_free(name);
        return cell;
    }
    struct node *cell = node_copy(entry);
    node_replace(cell->items[0], (size_t)node_find(cell->items[0], "of"),
                 without_units(inner, inner->keys[0]));
    return cell;
}

/* How a stack repeats its first entry. */
struct repetition {
    int layers, dropouts;
    bool ends_dropped;   /* a dropout stands behind the last layer */
    const char *dropout; /* rate, NULL where there is none */
};

/* Reads the first COUNT entries of STACK; false where they are no repetition of the first. */
static bool read_repetition(const struct node *stack, size_t count, struct repetition *read)
{
    *read = (struct repetition){0};
    for (size_t i = 0; i < count;) {
        if (!is_equal(stack->items[i++], stack->items[0]))
            return false;
        read->layers++;
        const char *rate = i < count ? only_text(stack->items[i], "dropout", "rate") : NULL;
        read->ends_dropped = rate != NULL;
        if (!rate)
            continue;
        if (strtod(rate, NULL) <= 0 || (read->dropout && !text_equal(read->dropout, rate)))
            return false;
        read->dropout = rate;
        read->dropouts++;
        i++;
    }
    return read->dropouts == 0 || read->dropouts == read->layers ||
           (read->dropouts == read->layers - 1 && !read->ends_dropped);
}

static void add_text(struct node *result, const char *key, const char *text,
                     const struct mark *mark)
{
    node_add(result, key, mark, node_new_scalar(text, mark));
}

/* Whether the short form can say TEXT for the choice, or number, called KEY. */
static bool can_say(const char *key, const char *text)
{
    const struct param *param = param_find(model_short_table, key);
    if (param->type != PARAM_CHOICE)
        return strtod(text, NULL) >= param->minimum && strtod(text, NULL) <= param->maximum;
    for (size_t i = 0; param->choices[i]; i++)
        if (text_equal(param->choices[i], text))
            return true;
    return false;
}

struct node *contract_model(const struct node *model)
{
    const struct node *stack = node_get(model, "stack");
    struct repetition read;
    if (!stack || stack->type != NODE_LIST || stack->count < 2)
        return NULL;
    const char *readout = only_text(stack->items[stack->count - 1], "readout", "of");
    const struct node *inner = inner_cell(stack->items[0]);
    if (!readout || !inner || !read_repetition(stack, stack->count - 1, &read))
        return NULL;
    char layers[16];
    snprintf(layers, sizeof layers, "%d", read.layers);
    const char *units = node_get(inner->items[0], "units")->text;
    if (!can_say("layers", layers) || !can_say("units", units) || !can_say("readout", readout))
        return NULL;
    struct node *result = node_new(NODE_MAPPING, &stack->mark);
    node_add(result, "cell", &stack->mark, make_cell(stack->items[0], inner));
    add_text(result, "layers", layers, &stack->mark);
    add_text(result, "units", units, &stack->mark);
    add_text(result, "dropout", read.dropout ? read.dropout : "0", &stack->mark);
    if (read.dropout)
        add_text(result, "dropout_at", read.ends_dropped ? "every" : "between", &stack->mark);
    add_text(result, "readout", readout, &stack->mark);
    return result;
}
