/* A comparison for a paper: a booktabs table, best in bold, ties marked. */
#include "report/comparison_print.h"

#include "base/memory.h"
#include "base/printable.h"
#include "report/comparison_tables.h"
#include "report/table_renderers.h"

#include <math.h>

/* The mean, with half the width of its interval where there is one, as mathematics. */
static void add_mean(struct text *output, const struct comparison_view *view, size_t metric,
                     size_t group)
{
    const struct comparison *comparison = &view->comparisons[metric];
    const struct summary *summary = &comparison->summaries[group];
    int precision = comparison_view_precision(view, metric);
    bool tested = comparison_is_tested(comparison->metric);
    bool best = tested && comparison->best == group;
    if (isnan(summary->mean)) {
        text_add(output, "--");
        return;
    }
    text_add(output, best ? "$\\mathbf{" : "$");
    text_add_format(output, "%.*f", precision, summary->mean);
    if (tested && !isnan(comparison->half_widths[group]))
        text_add_format(output, " \\pm %.*f", precision, comparison->half_widths[group]);
    text_add(output, best ? "}" : "");
    text_add(output, comparison->ties[group] ? "^{\\dagger}$" : "$");
    /* The column n is the first metric's. */
    if (tested && summary->n != view->comparisons[0].summaries[group].n)
        text_add_format(output, " ($n = %zu$)", summary->n);
}

static void add_notes(const struct comparison_view *view, struct text *output)
{
    bool ties = false, intervals = false, best = false;
    for (size_t i = 0; i < view->metrics.count; i++) {
        const struct comparison *comparison = &view->comparisons[i];
        bool tested = comparison_is_tested(comparison->metric);
        best = best || (tested && comparison->best < comparison->count);
        for (size_t j = 0; j < comparison->count; j++) {
            ties = ties || comparison->ties[j];
            intervals = intervals || (tested && !isnan(comparison->half_widths[j]));
        }
    }
    text_add(output, "% \\usepackage{booktabs}\n");
    if (intervals)
        text_add(output, "% note: mean over n seeds $\\pm$ half the width of its 95\\,\\% "
                         "interval (Student's t).\n");
    if (best)
        text_add(output, "% note: the best mean is bold.\n");
    if (ties)
        text_add_format(output,
                        "%% note: $^{\\dagger}$ not significantly worse than the best (%s where "
                        "seeds pair, else Welch's t; Holm's correction, level 5\\,\\%%).\n",
                        test_kind_names[(enum test_kind[]){TEST_PAIRED_T, TEST_WILCOXON,
                                                           TEST_PERMUTATION}[view->options.test]]);
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
    for (size_t i = 0; i <= view->metrics.count; i++)
        text_add_char(output, 'r');
    text_add(output, "}\n\\toprule\n");
    for (size_t i = 0; i < names->column_count; i++) {
        table_add_latex_text(output, names->columns[i].title);
        text_add(output, " & ");
    }
    text_add(output, "$n$");
    for (size_t i = 0; i < view->metrics.count; i++) {
        text_clear(&metric);
        comparison_view_add_metric(view, i, &metric);
        text_add(output, " & ");
        table_add_latex_text(output, text_get(&metric));
    }
    text_add(output, " \\\\\n\\midrule\n");
    text_release(&metric);
}

static void add_variants(const struct comparison_view *view, struct text *output)
{
    struct comparison_view keys = keys_alone(view);
    struct table names;
    comparison_tables_variants(&keys, &names);
    add_notes(view, output);
    add_head(view, &names, output);
    for (size_t row = 0; row < view->groups->count; row++) {
        size_t group = view->order[row];
        for (size_t i = 0; i < names.column_count; i++) {
            table_add_latex_cell(output, table_cell(&names, row, i));
            text_add(output, " & ");
        }
        text_add_format(output, "%zu", view->comparisons[0].summaries[group].n);
        for (size_t i = 0; i < view->metrics.count; i++) {
            text_add(output, " & ");
            add_mean(output, view, i, group);
        }
        text_add(output, " \\\\\n");
    }
    text_add(output, "\\bottomrule\n\\end{tabular}\n");
    table_release(&names);
    memory_free(keys.columns);
}

void comparison_render_latex(const struct comparison_view *view, struct text *output)
{
    struct table table;
    if (view->options.columns) {
        comparison_tables_variants(view, &table);
        table_render_latex(&table, output);
        table_release(&table);
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
}
