#include "batch/timing.h"

#include "base/clock.h"
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

static void wait_for(pid_t child)
{
    double begun = clock_seconds();
    while (waitpid(child, NULL, WNOHANG) == 0) {
        if (clock_seconds() - begun > most_seconds)
            kill(child, SIGKILL);
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
}

void timing_measure(struct timing *timing, const struct batch *batch, size_t variant)
{
    *timing = (struct timing){0};
    struct timing *shared =
        mmap(NULL, sizeof *shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED)
        return;
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        measure(shared, batch, variant);
        _exit(0);
    }
    if (child > 0)
        wait_for(child);
    *timing = *shared;
    munmap(shared, sizeof *shared);
}
