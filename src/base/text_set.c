#include "base/text_set.h"

#include "base/memory.h"

#include <search.h>
#include <string.h>

struct text_set {
    void *root;
};

struct text_set *text_set_new(void)
{
    return memory_new(sizeof(struct text_set));
}

void text_set_free(struct text_set *set)
{
    tdestroy(set->root, memory_free);
    memory_free(set);
}

static int by_text(const void *a, const void *b)
{
    return strcmp(a, b);
}

bool text_set_add(struct text_set *set, const char *text)
{
    char *copy = memory_copy_text(text);
    char **place = tsearch(copy, &set->root, by_text);
    bool is_new = place && *place == copy;
    if (!is_new)
        memory_free(copy);
    return is_new;
}
