#include "compare/changed_keys.h"

#include "base/memory.h"
#include "base/text.h"
#include "config/config.h"
#include "config/param_path.h"

#include <stdlib.h>
#include <string.h>

/* What was seen of each key. */
struct finder {
    struct names keys;
    const char **first; /* value in the present set of runs; NULL: none has it yet */
    size_t *seen;       /* runs of the present set that have it */
    bool *differs;
    size_t capacity;
    bool all_short; /* all runs have the short form of `model` */
};

static void finder_release(struct finder *finder)
{
    names_release(&finder->keys);
    memory_free(finder->first);
    memory_free(finder->seen);
    memory_free(finder->differs);
}

/* The place of KEY, with nothing seen of it where it is new. */
static size_t place_of(struct finder *finder, const char *key)
{
    size_t before = finder->keys.count, place = names_add(&finder->keys, key);
    if (place < before)
        return place;
    if (place == finder->capacity) {
        finder->capacity = finder->capacity ? 2 * finder->capacity : 128;
        finder->first = memory_grow(finder->first, finder->capacity, sizeof *finder->first);
        finder->seen = memory_grow(finder->seen, finder->capacity, sizeof *finder->seen);
        finder->differs = memory_grow(finder->differs, finder->capacity, sizeof *finder->differs);
    }
    finder->first[place] = NULL;
    finder->seen[place] = 0;
    finder->differs[place] = false;
    return place;
}

static void look_at(struct finder *finder, const struct settings *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        size_t place = place_of(finder, settings->keys.items[i]);
        if (!finder->first[place])
            finder->first[place] = settings->values[i];
        else if (!text_equal(finder->first[place], settings->values[i]))
            finder->differs[place] = true;
        finder->seen[place]++;
    }
}

/* Whether KEY is an entry of a list, such as model.stack.2, which shorter lists do not have. */
static bool is_entry(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot && dot[1] && dot[1 + strspn(dot + 1, "0123456789")] == '\0';
}

/* Ends a set of COUNT runs; what is seen next is another. */
static void end_set(struct finder *finder, size_t count)
{
    for (size_t i = 0; i < finder->keys.count; i++) {
        if (finder->seen[i] > 0 && finder->seen[i] < count && is_entry(finder->keys.items[i]))
            finder->differs[i] = true;
        finder->first[i] = NULL;
        finder->seen[i] = 0;
    }
}

static void look_at_all(struct finder *finder, const struct groups *groups, bool within_groups)
{
    size_t count = 0;
    finder->all_short = true;
    for (size_t i = 0; i < groups->count; i++) {
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            const struct settings *settings = &groups->items[i].runs[j].settings;
            if (settings->count == 0)
                continue;
            look_at(finder, settings);
            finder->all_short &= settings_get(settings, "model.cell") != NULL;
            count++;
        }
        if (within_groups) {
            end_set(finder, count);
            count = 0;
        }
    }
    end_set(finder, count);
}

/* Whether KEY belongs to the short form of `model`. */
static bool is_short(const char *key)
{
    if (!text_starts_with(key, "model."))
        return false;
    const char *part = key + strlen("model.");
    struct text name = {0};
    text_add_bytes(&name, part, strcspn(part, "."));
    bool result = param_find(model_short_table, text_get(&name)) != NULL;
    text_release(&name);
    return result;
}

/* Whether KEY tells what a run computes, and no other key that is shown says the same. */
static bool is_wanted(const struct finder *finder, const char *key)
{
    if (text_equal(key, "seed") || text_equal(key, "name"))
        return false;
    if (finder->all_short ? text_starts_with(key, "model.stack") : is_short(key))
        return false;
    const struct param *param = param_at_path(key);
    return !param || !(param->flags & PARAM_NOT_IN_KEY);
}

static int order_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

char **changed_keys(const struct groups *groups, bool within_groups, size_t *count)
{
    struct finder finder = {0};
    look_at_all(&finder, groups, within_groups);
    char **keys = memory_array(finder.keys.count, sizeof *keys);
    *count = 0;
    for (size_t i = 0; i < finder.keys.count; i++)
        if (finder.differs[i] && is_wanted(&finder, finder.keys.items[i]))
            keys[(*count)++] = memory_copy_text(finder.keys.items[i]);
    if (*count > 1)
        qsort(keys, *count, sizeof *keys, order_texts);
    finder_release(&finder);
    return keys;
}
