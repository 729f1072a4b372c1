#include "base/file.h"

#include "base/hash.h"
#include "base/memory.h"
#include "base/printable.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <pwd.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

char *file_join(const char *folder, const char *name)
{
    if (!folder || !*folder || name[0] == '/')
        return memory_copy_text(name);
    return text_format(text_ends_with(folder, "/") ? "%s%s" : "%s/%s", folder, name);
}

char *file_in_home(const char *name)
{
    const char *home = getenv("HOME");
    if (!home || !*home) {
        const struct passwd *user = getpwuid(getuid());
        home = user ? user->pw_dir : NULL;
    }
    return file_join(home, name);
}

char *file_folder(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (!slash)
        return memory_copy_text(".");
    if (slash == path)
        return memory_copy_text("/");
    return text_format("%.*s", (int)(slash - path), path);
}

char *file_stem(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *stem = memory_copy_text(slash ? slash + 1 : path);
    char *dot = strrchr(stem, '.');
    if (dot && dot != stem)
        *dot = '\0';
    return stem;
}

/* The length in bytes of the character at NAME, and whether a file's name shows it as it is. Spaces
 * of all widths are refused: such names are hard to write, and to tell apart. */
static size_t read_character(const char *name, bool *is_usual)
{
    static const char usual[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    unsigned long code = 0;
    size_t length = printable_decode(name, &code);
    *is_usual = code < 0x80 ? strchr(usual, *name) != NULL : false;
    if (length > 1) {
        struct text shown = {0};
        char *character = text_format("%.*s", (int)length, name);
        bool is_space = code == 0xA0 || code == 0x1680 || (code >= 0x2000 && code <= 0x200F) ||
                        (code >= 0x2028 && code <= 0x202F) || (code >= 0x205F && code <= 0x206F) ||
                        code == 0x3000 || code == 0xFEFF;
        printable_add(&shown, character);
        *is_usual = !is_space && text_equal(text_get(&shown), character);
        memory_free(character);
        text_release(&shown);
    }
    return length ? length : 1;
}

void file_add_name(struct text *path, const char *name)
{
    enum { LONGEST = 100, DIGITS = 8 };
    size_t begin = path->length;
    bool is_whole = *name != '\0';
    for (const char *at = name; *at;) {
        bool is_usual;
        size_t length = read_character(at, &is_usual);
        is_usual = is_usual && !(at == name && *at == '.');
        is_whole = is_whole && is_usual && path->length - begin + length <= LONGEST;
        if (path->length - begin + length > LONGEST)
            break;
        if (is_usual)
            text_add_bytes(path, at, length);
        else
            text_add_char(path, '-');
        at += length;
    }
    if (is_whole)
        return;
    char digits[HASH_TEXT_SIZE];
    hash_bytes(name, strlen(name), digits);
    text_add_format(path, "-%.*s", DIGITS, digits);
}

bool file_exists(const char *path)
{
    return access(path, F_OK) == 0;
}

bool file_is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

bool file_is_regular(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

int file_remove_tree(const char *path, struct error *error)
{
    enum { OPEN_FOLDERS = 16 };
    if (nftw(path, remove_entry, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS) == 0 || errno == ENOENT)
        return 0;
    return error_system(error, ERROR_FAILED, errno, "%s: cannot be removed", path);
}

static int open_folder_of(const char *path)
{
    char *folder = file_folder(path);
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    memory_free(folder);
    return descriptor;
}

/* A new name is on the disk for good only when its folder is. Where that cannot be had (some
 * network file systems), the name is there all the same. */
static void sync_folder_of(const char *path)
{
    int descriptor = open_folder_of(path);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

int file_make_folders(const char *path, struct error *error)
{
    char *copy = memory_copy_text(path);
    int result = 0;
    for (char *at = copy; result == 0 && *at; at++) {
        if (at[1] != '/' && at[1] != '\0')
            continue;
        char next = at[1];
        at[1] = '\0';
        int errnum = mkdir(copy, 0777) == 0 ? 0 : errno;
        if (!errnum)
            sync_folder_of(copy);
        else if (!file_is_folder(copy))
            result = error_system(error, ERROR_FAILED, errnum == EEXIST ? ENOTDIR : errnum,
                                  "cannot make the folder %s", copy);
        at[1] = next;
    }
    memory_free(copy);
    return result;
}

static enum error_code code_of(int errnum)
{
    return errnum == ENOENT || errnum == ENOTDIR ? ERROR_NOT_FOUND : ERROR_FAILED;
}

static int read_all(int descriptor, const char *path, size_t limit, struct text *text,
                    struct error *error)
{
    char buffer[65536];
    text_clear(text);
    for (;;) {
        ssize_t count = read(descriptor, buffer, sizeof buffer);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return error_system(error, code_of(errno), errno, "%s: cannot be read", path);
        if (count == 0)
            return 0;
        text_add_bytes(text, buffer, (size_t)count);
        if (text->length > limit)
            return error_set(error, ERROR_USAGE, "%s: larger than the limit of %zu bytes", path,
                             limit);
    }
}

int file_read(const char *path, size_t limit, struct text *text, struct error *error)
{
    if (strcmp(path, "-") == 0)
        return read_all(STDIN_FILENO, "standard input", limit, text, error);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return error_system(error, code_of(errno), errno, "%s: cannot be opened", path);
    int result = read_all(descriptor, path, limit, text, error);
    close(descriptor);
    return result;
}

static int write_all(int descriptor, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t count = write(descriptor, bytes, size);
        if (count < 0 && errno == EINTR)
            continue;
        if (count < 0)
            return -1;
        bytes += count;
        size -= (size_t)count;
    }
    return 0;
}

/* Writes PATH with the mode of the file OLD, where there is one. */
static int write_file(const char *path, const char *old, const void *bytes, size_t size)
{
    struct stat status;
    bool is_there = stat(old, &status) == 0 && S_ISREG(status.st_mode);
    int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, is_there ? 0600 : 0666);
    if (descriptor < 0)
        return -1;
    /* Where the file system knows no modes, there is none to keep. */
    int ignored = is_there ? fchmod(descriptor, status.st_mode & 0777) : 0;
    (void)ignored;
    int result = write_all(descriptor, bytes, size) == 0 && fsync(descriptor) == 0 ? 0 : -1;
    int errnum = errno;
    if (close(descriptor) != 0 && result == 0)
        return -1;
    errno = errnum;
    return result;
}

int file_replace(const char *path, const void *bytes, size_t size, struct error *error)
{
    /* Opened first: once the file has its name, nothing but the disk itself may fail. */
    int folder = open_folder_of(path);
    if (folder < 0)
        return error_system(error, ERROR_FAILED, errno, "%s: cannot be written", path);
    char *temporary = text_format("%s.%ld.tmp", path, (long)getpid());
    int result = write_file(temporary, path, bytes, size);
    if (result == 0)
        result = rename(temporary, path) == 0 && fsync(folder) == 0 ? 0 : -1;
    if (result != 0) {
        error_system(error, ERROR_FAILED, errno, "%s: cannot be written", path);
        unlink(temporary);
    }
    close(folder);
    memory_free(temporary);
    return result;
}

int file_map_open(struct file_map *map, const char *path, struct error *error)
{
    *map = (struct file_map){0};
    /* Without O_NONBLOCK, a named pipe would be waited for. */
    int descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor < 0)
        return error_system(error, code_of(errno), errno, "%s: cannot be opened", path);
    struct stat status;
    int result = 0;
    if (fstat(descriptor, &status) != 0) {
        result = error_system(error, code_of(errno), errno, "%s: cannot be read", path);
    } else if (!S_ISREG(status.st_mode)) {
        result = error_set(error, ERROR_DATA, "%s: is not a regular file", path);
    } else if (status.st_size > 0) {
        size_t size = (size_t)status.st_size;
        void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, descriptor, 0);
        if (bytes == MAP_FAILED)
            result = error_system(error, code_of(errno), errno, "%s: cannot be mapped", path);
        else
            *map = (struct file_map){.bytes = bytes, .size = size};
    }
    close(descriptor);
    return result;
}

void file_map_close(struct file_map *map)
{
    if (map->bytes)
        munmap((void *)(uintptr_t)map->bytes, map->size);
    *map = (struct file_map){0};
}
