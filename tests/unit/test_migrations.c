#include "store/migrations.h"
#include "unit/store_fixture.h"

#include <signal.h>

enum { CHILDREN = 16 };

static const char *const steps[] = {
    "CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
    "INSERT INTO notes (text) VALUES ('first')",
    /* Twice, it would fail. */
    "ALTER TABLE notes ADD COLUMN length INTEGER; UPDATE notes SET length = length(text);"
    "INSERT INTO notes (text) VALUES ('second')",
    "INSERT INTO notes (text) SELECT 'copy of ' || text FROM notes",
};
enum { STEPS = sizeof steps / sizeof *steps };

static struct database open_database(struct fixture *fixture)
{
    struct database database;
    assert_ok(fixture, database_open(&database, fixture->path, true, &fixture->error));
    return database;
}

static void migrate(struct fixture *fixture, int64_t count)
{
    struct database database = open_database(fixture);
    assert_ok(fixture, migrations_apply(&database, steps, count, &fixture->error));
    database_close(&database);
}

/* Every version leaves its own number of notes. */
static void assert_version(struct fixture *fixture, int64_t expected)
{
    static const int64_t notes[] = {0, 1, 2, 4};
    struct database database = open_database(fixture);
    int64_t version = -1, count = 0;
    assert_ok(fixture, migrations_version(&database, STEPS, &version, &fixture->error));
    assert_int_equal(version, expected);
    if (expected > 0)
        assert_ok(fixture, database_integer(&database, "SELECT count(*) FROM notes", &count,
                                            &fixture->error));
    assert_int_equal(count, notes[expected]);
    database_close(&database);
}

static void each_version_leads_to_the_latest(void **state)
{
    struct fixture *fixture = *state;
    assert_version(fixture, 0);
    for (int64_t count = 1; count <= STEPS; count++) {
        migrate(fixture, count);
        assert_version(fixture, count);
    }
    migrate(fixture, STEPS);
    assert_version(fixture, STEPS);
    unlink(fixture->path);
    migrate(fixture, STEPS);
    assert_version(fixture, STEPS);
}

/* CHILDREN processes wait at GATE; child I then knows COUNTS[I % 2] migrations. Returns how many
 * ended well. */
static int race(struct fixture *fixture, const int64_t counts[2])
{
    int gate[2], good = 0;
    pid_t children[CHILDREN];
    assert_int_equal(pipe(gate), 0);
    for (int child = 0; child < CHILDREN; child++) {
        children[child] = fork();
        if (children[child] == 0) {
            struct database database;
            char byte;
            close(gate[1]);
            if (read(gate[0], &byte, 1) != 0 ||
                database_open(&database, fixture->path, true, &fixture->error) != 0 ||
                migrations_apply(&database, steps, counts[child % 2], &fixture->error) != 0) {
                fprintf(stderr, "# child %d: %s\n", child, fixture->error.text);
                _exit(strstr(fixture->error.text, "newer Unroll") ? ERROR_DATA : ERROR_FAILED);
            }
            database_close(&database);
            _exit(0);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int child = 0; child < CHILDREN; child++) {
        int status = wait_for(children[child]);
        assert_true(status == 0 || (status == ERROR_DATA && counts[child % 2] < counts[1]));
        good += status == 0;
    }
    return good;
}

static void of_many_one_migrates(void **state)
{
    struct fixture *fixture = *state;
    for (int64_t from = 0; from < STEPS; from++) {
        unlink(fixture->path);
        if (from > 0)
            migrate(fixture, from);
        assert_int_equal(race(fixture, (const int64_t[2]){STEPS, STEPS}), CHILDREN);
        assert_version(fixture, STEPS);
    }
}

/* Old and new programs begin together: an old one finds its own version, or is refused. */
static void old_and_new_at_once(void **state)
{
    struct fixture *fixture = *state;
    for (int i = 0; i < 5; i++) {
        unlink(fixture->path);
        assert_true(race(fixture, (const int64_t[2]){1, STEPS}) >= CHILDREN / 2);
        assert_version(fixture, STEPS);
    }
}

static void a_failure_changes_nothing(void **state)
{
    static const char *const bad[] = {
        "CREATE TABLE notes (number INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT;"
        "INSERT INTO notes (text) VALUES ('first')",
        "DELETE FROM notes; INSERT INTO nowhere VALUES (1)",
    };
    struct fixture *fixture = *state;
    migrate(fixture, 1);
    struct database database = open_database(fixture);
    assert_refused(fixture, migrations_apply(&database, bad, 2, &fixture->error), ERROR_FAILED,
                   "from version 1 to 2");
    database_close(&database);
    assert_version(fixture, 1);
}

static void killed_half_way_it_is_done_again(void **state)
{
    struct fixture *fixture = *state;
    migrate(fixture, 1);
    pid_t child = fork();
    if (child == 0) {
        struct database database = open_database(fixture);
        database_execute(&database, "PRAGMA cache_size = 5", NULL);
        database_begin_write(&database, NULL);
        database_execute(&database, steps[1], NULL);
        database_execute(&database,
                         "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n "
                         "LIMIT 5000) INSERT INTO notes (text) SELECT 'a long note ' || i FROM n",
                         NULL);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    migrate(fixture, STEPS);
    assert_version(fixture, STEPS);
}

static void an_old_writer_is_stopped(void **state)
{
    struct fixture *fixture = *state;
    struct database old = open_database(fixture);
    assert_ok(fixture, migrations_apply(&old, steps, 1, &fixture->error));
    assert_ok(fixture, database_begin_write(&old, &fixture->error));
    assert_ok(fixture, database_end(&old, 0, &fixture->error));
    migrate(fixture, 2);
    assert_refused(fixture, database_begin_write(&old, &fixture->error), ERROR_DATA,
                   "from version 1 to 2 since this process opened it");
    /* It holds no lock. */
    migrate(fixture, STEPS);
    database_close(&old);
    assert_version(fixture, STEPS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(each_version_leads_to_the_latest),
        STORE_TEST(of_many_one_migrates),
        STORE_TEST(old_and_new_at_once),
        STORE_TEST(a_failure_changes_nothing),
        STORE_TEST(killed_half_way_it_is_done_again),
        STORE_TEST(an_old_writer_is_stopped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
