#include "batch/summary.h"

#include "base/log.h"
#include "base/printable.h"
#include "base/text.h"

#include <string.h>

/* More failures than these are counted, not listed. */
enum { LISTED = 20 };

static void add_count(struct text *text, size_t count, const char *what)
{
    if (count)
        text_add_format(text, ", %zu %s", count, what);
}

static void say_counts(const struct batch *batch)
{
    const struct batch_tally *tally = &batch->tally;
    struct text text = {0};
    printable_add(&text, batch->experiment->name);
    text_add_format(&text, ": %zu %s: %zu done now", batch->count,
                    batch->count == 1 ? "trial" : "trials", tally->done);
    add_count(&text, tally->done_before, "done before");
    add_count(&text, tally->failed, "failed");
    add_count(&text, tally->diverged, "diverged");
    add_count(&text, tally->failed_before, "failed before");
    add_count(&text, tally->interrupted, "interrupted");
    add_count(&text, tally->elsewhere, "being trained by other processes");
    size_t ended = tally->done + tally->done_before + tally->failed + tally->diverged +
                   tally->failed_before + tally->interrupted + tally->elsewhere;
    add_count(&text, batch->count - ended, "not trained yet");
    log_line("%s", text_get(&text));
    text_release(&text);
}

/* "  lstm seed 3 failed: REASON, run ID", the reason's first line. */
static void say_failure(const struct batch *batch, size_t index, const char *how,
                        const char *reason, const char *run)
{
    struct text text = {0}, line = {0};
    text_add_bytes(&line, reason, strcspn(reason, "\n"));
    text_add(&text, "  ");
    batch_add_trial_name(&text, batch, index);
    text_add_format(&text, " %s: ", how);
    printable_add(&text, text_get(&line));
    if (*run)
        text_add_format(&text, ", run %s", run);
    log_line("%s", text_get(&text));
    text_release(&line);
    text_release(&text);
}

/* What the store says of a trial that failed before this batch. */
static void say_failure_before(const struct batch *batch, size_t index, struct store *store)
{
    struct run run = {0};
    struct error error;
    const char *id = batch->trials[index].run;
    if (!store || store_run_find(store, id, &run, &error))
        say_failure(batch, index, "failed before", "", id);
    else
        say_failure(batch, index, run.state == RUN_DIVERGED ? "diverged before" : "failed before",
                    run.message, id);
    run_release(&run);
}

static void say_failures(const struct batch *batch)
{
    const struct batch_tally *tally = &batch->tally;
    size_t failures = tally->failed + tally->diverged + tally->failed_before, said = 0;
    struct store *store = NULL;
    struct error error;
    if (tally->failed_before && store_open(&store, batch->options->store, STORE_READ, &error) != 0)
        log_warning("%s", error.text);
    for (size_t i = 0; i < batch->count && said < LISTED; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        if (trial->end == TRIAL_FAILED || trial->end == TRIAL_DIVERGED)
            say_failure(batch, i, trial->end == TRIAL_FAILED ? "failed" : "diverged", trial->reason,
                        batch->reports[i].outcome.id);
        else if (trial->fate == TRIAL_FAILED_BEFORE)
            say_failure_before(batch, i, store);
        else
            continue;
        said++;
    }
    if (said < failures)
        log_line("  and %zu more: unroll list --state failed --state diverged", failures - said);
    store_close(store);
}

int summary_say(const struct batch *batch, bool is_interrupted, struct error *error)
{
    const struct batch_tally *tally = &batch->tally;
    size_t failed = tally->failed + tally->diverged + tally->failed_before;
    say_counts(batch);
    say_failures(batch);
    if (is_interrupted || tally->interrupted)
        return error_set(error, ERROR_INTERRUPTED,
                         "interrupted: %zu of %zu trials are done; the same command %s",
                         tally->done + tally->done_before, batch->count,
                         batch->options->force
                             ? "trains all again, without --force it trains what is missing"
                             : "goes on");
    if (failed)
        return error_set(error, ERROR_FAILED,
                         "%zu of %zu trials failed: `unroll show RUN` tells more of one, "
                         "--retry-failed trains them again%s",
                         failed, batch->count,
                         tally->diverged ? " (what diverged does so again, unless its config "
                                           "changes)"
                                         : "");
    return 0;
}
