#include "module/plugins.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "module/plugin_check.h"
#include "module/plugin_file.h"
#include "module/plugin_trial.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct loaded_plugin *plugins;
static size_t plugin_count;
static char **complaints;
static size_t complaint_count;
static struct plugin_folder *folders;
static size_t folder_count;
/* Folders of what was given to the loader, open until all is unloaded. It knows a file by the name
 * that it was loaded by: a number that was closed and used again for another folder would be taken
 * for the one before. */
static int *descriptors;
static size_t descriptor_count;

size_t plugins_loaded(const struct loaded_plugin **list)
{
    *list = plugins;
    return plugin_count;
}

const char *const *plugins_complaints(size_t *count)
{
    *count = complaint_count;
    return (const char *const *)complaints;
}

const struct plugin_folder *plugins_folders(size_t *count)
{
    *count = folder_count;
    return folders;
}

/* Keeps TEXT, which it takes over. */
static void complain(char *text)
{
    complaints = memory_grow(complaints, complaint_count + 1, sizeof *complaints);
    complaints[complaint_count++] = text;
}

/* A descriptor of the open FOLDER that stays open: the same one for all that lies in it; -1 where
 * there is none left. */
static int keep_open(int folder)
{
    struct stat wanted, kept;
    for (size_t i = 0; fstat(folder, &wanted) == 0 && i < descriptor_count; i++)
        if (fstat(descriptors[i], &kept) == 0 && kept.st_dev == wanted.st_dev &&
            kept.st_ino == wanted.st_ino)
            return descriptors[i];
    int descriptor = fcntl(folder, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (descriptor < 0)
        return -1;
    descriptors = memory_grow(descriptors, descriptor_count + 1, sizeof *descriptors);
    return descriptors[descriptor_count++] = descriptor;
}

/* What a plugin's own code prints while it is loaded or unloaded goes to stderr: stdout is for
 * results. Gives what end_aside needs, -1 where it could not be done. */
static int begin_aside(void)
{
    fflush(stdout);
    int saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (saved >= 0)
        dup2(STDERR_FILENO, STDOUT_FILENO);
    return saved;
}

static void end_aside(int saved)
{
    if (saved < 0)
        return;
    fflush(stdout);
    dup2(saved, STDOUT_FILENO);
    close(saved);
}

static bool is_loaded(const char *digest)
{
    for (size_t i = 0; i < plugin_count; i++)
        if (text_equal(plugins[i].digest, digest))
            return true;
    return false;
}

/* The loader's message without the name that only we gave the file. */
static int report_loader(const char *name, struct error *error)
{
    const char *text = dlerror();
    size_t length = strlen(name);
    if (text && strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0)
        text += length + 2;
    if (access(name, F_OK) != 0)
        text = "/proc is not mounted";
    return error_set(error, ERROR_FAILED, "cannot be loaded: %s", text ? text : "no reason given");
}

/* Fills LOADED but for its path; its handle must be closed after an error too. */
static int load_object(struct plugin_file *file, struct loaded_plugin *loaded, struct error *error)
{
    char name[NAME_MAX + 32];
    int folder = keep_open(file->folder);
    if (folder < 0)
        return error_system(error, ERROR_FAILED, errno, "cannot be loaded");
    snprintf(name, sizeof name, "/proc/self/fd/%d/%s", folder, file->name);
    memcpy(loaded->digest, file->digest, sizeof loaded->digest);
    if (file->has_constructors && plugin_trial(name, error))
        return -1;
    int aside = begin_aside();
    loaded->handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    end_aside(aside);
    if (!loaded->handle)
        return report_loader(name, error);
    if (plugin_file_has_changed(file))
        return error_set(error, ERROR_FAILED, "was changed while it was loaded: try again");
    loaded->plugin = dlsym(loaded->handle, PLUGIN_SYMBOL);
    if (!loaded->plugin)
        return error_set(error, ERROR_FAILED,
                         "does not export %s: is UNROLL_PLUGIN(...) at its end?", PLUGIN_SYMBOL);
    return plugin_check(loaded->plugin, error);
}

static void unload(struct loaded_plugin *loaded)
{
    int aside = begin_aside();
    if (loaded->handle)
        dlclose(loaded->handle);
    end_aside(aside);
    memory_free(loaded->path);
}

/* PATH is FOLDER/NAME. A file with the content of one that is loaded is that plugin, and is passed
 * over. */
static void load_file(int folder, const char *name, const char *path)
{
    struct plugin_file file;
    struct loaded_plugin loaded = {0};
    struct error error;
    int result = plugin_file_open(&file, folder, name, &error);
    bool is_new = result == 0 && !is_loaded(file.digest);
    if (is_new)
        result = load_object(&file, &loaded, &error);
    plugin_file_release(&file);
    if (result)
        complain(text_format("%s: %s", path, error.text));
    if (result || !is_new) {
        unload(&loaded);
        return;
    }
    loaded.path = memory_copy_text(path);
    plugins = memory_grow(plugins, plugin_count + 1, sizeof *plugins);
    plugins[plugin_count++] = loaded;
}

static int is_plugin_name(const struct dirent *entry)
{
    return text_ends_with(entry->d_name, ".so");
}

static void load_files(int descriptor, const char *folder)
{
    struct dirent **entries;
    int count = scandirat(descriptor, ".", &entries, is_plugin_name, alphasort);
    if (count < 0)
        complain(text_format("%s: cannot be searched for plugins: %s", folder, strerror(errno)));
    for (int i = 0; i < count; i++) {
        char *path = file_join(folder, entries[i]->d_name);
        load_file(descriptor, entries[i]->d_name, path);
        memory_free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

void plugins_load_folder(const char *path, const char *source)
{
    struct plugin_folder folder = {memory_copy_text(path), source, PLUGIN_FOLDER_SEARCHED, 0};
    size_t before = plugin_count;
    struct error error = {0};
    int descriptor = plugin_folder_open(path, &error);
    if (descriptor >= 0) {
        load_files(descriptor, path);
        close(descriptor);
    } else if (error.code == ERROR_NOT_FOUND) {
        folder.state = PLUGIN_FOLDER_ABSENT;
    } else {
        folder.state = PLUGIN_FOLDER_REFUSED;
        complain(memory_copy_text(error.text));
    }
    folder.plugins = plugin_count - before;
    folders = memory_grow(folders, folder_count + 1, sizeof *folders);
    folders[folder_count++] = folder;
}

void plugins_release(void)
{
    for (size_t i = 0; i < plugin_count; i++)
        unload(&plugins[i]);
    for (size_t i = 0; i < descriptor_count; i++)
        close(descriptors[i]);
    for (size_t i = 0; i < complaint_count; i++)
        memory_free(complaints[i]);
    for (size_t i = 0; i < folder_count; i++)
        memory_free(folders[i].path);
    memory_free(plugins);
    memory_free(descriptors);
    memory_free(complaints);
    memory_free(folders);
    plugins = NULL;
    descriptors = NULL;
    complaints = NULL;
    folders = NULL;
    plugin_count = descriptor_count = complaint_count = folder_count = 0;
}
