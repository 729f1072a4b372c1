/* From an experiment to its trials: resolved, keyed, and compared with what the store has. */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/answerable.h"
#include "batch/batch.h"
#include "batch/data_shapes.h"
#include "batch/left_out.h"
#include "batch/rehearsal.h"
#include "module/hook.h"
#include "store/experiments.h"
#include "train/identity.h"
#include "train/measure.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

/* Longest time that the planning of one variant may take with plugins in it: opening the data is
 * among it. */
static const double rehearsal_seconds = 60;

/* What planning gathers on its way. */
struct planning {
    struct batch *batch;
    struct data_shapes shapes;
    struct answerable *answerable;
    struct rehearsal *rehearsals; /* of the variants that use plugins */
    size_t rehearsal_count;
    struct diagnostics *diagnostics;
    struct text complaints; /* errors that are not in diagnostics, a line each */
    size_t complaint_count;
    enum error_code code; /* of the first one */
};

/* The trials of a variant: they differ in nothing but the seed. DIGEST: of the data. */
static void fill_trials(struct batch *batch, size_t variant, struct config *config,
                        const char *digest, const struct run_size *size)
{
    const struct experiment_file *experiment = batch->experiment;
    for (size_t i = 0; i < experiment->seed_count; i++) {
        struct batch_trial *trial = &batch->trials[i * experiment->variant_count + variant];
        *trial = (struct batch_trial){.variant = variant,
                                      .seed = experiment->seeds[i],
                                      .steps = size->steps,
                                      .parameters = size->parameters,
                                      .memory = size->memory};
        if (i > 0)
            config_set_seed(config, trial->seed);
        identity_key(config, digest, trial->key);
    }
}

static int plan_config(struct planning *planning, size_t variant, struct config *config,
                       struct error *error)
{
    struct batch *batch = planning->batch;
    const struct data *data =
        data_shapes_find(&planning->shapes, config, batch->options->data, error);
    struct run_size size;
    if (!data || measure_run(config, data, batch->options->threads, &size, error))
        return -1;
    answerable_note(planning->answerable, variant, config, data);
    fill_trials(batch, variant, config, data->content.digest, &size);
    return 0;
}

static void complain(struct planning *planning, size_t variant, const struct error *error)
{
    enum { SHOWN = 20 };
    if (planning->complaint_count++ == 0)
        planning->code = error->code;
    if (planning->complaint_count > SHOWN)
        return;
    text_add_format(&planning->complaints, "%svariant %s: %s",
                    planning->complaint_count > 1 ? "\n" : "",
                    planning->batch->experiment->variants[variant].name, error->text);
    if (planning->complaint_count == SHOWN)
        text_add(&planning->complaints, "\nand more of this kind");
}

/* With all hooks, of plugins too. */
static void plan_variant(struct planning *planning, size_t variant)
{
    const struct batch *batch = planning->batch;
    const struct batch_options *options = batch->options;
    struct config config = {0};
    struct error error = {0};
    if (experiment_plan_config(batch->experiment, variant, options->overrides,
                               options->override_count, &config, planning->diagnostics) == 0 &&
        plan_config(planning, variant, &config, &error))
        complain(planning, variant, &error);
    config_release(&config);
}

/* Without calling plugins. */
static int spared_config(const struct planning *planning, size_t variant, struct config *config)
{
    const struct batch *batch = planning->batch;
    const struct experiment_file *experiment = batch->experiment;
    int64_t seed = experiment->seed_count ? experiment->seeds[0] : 1;
    return experiment_spared_config(experiment, variant, seed, batch->options->overrides,
                                    batch->options->override_count, false, config,
                                    planning->diagnostics);
}

/* CONFIG lacks modules whose plugin could not be used: its key is made of what is said of them. */
static void take_absent(struct planning *planning, size_t variant, struct config *config)
{
    const struct run_size unknown = {0};
    planning->batch->faults[variant] = (struct batch_fault){
        .reason = memory_copy_text(config->absent), .code = ERROR_USAGE, .is_absent = true};
    fill_trials(planning->batch, variant, config, "", &unknown);
}

/* A variant that uses plugins is left to a rehearsal. */
static void plan_or_postpone(struct planning *planning, size_t variant)
{
    struct config config = {0};
    struct error error = {0};
    int result = spared_config(planning, variant, &config);
    if (config.absent) {
        if (result == 0)
            take_absent(planning, variant, &config);
    } else if (identity_has_plugins(&config)) {
        size_t count = planning->rehearsal_count + 1;
        planning->rehearsals =
            memory_grow(planning->rehearsals, count, sizeof *planning->rehearsals);
        planning->rehearsals[planning->rehearsal_count++] = (struct rehearsal){.subject = variant};
        if (result == 0)
            answerable_note(planning->answerable, variant, &config, NULL);
    } else if (result == 0 && plan_config(planning, variant, &config, &error)) {
        complain(planning, variant, &error);
    }
    config_release(&config);
}

/* Measures CONFIG; fills REHEARSAL. */
static int rehearse_config(struct planning *planning, const struct config *config,
                           struct rehearsal *rehearsal, struct error *error)
{
    const struct batch_options *options = planning->batch->options;
    const struct data *data = data_shapes_find(&planning->shapes, config, options->data, error);
    struct run_size size;
    if (!data)
        return -1;
    memcpy(rehearsal->digest, data->content.digest, sizeof rehearsal->digest);
    if (measure_run(config, data, options->threads, &size, error))
        return -1;
    rehearsal->size = size;
    return 0;
}

/* In a process of its own: what it leaves after an error is not freed. Only an error that a
 * plugin's hook returned is the refusal; others are of the experiment. */
static int rehearse(void *context, struct rehearsal *rehearsal, struct error *refusal)
{
    struct planning *planning = context;
    const struct batch_options *options = planning->batch->options;
    struct config config = {0};
    struct error error = {0};
    if (experiment_plan_config(planning->batch->experiment, rehearsal->subject, options->overrides,
                               options->override_count, &config, planning->diagnostics))
        return -1;
    hook_take_failure();
    if (rehearse_config(planning, &config, rehearsal, &error)) {
        if (hook_take_failure())
            *refusal = error;
        return -1;
    }
    config_release(&config);
    return 0;
}

/* What the rehearsal of a variant has come to; one whose config was refused is planned here, for
 * its errors. */
static void take_rehearsal(struct planning *planning, struct rehearsal *rehearsal)
{
    struct batch *batch = planning->batch;
    struct batch_fault *fault = &batch->faults[rehearsal->subject];
    struct config config = {0};
    bool is_refused = rehearsal->is_refused && !rehearsal->fault;
    if (is_refused && !rehearsal->refusal) {
        plan_variant(planning, rehearsal->subject);
        return;
    }
    const char *reason = is_refused ? rehearsal->refusal : rehearsal->fault;
    if (reason) {
        *fault = (struct batch_fault){.reason = memory_copy_text(reason),
                                      .code = is_refused ? rehearsal->code : ERROR_NONE};
        memcpy(fault->digest, rehearsal->digest, sizeof fault->digest);
    }
    if (spared_config(planning, rehearsal->subject, &config) == 0)
        fill_trials(batch, rehearsal->subject, &config, rehearsal->digest, &rehearsal->size);
    config_release(&config);
}

/* A trial that may not take longer has to be ready within that time, too. */
static double seconds_of_rehearsal(const struct experiment_file *experiment)
{
    double limit = experiment->budget.trial_seconds;
    return limit > 0 && limit < rehearsal_seconds ? limit : rehearsal_seconds;
}

static int plan_rehearsed(struct planning *planning, struct error *error)
{
    size_t count = planning->rehearsal_count;
    if (count == 0)
        return 0;
    int result = rehearsal_run(planning->rehearsals, count, rehearse, planning,
                               seconds_of_rehearsal(planning->batch->experiment), error);
    for (size_t i = 0; i < count; i++) {
        if (result == 0)
            take_rehearsal(planning, &planning->rehearsals[i]);
        rehearsal_release(&planning->rehearsals[i]);
    }
    memory_free(planning->rehearsals);
    return result;
}

static void check_twins(const struct batch *batch, struct diagnostics *diagnostics)
{
    size_t variants = batch->experiment->variant_count;
    const char **keys = memory_array(variants, sizeof *keys);
    for (size_t i = 0; i < variants; i++)
        keys[i] = batch->trials[i].key;
    experiment_check_twins(batch->experiment, keys, diagnostics);
    memory_free(keys);
}

/* Plugins have refused all there is. */
static bool is_all_refused(const struct batch *batch)
{
    for (size_t i = 0; i < batch->experiment->variant_count; i++)
        if (!batch->faults[i].code)
            return false;
    return batch->experiment->variant_count > 0;
}

/* What plugins have refused is told with the other errors, where there are such. */
static void complain_of_refusals(struct planning *planning)
{
    const struct batch *batch = planning->batch;
    for (size_t i = 0; i < batch->experiment->variant_count; i++) {
        struct error error;
        if (batch->faults[i].is_absent)
            plan_variant(planning, i); /* whose errors have a place */
        if (!batch->faults[i].code || batch->faults[i].is_absent)
            continue;
        error_set(&error, batch->faults[i].code, "%s", batch->faults[i].reason);
        complain(planning, i, &error);
    }
}

static int plan_variants(struct batch *batch, struct diagnostics *diagnostics, struct error *error)
{
    struct planning planning = {.batch = batch,
                                .answerable = answerable_new(batch->experiment),
                                .diagnostics = diagnostics,
                                .code = ERROR_USAGE};
    size_t variants = batch->experiment->variant_count, errors = diagnostics_reported(diagnostics);
    for (size_t i = 0; i < variants; i++)
        plan_or_postpone(&planning, i);
    int result = plan_rehearsed(&planning, error);
    if (result == 0 && planning.complaint_count == 0 &&
        diagnostics_reported(diagnostics) == errors) {
        check_twins(batch, diagnostics);
        answerable_check(planning.answerable, diagnostics);
    }
    bool is_good = planning.complaint_count == 0 && diagnostics_reported(diagnostics) == errors;
    if (result == 0 && (!is_good || is_all_refused(batch))) {
        complain_of_refusals(&planning);
        is_good = false;
    }
    if (result == 0 && !is_good)
        result = error_set(error, planning.code, "%s", text_get(&planning.complaints));
    text_release(&planning.complaints);
    data_shapes_release(&planning.shapes);
    answerable_free(planning.answerable);
    return result;
}

/* One seed for all trials would make copies of one run, which would pass for evidence; so would one
 * value for a key that is swept. */
static int check_overrides(const struct batch *batch, struct error *error)
{
    const struct batch_options *options = batch->options;
    const struct sweep *sweep = &batch->experiment->sweep;
    int result = 0;
    for (int i = 0; result == 0 && i < options->override_count; i++) {
        const char *override = options->overrides[i];
        char *path = text_format("%.*s", (int)strcspn(override, "="), override);
        if (text_equal(path, "seed"))
            result =
                error_set(error, ERROR_USAGE,
                          "%s: the experiment decides the seeds; change its `seeds`", override);
        else if (experiment_has_key(path))
            result = error_set(error, ERROR_USAGE,
                               "%s: overrides change the trials' configs; change `%.*s` in the "
                               "experiment's file",
                               override, (int)strcspn(path, "."), path);
        for (size_t k = 0; result == 0 && k < sweep->key_count; k++)
            if (sweep_paths_meet(path, sweep->keys[k].path))
                result = error_set(error, ERROR_USAGE,
                                   "%s: the experiment sweeps `%s`; change its `sweep`", override,
                                   sweep->keys[k].path);
        memory_free(path);
    }
    return result;
}

/* What becomes of TRIAL, whose key the store knows by a run in STATE. */
static enum trial_fate fate_of(const struct batch *batch, const struct batch_trial *trial,
                               enum run_state state)
{
    const struct batch_options *options = batch->options;
    bool has_failed = state == RUN_FAILED || state == RUN_DIVERGED;
    bool is_tried_anew = options->retry_failed || batch->faults[trial->variant].code;
    if (options->force)
        return TRIAL_MISSING;
    if (state == RUN_DONE)
        return TRIAL_DONE_BEFORE;
    if (state == RUN_RUNNING)
        return TRIAL_ELSEWHERE;
    return has_failed && !is_tried_anew ? TRIAL_FAILED_BEFORE : TRIAL_MISSING;
}

static int ask_store(struct batch *batch, struct store *store, struct error *error)
{
    int result = 0;
    if (store_begin_reading(store, error))
        return -1;
    for (size_t i = 0; i < batch->count && result == 0; i++) {
        struct batch_trial *trial = &batch->trials[i];
        enum run_state state;
        bool found;
        result = store_run_state(store, trial->key, trial->run, &state, &found, error);
        if (result != 0 || !found)
            continue;
        trial->fate = fate_of(batch, trial, state);
        trial->has_diverged = state == RUN_DIVERGED;
    }
    return store_end_reading(store, result, error);
}

/* What is marked as running and has lost its process would be trained: a dry run, which reclaims
 * nothing, has to look. */
static int find_abandoned(struct batch *batch, struct store *store, struct error *error)
{
    struct process_identity here;
    int result = 0;
    process_identity_collect(&here);
    for (size_t i = 0; result == 0 && i < batch->count; i++) {
        struct batch_trial *trial = &batch->trials[i];
        struct run run;
        if (trial->fate != TRIAL_ELSEWHERE)
            continue;
        result = store_run_get(store, trial->run, &run, error);
        if (result == 0 && run_is_abandoned(&run.environment.process, run.heartbeat, &here))
            trial->fate = TRIAL_MISSING;
        run_release(&run);
    }
    process_identity_release(&here);
    return result;
}

/* The overrides of all trials, a line each: in YAML a line end within a value folds to a space.
 * Caller frees. */
static char *list_overrides(const struct batch_options *options)
{
    struct text list = {0};
    for (int i = 0; i < options->override_count; i++) {
        text_add(&list, i ? "\n" : "");
        for (const char *at = options->overrides[i]; *at; at++)
            text_add_char(&list, *at == '\n' ? ' ' : *at);
    }
    return text_take(&list);
}

/* Says so where the store has the experiment, BEFORE, with other claims, and runs of it are done:
 * those who wrote the new ones may have seen what they are about. */
static void warn_of_claims(const struct batch *batch, const struct experiment *before)
{
    const struct experiment_file *file = batch->experiment;
    size_t done = 0;
    for (size_t i = 0; i < batch->count; i++)
        done += batch->trials[i].fate == TRIAL_DONE_BEFORE;
    if (done > 0 && !questions_claim_the_same(&before->questions, &file->questions))
        log_warning("%s: claims changed after %zu %s done", file->name, done,
                    done == 1 ? "run was" : "runs were");
}

/* What the experiment was when the store saw it last, before this takes its place. */
static void look_back(const struct batch *batch, struct store *store, bool dry)
{
    struct experiment before;
    if (store_experiment_load(store, batch->experiment->name, &before, NULL) != 0)
        return;
    if (!dry)
        warn_of_claims(batch, &before);
    left_out_say(batch, &before, store, dry);
    experiment_release(&before);
}

static int save(const struct batch *batch, struct store *store, struct error *error)
{
    const struct experiment_file *file = batch->experiment;
    struct experiment experiment = {.name = file->name,
                                    .source = file->source,
                                    .metric = file->metric,
                                    .baseline = file->baseline,
                                    .overrides = list_overrides(batch->options),
                                    .questions = file->questions,
                                    .trial_count = batch->count};
    experiment.trials = memory_array(batch->count, sizeof *experiment.trials);
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_trial *from = &batch->trials[i];
        experiment.trials[i] =
            (struct trial){.variant = file->variants[from->variant].name,
                           .variant_order = (int64_t)from->variant,
                           .seed = from->seed,
                           .key = from->key,
                           .overrides = experiment_changes(&file->variants[from->variant])};
    }
    int result = store_experiment_save(store, &experiment, error);
    for (size_t i = 0; i < batch->count; i++)
        memory_free(experiment.trials[i].overrides);
    memory_free(experiment.trials);
    memory_free(experiment.overrides);
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
    if (result == 0 && dry)
        result = find_abandoned(batch, store, error);
    if (result == 0)
        look_back(batch, store, dry);
    if (result == 0 && !dry)
        result = save(batch, store, error);
    store_close(store);
    return result;
}

/* A dry run says what has failed already, before the store knows of it. */
static void foresee_faults(struct batch *batch)
{
    for (size_t i = 0; i < batch->experiment->variant_count; i++)
        if (batch->faults[i].reason)
            log_warning("variant %s: %s", batch->experiment->variants[i].name,
                        batch->faults[i].reason);
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_trial *trial = &batch->trials[i];
        if (batch->faults[trial->variant].reason && trial->fate == TRIAL_MISSING)
            trial->fate = TRIAL_FAILED_BEFORE;
    }
}

int batch_plan(struct batch *batch, const struct experiment_file *experiment,
               const struct batch_options *options, bool dry, struct diagnostics *diagnostics,
               struct error *error)
{
    *batch = (struct batch){.experiment = experiment,
                            .options = options,
                            .count = experiment->variant_count * experiment->seed_count};
    batch->trials = memory_array(batch->count, sizeof *batch->trials);
    batch->faults = memory_array(experiment->variant_count, sizeof *batch->faults);
    if (check_overrides(batch, error) || plan_variants(batch, diagnostics, error))
        return -1;
    if (consult_store(batch, dry, error))
        return -1;
    if (dry)
        foresee_faults(batch);
    return 0;
}

void batch_release(struct batch *batch)
{
    if (batch->reports)
        munmap(batch->reports, batch->count * sizeof *batch->reports);
    for (size_t i = 0; i < batch->count && batch->trials; i++)
        memory_free(batch->trials[i].reason);
    memory_free(batch->trials);
    for (size_t i = 0; batch->faults && i < batch->experiment->variant_count; i++)
        memory_free(batch->faults[i].reason);
    memory_free(batch->faults);
    *batch = (struct batch){0};
}
