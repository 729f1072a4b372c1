#include "train/gradient_check.h"

#include "base/memory.h"
#include "math/random.h"
#include "model/model.h"
#include "module/hook.h"
#include "train/data.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const gradient_verdict_names[] = {
    [GRADIENT_UNCLEAR] = "unclear", [GRADIENT_RIGHT] = "right", [GRADIENT_WRONG] = "wrong", NULL};

/* Few: sums over many terms lose digits, and each entry takes several forward passes. */
enum { EXAMPLES = 4, LONGEST = 12 };

/* So many, spread over the training split, are candidates: of these some long and some short. */
enum { CANDIDATES = 64 };

/* Products over hundreds of units round by some 1e-5 of the largest gradient, and the shortest step
 * turns that into some 1e-4; a formula that is wrong is wrong by much more than 1e-3. */
static const double TOLERANCE = 1e-3;

/* What is added to the inputs of each layer, so that equal ones, empty pixels or the zeros of a
 * relu, are no kinks of a maximum all at once. */
static const double NOISE = 0.02;

/* Not 1, so that a loss that forgets the factor is found. */
static const float LOSS_SCALE = 0.5f;

/* Streams of random numbers: the first lanes are those of tensors, then those of the layers. */
enum { SEED = 1, LANE_IN = 1 << 20, LANE_OUT = 1 << 21 };

struct subject {
    struct gradient_check *check;
    struct data data;
    struct model model;
    struct workspace workspace;
    struct pass pass;
    int64_t count;
    int32_t indices[EXAMPLES], lengths[EXAMPLES]; /* of the examples; where they differ */
    bool has_data;
    /* Of the layer that is looked at. */
    int layer;
    float *out_gradient; /* [largest output of a layer] */
    float *in_gradient;  /* [largest input] */
    float *logits;       /* [count, classes] */
    double squares;      /* sum of the squares of the newest evaluation's terms */
};

static int64_t floats_of(struct sequence sequence, int64_t count)
{
    return sequence.steps * sequence.features * count;
}

static void fill(float *values, int64_t count, float value)
{
    for (int64_t i = 0; i < count; i++)
        values[i] = value;
}

/* Adds a little to each weight of layer INDEX, so that no bias stands at a kink, and no term is
 * hidden by a zero or a one that a weight starts with. */
static void stir(struct model *model, int index, int attempt)
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

/* Picks examples from the whole training split, where they differ in length from the longest to the
 * shortest of the candidates. Of pictures the network gets steps from the middle, since they are
 * empty at their edges, of sequences that differ the same part of each, from its beginning. */
static void choose(struct subject *subject)
{
    struct gradient_check *check = subject->check;
    int64_t examples = subject->data.splits[SPLIT_TRAIN].count, count = subject->count;
    int64_t candidates = examples < CANDIDATES ? examples : CANDIDATES;
    int32_t indices[CANDIDATES], lengths[CANDIDATES];
    int64_t keys[CANDIDATES];
    for (int64_t i = 0; i < candidates; i++)
        indices[i] = (int32_t)(i * (examples - 1) / (candidates > 1 ? candidates - 1 : 1));
    bool differ = data_order(&subject->data, SPLIT_TRAIN, indices, candidates, lengths, keys);
    int64_t longest = differ ? lengths[0] : subject->data.steps;
    check->all_steps = longest;
    check->steps = longest < LONGEST ? longest : LONGEST;
    for (int64_t i = 0; i < count; i++) {
        int64_t from = count > 1 ? i * (candidates - 1) / (count - 1) : 0;
        subject->indices[i] = indices[from];
        subject->lengths[i] = differ ? lengths[from] : (int32_t)longest;
    }
}

static int build_for(struct subject *subject, const struct config *config, int64_t steps,
                     struct error *error)
{
    const struct data *data = &subject->data;
    struct sequence in = {.steps = steps,
                          .features = data->features,
                          .reversed_from = data->features,
                          .varies = data->shortest < data->steps};
    subject->check->steps = steps;
    return model_init(&subject->model, config, in, data->content.classes, error);
}

/* The network for shortened examples, or for whole ones where a layer cannot do without. */
static int build(struct subject *subject, const struct config *config, struct error *error)
{
    if (build_for(subject, config, subject->check->steps, error) &&
        build_for(subject, config, subject->check->all_steps, error))
        return -1;
    if (model_initialize(&subject->model, (uint64_t)config->seed, error) ||
        workspace_init(&subject->workspace, &subject->model, subject->count, true, error))
        return -1;
    for (int i = 0; i < subject->model.layer_count; i++)
        stir(&subject->model, i, 0);
    return 0;
}

/* Shortens the lengths with the steps; they count in a pass only where one is less than all. */
static void shorten_lengths(struct subject *subject)
{
    const struct gradient_check *check = subject->check;
    for (int64_t i = 0; i < subject->count; i++) {
        int64_t length = subject->lengths[i] * check->steps / check->all_steps;
        subject->lengths[i] = (int32_t)(length > 0 ? length : 1);
    }
    if (subject->model.in.varies && subject->lengths[subject->count - 1] < check->steps)
        subject->pass.lengths = subject->lengths;
}

static int gather(struct subject *subject, struct error *error)
{
    const struct gradient_check *check = subject->check;
    int64_t count = subject->count, row = count * subject->data.features;
    int64_t first = subject->model.in.varies ? 0 : (check->all_steps - check->steps) / 2;
    void *whole;
    if (memory_try(&whole, (size_t)(subject->data.steps * row) * sizeof(float), "examples", error))
        return -1;
    data_gather(&subject->data, SPLIT_TRAIN, subject->indices, count, whole,
                subject->workspace.labels);
    memcpy(subject->workspace.inputs, (float *)whole + first * row,
           (size_t)(check->steps * row) * sizeof(float));
    memory_free(whole);
    shorten_lengths(subject);
    return 0;
}

static int allocate(struct subject *subject, struct error *error)
{
    int64_t in = 0, out = 0, logits = subject->count * subject->model.classes;
    for (int i = 0; i < subject->model.layer_count; i++) {
        const struct model_layer *layer = &subject->model.layers[i];
        int64_t inputs = floats_of(layer->in, subject->count);
        int64_t outputs = floats_of(layer->out, subject->count);
        in = inputs > in ? inputs : in;
        out = outputs > out ? outputs : out;
    }
    if (memory_try((void **)&subject->in_gradient, (size_t)in * sizeof(float), "gradients",
                   error) ||
        memory_try((void **)&subject->out_gradient, (size_t)out * sizeof(float), "gradients",
                   error) ||
        memory_try((void **)&subject->logits, (size_t)logits * sizeof(float), "logits", error))
        return -1;
    return 0;
}

/* Σ out ∘ g of the layer that is looked at. */
static double weighted_output(void *context)
{
    struct subject *subject = context;
    struct layer_call call =
        model_call(&subject->workspace, &subject->pass, subject->layer, subject->count);
    const struct model_layer *layer = &subject->model.layers[subject->layer];
    double sum = 0;
    HOOK(&layer->layer->module);
    layer->layer->forward(&call);
    subject->squares = 0;
    for (int64_t i = 0; i < floats_of(layer->out, subject->count); i++) {
        if (subject->out_gradient[i] == 0) /* behind an example's end, where anything may stand */
            continue;
        double term = (double)call.out[i] * subject->out_gradient[i];
        sum += term;
        subject->squares += term * term;
    }
    return sum;
}

static double scaled_loss(void *context)
{
    struct subject *subject = context;
    const struct model *model = &subject->model;
    double sum = 0;
    HOOK(&model->loss->module);
    model->loss->evaluate(model->loss_params, subject->logits, subject->workspace.labels,
                          subject->count, model->classes, LOSS_SCALE, subject->workspace.losses,
                          NULL);
    subject->squares = 0;
    for (int64_t i = 0; i < subject->count; i++) {
        double term = LOSS_SCALE * (double)subject->workspace.losses[i];
        sum += term;
        subject->squares += term * term;
    }
    return sum;
}

/* Compares the COUNT variables, for those of ROWS that have not been found right. */
static void compare(struct subject *subject, double (*evaluate)(void *context),
                    struct variable *variables, int count, struct gradient_row *rows)
{
    struct variable_result results[LAYER_TENSORS + 1] = {0};
    evaluate(subject);
    struct differences differences = {
        .subject = "",
        .evaluate = evaluate,
        .context = subject,
        .variables = variables,
        .variable_count = count,
        .kinks = true,
        .tolerance = TOLERANCE,
        .floor = differences_floor(sqrt(subject->squares), TOLERANCE),
        .results = results,
    };
    differences_check(&differences);
    text_release(&differences.report);
    for (int i = 0; i < count; i++) {
        if (rows[i].verdict == GRADIENT_RIGHT)
            continue;
        rows[i].result = results[i];
        if (results[i].failures > 0)
            rows[i].verdict = GRADIENT_WRONG;
        else if (2 * results[i].skipped > results[i].checked)
            rows[i].verdict = GRADIENT_UNCLEAR;
        else
            rows[i].verdict = GRADIENT_RIGHT;
    }
}

/* Whether step T is behind the end of example B, in a sequence of which lengths are known. */
static bool is_behind(const struct subject *subject, struct sequence sequence, int64_t t, int64_t b)
{
    return sequence.varies && subject->pass.lengths && t >= subject->pass.lengths[b];
}

/* Adds normal numbers of LANE to FLOATS [steps, count, features], but not behind an end. */
static void add_noise(const struct subject *subject, struct sequence sequence, uint32_t lane,
                      double deviation, float *floats)
{
    struct random_stream stream;
    random_open(&stream, SEED, RANDOM_TEST, lane, 0);
    for (int64_t t = 0; t < sequence.steps; t++)
        for (int64_t b = 0; b < subject->count; b++)
            for (int64_t f = 0; f < sequence.features; f++, floats++)
                if (!is_behind(subject, sequence, t, b))
                    *floats += (float)(deviation * random_normal(&stream));
}

/* Sets FLOATS to zero behind the ends, as the core does. */
static void clear_ends(const struct subject *subject, struct sequence sequence, float *floats)
{
    int64_t features = sequence.features;
    for (int64_t t = 0; t < sequence.steps; t++)
        for (int64_t b = 0; b < subject->count; b++)
            if (is_behind(subject, sequence, t, b))
                fill(floats + (t * subject->count + b) * features, features, 0);
}

/* Forward and backward by the contract: what they must write before they read, or overwrite, is no
 * number before, and what they add to is zero. */
static void run_layer(struct subject *subject)
{
    struct workspace *workspace = &subject->workspace;
    int index = subject->layer;
    const struct model_layer *layer = &subject->model.layers[index];
    const struct layer_plan *plan = &workspace->plans[index];
    struct layer_call call = model_call(workspace, &subject->pass, index, subject->count);
    float *in = index ? workspace->outputs[index - 1] : workspace->inputs;
    add_noise(subject, layer->in, LANE_IN + (uint32_t)index, NOISE, in);
    fill(subject->out_gradient, floats_of(layer->out, subject->count), 0);
    add_noise(subject, layer->out, LANE_OUT + (uint32_t)index, 1, subject->out_gradient);
    fill(call.out, floats_of(layer->out, subject->count), NAN);
    fill(call.saved, plan->saved_floats, NAN);
    fill(call.scratch, plan->scratch_floats, NAN);
    HOOK(&layer->layer->module);
    layer->layer->forward(&call);
    fill(subject->in_gradient, floats_of(layer->in, subject->count), NAN);
    fill(call.scratch, plan->scratch_floats, NAN);
    memset(workspace->gradient, 0, (size_t)subject->model.block_floats * sizeof(float));
    call.out_gradient = subject->out_gradient;
    call.in_gradient = subject->in_gradient;
    layer->layer->backward(&call);
    clear_ends(subject, layer->in, subject->in_gradient);
}

static void name_tensor(struct gradient_row *row, const struct parameter *parameter)
{
    snprintf(row->name, sizeof row->name, "%s", parameter->name);
    row->shape[0] = parameter->tensor.rows;
    row->shape[1] = parameter->tensor.columns;
    row->dimensions = parameter->tensor.columns ? 2 : 1;
}

static void name_input(struct gradient_row *row, const struct subject *subject)
{
    const struct sequence *in = &subject->model.layers[subject->layer].in;
    snprintf(row->name, sizeof row->name, "%d.in", subject->layer);
    row->shape[0] = in->steps;
    row->shape[1] = subject->count;
    row->shape[2] = in->features;
    row->dimensions = 3;
}

static int count_doubtful(const struct gradient_row *rows, int count)
{
    int doubtful = 0;
    for (int i = 0; i < count; i++)
        doubtful += rows[i].verdict != GRADIENT_RIGHT;
    return doubtful;
}

static void check_layer(struct subject *subject, int index)
{
    subject->layer = index;
    struct workspace *workspace = &subject->workspace;
    const struct model_layer *layer = &subject->model.layers[index];
    struct gradient_row *rows = subject->check->rows + layer->first_parameter + index;
    struct variable variables[LAYER_TENSORS + 1];
    int count = layer->parameter_count;
    for (int i = 0; i < count; i++) {
        const struct parameter *parameter = &subject->model.parameters[layer->first_parameter + i];
        variables[i] = (struct variable){
            parameter->name, workspace->weight_pointers[layer->first_parameter + i],
            workspace->gradient_pointers[layer->first_parameter + i], parameter->size};
        name_tensor(&rows[i], parameter);
    }
    variables[count] =
        (struct variable){"in", index ? workspace->outputs[index - 1] : workspace->inputs,
                          subject->in_gradient, floats_of(layer->in, subject->count)};
    name_input(&rows[count], subject);
    for (int i = 0; i <= count; i++)
        rows[i].module = layer->layer->module.name;
    run_layer(subject);
    compare(subject, weighted_output, variables, count + 1, rows);
    /* Several kinks that stand close together look like a wrong gradient; but not at another point
     * as well. */
    if (count_doubtful(rows, count + 1) > 0) {
        stir(&subject->model, index, 1);
        run_layer(subject);
        compare(subject, weighted_output, variables, count + 1, rows);
    }
}

/* LOGITS are the network's. */
static void check_loss(struct subject *subject, const float *logits)
{
    const struct model *model = &subject->model;
    int64_t floats = subject->count * model->classes;
    struct gradient_row *row = &subject->check->rows[subject->check->count - 1];
    snprintf(row->name, sizeof row->name, "logits");
    row->module = model->loss->module.name;
    row->shape[0] = subject->count;
    row->shape[1] = model->classes;
    row->dimensions = 2;
    memcpy(subject->logits, logits, (size_t)floats * sizeof(float));
    float *gradient = subject->workspace.logit_gradient;
    fill(gradient, floats, NAN);
    HOOK(&model->loss->module);
    model->loss->evaluate(model->loss_params, subject->logits, subject->workspace.labels,
                          subject->count, model->classes, LOSS_SCALE, subject->workspace.losses,
                          gradient);
    struct variable variable = {"logits", subject->logits, gradient, floats};
    compare(subject, scaled_loss, &variable, 1, row);
}

/* From the last layer to the first: a check leaves its layer's output changed, which those below do
 * not read. */
static void check_all(struct subject *subject)
{
    const struct model *model = &subject->model;
    struct gradient_check *check = subject->check;
    check->count = model->parameter_count + model->layer_count + 1;
    check->rows = memory_array((size_t)check->count, sizeof *check->rows);
    const float *logits = model_forward(&subject->workspace, &subject->pass, subject->count);
    check_loss(subject, logits);
    for (int i = model->layer_count - 1; i >= 0; i--)
        check_layer(subject, i);
    check->doubtful = count_doubtful(check->rows, check->count);
}

static int run(struct subject *subject, const struct config *config, const char *folder,
               struct error *error)
{
    struct gradient_check *check = subject->check;
    if (data_open(&subject->data, &config->data, folder, error))
        return -1;
    subject->has_data = true;
    int64_t examples = subject->data.splits[SPLIT_TRAIN].count;
    check->examples = subject->count = examples < EXAMPLES ? examples : EXAMPLES;
    subject->pass = (struct pass){.seed = (uint64_t)config->seed, .training = true};
    choose(subject);
    if (build(subject, config, error) || gather(subject, error) || allocate(subject, error))
        return -1;
    check_all(subject);
    return 0;
}

int gradient_check_run(struct gradient_check *check, const struct config *config,
                       const char *folder, struct error *error)
{
    *check = (struct gradient_check){0};
    struct subject *subject = memory_new(sizeof *subject);
    subject->check = check;
    int result = run(subject, config, folder, error);
    memory_free(subject->in_gradient);
    memory_free(subject->out_gradient);
    memory_free(subject->logits);
    workspace_release(&subject->workspace);
    model_release(&subject->model);
    if (subject->has_data)
        data_release(&subject->data);
    memory_free(subject);
    return result;
}

void gradient_check_release(struct gradient_check *check)
{
    memory_free(check->rows);
    *check = (struct gradient_check){0};
}
