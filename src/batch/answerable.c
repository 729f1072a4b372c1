#include "batch/answerable.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/printable.h"
#include "store/metric_rules.h"
#include "train/batches.h"

#include <inttypes.h>
#include <string.h>

enum { ALL_SPLITS = (1 << SPLITS) - 1 };

/* Of a reported figure: whether a run will have it. */
enum prospect { PROSPECT_UNKNOWN, PROSPECT_NEVER, PROSPECT_SOME };

struct answerable {
    const struct experiment_file *experiment;
    struct names names; /* of the variants as they are compared */
    size_t *places;     /* [variants] among the names */
    bool *is_noted;     /* [variants] */
    uint32_t *finals;   /* [names] sets of the splits whose final figures some run will have */
    enum prospect *prospects; /* [reported figures] */
};

struct answerable *answerable_new(const struct experiment_file *experiment)
{
    const struct questions *questions = &experiment->questions;
    struct answerable *answerable = memory_array(1, sizeof *answerable);
    size_t count = experiment->variant_count;
    answerable->experiment = experiment;
    answerable->places = memory_array(count + 1, sizeof *answerable->places);
    answerable->is_noted = memory_array(count + 1, sizeof *answerable->is_noted);
    answerable->finals = memory_array(count + 1, sizeof *answerable->finals);
    answerable->prospects =
        memory_array(questions->reported_count + 1, sizeof *answerable->prospects);
    for (size_t i = 0; i < count; i++) {
        char *name = choosing_strip_name(experiment->variants[i].name, &questions->choosing, NULL);
        answerable->places[i] = names_add(&answerable->names, name);
        memory_free(name);
    }
    return answerable;
}

void answerable_free(struct answerable *answerable)
{
    if (!answerable)
        return;
    names_release(&answerable->names);
    memory_free(answerable->places);
    memory_free(answerable->is_noted);
    memory_free(answerable->finals);
    memory_free(answerable->prospects);
    memory_free(answerable);
}

/* The split that the figure METRIC is of, as a set; none for "train.loss" and what is of no split.
 */
static uint32_t split_of(const char *metric)
{
    if (text_starts_with(metric, "train_split."))
        return 1u << SPLIT_TRAIN;
    if (text_starts_with(metric, "validation."))
        return 1u << SPLIT_VALIDATION;
    return text_starts_with(metric, "test.") ? 1u << SPLIT_TEST : 0;
}

/* The splits whose final figures METRIC is made of. */
static uint32_t splits_of(const char *metric)
{
    const struct metric_difference *difference = metric_difference_find(metric);
    return difference ? split_of(difference->minuend) | split_of(difference->subtrahend)
                      : split_of(metric);
}

/* The splits whose figures stand at the end of a run; the training split's only where it is
 * evaluated on the way. */
static uint32_t finals_of(const struct config *config, const struct data *data)
{
    uint32_t finals = config->train.evaluate.on & 1u << SPLIT_TRAIN;
    if (config->data.validation.count > 0)
        finals |= 1u << SPLIT_VALIDATION;
    if (!data || data->splits[SPLIT_TEST].count > 0)
        finals |= 1u << SPLIT_TEST;
    return finals;
}

/* Whether runs of CONFIG will measure METRIC at STEP. */
static enum prospect prospect_at(const struct config *config, const struct data *data,
                                 const char *metric, int64_t step)
{
    const struct train_config *train = &config->train;
    struct batches batches;
    uint32_t split = split_of(metric);
    bool has_batches =
        data && batches_measure(&batches, &config->data, data->splits[SPLIT_TRAIN].count,
                                train->batch, NULL) == 0;
    int64_t steps = train->steps  ? train->steps
                    : has_batches ? batches_steps(&batches, train->epochs)
                                  : 0;
    if (split && !(train->evaluate.on & split))
        return PROSPECT_NEVER;
    if (steps && step > steps)
        return PROSPECT_NEVER;
    if (split && train->evaluate.unit == UNIT_EPOCHS && !has_batches)
        return PROSPECT_UNKNOWN;
    if (split)
        return evaluation_is_due(train, has_batches ? &batches : NULL, step) ? PROSPECT_SOME
                                                                             : PROSPECT_NEVER;
    if (step % train->log.every == 0 || step == steps)
        return PROSPECT_SOME;
    return steps ? PROSPECT_NEVER : PROSPECT_UNKNOWN; /* the last step is logged, too */
}

void answerable_note(struct answerable *answerable, size_t variant, const struct config *config,
                     const struct data *data)
{
    const struct questions *questions = &answerable->experiment->questions;
    size_t place = answerable->places[variant];
    uint32_t finals = finals_of(config, data);
    answerable->is_noted[variant] = true;
    answerable->finals[place] |= finals;
    for (size_t i = 0; i < questions->reported_count; i++) {
        const struct reported_figure *figure = &questions->reported[i];
        if (!text_equal(figure->variant, answerable->names.items[place]))
            continue;
        enum prospect prospect = figure->step != REPORTED_AT_END
                                     ? prospect_at(config, data, figure->metric, figure->step)
                                 : splits_of(figure->metric) & ~finals ? PROSPECT_NEVER
                                                                       : PROSPECT_SOME;
        if (prospect > answerable->prospects[i])
            answerable->prospects[i] = prospect;
    }
}

/* Why no run that has the final figures of the splits FINALS has METRIC, and the remedy; NULL where
 * they can have it. */
static const char *fault_of(const char *metric, uint32_t finals, const char **hint)
{
    uint32_t missing = splits_of(metric) & ~finals;
    if (missing & 1u << SPLIT_VALIDATION) {
        *hint = "write `data.validation.count: 5000` or the like in the config";
        return "has no validation split";
    }
    if (missing & 1u << SPLIT_TRAIN) {
        *hint = "name `train` in the config's `train.evaluate.on`";
        return "is not evaluated on the training split";
    }
    *hint = NULL;
    return missing ? "has no test examples" : NULL;
}

/* What is known of them; a variant that was not noted may have everything. */
static uint32_t *known_finals(const struct answerable *answerable)
{
    uint32_t *finals = memory_array(answerable->names.count + 1, sizeof *finals);
    memcpy(finals, answerable->finals, answerable->names.count * sizeof *finals);
    for (size_t i = 0; i < answerable->experiment->variant_count; i++)
        if (!answerable->is_noted[i])
            finals[answerable->places[i]] = ALL_SPLITS;
    return finals;
}

/* One variant without the figure is enough: nothing would be chosen of it. */
static void check_choice(const struct answerable *answerable, const uint32_t *finals,
                         struct diagnostics *diagnostics)
{
    const struct experiment_file *experiment = answerable->experiment;
    const char *metric = experiment->questions.choosing.on, *hint;
    const struct node *select = node_get(node_get(experiment->tree, "compare"), "select");
    const struct node *on = node_get(select, "on");
    for (size_t i = 0; metric && select && i < answerable->names.count; i++) {
        const char *fault = fault_of(metric, finals[i], &hint);
        if (!fault)
            continue;
        diagnostics_add(diagnostics, on ? &on->mark : &select->mark, "compare.select.on", hint,
                        "no run can have %s: `%s` %s", metric, answerable->names.items[i], fault);
        return;
    }
}

static void check_compared(const struct answerable *answerable, const uint32_t *finals,
                           struct diagnostics *diagnostics)
{
    const struct experiment_file *experiment = answerable->experiment;
    const struct node *metric = node_get(node_get(experiment->tree, "compare"), "metric");
    const char *hint, *fault;
    uint32_t some = 0;
    for (size_t i = 0; i < answerable->names.count; i++)
        some |= finals[i];
    if (metric && (fault = fault_of(experiment->metric, some, &hint)))
        diagnostics_add(diagnostics, &metric->mark, "compare.metric", hint,
                        "no run can have %s: `%s` %s", experiment->metric,
                        answerable->names.items[0], fault);
}

static void check_claim(const struct answerable *answerable, const uint32_t *finals, size_t index,
                        struct diagnostics *diagnostics)
{
    const struct experiment_file *experiment = answerable->experiment;
    const struct claim *claim = &experiment->questions.claims[index];
    const struct node *claims = node_get(experiment->tree, "claims");
    const struct node *item = claims->items[index], *metric = node_get(item, "metric");
    const char *const names[] = {claim->variant, claim->than}, *hint;
    for (int i = 0; i < 2 && names[i]; i++) {
        size_t place = names_find(&answerable->names, names[i]);
        const char *fault =
            place < answerable->names.count ? fault_of(claim->metric, finals[place], &hint) : NULL;
        if (!fault)
            continue;
        char *path = text_format("claims.%zu.metric", index);
        diagnostics_add(diagnostics, metric ? &metric->mark : &item->mark, path, hint,
                        "no run can have %s: `%s` %s", claim->metric, names[i], fault);
        memory_free(path);
        return;
    }
}

/* Adds " at step 101, 201 and 5 more" of the COUNT figures FIGURES that no run will measure. */
static void add_steps(struct text *text, const struct reported_figure *figures,
                      const enum prospect *prospects, size_t count)
{
    enum { SHOWN = 8 };
    size_t found = 0;
    for (size_t i = 0; i < count; i++) {
        if (prospects[i] != PROSPECT_NEVER || ++found > SHOWN)
            continue;
        if (figures[i].step == REPORTED_AT_END)
            text_add(text, found > 1 ? ", at the end" : " at the end");
        else
            text_add_format(text, "%s %" PRId64, found > 1 ? "," : " at step", figures[i].step);
    }
    if (found > SHOWN)
        text_add_format(text, " and %zu more", found - SHOWN);
}

/* Of the figures FIRST to END, of one metric and one variant. */
static void warn_of_reported(const struct answerable *answerable, size_t first, size_t end)
{
    const struct experiment_file *experiment = answerable->experiment;
    const struct reported_figure *figure = &experiment->questions.reported[first];
    const struct node *reported = node_get(experiment->tree, "reported");
    const struct node *place = node_get(reported, figure->metric);
    struct text text = {0};
    add_steps(&text, figure, &answerable->prospects[first], end - first);
    if (text.length > 0) {
        struct text line = {0};
        text_add_format(&line, "%s:%d: reported.%s: no run of ", place->mark.file, place->mark.line,
                        figure->metric);
        printable_add(&line, figure->variant);
        text_add_format(&line, " will measure it%s; %s", text_get(&text),
                        text_starts_with(figure->metric, "train.")
                            ? "`train.log.every` says when it is measured"
                            : "`train.evaluate` says what is measured, and when");
        log_warning("%s", text_get(&line));
        text_release(&line);
    }
    text_release(&text);
}

void answerable_check(const struct answerable *answerable, struct diagnostics *diagnostics)
{
    const struct questions *questions = &answerable->experiment->questions;
    uint32_t *finals = known_finals(answerable);
    check_compared(answerable, finals, diagnostics);
    check_choice(answerable, finals, diagnostics);
    for (size_t i = 0; i < questions->claim_count; i++)
        check_claim(answerable, finals, i, diagnostics);
    for (size_t first = 0, end; first < questions->reported_count; first = end) {
        const struct reported_figure *figures = questions->reported;
        for (end = first + 1; end < questions->reported_count; end++)
            if (!text_equal(figures[end].metric, figures[first].metric) ||
                !text_equal(figures[end].variant, figures[first].variant))
                break;
        warn_of_reported(answerable, first, end);
    }
    memory_free(finals);
}
