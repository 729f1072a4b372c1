/* What a layer's describe may answer. */
#ifndef UNROLL_MODULE_PLAN_CHECK_H
#define UNROLL_MODULE_PLAN_CHECK_H

#include "module/layer.h"

/* Refuses a PLAN whose sizes cannot be: a plugin may leave a field out or write nonsense, and all
 * memory is made by it. */
int plan_check(const struct layer_plan *plan, struct error *error);

#endif
