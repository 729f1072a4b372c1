#include "batch/faults.h"

#include "base/log.h"
#include "base/memory.h"

#include <math.h>

static enum begin_rule choose_rule(const struct batch_options *options,
                                   const struct batch_fault *fault)
{
    if (options->force)
        return TAKE_NONE;
    return options->retry_failed || fault->code ? TAKE_UNFINISHED : TAKE_UNFAILED;
}

/* The config is read without its plugins, which would crash again, or are not there. */
static int record(struct batch *batch, size_t index, struct error *error)
{
    const struct batch_trial *trial = &batch->trials[index];
    const struct batch_fault *fault = &batch->faults[trial->variant];
    const struct batch_options *options = batch->options;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config = {0};
    struct run_options run = {.store = options->store,
                              .key = trial->key,
                              .threads = options->threads,
                              .rule = choose_rule(options, fault)};
    int result =
        experiment_spared_config(batch->experiment, trial->variant, trial->seed, options->overrides,
                                 options->override_count, true, &config, diagnostics);
    if (result)
        diagnostics_error(diagnostics, error);
    else
        result = run_record_failure(&config, &run, fault->digest, fault->reason,
                                    &batch->reports[index].outcome, error);
    config_release(&config);
    diagnostics_free(diagnostics);
    return result;
}

bool faults_end_trial(struct batch *batch, size_t index)
{
    struct batch_trial *trial = &batch->trials[index];
    const struct batch_fault *fault = &batch->faults[trial->variant];
    struct trial_report *report = &batch->reports[index];
    struct error error;
    if (!fault->reason || trial->fate != TRIAL_MISSING || trial->end != TRIAL_NOT_ENDED)
        return false;
    *report = (struct trial_report){.live.loss = NAN, .live.accuracy = NAN};
    if (record(batch, index, &error))
        log_warning("%s", error.text);
    trial->end = report->outcome.was_done ? TRIAL_DONE : TRIAL_FAILED;
    if (trial->end == TRIAL_FAILED)
        trial->reason = memory_copy_text(fault->reason);
    return true;
}
