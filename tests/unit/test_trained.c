#include "train/trained.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/run_fixture.h"

static const char small[] = "name: small\ndata: {set: digits, validation: {count: 100}}\n"
                            "model: {cell: rnn, units: 8}\ntrain: {steps: 20}\n";

static void assert_refused(struct scene *scene, int result, enum error_code code, const char *part)
{
    assert_int_equal(result, -1);
    if (!strstr(scene->error.text, part))
        fail_msg("expected '%s' in: %s", part, scene->error.text);
    assert_int_equal(scene->error.code, code);
}

/* The folder of the scene's run. Caller frees. */
static char *folder_of(struct scene *scene, const struct run *run)
{
    struct store *store = scene_look(scene);
    char *folder = store_run_folder(store, run->id);
    store_close(store);
    return folder;
}

static void the_network_answers_as_it_did(void **state)
{
    struct scene *scene = *state;
    struct run run;
    struct trained trained = {0};
    struct evaluation evaluation;
    scene_train(scene, small);
    scene_run(scene, NULL, &run);
    char *folder = folder_of(scene, &run);
    assert_int_equal(trained_open_data(&trained, &run, "/nonexistent", &scene->error), 0);
    assert_int_equal(trained_open_network(&trained, &run, folder, 1, &scene->error), 0);
    trainer_evaluate(&trained.trainer, SPLIT_TEST, 0, 0, &evaluation, NULL);
    assert_true(evaluation.accuracy == scene_final(scene, "test.accuracy"));
    assert_true(evaluation.loss == scene_final(scene, "test.loss"));
    trained_release(&trained);
    run_release(&run);
    memory_free(folder);
}

static void what_has_changed_is_refused(void **state)
{
    struct scene *scene = *state;
    struct run run;
    struct trained trained = {0};
    scene_train(scene, small);
    scene_run(scene, NULL, &run);
    char *folder = folder_of(scene, &run);
    run.data_digest[0] ^= 1;
    assert_refused(scene, trained_open_data(&trained, &run, "/nonexistent", &scene->error),
                   ERROR_DATA, "name the folder with the right one by --data");
    trained_release(&trained);
    run.data_digest[0] ^= 1;
    assert_int_equal(trained_open_data(&trained, &run, "/nonexistent", &scene->error), 0);
    run.canonical[0] ^= 1;
    assert_refused(scene, trained_open_network(&trained, &run, folder, 1, &scene->error),
                   ERROR_DATA, "was trained with other modules");
    run.canonical[0] ^= 1;
    run.checkpoint_hash[0] ^= 1;
    assert_refused(scene, trained_open_network(&trained, &run, folder, 1, &scene->error),
                   ERROR_DATA, "to train the run again: `unroll show ");
    trained_release(&trained);
    run.checkpoint[0] = '\0';
    assert_int_equal(trained_open_data(&trained, &run, "/nonexistent", &scene->error), 0);
    assert_refused(scene, trained_open_network(&trained, &run, folder, 1, &scene->error),
                   ERROR_NOT_FOUND, "(done) has no checkpoint");
    trained_release(&trained);
    trained = (struct trained){.changes = (const char *const[]){"model.stack.0.rnn.units=9"},
                               .change_count = 1};
    assert_refused(scene, trained_open_data(&trained, &run, "/nonexistent", &scene->error),
                   ERROR_USAGE, "model.stack.0.rnn.units=9: run ");
    assert_non_null(strstr(scene->error.text, " was trained otherwise; only what changes no"));
    trained_release(&trained);
    trained = (struct trained){.changes = (const char *const[]){"name=another"}, .change_count = 1};
    assert_int_equal(trained_open_data(&trained, &run, "/nonexistent", &scene->error), 0);
    trained_release(&trained);
    run.config[0] = '\0';
    assert_refused(scene, trained_open_data(&trained, &run, "/nonexistent", &scene->error),
                   ERROR_USAGE, "config of run");
    trained_release(&trained);
    run_release(&run);
    memory_free(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(the_network_answers_as_it_did),
        RUN_TEST(what_has_changed_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
