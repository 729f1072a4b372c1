/* A run from its config to the store: what is kept, and what becomes of one that did not end
 * well. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/gradient_flow.h"
#include "train/checkpoint.h"
#include "unit/run_fixture.h"
#include "unit/training.h"

#include <sqlite3.h>

static const char tiny[] =
    "name: tiny\n"
    "data: {set: digits, train: {limit: 100}, validation: {count: 40}}\n"
    "model: {cell: lstm, units: 4, dropout: 0.1}\n"
    "train: {steps: 12, batch: 30, optimizer: {adam: {rate: 0.02}},\n"
    "  evaluate: {every: 3, on: [validation, test], limit: 50, take: next},\n"
    "  log: {every: 5}, stop: {restore: best},\n"
    "  schedule: {plateau: {metric: validation.loss, patience: 0, factor: 0.5}}}\n";

static char *checkpoint_path(struct scene *scene, const struct run *run)
{
    return text_format("%s/%s/%s", scene->folder, run->id, run->checkpoint);
}

/* The finals are those of the stored weights on the whole splits, and so are the predictions. */
static void test_finals(void **state)
{
    struct scene *scene = *state;
    struct run run;
    struct lesson lesson;
    struct error error;
    scene_train(scene, tiny);
    assert_int_equal(scene->outcome.state, RUN_DONE);
    assert_false(scene->outcome.was_done || scene->outcome.is_running);
    scene_run(scene, scene->outcome.id, &run);
    assert_int_equal(run.state, RUN_DONE);
    assert_int_equal(run.progress.step, 12);
    assert_int_equal(run.progress.examples, 3 * (30 + 30 + 30 + 10));
    assert_int_equal(run.checkpoint_step, 12);
    assert_string_equal(run.checkpoint, "final.safetensors");
    lesson_open(&lesson, tiny, 1);
    assert_int_equal(run.parameters, lesson.trainer.model.weight_count);
    char *path = checkpoint_path(scene, &run);
    if (checkpoint_read_weights(&lesson.trainer.model, path, run.checkpoint_hash, &error))
        fail_msg("%s", error.text);
    struct evaluation evaluation;
    struct predictions expected, stored;
    trainer_evaluate(&lesson.trainer, SPLIT_VALIDATION, 0, 0, &evaluation, NULL);
    assert_true(scene_final(scene, "validation.loss") == evaluation.loss);
    assert_true(scene_final(scene, "validation.accuracy") == evaluation.accuracy);
    trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, &expected);
    assert_true(scene_final(scene, "test.loss") == evaluation.loss);
    assert_true(scene_final(scene, "test.accuracy") == evaluation.accuracy);
    assert_true(scene->outcome.loss == evaluation.loss);
    assert_true(scene->outcome.accuracy == evaluation.accuracy);
    struct store *store = scene_look(scene);
    assert_int_equal(store_predictions_load(store, run.id, "test", &stored, NULL, &error), 0);
    assert_int_equal(stored.count, 360);
    size_t size = 360 * sizeof(int32_t);
    assert_memory_equal(stored.labels, expected.labels, size);
    assert_memory_equal(stored.predicted, expected.predicted, size);
    assert_memory_equal(stored.probabilities, expected.probabilities, size);
    predictions_release(&stored);
    store_close(store);
    memory_free(path);
    run_release(&run);
    lesson_close(&lesson);
}

static const char flowing[] =
    "name: tiny\n"
    "data: {set: digits, train: {limit: 100}, validation: {count: 40}}\n"
    "model: {cell: bilstm, units: 4, dropout: 0.1}\n"
    "train: {steps: 12, batch: 30, evaluate: {every: 5, on: [validation, test]}, "
    "log: {every: 5}, diagnostics: %s}\n";

/* At the first and last step and at each evaluation, under a key of its own; all else is as
 * without. */
static void test_gradient_flow(void **state)
{
    struct scene *scene = *state, *plain;
    struct run with, without;
    char *text = text_format(flowing, "gradient_flow"), *none = text_format(flowing, "none");
    assert_int_equal(scene_open((void **)&plain), 0);
    scene_train(scene, text);
    scene_train(plain, none);
    scene_run(scene, scene->outcome.id, &with);
    scene_run(plain, plain->outcome.id, &without);
    assert_string_not_equal(with.key, without.key);
    assert_same_metrics(plain, scene);
    assert_same_metrics(scene, plain);
    assert_true(scene->outcome.loss == plain->outcome.loss);
    struct store *store = scene_look(scene), *beside = scene_look(plain);
    struct gradient_flow_list list;
    assert_int_equal(store_gradient_flow_list(beside, without.id, &list, &scene->error), 0);
    assert_int_equal(list.count, 0);
    assert_int_equal(store_gradient_flow_list(store, with.id, &list, &scene->error), 0);
    static const int64_t steps[] = {1, 5, 10, 12};
    assert_int_equal(list.count, 2 * 4);
    for (int i = 0; i < 8; i++) {
        struct gradient_flow flow;
        bool found;
        assert_int_equal(list.items[i].step, steps[i / 2]);
        assert_int_equal(list.items[i].layer, 0);
        assert_int_equal(list.items[i].direction, i % 2);
        assert_int_equal(store_gradient_flow_load(store, with.id, steps[i / 2], 0, i % 2, &flow,
                                                  &found, &scene->error),
                         0);
        assert_int_equal(flow.count, 8);
        for (int t = 0; t < 8; t++)
            assert_true(flow.norms[t] > 0 && isfinite(flow.norms[t]));
        gradient_flow_release(&flow);
    }
    gradient_flow_list_release(&list);
    store_close(store);
    store_close(beside);
    run_release(&with);
    run_release(&without);
    memory_free(text);
    memory_free(none);
    assert_int_equal(scene_close((void **)&plain), 0);
}

/* The training split is a final where it is evaluated: the whole of it, without dropout. */
static void test_finals_of_the_training_split(void **state)
{
    struct scene *scene = *state;
    static const char text[] = "data: {set: digits, train: {limit: 100}}\n"
                               "model: {cell: lstm, units: 4, dropout: 0.5}\n"
                               "train: {steps: 6, batch: 30, evaluate: {on: [%s], limit: 20}}\n";
    char *both = text_format(text, "train, test"), *test = text_format(text, "test");
    struct run run;
    struct lesson lesson;
    struct evaluation evaluation;
    struct error error;
    scene_train(scene, both);
    scene_run(scene, scene->outcome.id, &run);
    lesson_open(&lesson, both, 1);
    char *path = checkpoint_path(scene, &run);
    if (checkpoint_read_weights(&lesson.trainer.model, path, run.checkpoint_hash, &error))
        fail_msg("%s", error.text);
    trainer_evaluate(&lesson.trainer, SPLIT_TRAIN, 0, 0, &evaluation, NULL);
    assert_int_equal(evaluation.count, 100);
    assert_true(scene_final(scene, "train_split.loss") == evaluation.loss);
    assert_true(scene_final(scene, "train_split.accuracy") == evaluation.accuracy);
    trainer_evaluate(&lesson.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    assert_true(scene_final(scene, "test.loss") == evaluation.loss);
    assert_true(scene->outcome.loss == evaluation.loss);
    scene_train(scene, test);
    assert_false(isnan(scene_final(scene, "test.loss")));
    assert_true(isnan(scene_final(scene, "train_split.loss")));
    memory_free(path);
    run_release(&run);
    lesson_close(&lesson);
    memory_free(both);
    memory_free(test);
}

static void test_done_before(void **state)
{
    struct scene *scene = *state;
    char id[RUN_ID_SIZE];
    scene_train(scene, tiny);
    memcpy(id, scene->outcome.id, sizeof id);
    scene_train(scene, tiny);
    assert_true(scene->outcome.was_done);
    assert_string_equal(scene->outcome.id, id);
    assert_int_equal(scene_train_with(scene, tiny, 30, true), 0);
    assert_false(scene->outcome.was_done);
    assert_string_not_equal(scene->outcome.id, id);
    struct run first, second;
    scene_run(scene, id, &first);
    scene_run(scene, scene->outcome.id, &second);
    assert_string_equal(first.checkpoint_hash, second.checkpoint_hash);
    run_release(&first);
    run_release(&second);
}

/* As test_finals, but stopped on the way, and compared with a run in one go. */
static void assert_resumed_like_whole(struct scene *scene, int64_t attempts)
{
    struct scene *whole;
    assert_int_equal(scene_open((void **)&whole), 0);
    scene_train(scene, tiny);
    scene_train(whole, tiny);
    assert_same_metrics(whole, scene);
    assert_same_metrics(scene, whole);
    struct run a, b;
    scene_run(scene, NULL, &a);
    scene_run(whole, NULL, &b);
    assert_int_equal(a.attempts, attempts);
    assert_int_equal(a.state, RUN_DONE);
    assert_string_equal(a.message, "");
    assert_string_equal(a.checkpoint_hash, b.checkpoint_hash);
    assert_int_equal(a.progress.examples, b.progress.examples);
    run_release(&a);
    run_release(&b);
    assert_int_equal(scene_close((void **)&whole), 0);
}

static void test_interrupted(void **state)
{
    struct scene *scene = *state;
    struct run run;
    static const int signals[] = {SIGINT, SIGTERM};
    for (int i = 0; i < 2; i++) {
        assert_int_equal(scene_train_interrupted(scene, tiny, signals[i]), ERROR_INTERRUPTED);
        scene_run(scene, NULL, &run);
        assert_int_equal(run.state, RUN_INTERRUPTED);
        assert_int_equal(run.progress.step, i + 1);
        assert_int_equal(run.checkpoint_step, i + 1);
        assert_non_null(strstr(run.message, "goes on from there"));
        run_release(&run);
    }
    assert_resumed_like_whole(scene, 3);
    char *old = text_format("%s/%s/step-1.safetensors", scene->folder, scene->outcome.id);
    assert_false(file_exists(old));
    memory_free(old);
}

/* Interrupted after every single step. */
static void test_interrupted_at_every_step(void **state)
{
    struct scene *scene = *state;
    for (int i = 0; i < 12; i++)
        assert_int_equal(scene_train_interrupted(scene, tiny, SIGTERM), ERROR_INTERRUPTED);
    assert_resumed_like_whole(scene, 13);
}

/* Writes the times of the interrupted run behind its back, CPU as SQL. */
static void set_times(struct scene *scene, const char *cpu)
{
    sqlite3 *handle;
    char *sql = text_format("UPDATE runs SET train_seconds = 2000, cpu_seconds = %s", cpu);
    assert_int_equal(sqlite3_open(scene->store, &handle), SQLITE_OK);
    assert_int_equal(sqlite3_exec(handle, sql, NULL, NULL, NULL), SQLITE_OK);
    sqlite3_close(handle);
    memory_free(sql);
}

/* What the attempts before took is there once more, not twice and not none; what is not known of
 * them is not known of all. */
static void test_times_add_up(void **state)
{
    static const char *const before[] = {"1000", "NULL"};
    (void)state;
    for (int i = 0; i < 2; i++) {
        struct scene *own;
        struct run first, run;
        assert_int_equal(scene_open((void **)&own), 0);
        assert_int_equal(scene_train_interrupted(own, tiny, SIGINT), ERROR_INTERRUPTED);
        scene_run(own, NULL, &first);
        assert_true(first.progress.train_seconds > 0 && first.progress.cpu_seconds > 0);
        set_times(own, before[i]);
        assert_int_equal(scene_train_interrupted(own, tiny, SIGINT), ERROR_INTERRUPTED);
        scene_train(own, tiny);
        scene_run(own, NULL, &run);
        assert_true(run.progress.train_seconds > 2000 && run.progress.train_seconds < 3000);
        if (i == 0)
            assert_true(run.progress.cpu_seconds > 1000 && run.progress.cpu_seconds < 1500);
        else
            assert_true(isnan(run.progress.cpu_seconds));
        run_release(&first);
        run_release(&run);
        assert_int_equal(scene_close((void **)&own), 0);
    }
}

/* Without its checkpoint a run begins again, and with it what is known of its time. */
static void test_times_begin_again(void **state)
{
    struct scene *scene = *state;
    struct run run;
    assert_int_equal(scene_train_interrupted(scene, tiny, SIGINT), ERROR_INTERRUPTED);
    scene_run(scene, NULL, &run);
    char *path = checkpoint_path(scene, &run);
    run_release(&run);
    assert_int_equal(unlink(path), 0);
    memory_free(path);
    set_times(scene, "NULL");
    scene_train(scene, tiny);
    scene_run(scene, NULL, &run);
    assert_true(run.progress.train_seconds > 0 && run.progress.train_seconds < 1000);
    assert_true(run.progress.cpu_seconds > 0 && run.progress.cpu_seconds < 1000);
    run_release(&run);
}

/* A forced run is a new one; forced again, one that was interrupted is gone on with. */
static void test_interrupted_when_forced(void **state)
{
    struct scene *scene = *state;
    struct run first, run;
    scene_train(scene, tiny);
    scene_run(scene, NULL, &first);
    pid_t child = fork();
    if (child == 0) {
        run_catch_signals();
        raise(SIGINT);
        _exit(scene_train_with(scene, tiny, 30, true) ? (int)scene->error.code : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(WEXITSTATUS(status), ERROR_INTERRUPTED);
    scene_run(scene, NULL, &run);
    assert_string_not_equal(run.id, first.id);
    assert_int_equal(run.state, RUN_INTERRUPTED);
    assert_non_null(strstr(run.message, "interrupted at step 1; the same command goes on"));
    char id[RUN_ID_SIZE];
    memcpy(id, run.id, sizeof id);
    run_release(&run);
    assert_int_equal(scene_train_with(scene, tiny, 30, true), 0);
    assert_string_equal(scene->outcome.id, id);
    scene_run(scene, id, &run);
    assert_int_equal(run.attempts, 2);
    assert_int_equal(run.state, RUN_DONE);
    assert_string_equal(run.checkpoint_hash, first.checkpoint_hash);
    run_release(&run);
    run_release(&first);
    assert_int_equal(scene_train_with(scene, tiny, 30, true), 0);
    assert_string_not_equal(scene->outcome.id, id);
}

/* A process that was killed while it wrote a checkpoint leaves part of one, or a whole one that the
 * store does not name; other files in the run's folder are not ours. */
static void test_leftover_files(void **state)
{
    struct scene *scene = *state;
    static const char *const names[] = {"step-2.safetensors.123.tmp", "final.safetensors.9.tmp",
                                        "step-7.safetensors",         "final.safetensors",
                                        "step-.safetensors.bak",      "notes.txt",
                                        "my-step-3.safetensors",      "best.safetensors"};
    struct run run;
    assert_int_equal(scene_train_interrupted(scene, tiny, SIGINT), ERROR_INTERRUPTED);
    scene_run(scene, NULL, &run);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char *name = text_format("%s/%s", run.id, names[i]);
        memory_free(temporary_write(scene->folder, name, "x", 1, false));
        memory_free(name);
    }
    assert_resumed_like_whole(scene, 2);
    char *command = text_format("test \"$(ls %s/%s | LC_ALL=C sort | tr '\\n' ' ')\" = "
                                "'best.safetensors final.safetensors my-step-3.safetensors "
                                "notes.txt step-.safetensors.bak '",
                                scene->folder, run.id);
    assert_int_equal(system(command), 0);
    memory_free(command);
    run_release(&run);
}

static void test_second_signal_ends_at_once(void **state)
{
    struct scene *scene = *state;
    static const int pairs[][2] = {
        {SIGINT, SIGINT}, {SIGTERM, SIGTERM}, {SIGINT, SIGTERM}, {SIGTERM, SIGINT}};
    (void)scene;
    for (int i = 0; i < 4; i++) {
        pid_t child = fork();
        if (child == 0) {
            run_catch_signals();
            raise(pairs[i][0]);
            if (run_is_interrupted())
                raise(pairs[i][1]);
            _exit(0);
        }
        int status;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        assert_int_equal(WTERMSIG(status), pairs[i][1]);
    }
}

/* A checkpoint that is damaged, cut or gone costs time, and nothing else. */
static void test_damaged_checkpoint(void **state)
{
    struct scene *scene = *state;
    for (int damage = 0; damage < 3; damage++) {
        struct scene *own;
        struct run run;
        assert_int_equal(scene_open((void **)&own), 0);
        assert_int_equal(scene_train_interrupted(own, tiny, SIGINT), ERROR_INTERRUPTED);
        assert_int_equal(scene_train_interrupted(own, tiny, SIGINT), ERROR_INTERRUPTED);
        scene_run(own, NULL, &run);
        char *path = checkpoint_path(own, &run);
        if (damage == 0)
            assert_int_equal(unlink(path), 0);
        if (damage == 1)
            assert_int_equal(truncate(path, 1000), 0);
        if (damage == 2) {
            FILE *file = fopen(path, "r+b");
            assert_non_null(file);
            fseek(file, -5, SEEK_END);
            int byte = fgetc(file);
            fseek(file, -5, SEEK_END);
            fputc(byte ^ 1, file);
            fclose(file);
        }
        memory_free(path);
        run_release(&run);
        assert_resumed_like_whole(own, 3);
        assert_int_equal(scene_close((void **)&own), 0);
    }
    (void)scene;
}

/* One that cannot be read just now is not given up: here because a link leads to itself. */
static void test_unreadable_checkpoint(void **state)
{
    struct scene *scene = *state;
    struct run run;
    assert_int_equal(scene_train_interrupted(scene, tiny, SIGINT), ERROR_INTERRUPTED);
    scene_run(scene, NULL, &run);
    char *path = checkpoint_path(scene, &run), *aside = text_format("%s-aside", path);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(symlink(path, path), 0);
    assert_int_equal(scene_train_with(scene, tiny, 30, false), -1);
    assert_non_null(strstr(scene->error.text, "step-1.safetensors: cannot be opened: "));
    assert_int_equal(rename(aside, path), 0);
    run_release(&run);
    scene_run(scene, NULL, &run);
    assert_int_equal(run.state, RUN_FAILED);
    assert_int_equal(run.checkpoint_step, 1);
    run_release(&run);
    memory_free(aside);
    memory_free(path);
    assert_resumed_like_whole(scene, 3);
}

/* How long an epoch is, only the data tell. */
static void test_waits_for_nothing(void **state)
{
    struct scene *scene = *state;
    static const char *const cases[][2] = {
        {"steps: 3, evaluate: {on: validation}, stop: {patience: 2}",
         "train.evaluate: the first evaluation would come after step 4, the run ends after step 3, "
         "and train.stop.patience waits for one; "},
        {"epochs: 1, evaluate: {every: 5, on: validation}, schedule: plateau",
         "train.evaluate: the first evaluation would come after step 5, the run ends after step 4, "
         "and train.schedule waits for one; "},
        {"epochs: 1, warmup: {steps: 4}, schedule: cosine",
         "train.warmup.steps: the schedule begins behind the 4 steps of the warm-up, and the run "
         "ends after step 4; "},
        {"epochs: 1, warmup: {steps: 3}, schedule: cosine", NULL},
        {"epochs: 1, warmup: {steps: 4}", NULL},
        {"steps: 4, evaluate: {on: validation}, stop: {patience: 2}", NULL},
        {"epochs: 1, evaluate: {every: 4, on: validation}, stop: {restore: best}", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *text =
            text_format("data: {set: digits, train: {limit: 100}, validation: {count: 40}}\n"
                        "model: {cell: rnn, units: 2}\ntrain: {batch: 30, %s}\n",
                        cases[i][0]);
        int result = scene_train_with(scene, text, 30, false);
        if (cases[i][1]) {
            assert_int_equal(result, -1);
            assert_int_equal(scene->error.code, ERROR_USAGE);
            assert_non_null(strstr(scene->error.text, cases[i][1]));
            assert_string_equal(scene->outcome.id, "");
        } else {
            assert_int_equal(result, 0);
        }
        memory_free(text);
    }
}

/* Checkpoints after every step are pruned to the last one and change nothing. */
static void test_checkpoint_every_step(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(scene_train_with(scene, tiny, 0, false), 0);
    char *command =
        text_format("test \"$(ls %s/%s)\" = final.safetensors", scene->folder, scene->outcome.id);
    assert_int_equal(system(command), 0);
    memory_free(command);
    struct scene *whole;
    assert_int_equal(scene_open((void **)&whole), 0);
    scene_train(whole, tiny);
    assert_same_metrics(whole, scene);
    assert_int_equal(scene_close((void **)&whole), 0);
}

static const char explosive[] = "name: explosive\n"
                                "data: {set: digits, train: {limit: 100}, scale: none}\n"
                                "model: {cell: {rnn: {activation: linear}}, units: 6}\n"
                                "train: {steps: %d, batch: 30, log: {every: 1},\n"
                                "  evaluate: {every: 1000}, optimizer: {sgd: {rate: 100}}}\n";

static void test_diverged(void **state)
{
    struct scene *scene = *state;
    struct run run;
    char config[512];
    snprintf(config, sizeof config, explosive, 100);
    assert_int_equal(scene_train_with(scene, config, 30, false), -1);
    assert_int_equal(scene->error.code, ERROR_FAILED);
    assert_int_equal(scene->outcome.state, RUN_DIVERGED);
    scene_run(scene, NULL, &run);
    assert_int_equal(run.state, RUN_DIVERGED);
    int64_t steps = run.progress.step;
    assert_true(steps > 0 && steps < 99);
    char *expected =
        text_format("explosive diverged: the loss of step %lld is ", (long long)steps + 1);
    assert_non_null(strstr(run.message, expected));
    assert_string_equal(run.message, scene->error.text);
    memory_free(expected);
    struct metrics metrics;
    scene_metrics(scene, "train.loss", &metrics);
    assert_int_equal(metrics.count, steps);
    for (size_t i = 0; i < metrics.count; i++)
        assert_true(isfinite(metrics.values[i]));
    metrics_release(&metrics);
    run_release(&run);

    /* Where the run would end with the step that spoils the weights, its loss shows only in the
     * final figures. */
    snprintf(config, sizeof config, explosive, (int)steps);
    assert_int_equal(scene_train_with(scene, config, 30, false), -1);
    assert_int_equal(scene->error.code, ERROR_FAILED);
    assert_non_null(strstr(scene->error.text, "explosive diverged: the final test.loss is "));
    scene_run(scene, scene->outcome.id, &run);
    assert_int_equal(run.state, RUN_DIVERGED);
    run_release(&run);
}

/* The step that diverged is recorded whether or not one was due there. */
static void test_flow_of_the_diverged_step(void **state)
{
    struct scene *scene = *state;
    for (int every = 1; every <= 1000; every += 999) {
        struct run run;
        struct gradient_flow_list list;
        char *config =
            text_format("data: {set: digits, train: {limit: 100}, scale: none}\n"
                        "model: {cell: {rnn: {activation: linear}}, units: 6}\n"
                        "train: {steps: 100, batch: 30, diagnostics: gradient_flow,\n"
                        "  evaluate: {every: %d, limit: 5}, optimizer: {sgd: {rate: 100}}}\n",
                        every);
        assert_int_equal(scene_train_with(scene, config, 30, true), -1);
        scene_run(scene, scene->outcome.id, &run);
        assert_int_equal(run.state, RUN_DIVERGED);
        struct store *store = scene_look(scene);
        assert_int_equal(store_gradient_flow_list(store, run.id, &list, &scene->error), 0);
        assert_int_equal(list.count, every == 1 ? run.progress.step + 1 : 2);
        assert_int_equal(list.items[list.count - 1].step, run.progress.step + 1);
        struct gradient_flow flow;
        bool found;
        assert_int_equal(store_gradient_flow_load(store, run.id, run.progress.step + 1, 0, 0, &flow,
                                                  &found, &scene->error),
                         0);
        assert_true(found && flow.count == 8 && !isfinite(flow.norms[7]));
        gradient_flow_release(&flow);
        gradient_flow_list_release(&list);
        store_close(store);
        run_release(&run);
        memory_free(config);
    }
}

/* Where no checkpoint can be written the run fails, and goes on once it can. */
static void test_no_place_for_checkpoints(void **state)
{
    struct scene *scene = *state;
    /* A file stands where the run's folder should be. */
    assert_int_equal(scene_train_interrupted(scene, tiny, SIGINT), ERROR_INTERRUPTED);
    struct run run;
    scene_run(scene, NULL, &run);
    char *command =
        text_format("rm -r %s/%s && touch %s/%s", scene->folder, run.id, scene->folder, run.id);
    assert_int_equal(system(command), 0);
    assert_int_equal(scene_train_with(scene, tiny, 30, false), -1);
    assert_true(scene->error.text[0]);
    run_release(&run);
    scene_run(scene, NULL, &run);
    assert_int_equal(run.state, RUN_FAILED);
    assert_string_equal(run.message, scene->error.text);
    memory_free(command);
    command = text_format("rm %s/%s", scene->folder, run.id);
    assert_int_equal(system(command), 0);
    memory_free(command);
    run_release(&run);
    assert_resumed_like_whole(scene, 3);
}

static void test_data_that_do_not_fit(void **state)
{
    struct scene *scene = *state;
    assert_int_equal(
        scene_train_with(scene,
                         "data: {set: digits, train: {limit: 2000}}\nmodel: {cell: lstm, units: "
                         "4}\ntrain: {steps: 1}\n",
                         30, false),
        -1);
    assert_int_equal(scene->error.code, ERROR_USAGE);
    assert_string_equal(scene->outcome.id, "");
    assert_false(file_exists(scene->store));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_finals),
        RUN_TEST(test_gradient_flow),
        RUN_TEST(test_finals_of_the_training_split),
        RUN_TEST(test_done_before),
        RUN_TEST(test_interrupted),
        RUN_TEST(test_interrupted_at_every_step),
        RUN_TEST(test_times_add_up),
        RUN_TEST(test_times_begin_again),
        RUN_TEST(test_interrupted_when_forced),
        RUN_TEST(test_leftover_files),
        RUN_TEST(test_second_signal_ends_at_once),
        RUN_TEST(test_damaged_checkpoint),
        RUN_TEST(test_unreadable_checkpoint),
        RUN_TEST(test_waits_for_nothing),
        RUN_TEST(test_checkpoint_every_step),
        RUN_TEST(test_diverged),
        RUN_TEST(test_flow_of_the_diverged_step),
        RUN_TEST(test_no_place_for_checkpoints),
        RUN_TEST(test_data_that_do_not_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
