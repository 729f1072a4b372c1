#include "report/table_renderers.h"

#include "base/memory.h"
#include "base/printable.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* RFC 4180, section 2: quotes around what holds a comma, a quote or a line end; quotes doubled. */
static void add_csv(struct text *output, const char *content)
{
    if (!strpbrk(content, ",\"\r\n")) {
        text_add(output, content);
        return;
    }
    text_add_char(output, '"');
    for (const char *at = content; *at; at++) {
        if (*at == '"')
            text_add_char(output, '"');
        text_add_char(output, *at);
    }
    text_add_char(output, '"');
}

void table_add_exact(struct text *output, double number)
{
    const double largest = 1e15; /* up to here a double holds every whole number */
    if (isnan(number))
        text_add(output, "nan");
    else if (fabs(number) <= largest && number == floor(number))
        text_add_format(output, "%.0f", number);
    else
        text_add_real(output, number);
}

static void add_exact(struct text *output, const struct cell *cell)
{
    if (cell->is_whole)
        text_add_format(output, "%" PRId64, cell->whole);
    else
        table_add_exact(output, cell->number);
}

void table_render_csv(const struct table *table, struct text *output)
{
    for (size_t column = 0; column < table->column_count; column++) {
        text_add(output, column ? "," : "");
        add_csv(output, table->columns[column].key);
    }
    text_add_char(output, '\n');
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t column = 0; column < table->column_count; column++) {
            const struct cell *cell = table_cell(table, row, column);
            text_add(output, column ? "," : "");
            if (cell->type == CELL_TEXT)
                add_csv(output, cell->text);
            else if (cell->type == CELL_NUMBER)
                add_exact(output, cell);
        }
        text_add_char(output, '\n');
    }
}

void table_add_json_text(struct text *output, const char *content)
{
    struct text valid = {0};
    printable_add_valid(&valid, content);
    json_t *string = json_string(text_get(&valid));
    char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
    text_add(output, quoted ? quoted : "null");
    free(quoted);
    json_decref(string);
    text_release(&valid);
}

/* Numbers are written here, since jansson 2.14 spends 17 digits on each. */
static void add_json_cell(struct text *output, const struct cell *cell)
{
    if (cell->type == CELL_TEXT && cell->is_json)
        text_add(output, cell->text);
    else if (cell->type == CELL_TEXT)
        table_add_json_text(output, cell->text);
    else if (cell->type == CELL_NUMBER && isfinite(cell->number))
        add_exact(output, cell);
    else
        text_add(output, "null");
}

/* The part of an object in front of each column's value, which all rows share. */
static struct text *quote_keys(const struct table *table)
{
    struct text *keys = memory_array(table->column_count, sizeof *keys);
    for (size_t column = 0; column < table->column_count; column++) {
        text_add(&keys[column], column ? ", " : "");
        table_add_json_text(&keys[column], table->columns[column].key);
        text_add(&keys[column], ": ");
    }
    return keys;
}

void table_render_json(const struct table *table, struct text *output)
{
    struct text *keys = quote_keys(table);
    text_add(output, "[");
    for (size_t row = 0; row < table->row_count; row++) {
        text_add(output, row ? ",\n {" : "\n {");
        for (size_t column = 0; column < table->column_count; column++) {
            text_add(output, text_get(&keys[column]));
            add_json_cell(output, table_cell(table, row, column));
        }
        text_add(output, "}");
    }
    text_add(output, table->row_count ? "\n]\n" : "]\n");
    for (size_t column = 0; column < table->column_count; column++)
        text_release(&keys[column]);
    memory_free(keys);
}

static bool is_word(char byte)
{
    return isalnum((unsigned char)byte) || (unsigned char)byte >= 0x80;
}

/* Whether the character AT, with which or with digits before which CONTENT begins, would make a
 * list item or a heading of it: "- ", "1. ", "# " (CommonMark 4.2, 4.3, 5.2). */
static bool begins_block(const char *content, const char *at)
{
    size_t digits = strspn(content, "0123456789");
    if (at == content)
        return strchr("+-#=", *at) != NULL;
    return digits > 0 && at == content + digits && (*at == '.' || *at == ')') &&
           (at[1] == ' ' || at[1] == '\0');
}

/* CommonMark 2.4: a backslash before punctuation takes its meaning away. An underscore within a
 * word has none, and names are full of them. */
void table_add_markdown_text(struct text *output, const char *content)
{
    struct text plain = {0};
    printable_add(&plain, content);
    const char *begin = text_get(&plain);
    for (const char *at = begin; *at; at++) {
        bool within = at > begin && is_word(at[-1]) && is_word(at[1]);
        if (strchr("\\|`*<>[]&~$", *at) || begins_block(begin, at) || (*at == '_' && !within))
            text_add_char(output, '\\');
        text_add_char(output, *at);
    }
    text_release(&plain);
}

static void add_markdown_cell(struct text *output, const struct cell *cell)
{
    text_add(output, " ");
    if (cell->type == CELL_TEXT)
        table_add_markdown_text(output, cell->text);
    else if (cell->type == CELL_NUMBER)
        table_add_number(output, cell);
    else
        text_add(output, "–");
    text_add(output, " |");
}

/* Markdown has no headings over several columns: the first of a group names it. */
void table_render_markdown(const struct table *table, struct text *output)
{
    text_add_char(output, '|');
    for (size_t i = 0; i < table->column_count; i++) {
        const struct table_column *column = &table->columns[i];
        text_add_char(output, ' ');
        if (column->group && (i == 0 || !table_same_group(table, i - 1, i))) {
            table_add_markdown_text(output, column->group);
            text_add(output, ": ");
        }
        table_add_markdown_text(output, column->title);
        text_add(output, " |");
    }
    text_add(output, "\n|");
    for (size_t i = 0; i < table->column_count; i++)
        text_add(output, table_column_is_numeric(table, i) ? " ---: |" : " --- |");
    text_add_char(output, '\n');
    for (size_t row = 0; row < table->row_count; row++) {
        text_add_char(output, '|');
        for (size_t i = 0; i < table->column_count; i++)
            add_markdown_cell(output, table_cell(table, row, i));
        text_add_char(output, '\n');
    }
}

void table_add_latex_text(struct text *output, const char *content)
{
    static const struct {
        const char *from, *to;
    } specials[] = {
        {"\\", "\\textbackslash{}"},
        {"~", "\\textasciitilde{}"},
        {"^", "\\textasciicircum{}"},
        {"&", "\\&"},
        {"%", "\\%"},
        {"$", "\\$"},
        {"#", "\\#"},
        {"_", "\\_"},
        {"{", "\\{"},
        {"}", "\\}"},
        {"<", "\\textless{}"},
        {">", "\\textgreater{}"},
        {"|", "\\textbar{}"},
        {"`", "\\textasciigrave{}"},
        {"±", "$\\pm$"},
        {"−", "$-$"},
        {"∞", "$\\infty$"},
    };
    struct text plain = {0};
    printable_add(&plain, content);
    for (const char *at = text_get(&plain); *at;) {
        size_t i = 0, count = sizeof specials / sizeof specials[0];
        while (i < count && !text_starts_with(at, specials[i].from))
            i++;
        if (at == text_get(&plain) && (*at == '[' || *at == '*')) { /* an argument of \\ */
            text_add_format(output, "{%c}", *at++);
        } else if (at[0] == '-' && at[1] == '-') { /* two make a dash */
            text_add(output, "-{}");
            at++;
        } else if (i < count) {
            text_add(output, specials[i].to);
            at += strlen(specials[i].from);
        } else {
            text_add_char(output, *at++);
        }
    }
    text_release(&plain);
}

/* A comma within a number is none between two. */
static void add_latex_number(struct text *output, const char *number)
{
    text_add_char(output, '$');
    for (const char *at = number; *at; at++)
        if (*at == ',')
            text_add(output, "{,}");
        else
            text_add_char(output, *at);
    text_add_char(output, '$');
}

void table_add_latex_cell(struct text *output, const struct cell *cell)
{
    struct text number = {0};
    if (cell->type == CELL_NUMBER)
        table_add_number(&number, cell);
    /* Signs and relations are those of mathematics. */
    bool signed_number = number.length && strchr("-+<>", number.data[0]);
    if (cell->latex)
        text_add(output, cell->latex);
    else if (cell->type == CELL_TEXT)
        table_add_latex_text(output, cell->text);
    else if (cell->type == CELL_MISSING)
        text_add(output, "--");
    else if (signed_number)
        add_latex_number(output, number.data);
    else
        table_add_latex_text(output, text_get(&number));
    text_release(&number);
}

/* A line of headings, each over its columns, and the short rules below them. */
static void add_latex_groups(const struct table *table, struct text *output)
{
    struct text rules = {0};
    for (size_t begin = 0, end; begin < table->column_count; begin = end) {
        for (end = begin + 1; end < table->column_count && table_same_group(table, begin, end);)
            end++;
        text_add(output, begin ? " & " : "");
        if (!table->columns[begin].group)
            continue;
        text_add_format(output, "\\multicolumn{%zu}{c}{", end - begin);
        table_add_latex_text(output, table->columns[begin].group);
        text_add_char(output, '}');
        text_add_format(&rules, "\\cmidrule(lr){%zu-%zu}", begin + 1, end);
    }
    if (rules.length)
        text_add_format(output, " \\\\\n%s\n", text_get(&rules));
    text_release(&rules);
}

static bool has_groups(const struct table *table)
{
    for (size_t i = 0; i < table->column_count; i++)
        if (table->columns[i].group)
            return true;
    return false;
}

/* A column of sentences is a paragraph: LaTeX would set them beyond the page otherwise. */
static bool has_sentences(const struct table *table, size_t column)
{
    enum { LONG = 60 };
    for (size_t row = 0; row < table->row_count; row++) {
        const struct cell *cell = table_cell(table, row, column);
        if (cell->type == CELL_TEXT && !cell->latex && printable_width(cell->text) > LONG)
            return true;
    }
    return false;
}

void table_render_latex(const struct table *table, struct text *output)
{
    text_add(output, "% \\usepackage{booktabs}\n\\begin{tabular}{");
    for (size_t i = 0; i < table->column_count; i++)
        text_add(output, table_column_is_numeric(table, i) ? "r"
                         : has_sentences(table, i)         ? "p{0.4\\textwidth}"
                                                           : "l");
    text_add(output, "}\n\\toprule\n");
    if (has_groups(table))
        add_latex_groups(table, output);
    for (size_t i = 0; i < table->column_count; i++) {
        text_add(output, i ? " & " : "");
        table_add_latex_text(output, table->columns[i].title);
    }
    text_add(output, " \\\\\n\\midrule\n");
    for (size_t row = 0; row < table->row_count; row++) {
        for (size_t i = 0; i < table->column_count; i++) {
            text_add(output, i ? " & " : "");
            table_add_latex_cell(output, table_cell(table, row, i));
        }
        text_add(output, " \\\\\n");
    }
    text_add(output, "\\bottomrule\n\\end{tabular}\n");
}
