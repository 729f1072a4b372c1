/* What is asked, and what is missing for an answer. */
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

/* Why a run of GROUP ended before it was done: the first tells for all. */
static void add_message(const struct page *page, const struct group *group)
{
    for (size_t i = 0; i < group->run_count; i++) {
        const struct run *run = &group->runs[i].run;
        if (run->state == RUN_DONE || !*run->message)
            continue;
        text_add_format(page->html, ". Seed %lld: ", (long long)run->seed);
        html_add(page->html, run->message);
        return;
    }
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
    add_message(page, group);
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
    text_add_format(page->html, " %s done%s.", trials == 1 ? "is" : "are",
                    done ? ", so these figures are not the last word"
                         : ": there are no figures yet");
    if (running > 0)
        text_add_format(page->html, " %zu %s being trained when this page was made.", running,
                        running == 1 ? "was" : "were");
    text_add(page->html, "</p>\n<ul>\n");
    for (size_t i = 0; i < page->groups.count; i++)
        if (page->groups.items[i].states[RUN_DONE] < page_trials(&page->groups.items[i]))
            add_missing_group(page, i);
    text_add(page->html, "</ul>\n</section>\n");
}
