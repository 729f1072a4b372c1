#include "config/value.h"

#include "base/file.h"
#include "base/memory.h"
#include "config/character.h"
#include "config/scalar.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { TEXT_BYTES = 4096 };

/* NODE's text, or NULL after an error when it is none that PARAM could read. */
static const char *scalar_text(struct resolving *resolving, const struct param *param,
                               const struct node *node)
{
    bool takes_quotes =
        param->type == PARAM_TEXT || param->type == PARAM_PATH || param->type == PARAM_TEXTS;
    if (node->type != NODE_SCALAR || node_is_empty(node)) {
        resolving_report_type(resolving, param, node, "write one value");
        return NULL;
    }
    if (node->quoted && !takes_quotes) {
        resolving_report_type(resolving, param, node, "remove the quotes");
        return NULL;
    }
    return node->text;
}

static bool is_in_range(const struct param *param, double value)
{
    if (param->minimum == 0 && param->maximum == 0)
        return true;
    bool above =
        param->flags & PARAM_ABOVE_MINIMUM ? value > param->minimum : value >= param->minimum;
    bool below =
        param->flags & PARAM_BELOW_MAXIMUM ? value < param->maximum : value <= param->maximum;
    return above && below;
}

static void decode_number(struct resolving *resolving, const struct param *param, void *field,
                          const struct node *node)
{
    const char *text = scalar_text(resolving, param, node);
    if (!text)
        return;
    struct text remedy = {0};
    int64_t integer = 0;
    double real = 0;
    bool is_integer = param->type == PARAM_INTEGER;
    int result = is_integer ? scalar_read_integer(text, &integer, &remedy)
                            : scalar_read_real(text, &real, &remedy);
    if (result)
        resolving_report_type(resolving, param, node, text_get(&remedy));
    else if (!is_in_range(param, is_integer ? (double)integer : real))
        resolving_report_range(resolving, param, node);
    else if (is_integer)
        *(int64_t *)field = integer;
    else
        *(double *)field = real;
    text_release(&remedy);
}

static void decode_boolean(struct resolving *resolving, const struct param *param, void *field,
                           const struct node *node)
{
    const char *text = scalar_text(resolving, param, node);
    struct text remedy = {0};
    if (text && scalar_read_boolean(text, field, &remedy))
        resolving_report_type(resolving, param, node, text_get(&remedy));
    text_release(&remedy);
}

/* The index of NODE's name among the choices, or -1 after an error. */
static int find_choice(struct resolving *resolving, const struct param *param,
                       const struct node *node)
{
    struct text hint = {0};
    int index = -1, count = 0;
    const char *text = node->type == NODE_SCALAR ? node->text : NULL;
    for (; param->choices[count]; count++)
        if (text && text_equal(param->choices[count], text))
            index = count;
    if (index < 0 && !node->broken) {
        if (text)
            resolving_add_nearest(&hint, text, param->choices, (size_t)count);
        resolving_report_type(resolving, param, node, text_get(&hint));
    }
    text_release(&hint);
    return index;
}

static void decode_set(struct resolving *resolving, const struct param *param, uint32_t *field,
                       const struct node *node)
{
    const struct node *const *items = (const struct node *const *)node->items;
    size_t count = node->count;
    if (node->type != NODE_LIST) {
        items = &node;
        count = 1;
    }
    uint32_t set = 0;
    bool is_bad = count == 0;
    if (is_bad)
        resolving_report(resolving, &node->mark,
                         param->flags & PARAM_OPTIONAL ? "name at least one, or write none"
                                                       : "name at least one",
                         "the list is empty");
    for (size_t i = 0; i < count; i++) {
        int index = find_choice(resolving, param, items[i]);
        uint32_t bit = index < 0 ? 0 : UINT32_C(1) << index;
        if (set & bit)
            resolving_report(resolving, &items[i]->mark, "name it once", "the name appears twice");
        is_bad = is_bad || bit == 0 || (set & bit);
        set |= bit;
    }
    if (!is_bad)
        *field = set;
}

/* What keeps TEXT from being free text, or NULL. */
static const char *text_problem(const char *text)
{
    size_t left = strlen(text);
    if (left > TEXT_BYTES)
        return "longer than 4096 bytes";
    while (left > 0) {
        unsigned code;
        size_t length = character_read(text, left, &code);
        if (!length || character_is_harmful(code))
            return "holds a control character";
        text += length;
        left -= length;
    }
    return NULL;
}

/* NAME, relative to the folder of the file that MARK is in, as an absolute path. */
static char *absolute_path(const struct mark *mark, const char *name)
{
    char *here = getcwd(NULL, 0);
    char *folder = mark->line > 0 ? file_folder(mark->file) : memory_copy_text("");
    char *relative = file_join(text_equal(folder, ".") ? "" : folder, name);
    while (text_starts_with(relative, "./"))
        memmove(relative, relative + 2, strlen(relative) - 1);
    char *path = file_join(here ? here : "", relative);
    memory_free(relative);
    memory_free(folder);
    free(here);
    return path;
}

/* NODE as PARAM's free text, or NULL after an error. */
static const char *plain_text(struct resolving *resolving, const struct param *param,
                              const struct node *node)
{
    const char *text = scalar_text(resolving, param, node);
    if (!text)
        return NULL;
    const char *problem = text_problem(text);
    if (!problem && param->type != PARAM_TEXT && !*text)
        problem = "an empty name";
    if (problem)
        resolving_report(resolving, &node->mark, "write plain text on one line", problem);
    return problem ? NULL : text;
}

static void decode_text(struct resolving *resolving, const struct param *param, char **field,
                        const struct node *node)
{
    const char *text = plain_text(resolving, param, node);
    if (!text)
        return;
    memory_free(*field);
    *field = param->type == PARAM_PATH ? absolute_path(&node->mark, text) : memory_copy_text(text);
}

void value_release_texts(struct text_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        memory_free(list->items[i]);
    memory_free(list->items);
    *list = (struct text_list){0};
}

static bool has_text(const struct text_list *list, const char *text)
{
    for (size_t i = 0; i < list->count; i++)
        if (text_equal(list->items[i], text))
            return true;
    return false;
}

static void decode_texts(struct resolving *resolving, const struct param *param,
                         struct text_list *field, const struct node *node)
{
    const struct node *const *items = (const struct node *const *)node->items;
    size_t count = node->count;
    if (node->type != NODE_LIST) {
        items = &node;
        count = 1;
    }
    struct text_list list = {.items = memory_array(count, sizeof *list.items)};
    for (size_t i = 0; i < count; i++) {
        const char *text = items[i]->broken ? NULL : plain_text(resolving, param, items[i]);
        if (text && has_text(&list, text))
            resolving_report(resolving, &items[i]->mark, "name it once", "the text appears twice");
        else if (text)
            list.items[list.count++] = memory_copy_text(text);
    }
    if (count == 0)
        resolving_report(resolving, &node->mark,
                         param->flags & PARAM_OPTIONAL ? "write at least one, or none"
                                                       : "write at least one",
                         "the list is empty");
    if (count > 0 && list.count == count) {
        value_release_texts(field);
        *field = list;
    } else {
        value_release_texts(&list);
    }
}

static bool same_texts(const struct text_list *list, const struct text_list *other)
{
    if (list->count != other->count)
        return false;
    for (size_t i = 0; i < list->count; i++)
        if (!text_equal(list->items[i], other->items[i]))
            return false;
    return true;
}

static void describe_texts(struct resolved *out, const struct text_list *list)
{
    out->type = RESOLVED_SET;
    for (size_t i = 0; i < list->count; i++) {
        struct resolved *item = resolved_add(out);
        item->type = RESOLVED_TEXT;
        item->text = memory_copy_text(list->items[i]);
    }
}

static void describe_set(struct resolved *out, const struct param *param, uint32_t set)
{
    out->type = RESOLVED_SET;
    for (int i = 0; param->choices[i]; i++)
        if (set & UINT32_C(1) << i)
            resolved_add(out)->text = memory_copy_text(param->choices[i]);
}

/* The canonical text of a value, which stands for the same as `none` when NONE is the same. */
void value_describe(struct resolved *out, const struct param *param, const void *field,
                    const void *none)
{
    const double *real = field;
    const int64_t *integer = field;
    const char *const *words = field, *const *no_words = none;
    bool optional = param->flags & PARAM_OPTIONAL, is_none = false;
    struct text text = {0};
    out->type = RESOLVED_VALUE;
    switch (param->type) {
    case PARAM_INTEGER:
        is_none = optional && *integer == *(const int64_t *)none;
        text_add_integer(&text, *integer);
        break;
    case PARAM_REAL:
        is_none = optional && *real == *(const double *)none;
        text_add_real(&text, *real);
        break;
    case PARAM_BOOLEAN:
        text_add(&text, *(const bool *)field ? "true" : "false");
        break;
    case PARAM_CHOICE:
        is_none = optional && *(const int *)field == *(const int *)none;
        text_add(&text, is_none ? "" : param->choices[*(const int *)field]);
        break;
    case PARAM_SET:
        is_none = optional && *(const uint32_t *)field == *(const uint32_t *)none;
        describe_set(out, param, is_none ? 0 : *(const uint32_t *)field);
        break;
    case PARAM_TEXT:
    case PARAM_PATH:
        is_none = !*words || (optional && *no_words && text_equal(*words, *no_words));
        out->type = RESOLVED_TEXT;
        text_add(&text, *words ? *words : "");
        break;
    case PARAM_TEXTS:
        is_none = optional && same_texts(field, none);
        if (!is_none)
            describe_texts(out, field);
        break;
    default:
        break;
    }
    if (is_none) {
        out->type = RESOLVED_VALUE;
        text_clear(&text);
        text_add(&text, "none");
    }
    out->text = text_take(&text);
    if (out->type == RESOLVED_SET) {
        memory_free(out->text);
        out->text = NULL;
    }
}

static bool may_be_none(const struct param *param)
{
    bool has_default = param->fallback || param->flags & PARAM_REQUIRED;
    return param->flags & PARAM_OPTIONAL || (param->type == PARAM_MODULE && !has_default);
}

bool value_is_none(const struct param *param, const struct node *node)
{
    return may_be_none(param) && node->type == NODE_SCALAR && !node->quoted &&
           text_equal(node->text, "none");
}

/* Reads a scalar, set or list of texts into FIELD, which keeps its default after an error. */
void value_decode(struct resolving *resolving, const struct param *param, void *field,
                  const struct node *node)
{
    if (node->broken || value_is_none(param, node))
        return;
    if (param->type == PARAM_INTEGER || param->type == PARAM_REAL) {
        decode_number(resolving, param, field, node);
    } else if (param->type == PARAM_BOOLEAN) {
        decode_boolean(resolving, param, field, node);
    } else if (param->type == PARAM_SET) {
        decode_set(resolving, param, field, node);
    } else if (param->type == PARAM_TEXTS) {
        decode_texts(resolving, param, field, node);
    } else if (param->type == PARAM_CHOICE) {
        const char *text = scalar_text(resolving, param, node);
        int index = text ? find_choice(resolving, param, node) : -1;
        if (index >= 0)
            *(int *)field = index;
    } else {
        decode_text(resolving, param, field, node);
    }
}
