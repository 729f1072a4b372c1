#include "config/rules.h"

#include "base/memory.h"
#include "config/character.h"
#include "module/schedule.h"

#include <string.h>

struct checking {
    const struct config *config;
    const struct node *tree;
    struct diagnostics *diagnostics;
};

/* Where the dotted PATH is said, or the innermost key around it that is. */
static struct mark mark_of(const struct checking *checking, const char *path)
{
    const struct node *node = checking->tree;
    struct mark mark = node->mark;
    char *copy = memory_copy_text(path), *rest = copy;
    for (char *key = strsep(&rest, "."); key; key = strsep(&rest, ".")) {
        int index = node_find(node, key);
        if (index < 0)
            break;
        mark = node->key_marks[index];
        node = node->items[index];
    }
    memory_free(copy);
    return mark;
}

static bool is_sound(const struct checking *checking, const char *path)
{
    return !diagnostics_concern(checking->diagnostics, path);
}

static void report(const struct checking *checking, const char *path, const char *hint,
                   const char *message)
{
    struct mark mark = mark_of(checking, path);
    diagnostics_add(checking->diagnostics, &mark, path, hint, "%s", message);
}

static void check_name(const struct checking *checking)
{
    enum { NAME_BYTES = 100 };
    static const char *const remedy = "use letters, digits and - _ . +";
    const char *name = checking->config->name;
    size_t left = strlen(name);
    if (left == 0 || left > NAME_BYTES) {
        report(checking, "name", remedy, left ? "longer than 100 bytes" : "an empty name");
        return;
    }
    while (left > 0) {
        unsigned code;
        size_t length = character_read(name, left, &code);
        bool is_letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
                         (code >= '0' && code <= '9') || code >= 0xA0;
        if (!length || (!is_letter && !strchr("-_.+", (int)code))) {
            report(checking, "name", remedy, "holds a character that a name cannot have");
            return;
        }
        name += length;
        left -= length;
    }
    if (checking->config->name[0] == '.' || checking->config->name[0] == '-')
        report(checking, "name", "begin with a letter or a digit", "begins with a point or a dash");
}

static void check_data(const struct checking *checking)
{
    const struct data_config *data = &checking->config->data;
    if (data->permutation != config_defaults.data.permutation &&
        data->sequence != SEQUENCE_PERMUTED && is_sound(checking, "data.sequence"))
        report(checking, "data.permutation", "set `sequence: permuted`, or remove this key",
               "does nothing: the sequence is not permuted");
    if (data->drop_last && data->order == ORDER_TF)
        report(checking, "data.drop_last", "remove it, or use `order: shuffle`",
               "has no meaning with `order: tf`, whose batches are all full");
    if (data->validation.from != VALIDATION_FIRST && data->validation.count == 0 &&
        is_sound(checking, "data.validation"))
        report(checking, "data.validation.from", "set `count` too, or remove this key",
               "does nothing: validation.count is 0");
}

static void check_length(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    if (!is_sound(checking, "train.steps") || !is_sound(checking, "train.epochs"))
        return;
    if (train->steps > 0 && train->epochs > 0) {
        struct mark mark = mark_of(checking, "train.steps");
        char *place = mark_origin(&mark);
        char *hint = text_format("steps are set in %s: set one of the two to `none`", place);
        report(checking, "train.epochs", hint, "cannot be combined with train.steps");
        memory_free(hint);
        memory_free(place);
    } else if (train->steps == 0 && train->epochs == 0) {
        report(checking, "train", "write `steps: 1000` or `epochs: 10` below `train:`",
               "needs either `steps` or `epochs`");
    }
}

static void check_evaluate(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    bool has_every = is_sound(checking, "train.evaluate.every");
    if (train->evaluate.first > 0 && has_every &&
        (train->evaluate.every == 0 || train->evaluate.unit != UNIT_STEPS))
        report(checking, "train.evaluate.first",
               "set `every` to a number of steps, or remove this key",
               "only evaluations that are counted in steps have a first step");
    if (train->evaluate.take != TAKE_FIRST && train->evaluate.limit == 0 &&
        is_sound(checking, "train.evaluate.limit"))
        report(checking, "train.evaluate.take", "set `limit` too, or remove this key",
               "does nothing without a limit");
    if (train->evaluate.every == 0 && has_every && train->evaluate.unit != UNIT_STEPS)
        report(checking, "train.evaluate.unit", "write `every: 1` too",
               "there is no `every` that it could count");
}

/* Is there a validation set, and is it evaluated? Otherwise what WHO at PATH wants is missing. */
static void check_validation(const struct checking *checking, const char *path, const char *who)
{
    const struct config *config = checking->config;
    char *message = NULL;
    if (config->data.validation.count == 0 && is_sound(checking, "data.validation")) {
        message = text_format("%s a validation set", who);
        report(checking, path, "set data.validation.count", message);
    } else if (!(config->train.evaluate.on & 1u << SPLIT_VALIDATION) &&
               is_sound(checking, "train.evaluate.on")) {
        message = text_format("%s evaluations on the validation set", who);
        report(checking, path, "add `validation` to train.evaluate.on", message);
    }
    memory_free(message);
}

static void check_stop(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    bool uses_metric = train->stop.patience > 0 || train->stop.restore == RESTORE_BEST;
    if (train->evaluate.on & 1u << SPLIT_VALIDATION)
        check_validation(checking, "train.evaluate.on", "needs");
    if (train->stop.restore == RESTORE_BEST)
        check_validation(checking, "train.stop.restore", "needs");
    if (train->stop.patience > 0)
        check_validation(checking, "train.stop.patience", "needs");
    if (uses_metric || !is_sound(checking, "train.stop"))
        return;
    static const char *const remedy = "set `patience` or `restore: best`, or remove this key";
    static const char *const message = "does nothing: no early stopping, and no best to restore";
    if (train->stop.metric != config_defaults.train.stop.metric)
        report(checking, "train.stop.metric", remedy, message);
    if (train->stop.min_delta != 0)
        report(checking, "train.stop.min_delta", remedy, message);
}

/* The metric that the schedule looks at must be there. */
static void check_schedule(const struct checking *checking)
{
    static const char *const splits[SPLITS] = {
        [SPLIT_TRAIN] = "train.", [SPLIT_VALIDATION] = "validation.", [SPLIT_TEST] = "test."};
    const struct train_config *train = &checking->config->train;
    const struct schedule *schedule = (const struct schedule *)train->schedule.module;
    if (!schedule || !schedule->watches || !is_sound(checking, "train.schedule"))
        return;
    const char *metric = schedule->watches(train->schedule.params);
    if (!metric)
        return;
    if (text_starts_with(metric, splits[SPLIT_VALIDATION])) {
        check_validation(checking, "train.schedule", "watches a validation metric and needs");
        return;
    }
    for (int split = 0; split < SPLITS; split++) {
        if (!text_starts_with(metric, splits[split]) || train->evaluate.on & 1u << split ||
            !is_sound(checking, "train.evaluate.on"))
            continue;
        char *message = text_format("the schedule watches %s, which is not evaluated", metric);
        char *hint = text_format("add `%.*s` to train.evaluate.on", (int)strlen(splits[split]) - 1,
                                 splits[split]);
        report(checking, "train.schedule", hint, message);
        memory_free(hint);
        memory_free(message);
    }
}

static void check_train(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    if (train->shards > train->batch && is_sound(checking, "train.batch"))
        report(checking, "train.shards", "use at most as many shards as examples",
               "more shards than the batch has examples");
    if (train->warmup.from != 0 && train->warmup.steps == 0 && is_sound(checking, "train.warmup"))
        report(checking, "train.warmup.from", "set `steps` too, or remove this key",
               "does nothing: warmup.steps is 0");
}

void rules_check(const struct config *config, const struct node *tree,
                 struct diagnostics *diagnostics)
{
    const struct checking checking = {config, tree, diagnostics};
    if (is_sound(&checking, "name"))
        check_name(&checking);
    if (config->model.stack.count == 0 && is_sound(&checking, "model"))
        report(&checking, "model.stack", "name at least one layer", "the list is empty");
    if (!config->model.head.module && is_sound(&checking, "model.head"))
        report(&checking, "model.head", "write for example `head: dense`",
               "a model needs a head that gives the logits");
    check_data(&checking);
    check_length(&checking);
    check_evaluate(&checking);
    check_stop(&checking);
    check_schedule(&checking);
    check_train(&checking);
}

static void set_text(struct resolved *resolved, const char *path, const char *text)
{
    struct resolved *leaf = resolved_find(resolved, path);
    memory_free(leaf->text);
    leaf->text = memory_copy_text(text);
}

void rules_complete(struct config *config, struct resolved *resolved)
{
    if (config->train.evaluate.every > 0)
        return;
    config->train.evaluate.every = 1;
    config->train.evaluate.unit = UNIT_EPOCHS;
    set_text(resolved, "train.evaluate.every", "1");
    set_text(resolved, "train.evaluate.unit", "epochs");
}
