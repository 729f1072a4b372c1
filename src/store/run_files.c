#include "store/run_files.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/process.h"
#include "base/text.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { ID_DIGITS = 12 };
#define PART_ENDING ".tmp"

static const char *skip_digits(const char *at)
{
    return at + strspn(at, "0123456789");
}

bool run_files_is_id(const char *name)
{
    if (strspn(name, "0123456789abcdef") != ID_DIGITS)
        return false;
    const char *at = name + ID_DIGITS;
    return !*at || (*at == '-' && at[1] && !*skip_digits(at + 1));
}

bool run_files_is_checkpoint(const char *name)
{
    const char *at = NULL;
    if (text_equal(name, LAST_WORD))
        return true;
    if (text_starts_with(name, "step-"))
        at = skip_digits(name + strlen("step-"));
    else if (text_starts_with(name, "final"))
        at = name + strlen("final");
    if (!at || !text_starts_with(at, CHECKPOINT_ENDING))
        return false;
    at += strlen(CHECKPOINT_ENDING);
    return !*at || (*at == '.' && text_equal(skip_digits(at + 1), PART_ENDING));
}

char *run_files_last_word(const char *folder, int64_t pid)
{
    char line[2048], beginning[64];
    char *path = file_join(folder, LAST_WORD);
    int descriptor = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    ssize_t size = descriptor < 0 ? 0 : read(descriptor, line, sizeof line - 1);
    if (descriptor >= 0)
        close(descriptor);
    memory_free(path);
    line[size > 0 ? size : 0] = '\0';
    char *end = strchr(line, '\n');
    int length = snprintf(beginning, sizeof beginning, "process %lld: ", (long long)pid);
    if (!end || !text_starts_with(line, beginning)) /* cut off, or of an attempt before */
        return NULL;
    *end = '\0';
    struct text word = {0};
    printable_add(&word, line + length);
    return text_take(&word);
}

/* Whether the process that a part names lives and is older than the part's last change: a younger
 * one only has the same number. */
static bool is_being_written(const char *name, const struct stat *status)
{
    if (!text_ends_with(name, PART_ENDING))
        return false;
    const char *number = strstr(name, CHECKPOINT_ENDING) + strlen(CHECKPOINT_ENDING ".");
    uint64_t ticks = process_start_time((pid_t)strtol(number, NULL, 10));
    struct timespec since_boot;
    if (!ticks || clock_gettime(CLOCK_BOOTTIME, &since_boot) != 0)
        return ticks != 0;
    double age = (double)since_boot.tv_sec - (double)ticks / (double)sysconf(_SC_CLK_TCK);
    return (double)status->st_mtime > clock_wall() - age - 2;
}

/* Deletes NAME within the open FOLDER. Returns whether it stays there. */
static bool sweep_file(int folder, const char *folder_path, const char *name, const char *why,
                       struct sweep *sweep)
{
    struct stat status;
    if (fstatat(folder, name, &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno != ENOENT;
    if (S_ISDIR(status.st_mode) || is_being_written(name, &status))
        return true;
    char *path = file_join(folder_path, name);
    int errnum = sweep->is_dry || unlinkat(folder, name, 0) == 0 ? 0 : errno;
    if (errnum == 0) {
        sweep->files++;
        sweep->bytes += status.st_size;
        if (sweep->tell)
            sweep->tell(path, status.st_size, why);
    } else if (errnum != ENOENT) {
        sweep->failures++;
        log_warning("%s: cannot be deleted: %s", path, strerror(errnum));
    }
    memory_free(path);
    return errnum != 0 && errnum != ENOENT;
}

static void sweep_folder_itself(const char *path, bool is_empty, struct sweep *sweep)
{
    if (!is_empty) {
        log_note("%s: stays, for it holds files that are not checkpoints, or in use", path);
        return;
    }
    if (sweep->is_dry || rmdir(path) == 0) {
        sweep->folders++;
    } else if (errno != ENOENT && errno != ENOTEMPTY && errno != EEXIST) {
        sweep->failures++;
        log_warning("%s: cannot be deleted: %s", path, strerror(errno));
    }
}

void run_files_sweep(const char *folder, const char *kept, const char *why, bool is_whole,
                     struct sweep *sweep)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = descriptor < 0 ? NULL : fdopendir(descriptor);
    if (!entries) {
        if (descriptor >= 0)
            close(descriptor);
        else if (errno != ENOENT && errno != ENOTDIR && errno != ELOOP) {
            sweep->failures++;
            log_warning("%s: cannot be read: %s", folder, strerror(errno));
        }
        return;
    }
    bool is_empty = true;
    const struct dirent *entry;
    while ((entry = readdir(entries))) {
        const char *name = entry->d_name;
        if (text_equal(name, ".") || text_equal(name, ".."))
            continue;
        bool stays = text_equal(name, kept) || !run_files_is_checkpoint(name) ||
                     sweep_file(descriptor, folder, name,
                                text_ends_with(name, PART_ENDING) ? "written in part" : why, sweep);
        is_empty = is_empty && !stays;
    }
    closedir(entries);
    if (is_whole)
        sweep_folder_itself(folder, is_empty, sweep);
}
