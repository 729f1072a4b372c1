#include "layers/recurrent.h"

#include "base/parts.h"
#include "math/matrix.h"
#include "math/outer.h"
#include "math/packed.h"

#include <limits.h>
#include <string.h>

const char *const recurrent_activation_names[] = {"tanh", "relu", "sigmoid", "linear", NULL};

static struct tensor *add_tensor(struct layer_plan *plan, const char *name, int64_t rows,
                                 int64_t columns, int64_t units)
{
    struct tensor *tensor = &plan->tensors[plan->tensor_count++];
    *tensor = (struct tensor){
        .rows = rows,
        .columns = columns,
        .fan_out = rows,
        .joint_fan_in = plan->in.features + units,
        .hidden = units,
        .decays = columns > 0,
    };
    strcpy(tensor->name, name);
    return tensor;
}

int recurrent_describe(const struct recurrent_params *params, int64_t gates,
                       struct layer_plan *plan, struct error *error)
{
    int64_t units = params->units, inputs = plan->in.features, steps = plan->in.steps;
    if (inputs > INT_MAX || steps > INT_MAX / plan->batch)
        return error_set(error, ERROR_USAGE,
                         "%lld steps of %lld inputs in batches of %lld are more than a matrix "
                         "product can index (%d rows): choose a smaller batch or shorter sequences",
                         (long long)steps, (long long)inputs, (long long)plan->batch, INT_MAX);
    plan->out = (struct sequence){.steps = steps, .features = units, .reversed_from = units};

    plan->states = 1;
    plan->tensor_count = 0;
    struct tensor *tensor = add_tensor(plan, "weight_ih", gates * units, inputs, units);
    tensor->fan_in = inputs;
    tensor->init = params->kernel_init;
    tensor = add_tensor(plan, "weight_hh", gates * units, units, units);
    tensor->fan_in = units;
    tensor->init = params->recurrent_init;
    tensor = add_tensor(plan, params->recurrent_bias ? "bias_ih" : "bias", gates * units, 0, units);
    tensor->fan_in = inputs;
    tensor->init = params->bias_init;
    if (params->recurrent_bias) {
        tensor = add_tensor(plan, "bias_hh", gates * units, 0, units);
        tensor->fan_in = units;
        tensor->init = params->bias_init;
    }

    /* The first step has no recurrent product, for its state is zero. */
    double per_input = 2.0 * (double)(gates * units);
    plan->input_gradient_operations = per_input * (double)(steps * inputs);
    plan->state_gradient_operations = per_input * (double)units * (double)(steps - 1);
    plan->operations = plan->input_gradient_operations + plan->state_gradient_operations;
    return 0;
}

int recurrent_biases_end(const struct layer_plan *plan)
{
    return strcmp(plan->tensors[BIAS_IH].name, "bias_ih") ? BIAS_HH : BIAS_HH + 1;
}

void recurrent_bias_row(const struct layer_call *call, int64_t count, float *row)
{
    memcpy(row, call->weights[BIAS_IH], (size_t)count * sizeof *row);
    if (recurrent_biases_end(call->plan) > BIAS_HH)
        for (int64_t j = 0; j < count; j++)
            row[j] += call->weights[BIAS_HH][j];
}

void recurrent_start_forget(const struct recurrent_forget *forget, struct layer_plan *plan)
{
    struct tensor *bias = &plan->tensors[BIAS_IH];
    if (!forget->unit_bias)
        return;
    bias->unit_from = plan->out.features;
    bias->unit_to = 2 * plan->out.features;
    bias->unit_value = 1;
}

void recurrent_lstm_bias_row(const struct layer_call *call, const struct recurrent_forget *forget,
                             float *row)
{
    int64_t units = call->plan->out.features;
    recurrent_bias_row(call, 4 * units, row);
    for (int64_t j = units; j < 2 * units; j++)
        row[j] += (float)forget->bias;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

int64_t recurrent_work_floats(int64_t inputs, int64_t units, int64_t width)
{
    int64_t forward = packed_floats(inputs, width) + packed_floats(units, width);
    int64_t backward = larger(packed_floats(width, units), packed_floats(width, inputs));
    int64_t gradients = outer_floats(width, inputs) + outer_floats(width, units);
    return larger(forward, larger(backward, gradients));
}

void recurrent_add_gradients(const struct layer_call *call, const float *sums, int64_t width,
                             float *row, float *work)
{
    int64_t batch = call->batch, inputs = call->plan->in.features;
    int64_t units = call->plan->out.features;
    const struct outer_term first = {inputs, call->in, inputs, call->gradients[WEIGHT_IH], inputs};
    PART(WEIGHT_GRADIENTS);
    outer_add(batch, width, sums, width, &first, 1, work);
    /* The state before the first step is zero. */
    for (struct layer_rows rows = {.next = 1}; layer_next_rows(call, &rows);) {
        const struct outer_term later[] = {
            {inputs, call->in + rows.first * inputs, inputs, call->gradients[WEIGHT_IH], inputs},
            {units, call->out + (rows.first - batch) * units, units, call->gradients[WEIGHT_HH],
             units},
        };
        outer_add(rows.count, width, sums + rows.first * width, width, later, 2, work);
    }
    PART(BIAS_SUMS);
    memset(row, 0, (size_t)width * sizeof *row);
    for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);)
        matrix_add_column_sums(sums + rows.first * width, rows.count, width, row);
    for (int tensor = BIAS_IH; tensor < recurrent_biases_end(call->plan); tensor++)
        for (int64_t j = 0; j < width; j++)
            call->gradients[tensor][j] += row[j];
    if (call->in_gradient) {
        PART(PACKING);
        const struct packed weight_ih =
            packed_pack(false, width, inputs, call->weights[WEIGHT_IH], inputs, work);
        PART(INPUT_GRADIENTS);
        for (struct layer_rows rows = {.next = 0}; layer_next_rows(call, &rows);) {
            const struct packed_term term = {
                .a = sums + rows.first * width, .lda = width, .b = &weight_ih};
            packed_multiply(rows.count, &term, 1, NULL, 0, call->in_gradient + rows.first * inputs,
                            inputs);
        }
    }
}
