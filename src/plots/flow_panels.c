#include "plots/flow_plot.h"

#include "base/memory.h"
#include "base/text.h"

#include <math.h>

static int64_t ask(const struct flow_plot *flow, const struct flow_panel *panel, int64_t group,
                   bool only_done, bool any, enum flow_end end)
{
    const struct flow_question question = {group, only_done, any, end, panel->limit};
    return flow_runs_step(&flow->runs, &question);
}

/* One step for all runs where they have one. The last one of all, when that is the very first since
 * some have only begun, or recorded other steps: then that of the runs that are done. */
static int64_t choose_common(const struct flow_plot *flow, const struct flow_panel *panel)
{
    int64_t first = ask(flow, panel, FLOW_ALL_GROUPS, false, true, FLOW_FIRST);
    int64_t last = ask(flow, panel, FLOW_ALL_GROUPS, false, true, FLOW_LAST);
    int64_t common = ask(flow, panel, FLOW_ALL_GROUPS, false, false, panel->end);
    if (panel->end == FLOW_FIRST || common > first || first == last)
        return common;
    int64_t of_done = ask(flow, panel, FLOW_ALL_GROUPS, true, false, FLOW_LAST);
    return of_done > first ? of_done : -1;
}

/* A step for the runs of GROUP where not all have one in common; -1 where that is only the very
 * first, which says nothing about the end. */
static int64_t choose_own(const struct flow_plot *flow, const struct flow_panel *panel,
                          int64_t group)
{
    int64_t first = ask(flow, panel, FLOW_ALL_GROUPS, false, true, FLOW_FIRST);
    if (panel->is_asked)
        return ask(flow, panel, group, false, true, FLOW_LAST);
    int64_t own = ask(flow, panel, group, false, false, panel->end);
    if (panel->end == FLOW_FIRST || own > first)
        return own;
    own = ask(flow, panel, group, true, false, FLOW_LAST);
    return own > first ? own : -1;
}

/* Never several steps for one group: a mean over them would be of nothing. */
static void choose_steps(const struct flow_plot *flow, struct flow_panel *panel)
{
    int64_t common = panel->is_asked ? -1 : choose_common(flow, panel);
    panel->steps = memory_array(flow->groups->count, sizeof *panel->steps);
    for (size_t i = 0; i < flow->groups->count; i++)
        panel->steps[i] = common >= 0 ? common : choose_own(flow, panel, (int64_t)i);
    panel->lowest = INT64_MAX;
    panel->highest = -1;
    for (size_t i = 0; i < flow->runs.count; i++) {
        int64_t step = panel->steps[flow->runs.items[i].group];
        if (step < 0 || !flow_run_has(&flow->runs.items[i], step))
            continue;
        panel->lowest = step < panel->lowest ? step : panel->lowest;
        panel->highest = step > panel->highest ? step : panel->highest;
    }
}

size_t flow_panel_count(const struct flow_plot *flow, const struct flow_panel *panel, size_t group)
{
    size_t count = 0;
    for (size_t i = 0; i < flow->runs.count; i++)
        count += flow->runs.items[i].group == group &&
                 flow_run_has(&flow->runs.items[i], panel->steps[group]);
    return count;
}

char *flow_panel_label(const struct flow_panel *panel)
{
    struct text label = {0};
    bool same = panel->lowest == panel->highest;
    text_add_format(&label, "gradient norm at step%s ", same ? "" : "s");
    text_add_integer(&label, panel->lowest);
    if (!same) {
        text_add(&label, "–");
        text_add_integer(&label, panel->highest);
    }
    return text_take(&label);
}

/* The two panels, or the one that was asked for, of which the first and last step are the same. */
void flow_panels_choose(struct flow_plot *flow, const struct plot_request *request)
{
    bool is_asked = request->moment.kind == MOMENT_STEP;
    struct flow_panel last = {.end = FLOW_LAST, .limit = INT64_MAX, .is_asked = is_asked};
    if (is_asked)
        last.limit = (int64_t)fmin(request->moment.at, 0x1p62);
    flow->panels[0] = flow->panels[1] = last;
    flow->panel_count = is_asked ? 1 : 2;
    if (!is_asked)
        flow->panels[0].end = FLOW_FIRST;
    for (size_t i = 0; i < flow->panel_count; i++)
        choose_steps(flow, &flow->panels[i]);
    const struct flow_panel *first = &flow->panels[0], *second = &flow->panels[1];
    if (flow->panel_count == 2 && (second->highest < 0 || (first->lowest == second->lowest &&
                                                           first->highest == second->highest)))
        flow->panel_count = 1; /* two would show the same */
}
