/* A schedule that goes wrong at a step, for tests of what a batch does then. Where the
 * environment's UNROLL_FAULT_ONCE names a file, only the first process that comes so far goes
 * wrong: it makes the file. */
#include "unroll.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { CRASH, ABORT, EXIT, HANG, STUBBORN, MEMORY, CHATTER, BLIND };

struct fault {
    int what;
    int64_t at;
};

static const char *const whats[] = {"crash",  "abort",   "exit",  "hang", "stubborn",
                                    "memory", "chatter", "blind", NULL};

static const struct param fault_params[] = {
    {
        .name = "what",
        .summary = "What goes wrong.",
        .type = PARAM_CHOICE,
        .offset = offsetof(struct fault, what),
        .choices = whats,
    },
    {
        .name = "at",
        .summary = "The step at which it does.",
        .type = PARAM_INTEGER,
        .offset = offsetof(struct fault, at),
        .minimum = 0,
        .maximum = 1e9,
    },
    {0},
};

static const struct fault fault_defaults = {.what = CRASH, .at = 2};

static void chatter(int64_t step)
{
    for (int i = 0; i < 2000; i++)
        printf("step %d, line %d \033[31mred\033[0m\n", (int)step, i);
    fprintf(stderr, "the last word\n");
}

static void go_wrong(int what)
{
    fprintf(stderr, "about to go wrong\n");
    printf("on both streams"); /* without a line end: what waits in a buffer is lost by a crash */
    fflush(stdout);
    switch (what) {
    case CRASH:
        raise(SIGSEGV);
        break;
    case ABORT:
        abort();
    case EXIT:
        _exit(7);
    case STUBBORN:
        signal(SIGTERM, SIG_IGN);
        __attribute__((fallthrough));
    case HANG:
        for (;;)
            pause();
    case MEMORY:
        memory_free(memory_new((size_t)1 << 60));
        break;
    case BLIND: /* to its parent, for which it looks as if it had ended */
        close(STDOUT_FILENO);
        close(STDERR_FILENO);
        usleep(300000);
        break;
    default:
        break;
    }
}

static double fault_factor(const void *params, const void *state, const struct schedule_time *time)
{
    const struct fault *fault = params;
    const char *once = getenv("UNROLL_FAULT_ONCE");
    (void)state;
    if (fault->what == CHATTER)
        chatter(time->step);
    else if (time->step == fault->at &&
             (!once || open(once, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600) >= 0))
        go_wrong(fault->what);
    return 1;
}

static const struct schedule fault = {
    .module =
        {
            MODULE_HEAD(MODULE_SCHEDULE, struct schedule),
            .version = 1,
            .name = "fault",
            .summary = "Goes wrong.",
            .params = fault_params,
            .defaults = &fault_defaults,
            .params_size = sizeof(struct fault),
        },
    .factor = fault_factor,
};

UNROLL_PLUGIN(&fault.module);
