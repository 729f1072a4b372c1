#include "bench/torch.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

void torch_start(struct torch *torch, const char *program)
{
    int to[2], from[2];
    memset(torch, 0, sizeof *torch);
    if (pipe2(to, 0) != 0 || pipe2(from, 0) != 0)
        return;
    torch->pid = fork();
    if (torch->pid == 0) {
        dup2(to[0], STDIN_FILENO);
        dup2(from[1], STDOUT_FILENO);
        for (int i = 0; i < 2; i++) {
            close(to[i]);
            close(from[i]);
        }
        execlp(program, program, "tests/bench/torch_workloads.py", (char *)NULL);
        _exit(127);
    }
    close(to[0]);
    close(from[1]);
    torch->in = fdopen(to[1], "w");
    torch->out = fdopen(from[0], "r");
    if (torch->pid < 0 || !fgets(torch->version, sizeof torch->version, torch->out))
        torch_stop(torch);
    torch->version[strcspn(torch->version, "\n")] = '\0';
}

void torch_stop(struct torch *torch)
{
    if (torch->in)
        fclose(torch->in);
    if (torch->out)
        fclose(torch->out);
    if (torch->pid > 0)
        waitpid(torch->pid, NULL, 0);
    memset(torch, 0, sizeof *torch);
}

double torch_train(struct torch *torch, const char *workload, int batch, int threads, int steps)
{
    char line[64];
    if (!torch->pid)
        return NAN;
    fprintf(torch->in, "%s %d %d %d\n", workload, batch, threads, steps);
    fflush(torch->in);
    if (fgets(line, sizeof line, torch->out))
        return strtod(line, NULL);
    torch_stop(torch); /* it died: no more of its figures */
    return NAN;
}
