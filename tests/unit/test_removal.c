#include "store/experiments.h"
#include "store/removal.h"
#include "unit/store_fixture.h"

#define ID_A "0123456789ab"

static void finish(struct fixture *fixture, struct store *store, const struct run_begun *begun)
{
    struct run_writer *writer = run_writer_new(store, begun);
    const struct final finals[] = {{(char *)(uintptr_t) "test.loss", 1}};
    struct run_result result = {.progress = {.step = 100},
                                .finals = finals,
                                .final_count = 1,
                                .checkpoint = "final.safetensors",
                                .checkpoint_hash = "hash"};
    run_record(writer, "train.loss", 10, 0, 0, 2.5);
    assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    run_writer_free(writer);
}

static struct run_begun force(struct fixture *fixture, struct store *store, const char *key)
{
    struct run_request request = request_for(fixture, key);
    struct run_begun begun;
    request.rule = TAKE_FORCED;
    assert_ok(fixture, store_run_begin(store, &request, &begun, &fixture->error));
    return begun;
}

static char *put(struct fixture *fixture, struct store *store, const char *id, const char *name)
{
    char *folder = store_run_folder(store, id), *path = file_join(folder, name);
    assert_ok(fixture, file_make_folders(folder, &fixture->error));
    assert_ok(fixture, file_replace(path, "12345", 5, &fixture->error));
    memory_free(folder);
    return path;
}

static void remove_run(struct fixture *fixture, struct store *store, const char *id)
{
    const struct removal removal = {.ids = &id, .count = 1};
    struct run_list removed;
    assert_ok(fixture, store_remove(store, &removal, false, &removed, &fixture->error));
    assert_int_equal(removed.count, 1);
    run_list_release(&removed);
}

static size_t count_runs(struct fixture *fixture, struct store *store)
{
    struct run_list list;
    assert_ok(fixture, store_run_list(store, NULL, &list, &fixture->error));
    size_t count = list.count;
    run_list_release(&list);
    return count;
}

static void a_run_goes_with_its_figures(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct metrics metrics;
    finish(fixture, store, &begun);
    remove_run(fixture, store, begun.id);
    assert_int_equal(count_runs(fixture, store), 0);
    /* The number comes again: nothing of the old run must be found by it. */
    assert_int_equal(begin(fixture, store, KEY_A, BEGIN_STARTED).number, begun.number);
    assert_ok(fixture,
              store_metrics_load(store, begun.id, "train.loss", &metrics, &fixture->error));
    assert_int_equal(metrics.count, 0);
    metrics_release(&metrics);
    store_close(store);
}

static void one_in_training_keeps_all(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun done = begin(fixture, store, KEY_A, BEGIN_STARTED);
    finish(fixture, store, &done);
    struct run_begun running = begin(fixture, store, KEY_B, BEGIN_STARTED);
    const char *const ids[] = {done.id, running.id};
    const struct removal removal = {.ids = ids, .count = 2};
    struct run_list removed;
    assert_refused(fixture, store_remove(store, &removal, false, &removed, &fixture->error),
                   ERROR_FAILED, "being trained, nothing was removed");
    assert_int_equal(count_runs(fixture, store), 2);
    store_close(store);
}

static void save_experiment(struct fixture *fixture, struct store *store, const char *name,
                            const char *const *keys, size_t count)
{
    struct trial trials[2];
    for (size_t i = 0; i < count; i++)
        trials[i] = (struct trial){.variant = (char *)(uintptr_t) "lstm",
                                   .seed = (int64_t)i,
                                   .key = (char *)(uintptr_t)keys[i],
                                   .overrides = (char *)(uintptr_t) ""};
    const struct experiment experiment = {.name = (char *)(uintptr_t)name,
                                          .source = (char *)(uintptr_t) "",
                                          .metric = (char *)(uintptr_t) "",
                                          .baseline = (char *)(uintptr_t) "",
                                          .trials = trials,
                                          .trial_count = count};
    assert_ok(fixture, store_experiment_save(store, &experiment, &fixture->error));
}

static void an_experiment_leaves_shared_runs(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    static const char *const both[] = {KEY_A, KEY_B};
    struct run_begun a = begin(fixture, store, KEY_A, BEGIN_STARTED);
    finish(fixture, store, &a);
    struct run_begun b = begin(fixture, store, KEY_B, BEGIN_STARTED);
    finish(fixture, store, &b);
    save_experiment(fixture, store, "first", both, 2);
    save_experiment(fixture, store, "second", both, 1);
    const struct removal removal = {.experiment = "first"};
    struct run_list removed;
    assert_ok(fixture, store_remove(store, &removal, true, &removed, &fixture->error));
    assert_int_equal(removed.count, 1);
    run_list_release(&removed);
    assert_int_equal(count_runs(fixture, store), 2);
    assert_ok(fixture, store_remove(store, &removal, false, &removed, &fixture->error));
    assert_int_equal(removed.count, 1);
    assert_string_equal(removed.runs[0].id, b.id);
    run_list_release(&removed);
    assert_refused(fixture, store_remove(store, &removal, false, &removed, &fixture->error),
                   ERROR_NOT_FOUND, "no experiment 'first'");
    const struct removal second = {.experiment = "second"};
    assert_ok(fixture, store_remove(store, &second, false, &removed, &fixture->error));
    assert_int_equal(removed.count, 1);
    run_list_release(&removed);
    store_close(store);
}

static void collect(struct fixture *fixture, struct store *store, bool is_dry, size_t files)
{
    struct collection collection = {.sweep.is_dry = is_dry};
    assert_ok(fixture, store_collect(store, &collection, &fixture->error));
    assert_int_equal(collection.sweep.failures, 0);
    assert_int_equal(collection.sweep.files, files);
}

/* Which of a run's files goes, by what the store says of it. */
static void what_the_store_names_stays(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    char *final = put(fixture, store, begun.id, "final.safetensors");
    char *step = put(fixture, store, begun.id, "step-50.safetensors");
    collect(fixture, store, false, 0); /* it is being trained, by this process */
    finish(fixture, store, &begun);
    collect(fixture, store, true, 1);
    assert_true(file_exists(step));
    collect(fixture, store, false, 1);
    assert_false(file_exists(step));
    assert_true(file_exists(final));
    memory_free(final);
    memory_free(step);
    store_close(store);
}

static void superseded_runs_lose_their_checkpoints_only(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun first = begin(fixture, store, KEY_A, BEGIN_STARTED);
    finish(fixture, store, &first);
    char *old = put(fixture, store, first.id, "final.safetensors");
    struct run_begun second = force(fixture, store, KEY_A);
    char *new = put(fixture, store, second.id, "final.safetensors");
    collect(fixture, store, false, 0); /* the newer one may still fail */
    finish(fixture, store, &second);
    collect(fixture, store, true, 1);
    collect(fixture, store, false, 1);
    assert_false(file_exists(old));
    assert_true(file_exists(new));
    struct run run;
    assert_ok(fixture, store_run_get(store, first.id, &run, &fixture->error));
    assert_string_equal(run.checkpoint, "");
    run_release(&run);
    assert_int_equal(count_runs(fixture, store), 2);
    struct run_begun third = force(fixture, store, KEY_A); /* newer, but not done */
    char *unfinished = put(fixture, store, third.id, "step-5.safetensors");
    struct run_writer *writer = run_writer_new(store, &third);
    const struct run_progress progress = {.step = 5};
    assert_ok(fixture,
              run_checkpoint(writer, &progress, "step-5.safetensors", "hash", &fixture->error));
    assert_ok(fixture, run_stop(writer, RUN_INTERRUPTED, "", &progress, &fixture->error));
    run_writer_free(writer);
    collect(fixture, store, false, 0);
    assert_true(file_exists(new) && file_exists(unfinished));
    memory_free(old);
    memory_free(new);
    memory_free(unfinished);
    store_close(store);
}

static void files_of_removed_runs_go(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun a = begin(fixture, store, KEY_A, BEGIN_STARTED);
    finish(fixture, store, &a);
    char *file = put(fixture, store, a.id, "final.safetensors");
    remove_run(fixture, store, a.id);
    /* Without any run, the store may be the wrong one. */
    struct collection collection = {0};
    assert_refused(fixture, store_collect(store, &collection, &fixture->error), ERROR_DATA,
                   "holds no runs, but files of 1 lie beside it");
    assert_true(file_exists(file));
    begin(fixture, store, KEY_B, BEGIN_STARTED);
    collect(fixture, store, false, 1);
    char *folder = store_run_folder(store, a.id);
    assert_false(file_exists(folder));
    memory_free(folder);
    memory_free(file);
    store_close(store);
}

static void an_id_that_is_taken_again_is_left_alone(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun a = begin(fixture, store, KEY_A, BEGIN_STARTED);
    finish(fixture, store, &a);
    remove_run(fixture, store, a.id);
    assert_string_equal(begin(fixture, store, KEY_A, BEGIN_STARTED).id, a.id);
    char *file = put(fixture, store, a.id, "step-5.safetensors");
    struct sweep sweep = {0};
    assert_ok(fixture, store_sweep_run(store, a.id, &sweep, &fixture->error));
    assert_true(file_exists(file));
    memory_free(file);
    store_close(store);
}

static void a_dead_run_is_reclaimed_and_keeps_its_checkpoint(void **state)
{
    struct fixture *fixture = *state;
    pid_t child = fork();
    if (child == 0) {
        struct store *own = open_store(fixture, STORE_WRITE);
        process_identity_release(&fixture->environment.process);
        process_identity_collect(&fixture->environment.process);
        struct run_begun begun = begin(fixture, own, KEY_A, BEGIN_STARTED);
        struct run_writer *writer = run_writer_new(own, &begun);
        const struct run_progress progress = {.step = 5};
        _exit(run_checkpoint(writer, &progress, "step-5.safetensors", "hash", &fixture->error));
    }
    assert_int_equal(wait_for(child), 0);
    struct store *store = open_store(fixture, STORE_CHANGE);
    char *named = put(fixture, store, ID_A, "step-5.safetensors");
    char *part = put(fixture, store, ID_A, "step-9.safetensors.1234567.tmp");
    collect(fixture, store, true, 1);
    struct collection collection = {0};
    assert_ok(fixture, store_collect(store, &collection, &fixture->error));
    assert_int_equal(collection.reclaimed, 1);
    assert_true(file_exists(named));
    assert_false(file_exists(part));
    memory_free(named);
    memory_free(part);
    store_close(store);
}

static void a_vacuum_waits_for_no_one(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    int64_t bytes = -1;
    struct run_begun a = begin(fixture, store, KEY_A, BEGIN_STARTED);
    assert_refused(fixture, store_vacuum(store, &fixture->error), ERROR_FAILED,
                   "runs in training (1)");
    finish(fixture, store, &a);
    assert_ok(fixture, store_vacuum(store, &fixture->error));
    assert_ok(fixture, store_count_free(store, &bytes, &fixture->error));
    assert_int_equal(bytes, 0);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(a_run_goes_with_its_figures),
        STORE_TEST(one_in_training_keeps_all),
        STORE_TEST(an_experiment_leaves_shared_runs),
        STORE_TEST(what_the_store_names_stays),
        STORE_TEST(superseded_runs_lose_their_checkpoints_only),
        STORE_TEST(files_of_removed_runs_go),
        STORE_TEST(an_id_that_is_taken_again_is_left_alone),
        STORE_TEST(a_dead_run_is_reclaimed_and_keeps_its_checkpoint),
        STORE_TEST(a_vacuum_waits_for_no_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
