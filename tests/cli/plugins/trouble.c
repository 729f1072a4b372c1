/* A layer, a cell, an optimiser, a schedule and a data set that go wrong in a chosen way, for tests
 * of what is said of them. The layer computes y = (1 + w) ∘ x; its hooks do what `what` says at
 * training step `at`, or before there is any, in what `hook` says. */
#include "unroll.h"

#include <math.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

enum what {
    NOTHING,
    SEGFAULT,
    DIVISION,
    ABORT,
    OVERFLOW, /* of the stack */
    EXIT,
    UNDERSCORE_EXIT,
    LOOP,
    KILL,
    NOT_A_NUMBER,
    REFUSES,
    SILENTLY_REFUSES,
    CHECK_REFUSES,
    BAD_PLAN,
    BEFORE,
    BEHIND,
    CHANGES,
};

static const char *const whats[] = {
    "nothing", "segfault", "division", "abort", "overflow", "exit",   "_exit",  "loop",    "kill",
    "nan",     "refuses",  "silently", "check", "plan",     "before", "behind", "changes", NULL};

/* Which array is written out of bounds, or changed though it is const. */
enum array { IN, OUT, SAVED, SCRATCH, WEIGHTS, GRADIENTS, OUT_GRADIENT, IN_GRADIENT };

static const char *const arrays[] = {
    "in", "out", "saved", "scratch", "weights", "gradients", "out_gradient", "in_gradient", NULL};

/* In which hook. */
enum hook { IN_TRAINING, IN_CHECK, IN_DESCRIBE, IN_WATCHES };

static const char *const hooks[] = {"training", "check", "describe", "watches", NULL};

struct trouble {
    int what, of, hook;
    int64_t at, status, floats;
};

static const struct param trouble_params[] = {
    {
        .name = "what",
        .summary = "What goes wrong.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct trouble, what),
        .choices = whats,
    },
    {
        .name = "of",
        .summary = "The array that `before`, `behind` and `changes` write to.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct trouble, of),
        .choices = arrays,
    },
    {
        .name = "hook",
        .summary = "Where it does.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct trouble, hook),
        .choices = hooks,
    },
    {
        .name = "at",
        .summary = "The step at which it does.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct trouble, at),
        .minimum = 0,
        .maximum = 1e9,
    },
    {
        .name = "status",
        .summary = "For `exit` and `_exit`.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct trouble, status),
        .minimum = 0,
        .maximum = 255,
    },
    {
        .name = "floats",
        .summary = "How many `before` and `behind` write.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct trouble, floats),
        .minimum = 1,
        .maximum = 1e9,
    },
    {0},
};

static const struct trouble trouble_defaults = {.what = NOTHING, .at = 2, .floats = 1};

static volatile int zero;

/* No compiler can tell that it never ends, nor make a loop of it. */
__attribute__((noinline)) static int overflow(volatile char *before)
{
    volatile char here[4096];
    here[0] = before ? before[0] : 1;
    return overflow(here) + here[0];
}

static void go_wrong(const struct trouble *trouble)
{
    switch ((enum what)trouble->what) {
    case SEGFAULT:
        *(volatile int *)(uintptr_t)8 = 1;
        break;
    case DIVISION:
        raise(SIGFPE); /* of 1 / 0, which other processors do not mind */
        break;
    case ABORT:
        abort();
    case OVERFLOW:
        zero = overflow(NULL);
        break;
    case EXIT:
        exit((int)trouble->status);
    case UNDERSCORE_EXIT:
        _exit((int)trouble->status);
    case LOOP:
        while (!zero)
            ;
        break;
    case KILL:
        kill(getpid(), SIGKILL);
        break;
    default:
        break;
    }
}

static int trouble_check(const void *params, struct error *error)
{
    const struct trouble *trouble = params;
    if (trouble->hook == IN_CHECK)
        go_wrong(trouble);
    return trouble->what == CHECK_REFUSES ? error_set(error, ERROR_USAGE, "not like this") : 0;
}

enum { SAVED_FLOATS = 5, SCRATCH_FLOATS = 7 }; /* odd, as sizes are */

static int trouble_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    const struct trouble *trouble = params;
    if (trouble->hook == IN_DESCRIBE)
        go_wrong(trouble);
    plan->tensors[0] = (struct tensor){.name = "factor", .rows = plan->in.features};
    plan->tensor_count = trouble->what == BAD_PLAN ? LAYER_TENSORS + 1 : 1;
    plan->saved_floats = SAVED_FLOATS;
    plan->scratch_floats = SCRATCH_FLOATS;
    if (trouble->what == REFUSES)
        return error_set(error, ERROR_USAGE, "cannot be had");
    return trouble->what == SILENTLY_REFUSES ? -1 : 0;
}

/* Writes to ARRAY [COUNT] what it must not. */
static void spoil(const struct trouble *trouble, const float *array, int64_t count)
{
    float *target = (float *)(uintptr_t)array;
    if (!array)
        return;
    if (trouble->what == CHANGES)
        target[0] += 1;
    for (int64_t i = 0; i < trouble->floats; i++) {
        if (trouble->what == BEFORE)
            target[-1 - i] = 3;
        if (trouble->what == BEHIND)
            target[count + i] = 3;
    }
}

static void spoil_forward(const struct trouble *trouble, const struct layer_call *call,
                          int64_t values)
{
    switch ((enum array)trouble->of) {
    case IN:
        spoil(trouble, call->in, values);
        break;
    case OUT:
        spoil(trouble, call->out, values);
        break;
    case SAVED:
        spoil(trouble, call->saved, SAVED_FLOATS);
        break;
    case SCRATCH:
        spoil(trouble, call->scratch, SCRATCH_FLOATS);
        break;
    case WEIGHTS:
        spoil(trouble, call->weights[0], call->plan->in.features);
        break;
    default:
        break;
    }
}

static void trouble_forward(const struct layer_call *call)
{
    const struct trouble *trouble = call->params;
    int64_t features = call->plan->in.features,
            values = call->plan->in.steps * call->batch * features;
    bool is_time = call->training && (int64_t)call->step == trouble->at;
    for (int64_t i = 0; i < values; i++)
        call->out[i] = (1 + call->weights[0][i % features]) * call->in[i];
    if (!is_time)
        return;
    if (trouble->what == NOT_A_NUMBER)
        for (int64_t i = 0; i < values; i++)
            call->out[i] = NAN;
    if (trouble->hook == IN_TRAINING)
        go_wrong(trouble);
    if (trouble->what == BEFORE || trouble->what == BEHIND || trouble->what == CHANGES)
        spoil_forward(trouble, call, values);
}

static void trouble_backward(const struct layer_call *call)
{
    const struct trouble *trouble = call->params;
    int64_t features = call->plan->in.features,
            values = call->plan->in.steps * call->batch * features;
    for (int64_t i = 0; i < values; i++)
        call->gradients[0][i % features] += call->in[i] * call->out_gradient[i];
    for (int64_t i = 0; call->in_gradient && i < values; i++)
        call->in_gradient[i] = (1 + call->weights[0][i % features]) * call->out_gradient[i];
    if ((int64_t)call->step != trouble->at)
        return;
    if (trouble->of == GRADIENTS)
        spoil(trouble, call->gradients[0], features);
    if (trouble->of == OUT_GRADIENT)
        spoil(trouble, call->out_gradient, values);
    if (trouble->of == IN_GRADIENT)
        spoil(trouble, call->in_gradient, values);
}

static const struct layer trouble = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "trouble",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble), .check = trouble_check},
    .describe = trouble_describe,
    .forward = trouble_forward,
    .backward = trouble_backward,
};

static int cell_describe(const void *params, struct layer_plan *plan, struct error *error)
{
    if (trouble_describe(params, plan, error))
        return -1;
    plan->out.reversed_from = plan->out.features;
    return 0;
}

/* The same for bidirectional, though it has no state. */
static const struct layer trouble_cell = {
    .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "trouble_cell",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble), .check = trouble_check},
    .recurrent = true,
    .describe = cell_describe,
    .forward = trouble_forward,
    .backward = trouble_backward,
};

/* Plain descent, whose step `at` writes behind the weights that it is given. */
static double careless_rate(const void *params)
{
    (void)params;
    return 0.01;
}

static void careless_update(const void *params, float *weights, const float *gradients,
                            float *const *moments, int64_t count, double rate, int64_t step,
                            bool decays)
{
    const struct trouble *careless = params;
    (void)moments, (void)decays;
    for (int64_t i = 0; i < count; i++)
        weights[i] -= (float)rate * gradients[i];
    if (step == careless->at)
        spoil(careless,
              careless->of == WEIGHTS     ? weights
              : careless->of == GRADIENTS ? gradients
                                          : moments[0],
              count);
}

static const struct optimizer careless = {
    .module = {MODULE_HEAD(MODULE_OPTIMIZER, struct optimizer), .version = 1, .name = "careless",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble)},
    .moments = {"m", NULL},
    .rate = careless_rate,
    .update = careless_update,
};

/* A constant rate, whose question for what it watches goes wrong. */
static double astray_factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)params, (void)state, (void)time;
    return 1;
}

static const char *astray_watches(const void *params)
{
    const struct trouble *trouble = params;
    if (trouble->hook == IN_WATCHES)
        go_wrong(trouble);
    return NULL;
}

static const struct schedule astray = {
    .module = {MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .version = 1, .name = "astray",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble), .check = trouble_check},
    .factor = astray_factor,
    .watches = astray_watches,
};

/* No data at all: its opening goes wrong. */
static int absent_open(const void *params, void *state, const char *folder,
                       struct dataset_content *content, struct error *error)
{
    (void)state, (void)folder, (void)content;
    go_wrong(params);
    return error_set(error, ERROR_NOT_FOUND, "there is nothing");
}

static void absent_close(void *state)
{
    (void)state;
}

static const struct dataset absent = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "absent",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble)},
    .open = absent_open,
    .close = absent_close,
};

/* A loss that is always 1, and writes beside what it is given: `of` out is the losses, out_gradient
 * the logits' gradient, scratch the probabilities. */
static void rash_evaluate(const void *params, const float *logits, const int32_t *labels,
                          int64_t batch, int64_t classes, float scale, float *losses,
                          float *gradient)
{
    const struct trouble *rash = params;
    (void)logits, (void)labels, (void)scale;
    for (int64_t i = 0; i < batch; i++)
        losses[i] = 1;
    for (int64_t i = 0; gradient && i < batch * classes; i++)
        gradient[i] = 0;
    if (rash->of == OUT)
        spoil(rash, losses, batch);
    if (rash->of == OUT_GRADIENT)
        spoil(rash, gradient, batch * classes);
}

static void rash_probabilities(const void *params, const float *logits, int64_t batch,
                               int64_t classes, float *probabilities)
{
    const struct trouble *rash = params;
    (void)logits;
    for (int64_t i = 0; i < batch * classes; i++)
        probabilities[i] = 1 / (float)classes;
    if (rash->of == SCRATCH)
        spoil(rash, probabilities, batch * classes);
}

static const struct loss rash = {
    .module = {MODULE_HEAD(MODULE_LOSS, struct loss), .version = 1, .name = "rash",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble)},
    .evaluate = rash_evaluate,
    .probabilities = rash_probabilities,
};

/* Zeros, and more than there is room for. */
static int spill_fill(const void *params, const struct tensor *tensor, struct random_stream *stream,
                      float *out, struct error *error)
{
    const struct trouble *spill = params;
    int64_t count = tensor_size(tensor);
    (void)stream, (void)error;
    for (int64_t i = 0; i < count; i++)
        out[i] = 0;
    spoil(spill, out, count);
    return 0;
}

static const struct initializer spill = {
    .module = {MODULE_HEAD(MODULE_INITIALIZER, struct initializer), .version = 1, .name = "spill",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble)},
    .fill = spill_fill,
};

/* Images in memory that cannot be read: labels (`of` in) or values. */
static int hollow_open(const void *params, void *state, const char *folder,
                       struct dataset_content *content, struct error *error)
{
    enum { COUNT = 40, EDGE = 4 };
    static const uint8_t zeros[COUNT * EDGE * EDGE];
    const struct trouble *hollow = params;
    (void)state, (void)folder, (void)error;
    const uint8_t *nothing = mmap(NULL, 1 << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *content = (struct dataset_content){
        .rows = EDGE, .columns = EDGE, .classes = 2, .maximum = 255, .digest = "hollow"};
    content->train = content->test =
        (struct examples){.count = COUNT,
                          .values = hollow->of == IN ? zeros : nothing,
                          .labels = hollow->of == IN ? nothing : zeros};
    return 0;
}

static const struct dataset hollow = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "hollow",
               .summary = "Goes wrong.", .params = trouble_params, .defaults = &trouble_defaults,
               .params_size = sizeof(struct trouble)},
    .open = hollow_open,
};

UNROLL_PLUGIN(&trouble.module, &trouble_cell.module, &careless.module, &astray.module,
              &absent.module, &rash.module, &spill.module, &hollow.module);
