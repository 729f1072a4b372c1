#include "module/plugin_params.h"

#include "base/text.h"

#include <math.h>
#include <string.h>

enum { PARAM_LIMIT = 256, DEPTH_LIMIT = 8, SET_LIMIT = 32 };

#define LETTERS "abcdefghijklmnopqrstuvwxyz"

bool plugin_name_is_valid(const char *name)
{
    static const char *const words[] = {"none", "null", "true", "false", NULL};
    for (int i = 0; words[i]; i++)
        if (text_equal(name, words[i]))
            return false;
    return *name && strspn(name, LETTERS) > 0 && !name[strspn(name, LETTERS "0123456789_")];
}

/* Bytes of a field; 0 for a section, whose own table says, and SIZE_MAX for no type at all. */
static size_t field_size(enum param_type type)
{
    switch (type) {
    case PARAM_INTEGER:
        return sizeof(int64_t);
    case PARAM_REAL:
        return sizeof(double);
    case PARAM_BOOLEAN:
        return sizeof(bool);
    case PARAM_CHOICE:
        return sizeof(int);
    case PARAM_SET:
        return sizeof(uint32_t);
    case PARAM_TEXT:
    case PARAM_PATH:
        return sizeof(char *);
    case PARAM_TEXTS:
        return sizeof(struct text_list);
    case PARAM_SECTION:
        return 0;
    case PARAM_MODULE:
        return sizeof(struct module_choice);
    case PARAM_MODULES:
        return sizeof(struct module_list);
    }
    return SIZE_MAX;
}

static int count_choices(const struct param *param)
{
    int count = 0;
    while (param->choices && count <= SET_LIMIT && param->choices[count])
        count++;
    return count;
}

/* Whether VALUE is in the range of PARAM, which has one. */
static bool is_in_range(const struct param *param, double value)
{
    return (param->flags & PARAM_ABOVE_MINIMUM ? value > param->minimum
                                               : value >= param->minimum) &&
           (param->flags & PARAM_BELOW_MAXIMUM ? value < param->maximum : value <= param->maximum);
}

/* FIELD is the default of the number PARAM. It is nobody's where the parameter is required, and
 * stands for `none` where it is optional. */
static int check_number(const struct param *param, const void *field, struct error *error)
{
    int64_t whole;
    double value;
    memcpy(param->type == PARAM_INTEGER ? (void *)&whole : (void *)&value, field, sizeof value);
    if (param->type == PARAM_INTEGER)
        value = (double)whole;
    /* A NaN is in no order. */
    if (!(param->minimum <= param->maximum))
        return error_set(error, ERROR_FAILED, "parameter %s: its minimum is %s its maximum",
                         param->name,
                         param->minimum > param->maximum ? "above" : "not comparable with");
    bool has_range = param->minimum != 0 || param->maximum != 0;
    bool has_default = !(param->flags & (PARAM_REQUIRED | PARAM_OPTIONAL));
    if (has_default && (isnan(value) || (has_range && !is_in_range(param, value))))
        return error_set(error, ERROR_FAILED,
                         "parameter %s: its default, %g, is out of its range, %g to %g",
                         param->name, value, param->minimum, param->maximum);
    return 0;
}

/* FIELD is the default of PARAM. */
static int check_choices(const struct param *param, const void *field, struct error *error)
{
    int count = count_choices(param), chosen = 0;
    if (count == 0 || count > SET_LIMIT)
        return error_set(error, ERROR_FAILED, "parameter %s needs 1 to %d choices", param->name,
                         SET_LIMIT);
    uint32_t bits = 0;
    if (param->type == PARAM_CHOICE)
        memcpy(&chosen, field, sizeof chosen);
    else
        memcpy(&bits, field, sizeof bits);
    if (count < SET_LIMIT && bits >> count != 0)
        return error_set(error, ERROR_FAILED,
                         "parameter %s: its default, 0x%x, has bits beyond its %d choices",
                         param->name, (unsigned)bits, count);
    if (chosen < 0 || chosen >= count)
        return error_set(error, ERROR_FAILED,
                         "parameter %s: its default, %d, is none of %d choices", param->name,
                         chosen, count);
    return 0;
}

static int check_table(const struct param *table, const char *defaults, size_t size, int depth,
                       struct error *error);

/* DEFAULTS has SIZE bytes. */
static int check_param(const struct param *param, const char *defaults, size_t size, int depth,
                       struct error *error)
{
    size_t bytes = field_size(param->type);
    if (!plugin_name_is_valid(param->name))
        return error_set(
            error, ERROR_FAILED,
            "parameter `%s`: a name is lower-case letters, digits and `_`, a letter first, "
            "and not none, null, true or false",
            param->name);
    if (!param->summary)
        return error_set(error, ERROR_FAILED, "parameter %s lacks its summary", param->name);
    if (bytes == SIZE_MAX)
        return error_set(error, ERROR_FAILED, "parameter %s: unknown type %d", param->name,
                         (int)param->type);
    if (param->offset > size || bytes > size - param->offset)
        return error_set(error, ERROR_FAILED,
                         "parameter %s: its %zu bytes at offset %zu are outside of params_size %zu",
                         param->name, bytes, param->offset, size);
    bool is_module = param->type == PARAM_MODULE || param->type == PARAM_MODULES;
    if (is_module && (unsigned)param->kind >= MODULE_KINDS)
        return error_set(error, ERROR_FAILED, "parameter %s: unknown module kind %d", param->name,
                         (int)param->kind);
    if (param->type == PARAM_INTEGER || param->type == PARAM_REAL)
        return check_number(param, defaults + param->offset, error);
    if (param->type == PARAM_CHOICE || param->type == PARAM_SET)
        return check_choices(param, defaults + param->offset, error);
    if (param->type == PARAM_SECTION &&
        check_table(param->table, defaults + param->offset, size - param->offset, depth + 1, error))
        return error_prefix(error, "parameter %s", param->name);
    return 0;
}

static int check_table(const struct param *table, const char *defaults, size_t size, int depth,
                       struct error *error)
{
    if (!table)
        return error_set(error, ERROR_FAILED, "a section lacks its table");
    if (depth > DEPTH_LIMIT)
        return error_set(error, ERROR_FAILED, "sections are more than %d deep", DEPTH_LIMIT);
    for (int i = 0; table[i].name; i++) {
        if (i == PARAM_LIMIT)
            return error_set(error, ERROR_FAILED,
                             "a parameter table has no end: its last entry must be {0}");
        if (check_param(&table[i], defaults, size, depth, error))
            return -1;
        for (int other = 0; other < i; other++)
            if (text_equal(table[other].name, table[i].name))
                return error_set(error, ERROR_FAILED, "parameter %s is there twice", table[i].name);
    }
    return 0;
}

int plugin_params_check(const struct module *module, struct error *error)
{
    return module->params
               ? check_table(module->params, module->defaults, module->params_size, 0, error)
               : 0;
}
