#include "unit/answers_fixture.h"

#include "plots/letters.h"

static const struct plot_request misclassified = {.kind = PLOT_MISCLASSIFIED,
                                                  .data = "/nonexistent"};
static const struct slip slips[] = {
    {0, 7, 0.6F}, {1, 8, 0.7F}, {2, 9, NAN}, {11, 8, 0.5F}, {12, 0, 0.95F}};

static void every_format_draws_and_executes_nothing(void **state)
{
    if (!answers_can_draw())
        skip();
    answers_draw_hostile(*state, slips, misclassified);
}

static void captions_say_truth_prediction_and_runs(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered runs[] = {{.name = "lstm", .seed = 1, .slips = slips, .count = 5},
                                    {.name = "lstm", .seed = 2, .slips = slips, .count = 1}};
    answered_experiment(scene, "both", runs, 2);
    assert_drawn(scene, "both", misclassified, PICTURE_SVG);
    assert_holds(&scene->script, "'all 5 mistakes in 360 test examples, 2 runs together'");
    assert_holds(&scene->script, "'2 → 7'");
    assert_holds(&scene->script, "'60.0 %, 2/2'");
    assert_holds(&scene->script, "'47.5 %, 1/2'");
    assert_holds(&scene->script, "'not a number, 1/2'");
    assert_holds(&scene->script, "runs that are wrong");
    assert_holds(&scene->script, "with image pixels");
    assert_holds(&scene->script,
                 "mean over runs of the probability given to a wrong prediction (0 where right)");
    /* Each line of words has its own height, and fits the page at 7.5 points. */
    const char *words = strstr(text_get(&scene->script), "'mean over runs");
    char *line = text_format("%.*s", (int)(strchr(words, '\n') - words), words);
    *strstr(line, "' at ") = '\0';
    assert_true(letters_width(line + 1) * 7.5 / 9 < 15.5);
    memory_free(line);
    /* The first row of the data is the highest: the y axis goes up. */
    double top, step, high;
    const char *rows = strstr(text_get(&scene->script), "($2 + 0.5)):");
    while (strncmp(rows, "):(", 3) != 0)
        rows--;
    assert_int_equal(sscanf(rows, "):(%lf - %lf * ($2 + 0.5))", &top, &step), 2);
    assert_int_equal(
        sscanf(strstr(text_get(&scene->script), "set yrange"), "set yrange [0:%lf]", &high), 1);
    assert_true(step > 0 && top > high / 2 && top < high);
    assert_holds(&scene->data, "# ink of example 0 of the split, 0 of its file: class 2, "
                               "predicted 7, probability 0.600000, 2 wrong\n");
    struct plot_request few = misclassified;
    few.images = 2;
    assert_drawn(scene, "both", few, PICTURE_PDF);
    assert_holds(&scene->script, "'the worst 2 of 5 mistakes in 360 test examples, 2 runs");
    assert_holds(&scene->script, "with image notitle");
}

static void one_run_needs_no_words_about_runs(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered run = {.name = "lstm", .slips = slips, .count = 1};
    answered_experiment(scene, "one", &run, 1);
    assert_drawn(scene, "one", misclassified, PICTURE_SVG);
    assert_holds(&scene->script, "'all 1 mistake in 360 test examples'");
    assert_holds(&scene->script, "'60.0 %'");
    assert_null(strstr(text_get(&scene->script), "runs"));
}

static void characters_show_the_image(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered run = {.name = "lstm", .slips = slips, .count = 2};
    answered_experiment(scene, "one", &run, 1);
    assert_drawn(scene, "one", misclassified, PICTURE_ASCII);
    assert_holds(&scene->picture, "3 → 8             2 → 7");
    assert_holds(&scene->picture, "70.0 %            60.0 %");
    struct plot_request narrow = misclassified;
    narrow.columns = 12;
    assert_drawn(scene, "one", narrow, PICTURE_ASCII);
    assert_null(strstr(text_get(&scene->picture), "3 → 8      "
                                                  "       2 → 7"));
}

/* Images on which there is nothing at all. */
static void blank_images_draw(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    static const char *const names[] = {"train", "test"};
    for (int i = 0; i < 2; i++) {
        char *images = text_format("%s-images", names[i]);
        char *labels = text_format("%s-labels", names[i]);
        struct idx_bytes idx = idx_bytes_images(6, 4, 4, 0);
        memset(idx.bytes + idx.header, 0, idx.size - idx.header);
        memory_free(idx_bytes_write(idx, scene->folder, images, false));
        memory_free(idx_bytes_write(idx_bytes_labels(6, 3), scene->folder, labels, false));
        memory_free(images);
        memory_free(labels);
    }
    char *config = text_format("{set: {idx: {train_images: %s/train-images, train_labels: "
                               "%s/train-labels, test_images: %s/test-images, test_labels: "
                               "%s/test-labels}}}",
                               scene->folder, scene->folder, scene->folder, scene->folder);
    const struct slip slip = {1, 2, 0.5F};
    const struct answered run = {.name = "a", .config = config, .slips = &slip, .count = 1};
    answered_experiment(scene, "blank", &run, 1);
    for (int format = 0; format < PICTURE_FORMATS; format++)
        assert_drawn(scene, "blank", misclassified, (enum picture_format)format);
    memory_free(config);
}

static void nothing_wrong_is_said(void **state)
{
    struct answers_scene *scene = *state;
    const struct answered run = {.name = "lstm"};
    answered_experiment(scene, "perfect", &run, 1);
    assert_not_drawn(scene, "perfect", misclassified, PICTURE_SVG, ERROR_NOT_FOUND,
                     "all test examples are predicted right: there is no misclassified image");
}

static void too_many_images_are_refused(void **state)
{
    struct answers_scene *scene = *state;
    const struct answered runs[] = {{.name = "a", .slips = slips, .count = 1}, {.name = "b"}};
    answered_experiment(scene, "two", runs, 2);
    struct plot_request request = misclassified;
    request.images = 101;
    assert_not_drawn(scene, "two", request, PICTURE_SVG, ERROR_USAGE,
                     "--images: 101 of each of 2 variants are too many for one picture, which "
                     "holds 200");
}

static void other_data_are_refused(void **state)
{
    struct answers_scene *scene = *state;
    const struct answered run = {.name = "lstm", .digest = "other", .slips = slips, .count = 1};
    answered_experiment(scene, "other", &run, 1);
    assert_not_drawn(scene, "other", misclassified, PICTURE_SVG, ERROR_DATA,
                     "is not the one that run");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANSWERS_TEST(every_format_draws_and_executes_nothing),
        ANSWERS_TEST(captions_say_truth_prediction_and_runs),
        ANSWERS_TEST(one_run_needs_no_words_about_runs),
        ANSWERS_TEST(characters_show_the_image),
        ANSWERS_TEST(blank_images_draw),
        ANSWERS_TEST(nothing_wrong_is_said),
        ANSWERS_TEST(too_many_images_are_refused),
        ANSWERS_TEST(other_data_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
