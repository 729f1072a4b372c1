#include "config/written_defaults.h"

#include "base/text.h"
#include "config/choice.h"
#include "config/parse.h"
#include "config/resolve.h"

#include <stdalign.h>

/* A list of modules, or one: each is a name, maybe with parameters. */
static bool is_choice(const struct param *param, const struct node *node)
{
    if (param->type == PARAM_MODULE)
        return choice_name(node) != NULL;
    for (size_t i = 0; node->type == NODE_LIST && i < node->count; i++)
        if (!choice_name(node->items[i]))
            return false;
    return node->type == NODE_LIST;
}

static void check_choice(const struct param *param, const char *text,
                         struct diagnostics *diagnostics)
{
    struct node *node = parse_value(text, "default", diagnostics);
    if (node && !is_choice(param, node))
        diagnostics_add(diagnostics, &node->mark, param->name, NULL, "`%s` names no module", text);
    node_free(node);
}

/* Decodes the default as if a config said nothing, by a table of this parameter alone. */
static void check_value(const struct param *param, int init, struct diagnostics *diagnostics)
{
    struct param table[2] = {*param, {0}};
    alignas(max_align_t) char values[64] = {0}, defaults[64] = {0};
    table[0].offset = 0;
    struct node *nothing = node_new(NODE_MAPPING, &(struct mark){.file = "default"});
    resolve_table(values, sizeof values, defaults, table, nothing, init, "", NULL, diagnostics);
    resolve_release(values, table);
    node_free(nothing);
}

static void check_table(const struct param *table, struct diagnostics *diagnostics)
{
    for (const struct param *param = table; param && param->name; param++) {
        if (param->type == PARAM_SECTION)
            check_table(param->table, diagnostics);
        bool is_module = param->type == PARAM_MODULE || param->type == PARAM_MODULES;
        for (int init = -1; init < INIT_PRESETS; init++) {
            const char *text = init < 0 ? param->fallback : param->preset[init];
            if (text && is_module)
                check_choice(param, text, diagnostics);
            else if (text)
                check_value(param, init, diagnostics);
        }
    }
}

int written_defaults_check(const struct module *module, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    check_table(module->params, diagnostics);
    int result = diagnostics_error(diagnostics, error);
    diagnostics_free(diagnostics);
    return result;
}
