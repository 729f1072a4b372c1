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

static int take(float **floats, int64_t count, struct error *error)
{
    void *memory;
    if (memory_try(&memory, (size_t)count * sizeof(float), "gradients", error))
        return -1;
    *floats = memory;
    return 0;
}

static int allocate(struct gradient_subject *subject, struct error *error)
{
    const struct model *model = &subject->model;
    int64_t in = gradient_subject_floats(subject, model->layers[0].in), out = 0;
    for (int i = 0; i < model->layer_count; i++) {
        int64_t outputs = gradient_subject_floats(subject, model->layers[i].out);
        out = outputs > out ? outputs : out;
    }
    if (take(&subject->first_gradient, in, error) || take(&subject->out_gradient, out, error) ||
        take(&subject->kept, model->block_floats, error) ||
        take(&subject->logits, subject->count * model->classes, error))
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
    memory_free(subject->first_gradient);
    memory_free(subject->out_gradient);
    memory_free(subject->kept);
    memory_free(subject->logits);
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

/* Sets FLOATS to zero behind the ends, as the core does. */
static void clear_ends(const struct gradient_subject *subject, struct sequence sequence,
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

void gradient_subject_move(struct gradient_subject *subject, int index, int attempt)
{
    subject->layer = index;
    subject->in_gradient = index ? subject->workspace.flow[index % 2] : subject->first_gradient;
    move_weights(&subject->model, index, attempt);
    add_noise(subject, subject->model.layers[index].in, LANE_IN + (uint32_t)index, attempt, NOISE,
              gradient_subject_input(subject));
}

static struct layer_call call_of(struct gradient_subject *subject)
{
    return model_call(&subject->workspace, &subject->pass, subject->layer, subject->count);
}

const float *gradient_subject_forward(struct gradient_subject *subject)
{
    const struct layer *layer = subject->model.layers[subject->layer].layer;
    struct layer_call call = call_of(subject);
    guards_call(&subject->workspace.guards, &layer->module, layer->forward, &call);
    return call.out;
}

void gradient_subject_run(struct gradient_subject *subject, bool clears)
{
    const struct model_layer *at = &subject->model.layers[subject->layer];
    struct layer_call call = call_of(subject);
    fill(subject->out_gradient, gradient_subject_floats(subject, at->out), 0);
    add_noise(subject, at->out, LANE_OUT + (uint32_t)subject->layer, 0, 1, subject->out_gradient);
    fill(call.out, gradient_subject_floats(subject, at->out), NAN);
    fill(call.saved, call.plan->saved_floats, NAN);
    fill(call.scratch, call.plan->scratch_floats, NAN);
    gradient_subject_forward(subject);
    fill(subject->in_gradient, gradient_subject_floats(subject, at->in), NAN);
    fill(call.scratch, call.plan->scratch_floats, NAN);
    if (clears)
        fill(subject->workspace.gradient, subject->model.block_floats, 0);
    call.out_gradient = subject->out_gradient;
    call.in_gradient = subject->in_gradient;
    guards_call(&subject->workspace.guards, &at->layer->module, at->layer->backward, &call);
    clear_ends(subject, at->in, subject->in_gradient);
}
