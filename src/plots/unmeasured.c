#include "plots/unmeasured.h"

#include "base/text.h"

#include <inttypes.h>

/* Adds the series that the first run of GROUPS with any has. */
static void add_measured(struct text *known, struct store *store, const struct groups *groups)
{
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count && known->length == 0; j++) {
            char **names = NULL;
            size_t count = 0;
            const char *id = groups->items[i].runs[j].run.id;
            if (store_series_list(store, id, &names, &count, NULL) != 0)
                continue;
            for (size_t k = 0; k < count; k++)
                text_add_format(known, "%s%s", known->length ? ", " : "", names[k]);
            store_series_free(names, count);
        }
}

/* How RUN ended: "diverged at step 3". */
static void add_end(struct text *text, const struct run *run)
{
    int64_t step = run->progress.step;
    if (run->state == RUN_DIVERGED)
        text_add_format(text, "diverged at step %" PRId64, step + 1);
    else
        text_add_format(text, "%s after %" PRId64 " step%s",
                        run->state == RUN_DONE ? "was done" : run_state_name(run->state), step,
                        step == 1 ? "" : "s");
}

/* Says so of runs that are all over. */
static void nothing_recorded(const struct groups *groups, size_t count, const char *metric,
                             struct error *error)
{
    static const char *const how =
        "train.log.every and train.evaluate.every set how often there is one";
    const struct run *first = NULL;
    struct text end = {0};
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count && !first; j++)
            first = &groups->items[i].runs[j].run;
    add_end(&end, first);
    if (count == 1)
        error_set(error, ERROR_NOT_FOUND, "%s: run %s %s, before its first record; %s", metric,
                  first->id, text_get(&end), how);
    else
        error_set(error, ERROR_NOT_FOUND,
                  "%s: all %zu runs have ended before their first record (%s %s); %s", metric,
                  count, first->id, text_get(&end), how);
    text_release(&end);
}

int unmeasured_error(struct store *store, const struct groups *groups, const char *metric,
                     struct error *error)
{
    struct text known = {0};
    size_t over = 0, coming = 0;
    for (size_t i = 0; i < groups->count; i++) {
        const struct group *group = &groups->items[i];
        coming += group->states[RUN_QUEUED] + group->states[RUN_RUNNING];
        over += group->run_count - group->states[RUN_RUNNING];
    }
    add_measured(&known, store, groups);
    if (known.length)
        error_set(error, ERROR_NOT_FOUND, "%s: no run has measured it (there is %s)", metric,
                  text_get(&known));
    else if (over > 0 && coming == 0)
        nothing_recorded(groups, over, metric, error);
    else
        error_set(error, ERROR_NOT_FOUND, "%s: no run has measured anything yet", metric);
    text_release(&known);
    return -1;
}
