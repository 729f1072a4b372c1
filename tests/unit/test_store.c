#include "unit/store_fixture.h"

#include <fcntl.h>
#include <sys/stat.h>

static void write_file(const char *path, const char *bytes, size_t size)
{
    struct error error;
    assert_int_equal(file_replace(path, bytes, size, &error), 0);
}

static void paths(void **state)
{
    (void)state;
    char *path;
    unsetenv("UNROLL_STORE");
    path = store_path(NULL);
    assert_string_equal(path, "runs/unroll.db");
    memory_free(path);
    setenv("UNROLL_STORE", "", 1);
    path = store_path(NULL);
    assert_string_equal(path, "runs/unroll.db");
    memory_free(path);
    setenv("UNROLL_STORE", "elsewhere.db", 1);
    path = store_path(NULL);
    assert_string_equal(path, "elsewhere.db");
    memory_free(path);
    path = store_path("given.db");
    assert_string_equal(path, "given.db");
    memory_free(path);
}

static void makes_its_folder(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->path, sizeof fixture->path, "%s/a/b/unroll.db", fixture->folder);
    struct store *store = open_store(fixture, STORE_WRITE);
    assert_string_equal(store_location(store), fixture->path);
    char *folder = store_run_folder(store, "0123-2");
    char *expected = text_format("%s/a/b/0123-2", fixture->folder);
    assert_string_equal(folder, expected);
    memory_free(folder);
    memory_free(expected);
    assert_ok(fixture, store_check(store, &fixture->error));
    store_close(store);
    store = open_store(fixture, STORE_READ);
    store_close(store);
}

/* Equal runs of two stores in one folder must not share their files. */
static void another_name_has_a_folder_of_its_own(void **state)
{
    struct fixture *fixture = *state;
    snprintf(fixture->path, sizeof fixture->path, "%s/other.db", fixture->folder);
    struct store *store = open_store(fixture, STORE_WRITE);
    char *folder = store_run_folder(store, "0123");
    char *expected = text_format("%s/other.db.runs/0123", fixture->folder);
    assert_string_equal(folder, expected);
    memory_free(folder);
    memory_free(expected);
    store_close(store);
}

static void missing_is_not_found(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    assert_refused(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error),
                   ERROR_NOT_FOUND, "unroll run CONFIG");
    assert_null(store);
    assert_false(file_exists(fixture->path));
    write_file(fixture->path, "", 0);
    assert_refused(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error),
                   ERROR_NOT_FOUND, "unroll run CONFIG");
    assert_refused(fixture, store_open(&store, "", STORE_WRITE, &fixture->error), ERROR_USAGE,
                   "empty");
    assert_refused(fixture, store_open(&store, fixture->folder, STORE_WRITE, &fixture->error),
                   ERROR_USAGE, "is a folder");
}

static void odd_names_are_files(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    char *before = getcwd(NULL, 0);
    assert_int_equal(chdir(fixture->folder), 0);
    assert_ok(fixture, store_open(&store, ":memory:", STORE_WRITE, &fixture->error));
    assert_true(file_exists(":memory:"));
    store_close(store);
    assert_int_equal(chdir(before), 0);
    free(before);
}

static void reading_changes_nothing(void **state)
{
    struct fixture *fixture = *state;
    store_close(open_store(fixture, STORE_WRITE));
    struct store *store = open_store(fixture, STORE_READ);
    struct run_request request = request_for(fixture, KEY_A);
    struct run_begun begun;
    assert_refused(fixture, store_run_begin(store, &request, &begun, &fixture->error), ERROR_FAILED,
                   "cannot be written");
    store_close(store);
}

static void other_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    static const char text[] = "This is a letter, not a database. It is long enough to be looked "
                               "at, since a short file would be taken for an empty one by SQLite.";
    write_file(fixture->path, text, sizeof text);
    for (int mode = STORE_READ; mode <= STORE_WRITE; mode++)
        assert_refused(fixture,
                       store_open(&store, fixture->path, (enum store_mode)mode, &fixture->error),
                       ERROR_DATA, "is not a store");
    unlink(fixture->path);
    execute_behind(fixture, "CREATE TABLE letters (a)");
    assert_refused(fixture, store_open(&store, fixture->path, STORE_WRITE, &fixture->error),
                   ERROR_DATA, "another program");
    execute_behind(fixture, "PRAGMA application_id = 5");
    assert_refused(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error),
                   ERROR_DATA, "application id 00000005");
}

/* SQLite would take a short file for an empty database and overwrite it. */
static void short_and_special_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    static const size_t sizes[] = {1, 99, 100, 511};
    char note[512];
    memset(note, 'x', sizeof note);
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        write_file(fixture->path, note, sizes[i]);
        for (int mode = STORE_READ; mode <= STORE_WRITE; mode++)
            assert_refused(
                fixture, store_open(&store, fixture->path, (enum store_mode)mode, &fixture->error),
                ERROR_DATA, "is not a store");
        struct stat status;
        assert_int_equal(stat(fixture->path, &status), 0);
        assert_int_equal(status.st_size, sizes[i]);
    }
    unlink(fixture->path);
    assert_int_equal(mkfifo(fixture->path, 0600), 0);
    assert_refused(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error),
                   ERROR_USAGE, "no regular file");
}

/* Whether opening the store for writing says TEXT on stderr. */
static bool opening_says(struct fixture *fixture, const char *text)
{
    char said[4096];
    FILE *file = tmpfile();
    int before = dup(STDERR_FILENO);
    dup2(fileno(file), STDERR_FILENO);
    store_close(open_store(fixture, STORE_WRITE));
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    said[fread(said, 1, sizeof said - 1, file)] = '\0';
    fclose(file);
    return strstr(said, text);
}

static void an_emptied_store_is_mentioned(void **state)
{
    struct fixture *fixture = *state;
    char *run = text_format("%s/0123456789ab", fixture->folder);
    write_file(fixture->path, "", 0);
    assert_false(opening_says(fixture, "restore the store from a copy"));
    write_file(fixture->path, "", 0);
    assert_int_equal(mkdir(run, 0700), 0);
    assert_true(opening_says(fixture, "restore the store from a copy"));
    assert_false(opening_says(fixture, "restore the store from a copy"));
    memory_free(run);
}

static void newer_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    store_close(open_store(fixture, STORE_WRITE));
    execute_behind(fixture, "PRAGMA user_version = 99");
    assert_refused(fixture, store_open(&store, fixture->path, STORE_WRITE, &fixture->error),
                   ERROR_DATA, "newer Unroll (store version 99");
    execute_behind(fixture, "PRAGMA user_version = 0");
    assert_refused(fixture, store_open(&store, fixture->path, STORE_WRITE, &fixture->error),
                   ERROR_DATA, "damaged");
}

static void truncated_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    store_close(open_store(fixture, STORE_WRITE));
    assert_int_equal(truncate(fixture->path, 5000), 0);
    assert_refused(fixture, store_open(&store, fixture->path, STORE_WRITE, &fixture->error),
                   ERROR_DATA, "damaged");
    assert_refused(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error),
                   ERROR_DATA, "damaged");
}

static void damage_is_found(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    store_close(store);
    execute_behind(fixture, "INSERT INTO finals (run, name, value) VALUES (77, 'x', 1)");
    store = open_store(fixture, STORE_READ);
    assert_refused(fixture, store_check(store, &fixture->error), ERROR_DATA,
                   "a row of finals refers to a missing row of runs");
    store_close(store);
    int descriptor = open(fixture->path, O_WRONLY);
    static const char garbage[3000] = "garbage";
    assert_int_equal(pwrite(descriptor, garbage, sizeof garbage, 4096), sizeof garbage);
    close(descriptor);
    assert_ok(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error));
    struct run run;
    assert_refused(fixture, store_run_find(store, "0123", &run, &fixture->error), ERROR_DATA,
                   ".recover");
    store_close(store);
}

static void wal_is_switched_back(void **state)
{
    struct fixture *fixture = *state;
    store_close(open_store(fixture, STORE_WRITE));
    execute_behind(fixture, "PRAGMA journal_mode = WAL");
    store_close(open_store(fixture, STORE_WRITE));
    char version = 0;
    int descriptor = open(fixture->path, O_RDONLY);
    assert_int_equal(pread(descriptor, &version, 1, 18), 1);
    close(descriptor);
    assert_int_equal(version, 1); /* 2 would be WAL: sqlite.org/fileformat.html, offset 18 */
}

static void not_permitted(void **state)
{
    struct fixture *fixture = *state;
    struct store *store;
    if (geteuid() == 0)
        skip();
    store_close(open_store(fixture, STORE_WRITE));
    chmod(fixture->folder, 0500);
    assert_refused(fixture, store_open(&store, fixture->path, STORE_WRITE, &fixture->error),
                   ERROR_FAILED, "cannot be written");
    store_close(open_store(fixture, STORE_READ));
    chmod(fixture->folder, 0700);
    chmod(fixture->path, 0);
    assert_refused(fixture, store_open(&store, fixture->path, STORE_READ, &fixture->error),
                   ERROR_FAILED, "permissions");
}

/* A child that opens the store when the gate opens, and stores a run of its own with metrics. */
static void open_and_write(struct fixture *fixture, int gate, int child)
{
    struct store *store;
    struct run_begun begun;
    char key[33], byte;
    snprintf(key, sizeof key, "%032x", child + 1);
    memmove(key, key + 20, 12);
    struct run_request request = request_for(fixture, key);
    if (read(gate, &byte, 1) != 0 ||
        store_open(&store, fixture->path, STORE_WRITE, &fixture->error) != 0 ||
        store_run_begin(store, &request, &begun, &fixture->error) != 0 ||
        begun.outcome != BEGIN_STARTED) {
        fprintf(stderr, "child %d: %s\n", child, fixture->error.text);
        _exit(1);
    }
    struct run_writer *writer = run_writer_new(store, &begun);
    for (int step = 1; step <= 20; step++) {
        struct run_progress progress = {.step = step};
        run_record(writer, "train.loss", step, 0, 0, 1.0 / step);
        run_record(writer, step % 2 ? "odd" : "even", step, 0, 0, child);
        if (step % 5 == 0 && run_flush(writer, &progress, &fixture->error) != 0) {
            fprintf(stderr, "child %d: %s\n", child, fixture->error.text);
            _exit(1);
        }
    }
    run_writer_free(writer);
    store_close(store);
    _exit(0);
}

static void sixteen_at_once(void **state)
{
    enum { CHILDREN = 16 };
    struct fixture *fixture = *state;
    int gate[2];
    pid_t children[CHILDREN];
    assert_int_equal(pipe(gate), 0);
    snprintf(fixture->path, sizeof fixture->path, "%s/new/unroll.db", fixture->folder);
    for (int child = 0; child < CHILDREN; child++) {
        children[child] = fork();
        if (children[child] == 0) {
            close(gate[1]);
            open_and_write(fixture, gate[0], child);
        }
    }
    close(gate[0]);
    close(gate[1]);
    for (int child = 0; child < CHILDREN; child++)
        assert_int_equal(wait_for(children[child]), 0);
    struct store *store = open_store(fixture, STORE_READ);
    struct run_list list;
    assert_ok(fixture, store_check(store, &fixture->error));
    assert_ok(fixture, store_run_list(store, NULL, &list, &fixture->error));
    assert_int_equal(list.count, CHILDREN);
    for (size_t i = 0; i < list.count; i++) {
        struct metrics metrics;
        assert_ok(fixture, store_metrics_load(store, list.runs[i].id, "train.loss", &metrics,
                                              &fixture->error));
        assert_int_equal(metrics.count, 20);
        metrics_release(&metrics);
    }
    run_list_release(&list);
    store_close(store);
}

static void a_child_must_open_its_own(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    pid_t child = fork();
    if (child == 0) {
        struct run run;
        bool refused = store_run_find(store, "0", &run, &fixture->error) == -1 &&
                       strstr(fixture->error.text, "open it anew");
        store_close(store);
        struct store *own = open_store(fixture, STORE_WRITE);
        store_close(own);
        _exit(refused ? 0 : 1);
    }
    assert_int_equal(wait_for(child), 0);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        STORE_TEST(makes_its_folder),
        STORE_TEST(another_name_has_a_folder_of_its_own),
        STORE_TEST(missing_is_not_found),
        STORE_TEST(odd_names_are_files),
        STORE_TEST(reading_changes_nothing),
        STORE_TEST(other_files_are_refused),
        STORE_TEST(short_and_special_files_are_refused),
        STORE_TEST(an_emptied_store_is_mentioned),
        STORE_TEST(newer_is_refused),
        STORE_TEST(truncated_is_refused),
        STORE_TEST(damage_is_found),
        STORE_TEST(wal_is_switched_back),
        STORE_TEST(not_permitted),
        STORE_TEST(sixteen_at_once),
        STORE_TEST(a_child_must_open_its_own),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
