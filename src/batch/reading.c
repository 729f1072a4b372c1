#include "batch/reading.h"

#include "base/memory.h"

#include <math.h>

const char *const reading_final_metrics[] = {"test.accuracy",
                                             "test.loss",
                                             "validation.accuracy",
                                             "validation.loss",
                                             "train_split.accuracy",
                                             "train_split.loss",
                                             "gap.accuracy",
                                             "gap.loss",
                                             "gap.validation.accuracy",
                                             "gap.validation.loss",
                                             "seconds",
                                             "cpu_seconds",
                                             "examples_per_second",
                                             "parameters",
                                             NULL};

void reading_add_names(struct reading *reading)
{
    const struct experiment_file *experiment = reading->experiment;
    for (size_t i = 0; i < experiment->variant_count; i++) {
        char *name = choosing_strip_name(experiment->variants[i].name,
                                         &experiment->questions.choosing, NULL);
        names_add(&reading->names, name);
        memory_free(name);
    }
}

void reading_check_variant(const struct reading *reading, const char *name, const struct mark *mark,
                           const char *path)
{
    const struct experiment_file *experiment = reading->experiment;
    const struct names *names = &reading->names;
    if (names_find(names, name) < names->count)
        return;
    const char *nearest = text_nearest(name, (const char *const *)names->items, names->count);
    char *hint = NULL;
    if (nearest)
        hint = text_format("did you mean `%s`?", nearest);
    else if (names->count && experiment->questions.choosing.on)
        hint = text_format("with `select` they are called like `%s`", names->items[0]);
    else if (names->count && experiment->sweep.key_count)
        hint = text_format("with a sweep they are called like `%s`", names->items[0]);
    diagnostics_add(reading->diagnostics, mark, path, hint, "`%s` is not a variant", name);
    memory_free(hint);
}

bool reading_check_metric(const struct reading *reading, const char *metric,
                          const char *const *known, const struct mark *mark, const char *path)
{
    struct text hint = {0};
    size_t count = 0;
    for (; known[count]; count++)
        if (text_equal(known[count], metric))
            return true;
    const char *nearest = text_nearest(metric, known, count);
    if (nearest)
        text_add_format(&hint, "did you mean `%s`? ", nearest);
    text_add(&hint, "there are");
    for (size_t i = 0; i < count; i++)
        text_add_format(&hint, "%s %s", i ? "," : "", known[i]);
    diagnostics_add(reading->diagnostics, mark, path, text_get(&hint), "unknown metric `%s`",
                    metric);
    text_release(&hint);
    return false;
}

void reading_check_share(const struct reading *reading, const char *metric, bool is_difference,
                         double number, const struct mark *mark, const char *path)
{
    bool can_be_negative = is_difference || text_starts_with(metric, "gap.");
    if (!text_ends_with(metric, ".accuracy") || isnan(number) ||
        (number >= (can_be_negative ? -1 : 0) && number <= 1))
        return;
    bool is_percent = fabs(number) > 1 && fabs(number) <= 100;
    char *hint = is_percent ? text_format("accuracies are fractions: write %.10g for %.10g %%",
                                          number / 100, number)
                            : text_format("from %s to 1", can_be_negative ? "-1" : "0");
    diagnostics_add(reading->diagnostics, mark, path, hint, "%.10g is no %s", number,
                    can_be_negative ? "difference of accuracies" : "accuracy");
    memory_free(hint);
}
