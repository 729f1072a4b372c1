#include "compare/same_runs.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"

#include <stdlib.h>

enum { SHOWN = 5 }; /* groups that notes name */

struct place {
    size_t group, runs;
};

/* What a group has in common with the one that has most of its runs. */
struct sharing {
    size_t with, runs;
    bool is_left_out;
};

/* Those with more runs first, then the earlier. */
static int by_runs(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    if (a->runs != b->runs)
        return a->runs < b->runs ? 1 : -1;
    return a->group < b->group ? -1 : a->group > b->group;
}

/* The groups' places, those with more runs first. Caller frees. */
static struct place *sort(const struct groups *groups, size_t *runs)
{
    struct place *places = memory_array(groups->count, sizeof *places);
    *runs = 0;
    for (size_t i = 0; i < groups->count; i++) {
        places[i] = (struct place){i, groups->items[i].run_count};
        *runs += places[i].runs;
    }
    qsort(places, groups->count, sizeof *places, by_runs);
    return places;
}

/* Fills SHARING [groups]: a run belongs to the first group that has it. */
static void find_sharing(const struct groups *groups, struct sharing *sharing)
{
    struct names ids = {0};
    size_t runs;
    struct place *places = sort(groups, &runs);
    size_t *owners = memory_array(runs, sizeof *owners);
    size_t *counts = memory_array(groups->count, sizeof *counts);
    for (size_t i = 0; i < groups->count; i++) {
        size_t at = places[i].group;
        const struct group *group = &groups->items[at];
        for (size_t j = 0; j < group->run_count; j++) {
            size_t known = ids.count, id = names_add(&ids, group->runs[j].run.id);
            if (id == known) {
                owners[id] = at;
                continue;
            }
            size_t shared = ++counts[owners[id]];
            if (shared > sharing[at].runs)
                sharing[at] = (struct sharing){.with = owners[id], .runs = shared};
        }
        sharing[at].is_left_out = sharing[at].runs > 0 && sharing[at].runs == group->run_count;
        for (size_t j = 0; j < group->run_count; j++) /* zero again for the next group */
            counts[owners[names_find(&ids, group->runs[j].run.id)]] = 0;
    }
    memory_free(places);
    memory_free(owners);
    memory_free(counts);
    names_release(&ids);
}

static void tell(const struct groups *groups, size_t place, const struct sharing *sharing)
{
    const struct group *group = &groups->items[place], *other = &groups->items[sharing->with];
    struct text text = {0};
    printable_add(&text, group->name);
    if (!sharing->is_left_out)
        text_add_format(&text, ": %zu of its %zu runs are also in ", sharing->runs,
                        group->run_count);
    else if (group->run_count == other->run_count)
        text_add(&text, ": the same runs as ");
    else
        text_add_format(&text, ": its runs (%zu) are among those of ", group->run_count);
    printable_add(&text, other->name);
    if (sharing->is_left_out)
        log_note("%s, and left out", text_get(&text));
    else
        log_warning("%s, so that a comparison of the two counts them on both sides",
                    text_get(&text));
    text_release(&text);
}

/* Names those that share runs and are left out, or are not. */
static void tell_all(const struct groups *groups, const struct sharing *sharing, bool left_out)
{
    size_t told = 0;
    for (size_t i = 0; i < groups->count; i++) {
        if (sharing[i].runs == 0 || sharing[i].is_left_out != left_out)
            continue;
        if (told++ < SHOWN)
            tell(groups, i, &sharing[i]);
    }
    if (told > SHOWN)
        log_note("and so for %zu more groups", told - SHOWN);
}

void same_runs_leave_out(struct groups *groups)
{
    struct sharing *sharing = memory_array(groups->count, sizeof *sharing);
    size_t kept = 0;
    find_sharing(groups, sharing);
    tell_all(groups, sharing, true);
    tell_all(groups, sharing, false);
    names_release(&groups->names);
    for (size_t i = 0; i < groups->count; i++) {
        if (sharing[i].is_left_out) {
            group_release(&groups->items[i]);
            continue;
        }
        groups->items[kept] = groups->items[i];
        names_add(&groups->names, groups->items[kept++].name);
    }
    groups->count = kept;
    memory_free(sharing);
}
