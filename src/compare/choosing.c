#include "compare/choosing.h"

#include "base/memory.h"
#include "base/printable.h"
#include "compare/comparison.h"

#include <math.h>

/* A group that may be chosen. */
struct candidate {
    size_t place;           /* of the group */
    char **values;          /* [over_count], NULL where its name has none */
    struct summary summary; /* of the figure that chooses */
};

/* The candidates of one variant. */
struct race {
    struct candidate *items;
    size_t count;
    size_t winner; /* index of items */
};

static struct candidate make_candidate(const struct groups *groups, size_t place,
                                       const struct choosing *choosing, char **name)
{
    struct candidate candidate = {
        .place = place, .values = memory_array(choosing->over_count, sizeof *candidate.values)};
    size_t count;
    const struct group *group = &groups->items[place];
    double *values = group_values(group, choosing->on, &count);
    candidate.summary = statistics_summary(values, count);
    *name = choosing_strip_name(group->name, choosing, candidate.values);
    memory_free(values);
    return candidate;
}

static void race_add(struct race *race, const struct candidate *candidate)
{
    size_t count = race->count++;
    if ((count & (count - 1)) == 0) /* the capacity is the next power of two */
        race->items = memory_grow(race->items, count ? 2 * count : 1, sizeof *race->items);
    race->items[count] = *candidate;
}

static void race_release(struct race *race, size_t keys)
{
    for (size_t i = 0; i < race->count; i++) {
        for (size_t k = 0; k < keys; k++)
            memory_free(race->items[i].values[k]);
        memory_free(race->items[i].values);
    }
    memory_free(race->items);
}

static size_t most_figures(const struct race *race)
{
    size_t most = 0;
    for (size_t i = 0; i < race->count; i++)
        most = race->items[i].summary.n > most ? race->items[i].summary.n : most;
    return most;
}

/* The best mean among those with as many figures as any; the first of equal ones. */
static void find_winner(struct race *race, bool lower)
{
    size_t most = most_figures(race);
    bool found = false;
    for (size_t i = 0; i < race->count && most > 0; i++) {
        const struct summary *summary = &race->items[i].summary;
        double mean = summary->mean, best = race->items[race->winner].summary.mean;
        if (summary->n < most || (found && !(lower ? mean < best : mean > best)))
            continue;
        race->winner = i;
        found = true;
    }
}

/* Whether the value of key K that won is the smallest or the largest number that was tried. */
static enum choice_end find_end(const struct race *race, size_t k)
{
    double winner, number;
    bool is_lowest = true, is_highest = true;
    const char *own = race->items[race->winner].values[k];
    if (!own || !settings_number(own, &winner))
        return CHOICE_INSIDE;
    for (size_t i = 0; i < race->count; i++) {
        const char *other = race->items[i].values[k];
        if (!other || !settings_number(other, &number))
            continue;
        is_lowest &= winner <= number;
        is_highest &= winner >= number;
    }
    if (is_lowest == is_highest)
        return CHOICE_INSIDE; /* it is the only one, or in between */
    return is_lowest ? CHOICE_LOWEST : CHOICE_HIGHEST;
}

/* What is known of the race goes to GROUP, its winner; the others are in GROUPS still. */
static void note_choice(struct group *group, const struct groups *groups, struct race *race,
                        size_t keys)
{
    struct candidate *winner = &race->items[race->winner];
    struct choice *choice = &group->choice;
    size_t most = most_figures(race);
    bool has_values = false;
    for (size_t k = 0; k < keys; k++)
        has_values |= winner->values[k] != NULL;
    if (!has_values && race->count == 1)
        return; /* of another experiment, or a run by its id: there was nothing to choose */
    *choice = (struct choice){.values = winner->values,
                              .count = keys,
                              .ends = memory_array(keys, sizeof *choice->ends),
                              .tried = race->count,
                              .n = winner->summary.n,
                              .mean = winner->summary.mean};
    for (size_t k = 0; k < keys; k++)
        choice->ends[k] = find_end(race, k);
    for (size_t i = 0; i < race->count; i++) {
        if (race->items[i].summary.n == most)
            continue;
        const size_t *states = groups->items[race->items[i].place].states;
        choice->passed_over++;
        choice->lost += states[RUN_DIVERGED] + states[RUN_FAILED];
        choice->awaited += states[RUN_QUEUED] + states[RUN_RUNNING] + states[RUN_INTERRUPTED];
        choice->bare += states[RUN_DONE] - race->items[i].summary.n;
    }
    winner->values = memory_array(keys, sizeof *winner->values); /* what is released in its place */
}

/* The keys' values are known without the configs, for the table. */
static void set_values(struct group *group, const struct choosing *choosing)
{
    for (size_t i = 0; i < group->run_count; i++)
        for (size_t k = 0; k < choosing->over_count; k++) {
            struct settings *settings = &group->runs[i].settings;
            if (group->choice.count && group->choice.values[k] &&
                !settings_get(settings, choosing->over[k]))
                settings_set(settings, choosing->over[k], group->choice.values[k]);
        }
}

/* Leaves the winners of RACES, called NAMES, in GROUPS. */
static void keep_winners(struct groups *groups, const struct names *names, struct race *races,
                         const struct choosing *choosing)
{
    struct group *kept = memory_array(names->count, sizeof *kept);
    names_release(&groups->names);
    for (size_t i = 0; i < names->count; i++) {
        struct group *winner = &groups->items[races[i].items[races[i].winner].place];
        kept[i] = *winner;
        *winner = (struct group){0};
        memory_free(kept[i].name);
        kept[i].name = memory_copy_text(names->items[i]);
        note_choice(&kept[i], groups, &races[i], choosing->over_count);
        set_values(&kept[i], choosing);
        names_add(&groups->names, names->items[i]);
    }
    for (size_t i = 0; i < groups->count; i++)
        group_release(&groups->items[i]);
    memory_free(groups->items);
    groups->items = kept;
    groups->count = groups->capacity = names->count;
}

/* The baseline under its new name; none where it is gone. */
static void keep_baseline(struct groups *groups, const struct choosing *choosing)
{
    if (!groups->baseline)
        return;
    char *name = choosing_strip_name(groups->baseline, choosing, NULL);
    memory_free(groups->baseline);
    groups->baseline = name;
    if (names_find(&groups->names, name) == groups->names.count) {
        memory_free(groups->baseline);
        groups->baseline = NULL;
    }
}

/* ERROR_NOT_FOUND unless each key is in some name: it was not swept, or is not called so. */
static int check_keys(const struct race *races, size_t count, const struct choosing *choosing,
                      struct error *error)
{
    for (size_t k = 0; k < choosing->over_count; k++) {
        bool found = false;
        for (size_t i = 0; i < count && !found; i++)
            for (size_t j = 0; j < races[i].count && !found; j++)
                found = races[i].items[j].values[k] != NULL;
        if (!found)
            return error_set(error, ERROR_NOT_FOUND,
                             "choosing over %s: no variant is called by a value of this key, as "
                             "those of a sweep are (`lstm rate=0.001`)",
                             choosing->over[k]);
    }
    return 0;
}

static int check_metric(const struct groups *groups, const struct choosing *choosing,
                        struct error *error)
{
    const char *fault = choosing_fault(choosing->on);
    bool some_done = false;
    if (fault)
        return error_set(error, ERROR_USAGE, "choosing by %s: %s", choosing->on, fault);
    for (size_t i = 0; i < groups->count; i++)
        some_done |= groups->items[i].states[RUN_DONE] > 0;
    if (some_done && groups_check_metric(groups, choosing->on, error) != 0)
        return error_prefix(error, "nothing can be chosen");
    return 0;
}

int choosing_apply(struct groups *groups, const struct choosing *choosing, struct error *error)
{
    struct names names = {0};
    struct race *races = memory_array(groups->count, sizeof *races);
    bool lower = comparison_direction(choosing->on) == LOWER_IS_BETTER;
    if (check_metric(groups, choosing, error) != 0) {
        memory_free(races);
        return -1;
    }
    for (size_t i = 0; i < groups->count; i++) {
        char *name;
        const struct candidate candidate = make_candidate(groups, i, choosing, &name);
        race_add(&races[names_add(&names, name)], &candidate);
        memory_free(name);
    }
    for (size_t i = 0; i < names.count; i++)
        find_winner(&races[i], lower);
    int result = check_keys(races, names.count, choosing, error);
    if (result == 0) {
        keep_winners(groups, &names, races, choosing);
        keep_baseline(groups, choosing);
    }
    for (size_t i = 0; i < names.count; i++)
        race_release(&races[i], choosing->over_count);
    memory_free(races);
    names_release(&names);
    return result;
}

/* "rate 0.003, units 16" */
static void add_values(struct text *text, const struct choosing *choosing,
                       const struct choice *choice)
{
    for (size_t k = 0; k < choice->count; k++) {
        text_add(text, k ? ", " : "");
        printable_add(text, choosing->over[k]);
        text_add_char(text, ' ');
        printable_add(text, choice->values[k] ? choice->values[k] : "-");
    }
}

static void add_ends(struct text *text, const struct choosing *choosing,
                     const struct choice *choice)
{
    for (size_t k = 0; k < choice->count; k++) {
        if (choice->ends[k] == CHOICE_INSIDE)
            continue;
        bool is_lowest = choice->ends[k] == CHOICE_LOWEST;
        text_add(text, "; the ");
        text_add(text, is_lowest ? "lowest" : "highest");
        if (choice->count > 1) {
            text_add_char(text, ' ');
            printable_add(text, choosing->over[k]);
        }
        text_add_format(text, " that was tried: a still %s one may be better",
                        is_lowest ? "lower" : "higher");
    }
}

/* "; 2 passed over for lack of figures: of their runs 1 diverged or failed, 3 are not done" */
static void add_passed_over(struct text *text, const struct choice *choice)
{
    const char *before = "";
    text_add_format(text, "; %zu passed over for lack of figures: of %s runs ", choice->passed_over,
                    choice->passed_over == 1 ? "its" : "their");
    if (choice->lost) {
        text_add_format(text, "%zu diverged or failed", choice->lost);
        before = ", ";
    }
    if (choice->awaited) {
        text_add_format(text, "%s%zu %s not done", before, choice->awaited,
                        choice->awaited == 1 ? "is" : "are");
        before = ", ";
    }
    if (choice->bare)
        text_add_format(text, "%s%zu %s no such figure", before, choice->bare,
                        choice->bare == 1 ? "has" : "have");
}

bool choosing_add_note(struct text *text, const struct groups *groups, size_t group)
{
    const struct choosing *choosing = &groups->questions.choosing;
    const struct choice *choice = &groups->items[group].choice;
    if (!choosing->on || choice->count == 0)
        return false;
    printable_add(text, groups->items[group].name);
    text_add(text, ": ");
    add_values(text, choosing, choice);
    if (choice->tried == 1)
        text_add(text, ", the only one tried, so nothing was chosen");
    else if (choice->n == 0)
        text_add_format(text, ", the first of %zu: none has a figure of %s yet", choice->tried,
                        choosing->on);
    else
        text_add_format(text, ", the best of %zu on %s (mean %.*f, n %zu)", choice->tried,
                        choosing->on, comparison_digits(choice->mean, 4), choice->mean, choice->n);
    if (choice->tried > 1 && choice->n > 0)
        add_ends(text, choosing, choice);
    if (choice->passed_over)
        add_passed_over(text, choice);
    text_add_char(text, '.');
    return true;
}
