#include "report/reported_print.h"

#include "base/memory.h"
#include "base/printable.h"
#include "compare/comparison.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum column {
    METRIC,
    VARIANT,
    STEP,
    REPORTED,
    N,
    MEAN,
    HALF_WIDTH,
    DIFFERENCE,
    LOW,
    HIGH,
    VERDICT,
    WITHIN, /* not for people, to whom REPORTED says it */
    COLUMNS
};

static const char *const titles[COLUMNS][2] = {
    [METRIC] = {"metric", "metric"},
    [VARIANT] = {"variant", "variant"},
    [STEP] = {"step", "step"},
    [REPORTED] = {"reported", "reported"},
    [N] = {"n", "n"},
    [MEAN] = {"our mean", "mean"},
    [HALF_WIDTH] = {"± 95 %", "ci95"},
    [DIFFERENCE] = {"difference", "difference"},
    [LOW] = {"one run from", "low"},
    [HIGH] = {"to", "high"},
    [VERDICT] = {"reported is", "verdict"},
    [WITHIN] = {"", "reported_within"},
};

static void set_number(struct table *table, size_t column, double number, int precision)
{
    if (!isnan(number))
        table_set_number(table, column, number, precision);
}

static void set_difference(struct table *table, double difference, int precision)
{
    if (isnan(difference))
        return;
    char *shown = text_format(difference == 0 ? "%.*f" : "%+.*f",
                              comparison_digits(difference, precision), difference);
    table_set_shown(table, DIFFERENCE, difference, shown);
    memory_free(shown);
}

/* How far from its value FIGURE may lie, where DIGITS behind the point do not say it. */
static double shown_within(const struct reported_figure *figure, int digits)
{
    return figure->within <= 0.501 * pow(10, -digits) ? 0 : figure->within;
}

/* With its precision, where DIGITS behind the point do not say it. */
static void set_reported(struct table *table, const struct reported_figure *figure, int digits)
{
    double within = shown_within(figure, digits);
    if (within == 0) {
        table_set_number(table, REPORTED, figure->value, digits);
        return;
    }
    char *shown = text_format("%.*f ± %.*f", digits, figure->value,
                              comparison_digits(within, digits), within);
    table_set_shown(table, REPORTED, figure->value, shown);
    memory_free(shown);
}

static double rounded(double number, int digits)
{
    char *shown = text_format("%.*f", digits, number);
    double result = strtod(shown, NULL);
    memory_free(shown);
    return result;
}

/* DIGITS behind the point, or more where the verdict takes them: 0.9099 is not below 0.9099. */
static int digits_that_tell(const struct reported_answer *answer, int digits)
{
    enum { MOST = 15 };
    bool is_within = answer->verdict == REPORTED_WITHIN;
    for (int more = digits; more <= MOST && answer->verdict != REPORTED_UNKNOWN; more++) {
        double value = answer->figure->value, within = shown_within(answer->figure, more);
        if ((rounded(value + within, more) >= rounded(answer->low, more) &&
             rounded(value - within, more) <= rounded(answer->high, more)) == is_within)
            return more;
    }
    return digits;
}

static void add_row(const struct reported_answer *answer, int precision, bool for_people,
                    struct table *table)
{
    int digits = digits_that_tell(answer, precision);
    const struct reported_figure *figure = answer->figure;
    table_add_row(table);
    table_set_text(table, METRIC, figure->metric);
    table_set_text(table, VARIANT, figure->variant);
    if (figure->step == REPORTED_AT_END)
        table_set_text(table, STEP, "end");
    else
        table_set_whole(table, STEP, figure->step);
    if (for_people) {
        set_reported(table, figure, digits);
    } else {
        table_set_number(table, REPORTED, figure->value, precision);
        table_set_number(table, WITHIN, figure->within, precision);
    }
    table_set_whole(table, N, (int64_t)answer->ours.n);
    set_number(table, MEAN, answer->ours.mean, precision);
    set_number(table, HALF_WIDTH, answer->half_width, precision);
    set_difference(table, answer->ours.mean - figure->value, precision);
    set_number(table, LOW, answer->low, digits);
    set_number(table, HIGH, answer->high, digits);
    if (answer->verdict != REPORTED_UNKNOWN)
        table_set_text(table, VERDICT, reported_verdict_names[answer->verdict]);
    else if (for_people && answer->ours.n == 0)
        table_set_text(table, VERDICT, "not measured");
}

void reported_table(const struct reported_answers *answers, int precision, bool for_people,
                    struct table *table)
{
    *table = (struct table){0};
    for (int i = 0; i < (for_people ? WITHIN : COLUMNS); i++)
        table_add_column(table, NULL, titles[i][0], titles[i][1]);
    for (size_t i = 0; i < answers->count; i++)
        add_row(&answers->items[i], precision, for_people, table);
}

/* What ANSWER lacks, where no run of ours has measured it. */
static void add_missing(const struct reported_answer *answer, struct text *lines)
{
    const struct reported_figure *figure = answer->figure;
    if (answer->ours.n > 0)
        return;
    printable_add(lines, figure->variant);
    text_add_format(lines, ", %s", figure->metric);
    if (!answer->has_variant)
        text_add(lines, ": there is no such variant here.\n");
    else if (figure->step == REPORTED_AT_END)
        text_add(lines, " at the end: no run of ours has this figure.\n");
    else if (answer->before && answer->after)
        text_add_format(lines,
                        " at step %" PRId64 ": not measured; the nearest steps are %" PRId64
                        " and %" PRId64 ".\n",
                        figure->step, answer->before, answer->after);
    else if (answer->before || answer->after)
        text_add_format(lines,
                        " at step %" PRId64 ": not measured; the nearest step is %" PRId64 ".\n",
                        figure->step, answer->before ? answer->before : answer->after);
    else
        text_add_format(lines, " at step %" PRId64 ": no run of ours has measured it.\n",
                        figure->step);
}

void reported_add_notes(const struct reported_answers *answers, const struct groups *groups,
                        struct text *lines)
{
    size_t judged = answers->within + answers->outside;
    text_add(lines, "Reported by ");
    printable_add(lines, groups->questions.source ? groups->questions.source : "others");
    text_add(lines, ". ");
    if (judged > 0) {
        text_add_format(lines, "%zu of ", answers->within);
        if (judged < answers->count)
            text_add_format(lines, "the %zu that can be judged, of %zu reported figures,", judged,
                            answers->count);
        else
            text_add_format(lines, "%zu reported figures", judged);
        text_add(lines, " lie within the interval that holds 95 % of single runs like ours, as one "
                        "reported run would 95 times in 100.\n");
    } else {
        text_add(lines, "None can be judged: it takes two runs of ours with the figure.\n");
    }
    for (size_t i = 0; i < answers->count; i++)
        add_missing(&answers->items[i], lines);
}

static void add_json(const struct reported_answers *answers, const struct groups *groups,
                     const struct table *table, struct text *output)
{
    text_add(output, "{\"experiment\": ");
    table_add_json_text(output, groups->name);
    text_add(output, ", \"source\": ");
    table_add_json_text(output, groups->questions.source ? groups->questions.source : "");
    text_add_format(output, ", \"within\": %zu, \"outside\": %zu,\n \"figures\": ", answers->within,
                    answers->outside);
    table_render(table, TABLE_JSON, 0, output);
    text_add(output, "}\n");
}

/* Each of LINES behind PREFIX, as FORMAT writes text. */
static void add_lines(const char *lines, const char *prefix, enum table_format format,
                      struct text *output)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        char *line = text_format("%.*s", (int)length, lines);
        text_add(output, prefix);
        if (format == TABLE_MARKDOWN)
            table_add_markdown_text(output, line);
        else
            text_add(output, line);
        text_add_char(output, '\n');
        memory_free(line);
        lines += length + (lines[length] == '\n');
    }
}

static void render(const struct reported_answers *answers, const struct groups *groups,
                   enum table_format format, int precision, size_t width, struct text *output)
{
    static const char *const prefixes[TABLE_FORMATS] = {
        [TABLE_TEXT] = "", [TABLE_MARKDOWN] = "- ", [TABLE_LATEX] = "% "};
    bool for_people = format != TABLE_JSON && format != TABLE_CSV;
    struct table table;
    struct text lines = {0};
    reported_table(answers, precision, for_people, &table);
    reported_add_notes(answers, groups, &lines);
    if (format == TABLE_JSON)
        add_json(answers, groups, &table, output);
    else
        table_render(&table, format, width, output);
    if (for_people) {
        text_add_char(output, '\n');
        add_lines(text_get(&lines), prefixes[format], format, output);
    }
    text_release(&lines);
    table_release(&table);
}

int reported_print(struct store *store, const struct groups *groups, enum table_format format,
                   int precision, FILE *stream, struct error *error)
{
    struct reported_answers answers;
    struct text output = {0};
    if (store_begin_reading(store, error) != 0 ||
        store_end_reading(store, reported_answer(&answers, store, groups, error), error) != 0)
        return -1;
    render(&answers, groups, format, precision, table_width(stream), &output);
    bool is_written =
        fwrite(text_get(&output), 1, output.length, stream) == output.length && fflush(stream) == 0;
    text_release(&output);
    reported_answers_release(&answers);
    if (!is_written)
        return error_system(error, ERROR_FAILED, errno, "the figures cannot be written");
    return 0;
}
