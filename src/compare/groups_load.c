#include "compare/groups_load.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "compare/choosing.h"
#include "compare/experiment_name.h"
#include "compare/selection.h"

#include <inttypes.h>
#include <string.h>

/* What is filled, and from where. */
struct loading {
    struct groups *groups;
    struct store *store;
    bool with_configs;   /* of the runs: as texts, for their settings */
    bool notes_choosing; /* says where an experiment's choice is not followed */
};

/* Adds the run called ID to GROUP. One that is there already counts once. */
static int add_run(const struct loading *loading, struct group *group, const char *id,
                   struct error *error)
{
    struct store *store = loading->store;
    struct group_run added = {0};
    if (names_find(&group->ids, id) < group->ids.count)
        return 0;
    int result = loading->with_configs ? store_run_find(store, id, &added.run, error)
                                       : store_run_get(store, id, &added.run, error);
    if (result != 0)
        return -1;
    if (added.run.state == RUN_DONE && store_finals_load(store, id, &added.finals, error) != 0) {
        group_run_release(&added);
        return -1;
    }
    added.pair = text_format("%" PRId64, added.run.seed);
    group_add_run(group, &added);
    return 0;
}

static int add_trial(const struct loading *loading, const char *group_name,
                     const struct trial *trial, struct error *error)
{
    struct group *group = groups_find(loading->groups, group_name);
    if (trial->run[0])
        return add_run(loading, group, trial->run, error);
    const struct group_trial waiting = {.seed = trial->seed,
                                        .overrides = memory_copy_text(trial->overrides)};
    group_add_trial(group, &waiting);
    return 0;
}

/* Says that CHOOSING, of the experiment called NAME, is not followed WHERE. */
static void note_every_value(const char *name, const struct choosing *choosing, const char *where)
{
    struct text text = {0};
    if (!choosing->on)
        return;
    printable_add(&text, name);
    text_add_format(&text, ": its compare.select does not count %s: every value of", where);
    for (size_t i = 0; i < choosing->over_count; i++) {
        text_add(&text, i ? ", " : " ");
        printable_add(&text, choosing->over[i]);
    }
    log_note("%s is in it", text_get(&text));
    text_release(&text);
}

/* The questions of EXPERIMENT go to the groups. */
static int add_experiment(const struct loading *loading, struct experiment *experiment,
                          bool prefixed, struct error *error)
{
    struct groups *groups = loading->groups;
    if (!groups->name)
        groups->name = memory_copy_text(experiment->name);
    if (!groups->metric)
        groups->metric = memory_copy_text(experiment->metric);
    if (!prefixed && *experiment->baseline)
        groups->baseline = memory_copy_text(experiment->baseline);
    if (!prefixed) {
        groups->questions = experiment->questions;
        experiment->questions = (struct questions){0};
    } else if (loading->notes_choosing) {
        note_every_value(experiment->name, &experiment->questions.choosing,
                         "beside another experiment (--select-over chooses of all)");
    }
    int result = 0;
    for (size_t i = 0; i < experiment->trial_count && result == 0; i++) {
        const struct trial *trial = &experiment->trials[i];
        char *name = prefixed ? text_format("%s/%s", experiment->name, trial->variant)
                              : memory_copy_text(trial->variant);
        result = add_trial(loading, name, trial, error);
        memory_free(name);
    }
    return result;
}

static int add_run_by_prefix(const struct loading *loading, const char *prefix, struct error *error)
{
    struct groups *groups = loading->groups;
    struct run run;
    if (store_run_find(loading->store, prefix, &run, error) != 0)
        return -1;
    if (!groups->name)
        groups->name = memory_copy_text(run.name);
    int result = add_run(loading, groups_find(loading->groups, run.name), run.id, error);
    run_release(&run);
    return result;
}

static int add_name(const struct loading *loading, const char *name, bool several,
                    struct error *error)
{
    bool file = experiment_name_is_path(name);
    char *experiment_name = experiment_name_read(name, error);
    if (!experiment_name)
        return -1;
    struct experiment experiment;
    struct error unknown = {0};
    int result = store_experiment_load(loading->store, experiment_name, &experiment, &unknown);
    if (result == 0) {
        if (file)
            experiment_name_warn_changed(name, experiment.source);
        result = add_experiment(loading, &experiment, several, error);
        experiment_release(&experiment);
    } else if (unknown.code != ERROR_NOT_FOUND || file) {
        result = error_set(error, unknown.code, "%s%s", unknown.text,
                           unknown.code == ERROR_NOT_FOUND ? " (`unroll batch` trains it)" : "");
    } else {
        result = add_run_by_prefix(loading, name, error);
        if (result != 0 && error && error->code == ERROR_NOT_FOUND)
            error_set(error, ERROR_NOT_FOUND, "%s: neither an experiment nor a run. %s", name,
                      unknown.text);
    }
    memory_free(experiment_name);
    return result;
}

static int add_names(const struct loading *loading, const char *const *names, size_t count,
                     struct error *error)
{
    for (size_t i = 0; i < count; i++)
        if (add_name(loading, names[i], count > 1, error) != 0)
            return -1;
    if (loading->groups->count == 0)
        return error_set(error, ERROR_NOT_FOUND, "%s: has no trials", names[0]);
    return 0;
}

/* Turns the config of RUN into its settings. */
static int read_settings(struct group_run *run, struct error *error)
{
    int result = settings_read(&run->settings, run->run.config, error);
    if (result != 0)
        error_prefix(error,
                     "run %s: its config in the store cannot be read; leave the run out by naming "
                     "others, or delete it (unroll rm)",
                     run->run.id);
    memory_free(run->run.config);
    memory_free(run->run.canonical);
    run->run.config = run->run.canonical = NULL;
    return result;
}

static int read_all_settings(struct groups *groups, struct error *error)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++)
            if (read_settings(&groups->items[i].runs[j], error) != 0)
                return -1;
    return 0;
}

/* Whether A rather than B, of the same run key, says what the key's figures are. */
static bool counts_rather(const struct run *a, const struct run *b)
{
    if ((a->state == RUN_DONE) != (b->state == RUN_DONE))
        return a->state == RUN_DONE;
    return a->created > b->created || (a->created == b->created && strcmp(a->id, b->id) > 0);
}

/* Leaves one run of each run key in GROUP, at the place of the first. */
static void leave_out_repeated(struct group *group)
{
    struct names keys = {0};
    size_t kept = 0;
    names_release(&group->ids);
    for (size_t i = 0; i < group->run_count; i++) {
        struct group_run *run = &group->runs[i];
        size_t place = names_add(&keys, run->run.key);
        if (place == kept) {
            group->runs[kept++] = *run;
            continue;
        }
        if (counts_rather(&run->run, &group->runs[place].run)) {
            const struct group_run other = group->runs[place];
            group->runs[place] = *run;
            *run = other;
        }
        group->states[run->run.state]--;
        group->repeated++;
        group_run_release(run);
    }
    group->run_count = kept;
    for (size_t i = 0; i < kept; i++)
        names_add(&group->ids, group->runs[i].run.id);
    names_release(&keys);
}

/* Whether A and B, of two experiments, are the same runs. */
static bool are_same(const struct group *a, const struct group *b)
{
    if (a->run_count != b->run_count || a->run_count == 0 || a->trial_count + b->trial_count > 0)
        return false;
    for (size_t i = 0; i < a->run_count; i++)
        if (names_find(&b->ids, a->runs[i].run.id) == b->ids.count)
            return false;
    return true;
}

/* The place of the group before PLACE that has the same runs, or PLACE. */
static size_t find_same(const struct groups *groups, size_t place)
{
    size_t i = 0;
    while (i < place && !are_same(&groups->items[place], &groups->items[i]))
        i++;
    return i;
}

/* Leaves out groups of runs that another one has as well, for they would be counted twice. */
static void leave_out_same(struct groups *groups)
{
    size_t kept = 0;
    names_release(&groups->names);
    for (size_t i = 0; i < groups->count; i++) {
        struct group group = groups->items[i];
        groups->items[kept] = group;
        size_t same = find_same(groups, kept);
        if (same < kept) {
            struct text text = {0};
            printable_add(&text, group.name);
            text_add(&text, ": the same runs as ");
            printable_add(&text, groups->items[same].name);
            log_note("%s, and left out", text_get(&text));
            text_release(&text);
            group_release(&group);
            continue;
        }
        names_add(&groups->names, group.name);
        kept++;
    }
    groups->count = kept;
}

/* Of runs that were named the second is compared with the first, where they are of two groups. */
static void choose_baseline(struct groups *groups, const struct groups_request *request)
{
    bool are_runs = !groups->metric; /* an experiment has one, or an empty text */
    if (are_runs && request->by_count == 0 && groups->count == 2)
        groups->baseline = memory_copy_text(groups->items[0].name);
}

/* What ASKED says, in the place of what TO says. */
static int replace_choosing(struct choosing *to, const struct choosing *asked, struct error *error)
{
    struct choosing made = {0};
    const struct choosing *over = asked->over_count ? asked : to;
    if (over->over_count == 0)
        return error_set(error, ERROR_USAGE,
                         "--select-on %s: say for which swept key: --select-over "
                         "train.optimizer.adam.rate",
                         asked->on);
    for (size_t i = 0; i < over->over_count; i++)
        choosing_add_key(&made, over->over[i]);
    made.on = memory_copy_text(asked->on ? asked->on : to->on ? to->on : "validation.accuracy");
    choosing_clear(to);
    *to = made;
    return 0;
}

static bool asks_to_choose(const struct groups_request *request)
{
    return request->choosing && (request->choosing->on || request->choosing->over_count);
}

static int choose(struct groups *groups, const struct groups_request *request, struct error *error)
{
    struct choosing *choosing = &groups->questions.choosing;
    const struct choosing *asked = request->choosing;
    bool is_asked = asks_to_choose(request);
    if (is_asked && request->by_count > 0)
        return error_set(error, ERROR_USAGE,
                         "--select-over: cannot be together with --group-by, whose groups hold "
                         "several values; leave out the one or the other");
    if (request->by_count > 0 || request->without_choosing)
        choosing_clear(choosing);
    if (is_asked && replace_choosing(choosing, asked, error) != 0)
        return -1;
    if (!choosing->on || choosing_apply(groups, choosing, error) == 0)
        return 0;
    return is_asked ? -1
                    : error_prefix(error, "%s: its compare.select (--no-select leaves that out)",
                                   groups->name);
}

int groups_load_by(struct groups *groups, struct store *store, const char *const *names,
                   size_t count, const struct groups_request *request, struct error *error)
{
    bool selects = request->where_count > 0 || request->by_count > 0;
    bool is_asked = asks_to_choose(request);
    const struct loading loading = {
        .groups = groups,
        .store = store,
        .with_configs = selects || is_asked || request->with_settings,
        .notes_choosing = !is_asked && !request->without_choosing,
    };
    *groups = (struct groups){0};
    if (store_begin_reading(store, error) != 0)
        return -1;
    int result = store_end_reading(store, add_names(&loading, names, count, error), error);
    if (result == 0 && loading.with_configs)
        result = read_all_settings(groups, error);
    if (result == 0 && request->by_count > 0 && loading.notes_choosing)
        note_every_value(groups->name, &groups->questions.choosing, "with --group-by");
    if (result == 0 && selects)
        result = selection_apply(groups, request, error);
    for (size_t i = 0; i < groups->count && result == 0; i++)
        leave_out_repeated(&groups->items[i]);
    if (result == 0 && count > 1 && request->by_count == 0)
        leave_out_same(groups);
    if (result == 0)
        result = choose(groups, request, error);
    choose_baseline(groups, request);
    if (result != 0)
        groups_release(groups);
    return result;
}

int groups_load(struct groups *groups, struct store *store, const char *const *names, size_t count,
                struct error *error)
{
    const struct groups_request all = {0};
    return groups_load_by(groups, store, names, count, &all, error);
}
