#include "store/memberships.h"

#include "base/memory.h"
#include "store/database.h"

void membership_list_release(struct membership_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        memory_free(list->items[i].experiment);
        memory_free(list->items[i].variant);
    }
    memory_free(list->items);
    *list = (struct membership_list){0};
}

int store_memberships_load(struct store *store, const char *key, struct membership_list *list,
                           struct error *error)
{
    struct statement statement;
    *list = (struct membership_list){0};
    int result = statement_prepare(&statement, store_database(store),
                                   "SELECT experiments.name, variant FROM trials "
                                   "JOIN experiments ON experiment = experiments.number "
                                   "WHERE key = ?1 ORDER BY experiment, variant_order",
                                   error);
    if (result == 0)
        bind_text(&statement, 1, key);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        list->items = memory_grow(list->items, list->count + 1, sizeof *list->items);
        list->items[list->count++] =
            (struct membership){column_text(&statement, 0), column_text(&statement, 1)};
    }
    statement_release(&statement);
    if (result != 0)
        membership_list_release(list);
    return result;
}

const char *membership_variant(const struct membership_list *list, const char *experiment)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].experiment, experiment))
            return list->items[i].variant;
    return NULL;
}

void membership_add_name(struct text *text, const struct membership *item)
{
    text_add_format(text, "%s/%s", item->experiment, item->variant);
}
