#include "model/model.h"

#include "base/memory.h"
#include "base/text.h"
#include "math/random.h"
#include "module/plan_check.h"
#include "module/hook.h"
#include "module/initializer.h"

#include <stdio.h>

static const struct layer *layer_of(const struct module_choice *choice)
{
    return (const struct layer *)choice->module;
}

/* Where the config says layer INDEX, for messages: ", configs/lstm.yaml:9", or nothing. */
static void add_place(struct text *text, const struct model *model, int index)
{
    char path[48] = "model.head";
    if (index < model->layer_count - 1)
        snprintf(path, sizeof path, "model.stack.%d", index);
    const struct resolved *entry = model->resolved ? resolved_find(model->resolved, path) : NULL;
    if (entry && entry->origin)
        text_add_format(text, ", %s", entry->origin);
}

static int layer_error(const struct model *model, int index, struct error *error)
{
    struct text place = {0};
    add_place(&place, model, index);
    error->code = ERROR_USAGE;
    error_prefix(error, "layer %d (%s%s)", index, model->layers[index].layer->module.name,
                 text_get(&place));
    text_release(&place);
    return -1;
}

/* What is between two ends of different lengths must know of them. */
static int check_takes_lengths(const struct model_layer *at, struct error *error)
{
    if (!at->in.varies || at->layer->lengths != LAYER_FULL_LENGTH)
        return 0;
    return error_set(
        error, ERROR_USAGE,
        "it takes every sequence for one of all %lld steps, and those of the data set "
        "have different lengths: use a layer that knows lengths, such as lstm, or data "
        "of one length (a plugin says by `lengths` in its descriptor what it knows)",
        (long long)at->in.steps);
}

/* Lengths are of the input's steps: where a layer makes others, nothing says how long they are. */
static int check_keeps_lengths(const struct model_layer *at, const struct layer_plan *plan,
                               struct error *error)
{
    bool makes_one = plan->out.steps == 1 && at->layer->lengths == LAYER_LENGTHS;
    if (!at->in.varies || plan->out.steps == plan->in.steps || makes_one)
        return 0;
    return error_set(error, ERROR_USAGE,
                     "it turns %lld steps into %lld, and the sequences of the data set have "
                     "different lengths: only a layer that keeps the steps, or makes one of all of "
                     "them, can stand here",
                     (long long)plan->in.steps, (long long)plan->out.steps);
}

/* Asks layer INDEX about STEPS steps. */
static int ask(const struct model *model, int index, int64_t batch, int64_t steps,
               struct layer_plan *plan, struct error *error)
{
    const struct model_layer *at = &model->layers[index];
    struct sequence in = at->in;
    in.steps = steps;
    *plan = (struct layer_plan){
        .in = in, .out = in, .all_steps = at->in.steps, .classes = model->classes, .batch = batch};
    const struct module *module = &at->layer->module;
    HOOK(module);
    hook_clear(error);
    if (at->layer->describe(at->params, plan, error) || plan_check(plan, error)) {
        hook_failed(module, error);
        return layer_error(model, index, error);
    }
    return 0;
}

/* What FEWER, the plan for fewer steps, makes of PLAN for all of them. */
static int shorten(struct layer_plan *plan, const struct layer_plan *fewer, struct error *error)
{
    int64_t steps = plan->out.varies ? fewer->in.steps : plan->out.steps;
    if (fewer->out.steps != steps || fewer->out.features != plan->out.features)
        return error_set(error, ERROR_FAILED,
                         "describe has planned the impossible: of %lld steps it makes %lld of %lld "
                         "features, and of %lld steps %lld of %lld",
                         (long long)plan->in.steps, (long long)plan->out.steps,
                         (long long)plan->out.features, (long long)fewer->in.steps,
                         (long long)fewer->out.steps, (long long)fewer->out.features);
    plan->in.steps = fewer->in.steps;
    plan->out.steps = steps;
    plan->saved_floats = fewer->saved_floats;
    plan->scratch_floats = fewer->scratch_floats;
    return 0;
}

int model_plan(const struct model *model, int index, int64_t batch, int64_t steps,
               struct layer_plan *plan, struct error *error)
{
    const struct model_layer *at = &model->layers[index];
    if (check_takes_lengths(at, error))
        return layer_error(model, index, error);
    if (ask(model, index, batch, at->in.steps, plan, error))
        return -1;
    if (check_keeps_lengths(at, plan, error))
        return layer_error(model, index, error);
    plan->out.varies = plan->in.varies && plan->out.steps == plan->in.steps;
    if (!at->in.varies || steps == at->in.steps)
        return 0;
    struct layer_plan *fewer = memory_new(sizeof *fewer);
    int result = ask(model, index, batch, steps, fewer, error);
    if (result == 0 && shorten(plan, fewer, error)) {
        hook_failed(&at->layer->module, error);
        result = layer_error(model, index, error);
    }
    memory_free(fewer);
    return result;
}

static int add_parameters(struct model *model, int index, const struct layer_plan *plan,
                          struct error *error)
{
    struct model_layer *at = &model->layers[index];
    at->first_parameter = model->parameter_count;
    at->parameter_count = plan->tensor_count;
    model->parameters =
        memory_grow(model->parameters, (size_t)(model->parameter_count + plan->tensor_count),
                    sizeof *model->parameters);
    for (int i = 0; i < plan->tensor_count; i++) {
        struct parameter *parameter = &model->parameters[model->parameter_count++];
        *parameter = (struct parameter){.tensor = plan->tensors[i],
                                        .offset = model->block_floats,
                                        .size = tensor_size(&plan->tensors[i])};
        snprintf(parameter->name, sizeof parameter->name, "%d.%s", index, plan->tensors[i].name);
        model->block_floats += model_align(parameter->size) + model->gap;
        model->weight_count += parameter->size;
        if (model->block_floats > (int64_t)1 << 36) {
            error_set(error, ERROR_USAGE, "more than 2^36 parameters");
            return layer_error(model, index, error);
        }
    }
    return 0;
}

static void add_operations(struct model *model, const struct layer_plan *plan, bool is_first)
{
    model->forward_operations += plan->operations;
    model->training_operations += 2 * plan->operations + plan->state_gradient_operations;
    if (!is_first)
        model->training_operations += plan->input_gradient_operations;
}

static int check_steps(const struct model *model, struct error *error)
{
    int head = model->layer_count - 1;
    if (model->layers[head].out.steps == 1)
        return 0;
    error_set(error, ERROR_USAGE,
              "the head gets a whole sequence, it needs one step of it: end the stack with a "
              "readout, for example {readout: last}");
    return layer_error(model, head, error);
}

static int check_classes(const struct model *model, struct error *error)
{
    int head = model->layer_count - 1;
    if (model->layers[head].out.features == model->classes)
        return 0;
    error_set(error, ERROR_USAGE, "the head gives %lld values, the data set has %lld classes: %s",
              (long long)model->layers[head].out.features, (long long)model->classes,
              model->layers[head].parameter_count ? "leave out the head's units"
                                                  : "use a head that learns, such as dense");
    return layer_error(model, head, error);
}

/* What LAYER says of its states' gradients. */
static void add_states(struct model *model, struct model_layer *layer,
                       const struct layer_plan *plan)
{
    bool has_state = layer->layer->recurrent || plan->state_gradient_operations > 0;
    layer->states = plan->states;
    layer->first_norm = model->norm_count;
    layer->is_unmeasured = has_state && plan->states == 0;
    model->norm_count += plan->states * plan->in.steps;
}

/* A diagnostic that would record nothing is an error. */
static int check_diagnostics(const struct model *model, const struct config *config,
                             struct error *error)
{
    if (!(config->train.diagnostics & 1u << DIAGNOSTIC_GRADIENT_FLOW) || model->norm_count > 0)
        return 0;
    const struct resolved *entry =
        config->resolved ? resolved_find(config->resolved, "train.diagnostics") : NULL;
    return error_set(error, ERROR_USAGE,
                     "train.diagnostics%s%s%s: gradient_flow has nothing to record: no layer of "
                     "the model measures the gradient of a hidden state; use one that does (rnn, "
                     "lstm, gru, or one of them in both directions), or leave gradient_flow out",
                     entry && entry->origin ? " (" : "",
                     entry && entry->origin ? entry->origin : "",
                     entry && entry->origin ? ")" : "");
}

static int build_layers(struct model *model, struct error *error)
{
    struct layer_plan *plan = memory_new(sizeof *plan);
    struct sequence sequence = model->in;
    bool has_parameters = false;
    int result = 0;
    for (int i = 0; result == 0 && i < model->layer_count; i++) {
        struct model_layer *at = &model->layers[i];
        at->in = sequence;
        result = model_plan(model, i, 1, sequence.steps, plan, error) ||
                 add_parameters(model, i, plan, error);
        at->out = sequence = plan->out;
        if (result == 0)
            add_states(model, at, plan);
        add_operations(model, plan, !has_parameters);
        has_parameters |= plan->tensor_count > 0;
    }
    memory_free(plan);
    return result ? -1 : check_steps(model, error);
}

/* Whether a module of a plugin writes to the arrays of CONFIG's model. Initialisers chosen by a
 * layer are among its parameters. */
static bool is_watched(const struct config *config)
{
    const struct module_list *stack = &config->model.stack;
    for (size_t i = 0; i < stack->count; i++)
        if (guard_is_needed(&stack->items[i]))
            return true;
    return guard_is_needed(&config->model.head) || guard_is_needed(&config->train.loss) ||
           guard_is_needed(&config->train.optimizer);
}

/* The layers' modules from CONFIG, and what they map to what. */
static int build(struct model *model, const struct config *config, struct sequence in,
                 int64_t classes, struct error *error)
{
    const struct module_list *stack = &config->model.stack;
    *model = (struct model){.in = in,
                            .classes = classes,
                            .resolved = config->resolved,
                            .layer_count = (int)stack->count + 1,
                            .loss = (const struct loss *)config->train.loss.module,
                            .loss_params = config->train.loss.params};
    model->layers = memory_array((size_t)model->layer_count, sizeof *model->layers);
    for (int i = 0; i < model->layer_count; i++) {
        const struct module_choice *choice =
            i < (int)stack->count ? &stack->items[i] : &config->model.head;
        model->layers[i].layer = layer_of(choice);
        model->layers[i].params = choice->params;
    }
    model->gap = is_watched(config) ? GUARD_FLOATS : 0;
    model->block_floats = model->gap;
    return build_layers(model, error) ? -1 : check_diagnostics(model, config, error);
}

int model_measure(struct model *model, const struct config *config, struct sequence in,
                  int64_t classes, struct error *error)
{
    if (build(model, config, in, classes, error) || check_classes(model, error)) {
        model_release(model);
        return -1;
    }
    return 0;
}

int model_init(struct model *model, const struct config *config, struct sequence in,
               int64_t classes, struct error *error)
{
    void *weights = NULL;
    if (model_measure(model, config, in, classes, error))
        return -1;
    if (memory_try(&weights, (size_t)model->block_floats * sizeof(float), "the parameters",
                   error)) {
        model_release(model);
        return -1;
    }
    model->weights = weights;
    return 0;
}

int model_check(const struct config *config, struct error *error)
{
    struct model model;
    struct sequence some = {.steps = 8, .features = 8, .reversed_from = 8};
    int result = build(&model, config, some, 10, error);
    model_release(&model);
    return result;
}

void model_release(struct model *model)
{
    memory_free(model->layers);
    memory_free(model->parameters);
    memory_free(model->weights);
    *model = (struct model){0};
}

static int fill(const struct parameter *parameter, struct random_stream *stream, float *out,
                struct error *error)
{
    const struct tensor *tensor = &parameter->tensor;
    const struct initializer *initializer = (const struct initializer *)tensor->init.module;
    if (initializer) {
        HOOK(tensor->init.module);
        hook_clear(error);
        if (initializer->fill(tensor->init.params, tensor, stream, out, error)) {
            hook_failed(tensor->init.module, error);
            return error_prefix(error, "%s", parameter->name);
        }
    }
    int64_t columns = tensor->columns ? tensor->columns : 1;
    for (int64_t i = tensor->unit_from * columns; i < tensor->unit_to * columns; i++)
        out[i] = tensor->unit_value;
    return 0;
}

void model_guard(const struct model *model, struct guards *guards, float *block, const char *what)
{
    const float *before = NULL;
    int64_t at = 0;
    bool is_common = block == model->weights;
    for (int i = 0; model->gap > 0 && i < model->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[i];
        guards_name(guards, block + parameter->offset, "%s of %s", what, parameter->name);
        guards_add_zeros(guards, before, block + at, parameter->offset - at, is_common);
        before = block + parameter->offset;
        at = parameter->offset + parameter->size;
    }
    if (model->gap > 0)
        guards_add_zeros(guards, before, block + at, model->block_floats - at, is_common);
}

static int fill_all(struct model *model, const struct guards *guards, uint64_t seed,
                    struct error *error)
{
    for (int i = 0; i < model->parameter_count; i++) {
        struct random_stream stream;
        random_open(&stream, seed, RANDOM_INIT, (uint32_t)i, 0);
        const struct parameter *parameter = &model->parameters[i];
        guards_close(guards);
        int result = fill(parameter, &stream, model->weights + parameter->offset, error);
        if (parameter->tensor.init.module)
            guards_check(guards, parameter->tensor.init.module);
        if (result)
            return -1;
    }
    return 0;
}

int model_initialize(struct model *model, uint64_t seed, struct error *error)
{
    struct guards guards = {0};
    model_guard(model, &guards, model->weights, "weights");
    int result = fill_all(model, &guards, seed, error);
    guards_release(&guards);
    return result;
}

int32_t model_argmax(const float *logits, int64_t classes)
{
    int64_t best = 0;
    for (int64_t i = 1; i < classes; i++)
        if (logits[i] > logits[best])
            best = i;
    return (int32_t)best;
}
