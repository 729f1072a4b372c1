#include "module/plugin_file.h"

#include "base/memory.h"
#include "base/text.h"
#include "module/plugin_object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OTHERS_WRITE = S_IWGRP | S_IWOTH };

/* Whether what has STATUS is this user's or root's, and nobody else can change it. */
static int judge(const struct stat *status, struct error *error)
{
    uid_t user = geteuid();
    if (status->st_uid != user && status->st_uid != 0)
        return error_set(error, ERROR_FAILED,
                         "belongs to user %u, neither to this user (%u) nor to root: make a copy "
                         "of your own, or change its owner",
                         (unsigned)status->st_uid, (unsigned)user);
    if (status->st_mode & OTHERS_WRITE)
        return error_set(error, ERROR_FAILED,
                         "can be written by others than its owner (mode %04o): chmod go-w",
                         (unsigned)status->st_mode & 07777U);
    return 0;
}

int plugin_folder_open(const char *folder, struct error *error)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return error_system(error, errno == ENOENT ? ERROR_NOT_FOUND : ERROR_FAILED, errno,
                            "%s: cannot be searched for plugins", folder);
    struct stat status;
    int result = fstat(descriptor, &status);
    if (result)
        error_system(error, ERROR_FAILED, errno, "cannot be searched for plugins");
    else
        result = judge(&status, error);
    if (result == 0)
        return descriptor;
    close(descriptor);
    return error_prefix(error, "%s", folder);
}

/* The folder in which the target of a link lies: whoever can write there chooses the target. */
static int judge_target_folder(int descriptor, struct error *error)
{
    char name[32], target[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, target, sizeof target - 1);
    if (length < 0)
        return error_system(error, ERROR_FAILED, errno, "it cannot be told where the link leads");
    target[length] = '\0';
    char *folder = file_folder(target);
    struct stat status;
    int result = stat(folder, &status);
    if (result)
        error_system(error, ERROR_FAILED, errno, "%s: cannot be looked at", folder);
    else if ((result = judge(&status, error)) != 0)
        error_prefix(error, "is a link into a folder that is not trusted: %s", folder);
    memory_free(folder);
    return result;
}

static int judge_file(int descriptor, const struct stat *status, bool is_link, struct error *error)
{
    if (!S_ISREG(status->st_mode))
        return error_set(error, ERROR_DATA, "is not a regular file");
    if (judge(status, error))
        return -1;
    return is_link ? judge_target_folder(descriptor, error) : 0;
}

static int read_content(struct plugin_file *file, size_t size, struct error *error)
{
    struct file_map map = {.size = size};
    void *bytes = NULL;
    if (size > 0 &&
        (bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file->descriptor, 0)) == MAP_FAILED)
        return error_system(error, ERROR_FAILED, errno, "cannot be mapped");
    map.bytes = bytes;
    int result = plugin_object_check(&map, &file->has_constructors, error);
    if (result == 0)
        hash_bytes(map.bytes, map.size, file->digest);
    file_map_close(&map);
    return result;
}

int plugin_file_open(struct plugin_file *file, int folder, const char *name, struct error *error)
{
    struct stat status, entry;
    *file = (struct plugin_file){.descriptor = -1};
    /* Without O_NONBLOCK, a named pipe would be waited for. */
    file->descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file->descriptor < 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be opened");
    if (fstat(file->descriptor, &status) != 0 ||
        fstatat(folder, name, &entry, AT_SYMLINK_NOFOLLOW) != 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be read");
    if (judge_file(file->descriptor, &status, S_ISLNK(entry.st_mode), error))
        return -1;
    return read_content(file, (size_t)status.st_size, error);
}

void plugin_file_release(struct plugin_file *file)
{
    if (file->descriptor >= 0)
        close(file->descriptor);
    file->descriptor = -1;
}
