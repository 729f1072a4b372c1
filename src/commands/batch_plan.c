#include "commands/batch_plan.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "batch/estimate.h"

#include <math.h>
#include <stdio.h>

/* Seconds for all timings together: a dry run is to be waited for. */
static const double time_box = 20;

static const char *const states[] = {[TRIAL_MISSING] = "missing",
                                     [TRIAL_DONE_BEFORE] = "done",
                                     [TRIAL_FAILED_BEFORE] = "failed",
                                     [TRIAL_ELSEWHERE] = "running"};

enum column { VARIANT, SEED, PARAMETERS, MEMORY, STEPS, SECONDS, STATE, RUN, CHANGES, COLUMNS };

static const char *const titles[COLUMNS][2] = {
    [VARIANT] = {"variant", "variant"},
    [SEED] = {"seed", "seed"},
    [PARAMETERS] = {"parameters", "parameters"},
    [MEMORY] = {"memory, MB", "memory_mb"},
    [STEPS] = {"steps", "steps"},
    [SECONDS] = {"time, s", "seconds"},
    [STATE] = {"state", "state"},
    [RUN] = {"run", "run"},
    [CHANGES] = {"changes", "changes"},
};

static void add_trial(struct table *table, const struct batch *batch, size_t index,
                      const struct estimate *estimate)
{
    const struct batch_trial *trial = &batch->trials[index];
    const struct variant *variant = &batch->experiment->variants[trial->variant];
    char *changes = experiment_changes(variant);
    for (char *at = changes; *at; at++)
        if (*at == '\n')
            *at = at[1] ? ' ' : '\0';
    table_add_row(table);
    table_set_text(table, VARIANT, variant->name);
    table_set_whole(table, SEED, trial->seed);
    table_set_whole(table, PARAMETERS, trial->parameters);
    table_set_number(table, MEMORY, (double)trial->memory / 1e6, 1);
    table_set_whole(table, STEPS, trial->steps);
    if (estimate->seconds && !isnan(estimate->seconds[index]))
        table_set_number(table, SECONDS, estimate->seconds[index], 1);
    table_set_text(table, STATE, states[trial->fate]);
    if (*trial->run)
        table_set_text(table, RUN, trial->run);
    table_set_text(table, CHANGES, changes);
    memory_free(changes);
}

static void say_estimate(const struct batch *batch, const struct estimate *estimate, int places)
{
    size_t missing = 0;
    for (size_t i = 0; i < batch->count; i++)
        missing += batch->trials[i].fate == TRIAL_MISSING;
    if (missing == 0)
        return;
    if (isnan(estimate->total)) {
        log_note("the time that %zu trials will take could not be measured", missing);
        return;
    }
    struct text time = {0}, longest = {0};
    clock_add_duration(&time, estimate->total);
    clock_add_duration(&longest, estimate->longest);
    log_line("%s: about %s for %zu trials, %d at a time, the longest %s (%zu of %zu speeds "
             "measured)",
             batch->experiment->name, text_get(&time), missing, places, text_get(&longest),
             estimate->timed, estimate->distinct);
    double limit = batch->experiment->budget.trial_seconds;
    if (limit > 0 && estimate->longest > limit)
        log_warning("budget.trial_seconds is %g: longer trials would be ended before they are done",
                    limit);
    text_release(&time);
    text_release(&longest);
}

int batch_plan_print(const struct batch *batch, enum table_format format, bool with_estimate,
                     int places, struct error *error)
{
    struct estimate estimate = {0};
    if (with_estimate && estimate_batch(&estimate, batch, places, time_box, error)) {
        estimate_release(&estimate);
        return -1;
    }
    struct table table = {0};
    for (int i = 0; i < COLUMNS; i++)
        table_add_column(&table, NULL, titles[i][0], titles[i][1]);
    for (size_t i = 0; i < batch->count; i++)
        add_trial(&table, batch, i, &estimate);
    int result = table_print(&table, format, stdout, error);
    if (result == 0 && with_estimate)
        say_estimate(batch, &estimate, places);
    table_release(&table);
    estimate_release(&estimate);
    return result;
}
