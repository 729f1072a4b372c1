/* A layer and a loss whose gradients are wrong in a way that a config chooses, and series of
 * different lengths to try them on. Some ways are right in the usual call, and wrong in another
 * that training makes as well. */
#include "unroll.h"

#include <math.h>
#include <string.h>

enum wrongs {
    NOTHING,
    WEIGHT,
    INPUT,
    UNWRITTEN,
    INFINITE,
    BEHIND,
    REPLACED,
    GAP,         /* in out, which no gradient belongs to */
    LOST,        /* reads in backward what forward left in scratch */
    STALE_SAVED, /* reads what nobody wrote */
    STALE_SCRATCH,
    LOWEST,       /* adds no gradient where in_gradient is NULL */
    LOWEST_CRASH, /* writes through it */
    EVALUATION,   /* leaves out alone where saved is NULL */
    EVALUATION_CRASH,
    PLANNED,       /* takes a call for as large as the plan */
    PLANNED_WRITE, /* writes as much to out */
    KINKS,         /* every fifth output has so many that no slope can be found */
};
static const char *const wrongs[] = {
    "nothing",       "weight",        "input",        "unwritten",  "infinite",
    "behind",        "replaced",      "gap",          "lost",       "stale_saved",
    "stale_scratch", "lowest",        "lowest_crash", "evaluation", "evaluation_crash",
    "planned",       "planned_write", "kinks",        NULL};

struct wrong {
    int what;
};

static const struct param wrong_params[] = {
    {
        .name = "what",
        .summary = "Which gradient is wrong.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct wrong, what),
        .choices = wrongs,
    },
    {0},
};

static const struct wrong wrong_defaults = {.what = NOTHING};

static int wrong_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    (void)params;
    (void)error;
    plan->tensors[0] = (struct tensor){.name = "scale",
                                       .rows = plan->in.features,
                                       .fan_in = 1,
                                       .fan_out = 1,
                                       .joint_fan_in = 1,
                                       .hidden = plan->in.features};
    plan->tensor_count = 1;
    plan->saved_floats = plan->scratch_floats = plan->in.steps * plan->batch * plan->in.features;
    return 0;
}

/* Values of the call's input. */
static int64_t count_of(const struct layer_call *call)
{
    const struct wrong *wrong = call->params;
    int64_t batch = wrong->what == PLANNED ? call->plan->batch : call->batch;
    return call->plan->in.steps * batch * call->plan->in.features;
}

/* What must not have been read may be no number. */
static void spoil(const struct layer_call *call)
{
    const struct wrong *wrong = call->params;
    if (wrong->what == STALE_SAVED && call->saved)
        call->out[0] += 0 * call->saved[0];
    if (wrong->what == STALE_SCRATCH)
        call->out[0] += 0 * call->scratch[0];
    if (wrong->what == PLANNED_WRITE)
        for (int64_t b = call->batch; b < call->plan->batch; b++)
            call->out[b * call->plan->in.features * call->plan->in.steps] = 1;
}

/* y_t = s ∘ tanh(x_t), and with `behind` the sum of the whole sequence besides, as if every example
 * had all steps. */
static void wrong_forward(const struct layer_call *call)
{
    const struct wrong *wrong = call->params;
    int64_t features = call->plan->in.features, row = call->batch * features;
    int64_t count = count_of(call);
    if (wrong->what == EVALUATION && !call->saved)
        return;
    if (wrong->what == EVALUATION_CRASH)
        *(volatile float *)call->saved = 0;
    for (int64_t i = wrong->what == GAP; i < count; i++) {
        if (wrong->what == LOST)
            call->scratch[i] = tanhf(call->in[i]);
        call->out[i] = call->weights[0][i % features] * tanhf(call->in[i]);
        if (wrong->what == KINKS && i % 5 == 0)
            call->out[i] += 100 * fabsf(remainderf(call->in[i], 0.002f));
        for (int64_t k = i % row; wrong->what == BEHIND && k < count; k += row)
            call->out[i] += call->in[k];
    }
    spoil(call);
}

static void wrong_backward(const struct layer_call *call)
{
    const struct wrong *wrong = call->params;
    int64_t features = call->plan->in.features, row = call->batch * features;
    int64_t count = count_of(call);
    if (wrong->what == REPLACED)
        memset(call->gradients[0], 0, (size_t)features * sizeof(float));
    if (wrong->what == LOWEST && !call->in_gradient)
        return;
    if (wrong->what == LOWEST_CRASH)
        *(volatile float *)call->in_gradient = 0;
    for (int64_t i = 0; i < count; i++) {
        float y = wrong->what == LOST ? call->scratch[i] : tanhf(call->in[i]);
        float above = wrong->what == GAP && i == 0 ? 0 : call->out_gradient[i];
        call->gradients[0][i % features] += y * above;
        if (!call->in_gradient || (wrong->what == UNWRITTEN && i == count - 1))
            continue;
        call->in_gradient[i] = call->weights[0][i % features] * (1 - y * y) * above;
        for (int64_t k = i % row; wrong->what == BEHIND && k < count; k += row)
            call->in_gradient[i] += call->out_gradient[k];
        if (wrong->what == INPUT)
            call->in_gradient[i] *= 1.02f;
    }
    if (wrong->what == WEIGHT) /* one entry alone */
        call->gradients[0][1] += 0.05f * fabsf(call->gradients[0][1]);
    if (wrong->what == INFINITE)
        call->gradients[0][1] = INFINITY;
}

static const struct layer layer_wrong = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "wrong",
               .summary = "Scales, with a wrong gradient.", .params = wrong_params,
               .defaults = &wrong_defaults, .params_size = sizeof(struct wrong)},
    .lengths = LAYER_LENGTHS,
    .describe = wrong_describe,
    .forward = wrong_forward,
    .backward = wrong_backward,
};

enum { RIGHT, SIGN, SCALE };
static const char *const loss_wrongs[] = {"nothing", "sign", "scale", NULL};

static const struct param loss_params[] = {
    {
        .name = "what",
        .summary = "What is wrong with the gradient.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct wrong, what),
        .choices = loss_wrongs,
    },
    {0},
};

/* Half the squared distance to the label's unit vector. */
static void loss_evaluate(const void *params, const float *logits, const int32_t *labels,
                          int64_t batch, int64_t classes, float scale, float *losses,
                          float *gradient)
{
    const struct wrong *wrong = params;
    float factor = wrong->what == SIGN ? -scale : wrong->what == SCALE ? 1 : scale;
    for (int64_t b = 0; b < batch; b++) {
        losses[b] = 0;
        for (int64_t c = 0; c < classes; c++) {
            float distance = logits[b * classes + c] - (float)(c == labels[b]);
            losses[b] += distance * distance / 2;
            if (gradient)
                gradient[b * classes + c] = factor * distance;
        }
    }
}

static void loss_probabilities(const void *params, const float *logits, int64_t batch,
                               int64_t classes, float *probabilities)
{
    (void)params;
    (void)logits;
    for (int64_t i = 0; i < batch * classes; i++)
        probabilities[i] = 1.0f / (float)classes;
}

static const struct loss loss_wrong = {
    .module = {MODULE_HEAD(MODULE_LOSS, struct loss), .version = 1, .name = "wrong",
               .summary = "A squared distance, with a wrong gradient.", .params = loss_params,
               .defaults = &wrong_defaults, .params_size = sizeof(struct wrong)},
    .evaluate = loss_evaluate,
    .probabilities = loss_probabilities,
};

/* Series of 1 to 30 rows with 3 features, of 2 classes. */
enum { SERIES = 30, FEATURES = 3, ROWS = SERIES * (SERIES + 1) / 2 };

struct series {
    float values[ROWS * FEATURES];
    int64_t begins[SERIES + 1];
    int32_t labels[SERIES];
};

static int series_open(const void *params, void *state, const char *folder,
                       struct dataset_content *content, struct error *error)
{
    struct series *series = state;
    (void)params;
    (void)folder;
    (void)error;
    for (int i = 0; i < SERIES; i++) {
        series->begins[i + 1] = series->begins[i] + i + 1;
        series->labels[i] = i % 2;
    }
    for (int i = 0; i < ROWS * FEATURES; i++)
        series->values[i] = (float)sin(1.7 * i);
    content->features = FEATURES;
    content->classes = 2;
    content->train = (struct examples){.count = SERIES,
                                       .series = series->values,
                                       .begins = series->begins,
                                       .series_labels = series->labels};
    content->test = content->train;
    return 0;
}

static const struct dataset dataset_stairs = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "stairs",
               .summary = "Series of 1 to 30 rows.", .state_size = sizeof(struct series)},
    .open = series_open,
};

UNROLL_PLUGIN(&layer_wrong.module, &loss_wrong.module, &dataset_stairs.module);
