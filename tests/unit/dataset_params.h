/* Sets a data set's parameters by name, as a config would. */
#ifndef UNROLL_TESTS_UNIT_DATASET_PARAMS_H
#define UNROLL_TESTS_UNIT_DATASET_PARAMS_H

#include "base/memory.h"
#include "base/text.h"
#include "module/dataset.h"

#include <stdlib.h>

/* The params struct, with its defaults; the caller frees it. */
static inline void *dataset_params_make(const struct dataset *dataset)
{
    return memory_copy(dataset->module.defaults, dataset->module.params_size);
}

/* The place of parameter NAME of TYPE in PARAMS; ends the test program where there is none. */
static inline void *dataset_param(const struct dataset *dataset, void *params, const char *name,
                                  enum param_type type)
{
    for (const struct param *param = dataset->module.params; param->name; param++)
        if (text_equal(param->name, name) && param->type == type)
            return (char *)params + param->offset;
    abort();
}

#endif
