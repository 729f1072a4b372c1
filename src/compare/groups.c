#include "compare/groups.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "compare/metric.h"

#include <math.h>

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
