/* Training that is ended at a chosen call of a chosen function, for tests of resuming. The program
 * is linked with --wrap for each function named here (see the Makefile): the library's calls come
 * by, and the library itself knows nothing of it. Time is made up, too: a step takes one second, so
 * that checkpoints and flushes come at the same steps each time. */
#ifndef UNROLL_TESTS_UNIT_CRASH_RIG_H
#define UNROLL_TESTS_UNIT_CRASH_RIG_H

#include "base/hash.h"
#include "store/gradient_flow.h"
#include "store/metrics.h"
#include "store/safetensors.h"
#include "train/trainer.h"
#include "unit/run_fixture.h"

#include <dirent.h>
#include <errno.h>
#include <sys/mman.h>

enum when { BEFORE, AFTER };

/* What shall happen in one process: at the COUNTth call of FUNCTION (before it, or after its
 * return) the signal; or from that call on it fails with ERRNUM; or SIGKILL at the EVENTth call or
 * return of any of them but write. All count from 1; 0 is never. */
struct plan {
    const char *function;
    int count;
    enum when when;
    int signal;
    int errnum;
    int event;
    int threads;
};

static struct plan plan;
static int calls, events;
static int *counted; /* shared: events of the last process */
static double now = 1e6;
static bool has_trained;

static bool is_counted(const char *function)
{
    /* Folders that are made before the first step are synced, too: those calls are not meant. */
    return text_equal(function, plan.function) && (has_trained || !text_equal(function, "fsync"));
}

static void reach(const char *function, enum when when)
{
    if (plan.function && plan.when == when && is_counted(function) && ++calls == plan.count &&
        plan.signal)
        raise(plan.signal);
    if (text_equal(function, "write"))
        return; /* too many to count each */
    if (++events == plan.event)
        raise(SIGKILL);
    if (counted)
        *counted = events;
}

static bool fails(const char *function)
{
    if (!plan.errnum || !text_equal(function, plan.function) || calls < plan.count)
        return false;
    errno = plan.errnum;
    return true;
}

/* The wrapped functions that return an int or a size; those of the system can be made to fail. */
#define WRAP(type, name, parameters, arguments)                                                    \
    type __real_##name parameters;                                                                 \
    type __wrap_##name parameters;                                                                 \
    type __wrap_##name parameters                                                                  \
    {                                                                                              \
        reach(#name, BEFORE);                                                                      \
        type result = fails(#name) ? -1 : __real_##name arguments;                                 \
        int errnum = errno;                                                                        \
        reach(#name, AFTER);                                                                       \
        errno = errnum;                                                                            \
        return result;                                                                             \
    }

WRAP(ssize_t, write, (int file, const void *bytes, size_t size), (file, bytes, size))
WRAP(int, fsync, (int file), (file))
WRAP(int, rename, (const char *from, const char *to), (from, to))
WRAP(int, unlink, (const char *path), (path))
WRAP(int, run_flush,
     (struct run_writer * writer, const struct run_progress *progress, struct error *error),
     (writer, progress, error))
WRAP(int, run_checkpoint,
     (struct run_writer * writer, const struct run_progress *progress, const char *name,
      const char *hash, struct error *error),
     (writer, progress, name, hash, error))
WRAP(int, run_rewind,
     (struct run_writer * writer, const struct run_progress *progress, struct error *error),
     (writer, progress, error))
WRAP(int, run_finish,
     (struct run_writer * writer, const struct run_result *ending, struct error *error),
     (writer, ending, error))

void __real_trainer_step(struct trainer *trainer, unsigned wants, struct step_result *result);
void __wrap_trainer_step(struct trainer *trainer, unsigned wants, struct step_result *result);
void __wrap_trainer_step(struct trainer *trainer, unsigned wants, struct step_result *result)
{
    now += 1;
    has_trained = true;
    reach("trainer_step", BEFORE);
    __real_trainer_step(trainer, wants, result);
    reach("trainer_step", AFTER);
}

double __wrap_clock_seconds(void);
double __wrap_clock_seconds(void)
{
    return now;
}

/* Checkpoints after each third step. */
#define RIG_SECONDS 2.5

/* The checkpoint that the store names, if any, is there, with the hash that the store names: no
 * process ever leaves it otherwise. */
static inline void assert_safe(struct scene *scene)
{
    struct run run;
    struct safetensors file;
    scene_run(scene, NULL, &run);
    char *folder = file_join(scene->folder, run.id), *path = file_join(folder, run.checkpoint);
    if (*run.checkpoint) {
        if (safetensors_open(&file, path, run.checkpoint_hash, &scene->error))
            fail_msg("%s", scene->error.text);
        safetensors_close(&file);
    }
    memory_free(path);
    memory_free(folder);
    run_release(&run);
}

/* Trains TEXT as WANTED says, in a process of its own. Returns its exit status, or 128 and the
 * signal that ended it. */
static inline int rig_train(struct scene *scene, const char *text, const struct plan *wanted,
                            double seconds)
{
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        struct config config = {0};
        plan = *wanted;
        calls = events = 0;
        struct run_options options = {.store = scene->store,
                                      .data = "/nonexistent",
                                      .threads = plan.threads ? plan.threads : 1,
                                      .quiet = true,
                                      .checkpoint_seconds = seconds};
        if (config_from_text(&config, text))
            _exit(99);
        run_catch_signals();
        int result = run_train(&config, &options, &scene->outcome, &scene->error);
        if (result && scene->error.code != ERROR_INTERRUPTED && !plan.errnum)
            fprintf(stderr, "%s\n", scene->error.text);
        config_release(&config);
        _exit(result ? (int)scene->error.code : 0);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_safe(scene);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Trains TEXT to its end, undisturbed. */
static inline void rig_finish(struct scene *scene, const char *text, int threads, double seconds)
{
    struct run run;
    int status = rig_train(scene, text, &(struct plan){.threads = threads}, seconds);
    if (status != 0)
        fail_msg("status %d from\n%s", status, text);
    scene_run(scene, NULL, &run);
    memcpy(scene->outcome.id, run.id, sizeof run.id);
    run_release(&run);
}

static inline void assert_same_finals(struct scene *a, struct scene *b)
{
    struct scene *scenes[] = {a, b};
    struct finals finals[2];
    for (int i = 0; i < 2; i++) {
        struct store *store = scene_look(scenes[i]);
        assert_int_equal(
            store_finals_load(store, scenes[i]->outcome.id, &finals[i], &scenes[i]->error), 0);
        store_close(store);
    }
    assert_true(finals[0].count > 0);
    assert_int_equal(finals[0].count, finals[1].count);
    for (size_t i = 0; i < finals[0].count; i++) {
        assert_string_equal(finals[0].items[i].name, finals[1].items[i].name);
        assert_true(finals[0].items[i].value == finals[1].items[i].value);
    }
    finals_release(&finals[0]);
    finals_release(&finals[1]);
}

static inline void assert_same_predictions(struct scene *a, struct scene *b)
{
    struct scene *scenes[] = {a, b};
    struct predictions found[2];
    for (int i = 0; i < 2; i++) {
        struct store *store = scene_look(scenes[i]);
        if (store_predictions_load(store, scenes[i]->outcome.id, "test", &found[i], NULL,
                                   &scenes[i]->error))
            fail_msg("%s", scenes[i]->error.text);
        store_close(store);
    }
    assert_int_equal(found[0].count, found[1].count);
    size_t size = (size_t)found[0].count * sizeof(int32_t);
    assert_memory_equal(found[0].labels, found[1].labels, size);
    assert_memory_equal(found[0].predicted, found[1].predicted, size);
    assert_memory_equal(found[0].probabilities, found[1].probabilities, size);
    predictions_release(&found[0]);
    predictions_release(&found[1]);
}

/* The gradient flow of both, where they record it. */
static inline void assert_same_flows(struct scene *a, struct scene *b)
{
    struct store *stores[] = {scene_look(a), scene_look(b)};
    const char *ids[] = {a->outcome.id, b->outcome.id};
    struct gradient_flow_list lists[2];
    for (int i = 0; i < 2; i++)
        assert_int_equal(store_gradient_flow_list(stores[i], ids[i], &lists[i], &a->error), 0);
    assert_int_equal(lists[0].count, lists[1].count);
    for (size_t i = 0; i < lists[0].count; i++) {
        struct gradient_flow flows[2];
        for (int j = 0; j < 2; j++) {
            const struct gradient_flow *at = &lists[0].items[i];
            bool found = false;
            assert_int_equal(store_gradient_flow_load(stores[j], ids[j], at->step, at->layer,
                                                      at->direction, &flows[j], &found, &a->error),
                             0);
            assert_true(found);
        }
        assert_int_equal(flows[0].count, flows[1].count);
        assert_memory_equal(flows[0].norms, flows[1].norms, (size_t)flows[0].count * sizeof(float));
        gradient_flow_release(&flows[0]);
        gradient_flow_release(&flows[1]);
    }
    for (int i = 0; i < 2; i++) {
        gradient_flow_list_release(&lists[i]);
        store_close(stores[i]);
    }
}

/* The run's folder holds the file that the store names and nothing else. */
static inline void assert_tidy(struct scene *scene)
{
    struct run run;
    assert_safe(scene);
    scene_run(scene, NULL, &run);
    char *folder = file_join(scene->folder, run.id);
    DIR *entries = opendir(folder);
    const struct dirent *entry;
    while ((entry = readdir(entries)))
        if (entry->d_name[0] != '.')
            assert_string_equal(entry->d_name, run.checkpoint);
    closedir(entries);
    memory_free(folder);
    run_release(&run);
}

/* All that the two runs left but their times and the number of their attempts. */
static inline void assert_same_outcome(struct scene *whole, struct scene *disturbed)
{
    struct run a, b;
    scene_run(whole, whole->outcome.id, &a);
    scene_run(disturbed, disturbed->outcome.id, &b);
    assert_string_equal(a.id, b.id);
    assert_int_equal(a.state, RUN_DONE);
    assert_int_equal(b.state, RUN_DONE);
    assert_string_equal(a.message, b.message);
    assert_string_equal(a.checkpoint, b.checkpoint);
    assert_string_equal(a.checkpoint_hash, b.checkpoint_hash);
    assert_int_equal(a.checkpoint_step, b.checkpoint_step);
    assert_int_equal(a.progress.step, b.progress.step);
    assert_int_equal(a.progress.examples, b.progress.examples);
    assert_tidy(disturbed);
    assert_same_metrics(whole, disturbed);
    assert_same_metrics(disturbed, whole);
    assert_same_flows(whole, disturbed);
    assert_same_finals(whole, disturbed);
    assert_same_predictions(whole, disturbed);
    run_release(&a);
    run_release(&b);
}

#endif
