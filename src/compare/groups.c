#include "compare/groups.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "compare/changed_keys.h"
#include "compare/choosing.h"
#include "compare/metric.h"
#include "compare/selection.h"
#include "config/diagnostics.h"
#include "config/parse.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

void group_run_release(struct group_run *run)
{
    run_release(&run->run);
    finals_release(&run->finals);
    settings_release(&run->settings);
    memory_free(run->pair);
    memory_free(run->setting);
    *run = (struct group_run){0};
}

void group_trial_release(struct group_trial *trial)
{
    settings_release(&trial->settings);
    memory_free(trial->overrides);
    *trial = (struct group_trial){0};
}

static void choice_release(struct choice *choice)
{
    for (size_t i = 0; i < choice->count; i++)
        memory_free(choice->values[i]);
    memory_free(choice->values);
    memory_free(choice->ends);
}

void group_release(struct group *group)
{
    for (size_t i = 0; i < group->run_count; i++)
        group_run_release(&group->runs[i]);
    for (size_t i = 0; i < group->trial_count; i++)
        group_trial_release(&group->trials[i]);
    memory_free(group->runs);
    memory_free(group->trials);
    memory_free(group->name);
    names_release(&group->ids);
    choice_release(&group->choice);
}

void groups_release(struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        group_release(&groups->items[i]);
    memory_free(groups->items);
    memory_free(groups->name);
    memory_free(groups->metric);
    memory_free(groups->baseline);
    questions_release(&groups->questions);
    names_release(&groups->names);
    *groups = (struct groups){0};
}

struct group *groups_find(struct groups *groups, const char *name)
{
    size_t place = names_add(&groups->names, name);
    if (place < groups->count)
        return &groups->items[place];
    if (groups->count == groups->capacity) {
        groups->capacity = groups->capacity ? 2 * groups->capacity : 8;
        groups->items = memory_grow(groups->items, groups->capacity, sizeof *groups->items);
    }
    struct group *group = &groups->items[groups->count++];
    *group = (struct group){.name = memory_copy_text(name)};
    return group;
}

void group_add_run(struct group *group, struct group_run *run)
{
    if (names_add(&group->ids, run->run.id) < group->run_count) {
        group_run_release(run);
        return;
    }
    if (group->run_count == group->run_capacity) {
        group->run_capacity = group->run_capacity ? 2 * group->run_capacity : 8;
        group->runs = memory_grow(group->runs, group->run_capacity, sizeof *group->runs);
    }
    group->runs[group->run_count++] = *run;
    group->states[run->run.state]++;
    *run = (struct group_run){0};
}

void group_add_trial(struct group *group, const struct group_trial *trial)
{
    size_t count = group->trial_count++;
    if ((count & (count - 1)) == 0) /* the capacity is the next power of two */
        group->trials = memory_grow(group->trials, count ? 2 * count : 1, sizeof *group->trials);
    group->trials[count] = *trial;
    group->states[RUN_QUEUED]++;
}

/* What is filled, and from where. */
struct loading {
    struct groups *groups;
    struct store *store;
    bool with_configs; /* of the runs: as texts, for their settings */
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

static bool is_experiment_file(const char *name)
{
    return text_ends_with(name, ".yaml") || text_ends_with(name, ".yml");
}

/* The name of the experiment that the file at PATH describes, or NULL. Caller frees. */
static char *read_name(const char *path, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = parse_file(path, diagnostics);
    char *name = NULL;
    if (diagnostics_error(diagnostics, error) == 0) {
        const struct node *value = node_get(tree, "name");
        name =
            value && value->type == NODE_SCALAR ? memory_copy_text(value->text) : file_stem(path);
    }
    node_free(tree);
    diagnostics_free(diagnostics);
    return name;
}

char *groups_experiment_name(const char *name, struct error *error)
{
    return is_experiment_file(name) ? read_name(name, error) : memory_copy_text(name);
}

void groups_warn_changed_file(const char *path, const char *source)
{
    struct text now = {0};
    if (*source && file_read(path, PARSE_BYTES, &now, NULL) == 0 &&
        !text_equal(text_get(&now), source))
        log_warning(
            "%s: the file has changed since `unroll batch` read it, and what it says now is "
            "not used; run `unroll batch` with it again to ask what it asks",
            path);
    text_release(&now);
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
    bool file = is_experiment_file(name);
    char *experiment_name = groups_experiment_name(name, error);
    if (!experiment_name)
        return -1;
    struct experiment experiment;
    struct error unknown = {0};
    int result = store_experiment_load(loading->store, experiment_name, &experiment, &unknown);
    if (result == 0) {
        if (file)
            groups_warn_changed_file(name, experiment.source);
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

static int choose(struct groups *groups, const struct groups_request *request, struct error *error)
{
    struct choosing *choosing = &groups->questions.choosing;
    const struct choosing *asked = request->choosing;
    bool is_asked = asked && (asked->on || asked->over_count);
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
    const struct loading loading = {groups, store, selects || request->with_settings};
    *groups = (struct groups){0};
    if (store_begin_reading(store, error) != 0)
        return -1;
    int result = store_end_reading(store, add_names(&loading, names, count, error), error);
    if (result == 0 && loading.with_configs)
        result = read_all_settings(groups, error);
    if (result == 0 && selects)
        result = selection_apply(groups, request, error);
    for (size_t i = 0; i < groups->count && result == 0; i++)
        leave_out_repeated(&groups->items[i]);
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

const char *groups_metric(const struct groups *groups)
{
    return groups->metric && *groups->metric ? groups->metric : "test.accuracy";
}

bool groups_have_key(const struct groups *groups, const char *key)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++)
            if (settings_get(&groups->items[i].runs[j].settings, key))
                return true;
    return false;
}

char **groups_changed_keys(const struct groups *groups, size_t *count)
{
    return changed_keys(groups, false, count);
}

double group_run_value(const struct group_run *run, const char *metric)
{
    if (run->run.state != RUN_DONE)
        return NAN;
    return metric_is_of_run(metric) ? metric_of_run(&run->run, metric)
                                    : metric_of_finals(&run->finals, metric);
}

double *group_values(const struct group *group, const char *metric, size_t *count)
{
    *count = group->run_count + group->states[RUN_QUEUED];
    double *values = memory_array(*count, sizeof *values);
    for (size_t i = 0; i < *count; i++)
        values[i] = i < group->run_count ? group_run_value(&group->runs[i], metric) : NAN;
    return values;
}

/* The names of the finals that some run has; empty where no run is done. */
static void add_finals(struct names *names, const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            const struct finals *finals = &groups->items[i].runs[j].finals;
            for (size_t k = 0; k < finals->count; k++)
                names_add(names, finals->items[k].name);
        }
}

static bool has_final(const struct finals *finals, const char *metric)
{
    const struct metric_difference *difference = metric_difference_find(metric);
    return difference ? finals_find(finals, difference->minuend) &&
                            finals_find(finals, difference->subtrahend)
                      : finals_find(finals, metric) != NULL;
}

/* What every run that is done has is there even where it is no number. */
static bool has_figure(const struct group_run *run, const char *metric)
{
    if (text_equal(metric, "cpu_seconds"))
        return !isnan(group_run_value(run, metric));
    return metric_is_of_run(metric) || has_final(&run->finals, metric);
}

static bool some_run_has(const struct groups *groups, const char *metric)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++)
            if (has_figure(&groups->items[i].runs[j], metric))
                return true;
    return false;
}

/* Why METRIC, which no run has, may be missing; "" where that is not known. */
static const char *remedy_for(const char *metric)
{
    if (text_equal(metric, "cpu_seconds"))
        return "; runs of earlier versions have it once they are trained again with --force";
    bool needs_train = text_starts_with(metric, "gap.") || text_starts_with(metric, "train_split.");
    return needs_train ? "; runs that train with `train.evaluate.on: [train, test]` have it, those "
                         "of earlier versions once they are trained again with --force"
                       : "";
}

int groups_check_metric(const struct groups *groups, const char *metric, struct error *error)
{
    struct names finals = {0};
    struct text known = {0};
    int result = 0;
    add_finals(&finals, groups);
    metric_add_names(&known, &finals);
    if (finals.count == 0)
        result = error_set(error, ERROR_NOT_FOUND,
                           "%s: no run is done yet, so there are no final figures", groups->name);
    else if (!some_run_has(groups, metric) && metric_is_of_run(metric))
        result =
            error_set(error, ERROR_NOT_FOUND, "%s: no run has it%s", metric, remedy_for(metric));
    else if (!some_run_has(groups, metric))
        result = error_set(error, ERROR_NOT_FOUND, "%s: no run has it (%s)%s", metric,
                           text_get(&known), remedy_for(metric));
    text_release(&known);
    names_release(&finals);
    return result;
}

static void warn_not_done(const struct group *group, const char *name)
{
    struct text text = {0};
    size_t trials = group->run_count + group->states[RUN_QUEUED];
    if (group->states[RUN_DONE] == trials)
        return;
    text_add_format(&text, "%s: %zu of %zu runs are done", name, group->states[RUN_DONE], trials);
    for (int state = 0; state < RUN_STATES; state++)
        if (state != RUN_DONE && group->states[state])
            text_add_format(&text, ", %zu %s", group->states[state],
                            state == RUN_QUEUED ? "not begun"
                                                : run_state_name((enum run_state)state));
    log_warning("%s", text_get(&text));
    text_release(&text);
}

/* Runs that share seed and setting and yet differ: in data, in version, or in what a name does not
 * tell. */
static void warn_of_seeds(const struct group *group, const char *name)
{
    struct names pairs = {0};
    size_t seen = 0;
    for (size_t i = 0; i < group->run_count; i++) {
        const struct group_run *run = &group->runs[i];
        if (run->run.state != RUN_DONE)
            continue;
        names_add(&pairs, run->pair);
        seen++;
    }
    if (seen > pairs.count)
        log_warning("%s: %zu of its runs %s the seed of another; %s", name, seen - pairs.count,
                    seen - pairs.count == 1 ? "repeats" : "repeat",
                    group->runs[0].setting ? "each seed's are averaged in tests"
                                           : "they pair with none, and count as independent");
    names_release(&pairs);
}

void groups_warn_missing(const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        struct text name = {0};
        printable_add(&name, group->name);
        warn_not_done(group, text_get(&name));
        if (group->repeated)
            log_warning("%s: left out %zu run%s of which there is a newer one with the same config "
                        "and seed",
                        text_get(&name), group->repeated, group->repeated == 1 ? "" : "s");
        warn_of_seeds(group, text_get(&name));
        text_release(&name);
    }
}
