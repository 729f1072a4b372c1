#include "module/plugin_file.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "module/plugin_object.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#ifdef MFD_NOEXEC_SEAL
#define NO_PROGRAM MFD_NOEXEC_SEAL
#else
#define NO_PROGRAM 0x8U /* later than this C library */
#endif

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

/* Whether there is nothing at FOLDER, as PROBLEM, open's errno value, says: a file that stands in
 * its place is something. */
static bool is_absent(const char *folder, int problem)
{
    return problem == ENOENT || (problem == ENOTDIR && !file_exists(folder));
}

int plugin_folder_open(const char *folder, struct error *error)
{
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0) {
        int problem = errno;
        error_system(error, is_absent(folder, problem) ? ERROR_NOT_FOUND : ERROR_FAILED, problem,
                     "%s: cannot be searched for plugins", folder);
        errno = problem;
        return -1;
    }
    struct stat status;
    int result = fstat(descriptor, &status);
    if (result)
        error_system(error, ERROR_FAILED, errno, "cannot be searched for plugins");
    else
        result = judge(&status, error);
    if (result == 0)
        return descriptor;
    close(descriptor);
    error_prefix(error, "%s", folder);
    errno = 0;
    return -1;
}

/* The path of an open file. Caller frees; NULL where it cannot be told. */
static char *path_of(int descriptor)
{
    char name[32], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, sizeof path - 1);
    return length > 0 ? text_format("%.*s", (int)length, path) : NULL;
}

/* The file with STATUS, open as DESCRIPTOR, was found through a link: whoever can write to the
 * folder in which it lies chooses what the link means. */
static int judge_link(int descriptor, const struct stat *status, struct error *error)
{
    char *path = path_of(descriptor), *parent = path ? file_folder(path) : NULL;
    int folder = path ? plugin_folder_open(parent, error) : -1, result = -1;
    struct stat entry;
    if (!path)
        error_set(error, ERROR_FAILED, "it cannot be told where the link leads");
    else if (folder < 0)
        error_prefix(error, "is a link into a folder that is not trusted");
    else if (fstatat(folder, strrchr(path, '/') + 1, &entry, AT_SYMLINK_NOFOLLOW) != 0 ||
             entry.st_dev != status->st_dev || entry.st_ino != status->st_ino)
        error_set(error, ERROR_FAILED, "is a link that was changed just now");
    else
        result = 0;
    if (folder >= 0)
        close(folder);
    memory_free(parent);
    memory_free(path);
    return result;
}

static int examine(int descriptor, int folder, const char *name, struct error *error)
{
    struct stat status, entry;
    if (fstat(descriptor, &status) != 0 || fstatat(folder, name, &entry, AT_SYMLINK_NOFOLLOW) != 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be read");
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_DATA, "is not a regular file");
    if (judge(&status, error))
        return -1;
    return S_ISLNK(entry.st_mode) ? judge_link(descriptor, &status, error) : 0;
}

/* An empty file in memory, under NAME where the kernel lists what is mapped. Where one may not be
 * run as a program, it is made so; an older kernel does not know that. */
static int make_copy(const char *name)
{
    int copy = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | NO_PROGRAM);
    return copy < 0 && errno == EINVAL ? memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING) : copy;
}

static int write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(descriptor, bytes, size);
        if (written < 0 && errno != EINTR)
            return -1;
        bytes += written > 0 ? written : 0;
        size -= (size_t)(written > 0 ? written : 0);
    }
    return 0;
}

/* Copies DESCRIPTOR's content to COPY and closes COPY to writers for good. *SIZE: how much. */
static int fill_copy(int copy, int descriptor, size_t *size, struct error *error)
{
    char buffer[1 << 16];
    ssize_t count;
    for (*size = 0; (count = read(descriptor, buffer, sizeof buffer)) != 0;
         *size += (size_t)count) {
        if (count < 0 && errno == EINTR) {
            count = 0;
            continue;
        }
        if (count < 0)
            return error_system(error, ERROR_FAILED, errno, "cannot be read");
        if (*size + (size_t)count > PLUGIN_BYTES_LIMIT)
            return error_set(error, ERROR_DATA, "is larger than %d MiB", PLUGIN_BYTES_LIMIT >> 20);
        if (write_all(copy, buffer, (size_t)count) != 0)
            return error_system(error, ERROR_FAILED, errno, "cannot be copied to memory");
    }
    if (fcntl(copy, F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be copied to memory");
    return 0;
}

static int check_copy(struct plugin_file *file, size_t size, struct error *error)
{
    struct file_map map = {.size = size};
    void *bytes = NULL;
    if (size > 0 && (bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, file->copy, 0)) == MAP_FAILED)
        return error_system(error, ERROR_FAILED, errno, "cannot be mapped");
    map.bytes = bytes;
    int result = plugin_object_check(&map, error);
    if (result == 0)
        hash_bytes(map.bytes, map.size, file->digest);
    file_map_close(&map);
    return result;
}

static int copy_file(struct plugin_file *file, int descriptor, const char *name,
                     struct error *error)
{
    size_t size = 0;
    file->copy = make_copy(name);
    if (file->copy < 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be copied to memory");
    if (fill_copy(file->copy, descriptor, &size, error))
        return -1;
    return check_copy(file, size, error);
}

int plugin_file_open(struct plugin_file *file, int folder, const char *name, struct error *error)
{
    *file = (struct plugin_file){.copy = -1};
    /* Without O_NONBLOCK, a named pipe would be waited for. */
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be opened");
    int result = examine(descriptor, folder, name, error);
    if (result == 0)
        result = copy_file(file, descriptor, name, error);
    close(descriptor);
    return result;
}

void plugin_file_release(struct plugin_file *file)
{
    if (file->copy >= 0)
        close(file->copy);
    *file = (struct plugin_file){.copy = -1};
}
