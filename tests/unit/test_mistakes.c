#include "plots/mistakes.h"
#include "unit/answers_fixture.h"

/* The worst mistakes of an experiment's only group. */
struct loaded {
    struct groups groups;
    struct answers_list list;
    struct mistakes mistakes;
};

struct wanted {
    const char *name, *folder;
    enum picture_format format;
    enum split split; /* SPLIT_TRAIN: SPLIT_TEST */
    size_t limit;
};

static int load(struct loaded *loaded, struct answers_scene *scene, const struct wanted *wanted)
{
    *loaded = (struct loaded){.mistakes = {0}};
    scene->error = (struct error){0};
    made_up_check(groups_load(&loaded->groups, scene->store, &wanted->name, 1, &scene->error),
                  &scene->error);
    const struct plot_request request = {.split = wanted->split == SPLIT_TRAIN ? SPLIT_TEST
                                                                               : (int)wanted->split,
                                         .data = wanted->folder ? wanted->folder : "/nonexistent",
                                         .columns = 79};
    made_up_check(
        answers_load(&loaded->list, scene->store, &loaded->groups, &request, &scene->error),
        &scene->error);
    return mistakes_load(&loaded->mistakes, scene->store, &loaded->list.items[0], &request,
                         wanted->format, wanted->limit ? wanted->limit : 10, &scene->error);
}

static void release(struct loaded *loaded)
{
    mistakes_release(&loaded->mistakes);
    answers_release(&loaded->list);
    groups_release(&loaded->groups);
}

#define assert_loaded(loaded, scene, ...)                                                          \
    do {                                                                                           \
        const struct wanted wanted_ = {__VA_ARGS__};                                               \
        if (load(loaded, scene, &wanted_) != 0)                                                    \
            fail_msg("%s", (scene)->error.text);                                                   \
    } while (0)

static void assert_refused(struct answers_scene *scene, const char *name, const char *folder,
                           enum error_code code, const char *part)
{
    struct loaded loaded;
    const struct wanted wanted = {.name = name, .folder = folder};
    assert_int_equal(load(&loaded, scene, &wanted), -1);
    if (!strstr(scene->error.text, part))
        fail_msg("expected '%s' in: %s", part, scene->error.text);
    assert_int_equal(scene->error.code, code);
    release(&loaded);
}

/* The labels of the digits' first test examples are 2 3 4 5 6 7 8 9 0 1. */
static void the_worst_come_first(void **state)
{
    struct answers_scene *scene = *state;
    const struct slip first[] = {
        {0, 7, 0.8F}, {1, 8, 0.9F}, {2, 9, NAN}, {3, 1, 0.4F}, {4, 1, 0.4F}};
    const struct slip second[] = {{0, 8, 0.8F}, {4, 0, 0.4F}};
    const struct slip third[] = {{0, 8, 0.5F}, {4, 0, 0.4F}, {3, 1, 0.8F}};
    const struct answered runs[] = {{.name = "a", .seed = 1, .slips = first, .count = 5},
                                    {.name = "a", .seed = 2, .slips = second, .count = 2},
                                    {.name = "a", .seed = 3, .slips = third, .count = 3}};
    answered_experiment(scene, "a", runs, 3);
    struct loaded loaded;
    assert_loaded(&loaded, scene, .name = "a");
    const struct mistakes *mistakes = &loaded.mistakes;
    static const struct {
        int64_t index;
        double score;
        size_t wrong;
        int32_t label, predicted;
    } expected[] = {{0, 0.7, 3, 2, 8},
                    {4, 0.4, 3, 6, 0},
                    {3, 0.4, 2, 5, 1},
                    {1, 0.3, 1, 3, 8},
                    {2, 0, 1, 4, 9}};
    assert_int_equal(mistakes->count, 5);
    assert_int_equal(mistakes->total, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct tile *tile = &mistakes->tiles[i];
        assert_int_equal(tile->mistake.index, expected[i].index);
        assert_true(fabs(tile->mistake.score - expected[i].score) < 1e-6);
        assert_int_equal(tile->mistake.wrong, expected[i].wrong);
        assert_int_equal(tile->label, expected[i].label);
        assert_int_equal(tile->predicted, expected[i].predicted);
        assert_int_equal(tile->mistake.is_number, i != 4);
    }
    release(&loaded);
    assert_loaded(&loaded, scene, .name = "a", .limit = 2);
    assert_int_equal(loaded.mistakes.count, 2);
    assert_int_equal(loaded.mistakes.total, 5);
    release(&loaded);
}

/* In whatever order the network reads the values, and from whichever place. */
static void images_stand_upright_with_dark_ink(void **state)
{
    struct answers_scene *scene = *state;
    static const char *const sequences[] = {"rows", "columns", "pixels", "permuted"};
    static const char *const places[] = {"first", "last", "random"};
    struct data raw;
    struct config config = {0};
    assert_int_equal(config_from_text(&config, "data: {set: digits}\nmodel: {cell: rnn, units: 2}\n"
                                               "train: {steps: 1}\n"),
                     0);
    made_up_check(data_open(&raw, &config.data, "/nonexistent", &scene->error), &scene->error);
    const struct slip slip = {17, 11, 0.5F};
    for (int i = 0; i < 4; i++) {
        char *text = text_format("{set: digits, sequence: %s, validation: {count: 50, from: %s}}",
                                 sequences[i], places[i % 3]);
        const struct answered run = {.name = sequences[i],
                                     .config = text,
                                     .split = i < 3 ? SPLIT_VALIDATION : SPLIT_TEST,
                                     .slips = &slip,
                                     .count = 1};
        answered_experiment(scene, sequences[i], &run, 1);
        struct loaded loaded;
        assert_loaded(&loaded, scene, .name = sequences[i], .split = run.split);
        const struct tile *tile = &loaded.mistakes.tiles[0];
        const struct examples *from = i < 3 ? &raw.content.train : &raw.content.test;
        if (i < 2)
            assert_int_equal(tile->number, i == 0 ? 17 : 1437 - 50 + 17);
        assert_int_equal(tile->label, from->labels[tile->number]);
        assert_int_equal(tile->image.rows, 8);
        for (int j = 0; j < 64; j++)
            assert_int_equal(tile->image.ink[j],
                             lround(from->values[tile->number * 64 + j] * 255 / 16.0));
        release(&loaded);
        memory_free(text);
    }
    data_release(&raw);
    config_release(&config);
}

/* Writes data in the IDX format, ROWS by COLUMNS each, byte I being what VALUE gives. */
static void write_images(const char *folder, uint32_t rows, uint32_t columns, uint8_t (*value)(int))
{
    static const char *const names[] = {"train-images", "test-images"};
    static const char *const labels[] = {"train-labels", "test-labels"};
    for (int i = 0; i < 2; i++) {
        struct idx_bytes idx = idx_bytes_images(6, rows, columns, 0);
        for (size_t j = idx.header; j < idx.size; j++)
            idx.bytes[j] = value((int)((j - idx.header) % (rows * columns)));
        memory_free(idx_bytes_write(idx, folder, names[i], false));
        memory_free(idx_bytes_write(idx_bytes_labels(6, 3), folder, labels[i], false));
    }
}

static uint8_t paper(int at)
{
    return at % 40 == 20 ? 55 : 255;
}

static uint8_t blank(int at)
{
    (void)at;
    return 0;
}

/* The `data:` of the files in FOLDER. Caller frees. */
static char *idx_config(const char *folder)
{
    return text_format("{set: {idx: {train_images: %s/train-images, train_labels: "
                       "%s/train-labels, test_images: %s/test-images, test_labels: "
                       "%s/test-labels}}}",
                       folder, folder, folder, folder);
}

static const struct slip any = {1, 2, 0.5F};

static void light_paper_stays_light_and_large_images_are_reduced(void **state)
{
    struct answers_scene *scene = *state;
    char *config = idx_config(scene->folder);
    write_images(scene->folder, 40, 230, paper);
    const struct answered run = {
        .name = "a", .config = config, .data = scene->folder, .slips = &any, .count = 1};
    answered_experiment(scene, "a", &run, 1);
    struct loaded loaded;
    assert_loaded(&loaded, scene, .name = "a", .folder = scene->folder);
    const struct image *image = &loaded.mistakes.tiles[0].image;
    assert_int_equal(image->rows, 40);
    assert_int_equal(image->columns, MISTAKES_SIDE);
    assert_true(loaded.mistakes.shape > 0.17 && loaded.mistakes.shape < 0.18);
    assert_int_equal(image->ink[0], 0);    /* columns 0 and 1 */
    assert_int_equal(image->ink[10], 100); /* columns 20, which is 200 dark, and 21 */
    release(&loaded);
    assert_loaded(&loaded, scene, .name = "a", .folder = scene->folder, .format = PICTURE_ASCII);
    assert_int_equal(loaded.mistakes.tiles[0].image.columns, 79);
    assert_int_equal(loaded.mistakes.tiles[0].image.rows, 7);
    release(&loaded);
    memory_free(config);
}

static void data_that_do_not_fit_are_refused(void **state)
{
    struct answers_scene *scene = *state;
    char *config = idx_config(scene->folder);
    write_images(scene->folder, 4, 4, paper);
    struct answered runs[2] = {
        {.name = "a", .config = config, .data = scene->folder, .slips = &any, .count = 1}};
    answered_experiment(scene, "idx", runs, 1);
    write_images(scene->folder, 4, 4, blank);
    assert_refused(scene, "idx", NULL, ERROR_DATA, "is not the one that run");
    char *file = file_join(scene->folder, "test-images");
    assert_int_equal(truncate(file, 30), 0);
    assert_refused(scene, "idx", NULL, ERROR_DATA, "test-images");
    assert_int_equal(unlink(file), 0);
    assert_refused(scene, "idx", NULL, ERROR_DATA, "test-images");
    write_images(scene->folder, 1, 16, paper);
    answered_experiment(scene, "flat", runs, 1);
    assert_refused(scene, "flat", NULL, ERROR_USAGE, "are no images but 1 x 16 values");
    runs[0] = (struct answered){.name = "a", .seed = 1, .slips = &any, .count = 1};
    runs[1] = (struct answered){.name = "a", .seed = 2, .classes = 36, .slips = &any, .count = 1};
    answered_experiment(scene, "mixed", runs, 2);
    assert_refused(scene, "mixed", NULL, ERROR_DATA, "answered for other examples than run");
    memory_free(file);
    memory_free(config);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ANSWERS_TEST(the_worst_come_first),
        ANSWERS_TEST(images_stand_upright_with_dark_ink),
        ANSWERS_TEST(light_paper_stays_light_and_large_images_are_reduced),
        ANSWERS_TEST(data_that_do_not_fit_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
