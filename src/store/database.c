#include "store/database.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/busy.h"

#include <errno.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>
#include <unistd.h>

/* What an SQLite result code means to the user, and the remedy; an extended code stands before the
 * one that it is a case of. */
static const struct {
    int result;
    enum error_code code;
    const char *text;
} meanings[] = {
    {SQLITE_NOTADB, ERROR_DATA,
     "is not a store: the file is no SQLite database; name another with --store, or move it away"},
    {SQLITE_CORRUPT, ERROR_DATA,
     "the store is damaged; restore it from a copy, or save what can be read with "
     "`sqlite3 OLD .recover | sqlite3 NEW`"},
    {SQLITE_BUSY, ERROR_FAILED,
     "the store is locked by another process for more than a minute; find it with "
     "`fuser FILE`, then try again"},
    {SQLITE_FULL, ERROR_FAILED, "the disk is full, nothing was changed; make room, then try again"},
    {SQLITE_READONLY_ROLLBACK, ERROR_FAILED,
     "a process was killed while it wrote, and what it left half-done must be undone first; "
     "run `unroll list` once as somebody who may write there"},
    {SQLITE_READONLY, ERROR_FAILED,
     "the store cannot be written; check the permissions of the file and of its folder"},
    {SQLITE_CANTOPEN, ERROR_FAILED,
     "the store cannot be opened; check the permissions of the file and of its folder"},
    {SQLITE_PERM, ERROR_FAILED, "access to the store is not permitted; check its permissions"},
    {SQLITE_IOERR, ERROR_FAILED,
     "the store cannot be read or written, nothing was changed; look at the disk (room, limits, "
     "its health), then try again"},
    {SQLITE_TOOBIG, ERROR_FAILED, "a text or a row is too large for the store"},
    {SQLITE_NOMEM, ERROR_FAILED, "out of memory"},
};

/* The system's error behind SQLite's, or 0. SQLite tells it for a statement, but not for a commit:
 * there errno, which was 0 before, is still that of the write. */
static int find_cause(struct database *database, int errnum)
{
    int told = database->handle ? sqlite3_system_errno(database->handle) : 0;
    if (told)
        return told;
    return errnum == EFBIG || errnum == ENOSPC || errnum == EDQUOT || errnum == EIO ? errnum : 0;
}

int database_error(struct database *database, struct error *error)
{
    int last = errno;
    int extended = database->handle ? sqlite3_extended_errcode(database->handle) : SQLITE_NOMEM;
    int result = extended & 0xff;
    if (result == SQLITE_BUSY && busy_was_interrupted(database))
        return error_set(error, ERROR_INTERRUPTED,
                         "%s: interrupted while the store was locked by another process; find it "
                         "with `fuser FILE`",
                         database->path);
    for (size_t i = 0; i < sizeof meanings / sizeof *meanings; i++) {
        if (meanings[i].result != result && meanings[i].result != extended)
            continue;
        int errnum = find_cause(database, last);
        bool from_system = result == SQLITE_CANTOPEN || result == SQLITE_IOERR;
        if (from_system && errnum)
            return error_system(error, meanings[i].code, errnum, "%s: %s", database->path,
                                meanings[i].text);
        return error_set(error, meanings[i].code, "%s: %s", database->path, meanings[i].text);
    }
    return error_set(error, ERROR_FAILED, "%s: the store refused a statement: %s (%s)",
                     database->path, sqlite3_errmsg(database->handle),
                     sqlite3_errstr(sqlite3_extended_errcode(database->handle)));
}

/* A connection carried across fork() shares file locks that the kernel does not. */
static int check_owner(struct database *database, struct error *error)
{
    if (database->owner == getpid())
        return 0;
    return error_set(error, ERROR_FAILED,
                     "%s: the store was opened by process %ld and is used by its child %ld, "
                     "which must open it anew",
                     database->path, (long)database->owner, (long)getpid());
}

int database_open(struct database *database, const char *path, bool create, struct error *error)
{
    *database = (struct database){.path = memory_copy_text(path), .owner = getpid()};
    /* "./" keeps SQLite from giving names such as :memory: a meaning of their own. */
    char *plain = file_join(".", path);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_EXRESCODE | SQLITE_OPEN_NOMUTEX |
                (create ? SQLITE_OPEN_CREATE : 0);
    int result = sqlite3_open_v2(plain, &database->handle, flags, NULL);
    memory_free(plain);
    if (result != SQLITE_OK)
        return database_error(database, error);
    busy_install(database);
    sqlite3_db_config(database->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return database_execute(database,
                            "PRAGMA trusted_schema = OFF;"
                            "PRAGMA cell_size_check = ON;"
                            /* Extra: the folder is synced, too, when a commit deletes the journal,
                             * or the commit could be undone by a loss of power after what
                             * relies on it, such as the deletion of the checkpoint before. */
                            "PRAGMA synchronous = EXTRA;"
                            "PRAGMA foreign_keys = ON;",
                            error);
}

void database_close(struct database *database)
{
    if (database->owner == getpid()) {
        for (int i = 0; i < DATABASE_IDLE; i++)
            sqlite3_finalize(database->idle[i]);
        sqlite3_close(database->handle);
    }
    memory_free(database->path);
    *database = (struct database){0};
}

int database_execute(struct database *database, const char *sql, struct error *error)
{
    if (check_owner(database, error) != 0)
        return -1;
    errno = 0;
    if (sqlite3_exec(database->handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        return database_error(database, error);
    return 0;
}

int database_begin_read(struct database *database, struct error *error)
{
    if (database->readings == 0 && database_execute(database, "BEGIN", error) != 0)
        return -1;
    database->readings++;
    return 0;
}

static int check_version(struct database *database, struct error *error)
{
    int64_t version = database->version;
    if (!version)
        return 0;
    if (database_integer(database, "PRAGMA user_version", &version, error) != 0)
        return -1;
    if (version == database->version)
        return 0;
    return error_set(error, ERROR_DATA,
                     "%s: a newer Unroll has brought the store from version %lld to %lld since "
                     "this process opened it; go on with that one",
                     database->path, (long long)database->version, (long long)version);
}

int database_begin_write(struct database *database, struct error *error)
{
    if (database_execute(database, "BEGIN IMMEDIATE", error) != 0)
        return -1;
    int result = check_version(database, error);
    return result == 0 ? 0 : database_end(database, result, error);
}

int database_end(struct database *database, int result, struct error *error)
{
    if (database->readings > 0 && --database->readings > 0)
        return result == 0 ? 0 : -1;
    if (result == 0)
        result = database_execute(database, "COMMIT", error);
    /* Some errors, a full disk among them, have already ended the transaction. */
    if (result != 0 && !sqlite3_get_autocommit(database->handle))
        sqlite3_exec(database->handle, "ROLLBACK", NULL, NULL, NULL);
    return result == 0 ? 0 : -1;
}

int64_t database_changes(struct database *database)
{
    return sqlite3_changes64(database->handle);
}

/* Takes the statement of SQL out of those that are kept; NULL where it is not among them. */
static struct sqlite3_stmt *take_idle(struct database *database, const char *sql)
{
    for (int i = 0; i < DATABASE_IDLE; i++) {
        struct sqlite3_stmt *idle = database->idle[i];
        if (idle && text_equal(sqlite3_sql(idle), sql)) {
            database->idle[i] = NULL;
            return idle;
        }
    }
    return NULL;
}

/* Keeps HANDLE, which holds no lock once it is reset. Pragmas are not kept: some do their work when
 * they are prepared. */
static void keep_idle(struct database *database, struct sqlite3_stmt *handle)
{
    if (sqlite3_strnicmp(sqlite3_sql(handle), "PRAGMA", 6) == 0) {
        sqlite3_finalize(handle);
        return;
    }
    sqlite3_reset(handle);
    sqlite3_clear_bindings(handle);
    struct sqlite3_stmt **place = &database->idle[database->next_idle++ % DATABASE_IDLE];
    sqlite3_finalize(*place);
    *place = handle;
}

int statement_prepare(struct statement *statement, struct database *database, const char *sql,
                      struct error *error)
{
    *statement = (struct statement){.database = database};
    if (check_owner(database, error) != 0)
        return -1;
    statement->handle = take_idle(database, sql);
    if (statement->handle)
        return 0;
    if (sqlite3_prepare_v3(database->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->handle,
                           NULL) != SQLITE_OK)
        return database_error(database, error);
    return 0;
}

void statement_release(struct statement *statement)
{
    if (statement->handle && statement->database->owner == getpid())
        keep_idle(statement->database, statement->handle);
    else
        sqlite3_finalize(statement->handle);
    *statement = (struct statement){0};
}

int database_integer(struct database *database, const char *sql, int64_t *value,
                     struct error *error)
{
    struct statement statement;
    int result = statement_prepare(&statement, database, sql, error);
    if (result == 0 && (result = statement_step(&statement, error)) == 1) {
        *value = column_integer(&statement, 0);
        result = 0;
    }
    statement_release(&statement);
    return result;
}

static void note_failure(struct statement *statement, int result)
{
    if (result != SQLITE_OK)
        statement->failed = true;
}

void bind_text(struct statement *statement, int parameter, const char *text)
{
    note_failure(statement,
                 sqlite3_bind_text(statement->handle, parameter, text, -1, SQLITE_STATIC));
}

void bind_integer(struct statement *statement, int parameter, int64_t value)
{
    note_failure(statement, sqlite3_bind_int64(statement->handle, parameter, value));
}

void bind_real(struct statement *statement, int parameter, double value)
{
    note_failure(statement, sqlite3_bind_double(statement->handle, parameter, value));
}

void bind_blob(struct statement *statement, int parameter, const void *bytes, size_t size)
{
    note_failure(statement,
                 sqlite3_bind_blob64(statement->handle, parameter, bytes, size, SQLITE_STATIC));
}

void bind_value(struct statement *statement, int parameter, double value)
{
    const char *note = isnan(value) ? "nan" : isinf(value) ? value < 0 ? "-inf" : "inf" : NULL;
    if (note)
        note_failure(statement, sqlite3_bind_null(statement->handle, parameter));
    else
        bind_real(statement, parameter, value);
    bind_text(statement, parameter + 1, note);
}

void bind_column(struct statement *statement, int parameter, struct statement *row, int column)
{
    note_failure(statement, sqlite3_bind_value(statement->handle, parameter,
                                               sqlite3_column_value(row->handle, column)));
}

int statement_step(struct statement *statement, struct error *error)
{
    int result = statement->failed ? SQLITE_ERROR : sqlite3_step(statement->handle);
    if (result == SQLITE_ROW)
        return 1;
    return result == SQLITE_DONE ? 0 : database_error(statement->database, error);
}

int statement_run(struct statement *statement, struct error *error)
{
    int result = statement_step(statement, error);
    sqlite3_reset(statement->handle);
    return result;
}

const char *column_view(struct statement *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement->handle, column);
    return text ? text : "";
}

char *column_text(struct statement *statement, int column)
{
    return memory_copy_text(column_view(statement, column));
}

int64_t column_integer(struct statement *statement, int column)
{
    return sqlite3_column_int64(statement->handle, column);
}

double column_real(struct statement *statement, int column)
{
    return sqlite3_column_double(statement->handle, column);
}

double column_real_or_nan(struct statement *statement, int column)
{
    bool is_null = sqlite3_column_type(statement->handle, column) == SQLITE_NULL;
    return is_null ? NAN : column_real(statement, column);
}

double column_value(struct statement *statement, int column)
{
    if (sqlite3_column_type(statement->handle, column) != SQLITE_NULL)
        return column_real(statement, column);
    const char *note = column_view(statement, column + 1);
    return text_equal(note, "inf") ? INFINITY : text_equal(note, "-inf") ? -INFINITY : NAN;
}

const void *column_blob(struct statement *statement, int column, size_t *size)
{
    const void *bytes = sqlite3_column_blob(statement->handle, column);
    *size = (size_t)sqlite3_column_bytes(statement->handle, column);
    return bytes;
}
