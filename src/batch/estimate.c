#include "batch/estimate.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/data_shapes.h"
#include "batch/timing.h"
#include "config/scalar.h"
#include "train/measure.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Configs of one speed. */
struct speed {
    char *signature; /* what the speed depends on; owned */
    size_t variant;  /* one that has it */
    double operations;
    struct timing timing;
};

struct estimating {
    const struct batch *batch;
    struct data_shapes shapes;
    struct speed *speeds;
    size_t count;
    size_t *speed_of;       /* [variants]: an index into speeds */
    struct run_size *sizes; /* [variants] */
};

/* Does the time of a step, or of evaluating an example, depend on what stands at PATH? */
static bool matters(const char *path)
{
    static const char *const without[] = {"name",         "seed",           "train.steps",
                                          "train.epochs", "train.schedule", "train.warmup",
                                          "train.stop",   "train.log"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (sweep_paths_meet(without[i], path))
            return false;
    return !text_starts_with(path, "train.evaluate.") || text_equal(path, "train.evaluate.batch");
}

/* Real numbers change results, not the speed; whole ones are sizes, or zero for "not at all". */
static void add_to_signature(void *data, const char *path, const char *text,
                             const struct resolved *leaf)
{
    (void)leaf;
    struct text remedy = {0};
    int64_t integer;
    double real;
    if (matters(path)) {
        bool is_real = scalar_read_integer(text, &integer, &remedy) &&
                       scalar_read_real(text, &real, &remedy) == 0;
        text_add(data, path);
        text_add_char(data, '=');
        text_add(data, is_real ? "real" : text);
        text_add_char(data, '\n');
    }
    text_release(&remedy);
}

static size_t find_speed(struct estimating *estimating, char *signature, size_t variant)
{
    for (size_t i = estimating->count; i-- > 0;)
        if (text_equal(estimating->speeds[i].signature, signature)) {
            memory_free(signature);
            return i;
        }
    estimating->speeds =
        memory_grow(estimating->speeds, estimating->count + 1, sizeof *estimating->speeds);
    estimating->speeds[estimating->count] =
        (struct speed){.signature = signature,
                       .variant = variant,
                       .operations = estimating->sizes[variant].operations};
    return estimating->count++;
}

static int classify(struct estimating *estimating, size_t variant, struct error *error)
{
    const struct batch *batch = estimating->batch;
    const struct batch_options *options = batch->options;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config = {0};
    const struct data *data = NULL;
    int result = experiment_plan_config(batch->experiment, variant, options->overrides,
                                        options->override_count, &config, diagnostics);
    if (result)
        diagnostics_error(diagnostics, error);
    else
        data = data_shapes_find(&estimating->shapes, &config, options->data, error);
    if (!data || measure_run(&config, data, options->threads, &estimating->sizes[variant], error)) {
        result = -1;
    } else {
        struct text signature = {0};
        resolved_each(config.resolved, add_to_signature, &signature);
        estimating->speed_of[variant] = find_speed(estimating, text_take(&signature), variant);
    }
    config_release(&config);
    diagnostics_free(diagnostics);
    return result;
}

static void time_speeds(struct estimating *estimating, double time_box, struct estimate *estimate)
{
    double begun = clock_seconds();
    for (size_t i = 0; i < estimating->count; i++) {
        struct speed *speed = &estimating->speeds[i];
        if (clock_seconds() - begun > time_box)
            break;
        struct text status = {0};
        text_add_format(&status, "measuring the speed of config %zu of %zu", i + 1,
                        estimating->count);
        log_status(text_get(&status));
        text_release(&status);
        timing_measure(&speed->timing, estimating->batch, speed->variant);
        estimate->timed += speed->timing.step > 0;
    }
    log_status("");
}

static bool is_timed(const struct speed *speed)
{
    return speed->timing.step > 0;
}

/* The timed config whose steps have the most similar number of operations, or NULL. */
static const struct speed *most_similar(const struct estimating *estimating,
                                        const struct speed *wanted)
{
    const struct speed *best = NULL;
    double least = INFINITY;
    for (size_t i = 0; i < estimating->count; i++) {
        const struct speed *speed = &estimating->speeds[i];
        double distance = fabs(log(speed->operations / wanted->operations));
        if (is_timed(speed) && distance < least) {
            least = distance;
            best = speed;
        }
    }
    return best;
}

/* Takes over what is missing in a speed, in proportion to the operations. */
static void complete(const struct estimating *estimating, struct speed *speed)
{
    const struct speed *other = is_timed(speed) ? NULL : most_similar(estimating, speed);
    if (!other)
        return;
    double ratio = speed->operations / other->operations;
    speed->timing = (struct timing){.setup = other->timing.setup,
                                    .step = other->timing.step * ratio,
                                    .example = other->timing.example * ratio};
}

static double seconds_of(const struct estimating *estimating, size_t variant)
{
    if (estimating->batch->faults[variant].reason)
        return NAN;
    const struct timing *timing = &estimating->speeds[estimating->speed_of[variant]].timing;
    const struct run_size *size = &estimating->sizes[variant];
    if (timing->step <= 0)
        return NAN;
    return timing->setup + (double)size->steps * timing->step +
           (double)size->evaluated * timing->example;
}

/* Each trial goes to the process that is free first. */
static double add_up(const struct batch *batch, const double *seconds, int places)
{
    double *busy = memory_array((size_t)places, sizeof *busy), last = 0;
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->trials[i].fate != TRIAL_MISSING)
            continue;
        int first = 0;
        for (int core = 1; core < places; core++)
            if (busy[core] < busy[first])
                first = core;
        busy[first] += seconds[i];
        last = busy[first] > last || isnan(busy[first]) ? busy[first] : last;
    }
    memory_free(busy);
    return last;
}

static void sum_up(struct estimating *estimating, int places, struct estimate *estimate)
{
    const struct batch *batch = estimating->batch;
    for (size_t i = 0; i < estimating->count; i++)
        complete(estimating, &estimating->speeds[i]);
    for (size_t i = 0; i < batch->count; i++) {
        estimate->seconds[i] = seconds_of(estimating, batch->trials[i].variant);
        if (batch->trials[i].fate == TRIAL_MISSING && estimate->seconds[i] > estimate->longest)
            estimate->longest = estimate->seconds[i];
    }
    estimate->distinct = estimating->count;
    estimate->total = add_up(batch, estimate->seconds, places);
}

int estimate_batch(struct estimate *estimate, const struct batch *batch, int places,
                   double time_box, struct error *error)
{
    size_t variants = batch->experiment->variant_count;
    struct estimating estimating = {.batch = batch};
    *estimate = (struct estimate){.seconds = memory_array(batch->count, sizeof(double))};
    estimating.speed_of = memory_array(variants, sizeof *estimating.speed_of);
    estimating.sizes = memory_array(variants, sizeof *estimating.sizes);
    int result = 0;
    for (size_t i = 0; result == 0 && i < variants; i++)
        if (!batch->faults[i].reason)
            result = classify(&estimating, i, error);
    if (result == 0) {
        time_speeds(&estimating, time_box, estimate);
        sum_up(&estimating, places, estimate);
    }
    for (size_t i = 0; i < estimating.count; i++)
        memory_free(estimating.speeds[i].signature);
    memory_free(estimating.speeds);
    memory_free(estimating.speed_of);
    memory_free(estimating.sizes);
    data_shapes_release(&estimating.shapes);
    return result;
}

void estimate_release(struct estimate *estimate)
{
    memory_free(estimate->seconds);
    *estimate = (struct estimate){0};
}
