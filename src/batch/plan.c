/* From an experiment to its trials: resolved, keyed, and compared with what the store has. */
#include "base/memory.h"
#include "base/text.h"
#include "batch/batch.h"
#include "store/experiments.h"
#include "train/data.h"
#include "train/identity.h"
#include "train/trainer.h"

#include <string.h>
#include <sys/mman.h>

/* Steps and parameters of a config, without the memory for training it. */
static int measure(const struct config *config, const struct data *data, struct batch_trial *trial,
                   struct error *error)
{
    struct sequence in = {
        .steps = data->steps, .features = data->features, .reversed_from = data->features};
    struct model model;
    if (model_init(&model, config, in, data->content.classes, error))
        return -1;
    trial->parameters = model.weight_count;
    model_release(&model);
    struct batches batches;
    if (batches_init(&batches, (uint64_t)config->seed, &config->data,
                     data->splits[SPLIT_TRAIN].count, config->train.batch, error))
        return -1;
    trial->steps =
        config->train.steps ? config->train.steps : batches_steps(&batches, config->train.epochs);
    batches_release(&batches);
    return 0;
}

/* Resolves one trial; DATA is opened for the variant's first seed and shared by the others. Errors
 * in the config go to DIAGNOSTICS and leave ERROR as it was. */
static int plan_trial(struct batch *batch, struct batch_trial *trial, struct config *config,
                      struct data *data, struct diagnostics *diagnostics, struct error *error)
{
    const struct batch_options *options = batch->options;
    if (experiment_config(batch->experiment, trial->variant, trial->seed, options->overrides,
                          options->override_count, config, diagnostics))
        return -1;
    if (!data->dataset && data_open(data, &config->data, options->data, error))
        return -1;
    if (measure(config, data, trial, error))
        return -1;
    identity_key(config, data->content.digest, trial->key);
    return 0;
}

/* Errors that are not in DIAGNOSTICS are added to COMPLAINTS, a line each; CODE is the first one's.
 */
static int plan_variant(struct batch *batch, size_t variant, struct diagnostics *diagnostics,
                        struct text *complaints, enum error_code *code)
{
    const struct experiment_file *experiment = batch->experiment;
    struct config *configs = memory_array(experiment->seed_count, sizeof *configs);
    struct data data = {0};
    struct error error = {0};
    int result = 0;
    for (size_t i = 0; result == 0 && i < experiment->seed_count; i++) {
        struct batch_trial *trial = &batch->trials[i * experiment->variant_count + variant];
        trial->variant = variant;
        trial->seed = experiment->seeds[i];
        result = plan_trial(batch, trial, &configs[i], &data, diagnostics, &error);
    }
    data_release(&data);
    for (size_t i = 0; i < experiment->seed_count; i++)
        config_release(&configs[i]);
    memory_free(configs);
    if (*error.text) {
        *code = complaints->length ? *code : error.code;
        text_add_format(complaints, "%svariant %s: %s", complaints->length ? "\n" : "",
                        experiment->variants[variant].name, error.text);
    }
    return result;
}

static int plan_variants(struct batch *batch, struct diagnostics *diagnostics, struct error *error)
{
    struct text complaints = {0};
    enum error_code code = ERROR_USAGE;
    int result = 0;
    for (size_t i = 0; i < batch->experiment->variant_count; i++)
        if (plan_variant(batch, i, diagnostics, &complaints, &code))
            result = -1;
    if (result)
        error_set(error, code, "%s", text_get(&complaints));
    text_release(&complaints);
    return result;
}

/* One seed for all trials would make copies of one run, which would pass for evidence. */
static int check_overrides(const struct batch_options *options, struct error *error)
{
    for (int i = 0; i < options->override_count; i++)
        if (text_starts_with(options->overrides[i], "seed="))
            return error_set(error, ERROR_USAGE,
                             "%s: the experiment decides the seeds; change its `seeds`",
                             options->overrides[i]);
    return 0;
}

static int ask_store(struct batch *batch, struct store *store, struct error *error)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_trial *trial = &batch->trials[i];
        struct run run;
        bool found;
        if (store_run_by_key(store, trial->key, &run, &found, error))
            return -1;
        if (!found)
            continue;
        memcpy(trial->run, run.id, sizeof trial->run);
        if (run.state == RUN_DONE)
            trial->fate = TRIAL_DONE_BEFORE;
        else if (run.state == RUN_RUNNING)
            trial->fate = TRIAL_ELSEWHERE;
        else if ((run.state == RUN_FAILED || run.state == RUN_DIVERGED) &&
                 !batch->options->retry_failed)
            trial->fate = TRIAL_FAILED_BEFORE;
        run_release(&run);
    }
    return 0;
}

static int save(const struct batch *batch, struct store *store, struct error *error)
{
    const struct experiment_file *file = batch->experiment;
    struct experiment experiment = {.name = file->name,
                                    .source = file->source,
                                    .metric = file->metric,
                                    .baseline = file->baseline,
                                    .trial_count = batch->count};
    experiment.trials = memory_array(batch->count, sizeof *experiment.trials);
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_trial *from = &batch->trials[i];
        experiment.trials[i] =
            (struct trial){.variant = (char *)(uintptr_t)file->variants[from->variant].name,
                           .variant_order = (int64_t)from->variant,
                           .seed = from->seed,
                           .key = from->key,
                           .overrides = experiment_changes(&file->variants[from->variant])};
    }
    int result = store_experiment_save(store, &experiment, error);
    for (size_t i = 0; i < batch->count; i++)
        memory_free(experiment.trials[i].overrides);
    memory_free(experiment.trials);
    return result;
}

/* A dry run looks into a store that is there and makes none. */
static int consult_store(struct batch *batch, bool dry, struct error *error)
{
    struct store *store;
    if (store_open(&store, batch->options->store, dry ? STORE_READ : STORE_WRITE, error))
        return dry && error->code == ERROR_NOT_FOUND ? 0 : -1;
    int result = dry ? 0 : store_reclaim(store, NULL, error);
    if (result == 0)
        result = ask_store(batch, store, error);
    if (result == 0 && !dry)
        result = save(batch, store, error);
    store_close(store);
    return result;
}

int batch_plan(struct batch *batch, const struct experiment_file *experiment,
               const struct batch_options *options, bool dry, struct diagnostics *diagnostics,
               struct error *error)
{
    *batch = (struct batch){.experiment = experiment,
                            .options = options,
                            .count = experiment->variant_count * experiment->seed_count};
    batch->trials = memory_array(batch->count, sizeof *batch->trials);
    if (check_overrides(options, error) || plan_variants(batch, diagnostics, error))
        return -1;
    return consult_store(batch, dry, error);
}

void batch_release(struct batch *batch)
{
    if (batch->reports)
        munmap(batch->reports, batch->count * sizeof *batch->reports);
    memory_free(batch->trials);
    *batch = (struct batch){0};
}
