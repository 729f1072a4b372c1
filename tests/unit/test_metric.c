#include "compare/metric.h"

#include "store_fixture.h"

#include <math.h>

static void test_differences(void **state)
{
    (void)state;
    struct final items[] = {{(char *)(uintptr_t) "test.accuracy", 0.75},
                            {(char *)(uintptr_t) "test.loss", 1.5},
                            {(char *)(uintptr_t) "train_split.accuracy", 1},
                            {(char *)(uintptr_t) "train_split.loss", 0.5}};
    const struct finals all = {items, 4}, some = {items, 3};
    assert_true(metric_of_finals(&all, "gap.loss") == 1);
    assert_true(metric_of_finals(&all, "gap.accuracy") == 0.25);
    assert_true(metric_of_finals(&all, "test.loss") == 1.5);
    assert_true(isnan(metric_of_finals(&some, "gap.loss")));
    assert_true(isnan(metric_of_finals(&all, "gap.rate")));
    assert_null(metric_difference_find("gap"));
    assert_string_equal(metric_difference_find("gap.loss")->minuend, "test.loss");
}

static void test_figures_of_a_run(void **state)
{
    (void)state;
    struct run run = {.state = RUN_DONE, .parameters = 7, .progress = {10, 640, 2, 50, 1.5}};
    assert_true(metric_of_run(&run, "seconds") == 2);
    assert_true(metric_of_run(&run, "cpu_seconds") == 1.5);
    assert_true(metric_of_run(&run, "examples_per_second") == 320);
    assert_true(metric_of_run(&run, "parameters") == 7);
    assert_true(isnan(metric_of_run(&run, "test.loss")));
    run.progress.train_seconds = 0;
    run.progress.cpu_seconds = NAN;
    assert_true(isnan(metric_of_run(&run, "cpu_seconds")));
    assert_true(isnan(metric_of_run(&run, "examples_per_second")));
    run.state = RUN_RUNNING;
    for (size_t i = 0; metric_run_names[i]; i++) {
        assert_true(metric_is_of_run(metric_run_names[i]));
        assert_true(isnan(metric_of_run(&run, metric_run_names[i])));
    }
    assert_false(metric_is_of_run("test.accuracy"));
}

/* A time may be sorted by; it is shown, and nothing is concluded. */
static void test_times(void **state)
{
    (void)state;
    assert_true(metric_is_time("seconds") && metric_is_time("cpu_seconds"));
    assert_false(metric_is_time("parameters") || metric_is_time("seconds.mean"));
    assert_int_equal(comparison_direction("cpu_seconds"), LOWER_IS_BETTER);
    assert_false(comparison_is_tested("cpu_seconds"));
}

static void test_judges(void **state)
{
    (void)state;
    static const char *const accuracies[] = {"test.accuracy", "validation.accuracy",
                                             "train_split.accuracy", "gap.accuracy"};
    static const char *const losses[] = {"test.loss", "validation.loss", "train.loss", "gap.loss"};
    static const char *const others[] = {"train.rate", "train.gradient_norm", "accuracy", ""};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(metric_judge(accuracies[i]), "validation.accuracy");
        assert_string_equal(metric_judge(losses[i]), "validation.loss");
        assert_null(metric_judge(others[i]));
    }
}

static void test_names(void **state)
{
    (void)state;
    struct names known = {0};
    struct text text = {0};
    metric_add_names(&text, &known);
    assert_string_equal(text_get(&text), "seconds, cpu_seconds, examples_per_second, parameters");
    text_clear(&text);
    names_add(&known, "train_split.loss");
    names_add(&known, "test.accuracy");
    names_add(&known, "test.loss");
    metric_add_names(&text, &known);
    assert_string_equal(text_get(&text), "train_split.loss, test.accuracy, test.loss, gap.loss, "
                                         "seconds, cpu_seconds, examples_per_second, parameters");
    names_release(&known);
    text_release(&text);
}

/* A difference has the steps of both of its parts, with the times of the first. */
static void test_series(void **state)
{
    struct fixture *fixture = *state;
    struct store *store = open_store(fixture, STORE_WRITE);
    struct run_begun begun = begin(fixture, store, KEY_A, BEGIN_STARTED);
    struct run_writer *writer = run_writer_new(store, &begun);
    const struct run_progress progress = {0};
    static const int64_t test_steps[] = {1, 2, 4, 6, 7}, train_steps[] = {2, 3, 6, 9};
    for (size_t i = 0; i < 5; i++)
        run_record(writer, "test.loss", test_steps[i], 0.5 * (double)test_steps[i],
                   10 * (double)test_steps[i], 100 + (double)test_steps[i]);
    for (size_t i = 0; i < 4; i++)
        run_record(writer, "train_split.loss", train_steps[i], 9, 9, i == 2 ? NAN : 3);
    assert_ok(fixture, run_flush(writer, &progress, &fixture->error));
    run_writer_free(writer);
    struct metrics series;
    assert_ok(fixture, metric_load(store, begun.id, "gap.loss", METRICS_EPOCHS | METRICS_SECONDS,
                                   &series, &fixture->error));
    assert_int_equal(series.count, 2);
    assert_int_equal(series.steps[0], 2);
    assert_true(series.values[0] == 99 && series.epochs[0] == 1 && series.seconds[0] == 20);
    assert_int_equal(series.steps[1], 6);
    assert_true(isnan(series.values[1]) && series.epochs[1] == 3 && series.seconds[1] == 60);
    metrics_release(&series);
    assert_ok(fixture, metric_load(store, begun.id, "gap.loss", 0, &series, &fixture->error));
    assert_int_equal(series.count, 2);
    assert_null(series.epochs);
    metrics_release(&series);
    assert_ok(fixture, metric_load(store, begun.id, "gap.accuracy", 0, &series, &fixture->error));
    assert_int_equal(series.count, 0);
    metrics_release(&series);
    assert_ok(fixture, metric_load(store, begun.id, "test.loss", 0, &series, &fixture->error));
    assert_int_equal(series.count, 5);
    metrics_release(&series);
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_differences), cmocka_unit_test(test_figures_of_a_run),
        cmocka_unit_test(test_times),       cmocka_unit_test(test_judges),
        cmocka_unit_test(test_names),       STORE_TEST(test_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
