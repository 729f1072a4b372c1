/* What is asked, what the figures answer, and what is missing for a better answer. */
#include "base/memory.h"
#include "base/printable.h"
#include "report/html.h"
#include "report/page_parts.h"

enum { LONGEST_NAME = 40 }; /* columns of a name in the title */

/* Adds the names of all groups but LEFT_OUT: "rnn, gru or bilstm". */
static void add_names(const struct page *page, struct text *text, size_t left_out, const char *last)
{
    size_t count = page->groups.count - (left_out < page->groups.count), done = 0;
    for (size_t i = 0; i < page->groups.count; i++) {
        if (i == left_out)
            continue;
        if (done > 0)
            text_add(text, done + 1 == count ? last : ", ");
        printable_add_cut(text, page_name(page, i), LONGEST_NAME);
        done++;
    }
}

/* The question about one baseline. */
static void add_baseline_question(const struct page *page, struct text *text, size_t others)
{
    enum { FEW = 4 };
    size_t baseline = page->comparison->baseline;
    bool is_judged = page->comparison->direction != NEITHER_IS_BETTER;
    text_add(text, is_judged ? "Is " : "Does ");
    if (others <= FEW)
        add_names(page, text, baseline, " or ");
    else
        text_add_format(text, "any of %zu variants", others);
    text_add(text, is_judged ? " better than " : " differ from ");
    printable_add_cut(text, page_name(page, baseline), LONGEST_NAME);
}

void page_add_question(const struct page *page, struct text *text)
{
    enum { FEW = 4 };
    size_t count = page->groups.count;
    if (count == 1) {
        text_add(text, "What does ");
        printable_add_cut(text, page_name(page, 0), LONGEST_NAME);
        text_add_format(text, " reach in %s?", page->metric_words);
        return;
    }
    if (page->comparison->baseline < count) {
        add_baseline_question(page, text, count - 1);
    } else if (page->comparison->direction == NEITHER_IS_BETTER) {
        text_add(text, "How do the variants differ");
    } else {
        text_add(text, "Which of ");
        if (count <= FEW)
            add_names(page, text, count, " and ");
        else
            text_add_format(text, "%zu variants", count);
        text_add(text, " is best");
    }
    text_add_format(text, " in %s?", page->metric_words);
}

/* How a verdict is called beside the others, in the order of enum verdict. */
static const char *const words[] = {
    [VERDICT_BETTER] = "better",       [VERDICT_WORSE] = "worse",
    [VERDICT_DIFFERENT] = "different", [VERDICT_UNDECIDED] = "undecided",
    [VERDICT_UNTESTED] = "untested",
};
enum { VERDICTS = sizeof words / sizeof words[0] };

static void count_verdicts(const struct page *page, size_t counts[VERDICTS])
{
    for (int i = 0; i < VERDICTS; i++)
        counts[i] = 0;
    for (size_t i = 0; i < page->comparison->contrast_count; i++)
        counts[page->comparison->contrasts[i].verdict]++;
}

/* "Of 9 comparisons with lstm 2 are better, 1 is worse, 6 are undecided." */
static void add_summary(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    size_t counts[VERDICTS], told = 0;
    count_verdicts(page, counts);
    text_add_format(page->html, "<p>Of %zu comparisons", comparison->contrast_count);
    if (comparison->baseline < comparison->count) {
        text_add(page->html, " with ");
        html_add(page->html, page_name(page, comparison->baseline));
    }
    for (int i = 0; i < VERDICTS; i++)
        if (counts[i] > 0)
            text_add_format(page->html, "%s %zu %s %s", told++ ? "," : "", counts[i],
                            counts[i] == 1 ? "is" : "are", words[i]);
    text_add(page->html, ".</p>\n");
}

static void add_sentences(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    struct text sentence = {0};
    text_add(page->html, "<ul class=\"verdicts\">\n");
    for (size_t i = 0; i < comparison->contrast_count; i++) {
        const struct contrast *contrast = &comparison->contrasts[i];
        text_clear(&sentence);
        comparison_add_sentence(&sentence, comparison, &page->groups, contrast);
        text_add_format(page->html, "<li class=\"%s\">", words[contrast->verdict]);
        html_add(page->html, text_get(&sentence));
        text_add(page->html, "</li>\n");
    }
    text_add(page->html, "</ul>\n");
    text_release(&sentence);
}

/* "6 are undecided: gru, rnn, ...", with links. */
static void add_named(const struct page *page, enum verdict verdict, size_t count)
{
    const struct comparison *comparison = page->comparison;
    bool is_first = true;
    text_add_format(page->html, "<li class=\"%s\"><strong>%zu %s %s</strong>: ", words[verdict],
                    count, count == 1 ? "is" : "are", words[verdict]);
    for (size_t i = 0; i < comparison->contrast_count; i++) {
        if (comparison->contrasts[i].verdict != verdict)
            continue;
        size_t group = comparison->contrasts[i].a;
        text_add_format(page->html, "%s<a href=\"#%s\">", is_first ? "" : ", ",
                        page->variants[group].anchor);
        html_add(page->html, page_name(page, group));
        text_add(page->html, "</a>");
        is_first = false;
    }
    text_add(page->html, "</li>\n");
}

/* Many comparisons with a baseline: who is better, and who is not; the sentences behind that. */
static void add_many(const struct page *page)
{
    size_t counts[VERDICTS];
    count_verdicts(page, counts);
    text_add(page->html, "<p>Compared with ");
    html_add(page->html, page_name(page, page->comparison->baseline));
    text_add(page->html, ", of ");
    page_add_count(page->html, page->comparison->contrast_count, "variant");
    text_add(page->html, ":</p>\n<ul class=\"verdicts\">\n");
    for (int i = 0; i < VERDICTS; i++)
        if (counts[i] > 0)
            add_named(page, (enum verdict)i, counts[i]);
    text_add(page->html, "</ul>\n<details><summary>Each in a sentence</summary>\n");
    add_sentences(page);
    text_add(page->html, "</details>\n");
}

void page_add_verdicts(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    text_add(page->html, "<section id=\"verdicts\">\n<h2>Verdict</h2>\n");
    if (comparison->contrast_count == 0)
        text_add(page->html, page->groups.count == 1
                                 ? "<p>There is one variant, so there is nothing to compare.</p>\n"
                                 : "<p>No verdict is drawn without a baseline between so many "
                                   "variants: name one by <code>--baseline</code>, or in the "
                                   "experiment as <code>compare: {baseline: …}</code>.</p>\n");
    if (comparison->contrast_count > COMPARISON_FEW && comparison->baseline < comparison->count) {
        add_many(page);
    } else if (comparison->contrast_count > 0) {
        if (comparison->contrast_count > COMPARISON_FEW)
            add_summary(page);
        add_sentences(page);
    }
    text_add(page->html, "</section>\n");
}

/* "rnn: 3 of 5 runs are done, 1 failed, 1 not begun". */
static void add_missing_group(const struct page *page, size_t index)
{
    const struct group *group = &page->groups.items[index];
    text_add_format(page->html, "<li><a href=\"#%s\">", page->variants[index].anchor);
    html_add(page->html, group->name);
    text_add_format(page->html, "</a>: %zu of ", group->states[RUN_DONE]);
    page_add_count(page->html, page_trials(group), "run");
    text_add(page->html, page_trials(group) == 1 ? " is done" : " are done");
    for (int state = 0; state < RUN_STATES; state++)
        if (state != RUN_DONE && group->states[state])
            text_add_format(page->html, ", %zu %s", group->states[state],
                            state == RUN_QUEUED ? "not begun"
                                                : run_state_name((enum run_state)state));
    text_add(page->html, "</li>\n");
}

void page_add_missing(const struct page *page)
{
    size_t trials = 0, done = 0, running = 0;
    for (size_t i = 0; i < page->groups.count; i++) {
        trials += page_trials(&page->groups.items[i]);
        done += page->groups.items[i].states[RUN_DONE];
        running += page->groups.items[i].states[RUN_RUNNING];
    }
    if (done == trials)
        return;
    text_add(page->html, "<section id=\"missing\" class=\"note\">\n<h3>What is missing</h3>\n");
    text_add_format(page->html, "<p>%zu of ", done);
    page_add_count(page->html, trials, "run");
    text_add_format(page->html, " %s done, so these figures are not the last word.",
                    trials == 1 ? "is" : "are");
    if (running > 0)
        text_add_format(page->html, " %zu %s being trained when this page was made.", running,
                        running == 1 ? "was" : "were");
    text_add(page->html, "</p>\n<ul>\n");
    for (size_t i = 0; i < page->groups.count; i++)
        if (page->groups.items[i].states[RUN_DONE] < page_trials(&page->groups.items[i]))
            add_missing_group(page, i);
    text_add(page->html, "</ul>\n</section>\n");
}
