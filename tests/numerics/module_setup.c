#include "numerics/module_setup.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/memory.h"
#include "math/isa.h"
#include "math/matrix.h"

int numerics_begin(void)
{
    struct error error = {0};
    if (math_isa_init(&error) < 0) {
        fprintf(stderr, "error: %s\n", error.text);
        return -1;
    }
    matrix_init();
    fprintf(stderr, "instruction set: %s\n", math_isa_name(math_isa()));
    return 0;
}

static const struct param *find_param(const struct module *module, const char *name)
{
    for (const struct param *param = module->params; param && param->name; param++) {
        if (!strcmp(param->name, name)) {
            return param;
        }
    }
    fail_msg("%s has no parameter `%s`", module->name, name);
    return NULL;
}

static void check_range(const struct module *module, const struct param *param, double value)
{
    if (param->minimum == 0 && param->maximum == 0) {
        return;
    }
    bool low =
        param->flags & PARAM_ABOVE_MINIMUM ? value <= param->minimum : value < param->minimum;
    bool high =
        param->flags & PARAM_BELOW_MAXIMUM ? value >= param->maximum : value > param->maximum;
    if (low || high) {
        fail_msg("%s: %s: %g is out of range", module->name, param->name, value);
    }
}

static int find_choice(const struct module *module, const struct param *param, const char *value)
{
    for (int i = 0; param->choices[i]; i++) {
        if (!strcmp(param->choices[i], value)) {
            return i;
        }
    }
    fail_msg("%s: %s: no choice `%s`", module->name, param->name, value);
    return -1;
}

static void set_param(struct module_setup *setup, const char *name, const char *value)
{
    const struct param *param = find_param(setup->module, name);
    void *field = (char *)setup->params + param->offset;
    char *end = NULL;
    switch (param->type) {
    case PARAM_INTEGER:
        *(int64_t *)field = strtoll(value, &end, 10);
        check_range(setup->module, param, (double)*(int64_t *)field);
        break;
    case PARAM_REAL:
        *(double *)field = strtod(value, &end);
        check_range(setup->module, param, *(double *)field);
        break;
    case PARAM_BOOLEAN:
        assert_true(!strcmp(value, "true") || !strcmp(value, "false"));
        *(bool *)field = !strcmp(value, "true");
        break;
    case PARAM_CHOICE:
        *(int *)field = find_choice(setup->module, param, value);
        break;
    default:
        fail_msg("%s: %s cannot be set from text", setup->module->name, name);
    }
    if (end && (end == value || *end)) {
        fail_msg("%s: %s: `%s` is not a number", setup->module->name, name, value);
    }
}

void module_setup_init(struct module_setup *setup, const struct module *module, const char *options)
{
    setup->module = module;
    setup->params = memory_new(module->params_size ? module->params_size : 1);
    if (module->params_size) {
        memcpy(setup->params, module->defaults, module->params_size);
    }
    char *copy = memory_copy_text(options ? options : "");
    char *rest = NULL;
    for (char *word = strtok_r(copy, " ", &rest); word; word = strtok_r(NULL, " ", &rest)) {
        char *value = strchr(word, '=');
        assert_non_null(value);
        *value++ = '\0';
        set_param(setup, word, value);
    }
    memory_free(copy);
}

void module_setup_choose(struct module_setup *setup, const char *name,
                         const struct module_setup *choice)
{
    const struct param *param = find_param(setup->module, name);
    assert_int_equal(param->type, PARAM_MODULE);
    assert_int_equal(param->kind, choice->module->kind);
    struct module_choice *field = (void *)((char *)setup->params + param->offset);
    field->module = choice->module;
    field->params = choice->params;
}

void module_setup_check(const struct module_setup *setup)
{
    struct error error = {0};
    if (setup->module->check && setup->module->check(setup->params, &error) < 0) {
        fail_msg("%s: %s", setup->module->name, error.text);
    }
}

void module_setup_release(struct module_setup *setup)
{
    memory_free(setup->params);
    *setup = (struct module_setup){0};
}
