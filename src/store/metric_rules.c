#include "store/metric_rules.h"

#include "base/text.h"

const struct metric_difference metric_differences[METRIC_DIFFERENCES] = {
    {"gap.loss", "test.loss", "train_split.loss"},
    {"gap.accuracy", "train_split.accuracy", "test.accuracy"},
    {"gap.validation.loss", "validation.loss", "train_split.loss"},
    {"gap.validation.accuracy", "train_split.accuracy", "validation.accuracy"},
};

const struct metric_difference *metric_difference_find(const char *name)
{
    for (size_t i = 0; i < METRIC_DIFFERENCES; i++)
        if (text_equal(metric_differences[i].name, name))
            return &metric_differences[i];
    return NULL;
}

const char *const metric_run_names[] = {"seconds", "cpu_seconds", "examples_per_second",
                                        "parameters", NULL};

bool metric_is_of_run(const char *name)
{
    for (size_t i = 0; metric_run_names[i]; i++)
        if (text_equal(metric_run_names[i], name))
            return true;
    return false;
}

bool metric_is_time(const char *name)
{
    return text_equal(name, "seconds") || text_equal(name, "cpu_seconds");
}

bool metric_is_share(const char *name)
{
    return text_ends_with(name, ".accuracy") && !metric_difference_find(name);
}

enum direction comparison_direction(const char *metric)
{
    if (metric_is_time(metric) || text_starts_with(metric, "gap.") ||
        text_ends_with(metric, ".loss"))
        return LOWER_IS_BETTER;
    if (text_equal(metric, "examples_per_second") || text_ends_with(metric, ".accuracy"))
        return HIGHER_IS_BETTER;
    return NEITHER_IS_BETTER;
}

bool comparison_is_tested(const char *metric)
{
    return !metric_is_of_run(metric);
}
