#include "module/plugin_trial.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the child: one byte on RESULT says that loading came back. */
static _Noreturn void try(const char *name, int result)
{
    static const int fatal[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    for (size_t i = 0; i < sizeof fatal / sizeof fatal[0]; i++)
        signal(fatal[i], SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0); /* no core file for what is expected */
    int nowhere = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = STDIN_FILENO; nowhere >= 0 && stream <= STDERR_FILENO; stream++)
        dup2(nowhere, stream);
    dlopen(name, RTLD_NOW | RTLD_LOCAL);
    while (write(result, "", 1) < 0 && errno == EINTR)
        ;
    _exit(0);
}

/* Whether the child says that it came back; *IN_TIME whether it said anything or ended. */
static bool wait_for(int result, bool *in_time)
{
    struct pollfd stream = {.fd = result, .events = POLLIN};
    char byte;
    int count;
    do
        count = poll(&stream, 1, PLUGIN_TRIAL_SECONDS * 1000);
    while (count < 0 && errno == EINTR);
    *in_time = count != 0;
    return count > 0 && read(result, &byte, 1) == 1;
}

int plugin_trial(const char *name, struct error *error)
{
    int ends[2], status = 0;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    pid_t child = fork();
    if (child == 0)
        try(name, ends[1]);
    close(ends[1]);
    bool in_time = true, came_back = child < 0 || wait_for(ends[0], &in_time);
    close(ends[0]);
    if (child < 0)
        return 0;
    if (!in_time)
        kill(child, SIGKILL);
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    if (came_back)
        return 0;
    if (!in_time)
        return error_set(error, ERROR_FAILED, "does not come back from being loaded in %d s",
                         PLUGIN_TRIAL_SECONDS);
    if (WIFSIGNALED(status))
        return error_set(error, ERROR_FAILED, "crashes while it is loaded (%s)",
                         strsignal(WTERMSIG(status)));
    return error_set(error, ERROR_FAILED, "ends the process while it is loaded (exit status %d)",
                     WEXITSTATUS(status));
}
