#include "unit/answers_fixture.h"

#include <string.h>

static const struct plot_request confusion = {.kind = PLOT_CONFUSION};

/* The first test examples of the digits are, by the data: 2 3 4 5 6 7 8 9 0 1, as the tests below
 * rely on. */
static const struct slip slips[] = {{0, 7, 0.6F}, {1, 8, 0.7F}, {2, 9, 0.8F}, {11, 8, 0.5F}};

static void every_format_draws_and_executes_nothing(void **state)
{
    if (!answers_can_draw())
        skip();
    answers_draw_hostile(*state, slips, confusion);
}

static void counts_are_summed_over_seeds(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered runs[] = {
        {.name = "lstm", .seed = 1, .classes = 4, .slips = (struct slip[]){{1, 2, 0.5F}}, 1},
        {.name = "lstm",
         .seed = 2,
         .classes = 4,
         .slips = (struct slip[]){{1, 2, 0.5F}, {3, 0, 0.5F}},
         .count = 2},
        {.name = "lstm", .seed = 3, .without = true},
    };
    answered_experiment(scene, "seeds", runs, 3);
    assert_drawn(scene, "seeds", confusion, PICTURE_SVG);
    assert_string_equal(text_get(&scene->data),
                        "# lstm\n# errors: predicted, truth, count, % of the truth\n"
                        "2 1 2 10.0000\n0 3 1 5.0000\n\n\n"
                        "# lstm\n# right: predicted, truth, count, % of the truth\n"
                        "0 0 20 100.0000\n1 1 18 90.0000\n2 2 20 100.0000\n3 3 19 95.0000\n");
    assert_holds(&scene->script, "'accuracy 96.25 %, n = 2 × 40'");
    assert_holds(&scene->script, "set cbrange [5:10]");
    assert_holds(&scene->script, "set y2tics ('100.0' 0, '90.0' 1, '100.0' 2, '95.0' 3)");
}

static void all_right_needs_no_colours(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered run = {.name = "perfect"};
    answered_experiment(scene, "perfect", &run, 1);
    for (int format = 0; format < PICTURE_FORMATS; format++)
        assert_drawn(scene, "perfect", confusion, (enum picture_format)format);
    assert_drawn(scene, "perfect", confusion, PICTURE_SVG);
    assert_holds(&scene->script, "'accuracy 100.00 %, n = 360'");
    assert_null(strstr(text_get(&scene->script), "cblabel"));
}

/* One class alone, and all examples wrong in the same way. */
static void smallest_matrices_draw(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    struct slip wrong[10];
    for (int i = 0; i < 10; i++)
        wrong[i] = (struct slip){i, 1, NAN};
    const struct answered runs[] = {{.name = "one", .classes = 1},
                                    {.name = "wrong", .classes = 1, .slips = wrong, .count = 10}};
    answered_experiment(scene, "small", runs, 2);
    for (int format = 0; format < PICTURE_FORMATS; format++)
        assert_drawn(scene, "small", confusion, (enum picture_format)format);
    assert_drawn(scene, "small", confusion, PICTURE_SVG);
    assert_holds(&scene->script, "set cbrange [10:100]");
}

static void many_classes_have_colours_alone(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered run = {.name = "many", .classes = 100, .slips = slips, .count = 4};
    answered_experiment(scene, "many", &run, 1);
    assert_drawn(scene, "many", confusion, PICTURE_SVG);
    assert_null(strstr(text_get(&scene->script), "with labels"));
    assert_holds(&scene->script, "set xtics ('0' 0, '10' 10, '20' 20,");
    assert_not_drawn(scene, "many", confusion, PICTURE_ASCII, ERROR_USAGE,
                     "100 classes do not fit into 79 columns; take --format svg, png or pdf");
    struct plot_request wide = confusion;
    wide.columns = 130;
    assert_drawn(scene, "many", wide, PICTURE_ASCII);
    assert_holds(&scene->picture, "     2    \\      # ");
}

static void characters_show_counts(void **state)
{
    struct answers_scene *scene = *state;
    if (!answers_can_draw())
        skip();
    const struct answered run = {.name = "few", .classes = 3, .slips = slips, .count = 0};
    const struct slip one = {1, 2, 0.5F};
    const struct answered runs[] = {run, {.name = "more", .classes = 3, .slips = &one, .count = 1}};
    answered_experiment(scene, "few", runs, 2);
    assert_drawn(scene, "few", confusion, PICTURE_ASCII);
    assert_holds(&scene->picture, "accuracy 96.67 %, n = 30");
    assert_holds(&scene->picture, " truth    0  1  2 recall %");
    assert_holds(&scene->picture, "     0   10  ·  ·   100.0");
    assert_holds(&scene->picture, "     1    ·  9  1    90.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANSWERS_TEST(every_format_draws_and_executes_nothing),
        ANSWERS_TEST(counts_are_summed_over_seeds),
        ANSWERS_TEST(all_right_needs_no_colours),
        ANSWERS_TEST(smallest_matrices_draw),
        ANSWERS_TEST(many_classes_have_colours_alone),
        ANSWERS_TEST(characters_show_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
