#include "plots/swept.h"

#include "base/log.h"
#include "base/memory.h"
#include "compare/changed_keys.h"
#include "config/dotted_path.h"
#include "config/path_labels.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* What stands for the value of a key that a run does not have. */
static const char no_value[] = "-";

void swept_release(struct swept *swept)
{
    for (size_t i = 0; i < SWEPT_KEYS; i++) {
        for (size_t j = 0; swept->keys[i].texts && j < swept->keys[i].values.count; j++)
            memory_free(swept->keys[i].texts[j]);
        memory_free(swept->keys[i].texts);
        memory_free(swept->keys[i].name);
        names_release(&swept->keys[i].values);
    }
    names_release(&swept->lines);
    memory_free(swept->points);
    *swept = (struct swept){0};
}

double swept_number(const struct swept_key *key, size_t place)
{
    double number = (double)place;
    if (key->numeric)
        settings_number(key->values.items[place], &number);
    return number;
}

static const char *value_of(const struct group_run *run, const char *key)
{
    const char *value = settings_get(&run->settings, key);
    return value ? value : no_value;
}

/* Adds each value of KEY that a run of GROUPS has to VALUES; false where one is not a number. */
static bool collect(const struct groups *groups, const char *key, struct names *values)
{
    bool numeric = true;
    double number;
    for (size_t i = 0; i < groups->count; i++)
        for (size_t j = 0; j < groups->items[i].run_count; j++) {
            const char *value = value_of(&groups->items[i].runs[j], key);
            names_add(values, value);
            numeric = numeric && settings_number(value, &number) && isfinite(number);
        }
    return numeric && values->count > 0;
}

static bool is_numeric(const struct groups *groups, const char *key)
{
    struct names values = {0};
    bool numeric = collect(groups, key, &values);
    names_release(&values);
    return numeric;
}

static int in_order(const void *a, const void *b)
{
    return settings_order(*(char *const *)a, *(char *const *)b);
}

/* Whether ascending NUMBERS lie more evenly on a logarithmic axis. */
static bool is_geometric(const struct swept_key *key)
{
    size_t count = key->values.count;
    double first = swept_number(key, 0), last = swept_number(key, count - 1);
    if (first <= 0 || last / first < 9.99)
        return false;
    /* The middle one is at the middle of the axis on which they are even. */
    double middle = (swept_number(key, (count - 1) / 2) + swept_number(key, count / 2)) / 2;
    double linear = (middle - first) / (last - first);
    double logarithmic = log(middle / first) / log(last / first);
    return count < 3 || fabs(logarithmic - 0.5) < fabs(linear - 0.5);
}

const char *swept_text(const struct swept_key *key, size_t place)
{
    return key->texts[place];
}

/* NUMBER with three digits, whole ones with all of theirs. Caller frees. */
static char *short_number(double number)
{
    bool whole = number == floor(number) && fabs(number) < 1e6;
    return text_format(whole ? "%.0f" : "%.3g", number);
}

static void add_texts(struct swept_key *key)
{
    struct names differ = {0};
    size_t count = key->values.count;
    key->texts = memory_array(count, sizeof *key->texts);
    for (size_t i = 0; i < count && key->numeric; i++) {
        key->texts[i] = short_number(swept_number(key, i));
        names_add(&differ, key->texts[i]);
    }
    for (size_t i = 0; i < count && differ.count < count; i++) {
        memory_free(key->texts[i]);
        key->texts[i] = memory_copy_text(key->values.items[i]);
    }
    names_release(&differ);
}

static void read_key(struct swept_key *key, const struct groups *groups, const char *name)
{
    struct names values = {0};
    key->name = memory_copy_text(name);
    key->numeric = collect(groups, name, &values);
    if (key->numeric)
        qsort(values.items, values.count, sizeof *values.items, in_order);
    for (size_t i = 0; i < values.count; i++)
        names_add(&key->values, values.items[i]);
    names_release(&values);
    key->logarithmic = key->numeric && is_geometric(key);
    add_texts(key);
}

static void add_list(struct text *text, char **keys, size_t count)
{
    for (size_t i = 0; i < count; i++)
        text_add_format(text, "%s%s", i ? ", " : "", keys[i]);
}

static const char *last_part(const char *key)
{
    const char *dot = strrchr(key, '.');
    return dot ? dot + 1 : key;
}

/* The key that NAME means: itself, or the only one of the CHANGED keys of which it is the last
 * part. NULL after an error. */
static const char *find_key(const struct groups *groups, const char *name, char **changed,
                            size_t count, struct error *error)
{
    const char *found = NULL;
    if (groups_have_key(groups, name))
        return name;
    for (size_t i = 0; i < count; i++) {
        if (!text_equal(last_part(changed[i]), name))
            continue;
        if (found) {
            error_set(error, ERROR_USAGE, "--over %s: is the end of both %s and %s", name, found,
                      changed[i]);
            return NULL;
        }
        found = changed[i];
    }
    if (!found) {
        struct text list = {0};
        add_list(&list, changed, count);
        error_set(error, ERROR_NOT_FOUND, "--over %s: no run has this key; the runs differ in %s",
                  name, count ? text_get(&list) : "nothing but their seeds");
        text_release(&list);
    }
    return found;
}

static int said_keys(struct swept *swept, const struct groups *groups,
                     const struct plot_request *request, char **changed, size_t count,
                     struct error *error)
{
    for (size_t i = 0; i < request->over_count; i++) {
        const char *key = find_key(groups, request->over[i], changed, count, error);
        if (!key)
            return -1;
        if (i > 0 && text_equal(swept->keys[0].name, key))
            return error_set(error, ERROR_USAGE, "--over %s: is there twice", key);
        read_key(&swept->keys[swept->key_count++], groups, key);
    }
    return 0;
}

/* Whether the lines are already made of KEY. */
static bool is_grouped(const struct plot_request *request, const char *key)
{
    for (size_t i = 0; i < request->by_count; i++)
        if (text_equal(request->by[i], key))
            return true;
    return false;
}

/* The keys with numbers that differ, but not those of groups, one or two; the one with more values
 * first, for the longer axis. */
static int usual_keys(struct swept *swept, const struct groups *groups,
                      const struct plot_request *request, char **changed, size_t count,
                      struct error *error)
{
    size_t numeric = 0;
    struct text list = {0};
    for (size_t i = 0; i < count; i++) {
        if (is_grouped(request, changed[i]) || !is_numeric(groups, changed[i]))
            continue;
        text_add_format(&list, "%s%s", numeric ? ", " : "", changed[i]);
        if (numeric++ < SWEPT_KEYS)
            read_key(&swept->keys[swept->key_count++], groups, changed[i]);
    }
    int result = 0;
    if (numeric > SWEPT_KEYS)
        result = error_set(error, ERROR_USAGE,
                           "%s: the runs differ in %zu keys with numbers (%s); say one or two by "
                           "--over, or choose runs by --where",
                           groups->name, numeric, text_get(&list));
    if (numeric == 0) {
        text_clear(&list);
        add_list(&list, changed, count);
        if (count == 0)
            text_add(&list, "nothing but their seeds");
        result = error_set(error, ERROR_NOT_FOUND,
                           "%s: the runs differ in no key with numbers, but in %s%s", groups->name,
                           text_get(&list), count ? "; say which one by --over" : "");
    }
    text_release(&list);
    if (swept->key_count == 2 && swept->keys[0].values.count < swept->keys[1].values.count) {
        struct swept_key first = swept->keys[0];
        swept->keys[0] = swept->keys[1];
        swept->keys[1] = first;
    }
    return result;
}

static bool is_swept(const struct swept *swept, const char *key)
{
    for (size_t i = 0; i < swept->key_count; i++)
        if (text_equal(swept->keys[i].name, key))
            return true;
    return false;
}

/* Whether the runs differ, at KEY or below it, in something that is no axis. */
static bool differs_besides(const struct swept *swept, const char *key, char **changed,
                            size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (dotted_path_is_within(changed[i], key) && !is_swept(swept, changed[i]))
            return true;
    return false;
}

/* Whether the group called NAME is one of several values of KEY: "lstm rate=0.01". */
static bool says(const char *name, char *key)
{
    char *value;
    const struct choosing choosing = {.over = &key, .over_count = 1};
    memory_free(choosing_strip_name(name, &choosing, &value));
    bool is_said = value != NULL;
    memory_free(value);
    return is_said;
}

/* KEY, or what it is a part of: what NAME says of them, "train.optimizer" of "lstm
 * optimizer={adam:{rate:0.01}}". NULL where that says more than KEY, or there is none. Caller
 * frees.
 */
static char *said_part(const struct swept *swept, const char *name, const char *key, char **changed,
                       size_t count)
{
    char *part = memory_copy_text(key);
    while (!says(name, part)) {
        char *dot = strrchr(part, '.');
        if (dot)
            *dot = '\0';
        if (!dot || differs_besides(swept, part, changed, count)) {
            memory_free(part);
            return NULL;
        }
    }
    return part;
}

/* What GROUP is called without its values of the keys that were swept, "lstm-2 units=16" of
 * "lstm-2 rate=0.01 units=16"; NULL where its name lacks one of them. Caller frees. */
static char *variant_of(const struct swept *swept, const struct group *group, char **changed,
                        size_t count)
{
    char *over[SWEPT_KEYS], *name = NULL;
    size_t said = 0;
    for (size_t i = 0; i < swept->key_count; i++) {
        char *part = said_part(swept, group->name, swept->keys[i].name, changed, count);
        if (part)
            over[said++] = part;
    }
    const struct choosing keys = {.over = over, .over_count = said};
    if (said == swept->key_count)
        name = choosing_strip_name(group->name, &keys, NULL);
    for (size_t i = 0; i < said; i++)
        memory_free(over[i]);
    return name;
}

/* What RUN has at the other keys in which the runs differ: "lstm units=16". Caller frees. */
static char *line_of(const struct swept *swept, const struct groups *groups,
                     const struct group_run *run, char **changed, const bool *numeric, size_t count)
{
    struct text name = {0};
    const char **labels = memory_array(count, sizeof *labels);
    path_labels((const char *const *)changed, labels, count);
    for (size_t i = 0; i < count; i++) {
        if (is_swept(swept, changed[i]))
            continue;
        const char *value = value_of(run, changed[i]);
        text_add(&name, name.length ? " " : "");
        if (numeric[i])
            text_add_format(&name, "%s=%s", labels[i], value);
        else
            text_add(&name, value);
    }
    if (name.length == 0)
        text_add(&name, groups->name);
    memory_free(labels);
    return text_take(&name);
}

static size_t place_of(const struct swept_key *key, const struct group_run *run)
{
    return names_find(&key->values, value_of(run, key->name));
}

static int load_group(struct swept *swept, struct store *store, const struct groups *groups,
                      const struct group *group, const struct plot_request *request, char **changed,
                      const bool *numeric, size_t changed_count, struct error *error)
{
    size_t count;
    double *values =
        moment_values(store, group, request->metrics[0], request->moment, &count, error);
    if (!values)
        return -1;
    char *variant = request->by_count ? memory_copy_text(group->name)
                                      : variant_of(swept, group, changed, changed_count);
    for (size_t i = 0; i < group->run_count; i++) {
        const struct group_run *run = &group->runs[i];
        struct swept_point *point = &swept->points[swept->count++];
        char *line = variant ? memory_copy_text(variant)
                             : line_of(swept, groups, run, changed, numeric, changed_count);
        point->line = names_add(&swept->lines, line);
        point->value = values[i];
        point->diverged = run->run.state == RUN_DIVERGED;
        for (size_t key = 0; key < swept->key_count; key++)
            point->at[key] = place_of(&swept->keys[key], run);
        memory_free(line);
    }
    memory_free(variant);
    memory_free(values);
    return 0;
}

static int load_points(struct swept *swept, struct store *store, const struct groups *groups,
                       const struct plot_request *request, char **changed, size_t count,
                       struct error *error)
{
    size_t runs = 0;
    int result = 0;
    bool *numeric = memory_array(count, sizeof *numeric);
    for (size_t i = 0; i < count; i++)
        numeric[i] = is_numeric(groups, changed[i]);
    for (size_t i = 0; i < groups->count; i++)
        runs += groups->items[i].run_count;
    swept->points = memory_array(runs, sizeof *swept->points);
    for (size_t i = 0; i < groups->count && result == 0; i++)
        result = load_group(swept, store, groups, &groups->items[i], request, changed, numeric,
                            count, error);
    memory_free(numeric);
    return result;
}

int swept_load(struct swept *swept, struct store *store, const struct groups *groups,
               const struct plot_request *request, struct error *error)
{
    *swept = (struct swept){0};
    size_t count;
    if (moment_check(store, groups, request->metrics[0], request->moment, error) != 0)
        return -1;
    char **changed = changed_keys(groups, false, &count);
    int result = request->over_count ? said_keys(swept, groups, request, changed, count, error)
                                     : usual_keys(swept, groups, request, changed, count, error);
    if (result == 0)
        result = load_points(swept, store, groups, request, changed, count, error);
    for (size_t i = 0; i < count; i++)
        memory_free(changed[i]);
    memory_free(changed);
    if (result != 0)
        swept_release(swept);
    return result;
}
