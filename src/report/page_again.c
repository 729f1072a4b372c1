/* How the figures are had again, by who has the store and by who has this page alone. */
#include "base/memory.h"
#include "base/shell.h"
#include "report/html.h"
#include "report/page_parts.h"

#include <string.h>

/* The id of a run that is done, or NULL. */
static const char *some_done_run(const struct page *page)
{
    for (size_t i = 0; i < page->groups.count; i++)
        for (size_t j = 0; j < page->groups.items[i].run_count; j++)
            if (page->groups.items[i].runs[j].run.state == RUN_DONE)
                return page->groups.items[i].runs[j].run.id;
    return NULL;
}

/* Adds LINE as a line of a script, and what it does behind it. */
static void add_line(const struct page *page, struct text *line, const char *purpose)
{
    html_add(page->html, text_get(line));
    text_add_format(page->html, "  # %s\n", purpose);
    text_clear(line);
}

static void add_batch(const struct page *page, struct text *line)
{
    text_add(line, "unroll batch");
    text_add(line, page->request->places);
    text_add(line, " EXPERIMENT.yaml");
    for (const char *at = page->experiment.overrides; *at;) {
        size_t length = strcspn(at, "\n");
        char *word = text_format("%.*s", (int)length, at);
        text_add_char(line, ' ');
        shell_add_word(line, word);
        memory_free(word);
        at += length + (at[length] != '\0');
    }
    add_line(page, line, "trains what is missing");
}

static void add_with_store(const struct page *page, const char *done)
{
    struct text line = {0};
    text_add(page->html,
             "<h3>With the store</h3>\n<p>The experiment’s file is above; the base config that it "
             "names is not on this page, and belongs beside it.</p>\n<pre><code>");
    add_batch(page, &line);
    text_add(&line, page->request->command);
    add_line(page, &line, "makes this page again");
    if (done) {
        text_add_format(&line, "unroll verify%s%s", page->request->places,
                        *done == '-' ? " -- " : " ");
        shell_add_word(&line, done);
        add_line(page, &line, "trains one run again and compares bit for bit");
    }
    text_add(page->html, "</code></pre>\n");
    text_release(&line);
}

/* The config of a variant is all that it takes. */
static void add_without_store(const struct page *page)
{
    const struct page_variant *variant = NULL;
    for (size_t i = 0; i < page->groups.count && !variant; i++)
        if (page->variants[i].config)
            variant = &page->variants[i];
    if (!variant)
        return;
    text_add_format(page->html,
                    "<h3>With this page alone</h3>\n<p>Save the whole config of a variant from <a "
                    "href=\"#variants\">Variants and runs</a> as a file. It names every setting, "
                    "and needs no other config.</p>\n<pre><code>unroll run CONFIG.yaml seed=%lld  "
                    "# one run; the seeds are in the variant’s table\n</code></pre>\n",
                    (long long)variant->seed);
}

void page_add_again(const struct page *page)
{
    text_add(page->html, "<section id=\"again\">\n<h2>Doing it again</h2>\n<p>The same program on "
                         "the same machine gives the same bits.</p>\n");
    add_with_store(page, some_done_run(page));
    add_without_store(page);
    text_add(page->html, "</section>\n");
}
