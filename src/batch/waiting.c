#include "batch/waiting.h"

#include "base/memory.h"

#include <math.h>
#include <string.h>

/* RUN, which another process trained, has come to an end. */
static void take_end(struct batch *batch, size_t index, const struct run *run)
{
    struct batch_trial *trial = &batch->trials[index];
    struct trial_report *report = &batch->reports[index];
    *report = (struct trial_report){
        .live.loss = NAN,
        .live.accuracy = NAN,
        .outcome = {.state = run->state, .loss = NAN, .accuracy = NAN},
    };
    memcpy(report->outcome.id, run->id, sizeof report->outcome.id);
    report->outcome.was_done = run->state == RUN_DONE;
    trial->end = run->state == RUN_DONE       ? TRIAL_DONE
                 : run->state == RUN_DIVERGED ? TRIAL_DIVERGED
                                              : TRIAL_FAILED;
    memory_free(trial->reason);
    trial->reason = memory_copy_text(run->message);
}

/* Sets the end or the fate of a trial that is not in training any more. With --force, what others
 * came to is not what was asked for. */
static int ask_for(struct batch *batch, size_t index, struct store *store, struct error *error)
{
    struct batch_trial *trial = &batch->trials[index];
    struct run run;
    if (store_run_get(store, trial->run, &run, error))
        return -1;
    bool is_over = run.state == RUN_DONE || run.state == RUN_FAILED || run.state == RUN_DIVERGED;
    if (is_over && !batch->options->force)
        take_end(batch, index, &run);
    else if (run.state != RUN_RUNNING)
        trial->fate = TRIAL_MISSING;
    batch->tally.elsewhere -= run.state != RUN_RUNNING;
    run_release(&run);
    return 0;
}

static int ask_for_all(struct batch *batch, struct store *store, size_t *ended, size_t *count,
                       struct error *error)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        if (trial->fate != TRIAL_ELSEWHERE || trial->end != TRIAL_NOT_ENDED)
            continue;
        if (ask_for(batch, i, store, error))
            return -1;
        if (trial->end != TRIAL_NOT_ENDED)
            ended[(*count)++] = i;
    }
    return 0;
}

int waiting_ask(struct batch *batch, size_t **ended, size_t *count, struct error *error)
{
    struct store *store;
    *ended = NULL;
    *count = 0;
    if (store_open(&store, batch->options->store, STORE_WRITE, error))
        return -1;
    *ended = memory_array(batch->tally.elsewhere, sizeof **ended);
    int result = store_reclaim(store, NULL, error);
    if (result == 0)
        result = ask_for_all(batch, store, *ended, count, error);
    store_close(store);
    if (result) {
        memory_free(*ended);
        *ended = NULL;
    }
    return result;
}
