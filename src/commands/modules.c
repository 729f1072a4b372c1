/* unroll modules: what a config can choose, and what an experiment file says. */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/file_key.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/modules_json.h"
#include "commands/options.h"
#include "commands/params_print.h"
#include "config/config.h"
#include "module/registry.h"

#include <stdio.h>
#include <string.h>

/* "built in, version 1", or a plugin's file, version and interface. */
static void add_origin(const struct module *module, struct text *text)
{
    bool is_plugin = *registry_plugin_digest(module);
    text_add_format(text, "%s, version %u", registry_origin(module), module->version);
    if (is_plugin)
        text_add_format(text, ", interface %u.%u", module->abi >> 16, module->abi & 0xFFFF);
}

static void print_module(const struct module *module)
{
    struct text origin = {0};
    add_origin(module, &origin);
    printf("%s %s (%s)\n  %s\n", module_kind_name(module->kind), module->name, text_get(&origin),
           module->summary);
    text_release(&origin);
    if (*registry_plugin_digest(module))
        printf("  digest %s (xxh128sum of the file)\n", registry_plugin_digest(module));
    if (module->params && module->params->name)
        printf("\nparameters:\n");
    params_print_table(module->params, module->defaults, 2);
}

/* A parameter in one line: name, type, range and default. */
static void print_short_param(const struct param *param, const void *defaults, int indent)
{
    struct text text = {0};
    params_add_type(param, &text);
    if (param->type != PARAM_SECTION)
        text_add(&text, "; ");
    if (param->flags & PARAM_REQUIRED)
        text_add(&text, "required");
    else if (param->type != PARAM_SECTION)
        params_add_default(param, defaults, &text);
    printf("%*s%-*s  %s\n", indent, "", 22 - indent, param->name, text_get(&text));
    text_release(&text);
    const void *field = (const char *)defaults + param->offset;
    for (const struct param *inner = param->type == PARAM_SECTION ? param->table : NULL;
         inner && inner->name; inner++)
        print_short_param(inner, field, indent + 2);
}

static void print_short_module(const struct module *module)
{
    struct text origin = {0};
    add_origin(module, &origin);
    printf("  %s (%s)\n      %s\n", module->name, text_get(&origin), module->summary);
    text_release(&origin);
    for (const struct param *param = module->params; param && param->name; param++)
        print_short_param(param, module->defaults, 6);
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
        params_print_table(config_table, &config_defaults, 2);
        return;
    }
    for (const struct param *param = config_extra_keys(config_table); param->name; param++)
        print_line(param->name, param->summary);
    for (const struct param *param = config_table; param->name; param++)
        print_line(param->name, param->summary);
}

/* A key of an experiment file with all that is inside it. */
static void print_file_key(const struct file_key *key, int indent)
{
    if (key->param) {
        params_print(key->param, key->defaults, indent, false);
        return;
    }
    struct text choices = {0};
    if (key->choices)
        params_add_choices(key->choices, &choices);
    printf("%*s%s\n%*s%s\n", indent, "", key->name, indent + 4, "", key->summary);
    if (key->choices)
        printf("%*s%s: %s\n", indent + 4, "", key->name, text_get(&choices));
    printf("%*s%s\n", indent + 4, "", key->form);
    text_release(&choices);
    params_print_table(key->table, key->defaults, indent + 4);
    for (int i = 0; key->keys && key->keys[i]; i++)
        print_file_key(key->keys[i], indent + 4);
}

/* An experiment file, its keys in full when WHOLE. */
static void print_experiment(bool whole)
{
    printf("experiment:\n");
    for (const struct file_key *const *key = experiment_keys; *key; key++)
        if (whole)
            print_file_key(*key, 2);
        else
            print_line(file_key_name(*key), file_key_summary(*key));
}

/* WHAT is `config`, `experiment`, or a key of one of them. Returns whether it was. */
static bool print_section(const char *what)
{
    if (text_equal(what, "config"))
        print_config(true);
    else if (text_equal(what, "experiment"))
        print_experiment(true);
    if (text_equal(what, "config") || text_equal(what, "experiment"))
        return true;
    const struct param *section = param_find(config_table, what);
    if (section) {
        params_print(section, &config_defaults, 0, false);
        return true;
    }
    for (const struct file_key *const *key = experiment_keys; *key; key++)
        if (text_equal(what, file_key_name(*key))) {
            print_file_key(*key, 0);
            return true;
        }
    return false;
}

/* All modules of KIND, with their parameters when WHOLE. */
static void print_kind(enum module_kind kind, bool whole)
{
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    printf("%s:\n", module_kind_name(kind));
    for (size_t i = 0; i < count; i++)
        if (whole)
            print_short_module(modules[i]);
        else
            print_line(modules[i]->name, modules[i]->summary);
    memory_free(modules);
}

static int unknown_module(enum module_kind kind, const char *name, struct error *error)
{
    const char *conflict = registry_conflict(kind, name);
    if (conflict)
        return error_set(error, ERROR_FAILED, "%s", conflict);
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

/* Modules in the order of their kinds and names. */
struct selection {
    const struct module **items;
    size_t count;
};

static void select_module(struct selection *selection, const struct module *module)
{
    selection->items =
        memory_grow(selection->items, selection->count + 1, sizeof *selection->items);
    selection->items[selection->count++] = module;
}

static void select_kind(struct selection *selection, enum module_kind kind)
{
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    for (size_t i = 0; i < count; i++)
        select_module(selection, modules[i]);
    memory_free(modules);
}

/* The modules called NAME, of any kind. */
static int select_name(struct selection *selection, const char *name, struct error *error)
{
    const char *conflict = NULL;
    for (int kind = 0; kind < MODULE_KINDS; kind++) {
        const struct module *module = registry_find((enum module_kind)kind, name);
        if (module)
            select_module(selection, module);
        else if (!conflict)
            conflict = registry_conflict((enum module_kind)kind, name);
    }
    if (selection->count)
        return 0;
    if (conflict)
        return error_set(error, ERROR_FAILED, "%s", conflict);
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: neither a kind nor a module; `unroll modules` lists them", name);
}

/* WHAT is KIND, KIND/NAME, or a NAME that any kind may have. */
static int select_what(struct selection *selection, const char *what, struct error *error)
{
    size_t length = strcspn(what, "/");
    char *kind_name = text_format("%.*s", (int)length, what);
    int kind = module_kind_find(kind_name);
    memory_free(kind_name);
    if (kind < 0 && what[length])
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: there is no such kind; `unroll modules` lists them", what);
    if (kind < 0)
        return select_name(selection, what, error);
    if (!what[length]) {
        select_kind(selection, (enum module_kind)kind);
        return 0;
    }
    const char *name = what + length + 1;
    const struct module *module = registry_find((enum module_kind)kind, name);
    if (!module)
        return unknown_module((enum module_kind)kind, name, error);
    select_module(selection, module);
    return 0;
}

/* For people: WHAT may be what print_section() knows, too; NULL is all. */
static int print_text(const char *what, struct error *error)
{
    if (!what) {
        print_config(false);
        printf("\n");
        print_experiment(false);
        for (int kind = 0; kind < MODULE_KINDS; kind++) {
            printf("\n");
            print_kind((enum module_kind)kind, true);
        }
        return 0;
    }
    if (print_section(what))
        return 0;
    if (module_kind_find(what) >= 0) {
        print_kind((enum module_kind)module_kind_find(what), false);
        return 0;
    }
    struct selection selection = {0};
    int result = select_what(&selection, what, error);
    for (size_t i = 0; i < selection.count; i++) {
        printf("%s", i ? "\n" : "");
        print_module(selection.items[i]);
    }
    memory_free(selection.items);
    return result;
}

static int print_json(const char *what, struct error *error)
{
    struct selection selection = {0};
    int result = 0;
    for (int kind = 0; !what && kind < MODULE_KINDS; kind++)
        select_kind(&selection, (enum module_kind)kind);
    if (what)
        result = select_what(&selection, what, error);
    if (result == 0)
        modules_print_json(selection.items, selection.count);
    memory_free(selection.items);
    return result;
}

static void warn(const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        log_warning("%s", texts[i]);
}

int command_modules(int argc, char **argv, struct error *error)
{
    enum { FORMAT_TEXT, FORMAT_JSON };
    static const char *const formats[] = {"text", "json", NULL};
    int format = FORMAT_TEXT;
    const struct option_entry entries[] = {
        {"format", 0, OPTION_CHOICE, &format, NULL, "What is printed (text).", 0, 0, formats},
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "modules [config | experiment | SECTION | KIND | KIND/NAME | NAME]",
        "Lists what can be written: in a config its sections, and the layers, losses,\n"
        "optimizers, schedules, data sets and initialisers that it can choose, plugins\n"
        "included, with their parameters, types, ranges, defaults and where they come from; in\n"
        "an experiment file its keys.\n"
        "For a kind, the names; for a section of either file or a module, all that is known of\n"
        "its parameters; for `config` and `experiment`, all sections. json is about modules only.",
        "unroll modules train\n"
        "unroll modules claims\n"
        "unroll modules layer/lstm",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first + 1 < argc)
        return options_misused(&page, error, "modules takes one name");
    if (load_modules(error))
        return -1;
    size_t complaint_count, conflict_count;
    const char *const *complaints = registry_complaints(&complaint_count);
    const char *const *conflicts = registry_conflicts(&conflict_count);
    warn(complaints, complaint_count);
    warn(conflicts, conflict_count);
    const char *what = first < argc ? argv[first] : NULL;
    return format == FORMAT_JSON ? print_json(what, error) : print_text(what, error);
}
