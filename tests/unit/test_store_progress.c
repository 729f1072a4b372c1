#include "made_up_store.h"
#include "store/progress.h"
#include "unit/store_fixture.h"

#include "store/database.h"

#include <sqlite3.h>

static const struct made_up cells[] = {
    {"rnn", 1, 0.9, 1000, 100, RUN_DONE},        {"rnn", 2, 0.9, 1000, 100, RUN_RUNNING},
    {"rnn", -3, 0.9, 1000, 100, RUN_QUEUED},     {"lstm", 1, 0.9, 400, 100, RUN_DIVERGED},
    {"lstm", 2, 0.9, 400, 100, RUN_INTERRUPTED}, {"lstm", 3, 0.9, 400, 100, RUN_FAILED},
    {"lstm", 4, 0.9, 400, 100, RUN_RUNNING},
};
enum { CELLS = sizeof cells / sizeof cells[0] };

static struct store *made_up_store(struct fixture *fixture)
{
    struct store *store = open_store(fixture, STORE_WRITE);
    made_up_experiment(store, "cells", cells, CELLS);
    return store;
}

static void execute(struct fixture *fixture, struct store *store, const char *sql)
{
    assert_ok(fixture, database_execute(store_database(store), sql, &fixture->error));
}

static void load(struct fixture *fixture, struct store *store, const char *experiment, size_t limit,
                 struct store_progress *progress)
{
    assert_ok(fixture, store_progress_load(store, experiment, limit, progress, &fixture->error));
}

static void trials_are_counted_by_state(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    struct store_progress progress;
    load(fixture, store, NULL, 0, &progress);
    assert_int_equal(progress.experiment_count, 1);
    const struct experiment_progress *experiment = &progress.experiments[0];
    assert_string_equal(experiment->name, "cells");
    assert_int_equal(experiment->trials, 7);
    const int64_t expected[RUN_STATES] = {
        [RUN_QUEUED] = 1, [RUN_RUNNING] = 2,  [RUN_DONE] = 1,
        [RUN_FAILED] = 1, [RUN_DIVERGED] = 1, [RUN_INTERRUPTED] = 1};
    assert_memory_equal(experiment->states, expected, sizeof expected);
    assert_int_equal(experiment->variant_count, 2);
    assert_int_equal(experiment->variants[0].states[RUN_DONE], 1);
    assert_int_equal(experiment->variants[1].states[RUN_RUNNING], 1);
    assert_true(fabs(experiment->variants[0].done_seconds - 12) < 1e-9); /* 11 and 1 */
    assert_true(experiment->variants[1].interrupted_share == 0);         /* no checkpoint */
    store_progress_release(&progress);
    store_close(store);
}

static void a_running_run_has_its_newest_figures(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    execute(fixture, store,
            "INSERT INTO series (name) VALUES ('train.accuracy');"
            "INSERT INTO metrics SELECT number, (SELECT number FROM series WHERE name = "
            "'train.accuracy'), 7, 0, 0, 0.5, NULL FROM runs WHERE name = 'rnn' AND seed = 2;"
            "UPDATE metrics SET value = 0.25 WHERE step = 500 AND series = "
            "(SELECT number FROM series WHERE name = 'train.loss')");
    struct store_progress progress;
    load(fixture, store, NULL, 0, &progress);
    assert_int_equal(progress.run_count, 2);
    const struct running_run *run = &progress.runs[0];
    assert_string_equal(run->name, "rnn");
    assert_int_equal(run->seed, 2);
    assert_int_equal(run->experiment, 0);
    assert_int_equal(run->variant_order, 0);
    assert_int_equal(run->steps, 1000);
    assert_int_equal(run->progress.step, 500);
    assert_int_equal(run->progress.examples, 64000);
    assert_true(run->loss == 0.25);
    assert_true(run->accuracy == 0.5);
    assert_int_equal(run->process.pid, getpid());
    assert_false(run->is_abandoned);
    assert_string_equal(progress.runs[1].name, "lstm");
    assert_true(isnan(progress.runs[1].accuracy));
    store_progress_release(&progress);
    store_close(store);
}

static void a_run_without_process_is_abandoned(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    execute(fixture, store,
            "UPDATE runs SET start_ticks = start_ticks + 1, checkpoint = 'x', "
            "checkpoint_step = 250 WHERE name = 'rnn' AND seed = 2;"
            "UPDATE runs SET host = host || '-other' WHERE name = 'lstm' AND seed = 4");
    struct store_progress progress;
    load(fixture, store, NULL, 0, &progress);
    assert_int_equal(progress.run_count, 2);
    assert_true(progress.runs[0].is_abandoned);
    assert_false(progress.runs[1].is_abandoned); /* elsewhere, and heard of a moment ago */
    assert_int_equal(progress.experiments[0].states[RUN_RUNNING], 1);
    assert_int_equal(progress.experiments[0].states[RUN_INTERRUPTED], 2);
    assert_true(progress.experiments[0].variants[0].interrupted_share == 0.25);
    store_progress_release(&progress);
    execute(fixture, store, "UPDATE runs SET heartbeat = heartbeat - 901 WHERE seed = 4");
    load(fixture, store, NULL, 0, &progress);
    assert_true(progress.runs[1].is_abandoned);
    store_progress_release(&progress);
    /* Looking changed nothing. */
    int64_t counts[RUN_STATES];
    assert_ok(fixture, store_run_count(store, counts, &fixture->error));
    assert_int_equal(counts[RUN_RUNNING], 2);
    store_close(store);
}

/* Three experiments, "cells" the oldest, and a running run of none. */
static struct store *several(struct fixture *fixture)
{
    static const struct made_up done = {"gru", 1, 0.9, 400, 100, RUN_DONE};
    static const struct made_up alone = {"alone", 9, 0.9, 400, 100, RUN_RUNNING};
    struct store *store = made_up_store(fixture);
    char id[RUN_ID_SIZE], key[33];
    made_up_experiment(store, "middle", &done, 1);
    made_up_experiment(store, "newest", &done, 1);
    made_up_run(store, &alone, id, key);
    execute(fixture, store, "UPDATE experiments SET updated = 1000 * number");
    return store;
}

static void experiments_are_newest_first(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = several(fixture);
    struct store_progress progress;
    load(fixture, store, NULL, 0, &progress);
    assert_int_equal(progress.experiment_count, 3);
    assert_string_equal(progress.experiments[0].name, "newest");
    assert_string_equal(progress.experiments[2].name, "cells");
    assert_int_equal(progress.older, 0);
    assert_int_equal(progress.run_count, 3);
    assert_int_equal(progress.runs[0].experiment, 2);
    assert_string_equal(progress.runs[2].name, "alone");
    assert_int_equal(progress.runs[2].experiment, 3);
    store_progress_release(&progress);
    store_close(store);
}

static void the_limit_leaves_what_is_in_training(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = several(fixture);
    struct store_progress progress;
    load(fixture, store, NULL, 1, &progress);
    assert_int_equal(progress.experiment_count, 2);
    assert_string_equal(progress.experiments[0].name, "newest");
    assert_string_equal(progress.experiments[1].name, "cells");
    assert_int_equal(progress.older, 1);
    assert_int_equal(progress.run_count, 3);
    store_progress_release(&progress);
    store_close(store);
}

static void one_experiment_has_its_own_runs_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = several(fixture);
    struct store_progress progress;
    load(fixture, store, "cells", 10, &progress);
    assert_int_equal(progress.experiment_count, 1);
    assert_int_equal(progress.run_count, 2);
    assert_int_equal(progress.older, 0);
    store_progress_release(&progress);
    load(fixture, store, "middle", 10, &progress);
    assert_int_equal(progress.experiment_count, 1);
    assert_int_equal(progress.run_count, 0);
    store_progress_release(&progress);
    assert_refused(fixture, store_progress_load(store, "cell", 10, &progress, &fixture->error),
                   ERROR_NOT_FOUND, "did you mean 'cells'?");
    assert_int_equal(progress.experiment_count, 0);
    store_close(store);
}

/* A trial that is trained anew, although it is done, is in training. */
static void running_counts_before_done(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    execute(fixture, store,
            "UPDATE runs SET key = (SELECT key FROM runs WHERE name = 'rnn' AND seed = 1) "
            "WHERE name = 'rnn' AND seed = 2");
    struct store_progress progress;
    load(fixture, store, NULL, 0, &progress);
    assert_int_equal(progress.experiments[0].states[RUN_RUNNING], 2);
    assert_int_equal(progress.experiments[0].states[RUN_DONE], 0);
    assert_int_equal(progress.experiments[0].states[RUN_QUEUED], 2);
    store_progress_release(&progress);
    store_close(store);
}

/* One process, and two experiments that wait for it. */
static void a_run_of_two_experiments_is_listed_in_both(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    static const struct made_up shared = {"rnn", 2, 0.9, 1000, 100, RUN_RUNNING};
    made_up_experiment(store, "newer", &shared, 1);
    execute(fixture, store,
            "UPDATE experiments SET updated = 1000 * number;"
            "UPDATE trials SET key = (SELECT key FROM trials WHERE experiment = 1 AND "
            "variant = 'rnn' AND seed = 2), variant = 'other' WHERE experiment = 2;"
            "DELETE FROM runs WHERE key NOT IN (SELECT key FROM trials)");
    struct store_progress progress;
    load(fixture, store, NULL, 0, &progress);
    assert_int_equal(progress.run_count, 3);
    assert_int_equal(progress.runs[0].experiment, 0);
    assert_string_equal(progress.runs[0].name, "other");
    assert_int_equal(progress.runs[1].experiment, 1);
    assert_string_equal(progress.runs[1].name, "rnn");
    assert_string_equal(progress.runs[0].id, progress.runs[1].id);
    assert_string_equal(progress.runs[1].process.host, progress.runs[0].process.host);
    assert_int_equal(progress.experiments[0].states[RUN_RUNNING], 1);
    store_progress_release(&progress);
    load(fixture, store, "cells", 0, &progress);
    assert_int_equal(progress.run_count, 2);
    store_progress_release(&progress);
    store_close(store);
}

/* What a trial takes beside its steps: start, data, commits. A run in several attempts was perhaps
 * not trained in between. */
static void a_done_trial_took_from_its_start_to_its_end(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    struct store_progress progress;
    execute(fixture, store, "UPDATE runs SET ended = started + 15 WHERE state = 'done'");
    load(fixture, store, NULL, 0, &progress);
    assert_true(fabs(progress.experiments[0].variants[0].done_seconds - 15) < 1e-3);
    store_progress_release(&progress);
    execute(fixture, store, "UPDATE runs SET attempt = 2 WHERE state = 'done'");
    load(fixture, store, NULL, 0, &progress);
    assert_true(fabs(progress.experiments[0].variants[0].done_seconds - 12) < 1e-9);
    store_progress_release(&progress);
    store_close(store);
}

static void an_empty_store_has_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct store_progress progress;
    load(fixture, store, NULL, 10, &progress);
    assert_int_equal(progress.experiment_count, 0);
    assert_int_equal(progress.run_count, 0);
    store_progress_release(&progress);
    store_close(store);
}

static int count_instruction(void *count)
{
    ++*(int64_t *)count;
    return 0;
}

/* Instructions of SQLite's machine that one look takes. */
static int64_t cost_of_look(struct fixture *fixture, struct store *store)
{
    struct store_progress progress;
    int64_t count = 0;
    sqlite3_progress_handler(store_database(store)->handle, 1, count_instruction, &count);
    load(fixture, store, NULL, 10, &progress);
    sqlite3_progress_handler(store_database(store)->handle, 0, NULL, NULL);
    store_progress_release(&progress);
    return count;
}

static void metrics_and_ended_runs_cost_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = made_up_store(fixture);
    int64_t before = cost_of_look(fixture, store);
    execute(fixture, store,
            "WITH RECURSIVE n(i) AS (SELECT 1001 UNION ALL SELECT i + 1 FROM n WHERE i < 6000) "
            "INSERT INTO metrics SELECT r.number, s.number, n.i, 0, 0, 0.5, NULL "
            "FROM (SELECT number FROM runs) AS r, series AS s, n");
    for (int64_t seed = 1; seed <= 100; seed++) {
        struct made_up alone = {"alone", seed, 0.9, 100, 100, RUN_DONE};
        char id[RUN_ID_SIZE], key[33];
        made_up_run(store, &alone, id, key);
    }
    int64_t after = cost_of_look(fixture, store);
    assert_true(before > 100);
    if (after > before + before / 10)
        fail_msg("%lld instructions became %lld", (long long)before, (long long)after);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(trials_are_counted_by_state),
        STORE_TEST(a_running_run_has_its_newest_figures),
        STORE_TEST(a_run_without_process_is_abandoned),
        STORE_TEST(experiments_are_newest_first),
        STORE_TEST(the_limit_leaves_what_is_in_training),
        STORE_TEST(one_experiment_has_its_own_runs_alone),
        STORE_TEST(running_counts_before_done),
        STORE_TEST(a_run_of_two_experiments_is_listed_in_both),
        STORE_TEST(a_done_trial_took_from_its_start_to_its_end),
        STORE_TEST(an_empty_store_has_nothing),
        STORE_TEST(metrics_and_ended_runs_cost_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
