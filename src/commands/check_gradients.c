#include "commands/check_gradients.h"

#include "base/log.h"
#include "base/memory.h"
#include "batch/file_kind.h"
#include "commands/load.h"
#include "report/table.h"
#include "train/data_folder.h"
#include "train/gradient_check.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

enum { TENSOR, MODULE, SHAPE, ENTRIES, KINKS, ERROR, VERDICT, ENTRY, EXPECTED, CLAIMED };

static void add_shape(struct text *text, const struct gradient_row *row)
{
    for (int i = 0; i < row->dimensions; i++)
        text_add_format(text, "%s%" PRId64, i ? " × " : "", row->shape[i]);
}

/* Where the largest error is: [row, column] or [step, example, feature]. */
static void add_place(struct text *text, const struct gradient_row *row)
{
    int64_t rest = row->result.worst_element, at[3] = {0};
    if (rest < 0) {
        text_add(text, "along a random direction");
        return;
    }
    for (int i = row->dimensions - 1; i >= 0; i--) {
        at[i] = rest % row->shape[i];
        rest /= row->shape[i];
    }
    for (int i = 0; i < row->dimensions; i++)
        text_add_format(text, "%s%" PRId64, i ? ", " : "[", at[i]);
    text_add(text, "]");
}

static void set_text(struct table *table, size_t column, const struct gradient_row *row,
                     void (*add)(struct text *text, const struct gradient_row *row))
{
    struct text text = {0};
    add(&text, row);
    table_set_text(table, column, text_get(&text));
    text_release(&text);
}

static void add_row(struct table *table, const struct gradient_row *row, bool for_programs)
{
    char shown[32];
    table_add_row(table);
    table_set_text(table, TENSOR, row->name);
    table_set_text(table, MODULE, row->module);
    set_text(table, SHAPE, row, add_shape);
    table_set_whole(table, ENTRIES, row->result.checked);
    table_set_whole(table, KINKS, row->result.skipped);
    snprintf(shown, sizeof shown, isfinite(row->result.worst) ? "%.1e" : "no number",
             row->result.worst);
    table_set_shown(table, ERROR, row->result.worst, shown);
    table_set_text(table, VERDICT, gradient_verdict_names[row->verdict]);
    if (!for_programs)
        return;
    set_text(table, ENTRY, row, add_place);
    table_set_number(table, EXPECTED, row->result.expected, 6);
    table_set_number(table, CLAIMED, row->result.claimed, 6);
}

static int print(const struct gradient_check *check, enum table_format format, struct error *error)
{
    bool for_programs = format == TABLE_CSV || format == TABLE_JSON;
    struct table table = {0};
    table_add_column(&table, NULL, "tensor", "tensor");
    table_add_column(&table, NULL, "module", "module");
    table_add_column(&table, NULL, "shape", "shape");
    table_add_column(&table, NULL, "entries", "entries");
    table_add_column(&table, NULL, "at a kink", "at_kink");
    table_add_column(&table, NULL, "largest error", "largest_error");
    table_add_column(&table, NULL, "verdict", "verdict");
    if (for_programs) {
        table_add_column(&table, NULL, "entry", "entry");
        table_add_column(&table, NULL, "by differences", "by_differences");
        table_add_column(&table, NULL, "by backward", "by_backward");
    }
    for (int i = 0; i < check->count; i++)
        add_row(&table, &check->rows[i], for_programs);
    int result = table_print(&table, format, stdout, error);
    table_release(&table);
    return result;
}

/* What a row that is not right means, for people. */
static void explain(const struct gradient_row *row)
{
    struct text place = {0};
    add_place(&place, row);
    if (row->verdict == GRADIENT_UNCLEAR)
        log_warning("%s (%s): %d of %d entries stand where the function has a kink: too many for "
                    "the others to say that it is right; another seed may move them",
                    row->name, row->module, row->result.skipped, row->result.checked);
    else if (row->verdict == GRADIENT_REPLACED)
        log_warning("%s (%s): backward puts its gradient in the place of what stands there, and "
                    "has to add it",
                    row->name, row->module);
    else
        log_warning("%s (%s): %d of %d entries are wrong; %s%s the gradient is %.6g by differences "
                    "and %.6g by the module",
                    row->name, row->module, row->result.failures, row->result.checked,
                    row->result.worst_element < 0 ? "" : "at ", text_get(&place),
                    row->result.expected, row->result.claimed);
    text_release(&place);
}

/* Warns of each line of BREACHES; returns how many there are. */
static int warn_of(const struct text *breaches)
{
    int count = 0;
    for (const char *line = text_get(breaches); *line; count++) {
        int length = (int)strcspn(line, "\n");
        log_warning("%.*s", length, line);
        line += length + (line[length] != '\0');
    }
    return count;
}

static int conclude(const struct gradient_check *check, struct error *error)
{
    struct text steps = {0};
    if (check->steps < check->all_steps)
        text_add_format(&steps, "%" PRId64 " of %" PRId64, check->steps, check->all_steps);
    else
        text_add_format(&steps, "%" PRId64, check->steps);
    log_note("%" PRId64 " examples, %s steps; errors are parts of a tensor's largest gradient",
             check->examples, text_get(&steps));
    text_release(&steps);
    for (int i = 0; i < check->count; i++)
        if (check->rows[i].verdict != GRADIENT_RIGHT)
            explain(&check->rows[i]);
    int breaches = warn_of(&check->breaches);
    if (check->doubtful > 0)
        return error_set(error, ERROR_FAILED, "%d of %d gradients are not right", check->doubtful,
                         check->count);
    if (breaches > 0)
        return error_set(error, ERROR_FAILED,
                         "the gradients are right, but not each call that training makes");
    return 0;
}

/* Of what else could be given, which check takes without --gradients. */
static int expect_config(const char *path, char **overrides, int count, struct error *error)
{
    enum file_kind kind = file_kind(path);
    if (kind == FILE_EXPERIMENT || kind == FILE_MIXED)
        return error_set(
            error, ERROR_USAGE,
            "%s is an experiment, and --gradients checks a config: name its base, with "
            "what a variant changes as key=value",
            path);
    for (int i = 0; i < count; i++)
        if (!strchr(overrides[i], '='))
            return error_set(
                error, ERROR_USAGE,
                "--gradients checks one config, and what follows it must be key=value: "
                "'%s' is not; check other files by themselves",
                overrides[i]);
    return 0;
}

int check_gradients(const char *path, char **overrides, int count, const char *data, int format,
                    struct error *error)
{
    struct config config = {0};
    struct gradient_check check = {0};
    if (expect_config(path, overrides, count, error))
        return -1;
    char *folder = data_folder(data);
    int result = load_config(&config, path, overrides, count, error);
    if (result == 0)
        result = gradient_check_run(&check, &config, folder, error);
    if (result == 0)
        result = print(&check, (enum table_format)format, error);
    if (result == 0)
        result = conclude(&check, error);
    gradient_check_release(&check);
    config_release(&config);
    memory_free(folder);
    return result;
}
