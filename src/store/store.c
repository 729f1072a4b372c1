#include "store/store.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/database.h"
#include "store/migrations.h"
#include "store/run_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* schema.sql, schema-2.sql and so on, by schema.S */
extern const char store_schema[], store_schema_2[], store_schema_3[], store_schema_4[],
    store_schema_5[], store_schema_6[];

/* What leads from version i to version i + 1; a store of version 0 is empty. */
static const char *const migrations[] = {store_schema,   store_schema_2, store_schema_3,
                                         store_schema_4, store_schema_5, store_schema_6};
enum { VERSION = sizeof migrations / sizeof *migrations };

enum { SMALLEST_PAGE = 512 };

struct store {
    struct database database;
};

char *store_path(const char *option)
{
    const char *path = option ? option : getenv("UNROLL_STORE");
    if (!option && path && !*path)
        path = NULL;
    return memory_copy_text(path ? path : "runs/unroll.db");
}

struct database *store_database(struct store *store)
{
    return &store->database;
}

int store_begin_reading(struct store *store, struct error *error)
{
    return database_begin_read(&store->database, error);
}

int store_end_reading(struct store *store, int result, struct error *error)
{
    return database_end(&store->database, result, error);
}

const char *store_location(const struct store *store)
{
    return store->database.path;
}

/* Two stores in one folder must not share the files of equal runs: any but the usual unroll.db has
 * a folder of its own name in between. */
char *store_run_folder(const struct store *store, const char *id)
{
    const char *path = store->database.path, *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    char *folder = file_folder(path);
    char *inner =
        text_equal(name, "unroll.db") ? memory_copy_text(id) : text_format("%s.runs/%s", name, id);
    char *result = file_join(folder, inner);
    memory_free(inner);
    memory_free(folder);
    return result;
}

static int error_missing(const char *path, struct error *error)
{
    return error_set(error, ERROR_NOT_FOUND,
                     "%s: there is no store yet; train something first: unroll run CONFIG", path);
}

/* Whether files of runs lie where STORE's would. */
static bool has_run_folders(const struct store *store)
{
    bool found = false;
    char *any = store_run_folder(store, "any"), *place = file_folder(any);
    DIR *folder = opendir(place);
    const struct dirent *entry;
    while (folder && !found && (entry = readdir(folder)))
        found = run_files_is_id(entry->d_name);
    if (folder)
        closedir(folder);
    memory_free(place);
    memory_free(any);
    return found;
}

/* A store that is empty while its runs' files are there was cut off or taken away. It is looked at
 * twice, for another process may just have made it and begun a run. */
static int warn_if_emptied(struct store *store, int64_t version, struct error *error)
{
    struct database *database = &store->database;
    if (version > 0 || !has_run_folders(store))
        return 0;
    if (migrations_version(database, VERSION, &version, error) != 0)
        return -1;
    if (version == 0)
        log_warning("%s: the store is new or empty, but files of runs lie beside it; to keep those "
                    "runs, restore the store from a copy, or they are trained again",
                    database->path);
    return 0;
}

static int open_schema(struct store *store, enum store_mode mode, struct error *error)
{
    struct database *database = &store->database;
    int64_t version = 0;
    if (migrations_version(database, VERSION, &version, error) != 0)
        return -1;
    if (mode != STORE_WRITE && version == 0)
        return error_set(error, ERROR_NOT_FOUND,
                         "%s: the store is empty; train something first: unroll run CONFIG; if it "
                         "held runs, restore it from a copy",
                         database->path);
    /* Readers leave an older store as it is, for it may be read-only. */
    if (mode == STORE_READ) {
        database->version = version;
        return 0;
    }
    if (warn_if_emptied(store, version, error) != 0)
        return -1;
    return migrations_apply(database, migrations, VERSION, error);
}

/* A store that someone switched to WAL is switched back: that journal does not work on network file
 * systems, and SQLite 3.40.1 (Debian 12) is among the versions that can damage such a store. */
static int set_journal(struct database *database, struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database, "PRAGMA journal_mode = DELETE", error);
    if (result == 0 && (result = statement_step(&statement, error)) == 1) {
        const char *mode = column_view(&statement, 0);
        result = text_equal(mode, "delete")
                     ? 0
                     : error_set(error, ERROR_FAILED,
                                 "%s: the journal mode is %s and cannot be set to delete; close "
                                 "the other programs that use the store",
                                 database->path, mode);
    }
    statement_release(&statement);
    return result;
}

/* Less than SQLite's smallest page: no database, though SQLite takes it for an empty one and would
 * overwrite it. With a journal beside it, it is a store whose making was cut short. */
static int check_size(const char *path, int64_t size, struct error *error)
{
    char *journal = text_format("%s-journal", path);
    bool is_in_the_making = file_exists(journal);
    memory_free(journal);
    if (size == 0 || size >= SMALLEST_PAGE || is_in_the_making)
        return 0;
    return error_set(error, ERROR_DATA,
                     "%s: is not a store: a file of %lld bytes; name another with --store, or move "
                     "it away",
                     path, (long long)size);
}

static int check_kind(const char *path, struct error *error)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return 0;
    if (S_ISDIR(status.st_mode))
        return error_set(error, ERROR_USAGE,
                         "%s: is a folder, expected the store's file; did you mean %s/unroll.db?",
                         path, path);
    if (!S_ISREG(status.st_mode))
        return error_set(error, ERROR_USAGE, "%s: is no regular file, expected the store's file",
                         path);
    return check_size(path, status.st_size, error);
}

static int check_place(const char *path, enum store_mode mode, struct error *error)
{
    if (!*path)
        return error_set(error, ERROR_USAGE, "the path of the store is empty");
    if (check_kind(path, error) != 0)
        return -1;
    if (mode != STORE_WRITE && !file_exists(path) && errno != EACCES)
        return error_missing(path, error);
    if (mode == STORE_READ)
        return 0;
    char *folder = file_folder(path);
    int result = mode == STORE_WRITE ? file_make_folders(folder, error) : 0;
    /* The journal must be made there, too. */
    if (result == 0 &&
        (access(folder, W_OK | X_OK) != 0 || (file_exists(path) && access(path, R_OK | W_OK) != 0)))
        result = error_system(error, ERROR_FAILED, errno,
                              "%s: the store cannot be written; check the permissions of the file "
                              "and of its folder, or name another with --store",
                              path);
    memory_free(folder);
    return result;
}

int store_open(struct store **store, const char *path, enum store_mode mode, struct error *error)
{
    *store = NULL;
    if (check_place(path, mode, error) != 0)
        return -1;
    struct store *opened = memory_new(sizeof *opened);
    struct database *database = &opened->database;
    int result = database_open(database, path, mode == STORE_WRITE, error);
    if (result == 0)
        result = open_schema(opened, mode, error);
    if (result == 0 && mode != STORE_READ)
        result = set_journal(database, error);
    /* Not opened as read only: a reader, too, must roll back what a killed writer left. */
    if (result == 0 && mode == STORE_READ)
        result = database_execute(database, "PRAGMA query_only = ON", error);
    if (result != 0) {
        store_close(opened);
        return -1;
    }
    *store = opened;
    return 0;
}

void store_close(struct store *store)
{
    if (store)
        database_close(&store->database);
    memory_free(store);
}

/* Collects what CHECK has to say; an untouched store gives PASS or nothing. */
static int run_check(struct database *database, const char *check, const char *pass,
                     struct error *error)
{
    struct statement statement;
    struct text found = {0};
    int result = statement_prepare(&statement, database, check, error);
    while (result == 0 && (result = statement_step(&statement, error)) == 1) {
        result = 0;
        const char *line = column_view(&statement, 0);
        if (!text_equal(line, pass))
            text_add_format(&found, "\n    %s", line);
        else
            break;
    }
    statement_release(&statement);
    if (result == 0 && found.length)
        result = error_set(error, ERROR_DATA, "%s: the store is damaged:%s", database->path,
                           text_get(&found));
    text_release(&found);
    return result;
}

int store_check(struct store *store, struct error *error)
{
    struct database *database = &store->database;
    if (run_check(database, "PRAGMA integrity_check(20)", "ok", error) != 0)
        return -1;
    return run_check(database,
                     "SELECT 'a row of ' || \"table\" || ' refers to a missing row of ' || parent "
                     "FROM pragma_foreign_key_check LIMIT 20",
                     "", error);
}
