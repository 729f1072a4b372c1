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
 * Files are read as RFC 4180 has it: cells may be quoted with ", within which "" is one ", and may
 * then hold separators and line ends; lines end with LF or CR LF. A UTF-8 byte order mark and
 * empty lines are passed over, and so are spaces and tabs around a cell without quotes. Values are
 * finite decimal numbers with a point, within the range of float32; there is no sign for one that
 * is missing. What is wrong is named by file, line and number of the cell in its row:
 *
 *     train.csv:17:4: weight: expected a number, found `n/a`
 *
 * Files are read as streams; what is kept is 4 bytes for each value, and as many again while the
 * rows are sorted. */
#include <unroll.h>

#include <errno.h>
#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
    MOST_BYTES = 16 << 20, /* in a row: a quotation mark that is never closed ends somewhere */
    MOST_CLASSES = 10000,
    SHOWN = 40, /* columns of a terminal that messages spend on a cell */
    HOLD_OUT_LANE = 1,
    WRONG = -2, /* an error was set; neither a character nor EOF */
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
          "The file with the test series; either this or `hold_out`."),
    PARAM(hold_out, PARAM_REAL, PARAM_OPTIONAL | PARAM_ABOVE_MINIMUM | PARAM_BELOW_MAXIMUM,
          "The part of the series, of each class, that is kept for testing.", .maximum = 1),
    PARAM(layout, PARAM_CHOICE, 0,
          "What a row is: one of the time steps of a series, or a whole series.",
          .choices = layout_names),
    PARAM(id, PARAM_TEXT, PARAM_OPTIONAL,
          "The column that tells series apart; layout steps needs it."),
    PARAM(label, PARAM_TEXT, PARAM_REQUIRED, "The column with the class."),
    PARAM(inputs, PARAM_TEXTS, PARAM_OPTIONAL,
          "The columns with the values, in this order; none: all others."),
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

/* A growing array. */
struct array {
    void *items;
    int64_t room; /* bytes */
};

/* Makes room for COUNT items of SIZE bytes. */
static int reserve(struct array *array, int64_t count, size_t size, struct error *error)
{
    int64_t wanted = count * (int64_t)size;
    void *larger;
    if (wanted <= array->room)
        return 0;
    wanted = wanted < 512 ? 1024 : 2 * wanted;
    if (memory_try(&larger, (size_t)wanted, purpose, error) != 0)
        return WRONG;
    if (array->room > 0)
        memcpy(larger, array->items, (size_t)array->room);
    memory_free(array->items);
    *array = (struct array){larger, wanted};
    return 0;
}

/* Texts, numbered from 0 in the order in which they came, and found again. */
struct name {
    int32_t number;
    char text[];
};
struct names {
    void *tree;   /* of the texts, for tsearch */
    char **texts; /* [count] each in a struct name */
    int32_t count;
};

static int compare_texts(const void *a, const void *b)
{
    return strcmp(a, b);
}

static struct name *name_of(char *text)
{
    return (struct name *)(text - offsetof(struct name, text));
}

/* The number of TEXT, or -1. */
static int32_t names_find(const struct names *names, const char *text)
{
    char **found = tfind(text, (void *const *)&names->tree, compare_texts);
    return found ? name_of(*found)->number : -1;
}

/* Adds TEXT; gives its number. Where it is there already, names_find goes on finding the first. */
static int32_t names_add(struct names *names, const char *text)
{
    size_t count = (size_t)names->count;
    struct name *name = memory_new(sizeof *name + strlen(text) + 1);
    name->number = names->count;
    strcpy(name->text, text);
    if ((count & (count - 1)) == 0) /* the capacity is the next power of two */
        names->texts = memory_grow(names->texts, count ? 2 * count : 1, sizeof *names->texts);
    names->texts[names->count++] = name->text;
    if (!tsearch(name->text, &names->tree, compare_texts))
        abort(); /* memory is out */
    return name->number;
}

static void leave(void *text)
{
    (void)text;
}

static void names_release(struct names *names)
{
    tdestroy(names->tree, leave);
    for (int32_t i = 0; i < names->count; i++)
        memory_free(name_of(names->texts[i]));
    memory_free(names->texts);
    *names = (struct names){0};
}

/* A file that is being read: the current row, and what its columns are. */
struct cell {
    size_t begin; /* in text */
    int64_t line;
};
struct table {
    const char *path;
    struct error *error; /* where to say what is wrong */
    FILE *file;
    char separator;
    int64_t line;       /* of the next character */
    struct text text;   /* the row's cells, each with its terminator */
    struct array cells; /* struct cell [count] */
    int64_t count;
    struct names header;
    int32_t id, label; /* columns; id is -1 where there is none */
    int32_t *inputs;   /* [input_count] columns */
    int32_t input_count;
};

static const struct cell *cell_at(const struct table *table, int64_t column)
{
    return (const struct cell *)table->cells.items + column;
}

static const char *cell_text(const struct table *table, int64_t column)
{
    return column < table->count ? table->text.data + cell_at(table, column)->begin : "";
}

/* An error about a cell of the current row, or about one that is missing at its end; what the cell
 * holds stands behind it. */
static int wrong(const struct table *table, int64_t column, const char *message)
{
    struct text text = {0};
    int64_t line = cell_at(table, column < table->count ? column : 0)->line;
    text_add_format(&text, "%s:%" PRId64 ":%" PRId64 ": ", table->path, line, column + 1);
    if (column < table->header.count && *table->header.texts[column]) {
        printable_add_cut(&text, table->header.texts[column], SHOWN);
        text_add(&text, ": ");
    }
    text_add(&text, message);
    char *found = text_format("%.200s", cell_text(table, column));
    text_add(&text, *found ? " `" : "");
    printable_add_cut(&text, found, SHOWN);
    text_add(&text, *found ? "`" : "");
    memory_free(found);
    error_set(table->error, ERROR_DATA, "%s", text_get(&text));
    text_release(&text);
    return WRONG;
}

/* An error about the cell that is being read. */
static int broken(const struct table *table, const char *message)
{
    return wrong(table, table->count - 1, message);
}

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

static int keep(struct table *table, int c)
{
    if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
        return broken(table, "a control character: this is no plain text");
    if (table->text.length >= MOST_BYTES)
        return broken(table, "the row is longer than 16 MiB; is a quotation mark never closed?");
    text_add_char(&table->text, (char)c);
    return 0;
}

/* The part of a cell behind its first quotation mark; gives the character behind the last one. */
static int read_quoted(struct table *table)
{
    for (;;) {
        int c = next(table);
        if (c == EOF)
            return broken(table, "the quotation mark that begins here is never closed");
        if (c == '"' && (c = next(table)) != '"')
            return ends_cell(table, c)
                       ? c
                       : broken(table, "write \"\" for a quotation mark within quotes:");
        if (keep(table, c) != 0)
            return WRONG;
    }
}

/* The rest of a cell without quotes, of which C is the first character; blanks around it go. */
static int read_bare(struct table *table, int c)
{
    size_t begin = table->text.length;
    for (; !ends_cell(table, c); c = next(table)) {
        bool is_blank = c == ' ' || c == '\t';
        if (c == '"')
            return broken(table, "a quotation mark within a cell without quotes,");
        if (!(is_blank && table->text.length == begin) && keep(table, c) != 0)
            return WRONG;
    }
    while (table->text.length > begin && strchr(" \t", table->text.data[table->text.length - 1]))
        table->text.length--;
    return c;
}

/* Reads a cell; gives what ended it: the separator, '\n', EOF, or WRONG. */
static int read_cell(struct table *table)
{
    if (reserve(&table->cells, table->count + 1, sizeof(struct cell), table->error) != 0)
        return WRONG;
    ((struct cell *)table->cells.items)[table->count++] =
        (struct cell){.begin = table->text.length, .line = table->line};
    int c = next(table);
    c = c == '"' ? read_quoted(table) : read_bare(table, c);
    if (c == '\r' && (c = next(table)) != '\n')
        return broken(table, "a carriage return that no line feed follows");
    if (c != WRONG)
        text_add_char(&table->text, '\0');
    return c;
}

/* Reads the next row that is not empty: 1, 0 at the file's end, or WRONG. */
static int read_row(struct table *table)
{
    int c = '\n';
    do {
        text_clear(&table->text);
        table->count = 0;
        if (c == EOF)
            return 0;
        do
            c = read_cell(table);
        while (c == (unsigned char)table->separator);
        if (c == WRONG)
            return WRONG;
        if (ferror(table->file))
            return error_system(table->error, ERROR_DATA, errno, "%s: cannot be read", table->path);
    } while (table->count == 1 && !*cell_text(table, 0));
    return 1;
}

static int open_file(struct table *table)
{
    static const char mark[] = {'\xef', '\xbb', '\xbf'}; /* of byte order */
    char start[sizeof mark];
    struct stat status;
    if (stat(table->path, &status) == 0 && !S_ISREG(status.st_mode)) /* a pipe would block */
        return error_set(table->error, ERROR_DATA, "%s: is not a file", table->path);
    table->file = fopen(table->path, "re");
    if (!table->file)
        return error_system(table->error, ERROR_DATA, errno, "%s: cannot be opened", table->path);
    if (fread(start, sizeof mark, 1, table->file) != 1 || memcmp(start, mark, sizeof mark) != 0)
        rewind(table->file);
    return 0;
}

/* Opens the file and reads the columns' names. */
static int open_table(struct table *table)
{
    if (open_file(table) != 0)
        return -1;
    int result = read_row(table);
    if (result == 0)
        return error_set(table->error, ERROR_DATA,
                         "%s: empty; its first line must name the columns", table->path);
    for (int64_t i = 0; result > 0 && i < table->count; i++) {
        const char *name = cell_text(table, i);
        if (*name && names_find(&table->header, name) >= 0)
            result = wrong(table, i, "another column has the same name,");
        else
            names_add(&table->header, name);
    }
    return result > 0 ? 0 : -1;
}

static void close_table(struct table *table)
{
    if (table->file)
        fclose(table->file);
    names_release(&table->header);
    memory_free(table->inputs);
    memory_free(table->cells.items);
    text_release(&table->text);
}

/* The column called NAME, which the config's KEY asks for, or -1. */
static int32_t find_column(const struct table *table, const char *key, const char *name)
{
    int32_t found = names_find(&table->header, name), count = table->header.count;
    if (found >= 0)
        return found;
    const char *const *names = (const char *const *)table->header.texts;
    const char *nearest = text_nearest(name, names, (size_t)count);
    struct text message = {0}, shown = {0};
    text_add_format(&message, "%s:1: `%s`: no column is called `%s`; ", table->path, key, name);
    if (nearest)
        text_add_format(&message, "did you mean `%s`? ", nearest);
    text_add(&message, "Columns there: ");
    for (int32_t i = 0; i < count; i++)
        text_add_format(&message, "%s%s", i ? ", " : "", names[i]);
    printable_add(&shown, text_get(&message));
    error_set(table->error, ERROR_DATA, "%s", text_get(&shown));
    text_release(&message);
    text_release(&shown);
    return -1;
}

/* Finds the columns. INPUTS are the names of the input columns; where it is empty, it becomes what
 * the config says, or all other columns. */
static int choose_columns(struct table *table, const struct csv *csv, struct names *inputs)
{
    table->label = find_column(table, "label", csv->label);
    if (table->label < 0)
        return -1;
    table->id = csv->id ? find_column(table, "id", csv->id) : -1;
    if (csv->id && table->id < 0)
        return -1;
    bool is_first = inputs->count == 0, takes_all = is_first && csv->inputs.count == 0;
    for (size_t i = 0; is_first && i < csv->inputs.count; i++)
        names_add(inputs, csv->inputs.items[i]);
    for (int32_t i = 0; takes_all && i < table->header.count; i++)
        if (i != table->label && i != table->id && *table->header.texts[i])
            names_add(inputs, table->header.texts[i]);
    if (inputs->count == 0)
        return error_set(table->error, ERROR_DATA, "%s:1: no column is left for the inputs",
                         table->path);
    table->inputs = memory_array((size_t)inputs->count, sizeof *table->inputs);
    for (int32_t i = 0; i < inputs->count; i++) {
        table->inputs[i] = find_column(table, "inputs", inputs->texts[i]);
        if (table->inputs[i] < 0)
            return -1;
    }
    table->input_count = inputs->count;
    return 0;
}

/* Is TEXT a number in decimal digits? The program never leaves the C locale: strtod wants a point.
 */
static bool read_number(const char *text, double *number)
{
    char *end;
    *number = strtod(text, &end);
    return *text && !*end && strspn(text, "0123456789.+-eE") == strlen(text);
}

static int read_value(const struct table *table, int64_t column, float *value)
{
    const char *text = cell_text(table, column);
    double number;
    if (!*text)
        return wrong(table, column, "expected a number, found an empty cell");
    if (!read_number(text, &number))
        return wrong(table, column,
                     strchr(text, ',') && strspn(text, "0123456789,+-eE") == strlen(text)
                         ? "expected a number with a decimal point, found"
                         : "expected a number, found");
    if (fabs(number) > FLT_MAX)
        return wrong(table, column, "too large for float32:");
    *value = (float)number;
    return 0;
}

/* What the files hold, as they are read. */
struct series {
    int64_t line; /* its first one */
    int32_t label;
    bool held; /* for testing */
};
struct content {
    int64_t features, rows, count;
    struct array values; /* float [rows, features], in file order */
    struct array owners; /* int32_t [rows]: whose row it is */
    struct array series; /* struct series [count] */
    struct names labels; /* of all series, those of the test file among them */
    struct names inputs; /* the columns that are read */
    struct names ids;    /* of this file's series, which are numbers FIRST, ... */
    int64_t first;
    bool is_test; /* this file is the test file */
};

static struct series *series_at(const struct content *content, int64_t number)
{
    return (struct series *)content->series.items + number;
}

static void content_release(struct content *content)
{
    memory_free(content->values.items);
    memory_free(content->owners.items);
    memory_free(content->series.items);
    names_release(&content->labels);
    names_release(&content->inputs);
    names_release(&content->ids);
}

/* The number of the current row's label, or a negative one. */
static int32_t read_label(const struct table *table, struct content *content)
{
    const char *text = cell_text(table, table->label);
    int32_t number = names_find(&content->labels, text);
    if (!*text)
        return wrong(table, table->label, "no label");
    if (number < 0 && content->is_test)
        return wrong(table, table->label, "no training series has the label");
    if (number < 0 && content->labels.count == MOST_CLASSES)
        return wrong(table, table->label, "more than 10000 different labels; are these classes?");
    return number < 0 ? names_add(&content->labels, text) : number;
}

/* Adds a series that begins in the current row, called ID unless that is NULL; gives its number, or
 * a negative one. */
static int64_t add_series(const struct table *table, struct content *content, const char *id,
                          int32_t label)
{
    if (id && !*id)
        return wrong(table, table->id, "no id");
    if (content->count == INT32_MAX)
        return wrong(table, 0, "more than 2147483647 series");
    if (reserve(&content->series, content->count + 1, sizeof(struct series), table->error) != 0)
        return WRONG;
    if (id)
        names_add(&content->ids, id);
    *series_at(content, content->count) =
        (struct series){.line = cell_at(table, 0)->line, .label = label, .held = content->is_test};
    return content->count++;
}

/* Adds a row of series OWNER, its values from COLUMNS [features]. */
static int add_row(const struct table *table, struct content *content, int64_t owner,
                   const int32_t *columns)
{
    int64_t features = content->features, row = content->rows;
    if (reserve(&content->values, (row + 1) * features, sizeof(float), table->error) != 0 ||
        reserve(&content->owners, row + 1, sizeof(int32_t), table->error) != 0)
        return WRONG;
    ((int32_t *)content->owners.items)[row] = (int32_t)owner;
    float *values = (float *)content->values.items + row * features;
    for (int64_t i = 0; i < features; i++)
        if (read_value(table, columns[i], &values[i]) != 0)
            return WRONG;
    content->rows++;
    return 0;
}

/* The current row is a time step. */
static int add_step(const struct table *table, struct content *content)
{
    const char *id = cell_text(table, table->id);
    int32_t label, number = names_find(&content->ids, id);
    int64_t owner = content->first + number;
    if (table->count < table->header.count)
        return wrong(table, table->count, "the row ends before this cell");
    if ((label = read_label(table, content)) < 0)
        return WRONG;
    if (number < 0)
        owner = add_series(table, content, id, label);
    if (owner < 0)
        return WRONG;
    if (series_at(content, owner)->label != label) {
        char message[96];
        snprintf(message, sizeof message,
                 "the series has had another label since line %" PRId64 ", not",
                 series_at(content, owner)->line);
        return wrong(table, table->label, message);
    }
    return add_row(table, content, owner, table->inputs);
}

/* The current row is a whole series. */
static int add_whole(const struct table *table, struct content *content)
{
    const char *id = table->id >= 0 ? cell_text(table, table->id) : NULL;
    int32_t label = read_label(table, content), length = table->input_count;
    if (label < 0)
        return WRONG;
    if (id && names_find(&content->ids, id) >= 0)
        return wrong(table, table->id, "an earlier series has the same id,");
    while (length > 0 && !*cell_text(table, table->inputs[length - 1]))
        length--;
    if (length == 0)
        return wrong(table, table->inputs[0], "the series has no values");
    int64_t owner = add_series(table, content, id, label);
    int result = owner < 0 ? WRONG : 0;
    for (int32_t i = 0; result == 0 && i < length; i++)
        result = add_row(table, content, owner, &table->inputs[i]);
    return result;
}

static int read_file(const struct csv *csv, const char *path, struct content *content,
                     struct error *error)
{
    struct table table = {.path = path,
                          .error = error,
                          .separator = text_equal(csv->separator, "tab") ? '\t' : *csv->separator,
                          .line = 1};
    bool is_steps = csv->layout == LAYOUT_STEPS;
    content->first = content->count;
    int result = open_table(&table);
    if (result == 0)
        result = choose_columns(&table, csv, &content->inputs);
    content->features = is_steps ? table.input_count : 1;
    while (result == 0 && (result = read_row(&table)) > 0) {
        if (table.count > table.header.count)
            result = wrong(&table, table.header.count, "more cells than the first line has");
        else
            result = is_steps ? add_step(&table, content) : add_whole(&table, content);
    }
    if (result == 0 && content->count == content->first)
        result = error_set(error, ERROR_DATA, "%s: only names of columns; no row follows", path);
    close_table(&table);
    return result;
}

/* What the core is given of a split: values, begins, labels. */
struct split {
    void *parts[3];
};
struct csv_state {
    struct split train, test;
};

/* Copies the series of CONTENT that are HELD for testing, or the others, the rows of each together.
 * RANKS: the number of each label in sorted order. */
static int arrange(const struct content *content, bool held, const int32_t *ranks,
                   struct split *split, struct examples *examples, struct error *error)
{
    size_t count = (size_t)content->count + 1, row_size = (size_t)content->features * sizeof(float);
    const int32_t *owners = content->owners.items;
    int64_t taken = 0, rows = 0;
    if (memory_try(&split->parts[1], count * sizeof(int64_t), purpose, error) != 0 ||
        memory_try(&split->parts[2], count * sizeof(int32_t), purpose, error) != 0)
        return -1;
    int64_t *begins = split->parts[1];
    int32_t *labels = split->parts[2];
    int64_t *places = memory_array(count, sizeof *places); /* lengths, then where a row goes */
    for (int64_t row = 0; row < content->rows; row++)
        places[owners[row]]++;
    for (int64_t i = 0; i < content->count; i++) {
        int64_t length = series_at(content, i)->held == held ? places[i] : 0;
        places[i] = rows;
        rows += length;
        labels[taken] = ranks[series_at(content, i)->label];
        taken += length > 0;
        begins[taken] = rows;
    }
    int result = memory_try(&split->parts[0], (size_t)rows * row_size, purpose, error);
    for (int64_t row = 0; result == 0 && row < content->rows; row++)
        if (series_at(content, owners[row])->held == held)
            memcpy((char *)split->parts[0] + (size_t)places[owners[row]]++ * row_size,
                   (const char *)content->values.items + (size_t)row * row_size, row_size);
    memory_free(places);
    *examples = (struct examples){
        .count = taken, .series = split->parts[0], .begins = begins, .series_labels = labels};
    return result;
}

/* By value where both are numbers, numbers first, and then by bytes. */
static int compare_labels(const void *a, const void *b, void *labels)
{
    const struct names *names = labels;
    const char *left = names->texts[*(const int32_t *)a];
    const char *right = names->texts[*(const int32_t *)b];
    double x, y;
    bool left_is_number = read_number(left, &x), right_is_number = read_number(right, &y);
    if (left_is_number != right_is_number)
        return right_is_number - left_is_number;
    return left_is_number && x != y ? (x > y) - (x < y) : strcmp(left, right);
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

/* Marks the series that are kept for testing: of each class the part that the config says, rounded,
 * but never all of it. */
static int hold_out(const struct csv *csv, struct content *content, struct error *error)
{
    int64_t *left = memory_array((size_t)content->labels.count, sizeof *left), total = 0;
    int32_t *order = memory_array((size_t)content->count, sizeof *order);
    for (int64_t i = 0; i < content->count; i++) {
        order[i] = (int32_t)i;
        left[series_at(content, i)->label]++;
    }
    for (int64_t i = 0; i < content->labels.count; i++) {
        int64_t part = llround((double)left[i] * csv->hold_out);
        left[i] = part < left[i] ? part : left[i] - 1;
        total += left[i];
    }
    struct random_stream stream;
    random_open(&stream, 0, RANDOM_SPLIT, HOLD_OUT_LANE, 0);
    random_shuffle(&stream, order, content->count);
    for (int64_t i = 0; i < content->count; i++) {
        struct series *series = series_at(content, order[i]);
        series->held = left[series->label] > 0;
        left[series->label] -= series->held;
    }
    memory_free(order);
    memory_free(left);
    if (total > 0)
        return 0;
    return error_set(error, ERROR_DATA, "%s: `hold_out` %g of %" PRId64 " series leaves no test",
                     csv->path, csv->hold_out, content->count);
}

static int csv_open(const void *params, void *state, const char *folder,
                    struct dataset_content *content, struct error *error)
{
    const struct csv *csv = params;
    struct csv_state *made = state;
    struct content read = {0};
    (void)folder;
    int result = read_file(csv, csv->path, &read, error);
    if (result == 0 && read.labels.count < 2)
        result =
            error_set(error, ERROR_DATA, "%s: all series have the label `%s`: nothing to learn",
                      csv->path, read.labels.texts[0]);
    names_release(&read.ids);
    if (csv->layout == LAYOUT_SERIES)
        names_release(&read.inputs); /* the test file may have more steps */
    read.is_test = true;
    if (result == 0)
        result = csv->test ? read_file(csv, csv->test, &read, error) : hold_out(csv, &read, error);
    int32_t *ranks = rank_labels(&read.labels);
    if (result == 0)
        result = arrange(&read, false, ranks, &made->train, &content->train, error);
    if (result == 0)
        result = arrange(&read, true, ranks, &made->test, &content->test, error);
    content->features = read.features;
    content->classes = read.labels.count;
    memory_free(ranks);
    content_release(&read);
    return result == 0 ? 0 : -1;
}

static void csv_close(void *state)
{
    struct csv_state *csv = state;
    for (int i = 0; i < 3; i++) {
        memory_free(csv->train.parts[i]);
        memory_free(csv->test.parts[i]);
    }
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
