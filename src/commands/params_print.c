#include "commands/params_print.h"

#include "config/config.h"
#include "config/resolve.h"
#include "config/value.h"
#include "module/registry.h"

#include <math.h>
#include <stdio.h>

void params_add_choices(const char *const *choices, struct text *text)
{
    for (int i = 0; choices[i]; i++)
        text_add_format(text, "%s%s", i ? " | " : "", choices[i]);
}

void params_add_default(const struct param *param, const void *defaults, struct text *text)
{
    const void *field = (const char *)defaults + param->offset;
    struct resolved value = {0};
    text_add(text, "default ");
    if (param->type == PARAM_MODULE || param->type == PARAM_MODULES) {
        text_add(text, param->fallback ? param->fallback : "none");
        return;
    }
    bool is_nan = param->type == PARAM_REAL && isnan(*(const double *)field);
    if (param->flags & PARAM_OPTIONAL && is_nan) { /* of which none can be told otherwise */
        text_add(text, "none");
        return;
    }
    value_describe(&value, param, field, field);
    text_add(text, value.text ? value.text : "");
    for (size_t i = 0; i < value.count; i++)
        text_add_format(text, "%s%s", i ? ", " : "", value.items[i].text);
    resolved_release(&value);
}

void params_add_type(const struct param *param, struct text *text)
{
    switch (param->type) {
    case PARAM_INTEGER:
    case PARAM_REAL:
        text_add(text, param->type == PARAM_INTEGER ? "whole number" : "number");
        if (param->unit)
            text_add_format(text, " of %s", param->unit);
        if (param->minimum != 0 || param->maximum != 0) {
            text_add(text, ", ");
            resolve_add_range(text, param);
        }
        break;
    case PARAM_BOOLEAN:
        text_add(text, "true or false");
        break;
    case PARAM_SET:
        text_add(text, "one or a list of ");
        /* fall through */
    case PARAM_CHOICE:
        params_add_choices(param->choices, text);
        break;
    case PARAM_TEXT:
        if (param->choices)
            params_add_choices(param->choices, text);
        else
            text_add(text, "text");
        break;
    case PARAM_PATH:
        text_add(text, "path");
        break;
    case PARAM_TEXTS:
        text_add(text, "text or a list of texts");
        break;
    case PARAM_SECTION:
        text_add(text, "section");
        break;
    case PARAM_MODULE:
        text_add_format(text, "%s", module_kind_name(param->kind));
        break;
    case PARAM_MODULES:
        text_add_format(text, "list of %ss", module_kind_name(param->kind));
        break;
    }
}

void params_print(const struct param *param, const void *defaults, int indent, bool either)
{
    static const char *const presets[INIT_PRESETS] = {"tf1", "keras", "pytorch"};
    printf("%*s%s\n%*s%s\n", indent, "", param->name, indent + 4, "", param->summary);
    if (param->type == PARAM_SECTION) {
        params_print_table(param->table, (const char *)defaults + param->offset, indent + 4);
        return;
    }
    struct text text = {0};
    params_add_type(param, &text);
    text_add(&text, "; ");
    if (param->flags & PARAM_REQUIRED)
        text_add(&text, either ? "required in this form" : "required");
    else
        params_add_default(param, defaults, &text);
    for (int i = 0; i < INIT_PRESETS; i++)
        if (param->preset[i])
            text_add_format(&text, "; with init %s: %s", presets[i], param->preset[i]);
    printf("%*s%s\n", indent + 4, "", text_get(&text));
    text_release(&text);
}

void params_print_table(const struct param *table, const void *defaults, int indent)
{
    static const char *const no_path = NULL; /* the default of `base` */
    const struct param *extra = config_extra_keys(table);
    const void *extra_defaults =
        extra == model_short_table ? (const void *)&model_short_defaults : &no_path;
    for (const struct param *param = extra; param && param->name; param++)
        params_print(param, extra_defaults, indent, true);
    for (const struct param *param = table; param && param->name; param++)
        params_print(param, defaults, indent, extra != NULL);
}
