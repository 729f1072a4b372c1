#include "batch/view.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "batch/progress.h"
#include "batch/worker.h"

#include <inttypes.h>
#include <math.h>
#include <signal.h>
#include <string.h>

void batch_add_trial_name(struct text *text, const struct batch *batch, size_t index)
{
    const struct batch_trial *trial = &batch->trials[index];
    printable_add(text, batch->experiment->variants[trial->variant].name);
    text_add_format(text, " seed %" PRId64, trial->seed);
}

/* Who stops the batch from the keyboard wants a clean terminal, too. */
static void on_stop(int number)
{
    (void)number;
    log_wipe_status();
    raise(SIGSTOP);
}

void view_init(struct view *view, const struct batch *batch)
{
    size_t variants = batch->experiment->variant_count;
    *view = (struct view){.rates = memory_array(variants, sizeof *view->rates)};
    struct sigaction action = {.sa_handler = on_stop, .sa_flags = SA_RESTART};
    sigemptyset(&action.sa_mask);
    sigaction(SIGTSTP, NULL, &view->stop);
    if (view->stop.sa_handler == SIG_DFL)
        sigaction(SIGTSTP, &action, NULL);
}

void view_release(struct view *view)
{
    log_status("");
    sigaction(SIGTSTP, &view->stop, NULL);
    memory_free(view->rates);
    *view = (struct view){0};
}

/* "[3/12] lstm seed 1: ", with how many have ended. */
static void add_head(struct text *text, const struct batch *batch, size_t index)
{
    const struct batch_tally *tally = &batch->tally;
    size_t ended = tally->done + tally->done_before + tally->failed + tally->failed_before +
                   tally->diverged + tally->interrupted;
    text_add_format(text, "[%zu/%zu] ", ended, batch->count);
    batch_add_trial_name(text, batch, index);
    text_add(text, ": ");
}

static void say(struct text *text)
{
    log_line("%s", text_get(text));
    text_release(text);
}

void view_started(const struct batch *batch, size_t index)
{
    struct text text = {0};
    if (log_is_terminal(stderr))
        return; /* its line shows */
    add_head(&text, batch, index);
    text_add(&text, "started");
    say(&text);
}

void view_retried(const struct batch *batch, size_t index)
{
    struct text text = {0};
    add_head(&text, batch, index);
    text_add_format(&text, "is trained again, retry %d of %d", batch->trials[index].attempts,
                    batch->options->retries);
    say(&text);
}

static void add_waiting(struct text *text, const struct batch *batch)
{
    size_t count = batch->tally.elsewhere;
    text_add_format(text, "waiting for %zu %s of other processes", count,
                    count == 1 ? "trial" : "trials");
}

void view_waiting(const struct batch *batch)
{
    struct text text = {0};
    if (log_is_terminal(stderr))
        return; /* its line shows */
    add_waiting(&text, batch);
    say(&text);
}

/* What a trial that ended well came to. */
static void add_result(struct text *text, const struct run_outcome *outcome)
{
    if (outcome->is_running) {
        text_add_format(text, "is being trained by another process, run %s", outcome->id);
    } else if (outcome->was_done) {
        text_add_format(text, "was done already, run %s", outcome->id);
    } else {
        text_add(text, "done");
        if (outcome->state == RUN_DONE) {
            text_add(text, " in ");
            clock_add_duration(text, outcome->seconds);
        }
        if (!isnan(outcome->accuracy))
            text_add_format(text, ", test accuracy %.2f %%", 100 * outcome->accuracy);
        text_add_format(text, ", run %s", outcome->id);
    }
}

static void learn_rate(struct view *view, const struct batch *batch, size_t index)
{
    const struct trial_report *report = &batch->reports[index];
    struct view_rate *rate = &view->rates[batch->trials[index].variant];
    if (report->outcome.was_done || report->outcome.is_running || report->live.step <= 0)
        return;
    rate->seconds += report->outcome.seconds;
    rate->steps += (double)report->live.step;
}

void view_ended(struct view *view, const struct batch *batch, size_t index)
{
    const struct batch_trial *trial = &batch->trials[index];
    const struct run_outcome *outcome = &batch->reports[index].outcome;
    const char *reason = trial->reason ? trial->reason : "";
    bool is_good = trial->end == TRIAL_DONE || trial->end == TRIAL_LEFT;
    size_t line = strcspn(reason, "\n");
    struct text text = {0};
    add_head(&text, batch, index);
    if (is_good)
        add_result(&text, outcome);
    else
        text_add_bytes(&text, reason, line);
    if (!is_good && *outcome->id)
        text_add_format(&text, ", run %s", outcome->id);
    text_add(&text, is_good ? reason : reason + line);
    say(&text);
    if (trial->end == TRIAL_DONE)
        learn_rate(view, batch, index);
}

/* Seconds that a step of TRIAL takes, as far as is known; NaN if nothing is. */
static double step_seconds(const struct view *view, const struct batch_trial *trial, double mean)
{
    const struct view_rate *rate = &view->rates[trial->variant];
    return rate->steps > 0 ? rate->seconds / rate->steps : mean;
}

static double mean_step_seconds(const struct view *view, const struct batch *batch)
{
    double seconds = 0, steps = 0;
    for (size_t i = 0; i < batch->experiment->variant_count; i++) {
        seconds += view->rates[i].seconds;
        steps += view->rates[i].steps;
    }
    return steps > 0 ? seconds / steps : NAN;
}

static double trial_seconds_left(const struct batch *batch, size_t index, double now)
{
    const struct worker *worker = batch->trials[index].worker;
    const struct run_live *live = &batch->reports[index].live;
    if (worker->step_time == 0)
        return NAN;
    return progress_seconds_left(now - worker->step_time, (double)(live->step - worker->step),
                                 (double)(live->steps - worker->step));
}

/* The seconds that the rest takes when the workers share it evenly, but no less than the longest
 * of those that run; NaN while nothing is known of a trial that waits. */
static double batch_seconds_left(const struct view *view, const struct batch *batch, double now)
{
    double mean = mean_step_seconds(view, batch), work = 0, longest = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        bool waits = trial->fate == TRIAL_MISSING && trial->end == TRIAL_NOT_ENDED;
        if (!waits)
            continue;
        double seconds = trial->worker ? trial_seconds_left(batch, i, now) : NAN;
        if (isnan(seconds))
            seconds = step_seconds(view, trial, mean) * (double)trial->steps;
        work += seconds;
        longest = trial->worker ? fmax(longest, seconds) : longest;
    }
    return isnan(work) ? NAN : fmax(work / batch->options->workers, longest);
}

static double fraction_done(const struct batch *batch)
{
    double done = 0;
    for (size_t i = 0; i < batch->count; i++) {
        const struct batch_trial *trial = &batch->trials[i];
        const struct run_live *live = &batch->reports[i].live;
        bool waits = trial->fate == TRIAL_MISSING || trial->fate == TRIAL_ELSEWHERE;
        if (!waits || trial->end != TRIAL_NOT_ENDED)
            done++;
        else if (trial->worker && live->steps > 0)
            done += (double)live->step / (double)live->steps;
    }
    return batch->count ? done / (double)batch->count : 1;
}

static void add_total(struct text *text, const struct view *view, const struct batch *batch,
                      double now)
{
    const struct batch_tally *tally = &batch->tally;
    struct progress_total total = {.trials = batch->count,
                                   .done = tally->done + tally->done_before,
                                   .running = tally->running,
                                   .failed = tally->failed + tally->failed_before + tally->diverged,
                                   .fraction = fraction_done(batch),
                                   .seconds_left = batch_seconds_left(view, batch, now)};
    progress_add_total(text, &total, log_columns());
}

/* One line for each of COUNT running trials. */
static void add_trials(struct text *text, const struct batch *batch, const size_t *running,
                       size_t count, double now)
{
    struct progress *lines = memory_array(count, sizeof *lines);
    struct progress_layout layout;
    for (size_t i = 0; i < count; i++) {
        const struct batch_trial *trial = &batch->trials[running[i]];
        const struct run_live *live = &batch->reports[running[i]].live;
        lines[i] = (struct progress){.name = batch->experiment->variants[trial->variant].name,
                                     .seed = trial->seed,
                                     .step = live->step,
                                     .steps = live->steps,
                                     .loss = live->loss,
                                     .accuracy = live->accuracy,
                                     .seconds_left = trial_seconds_left(batch, running[i], now)};
    }
    progress_fit(&layout, lines, count, log_columns());
    for (size_t i = 0; i < count; i++) {
        progress_add(text, &lines[i], &layout);
        text_add_char(text, '\n');
    }
    memory_free(lines);
}

void view_draw(struct view *view, const struct batch *batch, const size_t *running)
{
    double now = clock_seconds();
    if (now - view->drawn < 0.1 || !log_is_terminal(stderr))
        return;
    view->drawn = now;
    struct text text = {0};
    size_t count = batch->tally.running, room = (size_t)log_rows() - 1;
    if (count > room) {
        size_t shown = room > 0 ? room - 1 : 0; /* a line says how many are not shown */
        add_trials(&text, batch, running, shown, now);
        if (room > 0)
            text_add_format(&text, "and %zu more\n", count - shown);
    } else {
        add_trials(&text, batch, running, count, now);
    }
    if (count == 0 && batch->tally.elsewhere && room > 0) {
        add_waiting(&text, batch);
        text_add_char(&text, '\n');
    }
    add_total(&text, view, batch, now);
    log_status(text_get(&text));
    text_release(&text);
}
