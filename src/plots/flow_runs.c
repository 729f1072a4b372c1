#include "plots/flow_runs.h"

#include "base/memory.h"
#include "base/text.h"
#include "module/layer.h"
#include "module/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Whether the layer called NAME has a hidden state; *IS_UNKNOWN where its module is not there. A
 * layer around another one counts: only recurrent layers are wrapped. */
static bool has_state(const char *name, bool *is_unknown)
{
    const struct module *module = registry_find(MODULE_LAYER, name);
    *is_unknown = !module;
    if (!module || ((const struct layer *)module)->recurrent)
        return true;
    for (const struct param *param = module->params; param && param->name; param++)
        if (param->type == PARAM_MODULE && param->kind == MODULE_LAYER)
            return true;
    return false;
}

static bool has_recorded(const struct flow_run *run, int64_t layer)
{
    for (size_t i = 0; i < run->list.count; i++)
        if (run->list.items[i].layer == layer)
            return true;
    return false;
}

/* The layers of the stack in SETTINGS. */
static void read_stack(struct flow_run *run, const struct settings *settings)
{
    char key[64];
    const char *name;
    for (int64_t i = 0;; i++) {
        bool is_unknown;
        snprintf(key, sizeof key, "model.stack.%" PRId64, i);
        if (!(name = settings_get(settings, key)))
            return;
        if (!has_state(name, &is_unknown))
            continue;
        run->states++;
        if (i <= run->layer || has_recorded(run, i))
            continue;
        memory_free(run->above_name);
        run->above = i;
        run->above_name = memory_copy_text(name);
        run->is_unknown = is_unknown;
    }
}

/* What its config says. One that cannot be read, or that was deleted since, says nothing. */
static void read_config(struct flow_run *run, struct store *store)
{
    struct error trouble;
    struct run stored;
    struct settings settings = {0};
    run->above = -1;
    if (store_run_find(store, run->run->run.id, &stored, &trouble) != 0)
        return;
    if (settings_read(&settings, stored.config, &trouble) == 0) {
        const char *diagnostics = settings_get(&settings, "train.diagnostics");
        run->is_asked = diagnostics && strstr(diagnostics, "gradient_flow");
        read_stack(run, &settings);
    }
    settings_release(&settings);
    run_release(&stored);
}

/* The steps at which the shown layer was recorded: the list is sorted by step. */
static void read_steps(struct flow_run *run, int64_t wanted)
{
    int64_t top = -1;
    for (size_t i = 0; i < run->list.count; i++)
        top = run->list.items[i].layer > top ? run->list.items[i].layer : top;
    run->layer = wanted >= 0 && top >= 0 ? wanted : top;
    run->steps = memory_array(run->list.count, sizeof *run->steps);
    for (size_t i = 0; i < run->list.count; i++) {
        const struct gradient_flow *entry = &run->list.items[i];
        if (entry->layer != run->layer)
            continue;
        run->has_two |= entry->direction > 0;
        if (run->step_count == 0 || run->steps[run->step_count - 1] != entry->step)
            run->steps[run->step_count++] = entry->step;
    }
}

int flow_runs_load(struct flow_runs *runs, struct store *store, const struct groups *groups,
                   int64_t layer, struct error *error)
{
    size_t count = 0;
    for (size_t i = 0; i < groups->count; i++)
        count += groups->items[i].run_count;
    *runs = (struct flow_runs){.items = memory_array(count, sizeof *runs->items)};
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            struct flow_run *run = &runs->items[runs->count++];
            *run = (struct flow_run){.group = i, .run = &groups->items[i].runs[j], .above = -1};
            if (store_gradient_flow_list(store, run->run->run.id, &run->list, error) != 0)
                return -1;
            read_steps(run, layer);
            read_config(run, store);
        }
    return 0;
}

void flow_runs_release(struct flow_runs *runs)
{
    for (size_t i = 0; i < runs->count; i++) {
        gradient_flow_list_release(&runs->items[i].list);
        memory_free(runs->items[i].steps);
        memory_free(runs->items[i].above_name);
    }
    memory_free(runs->items);
    *runs = (struct flow_runs){0};
}

bool flow_run_has(const struct flow_run *run, int64_t step)
{
    size_t low = 0, high = run->step_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (run->steps[middle] < step)
            low = middle + 1;
        else
            high = middle;
    }
    return low < run->step_count && run->steps[low] == step;
}

static bool is_meant(const struct flow_run *run, const struct flow_question *question)
{
    return run->step_count > 0 && (question->group < 0 || run->group == (size_t)question->group) &&
           (!question->only_done || run->run->run.state == RUN_DONE);
}

static bool all_have(const struct flow_runs *runs, const struct flow_question *question,
                     int64_t step)
{
    for (size_t i = 0; i < runs->count; i++)
        if (is_meant(&runs->items[i], question) && !flow_run_has(&runs->items[i], step))
            return false;
    return true;
}

int64_t flow_runs_step(const struct flow_runs *runs, const struct flow_question *question)
{
    int64_t best = -1;
    for (size_t i = 0; i < runs->count; i++) {
        const struct flow_run *run = &runs->items[i];
        if (!is_meant(run, question))
            continue;
        for (size_t j = 0; j < run->step_count && run->steps[j] <= question->limit; j++) {
            int64_t step = run->steps[j];
            bool is_better = best < 0 || (question->end == FLOW_FIRST ? step < best : step > best);
            if (is_better && (question->any || all_have(runs, question, step)))
                best = step;
        }
        if (!question->any)
            break; /* what all have, the first of them has */
    }
    return best;
}
