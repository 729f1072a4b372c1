#include "report/time_left.h"

#include "base/memory.h"

#include <math.h>

static double seconds_of(const struct running_run *run)
{
    return run->progress.train_seconds + run->progress.evaluate_seconds;
}

/* What the whole of RUN takes at its pace so far, or NaN. */
static double projected_seconds(const struct running_run *run)
{
    if (run->is_abandoned || run->progress.step <= 0 || run->steps < run->progress.step)
        return NAN;
    return seconds_of(run) / (double)run->progress.step * (double)run->steps;
}

double run_time_left(const struct running_run *run, double wall)
{
    double left = projected_seconds(run) - seconds_of(run);
    if (isnan(left))
        return NAN;
    /* The clocks of two machines may differ. */
    double silence = wall - run->heartbeat;
    return silence > 0 ? fmax(left - silence, 0) : left;
}

/* A mean in the making. */
struct mean {
    double sum, count;
};

static double mean_of(const struct mean *mean)
{
    return mean->count > 0 ? mean->sum / mean->count : NAN;
}

static bool is_of(const struct running_run *run, size_t experiment)
{
    return run->experiment == experiment && !run->is_abandoned;
}

/* What a trial of VARIANT takes, or NaN where none is done or far enough. */
static struct mean measure_variant(const struct store_progress *progress, size_t index,
                                   const struct variant_progress *variant)
{
    struct mean mean = {variant->done_seconds, (double)variant->states[RUN_DONE]};
    for (size_t i = 0; mean.count == 0 && i < progress->run_count; i++) {
        const struct running_run *run = &progress->runs[i];
        if (!is_of(run, index) || run->variant_order != variant->variant_order)
            continue;
        double seconds = projected_seconds(run);
        if (!isnan(seconds))
            mean = (struct mean){seconds, 1};
    }
    return mean;
}

static int64_t waiting_trials(const struct variant_progress *variant)
{
    return variant->states[RUN_QUEUED] + variant->states[RUN_INTERRUPTED];
}

/* Seconds until each place at which a trial runs now is free, [*COUNT]. The caller frees. */
static double *find_places(const struct store_progress *progress, size_t index, double *durations,
                           size_t *count)
{
    const struct experiment_progress *experiment = &progress->experiments[index];
    double *places = memory_array(progress->run_count, sizeof *places);
    *count = 0;
    for (size_t i = 0; i < progress->run_count; i++) {
        const struct running_run *run = &progress->runs[i];
        if (!is_of(run, index))
            continue;
        double left = run_time_left(run, progress->wall);
        /* One that has just begun tells nothing, but others of its variant may. */
        for (size_t v = 0; isnan(left) && v < experiment->variant_count; v++)
            if (experiment->variants[v].variant_order == run->variant_order)
                left = durations[v];
        places[(*count)++] = left;
    }
    return places;
}

/* Gives a trial of SECONDS to the place that is free first. */
static void assign(double *places, size_t count, double seconds)
{
    size_t first = 0;
    for (size_t i = 1; i < count; i++)
        if (places[i] < places[first])
            first = i;
    places[first] += seconds;
}

/* Seconds until the last of the waiting trials is trained, or NaN. */
static double schedule(const struct experiment_progress *experiment, const double *durations,
                       double *places, size_t count)
{
    double last = 0;
    for (size_t i = 0; i < count; i++)
        if (isnan(places[i]))
            return NAN;
    for (size_t v = 0; v < experiment->variant_count; v++) {
        const struct variant_progress *variant = &experiment->variants[v];
        int64_t waiting = waiting_trials(variant);
        double spared = waiting ? variant->interrupted_share / (double)waiting : 0;
        if (waiting && isnan(durations[v]))
            return NAN;
        for (int64_t i = 0; i < waiting; i++)
            assign(places, count, durations[v] * (1 - spared));
    }
    for (size_t i = 0; i < count; i++)
        last = fmax(last, places[i]);
    return last;
}

double experiment_time_left(const struct store_progress *progress, size_t index)
{
    const struct experiment_progress *experiment = &progress->experiments[index];
    const int64_t *states = experiment->states;
    if (states[RUN_RUNNING] + states[RUN_INTERRUPTED] + states[RUN_QUEUED] == 0)
        return 0;
    double *durations = memory_array(experiment->variant_count, sizeof *durations);
    struct mean all = {0};
    for (size_t v = 0; v < experiment->variant_count; v++) {
        struct mean mean = measure_variant(progress, index, &experiment->variants[v]);
        durations[v] = mean_of(&mean);
        all.sum += mean.sum;
        all.count += mean.count;
    }
    for (size_t v = 0; v < experiment->variant_count; v++)
        if (isnan(durations[v]))
            durations[v] = mean_of(&all);
    size_t count;
    double *places = find_places(progress, index, durations, &count);
    double left = count ? schedule(experiment, durations, places, count) : NAN;
    memory_free(places);
    memory_free(durations);
    return left;
}
