#include "config/parse.h"

#include "base/file.h"
#include "base/memory.h"
#include "config/character.h"

#include <string.h>
#include <yaml.h>

/* The containers that are open, from the document's root on. */
struct level {
    struct node *node;
    char *key; /* in a mapping: the key whose value comes next; NULL where a key is due */
    struct mark key_mark;
    bool skip; /* drop the next value: its key was an error */
};

struct reading {
    yaml_parser_t parser;
    struct diagnostics *diagnostics;
    const char *file;
    bool placeless; /* marks have no line: the text is not that of a file */
    struct level levels[PARSE_LEVELS];
    size_t depth;
    struct node *root;
    size_t nodes, documents;
    bool stopped; /* an error after which nothing more can be read */
};

static struct mark mark_from(const struct reading *reading, const yaml_mark_t *start,
                             const yaml_mark_t *end)
{
    if (reading->placeless)
        return (struct mark){.file = reading->file};
    struct mark mark = {
        .file = reading->file, .line = (int)start->line + 1, .column = (int)start->column + 1};
    mark.length = end->line == start->line && end->column > start->column
                      ? (int)(end->column - start->column)
                      : 1;
    return mark;
}

/* An error after which reading ends. */
static void stop(struct reading *reading, const struct mark *mark, const char *hint,
                 const char *message)
{
    diagnostics_add(reading->diagnostics, mark, "", hint, "%s", message);
    reading->stopped = true;
}

/* The dotted path of the value that is read next. Caller frees. */
static char *path_here(const struct reading *reading)
{
    struct text path = {0};
    for (size_t i = 0; i < reading->depth; i++) {
        const struct level *level = &reading->levels[i];
        const struct node *node = level->node;
        /* A level that is not the last holds its open child already, unless that is dropped. */
        size_t inner = i + 1 < reading->depth && !level->skip;
        const char *key = inner && node->keys ? node->keys[node->count - 1] : level->key;
        if (node->type == NODE_MAPPING && (!key || !*key))
            break;
        text_add(&path, path.length ? "." : "");
        if (node->type == NODE_LIST)
            text_add_format(&path, "%zu", node->count - inner);
        else
            text_add(&path, key);
    }
    return text_take(&path);
}

static void complain(struct reading *reading, const struct mark *mark, const char *hint,
                     const char *message)
{
    char *path = path_here(reading);
    diagnostics_add(reading->diagnostics, mark, path, hint, "%s", message);
    memory_free(path);
}

/* Puts a finished or just opened value into the container it stands in, or drops it; gives the
 * node, or NULL when it was dropped. */
static struct node *place(struct reading *reading, struct node *node)
{
    if (++reading->nodes > PARSE_NODES && !reading->stopped)
        stop(reading, &node->mark, "split the file", "more than 65536 values in one file");
    if (reading->depth == 0) {
        reading->root = node;
        return node;
    }
    struct level *level = &reading->levels[reading->depth - 1];
    if (level->node->type == NODE_LIST) {
        node_append(level->node, node);
        return node;
    }
    if (level->skip) {
        node_free(node);
        node = NULL;
    } else {
        node_add(level->node, level->key, &level->key_mark, node);
    }
    memory_free(level->key);
    level->key = NULL;
    level->skip = false;
    return node;
}

/* Is a key due here, rather than a value? */
static bool wants_key(const struct reading *reading)
{
    if (reading->depth == 0)
        return false;
    const struct level *level = &reading->levels[reading->depth - 1];
    return level->node->type == NODE_MAPPING && !level->key;
}

static void read_key(struct reading *reading, const char *text, bool plain, const struct mark *mark)
{
    struct level *level = &reading->levels[reading->depth - 1];
    int other = node_find(level->node, text);
    level->key = memory_copy_text(text);
    level->key_mark = *mark;
    if (plain && text_equal(text, "<<")) {
        complain(reading, mark, "write the keys out, or start from another file with `base:`",
                 "merge keys are not allowed");
        level->skip = true;
    } else if (!*text) {
        complain(reading, mark, "write a name before the colon", "empty key");
        level->skip = true;
    } else if (other >= 0) {
        char *hint = reading->placeless
                         ? memory_copy_text("keep one of them")
                         : text_format("it stands in line %d already: keep one of them",
                                       level->node->key_marks[other].line);
        complain(reading, mark, hint, "the key appears twice");
        memory_free(hint);
        level->skip = true;
    } else if (level->node->count >= PARSE_KEYS) {
        stop(reading, mark, "split the file", "more than 1000 keys in one mapping");
    }
}

/* Anchors and tags are passed over after the complaint, so that reading can go on. */
static void check_properties(struct reading *reading, const struct mark *mark,
                             const yaml_char_t *anchor, const yaml_char_t *tag)
{
    if (anchor)
        complain(reading, mark, "write the value out where it is needed",
                 "anchors (&name) are not allowed");
    if (tag)
        complain(reading, mark, "remove the tag: a value's type follows from its key",
                 "tags (!name) are not allowed");
}

static void read_scalar(struct reading *reading, const yaml_event_t *event, const struct mark *mark)
{
    const char *text = (const char *)event->data.scalar.value;
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    check_properties(reading, mark, event->data.scalar.anchor, event->data.scalar.tag);
    if (strlen(text) != event->data.scalar.length) {
        stop(reading, mark, "remove the \\0", "a NUL character is not allowed");
        return;
    }
    if (wants_key(reading)) {
        read_key(reading, text, plain, mark);
        return;
    }
    struct node *node = node_new_scalar(text, mark);
    node->quoted = !plain;
    place(reading, node);
}

static void read_alias(struct reading *reading, const struct mark *mark)
{
    complain(reading, mark, "write the value out, or start from another file with `base:`",
             "aliases (*name) are not allowed");
    if (wants_key(reading)) {
        struct level *level = &reading->levels[reading->depth - 1];
        level->key = memory_copy_text("*");
        level->skip = true;
        return;
    }
    struct node *node = node_new_scalar("", mark);
    node->broken = true;
    place(reading, node);
}

/* Opens a mapping or list. One that stands as a key, or as the value of a bad key, is read into a
 * level of its own and thrown away when it closes. */
static void open_container(struct reading *reading, enum node_type type, const struct mark *mark,
                           const yaml_char_t *anchor, const yaml_char_t *tag)
{
    check_properties(reading, mark, anchor, tag);
    if (wants_key(reading)) {
        stop(reading, mark, "a key is one word; put a value that begins with { or [ in quotes",
             "a mapping or list cannot be a key");
        return;
    }
    if (reading->depth == PARSE_LEVELS) {
        stop(reading, mark, "no config needs that: is a bracket missing?",
             "nested deeper than 64 levels");
        return;
    }
    struct node *node = node_new(type, mark);
    bool dropped = reading->depth > 0 && reading->levels[reading->depth - 1].skip;
    if (!dropped)
        place(reading, node);
    reading->levels[reading->depth++] = (struct level){.node = node};
}

static void close_container(struct reading *reading)
{
    struct level *level = &reading->levels[--reading->depth];
    memory_free(level->key);
    bool dropped = reading->depth > 0 && reading->levels[reading->depth - 1].skip;
    if (dropped)
        place(reading, level->node);
}

/* libyaml's own complaint about the text, with what usually helps. */
static void report_syntax(struct reading *reading, const char *bytes)
{
    yaml_parser_t *parser = &reading->parser;
    const yaml_mark_t *at = &parser->problem_mark;
    struct mark mark = mark_from(reading, at, at);
    struct text message = {0};
    text_add_format(&message, "not valid YAML: %s", parser->problem ? parser->problem : "unknown");
    if (parser->context && reading->placeless)
        text_add_format(&message, " (%s)", parser->context);
    else if (parser->context)
        text_add_format(&message, " (%s from line %zu)", parser->context,
                        parser->context_mark.line + 1);
    const char *byte = bytes;
    for (size_t index = at->index; *byte && index > 0; index--)
        do
            byte++;
        while ((*byte & 0xC0) == 0x80);
    const char *hint = "look for a missing colon, quote or bracket, or a wrong indentation, here "
                       "and on the line before";
    if (*byte == '\t')
        hint = "indent with spaces: YAML does not allow tabs there";
    else if (*byte == '@' || *byte == '`' || *byte == '%')
        hint = "put a value that begins with @, ` or % in quotes";
    diagnostics_add(reading->diagnostics, &mark, "", hint, "%s", text_get(&message));
    text_release(&message);
    reading->stopped = true;
}

static void read_event(struct reading *reading, const yaml_event_t *event)
{
    struct mark mark = mark_from(reading, &event->start_mark, &event->end_mark);
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        if (++reading->documents == 2)
            stop(reading, &mark, "remove the `---` and what follows it, or make it a file",
                 "a second document begins here");
        break;
    case YAML_ALIAS_EVENT:
        read_alias(reading, &mark);
        break;
    case YAML_SCALAR_EVENT:
        read_scalar(reading, event, &mark);
        break;
    case YAML_SEQUENCE_START_EVENT:
        open_container(reading, NODE_LIST, &mark, event->data.sequence_start.anchor,
                       event->data.sequence_start.tag);
        break;
    case YAML_MAPPING_START_EVENT:
        open_container(reading, NODE_MAPPING, &mark, event->data.mapping_start.anchor,
                       event->data.mapping_start.tag);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        close_container(reading);
        break;
    default:
        break;
    }
}

/* Frees what was read; a container whose key was bad hangs at no other one. */
static void drop(struct reading *reading)
{
    for (size_t i = 0; i < reading->depth; i++) {
        memory_free(reading->levels[i].key);
        if (i > 0 && reading->levels[i - 1].skip)
            node_free(reading->levels[i].node);
    }
    node_free(reading->root);
}

static struct node *read_all(struct reading *reading, const char *bytes, size_t size)
{
    if (!yaml_parser_initialize(&reading->parser)) {
        stop(reading, &(struct mark){.file = reading->file}, "",
             "not enough memory for the parser");
        return NULL;
    }
    yaml_parser_set_encoding(&reading->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&reading->parser, (const unsigned char *)bytes, size);
    for (bool done = false; !done && !reading->stopped;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&reading->parser, &event)) {
            report_syntax(reading, bytes);
            break;
        }
        done = event.type == YAML_STREAM_END_EVENT;
        read_event(reading, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&reading->parser);
    if (!reading->stopped)
        return reading->root;
    drop(reading);
    return NULL;
}

/* What is wrong with the character at TEXT, or NULL. */
static const char *character_problem(const char *text, size_t left, size_t *length)
{
    unsigned code;
    *length = character_read(text, left, &code);
    if (!*length)
        return "not valid UTF-8";
    if (code == 0)
        return "a NUL character is not allowed";
    return character_is_control(code) ? "a control character is not allowed" : NULL;
}

/* Reports the first byte that cannot stand in a config. */
static int check_characters(struct reading *reading, const char *bytes, size_t size)
{
    struct mark mark = {.file = reading->file, .line = 1, .column = 1, .length = 1};
    for (size_t at = 0, length; at < size; at += length) {
        const char *problem = character_problem(bytes + at, size - at, &length);
        if (problem) {
            if (reading->placeless)
                mark.line = 0;
            stop(reading, &mark, "save the file as UTF-8 text, without this character", problem);
            return -1;
        }
        size_t line_break = character_line_break(bytes + at, size - at);
        length = line_break ? line_break : length;
        mark.line += line_break > 0;
        mark.column = line_break ? 1 : mark.column + 1;
    }
    return 0;
}

static struct node *read_text(struct reading *reading, const char *bytes, size_t size)
{
    if (check_characters(reading, bytes, size))
        return NULL;
    struct node *root = read_all(reading, bytes, size);
    if (root && root->type == NODE_SCALAR && !*root->text && !root->quoted && !root->broken) {
        node_free(root);
        root = NULL;
    }
    if (!root && !reading->stopped) {
        struct mark mark = {.file = reading->file, .line = !reading->placeless, .column = 1};
        stop(reading, &mark,
             reading->placeless ? "write a value"
                                : "copy a file of configs/ or experiments/ to start from",
             reading->placeless ? "there is no value" : "there is nothing in this file");
    }
    return root;
}

struct node *parse_text(const char *name, const char *bytes, size_t size,
                        struct diagnostics *diagnostics)
{
    struct reading reading = {.diagnostics = diagnostics};
    char *copy = memory_new(size + 1); /* ends with NUL, which the reading relies on */
    if (size)
        memcpy(copy, bytes, size);
    bool too_large = size > PARSE_BYTES;
    reading.file = diagnostics_add_source(diagnostics, name, bytes, too_large ? 0 : size);
    struct node *root = NULL;
    if (too_large)
        diagnostics_add(diagnostics, &(struct mark){.file = reading.file}, "",
                        "a config is a small text file: is this the right one?",
                        "larger than 1 MiB");
    else
        root = read_text(&reading, copy, size);
    memory_free(copy);
    return root;
}

struct node *parse_file(const char *path, struct diagnostics *diagnostics)
{
    struct text content = {0};
    struct error error;
    struct node *root = NULL;
    const char *name = text_equal(path, "-") ? "standard input" : path;
    const char *hint = "check the path; it is relative to the folder you are in";
    if (file_is_folder(path)) {
        diagnostics_add(diagnostics, &(struct mark){.file = name}, "", "name a file in it",
                        "is a folder");
    } else if (file_read(path, PARSE_BYTES, &content, &error)) {
        const char *text = error.text;
        size_t length = strlen(name);
        if (text_starts_with(text, name) && text_starts_with(text + length, ": "))
            text += length + 2;
        diagnostics_add(diagnostics, &(struct mark){.file = name}, "",
                        error.code == ERROR_NOT_FOUND ? hint : "", "%s", text);
    } else {
        root = parse_text(name, text_get(&content), content.length, diagnostics);
    }
    text_release(&content);
    return root;
}

/* A plain word means itself to YAML too; most defaults are one. */
static bool is_word(const char *text)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz_";
    return *text && strchr(letters, *text) && !text[strspn(text, letters)];
}

struct node *parse_value(const char *text, const char *place, struct diagnostics *diagnostics)
{
    if (is_word(text))
        return node_new_scalar(text, &(struct mark){.file = place});
    struct reading reading = {.diagnostics = diagnostics, .file = place, .placeless = true};
    return read_text(&reading, text, strlen(text));
}
