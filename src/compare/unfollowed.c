#include "compare/unfollowed.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"

#include <string.h>

struct unfollowed_choice {
    char *name;
    struct choosing choosing;
};

void unfollowed_release(struct unfollowed *unfollowed)
{
    for (size_t i = 0; i < unfollowed->count; i++) {
        memory_free(unfollowed->items[i].name);
        choosing_clear(&unfollowed->items[i].choosing);
    }
    memory_free(unfollowed->items);
    *unfollowed = (struct unfollowed){0};
}

void unfollowed_add(struct unfollowed *unfollowed, const char *name,
                    const struct choosing *choosing)
{
    if (!choosing->on)
        return;
    for (size_t i = 0; i < unfollowed->count; i++)
        if (text_equal(unfollowed->items[i].name, name))
            return;
    size_t count = unfollowed->count++;
    unfollowed->items = memory_grow(unfollowed->items, count + 1, sizeof *unfollowed->items);
    struct unfollowed_choice *added = &unfollowed->items[count];
    *added = (struct unfollowed_choice){.name = memory_copy_text(name)};
    for (size_t i = 0; i < choosing->over_count; i++)
        choosing_add_key(&added->choosing, choosing->over[i]);
}

/* Whether two groups of the experiment are one variant with two values. */
static bool are_beside_each_other(const struct unfollowed_choice *choice,
                                  const struct groups *groups)
{
    struct names variants = {0};
    size_t length = strlen(choice->name), count = 0;
    for (size_t i = 0; i < groups->count; i++) {
        const char *name = groups->items[i].name;
        if (!text_starts_with(name, choice->name) || name[length] != '/')
            continue;
        char *variant = choosing_strip_name(name + length + 1, &choice->choosing, NULL);
        names_add(&variants, variant);
        memory_free(variant);
        count++;
    }
    bool are = variants.count < count;
    names_release(&variants);
    return are;
}

static bool varies(const struct group *group, const char *key)
{
    for (size_t i = 1; i < group->run_count; i++) {
        const char *first = settings_get(&group->runs[0].settings, key);
        const char *value = settings_get(&group->runs[i].settings, key);
        if (first && value && !text_equal(first, value))
            return true;
    }
    return false;
}

/* Whether a group holds runs with several values of a key. */
static bool are_in_a_group(const struct unfollowed_choice *choice, const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t k = 0; k < choice->choosing.over_count; k++)
            if (varies(&groups->items[i], choice->choosing.over[k]))
                return true;
    return false;
}

void unfollowed_note(const struct unfollowed *unfollowed, const struct groups *groups,
                     bool are_by_keys)
{
    for (size_t i = 0; i < unfollowed->count; i++) {
        const struct unfollowed_choice *choice = &unfollowed->items[i];
        if (are_by_keys ? !are_in_a_group(choice, groups) : !are_beside_each_other(choice, groups))
            continue;
        struct text text = {0};
        printable_add(&text, choice->name);
        text_add_format(&text, ": its compare.select does not count %s: several values of",
                        are_by_keys ? "with --group-by" : "beside others");
        for (size_t k = 0; k < choice->choosing.over_count; k++) {
            text_add(&text, k ? ", " : " ");
            printable_add(&text, choice->choosing.over[k]);
        }
        text_add(&text,
                 are_by_keys ? " are in a group" : " are compared (--select-over chooses for all)");
        log_note("%s", text_get(&text));
        text_release(&text);
    }
}
