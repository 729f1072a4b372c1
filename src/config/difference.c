#include "config/difference.h"

#include "base/memory.h"

#include <string.h>

struct entry {
    char *path, *text;
};

struct entries {
    struct entry *items;
    size_t count, capacity;
};

static void add_entry(void *data, const char *path, const char *text, const struct resolved *value)
{
    struct entries *entries = data;
    (void)value;
    if (entries->count == entries->capacity) {
        entries->capacity = entries->capacity ? 2 * entries->capacity : 128;
        entries->items = memory_grow(entries->items, entries->capacity, sizeof *entries->items);
    }
    entries->items[entries->count++] =
        (struct entry){memory_copy_text(path), memory_copy_text(text)};
}

static void release(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        memory_free(entries->items[i].path);
        memory_free(entries->items[i].text);
    }
    memory_free(entries->items);
}

/* The index of PATH, looked for from FROM on and then before it; the count where it is not. */
static size_t find(const struct entries *entries, const char *path, size_t from)
{
    for (size_t i = 0; i < entries->count; i++) {
        size_t at = (from + i) % entries->count;
        if (text_equal(entries->items[at].path, path))
            return at;
    }
    return entries->count;
}

struct comparing {
    struct entries a, b;
    difference_visit visit;
    void *data;
    size_t count;
};

/* Those from BEGIN up to END of B that A does not have. */
static void visit_added(struct comparing *comparing, size_t begin, size_t end)
{
    for (size_t i = begin; i < end; i++) {
        const struct entry *entry = &comparing->b.items[i];
        if (find(&comparing->a, entry->path, 0) < comparing->a.count)
            continue;
        comparing->visit(comparing->data, entry->path, NULL, entry->text);
        comparing->count++;
    }
}

size_t difference_each(const struct resolved *a, const struct resolved *b, difference_visit visit,
                       void *data)
{
    struct comparing comparing = {.visit = visit, .data = data};
    resolved_each(a, add_entry, &comparing.a);
    resolved_each(b, add_entry, &comparing.b);
    size_t next = 0; /* of B: all before it are visited */
    for (size_t i = 0; i < comparing.a.count; i++) {
        const struct entry *entry = &comparing.a.items[i];
        size_t at = find(&comparing.b, entry->path, next);
        bool is_there = at < comparing.b.count;
        const char *other = is_there ? comparing.b.items[at].text : NULL;
        if (is_there && at >= next) {
            visit_added(&comparing, next, at);
            next = at + 1;
        }
        if (other && text_equal(other, entry->text))
            continue;
        visit(data, entry->path, entry->text, other);
        comparing.count++;
    }
    visit_added(&comparing, next, comparing.b.count);
    release(&comparing.a);
    release(&comparing.b);
    return comparing.count;
}
