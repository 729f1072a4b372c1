#include "base/clock.h"
#include "store/busy.h"
#include "unit/store_fixture.h"

static bool is_told;
static double told_at; /* clock_seconds(); 0: never */

static bool is_interrupted(void)
{
    return is_told || (told_at > 0 && clock_seconds() > told_at);
}

/* Two connections, the first of which has the store locked. */
static struct store *lock(struct fixture *fixture, struct store **other)
{
    struct store *holder = open_store(fixture, STORE_WRITE);
    *other = open_store(fixture, STORE_WRITE);
    assert_ok(fixture, database_execute(store_database(holder), "BEGIN EXCLUSIVE", NULL));
    is_told = false;
    told_at = 0;
    store_set_interrupt(is_interrupted);
    return holder;
}

static void unlock(struct store *holder, struct store *other)
{
    store_set_interrupt(NULL);
    store_close(other);
    store_close(holder);
}

static void a_signal_ends_the_wait(void **state)
{
    struct fixture *fixture = *state;
    struct store *other, *holder = lock(fixture, &other);
    double began = clock_seconds();
    told_at = began + 1.5;
    assert_refused(fixture, database_begin_write(store_database(other), &fixture->error),
                   ERROR_INTERRUPTED, "interrupted while the store was locked");
    double took = clock_seconds() - began;
    assert_true(took > 1.5 && took < 2.5);
    /* The next does not begin to wait anew. */
    assert_refused(fixture, database_begin_write(store_database(other), &fixture->error),
                   ERROR_INTERRUPTED, "interrupted");
    assert_true(clock_seconds() - began - took < 0.5);
    unlock(holder, other);
}

static void a_signal_before_leaves_a_second(void **state)
{
    struct fixture *fixture = *state;
    usleep(1100 * 1000); /* what the test before has seen is forgotten */
    struct store *other, *holder = lock(fixture, &other);
    double began = clock_seconds();
    is_told = true;
    assert_refused(fixture, database_begin_write(store_database(other), &fixture->error),
                   ERROR_INTERRUPTED, "interrupted");
    double took = clock_seconds() - began;
    assert_true(took > 0.9 && took < 2);
    unlock(holder, other);
}

/* Many runs end at once: each has its turn. */
static void others_that_write_are_waited_for(void **state)
{
    struct fixture *fixture = *state;
    struct store *other, *holder = lock(fixture, &other);
    pid_t child = fork();
    if (child == 0) {
        for (int i = 0; i < 15; i++) {
            usleep(200 * 1000);
            char *command = text_format("touch '%s'", fixture->path);
            if (system(command) != 0)
                _exit(1);
            memory_free(command);
        }
        _exit(0);
    }
    double began = clock_seconds();
    is_told = true;
    assert_refused(fixture, database_begin_write(store_database(other), &fixture->error),
                   ERROR_INTERRUPTED, "interrupted");
    assert_true(clock_seconds() - began > 3);
    assert_int_equal(wait_for(child), 0);
    unlock(holder, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_signal_ends_the_wait),
        STORE_TEST(a_signal_before_leaves_a_second),
        STORE_TEST(others_that_write_are_waited_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
