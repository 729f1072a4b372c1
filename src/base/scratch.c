#include "base/scratch.h"

#include "base/file.h"
#include "base/memory.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* For the handler of signals, which can take no argument. */
static char current[PATH_MAX];
static const int signals[] = {SIGINT, SIGTERM};
enum { SIGNALS = sizeof signals / sizeof signals[0] };
static struct sigaction before[SIGNALS];

/* An entry of a folder as the kernel gives it (getdents64(2)). */
struct entry {
    uint64_t inode, offset;
    unsigned short size;
    unsigned char type;
    char name[];
};

/* With system calls alone, for what opendir uses may be half-way through something else. */
static void remove_files(int folder)
{
    static _Alignas(struct entry) char buffer[8192];
    long size;
    lseek(folder, 0, SEEK_SET);
    while ((size = syscall(SYS_getdents64, folder, buffer, sizeof buffer)) > 0)
        for (long at = 0; at < size;) {
            const struct entry *entry = (const void *)(buffer + at);
            if (strcmp(entry->name, ".") != 0 && strcmp(entry->name, "..") != 0)
                unlinkat(folder, entry->name, 0);
            at += entry->size;
        }
}

/* A program that draws in the folder lives until this one has ended, and may make another file. */
static void on_signal(int number)
{
    (void)number;
    enum { TRIES = 100 };
    int folder = open(current, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    for (int i = 0; folder >= 0 && i < TRIES; i++) {
        remove_files(folder);
        if (rmdir(current) == 0 || errno != ENOTEMPTY)
            break;
    }
    _exit(ERROR_INTERRUPTED);
}

static void watch_signals(void)
{
    struct sigaction action = {.sa_handler = on_signal};
    sigemptyset(&action.sa_mask);
    for (int i = 0; i < SIGNALS; i++) {
        sigaddset(&action.sa_mask, signals[i]);
        sigaction(signals[i], NULL, &before[i]);
    }
    for (int i = 0; i < SIGNALS; i++)
        if (before[i].sa_handler != SIG_IGN)
            sigaction(signals[i], &action, NULL);
}

static void leave_signals(void)
{
    for (int i = 0; i < SIGNALS; i++)
        sigaction(signals[i], &before[i], NULL);
    *current = '\0';
}

char *scratch_make(struct error *error)
{
    const char *place = getenv("TMPDIR");
    char *folder = text_format("%s/unroll-XXXXXX", place && *place ? place : "/tmp");
    sigset_t both, old;
    sigemptyset(&both);
    for (int i = 0; i < SIGNALS; i++)
        sigaddset(&both, signals[i]);
    sigprocmask(SIG_BLOCK, &both, &old);
    bool is_made = strlen(folder) < sizeof current && mkdtemp(folder);
    int failure = strlen(folder) < sizeof current ? errno : ENAMETOOLONG;
    if (is_made) {
        snprintf(current, sizeof current, "%s", folder);
        watch_signals();
    }
    sigprocmask(SIG_SETMASK, &old, NULL);
    if (is_made)
        return folder;
    error_system(error, ERROR_FAILED, failure, "%s: cannot be made", folder);
    memory_free(folder);
    return NULL;
}

void scratch_remove(const char *folder)
{
    file_remove_tree(folder, NULL);
    leave_signals();
}

void scratch_keep(const char *folder)
{
    if (text_equal(folder, current))
        leave_signals();
}
