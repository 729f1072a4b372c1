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

static bool is_same(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
           a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* The path of an open file. Caller frees; NULL where it cannot be told. */
static char *path_of(int descriptor)
{
    char name[32], path[PATH_MAX];
    snprintf(name, sizeof name, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(name, path, sizeof path - 1);
    return length > 0 ? text_format("%.*s", (int)length, path) : NULL;
}

/* Leads FILE, found through a link and open as DESCRIPTOR, to the folder in which it lies: whoever
 * can write there chooses what the link means. */
static int follow_link(struct plugin_file *file, int descriptor, struct error *error)
{
    char *path = path_of(descriptor), *folder = path ? file_folder(path) : NULL;
    int result = -1;
    file->folder = path ? plugin_folder_open(folder, error) : -1;
    file->owns_folder = file->folder >= 0;
    if (!path) {
        error_set(error, ERROR_FAILED, "it cannot be told where the link leads");
    } else if (file->folder < 0) {
        error_prefix(error, "is a link into a folder that is not trusted");
    } else {
        memory_free(file->name);
        file->name = memory_copy_text(strrchr(path, '/') + 1);
        result = plugin_file_has_changed(file)
                     ? error_set(error, ERROR_FAILED, "is a link that was changed just now")
                     : 0;
    }
    memory_free(folder);
    memory_free(path);
    return result;
}

static int read_content(struct plugin_file *file, int descriptor, struct error *error)
{
    struct file_map map = {.size = (size_t)file->status.st_size};
    void *bytes = NULL;
    if (map.size > 0 &&
        (bytes = mmap(NULL, map.size, PROT_READ, MAP_PRIVATE, descriptor, 0)) == MAP_FAILED)
        return error_system(error, ERROR_FAILED, errno, "cannot be mapped");
    map.bytes = bytes;
    int result = plugin_object_check(&map, &file->has_constructors, error);
    if (result == 0)
        hash_bytes(map.bytes, map.size, file->digest);
    file_map_close(&map);
    return result;
}

static int examine(struct plugin_file *file, int descriptor, struct error *error)
{
    struct stat entry;
    if (fstat(descriptor, &file->status) != 0 ||
        fstatat(file->folder, file->name, &entry, AT_SYMLINK_NOFOLLOW) != 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be read");
    if (!S_ISREG(file->status.st_mode))
        return error_set(error, ERROR_DATA, "is not a regular file");
    if (judge(&file->status, error))
        return -1;
    if (S_ISLNK(entry.st_mode) && follow_link(file, descriptor, error))
        return -1;
    return read_content(file, descriptor, error);
}

int plugin_file_open(struct plugin_file *file, int folder, const char *name, struct error *error)
{
    *file = (struct plugin_file){.folder = folder, .name = memory_copy_text(name)};
    /* Without O_NONBLOCK, a named pipe would be waited for. */
    int descriptor = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (descriptor < 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be opened");
    int result = examine(file, descriptor, error);
    close(descriptor);
    return result;
}

bool plugin_file_has_changed(const struct plugin_file *file)
{
    struct stat now;
    return fstatat(file->folder, file->name, &now, AT_SYMLINK_NOFOLLOW) != 0 ||
           !is_same(&now, &file->status);
}

void plugin_file_release(struct plugin_file *file)
{
    if (file->owns_folder)
        close(file->folder);
    memory_free(file->name);
    *file = (struct plugin_file){0};
}
