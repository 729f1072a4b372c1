#include "module/plan_check.h"

#include <string.h>

/* More values than any machine holds. */
static const int64_t too_many = (int64_t)1 << 48;

/* One for each direction. */
enum { MOST_STATES = 2 };

static int refuse(struct error *error, const char *what, int64_t value)
{
    return error_set(error, ERROR_FAILED, "describe has planned the impossible: %s is %lld", what,
                     (long long)value);
}

static int check_tensor(const struct tensor *tensor, struct error *error)
{
    if (!*tensor->name)
        return error_set(error, ERROR_FAILED,
                         "describe has planned the impossible: a tensor without a name");
    if (!memchr(tensor->name, '\0', sizeof tensor->name))
        return error_set(error, ERROR_FAILED,
                         "describe has planned the impossible: a tensor's name that does not end "
                         "within %zu bytes",
                         sizeof tensor->name);
    if (tensor->rows < 1 || tensor->rows > too_many)
        return refuse(error, "a tensor's rows", tensor->rows);
    if (tensor->columns < 0 || tensor->columns > too_many / tensor->rows)
        return refuse(error, "a tensor's columns", tensor->columns);
    if (tensor->unit_from < 0 || tensor->unit_to < tensor->unit_from ||
        tensor->unit_to > tensor->rows)
        return refuse(error, "a tensor's unit_to", tensor->unit_to);
    return 0;
}

int plan_check(const struct layer_plan *plan, struct error *error)
{
    if (plan->out.steps < 1 || plan->out.steps > too_many)
        return refuse(error, "out.steps", plan->out.steps);
    if (plan->out.features < 1 || plan->out.features > too_many / plan->out.steps)
        return refuse(error, "out.features", plan->out.features);
    if (plan->tensor_count < 0 || plan->tensor_count > LAYER_TENSORS)
        return refuse(error, "tensor_count", plan->tensor_count);
    if (plan->saved_floats < 0 || plan->saved_floats > too_many)
        return refuse(error, "saved_floats", plan->saved_floats);
    if (plan->scratch_floats < 0 || plan->scratch_floats > too_many)
        return refuse(error, "scratch_floats", plan->scratch_floats);
    if (plan->states < 0 || plan->states > MOST_STATES)
        return refuse(error, "states", plan->states);
    for (int i = 0; i < plan->tensor_count; i++)
        if (check_tensor(&plan->tensors[i], error))
            return -1;
    return 0;
}
