/* Runs with made-up answers, for tests of the plots that show single examples. */
#ifndef UNROLL_TESTS_UNIT_ANSWERS_FIXTURE_H
#define UNROLL_TESTS_UNIT_ANSWERS_FIXTURE_H

#include "compare/groups_load.h"
#include "made_up_store.h"
#include "plots/plots.h"
#include "train/data.h"
#include "unit/config_text.h"
#include "unit/temporary.h"

struct slip {
    int64_t example;
    int32_t predicted;
    float probability;
};

/* A run that is right about all examples of SPLIT but for its SLIPS. Its config is on the digits
 * unless said otherwise. */
struct answered {
    const char *name;
    int64_t seed;
    const char *config; /* its `data:` */
    const char *data;   /* folder */
    const char *digest;
    enum split split; /* SPLIT_TRAIN: SPLIT_TEST */
    const struct slip *slips;
    size_t count;
    int32_t classes; /* not 0: ten examples of each of these classes instead of the data's */
    bool without;    /* no predictions at all */
};

struct answers_scene {
    char folder[64];
    struct store *store;
    struct error error;
    struct text script, data, picture; /* of the last drawing */
};

static inline int answers_scene_open(void **state)
{
    struct answers_scene *scene = memory_new(sizeof *scene);
    *state = scene;
    if (temporary_make(scene->folder))
        return -1;
    char *path = file_join(scene->folder, "test.db");
    made_up_check(store_open(&scene->store, path, STORE_WRITE, &scene->error), &scene->error);
    memory_free(path);
    return 0;
}

static inline int answers_scene_close(void **state)
{
    struct answers_scene *scene = *state;
    store_close(scene->store);
    text_release(&scene->script);
    text_release(&scene->data);
    text_release(&scene->picture);
    int result = temporary_remove(scene->folder);
    memory_free(scene);
    return result;
}

#define ANSWERS_TEST(function)                                                                     \
    cmocka_unit_test_setup_teardown(function, answers_scene_open, answers_scene_close)

/* The labels of RUN's split; the caller frees. DIGEST becomes that of the data. */
static inline int32_t *answered_labels(const struct answered *run, const struct config *config,
                                       int64_t *count, char digest[HASH_TEXT_SIZE])
{
    struct error error = {0};
    struct data data;
    made_up_check(data_open(&data, &config->data, run->data ? run->data : "/nonexistent", &error),
                  &error);
    enum split split = run->split == SPLIT_TRAIN ? SPLIT_TEST : run->split;
    *count = run->classes ? 10 * run->classes : data.splits[split].count;
    int32_t *labels = memory_array((size_t)*count, sizeof *labels);
    for (int64_t i = 0; i < *count; i++)
        labels[i] =
            run->classes ? (int32_t)(i % run->classes) : data_example(&data, split, i).label;
    snprintf(digest, HASH_TEXT_SIZE, "%s", run->digest ? run->digest : data.content.digest);
    data_release(&data);
    return labels;
}

/* Ends RUN, which was begun, with its answers. */
static inline void answered_finish(struct answers_scene *scene, const struct answered *run,
                                   const struct run_begun *begun, int32_t *labels, int64_t count)
{
    struct predictions predictions = {
        .split = config_split_names[run->split == SPLIT_TRAIN ? SPLIT_TEST : run->split],
        .count = count,
        .labels = labels};
    predictions.predicted = memory_copy(labels, (size_t)count * sizeof *labels);
    predictions.probabilities = memory_array((size_t)count, sizeof *predictions.probabilities);
    for (int64_t i = 0; i < count; i++)
        predictions.probabilities[i] = 0.9F;
    for (size_t i = 0; i < run->count; i++) {
        predictions.predicted[run->slips[i].example] = run->slips[i].predicted;
        predictions.probabilities[run->slips[i].example] = run->slips[i].probability;
    }
    const struct run_result result = {.progress = {10, 100, 1, 1},
                                      .predictions = &predictions,
                                      .prediction_count = !run->without};
    struct run_writer *writer = run_writer_new(scene->store, begun);
    made_up_check(run_finish(writer, &result, &scene->error), &scene->error);
    run_writer_free(writer);
    predictions_release(&predictions);
}

/* Saves an experiment over COUNT runs, each a trial of the variant that it is named after. */
static inline void answered_experiment(struct answers_scene *scene, const char *name,
                                       const struct answered *runs, size_t count)
{
    struct trial *trials = memory_array(count, sizeof *trials);
    char(*keys)[33] = memory_array(count, sizeof *keys);
    for (size_t i = 0; i < count; i++) {
        const struct answered *run = &runs[i];
        struct config config = {0};
        struct environment environment;
        struct run_begun begun;
        int64_t examples;
        char digest[HASH_TEXT_SIZE];
        char *text = text_format("data: %s\nmodel: {cell: rnn, units: 2}\ntrain: {steps: 1}\n",
                                 run->config ? run->config : "{set: digits}");
        assert_int_equal(config_from_text(&config, text), 0);
        memory_free(text);
        int32_t *labels = answered_labels(run, &config, &examples, digest);
        snprintf(keys[i], 33, "%016zx%016zx", strlen(name) * 1000 + i + 1, i);
        environment_collect(&environment, "made up", "baseline", 1);
        const struct run_request request = {.key = keys[i],
                                            .name = run->name,
                                            .config = config.yaml,
                                            .canonical = config.canonical,
                                            .seed = run->seed,
                                            .data_digest = digest,
                                            .engine = "0",
                                            .plugins = "",
                                            .steps = 10,
                                            .parameters = 5,
                                            .environment = &environment};
        made_up_check(store_run_begin(scene->store, &request, &begun, &scene->error),
                      &scene->error);
        answered_finish(scene, run, &begun, labels, examples);
        environment_release(&environment);
        config_release(&config);
        int64_t order = 0;
        for (size_t j = i; j > 0; j--)
            order += !text_equal(runs[j].name, runs[j - 1].name);
        trials[i] = (struct trial){.variant = (char *)(uintptr_t)run->name,
                                   .variant_order = order,
                                   .seed = run->seed,
                                   .key = keys[i],
                                   .overrides = (char *)(uintptr_t) ""};
    }
    const struct experiment experiment = {.name = (char *)(uintptr_t)name,
                                          .source = (char *)(uintptr_t) "name: x\n",
                                          .metric = (char *)(uintptr_t) "test.accuracy",
                                          .baseline = (char *)(uintptr_t) "",
                                          .trials = trials,
                                          .trial_count = count};
    made_up_check(store_experiment_save(scene->store, &experiment, &scene->error), &scene->error);
    memory_free(trials);
    memory_free(keys);
}

static inline bool answers_can_draw(void)
{
    return access("/usr/bin/gnuplot", X_OK) == 0;
}

/* Draws experiment NAME by REQUEST into the scene's texts; nothing may have been executed. */
static inline int answers_draw(struct answers_scene *scene, const char *name,
                               struct plot_request request, enum picture_format format)
{
    struct groups groups;
    struct gnuplot plot = {0};
    scene->error = (struct error){0};
    char *file = text_format("picture%s", picture_format_ending(format));
    char *path = file_join(scene->folder, file), *executed = file_join(scene->folder, "executed");
    made_up_check(groups_load(&groups, scene->store, &name, 1, &scene->error), &scene->error);
    if (request.split == SPLIT_TRAIN)
        request.split = SPLIT_TEST;
    if (request.columns == 0)
        request.columns = 79;
    int result = gnuplot_init(&plot, path, format, &scene->error);
    if (result == 0)
        result = plot_draw(&plot, scene->store, &groups, &request, &scene->error);
    struct text *const texts[] = {&scene->script, &scene->data, &scene->picture};
    for (int i = 0; i < 3; i++)
        text_clear(texts[i]);
    text_add(&scene->script, text_get(&plot.script));
    text_add(&scene->data, text_get(&plot.data));
    if (result == 0)
        made_up_check(file_read(path, 1 << 24, &scene->picture, &scene->error), &scene->error);
    assert_false(file_exists(executed));
    gnuplot_release(&plot);
    groups_release(&groups);
    memory_free(path);
    memory_free(executed);
    memory_free(file);
    return result;
}

#define assert_drawn(scene, name, request, format)                                                 \
    do {                                                                                           \
        if (answers_draw(scene, name, request, format) != 0)                                       \
            fail_msg("%s", (scene)->error.text);                                                   \
    } while (0)

#define assert_not_drawn(scene, name, request, format, expected_code, part)                        \
    do {                                                                                           \
        assert_int_equal(answers_draw(scene, name, request, format), -1);                          \
        if (!strstr((scene)->error.text, part))                                                    \
            fail_msg("expected '%s' in: %s", part, (scene)->error.text);                           \
        assert_int_equal((scene)->error.code, expected_code);                                      \
    } while (0)

#define assert_holds(text, part)                                                                   \
    do {                                                                                           \
        if (!strstr(text_get(text), part))                                                         \
            fail_msg("expected '%s' in:\n%s", part, text_get(text));                               \
    } while (0)

/* Names that would do something if anything took them for more than names. */
static const char *const hostile_names[] = {
    "`touch executed`",
    "'; system('touch executed'); '",
    "<touch executed",
    "%s {/=40 a_b^c} \\\n|touch executed $(touch executed) \" \xff\xfe",
    "ein sehr langer Name, länger als jede Überschrift über einem Bild je sein kann, gewiß \u202e",
};
enum { HOSTILE_NAMES = sizeof hostile_names / sizeof hostile_names[0] };

/* Draws runs with these names, the first I of SLIPS for run I, by REQUEST in every format. */
static inline void answers_draw_hostile(struct answers_scene *scene, const struct slip *slips,
                                        struct plot_request request)
{
    struct answered runs[HOSTILE_NAMES];
    for (int i = 0; i < HOSTILE_NAMES; i++)
        runs[i] = (struct answered){.name = hostile_names[i], .slips = slips, .count = (size_t)i};
    answered_experiment(scene, "hostile", runs, HOSTILE_NAMES);
    for (int format = 0; format < PICTURE_FORMATS; format++)
        assert_drawn(scene, "hostile", request, (enum picture_format)format);
}

#endif
