/* Data of series: splits, scaling, the order by length, gathering, and what a data set must keep
 * of its promises. */
#include "train/data.h"

#include "base/memory.h"
#include "unit/series_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct data_config config_of(enum data_scale scale)
{
    return (struct data_config){.set = {.module = &dataset_made_up.module}, .scale = scale};
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
    int closed = made_up.closed;
    assert_int_equal(data_open(&data, config, "the folder", &error), -1);
    assert_int_equal(error.code, code);
    if (!strstr(error.text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.text);
    assert_int_equal(made_up.closed, closed + 1);
}

static int64_t length_of(const struct made_part *part, int64_t number)
{
    return part->begins[number + 1] - part->begins[number];
}

/* Values as they are, none behind the end, labels; of a split that does not begin at 0. */
static void gathers_what_there_is(void **state)
{
    (void)state;
    enum { LONGEST = 9, FIRST = 10, N = 20 };
    struct data data;
    struct data_config config = config_of(SCALE_NONE);
    config.validation.count = FIRST;
    made_up_fill(40, 10, 1, LONGEST);
    open_data(&data, &config);
    assert_int_equal(data.steps, LONGEST);
    assert_int_equal(data.features, MADE_FEATURES);
    assert_int_equal(data.shortest, 1);
    assert_int_equal(data.splits[SPLIT_TRAIN].count, 30);
    int64_t rows = made_up.train.begins[40] + made_up.test.begins[10];
    assert_int_equal(data.bytes, rows * MADE_FEATURES * 4 + 50 * 12);
    int32_t indices[N], labels[N];
    float inputs[LONGEST * N * MADE_FEATURES];
    for (int i = 0; i < N; i++)
        indices[i] = (7 * i + 3) % 30;
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        inputs[i] = -77;
    data_gather(&data, SPLIT_TRAIN, indices, N, inputs, labels);
    for (int i = 0; i < N; i++) {
        int64_t number = FIRST + indices[i], begin = made_up.train.begins[number];
        assert_int_equal(labels[i], made_up.train.labels[number]);
        assert_int_equal(data_example(&data, SPLIT_TRAIN, indices[i]).label, labels[i]);
        assert_int_equal(data_example(&data, SPLIT_TRAIN, indices[i]).number, number);
        for (int64_t t = 0; t < LONGEST; t++)
            for (int64_t f = 0; f < MADE_FEATURES; f++) {
                bool is_valid = t < length_of(&made_up.train, number);
                float expected =
                    is_valid ? made_up.train.rows[(begin + t) * MADE_FEATURES + f] : -77;
                assert_true(inputs[(t * N + i) * MADE_FEATURES + f] == expected);
            }
    }
    data_release(&data);
    assert_int_equal(made_up.closed, 1);
}

/* A validation drawn at random is a part of the whole, and the limit takes the first of the rest.
 */
static void splits_as_images_do(void **state)
{
    (void)state;
    struct data data;
    struct data_config config = config_of(SCALE_NONE);
    config.validation.count = 12;
    config.validation.from = VALIDATION_RANDOM;
    config.train.limit = 20;
    made_up_fill(40, 10, 2, 6);
    open_data(&data, &config);
    bool held[40] = {0};
    for (int32_t i = 0; i < 12; i++)
        held[data_example(&data, SPLIT_VALIDATION, i).number] = true;
    for (int32_t i = 0; i < 20; i++)
        assert_false(held[data_example(&data, SPLIT_TRAIN, i).number]);
    data_release(&data);
    config.validation.count = 40;
    assert_refused(&config, ERROR_USAGE, "data.validation.count: 40 of the 40 training examples");
}

/* The longest first, and those of a length in the order in which they stood. */
static void orders_by_length(void **state)
{
    (void)state;
    enum { N = 33, LONGEST = 6 };
    struct data data;
    struct data_config config = config_of(SCALE_NONE);
    made_up_fill(40, 10, 2, LONGEST);
    open_data(&data, &config);
    int32_t before[N], indices[N], lengths[N];
    int64_t keys[N];
    for (int n = 1; n <= N; n += 8) {
        for (int i = 0; i < n; i++)
            before[i] = indices[i] = (11 * i + 2) % 40;
        assert_int_equal(data_order(&data, SPLIT_TRAIN, indices, n, lengths, keys), n > 1);
        for (int i = 0; i < n; i++) {
            assert_int_equal(lengths[i], length_of(&made_up.train, indices[i]));
            assert_int_equal(before[data_place(keys[i])], indices[i]);
            if (i > 0 && lengths[i] == lengths[i - 1])
                assert_true(data_place(keys[i]) > data_place(keys[i - 1]));
            else if (i > 0)
                assert_true(lengths[i] < lengths[i - 1]);
        }
    }
    /* Only some of one length: nothing moves. */
    int n = 0;
    for (int length = LONGEST; length >= LONGEST - 1; length--) {
        n = 0;
        for (int32_t i = 39; i >= 0; i--)
            if (length_of(&made_up.train, i) == length)
                before[n] = indices[n] = i, n++;
        assert_in_range(n, 2, N);
        assert_false(data_order(&data, SPLIT_TRAIN, indices, n, lengths, keys));
        assert_memory_equal(before, indices, (size_t)n * sizeof *indices);
        assert_int_equal(lengths[0], length);
        assert_int_equal(lengths[n - 1], length);
    }
    data_release(&data);
    /* Of data in which nothing differs no memory is needed. */
    made_up_fill(40, 10, 5, 5);
    open_data(&data, &config);
    assert_int_equal(data.shortest, 5);
    assert_false(data_order(&data, SPLIT_TRAIN, indices, n, NULL, NULL));
    data_release(&data);
}

/* Of the training split, and of the steps that there are. */
static void scales_each_feature_by_itself(void **state)
{
    (void)state;
    enum { LONGEST = 7, N = 30 };
    float inputs[LONGEST * N * MADE_FEATURES];
    int32_t indices[N];
    made_up_fill(N + 10, 10, 1, LONGEST);
    for (int64_t row = 0; row < made_up.train.begins[N + 10]; row++) {
        made_up.train.rows[row * MADE_FEATURES + 1] = 50 + 3 * made_up.train.rows[row * 3 + 1];
        made_up.train.rows[row * MADE_FEATURES + 2] = 7;
    }
    for (int i = 0; i < N; i++)
        indices[i] = i;
    for (int scale = SCALE_UNIT; scale <= SCALE_STANDARD; scale++) {
        struct data data;
        struct data_config config = config_of((enum data_scale)scale);
        config.validation.count = 10;
        open_data(&data, &config);
        data_gather(&data, SPLIT_TRAIN, indices, N, inputs, NULL);
        double sum[MADE_FEATURES] = {0}, squares[MADE_FEATURES] = {0}, largest[MADE_FEATURES] = {0};
        int64_t steps = 0;
        for (int64_t i = 0; i < N; i++)
            for (int64_t t = 0; t < length_of(&made_up.train, 10 + i); t++, steps++)
                for (int64_t f = 0; f < MADE_FEATURES; f++) {
                    double value = (double)inputs[(t * N + i) * MADE_FEATURES + f];
                    sum[f] += value;
                    squares[f] += value * value;
                    largest[f] = fmax(largest[f], fabs(value));
                }
        for (int f = 0; f < MADE_FEATURES; f++) {
            bool is_constant = f == 2;
            if (scale == SCALE_UNIT) {
                assert_true(largest[f] == 1);
            } else {
                assert_true(fabs(sum[f] / (double)steps) < 1e-6);
                assert_true(fabs(squares[f] / (double)steps - !is_constant) < 1e-6);
            }
        }
        data_release(&data);
    }
}

static void refuses_scales_that_say_nothing(void **state)
{
    (void)state;
    struct data_config config = config_of(SCALE_UNIT);
    made_up_fill(5, 5, 1, 3);
    memset(made_up.train.rows, 0, sizeof made_up.train.rows);
    assert_refused(&config, ERROR_DATA, "data.scale: unit needs values that are not 0");
    config.scale = SCALE_STANDARD;
    assert_refused(&config, ERROR_DATA, "data.scale: standard needs values that differ");
    config.scale = SCALE_NONE;
    struct data data;
    open_data(&data, &config);
    data_release(&data);
}

static void refuses_views_of_images(void **state)
{
    (void)state;
    static const char *const names[] = {[SEQUENCE_COLUMNS] = "columns",
                                        [SEQUENCE_PIXELS] = "pixels",
                                        [SEQUENCE_PERMUTED] = "permuted"};
    made_up_fill(5, 5, 1, 3);
    for (int sequence = SEQUENCE_COLUMNS; sequence <= SEQUENCE_PERMUTED; sequence++) {
        struct data_config config = config_of(SCALE_NONE);
        char expected[64] = "data.sequence: ";
        config.sequence = sequence;
        strcat(expected, names[sequence]);
        assert_refused(&config, ERROR_USAGE, strcat(expected, " is a way to read images"));
    }
}

static void checks_what_a_data_set_promises(void **state)
{
    (void)state;
    struct data_config config = config_of(SCALE_NONE);
    made_up_fill(5, 5, 1, 3);
    made_up.test.labels[4] = 2;
    assert_refused(&config, ERROR_DATA, "data set made_up: test series 4 has the label 2");
    made_up.test.labels[4] = -1;
    assert_refused(&config, ERROR_DATA, "test series 4 has the label -1");
    made_up_fill(5, 5, 2, 3);
    made_up.train.rows[made_up.train.begins[3] * MADE_FEATURES + 4] = NAN;
    assert_refused(&config, ERROR_DATA, "training series 3: value 1 of step 1 is no finite number");
    made_up_fill(5, 5, 2, 3);
    made_up.train.begins[3] = made_up.train.begins[2];
    assert_refused(&config, ERROR_DATA, "training series 2 has no rows");
    made_up_fill(5, 5, 2, 3);
    made_up.train.begins[0] = 1;
    assert_refused(&config, ERROR_DATA, "training series 0 does not begin at row 0");
    made_up_fill(5, 5, 2, 3);
    made_up.test.begins[5] = INT64_MAX / 4;
    assert_refused(&config, ERROR_DATA, "test series 4 is too long");
    made_up_fill(5, 5, 2, 3);
    made_up.test.count = 0;
    assert_refused(&config, ERROR_DATA, "gave 5 training and 0 test series of 3 values a step");
    made_up_fill(5, 5, 2, 3);
    made_up.features = -1;
    assert_refused(&config, ERROR_DATA, "test series of -1 values a step");
}

/* The digest knows every value, label and end. */
static void the_digest_is_of_all_that_counts(void **state)
{
    (void)state;
    char digests[6][HASH_TEXT_SIZE];
    for (int change = 0; change < 6; change++) {
        struct data data;
        struct data_config config = config_of(SCALE_NONE);
        made_up_fill(5, 5, 2, 3);
        if (change == 1)
            made_up.train.rows[3] += 1;
        if (change == 2)
            made_up.test.labels[4] ^= 1;
        if (change == 3)
            made_up.train.begins[4]--;
        if (change == 4)
            made_up.classes++;
        open_data(&data, &config);
        memcpy(digests[change], data.content.digest, sizeof digests[change]);
        assert_int_equal(strlen(digests[change]), HASH_TEXT_SIZE - 1);
        data_release(&data);
    }
    for (int i = 0; i < 6; i++)
        for (int j = 0; j < i; j++)
            assert_int_equal(strcmp(digests[i], digests[j]) == 0, i == 5 && j == 0);
}

/* What one of the data set's own says is the digest. */
static int open_with_digest(const void *params, void *state, const char *folder,
                            struct dataset_content *content, struct error *error)
{
    strcpy(content->digest, "ours");
    return made_up_open(params, state, folder, content, error);
}

static void a_data_set_may_bring_its_digest(void **state)
{
    (void)state;
    struct dataset dataset = dataset_made_up;
    struct data data;
    struct data_config config = config_of(SCALE_NONE);
    dataset.open = open_with_digest;
    config.set.module = &dataset.module;
    made_up_fill(5, 5, 2, 3);
    open_data(&data, &config);
    assert_string_equal(data.content.digest, "ours");
    data_release(&data);
}

/* A batch costs what its own longest series costs. */
static void gathers_no_further_than_the_longest(void **state)
{
    (void)state;
    struct data data;
    struct data_config config = config_of(SCALE_NONE);
    float inputs[(3 + 1) * 2 * MADE_FEATURES];
    config.validation.count = 5;
    made_up_fill(20, 10, 2, 6);
    made_up_add(&made_up.test, 40, 0, &(struct random_stream){0});
    open_data(&data, &config);
    assert_int_equal(data.steps, 40);
    assert_int_equal(data.splits[SPLIT_TRAIN].longest, 6);
    assert_int_equal(data.splits[SPLIT_VALIDATION].longest, 6);
    assert_int_equal(data.splits[SPLIT_TEST].longest, 40);
    assert_int_equal(data_longest(&data), 40);
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++)
        inputs[i] = 77;
    data_gather(&data, SPLIT_TRAIN, (const int32_t[]){0, 1}, 2, inputs, NULL); /* of 2 and 3 */
    for (size_t i = 0; i < sizeof inputs / sizeof inputs[0]; i++) {
        size_t length = i / MADE_FEATURES % 2 ? 3 : 2;
        assert_int_equal(inputs[i] == 77, i / MADE_FEATURES / 2 >= length);
    }
    data_release(&data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gathers_what_there_is),
        cmocka_unit_test(splits_as_images_do),
        cmocka_unit_test(orders_by_length),
        cmocka_unit_test(scales_each_feature_by_itself),
        cmocka_unit_test(refuses_scales_that_say_nothing),
        cmocka_unit_test(refuses_views_of_images),
        cmocka_unit_test(checks_what_a_data_set_promises),
        cmocka_unit_test(the_digest_is_of_all_that_counts),
        cmocka_unit_test(a_data_set_may_bring_its_digest),
        cmocka_unit_test(gathers_no_further_than_the_longest),
    };
    return cmocka_run_group_tests_name("series", tests, NULL, NULL);
}
