/* unroll modules: what a config can choose. */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "config/resolve.h"
#include "module/registry.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_default(const struct param *param, const struct module *module, struct text *text)
{
    const char *field = (const char *)module->defaults + param->offset;
    if (param->flags & PARAM_REQUIRED) {
        text_add(text, "required");
        return;
    }
    text_add(text, "default ");
    int64_t integer;
    double real;
    bool boolean;
    int choice;
    switch (param->type) {
    case PARAM_INTEGER:
        memcpy(&integer, field, sizeof integer);
        if (integer == 0 && param->flags & PARAM_OPTIONAL)
            text_add(text, "none");
        else
            text_add_format(text, "%" PRId64, integer);
        break;
    case PARAM_REAL:
        memcpy(&real, field, sizeof real);
        text_add_real(text, real);
        break;
    case PARAM_BOOLEAN:
        memcpy(&boolean, field, sizeof boolean);
        text_add(text, boolean ? "true" : "false");
        break;
    case PARAM_CHOICE:
        memcpy(&choice, field, sizeof choice);
        text_add(text, param->choices[choice]);
        break;
    default:
        text_add(text, param->fallback ? param->fallback : "none");
    }
}

static void add_type(const struct param *param, struct text *text)
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
    case PARAM_CHOICE:
    case PARAM_SET:
        for (int i = 0; param->choices[i]; i++)
            text_add_format(text, "%s%s", i ? " | " : "", param->choices[i]);
        break;
    case PARAM_TEXT:
        text_add(text, "text");
        break;
    case PARAM_PATH:
        text_add(text, "path");
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

static void print_param(const struct param *param, const struct module *module)
{
    static const char *const presets[INIT_PRESETS] = {"tf1", "keras", "pytorch"};
    struct text text = {0};
    add_type(param, &text);
    text_add(&text, "; ");
    add_default(param, module, &text);
    for (int i = 0; i < INIT_PRESETS; i++)
        if (param->preset[i])
            text_add_format(&text, "; with init %s: %s", presets[i], param->preset[i]);
    printf("  %s\n      %s\n      %s\n", param->name, param->summary, text_get(&text));
    text_release(&text);
}

static void print_module(const struct module *module)
{
    printf("%s %s (%s, version %u)\n  %s\n", module_kind_name(module->kind), module->name,
           registry_origin(module), module->version, module->summary);
    if (module->params && module->params->name)
        printf("\nparameters:\n");
    for (const struct param *param = module->params; param && param->name; param++)
        print_param(param, module);
}

static void print_kind(enum module_kind kind)
{
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    printf("%s:\n", module_kind_name(kind));
    for (size_t i = 0; i < count; i++)
        printf("  %-22s %s\n", modules[i]->name, modules[i]->summary);
    memory_free(modules);
}

static int unknown_module(enum module_kind kind, const char *name, struct error *error)
{
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    const char **names = memory_array(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = modules[i]->name;
    const char *nearest = text_nearest(name, names, count);
    if (nearest)
        error_set(error, ERROR_NOT_FOUND, "there is no %s `%s`; did you mean `%s`?",
                  module_kind_name(kind), name, nearest);
    else
        error_set(error, ERROR_NOT_FOUND, "there is no %s `%s`; `unroll modules %s` lists them",
                  module_kind_name(kind), name, module_kind_name(kind));
    memory_free(names);
    memory_free(modules);
    return -1;
}

/* WHAT is KIND, KIND/NAME, or a NAME that any kind may have. */
static int print_named(const char *what, struct error *error)
{
    const char *slash = strchr(what, '/');
    char *kind_name = slash ? text_format("%.*s", (int)(slash - what), what)
                            : memory_copy_text(what);
    int kind = module_kind_find(kind_name), found = 0;
    memory_free(kind_name);
    if (slash && kind < 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: there is no such kind; `unroll modules` lists them", what);
    if (slash) {
        const struct module *module = registry_find((enum module_kind)kind, slash + 1);
        if (!module)
            return unknown_module((enum module_kind)kind, slash + 1, error);
        print_module(module);
        return 0;
    }
    if (kind >= 0) {
        print_kind((enum module_kind)kind);
        return 0;
    }
    for (kind = 0; kind < MODULE_KINDS; kind++) {
        const struct module *module = registry_find((enum module_kind)kind, what);
        if (module && found++)
            printf("\n");
        if (module)
            print_module(module);
    }
    return found ? 0
                 : error_set(error, ERROR_NOT_FOUND,
                             "%s: neither a kind nor a module; `unroll modules` lists them", what);
}

int command_modules(int argc, char **argv, struct error *error)
{
    const struct option_page page = {
        "modules [KIND | KIND/NAME | NAME]",
        "Lists what a config can choose: layers, losses, optimizers, schedules, data sets and\n"
        "initialisers, plugins included; for one module, all its parameters.",
        "unroll modules layer/lstm", NULL};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first + 1 < argc)
        return options_misused(&page, error, "modules takes one name");
    if (load_modules(error))
        return -1;
    size_t complaints;
    const char *const *texts = registry_complaints(&complaints);
    for (size_t i = 0; i < complaints; i++)
        log_warning("%s", texts[i]);
    if (first < argc)
        return print_named(argv[first], error);
    for (int kind = 0; kind < MODULE_KINDS; kind++) {
        if (kind)
            printf("\n");
        print_kind((enum module_kind)kind);
    }
    return 0;
}
