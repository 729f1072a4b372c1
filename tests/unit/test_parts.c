/* The library has scopes only in the flavour `profile`, this file in every one. */
#ifdef UNROLL_PARTS
#define LIBRARY_IS_TIMED true
#else
#define LIBRARY_IS_TIMED false
#define UNROLL_PARTS
#endif
#include "base/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "unit/training.h"

#include <omp.h>

static double seconds[PARTS];

static double sum(void)
{
    double sum = 0;
    for (int i = 0; i < PARTS; i++)
        sum += seconds[i];
    return sum;
}

static void pass_time(double duration)
{
    double begun = clock_seconds();
    while (clock_seconds() - begun < duration)
        continue;
}

static void test_scopes_nest(void **state)
{
    (void)state;
    parts_reset();
    {
        PART(GATES);
        pass_time(0.02);
        {
            PART(DROPOUT);
            pass_time(0.04);
        }
        pass_time(0.01);
        PART(HEAD);
        pass_time(0.06);
    }
    pass_time(0.08);
    parts_read(seconds);
    assert_true(seconds[PART_GATES] >= 0.03 * 0.999);
    assert_true(seconds[PART_DROPOUT] >= 0.04 * 0.999);
    assert_true(seconds[PART_HEAD] >= 0.06 * 0.999);
    assert_true(seconds[PART_REST] >= 0.08 * 0.999);
    for (int i = 0; i < PARTS; i++)
        if (i != PART_GATES && i != PART_DROPOUT && i != PART_HEAD && i != PART_REST)
            assert_true(seconds[i] == 0);
}

/* No time is lost or counted twice, and a reset forgets what was before. */
static void test_parts_add_up(void **state)
{
    (void)state;
    parts_reset();
    {
        PART(DROPOUT);
        pass_time(0.05);
    }
    double begun = clock_seconds();
    parts_reset();
    for (int i = 0; i < 1000; i++) {
        PART(PRODUCTS);
        for (int j = 0; j < 10; j++) {
            PART(GATES);
            clock_seconds();
        }
    }
    pass_time(0.01);
    parts_read(seconds);
    double passed = clock_seconds() - begun;
    assert_true(sum() <= passed);
    assert_true(sum() >= 0.01);
    assert_true(seconds[PART_PRODUCTS] > 0 && seconds[PART_GATES] > 0);
    assert_true(seconds[PART_DROPOUT] == 0);
    double first = sum();
    pass_time(0.01);
    parts_read(seconds); /* reading ends nothing */
    assert_true(sum() >= first + 0.01 * 0.999);
}

static void return_early(bool early)
{
    PART(PACKING);
    if (early)
        return;
    PART(GATHER);
    pass_time(0.001);
}

static void test_every_way_out_ends_a_scope(void **state)
{
    (void)state;
    return_early(true);
    assert_int_equal(parts_enter(PART_REST), PART_REST);
    return_early(false);
    assert_int_equal(parts_enter(PART_REST), PART_REST);
    for (int i = 0; i < 3; i++) {
        PART(OPTIMIZER);
        if (i == 1)
            continue;
        if (i == 2)
            break;
    }
    assert_int_equal(parts_enter(PART_REST), PART_REST);
}

static void test_threads_have_their_own(void **state)
{
    (void)state;
    double theirs[2][PARTS] = {{0}};
    int threads = 0;
#pragma omp parallel num_threads(2)
    {
        int thread = omp_get_thread_num();
        parts_reset();
        if (thread == 0) {
            PART(GATES);
            pass_time(0.005);
        } else {
            PART(HEAD);
            pass_time(0.005);
        }
        parts_read(theirs[thread]);
#pragma omp atomic
        threads++;
    }
    assert_int_equal(threads, 2);
    assert_true(theirs[0][PART_GATES] > 0 && theirs[0][PART_HEAD] == 0);
    assert_true(theirs[1][PART_HEAD] > 0 && theirs[1][PART_GATES] == 0);
}

/* Every part of a step is named where the library is timed, and nothing is looked at elsewhere. */
static void test_training_step(void **state)
{
    (void)state;
    static const char *const cells[] = {"rnn", "lstm", "gru", "{gru: {reset: before}}"};
    for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++) {
        char text[512];
        struct lesson lesson;
        snprintf(text, sizeof text,
                 "data: {set: digits}\n"
                 "model: {stack: [{bidirectional: {of: %s}}, {dropout: 0.5},\n"
                 "                {bidirectional: {of: %s}}, {readout: last}]}\n"
                 "train: {steps: 100, batch: 20, clip: {norm: 1}}\n",
                 cells[i], cells[i]);
        lesson_open(&lesson, text, 1);
        lesson_train(&lesson, 1);
        parts_reset();
        lesson_train(&lesson, 3);
        parts_read(seconds);
        for (int part = 0; part < PARTS; part++)
            if (part == PART_REST || LIBRARY_IS_TIMED)
                assert_true(seconds[part] > 0);
            else
                assert_true(seconds[part] == 0);
        lesson_close(&lesson);
    }
    assert_int_equal(parts_enter(PART_REST), PART_REST);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scopes_nest),
        cmocka_unit_test(test_parts_add_up),
        cmocka_unit_test(test_every_way_out_ends_a_scope),
        cmocka_unit_test(test_threads_have_their_own),
        cmocka_unit_test(test_training_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
