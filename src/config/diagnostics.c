#include "config/diagnostics.h"

#include "base/log.h"
#include "base/memory.h"
#include "config/character.h"
#include "config/dotted_path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct source {
    char *name;
    char *bytes; /* NULL for a place that is no file */
    size_t size;
};

struct diagnostic {
    struct mark mark;
    size_t source; /* the order in which files were read */
    size_t order;  /* the order in which errors were found */
    char *path, *message, *hint;
};

struct diagnostics {
    struct source *sources;
    size_t source_count;
    struct diagnostic *items;
    size_t kept, count, reported;
};

struct diagnostics *diagnostics_new(void)
{
    return memory_new(sizeof(struct diagnostics));
}

void diagnostics_free(struct diagnostics *diagnostics)
{
    if (!diagnostics)
        return;
    for (size_t i = 0; i < diagnostics->source_count; i++) {
        memory_free(diagnostics->sources[i].name);
        memory_free(diagnostics->sources[i].bytes);
    }
    for (size_t i = 0; i < diagnostics->kept; i++) {
        memory_free(diagnostics->items[i].path);
        memory_free(diagnostics->items[i].message);
        memory_free(diagnostics->items[i].hint);
    }
    memory_free(diagnostics->sources);
    memory_free(diagnostics->items);
    memory_free(diagnostics);
}

static struct source *find_source(const struct diagnostics *diagnostics, const char *name)
{
    for (size_t i = 0; i < diagnostics->source_count; i++)
        if (text_equal(diagnostics->sources[i].name, name))
            return &diagnostics->sources[i];
    return NULL;
}

/* The source called NAME, a new one where there is none yet. Names never move. */
static struct source *make_source(struct diagnostics *diagnostics, const char *name)
{
    struct source *source = find_source(diagnostics, name);
    if (source)
        return source;
    diagnostics->sources = memory_grow(diagnostics->sources, diagnostics->source_count + 1,
                                       sizeof *diagnostics->sources);
    source = &diagnostics->sources[diagnostics->source_count++];
    *source = (struct source){.name = memory_copy_text(name)};
    return source;
}

const char *diagnostics_add_source(struct diagnostics *diagnostics, const char *name,
                                   const char *bytes, size_t size)
{
    struct source *source = make_source(diagnostics, name);
    memory_free(source->bytes);
    source->bytes = memory_copy(bytes, size);
    source->size = size;
    return source->name;
}

const char *diagnostics_add_place(struct diagnostics *diagnostics, const char *format, ...)
{
    struct text name = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_format_v(&name, format, arguments);
    va_end(arguments);
    const char *kept = make_source(diagnostics, text_get(&name))->name;
    text_release(&name);
    return kept;
}

/* Are the paths the same but for entry numbers? The layers that the short form of a model expands
 * to share the places of their errors. */
static bool is_alike(const char *a, const char *b)
{
    for (;; a++, b++) {
        size_t digits = strspn(a, "0123456789"), others = strspn(b, "0123456789");
        if (digits && others) {
            a += digits;
            b += others;
        }
        if (*a != *b)
            return false;
        if (!*a)
            return true;
    }
}

static bool is_known(const struct diagnostics *diagnostics, const struct diagnostic *wanted)
{
    for (size_t i = 0; i < diagnostics->kept; i++) {
        const struct diagnostic *item = &diagnostics->items[i];
        if (item->mark.line == wanted->mark.line && item->mark.column == wanted->mark.column &&
            text_equal(item->mark.file, wanted->mark.file) && is_alike(item->path, wanted->path) &&
            text_equal(item->message, wanted->message))
            return true;
    }
    return false;
}

void diagnostics_add(struct diagnostics *diagnostics, const struct mark *mark, const char *path,
                     const char *hint, const char *format, ...)
{
    diagnostics->reported++;
    if (diagnostics->kept == DIAGNOSTICS_KEPT) {
        diagnostics->count++;
        return;
    }
    struct text message = {0};
    va_list arguments;
    va_start(arguments, format);
    text_add_format_v(&message, format, arguments);
    va_end(arguments);
    struct source *source = make_source(diagnostics, mark->file);
    struct diagnostic item = {
        .mark = *mark,
        .source = (size_t)(source - diagnostics->sources),
        .order = diagnostics->count,
        .path = memory_copy_text(path),
        .message = text_take(&message),
        .hint = memory_copy_text(hint ? hint : ""),
    };
    item.mark.file = source->name;
    if (is_known(diagnostics, &item)) {
        memory_free(item.path);
        memory_free(item.message);
        memory_free(item.hint);
        return;
    }
    diagnostics->items =
        memory_grow(diagnostics->items, diagnostics->kept + 1, sizeof *diagnostics->items);
    diagnostics->items[diagnostics->kept++] = item;
    diagnostics->count++;
}

size_t diagnostics_count(const struct diagnostics *diagnostics)
{
    return diagnostics->count;
}

size_t diagnostics_reported(const struct diagnostics *diagnostics)
{
    return diagnostics->reported;
}

bool diagnostics_concern(const struct diagnostics *diagnostics, const char *path)
{
    for (size_t i = 0; i < diagnostics->kept; i++)
        if (dotted_path_is_within(diagnostics->items[i].path, path))
            return true;
    return false;
}

static int by_place(const void *a, const void *b)
{
    const struct diagnostic *left = *(const struct diagnostic *const *)a;
    const struct diagnostic *right = *(const struct diagnostic *const *)b;
    if (left->source != right->source)
        return left->source < right->source ? -1 : 1;
    if (left->mark.line != right->mark.line)
        return left->mark.line < right->mark.line ? -1 : 1;
    if (left->mark.column != right->mark.column)
        return left->mark.column < right->mark.column ? -1 : 1;
    return left->order < right->order ? -1 : 1;
}

/* Adds the character at TEXT as something that takes one column and does nothing; gives its
 * length. */
static size_t add_harmless(struct text *out, const char *text, size_t left)
{
    unsigned code;
    size_t length = character_read(text, left, &code);
    if (length && (code == '\t' || code == '\n'))
        text_add_char(out, ' ');
    else if (!length || character_is_harmful(code))
        text_add_char(out, '?');
    else
        text_add_bytes(out, text, length);
    return length ? length : 1;
}

static void add_harmless_text(struct text *out, const char *text)
{
    for (size_t left = strlen(text); left > 0;) {
        size_t length = add_harmless(out, text, left);
        text += length;
        left -= length;
    }
}

/* Points *LINE at line NUMBER of SOURCE; gives its length without the break. */
static size_t find_line(const struct source *source, int number, const char **line)
{
    const char *at = source->bytes, *end = source->bytes + source->size;
    while (number > 1 && at < end) {
        size_t length = character_line_break(at, (size_t)(end - at));
        number -= length > 0;
        at += length ? length : 1;
    }
    *line = at;
    while (at < end && !character_line_break(at, (size_t)(end - at)))
        at++;
    return (size_t)(at - *line);
}

enum { SHOWN_COLUMNS = 100, SHOWN_BEFORE = 40 };

/* Adds the columns around the mark of a line of LENGTH bytes; gives the column, from 1, at which
 * the mark starts in what was added. END is the number of columns of the whole line. */
static int add_window(struct text *out, const char *line, size_t length, const struct mark *mark,
                      int *end)
{
    int from = mark->column > SHOWN_COLUMNS - 20 ? mark->column - SHOWN_BEFORE : 1;
    int column = 1;
    if (from > 1)
        text_add(out, "…");
    for (; length > 0; column++) {
        size_t before = out->length, bytes = add_harmless(out, line, length);
        if (column < from || column >= from + SHOWN_COLUMNS)
            out->data[out->length = before] = '\0';
        line += bytes;
        length -= bytes;
    }
    if (column > from + SHOWN_COLUMNS)
        text_add(out, "…");
    *end = column < from + SHOWN_COLUMNS ? column : from + SHOWN_COLUMNS;
    return mark->column - from + 1 + (from > 1);
}

static void write_line(const struct source *source, const struct diagnostic *item, struct text *out,
                       bool colour)
{
    const char *line;
    size_t length = find_line(source, item->mark.line, &line);
    text_add_format(out, "%5d | ", item->mark.line);
    int end;
    int start = add_window(out, line, length, &item->mark, &end);
    text_add_format(out, "\n      | %*s%s^", start - 1, "", colour ? "\033[32m" : "");
    for (int i = 1; i < item->mark.length && item->mark.column + i < end; i++)
        text_add_char(out, '~');
    text_add(out, colour ? "\033[0m" : "");
    if (*item->hint) {
        text_add_char(out, ' ');
        add_harmless_text(out, item->hint);
    }
    text_add_char(out, '\n');
}

static void write_item(const struct diagnostics *diagnostics, const struct diagnostic *item,
                       struct text *out, bool colour)
{
    const struct source *source = &diagnostics->sources[item->source];
    bool has_line = item->mark.line > 0 && source->bytes;
    text_add(out, colour ? "\033[1m" : "");
    add_harmless_text(out, source->name);
    if (item->mark.line > 0)
        text_add_format(out, ":%d:%d", item->mark.line, item->mark.column);
    text_add(out, colour ? ": \033[31merror:\033[0m " : ": error: ");
    add_harmless_text(out, item->path);
    text_add(out, *item->path ? ": " : "");
    add_harmless_text(out, item->message);
    text_add_char(out, '\n');
    if (has_line) {
        write_line(source, item, out, colour);
    } else if (*item->hint) {
        text_add(out, "      | ");
        add_harmless_text(out, item->hint);
        text_add_char(out, '\n');
    }
}

void diagnostics_write(const struct diagnostics *diagnostics, struct text *out, bool colour)
{
    size_t kept = diagnostics->kept;
    const struct diagnostic **sorted = memory_array(kept, sizeof *sorted);
    for (size_t i = 0; i < kept; i++)
        sorted[i] = &diagnostics->items[i];
    if (kept)
        qsort(sorted, kept, sizeof *sorted, by_place);
    size_t printed = kept < DIAGNOSTICS_PRINTED ? kept : DIAGNOSTICS_PRINTED;
    for (size_t i = 0; i < printed; i++)
        write_item(diagnostics, sorted[i], out, colour);
    if (diagnostics->count > printed)
        text_add_format(out, "and %zu more errors\n", diagnostics->count - printed);
    memory_free(sorted);
}

void diagnostics_print(const struct diagnostics *diagnostics)
{
    struct text out = {0};
    diagnostics_write(diagnostics, &out, log_is_fancy(stderr));
    log_status("");
    fputs(text_get(&out), stderr);
    fflush(stderr);
    text_release(&out);
}

int diagnostics_error(const struct diagnostics *diagnostics, struct error *error)
{
    if (diagnostics->count == 0)
        return 0;
    struct text out = {0};
    diagnostics_write(diagnostics, &out, false);
    while (out.length > 0 && out.data[out.length - 1] == '\n')
        out.data[--out.length] = '\0';
    error_set(error, ERROR_USAGE, "%s", text_get(&out));
    text_release(&out);
    return -1;
}
