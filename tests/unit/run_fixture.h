/* Whole runs in a store of their own, for tests: what they leave there. */
#ifndef UNROLL_TESTS_UNIT_RUN_FIXTURE_H
#define UNROLL_TESTS_UNIT_RUN_FIXTURE_H

#include "base/log.h"
#include "store/metrics.h"
#include "train/run.h"
#include "unit/config_text.h"
#include "unit/temporary.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>

struct scene {
    char folder[64];
    char store[96];
    struct error error;
    struct run_outcome outcome;
};

static inline int scene_open(void **state)
{
    struct scene *scene = memory_new(sizeof *scene);
    *state = scene;
    if (temporary_make(scene->folder))
        return -1;
    snprintf(scene->store, sizeof scene->store, "%s/unroll.db", scene->folder);
    return 0;
}

static inline int scene_close(void **state)
{
    struct scene *scene = *state;
    int result = temporary_remove(scene->folder);
    memory_free(scene);
    return result;
}

#define RUN_TEST(function) cmocka_unit_test_setup_teardown(function, scene_open, scene_close)

/* Trains TEXT; what run_train returned. */
static inline int scene_train_with(struct scene *scene, const char *text, double checkpoint_seconds,
                                   bool force)
{
    struct config config = {0};
    struct run_options options = {.store = scene->store,
                                  .data = "/nonexistent",
                                  .threads = 1,
                                  .quiet = true,
                                  .rule = force ? TAKE_FORCED : TAKE_UNFINISHED,
                                  .checkpoint_seconds = checkpoint_seconds};
    scene->error = (struct error){0};
    int result = config_from_text(&config, text);
    assert_int_equal(result, 0);
    result = run_train(&config, &options, &scene->outcome, &scene->error);
    config_release(&config);
    return result;
}

static inline void scene_train(struct scene *scene, const char *text)
{
    if (scene_train_with(scene, text, 30, false))
        fail_msg("%s", scene->error.text);
}

/* The same in a child that is told to stop before its first step; its exit status. */
static inline int scene_train_interrupted(struct scene *scene, const char *text, int signal_number)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        run_catch_signals();
        raise(signal_number);
        _exit(scene_train_with(scene, text, 30, false) ? (int)scene->error.code : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static inline struct store *scene_look(struct scene *scene)
{
    struct store *store;
    if (store_open(&store, scene->store, STORE_READ, &scene->error))
        fail_msg("%s", scene->error.text);
    return store;
}

/* The run called ID, or the newest one for NULL. The caller releases RUN. */
static inline void scene_run(struct scene *scene, const char *id, struct run *run)
{
    struct store *store = scene_look(scene);
    struct run_list list = {0};
    if (!id) {
        assert_int_equal(store_run_list(store, NULL, &list, &scene->error), 0);
        assert_true(list.count > 0);
        id = list.runs[0].id;
    }
    if (store_run_find(store, id, run, &scene->error))
        fail_msg("%s", scene->error.text);
    run_list_release(&list);
    store_close(store);
}

/* A series of the newest run of the outcome. The caller releases METRICS. */
static inline void scene_metrics(struct scene *scene, const char *series, struct metrics *metrics)
{
    struct store *store = scene_look(scene);
    assert_int_equal(store_metrics_load(store, scene->outcome.id, series, metrics, &scene->error),
                     0);
    store_close(store);
}

static inline double scene_final(struct scene *scene, const char *name)
{
    struct store *store = scene_look(scene);
    struct finals finals;
    assert_int_equal(store_finals_load(store, scene->outcome.id, &finals, &scene->error), 0);
    const double *value = finals_find(&finals, name);
    double result = value ? *value : NAN;
    finals_release(&finals);
    store_close(store);
    return result;
}

/* Every series of run A and of run B, value by value; the times may differ. */
static inline void assert_same_metrics(struct scene *a, struct scene *b)
{
    struct store *store = scene_look(a);
    char **names;
    size_t count;
    assert_int_equal(store_series_list(store, a->outcome.id, &names, &count, &a->error), 0);
    store_close(store);
    assert_true(count > 0);
    for (size_t i = 0; i < count; i++) {
        struct metrics left, right;
        scene_metrics(a, names[i], &left);
        scene_metrics(b, names[i], &right);
        assert_int_equal(left.count, right.count);
        for (size_t j = 0; j < left.count; j++) {
            assert_int_equal(left.steps[j], right.steps[j]);
            assert_true(left.values[j] == right.values[j]);
            assert_true(left.epochs[j] == right.epochs[j]);
        }
        metrics_release(&left);
        metrics_release(&right);
    }
    store_series_free(names, count);
}

#endif
