#include "report/table.h"

#include "base/log.h"
#include "base/memory.h"
#include "report/table_renderers.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

const char *const table_format_names[TABLE_FORMATS + 1] = {
    [TABLE_TEXT] = "text",         [TABLE_CSV] = "csv",     [TABLE_JSON] = "json",
    [TABLE_MARKDOWN] = "markdown", [TABLE_LATEX] = "latex",
};

static void cell_release(struct cell *cell)
{
    memory_free(cell->text);
    memory_free(cell->latex);
    *cell = (struct cell){0};
}

void table_release(struct table *table)
{
    for (size_t i = 0; i < table->column_count; i++) {
        memory_free(table->columns[i].group);
        memory_free(table->columns[i].title);
        memory_free(table->columns[i].key);
    }
    for (size_t i = 0; i < table->row_count * table->column_count; i++)
        cell_release(&table->cells[i]);
    memory_free(table->columns);
    memory_free(table->cells);
    *table = (struct table){0};
}

size_t table_add_column(struct table *table, const char *group, const char *title, const char *key)
{
    size_t column = table->column_count++;
    table->columns = memory_grow(table->columns, table->column_count, sizeof *table->columns);
    table->columns[column] = (struct table_column){
        .group = memory_copy_text(group),
        .title = memory_copy_text(title),
        .key = memory_copy_text(key),
    };
    return column;
}

void table_add_row(struct table *table)
{
    size_t width = table->column_count;
    if (table->row_count == table->row_capacity) {
        table->row_capacity = table->row_capacity ? 2 * table->row_capacity : 16;
        table->cells = memory_grow(table->cells, table->row_capacity * width, sizeof *table->cells);
    }
    memset(table->cells + table->row_count * width, 0, width * sizeof *table->cells);
    table->row_count++;
}

static struct cell *last_row_cell(struct table *table, size_t column)
{
    struct cell *cell = &table->cells[(table->row_count - 1) * table->column_count + column];
    cell_release(cell);
    return cell;
}

void table_set_text(struct table *table, size_t column, const char *text)
{
    *last_row_cell(table, column) =
        (struct cell){.type = CELL_TEXT, .text = memory_copy_text(text)};
}

void table_set_json(struct table *table, size_t column, const char *json)
{
    *last_row_cell(table, column) =
        (struct cell){.type = CELL_TEXT, .text = memory_copy_text(json), .is_json = true};
}

void table_set_number(struct table *table, size_t column, double number, int precision)
{
    *last_row_cell(table, column) =
        (struct cell){.type = CELL_NUMBER, .number = number, .precision = precision};
}

void table_set_whole(struct table *table, size_t column, int64_t number)
{
    *last_row_cell(table, column) = (struct cell){
        .type = CELL_NUMBER, .number = (double)number, .whole = number, .is_whole = true};
}

void table_set_shown(struct table *table, size_t column, double number, const char *shown)
{
    *last_row_cell(table, column) =
        (struct cell){.type = CELL_NUMBER, .number = number, .text = memory_copy_text(shown)};
}

void table_set_latex(struct table *table, size_t row, size_t column, const char *latex)
{
    struct cell *cell = &table->cells[row * table->column_count + column];
    memory_free(cell->latex);
    cell->latex = memory_copy_text(latex);
}

const struct cell *table_cell(const struct table *table, size_t row, size_t column)
{
    return &table->cells[row * table->column_count + column];
}

void table_add_number(struct text *text, const struct cell *cell)
{
    if (cell->text)
        text_add(text, cell->text);
    else if (cell->is_whole)
        text_add_format(text, "%" PRId64, cell->whole);
    else if (isnan(cell->number))
        text_add(text, "nan"); /* whatever its sign bit is */
    else
        text_add_format(text, "%.*f", cell->precision, cell->number);
}

bool table_column_is_numeric(const struct table *table, size_t column)
{
    for (size_t row = 0; row < table->row_count; row++)
        if (table_cell(table, row, column)->type == CELL_TEXT)
            return false;
    return table->row_count > 0;
}

bool table_same_group(const struct table *table, size_t a, size_t b)
{
    const char *first = table->columns[a].group, *second = table->columns[b].group;
    return first && second && text_equal(first, second);
}

void table_render(const struct table *table, enum table_format format, size_t width,
                  struct text *output)
{
    switch (format) {
    case TABLE_CSV:
        table_render_csv(table, output);
        break;
    case TABLE_JSON:
        table_render_json(table, output);
        break;
    case TABLE_MARKDOWN:
        table_render_markdown(table, output);
        break;
    case TABLE_LATEX:
        table_render_latex(table, output);
        break;
    default:
        table_render_text(table, width, output);
        break;
    }
}

size_t table_width(FILE *stream)
{
    struct winsize size;
    if (!log_is_terminal(stream) || ioctl(fileno(stream), TIOCGWINSZ, &size) != 0)
        return 0;
    return size.ws_col;
}

int table_print(const struct table *table, enum table_format format, FILE *stream,
                struct error *error)
{
    struct text output = {0};
    table_render(table, format, table_width(stream), &output);
    size_t written = fwrite(text_get(&output), 1, output.length, stream);
    bool complete = written == output.length && fflush(stream) == 0;
    text_release(&output);
    if (!complete)
        return error_system(error, ERROR_FAILED, errno, "the table cannot be written");
    return 0;
}
