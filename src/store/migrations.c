#include "store/migrations.h"

#include <stdbool.h>
#include <stdio.h>

/* "Unrl", so that the store is not taken for another program's database, nor the reverse. */
enum { APPLICATION_ID = 0x556e726c };

/* What the file says of itself. */
struct signature {
    int64_t application, version, tables;
};

/* Within a transaction, so that the three belong together. */
static int read_signature(struct database *database, struct signature *signature,
                          struct error *error)
{
    if (database_integer(database, "PRAGMA application_id", &signature->application, error) != 0 ||
        database_integer(database, "PRAGMA user_version", &signature->version, error) != 0)
        return -1;
    return database_integer(database, "SELECT count(*) FROM sqlite_master", &signature->tables,
                            error);
}

static bool is_empty(const struct signature *signature)
{
    return !signature->application && !signature->version && !signature->tables;
}

static int check_signature(const struct signature *signature, int64_t latest, const char *path,
                           struct error *error)
{
    if (is_empty(signature))
        return 0;
    if (signature->application != APPLICATION_ID)
        return error_set(error, ERROR_DATA,
                         "%s: is the database of another program (application id %08llx, "
                         "expected %08x); name another with --store",
                         path, (unsigned long long)signature->application & 0xffffffffULL,
                         APPLICATION_ID);
    if (signature->version > latest)
        return error_set(error, ERROR_DATA,
                         "%s: was written by a newer Unroll (store version %lld, this program "
                         "knows up to %lld); use that one, or name another store with --store",
                         path, (long long)signature->version, (long long)latest);
    if (signature->version < 1)
        return error_set(error, ERROR_DATA,
                         "%s: the store is damaged: its version is %lld, expected 1 to %lld; "
                         "restore it from a copy",
                         path, (long long)signature->version, (long long)latest);
    return 0;
}

int migrations_version(struct database *database, int64_t latest, int64_t *version,
                       struct error *error)
{
    struct signature signature = {0};
    *version = 0;
    if (database_begin_read(database, error) != 0)
        return -1;
    int result = read_signature(database, &signature, error);
    if (database_end(database, result, error) != 0 ||
        check_signature(&signature, latest, database->path, error) != 0)
        return -1;
    *version = signature.version;
    return 0;
}

/* Within a write transaction; looks again, since another process may have been first. */
static int migrate_locked(struct database *database, const char *const *migrations, int64_t count,
                          struct error *error)
{
    struct signature signature = {0};
    if (read_signature(database, &signature, error) != 0 ||
        check_signature(&signature, count, database->path, error) != 0)
        return -1;
    if (signature.version == count)
        return 0;
    for (int64_t version = signature.version; version < count; version++)
        if (database_execute(database, migrations[version], error) != 0)
            return error_prefix(error, "bringing the store from version %lld to %lld",
                                (long long)version, (long long)version + 1);
    char sql[96];
    snprintf(sql, sizeof sql, "PRAGMA application_id = %d; PRAGMA user_version = %lld;",
             APPLICATION_ID, (long long)count);
    return database_execute(database, sql, error);
}

int migrations_apply(struct database *database, const char *const *migrations, int64_t count,
                     struct error *error)
{
    int64_t version;
    if (migrations_version(database, count, &version, error) != 0)
        return -1;
    if (version < count) {
        if (database_begin_write(database, error) != 0)
            return -1;
        int result = migrate_locked(database, migrations, count, error);
        if (database_end(database, result, error) != 0)
            return -1;
    }
    database->version = count;
    return 0;
}
