/* What stands at a dotted path of a config, by the parameter tables alone. */
#ifndef UNROLL_CONFIG_PARAM_PATH_H
#define UNROLL_CONFIG_PARAM_PATH_H

#include "module/param.h"

/* The parameter at a path such as train.optimizer.adam.rate, model.units or
 * model.stack.0.lstm.units; where the path ends at a module's name, the module's first parameter,
 * which a value alone sets. NULL where there is none. */
const struct param *param_at_path(const char *path);

#endif
