/* For tests of modules: parameters by name, as a config would set them, since a module's params
 * struct is its own. Every function fails the test on a name that does not exist. */
#ifndef UNROLL_UNIT_MODULE_VALUES_H
#define UNROLL_UNIT_MODULE_VALUES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "module/module.h"

/* A copy of the defaults; free with memory_free. NULL where the module has no parameters. */
static inline void *values_new(const struct module *module)
{
    return module->params_size ? memory_copy(module->defaults, module->params_size) : NULL;
}

static inline const struct param *values_find(const struct module *module, const char *name)
{
    for (const struct param *param = module->params; param && param->name; param++)
        if (text_equal(param->name, name))
            return param;
    fail_msg("%s has no parameter %s", module->name, name);
    return NULL;
}

/* Whether the table's range lets NUMBER pass. */
static inline bool values_allow(const struct module *module, const char *name, double number)
{
    const struct param *param = values_find(module, name);
    if (param->minimum == 0 && param->maximum == 0)
        return true;
    bool above =
        param->flags & PARAM_ABOVE_MINIMUM ? number > param->minimum : number >= param->minimum;
    bool below =
        param->flags & PARAM_BELOW_MAXIMUM ? number < param->maximum : number <= param->maximum;
    return above && below;
}

static inline void values_set(const struct module *module, void *values, const char *name,
                              double number)
{
    const struct param *param = values_find(module, name);
    void *at = (char *)values + param->offset;
    if (param->type != PARAM_BOOLEAN && !values_allow(module, name, number))
        fail_msg("%s.%s: %g is out of range", module->name, name, number);
    if (param->type == PARAM_INTEGER)
        *(int64_t *)at = (int64_t)number;
    else if (param->type == PARAM_REAL)
        *(double *)at = number;
    else if (param->type == PARAM_BOOLEAN)
        *(bool *)at = number != 0;
    else
        fail_msg("%s.%s is no number", module->name, name);
}

static inline void values_choose(const struct module *module, void *values, const char *name,
                                 const char *choice)
{
    const struct param *param = values_find(module, name);
    assert_int_equal(param->type, PARAM_CHOICE);
    for (int i = 0; param->choices[i]; i++)
        if (text_equal(param->choices[i], choice)) {
            *(int *)((char *)values + param->offset) = i;
            return;
        }
    fail_msg("%s.%s cannot be %s", module->name, name, choice);
}

static inline double values_default(const struct module *module, const struct param *param)
{
    const char *at = (const char *)module->defaults + param->offset;
    return param->type == PARAM_INTEGER ? (double)*(const int64_t *)at : *(const double *)at;
}

/* What every table must hold: FIRST is its first entry (what a bare scalar sets; NULL: no table),
 * summaries are sentences, and defaults lie in their ranges. */
static inline void values_check_table(const struct module *module, const char *first)
{
    assert_int_equal(module->abi, MODULE_ABI);
    assert_true(module->version >= 1);
    assert_true(text_ends_with(module->summary, "."));
    if (!first) {
        assert_null(module->params);
        assert_int_equal(module->params_size, 0);
        return;
    }
    assert_string_equal(module->params[0].name, first);
    for (const struct param *param = module->params; param->name; param++) {
        assert_true(text_ends_with(param->summary, "."));
        assert_true(param->offset < module->params_size);
        bool number = param->type == PARAM_INTEGER || param->type == PARAM_REAL;
        if (number && !(param->flags & (PARAM_OPTIONAL | PARAM_REQUIRED)))
            assert_true(values_allow(module, param->name, values_default(module, param)));
        if (param->type == PARAM_MODULE)
            assert_non_null(param->fallback);
    }
}

#endif
