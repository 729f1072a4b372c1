#include "plots/answers.h"
#include "unit/answers_fixture.h"
#include "unit/run_fixture.h"

static int load(struct answers_list *list, struct answers_scene *scene, const char *name,
                enum split split)
{
    struct groups groups;
    scene->error = (struct error){0};
    made_up_check(groups_load(&groups, scene->store, &name, 1, &scene->error), &scene->error);
    const struct plot_request request = {.split = (int)split, .data = "/nonexistent"};
    int result = answers_load(list, scene->store, &groups, &request, &scene->error);
    for (size_t i = 0; i < list->count; i++)
        list->items[i].name = NULL; /* goes with the groups */
    groups_release(&groups);
    return result;
}

static void assert_refused(struct answers_scene *scene, const char *name, enum split split,
                           enum error_code code, const char *part)
{
    struct answers_list list;
    assert_int_equal(load(&list, scene, name, split), -1);
    if (!strstr(scene->error.text, part))
        fail_msg("expected '%s' in: %s", part, scene->error.text);
    assert_int_equal(scene->error.code, code);
    answers_release(&list);
}

static void groups_hold_the_answers_of_their_runs(void **state)
{
    struct answers_scene *scene = *state;
    const struct slip slip = {5, 8, 0.5F};
    const struct answered runs[] = {
        {.name = "a", .seed = 1, .classes = 3},
        {.name = "a", .seed = 2, .classes = 3, .slips = &slip, .count = 1},
        {.name = "b", .seed = 1, .without = true},
        {.name = "c", .seed = 1, .classes = 2},
    };
    answered_experiment(scene, "cells", runs, 4);
    struct answers_list list;
    assert_int_equal(load(&list, scene, "cells", SPLIT_TEST), 0);
    assert_int_equal(list.count, 2);
    assert_int_equal(list.items[0].count, 2);
    assert_int_equal(list.items[0].total, 60);
    assert_int_equal(list.items[0].right, 59);
    assert_int_equal(list.items[0].classes, 9);
    assert_int_equal(list.items[1].count, 1);
    assert_int_equal(list.items[1].classes, 2);
    struct text text = {0};
    answers_add_accuracy(&text, &list.items[0]);
    assert_string_equal(text_get(&text), "accuracy 98.33 %, n = 2 × 30");
    text_release(&text);
    answers_release(&list);
}

/* More variants than fit, none that is done, none with answers, answers that cannot be. */
static void what_cannot_be_shown_is_refused(void **state)
{
    struct answers_scene *scene = *state;
    struct answered runs[ANSWERS_GROUPS + 1];
    static const char *const names[] = {"a", "b", "c", "d", "e", "f", "g"};
    for (int i = 0; i <= ANSWERS_GROUPS; i++)
        runs[i] = (struct answered){.name = names[i], .classes = 2};
    answered_experiment(scene, "many", runs, ANSWERS_GROUPS + 1);
    assert_refused(scene, "many", SPLIT_TEST, ERROR_USAGE,
                   "7 variants are too many for one picture of this kind, which holds 6; choose "
                   "some by --where");
    const struct answered without = {.name = "x", .without = true};
    answered_experiment(scene, "without!", &without, 1);
    assert_refused(scene, "without!", SPLIT_TEST, ERROR_NOT_FOUND, "no run has predictions");
    const struct made_up running = {"lstm", 1, 0.9, 100, 10, RUN_RUNNING};
    made_up_experiment(scene->store, "running", &running, 1);
    assert_refused(scene, "running", SPLIT_TEST, ERROR_NOT_FOUND, "when a run is done");
    const struct slip slips[] = {{3, -1, 0.5F}, {3, 256, 0.5F}};
    for (int i = 0; i < 2; i++) {
        const char *name = i ? "damaged" : "damaged too";
        const struct answered damaged = {.name = "y", .classes = 2, .slips = &slips[i], 1};
        answered_experiment(scene, name, &damaged, 1);
        assert_refused(scene, name, SPLIT_TEST, ERROR_DATA, "are damaged: example 3 has class 1");
    }
}

/* What is not stored comes from the network: as many are right as the run has counted itself. */
static void other_splits_are_asked_of_the_network(void **state)
{
    struct answers_scene *scene = *state;
    struct scene trained = {.folder = ""};
    snprintf(trained.store, sizeof trained.store, "%s/trained.db", scene->folder);
    scene_train(&trained, "name: small\ndata: {set: digits, validation: {count: 100}}\n"
                          "model: {cell: rnn, units: 8}\ntrain: {steps: 40}\n");
    store_close(scene->store);
    made_up_check(store_open(&scene->store, trained.store, STORE_READ, &scene->error),
                  &scene->error);
    struct answers_list list;
    if (load(&list, scene, trained.outcome.id, SPLIT_VALIDATION) != 0)
        fail_msg("%s", scene->error.text);
    assert_int_equal(list.items[0].total, 100);
    double accuracy = scene_final(&trained, "validation.accuracy");
    assert_true(accuracy > 0.1 && accuracy < 1);
    assert_int_equal(list.items[0].right, (int64_t)lround(100 * accuracy));
    answers_release(&list);
    assert_int_equal(load(&list, scene, trained.outcome.id, SPLIT_TEST), 0);
    assert_int_equal(list.items[0].total, 360);
    answers_release(&list);
    char *files = store_run_folder(scene->store, trained.outcome.id);
    assert_int_equal(temporary_remove(files), 0);
    memory_free(files);
    assert_refused(scene, trained.outcome.id, SPLIT_VALIDATION, ERROR_NOT_FOUND,
                   "to train the run again");
}

static void a_run_without_the_split_is_refused(void **state)
{
    struct answers_scene *scene = *state;
    const struct answered run = {.name = "x"};
    answered_experiment(scene, "x", &run, 1);
    assert_refused(scene, "x", SPLIT_VALIDATION, ERROR_USAGE, "has no validation split");
    assert_refused(scene, "x", SPLIT_TRAIN, ERROR_NOT_FOUND, "has no checkpoint");
}

static void counts_have_their_thousands_apart(void **state)
{
    (void)state;
    static const struct {
        int64_t number;
        const char *text;
    } rows[] = {{0, "0"}, {999, "999"}, {1000, "1,000"}, {1234567, "1,234,567"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct text text = {0};
        answers_add_count(&text, rows[i].number);
        assert_string_equal(text_get(&text), rows[i].text);
        text_release(&text);
    }
}

int main(void)
{
    log_set_quiet(true);
    const struct CMUnitTest tests[] = {
        ANSWERS_TEST(groups_hold_the_answers_of_their_runs),
        ANSWERS_TEST(what_cannot_be_shown_is_refused),
        ANSWERS_TEST(other_splits_are_asked_of_the_network),
        ANSWERS_TEST(a_run_without_the_split_is_refused),
        cmocka_unit_test(counts_have_their_thousands_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
