#include "report/page_table.h"

#include "base/memory.h"
#include "report/html.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum column {
    COLUMN_EMPTY, /* all its cells are missing: left out */
    COLUMN_NUMBERS,
    COLUMN_TEXTS,
};

static enum column column_kind(const struct table *table, size_t column)
{
    enum column kind = column == 0 ? COLUMN_NUMBERS : COLUMN_EMPTY;
    for (size_t row = 0; row < table->row_count; row++) {
        enum cell_type type = table_cell(table, row, column)->type;
        if (type == CELL_TEXT)
            return COLUMN_TEXTS;
        if (type == CELL_NUMBER)
            kind = COLUMN_NUMBERS;
    }
    return kind;
}

/* Adds DIGITS, a decimal number or what stands for one, with commas between thousands and a minus
 * sign for a hyphen. */
static void add_digits(struct text *page, const char *digits)
{
    struct text grouped = {0};
    text_add(page, *digits == '-' ? "−" : "");
    text_add_grouped(&grouped, digits + (*digits == '-'));
    html_add(page, text_get(&grouped));
    text_release(&grouped);
}

/* A cell may say itself how people see its number. */
static void add_number(struct text *page, const struct cell *cell)
{
    struct text digits = {0};
    double smallest = pow(10, -cell->precision);
    if (cell->text) {
        text_add(&digits, cell->text);
    } else if (!cell->is_whole && cell->number != 0 && fabs(cell->number) < smallest / 2) {
        text_add_format(&digits, "%.*f", cell->precision, smallest);
        text_add(page, cell->number > 0 ? "&lt; " : "&gt; −");
    } else if (isinf(cell->number)) {
        text_add(page, cell->number > 0 ? "∞" : "−∞");
    } else {
        table_add_number(&digits, cell);
    }
    add_digits(page, text_get(&digits));
    text_release(&digits);
}

static void add_full_number(struct text *page, const struct cell *cell)
{
    text_add(page, " data-value=\"");
    if (cell->is_whole)
        text_add_format(page, "%" PRId64, cell->whole);
    else
        text_add_real(page, cell->number);
    text_add_char(page, '"');
}

static const char *entry(const char *const *list, size_t row)
{
    return list ? list[row] : NULL;
}

static void add_content(struct text *page, const struct cell *cell, const struct page_table *style,
                        size_t row, size_t column)
{
    const char *link = column == style->link_column ? entry(style->links, row) : NULL;
    const char *mark = column == style->mark_column ? entry(style->marks, row) : NULL;
    if (link)
        text_add_format(page, "<a href=\"#%s\">", link);
    if (cell->type == CELL_TEXT)
        html_add(page, cell->text);
    else if (cell->type == CELL_NUMBER)
        add_number(page, cell);
    else
        text_add(page, "–");
    if (link)
        text_add(page, "</a>");
    if (mark)
        text_add_format(page, "<sup>%s</sup>", mark);
}

/* Short texts keep to one line, long ones wrap. */
static const char *cell_class(const struct cell *cell, bool is_numeric)
{
    enum { SHORT = 24 };
    if (is_numeric)
        return "number";
    return cell->type != CELL_TEXT || text_width(cell->text) <= SHORT ? "short" : "text";
}

static void add_cell(struct text *page, const struct table *table, const struct page_table *style,
                     size_t row, size_t column, bool is_numeric)
{
    const struct cell *cell = table_cell(table, row, column);
    const char *tag = column == 0 ? "th" : "td";
    text_add_format(page, "<%s%s", tag, column == 0 ? " scope=\"row\"" : "");
    text_add_format(page, " class=\"%s%s%s\"", cell_class(cell, is_numeric),
                    cell->type == CELL_MISSING ? " missing" : "",
                    style->marks && column == style->mark_column ? " marked" : "");
    if (cell->type == CELL_NUMBER)
        add_full_number(page, cell);
    text_add_char(page, '>');
    add_content(page, cell, style, row, column);
    text_add_format(page, "</%s>", tag);
}

static void add_row(struct text *page, const struct table *table, const struct page_table *style,
                    size_t row, const enum column *kinds)
{
    const char *id = entry(style->ids, row), *kind = entry(style->classes, row);
    text_add(page, "<tr");
    if (id)
        text_add_format(page, " id=\"%s\"", id);
    if (kind)
        text_add_format(page, " class=\"%s\"", kind);
    text_add_char(page, '>');
    for (size_t column = 0; column < table->column_count; column++)
        if (kinds[column] != COLUMN_EMPTY)
            add_cell(page, table, style, row, column, kinds[column] == COLUMN_NUMBERS);
    text_add(page, "</tr>\n");
}

/* The heading GROUP (NULL: none) over SPAN columns. */
static void add_group(struct text *page, const char *group, size_t span)
{
    if (span == 0)
        return;
    if (!group) {
        text_add(page, "<td></td>");
        return;
    }
    text_add_format(page, "<th scope=\"colgroup\" class=\"group\" colspan=\"%zu\">", span);
    html_add(page, group);
    text_add(page, "</th>");
}

/* A row of headings that span neighbouring columns, where there are any. */
static void add_groups(struct text *page, const struct table *table, const enum column *kinds)
{
    bool has_any = false;
    for (size_t i = 0; i < table->column_count; i++)
        has_any = has_any || (table->columns[i].group && kinds[i] != COLUMN_EMPTY);
    if (!has_any)
        return;
    text_add(page, "<tr>");
    for (size_t column = 0, next; column < table->column_count; column = next) {
        size_t span = kinds[column] != COLUMN_EMPTY;
        for (next = column + 1; next < table->column_count; next++) {
            if (!table_same_group(table, column, next))
                break;
            span += kinds[next] != COLUMN_EMPTY;
        }
        add_group(page, table->columns[column].group, span);
    }
    text_add(page, "</tr>\n");
}

static void add_head(struct text *page, const struct table *table, const enum column *kinds)
{
    text_add(page, "<thead>\n");
    add_groups(page, table, kinds);
    text_add(page, "<tr>");
    for (size_t column = 0; column < table->column_count; column++) {
        if (kinds[column] == COLUMN_EMPTY)
            continue;
        text_add_format(page, "<th scope=\"col\"%s>",
                        kinds[column] == COLUMN_NUMBERS ? " class=\"number\"" : "");
        html_add(page, table->columns[column].title);
        text_add(page, "</th>");
    }
    text_add(page, "</tr>\n</thead>\n");
}

void page_table_add(struct text *page, const struct table *table, const struct page_table *style)
{
    if (table->row_count == 0)
        return;
    enum column *kinds = memory_array(table->column_count, sizeof *kinds);
    for (size_t column = 0; column < table->column_count; column++)
        kinds[column] = column_kind(table, column);
    text_add_format(page, "<div class=\"wide\"><table class=\"%s\">\n<caption>",
                    style->is_plain ? "plain" : "sortable");
    html_add(page, style->caption);
    text_add(page, "</caption>\n");
    add_head(page, table, kinds);
    text_add(page, "<tbody>\n");
    for (size_t row = 0; row < table->row_count; row++)
        add_row(page, table, style, row, kinds);
    text_add(page, "</tbody>\n</table></div>\n");
    memory_free(kinds);
}
