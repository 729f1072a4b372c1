#include "unit/store_fixture.h"

#include <math.h>
#include <signal.h>
#include <sys/resource.h>

static struct metrics load(struct fixture *fixture, struct store *store, const char *id,
                           const char *series)
{
    struct metrics metrics;
    if (store_metrics_load(store, id, series, &metrics, &fixture->error) != 0)
        fail_msg("%s", fixture->error.text);
    return metrics;
}

static void metrics_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    for (int step = 100; step > 0; step--)
        run_record(writer, "train.loss", step, step / 10.0, step / 100.0, 1.0 / step);
    run_record(writer, "test.accuracy", 50, 5, 0.5, 0.25);
    run_record(writer, "test.accuracy", 50, 5, 0.5, 0.5); /* replaces the one before */
    struct metrics metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 0);
    struct run_progress progress = {.step = 100,
                                    .examples = 12800,
                                    .train_seconds = 1.5,
                                    .evaluate_seconds = 0.5,
                                    .cpu_seconds = 1.25};
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
    assert_false(run_flush_due(writer));
    metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 100);
    for (int i = 0; i < 100; i++) {
        assert_int_equal(metrics.steps[i], i + 1);
        assert_true(metrics.epochs[i] == (i + 1) / 10.0);
        assert_true(metrics.seconds[i] == (i + 1) / 100.0);
        assert_true(metrics.values[i] == 1.0 / (i + 1));
    }
    metrics_release(&metrics);
    double value;
    bool found;
    assert_ok(fixture, store_metrics_last(store, begun.id, "test.accuracy", &value, &found,
                                          &fixture->error));
    assert_true(found && value == 0.5);
    assert_ok(fixture,
              store_metrics_last(store, begun.id, "nothing", &value, &found, &fixture->error));
    assert_false(found);
    char **names;
    size_t count;
    assert_ok(fixture, store_series_list(store, begun.id, &names, &count, &fixture->error));
    assert_int_equal(count, 2);
    assert_string_equal(names[0], "test.accuracy");
    assert_string_equal(names[1], "train.loss");
    store_series_free(names, count);
    struct run run;
    assert_ok(fixture, store_run_find(store, begun.id, &run, &fixture->error));
    assert_int_equal(run.progress.step, 100);
    assert_int_equal(run.progress.examples, 12800);
    assert_true(run.progress.train_seconds == 1.5 && run.progress.evaluate_seconds == 0.5);
    assert_true(run.progress.cpu_seconds == 1.25);
    assert_true(run.heartbeat > run.started);
    run_release(&run);
    run_writer_free(writer);
    store_close(store);
}

/* The column has nothing then, which no sum or mean takes for 0. */
static void unknown_processor_time_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    struct run run;
    assert_ok(fixture, store_run_find(store, begun.id, &run, &fixture->error));
    assert_true(isnan(run.progress.cpu_seconds)); /* nothing was written yet */
    run_release(&run);
    const struct run_progress known = {.cpu_seconds = 0}, unknown = {.cpu_seconds = NAN};
    assert_ok(fixture, run_flush(writer, &known, &fixture->error));
    assert_ok(fixture, store_run_get(store, begun.id, &run, &fixture->error));
    assert_true(run.progress.cpu_seconds == 0);
    run_release(&run);
    assert_ok(fixture, run_flush(writer, &unknown, &fixture->error));
    assert_ok(fixture, store_run_get(store, begun.id, &run, &fixture->error));
    assert_true(isnan(run.progress.cpu_seconds));
    run_release(&run);
    run_writer_free(writer);
    store_close(store);
    execute_behind(fixture, "CREATE TEMP TABLE found (n CHECK (n = 1));"
                            "INSERT INTO found SELECT count(*) FROM runs "
                            "WHERE cpu_seconds IS NULL");
}

static void what_is_no_number_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    static const double values[] = {NAN, INFINITY, -INFINITY, -0.0, 1e300, 5e-324};
    for (int i = 0; i < 6; i++)
        run_record(writer, "train.loss", i, 0, 0, values[i]);
    struct final finals[] = {{(char[]){"test.loss"}, NAN}, {(char[]){"test.accuracy"}, 0.1}};
    struct run_result result = {.finals = finals, .final_count = 2};
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    struct metrics metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 6);
    assert_true(isnan(metrics.values[0]));
    for (int i = 1; i < 6; i++)
        assert_true(metrics.values[i] == values[i]);
    metrics_release(&metrics);
    struct finals loaded;
    assert_ok(fixture, store_finals_load(store, begun.id, &loaded, &fixture->error));
    assert_int_equal(loaded.count, 2);
    assert_true(isnan(*finals_find(&loaded, "test.loss")));
    assert_true(*finals_find(&loaded, "test.accuracy") == 0.1);
    assert_null(finals_find(&loaded, "test"));
    finals_release(&loaded);
    run_writer_free(writer);
    store_close(store);
}

static void finish_stores_all_at_once(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    run_record(writer, "train.loss", 100, 1, 1, 0.5);
    int32_t labels[] = {1, 2, 3}, predicted[] = {1, 2, 300};
    float probabilities[] = {0.5f, 0.25f, 1};
    struct predictions predictions[] = {
        {.split = "test",
         .count = 3,
         .labels = labels,
         .predicted = predicted,
         .probabilities = probabilities},
        {.split = "validation"},
    };
    struct final final = {(char[]){"test.accuracy"}, 2.0 / 3};
    struct run_result result = {
        .progress = {.step = 100},
        .finals = &final,
        .final_count = 1,
        .predictions = predictions,
        .prediction_count = 2,
        .checkpoint = "final.safetensors",
        .checkpoint_hash = "abc",
    };
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    struct run run;
    assert_ok(fixture, store_run_find(store, begun.id, &run, &fixture->error));
    assert_int_equal(run.state, RUN_DONE);
    assert_true(run.ended > run.started);
    assert_string_equal(run.checkpoint, "final.safetensors");
    assert_string_equal(run.checkpoint_hash, "abc");
    assert_int_equal(run.checkpoint_step, 100);
    run_release(&run);
    struct predictions loaded;
    bool found;
    assert_ok(fixture,
              store_predictions_load(store, begun.id, "test", &loaded, &found, &fixture->error));
    assert_true(found);
    assert_int_equal(loaded.count, 3);
    assert_memory_equal(loaded.labels, labels, sizeof labels);
    assert_memory_equal(loaded.predicted, predicted, sizeof predicted);
    assert_memory_equal(loaded.probabilities, probabilities, sizeof probabilities);
    predictions_release(&loaded);
    assert_ok(fixture, store_predictions_load(store, begun.id, "validation", &loaded, &found,
                                              &fixture->error));
    assert_true(found && loaded.count == 0);
    predictions_release(&loaded);
    assert_ok(fixture,
              store_predictions_load(store, begun.id, "train", &loaded, &found, &fixture->error));
    assert_false(found);
    assert_refused(fixture,
                   store_predictions_load(store, begun.id, "train", &loaded, NULL, &fixture->error),
                   ERROR_NOT_FOUND, "no predictions on the split train");
    assert_refused(fixture, run_finish(writer, &result, &fixture->error), ERROR_FAILED,
                   "no longer this process's");
    run_writer_free(writer);
    store_close(store);
}

static void resume_goes_on_from_the_checkpoint(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    struct run_progress progress = {.step = 40, .train_seconds = 4};
    for (int step = 0; step <= 60; step += 10) {
        run_record(writer, "train.loss", step, 0, 0, step);
        if (step == 40)
            assert_ok(fixture, run_checkpoint(writer, &progress, "step-40.safetensors", "h40",
                                              &fixture->error));
    }
    struct run_progress late = {.step = 60, .train_seconds = 6};
    assert_ok(fixture, run_stop(writer, RUN_INTERRUPTED, "SIGINT", &late, &fixture->error));
    run_writer_free(writer);

    begun = begin(fixture, store, KEY_A, BEGIN_RESUMED);
    struct run run;
    assert_ok(fixture, store_run_find(store, begun.id, &run, &fixture->error));
    assert_string_equal(run.checkpoint, "step-40.safetensors");
    assert_string_equal(run.checkpoint_hash, "h40");
    assert_int_equal(run.checkpoint_step, 40);
    run_release(&run);
    writer = run_writer_new(store, &begun);
    assert_ok(fixture, run_rewind(writer, &progress, &fixture->error));
    struct metrics metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 5);
    metrics_release(&metrics);
    assert_ok(fixture, store_run_find(store, begun.id, &run, &fixture->error));
    assert_int_equal(run.progress.step, 40);
    assert_true(run.progress.train_seconds == 4);
    run_release(&run);

    run_record(writer, "train.loss", 50, 0, 0, 50);
    assert_ok(fixture, run_flush(writer, &late, &fixture->error));
    assert_ok(fixture, run_rewind(writer, &progress, &fixture->error));
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error)); /* has nothing to write */
    metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 5);
    metrics_release(&metrics);

    struct run_progress nothing = {0};
    assert_ok(fixture, run_rewind(writer, &nothing, &fixture->error));
    metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 0);
    assert_ok(fixture, store_run_find(store, begun.id, &run, &fixture->error));
    assert_string_equal(run.checkpoint, "");
    run_release(&run);
    run_writer_free(writer);
    store_close(store);
}

static void who_lost_the_run_cannot_write(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun first = begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_ok(fixture,
              store_run_stop(store, first.id, first.attempt, RUN_FAILED, "", &fixture->error));
    struct run_begun second = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *loser = run_writer_new(store, &first);
    struct run_writer *owner = run_writer_new(store, &second);
    struct run_progress progress = {.step = 1};
    run_record(loser, "train.loss", 1, 0, 0, 1);
    assert_refused(fixture, run_flush(loser, &progress, &fixture->error), ERROR_FAILED,
                   "no longer this process's");
    assert_ok(fixture, run_flush(owner, &progress, &fixture->error));
    struct metrics metrics = load(fixture, store, first.id, "train.loss");
    assert_int_equal(metrics.count, 0);
    run_writer_free(loser);
    run_writer_free(owner);
    store_close(store);
}

/* Files may not grow beyond LIMIT bytes: as good as a full disk. */
static void limit_files(rlim_t limit)
{
    struct rlimit files;
    getrlimit(RLIMIT_FSIZE, &files);
    files.rlim_cur = limit;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &files), 0);
}

static void a_full_disk_loses_nothing(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    struct run_progress progress = {.step = 10};
    run_record(writer, "train.loss", 1, 0, 0, 1);
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
    for (int step = 2; step <= 20000; step++)
        run_record(writer, "train.loss", step, step, step, 1.0 / step);
    progress.step = 20000;
    signal(SIGXFSZ, SIG_IGN);
    limit_files(200 * 1000);
    assert_refused(fixture, run_flush(writer, &progress, &fixture->error), ERROR_FAILED,
                   "nothing was changed");
    limit_files(RLIM_INFINITY);
    assert_ok(fixture, store_check(store, &fixture->error));
    struct metrics metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 1);
    metrics_release(&metrics);
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
    metrics = load(fixture, store, begun.id, "train.loss");
    assert_int_equal(metrics.count, 20000);
    metrics_release(&metrics);
    run_writer_free(writer);
    store_close(store);
}

static void a_kill_keeps_what_was_flushed(void **state)
{
    struct fixture *fixture = *state;
    store_close(open_store(fixture, STORE_WRITE));
    pid_t child = fork();
    if (child == 0) {
        struct store *store = open_store(fixture, STORE_WRITE);
        struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
        struct run_writer *writer = run_writer_new(store, &begun);
        struct run_progress progress = {.step = 5};
        for (int step = 1; step <= 5; step++)
            run_record(writer, "train.loss", step, 0, 0, step);
        run_flush(writer, &progress, &fixture->error);
        run_record(writer, "train.loss", 6, 0, 0, 6);
        kill(getpid(), SIGKILL);
    }
    assert_int_equal(wait_for(child), 128 + SIGKILL);
    struct store *store = open_store(fixture, STORE_READ);
    struct metrics metrics = load(fixture, store, "0123456789ab", "train.loss");
    assert_int_equal(metrics.count, 5);
    metrics_release(&metrics);
    assert_ok(fixture, store_check(store, &fixture->error));
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(metrics_come_back),
        STORE_TEST(unknown_processor_time_comes_back),
        STORE_TEST(what_is_no_number_comes_back),
        STORE_TEST(finish_stores_all_at_once),
        STORE_TEST(resume_goes_on_from_the_checkpoint),
        STORE_TEST(who_lost_the_run_cannot_write),
        STORE_TEST(a_full_disk_loses_nothing),
        STORE_TEST(a_kill_keeps_what_was_flushed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
