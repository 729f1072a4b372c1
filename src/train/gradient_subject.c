#include "train/gradient_subject.h"

#include "base/memory.h"
#include "math/random.h"
#include "model/guard.h"

#include <math.h>
#include <string.h>

/* Few: sums over many terms lose digits, and each entry takes several forward passes. */
enum { LONGEST = 12 };

/* So many, spread over the training split, are candidates: of these some long and some short. */
enum { CANDIDATES = 64 };

/* Examples that the larger workspace has room for, besides those that there are. */
enum { MORE = 3 };

/* What is added to the inputs of each layer. */
static const double NOISE = 0.02;

/* Streams of random numbers: the first lanes are those of tensors, then those of the layers. */
enum { SEED = 1, LANE_IN = 1 << 20, LANE_OUT = 1 << 21 };

int64_t gradient_subject_floats(const struct gradient_subject *subject, struct sequence sequence)
{
    return sequence.steps * sequence.features * subject->count;
}

float *gradient_subject_input(const struct gradient_subject *subject)
{
    const struct workspace *workspace = &subject->workspace;
    return subject->layer ? workspace->outputs[subject->layer - 1] : workspace->inputs;
}

static void fill(float *values, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = value;
}

/* Picks examples from the whole training split, where they differ in length from the longest to the
 * shortest of the candidates. Of pictures the network gets steps from the middle, since they are
 * empty at their edges, of sequences that differ the same part of each, from its beginning. */
static void choose(struct gradient_subject *subject)
{
    int64_t examples = subject->data.splits[SPLIT_TRAIN].count, count = subject->count;
    int64_t candidates = examples < CANDIDATES ? examples : CANDIDATES;
    int32_t indices[CANDIDATES], lengths[CANDIDATES];
    int64_t keys[CANDIDATES];
    for (int64_t i = 0; i < candidates; i++)
        indices[i] = (int32_t)(i * (examples - 1) / (candidates > 1 ? candidates - 1 : 1));
    bool differ = data_order(&subject->data, SPLIT_TRAIN, indices, candidates, lengths, keys);
    bool varies = subject->data.shortest < subject->data.steps;
    int64_t longest = varies ? lengths[0] : subject->data.steps;
    subject->all_steps = longest;
    subject->steps = longest < LONGEST ? longest : LONGEST;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = count > 1 ? i * (candidates - 1) / (count - 1) : 0;
        subject->indices[i] = indices[from];
        subject->lengths[i] = differ ? lengths[from] : (int32_t)longest;
    }
}

static int build_for(struct gradient_subject *subject, const struct config *config, int64_t steps,
                     struct error *error)
{
    const struct data *data = &subject->data;
    struct sequence in = {.steps = steps,
                          .features = data->features,
                          .reversed_from = data->features,
                          .varies = data->shortest < data->steps};
    subject->steps = steps;
    return model_init(&subject->model, config, in, data->content.classes, error);
}

/* The network for shortened examples, or for whole ones where a layer cannot do without. */
static int build(struct gradient_subject *subject, const struct config *config, struct error *error)
{
    if (build_for(subject, config, subject->steps, error) &&
        build_for(subject, config, subject->all_steps, error))
        return -1;
    if (model_initialize(&subject->model, (uint64_t)config->seed, error) ||
        workspace_init(&subject->workspace, &subject->model, subject->count,
                       subject->model.in.steps, true, error) ||
        workspace_init(&subject->larger, &subject->model, subject->count + MORE,
                       subject->model.in.steps, true, error))
        return -1;
    return 0;
}

/* Shortens the lengths with the steps; they count in a pass only where one is less than all. */
static void shorten_lengths(struct gradient_subject *subject)
{
    for (int64_t i = 0; i < subject->count; i++) {
        int64_t length = subject->lengths[i] * subject->steps / subject->all_steps;
        subject->lengths[i] = (int32_t)(length > 0 ? length : 1);
    }
    if (subject->model.in.varies && subject->lengths[subject->count - 1] < subject->steps)
        subject->pass.lengths = subject->lengths;
}

static int gather(struct gradient_subject *subject, struct error *error)
{
    int64_t count = subject->count, row = count * subject->data.features;
    int64_t first = subject->model.in.varies ? 0 : (subject->all_steps - subject->steps) / 2;
    void *whole;
    if (memory_try(&whole, (size_t)(subject->all_steps * row) * sizeof(float), "examples", error))
        return -1;
    data_gather(&subject->data, SPLIT_TRAIN, subject->indices, count, whole,
                subject->workspace.labels);
    memcpy(subject->workspace.inputs, (float *)whole + first * row,
           (size_t)(subject->steps * row) * sizeof(float));
    memory_free(whole);
    shorten_lengths(subject);
    return 0;
}

/* GUARDS watch what stands before and behind them, where the model's arrays are watched. */
static int take(struct gradient_subject *subject, struct guards *guards, const char *name,
                int64_t count, float **floats, struct error *error)
{
    int64_t gap = subject->model.gap, from = model_align(gap);
    void *memory;
    if (memory_try(&memory, (size_t)(from + count + gap) * sizeof(float), "gradients", error))
        return -1;
    subject->taken[subject->taken_count++] = memory;
    *floats = (float *)memory + from;
    if (gap == 0)
        return 0;
    guards_name(guards, *floats, "%s", name);
    guards_add(guards, NULL, memory, from);
    guards_add(guards, *floats, *floats + count, gap);
    return 0;
}

static int allocate(struct gradient_subject *subject, struct error *error)
{
    const struct model *model = &subject->model;
    struct guards *guards = &subject->workspace.guards, *larger = &subject->larger.guards;
    int64_t count = subject->count, first = model->layers[0].in.steps * model->in.features;
    int64_t in = 0, out = 0; /* the largest ones, for an example */
    for (int i = 0; i < model->layer_count; i++) {
        const struct model_layer *at = &model->layers[i];
        in = at->in.steps * at->in.features > in ? at->in.steps * at->in.features : in;
        out = at->out.steps * at->out.features > out ? at->out.steps * at->out.features : out;
    }
    if (take(subject, guards, "in_gradient of layer 0", first * count, &subject->first_gradient,
             error) ||
        take(subject, larger, "in_gradient", in * (count + MORE), &subject->larger_gradient,
             error) ||
        take(subject, guards, "out_gradient", out * (count + MORE), &subject->out_gradient,
             error) ||
        take(subject, guards, "kept gradients", model->block_floats, &subject->kept, error) ||
        take(subject, guards, "the logits", count * model->classes, &subject->logits, error))
        return -1;
    return 0;
}

int gradient_subject_init(struct gradient_subject *subject, const struct config *config,
                          const char *folder, struct error *error)
{
    if (data_open(&subject->data, &config->data, folder, error))
        return -1;
    subject->has_data = true;
    int64_t examples = subject->data.splits[SPLIT_TRAIN].count;
    subject->count = examples < GRADIENT_EXAMPLES ? examples : GRADIENT_EXAMPLES;
    subject->pass = (struct pass){.seed = (uint64_t)config->seed, .training = true};
    choose(subject);
    if (build(subject, config, error) || gather(subject, error) || allocate(subject, error))
        return -1;
    return 0;
}

void gradient_subject_release(struct gradient_subject *subject)
{
    for (int i = 0; i < subject->taken_count; i++)
        memory_free(subject->taken[i]);
    workspace_release(&subject->larger);
    workspace_release(&subject->workspace);
    model_release(&subject->model);
    if (subject->has_data)
        data_release(&subject->data);
    *subject = (struct gradient_subject){0};
}

/* Whether step T is behind the end of example B, in a sequence of which lengths are known. */
static bool is_behind(const struct gradient_subject *subject, struct sequence sequence, int64_t t,
                      int64_t b)
{
    return sequence.varies && subject->pass.lengths && t >= subject->pass.lengths[b];
}

/* Adds normal numbers of LANE and ATTEMPT to FLOATS [steps, count, features], but not behind an
 * end. */
static void add_noise(const struct gradient_subject *subject, struct sequence sequence,
                      uint32_t lane, int attempt, double deviation, float *floats)
{
    struct random_stream stream;
    random_open(&stream, SEED, RANDOM_TEST, lane, (uint64_t)attempt);
    for (int64_t t = 0; t < sequence.steps; t++)
        for (int64_t b = 0; b < subject->count; b++)
            for (int64_t f = 0; f < sequence.features; f++, floats++)
                if (!is_behind(subject, sequence, t, b))
                    *floats += (float)(deviation * random_normal(&stream));
}

void gradient_subject_clear_ends(const struct gradient_subject *subject, struct sequence sequence,
                                 float *floats)
{
    int64_t features = sequence.features;
    for (int64_t t = 0; t < sequence.steps; t++)
        for (int64_t b = 0; b < subject->count; b++)
            if (is_behind(subject, sequence, t, b))
                fill(floats + (t * subject->count + b) * features, features, 0);
}

static void move_weights(struct model *model, int index, int attempt)
{
    const struct model_layer *layer = &model->layers[index];
    for (int i = 0; i < layer->parameter_count; i++) {
        const struct parameter *parameter = &model->parameters[layer->first_parameter + i];
        int64_t columns = parameter->tensor.columns;
        double deviation = columns ? 0.3 / sqrt((double)columns) : 0.1;
        struct random_stream stream;
        random_open(&stream, SEED, RANDOM_TEST, (uint32_t)(layer->first_parameter + i),
                    (uint64_t)attempt);
        for (int64_t k = 0; k < parameter->size; k++)
            model->weights[parameter->offset + k] += (float)(deviation * random_normal(&stream));
    }
}

/* A gradient for the layer's output; behind the call's examples, where nobody may read, NaN. */
static void fill_out_gradient(struct gradient_subject *subject)
{
    struct sequence out = subject->model.layers[subject->layer].out;
    int64_t count = gradient_subject_floats(subject, out);
    fill(subject->out_gradient, count, 0);
    add_noise(subject, out, LANE_OUT + (uint32_t)subject->layer, 0, 1, subject->out_gradient);
    fill(subject->out_gradient + count, MORE * out.steps * out.features, NAN);
}

void gradient_subject_move(struct gradient_subject *subject, int index, int attempt)
{
    subject->layer = index;
    subject->in_gradient = index ? subject->workspace.flow[index % 2] : subject->first_gradient;
    move_weights(&subject->model, index, attempt);
    add_noise(subject, subject->model.layers[index].in, LANE_IN + (uint32_t)index, attempt, NOISE,
              gradient_subject_input(subject));
    fill_out_gradient(subject);
}

struct layer_call gradient_subject_call(struct gradient_subject *subject,
                                        struct workspace *workspace)
{
    struct layer_call call = model_call(workspace, &subject->pass, subject->layer, subject->count);
    call.out_gradient = subject->out_gradient;
    call.in_gradient =
        workspace == &subject->larger ? subject->larger_gradient : subject->in_gradient;
    return call;
}

static const struct layer *layer_of(const struct gradient_subject *subject)
{
    return subject->model.layers[subject->layer].layer;
}

const float *gradient_subject_forward(struct gradient_subject *subject)
{
    struct layer_call call =
        model_call(&subject->workspace, &subject->pass, subject->layer, subject->count);
    guards_call(&subject->workspace.guards, &layer_of(subject)->module, layer_of(subject)->forward,
                &call);
    return call.out;
}

/* Not a number, and not the one that comes of another. */
static const uint32_t unwritten = 0x7FC0DEAD;

static void unwrite(float *floats, int64_t count)
{
    for (int64_t i = 0; i < count; i++)
        memcpy(floats + i, &unwritten, sizeof unwritten);
}

bool gradient_subject_is_unwritten(const float *floats, int64_t count)
{
    bool is_unwritten = true;
    for (int64_t i = 0; i < count; i++)
        is_unwritten &= memcmp(floats + i, &unwritten, sizeof unwritten) == 0;
    return is_unwritten;
}

static int64_t planned_floats(const struct layer_call *call, struct sequence sequence)
{
    return call->plan->batch * sequence.steps * sequence.features;
}

void gradient_subject_try_forward(const struct gradient_subject *subject,
                                  const struct workspace *workspace, const struct layer_call *call)
{
    unwrite(call->out, planned_floats(call, call->plan->out));
    unwrite(call->saved, call->saved ? call->plan->saved_floats : 0);
    unwrite(call->scratch, call->plan->scratch_floats);
    guards_call(&workspace->guards, &layer_of(subject)->module, layer_of(subject)->forward, call);
}

void gradient_subject_try_backward(const struct gradient_subject *subject,
                                   const struct workspace *workspace, const struct layer_call *call)
{
    unwrite(call->in_gradient, call->in_gradient ? planned_floats(call, call->plan->in) : 0);
    unwrite(call->scratch, call->plan->scratch_floats);
    guards_call(&workspace->guards, &layer_of(subject)->module, layer_of(subject)->backward, call);
    if (call->in_gradient)
        gradient_subject_clear_ends(subject, call->plan->in, call->in_gradient);
}

void gradient_subject_run(struct gradient_subject *subject, bool clears)
{
    struct layer_call call = gradient_subject_call(subject, &subject->workspace);
    gradient_subject_try_forward(subject, &subject->workspace, &call);
    if (clears)
        fill(subject->workspace.gradient, subject->model.block_floats, 0);
    gradient_subject_try_backward(subject, &subject->workspace, &call);
}
