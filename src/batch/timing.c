#include "batch/timing.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "batch/ending.h"
#include "module/hook.h"
#include "train/data.h"
#include "train/trainer.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const double most_seconds = 4;   /* of the whole process */
static const double step_seconds = 0.2; /* of timing steps */
static const double evaluation_seconds = 0.1;

/* What the process that times tells. */
struct told {
    struct timing timing;
    struct hooks hooks;
    bool is_over; /* it ends because it is done */
};

/* The first step, which also touches the memory, counts only until there is a second one. */
static void time_steps(struct trainer *trainer, struct timing *timing)
{
    struct step_result result;
    double begun = clock_seconds();
    trainer_step(trainer, 0, &result);
    double warm = clock_seconds();
    timing->step = warm - begun;
    for (int64_t count = 1; clock_seconds() - warm < step_seconds; count++) {
        trainer_step(trainer, 0, &result);
        timing->step = (clock_seconds() - warm) / (double)count;
    }
}

static void time_evaluation(struct trainer *trainer, struct timing *timing)
{
    int64_t limit = trainer->config->train.evaluate.batch, examples = 0;
    struct evaluation evaluation;
    double begun = clock_seconds();
    do {
        trainer_evaluate(trainer, SPLIT_TEST, limit, 0, &evaluation, NULL);
        examples += evaluation.count;
        timing->example = (clock_seconds() - begun) / (double)examples;
    } while (clock_seconds() - begun < evaluation_seconds);
}

static void measure(struct timing *timing, const struct batch *batch, size_t variant)
{
    const struct batch_options *options = batch->options;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config = {0};
    struct data data;
    struct trainer trainer;
    struct error error;
    double begun = clock_seconds();
    if (experiment_plan_config(batch->experiment, variant, options->overrides,
                               options->override_count, &config, diagnostics) ||
        data_open(&data, &config.data, options->data, &error) ||
        trainer_init(&trainer, &config, &data, options->threads, &error))
        return; /* the process ends here, and its memory with it */
    timing->setup = clock_seconds() - begun;
    time_steps(&trainer, timing);
    time_evaluation(&trainer, timing);
}

/* Returns the wait status. */
static int wait_for(pid_t child, bool *is_ended)
{
    double begun = clock_seconds();
    int status = 0;
    while (waitpid(child, &status, WNOHANG) == 0) {
        if (clock_seconds() - begun > most_seconds) {
            *is_ended = true;
            kill(child, SIGKILL);
        }
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    return status;
}

/* A run of this variant would end so, too. */
static void warn_of(const char *variant, const struct told *told, int status)
{
    struct text text = {0};
    if (WIFSIGNALED(status))
        ending_add_signal(&text, WTERMSIG(status), -1, -1);
    else
        text_add_format(&text, "its process ended with status %d", WEXITSTATUS(status));
    if (*told->hooks.word)
        text_add_format(&text, ": %s", told->hooks.word);
    else
        hook_add_place(&text, &told->hooks);
    log_warning("%s: its speed could not be measured: %s", variant, text_get(&text));
    text_release(&text);
}

void timing_measure(struct timing *timing, const struct batch *batch, size_t variant)
{
    bool is_ended = false;
    *timing = (struct timing){0};
    struct told *told =
        mmap(NULL, sizeof *told, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (told == MAP_FAILED)
        return;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        hook_share(&told->hooks);
        measure(&told->timing, batch, variant);
        told->is_over = true;
        _exit(0);
    }
    int status = child > 0 ? wait_for(child, &is_ended) : 0;
    if (told->is_over || is_ended)
        *timing = told->timing;
    else if (child > 0)
        warn_of(batch->experiment->variants[variant].name, told, status);
    munmap(told, sizeof *told);
}
