/* Gaps between arrays: what is written there ends the process and is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "model/model.h"
#include "module/hook.h"
#include "module/registry.h"
#include "unit/as_plugins.h"
#include "unit/config_text.h"

#include <omp.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum { FLOATS = 5, GAP = 64, ALL = GAP + 16 + GAP + 16 + GAP };

/* Two arrays of FLOATS between three gaps. */
struct arrays {
    _Alignas(64) float memory[ALL];
    float *first, *second;
    struct guards guards;
    struct hooks *hooks;
};

static int arrays_make(void **state)
{
    struct arrays *arrays = NULL;
    struct error error;
    assert_int_equal(memory_try((void **)&arrays, sizeof *arrays, "a test", &error), 0);
    float *first = arrays->first = arrays->memory + GAP;
    float *second = arrays->second = first + 16 + GAP;
    guards_add(&arrays->guards, NULL, arrays->memory, GAP);
    guards_add(&arrays->guards, first, first + FLOATS, second - first - FLOATS);
    guards_add_zeros(&arrays->guards, second, second + FLOATS,
                     arrays->memory + ALL - second - FLOATS, true);
    guards_name(&arrays->guards, first, "the %s", "first");
    guards_name(&arrays->guards, second, "the second");
    arrays->hooks = mmap(NULL, sizeof *arrays->hooks, PROT_READ | PROT_WRITE,
                         MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(arrays->hooks != MAP_FAILED);
    *state = arrays;
    return 0;
}

static int arrays_free(void **state)
{
    struct arrays *arrays = *state;
    munmap(arrays->hooks, sizeof *arrays->hooks);
    guards_release(&arrays->guards);
    memory_free(arrays);
    return 0;
}

/* What a process says in which AT got another value in a call of LAYER, which has called INNER; ""
 * if it found nothing. */
static const char *word_of_call(struct arrays *arrays, float *at, float value, const char *layer,
                                const char *inner)
{
    int status;
    memset(arrays->hooks, 0, sizeof *arrays->hooks);
    pid_t child = fork();
    if (child == 0) {
        const struct module *module = registry_find(MODULE_LAYER, layer);
        hook_share(arrays->hooks);
        HOOK(module);
        guards_close(&arrays->guards);
        guards_check(&arrays->guards, module);
        *at = value;
        if (inner) {
            HOOK(registry_find(MODULE_LAYER, inner));
        }
        guards_check(&arrays->guards, module);
        _exit(arrays->hooks->at_work[0] != module);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return arrays->hooks->word;
}

static const char *word_of(struct arrays *arrays, float *at, float value)
{
    return word_of_call(arrays, at, value, "gru", NULL);
}

static void arrays_may_be_written(void **state)
{
    struct arrays *arrays = *state;
    for (int i = 0; i < FLOATS; i++) {
        assert_string_equal(word_of(arrays, arrays->first + i, 3), "");
        assert_string_equal(word_of(arrays, arrays->second + i, 3), "");
    }
}

static void gaps_may_not(void **state)
{
    struct arrays *arrays = *state;
    static const char between[] =
        "layer gru (plugin p.so) wrote out of bounds: behind the first or before the second";
    assert_string_equal(word_of(arrays, arrays->memory, 0),
                        "layer gru (plugin p.so) wrote out of bounds: before the first");
    assert_string_equal(word_of(arrays, arrays->first - 1, 3),
                        "layer gru (plugin p.so) wrote out of bounds: before the first");
    assert_string_equal(word_of(arrays, arrays->first + FLOATS, 3), between);
    assert_string_equal(word_of(arrays, arrays->second - 1, 0), between);
    assert_string_equal(word_of(arrays, arrays->second + FLOATS, 1),
                        "layer gru (plugin p.so) wrote out of bounds: behind the second");
    assert_string_equal(word_of(arrays, arrays->memory + ALL - 1, 1e-30f),
                        "layer gru (plugin p.so) wrote out of bounds: behind the second");
}

/* What a built-in module finds was another's doing. */
static void plugins_are_condemned(void **state)
{
    struct arrays *arrays = *state;
    float *own = arrays->second - 1, *common = arrays->second + FLOATS;
    assert_string_equal(word_of_call(arrays, own, 3, "lstm", NULL), "");
    assert_string_equal(word_of_call(arrays, common, 3, "lstm", "rnn"), "");
    assert_string_equal(
        word_of_call(arrays, own, 3, "bidirectional", "gru"),
        "layer gru (plugin p.so) wrote out of bounds: behind the first or before the second");
    assert_string_equal(word_of_call(arrays, common, 3, "bidirectional", "gru"),
                        "layer gru (plugin p.so) wrote out of bounds: behind the second");
}

/* Two threads within calls of LAYER, when the first looks: AT is spoilt. */
static const char *word_beside(struct arrays *arrays, float *at, const char *layer)
{
    int status;
    memset(arrays->hooks, 0, sizeof *arrays->hooks);
    pid_t child = fork();
    if (child == 0) {
        hook_share(arrays->hooks);
#pragma omp parallel num_threads(2)
        {
            int thread = omp_get_thread_num();
            const struct module *module = registry_find(MODULE_LAYER, thread ? layer : "gru");
            HOOK(module);
            if (thread) {
                HOOK(registry_find(MODULE_LAYER, "dropout"));
                *at = 3;
            }
#pragma omp barrier
            if (thread == 0)
                guards_check(&arrays->guards, module);
#pragma omp barrier
        }
        _exit(1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return arrays->hooks->word;
}

static void threads_share_the_blame(void **state)
{
    struct arrays *arrays = *state;
    static const char *const layers[] = {"dropout", "bidirectional"};
    for (int i = 0; i < 2; i++) {
        assert_string_equal(
            word_beside(arrays, arrays->second + FLOATS, layers[i]),
            "layer gru (plugin p.so) or layer dropout (plugin p.so) wrote out of bounds: behind "
            "the second");
        assert_string_equal(
            word_beside(arrays, arrays->second - 1, layers[i]),
            "layer gru (plugin p.so) wrote out of bounds: behind the first or before the second");
    }
}

/* Where no plugin is at work nothing is watched, and memory is what it was. */
static void built_in_models_have_none(void **state)
{
    struct config config = {0};
    struct model model;
    struct workspace workspace;
    struct error error;
    struct sequence in = {.steps = 5, .features = 4, .reversed_from = 4};
    (void)state;
    assert_int_equal(config_from_text(&config, "data: {set: digits}\n"
                                               "model: {cell: bilstm, units: 5}\n"
                                               "train: {steps: 1}\n"),
                     0);
    assert_int_equal(model_init(&model, &config, in, 3, &error), 0);
    assert_int_equal(model.gap, 0);
    assert_int_equal(model.parameters[0].offset, 0);
    assert_int_equal(workspace_init(&workspace, &model, 2, model.in.steps, true, &error), 0);
    assert_int_equal(workspace.guards.gap_count, 0);
    workspace_release(&workspace);
    model_release(&model);
    config_release(&config);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, arrays_make, arrays_free)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(arrays_may_be_written),
        TEST(gaps_may_not),
        TEST(plugins_are_condemned),
        TEST(threads_share_the_blame),
        cmocka_unit_test(built_in_models_have_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
