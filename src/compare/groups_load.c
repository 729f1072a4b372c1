#include "compare/groups_load.h"

#include "base/memory.h"
#include "base/text.h"
#include "compare/choosing.h"
#include "compare/experiment_name.h"
#include "compare/same_runs.h"
#include "compare/selection.h"
#include "compare/unfollowed.h"

#include <inttypes.h>
#include <string.h>

/* What is filled, and from where. */
struct loading {
    struct groups *groups;
    struct store *store;
    bool with_configs;          /* of the runs: as texts, for their settings */
    struct unfollowed *choices; /* gets those of experiments whose choice is not followed */
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
    } else {
        unfollowed_add(loading->choices, experiment->name, &experiment->questions.choosing);
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
    struct unfollowed choices = {0};
    const struct loading loading = {
        .groups = groups,
        .store = store,
        .with_configs = selects || is_asked || request->with_settings,
        .choices = &choices,
    };
    *groups = (struct groups){0};
    if (store_begin_reading(store, error) != 0)
        return -1;
    int result = store_end_reading(store, add_names(&loading, names, count, error), error);
    if (result == 0 && loading.with_configs)
        result = read_all_settings(groups, error);
    if (result == 0 && request->by_count > 0 && count == 1)
        unfollowed_add(&choices, groups->name, &groups->questions.choosing);
    struct groups_request wanted = *request;
    wanted.with_settings = request->with_settings || choices.count > 0;
    if (result == 0 && selects)
        result = selection_apply(groups, &wanted, error);
    if (result == 0 && !is_asked && !request->without_choosing)
        unfollowed_note(&choices, groups, request->by_count > 0);
    unfollowed_release(&choices);
    for (size_t i = 0; i < groups->count && result == 0; i++)
        leave_out_repeated(&groups->items[i]);
    if (result == 0 && count > 1 && request->by_count == 0)
        same_runs_leave_out(groups);
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
