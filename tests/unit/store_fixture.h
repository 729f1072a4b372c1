/* What the tests of the store share: a folder of their own, and a run to store. */
#ifndef TESTS_UNIT_STORE_FIXTURE_H
#define TESTS_UNIT_STORE_FIXTURE_H

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "store/metrics.h"

#include <setjmp.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define KEY_A "0123456789abcdef0123456789abcdef"
#define KEY_B "fedcba9876543210fedcba9876543210"

/* A folder that goes with the test, and the store's path within it. */
struct fixture {
    char folder[64];
    char path[96];
    struct environment environment;
    struct error error;
};

static inline int fixture_init(void **state)
{
    struct fixture *fixture = memory_new(sizeof *fixture);
    snprintf(fixture->folder, sizeof fixture->folder, "/tmp/unroll-store-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/unroll.db", fixture->folder);
    environment_collect(&fixture->environment, "no BLAS", "baseline", 1);
    *state = fixture;
    return 0;
}

static inline int fixture_release(void **state)
{
    struct fixture *fixture = *state;
    char *command = text_format("rm -rf '%s'", fixture->folder);
    int status = system(command);
    memory_free(command);
    environment_release(&fixture->environment);
    memory_free(fixture);
    return status;
}

#define STORE_TEST(function)                                                                       \
    cmocka_unit_test_setup_teardown(function, fixture_init, fixture_release)

static inline struct store *open_store(struct fixture *fixture, enum store_mode mode)
{
    struct store *store;
    if (store_open(&store, fixture->path, mode, &fixture->error) != 0)
        fail_msg("%s", fixture->error.text);
    return store;
}

/* Changes the store behind our back. */
static inline void execute_behind(struct fixture *fixture, const char *sql)
{
    sqlite3 *handle;
    assert_int_equal(sqlite3_open(fixture->path, &handle), SQLITE_OK);
    if (sqlite3_exec(handle, sql, NULL, NULL, NULL) != SQLITE_OK)
        fail_msg("%s", sqlite3_errmsg(handle));
    sqlite3_close(handle);
}

/* What makes of a new store one of an older version: it takes away what came later. */
#define TO_VERSION_5 "ALTER TABLE runs DROP COLUMN cpu_seconds; PRAGMA user_version = 5;"
#define TO_VERSION_4                                                                               \
    TO_VERSION_5 "ALTER TABLE reported DROP COLUMN within; PRAGMA user_version = 4;"
#define TO_VERSION_3                                                                               \
    TO_VERSION_4                                                                                   \
    "DROP TABLE claims; DROP TABLE reported;"                                                      \
    "ALTER TABLE experiments DROP COLUMN source_name;"                                             \
    "ALTER TABLE experiments DROP COLUMN select_over;"                                             \
    "ALTER TABLE experiments DROP COLUMN select_on;"                                               \
    "PRAGMA user_version = 3;"
#define TO_VERSION_2                                                                               \
    TO_VERSION_3 "DROP TABLE gradient_flow; ALTER TABLE experiments DROP COLUMN overrides;"        \
                 "PRAGMA user_version = 2;"
#define TO_VERSION_1 TO_VERSION_2 "DROP TABLE tags; DROP TABLE notes; PRAGMA user_version = 1;"

enum { OLDER_VERSIONS = 5 };
static const char *const to_older_version[OLDER_VERSIONS] = {
    TO_VERSION_1, TO_VERSION_2, TO_VERSION_3, TO_VERSION_4, TO_VERSION_5};

static inline struct run_request request_for(struct fixture *fixture, const char *key)
{
    return (struct run_request){
        .key = key,
        .name = "lstm",
        .config = "name: lstm\n",
        .canonical = "name=lstm\n",
        .seed = 7,
        .data_digest = "digest",
        .engine = "0.1",
        .plugins = "",
        .steps = 100,
        .parameters = 1234,
        .environment = &fixture->environment,
    };
}

/* Begins KEY and expects OUTCOME. */
static inline struct run_begun begin(struct fixture *fixture, struct store *store, const char *key,
                                     enum begin_outcome outcome)
{
    struct run_request request = request_for(fixture, key);
    struct run_begun begun;
    if (store_run_begin(store, &request, &begun, &fixture->error) != 0)
        fail_msg("%s", fixture->error.text);
    assert_int_equal(begun.outcome, outcome);
    return begun;
}

/* Succeeds, or shows why not. */
#define assert_ok(fixture, call)                                                                   \
    do {                                                                                           \
        if ((call) != 0)                                                                           \
            fail_msg("%s: %s", #call, (fixture)->error.text);                                      \
    } while (0)

/* Fails with CODE and a text that holds PART. */
#define assert_refused(fixture, call, expected_code, part)                                         \
    do {                                                                                           \
        (fixture)->error = (struct error){0};                                                      \
        assert_int_equal(call, -1);                                                                \
        if (!strstr((fixture)->error.text, part))                                                  \
            fail_msg("expected '%s' in: %s", part, (fixture)->error.text);                         \
        assert_int_equal((fixture)->error.code, expected_code);                                    \
    } while (0)

/* The exit status of child PID, or 128 + its signal. */
static inline int wait_for(pid_t pid)
{
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

#endif
