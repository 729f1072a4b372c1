#include "report/table_renderers.h"

#include "base/memory.h"
#include "base/printable.h"

enum {
    GAP = 2,           /* columns between neighbours */
    GROUP_GAP = 4,     /* and between groups */
    SHORTEST_TEXT = 16 /* columns that a text keeps when the terminal is too narrow */
};

/* The first column and those from BEGIN up to END make a block. */
struct block {
    size_t begin, end;
};

struct layout {
    const struct table *table;
    size_t *widths; /* by column */
    bool *numeric;  /* by column */
};

static void add_cell(struct text *text, const struct cell *cell)
{
    if (cell->type == CELL_TEXT)
        printable_add(text, cell->text);
    else if (cell->type == CELL_NUMBER)
        table_add_number(text, cell);
    else
        text_add_char(text, '-');
}

static size_t larger(size_t a, size_t b)
{
    return a > b ? a : b;
}

static void measure(struct layout *layout)
{
    const struct table *table = layout->table;
    struct text text = {0};
    for (size_t column = 0; column < table->column_count; column++) {
        layout->numeric[column] = table_column_is_numeric(table, column);
        size_t width = printable_width(table->columns[column].title);
        for (size_t row = 0; row < table->row_count; row++) {
            text_clear(&text);
            add_cell(&text, table_cell(table, row, column));
            width = larger(width, printable_width(text_get(&text)));
        }
        layout->widths[column] = width;
    }
    text_release(&text);
}

/* The column behind the last one that has the heading of COLUMN, at most END. */
static size_t group_end(const struct table *table, size_t column, size_t end)
{
    size_t next = column + 1;
    while (next < end && table_same_group(table, column, next))
        next++;
    return next;
}

/* Space in front of COLUMN when it follows BEFORE. */
static size_t gap(const struct table *table, size_t before, size_t column)
{
    bool grouped = table->columns[before].group || table->columns[column].group;
    return grouped && !table_same_group(table, before, column) ? GROUP_GAP : GAP;
}

static size_t span(const struct layout *layout, size_t column, size_t end)
{
    size_t width = layout->widths[column];
    for (size_t next = column + 1; next < end; next++)
        width += gap(layout->table, next - 1, next) + layout->widths[next];
    return width;
}

/* How wide columns from COLUMN to END of one heading are; it may be longer than they. */
static size_t headed_span(const struct layout *layout, size_t column, size_t end)
{
    const char *group = layout->table->columns[column].group;
    return larger(span(layout, column, end), group ? printable_width(group) : 0);
}

/* The width of the lines of BLOCK. */
static size_t block_width(const struct layout *layout, struct block block)
{
    size_t width = layout->widths[0], before = 0;
    for (size_t column = block.begin; column < block.end;) {
        size_t end = group_end(layout->table, column, block.end);
        width += gap(layout->table, before, column) + headed_span(layout, column, end);
        before = end - 1;
        column = end;
    }
    return width;
}

/* Takes from the widest text, a column at a time, until the table fits; false when all texts are
 * short and it still does not. */
static bool shrink_texts(struct layout *layout, size_t width)
{
    size_t columns = layout->table->column_count;
    while (block_width(layout, (struct block){1, columns}) > width) {
        size_t widest = columns;
        for (size_t i = 0; i < columns; i++)
            if (!layout->numeric[i] && layout->widths[i] > SHORTEST_TEXT &&
                (widest == columns || layout->widths[i] > layout->widths[widest]))
                widest = i;
        if (widest == columns)
            return false;
        layout->widths[widest]--;
    }
    return true;
}

/* For a table in blocks: each text as wide as a block allows, the first, which all blocks have, at
 * most a third of it. */
static void limit_texts(struct layout *layout, size_t width)
{
    size_t first = larger(width / 3, SHORTEST_TEXT);
    measure(layout);
    if (!layout->numeric[0] && layout->widths[0] > first)
        layout->widths[0] = first;
    size_t used = layout->widths[0] + GROUP_GAP;
    size_t rest = larger(width > used ? width - used : 0, SHORTEST_TEXT);
    for (size_t i = 1; i < layout->table->column_count; i++)
        if (!layout->numeric[i] && layout->widths[i] > rest)
            layout->widths[i] = rest;
}

static void end_line(struct text *output)
{
    while (output->length && output->data[output->length - 1] == ' ')
        output->data[--output->length] = '\0';
    text_add_char(output, '\n');
}

static void add_padded(struct text *output, const char *content, size_t width, bool right)
{
    struct text cut = {0};
    printable_add_cut(&cut, content, width);
    size_t space = width - printable_width(text_get(&cut));
    text_add_spaces(output, (int)(right ? space : 0));
    text_add(output, text_get(&cut));
    text_add_spaces(output, (int)(right ? 0 : space));
    text_release(&cut);
}

/* A heading that is longer than its columns in BLOCK widens the last of them, as far as WIDTH (0:
 * unlimited) allows. */
static void widen_for_headings(struct layout *layout, struct block block, size_t width)
{
    const struct table *table = layout->table;
    for (size_t column = block.begin; column < block.end;) {
        size_t end = group_end(table, column, block.end);
        size_t have = span(layout, column, end), need = headed_span(layout, column, end);
        size_t all = block_width(layout, block);
        if (width && all > width) /* the heading is cut */
            need = need - have > all - width ? need - (all - width) : have;
        layout->widths[end - 1] += need - have;
        column = end;
    }
}

static void add_headings(const struct layout *layout, struct block block, struct text *output)
{
    const struct table *table = layout->table;
    text_add_spaces(output, (int)layout->widths[0]);
    size_t before = 0;
    for (size_t column = block.begin; column < block.end;) {
        size_t end = group_end(table, column, block.end);
        const char *group = table->columns[column].group;
        text_add_spaces(output, (int)gap(table, before, column));
        add_padded(output, group ? group : "", span(layout, column, end), false);
        before = end - 1;
        column = end;
    }
    end_line(output);
}

enum line { LINE_TITLES, LINE_RULE, LINE_CELLS };

static void add_line(const struct layout *layout, struct block block, enum line line, size_t row,
                     struct text *output)
{
    const struct table *table = layout->table;
    struct text content = {0};
    for (size_t i = block.begin - 1; i < block.end; i++) {
        size_t column = i < block.begin ? 0 : i;
        if (i >= block.begin)
            text_add_spaces(output, (int)gap(table, i == block.begin ? 0 : i - 1, i));
        text_clear(&content);
        if (line == LINE_TITLES)
            text_add(&content, table->columns[column].title);
        else if (line == LINE_CELLS)
            add_cell(&content, table_cell(table, row, column));
        else
            for (size_t dash = 0; dash < layout->widths[column]; dash++)
                text_add_char(&content, '-');
        add_padded(output, text_get(&content), layout->widths[column], layout->numeric[column]);
    }
    end_line(output);
    text_release(&content);
}

static void add_block(const struct layout *layout, struct block block, struct text *output)
{
    bool headings = false;
    for (size_t column = block.begin; column < block.end; column++)
        headings = headings || layout->table->columns[column].group;
    if (headings)
        add_headings(layout, block, output);
    add_line(layout, block, LINE_TITLES, 0, output);
    add_line(layout, block, LINE_RULE, 0, output);
    for (size_t row = 0; row < layout->table->row_count; row++)
        add_line(layout, block, LINE_CELLS, row, output);
}

/* As many columns from BEGIN on as fit beside the first, whole groups where possible. */
static struct block next_block(const struct layout *layout, size_t begin, size_t width)
{
    const struct table *table = layout->table;
    size_t columns = table->column_count, end = begin, whole = begin;
    while (end < columns) {
        if (width && block_width(layout, (struct block){begin, end + 1}) > width)
            break;
        end++;
        if (end == columns || !table_same_group(table, end - 1, end))
            whole = end;
    }
    if (whole > begin)
        end = whole;
    return (struct block){begin, end > begin || begin == columns ? end : begin + 1};
}

void table_render_text(const struct table *table, size_t width, struct text *output)
{
    if (table->column_count == 0)
        return;
    struct layout layout = {
        .table = table,
        .widths = memory_array(table->column_count, sizeof *layout.widths),
        .numeric = memory_array(table->column_count, sizeof *layout.numeric),
    };
    measure(&layout);
    if (width && !shrink_texts(&layout, width))
        limit_texts(&layout, width);
    size_t begin = 1;
    do {
        struct block block = next_block(&layout, begin, width);
        if (begin > 1)
            text_add_char(output, '\n');
        widen_for_headings(&layout, block, width);
        add_block(&layout, block, output);
        begin = block.end;
    } while (begin < table->column_count);
    memory_free(layout.widths);
    memory_free(layout.numeric);
}
