#include "report/comparison_print.h"

#include "base/memory.h"
#include "base/printable.h"
#include "report/comparison_notes.h"
#include "report/comparison_tables.h"

#include <errno.h>
#include <string.h>

/* Adds SENTENCE, broken between words where WIDTH says so, further lines indented. */
static void add_wrapped(struct text *output, const char *sentence, size_t width)
{
    enum { INDENT = 2 };
    struct text word = {0};
    size_t column = 0;
    for (const char *at = sentence; *at;) {
        size_t length = strcspn(at, " ");
        text_clear(&word);
        text_add_bytes(&word, at, length);
        size_t wide = printable_width(text_get(&word));
        if (column > INDENT && width && column + 1 + wide > width) {
            text_add_char(output, '\n');
            text_add_spaces(output, INDENT);
            column = INDENT;
        } else if (column > 0) {
            text_add_char(output, ' ');
            column++;
        }
        text_add(output, text_get(&word));
        column += wide;
        at += length;
        at += strspn(at, " ");
    }
    text_add_char(output, '\n');
    text_release(&word);
}

static void add_sentence(const char *sentence, enum table_format format, size_t width,
                         struct text *output)
{
    if (format == TABLE_MARKDOWN) {
        text_add(output, "- ");
        table_add_markdown_text(output, sentence);
        text_add_char(output, '\n');
    } else {
        add_wrapped(output, sentence, width);
    }
}

/* Of many contrasts, those that are undecided share one sentence: the table has their figures. */
static void add_sentences(const struct comparison_view *view, size_t metric,
                          enum table_format format, size_t width, struct text *output)
{
    size_t count;
    size_t *places = comparison_view_contrasts(view, metric, &count);
    const struct comparison *comparison = &view->comparisons[metric];
    struct text sentence = {0};
    for (size_t i = 0; i < count; i++) {
        const struct contrast *contrast = &comparison->contrasts[places[i]];
        if (count > COMPARISON_FEW && contrast->verdict == VERDICT_UNDECIDED)
            continue;
        text_clear(&sentence);
        comparison_add_sentence(&sentence, comparison, view->groups, contrast);
        add_sentence(text_get(&sentence), format, width, output);
    }
    text_clear(&sentence);
    if (count > COMPARISON_FEW)
        comparison_add_undecided(&sentence, comparison, view->groups, places, count);
    if (sentence.length)
        add_sentence(text_get(&sentence), format, width, output);
    text_release(&sentence);
    memory_free(places);
}

/* The table of METRIC's contrasts under its title, and what they say. */
static void add_contrasts(const struct comparison_view *view, size_t metric,
                          enum table_format format, size_t width, struct text *output)
{
    struct table table;
    struct text title = {0}, plain = {0};
    bool own_columns = view->options.columns && !view->options.pairs;
    text_add_char(output, '\n');
    if (!own_columns) {
        comparison_tables_add_title(view, metric, &title);
        printable_add(&plain, text_get(&title));
        if (format == TABLE_MARKDOWN) {
            text_add(output, "**");
            table_add_markdown_text(output, text_get(&title));
            text_add(output, "**\n\n");
        } else {
            add_wrapped(output, text_get(&plain), width);
        }
        comparison_tables_contrasts(view, metric, &table);
        table_render(&table, format, width, output);
        table_release(&table);
        text_add_char(output, '\n');
    }
    add_sentences(view, metric, format, width, output);
    text_release(&title);
    text_release(&plain);
}

/* What ONLY_CHANGED left out of the table: "The same in all: test.accuracy n 5, parameters 1610".
 */
static void add_same(const struct comparison_view *view, enum table_format format, size_t width,
                     struct text *output)
{
    struct comparison_view same = *view;
    struct table table;
    struct text text = {0};
    same.columns = view->same;
    same.column_count = view->same_count;
    comparison_tables_variants(&same, &table);
    for (size_t i = 1; i < table.column_count; i++) {
        const struct cell *cell = table_cell(&table, 0, i);
        if (cell->type == CELL_MISSING)
            continue;
        text_add(&text, text.length ? ", " : "The same in all: ");
        if (table.columns[i].group)
            text_add_format(&text, "%s ", table.columns[i].group);
        printable_add(&text, table.columns[i].title);
        text_add_char(&text, ' ');
        if (cell->type == CELL_NUMBER)
            table_add_number(&text, cell);
        else if (same.columns[i - 1].key && text_equal(cell->text, "varies"))
            text_add(&text, "varies within each");
        else
            printable_add(&text, cell->text);
    }
    if (text.length) {
        text_add(output, "\n");
        if (format == TABLE_MARKDOWN)
            table_add_markdown_text(output, text_get(&text));
        else
            add_wrapped(output, text_get(&text), width);
        text_add(output, format == TABLE_MARKDOWN ? "\n" : "");
    }
    table_release(&table);
    text_release(&text);
}

/* What a reader must know besides. Who reads text sees the warnings about runs. */
static void add_notes(const struct comparison_view *view, enum table_format format, size_t width,
                      struct text *output)
{
    struct text lines = {0};
    if (format == TABLE_MARKDOWN)
        comparison_notes_losses(view, &lines);
    comparison_notes_choices(view, &lines);
    comparison_notes_settings(view, &lines);
    const char *at = text_get(&lines);
    if (*at)
        text_add_char(output, '\n');
    while (*at) {
        size_t length = strcspn(at, "\n");
        char *line = text_format("%.*s", (int)length, at);
        add_sentence(line, format, width, output);
        memory_free(line);
        at += length + (at[length] == '\n');
    }
    text_release(&lines);
}

/* Each claim, and what the figures say of it. */
static void add_claims(const struct comparison_view *view, enum table_format format, size_t width,
                       struct text *output)
{
    struct text sentence = {0};
    for (size_t i = 0; i < view->claims.count; i++) {
        text_clear(&sentence);
        comparison_notes_claim(view, i, &sentence);
        text_add_format(&sentence, " %s", view->claims.items[i].sentence);
        add_sentence(text_get(&sentence), format, width, output);
    }
    text_release(&sentence);
}

static void render_for_people(const struct comparison_view *view, enum table_format format,
                              size_t width, struct text *output)
{
    struct table table;
    comparison_tables_variants(view, &table);
    table_render(&table, format, width, output);
    table_release(&table);
    if (view->same_count > 0)
        add_same(view, format, width, output);
    add_notes(view, format, width, output);
    for (size_t i = 0; i < view->full_count; i++)
        if (view->comparisons[i].contrast_count > 0)
            add_contrasts(view, i, format, width, output);
    if (view->claims.count > 0)
        text_add_char(output, '\n');
    add_claims(view, format, width, output);
}

/* The claims alone: a table, which people have as sentences on a terminal. */
static void render_claims(const struct comparison_view *view, enum table_format format,
                          size_t width, struct text *output)
{
    struct table table;
    if (format == TABLE_TEXT) {
        add_claims(view, format, width, output);
        return;
    }
    comparison_tables_claims(view, format != TABLE_CSV, &table);
    table_render(&table, format, width, output);
    table_release(&table);
}

void comparison_render(const struct comparison_view *view, enum table_format format, size_t width,
                       struct text *output)
{
    struct table table;
    if (format == TABLE_JSON) {
        comparison_render_json(view, output);
    } else if (view->options.only_claims) {
        render_claims(view, format, width, output);
    } else if (format == TABLE_LATEX) {
        comparison_render_latex(view, output);
    } else if (format == TABLE_CSV) {
        comparison_tables_flat(view, &table);
        table_render(&table, format, width, output);
        table_release(&table);
    } else {
        render_for_people(view, format, width, output);
    }
}

int comparison_print(const struct comparison_view *view, enum table_format format, FILE *stream,
                     struct error *error)
{
    struct text output = {0};
    comparison_render(view, format, table_width(stream), &output);
    size_t written = fwrite(text_get(&output), 1, output.length, stream);
    bool complete = written == output.length && fflush(stream) == 0;
    text_release(&output);
    if (!complete)
        return error_system(error, ERROR_FAILED, errno, "the comparison cannot be written");
    return 0;
}
