#include "store/database.h"
#include "unit/store_fixture.h"

#include <signal.h>
#include <sqlite3.h>

static int count_series(struct fixture *fixture, struct store *store)
{
    struct statement statement;
    assert_ok(fixture, statement_prepare(&statement, store_database(store),
                                         "SELECT count(*) FROM series", &fixture->error));
    assert_int_equal(statement_step(&statement, &fixture->error), 1);
    int count = (int)column_integer(&statement, 0);
    statement_release(&statement);
    return count;
}

static void a_failure_rolls_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct database *database = store_database(store);
    for (int result = -1; result <= 0; result++) {
        assert_ok(fixture, database_begin_write(database, &fixture->error));
        assert_ok(fixture, database_execute(database, "INSERT INTO series (name) VALUES ('x')",
                                            &fixture->error));
        assert_int_equal(database_end(database, result, &fixture->error), result);
        assert_int_equal(count_series(fixture, store), result + 1);
    }
    store_close(store);
}

static void a_refused_statement_is_named(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct database *database = store_database(store);
    assert_refused(fixture, database_execute(database, "SELECT nonsense", &fixture->error),
                   ERROR_FAILED, "no such column");
    assert_refused(fixture,
                   database_execute(database,
                                    "INSERT INTO finals (run, name, value) VALUES (1, 'x', 1)",
                                    &fixture->error),
                   ERROR_FAILED, "FOREIGN KEY");
    struct statement statement;
    assert_ok(fixture, statement_prepare(&statement, database, "SELECT ?1", &fixture->error));
    bind_integer(&statement, 2, 5); /* there is no second parameter */
    assert_int_equal(statement_step(&statement, &fixture->error), -1);
    statement_release(&statement);
    store_close(store);
}

static void a_lock_is_waited_for(void **state)
{
    struct fixture *fixture = *state;
    store_close(open_store(fixture, STORE_WRITE));
    int ready[2];
    char byte;
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *store = open_store(fixture, STORE_WRITE);
        struct database *database = store_database(store);
        int result = database_begin_write(database, NULL);
        close(ready[0]);
        close(ready[1]);
        usleep(300 * 1000);
        result |= database_execute(database, "INSERT INTO series (name) VALUES ('x')", NULL);
        _exit(database_end(database, result, NULL) == 0 ? 0 : 1);
    }
    close(ready[1]);
    assert_int_equal(read(ready[0], &byte, 1), 0);
    close(ready[0]);
    struct store *store = open_store(fixture, STORE_WRITE);
    assert_ok(fixture, database_begin_write(store_database(store), &fixture->error));
    assert_int_equal(count_series(fixture, store), 1);
    assert_ok(fixture, database_end(store_database(store), 0, &fixture->error));
    assert_int_equal(wait_for(child), 0);

    /* Once more, with less patience than the other needs. */
    struct store *other = open_store(fixture, STORE_WRITE);
    assert_ok(fixture, database_begin_write(store_database(other), &fixture->error));
    sqlite3_busy_timeout(store_database(store)->handle, 10);
    assert_refused(fixture, database_begin_write(store_database(store), &fixture->error),
                   ERROR_FAILED, "locked by another process");
    assert_ok(fixture, database_end(store_database(other), 0, &fixture->error));
    store_close(other);
    store_close(store);
}

/* A writer that is killed while part of its transaction is already in the file leaves a journal,
 * which a reader must be able to roll back. */
static void a_reader_repairs_what_a_killed_writer_left(void **state)
{
    struct fixture *fixture = *state;
    store_close(open_store(fixture, STORE_WRITE));
    pid_t child = fork();
    if (child == 0) {
        struct store *store = open_store(fixture, STORE_WRITE);
        struct database *database = store_database(store);
        database_execute(database, "PRAGMA cache_size = 5", NULL);
        database_begin_write(database, NULL);
        database_execute(database,
                         "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                         "LIMIT 5000) INSERT INTO series (name) SELECT 'a long name ' || i FROM n",
                         NULL);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    char *journal = text_format("%s-journal", fixture->path);
    assert_true(file_exists(journal));
    struct store *store = open_store(fixture, STORE_READ);
    assert_int_equal(count_series(fixture, store), 0);
    assert_ok(fixture, store_check(store, &fixture->error));
    assert_false(file_exists(journal));
    memory_free(journal);
    store_close(store);
}

static void released_statements_are_used_again(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct database *database = store_database(store);
    struct statement first, second;
    char sql[] = "SELECT ?1", same[] = "SELECT ?1";
    assert_ok(fixture, statement_prepare(&first, database, sql, &fixture->error));
    bind_integer(&first, 1, 5);
    assert_int_equal(statement_step(&first, &fixture->error), 1);
    struct sqlite3_stmt *handle = first.handle;
    statement_release(&first);
    assert_ok(fixture, statement_prepare(&first, database, same, &fixture->error));
    assert_ptr_equal(first.handle, handle);
    /* As new: nothing is bound, and the first step gives the first row. */
    assert_int_equal(statement_step(&first, &fixture->error), 1);
    assert_int_equal(column_integer(&first, 0), 0);
    /* While it is in use, the same text gives another. */
    assert_ok(fixture, statement_prepare(&second, database, same, &fixture->error));
    assert_ptr_not_equal(second.handle, handle);
    statement_release(&second);
    statement_release(&first);
    store_close(store);
}

static void few_statements_are_kept(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct database *database = store_database(store);
    for (int i = 0; i < 3 * DATABASE_IDLE; i++) {
        struct statement statement;
        char *sql = text_format("SELECT %d", i);
        assert_ok(fixture, statement_prepare(&statement, database, sql, &fixture->error));
        memory_free(sql);
        assert_int_equal(statement_step(&statement, &fixture->error), 1);
        assert_int_equal(column_integer(&statement, 0), i);
        statement_release(&statement);
    }
    int kept = 0;
    for (struct sqlite3_stmt *at = NULL; (at = sqlite3_next_stmt(database->handle, at));)
        kept++;
    assert_int_equal(kept, DATABASE_IDLE);
    store_close(store);
}

/* A statement that is released half-way must not keep others from writing, and one that is kept
 * while the schema changes must see the change. */
static void a_kept_statement_stands_in_no_way(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE),
                 *other = open_store(fixture, STORE_WRITE);
    struct database *database = store_database(store);
    struct statement statement;
    static const char sql[] = "SELECT * FROM series";
    assert_ok(fixture, database_execute(database, "INSERT INTO series (name) VALUES ('x'), ('y')",
                                        &fixture->error));
    assert_ok(fixture, statement_prepare(&statement, database, sql, &fixture->error));
    assert_int_equal(statement_step(&statement, &fixture->error), 1);
    statement_release(&statement);
    sqlite3_busy_timeout(store_database(other)->handle, 10);
    assert_ok(fixture, database_execute(store_database(other),
                                        "ALTER TABLE series ADD COLUMN more TEXT DEFAULT 'new'",
                                        &fixture->error));
    assert_ok(fixture, statement_prepare(&statement, database, sql, &fixture->error));
    assert_int_equal(statement_step(&statement, &fixture->error), 1);
    assert_string_equal(column_view(&statement, 2), "new");
    statement_release(&statement);
    store_close(other);
    store_close(store);
}

/* Within a reading all is of one moment: no one can change the store before its end. */
static void readings_may_be_nested(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE),
                 *other = open_store(fixture, STORE_WRITE);
    static const char insert[] = "INSERT INTO series (name) VALUES ('x')";
    sqlite3_busy_timeout(store_database(other)->handle, 10);
    assert_ok(fixture, store_begin_reading(store, &fixture->error));
    assert_ok(fixture, store_begin_reading(store, &fixture->error));
    assert_int_equal(count_series(fixture, store), 0);
    assert_int_equal(store_end_reading(store, -1, &fixture->error), -1);
    assert_refused(fixture, database_execute(store_database(other), insert, &fixture->error),
                   ERROR_FAILED, "locked");
    assert_int_equal(count_series(fixture, store), 0);
    assert_ok(fixture, store_end_reading(store, 0, &fixture->error));
    assert_ok(fixture, database_execute(store_database(other), insert, &fixture->error));
    assert_ok(fixture, store_begin_reading(store, &fixture->error));
    assert_int_equal(count_series(fixture, store), 1);
    assert_int_equal(store_end_reading(store, -1, &fixture->error), -1);
    assert_ok(fixture, database_begin_write(store_database(store), &fixture->error));
    assert_ok(fixture, database_end(store_database(store), 0, &fixture->error));
    store_close(other);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(released_statements_are_used_again),
        STORE_TEST(few_statements_are_kept),
        STORE_TEST(a_kept_statement_stands_in_no_way),
        STORE_TEST(readings_may_be_nested),
        STORE_TEST(a_failure_rolls_back),
        STORE_TEST(a_refused_statement_is_named),
        STORE_TEST(a_lock_is_waited_for),
        STORE_TEST(a_reader_repairs_what_a_killed_writer_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
