/* Runs a recurrent layer in both directions: Schuster and Paliwal, "Bidirectional recurrent neural
 * networks", 1997. Any recurrent layer can be wrapped, for only its hooks are used. */
#include "base/parts.h"
#include "math/isa.h"
#include "module/hook.h"
#include "module/layer.h"
#include "module/plan_check.h"
#include "module/registry.h"

#include <stdio.h>
#include <string.h>

enum { DIRECTIONS = 2 };

/* Random numbers of the reverse direction come from another lane than those of the forward one. */
static const uint32_t reverse_lane = (uint32_t)1 << 23;

enum merge { MERGE_CONCAT, MERGE_SUM, MERGE_MEAN };

struct bidirectional_params {
    struct module_choice of;
    int merge; /* enum merge */
};

static const struct bidirectional_params defaults = {.merge = MERGE_CONCAT};

static const char *const merge_names[] = {"concat", "sum", "mean", NULL};

static const struct param params_table[] = {
    {.name = "of",
     .summary = "The recurrent layer that is run in both directions, each with its own weights.",
     .type = PARAM_MODULE,
     .flags = PARAM_REQUIRED,
     .offset = offsetof(struct bidirectional_params, of),
     .kind = MODULE_LAYER},
    {.name = "merge",
     .summary = "How the two outputs of a step become one.",
     .type = PARAM_CHOICE,
     .offset = offsetof(struct bidirectional_params, merge),
     .choices = merge_names},
    {0},
};

extern const struct layer layer_bidirectional; /* at the end of this file */

static int bidirectional_check(const void *data, struct error *error)
{
    const struct bidirectional_params *params = data;
    const struct layer *inner = (const struct layer *)params->of.module;
    if (!inner)
        return error_set(error, ERROR_USAGE,
                         "bidirectional: `of` is missing: name a recurrent layer, for example "
                         "{bidirectional: {of: lstm}}");
    if (inner == &layer_bidirectional)
        return error_set(error, ERROR_USAGE,
                         "bidirectional: `of` is bidirectional itself: name the recurrent layer "
                         "inside, for example {bidirectional: {of: lstm}}; to stack two, write two "
                         "entries of the stack");
    if (!inner->recurrent)
        return error_set(error, ERROR_USAGE,
                         "bidirectional: `of` must be a recurrent layer, such as lstm; %s has no "
                         "hidden state",
                         inner->module.name);
    return 0;
}

/* What the inner layer plans for one direction. */
static int describe_inner(const struct bidirectional_params *params, const struct layer_plan *plan,
                          struct layer_plan *inner_plan, struct error *error)
{
    const struct layer *inner = (const struct layer *)params->of.module;
    memset(inner_plan, 0, sizeof *inner_plan);
    inner_plan->in = inner_plan->out = plan->in;
    inner_plan->all_steps = plan->all_steps;
    inner_plan->classes = plan->classes;
    inner_plan->batch = plan->batch;
    HOOK(params->of.module);
    hook_clear(error);
    if (inner->describe(params->of.params, inner_plan, error) || plan_check(inner_plan, error))
        return hook_failed(params->of.module, error);
    if (inner_plan->states <= 1)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "bidirectional: %s runs in both directions already: use it by itself",
                     params->of.module->name);
}

static int add_tensors(const char *name, const struct layer_plan *inner, struct layer_plan *plan,
                       struct error *error)
{
    if (inner->tensor_count > LAYER_TENSORS / DIRECTIONS)
        return error_set(error, ERROR_FAILED,
                         "bidirectional: %s has %d tensors, at most %d can be doubled", name,
                         inner->tensor_count, LAYER_TENSORS / DIRECTIONS);
    plan->tensor_count = DIRECTIONS * inner->tensor_count;
    for (int i = 0; i < inner->tensor_count; i++) {
        struct tensor *reverse = &plan->tensors[inner->tensor_count + i];
        plan->tensors[i] = *reverse = inner->tensors[i];
        int length =
            snprintf(reverse->name, sizeof reverse->name, "%s_reverse", inner->tensors[i].name);
        if (length >= (int)sizeof reverse->name)
            return error_set(error, ERROR_FAILED,
                             "bidirectional: %s: the tensor name %s is too long to take the suffix "
                             "_reverse",
                             name, inner->tensors[i].name);
    }
    return 0;
}

static int64_t input_floats(const struct layer_plan *plan, int64_t batch)
{
    return plan->in.steps * batch * plan->in.features;
}

static int64_t output_floats(const struct layer_plan *inner, int64_t batch)
{
    return inner->out.steps * batch * inner->out.features;
}

/* Between its arrays an inner layer of a plugin has gaps, as the core has between its own: what is
 * written there was meant for none of them. */
enum { GAP_FLOATS = 64, SAVED_GAPS = 2 * DIRECTIONS, SCRATCH_GAPS = 2 };

static int64_t gap_floats(const struct bidirectional_params *params)
{
    return *registry_plugin_digest(params->of.module) ? GAP_FLOATS : 0;
}

static int bidirectional_describe(const void *data, struct layer_plan *plan, struct error *error)
{
    const struct bidirectional_params *params = data;
    struct layer_plan inner;
    if (bidirectional_check(params, error) || describe_inner(params, plan, &inner, error))
        return -1;
    const char *name = params->of.module->name;
    if (plan->in.varies && ((const struct layer *)params->of.module)->lengths != LAYER_LENGTHS)
        return error_set(error, ERROR_USAGE,
                         "bidirectional: %s takes every sequence for one of all %lld steps, and "
                         "those of the data set have different lengths: choose a layer that knows "
                         "lengths, such as lstm",
                         name, (long long)plan->in.steps);
    if (inner.out.steps != plan->in.steps)
        return error_set(error, ERROR_USAGE,
                         "bidirectional: %s turns %lld steps into %lld; only a layer that keeps "
                         "their number can be run in both directions",
                         name, (long long)plan->in.steps, (long long)inner.out.steps);
    if (add_tensors(name, &inner, plan, error))
        return -1;
    int64_t units = inner.out.features;
    plan->out = inner.out;
    if (params->merge == MERGE_CONCAT) {
        plan->out.features = DIRECTIONS * units;
        plan->out.reversed_from = units;
    } else {
        plan->out.mixes_directions = true;
    }
    int64_t gap = gap_floats(params);
    int64_t work = input_floats(plan, plan->batch) + output_floats(&inner, plan->batch);
    plan->saved_floats = DIRECTIONS * (inner.saved_floats + output_floats(&inner, plan->batch)) +
                         input_floats(plan, plan->batch) + SAVED_GAPS * gap;
    plan->scratch_floats = inner.scratch_floats + work + SCRATCH_GAPS * gap;
    plan->states = DIRECTIONS * inner.states;
    plan->operations = DIRECTIONS * inner.operations;
    plan->state_gradient_operations = DIRECTIONS * inner.state_gradient_operations;
    plan->input_gradient_operations = DIRECTIONS * inner.input_gradient_operations;
    return 0;
}

/* Where a call's arrays stand. */
struct bidirectional_memory {
    const struct layer *inner;
    struct layer_plan plan;      /* of one direction, see plan_of_one */
    float *reversed_in;          /* [steps, batch, inputs] */
    float *out[DIRECTIONS];      /* [steps, batch, units]; the same without saved */
    float *saved[DIRECTIONS];    /* the inner layer's; NULL without saved */
    float *direction_gradient;   /* [steps, batch, units]; backward only */
    float *reversed_in_gradient; /* [steps, batch, inputs]; backward only */
    float *scratch;              /* the inner layer's */
    struct gap {
        uint32_t *from;
        const char *behind, *before; /* the arrays that it separates */
    } gaps[SAVED_GAPS + SCRATCH_GAPS];
    int gap_count;
    int64_t gap_floats;
};

/* Returns where the array begins that is BEFORE, the one BEHIND ending at END. */
static float *leave_gap(struct bidirectional_memory *memory, float *end, const char *behind,
                        const char *before)
{
    memory->gaps[memory->gap_count++] = (struct gap){(uint32_t *)(void *)end, behind, before};
    return end + memory->gap_floats;
}

/* Not a number, and none that a computation gives. */
static uint32_t filling_of(int64_t i)
{
    return 0x7FB6A500 + (uint32_t)i;
}

static void fill_gaps(const struct bidirectional_memory *memory)
{
    for (int gap = 0; gap < memory->gap_count; gap++)
        for (int64_t i = 0; i < memory->gap_floats; i++)
            memory->gaps[gap].from[i] = filling_of(i);
}

static void check_gaps(const struct bidirectional_memory *memory)
{
    for (int gap = 0; gap < memory->gap_count; gap++)
        for (int64_t i = 0; i < memory->gap_floats; i++)
            if (memory->gaps[gap].from[i] != filling_of(i))
                hook_condemn(&memory->inner->module,
                             "wrote out of bounds in bidirectional: behind %s or before %s",
                             memory->gaps[gap].behind, memory->gaps[gap].before);
}

/* Calls HOOK, forward or backward of the inner layer. */
static void call_inner(const struct bidirectional_memory *memory,
                       void (*hook)(const struct layer_call *call), const struct layer_call *inner)
{
    HOOK(&memory->inner->module);
    fill_gaps(memory);
    hook(inner);
    check_gaps(memory);
}

/* What the inner layer planned, from what bidirectional_describe made of it: it is asked before
 * training only. Where PLAN has fewer steps than it was made for, what is saved gets the rest. */
static struct layer_plan plan_of_one(const struct layer_plan *plan, int merge, int64_t gap)
{
    struct layer_plan one = *plan;
    int64_t units = merge == MERGE_CONCAT ? plan->out.features / DIRECTIONS : plan->out.features;
    one.out.features = one.out.reversed_from = units;
    one.out.mixes_directions = false;
    int64_t in = input_floats(plan, plan->batch), out = output_floats(&one, plan->batch);
    one.saved_floats = (plan->saved_floats - in - SAVED_GAPS * gap) / DIRECTIONS - out;
    one.scratch_floats = plan->scratch_floats - in - out - SCRATCH_GAPS * gap;
    one.tensor_count = plan->tensor_count / DIRECTIONS;
    one.states = plan->states / DIRECTIONS;
    one.operations = plan->operations / DIRECTIONS;
    one.state_gradient_operations = plan->state_gradient_operations / DIRECTIONS;
    one.input_gradient_operations = plan->input_gradient_operations / DIRECTIONS;
    return one;
}

static void find_memory(const struct layer_call *call, struct bidirectional_memory *memory)
{
    const struct bidirectional_params *params = call->params;
    *memory = (struct bidirectional_memory){.inner = (const struct layer *)params->of.module};
    memory->gap_floats = gap_floats(params);
    memory->plan = plan_of_one(call->plan, params->merge, memory->gap_floats);
    int64_t outputs = output_floats(&memory->plan, call->plan->batch);
    memory->scratch = call->scratch;
    float *end = memory->scratch + memory->plan.scratch_floats;
    if (!call->saved) {
        memory->out[0] = memory->out[1] = leave_gap(memory, end, "scratch", "out");
        memory->reversed_in = leave_gap(memory, memory->out[0] + outputs, "out", "in");
        return;
    }
    memory->direction_gradient = leave_gap(memory, end, "scratch", "out_gradient");
    memory->reversed_in_gradient =
        leave_gap(memory, memory->direction_gradient + outputs, "out_gradient", "in_gradient");
    float *rest = call->saved;
    for (int direction = 0; direction < DIRECTIONS; direction++) {
        memory->saved[direction] = rest;
        memory->out[direction] =
            leave_gap(memory, rest + memory->plan.saved_floats, "saved", "out");
        rest =
            leave_gap(memory, memory->out[direction] + outputs, "out", direction ? "in" : "saved");
    }
    memory->reversed_in = rest;
}

/* out[i] = scale · (out[i] + in[i]). */
MATH_BODY void add_scaled_body(int64_t count, float scale, const float *restrict in,
                               float *restrict out)
{
    for (int64_t i = 0; i < count; i++)
        out[i] = scale * (out[i] + in[i]);
}

MATH_CLONES(add_scaled, add_scaled_body, (int64_t count, float scale, const float *in, float *out),
            (count, scale, in, out))

/* The step of the inner layer's own sequence that belongs to step T of the input. */
static int64_t own_step(int direction, int64_t steps, int64_t t)
{
    return direction ? steps - 1 - t : t;
}

/* Rows of [steps, batch] that move together when time is turned: examples FROM to TO at step T of
 * the input, which are at step OWN of the direction's own sequence. */
struct turned_rows {
    int64_t t, from, to, own;
};

/* Walks over all rows, in pieces: a whole step where all examples are as long; else each example by
 * itself, turned within its own length, for what is behind its end stays in its place. ROWS starts
 * as all zero. */
static bool next_rows(const struct layer_call *call, int direction, struct turned_rows *rows)
{
    int64_t steps = call->plan->in.steps;
    if (rows->to == call->batch)
        *rows = (struct turned_rows){.t = rows->t + 1};
    if (rows->t == steps)
        return false;
    bool is_whole = !call->lengths || direction == 0;
    int64_t length = is_whole ? steps : call->lengths[rows->to];
    rows->from = rows->to;
    rows->to = is_whole ? call->batch : rows->from + 1;
    rows->own = rows->t < length ? own_step(direction, length, rows->t) : rows->t;
    return true;
}

/* to [steps, batch, width] = from, each example's steps in reverse order. */
static void copy_reversed(const struct layer_call *call, int64_t width, const float *from,
                          float *to)
{
    PART(DIRECTIONS);
    for (struct turned_rows rows = {0}; next_rows(call, 1, &rows);)
        memcpy(to + (rows.t * call->batch + rows.from) * width,
               from + (rows.own * call->batch + rows.from) * width,
               (size_t)((rows.to - rows.from) * width) * sizeof(float));
}

/* Puts one direction's output [steps, batch, units] into call->out, forward first. */
static void merge_output(const struct layer_call *call, int64_t units, int direction,
                         const float *from)
{
    enum merge merge = (enum merge)((const struct bidirectional_params *)call->params)->merge;
    int64_t batch = call->batch;
    PART(DIRECTIONS);
    for (struct turned_rows rows = {0}; next_rows(call, direction, &rows);) {
        int64_t row = rows.t * batch + rows.from, count = rows.to - rows.from;
        const float *source = from + (rows.own * batch + rows.from) * units;
        float *target = call->out + row * units;
        if (merge == MERGE_CONCAT)
            for (int64_t b = 0; b < count; b++)
                memcpy(call->out + ((row + b) * DIRECTIONS + direction) * units, source + b * units,
                       (size_t)units * sizeof(float));
        else if (direction == 0)
            memcpy(target, source, (size_t)(count * units) * sizeof(float));
        else
            add_scaled(count * units, merge == MERGE_MEAN ? 0.5f : 1.0f, source, target);
    }
}

/* The gradient of one direction's output [steps, batch, units], in that direction's own order. */
static void split_gradient(const struct layer_call *call, int64_t units, int direction, float *to)
{
    enum merge merge = (enum merge)((const struct bidirectional_params *)call->params)->merge;
    int64_t batch = call->batch;
    PART(DIRECTIONS);
    for (struct turned_rows rows = {0}; next_rows(call, direction, &rows);) {
        int64_t row = rows.t * batch + rows.from, count = rows.to - rows.from;
        float *target = to + (rows.own * batch + rows.from) * units;
        const float *source = call->out_gradient + row * units;
        if (merge == MERGE_CONCAT)
            for (int64_t b = 0; b < count; b++)
                memcpy(target + b * units,
                       call->out_gradient + ((row + b) * DIRECTIONS + direction) * units,
                       (size_t)units * sizeof(float));
        else
            for (int64_t i = 0; i < count * units; i++)
                target[i] = merge == MERGE_MEAN ? 0.5f * source[i] : source[i];
    }
}

/* Adds the reverse direction's gradient of the input, where the input goes on. */
static void add_reversed(const struct layer_call *call, const float *reversed)
{
    int64_t batch = call->batch, features = call->plan->in.features;
    PART(DIRECTIONS);
    for (struct turned_rows rows = {0}; next_rows(call, 1, &rows);)
        if (!call->lengths || rows.t < call->lengths[rows.from])
            add_scaled((rows.to - rows.from) * features, 1.0f,
                       reversed + (rows.own * batch + rows.from) * features,
                       call->in_gradient + (rows.t * batch + rows.from) * features);
}

/* The call of the inner layer for one direction. */
static struct layer_call inner_call(const struct layer_call *call,
                                    const struct bidirectional_memory *memory, int direction)
{
    int first = direction * memory->plan.tensor_count;
    struct layer_call inner = *call;
    inner.plan = &memory->plan;
    inner.params = ((const struct bidirectional_params *)call->params)->of.params;
    inner.layer = direction ? call->layer | reverse_lane : call->layer;
    inner.weights = call->weights + first;
    inner.gradients = call->gradients ? call->gradients + first : NULL;
    inner.in = direction ? memory->reversed_in : call->in;
    inner.out = memory->out[direction];
    inner.saved = memory->saved[direction];
    inner.scratch = memory->scratch;
    if (call->state_gradients)
        inner.state_gradients =
            call->state_gradients + direction * memory->plan.states * memory->plan.in.steps;
    return inner;
}

static void bidirectional_forward(const struct layer_call *call)
{
    struct bidirectional_memory memory;
    find_memory(call, &memory);
    copy_reversed(call, call->plan->in.features, call->in, memory.reversed_in);
    for (int direction = 0; direction < DIRECTIONS; direction++) {
        struct layer_call inner = inner_call(call, &memory, direction);
        call_inner(&memory, memory.inner->forward, &inner);
        merge_output(call, memory.plan.out.features, direction, inner.out);
    }
}

static void bidirectional_backward(const struct layer_call *call)
{
    struct bidirectional_memory memory;
    find_memory(call, &memory);
    for (int direction = 0; direction < DIRECTIONS; direction++) {
        struct layer_call inner = inner_call(call, &memory, direction);
        split_gradient(call, memory.plan.out.features, direction, memory.direction_gradient);
        inner.out_gradient = memory.direction_gradient;
        if (direction && call->in_gradient)
            inner.in_gradient = memory.reversed_in_gradient;
        call_inner(&memory, memory.inner->backward, &inner);
    }
    if (call->in_gradient)
        add_reversed(call, memory.reversed_in_gradient);
}

const struct layer layer_bidirectional = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "bidirectional",
               .summary = "Runs a recurrent layer forward and backward in time.",
               .params = params_table, .defaults = &defaults,
               .params_size = sizeof(struct bidirectional_params), .check = bidirectional_check},
    .lengths = LAYER_LENGTHS,
    .describe = bidirectional_describe,
    .forward = bidirectional_forward,
    .backward = bidirectional_backward,
};
