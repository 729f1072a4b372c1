/* A comparison for a paper: a booktabs table, best in bold, ties marked. */
#include "report/comparison_print.h"

#include "base/memory.h"
#include "base/printable.h"
#include "report/comparison_notes.h"
#include "report/comparison_tables.h"
#include "report/table_renderers.h"

#include <math.h>
#include <string.h>

/* The mean, with half the width of its interval where there is one and it IS_WITH_INTERVAL, as
 * mathematics. */
static void add_mean(struct text *output, const struct comparison_view *view, size_t metric,
                     size_t group, bool is_with_interval)
{
    const struct comparison *comparison = &view->comparisons[metric];
    const struct summary *summary = &comparison->summaries[group];
    int precision = comparison_view_precision(view, metric);
    bool tested = comparison_is_tested(comparison->metric);
    bool best = tested && comparison_is_best(comparison, group);
    if (isnan(summary->mean)) {
        text_add(output, "--");
        return;
    }
    text_add(output, best ? "$\\mathbf{" : "$");
    text_add_format(output, "%.*f", precision, summary->mean);
    if (is_with_interval && tested && !isnan(comparison->half_widths[group]))
        text_add_format(output, " \\pm %.*f", precision, comparison->half_widths[group]);
    text_add(output, best ? "}" : "");
    text_add(output, comparison->ties[group]       ? "^{\\dagger}$"
                     : comparison->untested[group] ? "^{\\ddagger}$"
                                                   : "$");
    /* The column n is the first metric's. */
    if (is_with_interval && tested && summary->n != view->comparisons[0].summaries[group].n)
        text_add_format(output, " ($n = %zu$)", summary->n);
}

/* Whether the mean of METRIC is shown: it is not where it was left out as the same everywhere, or
 * not asked for. */
static bool shows_mean(const struct comparison_view *view, size_t metric)
{
    for (size_t i = 0; i < view->column_count; i++)
        if (!view->columns[i].key && view->columns[i].metric == metric &&
            view->columns[i].figure == FIGURE_MEAN)
            return true;
    return false;
}

/* What the means that are shown have. */
struct shown {
    bool best, ties, untested, intervals;
    bool tests[TEST_KINDS];
};

static struct shown what_is_shown(const struct comparison_view *view)
{
    struct shown shown = {0};
    for (size_t i = 0; i < view->metrics.count; i++) {
        const struct comparison *comparison = &view->comparisons[i];
        if (!comparison_is_tested(comparison->metric) || !shows_mean(view, i))
            continue;
        shown.best |= comparison->best < comparison->count;
        for (size_t j = 0; j < comparison->count; j++) {
            shown.ties |= comparison->ties[j];
            shown.untested |= comparison->untested[j];
            shown.intervals |= !view->options.columns && !isnan(comparison->half_widths[j]);
        }
        for (int kind = 0; kind < TEST_KINDS; kind++)
            shown.tests[kind] |= comparison->tie_tests[kind];
    }
    return shown;
}

/* "paired t by seed, Welch's t where seeds do not pair", of the TESTS that made marks. */
static void add_tests(struct text *output, const bool *tests)
{
    static const char *const behind[TEST_KINDS] = {
        [TEST_PAIRED_T] = " by what pairs",
        [TEST_WILCOXON] = " by what pairs",
        [TEST_PERMUTATION] = " by what pairs",
        [TEST_WELCH_T] = " where figures do not pair",
        [TEST_MCNEMAR] = "'s test of the predictions of single runs",
    };
    bool first = true;
    for (int kind = 0; kind < TEST_KINDS; kind++) {
        if (!tests[kind])
            continue;
        text_add_format(output, "%s%s%s", first ? "" : ", ", test_kind_names[kind], behind[kind]);
        first = false;
    }
}

/* Adds LINES, each as a note. */
static void add_note_lines(struct text *output, const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        char *line = text_format("%.*s", (int)length, lines);
        text_add(output, "% note: ");
        table_add_latex_text(output, line);
        text_add_char(output, '\n');
        memory_free(line);
        lines += length + (lines[length] == '\n');
    }
}

static void add_notes(const struct comparison_view *view, struct text *output)
{
    struct shown shown = what_is_shown(view);
    struct text lines = {0};
    if (shown.intervals)
        text_add_format(output,
                        "%% note: mean over n %s $\\pm$ half the width of its 95\\,\\%% "
                        "interval (Student's t).\n",
                        comparison_notes_count_seeds(view) ? "seeds" : "runs");
    if (shown.best)
        text_add(output, "% note: the best mean is bold.\n");
    if (shown.ties) {
        text_add(output, "% note: $^{\\dagger}$ not significantly worse than the best (");
        add_tests(output, shown.tests);
        text_add(output, "; Holm's correction, level 5\\,\\%).\n");
    }
    if (shown.untested)
        text_add(output, "% note: $^{\\ddagger}$ could not be tested against the best: too few "
                         "runs, no spread, or runs that diverged or failed.\n");
    comparison_notes_losses(view, &lines);
    comparison_notes_settings(view, &lines);
    add_note_lines(output, text_get(&lines));
    text_release(&lines);
}

/* VIEW with no columns but those of config keys; the caller frees them. */
static struct comparison_view keys_alone(const struct comparison_view *view)
{
    struct comparison_view alone = *view;
    alone.columns = memory_array(view->column_count + 1, sizeof *alone.columns);
    alone.column_count = 0;
    for (size_t i = 0; i < view->column_count; i++)
        if (view->columns[i].key)
            alone.columns[alone.column_count++] = view->columns[i];
    return alone;
}

static void add_head(const struct comparison_view *view, const struct table *names,
                     struct text *output)
{
    struct text metric = {0};
    text_add(output, "\\begin{tabular}{");
    for (size_t i = 0; i < names->column_count; i++)
        text_add_char(output, table_column_is_numeric(names, i) ? 'r' : 'l');
    text_add_char(output, 'r');
    for (size_t i = 0; i < view->metrics.count; i++)
        text_add(output, shows_mean(view, i) ? "r" : "");
    text_add(output, "}\n\\toprule\n");
    for (size_t i = 0; i < names->column_count; i++) {
        table_add_latex_text(output, names->columns[i].title);
        text_add(output, " & ");
    }
    text_add(output, "$n$");
    for (size_t i = 0; i < view->metrics.count; i++) {
        if (!shows_mean(view, i))
            continue;
        text_clear(&metric);
        comparison_view_add_metric(view, i, &metric);
        text_add(output, " & ");
        table_add_latex_text(output, text_get(&metric));
    }
    text_add(output, " \\\\\n\\midrule\n");
    text_release(&metric);
}

/* "5", or "2 of 5" where the others diverged or failed. */
static void add_count(const struct comparison_view *view, size_t group, struct text *output)
{
    const struct losses *losses = &view->comparisons[0].losses[group];
    size_t n = view->comparisons[0].summaries[group].n, lost = losses->diverged + losses->failed;
    text_add_format(output, "%zu", n);
    if (lost > 0)
        text_add_format(output, " of %zu", n + lost);
}

static void add_variants(const struct comparison_view *view, struct text *output)
{
    struct comparison_view keys = keys_alone(view);
    struct table names;
    comparison_tables_variants(&keys, &names);
    text_add(output, "% \\usepackage{booktabs}\n");
    add_notes(view, output);
    add_head(view, &names, output);
    for (size_t row = 0; row < view->groups->count; row++) {
        size_t group = view->order[row];
        for (size_t i = 0; i < names.column_count; i++) {
            table_add_latex_cell(output, table_cell(&names, row, i));
            text_add(output, " & ");
        }
        add_count(view, group, output);
        for (size_t i = 0; i < view->metrics.count; i++) {
            if (!shows_mean(view, i))
                continue;
            text_add(output, " & ");
            add_mean(output, view, i, group, true);
        }
        text_add(output, " \\\\\n");
    }
    text_add(output, "\\bottomrule\n\\end{tabular}\n");
    table_release(&names);
    memory_free(keys.columns);
}

/* The columns that were asked for; means are bold and marked as in the usual table. */
static void add_own_columns(const struct comparison_view *view, struct text *output)
{
    struct table table;
    struct text mean = {0};
    comparison_tables_variants(view, &table);
    for (size_t row = 0; row < table.row_count; row++)
        for (size_t i = 0; i < view->column_count; i++) {
            const struct comparison_column *column = &view->columns[i];
            if (column->key || column->figure != FIGURE_MEAN)
                continue;
            text_clear(&mean);
            add_mean(&mean, view, column->metric, view->order[row], false);
            table_set_latex(&table, row, i + 1, text_get(&mean));
        }
    add_notes(view, output);
    table_render_latex(&table, output);
    table_release(&table);
    text_release(&mean);
}

/* Each line of LINES as a comment, so that no text of a user ends one early. */
static void add_comments(const char *lines, struct text *output)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        char *line = text_format("%.*s", (int)length, lines);
        text_add(output, "% ");
        printable_add(output, line);
        text_add_char(output, '\n');
        memory_free(line);
        lines += length + (lines[length] == '\n');
    }
}

/* What was chosen and what is claimed, as comments. */
static void add_remarks(const struct comparison_view *view, struct text *output)
{
    struct text lines = {0};
    comparison_notes_choices(view, &lines);
    for (size_t i = 0; i < view->claims.count; i++) {
        comparison_notes_claim(view, i, &lines);
        text_add_format(&lines, " %s\n", view->claims.items[i].sentence);
    }
    if (lines.length)
        text_add_char(output, '\n');
    add_comments(text_get(&lines), output);
    text_release(&lines);
}

void comparison_render_latex(const struct comparison_view *view, struct text *output)
{
    struct table table;
    if (view->options.columns) {
        add_own_columns(view, output);
    } else {
        add_variants(view, output);
    }
    for (size_t i = 0; view->options.pairs && i < view->full_count; i++) {
        struct text title = {0}, plain = {0};
        comparison_tables_add_title(view, i, &title);
        printable_add(&plain, text_get(&title));
        text_add_format(output, "\n%% %s\n", text_get(&plain));
        comparison_tables_contrasts(view, i, &table);
        table_render_latex(&table, output);
        table_release(&table);
        text_release(&title);
        text_release(&plain);
    }
    add_remarks(view, output);
}
