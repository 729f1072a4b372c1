#include "base/hash.h"
#include "store/database.h"
#include "store/experiments.h"
#include "store/gradient_flow.h"
#include "store/import.h"
#include "unit/store_fixture.h"

#include <math.h>

/* The destination beside the fixture's store, which is the source. */
struct pair {
    struct fixture *fixture;
    struct store *source, *store;
};

static struct pair open_pair(void **state)
{
    struct pair pair = {.fixture = *state};
    pair.source = open_store(pair.fixture, STORE_WRITE);
    char *path = text_format("%s/here/unroll.db", pair.fixture->folder);
    assert_ok(pair.fixture, store_open(&pair.store, path, STORE_WRITE, &pair.fixture->error));
    memory_free(path);
    return pair;
}

static void close_pair(struct pair *pair)
{
    store_close(pair->source);
    store_close(pair->store);
}

/* A run with KEY that ends as STATE, its final accuracy being ACCURACY; FORCE makes another. */
static struct run_begun make_run(struct fixture *fixture, struct store *store, const char *key,
                                 enum run_state state, double accuracy, bool force)
{
    struct run_request request = request_for(fixture, key);
    struct run_begun begun;
    request.rule = force ? TAKE_FORCED : TAKE_UNFINISHED;
    assert_ok(fixture, store_run_begin(store, &request, &begun, &fixture->error));
    assert_int_equal(begun.outcome, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    run_record(writer, "train.loss", 1, 0.5, 0.25, 2.5);
    run_record(writer, "train.loss", 2, 1, 0.5, NAN);
    run_record_gradient_flow(writer, 2, 1, 0, (const double[]){0.5, NAN}, 2);
    const struct run_progress progress = {100, 800, 1.5, 0.5, 1.25};
    const struct final finals[] = {{(char[]){"test.accuracy"}, accuracy},
                                   {(char[]){"test.loss"}, NAN}};
    int32_t classes[] = {1, 300};
    float probabilities[] = {0.5f, 0.25f};
    const struct predictions predictions = {.split = "test",
                                            .count = 2,
                                            .labels = classes,
                                            .predicted = classes,
                                            .probabilities = probabilities};
    const struct run_result result = {.progress = progress,
                                      .finals = finals,
                                      .final_count = 2,
                                      .predictions = &predictions,
                                      .prediction_count = 1};
    if (state == RUN_DONE)
        assert_ok(fixture, run_finish(writer, &result, &fixture->error));
    else if (state == RUN_RUNNING)
        assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
    else
        assert_ok(fixture, run_stop(writer, state, "why", &progress, &fixture->error));
    run_writer_free(writer);
    return begun;
}

/* Imports KEY and expects RESULT, and a warning with WARNING in it, or none for NULL. */
static void bring(struct pair *pair, const char *key, enum import_result result, const char *id,
                  const char *warning)
{
    struct import_outcome outcome;
    assert_ok(pair->fixture,
              import_run(pair->store, pair->source, key, false, &outcome, &pair->fixture->error));
    assert_int_equal(outcome.result, result);
    assert_string_equal(outcome.id, id);
    if (!warning && outcome.warning)
        fail_msg("%s", outcome.warning);
    if (warning && (!outcome.warning || !strstr(outcome.warning, warning)))
        fail_msg("expected '%s' in: %s", warning, outcome.warning ? outcome.warning : "nothing");
    import_outcome_release(&outcome);
}

static void all_of_a_run_comes_in(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    make_run(fixture, pair.store, KEY_B, RUN_DONE, 0.5, false);
    make_run(fixture, pair.source, KEY_A, RUN_DONE, 0.75, false);
    bring(&pair, KEY_A, IMPORT_NEW, "0123456789ab", NULL);
    struct run there, here;
    assert_ok(fixture, store_run_find(pair.source, "0123456789ab", &there, &fixture->error));
    assert_ok(fixture, store_run_find(pair.store, "0123456789ab", &here, &fixture->error));
    assert_string_equal(here.key, KEY_A);
    assert_int_equal(here.state, RUN_DONE);
    assert_true(here.created == there.created && here.ended == there.ended);
    assert_int_equal(here.progress.examples, 800);
    assert_true(here.progress.train_seconds == 1.5 && here.progress.cpu_seconds == 1.25);
    assert_string_equal(here.config, there.config);
    assert_string_equal(here.canonical, there.canonical);
    assert_string_equal(here.environment.process.boot_id, there.environment.process.boot_id);
    run_release(&there);
    run_release(&here);
    struct metrics metrics;
    assert_ok(fixture, store_metrics_load(pair.store, "0123456789ab", "train.loss", &metrics,
                                          &fixture->error));
    assert_int_equal(metrics.count, 2);
    assert_true(metrics.values[0] == 2.5 && isnan(metrics.values[1]));
    assert_true(metrics.epochs[0] == 0.5 && metrics.seconds[1] == 0.5);
    metrics_release(&metrics);
    struct finals finals;
    assert_ok(fixture, store_finals_load(pair.store, "0123456789ab", &finals, &fixture->error));
    assert_int_equal(finals.count, 2);
    assert_true(*finals_find(&finals, "test.accuracy") == 0.75);
    assert_true(isnan(*finals_find(&finals, "test.loss")));
    finals_release(&finals);
    struct predictions predictions;
    bool found;
    assert_ok(fixture, store_predictions_load(pair.store, "0123456789ab", "test", &predictions,
                                              &found, &fixture->error));
    assert_true(found);
    assert_int_equal(predictions.labels[1], 300);
    predictions_release(&predictions);
    struct gradient_flow flow;
    assert_ok(fixture, store_gradient_flow_load(pair.store, "0123456789ab", 2, 1, 0, &flow, &found,
                                                &fixture->error));
    assert_true(found && flow.count == 2);
    assert_true(flow.norms[0] == 0.5f && isnan(flow.norms[1]));
    gradient_flow_release(&flow);
    bring(&pair, KEY_A, IMPORT_PRESENT, "0123456789ab", NULL);
    assert_ok(fixture, store_check(pair.store, &fixture->error));
    close_pair(&pair);
}

/* Of a store of an earlier version comes what it has; the time of the run before is not kept. */
static void processor_time_of_older_stores_is_not_known(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    make_run(fixture, pair.source, KEY_B, RUN_DONE, 0.5, false);
    bring(&pair, KEY_B, IMPORT_NEW, "fedcba987654", NULL);
    make_run(fixture, pair.source, KEY_A, RUN_DONE, 0.75, false);
    store_close(pair.source);
    for (int version = OLDER_VERSIONS - 1; version >= 0; version--) {
        struct run run;
        pair.source = open_store(fixture, STORE_WRITE); /* brought up to date again */
        store_close(pair.source);
        execute_behind(fixture, to_older_version[version]);
        pair.source = open_store(fixture, STORE_READ);
        bring(&pair, KEY_A, IMPORT_NEW, "0123456789ab", NULL);
        assert_ok(fixture, store_run_find(pair.store, "0123456789ab", &run, &fixture->error));
        assert_true(run.progress.train_seconds == 1.5 && isnan(run.progress.cpu_seconds));
        assert_string_equal(run.config, "name: lstm\n");
        run_release(&run);
        assert_ok(fixture,
                  database_execute(store_database(pair.store),
                                   "DELETE FROM runs WHERE id = '0123456789ab'", &fixture->error));
        store_close(pair.source);
    }
    pair.source = NULL;
    close_pair(&pair);
}

/* What comes in, for each state here (-1: no run) and there. */
static void states_decide(void **state)
{
    static const struct {
        int here;
        enum run_state there;
        enum import_result result;
        const char *id;
    } rows[] = {
        {-1, RUN_DONE, IMPORT_NEW, "0123456789ab"},
        {-1, RUN_DIVERGED, IMPORT_NEW, "0123456789ab"},
        {-1, RUN_FAILED, IMPORT_NEW, "0123456789ab"},
        {-1, RUN_INTERRUPTED, IMPORT_NEW, "0123456789ab"},
        {-1, RUN_RUNNING, IMPORT_RUNNING, ""},
        {RUN_INTERRUPTED, RUN_DONE, IMPORT_NEW, "0123456789ab-2"},
        {RUN_RUNNING, RUN_DONE, IMPORT_NEW, "0123456789ab-2"},
        {RUN_FAILED, RUN_DONE, IMPORT_NEW, "0123456789ab-2"},
        {RUN_DONE, RUN_DONE, IMPORT_PRESENT, "0123456789ab"},
        {RUN_DONE, RUN_INTERRUPTED, IMPORT_PRESENT, "0123456789ab"},
        {RUN_DONE, RUN_RUNNING, IMPORT_PRESENT, "0123456789ab"},
        {RUN_FAILED, RUN_DIVERGED, IMPORT_PRESENT, "0123456789ab"},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct pair pair = open_pair(state);
        if (rows[i].here >= 0)
            make_run(fixture, pair.store, KEY_A, (enum run_state)rows[i].here, 0.75, false);
        make_run(fixture, pair.source, KEY_A, rows[i].there, 0.75, false);
        bring(&pair, KEY_A, rows[i].result, rows[i].id, NULL);
        if (rows[i].result == IMPORT_NEW)
            bring(&pair, KEY_A, IMPORT_PRESENT, rows[i].id, NULL);
        close_pair(&pair);
        char *command = text_format("rm -r '%s'/*", fixture->folder);
        assert_int_equal(system(command), 0);
        memory_free(command);
    }
}

static void the_newest_done_run_of_a_key(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    make_run(fixture, pair.source, KEY_A, RUN_DONE, 0.25, false);
    make_run(fixture, pair.source, KEY_B, RUN_DONE, 0.5, false);
    make_run(fixture, pair.source, KEY_A, RUN_DONE, 0.75, true);
    make_run(fixture, pair.source, KEY_A, RUN_FAILED, 0, true);
    struct import_names keys;
    assert_ok(fixture, import_list_keys(pair.source, &keys, &fixture->error));
    assert_int_equal(keys.count, 2);
    assert_string_equal(keys.items[0], KEY_A);
    assert_string_equal(keys.items[1], KEY_B);
    import_names_release(&keys);
    bring(&pair, KEY_A, IMPORT_NEW, "0123456789ab", NULL);
    struct finals finals;
    assert_ok(fixture, store_finals_load(pair.store, "0123456789ab", &finals, &fixture->error));
    assert_true(*finals_find(&finals, "test.accuracy") == 0.75);
    finals_release(&finals);
    close_pair(&pair);
}

static void other_figures_are_told(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    make_run(fixture, pair.store, KEY_A, RUN_DONE, 0.5, false);
    make_run(fixture, pair.source, KEY_A, RUN_DONE, nextafter(0.5, 1), false);
    bring(&pair, KEY_A, IMPORT_PRESENT, "0123456789ab", "differ in test.accuracy");
    make_run(fixture, pair.store, KEY_B, RUN_DONE, 0.5, false);
    environment_release(&fixture->environment);
    environment_collect(&fixture->environment, "no BLAS", "avx2", 1);
    make_run(fixture, pair.source, KEY_B, RUN_DONE, 0.75, false);
    bring(&pair, KEY_B, IMPORT_PRESENT, "fedcba987654", NULL);
    close_pair(&pair);
}

/* Gives the run that BEGUN names a checkpoint NAME with HASH, whose file holds BYTES (NULL: none),
 * and interrupts it. */
static void add_checkpoint(struct pair *pair, const char *key, const char *name, const char *hash,
                           const char *bytes)
{
    struct fixture *fixture = pair->fixture;
    struct run_begun begun = begin(fixture, pair->source, key, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(pair->source, &begun);
    const struct run_progress progress = {50, 400, 1, 0, 1};
    char *folder = store_run_folder(pair->source, begun.id), *path = file_join(folder, name);
    assert_ok(fixture, file_make_folders(folder, &fixture->error));
    if (bytes)
        assert_ok(fixture, file_replace(path, bytes, strlen(bytes), &fixture->error));
    assert_ok(fixture, run_checkpoint(writer, &progress, name, hash, &fixture->error));
    assert_ok(fixture, run_stop(writer, RUN_INTERRUPTED, "why", &progress, &fixture->error));
    run_writer_free(writer);
    memory_free(path);
    memory_free(folder);
}

static void expect_checkpoint(struct pair *pair, const char *id, const char *name)
{
    struct fixture *fixture = pair->fixture;
    struct run run;
    assert_ok(fixture, store_run_get(pair->store, id, &run, &fixture->error));
    assert_string_equal(run.checkpoint, name);
    assert_int_equal(run.checkpoint_step, *name ? 50 : 0);
    assert_int_equal(*run.checkpoint_hash != '\0', *name != '\0');
    run_release(&run);
}

static void the_checkpoint_comes_along(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    struct text text = {0};
    char hash[HASH_TEXT_SIZE];
    hash_bytes("weights", 7, hash);
    /* What an import that was killed left. */
    char *folder = store_run_folder(pair.store, "0123456789ab");
    char *part = file_join(folder, "step-50.safetensors.999999999.tmp");
    char *path = file_join(folder, "step-50.safetensors");
    assert_ok(fixture, file_make_folders(folder, &fixture->error));
    assert_ok(fixture, file_replace(part, "weig", 4, &fixture->error));
    add_checkpoint(&pair, KEY_A, "step-50.safetensors", hash, "weights");
    bring(&pair, KEY_A, IMPORT_NEW, "0123456789ab", NULL);
    expect_checkpoint(&pair, "0123456789ab", "step-50.safetensors");
    assert_ok(fixture, file_read(path, 100, &text, &fixture->error));
    assert_string_equal(text_get(&text), "weights");
    assert_false(file_exists(part));
    struct run_begun begun = begin(fixture, pair.store, KEY_A, BEGIN_RESUMED);
    assert_string_equal(begun.id, "0123456789ab");
    text_release(&text);
    memory_free(path);
    memory_free(part);
    memory_free(folder);
    close_pair(&pair);
}

static void a_bad_checkpoint_stays_behind(void **state)
{
    static const struct {
        const char *name, *bytes, *warning;
    } rows[] = {
        {"step-50.safetensors", NULL, "comes without its checkpoint"},
        {"step-50.safetensors", "weightz", "is damaged"},
        {"step-50.safetensors", "", "is damaged"},
        {"../step-50.safetensors", NULL, "no name of a checkpoint"},
    };
    struct pair pair = open_pair(state);
    char hash[HASH_TEXT_SIZE];
    hash_bytes("weights", 7, hash);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char key[33], id[13];
        snprintf(key, sizeof key, "%012zx%020zx", i, i);
        snprintf(id, sizeof id, "%.12s", key);
        add_checkpoint(&pair, key, rows[i].name, hash, rows[i].bytes);
        bring(&pair, key, IMPORT_NEW, id, rows[i].warning);
        expect_checkpoint(&pair, id, "");
        bring(&pair, key, IMPORT_PRESENT, id, NULL);
    }
    close_pair(&pair);
}

static void a_dry_run_changes_nothing(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    make_run(fixture, pair.source, KEY_A, RUN_DONE, 0.5, false);
    struct store *const stores[] = {pair.store, NULL};
    for (int i = 0; i < 2; i++) {
        struct import_outcome outcome;
        assert_ok(fixture,
                  import_run(stores[i], pair.source, KEY_A, true, &outcome, &fixture->error));
        assert_int_equal(outcome.result, IMPORT_NEW);
        assert_string_equal(outcome.source_id, "0123456789ab");
        import_outcome_release(&outcome);
    }
    struct run run;
    bool found;
    assert_ok(fixture, store_run_by_key(pair.store, KEY_A, &run, &found, &fixture->error));
    assert_false(found);
    close_pair(&pair);
}

static char lstm[] = "lstm", nothing[] = "";

static void save(struct fixture *fixture, struct store *store, const char *source, int64_t seeds,
                 const char *first_key)
{
    struct trial trials[4] = {{0}};
    char keys[4][33];
    for (int64_t i = 0; i < seeds; i++) {
        snprintf(keys[i], sizeof keys[i], "%032llx", (unsigned long long)i);
        if (i == 0)
            snprintf(keys[i], sizeof keys[i], "%s", first_key);
        trials[i] =
            (struct trial){.variant = lstm, .seed = i, .key = keys[i], .overrides = nothing};
    }
    const struct experiment experiment = {.name = (char[]){"cells"},
                                          .source = (char *)(uintptr_t)source,
                                          .metric = (char[]){"test.loss"},
                                          .baseline = lstm,
                                          .overrides = (char[]){"train.epochs=1"},
                                          .trials = trials,
                                          .trial_count = (size_t)seeds};
    assert_ok(fixture, store_experiment_save(store, &experiment, &fixture->error));
}

static void bring_experiment(struct pair *pair, bool dry_run, enum import_result result,
                             size_t trials, const char *warning)
{
    struct import_outcome outcome;
    assert_ok(pair->fixture, import_experiment(pair->store, pair->source, "cells", dry_run,
                                               &outcome, &pair->fixture->error));
    assert_int_equal(outcome.result, result);
    assert_int_equal(outcome.trials, trials);
    if (warning)
        assert_non_null(strstr(outcome.warning, warning));
    else
        assert_null(outcome.warning);
    import_outcome_release(&outcome);
}

static void expect_trials(struct pair *pair, size_t count, const char *first_key)
{
    struct experiment experiment;
    assert_ok(pair->fixture,
              store_experiment_load(pair->store, "cells", &experiment, &pair->fixture->error));
    assert_int_equal(experiment.trial_count, count);
    assert_string_equal(experiment.trials[0].key, first_key);
    assert_string_equal(experiment.metric, "test.loss");
    assert_string_equal(experiment.overrides, "train.epochs=1");
    experiment_release(&experiment);
}

static void experiments_come_by_name(void **state)
{
    struct pair pair = open_pair(state);
    struct fixture *fixture = pair.fixture;
    save(fixture, pair.source, "seeds: 2\n", 2, KEY_A);
    bring_experiment(&pair, true, IMPORT_NEW, 2, NULL);
    bring_experiment(&pair, false, IMPORT_NEW, 2, NULL);
    expect_trials(&pair, 2, KEY_A);
    bring_experiment(&pair, false, IMPORT_PRESENT, 0, NULL);
    save(fixture, pair.source, "seeds: 2\n", 4, KEY_A);
    bring_experiment(&pair, true, IMPORT_MERGED, 2, NULL);
    bring_experiment(&pair, false, IMPORT_MERGED, 2, NULL);
    expect_trials(&pair, 4, KEY_A);
    save(fixture, pair.source, "seeds: 2\n", 4, KEY_B);
    bring_experiment(&pair, false, IMPORT_PRESENT, 0, "1 trials have other run keys");
    expect_trials(&pair, 4, KEY_A);
    save(fixture, pair.source, "seeds: 3\n", 3, KEY_B);
    bring_experiment(&pair, false, IMPORT_CONFLICT, 0, "another file");
    expect_trials(&pair, 4, KEY_A);
    close_pair(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(all_of_a_run_comes_in),
        STORE_TEST(processor_time_of_older_stores_is_not_known),
        STORE_TEST(states_decide),
        STORE_TEST(the_newest_done_run_of_a_key),
        STORE_TEST(other_figures_are_told),
        STORE_TEST(the_checkpoint_comes_along),
        STORE_TEST(a_bad_checkpoint_stays_behind),
        STORE_TEST(a_dry_run_changes_nothing),
        STORE_TEST(experiments_come_by_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
