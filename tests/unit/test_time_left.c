#include "report/time_left.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { NOW = 1000 };

/* A run of 100 steps that needs a second for each, just heard of. */
static struct running_run run_at(int64_t variant, int64_t step)
{
    return (struct running_run){
        .variant_order = variant,
        .steps = 100,
        .progress = {.step = step,
                     .train_seconds = 0.75 * (double)step,
                     .evaluate_seconds = 0.25 * (double)step},
        .heartbeat = NOW,
    };
}

static void a_run_goes_on_at_its_pace(void **state)
{
    (void)state;
    struct running_run run = run_at(0, 40);
    assert_true(run_time_left(&run, NOW) == 60);
    assert_true(run_time_left(&run, NOW + 10) == 50);
    assert_true(run_time_left(&run, NOW + 100) == 0);
    assert_true(run_time_left(&run, NOW - 10) == 60); /* another machine's clock */
    run.progress.step = 100;
    run.progress.train_seconds = 100;
    run.progress.evaluate_seconds = 0;
    assert_true(run_time_left(&run, NOW) == 0);
    run = run_at(0, 0);
    assert_true(isnan(run_time_left(&run, NOW)));
    run = run_at(0, 40);
    run.is_abandoned = true;
    assert_true(isnan(run_time_left(&run, NOW)));
}

/* Seconds left of an experiment with these VARIANTS and RUNS. */
static double left_of(struct variant_progress *variants, size_t variant_count,
                      struct running_run *runs, size_t run_count)
{
    struct experiment_progress experiment = {.variants = variants, .variant_count = variant_count};
    for (size_t i = 0; i < variant_count; i++)
        for (int s = 0; s < RUN_STATES; s++)
            experiment.states[s] += variants[i].states[s];
    const struct store_progress progress = {.experiments = &experiment,
                                            .experiment_count = 1,
                                            .runs = runs,
                                            .run_count = run_count,
                                            .wall = NOW};
    return experiment_time_left(&progress, 0);
}

static void waiting_trials_take_the_free_places(void **state)
{
    (void)state;
    struct variant_progress variants[] = {
        {.states = {[RUN_RUNNING] = 1, [RUN_QUEUED] = 2}},
        {.variant_order = 1, .states = {[RUN_RUNNING] = 1, [RUN_DONE] = 2}, .done_seconds = 60}};
    struct running_run runs[] = {run_at(0, 50), run_at(1, 80)};
    /* Places are free after 50 and 20; the two take 100 each: 120, then 150. */
    assert_true(fabs(left_of(variants, 2, runs, 2) - 150) < 1e-9);
    /* With one place: 50 + 200. */
    variants[1].states[RUN_RUNNING] = 0;
    assert_true(fabs(left_of(variants, 2, runs, 1) - 250) < 1e-9);
}

static void done_trials_tell_how_long_others_take(void **state)
{
    (void)state;
    struct variant_progress variants[] = {
        {.states = {[RUN_RUNNING] = 1, [RUN_QUEUED] = 1, [RUN_DONE] = 2}, .done_seconds = 60},
        {.variant_order = 7, .states = {[RUN_QUEUED] = 1}}};
    struct running_run run = run_at(0, 0); /* tells nothing itself */
    assert_true(fabs(left_of(variants, 2, &run, 1) - 90) < 1e-9);
}

static void an_interrupted_trial_has_a_part_behind_it(void **state)
{
    (void)state;
    struct variant_progress variant = {.states = {[RUN_RUNNING] = 1, [RUN_INTERRUPTED] = 2},
                                       .interrupted_share = 0.5 + 0.7};
    struct running_run run = run_at(0, 90);
    assert_true(fabs(left_of(&variant, 1, &run, 1) - (10 + 50 + 30)) < 1e-9);
}

static void what_cannot_be_told_is_not(void **state)
{
    (void)state;
    struct variant_progress variant = {.states = {[RUN_QUEUED] = 1, [RUN_DONE] = 1},
                                       .done_seconds = 30};
    assert_true(isnan(left_of(&variant, 1, NULL, 0))); /* nothing is running */
    struct running_run run = run_at(0, 0);
    variant = (struct variant_progress){.states = {[RUN_RUNNING] = 1}};
    assert_true(isnan(left_of(&variant, 1, &run, 1))); /* nothing was measured */
    run = run_at(0, 50);
    run.is_abandoned = true;
    variant = (struct variant_progress){.states = {[RUN_INTERRUPTED] = 1}};
    assert_true(isnan(left_of(&variant, 1, &run, 1)));
    variant = (struct variant_progress){.states = {[RUN_DONE] = 3, [RUN_FAILED] = 1}};
    assert_true(left_of(&variant, 1, NULL, 0) == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_run_goes_on_at_its_pace),
        cmocka_unit_test(waiting_trials_take_the_free_places),
        cmocka_unit_test(done_trials_tell_how_long_others_take),
        cmocka_unit_test(an_interrupted_trial_has_a_part_behind_it),
        cmocka_unit_test(what_cannot_be_told_is_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
