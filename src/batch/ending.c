#include "batch/ending.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/machine.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/worker.h"

#include <inttypes.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

static bool is_crash(int signal_number)
{
    return signal_number == SIGSEGV || signal_number == SIGBUS || signal_number == SIGFPE ||
           signal_number == SIGILL || signal_number == SIGABRT || signal_number == SIGSYS ||
           signal_number == SIGTRAP;
}

void ending_add_signal(struct text *text, int signal_number, int64_t oom_before, int64_t oom_after)
{
    text_add_format(text, "%s by signal %d (%s)",
                    is_crash(signal_number) ? "crashed" : "its process was ended", signal_number,
                    strsignal(signal_number));
    if (signal_number != SIGKILL)
        return;
    if (oom_before < 0 || oom_after < 0)
        text_add(text, ", by someone or by the kernel for want of memory");
    else if (oom_after > oom_before)
        text_add(text, ", probably by the kernel, because memory ran out");
    else
        text_add(text, ", by someone: memory had not run out");
}

/* The module whose hook the worker was in when it ended, behind SIGN; nothing if none. */
static void add_module(struct text *text, const struct trial_report *report, const char *sign)
{
    struct text place = {0};
    if (hook_add_place(&place, &report->hooks))
        text_add_format(text, "%s%s", sign, text_get(&place));
    text_release(&place);
}

static void add_deafness(struct text *text, const struct batch *batch, size_t index)
{
    text_add(text, " and did not end within ");
    clock_add_duration(text, batch->options->grace_seconds);
    text_add(text, " when told to");
    add_module(text, &batch->reports[index], ",");
}

static void add_step(struct text *text, const struct trial_report *report)
{
    text_add_format(text, "; at step %" PRId64 " of %" PRId64, report->live.step,
                    report->live.steps);
}

static void add_stuck(struct text *text, const struct batch *batch, size_t index)
{
    char name[HOOK_WORD_SIZE];
    hook_name(batch->trials[index].worker->stuck, name, sizeof name);
    text_add_format(text, "%s did not come back from one call within ", name);
    clock_add_duration(text, batch->options->hook_seconds);
    text_add(text, ", and its process was ended (" HOOK_SECONDS " allows more)");
    add_step(text, &batch->reports[index]);
}

/* A run whose time was over is failed, not interrupted: the same command must not go on with it. */
static void add_overtime(struct text *text, const struct batch *batch, size_t index)
{
    const struct worker *worker = batch->trials[index].worker;
    text_add(text, "timed out: it took longer than ");
    clock_add_duration(text, batch->experiment->budget.trial_seconds);
    text_add(text, " (budget.trial_seconds)");
    if (worker->was_ended)
        add_deafness(text, batch, index);
    add_step(text, &batch->reports[index]);
    text_add(text, ", from where --retry-failed goes on if there is a checkpoint");
}

bool ending_is_from_outside(int signal_number, int64_t oom_before, int64_t oom_after)
{
    if (signal_number == SIGKILL)
        return oom_before < 0 || oom_after <= oom_before;
    return signal_number == SIGTERM || signal_number == SIGHUP || signal_number == SIGINT;
}

/* OOM_KILLS: of the system by now. */
static enum trial_end decide(const struct batch *batch, size_t index, int status, int64_t oom_kills)
{
    const struct trial_report *report = &batch->reports[index];
    const struct worker *worker = batch->trials[index].worker;
    if (WIFSIGNALED(status)) {
        bool is_ended = worker->was_ended ||
                        ending_is_from_outside(WTERMSIG(status), worker->oom_kills, oom_kills);
        return is_ended && !worker->is_late && !worker->stuck ? TRIAL_INTERRUPTED : TRIAL_FAILED;
    }
    /* A hook that ends the process chooses the status as it likes. */
    if (!report->is_over)
        return TRIAL_FAILED;
    if (WEXITSTATUS(status) == 0)
        return report->outcome.is_running ? TRIAL_LEFT : TRIAL_DONE;
    if (WEXITSTATUS(status) == ERROR_INTERRUPTED)
        return TRIAL_INTERRUPTED;
    return report->outcome.state == RUN_DIVERGED ? TRIAL_DIVERGED : TRIAL_FAILED;
}

static void add_reason(struct text *text, const struct batch *batch, size_t index, int status,
                       int64_t oom_kills)
{
    const struct worker *worker = batch->trials[index].worker;
    const struct trial_report *report = &batch->reports[index];
    enum trial_end end = batch->trials[index].end;
    if (end == TRIAL_FAILED && worker->stuck) {
        add_stuck(text, batch, index);
    } else if (end == TRIAL_FAILED && worker->is_late) {
        add_overtime(text, batch, index);
    } else if (WIFSIGNALED(status) && worker->was_ended) {
        text_add(text, "its process was ended: the batch stopped, and it hung");
        add_deafness(text, batch, index);
    } else if (WIFSIGNALED(status)) {
        ending_add_signal(text, WTERMSIG(status), worker->oom_kills, oom_kills);
        add_module(text, report, is_crash(WTERMSIG(status)) ? "" : ",");
    } else if (*report->hooks.word) {
        text_add(text, report->hooks.word);
    } else if (*report->error.text) {
        text_add(text, report->error.text);
        if (!report->is_over)
            add_module(text, report, ",");
    } else {
        text_add_format(text, "its process ended with status %d without saying why",
                        WEXITSTATUS(status));
        add_module(text, report, ",");
    }
}

static void add_output(struct text *text, const struct output *output)
{
    struct text lines = {0};
    size_t shown = output_add_lines(&lines, output, "  | ");
    if (shown == 0)
        return;
    if (shown < output->lines)
        text_add_format(text, "\nit printed %zu lines, the last of them:\n", output->lines);
    else
        text_add(text, "\nit printed:\n");
    text_add(text, text_get(&lines));
    text->data[--text->length] = '\0'; /* the last line's end */
    text_release(&lines);
}

/* Whether CHILD, a worker that has ended, was the last to have RUN. */
static bool was_trained_by(const struct run *run, pid_t child)
{
    struct process_identity here;
    process_identity_collect(&here);
    const struct process_identity *process = &run->environment.process;
    bool result = process->pid == child && process->namespace == here.namespace &&
                  text_equal(process->host, here.host) &&
                  text_equal(process->boot_id, here.boot_id);
    process_identity_release(&here);
    return result;
}

/* The run that the worker had begun: it told its id, unless it ended before it could. */
static int find_run(struct store *store, const struct batch *batch, size_t index, struct run *run,
                    bool *found, struct error *error)
{
    const struct run_outcome *outcome = &batch->reports[index].outcome;
    if (!*outcome->id)
        return store_run_by_key(store, batch->trials[index].key, run, found, error);
    *found = true;
    return store_run_find(store, outcome->id, run, error);
}

/* A worker that ended without a word leaves its run marked as running; one that said why did not
 * know what it had printed. One that ended badly after all was stored has done its work. */
static int record(struct store *store, struct batch *batch, size_t index, struct error *error)
{
    struct batch_trial *trial = &batch->trials[index];
    struct run run = {0};
    bool found = false;
    int result = find_run(store, batch, index, &run, &found, error);
    if (result == 0 && found && was_trained_by(&run, trial->worker->process)) {
        memcpy(batch->reports[index].outcome.id, run.id, sizeof run.id);
        if (run.state == RUN_DONE)
            trial->end = TRIAL_DONE;
        else if (run.state == RUN_RUNNING)
            result = store_run_stop(store, run.id, run.attempts,
                                    trial->end == TRIAL_INTERRUPTED ? RUN_INTERRUPTED : RUN_FAILED,
                                    trial->reason, error);
        else if (trial->end != TRIAL_INTERRUPTED)
            result = store_run_explain(store, run.id, run.attempts, trial->reason, error);
    }
    run_release(&run);
    return result;
}

void ending_note(struct batch *batch, size_t index, int status)
{
    struct batch_trial *trial = &batch->trials[index];
    struct text reason = {0};
    struct store *store;
    struct error error;
    int64_t oom_kills = machine_oom_kills();
    trial->end = decide(batch, index, status, oom_kills);
    bool is_good = trial->end == TRIAL_DONE || trial->end == TRIAL_LEFT;
    if (!is_good)
        add_reason(&reason, batch, index, status, oom_kills);
    add_output(&reason, &trial->worker->output);
    memory_free(trial->reason);
    trial->reason = text_take(&reason);
    if (is_good)
        return;
    if (store_open(&store, batch->options->store, STORE_WRITE, &error)) {
        log_warning("%s", error.text);
        return;
    }
    if (record(store, batch, index, &error))
        log_warning("%s", error.text);
    store_close(store);
}

/* The same bits diverge again, take as long again, and get stuck again. */
bool ending_is_worth_a_retry(const struct batch_trial *trial)
{
    return trial->end == TRIAL_FAILED && !trial->worker->is_late && !trial->worker->stuck;
}
