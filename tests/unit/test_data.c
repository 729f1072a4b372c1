#include "train/data.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

extern const struct dataset dataset_digits;

/* A data set of 3 x 5 pixels: pixel p of training example i is i + p, of test example i 100 + i. */
enum { ROWS = 3, COLUMNS = 5, PIXELS = ROWS * COLUMNS, TRAIN = 200, TEST = 30, CLASSES = 7 };

static struct fake {
    uint8_t train[TRAIN][PIXELS], test[TEST][PIXELS], train_labels[TRAIN], test_labels[TEST];
    double maximum;
    bool fails, has_no_labels, has_no_values;
    char digest[HASH_TEXT_SIZE];
    int closed;
} fake;

static int fake_open(const void *params, void *state, const char *folder,
                     struct dataset_content *content, struct error *error)
{
    (void)params;
    assert_string_equal(folder, "the folder");
    *(int *)state = 1;
    if (fake.fails)
        return error_set(error, ERROR_DATA, "no data today");
    *content = (struct dataset_content){
        .rows = ROWS,
        .columns = COLUMNS,
        .classes = CLASSES,
        .maximum = fake.maximum,
        .train = {TRAIN, fake.train[0], fake.train_labels},
        .test = {TEST, fake.test[0], fake.test_labels},
    };
    memcpy(content->digest, fake.digest, sizeof fake.digest);
    if (fake.has_no_labels)
        content->train.labels = NULL;
    if (fake.has_no_values)
        content->test.values = NULL;
    return 0;
}

static void fake_close(void *state)
{
    assert_int_equal(*(int *)state, 1);
    fake.closed++;
}

static const struct dataset dataset_fake = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .name = "fake",
               .state_size = sizeof(int)},
    .open = fake_open,
    .close = fake_close,
};

static int fill_fake(void **state)
{
    (void)state;
    fake = (struct fake){.maximum = 255};
    for (int i = 0; i < TRAIN; i++)
        for (int p = 0; p < PIXELS; p++)
            fake.train[i][p] = (uint8_t)(i + p);
    for (int i = 0; i < TEST; i++)
        memset(fake.test[i], 100 + i, PIXELS);
    for (int i = 0; i < TRAIN; i++)
        fake.train_labels[i] = (uint8_t)(i % CLASSES);
    for (int i = 0; i < TEST; i++)
        fake.test_labels[i] = (uint8_t)((i + 3) % CLASSES);
    return 0;
}

static struct data_config config_of(enum data_sequence sequence, enum data_scale scale)
{
    return (struct data_config){
        .set = {.module = &dataset_fake.module}, .sequence = sequence, .scale = scale};
}

static void open_data(struct data *data, const struct data_config *config)
{
    struct error error;
    if (data_open(data, config, "the folder", &error) != 0)
        fail_msg("%s", error.text);
}

static void assert_refused(const struct data_config *config, enum error_code code,
                           const char *expected)
{
    struct data data;
    struct error error = {0};
    int closed = fake.closed;
    assert_int_equal(data_open(&data, config, "the folder", &error), -1);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.text);
    assert_int_equal(fake.closed, closed + 1);
}

/* Gathers N examples of the training split, example i being number 7 i mod TRAIN, and compares
 * with pixel PIXEL_OF(step, feature). */
static void assert_view(enum data_sequence sequence, int64_t steps, int64_t features,
                        int (*pixel_of)(int64_t step, int64_t feature), int64_t n)
{
    struct data data;
    struct data_config config = config_of(sequence, SCALE_NONE);
    open_data(&data, &config);
    assert_int_equal(data.steps, steps);
    assert_int_equal(data.features, features);
    int32_t *indices = memory_array((size_t)n, sizeof *indices);
    int32_t *labels = memory_array((size_t)n, sizeof *labels);
    float *inputs = memory_array((size_t)n * PIXELS, sizeof *inputs);
    for (int64_t i = 0; i < n; i++)
        indices[i] = (int32_t)(7 * i % TRAIN);
    data_gather(&data, SPLIT_TRAIN, indices, n, inputs, labels);
    for (int64_t i = 0; i < n; i++) {
        assert_int_equal(labels[i], indices[i] % CLASSES);
        for (int64_t s = 0; s < steps; s++)
            for (int64_t f = 0; f < features; f++)
                assert_true(inputs[(s * n + i) * features + f] ==
                            (float)(indices[i] + pixel_of(s, f)));
    }
    memory_free(inputs);
    memory_free(labels);
    memory_free(indices);
    data_release(&data);
}

static int row_pixel(int64_t step, int64_t feature)
{
    return (int)(step * COLUMNS + feature);
}

static int column_pixel(int64_t step, int64_t feature)
{
    return (int)(feature * COLUMNS + step);
}

static int step_pixel(int64_t step, int64_t feature)
{
    return (int)(step + feature);
}

static void views_order_the_pixels(void **state)
{
    (void)state;
    const int64_t sizes[] = {1, 63, 64, 65, 150};
    for (int i = 0; i < 5; i++) {
        assert_view(SEQUENCE_ROWS, ROWS, COLUMNS, row_pixel, sizes[i]);
        assert_view(SEQUENCE_COLUMNS, COLUMNS, ROWS, column_pixel, sizes[i]);
        assert_view(SEQUENCE_PIXELS, PIXELS, 1, step_pixel, sizes[i]);
    }
}

/* The order of pixels with seed SEED, as example 0 shows it. */
static void permuted_order(int64_t seed, int order[PIXELS])
{
    struct data data;
    struct data_config config = config_of(SEQUENCE_PERMUTED, SCALE_NONE);
    config.permutation = seed;
    open_data(&data, &config);
    assert_int_equal(data.steps, PIXELS);
    assert_int_equal(data.features, 1);
    float inputs[2 * PIXELS];
    data_gather(&data, SPLIT_TRAIN, (const int32_t[]){0, 1}, 2, inputs, NULL);
    for (int i = 0; i < PIXELS; i++) {
        order[i] = (int)inputs[2 * i];
        assert_true(inputs[2 * i + 1] == inputs[2 * i] + 1); /* the same for each example */
    }
    data_release(&data);
}

static void the_permutation_is_fixed_by_its_seed(void **state)
{
    (void)state;
    int order[PIXELS], same[PIXELS], other[PIXELS];
    bool seen[PIXELS] = {0};
    permuted_order(1, order);
    permuted_order(1, same);
    permuted_order(2, other);
    assert_memory_equal(order, same, sizeof order);
    assert_memory_not_equal(order, other, sizeof order);
    for (int i = 0; i < PIXELS; i++) {
        assert_false(seen[order[i]]);
        seen[order[i]] = true;
    }
}

/* The number, in the file, of example INDEX of SPLIT. */
static int number_of(const struct data *data, enum split split, int32_t index)
{
    float inputs[PIXELS];
    data_gather(data, split, &index, 1, inputs, NULL);
    return (int)inputs[0];
}

static void validation_is_taken_from_either_end(void **state)
{
    (void)state;
    struct data data;
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_NONE);
    config.validation.count = 50;
    config.validation.from = VALIDATION_FIRST;
    open_data(&data, &config);
    assert_int_equal(data.splits[SPLIT_TRAIN].count, 150);
    assert_int_equal(data.splits[SPLIT_VALIDATION].count, 50);
    assert_int_equal(data.splits[SPLIT_TEST].count, TEST);
    assert_int_equal(number_of(&data, SPLIT_VALIDATION, 0), 0);
    assert_int_equal(number_of(&data, SPLIT_VALIDATION, 49), 49);
    assert_int_equal(number_of(&data, SPLIT_TRAIN, 0), 50);
    assert_int_equal(number_of(&data, SPLIT_TRAIN, 149), 199);
    assert_int_equal(number_of(&data, SPLIT_TEST, 7), 107);
    data_release(&data);
    config.validation.from = VALIDATION_LAST;
    config.train.limit = 20;
    open_data(&data, &config);
    assert_int_equal(data.splits[SPLIT_TRAIN].count, 20);
    assert_int_equal(number_of(&data, SPLIT_VALIDATION, 0), 150);
    assert_int_equal(number_of(&data, SPLIT_VALIDATION, 49), 199);
    assert_int_equal(number_of(&data, SPLIT_TRAIN, 19), 19);
    data_release(&data);
}

static void random_validation_is_the_same_every_time(void **state)
{
    (void)state;
    int owner[2][TRAIN] = {0};
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_NONE);
    config.validation.count = 50;
    config.validation.from = VALIDATION_RANDOM;
    for (int round = 0; round < 2; round++) {
        struct data data;
        config.permutation = round;
        open_data(&data, &config);
        for (int split = SPLIT_TRAIN; split <= SPLIT_VALIDATION; split++)
            for (int i = 0, last = -1; i < data.splits[split].count; i++) {
                int number = number_of(&data, split, i);
                assert_true(number > last);
                assert_int_equal(owner[round][number], 0);
                owner[round][number] = 1 + split;
                last = number;
            }
        data_release(&data);
    }
    assert_memory_equal(owner[0], owner[1], sizeof owner[0]);
    int among_first = 0;
    for (int i = 0; i < 50; i++)
        among_first += owner[0][i] == 1 + SPLIT_VALIDATION;
    assert_in_range(among_first, 1, 49);
}

/* As it lies in the file, whatever the sequence. */
static void gives_single_examples(void **state)
{
    (void)state;
    struct data data;
    struct data_config config = config_of(SEQUENCE_PERMUTED, SCALE_UNIT);
    config.validation.count = 50;
    config.validation.from = VALIDATION_LAST;
    open_data(&data, &config);
    struct data_example example = data_example(&data, SPLIT_VALIDATION, 7);
    assert_int_equal(example.number, 157);
    assert_int_equal(example.label, 157 % CLASSES);
    assert_ptr_equal(example.values, fake.train[157]);
    example = data_example(&data, SPLIT_TEST, 29);
    assert_int_equal(example.label, 32 % CLASSES);
    assert_ptr_equal(example.values, fake.test[29]);
    data_release(&data);
}

static void refuses_counts_beyond_the_data(void **state)
{
    (void)state;
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_UNIT);
    config.validation.count = TRAIN;
    assert_refused(&config, ERROR_USAGE, "data.validation.count: 200 of the 200 training examples");
    config.validation.count = 50;
    config.train.limit = 151;
    assert_refused(&config, ERROR_USAGE,
                   "data.train.limit: 151 is more than the 150 training examples of data set fake "
                   "that validation leaves");
}

static void unit_divides_by_the_maximum(void **state)
{
    (void)state;
    for (int maximum = 16; maximum <= 255; maximum += 239) {
        struct data data;
        struct data_config config = config_of(SEQUENCE_ROWS, SCALE_UNIT);
        fake.maximum = maximum;
        open_data(&data, &config);
        /* As NumPy and PyTorch divide float32 numbers. */
        for (int value = 0; value < 256; value++)
            assert_true(data.scaled[value] == (float)value / (float)maximum);
        data_release(&data);
    }
}

/* Mean and deviation come from the training split alone. */
static void standard_uses_the_training_split(void **state)
{
    (void)state;
    struct data data;
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_STANDARD);
    config.validation.count = 100;
    config.train.limit = 60;
    open_data(&data, &config);
    double sum = 0, squares = 0;
    float inputs[PIXELS];
    for (int32_t i = 0; i < 60; i++) {
        data_gather(&data, SPLIT_TRAIN, &i, 1, inputs, NULL);
        for (int p = 0; p < PIXELS; p++) {
            sum += (double)inputs[p];
            squares += (double)inputs[p] * (double)inputs[p];
        }
    }
    assert_true(fabs(sum / (60 * PIXELS)) < 1e-6);
    assert_true(fabs(squares / (60 * PIXELS) - 1) < 1e-6);
    data_release(&data);
    memset(fake.train, 9, sizeof fake.train);
    assert_refused(&config, ERROR_DATA, "all training values of data set fake are 9");
}

static void checks_what_a_data_set_promises(void **state)
{
    (void)state;
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_UNIT);
    fake.test_labels[4] = CLASSES;
    assert_refused(&config, ERROR_DATA, "data set fake: label 7 of test example 4 is not below");
    fake.test_labels[4] = 0;
    fake.maximum = 0;
    assert_refused(&config, ERROR_DATA, "gave 0 as the largest value");
    fake.maximum = 255;
    fake.has_no_labels = true;
    assert_refused(&config, ERROR_DATA, "gave no values or labels of its training examples");
    fake.has_no_labels = false;
    fake.has_no_values = true;
    assert_refused(&config, ERROR_DATA, "gave no values or labels of its test examples");
    memset(fake.digest, 'a', sizeof fake.digest);
    assert_refused(&config, ERROR_DATA, "gave a digest that does not end");
    fake.fails = true;
    assert_refused(&config, ERROR_DATA, "no data today");
}

/* DIGEST of the fake as it is now. */
static void digest_now(char *digest)
{
    struct data data;
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_UNIT);
    open_data(&data, &config);
    memcpy(digest, data.content.digest, HASH_TEXT_SIZE);
    data_release(&data);
}

/* A data set that names its content itself is believed; of others all that counts is hashed. */
static void digests_what_has_no_digest(void **state)
{
    (void)state;
    char before[HASH_TEXT_SIZE], behind[HASH_TEXT_SIZE];
    digest_now(before);
    assert_int_equal(strlen(before), HASH_TEXT_SIZE - 1);
    digest_now(behind);
    assert_string_equal(behind, before);
    uint8_t *const bytes[] = {&fake.train[3][2], &fake.test[TEST - 1][PIXELS - 1],
                              &fake.train_labels[7], &fake.test_labels[0]};
    for (int i = 0; i < 4; i++) {
        *bytes[i] ^= 1;
        digest_now(behind);
        assert_string_not_equal(behind, before);
        *bytes[i] ^= 1;
    }
    fake.maximum = 250;
    digest_now(behind);
    assert_string_not_equal(behind, before);
    strcpy(fake.digest, "mine");
    digest_now(behind);
    assert_string_equal(behind, "mine");
}

static void opens_a_real_data_set(void **state)
{
    (void)state;
    struct data data;
    struct data_config config = config_of(SEQUENCE_ROWS, SCALE_UNIT);
    config.set.module = &dataset_digits.module;
    config.validation.count = 237;
    open_data(&data, &config);
    assert_int_equal(data.steps, 8);
    assert_int_equal(data.features, 8);
    assert_int_equal(data.splits[SPLIT_TRAIN].count, 1200);
    float inputs[64];
    int32_t label;
    data_gather(&data, SPLIT_VALIDATION, (const int32_t[]){0}, 1, inputs, &label);
    assert_int_equal(label, 0);
    assert_true(inputs[2] == 5 / 16.0f);
    data_release(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(views_order_the_pixels, fill_fake),
        cmocka_unit_test_setup(the_permutation_is_fixed_by_its_seed, fill_fake),
        cmocka_unit_test_setup(validation_is_taken_from_either_end, fill_fake),
        cmocka_unit_test_setup(random_validation_is_the_same_every_time, fill_fake),
        cmocka_unit_test_setup(gives_single_examples, fill_fake),
        cmocka_unit_test_setup(refuses_counts_beyond_the_data, fill_fake),
        cmocka_unit_test_setup(unit_divides_by_the_maximum, fill_fake),
        cmocka_unit_test_setup(standard_uses_the_training_split, fill_fake),
        cmocka_unit_test_setup(checks_what_a_data_set_promises, fill_fake),
        cmocka_unit_test_setup(digests_what_has_no_digest, fill_fake),
        cmocka_unit_test_setup(opens_a_real_data_set, fill_fake),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
