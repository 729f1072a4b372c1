#include "batch/swept_value.h"

#include "config/scalar.h"

#include <inttypes.h>

static void add_scalar(const struct node *node, struct text *text)
{
    struct text remedy = {0};
    int64_t integer;
    double real;
    bool is_integer = scalar_read_integer(node->text, &integer, &remedy) == 0;
    bool is_number = is_integer || scalar_read_real(node->text, &real, &remedy) == 0;
    if (node->quoted && is_number)
        text_add_format(text, "\"%s\"", node->text);
    else if (is_integer)
        text_add_format(text, "%" PRId64, integer);
    else if (is_number)
        text_add_real(text, real);
    else
        text_add(text, node->text);
    text_release(&remedy);
}

void swept_value_add_text(const struct node *node, struct text *text)
{
    if (node->type == NODE_SCALAR) {
        add_scalar(node, text);
        return;
    }
    bool is_list = node->type == NODE_LIST;
    text_add_char(text, is_list ? '[' : '{');
    for (size_t i = 0; i < node->count; i++) {
        text_add(text, i ? "," : "");
        if (!is_list)
            text_add_format(text, "%s:", node->keys[i]);
        swept_value_add_text(node->items[i], text);
    }
    text_add_char(text, is_list ? ']' : '}');
}

int swept_values_check(const struct node *list, const char *path, struct diagnostics *diagnostics)
{
    int result = 0;
    for (size_t i = 0; i < list->count; i++) {
        const struct node *item = list->items[i];
        if (!node_is_empty(item))
            continue;
        diagnostics_add(diagnostics, &item->mark, path, "write it, or leave out its place",
                        "a value of the list is missing");
        result = -1;
    }
    return result;
}
