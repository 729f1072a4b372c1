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
    size_t done, failed, interrupted;
    size_t elsewhere; /* being trained by processes that are not ours */
    size_t running;
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
    if (experiment_config(batch->experiment, trial->variant, trial->seed, batch->options->overrides,
                          batch->options->override_count, &config, diagnostics))
        return diagnostics_error(diagnostics, &report->error) ? ERROR_USAGE : ERROR_FAILED;
    struct run_options options = {.store = batch->options->store,
                                  .data = batch->options->data,
                                  .key = trial->key,
                                  .threads = 1,
                                  .force = batch->options->force,
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

/* Whether worker CHILD is the process that RUN names. */
static bool is_trained_by(const struct run *run, pid_t child)
{
    struct process_identity here;
    process_identity_collect(&here);
    const struct process_identity *process = &run->environment.process;
    bool result = run->state == RUN_RUNNING && process->pid == child &&
                  process->namespace == here.namespace && text_equal(process->host, here.host) &&
                  text_equal(process->boot_id, here.boot_id);
    process_identity_release(&here);
    return result;
}

/* A worker that ended without a word leaves its run, if it had begun one, marked as running. */
static void bury(const struct batch *batch, const struct batch_trial *trial, pid_t child,
                 const char *message)
{
    struct store *store;
    struct error error;
    struct run run = {0};
    bool found = false;
    if (store_open(&store, batch->options->store, STORE_WRITE, &error)) {
        log_warning("%s", error.text);
        return;
    }
    if (store_run_by_key(store, trial->key, &run, &found, &error) ||
        (found && is_trained_by(&run, child) &&
         store_run_stop(store, run.id, RUN_FAILED, message, &error)))
        log_warning("%s", error.text);
    run_release(&run);
    store_close(store);
}

static void say_end(const struct batch *batch, const struct batch_trial *trial,
                    const struct trial_report *report, const struct tally *tally, bool is_good)
{
    const struct run_outcome *outcome = &report->outcome;
    size_t ended = tally->done + tally->failed + tally->interrupted + tally->elsewhere;
    struct text text = {0};
    text_add_format(&text, "[%zu/%zu] %s seed %" PRId64 ": ", ended, batch->count,
                    variant_name(batch, trial), trial->seed);
    if (!is_good) {
        text_add(&text, report->error.text);
    } else if (outcome->is_running) {
        text_add_format(&text, "is being trained by another process, run %s", outcome->id);
    } else if (outcome->was_done) {
        text_add_format(&text, "was done already, run %s", outcome->id);
    } else {
        text_add(&text, "done in ");
        clock_add_duration(&text, outcome->seconds);
        text_add_format(&text, ", test accuracy %.2f %%, run %s", 100 * outcome->accuracy,
                        outcome->id);
    }
    log_line("%s", text_get(&text));
    text_release(&text);
}

/* Takes note of how CHILD, the worker of trial INDEX, ended. */
static void reap(struct batch *batch, size_t index, pid_t child, int status, struct tally *tally)
{
    struct batch_trial *trial = &batch->trials[index];
    struct trial_report *report = &batch->reports[index];
    bool is_good = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    bool is_interrupted = WIFEXITED(status) && WEXITSTATUS(status) == ERROR_INTERRUPTED;
    bool is_silent = !is_good && !*report->error.text;
    trial->worker = 0;
    tally->running--;
    if (WIFSIGNALED(status))
        error_set(&report->error, ERROR_FAILED, "its process was ended by signal %d (%s)",
                  WTERMSIG(status), strsignal(WTERMSIG(status)));
    else if (is_silent)
        error_set(&report->error, ERROR_FAILED, "its process ended with status %d without a word",
                  WEXITSTATUS(status));
    if (WIFSIGNALED(status) || is_silent)
        bury(batch, trial, child, report->error.text);
    tally->done += is_good && !report->outcome.is_running;
    tally->elsewhere += is_good && report->outcome.is_running;
    tally->interrupted += is_interrupted;
    tally->failed += !is_good && !is_interrupted;
    say_end(batch, trial, report, tally, is_good);
}

static void reap_child(struct batch *batch, pid_t child, int status, struct tally *tally)
{
    for (size_t i = 0; i < batch->count; i++) {
        if (batch->trials[i].worker != child)
            continue;
        reap(batch, i, child, status, tally);
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

/* Two variants may mean the same config: the second waits, and then finds it done. */
static bool is_in_training(const struct batch *batch, const char *key)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->trials[i].worker && text_equal(batch->trials[i].key, key))
            return true;
    return false;
}

/* The next trial to train, or batch->count. */
static size_t next_trial(const struct batch *batch)
{
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        if (trial->fate == TRIAL_MISSING && !trial->is_started &&
            !is_in_training(batch, trial->key))
            return i;
    }
    return batch->count;
}

static void wait_a_moment(void)
{
    nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
}

/* Starts workers as long as there are trials and places for them. */
static int fill_places(struct batch *batch, struct tally *tally, struct error *error)
{
    while (tally->running < (size_t)batch->options->workers && !run_is_interrupted()) {
        size_t next = next_trial(batch);
        if (next == batch->count)
            return 0;
        if (start(batch, next, error))
            return -1;
        tally->running++;
    }
    return 0;
}

static int supervise(struct batch *batch, struct tally *tally, struct error *error)
{
    bool is_stopping = false;
    int result = 0;
    for (;;) {
        if (!is_stopping)
            result = fill_places(batch, tally, error);
        if (!is_stopping && (result || run_is_interrupted())) {
            is_stopping = true;
            stop_workers(batch);
        }
        if (tally->running == 0)
            return result;
        int status;
        pid_t child = waitpid(-1, &status, WNOHANG);
        if (child > 0) {
            reap_child(batch, child, status, tally);
            continue;
        }
        show_status(batch, tally);
        wait_a_moment();
    }
}

static int say_result(const struct batch *batch, const struct tally *tally, struct error *error)
{
    if (run_is_interrupted() || tally->interrupted)
        return error_set(error, ERROR_INTERRUPTED,
                         "interrupted: %zu of %zu trials are done; the same command goes on",
                         tally->done, batch->count);
    if (tally->failed)
        return error_set(error, ERROR_FAILED,
                         "%zu of %zu trials failed: `unroll list --state failed --state diverged` "
                         "shows them, --retry-failed trains them again",
                         tally->failed, batch->count);
    if (tally->elsewhere)
        log_note("%zu of %zu trials are still being trained by other processes", tally->elsewhere,
                 batch->count);
    return 0;
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
        tally.elsewhere += batch->trials[i].fate == TRIAL_ELSEWHERE;
    }
    signal(SIGCHLD, SIG_DFL); /* where it was ignored, workers would end unnoticed */
    run_catch_signals();
    int result = supervise(batch, &tally, error);
    log_status("");
    return result ? result : say_result(batch, &tally, error);
}
