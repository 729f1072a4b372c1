/* Sequences from CSV files: one row for each time step, or one for each series.
 *
 *     data:
 *       set:
 *         csv: {path: train.csv, test: test.csv, id: chick, label: diet, inputs: [time, weight]}
 *       scale: standard
 *
 * path      The file, relative to the config. Its first line names the columns.
 * test      The file with the test series; or
 * hold_out  the part of the series of `path`, above 0 and below 1, that is kept for testing: of
 * each class the same part, always the same series. layout    steps (default): one row is one time
 * step, and rows with the same id are one series. They need not be neighbours, but must be in the
 * order of time. series: one row is a series, its input columns are the time steps from left to
 * right; empty cells at the end, or a row that stops earlier, make it shorter. id        The column
 * that tells series apart; required for steps. With series it is only checked that none comes
 * twice. label     The column with the class: any text. Classes are numbered in sorted order (all
 * numbers: by value); the test file may have no others than the training file. inputs    The
 * columns with the values, in this order; none (default): all others. A column without a name, such
 * as R's row numbers, is never read. separator What stands between cells: one character, or tab. A
 * comma by default.
 *
 * Files are read as RFC 4180 has it: cells may be quoted with ", within which "" is one ", and may
 * then hold separators and line ends; lines end with LF or CR LF; a UTF-8 byte order mark and empty
 * lines are passed over, and so are spaces and tabs around a cell without quotes. Values are
 * decimal numbers with a point, finite, within the range of float32; there is no sign for a missing
 * one. What is wrong is named by file, line and number of the cell in its line: train.csv:17:4:
 * weight: expected a number, found `n/a` A file is read as a stream; what is kept is 4 bytes for
 * each value, twice while it is sorted. */
#include <unroll.h>

#include <errno.h>
#include <fcntl.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    MOST_COLUMNS = 65536,
    MOST_BYTES = 16 << 20, /* in a row: a quotation mark that is never closed ends somewhere */
    MOST_CLASSES = 10000,
    SHOWN = 40, /* columns of a terminal that messages spend on a cell */
    COLUMNS_SHOWN = 20,
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

#define FIELD(field) .offset = offsetof(struct csv, field)

static const struct param csv_params[] = {
    {.name = "path",
     .summary = "The file with the training series; its first line names the columns.",
     .type = PARAM_PATH,
     .flags = PARAM_REQUIRED | PARAM_NOT_IN_KEY,
     FIELD(path)},
    {.name = "test",
     .summary = "The file with the test series; either this or `hold_out`.",
     .type = PARAM_PATH,
     .flags = PARAM_OPTIONAL | PARAM_NOT_IN_KEY,
     FIELD(test)},
    {.name = "hold_out",
     .summary = "The part of the series, of each class, that is kept for testing.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL | PARAM_ABOVE_MINIMUM | PARAM_BELOW_MAXIMUM,
     FIELD(hold_out),
     .minimum = 0,
     .maximum = 1},
    {.name = "layout",
     .summary = "What a row is: one of the time steps of a series, or a whole series.",
     .type = PARAM_CHOICE,
     FIELD(layout),
     .choices = layout_names},
    {.name = "id",
     .summary = "The column that tells series apart; layout steps needs it.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     FIELD(id)},
    {.name = "label",
     .summary = "The column with the class.",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     FIELD(label)},
    {.name = "inputs",
     .summary = "The columns with the values, in this order; none: all others.",
     .type = PARAM_TEXTS,
     .flags = PARAM_OPTIONAL,
     FIELD(inputs)},
    {.name = "separator",
     .summary = "What stands between cells: one character, or tab.",
     .type = PARAM_TEXT,
     .flags = PARAM_NOT_IN_KEY,
     FIELD(separator)},
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

/* Makes room for COUNT elements of SIZE bytes in *BLOCK, which has *ROOM. */
static int reserve(void **block, int64_t *room, int64_t count, size_t size, struct error *error)
{
    void *larger;
    if (count <= *room)
        return 0;
    int64_t wanted = count < 32 ? 64 : 2 * count;
    if (memory_try(&larger, (size_t)wanted * size, "the content of a CSV file", error) != 0)
        return -1;
    if (*room > 0)
        memcpy(larger, *block, (size_t)*room * size);
    memory_free(*block);
    *block = larger;
    *room = wanted;
    return 0;
}

/* Different texts, numbered from 0 in the order in which they came. */
struct names {
    struct text bytes; /* each with its terminator */
    size_t *starts;    /* [count] */
    int32_t *slots;    /* [slot_count] a hash table: 1 + the number, or 0 */
    size_t slot_count; /* 0 or a power of two, at least twice the count */
    int32_t count;
};

static const char *names_get(const struct names *names, int64_t number)
{
    return names->bytes.data + names->starts[number];
}

/* Where TEXT is, or would be, in the hash table (FNV-1a). */
static size_t names_slot(const struct names *names, const char *text)
{
    uint64_t hash = UINT64_C(0xcbf29ce484222325);
    for (const char *at = text; *at; at++)
        hash = (hash ^ (unsigned char)*at) * UINT64_C(0x100000001b3);
    size_t slot = (size_t)(hash ^ hash >> 32) & (names->slot_count - 1);
    while (names->slots[slot] && !text_equal(names_get(names, names->slots[slot] - 1), text))
        slot = (slot + 1) & (names->slot_count - 1);
    return slot;
}

/* The number of TEXT, or -1. */
static int32_t names_find(const struct names *names, const char *text)
{
    return names->slot_count ? names->slots[names_slot(names, text)] - 1 : -1;
}

/* Adds TEXT, which is not there yet; gives its number. */
static int32_t names_add(struct names *names, const char *text)
{
    if (2 * ((size_t)names->count + 1) > names->slot_count) {
        names->slot_count = names->slot_count ? 2 * names->slot_count : 16;
        memory_free(names->slots);
        names->slots = memory_array(names->slot_count, sizeof *names->slots);
        names->starts = memory_grow(names->starts, names->slot_count, sizeof *names->starts);
        for (int32_t i = 0; i < names->count; i++)
            names->slots[names_slot(names, names_get(names, i))] = i + 1;
    }
    size_t slot = names_slot(names, text);
    names->starts[names->count] = names->bytes.length;
    text_add_bytes(&names->bytes, text, strlen(text) + 1);
    names->slots[slot] = ++names->count;
    return names->count - 1;
}

static void names_release(struct names *names)
{
    text_release(&names->bytes);
    memory_free(names->starts);
    memory_free(names->slots);
    *names = (struct names){0};
}

/* A file that is being read: the current row, and what its columns are. */
struct cell {
    size_t begin; /* in text */
    int64_t line;
};
struct table {
    const struct csv *csv;
    const char *path;
    FILE *file;
    char separator;
    int64_t line;     /* of the next character */
    struct text text; /* the row's cells, each with its terminator */
    struct cell *cells;
    int64_t count, room; /* of cells */
    char **header;       /* [columns] */
    int64_t columns;
    int64_t id, label; /* columns; id is -1 where there is none */
    int64_t *inputs;   /* [input_count] columns */
    int64_t input_count;
};

static const char *cell_text(const struct table *table, int64_t column)
{
    return column < table->count ? table->text.data + table->cells[column].begin : "";
}

/* An error about a cell of the current row. */
__attribute__((format(printf, 4, 5))) static int wrong(const struct table *table, int64_t column,
                                                       struct error *error, const char *format, ...)
{
    struct text text = {0};
    int64_t line = column < table->count ? table->cells[column].line
                   : table->count > 0    ? table->cells[0].line
                                         : table->line;
    text_add_format(&text, "%s:%" PRId64 ":%" PRId64 ": ", table->path, line, column + 1);
    if (column < table->columns && *table->header[column]) {
        printable_add_cut(&text, table->header[column], SHOWN);
        text_add(&text, ": ");
    }
    va_list arguments;
    va_start(arguments, format);
    text_add_format_v(&text, format, arguments);
    va_end(arguments);
    error_set(error, ERROR_DATA, "%s", text_get(&text));
    text_release(&text);
    return -1;
}

/* The same, with a text from the file behind it. */
static int wrong_text(const struct table *table, int64_t column, struct error *error,
                      const char *message, const char *found)
{
    struct text shown = {0};
    printable_add_cut(&shown, found, SHOWN);
    wrong(table, column, error, "%s `%s`", message, text_get(&shown));
    text_release(&shown);
    return -1;
}

enum { WRONG = -2 }; /* beside EOF and characters */

static int next(struct table *table)
{
    int c = getc_unlocked(table->file);
    table->line += c == '\n';
    return c;
}

static bool ends_cell(const struct table *table, int c)
{
    return c == EOF || c == '\n' || c == '\r' || c == (unsigned char)table->separator;
}

static int keep(struct table *table, int c, struct error *error)
{
    if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
        return wrong(table, table->count - 1, error,
                     "a control character (byte %d): this is no plain text in UTF-8", c);
    if (table->text.length >= MOST_BYTES)
        return wrong(table, table->count - 1, error,
                     "the row is longer than 16 MiB: is a quotation mark never closed?");
    text_add_char(&table->text, (char)c);
    return 0;
}

/* The part of a cell behind its first quotation mark; gives the character behind the last one. */
static int read_quoted(struct table *table, struct error *error)
{
    for (;;) {
        int c = next(table);
        if (c == EOF) {
            wrong(table, table->count - 1, error,
                  "the quotation mark that begins here is never closed");
            return WRONG;
        }
        if (c == '"' && (c = next(table)) != '"') {
            if (ends_cell(table, c))
                return c;
            wrong(table, table->count - 1, error,
                  "text behind the closing quotation mark; within quotes, write \"\" for one \"");
            return WRONG;
        }
        if (keep(table, c, error) != 0)
            return WRONG;
    }
}

/* The rest of a cell without quotes, of which C is the first character; blanks around it go. */
static int read_bare(struct table *table, int c, struct error *error)
{
    size_t begin = table->text.length;
    for (; !ends_cell(table, c); c = next(table)) {
        bool is_blank = c == ' ' || c == '\t';
        if (c == '"') {
            wrong(table, table->count - 1, error,
                  "a quotation mark within a cell: quote all of it, and write \"\" for one \"");
            return WRONG;
        }
        if (!(is_blank && table->text.length == begin) && keep(table, c, error) != 0)
            return WRONG;
    }
    while (table->text.length > begin && strchr(" \t", table->text.data[table->text.length - 1]))
        table->text.length--;
    return c;
}

/* Reads a cell; gives what ended it: the separator, '\n', EOF, or WRONG after an error. */
static int read_cell(struct table *table, struct error *error)
{
    void *cells = table->cells;
    if (table->count == MOST_COLUMNS) {
        wrong(table, 0, error, "more than %d columns", MOST_COLUMNS);
        return WRONG;
    }
    if (reserve(&cells, &table->room, table->count + 1, sizeof *table->cells, error) != 0)
        return WRONG;
    table->cells = cells;
    table->cells[table->count++] = (struct cell){.begin = table->text.length, .line = table->line};
    int c = next(table);
    c = c == '"' ? read_quoted(table, error) : read_bare(table, c, error);
    if (c == '\r' && (c = next(table)) != '\n') {
        wrong(table, table->count - 1, error, "a carriage return that no line feed follows");
        return WRONG;
    }
    text_add_char(&table->text, '\0');
    return c;
}

/* Reads the next row that is not empty: 1, 0 at the file's end, or -1 after an error. */
static int read_row(struct table *table, struct error *error)
{
    int c = '\n';
    do {
        text_clear(&table->text);
        table->count = 0;
        if (c == EOF)
            return 0;
        do
            c = read_cell(table, error);
        while (c == (unsigned char)table->separator);
        if (c == WRONG)
            return -1;
        if (ferror(table->file))
            return error_system(error, ERROR_DATA, errno, "%s: cannot be read", table->path);
    } while (table->count == 1 && !*cell_text(table, 0));
    return 1;
}

static int open_file(struct table *table, struct error *error)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'}; /* of byte order */
    char start[sizeof mark];
    struct stat status;
    int number = open(table->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK); /* a pipe must not block */
    if (number < 0 || fstat(number, &status) != 0)
        error_system(error, ERROR_DATA, errno, "%s: cannot be opened", table->path);
    else if (!S_ISREG(status.st_mode))
        error_set(error, ERROR_DATA, "%s: is not a file", table->path);
    else if (!(table->file = fdopen(number, "r")))
        error_system(error, ERROR_DATA, errno, "%s: cannot be read", table->path);
    if (!table->file) {
        if (number >= 0)
            close(number);
        return -1;
    }
    if (fread(start, sizeof mark, 1, table->file) != 1 || memcmp(start, mark, sizeof mark) != 0)
        rewind(table->file);
    return 0;
}

/* Opens the file and reads the columns' names. */
static int open_table(struct table *table, struct error *error)
{
    if (open_file(table, error) != 0)
        return -1;
    int result = read_row(table, error);
    if (result == 0)
        error_set(error, ERROR_DATA, "%s: empty; its first line must name the columns",
                  table->path);
    if (result <= 0)
        return -1;
    table->header = memory_array((size_t)table->count, sizeof *table->header);
    struct names names = {0};
    for (int64_t i = 0; i < table->count && result > 0; i++) {
        const char *name = cell_text(table, i);
        table->header[table->columns++] = memory_copy_text(name);
        if (*name && names_find(&names, name) >= 0)
            result = wrong(table, i, error, "another column has this name too");
        else if (*name)
            names_add(&names, name);
    }
    names_release(&names);
    return result > 0 ? 0 : -1;
}

static void close_table(struct table *table)
{
    if (table->file)
        fclose(table->file);
    for (int64_t i = 0; i < table->columns; i++)
        memory_free(table->header[i]);
    memory_free(table->header);
    memory_free(table->inputs);
    memory_free(table->cells);
    text_release(&table->text);
}

/* The column called NAME, which the config's KEY asks for, or -1. */
static int64_t find_column(const struct table *table, const char *key, const char *name,
                           struct error *error)
{
    struct text text = {0};
    for (int64_t i = 0; i < table->columns; i++)
        if (text_equal(table->header[i], name))
            return i;
    text_add_format(&text, "%s: no column `", table->path);
    printable_add_cut(&text, name, SHOWN);
    text_add_format(&text, "`, which `%s` names", key);
    const char *nearest =
        text_nearest(name, (const char *const *)table->header, (size_t)table->columns);
    if (nearest) {
        text_add(&text, "; did you mean `");
        printable_add_cut(&text, nearest, SHOWN);
        text_add(&text, "`?");
    }
    text_add(&text, nearest ? " Columns there: " : "; columns there: ");
    for (int64_t i = 0; i < table->columns && i < COLUMNS_SHOWN; i++) {
        text_add(&text, i ? ", " : "");
        printable_add_cut(&text, table->header[i], SHOWN);
    }
    text_add(&text, table->columns > COLUMNS_SHOWN ? ", …" : "");
    if (table->columns == 1)
        text_add(&text, " (is `separator` right?)");
    error_set(error, ERROR_DATA, "%s", text_get(&text));
    text_release(&text);
    return -1;
}

/* Finds the columns. INPUTS are the names of the input columns; where it is empty, it becomes what
 * the config says, or all other columns. */
static int choose_columns(struct table *table, struct names *inputs, struct error *error)
{
    const struct csv *csv = table->csv;
    table->label = find_column(table, "label", csv->label, error);
    table->id = csv->id ? find_column(table, "id", csv->id, error) : -1;
    if (table->label < 0 || (csv->id && table->id < 0))
        return -1;
    if (inputs->count == 0)
        for (size_t i = 0; i < csv->inputs.count; i++)
            names_add(inputs, csv->inputs.items[i]);
    if (inputs->count == 0)
        for (int64_t i = 0; i < table->columns; i++)
            if (i != table->label && i != table->id && *table->header[i])
                names_add(inputs, table->header[i]);
    if (inputs->count == 0)
        return error_set(error, ERROR_DATA, "%s: no column is left for the inputs%s", table->path,
                         table->columns == 1 ? "; is `separator` right?" : "");
    table->inputs = memory_array((size_t)inputs->count, sizeof *table->inputs);
    for (int32_t i = 0; i < inputs->count; i++) {
        table->inputs[i] = find_column(table, "inputs", names_get(inputs, i), error);
        if (table->inputs[i] < 0)
            return -1;
    }
    table->input_count = inputs->count;
    return 0;
}

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

/* Decimal digits with an optional sign, point and exponent. */
static bool is_decimal(const char *text)
{
    const char *begin = text + (*text == '-' || *text == '+');
    const char *end = skip_digits(begin);
    int64_t digits = end - begin;
    if (*end == '.') {
        begin = end + 1;
        end = skip_digits(begin);
        digits += end - begin;
    }
    if (digits == 0)
        return false;
    if (*end == 'e' || *end == 'E') {
        begin = end + 1 + (end[1] == '-' || end[1] == '+');
        end = skip_digits(begin);
        if (end == begin)
            return false;
    }
    return *end == '\0';
}

/* Reads a value. The program never leaves the C locale, so that strtod wants a point. */
static int read_value(const struct table *table, int64_t column, float *value, struct error *error)
{
    const char *text = cell_text(table, column);
    if (!*text)
        return wrong(table, column, error,
                     "expected a number, found nothing; fill the gap, or leave out the row");
    if (!is_decimal(text)) {
        const char *comma = strchr(text, ',');
        bool is_comma = comma && strspn(text, "+-0123456789,eE") == strlen(text);
        return wrong_text(table, column, error,
                          is_comma ? "expected a number with a decimal point, found"
                                   : "expected a number, found",
                          text);
    }
    double number = strtod(text, NULL);
    if (fabs(number) > FLT_MAX)
        return wrong_text(table, column, error, "too large for float32:", text);
    *value = (float)number;
    return 0;
}

/* What a file holds, as it is read. */
struct content {
    int64_t features;
    int64_t rows, series;
    float *values;        /* [rows, features] in file order */
    int32_t *owners;      /* [rows] whose row it is */
    int32_t *labels;      /* [series] */
    int64_t *first_lines; /* [series] */
    int64_t value_room, owner_room, label_room, line_room;
    struct names ids;
};

static void content_release(struct content *content)
{
    memory_free(content->values);
    memory_free(content->owners);
    memory_free(content->labels);
    memory_free(content->first_lines);
    names_release(&content->ids);
}

/* The classes' names; those of the test file must be among the training file's. */
struct labels {
    struct names names;
    bool closed;
};

/* The number of the current row's label, or -1. */
static int32_t read_label(const struct table *table, struct labels *labels, struct error *error)
{
    const char *text = cell_text(table, table->label);
    if (!*text)
        return wrong(table, table->label, error, "no label");
    int32_t number = names_find(&labels->names, text);
    if (number >= 0)
        return number;
    if (labels->closed)
        return wrong_text(table, table->label, error, "no training series has the label", text);
    if (labels->names.count == MOST_CLASSES)
        return wrong(table, table->label, error,
                     "more than %d different labels: is this a column of classes?", MOST_CLASSES);
    return names_add(&labels->names, text);
}

static int add_series(const struct table *table, struct content *content, int32_t label,
                      struct error *error)
{
    if (content->series == INT32_MAX)
        return wrong(table, 0, error, "more than %d series", INT32_MAX);
    void *labels = content->labels, *lines = content->first_lines;
    int result =
        reserve(&labels, &content->label_room, content->series + 1, sizeof *content->labels, error);
    content->labels = labels;
    if (result == 0)
        result = reserve(&lines, &content->line_room, content->series + 1,
                         sizeof *content->first_lines, error);
    content->first_lines = lines;
    if (result != 0)
        return -1;
    content->labels[content->series] = label;
    content->first_lines[content->series++] = table->cells[0].line;
    return 0;
}

/* Makes room for a row of series OWNER; gives its values, or NULL. */
static float *add_row(struct content *content, int32_t owner, struct error *error)
{
    void *values = content->values, *owners = content->owners;
    int64_t count = content->rows + 1;
    int result = reserve(&values, &content->value_room, count * content->features,
                         sizeof *content->values, error);
    content->values = values;
    if (result == 0)
        result = reserve(&owners, &content->owner_room, count, sizeof *content->owners, error);
    content->owners = owners;
    if (result != 0)
        return NULL;
    content->owners[content->rows] = owner;
    return content->values + content->rows++ * content->features;
}

/* The current row is a time step. */
static int add_step(const struct table *table, struct content *content, struct labels *labels,
                    struct error *error)
{
    if (table->count < table->columns)
        return wrong(table, table->count, error,
                     "missing: the row has %" PRId64 " cells, the first line %" PRId64,
                     table->count, table->columns);
    const char *id = cell_text(table, table->id);
    if (!*id)
        return wrong(table, table->id, error, "no id");
    int32_t label = read_label(table, labels, error), owner = names_find(&content->ids, id);
    if (label < 0)
        return -1;
    if (owner < 0) {
        if (add_series(table, content, label, error) != 0)
            return -1;
        owner = names_add(&content->ids, id);
    }
    if (content->labels[owner] != label)
        return wrong(table, table->label, error,
                     "not the label that the series had in line %" PRId64,
                     content->first_lines[owner]);
    float *values = add_row(content, owner, error);
    for (int64_t i = 0; values && i < table->input_count; i++)
        if (read_value(table, table->inputs[i], &values[i], error) != 0)
            return -1;
    return values ? 0 : -1;
}

/* The current row is a whole series. */
static int add_whole(const struct table *table, struct content *content, struct labels *labels,
                     struct error *error)
{
    const char *id = table->id >= 0 ? cell_text(table, table->id) : NULL;
    int32_t before = id ? names_find(&content->ids, id) : -1;
    if (id && !*id)
        return wrong(table, table->id, error, "no id");
    if (before >= 0)
        return wrong(table, table->id, error, "line %" PRId64 " has this id too",
                     content->first_lines[before]);
    int32_t label = read_label(table, labels, error);
    if (label < 0 || add_series(table, content, label, error) != 0)
        return -1;
    if (id)
        names_add(&content->ids, id);
    int64_t length = table->input_count;
    while (length > 0 && !*cell_text(table, table->inputs[length - 1]))
        length--;
    if (length == 0)
        return wrong(table, table->inputs[0], error, "the series has no values");
    for (int64_t i = 0; i < length; i++) {
        float *value = add_row(content, (int32_t)(content->series - 1), error);
        if (!value || read_value(table, table->inputs[i], value, error) != 0)
            return -1;
    }
    return 0;
}

/* Reads PATH into CONTENT, which the caller releases in any case. */
static int read_file(const struct csv *csv, const char *path, struct names *inputs,
                     struct labels *labels, struct content *content, struct error *error)
{
    struct table table = {.csv = csv,
                          .path = path,
                          .separator = text_equal(csv->separator, "tab") ? '\t' : *csv->separator,
                          .line = 1};
    bool is_steps = csv->layout == LAYOUT_STEPS;
    int result = open_table(&table, error);
    if (result == 0)
        result = choose_columns(&table, inputs, error);
    content->features = is_steps ? table.input_count : 1;
    while (result == 0 && (result = read_row(&table, error)) > 0) {
        if (table.count > table.columns)
            result =
                wrong(&table, table.columns, error,
                      "one cell too many: the first line names %" PRId64 " columns", table.columns);
        else
            result = is_steps ? add_step(&table, content, labels, error)
                              : add_whole(&table, content, labels, error);
    }
    if (result == 0 && content->series == 0)
        result = error_set(error, ERROR_DATA, "%s: only names of columns; no row follows", path);
    close_table(&table);
    return result;
}

/* One split, as the core wants it. */
struct split {
    void *values; /* float [begins[count], features] */
    void *begins; /* int64_t [count + 1] */
    void *labels; /* int32_t [count] */
};

struct csv_state {
    struct split train, test;
};

/* Copies the series of CONTENT for which HELD [series] is WANTED, the rows of each together. RANKS:
 * the number of each class in sorted order. */
static int arrange(const struct content *content, const uint8_t *held, int wanted,
                   const int32_t *ranks, struct split *split, struct examples *examples,
                   struct error *error)
{
    static const char purpose[] = "the content of a CSV file";
    int64_t features = content->features, count = 0, *places;
    void *memory;
    if (memory_try(&memory, (size_t)(content->series + 1) * sizeof *places, purpose, error) != 0 ||
        memory_try(&split->begins, (size_t)(content->series + 1) * sizeof *places, purpose, error))
        return -1;
    places = memory; /* first how long each series is, then where its next row goes */
    for (int64_t row = 0; row < content->rows; row++)
        places[content->owners[row]] += held[content->owners[row]] == wanted;
    int64_t *begins = split->begins, rows = 0;
    for (int64_t i = 0; i < content->series; i++) {
        int64_t length = places[i];
        places[i] = rows;
        rows += length;
        begins[count + 1] = rows;
        count += held[i] == wanted;
    }
    int result = memory_try(&split->labels, (size_t)count * sizeof(int32_t), purpose, error);
    if (result == 0)
        result =
            memory_try(&split->values, (size_t)(rows * features) * sizeof(float), purpose, error);
    int32_t *label = split->labels;
    for (int64_t i = 0; result == 0 && i < content->series; i++)
        if (held[i] == wanted)
            *label++ = ranks[content->labels[i]];
    for (int64_t row = 0; result == 0 && row < content->rows; row++)
        if (held[content->owners[row]] == wanted)
            memcpy((float *)split->values + places[content->owners[row]]++ * features,
                   content->values + row * features, (size_t)features * sizeof(float));
    memory_free(places);
    *examples = (struct examples){.count = count,
                                  .series = split->values,
                                  .begins = split->begins,
                                  .series_labels = split->labels};
    return result;
}

/* By value where both are numbers, numbers first, and then by bytes. */
static int compare_labels(const void *a, const void *b, void *names)
{
    const char *left = names_get(names, *(const int32_t *)a);
    const char *right = names_get(names, *(const int32_t *)b);
    bool left_is_number = is_decimal(left), right_is_number = is_decimal(right);
    if (left_is_number != right_is_number)
        return right_is_number - left_is_number;
    double x = left_is_number ? strtod(left, NULL) : 0,
           y = right_is_number ? strtod(right, NULL) : 0;
    return x != y ? (x > y) - (x < y) : strcmp(left, right);
}

/* The place of each label in sorted order; the caller frees it. */
static int32_t *rank_labels(struct names *names)
{
    int32_t *order = memory_array((size_t)names->count, sizeof *order);
    int32_t *ranks = memory_array((size_t)names->count, sizeof *ranks);
    for (int32_t i = 0; i < names->count; i++)
        order[i] = i;
    qsort_r(order, (size_t)names->count, sizeof *order, compare_labels, names);
    for (int32_t i = 0; i < names->count; i++)
        ranks[order[i]] = i;
    memory_free(order);
    return ranks;
}

/* Sets HELD [series] to 1 for those that are kept for testing: of each class the part that the
 * config says, rounded, but never all of it. */
static int hold_out(const struct csv *csv, const struct content *content, int64_t classes,
                    uint8_t *held, struct error *error)
{
    int64_t *left = memory_array((size_t)classes, sizeof *left), total = 0;
    int32_t *order = memory_array((size_t)content->series, sizeof *order);
    for (int64_t i = 0; i < content->series; i++) {
        order[i] = (int32_t)i;
        left[content->labels[i]]++;
    }
    for (int64_t i = 0; i < classes; i++) {
        int64_t part = llround((double)left[i] * csv->hold_out);
        left[i] = part < left[i] ? part : left[i] - 1;
        total += left[i];
    }
    struct random_stream stream;
    random_open(&stream, 0, RANDOM_SPLIT, HOLD_OUT_LANE, 0);
    random_shuffle(&stream, order, content->series);
    for (int64_t i = 0; i < content->series; i++)
        if (left[content->labels[order[i]]] > 0) {
            left[content->labels[order[i]]]--;
            held[order[i]] = 1;
        }
    memory_free(order);
    memory_free(left);
    return total > 0 ? 0
                     : error_set(error, ERROR_DATA,
                                 "%s: `hold_out` %g of %" PRId64 " series in %" PRId64
                                 " classes leaves none for testing",
                                 csv->path, csv->hold_out, content->series, classes);
}

/* Fills the splits from what was read; TEST is empty where series are held out. */
static int fill(const struct csv *csv, struct csv_state *state, const struct content *train,
                const struct content *test, struct labels *labels, struct dataset_content *content,
                struct error *error)
{
    content->features = train->features;
    content->classes = labels->names.count;
    if (content->classes < 2)
        return error_set(error, ERROR_DATA,
                         "%s: all series have the same label; there is nothing to tell apart",
                         csv->path);
    uint8_t *held = memory_array((size_t)(train->series + test->series), 1);
    int32_t *ranks = rank_labels(&labels->names);
    int result = csv->test ? 0 : hold_out(csv, train, content->classes, held, error);
    if (result == 0)
        result = arrange(train, held, 0, ranks, &state->train, &content->train, error);
    if (csv->test)
        memset(held, 1, (size_t)test->series);
    if (result == 0)
        result =
            arrange(csv->test ? test : train, held, 1, ranks, &state->test, &content->test, error);
    memory_free(ranks);
    memory_free(held);
    return result;
}

static int csv_open(const void *params, void *state, const char *folder,
                    struct dataset_content *content, struct error *error)
{
    const struct csv *csv = params;
    struct content train = {0}, test = {0};
    struct labels labels = {0};
    struct names inputs = {0};
    (void)folder;
    int result = read_file(csv, csv->path, &inputs, &labels, &train, error);
    labels.closed = true;
    if (csv->layout == LAYOUT_SERIES)
        names_release(&inputs); /* the test file may have more steps */
    if (result == 0 && csv->test)
        result = read_file(csv, csv->test, &inputs, &labels, &test, error);
    if (result == 0)
        result = fill(csv, state, &train, &test, &labels, content, error);
    content_release(&train);
    content_release(&test);
    names_release(&labels.names);
    names_release(&inputs);
    return result;
}

static void split_release(struct split *split)
{
    memory_free(split->values);
    memory_free(split->begins);
    memory_free(split->labels);
}

static void csv_close(void *state)
{
    struct csv_state *csv = state;
    split_release(&csv->train);
    split_release(&csv->test);
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
