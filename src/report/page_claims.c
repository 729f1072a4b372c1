/* What was claimed before the runs, what was chosen on validation, and what others reported. */
#include "compare/choosing.h"
#include "report/comparison_notes.h"
#include "report/html.h"
#include "report/page_parts.h"
#include "report/reported_print.h"

#include "base/memory.h"

#include <string.h>

/* A claim that holds looks as what is better, and so on. */
static const char *const classes[] = {[CLAIM_HOLDS] = "better",
                                      [CLAIM_FAILS] = "worse",
                                      [CLAIM_UNDECIDED] = "undecided",
                                      [CLAIM_LEFT_OUT] = "undecided"};

static void add_claim(const struct page *page, const struct claim_answer *answer)
{
    text_add_format(page->html, "<li class=\"%s\"><strong>", classes[answer->verdict]);
    html_add(page->html, answer->claim->text);
    text_add(page->html, "</strong> This ");
    text_add(page->html, comparison_notes_verb(answer->verdict));
    html_add(page->html, answer->verdict_words);
    text_add(page->html, ": ");
    html_add(page->html, answer->sentence);
    text_add(page->html, "</li>\n");
}

void page_add_claims(const struct page *page)
{
    const struct questions *questions = &page->groups.questions;
    if (questions->claim_count == 0)
        return;
    text_add(page->html, "<section id=\"claims\">\n<h2>Claims</h2>\n<p>What the "
                         "experiment’s file claims, and what the runs say.</p>\n"
                         "<ul class=\"verdicts\">\n");
    for (size_t i = 0; i < page->view.claims.count; i++)
        add_claim(page, &page->view.claims.items[i]);
    for (size_t i = 0; page->view.claims.count == 0 && i < questions->claim_count; i++) {
        text_add(page->html, "<li class=\"undecided\"><strong>");
        html_add(page->html, questions->claims[i].text);
        text_add(page->html, "</strong> No run is done yet.</li>\n");
    }
    text_add(page->html, "</ul>\n</section>\n");
}

void page_add_choices(const struct page *page)
{
    struct text line = {0};
    if (!page->groups.questions.choosing.on)
        return;
    text_add(page->html, "<div id=\"chosen\">\n<p>Of each variant one value was chosen on the "
                         "validation split; the test set had no part in it.</p>\n<ul>\n");
    for (size_t i = 0; i < page->groups.count; i++) {
        text_clear(&line);
        if (!choosing_add_note(&line, &page->groups, i))
            continue;
        text_add(page->html, "<li>");
        html_add(page->html, text_get(&line));
        text_add(page->html, "</li>\n");
    }
    text_add(page->html, "</ul>\n</div>\n");
    text_release(&line);
}

void page_add_reported(const struct page *page)
{
    enum { DIGITS = 4 };
    struct table table;
    struct text lines = {0};
    if (page->reported.count == 0)
        return;
    reported_table(&page->reported, DIGITS, true, &table);
    reported_add_notes(&page->reported, &page->groups, &lines);
    text_add(page->html, "<div id=\"reported\">\n");
    page_table_add(page->html, &table,
                   &(struct page_table){.caption = "Reported figures beside ours"});
    text_add(page->html, "<p class=\"legend\">");
    for (const char *at = text_get(&lines); *at;) {
        size_t length = strcspn(at, "\n");
        char *line = text_format("%.*s", (int)length, at);
        html_add(page->html, line);
        text_add_char(page->html, ' ');
        memory_free(line);
        at += length + (at[length] == '\n');
    }
    text_add(page->html, "</p>\n</div>\n");
    text_release(&lines);
    table_release(&table);
}
