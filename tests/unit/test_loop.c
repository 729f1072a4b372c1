/* The training loop: when it evaluates and logs, what it logs, when it stops. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "module/schedule.h"
#include "train/loop.h"
#include "unit/run_fixture.h"

#include <time.h>

/* A small network on 90 training and 40 validation examples, with TRAIN below `train:`. */
static const char *small(const char *train)
{
    static char text[1024];
    snprintf(text, sizeof text,
             "data: {set: digits, train: {limit: 90}, validation: {count: 40}}\n"
             "model: {cell: lstm, units: 4}\n"
             "train: {%s%s}\n",
             strstr(train, "optimizer") ? "" : "optimizer: {adam: {rate: 0.02}}, ", train);
    return text;
}

/* The steps of a series as text: "1 4 7". */
static char *steps_of(struct scene *scene, const char *series)
{
    struct metrics metrics;
    struct text text = {0};
    scene_metrics(scene, series, &metrics);
    for (size_t i = 0; i < metrics.count; i++)
        text_add_format(&text, "%s%lld", i ? " " : "", (long long)metrics.steps[i]);
    metrics_release(&metrics);
    return text_take(&text);
}

static void assert_steps(struct scene *scene, const char *train, const char *series,
                         const char *expected)
{
    scene_train(scene, small(train));
    char *found = steps_of(scene, series);
    assert_string_equal(found, expected);
    memory_free(found);
}

static void test_evaluation_steps(void **state)
{
    struct scene *scene = *state;
    assert_steps(scene, "steps: 10, batch: 30, evaluate: {every: 4}", "test.loss", "4 8");
    assert_steps(scene, "steps: 10, batch: 30, evaluate: {every: 4, first: 1}", "test.loss",
                 "1 5 9");
    assert_steps(scene, "steps: 10, batch: 30, evaluate: {every: 2, first: 7}", "test.loss", "7 9");
    assert_steps(scene, "steps: 3, batch: 30, evaluate: {every: 4}", "test.loss", "");
    assert_steps(scene, "steps: 10, batch: 30", "test.loss", "3 6 9");
    assert_steps(scene, "steps: 10, batch: 30, evaluate: {every: 2, unit: epochs}", "test.loss",
                 "6");
    assert_steps(scene, "epochs: 3, batch: 40", "test.loss", "3 6 9"); /* 40, 40, 10 */
    assert_steps(scene, "epochs: 2, batch: 200", "test.loss", "1 2");
}

/* With order tf an epoch is no whole number of steps; it is evaluated at the step nearest to its
 * end, which for the last epoch is the last step. */
static void test_evaluation_steps_of_tf(void **state)
{
    struct scene *scene = *state;
    static const char text[] = "data: {set: digits, order: tf, train: {limit: 90}}\n"
                               "model: {cell: rnn, units: 3}\n"
                               "train: {epochs: 5, batch: 40, optimizer: sgd%s}\n";
    /* 90 / 40 = 2.25 steps: 2.25, 4.5, 6.75, 9, 11.25 */
    static const char *const changes[][2] = {{"", "2 5 7 9 11"},
                                             {", evaluate: {every: 2, unit: epochs}", "5 9"}};
    for (int i = 0; i < 2; i++) {
        char config[512];
        snprintf(config, sizeof config, text, changes[i][0]);
        scene_train(scene, config);
        char *found = steps_of(scene, "test.loss");
        assert_string_equal(found, changes[i][1]);
        memory_free(found);
    }
}

static void test_what_is_evaluated(void **state)
{
    struct scene *scene = *state;
    assert_steps(scene, "steps: 4, batch: 30, evaluate: {every: 2, on: [train, validation]}",
                 "train_split.accuracy", "2 4");
    char *found = steps_of(scene, "validation.loss");
    assert_string_equal(found, "2 4");
    memory_free(found);
    found = steps_of(scene, "test.loss");
    assert_string_equal(found, "");
    memory_free(found);
}

static void test_log_steps(void **state)
{
    struct scene *scene = *state;
    assert_steps(scene, "steps: 10, batch: 30, log: {every: 4}", "train.loss", "4 8 10");
    assert_steps(scene, "steps: 3, batch: 30, log: {every: 4}", "train.rate", "3");
    assert_steps(scene, "steps: 4, batch: 30, log: {every: 4}", "train.gradient_norm", "4");
}

/* With the mean, each line is the mean over its examples, not over its batches; with the batch, it
 * is that of its own step. Both against a log of every step. */
static void test_log_of(void **state)
{
    struct scene *scene = *state;
    static const int sizes[] = {40, 40, 10};
    static const char *const series[] = {"train.loss", "train.accuracy"};
    for (int i = 0; i < 2; i++) {
        struct metrics all, means, batches;
        scene_train(scene, small("steps: 11, batch: 40, log: {every: 1}"));
        scene_metrics(scene, series[i], &all);
        scene_train(scene, small("steps: 11, batch: 40, log: {every: 5}"));
        scene_metrics(scene, series[i], &means);
        scene_train(scene, small("steps: 11, batch: 40, log: {every: 5, of: batch}"));
        scene_metrics(scene, series[i], &batches);
        assert_int_equal(all.count, 11);
        assert_int_equal(means.count, 3);
        assert_int_equal(batches.count, 3);
        for (size_t line = 0, step = 0; line < 3; line++) {
            double sum = 0, count = 0;
            for (; step < (size_t)means.steps[line]; step++) {
                sum += all.values[step] * sizes[step % 3];
                count += sizes[step % 3];
            }
            assert_float_equal(means.values[line], sum / count, 1e-12);
            assert_true(batches.values[line] == all.values[step - 1]);
        }
        metrics_release(&all);
        metrics_release(&means);
        metrics_release(&batches);
    }
}

/* What early stopping should have done with these evaluations. */
struct stop {
    size_t evaluations; /* done in all */
    size_t best;        /* index of the best one */
};

static struct stop stop_at(const struct metrics *metrics, double sign, int patience, double delta)
{
    struct stop stop = {0};
    int waited = 0;
    for (size_t i = 0; i < metrics->count; i++) {
        stop.evaluations = i + 1;
        if (i == 0 || sign * (metrics->values[stop.best] - metrics->values[i]) > delta) {
            stop.best = i;
            waited = 0;
        } else if (++waited == patience) {
            break;
        }
    }
    return stop;
}

static void test_early_stopping(void **state)
{
    struct scene *scene = *state;
    static const struct {
        const char *text, *series;
        double sign, delta;
        int patience;
    } cases[] = {
        {"patience: 3", "validation.loss", 1, 0, 3},
        {"patience: 2, min_delta: 0.03", "validation.loss", 1, 0.03, 2},
        {"patience: 3, metric: validation.accuracy", "validation.accuracy", -1, 0, 3},
        {"patience: 4, restore: best", "validation.loss", 1, 0, 4},
        {"patience: 3, restore: best, metric: validation.accuracy", "validation.accuracy", -1, 0,
         3},
    };
    static const char fast[] = "steps: 120, batch: 9, optimizer: {sgd: {rate: 5}}, "
                               "evaluate: {every: 1, on: validation}";
    struct metrics whole;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        scene_train(scene, small(fast));
        scene_metrics(scene, cases[i].series, &whole);
        assert_int_equal(whole.count, 120);
        struct stop stop = stop_at(&whole, cases[i].sign, cases[i].patience, cases[i].delta);
        assert_true(stop.evaluations < 120);
        char train[512];
        snprintf(train, sizeof train, "%s, stop: {%s}", fast, cases[i].text);
        scene_train(scene, small(train));
        struct metrics metrics;
        scene_metrics(scene, cases[i].series, &metrics);
        assert_int_equal(metrics.count, stop.evaluations);
        assert_memory_equal(metrics.values, whole.values, metrics.count * sizeof(double));
        bool restores = strstr(cases[i].text, "best") != NULL;
        size_t ends_with = restores ? stop.best : stop.evaluations - 1;
        assert_true(ends_with < stop.evaluations - 1 || !restores);
        assert_true(scene_final(scene, cases[i].series) == whole.values[ends_with]);
        metrics_release(&metrics);
        metrics_release(&whole);
    }
}

/* Without patience the best is restored too, at the end. */
static void test_restore_without_stopping(void **state)
{
    struct scene *scene = *state;
    struct metrics metrics;
    scene_train(scene, small("steps: 60, batch: 9, optimizer: {sgd: {rate: 5}}, "
                             "evaluate: {every: 1, on: validation}, stop: {restore: best}"));
    scene_metrics(scene, "validation.loss", &metrics);
    assert_int_equal(metrics.count, 60);
    double best = metrics.values[0];
    for (size_t i = 0; i < metrics.count; i++)
        best = fmin(best, metrics.values[i]);
    assert_true(best < metrics.values[59]);
    assert_true(scene_final(scene, "validation.loss") == best);
    metrics_release(&metrics);
}

/* The validation image overflows until weight decay has made the weights small enough; the training
 * images are black and never do. What is not a number is not the best. */
static void test_no_number_is_not_the_best(void **state)
{
    struct scene *scene = *state;
    struct idx_bytes images = idx_bytes_images(4, 30, 1, 0);
    memset(images.bytes + images.header, 0, images.size - images.header);
    memset(images.bytes + images.header, 255, 30);
    char *image_path = idx_bytes_write(images, scene->folder, "images", false);
    char *label_path = idx_bytes_write(idx_bytes_labels(4, 2), scene->folder, "labels", false);
    char *config = text_format(
        "data: {set: {idx: {train_images: %s, train_labels: %s, test_images: %s, test_labels: %s}},"
        " validation: {count: 1}, scale: none}\n"
        "model: {cell: {rnn: {activation: linear, kernel_init: {constant: 1e6},"
        " recurrent_init: {constant: 6.5}}}, units: 2}\n"
        "train: {batch: 3, steps: 12, optimizer: {sgd: {rate: 1e-20}}, weight_decay: 1e19,"
        " clip: {value: 1e-3}, evaluate: {every: 1, on: validation}, stop: {restore: best}}\n",
        image_path, label_path, image_path, label_path);
    scene_train(scene, config);
    struct metrics metrics;
    scene_metrics(scene, "validation.loss", &metrics);
    assert_int_equal(metrics.count, 12);
    assert_true(isnan(metrics.values[0]));
    assert_true(isfinite(metrics.values[11]));
    assert_true(scene_final(scene, "validation.loss") == metrics.values[11]);
    metrics_release(&metrics);
    memory_free(config);
    memory_free(label_path);
    memory_free(image_path);
}

/* Epochs and the times beside the values. */
static void test_epochs_and_seconds(void **state)
{
    struct scene *scene = *state;
    struct metrics metrics;
    scene_train(scene, small("epochs: 2, batch: 40, log: {every: 1}"));
    scene_metrics(scene, "train.loss", &metrics);
    static const double epochs[] = {40 / 90.0, 80 / 90.0, 1, 1 + 40 / 90.0, 1 + 80 / 90.0, 2};
    assert_int_equal(metrics.count, 6);
    for (int i = 0; i < 6; i++) {
        assert_float_equal(metrics.epochs[i], epochs[i], 1e-12);
        assert_true(metrics.seconds[i] > (i ? metrics.seconds[i - 1] : 0));
    }
    metrics_release(&metrics);
}

/* A plugin's schedule that watches what METRIC names, and shows what it was told in the rate. */
struct told {
    double sum;
};

static const char *metric;

static double told_factor(const void *params, const void *state, const struct schedule_time *time)
{
    (void)params, (void)time;
    return 1 + ((const struct told *)state)->sum;
}

static void told_observe(const void *params, void *state, const struct schedule_time *time,
                         double value)
{
    (void)params, (void)time;
    ((struct told *)state)->sum += value;
}

static const char *told_watches(const void *params)
{
    (void)params;
    return metric;
}

static const struct schedule told = {
    .module = {MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .version = 1, .name = "told",
               .summary = "Adds up.", .state_size = sizeof(struct told)},
    .factor = told_factor,
    .observe = told_observe,
    .watches = told_watches,
};

/* Every metric that the store gets reaches the schedule that watches it, right when it is recorded,
 * and from behind the warm-up on. */
static void test_schedule_is_told(void **state)
{
    static const char *const watched[] = {
        "train.loss",           "train.accuracy",  "train.gradient_norm", "train_split.loss",
        "train_split.accuracy", "validation.loss", "test.accuracy"};
    struct scene *scene = *state;
    for (size_t i = 0; i < sizeof watched / sizeof watched[0]; i++) {
        struct config config = {0};
        struct run_options options = {.store = scene->store,
                                      .data = "/nonexistent",
                                      .threads = 1,
                                      .quiet = true,
                                      .rule = TAKE_FORCED,
                                      .checkpoint_seconds = 30};
        assert_int_equal(config_from_text(&config, small("steps: 7, batch: 30, log: {every: 1}, "
                                                         "optimizer: {sgd: {rate: 1e-3}}, "
                                                         "warmup: {steps: 2, from: 1}, evaluate: "
                                                         "{every: 1, on: [train, validation, "
                                                         "test]}")),
                         0);
        config.train.schedule.module = &told.module;
        metric = watched[i];
        if (run_train(&config, &options, &scene->outcome, &scene->error))
            fail_msg("%s", scene->error.text);
        struct metrics rates, values;
        scene_metrics(scene, "train.rate", &rates);
        scene_metrics(scene, metric, &values);
        assert_int_equal(rates.count, 7);
        assert_int_equal(values.count, 7);
        double sum = 0;
        for (size_t step = 1; step <= 7; step++) {
            assert_true(rates.values[step - 1] == (1 + sum) * 1e-3);
            sum += step >= 2 ? values.values[step - 1] : 0;
        }
        assert_true(sum > 0);
        metrics_release(&values);
        metrics_release(&rates);
        config_release(&config);
    }
}

/* A schedule that pauses the process within its third step, as from outside. */
static double pausing_factor(const void *params, const void *state,
                             const struct schedule_time *time)
{
    (void)params, (void)state;
    if (time->step == 3)
        raise(SIGSTOP);
    return 1;
}

static const struct schedule pausing = {
    .module = {MODULE_HEAD(MODULE_SCHEDULE, struct schedule), .version = 1, .name = "pausing",
               .summary = "Pauses."},
    .factor = pausing_factor,
};

static int train_with_pause(struct scene *scene)
{
    struct config config = {0};
    struct run_options options = {.store = scene->store,
                                  .data = "/nonexistent",
                                  .threads = 1,
                                  .quiet = true,
                                  .checkpoint_seconds = 30};
    if (config_from_text(&config, small("steps: 6, batch: 30")) != 0)
        return -1;
    config.train.schedule.module = &pausing.module;
    return run_train(&config, &options, &scene->outcome, &scene->error);
}

/* A pause is part of the time that training took, and of no processor's. */
static void test_pause_takes_no_processor_time(void **state)
{
    struct scene *scene = *state;
    static const struct timespec pause = {.tv_nsec = 300000000};
    int status;
    fflush(NULL);
    pid_t child = fork();
    if (child == 0)
        _exit(train_with_pause(scene) ? 1 : 0);
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    nanosleep(&pause, NULL);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct run run;
    scene_run(scene, NULL, &run);
    assert_int_equal(run.state, RUN_DONE);
    assert_true(run.progress.cpu_seconds > 0);
    assert_true(run.progress.train_seconds > 0.3);
    assert_true(run.progress.train_seconds - run.progress.cpu_seconds > 0.15);
    run_release(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RUN_TEST(test_evaluation_steps),
        RUN_TEST(test_evaluation_steps_of_tf),
        RUN_TEST(test_what_is_evaluated),
        RUN_TEST(test_log_steps),
        RUN_TEST(test_log_of),
        RUN_TEST(test_early_stopping),
        RUN_TEST(test_restore_without_stopping),
        RUN_TEST(test_no_number_is_not_the_best),
        RUN_TEST(test_epochs_and_seconds),
        RUN_TEST(test_schedule_is_told),
        RUN_TEST(test_pause_takes_no_processor_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
