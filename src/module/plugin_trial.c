#include "module/plugin_trial.h"

#include "base/clock.h"
#include "base/memory.h"
#include "module/plugin_check.h"
#include "module/plugin_open.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* How far a trial is. */
enum stage { LOADING, READING, UNLOADING, PASSED, REFUSED };

/* What the child says of a trial, in memory that both see. */
struct note {
    volatile enum stage stage;
    struct error error; /* REFUSED: why */
};

struct child {
    pid_t process; /* -1: there is none */
    int problem;   /* the errno value that says why */
    int result;    /* a byte comes here when all is done */
};

static int check_modules(const struct plugin *plugin, module_check check, struct error *error)
{
    if (plugin_check(plugin, error))
        return -1;
    for (const struct module *const *at = plugin->modules; check && *at; at++)
        if (check(*at, error))
            return error_prefix(error, "%s %s", module_kind_name((*at)->kind), (*at)->name);
    return 0;
}

static void try(int copy, struct note *note, module_check check)
{
    void *handle;
    const struct plugin *plugin;
    note->stage = LOADING;
    if (plugin_open(copy, &handle, &plugin, &note->error)) {
        note->stage = REFUSED;
        return;
    }
    note->stage = READING;
    if (check_modules(plugin, check, &note->error)) {
        note->stage = REFUSED;
        return;
    }
    note->stage = UNLOADING;
    dlclose(handle);
    note->stage = PASSED;
}

static _Noreturn void live(const struct plugin_trial *trials, struct note *notes, size_t count,
                           int result, module_check check)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        signal(fatal[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0); /* no core file for what is expected */
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = STDIN_FILENO; nowhere >= 0 && stream <= STDERR_FILENO; stream++)
        dup2(nowhere, stream);
    for (size_t i = 0; i < count; i++)
        try(trials[i].copy, &notes[i], check);
    while (write(result, "", 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

static struct child begin(const struct plugin_trial *trials, struct note *notes, size_t count,
                          module_check check)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return (struct child){.process = -1, .problem = errno};
    struct child child = {.process = fork(), .result = ends[0]};
    if (child.process == 0)
        live(trials, notes, count, ends[1], check);
    child.problem = errno;
    close(ends[1]);
    if (child.process < 0)
        close(ends[0]);
    return child;
}

struct end {
    bool came_back, in_time;
    int status; /* waitpid's */
};

/* Waits until the child has come back or ended, or clock_seconds is DEADLINE. */
static struct end wait_for(const struct child *child, double deadline)
{
    struct pollfd stream = {.fd = child->result, .events = POLLIN};
    struct end end = {0};
    char byte;
    int count;
    do {
        double left = (deadline - clock_seconds()) * 1000;
        count = poll(&stream, 1, left > 0 ? (int)left + 1 : 0);
    } while (count < 0 && errno == EINTR);
    end.in_time = count != 0;
    end.came_back = count > 0 && read(child->result, &byte, 1) == 1;
    close(child->result);
    if (!end.in_time)
        kill(child->process, SIGKILL);
    while (waitpid(child->process, &end.status, 0) < 0 && errno == EINTR)
        ;
    return end;
}

static const char *while_it_is(enum stage stage)
{
    return stage == LOADING   ? "while it is loaded"
           : stage == READING ? "while its modules are looked at"
                              : "while it is unloaded";
}

/* What became of a child that tried one plugin and did not come back. */
static void report_end(const struct note *note, const struct end *end, struct error *error)
{
    const char *when = while_it_is(note->stage);
    if (!end->in_time)
        error_set(error, ERROR_FAILED, "does not come back within %d s %s", PLUGIN_TRIAL_SECONDS,
                  when);
    else if (WIFSIGNALED(end->status))
        error_set(error, ERROR_FAILED, "crashes %s (%s)", when, strsignal(WTERMSIG(end->status)));
    else
        error_set(error, ERROR_FAILED, "ends the process %s (exit status %d)", when,
                  WEXITSTATUS(end->status));
}

static void take_note(struct plugin_trial *trial, const struct note *note)
{
    trial->is_refused = note->stage != PASSED;
    if (trial->is_refused)
        trial->error = note->error;
    trial->error.text[sizeof trial->error.text - 1] = '\0';
}

static bool try_together(struct plugin_trial *trials, struct note *notes, size_t count,
                         module_check check)
{
    double deadline = clock_seconds() + PLUGIN_TRIAL_SECONDS;
    struct child child = begin(trials, notes, count, check);
    if (child.process < 0 || !wait_for(&child, deadline).came_back)
        return false;
    for (size_t i = 0; i < count; i++)
        take_note(&trials[i], &notes[i]);
    return true;
}

static void try_apart(struct plugin_trial *trials, struct note *notes, size_t count,
                      module_check check)
{
    struct child *children = memory_array(count, sizeof *children);
    double deadline = clock_seconds() + PLUGIN_TRIAL_SECONDS;
    for (size_t i = 0; i < count; i++) {
        notes[i].stage = LOADING;
        children[i] = begin(&trials[i], &notes[i], 1, check);
    }
    for (size_t i = 0; i < count; i++) {
        trials[i].is_refused = true;
        if (children[i].process < 0) {
            error_system(&trials[i].error, ERROR_FAILED, children[i].problem, "cannot be tried");
            continue;
        }
        struct end end = wait_for(&children[i], deadline);
        if (end.came_back)
            take_note(&trials[i], &notes[i]);
        else
            report_end(&notes[i], &end, &trials[i].error);
    }
    memory_free(children);
}

void plugin_trials_run(struct plugin_trial *trials, size_t count, module_check check)
{
    size_t size = count * sizeof(struct note);
    if (count == 0)
        return;
    struct note *notes =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (notes == MAP_FAILED) {
        for (size_t i = 0; i < count; i++) {
            trials[i].is_refused = true;
            error_system(&trials[i].error, ERROR_FAILED, errno, "cannot be tried");
        }
        return;
    }
    if (!try_together(trials, notes, count, check))
        try_apart(trials, notes, count, check);
    munmap(notes, size);
}
