/* A section for each variant: what it changes, its config, its runs. */
#include "base/clock.h"
#include "base/memory.h"
#include "report/html.h"
#include "report/page_parts.h"

#include <math.h>
#include <string.h>

/* Settings are the same in all runs of a group but for what its seeds change, so the first tells.
 */
static const char *setting(const struct group *group, const char *key)
{
    return group->run_count ? settings_get(&group->runs[0].settings, key) : NULL;
}

/* One table of the settings in which the variants differ. */
static void add_settings(const struct page *page)
{
    if (page->key_count == 0)
        return;
    struct table table = {0};
    const char **links = memory_array(page->groups.count, sizeof *links);
    table_add_column(&table, NULL, "variant", "variant");
    for (size_t i = 0; i < page->key_count; i++)
        table_add_column(&table, NULL, page->keys[i], page->keys[i]);
    for (size_t row = 0; row < page->groups.count; row++) {
        links[row] = page->variants[row].anchor;
        table_add_row(&table);
        table_set_text(&table, 0, page_name(page, row));
        for (size_t i = 0; i < page->key_count; i++) {
            const char *value = setting(&page->groups.items[row], page->keys[i]);
            if (value)
                table_set_text(&table, i + 1, value);
        }
    }
    const struct page_table style = {.caption = "What differs between the variants",
                                     .links = links};
    page_table_add(page->html, &table, &style);
    table_release(&table);
    memory_free(links);
}

/* Adds OVERRIDES, a line each: "a=1, b=2". */
static void add_list(struct text *html, const char *overrides)
{
    struct text line = {0};
    for (const char *at = overrides; *at;) {
        size_t length = strcspn(at, "\n");
        text_clear(&line);
        text_add_bytes(&line, at, length);
        text_add(html, at == overrides ? "<code>" : ", <code>");
        html_add(html, text_get(&line));
        text_add(html, "</code>");
        at += length + (at[length] != '\0');
    }
    text_release(&line);
}

/* What the experiment's file changes for the variant, and the command line for all. */
static void add_overrides(const struct page *page, const struct page_variant *variant)
{
    struct text *html = page->html;
    const char *common = page->experiment.overrides;
    if (!variant->overrides)
        return;
    if (*variant->overrides) {
        text_add(html, "<p>It changes the base config by ");
        add_list(html, variant->overrides);
    } else {
        text_add(html, *common
                           ? "<p>The experiment’s file changes nothing in the base config for it"
                           : "<p>It is the base config, unchanged");
    }
    if (*common) {
        text_add(html, "; the command line changed, for all variants, ");
        add_list(html, common);
    }
    text_add(html, ".</p>\n");
}

/* The settings in which it differs from the baseline. */
static void add_differences(const struct page *page, size_t index)
{
    size_t baseline = page->comparison->baseline;
    if (baseline >= page->groups.count || baseline == index)
        return;
    const struct group *here = &page->groups.items[index], *there = &page->groups.items[baseline];
    if (here->run_count == 0 || there->run_count == 0)
        return;
    struct table table = {0};
    table_add_column(&table, NULL, "setting", "setting");
    table_add_column(&table, NULL, "here", "here");
    table_add_column(&table, NULL, there->name, "baseline");
    for (size_t i = 0; i < page->key_count; i++) {
        const char *a = setting(here, page->keys[i]), *b = setting(there, page->keys[i]);
        if (a == b || (a && b && text_equal(a, b)))
            continue;
        table_add_row(&table);
        table_set_text(&table, 0, page->keys[i]);
        if (a)
            table_set_text(&table, 1, a);
        if (b)
            table_set_text(&table, 2, b);
    }
    char *caption = text_format("In what %s differs from the baseline %s", here->name, there->name);
    const struct page_table style = {.caption = caption, .is_plain = true};
    page_table_add(page->html, &table, &style);
    table_release(&table);
    memory_free(caption);
}

static void add_config(const struct page *page, const struct page_variant *variant)
{
    if (!variant->config)
        return;
    text_add_format(page->html,
                    "<details><summary>The whole config, with every default, as seed %lld was "
                    "trained</summary>\n<pre><code>",
                    (long long)variant->seed);
    html_add_lines(page->html, variant->config);
    text_add(page->html, "</code></pre></details>\n");
}

/* The names of all finals that any run of GROUP has. */
static void collect_finals(const struct group *group, struct names *names)
{
    for (size_t i = 0; i < group->run_count; i++)
        for (size_t j = 0; j < group->runs[i].finals.count; j++)
            names_add(names, group->runs[i].finals.items[j].name);
}

enum { RUN_SEED, RUN_STATE, RUN_STEPS, RUN_TIME, RUN_FINALS };

static void add_run_columns(struct table *table, const struct names *finals)
{
    table_add_column(table, NULL, "seed", "seed");
    table_add_column(table, NULL, "state", "state");
    table_add_column(table, NULL, "steps", "steps");
    table_add_column(table, NULL, "time, s", "seconds");
    for (size_t i = 0; i < finals->count; i++) {
        char *words = page_words(finals->items[i]);
        table_add_column(table, "final", words, finals->items[i]);
        memory_free(words);
    }
    table_add_column(table, NULL, "run", "run");
    table_add_column(table, NULL, "message", "message");
    table_add_column(table, NULL, "tags", "tags");
    table_add_column(table, NULL, "note", "note");
}

static void add_run(struct table *table, const struct group_run *entry,
                    const struct page_remarks *remarks, const struct names *finals, int seconds)
{
    const struct run *run = &entry->run;
    table_add_row(table);
    table_set_whole(table, RUN_SEED, run->seed);
    table_set_text(table, RUN_STATE, run_state_name(run->state));
    if (run->progress.step < run->steps) {
        char *steps =
            text_format("%lld of %lld", (long long)run->progress.step, (long long)run->steps);
        table_set_text(table, RUN_STEPS, steps);
        memory_free(steps);
    } else {
        table_set_whole(table, RUN_STEPS, run->progress.step);
    }
    table_set_number(table, RUN_TIME, run->progress.train_seconds, seconds);
    for (size_t i = 0; i < finals->count; i++) {
        const double *value = finals_find(&entry->finals, finals->items[i]);
        if (value)
            table_set_number(table, RUN_FINALS + i, *value, page_precision(finals->items[i], 0));
    }
    table_set_text(table, RUN_FINALS + finals->count, run->id);
    if (*run->message)
        table_set_text(table, RUN_FINALS + finals->count + 1, run->message);
    if (*remarks->tags)
        table_set_text(table, RUN_FINALS + finals->count + 2, remarks->tags);
    if (*remarks->note)
        table_set_text(table, RUN_FINALS + finals->count + 3, remarks->note);
}

static void add_runs(const struct page *page, size_t index)
{
    const struct group *group = &page->groups.items[index];
    if (group->run_count == 0) {
        text_add(page->html, "<p>None of its runs was begun.</p>\n");
        return;
    }
    struct names finals = {0};
    struct table table = {0};
    char **ids = memory_array(group->run_count, sizeof *ids);
    char **links = memory_array(group->run_count, sizeof *links);
    const char **classes = memory_array(group->run_count, sizeof *classes);
    double longest = 0;
    for (size_t i = 0; i < group->run_count; i++)
        longest = fmax(longest, group->runs[i].run.progress.train_seconds);
    collect_finals(group, &finals);
    add_run_columns(&table, &finals);
    for (size_t i = 0; i < group->run_count; i++) {
        const struct run *run = &group->runs[i].run;
        add_run(&table, &group->runs[i], &page->variants[index].remarks[i], &finals,
                page_precision("seconds", longest));
        ids[i] = page_run_anchor("run", index, i);
        links[i] = page_run_anchor("origin", index, i);
        classes[i] = run->state == RUN_DONE ? NULL : run_state_name(run->state);
    }
    char *caption = text_format("Runs of %s", group->name);
    const struct page_table style = {.caption = caption,
                                     .ids = (const char *const *)ids,
                                     .links = (const char *const *)links,
                                     .link_column = RUN_FINALS + finals.count,
                                     .classes = classes};
    page_table_add(page->html, &table, &style);
    for (size_t i = 0; i < group->run_count; i++) {
        memory_free(ids[i]);
        memory_free(links[i]);
    }
    memory_free(ids);
    memory_free(links);
    memory_free(classes);
    memory_free(caption);
    table_release(&table);
    names_release(&finals);
}

void page_add_variants(const struct page *page)
{
    text_add(page->html, "<section id=\"variants\">\n<h2>Variants and runs</h2>\n");
    add_settings(page);
    for (size_t i = 0; i < page->groups.count; i++) {
        const struct group *group = &page->groups.items[i];
        text_add_format(page->html, "<section class=\"variant\" id=\"%s\">\n",
                        page->variants[i].anchor);
        html_add_element(page->html, "h3", group->name);
        add_overrides(page, &page->variants[i]);
        add_differences(page, i);
        add_runs(page, i);
        add_config(page, &page->variants[i]);
        text_add(page->html, "<p class=\"back\"><a href=\"#figures\">Figures</a> · <a "
                             "href=\"#variants\">What differs</a></p>\n");
        text_add(page->html, "</section>\n");
    }
    text_add(page->html, "</section>\n");
}
