/* unroll modules: what a config can choose. */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "config/config.h"
#include "config/resolve.h"
#include "config/value.h"
#include "module/registry.h"

#include <stdio.h>
#include <string.h>

/* DEFAULTS is the struct that the parameter's table describes. */
static void add_default(const struct param *param, const void *defaults, struct text *text)
{
    const void *field = (const char *)defaults + param->offset;
    struct resolved value = {0};
    text_add(text, "default ");
    if (param->type == PARAM_MODULE || param->type == PARAM_MODULES) {
        text_add(text, param->fallback ? param->fallback : "none");
        return;
    }
    value_describe(&value, param, field, field);
    text_add(text, value.text ? value.text : "");
    for (size_t i = 0; i < value.count; i++)
        text_add_format(text, "%s%s", i ? ", " : "", value.items[i].text);
    resolved_release(&value);
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
    case PARAM_SET:
        text_add(text, "one or a list of ");
        /* fall through */
    case PARAM_CHOICE:
        for (int i = 0; param->choices[i]; i++)
            text_add_format(text, "%s%s", i ? " | " : "", param->choices[i]);
        break;
    case PARAM_TEXT:
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

static void print_table(const struct param *table, const void *defaults, int indent);

/* EITHER: the parameter belongs to one of two forms, and is required in its own only. */
static void print_param(const struct param *param, const void *defaults, int indent, bool either)
{
    static const char *const presets[INIT_PRESETS] = {"tf1", "keras", "pytorch"};
    printf("%*s%s\n%*s%s\n", indent, "", param->name, indent + 4, "", param->summary);
    if (param->type == PARAM_SECTION) {
        print_table(param->table, (const char *)defaults + param->offset, indent + 4);
        return;
    }
    struct text text = {0};
    add_type(param, &text);
    text_add(&text, "; ");
    if (param->flags & PARAM_REQUIRED)
        text_add(&text, either ? "required in this form" : "required");
    else
        add_default(param, defaults, &text);
    for (int i = 0; i < INIT_PRESETS; i++)
        if (param->preset[i])
            text_add_format(&text, "; with init %s: %s", presets[i], param->preset[i]);
    printf("%*s%s\n", indent + 4, "", text_get(&text));
    text_release(&text);
}

/* All of a table, the keys that may stand beside it in a file first. */
static void print_table(const struct param *table, const void *defaults, int indent)
{
    static const char *const no_path = NULL; /* the default of `base` */
    const struct param *extra = config_extra_keys(table);
    const void *extra_defaults =
        extra == model_short_table ? (const void *)&model_short_defaults : &no_path;
    for (const struct param *param = extra; param && param->name; param++)
        print_param(param, extra_defaults, indent, true);
    for (const struct param *param = table; param && param->name; param++)
        print_param(param, defaults, indent, extra != NULL);
}

static void print_module(const struct module *module)
{
    printf("%s %s (%s, version %u)\n  %s\n", module_kind_name(module->kind), module->name,
           registry_origin(module), module->version, module->summary);
    if (module->params && module->params->name)
        printf("\nparameters:\n");
    print_table(module->params, module->defaults, 2);
}

static void print_line(const char *name, const char *summary)
{
    printf("  %-22s %s\n", name, summary);
}

/* A config file itself: its sections, in full when WHOLE. */
static void print_config(bool whole)
{
    printf("config:\n");
    if (whole) {
        print_table(config_table, &config_defaults, 2);
        return;
    }
    for (const struct param *param = config_extra_keys(config_table); param->name; param++)
        print_line(param->name, param->summary);
    for (const struct param *param = config_table; param->name; param++)
        print_line(param->name, param->summary);
}

/* WHAT is `config`, or one of a config's sections. Returns whether it was. */
static bool print_section(const char *what)
{
    if (text_equal(what, "config")) {
        print_config(true);
        return true;
    }
    const struct param *section = param_find(config_table, what);
    if (section)
        print_param(section, &config_defaults, 0, false);
    return section;
}

static void print_kind(enum module_kind kind)
{
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    printf("%s:\n", module_kind_name(kind));
    for (size_t i = 0; i < count; i++)
        print_line(modules[i]->name, modules[i]->summary);
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

/* WHAT is `config`, a section, KIND, KIND/NAME, or a NAME that any kind may have. */
static int print_named(const char *what, struct error *error)
{
    if (print_section(what))
        return 0;
    const char *slash = strchr(what, '/');
    char *kind_name =
        slash ? text_format("%.*s", (int)(slash - what), what) : memory_copy_text(what);
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
        "modules [config | SECTION | KIND | KIND/NAME | NAME]",
        "Lists what can be written in a config: its sections, and the layers, losses,\n"
        "optimizers, schedules, data sets and initialisers that it can choose, plugins\n"
        "included. For a section or a module, all its parameters; for `config`, all sections.",
        "unroll modules train\n"
        "unroll modules layer/lstm",
        NULL};
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
    print_config(false);
    for (int kind = 0; kind < MODULE_KINDS; kind++) {
        printf("\n");
        print_kind((enum module_kind)kind);
    }
    return 0;
}
