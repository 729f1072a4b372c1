/* unroll batch: train what is missing of an experiment. */
#include "base/log.h"
#include "base/memory.h"
#include "batch/batch.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "report/table.h"
#include "store/store.h"
#include "train/data_folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

static const char *const fates[] = {[TRIAL_TODO] = "to train",
                                    [TRIAL_DONE_BEFORE] = "done",
                                    [TRIAL_FAILED_BEFORE] = "failed before",
                                    [TRIAL_ELSEWHERE] = "runs elsewhere"};

struct request {
    const char *path;
    struct batch_options options;
    bool is_dry;
    int format;
};

static void print_plan(const struct batch *batch, int format)
{
    (void)batch;
    (void)format;
}

static void announce(const struct batch *batch)
{
    size_t counts[sizeof fates / sizeof fates[0]] = {0};
    for (size_t i = 0; i < batch->count; i++)
        counts[batch->trials[i].fate]++;
    log_line("%s: %zu trials (%zu variants, %zu seeds): %zu done, %zu to train, %d at a time",
             batch->experiment->name, batch->count, batch->experiment->variant_count,
             batch->experiment->seed_count, counts[TRIAL_DONE_BEFORE], counts[TRIAL_TODO],
             batch->options->workers);
    if (counts[TRIAL_FAILED_BEFORE])
        log_note("%zu trials failed before and are left out; --retry-failed trains them again",
                 counts[TRIAL_FAILED_BEFORE]);
    if (counts[TRIAL_ELSEWHERE])
        log_note("%zu trials are being trained by other processes", counts[TRIAL_ELSEWHERE]);
}
