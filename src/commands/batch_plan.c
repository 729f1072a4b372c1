#include "commands/batch_plan.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "batch/estimate.h"
#include "batch/swept_value.h"
#include "config/scalar.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

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

/* What the column of changes leaves out. */
struct omitted {
    const struct batch_options *options; /* whose overrides lie over the changes */
    struct change_list common;           /* what all variants share, where people read */
};

static bool is_overridden(const struct batch_options *options, const char *path)
{
    bool result = false;
    for (int i = 0; i < options->override_count && !result; i++) {
        const char *override = options->overrides[i];
        char *other = text_format("%.*s", (int)strcspn(override, "="), override);
        result = sweep_paths_meet(path, other);
        memory_free(other);
    }
    return result;
}

static bool has_change(const struct change_list *list, const struct change *change)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i].path, change->path) &&
            text_equal(list->items[i].value->text, change->value->text))
            return true;
    return false;
}

/* What all variants set to the same value tells none from the others. */
static void find_common(struct change_list *common, const struct experiment_file *experiment)
{
    if (experiment->variant_count < 2)
        return;
    experiment_list_changes(&experiment->variants[0], common);
    for (size_t i = 1; i < experiment->variant_count && common->count; i++) {
        struct change_list other;
        experiment_list_changes(&experiment->variants[i], &other);
        size_t kept = 0;
        for (size_t j = 0; j < common->count; j++) {
            if (has_change(&other, &common->items[j]))
                common->items[kept++] = common->items[j];
            else
                memory_free(common->items[j].path);
        }
        common->count = kept;
        change_list_release(&other);
    }
}

/* A number or a truth value where it is one, else a string. */
static void add_json_value(struct text *text, const struct node *value)
{
    struct text remedy = {0};
    double number;
    bool is_literal = text_equal(value->text, "true") || text_equal(value->text, "false");
    bool is_number = scalar_read_real(value->text, &number, &remedy) == 0 && isfinite(number);
    if (!value->quoted && (is_literal || is_number))
        swept_value_add_text(value, text);
    else
        table_add_json_text(text, value->text);
    text_release(&remedy);
}

static void set_changes(struct table *table, const struct variant *variant, bool as_json,
                        const struct omitted *omitted)
{
    struct change_list list;
    struct text text = {0};
    experiment_list_changes(variant, &list);
    text_add(&text, as_json ? "{" : "");
    for (size_t i = 0, shown = 0; i < list.count; i++) {
        const struct change *change = &list.items[i];
        if (is_overridden(omitted->options, change->path) || has_change(&omitted->common, change))
            continue;
        text_add(&text, shown++ == 0 ? "" : as_json ? ", " : " ");
        if (as_json) {
            table_add_json_text(&text, change->path);
            text_add(&text, ": ");
            add_json_value(&text, change->value);
        } else {
            text_add_format(&text, "%s=%s", change->path, change->value->text);
        }
    }
    text_add(&text, as_json ? "}" : "");
    if (as_json)
        table_set_json(table, CHANGES, text_get(&text));
    else
        table_set_text(table, CHANGES, text_get(&text));
    text_release(&text);
    change_list_release(&list);
}

static void add_trial(struct table *table, const struct batch *batch, size_t index,
                      const struct estimate *estimate)
{
    const struct batch_trial *trial = &batch->trials[index];
    table_add_row(table);
    table_set_text(table, VARIANT, batch->experiment->variants[trial->variant].name);
    table_set_whole(table, SEED, trial->seed);
    if (trial->steps > 0) { /* else its variant has a fault */
        table_set_whole(table, PARAMETERS, trial->parameters);
        table_set_number(table, MEMORY, (double)trial->memory / 1e6, 1);
        table_set_whole(table, STEPS, trial->steps);
    }
    if (estimate->seconds && !isnan(estimate->seconds[index]))
        table_set_number(table, SECONDS, estimate->seconds[index], 1);
    bool has_diverged = trial->fate == TRIAL_FAILED_BEFORE && trial->has_diverged;
    table_set_text(table, STATE, has_diverged ? "diverged" : states[trial->fate]);
    if (*trial->run)
        table_set_text(table, RUN, trial->run);
}

static void fill_table(struct table *table, const struct batch *batch,
                       const struct estimate *estimate, enum table_format format)
{
    struct omitted omitted = {.options = batch->options};
    if (format != TABLE_JSON && format != TABLE_CSV)
        find_common(&omitted.common, batch->experiment);
    for (int i = 0; i < COLUMNS; i++)
        table_add_column(table, NULL, titles[i][0], titles[i][1]);
    for (size_t i = 0; i < batch->count; i++) {
        add_trial(table, batch, i, estimate);
        set_changes(table, &batch->experiment->variants[batch->trials[i].variant],
                    format == TABLE_JSON, &omitted);
    }
    change_list_release(&omitted.common);
}

/* {"experiment": ..., "seconds": for all that is missing, "places": ..., "trials": [...]} */
static int print_json(const struct table *table, const struct batch *batch,
                      const struct estimate *estimate, int places, struct error *error)
{
    struct text text = {0};
    text_add(&text, "{\"experiment\": ");
    table_add_json_text(&text, batch->experiment->name);
    text_add(&text, ",\n \"seconds\": ");
    if (estimate->seconds && isfinite(estimate->total))
        text_add_real(&text, estimate->total);
    else
        text_add(&text, "null");
    text_add_format(&text, ",\n \"places\": %d,\n \"trials\": ", places);
    table_render(table, TABLE_JSON, 0, &text);
    text_add(&text, "}\n");
    bool is_written =
        fwrite(text_get(&text), 1, text.length, stdout) == text.length && fflush(stdout) == 0;
    text_release(&text);
    if (!is_written)
        return error_system(error, ERROR_FAILED, errno, "the plan cannot be written");
    return 0;
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
    fill_table(&table, batch, &estimate, format);
    int result = format == TABLE_JSON ? print_json(&table, batch, &estimate, places, error)
                                      : table_print(&table, format, stdout, error);
    if (result == 0 && with_estimate)
        say_estimate(batch, &estimate, places);
    table_release(&table);
    estimate_release(&estimate);
    return result;
}
