#include "train/gradient_contract.h"

#include "base/memory.h"
#include "module/hook.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Of the largest value. What gives the same may be computed in another order, and what is forgotten
 * is wrong by much more. */
static const double TOLERANCE = 1e-4;

/* What the usual call gives. Owned. */
struct usual {
    float *out, *in_gradient; /* of COUNT examples, cleared behind the ends */
    float *gradient;          /* [block_floats] */
};

struct contract {
    struct gradient_subject *subject;
    const struct model_layer *layer;
    struct text *report;
    struct usual usual;
    char circumstances[80]; /* of the newest call */
};

/* Says what the calls that follow are, also where one ends the process. */
static void begin(struct contract *contract, const char *circumstances)
{
    snprintf(contract->circumstances, sizeof contract->circumstances, "%s", circumstances);
    hook_explain(contract->circumstances);
}

static void report(struct contract *contract, const char *what, const char *is)
{
    text_add_format(contract->report, "layer %d (%s) %s: %s %s\n", contract->subject->layer,
                    contract->layer->layer->module.name, contract->circumstances, what, is);
}

/* Compares FOUND with what was EXPECTED. What was no number then says nothing here. */
static void compare(struct contract *contract, const char *what, const float *expected,
                    const float *found, int64_t count)
{
    double largest = 0;
    bool differs = false;
    for (int64_t i = 0; i < count; i++)
        if (isfinite(expected[i]))
            largest = fmax(largest, fabs((double)expected[i]));
    for (int64_t i = 0; i < count; i++)
        differs |= isfinite(expected[i]) &&
                   !(fabs((double)found[i] - (double)expected[i]) <= TOLERANCE * largest);
    if (differs)
        report(contract, what, "is not what the usual call gives");
}

static void compare_out(struct contract *contract, const float *expected,
                        const struct layer_call *call)
{
    struct sequence out = contract->layer->out;
    gradient_subject_clear_ends(contract->subject, out, call->out);
    compare(contract, "out", expected, call->out, gradient_subject_floats(contract->subject, out));
}

static void compare_gradients(struct contract *contract, const float *block)
{
    const struct model *model = &contract->subject->model;
    for (int i = 0; i < contract->layer->parameter_count; i++) {
        const struct parameter *at = &model->parameters[contract->layer->first_parameter + i];
        char what[sizeof at->name + 16];
        snprintf(what, sizeof what, "the gradient of %s", at->name);
        compare(contract, what, contract->usual.gradient + at->offset, block + at->offset,
                at->size);
    }
}

/* Behind the examples of a call nothing is to be written, though there is room. */
static void check_room(struct contract *contract, const char *what, struct sequence sequence,
                       const float *floats)
{
    int64_t count = gradient_subject_floats(contract->subject, sequence);
    int64_t end = contract->subject->larger.batch * sequence.steps * sequence.features;
    if (!gradient_subject_is_unwritten(floats + count, end - count))
        report(contract, what, "is written behind the call's examples");
}

static void clear_gradient(const struct gradient_subject *subject, struct workspace *workspace)
{
    memset(workspace->gradient, 0, (size_t)subject->model.block_floats * sizeof(float));
}

static float *copy(const struct contract *contract, struct sequence sequence, const float *floats)
{
    size_t count = (size_t)gradient_subject_floats(contract->subject, sequence);
    return memory_copy(floats, count * sizeof(float));
}

static void keep_usual(struct contract *contract)
{
    struct gradient_subject *subject = contract->subject;
    struct layer_call call = gradient_subject_call(subject, &subject->workspace);
    gradient_subject_run(subject, true);
    gradient_subject_clear_ends(subject, contract->layer->out, call.out);
    contract->usual = (struct usual){
        .out = copy(contract, contract->layer->out, call.out),
        .in_gradient = copy(contract, contract->layer->in, call.in_gradient),
        .gradient = memory_copy(subject->workspace.gradient,
                                (size_t)subject->model.block_floats * sizeof(float)),
    };
}

/* Nobody needs the gradient of a network's input. */
static void check_lowest(struct contract *contract)
{
    struct gradient_subject *subject = contract->subject;
    struct workspace *workspace = &subject->workspace;
    struct layer_call call = gradient_subject_call(subject, workspace);
    call.in_gradient = NULL;
    begin(contract, "as the lowest layer, where in_gradient is NULL");
    gradient_subject_try_forward(subject, workspace, &call);
    clear_gradient(subject, workspace);
    gradient_subject_try_backward(subject, workspace, &call);
    compare_gradients(contract, workspace->gradient);
}

/* An evaluation keeps nothing for a backward. It is compared with one that does, because a layer
 * may do in training what it does not in an evaluation. */
static void check_evaluation(struct contract *contract)
{
    struct gradient_subject *subject = contract->subject;
    struct layer_call call = gradient_subject_call(subject, &subject->workspace);
    call.training = false;
    begin(contract, "where training is false");
    gradient_subject_try_forward(subject, &subject->workspace, &call);
    gradient_subject_clear_ends(subject, contract->layer->out, call.out);
    float *kept = copy(contract, contract->layer->out, call.out);
    call.saved = NULL;
    call.out_gradient = NULL;
    call.in_gradient = NULL;
    begin(contract, "in an evaluation, where saved is NULL");
    gradient_subject_try_forward(subject, &subject->workspace, &call);
    compare_out(contract, kept, &call);
    memory_free(kept);
}

/* As the last batch of an epoch may be. What stands behind its examples is NaN. */
static void check_fewer(struct contract *contract)
{
    struct gradient_subject *subject = contract->subject;
    struct workspace *larger = &subject->larger;
    struct layer_call call = gradient_subject_call(subject, larger);
    int64_t count = gradient_subject_floats(subject, contract->layer->in);
    int64_t room = larger->batch * contract->layer->in.steps * contract->layer->in.features;
    char circumstances[sizeof contract->circumstances];
    float *in = subject->layer ? larger->outputs[subject->layer - 1] : larger->inputs;
    memcpy(in, gradient_subject_input(subject), (size_t)count * sizeof(float));
    for (int64_t i = count; i < room; i++)
        in[i] = NAN;
    snprintf(circumstances, sizeof circumstances,
             "with %" PRId64 " examples where %" PRId64 " are planned for", subject->count,
             larger->batch);
    begin(contract, circumstances);
    gradient_subject_try_forward(subject, larger, &call);
    check_room(contract, "out", contract->layer->out, call.out);
    clear_gradient(subject, larger);
    gradient_subject_try_backward(subject, larger, &call);
    check_room(contract, "in_gradient", contract->layer->in, call.in_gradient);
    compare_out(contract, contract->usual.out, &call);
    compare(contract, "in_gradient", contract->usual.in_gradient, call.in_gradient, count);
    compare_gradients(contract, larger->gradient);
}

void gradient_contract_check(struct gradient_subject *subject, struct text *report)
{
    struct contract contract = {
        .subject = subject, .layer = &subject->model.layers[subject->layer], .report = report};
    keep_usual(&contract);
    check_lowest(&contract);
    check_evaluation(&contract);
    check_fewer(&contract);
    hook_explain(NULL);
    memory_free(contract.usual.out);
    memory_free(contract.usual.in_gradient);
    memory_free(contract.usual.gradient);
}
