#include "batch/worker.h"

#include "base/clock.h"
#include "base/machine.h"
#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* A worker whose parent is gone, and that does not end in order within this time, is ended. */
enum { ORPHAN_SECONDS = 60 };

/* Descriptors that the parent needs while its workers run: the store, what the kernel counts. */
enum { SPARE_DESCRIPTORS = 8 };

/* In a worker: its report, for what cannot be told otherwise. */
static struct trial_report *own_report;

static void out_of_memory(size_t size)
{
    error_set(&own_report->error, ERROR_FAILED, "out of memory: %zu bytes could not be had", size);
    _exit(ERROR_FAILED);
}

/* The parent is gone: as if it had told this process to end, but nobody would insist. */
static void on_parent_death(int number)
{
    (void)number;
    alarm(ORPHAN_SECONDS);
    raise(SIGTERM);
}

/* With --force two trials of one key would be trained twice: the second finds the first one's. */
static bool is_done_in_batch(const struct batch *batch, const char *key)
{
    for (size_t i = 0; i < batch->count; i++)
        if (batch->trials[i].end == TRIAL_DONE && text_equal(batch->trials[i].key, key))
            return true;
    return false;
}

/* A retry is to train what failed; what another batch saw fail meanwhile stays failed. */
static enum begin_rule choose_rule(const struct batch *batch, const struct batch_trial *trial)
{
    if (batch->options->force && !is_done_in_batch(batch, trial->key))
        return TAKE_NONE;
    bool is_retry = batch->options->retry_failed || trial->attempts > 0;
    return is_retry ? TAKE_UNFINISHED : TAKE_UNFAILED;
}

/* What a worker process does; its exit status is the error's code. */
static int work(struct batch *batch, size_t index)
{
    const struct batch_trial *trial = &batch->trials[index];
    struct trial_report *report = &batch->reports[index];
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config = {0};
    if (experiment_config(batch->experiment, trial->variant, trial->seed, batch->options->overrides,
                          batch->options->override_count, &config, diagnostics))
        return diagnostics_error(diagnostics, &report->error) ? ERROR_USAGE : ERROR_FAILED;
    struct run_options options = {.store = batch->options->store,
                                  .data = batch->options->data,
                                  .key = trial->key,
                                  .threads = batch->options->threads,
                                  .rule = choose_rule(batch, trial),
                                  .again = trial->run_begun,
                                  .quiet = true,
                                  .checkpoint_seconds = batch->options->checkpoint_seconds,
                                  .live = &report->live};
    int result = run_train(&config, &options, &report->outcome, &report->error);
    config_release(&config);
    diagnostics_free(diagnostics);
    return result ? (int)report->error.code : 0;
}

/* Output goes to ENDS[1] a line at a time, for a crash loses what waits in a buffer. No reading end
 * may stay open here, neither the worker's own nor the others': where the parent is gone, a worker
 * that prints would wait for a reader for ever. */
static void redirect(const struct batch *batch, const int ends[2])
{
    close(ends[0]);
    for (size_t i = 0; i < batch->count; i++)
        if (batch->trials[i].worker && batch->trials[i].worker->pipe >= 0)
            close(batch->trials[i].worker->pipe);
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    dup2(ends[1], STDOUT_FILENO);
    dup2(ends[1], STDERR_FILENO);
    close(nothing);
    close(ends[1]);
    setvbuf(stdout, NULL, _IOLBF, BUFSIZ);
}

/* A process group of its own keeps the terminal's SIGINT away: the parent passes it on once, so
 * that the worker can end in order. It ends, too, when the parent dies. */
static _Noreturn void live(struct batch *batch, size_t index, const int ends[2], pid_t parent,
                           const sigset_t *signals)
{
    setpgid(0, 0);
    run_catch_signals();
    signal(SIGHUP, on_parent_death);
    signal(SIGPIPE, SIG_IGN);
    signal(SIGALRM, SIG_DFL);
    signal(SIGTSTP, SIG_DFL);
    sigprocmask(SIG_SETMASK, signals, NULL);
    prctl(PR_SET_PDEATHSIG, SIGHUP);
    if (getppid() != parent)
        _exit(ERROR_INTERRUPTED);
    own_report = &batch->reports[index];
    hook_share(&own_report->hooks);
    memory_set_handler(out_of_memory);
    redirect(batch, ends);
    int status = work(batch, index);
    own_report->is_over = true;
    fflush(NULL);
    _exit(status);
}

static int fail_to_start(int failure, const char *what, bool *is_short, struct error *error)
{
    *is_short = failure == EMFILE || failure == ENFILE || failure == EAGAIN || failure == ENOMEM;
    const char *remedy = "";
    if (failure == EMFILE || failure == ENFILE)
        remedy = "; remedy: `ulimit -n` allows more open files, a smaller -j needs fewer";
    else if (failure == EAGAIN)
        remedy = "; remedy: `ulimit -u` allows more processes, a smaller -j needs fewer";
    else if (failure == ENOMEM)
        remedy = "; remedy: free memory, or a smaller -j";
    return error_set(error, ERROR_FAILED, "cannot %s: %s%s", what, strerror(failure), remedy);
}

/* The descriptors are given out from the lowest: one that is high tells how many are left. Without
 * some to spare the parent could not even write down how its workers ended. */
static int make_pipe(const struct batch *batch, int ends[2])
{
    struct rlimit limit;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return -1;
    int highest = ends[0] > ends[1] ? ends[0] : ends[1];
    if (batch->tally.running == 0 || getrlimit(RLIMIT_NOFILE, &limit) != 0 ||
        (rlim_t)highest + SPARE_DESCRIPTORS < limit.rlim_cur)
        return 0;
    close(ends[0]);
    close(ends[1]);
    errno = EMFILE;
    return -1;
}

int worker_start(struct batch *batch, size_t index, bool *is_short, struct error *error)
{
    struct batch_trial *trial = &batch->trials[index];
    int ends[2];
    if (make_pipe(batch, ends) != 0)
        return fail_to_start(errno, "make a pipe for a worker process", is_short, error);
    batch->reports[index] = (struct trial_report){.live.loss = NAN, .live.accuracy = NAN};
    fflush(NULL); /* else the worker has it, too */
    /* A signal that ends all workers must find this one noted. */
    sigset_t all, signals;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &signals);
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        live(batch, index, ends, parent, &signals);
    int failure = errno;
    trial->process = child > 0 ? child : 0;
    sigprocmask(SIG_SETMASK, &signals, NULL);
    close(ends[1]);
    if (child < 0) {
        close(ends[0]);
        return fail_to_start(failure, "start a worker process", is_short, error);
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    trial->worker = memory_new(sizeof *trial->worker);
    *trial->worker = (struct worker){.process = child,
                                     .pipe = ends[0],
                                     .started = clock_seconds(),
                                     .watched = clock_seconds(),
                                     .oom_kills = machine_oom_kills()};
    trial->is_started = true;
    trial->attempts++;
    return 0;
}

void worker_end(struct batch_trial *trial)
{
    if (!trial->worker)
        return;
    if (trial->worker->pipe >= 0)
        close(trial->worker->pipe);
    memory_free(trial->worker);
    trial->worker = NULL;
}

void worker_raise_limits(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur == limit.rlim_max)
        return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

void worker_tell(struct worker *worker)
{
    if (worker->told > 0)
        return;
    kill(worker->process, SIGTERM);
    worker->told = clock_seconds();
}

void worker_end_all(const struct batch *batch)
{
    static const struct timespec moment = {.tv_nsec = 10000000};
    for (size_t i = 0; i < batch->count; i++)
        if (batch->trials[i].process > 0)
            kill(batch->trials[i].process, SIGKILL);
    /* Else the next command could take one that is about to end for one that trains. */
    for (int waits = 0; waits < 100; waits++) {
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (waitpid(-1, NULL, WNOHANG) < 0)
            return;
        nanosleep(&moment, NULL);
    }
}

void worker_read(struct worker *worker)
{
    char bytes[OUTPUT_BYTES];
    /* A bound, lest one that prints without end keeps the parent from all else. */
    for (int i = 0; i < 64 && worker->pipe >= 0; i++) {
        ssize_t count = read(worker->pipe, bytes, sizeof bytes);
        if (count > 0) {
            output_add(&worker->output, bytes, (size_t)count);
        } else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
            close(worker->pipe);
            worker->pipe = -1;
        } else if (errno == EAGAIN) {
            return;
        }
    }
}

/* A second at most counts at a time: this process may have been stopped, and the worker with it. */
static void watch_hooks(const struct batch *batch, size_t index, double now)
{
    struct worker *worker = batch->trials[index].worker;
    double passed = fmin(now - worker->watched, 1);
    const struct module *stuck = hook_overdue(&worker->watch, &batch->reports[index].hooks, passed,
                                              batch->options->hook_seconds);
    worker->watched = now;
    if (!stuck || worker->stuck || worker->was_ended)
        return;
    kill(worker->process, SIGKILL);
    worker->stuck = stuck;
}

void worker_watch(const struct batch *batch, size_t index)
{
    struct worker *worker = batch->trials[index].worker;
    struct run_live *live = &batch->reports[index].live;
    double now = clock_seconds(), limit = batch->experiment->budget.trial_seconds;
    if (worker->step_time == 0 && live->step > 0) {
        worker->step = live->step;
        worker->step_time = now;
    }
    if (limit > 0 && worker->told == 0 && now - worker->started > limit) {
        live->is_out_of_time = true;
        worker->is_late = true;
        worker_tell(worker);
    }
    if (worker->told > 0 && !worker->was_ended &&
        now - worker->told > batch->options->grace_seconds) {
        kill(worker->process, SIGKILL);
        worker->was_ended = true;
    }
    watch_hooks(batch, index, now);
}
