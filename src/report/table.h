/* A table of texts and numbers, rendered for people, programs and papers. */
#ifndef UNROLL_REPORT_TABLE_H
#define UNROLL_REPORT_TABLE_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum table_format {
    TABLE_TEXT,     /* aligned columns */
    TABLE_CSV,      /* RFC 4180 with "\n" line ends; the names as they are */
    TABLE_JSON,     /* an array with an object per row; what is missing or no number is null */
    TABLE_MARKDOWN, /* a GitHub-flavoured Markdown table */
    TABLE_LATEX,    /* a booktabs tabular */
    TABLE_FORMATS,
};

/* "text", "csv", ... by enum table_format; ends with NULL. */
extern const char *const table_format_names[];

enum cell_type { CELL_MISSING, CELL_TEXT, CELL_NUMBER };

struct cell {
    enum cell_type type;
    char *text;    /* CELL_TEXT; for CELL_NUMBER how people see it, or NULL; owned */
    char *latex;   /* how LaTeX shows it, as it stands, or NULL; owned */
    bool is_json;  /* CELL_TEXT: in JSON, text is the value as it stands */
    double number; /* CELL_NUMBER; NaN and infinities are allowed */
    int64_t whole; /* CELL_NUMBER with is_whole: the number in full, which a double may not hold */
    bool is_whole;
    int precision; /* digits behind the point, for people; 0 also says that it is a count */
};

struct table_column {
    char *group; /* heading over neighbouring columns that share it, or NULL; owned */
    char *title; /* owned */
    char *key;   /* name in CSV and JSON; owned */
};

/* All zero is a valid table without columns. */
struct table {
    struct table_column *columns;
    size_t column_count;
    struct cell *cells; /* [rows, columns] */
    size_t row_count, row_capacity;
};

void table_release(struct table *table);

/* Adds a column (texts are copied, GROUP may be NULL) to a table that has no rows yet. Returns its
 * index. */
size_t table_add_column(struct table *table, const char *group, const char *title, const char *key);

/* Adds a row in which all is missing. */
void table_add_row(struct table *table);

/* Sets a cell of the last row. TEXT is copied. People see PRECISION digits behind the point,
 * programs all that it takes to read the same number back. */
void table_set_text(struct table *table, size_t column, const char *text);
void table_set_json(struct table *table, size_t column, const char *json); /* text elsewhere */
void table_set_number(struct table *table, size_t column, double number, int precision);
void table_set_whole(struct table *table, size_t column, int64_t number);
/* A number that people see as SHOWN: "1e-3", "< 0.0001", "+0.0042". */
void table_set_shown(struct table *table, size_t column, double number, const char *shown);

/* Says how LaTeX shows the cell of ROW, which was set before. */
void table_set_latex(struct table *table, size_t row, size_t column, const char *latex);

/* Adds the rendered TABLE to OUTPUT. WIDTH (0: unlimited) concerns TABLE_TEXT: long texts are cut,
 * and what still does not fit follows in further blocks, each with the first column again. */
void table_render(const struct table *table, enum table_format format, size_t width,
                  struct text *output);

/* Writes TABLE to STREAM, as wide as the terminal where it is one. */
int table_print(const struct table *table, enum table_format format, FILE *stream,
                struct error *error);

/* Columns of the terminal that STREAM is, 0 where it is none. */
size_t table_width(FILE *stream);

/* Adds CONTENT as a JSON string, quoted; as text of a Markdown or LaTeX document, in which nothing
 * has a meaning of its own. */
void table_add_json_text(struct text *output, const char *content);
void table_add_markdown_text(struct text *output, const char *content);
void table_add_latex_text(struct text *output, const char *content);

/* Adds NUMBER in the shortest form that reads back the same, a whole one without an exponent. */
void table_add_exact(struct text *output, double number);

/* For the renderers: the cell; a number as people read it; a cell in LaTeX; whether a column holds
 * no text, so that it is aligned at the right; whether two columns share a heading. */
const struct cell *table_cell(const struct table *table, size_t row, size_t column);
void table_add_number(struct text *text, const struct cell *cell);
bool table_column_is_numeric(const struct table *table, size_t column);
void table_add_latex_cell(struct text *output, const struct cell *cell);
bool table_same_group(const struct table *table, size_t a, size_t b);

#endif
