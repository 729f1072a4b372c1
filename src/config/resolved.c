#include "config/resolved.h"

#include "base/memory.h"
#include "config/character.h"

#include <stdlib.h>
#include <string.h>

struct resolved *resolved_new(void)
{
    return memory_new(sizeof(struct resolved));
}

void resolved_release(struct resolved *resolved)
{
    for (size_t i = 0; i < resolved->count; i++)
        resolved_release(&resolved->items[i]);
    memory_free(resolved->items);
    memory_free(resolved->text);
    memory_free(resolved->origin);
    memory_free(resolved->version);
    *resolved = (struct resolved){0};
}

void resolved_free(struct resolved *resolved)
{
    if (resolved)
        resolved_release(resolved);
    memory_free(resolved);
}

struct resolved *resolved_add(struct resolved *parent)
{
    size_t count = parent->count; /* the capacity is the next power of two */
    if ((count & (count - 1)) == 0)
        parent->items = memory_grow(parent->items, count ? 2 * count : 1, sizeof *parent->items);
    struct resolved *item = &parent->items[parent->count++];
    *item = (struct resolved){0};
    return item;
}

/* The entry that the LENGTH bytes at KEY name. */
static const struct resolved *find_item(const struct resolved *parent, const char *key,
                                        size_t length)
{
    if (parent->type == RESOLVED_MODULES) {
        size_t index =
            strspn(key, "0123456789") == length && length < 7 ? (size_t)atoi(key) : parent->count;
        return index < parent->count ? &parent->items[index] : NULL;
    }
    for (size_t i = 0; i < parent->count; i++) {
        const char *name = parent->items[i].name;
        if (name && strlen(name) == length && strncmp(name, key, length) == 0)
            return &parent->items[i];
    }
    return NULL;
}

struct resolved *resolved_find(const struct resolved *root, const char *path)
{
    const struct resolved *at = root;
    bool is_named = false; /* the module's name was passed */
    while (at && *path) {
        size_t length = strcspn(path, ".");
        if (at->type == RESOLVED_MODULE && !is_named) {
            is_named = strlen(at->text) == length && strncmp(at->text, path, length) == 0;
            at = is_named ? at : NULL;
        } else {
            at = find_item(at, path, length);
            is_named = false;
        }
        path += length + (path[length] == '.');
    }
    return (struct resolved *)at;
}

/* Letters, digits and what file names need, not to be taken for something else by any reader. */
static bool is_plain(const char *text)
{
    static const char *const taken[] = {"none", "null", "true", "false", "yes",
                                        "no",   "on",   "off",  "y",     "n"};
    static const char *const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/";
    if (!*text || !strchr(letters, *text))
        return false;
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (strcasecmp(text, taken[i]) == 0)
            return false;
    return text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_/"
                             "0123456789.+-")] == '\0';
}

static void add_quoted(struct text *out, const char *text)
{
    text_add_char(out, '"');
    for (size_t left = strlen(text); left > 0;) {
        unsigned code;
        size_t length = character_read(text, left, &code);
        size_t step = length ? length : 1;
        if (!length)
            text_add_char(out, '?');
        else if (character_is_harmful(code))
            text_add_format(out, "\\u%04x", code);
        else if (code == '"' || code == '\\')
            text_add_format(out, "\\%c", (char)code);
        else
            text_add_bytes(out, text, length);
        text += step;
        left -= step;
    }
    text_add_char(out, '"');
}

void resolved_add_text(struct text *out, const char *text)
{
    if (is_plain(text))
        text_add(out, text);
    else
        add_quoted(out, text);
}

/* "[train, test]"; texts in quotes where they are needed, so that lists that differ stay so. */
static void add_set(struct text *out, const struct resolved *set)
{
    text_add_char(out, '[');
    for (size_t i = 0; i < set->count; i++) {
        text_add(out, i ? ", " : "");
        if (set->items[i].type == RESOLVED_TEXT)
            resolved_add_text(out, set->items[i].text);
        else
            text_add(out, set->items[i].text);
    }
    text_add_char(out, ']');
}

struct visiting {
    resolved_visit visit;
    void *data;
    struct text path;
};

static void visit_value(struct visiting *visiting, const struct resolved *value)
{
    struct text text = {0};
    if (value->type == RESOLVED_SET)
        add_set(&text, value);
    else if (value->text)
        text_add(&text, value->text);
    visiting->visit(visiting->data, text_get(&visiting->path), text_get(&text), value);
    text_release(&text);
}

static void visit_items(struct visiting *visiting, const struct resolved *parent)
{
    for (size_t i = 0; i < parent->count; i++) {
        const struct resolved *item = &parent->items[i];
        size_t length = visiting->path.length;
        text_add(&visiting->path, length ? "." : "");
        if (item->name)
            text_add(&visiting->path, item->name);
        else
            text_add_format(&visiting->path, "%zu", i);
        bool is_whole = item->count == 0 || item->type == RESOLVED_SET;
        if (is_whole || item->type == RESOLVED_MODULE)
            visit_value(visiting, item);
        if (item->type == RESOLVED_MODULE)
            text_add_format(&visiting->path, ".%s", item->text);
        if (!is_whole)
            visit_items(visiting, item);
        visiting->path.data[visiting->path.length = length] = '\0';
    }
}

void resolved_each(const struct resolved *root, resolved_visit visit, void *data)
{
    struct visiting visiting = {.visit = visit, .data = data};
    visit_items(&visiting, root);
    text_release(&visiting.path);
}

enum { COMMENT_COLUMN = 40 };

struct writing {
    struct text *out;
    bool with_origins;
    size_t line; /* where the current line starts in OUT */
};

static void end_line(struct writing *writing, const char *origin)
{
    struct text *out = writing->out;
    if (writing->with_origins && origin) {
        size_t width = text_width(out->data + writing->line);
        text_add_format(out, "%*s# ", width < COMMENT_COLUMN ? (int)(COMMENT_COLUMN - width) : 2,
                        "");
        for (; *origin; origin++)
            text_add_char(out, (unsigned char)*origin < 0x20 ? '?' : *origin);
    }
    text_add_char(out, '\n');
    writing->line = out->length;
}

static void write_items(struct writing *writing, const struct resolved *parent, int indent);

/* The part of a module from its name on; what stands in front is written. */
static void write_module(struct writing *writing, const struct resolved *module, int indent)
{
    text_add(writing->out, module->text);
    text_add(writing->out, module->count ? ":" : "");
    end_line(writing, module->origin);
    write_items(writing, module, indent);
}

static void write_modules(struct writing *writing, const struct resolved *list, int indent)
{
    for (size_t i = 0; i < list->count; i++) {
        text_add_spaces(writing->out, indent);
        text_add(writing->out, "- ");
        write_module(writing, &list->items[i], indent + 4);
    }
}

/* The value of an entry whose key and colon are written; INDENT is that of the key. */
static void write_value(struct writing *writing, const struct resolved *item, int indent)
{
    bool is_block = item->count > 0 && item->type != RESOLVED_SET;
    if (is_block) {
        end_line(writing, NULL);
        if (item->type == RESOLVED_MODULE)
            text_add_spaces(writing->out, indent + 2);
        if (item->type == RESOLVED_MODULE)
            write_module(writing, item, indent + 4);
        else if (item->type == RESOLVED_MODULES)
            write_modules(writing, item, indent + 2);
        else
            write_items(writing, item, indent + 2);
        return;
    }
    text_add_char(writing->out, ' ');
    if (item->type == RESOLVED_SET)
        add_set(writing->out, item);
    else if (item->type == RESOLVED_MODULES)
        text_add(writing->out, "[]");
    else if (item->type == RESOLVED_SECTION)
        text_add(writing->out, "{}");
    else if (item->type == RESOLVED_TEXT)
        resolved_add_text(writing->out, item->text);
    else
        text_add(writing->out, item->text);
    end_line(writing, item->origin);
}

static void write_items(struct writing *writing, const struct resolved *parent, int indent)
{
    for (size_t i = 0; i < parent->count; i++) {
        text_add_spaces(writing->out, indent);
        text_add(writing->out, parent->items[i].name);
        text_add_char(writing->out, ':');
        write_value(writing, &parent->items[i], indent);
    }
}

void resolved_add_yaml(struct text *out, const struct resolved *root, bool with_origins)
{
    struct writing writing = {.out = out, .with_origins = with_origins, .line = out->length};
    write_items(&writing, root, 0);
}

/* "PATH: TEXT" and, unless it is NULL, " MORE". */
static void add_line(struct text *out, const struct text *path, const char *text, const char *more)
{
    text_add_bytes(out, path->data, path->length);
    text_add(out, ": ");
    text_add(out, text);
    text_add(out, more ? " " : "");
    text_add(out, more ? more : "");
    text_add_char(out, '\n');
}

static void add_canonical(struct text *out, struct text *path, const struct resolved *parent)
{
    for (size_t i = 0; i < parent->count; i++) {
        const struct resolved *item = &parent->items[i];
        if (!item->in_key)
            continue;
        size_t length = path->length;
        text_add(path, length ? "." : "");
        if (item->name)
            text_add(path, item->name);
        else
            text_add_integer(path, (int64_t)i);
        if (item->type == RESOLVED_MODULE) {
            add_line(out, path, item->text, item->version);
            text_add_char(path, '.');
            text_add(path, item->text);
        } else if (item->type == RESOLVED_SET) {
            struct text set = {0};
            add_set(&set, item);
            add_line(out, path, text_get(&set), NULL);
            text_release(&set);
        } else if (item->text) {
            add_line(out, path, item->text, NULL);
        }
        if (item->type != RESOLVED_SET)
            add_canonical(out, path, item);
        path->data[path->length = length] = '\0';
    }
}

void resolved_add_canonical(struct text *out, const struct resolved *root)
{
    struct text path = {0};
    add_canonical(out, &path, root);
    text_release(&path);
}
