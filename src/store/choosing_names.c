/* What a choice needs to know of names. */
#include "store/metric_rules.h"
#include "store/questions.h"

#include "base/memory.h"
#include "base/text.h"

#include <string.h>

/* Whether the first LENGTH bytes of LABEL are KEY or its end behind a dot. */
static bool is_label_of(const char *label, size_t length, const char *key)
{
    size_t whole = strlen(key);
    return length > 0 && length <= whole && strncmp(key + whole - length, label, length) == 0 &&
           (length == whole || key[whole - length - 1] == '.');
}

/* Which of the keys the word "rate=0.003" is about, or their number. */
static size_t find_key(const char *word, size_t length, const struct choosing *choosing)
{
    const char *equals = memchr(word, '=', length);
    size_t place = 0;
    while (equals && place < choosing->over_count &&
           !is_label_of(word, (size_t)(equals - word), choosing->over[place]))
        place++;
    return equals ? place : choosing->over_count;
}

char *choosing_strip_name(const char *name, const struct choosing *choosing, char **values)
{
    struct text left = {0};
    for (size_t i = 0; values && i < choosing->over_count; i++)
        values[i] = NULL;
    for (const char *at = name;;) {
        size_t length = strcspn(at, " ");
        size_t key = at == name ? choosing->over_count : find_key(at, length, choosing);
        if (key == choosing->over_count) {
            text_add(&left, at == name ? "" : " ");
            text_add_bytes(&left, at, length);
        } else if (values && !values[key]) {
            size_t label = strcspn(at, "=") + 1;
            values[key] = text_format("%.*s", (int)(length - label), at + label);
        }
        if (!at[length])
            break;
        at += length + 1;
    }
    return text_take(&left);
}

const char *choosing_fault(const char *metric)
{
    const struct metric_difference *difference = metric_difference_find(metric);
    const char *first = difference ? difference->minuend : metric;
    const char *second = difference ? difference->subtrahend : metric;
    if (text_starts_with(first, "test.") || text_starts_with(second, "test."))
        return "looks at the test set: a figure that chose its own run says nothing any more";
    if (!text_starts_with(first, "validation.") && !text_starts_with(second, "validation."))
        return "is not of the validation split, by which alone can be chosen";
    return NULL;
}
