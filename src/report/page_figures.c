/* The tables: each variant's figures, and the differences between them. */
#include "base/memory.h"
#include "report/comparison_tables.h"
#include "report/html.h"
#include "report/page_parts.h"

#include <math.h>
#include <string.h>

/* Of one variant there is no best. */
static bool has_best(const struct comparison *comparison)
{
    return comparison->count > 1 && comparison->best < comparison->count;
}

/* Whether some of the COUNT numbers is one. */
static bool has_number(const double *numbers, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (!isnan(numbers[i]))
            return true;
    return false;
}

static bool has_tie(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->count; i++)
        if (comparison->ties[i])
            return true;
    return false;
}

/* Each sentence stands where there is what it speaks of. */
static void add_legend(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    struct text *html = page->html;
    text_add(html, "<p class=\"legend\">n: runs that have the figure, a seed each. ");
    if (has_number(comparison->half_widths, comparison->count))
        text_add(html, "± 95 %: half the width of the mean’s 95 % interval by Student’s t. ");
    if (has_best(comparison))
        text_add(html, "Bold: the best mean. ");
    if (has_tie(comparison))
        text_add(html, "†: not significantly worse than the best. ");
    if (text_ends_with(page->metric, "accuracy"))
        text_add(html, "Accuracies are fractions in tables and sentences, and per cent in "
                       "pictures. ");
    if (page->moment.kind == MOMENT_END)
        text_add(html, "All figures were measured after the last step, on the whole split. ");
    else
        text_add(html, "Figures on the way were measured where the config evaluates, on at most as "
                       "many examples as it says there. ");
    if (names_find(&page->view.metrics, "seconds") < page->view.metrics.count)
        text_add(html, "Training time is in seconds, those of training alone. ");
    if (names_find(&page->view.metrics, "cpu_seconds") < page->view.metrics.count)
        text_add(html, "Processor time is that of training, in seconds, of all threads. ");
    text_add(html, "</p>\n");
}

/* The names of metrics over and in TABLE's columns as they are everywhere on the page. */
static void name_metrics(const struct page *page, struct table *table)
{
    const struct names *metrics = &page->view.metrics;
    for (size_t i = 0; i < table->column_count; i++) {
        char **const names[] = {&table->columns[i].group, &table->columns[i].title};
        for (size_t metric = 0; metric < metrics->count; metric++)
            for (int j = 0; j < 2; j++) {
                const char *name = metrics->items[metric], *old = *names[j];
                if (!old || !text_starts_with(old, name) ||
                    (old[strlen(name)] && old[strlen(name)] != ' '))
                    continue;
                char *plain = page_words(name);
                char *renamed = text_format("%s%s", plain, old + strlen(name));
                memory_free(plain);
                memory_free(*names[j]);
                *names[j] = renamed;
            }
    }
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
        classes[row] =
            has_best(comparison) && comparison_is_best(comparison, group) ? "best" : NULL;
        marks[row] = comparison->ties[group] ? "†" : NULL;
    }
    char *caption = text_format("The variants’ %s, over seeds", page->metric_words);
    const struct page_table style = {.caption = caption,
                                     .links = links,
                                     .classes = classes,
                                     .marks = marks,
                                     .mark_column = mean_column(&page->view)};
    comparison_tables_variants(&page->view, &table);
    name_metrics(page, &table);
    page_table_add(page->html, &table, &style);
    add_legend(page);
    table_release(&table);
    memory_free(caption);
    memory_free(links);
    memory_free(classes);
    memory_free(marks);
}

/* Whether the interval of CONTRAST alone says another thing than its corrected verdict. */
static bool is_undecided_by_correction(const struct contrast *contrast)
{
    return contrast->verdict == VERDICT_UNDECIDED &&
           (contrast->test.low > 0 || contrast->test.high < 0);
}

static void add_effects(const struct page *page)
{
    static const struct {
        const char *name, *meaning;
    } effects[] = {
        {"d_z", "the mean of the paired differences by their standard deviation (Cohen)"},
        {"g", "the difference of the means by the pooled standard deviation, corrected for few "
              "runs (Hedges)"},
        {"odds ratio", "how often the first alone is right by how often the second is"},
    };
    const struct comparison *comparison = page->comparison;
    for (size_t i = 0; i < sizeof effects / sizeof effects[0]; i++) {
        bool is_there = false;
        for (size_t j = 0; j < comparison->contrast_count; j++) {
            const struct test_result *test = &comparison->contrasts[j].test;
            is_there =
                is_there || (isfinite(test->effect) &&
                             text_equal(comparison_effect_name(test->kind), effects[i].name));
        }
        if (is_there)
            text_add_format(page->html, "Effect %s: %s. ", effects[i].name, effects[i].meaning);
    }
}

static void add_contrast_legend(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    struct text *html = page->html;
    bool by_correction = false;
    for (size_t i = 0; i < comparison->contrast_count; i++)
        by_correction = by_correction || is_undecided_by_correction(&comparison->contrasts[i]);
    text_add(html, "<p class=\"legend\">");
    text_add(html, comparison->family > 1 ? "Tests are two-sided. " : "The test is two-sided. ");
    if (comparison->family > 1)
        text_add_format(html,
                        "p (Holm) is p after Holm’s correction over the %zu comparisons that have "
                        "one; a verdict needs one below 0.05. ",
                        comparison->family);
    else
        text_add(html, "A verdict needs a p below 0.05. ");
    if (by_correction)
        text_add(html, "An interval is for its comparison alone, while the verdict is after Holm’s "
                       "correction: so a difference may be undecided though its interval does not "
                       "reach zero. ");
    add_effects(page);
    text_add(html, "</p>\n");
}

/* "Differences in test accuracy at step 500 against lstm". Caller frees. */
static char *contrast_caption(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    if (page->view.options.pairs)
        return text_format("Differences in %s, all pairs", page->metric_words);
    return text_format("Differences in %s against %s", page->metric_words,
                       page_name(page, comparison->baseline));
}

static void add_contrasts(const struct page *page)
{
    struct table table;
    char *caption = contrast_caption(page);
    size_t count;
    size_t *places = comparison_view_contrasts(&page->view, 0, &count);
    const char **links = memory_array(count + 1, sizeof *links);
    for (size_t i = 0; i < count; i++)
        links[i] = page->variants[page->comparison->contrasts[places[i]].a].anchor;
    comparison_tables_contrasts(&page->view, 0, &table);
    text_add(page->html, "<div id=\"differences\">\n");
    page_table_add(page->html, &table, &(struct page_table){.caption = caption, .links = links});
    text_add(page->html, "</div>\n");
    if (page->comparison->family > 0)
        add_contrast_legend(page);
    table_release(&table);
    memory_free(caption);
    memory_free(places);
    memory_free(links);
}

void page_add_figures(const struct page *page)
{
    text_add(page->html, "<section id=\"figures\">\n<h2>Figures</h2>\n");
    if (page->view.groups) {
        add_variants(page);
        page_add_choices(page);
        if (page->comparison->contrast_count > 0)
            add_contrasts(page);
        page_add_reported(page);
    } else {
        text_add(page->html, "<p>There are none yet: no run is done.</p>\n");
    }
    text_add(page->html, "</section>\n");
}
