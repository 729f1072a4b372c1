/* The memory of forward and backward passes, and the passes themselves. */
#include "base/memory.h"
#include "base/parts.h"
#include "model/model.h"
#include "module/hook.h"

#include <string.h>

/* Hands out pieces of one allocation. The first round, without memory, only adds up. */
struct carving {
    float *memory;
    int64_t used;
    int64_t gap; /* floats between two pieces */
    struct guards *guards;
};

/* What no machine has stands for all that is more, so that its bytes still fit a size. */
static const int64_t too_many = (int64_t)1 << 60;

static float *carve(struct carving *carving, int64_t floats)
{
    float *piece = carving->memory ? carving->memory + carving->used : NULL;
    bool fits = floats < too_many - carving->used;
    if (piece && carving->gap > 0)
        guards_add(carving->guards, piece, piece + floats,
                   model_align(floats) - floats + carving->gap);
    carving->used = fits ? carving->used + model_align(floats) + carving->gap : too_many;
    return piece;
}

static int64_t values(struct sequence sequence, int64_t batch)
{
    return sequence.steps * sequence.features * batch;
}

static int64_t largest(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

/* Without a backward pass two output buffers are enough, used in turns. */
static void carve_outputs(struct workspace *workspace, struct carving *carving)
{
    const struct model *model = workspace->model;
    if (workspace->trains) {
        for (int i = 0; i < model->layer_count; i++) {
            workspace->outputs[i] =
                carve(carving, values(workspace->plans[i].out, workspace->batch));
            workspace->saved[i] = carve(carving, workspace->plans[i].saved_floats);
        }
        return;
    }
    int64_t sizes[2] = {0, 0};
    for (int i = 0; i < model->layer_count; i++)
        sizes[i % 2] = largest(sizes[i % 2], values(workspace->plans[i].out, workspace->batch));
    float *buffers[2] = {carve(carving, sizes[0]), carve(carving, sizes[1])};
    for (int i = 0; i < model->layer_count; i++)
        workspace->outputs[i] = buffers[i % 2];
}

static void carve_all(struct workspace *workspace, struct carving *carving)
{
    const struct model *model = workspace->model;
    int64_t scratch = 0, flow = 0;
    for (int i = 0; i < model->layer_count; i++) {
        scratch = largest(scratch, workspace->plans[i].scratch_floats);
        if (i > 0)
            flow = largest(flow, values(workspace->plans[i].in, workspace->batch));
    }
    if (carving->memory && carving->gap > 0)
        guards_add(carving->guards, NULL, carving->memory, carving->gap);
    carving->used = carving->gap;
    workspace->inputs = carve(carving, values(workspace->plans[0].in, workspace->batch));
    carve_outputs(workspace, carving);
    workspace->scratch = carve(carving, scratch);
    workspace->losses = carve(carving, workspace->batch);
    workspace->probabilities = carve(carving, model->classes);
    workspace->labels = (int32_t *)carve(carving, workspace->batch);
    if (model->in.varies) {
        workspace->lengths = (int32_t *)carve(carving, workspace->batch);
        workspace->keys = (int64_t *)carve(carving, 2 * workspace->batch);
    }
    if (!workspace->trains)
        return;
    workspace->flow[0] = carve(carving, flow);
    workspace->flow[1] = carve(carving, flow);
    workspace->gradient = carve(carving, model->block_floats);
    workspace->logit_gradient = carve(carving, workspace->batch * model->classes);
}

/* All but the memory itself. */
static int plan(struct workspace *workspace, const struct model *model, int64_t batch,
                int64_t steps, bool trains, struct error *error)
{
    size_t layers = (size_t)model->layer_count, parameters = (size_t)model->parameter_count;
    *workspace =
        (struct workspace){.model = model, .batch = batch, .steps = steps, .trains = trains};
    workspace->plans = memory_array(layers, sizeof *workspace->plans);
    workspace->outputs = memory_array(layers, sizeof *workspace->outputs);
    workspace->saved = memory_array(layers, sizeof *workspace->saved);
    workspace->weight_pointers = memory_array(parameters, sizeof *workspace->weight_pointers);
    workspace->gradient_pointers = memory_array(parameters, sizeof *workspace->gradient_pointers);
    struct carving carving = {.gap = model->gap};
    for (int i = 0; i < model->layer_count; i++)
        if (model_plan(model, i, batch, steps, &workspace->plans[i], error))
            return -1;
    carve_all(workspace, &carving);
    workspace->memory_size = (size_t)carving.used * sizeof(float);
    return 0;
}

int workspace_measure(const struct model *model, int64_t batch, int64_t steps, bool trains,
                      size_t *bytes, struct error *error)
{
    struct workspace workspace;
    int result = plan(&workspace, model, batch, steps, trains, error);
    *bytes = workspace.memory_size;
    workspace_release(&workspace);
    return result;
}

/* For messages about what is written between them. */
static void name_arrays(struct workspace *workspace)
{
    const struct model *model = workspace->model;
    struct guards *guards = &workspace->guards;
    guards_name(guards, workspace->inputs, "the inputs");
    for (int i = 0; i < model->layer_count; i++) {
        guards_name(guards, workspace->outputs[i], "out of layer %d", i);
        guards_name(guards, workspace->saved[i], "saved of layer %d", i);
    }
    guards_name(guards, workspace->scratch, "scratch");
    guards_name(guards, workspace->losses, "the losses");
    guards_name(guards, workspace->probabilities, "the probabilities");
    guards_name(guards, workspace->labels, "the labels");
    guards_name(guards, workspace->lengths, "the lengths");
    guards_name(guards, workspace->keys, "the order of examples");
    model_guard(model, guards, model->weights, "weights");
    if (!workspace->trains)
        return;
    guards_name(guards, workspace->flow[0], "in_gradient of a layer");
    guards_name(guards, workspace->flow[1], "in_gradient of a layer");
    guards_name(guards, workspace->gradient, "gradients");
    guards_name(guards, workspace->logit_gradient, "gradient of the logits");
    model_guard(model, guards, workspace->gradient, "gradients");
}

int workspace_init(struct workspace *workspace, const struct model *model, int64_t batch,
                   int64_t steps, bool trains, struct error *error)
{
    if (plan(workspace, model, batch, steps, trains, error) ||
        memory_try(&workspace->memory, workspace->memory_size,
                   "activations and gradients (a smaller train.batch needs less)", error)) {
        workspace_release(workspace);
        return -1;
    }
    struct carving carving = {
        .memory = workspace->memory, .gap = model->gap, .guards = &workspace->guards};
    carve_all(workspace, &carving);
    if (model->gap > 0)
        name_arrays(workspace);
    for (int i = 0; i < model->parameter_count; i++) {
        workspace->weight_pointers[i] = model->weights + model->parameters[i].offset;
        if (trains)
            workspace->gradient_pointers[i] = workspace->gradient + model->parameters[i].offset;
    }
    return 0;
}

void workspace_release(struct workspace *workspace)
{
    memory_free(workspace->plans);
    memory_free(workspace->outputs);
    memory_free(workspace->saved);
    memory_free(workspace->weight_pointers);
    memory_free(workspace->gradient_pointers);
    memory_free(workspace->memory);
    guards_release(&workspace->guards);
    *workspace = (struct workspace){0};
}

static struct layer_call call_of(struct workspace *workspace, const struct pass *pass, int index,
                                 int64_t count)
{
    const struct model_layer *at = &workspace->model->layers[index];
    return (struct layer_call){
        .plan = &workspace->plans[index],
        .params = at->params,
        .batch = count,
        .lengths = at->in.varies ? pass->lengths : NULL,
        .training = pass->training,
        .seed = pass->seed,
        .step = pass->step,
        .layer = (uint32_t)index,
        .first_example = pass->first_example,
        .weights = workspace->weight_pointers + at->first_parameter,
        .gradients = workspace->gradient_pointers + at->first_parameter,
        .in = index ? workspace->outputs[index - 1] : workspace->inputs,
        .out = workspace->outputs[index],
        .saved = workspace->saved[index],
        .scratch = workspace->scratch,
    };
}

/* Sets FLOATS [in.steps, batch, features] to zero behind the ends of CALL's examples. */
static void clear_ends(const struct layer_call *call, float *floats, int64_t features)
{
    for (int64_t t = 0; call->lengths && floats && t < call->plan->in.steps; t++) {
        int64_t active = layer_active(call, t);
        memset(floats + (t * call->batch + active) * features, 0,
               (size_t)((call->batch - active) * features) * sizeof *floats);
    }
}

/* Behind an example's end stands a copy of its last valid row: a layer that takes each row by
 * itself meets no other than it must be able to derive, so that a gradient of zero stays zero
 * there. Recurrent layers copy their states through themselves. */
static bool has_ends_to_fill(const struct layer *layer, const struct layer_plan *plan)
{
    return (layer->lengths == LAYER_STEPWISE || !layer->recurrent) &&
           plan->out.steps == plan->in.steps;
}

/* Gives the plans as many steps as PASS has. */
static void set_steps(struct workspace *workspace, const struct pass *pass)
{
    const struct model *model = workspace->model;
    int64_t steps = pass->steps ? pass->steps : workspace->steps;
    for (int i = 0; i < model->layer_count && model->layers[i].in.varies; i++) {
        workspace->plans[i].in.steps = steps;
        if (workspace->plans[i].out.varies)
            workspace->plans[i].out.steps = steps;
    }
}

const float *model_forward(struct workspace *workspace, const struct pass *pass, int64_t count)
{
    const struct model *model = workspace->model;
    set_steps(workspace, pass);
    for (int i = 0; i < model->layer_count; i++) {
        struct layer_call call = call_of(workspace, pass, i, count);
        const struct layer *layer = model->layers[i].layer;
        if (i == 0)
            layer_copy_through(&call, call.plan->in.features, workspace->inputs);
        guards_call(&workspace->guards, &layer->module, layer->forward, &call);
        if (has_ends_to_fill(layer, call.plan))
            layer_copy_through(&call, call.plan->out.features, call.out);
    }
    return workspace->outputs[model->layer_count - 1];
}

void model_loss(struct workspace *workspace, const float *logits, int64_t count, float scale)
{
    const struct model *model = workspace->model;
    PART(HEAD);
    HOOK(&model->loss->module);
    guards_close(&workspace->guards);
    model->loss->evaluate(model->loss_params, logits, workspace->labels, count, model->classes,
                          scale, workspace->losses, workspace->logit_gradient);
    guards_check(&workspace->guards, &model->loss->module);
}

/* The first layer that has parameters; no gradient needs to flow below it. */
static int lowest_trained(const struct model *model)
{
    int index = 0;
    while (index < model->layer_count - 1 && model->layers[index].parameter_count == 0)
        index++;
    return index;
}

/* Puts what CALL says of its states, [states, in.steps], where steps that count back from the end
 * stand among all: [states, all_steps]. */
static void spread_norms(const struct layer_call *call)
{
    int64_t steps = call->plan->in.steps, all = call->plan->all_steps, missing = all - steps;
    for (int64_t state = call->plan->states; missing > 0 && state-- > 0;) {
        double *norms = call->state_gradients + state * all;
        memmove(norms + missing, call->state_gradients + state * steps,
                (size_t)steps * sizeof *norms);
        memset(norms, 0, (size_t)missing * sizeof *norms);
    }
}

void model_backward(struct workspace *workspace, const struct pass *pass, int64_t count)
{
    const struct model *model = workspace->model;
    const float *gradient = workspace->logit_gradient;
    int lowest = lowest_trained(model);
    for (int i = model->layer_count - 1; i >= lowest; i--) {
        struct layer_call call = call_of(workspace, pass, i, count);
        call.out_gradient = gradient;
        call.in_gradient = i > lowest ? workspace->flow[i % 2] : NULL;
        if (pass->norms && model->layers[i].states > 0)
            call.state_gradients = pass->norms + model->layers[i].first_norm;
        const struct layer *layer = model->layers[i].layer;
        guards_call(&workspace->guards, &layer->module, layer->backward, &call);
        clear_ends(&call, call.in_gradient, call.plan->in.features);
        if (call.state_gradients)
            spread_norms(&call);
        gradient = call.in_gradient;
    }
}

struct layer_call model_call(struct workspace *workspace, const struct pass *pass, int index,
                             int64_t count)
{
    return call_of(workspace, pass, index, count);
}
