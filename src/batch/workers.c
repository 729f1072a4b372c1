/* The worker processes of a batch. */
#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/batch.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

struct tally {
    size_t done, failed, interrupted, running;
};

static const char *variant_name(const struct batch *batch, const struct batch_trial *trial)
{
    return batch->experiment->variants[trial->variant].name;
}

/* What a worker process does; its exit status is the error's code. */
static int work(struct batch *batch, size_t index)
{
    const struct batch_trial *trial = &batch->trials[index];
    struct trial_report *report = &batch->reports[index];
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config = {0};
    run_catch_signals();
    if (experiment_config(batch->experiment, trial->variant, trial->seed,
                          batch->options->overrides, batch->options->override_count, &config,
                          diagnostics))
        return diagnostics_error(diagnostics, &report->error) ? ERROR_USAGE : ERROR_FAILED;
    struct run_options options = {.store = batch->options->store,
                                  .data = batch->options->data,
                                  .threads = 1,
                                  .quiet = true,
                                  .checkpoint_seconds = 30,
                                  .live = &report->live};
    int result = run_train(&config, &options, &report->outcome, &report->error);
    config_release(&config);
    diagnostics_free(diagnostics);
    return result ? (int)report->error.code : 0;
}

/* A process group of its own keeps the terminal's SIGINT away: the parent passes it on once, so
 * that the worker can end in order. It ends, too, when the parent dies. */
static int start(struct batch *batch, size_t index, struct error *error)
{
    struct batch_trial *trial = &batch->trials[index];
    batch->reports[index].live.loss = NAN;
    pid_t parent = getpid(), child = fork();
    if (child < 0)
        return error_system(error, ERROR_FAILED, errno, "cannot start a worker process");
    if (child == 0) {
        setpgid(0, 0);
        prctl(PR_SET_PDEATHSIG, SIGTERM);
        _exit(getppid() == parent ? work(batch, index) : ERROR_INTERRUPTED);
    }
    trial->worker = child;
    trial->is_started = true;
    return 0;
}

/* A worker that died without a word leaves its run marked as running. */
static void bury(struct batch *batch, struct batch_trial *trial, struct trial_report *report,
                 int signal_number)
{
    error_set(&report->error, ERROR_FAILED, "its process was ended by signal %d (%s)",
              signal_number, strsignal(signal_number));
    struct store *store;
    struct error error;
    struct run run = {0};
    bool found = false;
    if (store_open(&store, batch->options->store, STORE_WRITE, &error)) {
        log_warning("%s", error.text);
        return;
    }
    if (store_run_by_key(store, trial->key, &run, &found, &error) ||
        (found && run.state == RUN_RUNNING &&
         store_run_stop(store, run.id, RUN_FAILED, report->error.text, &error)))
        log_warning("%s", error.text);
    run_release(&run);
    store_close(store);
}

static void say_end(const struct batch *batch, const struct batch_trial *trial, size_t index,
                    const struct tally *tally, bool is_good)
{
    const struct trial_report *report = &batch->reports[index];
    struct text seconds = {0};
    clock_add_duration(&seconds, report->outcome.seconds);
    const char *name = variant_name(batch, trial);
    size_t ended = tally->done + tally->failed + tally->interrupted;
    if (is_good)
        log_line("[%zu/%zu] %s seed %" PRId64 ": done in %s, test accuracy %.2f %%, run %s", ended,
                 batch->count, name, trial->seed, text_get(&seconds),
                 100 * report->outcome.accuracy, report->outcome.id);
    else
        log_line("[%zu/%zu] %s seed %" PRId64 ": %s", ended, batch->count, name, trial->seed,
                 report->error.text);
    text_release(&seconds);
}

static void reap(struct batch *batch, pid_t child, int status, struct tally *tally)
{
    for (size_t i = 0; i < batch->count; i++) {
        struct batch_trial *trial = &batch->trials[i];
        if (trial->worker != child)
            continue;
        trial->worker = 0;
        trial->has_ended = true;
        tally->running--;
        if (WIFSIGNALED(status))
            bury(batch, trial, &batch->reports[i], WTERMSIG(status));
        bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
        bool is_interrupted = WIFEXITED(status) && WEXITSTATUS(status) == ERROR_INTERRUPTED;
        tally->done += is_good;
        tally->interrupted += is_interrupted;
        tally->failed += !is_good && !is_interrupted;
        say_end(batch, trial, i, tally, is_good);
        return;
    }
}

/* One line for the whole batch: which trials run, and how far they are. */
static void show_status(const struct batch *batch, const struct tally *tally)
{
    struct text text = {0};
    text_add_format(&text, "%zu of %zu done", tally->done, batch->count);
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        const struct run_live *live = &batch->reports[i].live;
        if (!trial->worker)
            continue;
        text_add_format(&text, "  ·  %s/%" PRId64 " %.0f %%", variant_name(batch, trial),
                        trial->seed,
                        live->steps ? 100.0 * (double)live->step / (double)live->steps : 0.0);
        if (!isnan(live->loss))
            text_add_format(&text, " loss %.3f", live->loss);
    }
    log_status(text_get(&text));
    text_release(&text);
}

static void stop_workers(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->trials[i].worker)
            kill(batch->trials[i].worker, SIGTERM);
}

/* The next trial to train, or batch->count. */
static size_t next_trial(const struct batch *batch)
{
    size_t i = 0;
    while (i < batch->count &&
           (batch->trials[i].fate != TRIAL_TODO || batch->trials[i].is_started))
        i++;
    return i;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

static int supervise(struct batch *batch, struct tally *tally, struct error *error)
{
    bool is_stopping = false;
    int result = 0;
    for (;;) {
        size_t next = next_trial(batch);
        while (!is_stopping && next < batch->count &&
               tally->running < (size_t)batch->options->workers) {
            if (start(batch, next, error)) {
                result = -1;
                is_stopping = true;
                stop_workers(batch);
                break;
            }
            tally->running++;
            next = next_trial(batch);
        }
        if (tally->running == 0)
            return result;
        int status;
        pid_t child = waitpid(-1, &status, WNOHANG);
        if (child > 0) {
            reap(batch, child, status, tally);
            continue;
        }
        if (run_is_interrupted() && !is_stopping) {
            is_stopping = true;
            stop_workers(batch);
        }
        show_status(batch, tally);
        wait_a_moment();
    }
}

int batch_run(struct batch *batch, struct error *error)
{
    size_t size = batch->count * sizeof *batch->reports;
    batch->reports = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (batch->reports == MAP_FAILED) {
        batch->reports = NULL;
        return error_system(error, ERROR_FAILED, errno, "no memory for the workers' reports");
    }
    struct tally tally = {0};
    for (size_t i = 0; i < batch->count; i++) {
        tally.done += batch->trials[i].fate == TRIAL_DONE_BEFORE;
        tally.failed += batch->trials[i].fate == TRIAL_FAILED_BEFORE;
    }
    run_catch_signals();
    int result = supervise(batch, &tally, error);
    log_status("");
    if (result)
        return result;
    if (run_is_interrupted())
        return error_set(error, ERROR_INTERRUPTED,
                         "interrupted: %zu of %zu trials are done; the same command goes on",
                         tally.done, batch->count);
    if (tally.failed)
        return error_set(error, ERROR_FAILED,
                         "%zu of %zu trials failed: `unroll list --state failed` shows them, "
                         "--retry-failed trains them again",
                         tally.failed, batch->count);
    return 0;
}
