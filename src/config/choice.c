#include "config/choice.h"

const char *choice_name(const struct node *node)
{
    if (node->type == NODE_SCALAR)
        return node->text;
    return node->type == NODE_MAPPING && node->count == 1 ? node->keys[0] : NULL;
}

const struct mark *choice_mark(const struct node *node)
{
    return node->type == NODE_MAPPING && node->count == 1 ? &node->key_marks[0] : &node->mark;
}

struct node *choice_parameters(const struct node *node, const struct module *module)
{
    if (node->type == NODE_SCALAR)
        return node_new(NODE_MAPPING, &node->mark);
    const struct node *body = node->items[0];
    if (body->type == NODE_MAPPING)
        return node_copy(body);
    const struct param *first = module ? module->params : NULL;
    if (!first || !first->name)
        return NULL;
    struct node *parameters = node_new(NODE_MAPPING, &body->mark);
    node_add(parameters, first->name, &body->mark, node_copy(body));
    return parameters;
}

struct node *choice_new(const char *name, const struct mark *mark, struct node *parameters)
{
    struct node *choice = node_new(NODE_MAPPING, mark);
    node_add(choice, name, mark, parameters);
    return choice;
}
