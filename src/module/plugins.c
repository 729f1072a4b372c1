#include "module/plugins.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "module/plugin_check.h"
#include "module/plugin_file.h"
#include "module/plugin_open.h"
#include "module/plugin_trial.h"

#include <dirent.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct loaded_plugin *plugins;
static size_t plugin_count;
static char **complaints;
static size_t complaint_count;
static struct plugin_folder *folders;
static size_t folder_count;

/* A file that was found and waits to be loaded. */
struct candidate {
    struct plugin_file file;
    char *path;
    size_t folder; /* which of folders */
};
static struct candidate *candidates;
static size_t candidate_count;

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

/* A file with the content of one that is loaded is that plugin, and is passed over. */
static bool is_loaded(const char *digest)
{
    for (size_t i = 0; i < plugin_count; i++)
        if (text_equal(plugins[i].digest, digest))
            return true;
    return false;
}

/* PATH is FOLDER/NAME, of folder INDEX. */
static void find_file(int folder, const char *name, const char *path, size_t index)
{
    struct candidate candidate = {.folder = index};
    struct error error;
    int result = plugin_file_open(&candidate.file, folder, name, &error);
    if (result)
        complain(text_format("%s: %s", path, error.text));
    if (result || is_loaded(candidate.file.digest)) {
        plugin_file_release(&candidate.file);
        return;
    }
    candidate.path = memory_copy_text(path);
    candidates = memory_grow(candidates, candidate_count + 1, sizeof *candidates);
    candidates[candidate_count++] = candidate;
}

static int is_plugin_name(const struct dirent *entry)
{
    return text_ends_with(entry->d_name, ".so");
}

static void find_files(int descriptor, const char *folder, size_t index)
{
    struct dirent **entries;
    int count = scandirat(descriptor, ".", &entries, is_plugin_name, alphasort);
    if (count < 0)
        complain(text_format("%s: cannot be searched for plugins: %s", folder, strerror(errno)));
    for (int i = 0; i < count; i++) {
        char *path = file_join(folder, entries[i]->d_name);
        find_file(descriptor, entries[i]->d_name, path, index);
        memory_free(path);
        free(entries[i]);
    }
    if (count >= 0)
        free(entries);
}

static bool was_searched(const struct stat *status)
{
    for (size_t i = 0; i < folder_count; i++)
        if (folders[i].device == status->st_dev && folders[i].inode == status->st_ino)
            return true;
    return false;
}

/* Fills FOLDER's state, and finds what is in it. */
static void search(struct plugin_folder *folder, bool is_named)
{
    struct error error = {0};
    struct stat status;
    if (stat(folder->path, &status) == 0) {
        if (was_searched(&status)) { /* what was wrong has been said */
            folder->state = PLUGIN_FOLDER_REPEATED;
            return;
        }
        folder->device = status.st_dev;
        folder->inode = status.st_ino;
    }
    int descriptor = plugin_folder_open(folder->path, &error);
    bool is_unreadable = descriptor < 0 && errno == EACCES;
    if (descriptor >= 0) {
        find_files(descriptor, folder->path, folder_count);
        close(descriptor);
        return;
    }
    folder->state = error.code == ERROR_NOT_FOUND ? PLUGIN_FOLDER_ABSENT
                    : is_unreadable               ? PLUGIN_FOLDER_UNREADABLE
                                                  : PLUGIN_FOLDER_REFUSED;
    if (folder->state == PLUGIN_FOLDER_REFUSED || (is_unreadable && is_named))
        complain(memory_copy_text(error.text));
}

enum plugin_folder_state plugins_search(const char *path, const char *source, bool is_named)
{
    struct plugin_folder folder = {.path = memory_copy_text(path), .source = source};
    search(&folder, is_named);
    folders = memory_grow(folders, folder_count + 1, sizeof *folders);
    folders[folder_count++] = folder;
    return folder.state;
}

/* The child has looked at it; here the same is done again, for keeps. */
static int load(struct candidate *candidate, struct error *error)
{
    struct loaded_plugin loaded = {.path = candidate->path};
    memcpy(loaded.digest, candidate->file.digest, sizeof loaded.digest);
    int aside = begin_aside();
    int result = plugin_open(candidate->file.copy, &loaded.handle, &loaded.plugin, error);
    end_aside(aside);
    if (result == 0)
        result = plugin_check(loaded.plugin, error);
    if (result == 0) {
        plugins = memory_grow(plugins, plugin_count + 1, sizeof *plugins);
        plugins[plugin_count++] = loaded;
        folders[candidate->folder].plugins++;
        candidate->path = NULL;
    } else if (loaded.handle) {
        dlclose(loaded.handle);
    }
    return result;
}

void plugins_load(module_check check)
{
    struct plugin_trial *trials = memory_array(candidate_count, sizeof *trials);
    for (size_t i = 0; i < candidate_count; i++)
        trials[i].copy = candidates[i].file.copy;
    plugin_trials_run(trials, candidate_count, check);
    for (size_t i = 0; i < candidate_count; i++) {
        struct candidate *candidate = &candidates[i];
        struct error *error = &trials[i].error;
        bool is_new = !is_loaded(candidate->file.digest);
        if (is_new && (trials[i].is_refused || load(candidate, error)))
            complain(text_format("%s: %s", candidate->path, error->text));
        memory_free(candidate->path);
        plugin_file_release(&candidate->file);
    }
    memory_free(trials);
    memory_free(candidates);
    candidates = NULL;
    candidate_count = 0;
}

static void unload(struct loaded_plugin *loaded)
{
    int aside = begin_aside();
    dlclose(loaded->handle);
    end_aside(aside);
    memory_free(loaded->path);
}

void plugins_release(void)
{
    for (size_t i = 0; i < plugin_count; i++)
        unload(&plugins[i]);
    for (size_t i = 0; i < complaint_count; i++)
        memory_free(complaints[i]);
    for (size_t i = 0; i < folder_count; i++)
        memory_free(folders[i].path);
    memory_free(plugins);
    memory_free(complaints);
    memory_free(folders);
    plugins = NULL;
    complaints = NULL;
    folders = NULL;
    plugin_count = complaint_count = folder_count = 0;
}
