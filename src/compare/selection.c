#include "compare/selection.h"

#include "base/memory.h"
#include "base/text.h"
#include "compare/changed_keys.h"
#include "config/path_labels.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* What one call works with. */
struct selection {
    const struct groups_request *request;
    struct condition *conditions; /* [request->where_count] */
    const char **by;              /* keys, each once; borrowed */
    const char **labels;          /* what stands for them in names; borrowed */
    size_t by_count;
};

static void selection_release(struct selection *selection)
{
    for (size_t i = 0; i < selection->request->where_count; i++)
        condition_release(&selection->conditions[i]);
    memory_free(selection->conditions);
    memory_free(selection->by);
    memory_free(selection->labels);
}

/* Adds what the lines of OVERRIDES say to SETTINGS; numbers as a resolved config writes them. */
static void add_overrides(struct settings *settings, const char *overrides)
{
    char *copy = memory_copy_text(overrides), *rest = copy;
    for (char *line = strsep(&rest, "\n"); line; line = strsep(&rest, "\n")) {
        char *value = strchr(line, '='), *end;
        if (!value)
            continue;
        *value++ = '\0';
        double number = strtod(value, &end);
        bool is_real = *value && *end == '\0' && strpbrk(value, ".eE");
        struct text text = {0};
        if (is_real)
            text_add_real(&text, number);
        settings_set(settings, line, is_real ? text_get(&text) : value);
        text_release(&text);
    }
    memory_free(copy);
}

/* Says of the trials that were not begun what can be known of them. */
static void fill_trials(struct group *group)
{
    for (size_t i = 0; i < group->trial_count; i++) {
        struct group_trial *trial = &group->trials[i];
        char *seed = text_format("%" PRId64, trial->seed);
        trial->is_whole = group->run_count > 0;
        if (trial->is_whole)
            settings_copy(&trial->settings, &group->runs[0].settings);
        else
            add_overrides(&trial->settings, trial->overrides);
        settings_set(&trial->settings, "seed", seed);
        memory_free(seed);
    }
}

/* All keys that runs and trials of GROUPS have. */
static void add_keys(struct names *keys, const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        for (size_t j = 0; j < group->run_count; j++)
            for (size_t k = 0; k < group->runs[j].settings.count; k++)
                names_add(keys, group->runs[j].settings.keys.items[k]);
        for (size_t j = 0; j < group->trial_count; j++)
            for (size_t k = 0; k < group->trials[j].settings.count; k++)
                names_add(keys, group->trials[j].settings.keys.items[k]);
    }
}

/* The shortest of KEYS whose last parts are KEY ("units" for "model.units"), or the nearest by
 * letters, or NULL. */
static const char *nearest_key(const struct names *keys, const char *key)
{
    const char *found = NULL;
    char *ending = text_format(".%s", key);
    for (size_t i = 0; i < keys->count; i++)
        if (text_ends_with(keys->items[i], ending) &&
            (!found || strlen(keys->items[i]) < strlen(found)))
            found = keys->items[i];
    memory_free(ending);
    return found ? found : text_nearest(key, (const char *const *)keys->items, keys->count);
}

/* ERROR_NOT_FOUND unless KEY, of the argument TEXT of OPTION, is one of KEYS. */
static int check_key(const struct names *keys, const char *key, const char *option,
                     const char *text, struct error *error)
{
    if (names_find(keys, key) < keys->count)
        return 0;
    const char *nearest = nearest_key(keys, key);
    return nearest ? error_set(error, ERROR_NOT_FOUND,
                               "%s %s: no run has the key `%s`; did you mean `%s`?", option, text,
                               key, nearest)
                   : error_set(error, ERROR_NOT_FOUND,
                               "%s %s: no run has the key `%s`; `unroll show RUN` shows a run's "
                               "config with all keys",
                               option, text, key);
}

static int check_keys(const struct selection *selection, const struct groups *groups,
                      struct error *error)
{
    const struct groups_request *request = selection->request;
    struct names keys = {0};
    int result = 0;
    add_keys(&keys, groups);
    for (size_t i = 0; i < request->where_count && result == 0; i++)
        result =
            check_key(&keys, selection->conditions[i].key, "--where", request->where[i], error);
    for (size_t i = 0; i < selection->by_count && result == 0; i++)
        result = check_key(&keys, selection->by[i], "--group-by", selection->by[i], error);
    names_release(&keys);
    return result;
}

static bool is_met(const struct selection *selection, const struct settings *settings)
{
    for (size_t i = 0; i < selection->request->where_count; i++)
        if (!condition_holds(&selection->conditions[i], settings))
            return false;
    return true;
}

/* Whether what is known of TRIAL tells all that is asked. */
static bool is_known(const struct selection *selection, const struct group_trial *trial)
{
    for (size_t i = 0; i < selection->request->where_count && !trial->is_whole; i++)
        if (!settings_get(&trial->settings, selection->conditions[i].key))
            return false;
    for (size_t i = 0; i < selection->by_count && !trial->is_whole; i++)
        if (!settings_get(&trial->settings, selection->by[i]))
            return false;
    return true;
}

/* What a group of runs with SETTINGS is called. Caller frees. */
static char *name_by(const struct selection *selection, const struct settings *settings)
{
    struct text name = {0};
    for (size_t i = 0; i < selection->by_count; i++) {
        const char *value = settings_get(settings, selection->by[i]);
        text_add_format(&name, "%s%s=%s", i ? " " : "", selection->labels[i], value ? value : "-");
    }
    return text_take(&name);
}

/* The group of MADE for what has SETTINGS and stood in the group called OLD. */
static struct group *group_for(const struct selection *selection, struct groups *made,
                               const char *old, const struct settings *settings)
{
    if (selection->by_count == 0)
        return groups_find(made, old);
    char *name = name_by(selection, settings);
    struct group *group = groups_find(made, name);
    memory_free(name);
    return group;
}

/* Moves what meets the conditions from GROUP into groups of MADE, and releases the rest. */
static void move_group(const struct selection *selection, struct group *group, struct groups *made)
{
    for (size_t i = 0; i < group->run_count; i++) {
        struct group_run *run = &group->runs[i];
        if (is_met(selection, &run->settings))
            group_add_run(group_for(selection, made, group->name, &run->settings), run);
        else
            group_run_release(run);
    }
    for (size_t i = 0; i < group->trial_count; i++) {
        struct group_trial *trial = &group->trials[i];
        if (is_known(selection, trial) && is_met(selection, &trial->settings)) {
            group_add_trial(group_for(selection, made, group->name, &trial->settings), trial);
            *trial = (struct group_trial){0};
        }
    }
}

static const struct settings *settings_of(const struct group *group)
{
    return group->run_count > 0 ? &group->runs[0].settings : &group->trials[0].settings;
}

static int order_groups(const void *a, const void *b, void *data)
{
    const struct selection *selection = data;
    const struct settings *left = settings_of(a), *right = settings_of(b);
    for (size_t i = 0; i < selection->by_count; i++) {
        int order = settings_order(settings_get(left, selection->by[i]),
                                   settings_get(right, selection->by[i]));
        if (order != 0)
            return order;
    }
    return strcmp(((const struct group *)a)->name, ((const struct group *)b)->name);
}

static void sort_groups(const struct selection *selection, struct groups *groups)
{
    if (groups->count > 1)
        qsort_r(groups->items, groups->count, sizeof *groups->items, order_groups,
                (void *)(uintptr_t)selection);
    names_release(&groups->names);
    for (size_t i = 0; i < groups->count; i++)
        names_add(&groups->names, groups->items[i].name);
}

static bool is_by(const struct selection *selection, const char *key)
{
    for (size_t i = 0; i < selection->by_count; i++)
        if (text_equal(selection->by[i], key))
            return true;
    return false;
}

/* Runs of groups by keys pair where all that runs of a group differ in is the same. What differs
 * between groups alone are the keys, and what goes with them: an RNN has no forget bias. */
static void pair_runs(const struct selection *selection, struct groups *groups)
{
    size_t count;
    bool by_seed = is_by(selection, "seed");
    char **keys = changed_keys(groups, true, &count);
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            struct group_run *run = &groups->items[i].runs[j];
            struct text setting = {0};
            for (size_t k = 0; k < count; k++) {
                const char *value = settings_get(&run->settings, keys[k]);
                text_add_format(&setting, " %s=%s", keys[k], value ? value : "-");
            }
            memory_free(run->pair);
            run->pair = by_seed ? text_take(&setting)
                                : text_format("%" PRId64 "%s", run->run.seed, text_get(&setting));
            run->setting = by_seed ? NULL : text_take(&setting);
        }
    for (size_t k = 0; k < count; k++)
        memory_free(keys[k]);
    memory_free(keys);
}

/* Adds to TEXT the values of KEY that runs have, in order. */
static void add_values(struct text *text, const struct groups *groups, const char *key)
{
    struct names values = {0};
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            const char *value = settings_get(&groups->items[i].runs[j].settings, key);
            if (value)
                names_add(&values, value);
        }
    enum { SHOWN = 12 };
    for (size_t i = 0; i < values.count && i < SHOWN; i++)
        text_add_format(text, "%s%s", i ? ", " : "", values.items[i]);
    text_add(text, values.count > SHOWN ? ", ..." : "");
    names_release(&values);
}

static bool some_meets(const struct selection *selection, const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        for (size_t j = 0; j < group->run_count; j++)
            if (is_met(selection, &group->runs[j].settings))
                return true;
        for (size_t j = 0; j < group->trial_count; j++)
            if (is_known(selection, &group->trials[j]) &&
                is_met(selection, &group->trials[j].settings))
                return true;
    }
    return false;
}

/* ERROR_NOT_FOUND, with the values that there are, where the conditions leave nothing. */
static int check_some(const struct selection *selection, const struct groups *groups,
                      struct error *error)
{
    const struct groups_request *request = selection->request;
    if (some_meets(selection, groups))
        return 0;
    if (request->where_count == 0)
        return error_set(error, ERROR_NOT_FOUND, "%s: no run was begun yet", groups->name);
    struct text values = {0};
    for (size_t i = 0; i < request->where_count; i++) {
        text_add_format(&values, "; the values of %s: ", selection->conditions[i].key);
        add_values(&values, groups, selection->conditions[i].key);
    }
    error_set(error, ERROR_NOT_FOUND, "--where %s: no run meets %s%s", request->where[0],
              request->where_count > 1 ? "this and the other conditions" : "it", text_get(&values));
    text_release(&values);
    return -1;
}

/* Replaces GROUPS by those that SELECTION makes of them. */
static void regroup(const struct selection *selection, struct groups *groups)
{
    struct groups made = {
        .name = groups->name, .metric = groups->metric, .baseline = groups->baseline};
    groups->name = groups->metric = groups->baseline = NULL;
    for (size_t i = 0; i < groups->count; i++) {
        struct group *group = &groups->items[i];
        move_group(selection, group, &made);
    }
    groups_release(groups);
    if (selection->by_count > 0) {
        sort_groups(selection, &made);
        pair_runs(selection, &made);
    }
    if (made.baseline && names_find(&made.names, made.baseline) == made.names.count) {
        memory_free(made.baseline);
        made.baseline = NULL;
    }
    *groups = made;
}

static int selection_init(struct selection *selection, const struct groups_request *request,
                          struct error *error)
{
    *selection = (struct selection){
        .request = request,
        .conditions = memory_array(request->where_count, sizeof *selection->conditions),
        .by = memory_array(request->by_count, sizeof *selection->by),
        .labels = memory_array(request->by_count, sizeof *selection->labels)};
    for (size_t i = 0; i < request->by_count; i++)
        if (!is_by(selection, request->by[i]))
            selection->by[selection->by_count++] = request->by[i];
    path_labels(selection->by, selection->labels, selection->by_count);
    for (size_t i = 0; i < request->where_count; i++)
        if (condition_parse(&selection->conditions[i], request->where[i], error) != 0)
            return error_prefix(error, "--where");
    return 0;
}

int selection_apply(struct groups *groups, const struct groups_request *request,
                    struct error *error)
{
    struct selection selection;
    int result = selection_init(&selection, request, error);
    for (size_t i = 0; i < groups->count && result == 0; i++)
        fill_trials(&groups->items[i]);
    if (result == 0)
        result = check_keys(&selection, groups, error);
    if (result == 0)
        result = check_some(&selection, groups, error);
    if (result == 0)
        regroup(&selection, groups);
    for (size_t i = 0; i < groups->count && result == 0; i++) {
        struct group *group = &groups->items[i];
        for (size_t j = 0; j < group->run_count && !request->with_settings; j++)
            settings_release(&group->runs[j].settings);
        for (size_t j = 0; j < group->trial_count; j++)
            settings_release(&group->trials[j].settings);
    }
    selection_release(&selection);
    return result;
}
