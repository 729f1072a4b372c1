#include "train/batches.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

enum { LARGEST = 64 };

static struct batches make(enum data_order order, bool drop_last, int64_t count, int64_t batch,
                           uint64_t seed)
{
    struct batches batches;
    struct error error;
    struct data_config config = {.order = order, .drop_last = drop_last};
    if (batches_init(&batches, seed, &config, count, batch, &error) != 0)
        fail_msg("%s", error.text);
    return batches;
}

/* Writes the batches of STEPS steps one behind the other; returns how many examples. */
static int64_t draw(struct batches *batches, int64_t steps, int32_t *out)
{
    int64_t done = 0;
    for (int64_t step = 0; step < steps; step++)
        done += batches_at(batches, step, out + done);
    return done;
}

/* Each of COUNT examples stands exactly once in ITEMS. */
static void assert_permutation(const int32_t *items, int count)
{
    bool seen[LARGEST] = {0};
    for (int i = 0; i < count; i++) {
        assert_in_range(items[i], 0, count - 1);
        assert_false(seen[items[i]]);
        seen[items[i]] = true;
    }
}

static void shuffle_is_fresh_each_epoch(void **state)
{
    (void)state;
    struct batches batches = make(ORDER_SHUFFLE, false, 23, 5, 1);
    int32_t items[3 * 23 + 5];
    assert_int_equal(batches_steps_per_epoch(&batches), 5);
    assert_int_equal(batches_at(&batches, 3, items), 5);
    assert_int_equal(batches_at(&batches, 4, items), 3);
    assert_int_equal(batches_at(&batches, 5, items), 5);
    assert_int_equal(draw(&batches, 15, items), 3 * 23);
    for (int epoch = 0; epoch < 3; epoch++)
        assert_permutation(items + 23 * epoch, 23);
    assert_memory_not_equal(items, items + 23, 23 * sizeof *items);
    assert_memory_not_equal(items + 23, items + 46, 23 * sizeof *items);
    batches_release(&batches);
}

static void drop_last_leaves_out_the_smaller_batch(void **state)
{
    (void)state;
    struct batches batches = make(ORDER_SHUFFLE, true, 23, 5, 1);
    struct batches whole = make(ORDER_SHUFFLE, false, 23, 5, 1);
    int32_t items[40], others[46];
    assert_int_equal(batches_steps_per_epoch(&batches), 4);
    assert_int_equal(draw(&batches, 8, items), 40);
    assert_int_equal(draw(&whole, 10, others), 46);
    assert_memory_equal(items, others, 20 * sizeof *items);
    assert_memory_equal(items + 20, others + 23, 20 * sizeof *items);
    batches_release(&batches);
    batches_release(&whole);
}

static void file_keeps_the_order(void **state)
{
    (void)state;
    struct batches batches = make(ORDER_FILE, false, 7, 3, 1);
    int32_t items[21];
    assert_int_equal(draw(&batches, 9, items), 21);
    for (int i = 0; i < 21; i++)
        assert_int_equal(items[i], i % 7);
    batches_release(&batches);
}

/* Epoch by epoch the same orders as shuffle has, cut into full batches without regard to their
 * ends. */
static void tf_goes_on_across_the_epochs_end(void **state)
{
    (void)state;
    struct batches tf = make(ORDER_TF, false, 23, 5, 1);
    struct batches shuffle = make(ORDER_SHUFFLE, false, 23, 5, 1);
    int32_t items[115], others[115];
    for (int64_t step = 0; step < 23; step++)
        assert_int_equal(batches_at(&tf, step, items), 5);
    assert_int_equal(draw(&tf, 23, items), 115);
    assert_int_equal(draw(&shuffle, 25, others), 115);
    for (int epoch = 0; epoch < 5; epoch++)
        assert_permutation(items + 23 * epoch, 23);
    assert_memory_equal(items, others, sizeof items);
    batches_release(&tf);
    batches_release(&shuffle);
}

static void any_step_can_be_asked_for(void **state)
{
    (void)state;
    for (int order = ORDER_SHUFFLE; order <= ORDER_FILE; order++) {
        struct batches forward = make(order, false, 23, 5, 9);
        struct batches jumping = make(order, false, 23, 5, 9);
        int32_t expected[40][5], counts[40], items[5];
        for (int step = 0; step < 40; step++)
            counts[step] = (int32_t)batches_at(&forward, step, expected[step]);
        for (int i = 0; i < 200; i++) {
            int step = i * 17 % 40;
            assert_int_equal(batches_at(&jumping, step, items), counts[step]);
            assert_memory_equal(items, expected[step], (size_t)counts[step] * sizeof *items);
        }
        batches_release(&forward);
        batches_release(&jumping);
    }
}

static void the_seed_decides(void **state)
{
    (void)state;
    struct batches one = make(ORDER_SHUFFLE, false, 50, 50, 1);
    struct batches two = make(ORDER_SHUFFLE, false, 50, 50, 2);
    int32_t first[50], second[50];
    batches_at(&one, 0, first);
    batches_at(&two, 0, second);
    assert_memory_not_equal(first, second, sizeof first);
    batches_release(&one);
    batches_release(&two);
}

static void counts_steps_and_epochs(void **state)
{
    (void)state;
    struct batches tf = make(ORDER_TF, false, 55000, 50, 1);
    assert_int_equal(batches_steps(&tf, 6), 6600);
    assert_int_equal(batches_steps_per_epoch(&tf), 1100);
    assert_true(batches_epoch(&tf, 550) == 0.5);
    batches_release(&tf);
    tf = make(ORDER_TF, false, 55000, 128, 1);
    assert_int_equal(batches_steps_per_epoch(&tf), 430);
    assert_int_equal(batches_steps(&tf, 1), 430);  /* 429.69 */
    assert_int_equal(batches_steps(&tf, 3), 1289); /* 1289.06 */
    batches_release(&tf);
    struct batches shuffle = make(ORDER_SHUFFLE, false, 60000, 32, 1);
    assert_int_equal(batches_steps(&shuffle, 10), 18750);
    batches_release(&shuffle);
    shuffle = make(ORDER_SHUFFLE, false, 10, 4, 1);
    assert_int_equal(batches_steps(&shuffle, 2), 6);
    assert_true(batches_epoch(&shuffle, 0) == 0);
    assert_true(fabs(batches_epoch(&shuffle, 2) - 0.8) < 1e-12);
    assert_true(batches_epoch(&shuffle, 3) == 1);
    assert_true(fabs(batches_epoch(&shuffle, 4) - 1.4) < 1e-12);
    batches_release(&shuffle);
    shuffle = make(ORDER_SHUFFLE, true, 10, 4, 1);
    assert_int_equal(batches_steps(&shuffle, 2), 4);
    assert_true(batches_epoch(&shuffle, 1) == 0.5);
    batches_release(&shuffle);
}

static void a_batch_may_be_all_there_is(void **state)
{
    (void)state;
    struct batches batches = make(ORDER_SHUFFLE, false, 9, 40, 1);
    int32_t items[40];
    assert_int_equal(batches_steps_per_epoch(&batches), 1);
    assert_int_equal(batches_at(&batches, 5, items), 9);
    assert_permutation(items, 9);
    assert_true(batches_epoch(&batches, 3) == 3);
    batches_release(&batches);
}

static void assert_refused(enum data_order order, bool drop_last, const char *expected)
{
    struct batches batches;
    struct error error = {0};
    struct data_config config = {.order = order, .drop_last = drop_last};
    assert_int_equal(batches_init(&batches, 1, &config, 9, 10, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, expected));
}

static void refuses_what_cannot_be(void **state)
{
    (void)state;
    assert_refused(ORDER_TF, true, "data.drop_last: order tf has no smaller last batch");
    assert_refused(ORDER_TF, false, "train.batch: 10 is more than the 9 training examples");
    assert_refused(ORDER_FILE, true, "train.batch: 10 is more than the 9 training examples");
}

static void evaluations_take_the_first_or_the_next(void **state)
{
    (void)state;
    int32_t items[4];
    assert_int_equal(evaluation_size(0, 10), 10);
    assert_int_equal(evaluation_size(4, 10), 4);
    assert_int_equal(evaluation_size(40, 10), 10);
    evaluation_indices(TAKE_FIRST, 4, 10, 3, 0, 4, items);
    assert_memory_equal(items, ((const int32_t[]){0, 1, 2, 3}), sizeof items);
    evaluation_indices(TAKE_NEXT, 4, 10, 1, 0, 4, items);
    assert_memory_equal(items, ((const int32_t[]){4, 5, 6, 7}), sizeof items);
    evaluation_indices(TAKE_NEXT, 4, 10, 2, 0, 4, items);
    assert_memory_equal(items, ((const int32_t[]){8, 9, 0, 1}), sizeof items);
    evaluation_indices(TAKE_NEXT, 4, 10, 2, 1, 2, items); /* the middle of the same */
    assert_memory_equal(items, ((const int32_t[]){9, 0}), 2 * sizeof *items);
    evaluation_indices(TAKE_NEXT, 0, 10, 7, 0, 4, items);
    assert_memory_equal(items, ((const int32_t[]){0, 1, 2, 3}), sizeof items);
}

/* The epoch's end is the nearest step: 23 examples in batches of 5 that are all full end their
 * epochs after 4.6, 9.2 and 13.8 steps. */
static void evaluations_are_due(void **state)
{
    (void)state;
    struct batches batches = make(ORDER_TF, false, 23, 5, 1);
    struct train_config train = {.evaluate = {.every = 3, .unit = UNIT_STEPS}};
    for (int64_t step = 1; step <= 20; step++)
        assert_int_equal(evaluation_is_due(&train, NULL, step), step % 3 == 0);
    train.evaluate.first = 1;
    for (int64_t step = 1; step <= 20; step++)
        assert_int_equal(evaluation_is_due(&train, NULL, step), step % 3 == 1);
    train.evaluate.unit = UNIT_EPOCHS;
    train.evaluate.every = 1;
    for (int64_t step = 1; step <= 14; step++)
        assert_int_equal(evaluation_is_due(&train, &batches, step),
                         step == 5 || step == 9 || step == 14);
    train.evaluate.every = 2;
    assert_false(evaluation_is_due(&train, &batches, 5));
    assert_true(evaluation_is_due(&train, &batches, 9));
    batches_release(&batches);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffle_is_fresh_each_epoch),
        cmocka_unit_test(drop_last_leaves_out_the_smaller_batch),
        cmocka_unit_test(file_keeps_the_order),
        cmocka_unit_test(tf_goes_on_across_the_epochs_end),
        cmocka_unit_test(any_step_can_be_asked_for),
        cmocka_unit_test(the_seed_decides),
        cmocka_unit_test(counts_steps_and_epochs),
        cmocka_unit_test(a_batch_may_be_all_there_is),
        cmocka_unit_test(refuses_what_cannot_be),
        cmocka_unit_test(evaluations_take_the_first_or_the_next),
        cmocka_unit_test(evaluations_are_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
