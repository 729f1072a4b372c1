/* What the figures answer. Few comparisons have a sentence each; many are listed by their verdict,
 * with what they share said once. */
#include "base/memory.h"
#include "base/printable.h"
#include "compare/comparison_power.h"
#include "report/html.h"
#include "report/page_parts.h"

#include <math.h>
#include <string.h>

/* How a verdict is called beside the others, in the order of enum verdict. */
static const char *const words[] = {
    [VERDICT_BETTER] = "better",       [VERDICT_WORSE] = "worse",
    [VERDICT_DIFFERENT] = "different", [VERDICT_UNDECIDED] = "undecided",
    [VERDICT_UNTESTED] = "untested",
};
enum { VERDICTS = sizeof words / sizeof words[0] };

/* Why a comparison has no test. */
enum reason { NO_RANDOM_FIGURE, NO_FIGURE, NO_SPREAD, TOO_FEW, REASONS };
static const char *const reasons[REASONS] = {
    [NO_RANDOM_FIGURE] = "it is a count, or depends on the machine and on what else that did",
    [NO_FIGURE] = "no run of one of the two has the figure yet",
    [NO_SPREAD] = "the test judges by how much the figures vary, and they do not",
    [TOO_FEW] = "it takes two runs of each",
};

static enum reason reason_of(const struct comparison *comparison, const struct contrast *contrast)
{
    if (!comparison_is_tested(comparison->metric))
        return NO_RANDOM_FIGURE;
    if (comparison->summaries[contrast->a].n == 0 || comparison->summaries[contrast->b].n == 0)
        return NO_FIGURE;
    return contrast->test.obstacle == TEST_NO_SPREAD ? NO_SPREAD : TOO_FEW;
}

static bool has_one_baseline(const struct comparison *comparison)
{
    for (size_t i = 0; i < comparison->contrast_count; i++)
        if (comparison->contrasts[i].b != comparison->baseline)
            return false;
    return true;
}

static void add_link(const struct page *page, size_t group)
{
    text_add_format(page->html, "<a href=\"#%s\">", page->variants[group].anchor);
    html_add(page->html, page_name(page, group));
    text_add(page->html, "</a>");
}

/* Adds a link for the name of GROUP, with which SENTENCE begins, and returns what is behind it;
 * SENTENCE where it begins with another thing. */
static const char *add_subject(const struct page *page, const char *sentence, size_t group)
{
    struct text name = {0};
    printable_add(&name, page_name(page, group));
    if (name.length && text_starts_with(sentence, text_get(&name))) {
        add_link(page, group);
        sentence += name.length;
    }
    text_release(&name);
    return sentence;
}

/* SENTENCE as comparison_add_sentence writes it: with links to both, and the metric's name as it
 * is everywhere on the page. */
static void add_sentence(const struct page *page, const char *sentence,
                         const struct contrast *contrast)
{
    static const char *const joints[] = {" is better than ", " is worse than ",
                                         " is different from ", " against "};
    sentence = add_subject(page, sentence, contrast->a);
    for (size_t i = 0; i < sizeof joints / sizeof joints[0]; i++)
        if (text_starts_with(sentence, joints[i])) {
            text_add(page->html, joints[i]);
            sentence = add_subject(page, sentence + strlen(joints[i]), contrast->b);
            break;
        }
    char *metric = text_format(": %s ", page->comparison->metric);
    const char *found = strstr(sentence, metric);
    if (found) {
        char *plain = page_words(page->comparison->metric);
        char *before = text_format("%.*s: %s ", (int)(found - sentence), sentence, plain);
        html_add(page->html, before);
        sentence = found + strlen(metric);
        memory_free(plain);
        memory_free(before);
    }
    memory_free(metric);
    html_add(page->html, sentence);
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
        add_sentence(page, text_get(&sentence), contrast);
        text_add(page->html, "</li>\n");
    }
    text_add(page->html, "</ul>\n");
    text_release(&sentence);
}

/* "gru (12), rnn against lstm": the comparisons with VERDICT, of REASON where it is untested.
 * Whether some says how many seeds would tell. */
static bool add_members(const struct page *page, enum verdict verdict, enum reason reason)
{
    const struct comparison *comparison = page->comparison;
    bool one_baseline = has_one_baseline(comparison), is_first = true, any_seeds = false;
    for (size_t i = 0; i < comparison->contrast_count; i++) {
        const struct contrast *contrast = &comparison->contrasts[i];
        if (contrast->verdict != verdict ||
            (verdict == VERDICT_UNTESTED && reason_of(comparison, contrast) != reason))
            continue;
        text_add(page->html, is_first ? "" : ", ");
        add_link(page, contrast->a);
        if (!one_baseline) {
            text_add(page->html, verdict == VERDICT_BETTER || verdict == VERDICT_WORSE
                                     ? " than "
                                     : " against ");
            add_link(page, contrast->b);
        }
        if (verdict == VERDICT_UNDECIDED) {
            struct text seeds = {0};
            any_seeds |= comparison_power_add_short(&seeds, contrast);
            html_add(page->html, text_get(&seeds));
            text_release(&seeds);
        }
        is_first = false;
    }
    return any_seeds;
}

/* A line of the list: "3 are better: gru, ...", or the names alone where the lead says that of all.
 */
static bool add_item(const struct page *page, enum verdict verdict, enum reason reason,
                     size_t count)
{
    text_add_format(page->html, "<li class=\"%s\">", words[verdict]);
    if (count < page->comparison->contrast_count)
        text_add_format(page->html, "<strong>%zu %s %s</strong>", count, count == 1 ? "is" : "are",
                        words[verdict]);
    if (verdict == VERDICT_UNTESTED)
        text_add_format(page->html,
                        count < page->comparison->contrast_count ? ", for %s" : "For %s",
                        reasons[reason]);
    if (count < page->comparison->contrast_count || verdict == VERDICT_UNTESTED)
        text_add(page->html, ": ");
    bool any_seeds = add_members(page, verdict, reason);
    text_add(page->html, "</li>\n");
    return any_seeds;
}

/* The tests that the contrasts have: "paired t test or Welch's t test". */
static void add_tests(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    struct names names = {0};
    for (size_t i = 0; i < comparison->contrast_count; i++)
        if (comparison->contrasts[i].verdict != VERDICT_UNTESTED)
            names_add(&names, test_kind_names[comparison->contrasts[i].test.kind]);
    for (size_t i = 0; i < names.count; i++) {
        text_add(page->html, i ? " or " : "");
        html_add(page->html, names.items[i]);
    }
    names_release(&names);
}

/* What holds for all comparisons of a list. */
static void add_shared(const struct page *page, bool any_seeds)
{
    const struct comparison *comparison = page->comparison;
    struct text level = {0};
    if (comparison->family == 0)
        return;
    text_add(page->html, "<p class=\"legend\">By ");
    add_tests(page);
    if (comparison->family > 1)
        text_add_format(page->html, ", after Holm’s correction over %zu comparisons",
                        comparison->family);
    text_add(page->html, "; each difference, its interval and its p are in the <a "
                         "href=\"#differences\">table</a>.");
    comparison_power_add_level(&level, comparison);
    if (any_seeds) {
        text_add(page->html, " In brackets: about how many seeds of each it would take to see a "
                             "difference of the size that was found (");
        html_add(page->html, text_get(&level));
        text_add(page->html, ").");
    }
    text_add(page->html, "</p>\n");
    text_release(&level);
}

/* "All 9 comparisons with lstm are undecided." */
static void add_unanimous(const struct page *page, enum verdict verdict)
{
    const struct comparison *comparison = page->comparison;
    text_add_format(page->html, "<p>All %zu comparisons", comparison->contrast_count);
    if (has_one_baseline(comparison)) {
        text_add(page->html, " with ");
        add_link(page, comparison->baseline);
    }
    text_add_format(page->html, " are %s:</p>\n", words[verdict]);
}

static void add_lead(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    if (has_one_baseline(comparison)) {
        text_add(page->html, "<p>Compared with ");
        add_link(page, comparison->baseline);
        text_add(page->html, ", of ");
        page_add_count(page->html, comparison->contrast_count, "variant");
    } else {
        text_add(page->html, "<p>Of ");
        page_add_count(page->html, comparison->contrast_count, "comparison");
    }
    text_add(page->html, ":</p>\n");
}

static void add_many(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    size_t counts[VERDICTS] = {0}, untested[REASONS] = {0};
    bool any_seeds = false;
    for (size_t i = 0; i < comparison->contrast_count; i++) {
        const struct contrast *contrast = &comparison->contrasts[i];
        counts[contrast->verdict]++;
        untested[reason_of(comparison, contrast)] += contrast->verdict == VERDICT_UNTESTED;
    }
    enum verdict first = comparison->contrasts[0].verdict;
    if (counts[first] == comparison->contrast_count)
        add_unanimous(page, first);
    else
        add_lead(page);
    text_add(page->html, "<ul class=\"verdicts\">\n");
    for (int i = 0; i < VERDICT_UNTESTED; i++)
        if (counts[i] > 0)
            any_seeds |= add_item(page, (enum verdict)i, NO_FIGURE, counts[i]);
    for (int i = 0; i < REASONS; i++)
        if (untested[i] > 0)
            add_item(page, VERDICT_UNTESTED, (enum reason)i, untested[i]);
    text_add(page->html, "</ul>\n");
    add_shared(page, any_seeds);
}

/* Adds the variants that are MARKED behind LEAD, where there are any. Returns their number. */
static size_t add_marked(const struct page *page, const bool *marked, const char *lead)
{
    size_t count = 0;
    for (size_t i = 0; i < page->comparison->count; i++) {
        if (!marked[i])
            continue;
        text_add(page->html, count++ ? ", " : lead);
        add_link(page, i);
    }
    text_add(page->html, count ? ". " : "");
    return count;
}

/* Many variants of which none is the baseline: the best, and those that may be as good. */
static void add_best(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    size_t ties, untested;
    text_add(page->html, "<p>");
    add_link(page, comparison->best);
    text_add(page->html, " has the best mean ");
    html_add(page->html, page->metric_words);
    text_add_format(page->html, ", %.*f. ",
                    page_precision(page->metric, comparison->summaries[comparison->best].mean),
                    comparison->summaries[comparison->best].mean);
    ties = add_marked(page, comparison->ties, "Not significantly worse (†): ");
    untested = add_marked(page, comparison->untested,
                          "Not tested against it, or short of runs that diverged or failed: ");
    if (ties + untested + 1 < comparison->count)
        text_add(page->html, ties + untested ? "The others are significantly worse, or have no "
                                               "figure."
                                             : "All others are significantly worse, or have no "
                                               "figure.");
    text_add(page->html, "</p>\n");
}

static void add_no_contrasts(const struct page *page)
{
    const struct comparison *comparison = page->comparison;
    if (page->groups.count == 1) {
        text_add(page->html, "<p>There is one variant, so there is nothing to compare.</p>\n");
        return;
    }
    if (comparison->best < comparison->count && comparison->direction != NEITHER_IS_BETTER &&
        comparison_is_tested(comparison->metric))
        add_best(page);
    text_add(page->html, "<p>Between so many variants no verdict on each is drawn without a "
                         "baseline: name one by <code>--baseline</code>, or in the experiment as "
                         "<code>compare: {baseline: …}</code>.</p>\n");
}

void page_add_verdicts(const struct page *page)
{
    text_add(page->html, "<section id=\"verdicts\">\n<h2>Verdict</h2>\n");
    if (page->comparison->contrast_count == 0)
        add_no_contrasts(page);
    else if (page->comparison->contrast_count > COMPARISON_FEW)
        add_many(page);
    else
        add_sentences(page);
    text_add(page->html, "</section>\n");
}
