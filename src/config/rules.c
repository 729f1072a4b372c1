#include "config/rules.h"

#include "base/memory.h"
#include "config/character.h"
#include "module/hook.h"
#include "module/schedule.h"

#include <inttypes.h>
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

const char *rules_name_fault(const char *name, const char **remedy)
{
    enum { NAME_BYTES = 100 };
    size_t left = strlen(name);
    bool has_bad_begin = name[0] == '.' || name[0] == '-';
    *remedy = "use letters, digits and - _ . +";
    if (left == 0 || left > NAME_BYTES)
        return left ? "longer than 100 bytes" : "an empty name";
    for (const char *at = name; left > 0;) {
        unsigned code;
        size_t length = character_read(at, left, &code);
        bool is_letter = (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') ||
                         (code >= '0' && code <= '9') || code >= 0xA0;
        if (!length || (!is_letter && !strchr("-_.+", (int)code)))
            return "holds a character that a name cannot have";
        at += length;
        left -= length;
    }
    if (has_bad_begin)
        *remedy = "begin with a letter or a digit";
    return has_bad_begin ? "begins with a point or a dash" : NULL;
}

static void check_name(const struct checking *checking)
{
    const char *remedy, *fault = rules_name_fault(checking->config->name, &remedy);
    if (fault)
        report(checking, "name", remedy, fault);
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

/* What the schedule looks at, or NULL. */
static const char *watched_metric(const struct train_config *train)
{
    const struct schedule *schedule = (const struct schedule *)train->schedule.module;
    if (!schedule || !schedule->watches)
        return NULL;
    HOOK(train->schedule.module);
    return schedule->watches(train->schedule.params);
}

/* Where metrics come from: the training itself, or evaluations on a split. */
static const struct source {
    const char *prefix;
    int split; /* SPLITS: the training itself */
} sources[] = {{"train.", SPLITS},
               {"train_split.", SPLIT_TRAIN},
               {"validation.", SPLIT_VALIDATION},
               {"test.", SPLIT_TEST}};

/* The source of METRIC, or NULL when there is no such metric. */
static const struct source *source_of(const char *metric)
{
    for (size_t i = 0; i < sizeof sources / sizeof sources[0]; i++) {
        if (!text_starts_with(metric, sources[i].prefix))
            continue;
        const char *rest = metric + strlen(sources[i].prefix);
        bool is_running = sources[i].split == SPLITS;
        if (text_equal(rest, "loss") || text_equal(rest, "accuracy") ||
            (is_running && (text_equal(rest, "rate") || text_equal(rest, "gradient_norm"))))
            return &sources[i];
    }
    return NULL;
}

/* The metric that the schedule looks at must be there. */
static void check_schedule(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    const char *metric = watched_metric(train);
    if (!metric || !is_sound(checking, "train.schedule"))
        return;
    const struct source *source = source_of(metric);
    char *message = NULL, *hint = NULL;
    if (!source) {
        message = text_format("the schedule watches `%s`, which is no metric", metric);
        hint = memory_copy_text("its module must name one, such as validation.loss or train.loss");
        report(checking, "train.schedule", hint, message);
    } else if (source->split == SPLIT_VALIDATION) {
        check_validation(checking, "train.schedule", "watches a validation metric and needs");
    } else if (source->split != SPLITS && !(train->evaluate.on & 1u << source->split) &&
               is_sound(checking, "train.evaluate.on")) {
        message = text_format("the schedule watches %s, which is not evaluated", metric);
        hint = text_format("add `%s` to train.evaluate.on", config_split_names[source->split]);
        report(checking, "train.schedule", hint, message);
    }
    memory_free(hint);
    memory_free(message);
}

const char *rules_who_needs_evaluations(const struct train_config *train)
{
    if (train->stop.patience > 0)
        return "train.stop.patience";
    if (train->stop.restore == RESTORE_BEST)
        return "train.stop.restore";
    const char *metric = watched_metric(train);
    const struct source *source = metric ? source_of(metric) : NULL;
    return source && source->split != SPLITS ? "train.schedule" : NULL;
}

bool rules_schedule_never_begins(const struct train_config *train, int64_t steps)
{
    const struct module *schedule = train->schedule.module;
    return schedule && schedule->params_size > 0 && train->warmup.steps >= steps;
}

/* Someone waits for an evaluation, and the first one would come after the end. Where an epoch's
 * length decides, only the training can tell. */
static void check_first_evaluation(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    const char *who = rules_who_needs_evaluations(train);
    bool counts_steps = train->evaluate.unit == UNIT_STEPS;
    int64_t length = counts_steps ? train->steps : train->epochs;
    int64_t first =
        counts_steps && train->evaluate.first ? train->evaluate.first : train->evaluate.every;
    if (!who || length == 0 || train->evaluate.every == 0 || first <= length ||
        !is_sound(checking, "train.evaluate") || !is_sound(checking, "train.steps") ||
        !is_sound(checking, "train.epochs"))
        return;
    const char *unit = counts_steps ? "steps" : "epochs";
    char *message = text_format("no evaluation comes within the %" PRId64 " %s of the run, and %s "
                                "waits for one",
                                length, unit, who);
    char *hint = text_format("evaluate at least once in %" PRId64 " %s", length, unit);
    report(checking,
           first == train->evaluate.every ? "train.evaluate.every" : "train.evaluate.first", hint,
           message);
    memory_free(hint);
    memory_free(message);
}

static void check_warmup(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    if (train->warmup.from != 0 && train->warmup.steps == 0 && is_sound(checking, "train.warmup"))
        report(checking, "train.warmup.from", "set `steps` too, or remove this key",
               "does nothing: warmup.steps is 0");
    if (train->steps == 0 || !rules_schedule_never_begins(train, train->steps) ||
        !is_sound(checking, "train.warmup") || !is_sound(checking, "train.steps") ||
        !is_sound(checking, "train.schedule"))
        return;
    char *message = text_format("the schedule begins behind the warm-up, and the run ends after "
                                "%" PRId64 " steps",
                                train->steps);
    report(checking, "train.warmup.steps", "use a shorter warm-up, or `schedule: constant`",
           message);
    memory_free(message);
}

static void check_train(const struct checking *checking)
{
    const struct train_config *train = &checking->config->train;
    if (train->shards > train->batch && is_sound(checking, "train.batch"))
        report(checking, "train.shards", "use at most as many shards as examples",
               "more shards than the batch has examples");
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
    check_first_evaluation(&checking);
    check_warmup(&checking);
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
