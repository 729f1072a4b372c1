/* The tables: each variant's figures, and the differences between them. */
#include "base/memory.h"
#include "report/comparison_tables.h"
#include "report/html.h"
#include "report/page_parts.h"

static void add_legend(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    struct text *html = page->html;
    text_add(html, "<p class=\"legend\">n: runs that have the figure, a seed each. ± 95 %: half "
                   "the width of the mean’s 95 % interval by Student’s t. ");
    bool has_ties = false;
    for (size_t i = 0; i < comparison->count; i++)
        has_ties = has_ties || comparison->ties[i];
    if (comparison->best < comparison->count)
        text_add(html, "Bold: the best mean. ");
    if (has_ties)
        text_add(html, "†: not significantly worse than the best. ");
    if (page->moment.kind == MOMENT_END)
        text_add(html, "All figures were measured after the last step, on the whole split. ");
    else
        text_add(html, "Figures on the way were measured where the config evaluates, on at most as "
                       "many examples as it says there. ");
    text_add(html, "Seconds are those of training alone.</p>\n");
}

/* Where the table of VIEW has the mean of what is compared; its column 0 is the name. */
static size_t mean_column(const struct comparison_view *view)
{
    for (size_t i = 0; i < view->column_count; i++)
        if (!view->columns[i].key && view->columns[i].metric == 0 &&
            view->columns[i].figure == FIGURE_MEAN)
            return i + 1;
    return view->column_count + 1;
}

static void add_variants(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    size_t count = page->groups.count;
    struct table table;
    const char **links = memory_array(count, sizeof *links);
    const char **classes = memory_array(count, sizeof *classes);
    const char **marks = memory_array(count, sizeof *marks);
    for (size_t row = 0; row < count; row++) {
        size_t group = page->view.order[row];
        links[row] = page->variants[group].anchor;
        classes[row] = group == comparison->best ? "best" : NULL;
        marks[row] = comparison->ties[group] ? "†" : NULL;
    }
    char *caption = text_format("The variants’ %s, over seeds", page->metric_words);
    const struct page_table style = {.caption = caption,
                                     .links = links,
                                     .classes = classes,
                                     .marks = marks,
                                     .mark_column = mean_column(&page->view)};
    comparison_tables_variants(&page->view, &table);
    page_table_add(page->html, &table, &style);
    add_legend(page);
    table_release(&table);
    memory_free(caption);
    memory_free(links);
    memory_free(classes);
    memory_free(marks);
}

static void add_contrast_legend(const struct page *page)
{
    text_add_format(page->html,
                    "<p class=\"legend\">Tests are two-sided. p (Holm) is p after Holm’s "
                    "correction over the %zu comparisons that have one; a verdict needs one below "
                    "0.05. Effect: Cohen’s d of the differences for paired tests, Hedges’ g for "
                    "Welch’s, the odds ratio for McNemar’s.</p>\n",
                    page->comparison->family);
}

static void add_contrasts(const struct page *page)
{
    struct table table;
    struct text caption = {0};
    size_t count;
    size_t *places = comparison_view_contrasts(&page->view, 0, &count);
    const char **links = memory_array(count + 1, sizeof *links);
    for (size_t i = 0; i < count; i++)
        links[i] = page->variants[page->comparison->contrasts[places[i]].a].anchor;
    comparison_tables_contrasts(&page->view, 0, &table);
    text_add(&caption, "Differences in ");
    comparison_tables_add_title(&page->view, 0, &caption);
    page_table_add(page->html, &table,
                   &(struct page_table){.caption = text_get(&caption), .links = links});
    if (page->comparison->family > 0)
        add_contrast_legend(page);
    table_release(&table);
    text_release(&caption);
    memory_free(places);
    memory_free(links);
}

void page_add_figures(const struct page *page)
{
    text_add(page->html, "<section id=\"figures\">\n<h2>Figures</h2>\n");
    if (page->view.groups) {
        add_variants(page);
        if (page->comparison->contrast_count > 0)
            add_contrasts(page);
    } else {
        text_add(page->html, "<p>There are none yet: no run is done.</p>\n");
    }
    text_add(page->html, "</section>\n");
}
