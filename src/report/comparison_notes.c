#include "report/comparison_notes.h"

#include "base/memory.h"
#include "base/printable.h"
#include "compare/choosing.h"

#include <inttypes.h>
#include <string.h>

void comparison_notes_losses(const struct comparison_view *view, struct text *lines)
{
    for (size_t row = 0; row < view->groups->count; row++) {
        size_t before = lines->length;
        comparison_add_losses(lines, &view->comparisons[0], view->groups, view->order[row]);
        if (lines->length > before)
            text_add_char(lines, '\n');
    }
}

/* Groups by seed have the settings as pairs. */
static bool holds_settings(const struct group *group)
{
    for (size_t i = 1; i < group->run_count; i++) {
        const struct group_run *first = &group->runs[0], *other = &group->runs[i];
        if (first->setting && other->setting
                ? !text_equal(first->setting, other->setting)
                : first->run.seed == other->run.seed && !text_equal(first->pair, other->pair))
            return true;
    }
    return false;
}

void comparison_notes_settings(const struct comparison_view *view, struct text *lines)
{
    for (size_t i = 0; i < view->groups->count; i++)
        if (holds_settings(&view->groups->items[i])) {
            text_add(lines,
                     "n counts runs of several settings: the deviation and the interval of a "
                     "mean are over these too.\n");
            return;
        }
}

void comparison_notes_choices(const struct comparison_view *view, struct text *lines)
{
    for (size_t row = 0; row < view->groups->count; row++)
        if (choosing_add_note(lines, view->groups, view->order[row]))
            text_add_char(lines, '\n');
}

const char *comparison_notes_verb(enum claim_verdict verdict)
{
    return verdict == CLAIM_HOLDS || verdict == CLAIM_FAILS ? "" : "is ";
}

static bool ends_a_sentence(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && strchr(".!?", text[length - 1]);
}

void comparison_notes_claim(const struct comparison_view *view, size_t place, struct text *text)
{
    const struct claim_answer *answer = &view->claims.items[place];
    text_add_format(text, "Claim %zu %s%s: ", place + 1, comparison_notes_verb(answer->verdict),
                    answer->verdict_words);
    printable_add(text, answer->claim->text);
    if (!ends_a_sentence(answer->claim->text))
        text_add_char(text, '.');
}

static bool repeats_seeds(const struct group *group)
{
    struct names seeds = {0};
    for (size_t i = 0; i < group->run_count; i++) {
        char *seed = text_format("%" PRId64, group->runs[i].run.seed);
        names_add(&seeds, seed);
        memory_free(seed);
    }
    bool repeats = seeds.count < group->run_count;
    names_release(&seeds);
    return repeats;
}

bool comparison_notes_count_seeds(const struct comparison_view *view)
{
    for (size_t i = 0; i < view->groups->count; i++)
        if (repeats_seeds(&view->groups->items[i]))
            return false;
    return true;
}
