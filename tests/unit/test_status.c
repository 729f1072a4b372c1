#include "report/status.h"

#include "base/memory.h"
#include "base/printable.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

enum { NOW = 1800000000, RUNS = 4 };

#define TEXT(literal) ((char *)(uintptr_t)literal)

/* Two experiments, one of them with a run whose process is gone, and a run of none. */
struct scene {
    struct variant_progress variants[2];
    struct experiment_progress experiments[2];
    struct running_run runs[RUNS];
    struct store_progress progress;
    struct text text;
};

static struct running_run run_at(const char *name, int64_t seed, size_t experiment, int64_t step)
{
    struct running_run run = {
        .name = TEXT(name),
        .seed = seed,
        .experiment = experiment,
        .variant_order = 1,
        .steps = 800,
        .progress = {.step = step, .examples = 128 * step, .train_seconds = 0.1 * (double)step},
        .loss = step ? 0.25 : NAN,
        .accuracy = step ? 0.975 : NAN,
        .heartbeat = NOW - 1,
        .process = {.host = TEXT("quiet"), .pid = 4000 + seed}};
    snprintf(run.id, sizeof run.id, "%012d", (int)seed);
    return run;
}

static int set_up(void **state)
{
    struct scene *scene = memory_new(sizeof *scene);
    scene->variants[0] = (struct variant_progress){.states = {[RUN_DONE] = 3, [RUN_FAILED] = 1},
                                                   .done_seconds = 240};
    scene->variants[1] = (struct variant_progress){
        .variant_order = 1, .states = {[RUN_RUNNING] = 2, [RUN_INTERRUPTED] = 1, [RUN_QUEUED] = 1}};
    scene->experiments[0] = (struct experiment_progress){.name = TEXT("cells"),
                                                         .updated = NOW - 60,
                                                         .trials = 8,
                                                         .states = {[RUN_DONE] = 3,
                                                                    [RUN_FAILED] = 1,
                                                                    [RUN_RUNNING] = 2,
                                                                    [RUN_INTERRUPTED] = 1,
                                                                    [RUN_QUEUED] = 1},
                                                         .variants = scene->variants,
                                                         .variant_count = 2};
    scene->experiments[1] = (struct experiment_progress){
        .name = TEXT("older, finished"), .trials = 1, .states = {[RUN_DONE] = 1}};
    scene->runs[0] = run_at("lstm", 1, 0, 400);
    scene->runs[1] = run_at("lstm", 2, 0, 0);
    scene->runs[2] = run_at("lstm", 3, 0, 120);
    scene->runs[2].is_abandoned = true;
    scene->runs[2].heartbeat = NOW - 125;
    scene->runs[3] = run_at("a\033[2Jlone", 10, 2, 80);
    scene->progress = (struct store_progress){.experiments = scene->experiments,
                                              .experiment_count = 2,
                                              .older = 1,
                                              .runs = scene->runs,
                                              .run_count = RUNS,
                                              .wall = NOW};
    *state = scene;
    return 0;
}

static int tear_down(void **state)
{
    struct scene *scene = *state;
    text_release(&scene->text);
    memory_free(scene);
    return 0;
}

#define STATUS_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

static const char *render(struct scene *scene, enum table_format format, int columns, bool bars)
{
    const struct status_view view = {.columns = columns, .has_bars = bars};
    text_clear(&scene->text);
    status_render(&scene->progress, format, &view, &scene->text);
    return text_get(&scene->text);
}

static void text_has_a_line_for_each(void **state)
{
    assert_string_equal(
        render(*state, TABLE_TEXT, 0, false),
        "cells            8 trials: 3 done, 2 running, 1 failed, 1 interrupted, 1 not begun"
        "  56 %  2:40 left\n"
        "  lstm      seed  1   50 %  400/800  loss 0.2500  accuracy 97.50 %   39 s left"
        "  1280 examples/s  quiet:4001  1 s ago\n"
        "  lstm      seed  2    0 %    0/800                                           "
        "                   quiet:4002  1 s ago\n"
        "  lstm seed 3  its process is gone (quiet:4003), last heard of 2:05 ago at step 120/800\n"
        "older, finished  1 trial: all done\n"
        "runs of no experiment\n"
        "  a?[2Jlone seed 10   10 %   80/800  loss 0.2500  accuracy 97.50 %   1:11 left"
        "  1280 examples/s  quiet:4010  1 s ago\n"
        "1 older experiment: --limit 0 lists all\n");
}

/* The longest line, in columns. */
static size_t widest(const char *text)
{
    size_t most = 0;
    while (*text) {
        char *line = text_format("%.*s", (int)strcspn(text, "\n"), text);
        size_t width = printable_width(line);
        most = width > most ? width : most;
        memory_free(line);
        text += strcspn(text, "\n") + 1;
    }
    return most;
}

static void text_fits_any_terminal(void **state)
{
    for (int columns = 1; columns < 160; columns++) {
        const char *text = render(*state, TABLE_TEXT, columns, true);
        if (widest(text) > (size_t)columns)
            fail_msg("%d columns:\n%s", columns, text);
    }
    assert_non_null(strstr(render(*state, TABLE_TEXT, 80, true), "█"));
    assert_non_null(strstr(render(*state, TABLE_TEXT, 140, true), "1280 examples/s  quiet:4001"));
    assert_null(strstr(render(*state, TABLE_TEXT, 80, false), "█"));
    assert_non_null(strstr(render(*state, TABLE_TEXT, 80, false), " 50 %"));
}

static void nothing_is_told_too(void **state)
{
    struct scene *scene = *state;
    scene->progress = (struct store_progress){.wall = NOW};
    assert_string_equal(render(scene, TABLE_TEXT, 0, false),
                        "no experiment yet, and no run is being trained\n");
    assert_string_equal(render(scene, TABLE_JSON, 0, false),
                        "{\"time\": \"2027-01-15T08:00:00Z\",\n\"older\": 0,\n"
                        "\"experiments\": [],\n\"runs\": []\n}\n");
}

static void json_is_one_object(void **state)
{
    json_t *root = json_loads(render(*state, TABLE_JSON, 0, false), 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_integer_value(json_object_get(root, "older")), 1);
    json_t *cells = json_array_get(json_object_get(root, "experiments"), 0);
    assert_string_equal(json_string_value(json_object_get(cells, "experiment")), "cells");
    assert_int_equal(json_integer_value(json_object_get(cells, "not_begun")), 1);
    assert_true(fabs(json_number_value(json_object_get(cells, "seconds_left")) - 160) < 1e-9);
    json_t *runs = json_object_get(root, "runs");
    assert_int_equal(json_array_size(runs), RUNS);
    json_t *first = json_array_get(runs, 0), *second = json_array_get(runs, 1);
    assert_int_equal(json_integer_value(json_object_get(first, "step")), 400);
    assert_int_equal(json_integer_value(json_object_get(first, "heartbeat_age")), 1);
    assert_true(json_number_value(json_object_get(first, "train.loss")) == 0.25);
    assert_true(json_is_null(json_object_get(second, "train.loss")));
    assert_string_equal(json_string_value(json_object_get(json_array_get(runs, 2), "process")),
                        "gone");
    json_t *alone = json_array_get(runs, 3);
    assert_true(json_is_null(json_object_get(alone, "experiment")));
    assert_string_equal(json_string_value(json_object_get(alone, "name")), "a\033[2Jlone");
    json_decref(root);
}

static void csv_is_one_table(void **state)
{
    const char *text = render(*state, TABLE_CSV, 0, false);
    assert_true(text_starts_with(text, "kind,experiment,seconds_left,trials,done,running,failed,"
                                       "diverged,interrupted,not_begun,updated,name,seed,run,"));
    assert_non_null(strstr(text, "\nexperiment,cells,160,8,3,2,1,0,1,1,2027-01-15T07:59:00Z,,"));
    assert_non_null(strstr(text, "\nrun,cells,39,,,,,,,,,lstm,1,000000000001,alive,400,800,0.25,"
                                 "0.975,1280,quiet,4001,1\n"));
}

static void time_alone_changes_nothing(void **state)
{
    struct scene *scene = *state;
    struct text before = {0}, after = {0};
    status_add_changes(&scene->progress, &before);
    scene->progress.wall += 5;
    scene->runs[0].heartbeat += 5;
    status_add_changes(&scene->progress, &after);
    assert_string_equal(text_get(&before), text_get(&after));
    scene->runs[0].progress.step++;
    text_clear(&after);
    status_add_changes(&scene->progress, &after);
    assert_string_not_equal(text_get(&before), text_get(&after));
    text_release(&before);
    text_release(&after);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STATUS_TEST(text_has_a_line_for_each), STATUS_TEST(text_fits_any_terminal),
        STATUS_TEST(nothing_is_told_too),      STATUS_TEST(json_is_one_object),
        STATUS_TEST(csv_is_one_table),         STATUS_TEST(time_alone_changes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
