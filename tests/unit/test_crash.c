/* A run that is ended at every place where something could be lost goes on as if nothing had
 * happened; so does one whose disk was full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/crash_rig.h"

/* Every kind of state at once; two checkpoints and the final one. */
static const char text[] =
    "name: everything\n"
    "data: {set: digits, train: {limit: 100}, validation: {count: 40}}\n"
    "model: {cell: lstm, units: 4, dropout: 0.2}\n"
    "train: {steps: 8, batch: 30, optimizer: {sgd: {rate: 0.5, momentum: 0.9}},\n"
    "  evaluate: {every: 2, on: [validation, test], limit: 37, take: next}, log: {every: 5},\n"
    "  warmup: {steps: 2}, clip: {norm: 1}, stop: {restore: best},\n"
    "  schedule: {plateau: {patience: 0, min_delta: 1}}}\n";
/* Header, 5 parameters, 5 moments, 5 best ones. */
enum { WRITES_PER_CHECKPOINT = 16 };

static struct scene *whole;

static int train_whole(void **state)
{
    (void)state;
    counted =
        mmap(NULL, sizeof *counted, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (counted == MAP_FAILED || scene_open((void **)&whole))
        return -1;
    rig_finish(whole, text, 1, RIG_SECONDS);
    return 0;
}

static int remove_whole(void **state)
{
    (void)state;
    return scene_close((void **)&whole);
}

static void assert_goes_on(struct scene *scene)
{
    rig_finish(scene, text, 1, RIG_SECONDS);
    assert_same_outcome(whole, scene);
}

/* Before and after each step, flush, checkpoint, transaction, rename, fsync and removal. */
static void test_killed_anywhere(void **state)
{
    (void)state;
    int last = *counted;
    assert_true(last > 50);
    for (int event = 1; event <= last; event++) {
        struct scene *scene;
        assert_int_equal(scene_open((void **)&scene), 0);
        assert_int_equal(rig_train(scene, text, &(struct plan){.event = event}, RIG_SECONDS),
                         128 + SIGKILL);
        assert_goes_on(scene);
        assert_int_equal(scene_close((void **)&scene), 0);
    }
}

/* Every process is killed a fixed number of events after its start, until one comes to the end. */
static void test_killed_again_and_again(void **state)
{
    (void)state;
    for (int event = 26; event <= 40; event += 7) {
        struct scene *scene;
        int status = 0, kills = -1;
        assert_int_equal(scene_open((void **)&scene), 0);
        do {
            status = rig_train(scene, text, &(struct plan){.event = event}, RIG_SECONDS);
            kills++;
        } while (status == 128 + SIGKILL && kills < 20);
        assert_int_equal(status, 0);
        assert_in_range(kills, 1, 19);
        assert_goes_on(scene);
        assert_int_equal(scene_close((void **)&scene), 0);
    }
}

/* Killed with half a file written, and the next process while it clears up. */
static void test_killed_while_clearing_up(void **state)
{
    static const struct plan endings[] = {
        {.function = "write", .count = 5, .signal = SIGKILL},
        {.function = "write", .count = WRITES_PER_CHECKPOINT + 9, .signal = SIGKILL},
        {.function = "rename", .count = 2, .when = AFTER, .signal = SIGKILL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
        for (enum when when = BEFORE; when <= AFTER; when++) {
            struct scene *scene;
            struct plan clearing = {
                .function = "unlink", .count = 1, .when = when, .signal = SIGKILL};
            assert_int_equal(scene_open((void **)&scene), 0);
            assert_int_equal(rig_train(scene, text, &endings[i], RIG_SECONDS), 128 + SIGKILL);
            assert_int_equal(rig_train(scene, text, &clearing, RIG_SECONDS), 128 + SIGKILL);
            assert_goes_on(scene);
            assert_int_equal(scene_close((void **)&scene), 0);
        }
    }
}

/* The checkpoint before is still there and still the one that the store names. */
static void assert_keeps(struct scene *scene, int64_t step, int errnum)
{
    struct run run;
    scene_run(scene, NULL, &run);
    assert_int_equal(run.state, RUN_FAILED);
    assert_non_null(strstr(run.message, strerror(errnum)));
    assert_non_null(strstr(run.message, ".safetensors: the checkpoint cannot be written"));
    assert_int_equal(run.checkpoint_step, step);
    if (step)
        assert_tidy(scene);
    run_release(&run);
}

static void test_full_disk(void **state)
{
    static const struct {
        struct plan plan;
        int64_t kept;
    } cases[] = {
        {{.function = "write", .count = 1, .errnum = ENOSPC}, 0},
        {{.function = "write", .count = WRITES_PER_CHECKPOINT + 1, .errnum = ENOSPC}, 3},
        {{.function = "write", .count = WRITES_PER_CHECKPOINT + 9, .errnum = ENOSPC}, 3},
        {{.function = "write", .count = 2 * WRITES_PER_CHECKPOINT + 3, .errnum = ENOSPC}, 6},
        {{.function = "fsync", .count = 3, .errnum = EIO}, 3},
        {{.function = "rename", .count = 2, .errnum = ENOSPC}, 3},
        {{.function = "rename", .count = 3, .errnum = EDQUOT}, 6},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct scene *scene;
        assert_int_equal(scene_open((void **)&scene), 0);
        assert_int_equal(rig_train(scene, text, &cases[i].plan, RIG_SECONDS), ERROR_FAILED);
        assert_keeps(scene, cases[i].kept, cases[i].plan.errnum);
        assert_goes_on(scene);
        assert_int_equal(scene_close((void **)&scene), 0);
    }
}

/* The folder could not be made safe: the file that took its place is not believed. */
static void test_folder_not_on_the_disk(void **state)
{
    struct scene *scene;
    struct run run;
    (void)state;
    assert_int_equal(scene_open((void **)&scene), 0);
    assert_int_equal(rig_train(scene, text,
                               &(struct plan){.function = "fsync", .count = 4, .errnum = EIO},
                               RIG_SECONDS),
                     ERROR_FAILED);
    scene_run(scene, NULL, &run);
    assert_int_equal(run.state, RUN_FAILED);
    assert_int_equal(run.checkpoint_step, 3);
    run_release(&run);
    assert_goes_on(scene);
    assert_int_equal(scene_close((void **)&scene), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_killed_anywhere),
        cmocka_unit_test(test_killed_again_and_again),
        cmocka_unit_test(test_killed_while_clearing_up),
        cmocka_unit_test(test_full_disk),
        cmocka_unit_test(test_folder_not_on_the_disk),
    };
    return cmocka_run_group_tests(tests, train_whole, remove_whole);
}
