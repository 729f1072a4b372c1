#include "config/tree.h"

#include "base/memory.h"
#include "base/text.h"

#include <stdint.h>
#include <string.h>

struct node *node_new(enum node_type type, const struct mark *mark)
{
    struct node *node = memory_new(sizeof *node);
    node->type = type;
    node->mark = *mark;
    return node;
}

struct node *node_new_scalar(const char *text, const struct mark *mark)
{
    struct node *node = node_new(NODE_SCALAR, mark);
    node->text = memory_copy_text(text);
    return node;
}

struct node *node_copy(const struct node *node)
{
    struct node *copy = node_new(node->type, &node->mark);
    copy->text = memory_copy_text(node->text);
    copy->quoted = node->quoted;
    copy->broken = node->broken;
    for (size_t i = 0; i < node->count; i++) {
        struct node *item = node_copy(node->items[i]);
        if (node->type == NODE_MAPPING)
            node_add(copy, node->keys[i], &node->key_marks[i], item);
        else
            node_append(copy, item);
    }
    return copy;
}

void node_free(struct node *node)
{
    if (!node)
        return;
    for (size_t i = 0; i < node->count; i++) {
        node_free(node->items[i]);
        if (node->keys)
            memory_free(node->keys[i]);
    }
    memory_free(node->items);
    memory_free(node->keys);
    memory_free(node->key_marks);
    memory_free(node->text);
    memory_free(node);
}

/* Room for one more: the capacity is the next power of two, so that it needs no field. */
static bool is_full(size_t count)
{
    return (count & (count - 1)) == 0;
}

void node_append(struct node *list, struct node *value)
{
    if (is_full(list->count))
        list->items =
            memory_grow(list->items, list->count ? 2 * list->count : 1, sizeof *list->items);
    list->items[list->count++] = value;
}

void node_add(struct node *mapping, const char *key, const struct mark *key_mark,
              struct node *value)
{
    size_t index = mapping->count;
    if (is_full(index)) {
        size_t capacity = index ? 2 * index : 1;
        mapping->keys = memory_grow(mapping->keys, capacity, sizeof *mapping->keys);
        mapping->key_marks = memory_grow(mapping->key_marks, capacity, sizeof(struct mark));
    }
    mapping->keys[index] = memory_copy_text(key);
    mapping->key_marks[index] = *key_mark;
    node_append(mapping, value);
}

int node_find(const struct node *node, const char *key)
{
    if (!node || node->type != NODE_MAPPING)
        return -1;
    for (size_t i = 0; i < node->count; i++)
        if (text_equal(node->keys[i], key))
            return (int)i;
    return -1;
}

struct node *node_get(const struct node *node, const char *key)
{
    int index = node_find(node, key);
    return index < 0 ? NULL : node->items[index];
}

struct node *node_take(struct node *node, size_t index)
{
    struct node *value = node->items[index];
    size_t behind = node->count - index - 1, count = node->count - 1;
    memmove(node->items + index, node->items + index + 1, behind * sizeof *node->items);
    if (node->type == NODE_MAPPING) {
        memory_free(node->keys[index]);
        memmove(node->keys + index, node->keys + index + 1, behind * sizeof *node->keys);
        memmove(node->key_marks + index, node->key_marks + index + 1,
                behind * sizeof *node->key_marks);
    }
    node->count = count;
    return value;
}

void node_replace(struct node *node, size_t index, struct node *value)
{
    node_free(node->items[index]);
    node->items[index] = value;
}

bool node_is_empty(const struct node *node)
{
    return node->type == NODE_SCALAR && !*node->text && !node->quoted;
}

char *node_describe(const struct node *node)
{
    enum { SHOWN = 40 };
    if (node->type == NODE_MAPPING)
        return memory_copy_text(node->count ? "a mapping" : "an empty mapping");
    if (node->type == NODE_LIST)
        return memory_copy_text(node->count ? "a list" : "an empty list");
    if (node_is_empty(node))
        return memory_copy_text("no value");
    const char *quote = node->quoted ? "\"" : "";
    size_t length = strlen(node->text), shown = length;
    if (length > SHOWN) {
        shown = SHOWN;
        while (((unsigned char)node->text[shown] & 0xC0) == 0x80)
            shown--;
    }
    return text_format("`%s%.*s%s%s`", quote, (int)shown, node->text, shown < length ? "…" : "",
                       quote);
}

char *mark_origin(const struct mark *mark)
{
    struct text text = {0};
    if (mark->line > 0) {
        text_add(&text, mark->file);
        text_add_char(&text, ':');
        text_add_integer(&text, mark->line);
    } else {
        text_add_bytes(&text, mark->file, strcspn(mark->file, ":"));
    }
    return text_take(&text);
}
