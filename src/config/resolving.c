#include "config/resolving.h"

#include "base/memory.h"
#include "config/config.h"
#include "config/resolve.h"
#include "config/value.h"
#include "module/registry.h"

#include <math.h>
#include <string.h>

size_t resolving_enter(struct resolving *resolving, const char *key)
{
    size_t length = resolving->path.length;
    text_add(&resolving->path, length ? "." : "");
    text_add(&resolving->path, key);
    return length;
}

void resolving_leave(struct resolving *resolving, size_t length)
{
    resolving->path.data[resolving->path.length = length] = '\0';
}

/* Adds "a, b, c" of a list that ends with NULL; gives how many. */
static size_t add_names(struct text *out, const char *const *names)
{
    size_t count = 0;
    for (; names[count]; count++) {
        text_add(out, count ? ", " : "");
        text_add(out, names[count]);
    }
    return count;
}

static void add_bound(struct text *out, const struct param *param, double value)
{
    if (param->type == PARAM_INTEGER)
        text_add_format(out, "%.0f", value);
    else
        text_add_real(out, value);
}

void resolve_add_range(struct text *out, const struct param *param)
{
    bool above = param->flags & PARAM_ABOVE_MINIMUM, below = param->flags & PARAM_BELOW_MAXIMUM;
    bool has_minimum = param->minimum > -INFINITY, has_maximum = param->maximum < INFINITY;
    if (param->minimum == 0 && param->maximum == 0)
        return;
    if (param->type == PARAM_INTEGER && param->maximum >= 0x1p63)
        has_maximum = false;
    bool is_closed = has_minimum && has_maximum && !above && !below;
    if (has_minimum) {
        text_add(out, is_closed ? "from " : above ? "above " : "at least ");
        add_bound(out, param, param->minimum);
    }
    if (has_maximum) {
        text_add(out, is_closed ? " to " : has_minimum ? " and " : "");
        text_add(out, is_closed ? "" : below ? "below " : "at most ");
        add_bound(out, param, param->maximum);
    }
}

/* "an integer", "one of rows, columns", ...: what PARAM wants. */
static void add_expectation(struct text *out, const struct param *param)
{
    switch (param->type) {
    case PARAM_INTEGER:
        text_add(out, "an integer");
        break;
    case PARAM_REAL:
        text_add(out, "a number");
        break;
    case PARAM_BOOLEAN:
        text_add(out, "true or false");
        break;
    case PARAM_CHOICE:
        text_add(out, "one of ");
        add_names(out, param->choices);
        break;
    case PARAM_SET:
        text_add(out, "one or a list of ");
        add_names(out, param->choices);
        break;
    case PARAM_TEXT:
        text_add(out, "text");
        break;
    case PARAM_PATH:
        text_add(out, "the name of a file or folder");
        break;
    case PARAM_TEXTS:
        text_add(out, "a text or a list of texts");
        break;
    case PARAM_SECTION:
        text_add(out, "keys with values");
        break;
    case PARAM_MODULE:
        text_add_format(out, "the name of a module (%s)", module_kind_name(param->kind));
        break;
    case PARAM_MODULES:
        text_add_format(out, "a list of modules (%s)", module_kind_name(param->kind));
        break;
    }
    if (param->flags & PARAM_OPTIONAL)
        text_add(out, " or none");
}

void resolving_report(struct resolving *resolving, const struct mark *mark, const char *hint,
                      const char *message)
{
    diagnostics_add(resolving->diagnostics, mark, text_get(&resolving->path), hint, "%s", message);
}

/* "expected an integer, found `x`". */
/* The ways in which YAML and Python write that there is nothing. */
static bool is_null(const struct node *node)
{
    return node->type == NODE_SCALAR && !node->quoted &&
           (text_equal(node->text, "~") || strcasecmp(node->text, "null") == 0 ||
            strcasecmp(node->text, "none") == 0);
}

void resolving_report_type(struct resolving *resolving, const struct param *param,
                           const struct node *node, const char *hint)
{
    char *found = node_describe(node);
    struct text message = {0};
    text_add(&message, "expected ");
    add_expectation(&message, param);
    text_add_format(&message, ", found %s", found);
    if (node_is_empty(node))
        hint = "write a value, or remove the key";
    else if (param->flags & PARAM_OPTIONAL && is_null(node))
        hint = "write none";
    resolving_report(resolving, &node->mark, hint, text_get(&message));
    text_release(&message);
    memory_free(found);
}

/* A name that is not in NAMES: the nearest one. */
void resolving_add_nearest(struct text *hint, const char *name, const char *const *names,
                           size_t count)
{
    const char *nearest = text_nearest(name, names, count);
    if (nearest)
        text_add_format(hint, "did you mean `%s`?", nearest);
}

static size_t count_params(const struct param *table)
{
    size_t count = 0;
    while (table && table[count].name)
        count++;
    return count;
}

void resolving_report_key(struct resolving *resolving, const struct param *table, const char *key,
                          const struct mark *mark)
{
    const struct param *extra = config_extra_keys(table);
    size_t before = count_params(extra), count = before + count_params(table);
    const char **names = memory_array(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = i < before ? extra[i].name : table[i - before].name;
    struct text hint = {0};
    if (strchr(key, '.'))
        text_add(&hint, "write nested keys, each on its own level;");
    else
        resolving_add_nearest(&hint, key, names, count);
    text_add(&hint, hint.length ? " keys here: " : "keys here: ");
    if (add_names(&hint, names) == 0)
        text_add(&hint, "none");
    size_t length = resolving_enter(resolving, key);
    resolving_report(resolving, mark, text_get(&hint), "unknown key");
    resolving_leave(resolving, length);
    text_release(&hint);
    memory_free(names);
}

void resolving_report_range(struct resolving *resolving, const struct param *param,
                            const struct node *node)
{
    struct text hint = {0};
    text_add(&hint, "allowed: ");
    resolve_add_range(&hint, param);
    if (param->unit)
        text_add_format(&hint, " (%s)", param->unit);
    char *message = text_format("%s is out of range", node->text);
    resolving_report(resolving, &node->mark, text_get(&hint), message);
    memory_free(message);
    text_release(&hint);
}

void resolving_report_missing(struct resolving *resolving, const struct param *param,
                              const struct mark *where)
{
    struct text message = {0};
    text_add(&message, "is required: ");
    add_expectation(&message, param);
    resolving_report(resolving, where, param->summary, text_get(&message));
    text_release(&message);
}

/* Why a plugin that may have brought NAME could not be used: first those whose file or module is
 * called so. */
static void add_complaints(struct text *hint, const char *name)
{
    enum { SHOWN = 3 };
    size_t count, shown = 0;
    const char *const *complaints = registry_complaints(&count);
    for (int names_it = 1; names_it >= 0; names_it--)
        for (size_t i = 0; i < count && shown < SHOWN; i++)
            if ((strstr(complaints[i], name) != NULL) == names_it) {
                text_add_format(hint, "; a plugin could not be used: %s", complaints[i]);
                shown++;
            }
    if (shown < count)
        text_add_format(hint, "; and %zu more: `unroll doctor` says which", count - shown);
}

/* Two plugins, or one and the program, have the name. A cell such as bilstm may be meant, too. */
static const char *conflict_of(enum module_kind kind, const char *name)
{
    const char *conflict = registry_conflict(kind, name);
    if (!conflict && kind == MODULE_LAYER && text_starts_with(name, "bi"))
        conflict = registry_conflict(kind, name + 2);
    return conflict;
}

bool resolving_lacks_module(struct resolving *resolving, enum module_kind kind, const char *name)
{
    if (!resolving->absent || registry_find(kind, name))
        return false;
    const char *conflict = conflict_of(kind, name);
    const char *complaint = conflict ? NULL : registry_complaint(kind, name);
    if (!complaint && !conflict && kind == MODULE_LAYER && text_starts_with(name, "bi"))
        complaint = registry_complaint(kind, name + 2);
    if (!complaint && !conflict)
        return false;
    struct text *absent = resolving->absent;
    char *word =
        conflict ? text_format("more than one %s `%s`: %s", module_kind_name(kind), name, conflict)
                 : text_format("unknown %s `%s`: a plugin could not be used: %s",
                               module_kind_name(kind), name, complaint);
    if (!strstr(text_get(absent), word))
        text_add_format(absent, "%s%s", absent->length ? "; " : "", word);
    memory_free(word);
    return true;
}

void resolving_report_module(struct resolving *resolving, enum module_kind kind, const char *name,
                             const struct mark *mark)
{
    const struct module **modules;
    size_t count = registry_list(kind, &modules);
    const char **names = memory_array(count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = modules[i]->name;
    const char *conflict = conflict_of(kind, name);
    bool is_file = strpbrk(name, "/.") != NULL;
    struct text hint = {0}, message = {0};
    text_add_format(&message, "%s %s `%s`", conflict ? "more than one" : "unknown",
                    module_kind_name(kind), name);
    if (conflict) {
        text_add(&hint, conflict);
    } else if (is_file) {
        text_add(&message, ": a module is chosen by its name, never by a file");
        text_add(&hint, "put the plugin into a folder that is searched (--plugin-dir, "
                        "UNROLL_PLUGINS) and write its module's name; names here: ");
        add_names(&hint, names);
    } else {
        resolving_add_nearest(&hint, name, names, count);
        text_add_format(&hint, "%snames here: ", hint.length ? " " : "");
        if (add_names(&hint, names) == 0)
            text_add(&hint, "none");
        add_complaints(&hint, name);
    }
    resolving_report(resolving, mark, text_get(&hint), text_get(&message));
    text_release(&message);
    text_release(&hint);
    memory_free(names);
    memory_free(modules);
}
