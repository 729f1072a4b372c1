#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

void process_output_release(struct process_output *output)
{
    text_release(&output->output);
    text_release(&output->errors);
}

/* Reads what is there; false at the end of the stream. */
static bool drain(int descriptor, struct text *text)
{
    char buffer[16384];
    ssize_t count = read(descriptor, buffer, sizeof buffer);
    if (count < 0)
        return errno == EINTR || errno == EAGAIN;
    size_t room = PROCESS_OUTPUT_LIMIT - text->length;
    text_add_bytes(text, buffer, (size_t)count < room ? (size_t)count : room);
    return count > 0;
}

static void collect(int out, int err, struct process_output *output)
{
    struct pollfd streams[2] = {{.fd = out, .events = POLLIN}, {.fd = err, .events = POLLIN}};
    struct text *texts[2] = {&output->output, &output->errors};
    while (streams[0].fd >= 0 || streams[1].fd >= 0) {
        if (poll(streams, 2, -1) < 0) {
            if (errno != EINTR)
                return;
            continue;
        }
        for (int i = 0; i < 2; i++)
            if (streams[i].fd >= 0 && streams[i].revents && !drain(streams[i].fd, texts[i]))
                streams[i].fd = -1;
    }
}

/* As execvp, but for a file that is no program: execvp would give it to the shell, line by line. */
static void execute(const char *const *arguments)
{
    char *const *words = (char *const *)(uintptr_t)arguments;
    const char *name = words[0], *folders = getenv("PATH");
    char path[PATH_MAX];
    int failure = ENOENT;
    if (!*name || strchr(name, '/')) {
        execv(name, words);
        return;
    }
    for (const char *at = folders ? folders : "/bin:/usr/bin"; at;) {
        size_t length = strcspn(at, ":");
        int size = snprintf(path, sizeof path, "%.*s%s%s", (int)length, at, length ? "/" : "./",
                            name); /* an empty entry is the present folder */
        if (length < sizeof path && size > 0 && (size_t)size < sizeof path) {
            execv(path, words);
            if (errno != ENOENT && errno != ENOTDIR)
                failure = errno;
            if (failure != ENOENT && failure != EACCES)
                break;
        }
        at = at[length] ? at + length + 1 : NULL;
    }
    errno = failure;
}

/* What the new process does; where the program cannot be started, the reason goes to REPORT. When
 * this program is ended, however that is, nobody reads the other one's output: it ends, too. */
static _Noreturn void become(const char *const *arguments, const char *folder, int out, int err,
                             int report, pid_t parent)
{
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0 &&
        dup2(err, STDERR_FILENO) >= 0 && (!folder || chdir(folder) == 0)) {
        if (nothing != STDIN_FILENO)
            close(nothing);
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() == parent)
            execute(arguments);
    }
    int failure = errno;
    ssize_t told = write(report, &failure, sizeof failure);
    _exit(told == sizeof failure ? 127 : 126);
}

/* Starts the program with its output to OUT and ERR; 0, or an errno value. */
static int spawn(pid_t *pid, const char *const *arguments, const char *folder, int out, int err)
{
    int report[2], failure = 0;
    if (pipe2(report, O_CLOEXEC) != 0)
        return errno;
    pid_t parent = getpid();
    *pid = fork();
    if (*pid == 0)
        become(arguments, folder, out, err, report[1], parent);
    if (*pid < 0)
        failure = errno;
    close(report[1]);
    ssize_t told = 0;
    while (*pid > 0 && (told = read(report[0], &failure, sizeof failure)) < 0 && errno == EINTR)
        ;
    close(report[0]);
    if (told == sizeof failure)
        while (waitpid(*pid, NULL, 0) < 0 && errno == EINTR)
            ;
    return failure;
}

int process_run(const char *const *arguments, const char *folder, struct process_output *output,
                struct error *error)
{
    *output = (struct process_output){0};
    int out[2], err[2];
    if (pipe2(out, O_CLOEXEC) != 0)
        return error_system(error, ERROR_FAILED, errno, "cannot make a pipe");
    if (pipe2(err, O_CLOEXEC) != 0) {
        close(out[0]);
        close(out[1]);
        return error_system(error, ERROR_FAILED, errno, "cannot make a pipe");
    }
    pid_t pid = 0;
    int failure = spawn(&pid, arguments, folder, out[1], err[1]);
    close(out[1]);
    close(err[1]);
    if (failure == 0)
        collect(out[0], err[0], output);
    close(out[0]);
    close(err[0]);
    if (failure != 0)
        return error_system(error, failure == ENOENT ? ERROR_NOT_FOUND : ERROR_FAILED, failure,
                            "cannot start %s", arguments[0]);
    int status;
    while (waitpid(pid, &status, 0) < 0) {
        if (errno == EINTR)
            continue;
        process_output_release(output);
        return error_system(error, ERROR_FAILED, ECHILD, "cannot learn how %s ended", arguments[0]);
    }
    output->status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    return 0;
}

/* What /proc tells of PID from the end of field 2 on, the program's name, which may hold anything,
 * even line ends; NULL where it tells nothing. */
static const char *read_fields(pid_t pid, char *line, size_t size)
{
    snprintf(line, size, "/proc/%ld/stat", (long)pid);
    FILE *file = fopen(line, "re");
    if (!file)
        return NULL;
    size_t length = fread(line, 1, size - 1, file);
    line[length] = '\0';
    fclose(file);
    return strrchr(line, ')');
}

/* The state is field 3. What has ended (Z, X) stays until its parent asks for it. */
static bool has_ended(const char *fields)
{
    return text_starts_with(fields, ") Z") || text_starts_with(fields, ") X");
}

/* Field NUMBER, from 4 on, or 0. */
static uint64_t read_number(const char *fields, int number)
{
    const char *at = fields;
    for (int field = 2; at && field < number; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at + 1, NULL, 10) : 0;
}

enum { FIELD_PARENT = 4, FIELD_START = 22 };

uint64_t process_start_time(pid_t pid)
{
    char line[1024];
    const char *fields = read_fields(pid, line, sizeof line);
    return fields && !has_ended(fields) ? read_number(fields, FIELD_START) : 0;
}

/* The name of the program in LINE, in brackets before FIELDS. */
static struct text copy_name(const char *line, const char *fields)
{
    struct text name = {0};
    const char *begin = strchr(line, '(');
    if (begin && begin < fields)
        text_add_bytes(&name, begin, (size_t)(fields - begin));
    return name;
}

uint64_t process_unasked_start_time(pid_t pid)
{
    char line[1024], parent_line[1024];
    const char *fields = read_fields(pid, line, sizeof line);
    if (!fields || !has_ended(fields))
        return 0;
    pid_t parent = (pid_t)read_number(fields, FIELD_PARENT);
    const char *parent_fields = read_fields(parent, parent_line, sizeof parent_line);
    if (!parent_fields || has_ended(parent_fields))
        return 0;
    struct text name = copy_name(line, fields);
    struct text parent_name = copy_name(parent_line, parent_fields);
    bool is_same = text_equal(text_get(&name), text_get(&parent_name));
    text_release(&name);
    text_release(&parent_name);
    return is_same ? read_number(fields, FIELD_START) : 0;
}

bool process_is_gone(pid_t pid)
{
    char line[1024];
    const char *fields = read_fields(pid, line, sizeof line);
    if (fields)
        return has_ended(fields);
    /* For kill, 0 and less are groups of processes. */
    return pid <= 0 || (kill(pid, 0) != 0 && errno == ESRCH);
}

void process_boot_id(struct text *text)
{
    char line[64] = "";
    FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");
    if (!file)
        return;
    if (fgets(line, sizeof line, file))
        line[strcspn(line, "\n")] = '\0';
    fclose(file);
    text_add(text, line);
}
