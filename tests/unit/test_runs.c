#include "store/database.h"
#include "unit/store_fixture.h"

#include <math.h>
#include <signal.h>

static struct run find(struct fixture *fixture, struct store *store, const char *id)
{
    struct run run;
    if (store_run_find(store, id, &run, &fixture->error) != 0)
        fail_msg("%s", fixture->error.text);
    return run;
}

static void finish(struct fixture *fixture, struct store *store, const struct run_begun *begun)
{
    struct run_writer *writer = run_writer_new(store, begun);
    struct run_result result = {.progress = {.step = 100}};
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    run_writer_free(writer);
}

static void stop(struct fixture *fixture, struct store *store, const struct run_begun *begun,
                 enum run_state how)
{
    struct run_writer *writer = run_writer_new(store, begun);
    struct run_progress progress = {.step = 50};
    assert_ok(fixture, run_stop(writer, how, "why", &progress, &fixture->error));
    run_writer_free(writer);
}

/* Stores of each earlier version are read as they are, and brought up to date by who writes: the
 * time that nobody measured is not known, neither before nor after. */
static void older_runs_have_no_processor_time(void **state)
{
    struct fixture *fixture = *state;
    for (int version = 0; version < OLDER_VERSIONS; version++) {
        struct store *store = open_store(fixture, STORE_WRITE);
        struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
        finish(fixture, store, &begun);
        struct run run = find(fixture, store, begun.id);
        assert_true(run.progress.cpu_seconds == 0);
        run_release(&run);
        store_close(store);
        execute_behind(fixture, to_older_version[version]);
        for (int mode = STORE_READ; mode <= STORE_WRITE; mode++) {
            store = open_store(fixture, (enum store_mode)mode);
            run = find(fixture, store, begun.id);
            assert_int_equal(run.state, RUN_DONE);
            assert_string_equal(run.config, "name: lstm\n");
            assert_true(isnan(run.progress.cpu_seconds));
            run_release(&run);
            struct run_list list;
            assert_ok(fixture, store_run_list(store, NULL, &list, &fixture->error));
            assert_int_equal(list.count, 1);
            assert_true(isnan(list.runs[0].progress.cpu_seconds));
            run_list_release(&list);
            if (mode == STORE_WRITE)
                assert_ok(fixture, store_check(store, &fixture->error));
            store_close(store);
        }
        assert_int_equal(unlink(fixture->path), 0);
    }
}

/* A run that goes on from nothing has no time of the attempts before. */
static void a_run_without_a_checkpoint_forgets_its_time(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    const struct run_progress progress = {.step = 50, .train_seconds = 5, .cpu_seconds = 4};
    assert_ok(fixture, run_stop(writer, RUN_FAILED, "why", &progress, &fixture->error));
    run_writer_free(writer);
    struct run run = find(fixture, store, begun.id);
    assert_true(run.progress.cpu_seconds == 4);
    run_release(&run);
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    run = find(fixture, store, begun.id);
    assert_true(run.progress.train_seconds == 0 && isnan(run.progress.cpu_seconds));
    run_release(&run);
    store_close(store);
}

static void begin_records_everything(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_string_equal(begun.id, "0123456789ab");
    struct run run = find(fixture, store, begun.id);
    assert_string_equal(run.key, KEY_A);
    assert_string_equal(run.name, "lstm");
    assert_int_equal(run.state, RUN_RUNNING);
    assert_string_equal(run.message, "");
    assert_int_equal(run.seed, 7);
    assert_true(run.created > 1e9 && run.started == run.created && run.heartbeat == run.created);
    assert_true(run.ended == 0);
    assert_int_equal(run.attempts, 1);
    assert_int_equal(run.steps, 100);
    assert_int_equal(run.progress.step, 0);
    assert_int_equal(run.parameters, 1234);
    assert_string_equal(run.checkpoint, "");
    assert_string_equal(run.data_digest, "digest");
    assert_string_equal(run.engine, "0.1");
    assert_string_equal(run.plugins, "");
    assert_string_equal(run.config, "name: lstm\n");
    assert_string_equal(run.canonical, "name=lstm\n");
    const struct environment *a = &run.environment, *b = &fixture->environment;
    assert_string_equal(a->compiler, b->compiler);
    assert_string_equal(a->blas, "no BLAS");
    assert_string_equal(a->isa, "baseline");
    assert_string_equal(a->cpu, b->cpu);
    assert_int_equal(a->threads, 1);
    assert_string_equal(a->process.host, b->process.host);
    assert_string_equal(a->process.boot_id, b->process.boot_id);
    assert_int_equal(a->process.namespace, b->process.namespace);
    assert_int_equal(a->process.pid, getpid());
    assert_int_equal(a->process.start_ticks, b->process.start_ticks);
    run_release(&run);
    store_close(store);
}

static void a_done_run_is_not_trained_again(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_string_equal(begin(fixture, store, KEY_A, BEGIN_RUNNING).id, begun.id);
    finish(fixture, store, &begun);
    assert_string_equal(begin(fixture, store, KEY_A, BEGIN_DONE).id, begun.id);
    begin(fixture, store, KEY_B, BEGIN_STARTED);

    struct run_request request = request_for(fixture, KEY_A);
    struct run_begun again;
    request.rule = TAKE_FORCED;
    for (int i = 2; i <= 3; i++) {
        char *id = text_format("%s-%d", begun.id, i);
        assert_ok(fixture, store_run_begin(store, &request, &again, &fixture->error));
        assert_int_equal(again.outcome, BEGIN_STARTED);
        assert_string_equal(again.id, id);
        memory_free(id);
        finish(fixture, store, &again);
    }
    assert_string_equal(begin(fixture, store, KEY_A, BEGIN_DONE).id, again.id);
    store_close(store);
}

/* Also when another run with its key is done: that is what a forced run that was interrupted is. */
static void a_forced_run_is_gone_on_with(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED), forced, again;
    finish(fixture, store, &begun);
    struct run_request request = request_for(fixture, KEY_A);
    request.rule = TAKE_FORCED;
    assert_ok(fixture, store_run_begin(store, &request, &forced, &fixture->error));
    assert_ok(fixture, store_run_begin(store, &request, &again, &fixture->error));
    assert_int_equal(again.outcome, BEGIN_RUNNING);
    struct run_writer *writer = run_writer_new(store, &forced);
    struct run_progress progress = {.step = 3};
    assert_ok(fixture, run_checkpoint(writer, &progress, "step-3", "hash", &fixture->error));
    run_writer_free(writer);
    stop(fixture, store, &forced, RUN_INTERRUPTED);
    assert_string_equal(begin(fixture, store, KEY_A, BEGIN_DONE).id, begun.id);
    assert_ok(fixture, store_run_begin(store, &request, &again, &fixture->error));
    assert_int_equal(again.outcome, BEGIN_RESUMED);
    assert_string_equal(again.id, forced.id);
    finish(fixture, store, &again);
    assert_ok(fixture, store_run_begin(store, &request, &again, &fixture->error));
    assert_int_equal(again.outcome, BEGIN_STARTED);
    assert_string_not_equal(again.id, forced.id);
    store_close(store);
}

static void an_unfinished_run_is_taken_over(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    static const enum run_state endings[] = {RUN_FAILED, RUN_DIVERGED, RUN_INTERRUPTED};
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    for (int i = 0; i < 3; i++) {
        struct run_writer *writer = run_writer_new(store, &begun);
        run_record(writer, "train.loss", 10, 0, 0, 1);
        run_writer_free(writer);
        stop(fixture, store, &begun, endings[i]);
        struct run run = find(fixture, store, begun.id);
        assert_int_equal(run.state, endings[i]);
        assert_string_equal(run.message, "why");
        assert_true(run.ended >= run.started);
        assert_int_equal(run.progress.step, 50);
        run_release(&run);
        char id[RUN_ID_SIZE];
        memcpy(id, begun.id, sizeof id);
        begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
        assert_string_equal(begun.id, id);
        assert_int_equal(begun.attempt, i + 2);
        run = find(fixture, store, id);
        assert_int_equal(run.state, RUN_RUNNING);
        assert_int_equal(run.progress.step, 0);
        assert_string_equal(run.message, "");
        assert_true(run.ended == 0);
        run_release(&run);
    }
    store_close(store);
}

static void of_two_processes_one_starts(void **state)
{
    enum { CHILDREN = 6 };
    struct fixture *fixture = *state;
    store_close(open_store(fixture, STORE_WRITE));
    int gate[2], answers[2];
    assert_int_equal(pipe(gate), 0);
    assert_int_equal(pipe(answers), 0);
    pid_t children[CHILDREN];
    for (int child = 0; child < CHILDREN; child++) {
        children[child] = fork();
        if (children[child] != 0)
            continue;
        char byte;
        environment_release(&fixture->environment);
        environment_collect(&fixture->environment, "", "", 1);
        struct store *store = open_store(fixture, STORE_WRITE);
        close(gate[1]);
        struct run_request request = request_for(fixture, KEY_A);
        struct run_begun begun;
        if (read(gate[0], &byte, 1) != 0 ||
            store_run_begin(store, &request, &begun, &fixture->error) != 0)
            _exit(1);
        byte = (char)begun.outcome;
        if (write(answers[1], &byte, 1) != 1)
            _exit(2);
        for (;;)
            pause();
    }
    close(gate[0]);
    close(gate[1]);
    int started = 0, running = 0;
    for (int child = 0; child < CHILDREN; child++) {
        char outcome;
        assert_int_equal(read(answers[0], &outcome, 1), 1);
        started += outcome == BEGIN_STARTED;
        running += outcome == BEGIN_RUNNING;
    }
    for (int child = 0; child < CHILDREN; child++) {
        kill(children[child], SIGKILL);
        wait_for(children[child]);
    }
    close(answers[0]);
    close(answers[1]);
    assert_int_equal(started, 1);
    assert_int_equal(running, CHILDREN - 1);
}

/* A child that begins KEY_A and is killed. */
static void begin_and_die(struct fixture *fixture)
{
    pid_t child = fork();
    if (child == 0) {
        environment_release(&fixture->environment);
        environment_collect(&fixture->environment, "", "", 1);
        struct store *store = open_store(fixture, STORE_WRITE);
        begin(fixture, store, KEY_A, BEGIN_STARTED);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(wait_for(child), 128 + SIGKILL);
}

static void a_killed_run_is_reclaimed(void **state)
{
    struct fixture *fixture = *state;
    begin_and_die(fixture);
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run run = find(fixture, store, "0");
    assert_int_equal(run.state, RUN_RUNNING);
    run_release(&run);
    struct run_begun alive = begin(fixture, store, KEY_B, BEGIN_STARTED);
    size_t count;
    assert_ok(fixture, store_reclaim(store, &count, &fixture->error));
    assert_int_equal(count, 1);
    run = find(fixture, store, "0");
    assert_int_equal(run.state, RUN_INTERRUPTED);
    assert_non_null(strstr(run.message, "ended without a word"));
    assert_true(run.ended == run.heartbeat);
    run_release(&run);
    run = find(fixture, store, alive.id);
    assert_int_equal(run.state, RUN_RUNNING);
    run_release(&run);
    assert_ok(fixture, store_reclaim(store, &count, &fixture->error));
    assert_int_equal(count, 0);
    store_close(store);
}

static void a_killed_run_does_not_stand_in_the_way(void **state)
{
    struct fixture *fixture = *state;
    begin_and_die(fixture);
    struct store *store = open_store(fixture, STORE_WRITE);
    assert_int_equal(begin(fixture, store, KEY_A, BEGIN_STARTED).attempt, 2);
    store_close(store);
}

/* Moves the heartbeat of all runs SECONDS back. */
static void fall_silent(struct fixture *fixture, struct store *store, int seconds)
{
    char sql[96];
    snprintf(sql, sizeof sql, "UPDATE runs SET heartbeat = heartbeat - %d", seconds);
    assert_ok(fixture, database_execute(store_database(store), sql, &fixture->error));
}

static void elsewhere_the_heartbeat_decides(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    size_t count;
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_ok(fixture, database_execute(store_database(store),
                                        "UPDATE runs SET host = 'far', pid = 1", &fixture->error));
    fall_silent(fixture, store, 14 * 60);
    assert_ok(fixture, store_reclaim(store, &count, &fixture->error));
    assert_int_equal(count, 0);
    begin(fixture, store, KEY_A, BEGIN_RUNNING);
    fall_silent(fixture, store, 2 * 60);
    assert_ok(fixture, store_reclaim(store, &count, &fixture->error));
    assert_int_equal(count, 1);
    store_close(store);
}

static void another_boot_has_ended_all(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    size_t count;
    begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_ok(fixture, database_execute(store_database(store), "UPDATE runs SET boot_id = 'old'",
                                        &fixture->error));
    assert_ok(fixture, store_reclaim(store, &count, &fixture->error));
    assert_int_equal(count, 1);
    store_close(store);
}

static void the_parent_ends_a_crashed_worker(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_ok(fixture, store_run_stop(store, begun.id, begun.attempt, RUN_FAILED,
                                      "worker killed by signal 11", &fixture->error));
    struct run run = find(fixture, store, begun.id);
    assert_int_equal(run.state, RUN_FAILED);
    assert_string_equal(run.message, "worker killed by signal 11");
    run_release(&run);
    assert_ok(fixture, store_run_stop(store, begun.id, begun.attempt, RUN_INTERRUPTED, "too late",
                                      &fixture->error));
    run = find(fixture, store, begun.id);
    assert_int_equal(run.state, RUN_FAILED);
    run_release(&run);
    store_close(store);
}

/* The run was taken over before the parent of the first worker came to it: it is not the parent's
 * any more, whatever has become of it. */
static void what_was_taken_over_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun first = begin(fixture, store, KEY_A, BEGIN_STARTED);
    stop(fixture, store, &first, RUN_INTERRUPTED);
    struct run_begun second = begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_string_equal(second.id, first.id);
    assert_ok(fixture, store_run_stop(store, first.id, first.attempt, RUN_FAILED, "too late",
                                      &fixture->error));
    struct run run = find(fixture, store, first.id);
    assert_int_equal(run.state, RUN_RUNNING);
    run_release(&run);
    stop(fixture, store, &second, RUN_FAILED);
    assert_ok(fixture, store_run_explain(store, first.id, first.attempt, "crashed by signal 11",
                                         &fixture->error));
    run = find(fixture, store, first.id);
    assert_string_equal(run.message, "why");
    run_release(&run);
    assert_ok(fixture, store_run_explain(store, first.id, second.attempt, "crashed by signal 11",
                                         &fixture->error));
    run = find(fixture, store, first.id);
    assert_string_equal(run.message, "crashed by signal 11");
    run_release(&run);
    store_close(store);
}

static struct run_begun begin_by(struct fixture *fixture, struct store *store, enum begin_rule rule,
                                 const char *again, enum begin_outcome outcome)
{
    struct run_request request = request_for(fixture, KEY_A);
    struct run_begun begun;
    request.rule = rule;
    request.again = again;
    assert_ok(fixture, store_run_begin(store, &request, &begun, &fixture->error));
    assert_int_equal(begun.outcome, outcome);
    return begun;
}

static void what_failed_may_be_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    static const enum run_state endings[] = {RUN_FAILED, RUN_DIVERGED};
    struct run_begun begun = begin_by(fixture, store, TAKE_UNFAILED, NULL, BEGIN_STARTED);
    stop(fixture, store, &begun, RUN_INTERRUPTED);
    begun = begin_by(fixture, store, TAKE_UNFAILED, NULL, BEGIN_STARTED);
    for (size_t i = 0; i < 2; i++) {
        stop(fixture, store, &begun, endings[i]);
        struct run_begun left = begin_by(fixture, store, TAKE_UNFAILED, NULL, BEGIN_FAILED);
        assert_string_equal(left.id, begun.id);
        struct run run = find(fixture, store, begun.id);
        assert_int_equal(run.state, endings[i]);
        assert_int_equal(run.attempts, begun.attempt);
        run_release(&run);
        begun = begin_by(fixture, store, TAKE_UNFINISHED, NULL, BEGIN_STARTED);
    }
    store_close(store);
}

/* It begins beside one that failed or is done; only what is named is gone on with. */
static void a_new_run_takes_nothing_over(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun first = begin(fixture, store, KEY_A, BEGIN_STARTED);
    begin_by(fixture, store, TAKE_NONE, NULL, BEGIN_RUNNING);
    stop(fixture, store, &first, RUN_INTERRUPTED);
    struct run_begun second = begin_by(fixture, store, TAKE_NONE, NULL, BEGIN_STARTED);
    assert_string_equal(second.id, "0123456789ab-2");
    stop(fixture, store, &second, RUN_FAILED);
    struct run_begun third = begin_by(fixture, store, TAKE_NONE, "", BEGIN_STARTED);
    assert_string_equal(third.id, "0123456789ab-3");
    finish(fixture, store, &third);
    struct run_begun again = begin_by(fixture, store, TAKE_NONE, second.id, BEGIN_STARTED);
    assert_string_equal(again.id, second.id);
    assert_int_equal(again.attempt, 2);
    store_close(store);
}

static void a_wrong_key_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    static const char *const keys[] = {"", "0123456789AB", "0123456789abcdef0123456789abcdeg"};
    for (size_t i = 0; i < 3; i++) {
        struct run_request request = request_for(fixture, keys[i]);
        struct run_begun begun;
        assert_refused(fixture, store_run_begin(store, &request, &begun, &fixture->error),
                       ERROR_FAILED, "CHECK");
    }
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(older_runs_have_no_processor_time),
        STORE_TEST(a_run_without_a_checkpoint_forgets_its_time),
        STORE_TEST(begin_records_everything),
        STORE_TEST(a_done_run_is_not_trained_again),
        STORE_TEST(a_forced_run_is_gone_on_with),
        STORE_TEST(an_unfinished_run_is_taken_over),
        STORE_TEST(of_two_processes_one_starts),
        STORE_TEST(a_killed_run_is_reclaimed),
        STORE_TEST(a_killed_run_does_not_stand_in_the_way),
        STORE_TEST(elsewhere_the_heartbeat_decides),
        STORE_TEST(another_boot_has_ended_all),
        STORE_TEST(the_parent_ends_a_crashed_worker),
        STORE_TEST(what_was_taken_over_is_left_alone),
        STORE_TEST(what_failed_may_be_left_alone),
        STORE_TEST(a_new_run_takes_nothing_over),
        STORE_TEST(a_wrong_key_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
