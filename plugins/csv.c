/* Sequences from CSV files: one row for each time step, or one for each series.
 *
 *     data:
 *       set:
 *         csv: {path: train.csv, test: test.csv, id: chick, label: diet, inputs: [time, weight]}
 *       scale: standard
 *
 * - path: the file, relative to the config. Its first line names the columns.
 * - test: the file with the test series; or
 * - hold_out: the part of the series of `path`, above 0 and below 1, that is kept for testing: the
 *   same part of each class, and always the same series.
 * - layout: steps (default): one row is one time step, and rows with the same id are one series.
 *   They need not be neighbours, but must be in the order of time.
 *   series: one row is a series of one value at a time; its input columns are the time steps from
 *   left to right. Empty cells at the end, or a row that stops earlier, make it shorter.
 * - id: the column that tells series apart; required for steps. With series it is only checked
 *   that none comes twice.
 * - label: the column with the class: any text, the same in all rows of a series. Classes are
 *   numbered in sorted order (numbers by value); the test file has none that training lacks.
 * - inputs: the columns with the values, in this order; none (default): all others. A column
 *   without a name, such as R's row numbers, is not among these.
 * - separator: what stands between cells: one character, or tab. A comma by default.
 *
 * `path` and `test` are different files. What is held out is drawn once, and then the same for
 * every seed: runs differ by their training alone.
 *
 * Files are read as RFC 4180 has it: cells may be quoted with ", within which "" is one ", and may
 * then hold separators and line ends; lines end with LF or CR LF. A UTF-8 byte order mark and
 * empty lines are passed over, and so are spaces and tabs around a cell without quotes. Values are
 * finite decimal numbers with a point; there is no sign for one that is missing. They are kept as
 * float32: about 7 digits, and whole numbers up to 16,777,216. A larger one that is written out and
 * would become another whole number, such as seconds since 1970, is an error, since series could
 * lose their steps that way; with an exponent it is rounded as any number is. What is wrong is
 * named by file, line and number of the cell in its row:
 *
 *     train.csv:17:4: weight: expected a number, found `n/a`
 *
 * Files are read as streams. A value takes 4 bytes in the end, and up to 10 until all files are
 * read; a series takes about 200 besides meanwhile. */
#include <unroll.h>

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum {
    MOST_BYTES = 16 << 20, /* in a row: a quotation mark that is never closed ends somewhere */
    MOST_COLUMNS = 1 << 20,
    MOST_CLASSES = 10000,
    MOST_WHOLE = 1 << 24, /* up to here float32 has all whole numbers */
    SHOWN = 40,           /* columns of a terminal that messages spend on a cell */
    HOLD_OUT_LANE = 1,
};

enum layout { LAYOUT_STEPS, LAYOUT_SERIES };
static const char *const layout_names[] = {"steps", "series", NULL};

struct csv {
    char *path, *test;
    double hold_out; /* 0: none */
    int layout;
    char *id, *label;
    struct text_list inputs;
    char *separator;
};

#define PARAM(key, type_of, flags_of, text, ...)                                                   \
    {                                                                                              \
        .name = #key, .summary = text, .type = type_of, .flags = flags_of,                         \
        .offset = offsetof(struct csv, key), __VA_ARGS__                                           \
    }

static const struct param csv_params[] = {
    PARAM(path, PARAM_PATH, PARAM_REQUIRED | PARAM_NOT_IN_KEY,
          "The file with the training series; its first line names the columns."),
    PARAM(test, PARAM_PATH, PARAM_OPTIONAL | PARAM_NOT_IN_KEY,
          "The file with the test series, another than `path`; either this or `hold_out`."),
    PARAM(hold_out, PARAM_REAL, PARAM_OPTIONAL | PARAM_ABOVE_MINIMUM | PARAM_BELOW_MAXIMUM,
          "The part of the series, of each class, that is kept for testing: always the same ones.",
          .maximum = 1),
    PARAM(layout, PARAM_CHOICE, 0,
          "What a row is: steps: one time step, those of a series in the order of time; series: a "
          "whole series, which empty cells at its end make shorter.",
          .choices = layout_names),
    PARAM(id, PARAM_TEXT, PARAM_OPTIONAL,
          "The column that tells series apart; layout steps needs it."),
    PARAM(label, PARAM_TEXT, PARAM_REQUIRED, "The column with the class."),
    PARAM(inputs, PARAM_TEXTS, PARAM_OPTIONAL,
          "The columns with the values, in this order; none: all others. No value may be missing."),
    PARAM(separator, PARAM_TEXT, PARAM_NOT_IN_KEY,
          "What stands between cells: one character, or tab."),
    {0},
};

static const struct csv csv_defaults = {.layout = LAYOUT_STEPS, .separator = (char *)","};

static bool is_separator(const char *text)
{
    return text_equal(text, "tab") ||
           (strlen(text) == 1 && strchr(" !#$%&*,/:;<=>?@^_`|~", text[0]) != NULL);
}

static int csv_check(const void *params, struct error *error)
{
    const struct csv *csv = params;
    if (!csv->test == (csv->hold_out == 0))
        return error_set(error, ERROR_USAGE,
                         "say either `test`, a file, or `hold_out`, the part of the series that is "
                         "kept for testing");
    if (csv->layout == LAYOUT_STEPS && !csv->id)
        return error_set(error, ERROR_USAGE,
                         "layout steps needs `id`, the column that tells series apart");
    if (csv->id && text_equal(csv->id, csv->label))
        return error_set(error, ERROR_USAGE, "`id` and `label` are the same column");
    for (size_t i = 0; i < csv->inputs.count; i++)
        if (text_equal(csv->inputs.items[i], csv->label) ||
            (csv->id && text_equal(csv->inputs.items[i], csv->id)))
            return error_set(error, ERROR_USAGE, "`inputs` names the column of `id` or `label`");
    if (!is_separator(csv->separator))
        return error_set(error, ERROR_USAGE,
                         "`separator` is one character such as \",\" or \";\", or tab");
    return 0;
}

static const char purpose[] = "the content of a CSV file"; /* of memory */

/* The list with COUNT items has room for one more: its capacity is the next power of two. */
static void *make_room(void *list, int64_t count, size_t size)
{
    bool is_full = (count & (count - 1)) == 0;
    return is_full ? memory_grow(list, count ? (size_t)count * 2 : 1, size) : list;
}

/* A file that is being read: the current row, and what its columns are. */
struct cell {
    size_t begin; /* in text */
    int64_t line;
};
struct column {
    const char *name;
    int32_t number;
};
struct table {
    const char *path;
    dev_t device; /* with the inode: which file this is, under whatever name */
    ino_t inode;
    FILE *file;
    char separator;
    int next;           /* the next character, or EOF */
    int trouble;        /* errno when EOF was met */
    int64_t line;       /* of the next character */
    struct text text;   /* the row's cells, each with its terminator */
    struct cell *cells; /* [count] */
    int64_t count;
    char *names;            /* of the columns, each with its terminator */
    struct column *columns; /* [column_count] as in the file */
    struct column *by_name; /* [column_count] sorted */
    int32_t column_count;   /* 0 until the header is read */
    int32_t id, label;      /* columns; id is -1 where there is none */
    int32_t *inputs;        /* [input_count] columns */
    int32_t input_count;
};

static const char *cell_text(const struct table *table, int64_t column)
{
    return column < table->count ? text_get(&table->text) + table->cells[column].begin : "";
}

/* An error about a cell of the current row, or about one that is missing at its end; what the cell
 * holds stands behind it. */
__attribute__((format(printf, 4, 5))) static int wrong(const struct table *table, int64_t column,
                                                       struct error *error, const char *format, ...)
{
    struct text text = {0};
    va_list arguments;
    int64_t line = table->cells[column < table->count ? column : 0].line;
    text_add_format(&text, "%s:%" PRId64 ":%" PRId64 ": ", table->path, line, column + 1);
    if (column < table->column_count && *table->columns[column].name) {
        printable_add_cut(&text, table->columns[column].name, SHOWN);
        text_add(&text, ": ");
    }
    va_start(arguments, format);
    text_add_format_v(&text, format, arguments);
    va_end(arguments);
    char *found = text_format("%.200s", cell_text(table, column));
    text_add(&text, *found ? " `" : "");
    printable_add_cut(&text, found, SHOWN);
    text_add(&text, *found ? "`" : "");
    memory_free(found);
    error_set(error, ERROR_DATA, "%s", text_get(&text));
    text_release(&text);
    return -1;
}

/* An error about the cell that is being read. */
static int broken(const struct table *table, const char *message, struct error *error)
{
    return wrong(table, table->count - 1, error, "%s", message);
}

static void advance(struct table *table)
{
    table->line += table->next == '\n';
    table->next = getc_unlocked(table->file);
    if (table->next == EOF)
        table->trouble = errno;
}

static bool is_at_end_of_cell(const struct table *table)
{
    int next = table->next;
    return next == EOF || next == '\n' || next == '\r' || next == (unsigned char)table->separator;
}

/* Takes the next character into the cell. */
static int keep(struct table *table, struct error *error)
{
    int next = table->next;
    if (next < ' ' && next != '\t' && next != '\n' && next != '\r')
        return broken(table, "a control character: this is no plain text", error);
    if (table->text.length >= MOST_BYTES)
        return broken(table, "the row is longer than 16 MiB; is a quotation mark never closed?",
                      error);
    text_add_char(&table->text, (char)next);
    advance(table);
    return 0;
}

/* A cell that begins with a quotation mark, up to the character behind the last one. */
static int read_quoted(struct table *table, struct error *error)
{
    advance(table);
    for (;;) {
        if (table->next == EOF)
            return broken(table, "the quotation mark that begins here is never closed", error);
        if (table->next == '"') {
            advance(table);
            if (is_at_end_of_cell(table))
                return 0;
            if (table->next != '"')
                return broken(table,
                              "something else than the `separator` stands behind the quotation "
                              "mark (one within quotes is written \"\"):",
                              error);
        }
        if (keep(table, error) != 0)
            return -1;
    }
}

/* A cell without quotes; blanks around it go. */
static int read_bare(struct table *table, struct error *error)
{
    size_t begin = table->text.length;
    while (!is_at_end_of_cell(table)) {
        bool is_blank = table->next == ' ' || table->next == '\t';
        if (table->next == '"')
            return broken(table, "a quotation mark within a cell without quotes,", error);
        if (is_blank && table->text.length == begin)
            advance(table);
        else if (keep(table, error) != 0)
            return -1;
    }
    while (table->text.length > begin && strchr(" \t", table->text.data[table->text.length - 1]))
        table->text.length--;
    return 0;
}

static int read_cell(struct table *table, struct error *error)
{
    table->cells = make_room(table->cells, table->count, sizeof *table->cells);
    table->cells[table->count++] = (struct cell){.begin = table->text.length, .line = table->line};
    if ((table->next == '"' ? read_quoted : read_bare)(table, error) != 0)
        return -1;
    if (table->next == '\r') {
        advance(table);
        if (table->next != '\n')
            return broken(table, "a carriage return that no line feed follows", error);
    }
    text_add_char(&table->text, '\0');
    if (table->column_count > 0 && table->count > table->column_count)
        return broken(table, "more cells than the first line has", error);
    if (table->count > MOST_COLUMNS)
        return broken(table, "more than 1048576 columns", error);
    return 0;
}

/* Reads the cells up to the line's end. */
static int read_line(struct table *table, struct error *error)
{
    text_clear(&table->text);
    table->count = 0;
    while (read_cell(table, error) == 0) {
        if (table->next == EOF)
            return 0;
        bool is_last = table->next == '\n';
        advance(table);
        if (is_last)
            return 0;
    }
    return -1;
}

/* Reads the next row that is not empty: 1, 0 at the file's end, or -1. */
static int read_row(struct table *table, struct error *error)
{
    int result = 0;
    bool is_row = false;
    while (result == 0 && !is_row && table->next != EOF) {
        result = read_line(table, error);
        is_row = table->count > 1 || *cell_text(table, 0);
    }
    if (ferror(table->file))
        return error_system(error, ERROR_DATA, table->trouble, "%s: cannot be read", table->path);
    return result == 0 ? is_row : -1;
}

static int open_file(struct table *table, struct error *error)
{
    unsigned char start[3];
    struct stat status = {0};
    if (stat(table->path, &status) == 0 && !S_ISREG(status.st_mode)) /* a pipe would block */
        return error_set(error, ERROR_DATA, "%s: is not a file", table->path);
    table->file = fopen(table->path, "re");
    if (!table->file)
        return error_system(error, ERROR_DATA, errno, "%s: cannot be opened", table->path);
    table->device = status.st_dev;
    table->inode = status.st_ino;
    size_t size = fread(start, 1, sizeof start, table->file);
    if (size >= 2 && start[0] == 0x1f && start[1] == 0x8b)
        return error_set(error, ERROR_DATA, "%s: is compressed; unpack it with gunzip first",
                         table->path);
    if (size < sizeof start || memcmp(start, "\xef\xbb\xbf", sizeof start) != 0) /* byte order */
        rewind(table->file);
    table->line = 1;
    advance(table);
    return 0;
}

static int compare_columns(const void *a, const void *b)
{
    return strcmp(((const struct column *)a)->name, ((const struct column *)b)->name);
}

/* Opens the file and reads the columns' names. */
static int open_table(struct table *table, struct error *error)
{
    if (open_file(table, error) != 0)
        return -1;
    int result = read_row(table, error);
    if (result == 0)
        return error_set(error, ERROR_DATA, "%s: empty; its first line must name the columns",
                         table->path);
    if (result < 0)
        return -1;
    size_t count = (size_t)table->count;
    table->names = memory_copy(table->text.data, table->text.length);
    table->columns = memory_array(count, sizeof *table->columns);
    for (int32_t i = 0; i < table->count; i++)
        table->columns[i] = (struct column){table->names + table->cells[i].begin, i};
    table->by_name = memory_copy(table->columns, count * sizeof *table->columns);
    qsort(table->by_name, count, sizeof *table->by_name, compare_columns);
    for (const struct column *one = table->by_name; one < table->by_name + count - 1; one++)
        if (*one->name && text_equal(one[0].name, one[1].name))
            return wrong(table, one[0].number > one[1].number ? one[0].number : one[1].number,
                         error, "another column has the same name,");
    table->column_count = (int32_t)table->count;
    return 0;
}

static void close_table(struct table *table)
{
    if (table->file)
        fclose(table->file);
    memory_free(table->names);
    memory_free(table->columns);
    memory_free(table->by_name);
    memory_free(table->inputs);
    memory_free(table->cells);
    text_release(&table->text);
}

/* What may be meant by the column NAME, which is not there. */
static void add_hint(struct text *message, const struct table *table, const char *name)
{
    static const char *const separators[] = {";", ",", "\t", "|", " ", NULL};
    const char *nearest = NULL;
    size_t count = (size_t)table->column_count;
    for (int i = 0; count == 1 && separators[i]; i++)
        if (strstr(table->columns[0].name, separators[i])) {
            text_add_format(message, "should `separator` be \"%s\"? ",
                            *separators[i] == '\t' ? "tab" : separators[i]);
            return;
        }
    const char **names = memory_array(count, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        names[i] = table->columns[i].name;
        if (!nearest && strcasecmp(names[i], name) == 0)
            nearest = names[i];
    }
    if (!nearest)
        nearest = text_nearest(name, names, count);
    if (nearest)
        text_add_format(message, "did you mean `%s`? ", nearest);
    memory_free(names);
}

/* The column called NAME, which the config's KEY asks for, or -1. */
static int32_t find_column(const struct table *table, const char *key, const char *name,
                           struct error *error)
{
    const struct column wanted = {.name = name};
    const struct column *found = bsearch(&wanted, table->by_name, (size_t)table->column_count,
                                         sizeof wanted, compare_columns);
    if (found)
        return found->number;
    struct text message = {0}, shown = {0};
    text_add_format(&message, "%s:1: `%s`: no column is called `%s`; ", table->path, key, name);
    add_hint(&message, table, name);
    text_add(&message, "Columns there: ");
    for (int32_t i = 0; i < table->column_count; i++)
        text_add_format(&message, "%s%s", i ? ", " : "", table->columns[i].name);
    printable_add(&shown, text_get(&message));
    error_set(error, ERROR_DATA, "%s", text_get(&shown));
    text_release(&message);
    text_release(&shown);
    return -1;
}

/* Finds the columns. Inputs are what the config says, else those of FIRST, the training file, else
 * all other columns. */
static int choose_columns(struct table *table, const struct csv *csv, const struct table *first,
                          struct error *error)
{
    table->id = table->label = find_column(table, "label", csv->label, error);
    if (table->label >= 0)
        table->id = csv->id ? find_column(table, "id", csv->id, error) : -1;
    if (table->label < 0 || (csv->id && table->id < 0))
        return -1;
    bool is_said = csv->inputs.count > 0;
    int32_t count = is_said ? (int32_t)csv->inputs.count
                    : first ? first->input_count
                            : table->column_count;
    table->inputs = memory_array((size_t)count, sizeof *table->inputs);
    for (int32_t i = 0; i < count; i++) {
        int32_t column = i;
        if (is_said || first)
            column = find_column(
                table, "inputs",
                is_said ? csv->inputs.items[i] : first->columns[first->inputs[i]].name, error);
        else if (i == table->label || i == table->id || !*table->columns[i].name)
            continue;
        if (column < 0)
            return -1;
        table->inputs[table->input_count++] = column;
    }
    return table->input_count > 0
               ? 0
               : error_set(error, ERROR_DATA, "%s:1: no column is left for the inputs",
                           table->path);
}

/* Is TEXT a number in decimal digits? The program never leaves the C locale: strtod wants a point.
 */
static bool read_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return *text && !*end && strspn(text, "0123456789.+-eE") == strlen(text);
}

static int read_value(const struct table *table, int64_t column, float *value, struct error *error)
{
    const char *text = cell_text(table, column);
    double number;
    if (!*text)
        return wrong(table, column, error, "expected a number, found an empty cell");
    if (!read_number(text, &number))
        return wrong(table, column, error,
                     strchr(text, ',') && strspn(text, "0123456789,+-eE") == strlen(text)
                         ? "expected a number with a decimal point, found"
                         : "expected a number, found");
    if (fabs(number) > FLT_MAX)
        return wrong(table, column, error, "too large for float32:");
    *value = (float)number;
    if (fabs(number) > MOST_WHOLE && fabs((double)*value - number) >= 0.5 && !strpbrk(text, "eE"))
        return wrong(table, column, error,
                     "float32 would make %.0f of it; subtract what the column's values have in "
                     "common, or write them with an exponent to have them rounded:",
                     (double)*value);
    return 0;
}

/* What the files hold, as they are read. */
struct label {
    char *text;
    bool is_number;
    double number;
    int32_t rank;        /* its place among all: the class */
    int64_t count, held; /* series; those for testing */
};
struct series {
    char *id;     /* NULL where there are none */
    int64_t line; /* its first one */
    struct label *label;
    bool held; /* for testing */
    int64_t rows;
    float *values; /* [rows, features] */
    int64_t room;  /* values */
};
struct content {
    int64_t features, count;
    struct series **series; /* [count] in the order of their first rows */
    struct label **labels;  /* [label_count] sorted */
    int32_t label_count;
    void *ids;    /* tree of this file's series, for tsearch */
    bool is_test; /* this file is the test file */
};

static void leave(void *series)
{
    (void)series;
}

static void content_release(struct content *content)
{
    tdestroy(content->ids, leave);
    for (int64_t i = 0; i < content->count; i++) {
        memory_free(content->series[i]->id);
        memory_free(content->series[i]->values);
        memory_free(content->series[i]);
    }
    for (int32_t i = 0; i < content->label_count; i++) {
        memory_free(content->labels[i]->text);
        memory_free(content->labels[i]);
    }
    memory_free(content->series);
    memory_free(content->labels);
}

/* By value where both are numbers, numbers first, and then by bytes. */
static int compare_labels(const struct label *a, const struct label *b)
{
    if (a->is_number != b->is_number)
        return b->is_number - a->is_number;
    if (a->is_number && a->number != b->number)
        return a->number > b->number ? 1 : -1;
    return strcmp(a->text, b->text);
}

/* The current row's label, or NULL. */
static struct label *read_label(const struct table *table, struct content *content,
                                struct error *error)
{
    const char *text = cell_text(table, table->label);
    struct label wanted = {.text = (char *)(uintptr_t)text}, *found = NULL;
    wanted.is_number = read_number(text, &wanted.number);
    int32_t from = 0, to = content->label_count; /* where it would be inserted */
    while (from < to && !found) {
        int32_t middle = from + (to - from) / 2;
        int order = compare_labels(&wanted, content->labels[middle]);
        found = order == 0 ? content->labels[middle] : NULL;
        from = order > 0 ? middle + 1 : from;
        to = order > 0 ? to : middle;
    }
    if (!*text)
        wrong(table, table->label, error, "no label");
    else if (!found && content->is_test)
        wrong(table, table->label, error, "no training series has the label");
    else if (!found && content->label_count == MOST_CLASSES)
        wrong(table, table->label, error, "more than 10000 different labels; are these classes?");
    else if (!found) {
        content->labels = make_room(content->labels, content->label_count, sizeof found);
        memmove(content->labels + from + 1, content->labels + from,
                (size_t)(content->label_count++ - from) * sizeof found);
        wanted.text = memory_copy_text(text);
        content->labels[from] = found = memory_copy(&wanted, sizeof wanted);
    }
    return *text ? found : NULL;
}

static int compare_ids(const void *a, const void *b)
{
    return strcmp(((const struct series *)a)->id, ((const struct series *)b)->id);
}

/* The series of this file that is called ID, or NULL. */
static struct series *find_series(const struct content *content, const char *id)
{
    struct series wanted = {.id = (char *)(uintptr_t)id};
    if (content->ids && text_equal(content->series[content->count - 1]->id, id))
        return content->series[content->count - 1]; /* mostly so */
    struct series **found = tfind(&wanted, &content->ids, compare_ids);
    return found ? *found : NULL;
}

/* Adds a series that begins in the current row, called ID unless that is NULL; NULL after an error.
 */
static struct series *add_series(const struct table *table, struct content *content, const char *id,
                                 struct label *label, struct error *error)
{
    const char *problem = id && !*id                    ? "no id"
                          : content->count == INT32_MAX ? "more than 2147483647 series"
                                                        : NULL;
    if (problem) {
        wrong(table, id ? table->id : 0, error, "%s", problem);
        return NULL;
    }
    struct series *series = memory_new(sizeof *series);
    *series = (struct series){.id = id ? memory_copy_text(id) : NULL,
                              .line = table->cells[0].line,
                              .label = label,
                              .held = content->is_test};
    content->series = make_room(content->series, content->count, sizeof series);
    content->series[content->count++] = series;
    label->count++;
    if (id && !tsearch(series, &content->ids, compare_ids))
        abort(); /* memory is out */
    return series;
}

/* Makes room for COUNT values: exactly at first, and for half more later. */
static int reserve(struct series *series, int64_t count, struct error *error)
{
    void *larger;
    if (count <= series->room)
        return 0;
    count += series->room > 0 ? count / 2 : 0;
    if (memory_try(&larger, (size_t)count * sizeof(float), purpose, error) != 0)
        return -1;
    if (series->room > 0)
        memcpy(larger, series->values, (size_t)series->room * sizeof(float));
    memory_free(series->values);
    series->values = larger;
    series->room = count;
    return 0;
}

/* Adds ROWS to a series, their values from COLUMNS [rows, features]. */
static int add_rows(const struct table *table, struct series *series, int64_t rows,
                    int64_t features, const int32_t *columns, struct error *error)
{
    int64_t begin = series->rows * features, count = rows * features;
    if (reserve(series, begin + count, error) != 0)
        return -1;
    for (int64_t i = 0; i < count; i++)
        if (read_value(table, columns[i], series->values + begin + i, error) != 0)
            return -1;
    series->rows += rows;
    return 0;
}

/* The current row is a time step. */
static int add_step(const struct table *table, struct content *content, struct error *error)
{
    const char *id = cell_text(table, table->id);
    if (table->count < table->column_count)
        return wrong(table, table->count, error, "the row ends before this cell");
    struct series *series = find_series(content, id);
    bool is_same = series && text_equal(series->label->text, cell_text(table, table->label));
    struct label *label = is_same ? series->label : read_label(table, content, error);
    if (!label)
        return -1;
    if (!series && !(series = add_series(table, content, id, label, error)))
        return -1;
    if (series->label != label)
        return wrong(table, table->label, error,
                     "the series has had another label since line %" PRId64 ", not", series->line);
    return add_rows(table, series, 1, content->features, table->inputs, error);
}

/* The current row is a whole series. */
static int add_whole(const struct table *table, struct content *content, struct error *error)
{
    const char *id = table->id >= 0 ? cell_text(table, table->id) : NULL;
    struct label *label = read_label(table, content, error);
    int32_t length = table->input_count;
    if (!label)
        return -1;
    if (id && find_series(content, id))
        return wrong(table, table->id, error, "an earlier series has the same id,");
    while (length > 0 && !*cell_text(table, table->inputs[length - 1]))
        length--;
    if (length == 0)
        return wrong(table, table->inputs[0], error, "the series has no values");
    struct series *series = add_series(table, content, id, label, error);
    return series ? add_rows(table, series, length, 1, table->inputs, error) : -1;
}

/* Reads the file PATH; FIRST is the training file where this is the test file, else NULL. */
static int read_file(struct table *table, const struct csv *csv, const char *path,
                     const struct table *first, struct content *content, struct error *error)
{
    bool is_steps = csv->layout == LAYOUT_STEPS;
    int64_t count_before = content->count;
    *table = (struct table){
        .path = path, .separator = text_equal(csv->separator, "tab") ? '\t' : *csv->separator};
    if (open_table(table, error) != 0)
        return -1;
    if (first && table->device == first->device && table->inode == first->inode)
        return error_set(error, ERROR_DATA,
                         "%s: `path` and `test` are the same file; `hold_out` keeps a part of one "
                         "file for testing",
                         path);
    /* A test file of whole series may have more steps. */
    if (choose_columns(table, csv, is_steps ? first : NULL, error) != 0)
        return -1;
    content->features = is_steps ? table->input_count : 1;
    content->is_test = first != NULL;
    int result;
    while ((result = read_row(table, error)) > 0)
        if ((is_steps ? add_step : add_whole)(table, content, error) != 0)
            return -1;
    if (result == 0 && content->count == count_before)
        return error_set(error, ERROR_DATA, "%s: only names of columns; no row follows", path);
    tdestroy(content->ids, leave);
    content->ids = NULL;
    return result;
}

/* What the core is given of a split. */
struct split {
    float *values;
    int64_t *begins;
    int32_t *labels;
    char **names; /* [count] the series' ids, or NULLs */
    int64_t count;
};
struct csv_state {
    struct split train, test;
    char **class_names;
    int32_t classes;
};

/* Takes from CONTENT the series that are HELD for testing, or the others. */
static int arrange(const struct content *content, bool held, struct split *split,
                   struct examples *examples, struct error *error)
{
    int64_t count = 0, rows = 0;
    size_t row_size = (size_t)content->features * sizeof(float);
    for (int64_t i = 0; i < content->count; i++) {
        count += content->series[i]->held == held;
        rows += content->series[i]->held == held ? content->series[i]->rows : 0;
    }
    if (memory_try((void **)&split->values, (size_t)rows * row_size, purpose, error) != 0 ||
        memory_try((void **)&split->begins, (size_t)(count + 1) * sizeof(int64_t), purpose,
                   error) != 0 ||
        memory_try((void **)&split->labels, (size_t)count * sizeof(int32_t), purpose, error) != 0)
        return -1;
    split->names = memory_array((size_t)count, sizeof *split->names);
    split->count = count;
    *examples = (struct examples){.series = split->values,
                                  .begins = split->begins,
                                  .series_labels = split->labels,
                                  .names = (const char *const *)split->names};
    for (int64_t i = 0; i < content->count; i++) {
        struct series *series = content->series[i];
        if (series->held != held)
            continue;
        int64_t begin = split->begins[examples->count];
        split->names[examples->count] = series->id;
        series->id = NULL;
        split->labels[examples->count++] = series->label->rank;
        split->begins[examples->count] = begin + series->rows;
        memcpy(split->values + begin * content->features, series->values,
               (size_t)series->rows * row_size);
        memory_free(series->values);
        series->values = NULL;
    }
    return 0;
}

/* Marks the series that are kept for testing: of each class the part that the config says, rounded,
 * but never all of it. */
static int hold_out(const struct csv *csv, struct content *content, struct error *error)
{
    int64_t total = 0;
    int32_t *order = memory_array((size_t)content->count, sizeof *order);
    for (int64_t i = 0; i < content->count; i++)
        order[i] = (int32_t)i;
    struct random_stream stream;
    random_open(&stream, 0, RANDOM_SPLIT, HOLD_OUT_LANE, 0);
    random_shuffle(&stream, order, content->count);
    for (int64_t i = 0; i < content->count; i++) {
        struct series *series = content->series[order[i]];
        struct label *label = series->label;
        int64_t part = llround((double)label->count * csv->hold_out);
        series->held = label->held < (part < label->count ? part : label->count - 1);
        label->held += series->held;
        total += series->held;
    }
    memory_free(order);
    if (total > 0)
        return 0;
    return error_set(error, ERROR_DATA, "%s: `hold_out` %g of %" PRId64 " series leaves no test",
                     csv->path, csv->hold_out, content->count);
}

static void keep_class_names(struct content *read, struct csv_state *made)
{
    made->classes = read->label_count;
    made->class_names = memory_array((size_t)read->label_count, sizeof *made->class_names);
    for (int32_t i = 0; i < read->label_count; i++) {
        made->class_names[i] = read->labels[i]->text;
        read->labels[i]->text = NULL;
    }
}

static int csv_open(const void *params, void *state, const char *folder,
                    struct dataset_content *content, struct error *error)
{
    const struct csv *csv = params;
    struct csv_state *made = state;
    struct table train = {0}, test = {0};
    struct content read = {0};
    (void)folder;
    int result = read_file(&train, csv, csv->path, NULL, &read, error);
    if (result == 0 && read.label_count < 2)
        result =
            error_set(error, ERROR_DATA, "%s: all series have the label `%s`: nothing to learn",
                      csv->path, read.labels[0]->text);
    for (int32_t i = 0; i < read.label_count; i++)
        read.labels[i]->rank = i;
    if (result == 0)
        result = csv->test ? read_file(&test, csv, csv->test, &train, &read, error)
                           : hold_out(csv, &read, error);
    if (result == 0)
        result = arrange(&read, false, &made->train, &content->train, error);
    if (result == 0)
        result = arrange(&read, true, &made->test, &content->test, error);
    content->features = read.features;
    content->classes = read.label_count;
    keep_class_names(&read, made);
    content->class_names = (const char *const *)made->class_names;
    close_table(&train);
    close_table(&test);
    content_release(&read);
    return result;
}

static void release_split(struct split *split)
{
    memory_free(split->values);
    memory_free(split->begins);
    memory_free(split->labels);
    for (int64_t i = 0; i < split->count; i++)
        memory_free(split->names[i]);
    memory_free(split->names);
}

static void csv_close(void *state)
{
    struct csv_state *csv = state;
    release_split(&csv->train);
    release_split(&csv->test);
    for (int32_t i = 0; i < csv->classes; i++)
        memory_free(csv->class_names[i]);
    memory_free(csv->class_names);
}

static const struct dataset dataset_csv = {
    .module =
        {
            MODULE_HEAD(MODULE_DATASET, struct dataset),
            .version = 1,
            .name = "csv",
            .summary = "Series of numbers, of any lengths, in CSV files of your own.",
            .params = csv_params,
            .defaults = &csv_defaults,
            .params_size = sizeof(struct csv),
            .state_size = sizeof(struct csv_state),
            .check = csv_check,
        },
    .open = csv_open,
    .close = csv_close,
};

UNROLL_PLUGIN(&dataset_csv.module);
