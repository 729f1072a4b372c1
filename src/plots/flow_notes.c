#include "plots/flow_plot.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>

/* The runs of GROUP (or all) that will record it but have not yet: "2 running, 3 not begun". False
 * where the configs do not ask for it, or no run has begun that could tell. */
static bool add_awaited(struct text *text, const struct flow_plot *flow, int64_t group)
{
    size_t states[RUN_STATES] = {0}, asked = 0, waiting = 0;
    for (size_t i = 0; i < flow->runs.count; i++) {
        const struct flow_run *run = &flow->runs.items[i];
        if (!run->is_asked || run->list.count > 0 || (group >= 0 && run->group != (size_t)group))
            continue;
        states[run->run->run.state]++;
        asked++;
    }
    for (size_t i = 0; i < flow->groups->count; i++)
        waiting += group < 0 || i == (size_t)group ? flow->groups->items[i].trial_count : 0;
    if (asked == 0)
        return false;
    const char *comma = "";
    for (int i = 0; i < RUN_STATES; i++)
        if (states[i]) {
            text_add_format(text, "%s%zu %s", comma, states[i], run_state_name((enum run_state)i));
            comma = ", ";
        }
    if (waiting)
        text_add_format(text, "%s%zu not begun", comma, waiting);
    return true;
}

int flow_nothing_recorded(const struct flow_plot *flow, struct error *error)
{
    struct text awaited = {0};
    const char *name = flow->groups->name;
    size_t waiting = 0;
    for (size_t i = 0; i < flow->groups->count; i++)
        waiting += flow->groups->items[i].trial_count;
    if (add_awaited(&awaited, flow, FLOW_ALL_GROUPS))
        error_set(error, ERROR_NOT_FOUND, "%s: no gradient flow is recorded yet: %s", name,
                  text_get(&awaited));
    else if (flow->runs.count == 0 && waiting > 0)
        error_set(error, ERROR_NOT_FOUND,
                  "%s: no gradient flow is recorded yet: %zu not begun; those record it whose "
                  "config says `train.diagnostics: gradient_flow`",
                  name, waiting);
    else
        error_set(error, ERROR_NOT_FOUND,
                  "%s: no gradient flow is recorded; set `train.diagnostics: gradient_flow` in "
                  "the config (or beside unroll run and unroll batch, "
                  "train.diagnostics=gradient_flow) and train again: the results stay the same",
                  name);
    text_release(&awaited);
    return -1;
}

/* What of group INDEX is not in the picture. */
static void note_group(const struct flow_plot *flow, size_t index)
{
    const struct group *group = &flow->groups->items[index];
    size_t recorded = 0, with_layer = 0, before = group->run_count;
    struct text awaited = {0};
    bool is_awaited = add_awaited(&awaited, flow, (int64_t)index);
    int64_t layer = flow->layer;
    for (size_t i = 0; i < flow->runs.count; i++) {
        const struct flow_run *run = &flow->runs.items[i];
        recorded += run->group == index && run->list.count > 0;
        with_layer += run->group == index && run->step_count > 0;
        if (flow->layer < 0 && run->group == index && run->layer > layer)
            layer = run->layer;
    }
    if (group->run_count == 0)
        log_note("%s: no gradient flow is recorded yet: %zu not begun", group->name,
                 group->trial_count);
    else if (recorded == 0)
        log_note("%s: no gradient flow is recorded%s%s", group->name, is_awaited ? " yet: " : "",
                 text_get(&awaited));
    else if (with_layer == 0)
        log_note("%s: no gradient flow is recorded of layer %" PRId64 ": it has no line",
                 group->name, layer);
    for (size_t i = 0; i < flow->panel_count && with_layer > 0; i++) {
        size_t shown = flow_panel_count(flow, &flow->panels[i], index);
        char *what = flow_panel_label(&flow->panels[i]);
        if (shown < before)
            log_note("%s, %s: %zu of %zu runs recorded layer %" PRId64 " here", group->name, what,
                     shown, group->run_count, layer);
        before = shown;
        memory_free(what);
    }
    text_release(&awaited);
}

/* A layer above the shown one of which nothing is recorded. */
static void note_above(const struct flow_plot *flow, size_t index)
{
    for (size_t i = 0; i < flow->runs.count; i++) {
        const struct flow_run *run = &flow->runs.items[i];
        if (run->group != index || run->layer < 0 || run->above < 0)
            continue;
        log_note(run->is_unknown ? "%s: layer %" PRId64 " is shown; layer %" PRId64
                                   " (%s) above it may have a state, which is not measured"
                                 : "%s: layer %" PRId64 " is shown; the state of layer %" PRId64
                                   " (%s) above it is not measured",
                 flow->groups->items[index].name, run->layer, run->above, run->above_name);
        return;
    }
}

/* Some runs went on behind the last step that is shown. */
static void note_later(const struct flow_plot *flow)
{
    const struct flow_panel *panel = &flow->panels[flow->panel_count - 1];
    const struct flow_question any = {FLOW_ALL_GROUPS, false, true, FLOW_LAST, INT64_MAX};
    int64_t last = flow_runs_step(&flow->runs, &any);
    if (!panel->is_asked && last > panel->highest)
        log_note("step %" PRId64 " is the last one that the runs have in common; some went on to "
                 "step %" PRId64 ": --at step:%" PRId64 " shows each variant's last",
                 panel->highest, last, last);
}

void flow_note_missing(const struct flow_plot *flow)
{
    note_later(flow);
    for (size_t i = 0; i < flow->groups->count; i++) {
        note_group(flow, i);
        if (flow->layer < 0)
            note_above(flow, i);
    }
}

/* It is recorded, but not where it is asked for. */
int flow_nothing_there(const struct flow_plot *flow, const struct plot_request *request,
                       struct error *error)
{
    struct text what = {0}, layers = {0};
    struct names numbers = {0};
    int64_t first = INT64_MAX, last = -1;
    for (size_t i = 0; i < flow->runs.count; i++)
        for (size_t j = 0; j < flow->runs.items[i].list.count; j++) {
            const struct gradient_flow *entry = &flow->runs.items[i].list.items[j];
            char number[32];
            snprintf(number, sizeof number, "%" PRId64, entry->layer);
            names_add(&numbers, number);
            first = entry->step < first ? entry->step : first;
            last = entry->step > last ? entry->step : last;
        }
    if (flow->layer >= 0)
        text_add_format(&what, " of layer %" PRId64, flow->layer);
    if (request->moment.kind == MOMENT_STEP)
        text_add_format(&what, " up to step %" PRId64, flow->panels[0].limit);
    for (size_t i = 0; i < numbers.count; i++)
        text_add_format(&layers, "%s %s", i ? "," : "", numbers.items[i]);
    error_set(error, ERROR_NOT_FOUND,
              "%s: no gradient flow is recorded%s; there is that of layer%s%s, from step %" PRId64
              " to %" PRId64,
              flow->groups->name, text_get(&what), numbers.count > 1 ? "s" : "", text_get(&layers),
              first, last);
    names_release(&numbers);
    text_release(&what);
    text_release(&layers);
    return -1;
}
