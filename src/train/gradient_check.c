#include "train/gradient_check.h"

#include "base/memory.h"
#include "model/guard.h"
#include "module/hook.h"
#include "train/gradient_contract.h"
#include "train/gradient_subject.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

const char *const gradient_verdict_names[] = {
    [GRADIENT_UNCLEAR] = "unclear",
    [GRADIENT_RIGHT] = "right",
    [GRADIENT_WRONG] = "wrong",
    [GRADIENT_REPLACED] = "replaced",
    NULL,
};

/* Products over hundreds of units round by some 1e-5 of the largest gradient, and the shortest step
 * turns that into some 1e-4; a formula that is wrong is wrong by much more than 1e-3. */
static const double TOLERANCE = 1e-3;

/* Not 1, so that a loss that forgets the factor is found. */
static const float LOSS_SCALE = 0.5f;

/* Σ out ∘ g of the layer that is looked at. */
static double weighted_output(void *context)
{
    struct gradient_subject *subject = context;
    struct sequence sequence = subject->model.layers[subject->layer].out;
    const float *out = gradient_subject_forward(subject);
    double sum = 0;
    subject->squares = 0;
    for (int64_t i = 0; i < gradient_subject_floats(subject, sequence); i++) {
        if (subject->out_gradient[i] == 0) /* behind an example's end, where anything may stand */
            continue;
        double term = (double)out[i] * subject->out_gradient[i];
        sum += term;
        subject->squares += term * term;
    }
    return sum;
}

/* Losses of the logits to workspace.losses; and their gradient to GRADIENT unless it is NULL. */
static void evaluate_loss(struct gradient_subject *subject, float *gradient)
{
    const struct model *model = &subject->model;
    struct workspace *workspace = &subject->workspace;
    HOOK(&model->loss->module);
    guards_close(&workspace->guards);
    model->loss->evaluate(model->loss_params, subject->logits, workspace->labels, subject->count,
                          model->classes, LOSS_SCALE, workspace->losses, gradient);
    guards_check(&workspace->guards, &model->loss->module);
}

static double scaled_loss(void *context)
{
    struct gradient_subject *subject = context;
    double sum = 0;
    evaluate_loss(subject, NULL);
    subject->squares = 0;
    for (int64_t i = 0; i < subject->count; i++) {
        double term = LOSS_SCALE * (double)subject->workspace.losses[i];
        sum += term;
        subject->squares += term * term;
    }
    return sum;
}

/* Compares the COUNT variables, for those of ROWS that have not been found right. */
static void compare(struct gradient_subject *subject, double (*evaluate)(void *context),
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
        else if (differences_say_little(results[i].checked, results[i].skipped))
            rows[i].verdict = GRADIENT_UNCLEAR;
        else
            rows[i].verdict = GRADIENT_RIGHT;
    }
}

static void name_tensor(struct gradient_row *row, const struct parameter *parameter)
{
    snprintf(row->name, sizeof row->name, "%s", parameter->name);
    row->shape[0] = parameter->tensor.rows;
    row->shape[1] = parameter->tensor.columns;
    row->dimensions = parameter->tensor.columns ? 2 : 1;
}

static void name_input(struct gradient_row *row, const struct gradient_subject *subject)
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

/* Lists what layer INDEX has gradients for, in VARIABLES and in ROWS; returns how many. */
static int list_layer(const struct gradient_subject *subject, struct variable *variables,
                      struct gradient_row *rows)
{
    const struct workspace *workspace = &subject->workspace;
    const struct model_layer *layer = &subject->model.layers[subject->layer];
    int count = layer->parameter_count;
    for (int i = 0; i < count; i++) {
        int at = layer->first_parameter + i;
        const struct parameter *parameter = &subject->model.parameters[at];
        variables[i] = (struct variable){parameter->name, workspace->weight_pointers[at],
                                         workspace->gradient_pointers[at], parameter->size};
        name_tensor(&rows[i], parameter);
    }
    variables[count] =
        (struct variable){"in", gradient_subject_input(subject), subject->in_gradient,
                          gradient_subject_floats(subject, layer->in)};
    name_input(&rows[count], subject);
    for (int i = 0; i <= count; i++)
        rows[i].module = layer->layer->module.name;
    return count + 1;
}

/* Whether the gradients of a second backward have been added to VARIABLE's, which are KEPT. */
static bool is_added(const struct variable *variable, const float *kept)
{
    double largest = 0, worst = 0;
    for (int64_t i = 0; i < variable->count; i++) {
        largest = fmax(largest, fabs((double)kept[i]));
        worst = fmax(worst, fabs((double)variable->gradient[i] - 2 * (double)kept[i]));
    }
    return worst <= TOLERANCE * largest;
}

/* What is right by itself must also be added to what stands there. */
static void check_addition(struct gradient_subject *subject, const struct variable *variables,
                           int count, struct gradient_row *rows)
{
    const float *gradient = subject->workspace.gradient;
    memcpy(subject->kept, gradient, (size_t)subject->model.block_floats * sizeof(float));
    gradient_subject_run(subject, false);
    for (int i = 0; i < count; i++)
        if (rows[i].verdict == GRADIENT_RIGHT &&
            !is_added(&variables[i], subject->kept + (variables[i].gradient - gradient)))
            rows[i].verdict = GRADIENT_REPLACED;
}

static void check_layer(struct gradient_check *check, struct gradient_subject *subject, int index)
{
    struct gradient_row *rows = check->rows + subject->model.layers[index].first_parameter + index;
    struct variable variables[LAYER_TENSORS + 1];
    int count = 0, doubtful = 1;
    /* Several kinks that stand close together look like a wrong gradient; but not at another point
     * as well. */
    for (int attempt = 0; attempt < 2 && doubtful > 0; attempt++) {
        gradient_subject_move(subject, index, attempt);
        count = list_layer(subject, variables, rows);
        gradient_subject_run(subject, true);
        compare(subject, weighted_output, variables, count, rows);
        doubtful = count_doubtful(rows, count);
    }
    check_addition(subject, variables, count - 1, rows); /* the last is the input's */
    gradient_contract_check(subject, &check->breaches);
}

/* LOGITS are the network's. */
static void check_loss(struct gradient_check *check, struct gradient_subject *subject,
                       const float *logits)
{
    const struct model *model = &subject->model;
    int64_t floats = subject->count * model->classes;
    struct gradient_row *row = &check->rows[check->count - 1];
    snprintf(row->name, sizeof row->name, "logits");
    row->module = model->loss->module.name;
    row->shape[0] = subject->count;
    row->shape[1] = model->classes;
    row->dimensions = 2;
    memcpy(subject->logits, logits, (size_t)floats * sizeof(float));
    float *gradient = subject->workspace.logit_gradient;
    for (int64_t i = 0; i < floats; i++)
        gradient[i] = NAN;
    evaluate_loss(subject, gradient);
    struct variable variable = {"logits", subject->logits, gradient, floats};
    compare(subject, scaled_loss, &variable, 1, row);
}

/* From the last layer to the first: a check leaves its layer's output changed, which those below do
 * not read. */
static void check_all(struct gradient_check *check, struct gradient_subject *subject)
{
    const struct model *model = &subject->model;
    check->count = model->parameter_count + model->layer_count + 1;
    check->rows = memory_array((size_t)check->count, sizeof *check->rows);
    const float *logits = model_forward(&subject->workspace, &subject->pass, subject->count);
    check_loss(check, subject, logits);
    for (int i = model->layer_count - 1; i >= 0; i--)
        check_layer(check, subject, i);
    check->doubtful = count_doubtful(check->rows, check->count);
}

int gradient_check_run(struct gradient_check *check, const struct config *config,
                       const char *folder, struct error *error)
{
    *check = (struct gradient_check){0};
    struct gradient_subject *subject = memory_new(sizeof *subject);
    int result = gradient_subject_init(subject, config, folder, error);
    if (result == 0) {
        check->examples = subject->count;
        check->steps = subject->steps;
        check->all_steps = subject->all_steps;
        check_all(check, subject);
    }
    gradient_subject_release(subject);
    memory_free(subject);
    return result;
}

void gradient_check_release(struct gradient_check *check)
{
    memory_free(check->rows);
    text_release(&check->breaches);
    *check = (struct gradient_check){0};
}
