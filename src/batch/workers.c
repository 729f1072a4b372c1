/* Keeps the workers of a batch busy until its trials are trained. */
#include "base/clock.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/memory.h"
#include "batch/batch.h"
#include "batch/ending.h"
#include "batch/faults.h"
#include "batch/summary.h"
#include "batch/view.h"
#include "batch/waiting.h"
#include "batch/worker.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

/* What a process takes besides its trial's memory, about. */
static const double process_bytes = 20e6;

enum {
    TICK_MILLISECONDS = 100,
    /* A worker's output ends a moment before the process itself does. */
    MOMENT_MILLISECONDS = 2,
    ASKING_SECONDS = 1,
};

struct supervisor {
    struct batch *batch;
    size_t *running; /* indexes of the trials that run, in the order of starting */
    struct pollfd *pipes;
    struct view view;
    int64_t memory; /* that the workers may take together, bytes; -1: not known */
    bool has_said_memory, has_said_short, has_said_waiting;
    bool is_full; /* the system has no more to give until a worker ends */
    bool is_stopping;
    double asked; /* for the trials of other processes, clock_seconds() */
};

/* The next trial to train, or batch->count. */
static size_t next_trial(const struct supervisor *supervisor)
{
    const struct batch *batch = supervisor->batch;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        if (trial->fate == TRIAL_MISSING && trial->end == TRIAL_NOT_ENDED && !trial->worker)
            return i;
    }
    return batch->count;
}

/* Whether the trial at INDEX finds memory beside those that run. What they take is taken from the
 * plan, for they may not have asked for it yet. One alone is always tried. */
static bool has_room(struct supervisor *supervisor, size_t index)
{
    const struct batch *batch = supervisor->batch;
    double needed = (double)batch->trials[index].memory + process_bytes;
    for (size_t i = 0; i < batch->tally.running; i++)
        needed += (double)batch->trials[supervisor->running[i]].memory + process_bytes;
    if (supervisor->memory < 0 || batch->tally.running == 0 || needed <= (double)supervisor->memory)
        return true;
    if (!supervisor->has_said_memory)
        log_note("%zu workers at a time and no more: with another they would take %.1f GB, and "
                 "%.1f GB of memory were free at the start",
                 batch->tally.running, needed / 1e9, (double)supervisor->memory / 1e9);
    supervisor->has_said_memory = true;
    return false;
}

/* The system does not let another worker begin, as TROUBLE says: those that run have to do. */
static void note_shortage(struct supervisor *supervisor, const struct error *trouble)
{
    supervisor->is_full = true;
    if (!supervisor->has_said_short)
        log_note("%zu %s at a time and no more: %s", supervisor->batch->tally.running,
                 supervisor->batch->tally.running == 1 ? "worker" : "workers", trouble->text);
    supervisor->has_said_short = true;
}

/* Starts workers as long as there are trials and places for them. */
static int fill_places(struct supervisor *supervisor, struct error *error)
{
    struct batch *batch = supervisor->batch;
    while (batch->tally.running < (size_t)batch->options->workers && !supervisor->is_full &&
           !run_is_interrupted()) {
        size_t next = next_trial(supervisor);
        if (next == batch->count || !has_room(supervisor, next))
            return 0;
        bool is_short = false;
        struct error trouble = {0};
        if (worker_start(batch, next, &is_short, &trouble)) {
            if (is_short && batch->tally.running > 0) {
                note_shortage(supervisor, &trouble);
                return 0;
            }
            *error = trouble;
            return -1;
        }
        supervisor->running[batch->tally.running++] = next;
        view_started(batch, next);
    }
    return 0;
}

static void stop_workers(const struct supervisor *supervisor)
{
    const struct batch *batch = supervisor->batch;
    for (size_t i = 0; i < batch->tally.running; i++)
        worker_tell(batch->trials[supervisor->running[i]].worker);
}

static void count_end(struct batch_tally *tally, enum trial_end end)
{
    tally->done += end == TRIAL_DONE;
    tally->failed += end == TRIAL_FAILED;
    tally->diverged += end == TRIAL_DIVERGED;
    tally->interrupted += end == TRIAL_INTERRUPTED;
    tally->elsewhere += end == TRIAL_LEFT;
}

/* The trial at INDEX, which was seen to end, is not at its end. */
static void put_back(struct batch *batch, size_t index, bool is_retried)
{
    struct batch_trial *trial = &batch->trials[index];
    if (trial->end == TRIAL_LEFT) {
        trial->fate = TRIAL_ELSEWHERE;
        memcpy(trial->run, batch->reports[index].outcome.id, sizeof trial->run);
        trial->attempts--;
        trial->end = TRIAL_NOT_ENDED;
    }
    if (is_retried) {
        memcpy(trial->run_begun, batch->reports[index].outcome.id, sizeof trial->run_begun);
        trial->end = TRIAL_NOT_ENDED;
        view_retried(batch, index);
    }
}

/* The worker at PLACE among those that run has ended with STATUS. */
static void reap(struct supervisor *supervisor, size_t place, int status)
{
    struct batch *batch = supervisor->batch;
    size_t index = supervisor->running[place];
    struct batch_trial *trial = &batch->trials[index];
    worker_read(trial->worker);
    ending_note(batch, index, status);
    bool is_retried = !supervisor->is_stopping && ending_is_worth_a_retry(trial) &&
                      trial->attempts <= batch->options->retries;
    worker_end(trial);
    supervisor->is_full = false;
    batch->tally.running--;
    for (size_t i = place; i < batch->tally.running; i++)
        supervisor->running[i] = supervisor->running[i + 1];
    if (!is_retried)
        count_end(&batch->tally, trial->end);
    view_ended(&supervisor->view, batch, index);
    put_back(batch, index, is_retried);
}

/* With nothing else to do, looks about once a second what became of the trials of others. */
static int look_elsewhere(struct supervisor *supervisor, struct error *error)
{
    struct batch *batch = supervisor->batch;
    double now = clock_seconds();
    if (batch->tally.elsewhere == 0 || next_trial(supervisor) < batch->count ||
        now - supervisor->asked < ASKING_SECONDS)
        return 0;
    supervisor->asked = now;
    if (batch->tally.running == 0 && !supervisor->has_said_waiting)
        view_waiting(batch);
    supervisor->has_said_waiting = supervisor->has_said_waiting || batch->tally.running == 0;
    size_t *ended, count;
    if (waiting_ask(batch, &ended, &count, error))
        return -1;
    for (size_t i = 0; i < count; i++) {
        count_end(&batch->tally, batch->trials[ended[i]].end);
        view_ended(&supervisor->view, batch, ended[i]);
    }
    memory_free(ended);
    return 0;
}

/* As waitpid gives it. */
static int wait_status(const siginfo_t *info)
{
    return info->si_code == CLD_EXITED ? W_EXITCODE(info->si_status, 0) : info->si_status;
}

/* Takes note of every worker that has ended. Only then it is waited for: to other batches it lives
 * until it is (process_identity_life), so that none takes over what the store shall call failed. */
static void reap_all(struct supervisor *supervisor)
{
    const struct batch *batch = supervisor->batch;
    siginfo_t info = {0};
    while (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid > 0) {
        struct batch_trial *trial = NULL;
        for (size_t i = 0; i < batch->tally.running && !trial; i++) {
            size_t index = supervisor->running[i];
            if (batch->trials[index].worker->process != info.si_pid)
                continue;
            trial = &batch->trials[index];
            reap(supervisor, i, wait_status(&info));
        }
        if (trial)
            trial->process = 0;
        waitpid(info.si_pid, NULL, 0);
        info = (siginfo_t){0};
    }
}

/* Waits for output, or the end of a worker, or the next tick. */
static void listen(struct supervisor *supervisor)
{
    const struct batch *batch = supervisor->batch;
    size_t count = batch->tally.running;
    int wait = TICK_MILLISECONDS;
    for (size_t i = 0; i < count; i++) {
        int pipe = batch->trials[supervisor->running[i]].worker->pipe;
        supervisor->pipes[i] = (struct pollfd){.fd = pipe, .events = POLLIN};
        if (pipe < 0)
            wait = MOMENT_MILLISECONDS;
    }
    if (poll(supervisor->pipes, count, wait) <= 0)
        return;
    for (size_t i = 0; i < count; i++)
        if (supervisor->pipes[i].revents)
            worker_read(batch->trials[supervisor->running[i]].worker);
}

static int supervise(struct supervisor *supervisor, struct error *error)
{
    const struct batch *batch = supervisor->batch;
    int result = 0;
    for (;;) {
        if (!supervisor->is_stopping)
            result = look_elsewhere(supervisor, error);
        if (!supervisor->is_stopping && result == 0)
            result = fill_places(supervisor, error);
        if (!supervisor->is_stopping && (result || run_is_interrupted())) {
            supervisor->is_stopping = true;
            stop_workers(supervisor);
            if (batch->tally.running)
                log_line("stopping: each worker writes a checkpoint and ends; a second signal "
                         "ends all at once");
        }
        if (batch->tally.running == 0 && (supervisor->is_stopping || batch->tally.elsewhere == 0))
            return result;
        view_draw(&supervisor->view, batch, supervisor->running);
        listen(supervisor);
        for (size_t i = 0; i < batch->tally.running; i++)
            worker_watch(batch, supervisor->running[i]);
        reap_all(supervisor);
    }
}

/* What planning found that cannot be trained. */
static void end_faults(struct supervisor *supervisor)
{
    struct batch *batch = supervisor->batch;
    for (size_t i = 0; i < batch->count && !run_is_interrupted(); i++) {
        if (!faults_end_trial(batch, i))
            continue;
        count_end(&batch->tally, batch->trials[i].end);
        view_ended(&supervisor->view, batch, i);
    }
}

/* For the handler of a second signal. */
static const struct batch *volatile watched;

static void end_all(void)
{
    worker_end_all(watched);
}

static void count_fates(struct batch *batch)
{
    batch->tally = (struct batch_tally){0};
    for (size_t i = 0; i < batch->count; i++) {
        batch->tally.done_before += batch->trials[i].fate == TRIAL_DONE_BEFORE;
        batch->tally.failed_before += batch->trials[i].fate == TRIAL_FAILED_BEFORE;
        batch->tally.elsewhere += batch->trials[i].fate == TRIAL_ELSEWHERE;
    }
}

int batch_run(struct batch *batch, struct error *error)
{
    size_t size = batch->count * sizeof *batch->reports, places = (size_t)batch->options->workers;
    batch->reports = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (batch->reports == MAP_FAILED) {
        batch->reports = NULL;
        return error_system(error, ERROR_FAILED, errno, "no memory for the workers' reports");
    }
    count_fates(batch);
    signal(SIGCHLD, SIG_DFL); /* where it was ignored, workers would end unnoticed */
    run_catch_signals();
    watched = batch;
    run_before_end(end_all);
    worker_raise_limits();
    struct supervisor supervisor = {.batch = batch, .memory = machine_free_memory()};
    supervisor.running = memory_array(places, sizeof *supervisor.running);
    supervisor.pipes = memory_array(places, sizeof *supervisor.pipes);
    view_init(&supervisor.view, batch);
    end_faults(&supervisor);
    int result = supervise(&supervisor, error);
    run_before_end(NULL);
    view_release(&supervisor.view);
    memory_free(supervisor.running);
    memory_free(supervisor.pipes);
    struct error trouble;
    int summary = summary_say(batch, run_is_interrupted(), result ? &trouble : error);
    return result ? result : summary;
}
