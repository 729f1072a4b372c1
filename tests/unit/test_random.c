#include "math/isa.h"
#include "math/random.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The known answers that Random123 publishes for philox4x32-10 (its file kat_vectors). */
static void block_has_published_values(void **state)
{
    (void)state;
    static const struct {
        uint64_t seed, index;
        uint32_t step, purpose, lane, words[4];
    } known[] = {
        {0, 0, 0, 0, 0, {0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
        {UINT64_MAX,
         UINT64_MAX,
         UINT32_MAX,
         0xff,
         0xffffff,
         {0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
        {0x299f31d0a4093822,
         0x85a308d3243f6a88,
         0x13198a2e,
         0x03,
         0x707344,
         {0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        uint32_t block[4];
        random_block(known[i].seed, (enum random_purpose)known[i].purpose, known[i].lane,
                     known[i].step, known[i].index, block);
        assert_memory_equal(block, known[i].words, sizeof block);
    }
}

static void stream_gives_blocks_in_order(void **state)
{
    (void)state;
    struct random_stream stream;
    random_open(&stream, 7, RANDOM_TEST, 3, 2);
    for (uint64_t index = 0; index < 5; index++) {
        uint32_t block[4];
        random_block(7, RANDOM_TEST, 3, 2, index, block);
        for (int i = 0; i < 4; i++)
            assert_int_equal(random_word(&stream), block[i]);
    }
}

static void streams_differ(void **state)
{
    (void)state;
    struct random_stream streams[5];
    random_open(&streams[0], 1, RANDOM_TEST, 0, 0);
    random_open(&streams[1], 2, RANDOM_TEST, 0, 0);
    random_open(&streams[2], 1, RANDOM_INIT, 0, 0);
    random_open(&streams[3], 1, RANDOM_TEST, 1, 0);
    random_open(&streams[4], 1, RANDOM_TEST, 0, 1);
    uint32_t words[5];
    for (int i = 0; i < 5; i++)
        words[i] = random_word(&streams[i]);
    for (int i = 0; i < 5; i++)
        for (int j = 0; j < i; j++)
            assert_int_not_equal(words[i], words[j]);
}

static void below_is_even(void **state)
{
    (void)state;
    enum { LIMIT = 6, DRAWS = 60000 };
    struct random_stream stream;
    random_open(&stream, 1, RANDOM_TEST, 0, 0);
    int counts[LIMIT] = {0};
    for (int i = 0; i < DRAWS; i++) {
        uint32_t drawn = random_below(&stream, LIMIT);
        assert_in_range(drawn, 0, LIMIT - 1);
        counts[drawn]++;
    }
    for (int i = 0; i < LIMIT; i++) /* the deviation of a count is 91 */
        assert_in_range(counts[i], DRAWS / LIMIT - 500, DRAWS / LIMIT + 500);
    for (int i = 0; i < 100; i++)
        assert_int_equal(random_below(&stream, 1), 0);
}

/* With a limit of 3/4 of 2^32, an unrejected product would give every third result twice. */
static void below_rejects_what_would_bias(void **state)
{
    (void)state;
    const uint32_t limit = 3u << 30;
    enum { DRAWS = 30000 };
    struct random_stream stream;
    random_open(&stream, 2, RANDOM_TEST, 0, 0);
    int thirds[3] = {0};
    for (int i = 0; i < DRAWS; i++)
        thirds[random_below(&stream, limit) % 3]++;
    for (int i = 0; i < 3; i++) /* the deviation of a count is 82 */
        assert_in_range(thirds[i], DRAWS / 3 - 450, DRAWS / 3 + 450);
}

static void uniform_and_normal_have_their_moments(void **state)
{
    (void)state;
    enum { DRAWS = 100000 };
    struct random_stream stream;
    random_open(&stream, 1, RANDOM_TEST, 0, 0);
    double sum = 0, squares = 0;
    for (int i = 0; i < DRAWS; i++) {
        double u = random_uniform(&stream);
        assert_true(u >= 0 && u < 1);
        sum += u;
        squares += (u - 0.5) * (u - 0.5);
    }
    assert_true(fabs(sum / DRAWS - 0.5) < 0.005);
    assert_true(fabs(squares / DRAWS - 1.0 / 12) < 0.002);
    sum = squares = 0;
    double fourth = 0;
    for (int i = 0; i < DRAWS; i++) {
        double z = random_normal(&stream);
        assert_true(isfinite(z));
        sum += z;
        squares += z * z;
        fourth += z * z * z * z;
    }
    assert_true(fabs(sum / DRAWS) < 0.02);
    assert_true(fabs(squares / DRAWS - 1) < 0.02);
    assert_true(fabs(fourth / DRAWS - 3) < 0.2);
}

static void shuffle_is_a_fair_permutation(void **state)
{
    (void)state;
    enum { COUNT = 5, ROUNDS = 20000 };
    struct random_stream stream;
    random_open(&stream, 1, RANDOM_TEST, 0, 0);
    int places[COUNT][COUNT] = {{0}};
    for (int round = 0; round < ROUNDS; round++) {
        int32_t items[COUNT] = {0, 1, 2, 3, 4};
        unsigned seen = 0;
        random_shuffle(&stream, items, COUNT);
        for (int i = 0; i < COUNT; i++) {
            seen |= 1u << items[i];
            places[items[i]][i]++;
        }
        assert_int_equal(seen, 31);
    }
    for (int i = 0; i < COUNT; i++)
        for (int j = 0; j < COUNT; j++) /* the deviation of a count is 57 */
            assert_in_range(places[i][j], ROUNDS / COUNT - 300, ROUNDS / COUNT + 300);
    random_shuffle(&stream, NULL, 0);
}

static void compare_filling(void)
{
    enum { COUNT = 203 };
    const uint64_t start = ((uint64_t)1 << 34) - 50; /* the block index crosses 2^32 */
    float whole[COUNT];
    random_fill_uniform(5, RANDOM_DROPOUT, 1, 9, start, COUNT, whole);
    for (int i = 0; i < COUNT; i++) {
        uint32_t block[4];
        random_block(5, RANDOM_DROPOUT, 1, 9, (start + (uint64_t)i) / 4, block);
        float expected = (float)(block[(start + (uint64_t)i) % 4] >> 8) / 16777216.0f;
        assert_true(whole[i] == expected);
        assert_true(whole[i] >= 0 && whole[i] < 1);
    }
    for (int from = 0; from < 9; from++)
        for (int count = 0; count < 90; count += 7) {
            float part[90 + 1];
            part[count] = 42;
            random_fill_uniform(5, RANDOM_DROPOUT, 1, 9, start + (uint64_t)from, count, part);
            assert_memory_equal(part, whole + from, (size_t)count * sizeof(float));
            assert_true(part[count] == 42);
        }
}

/* Neither on the instruction set nor on how a range is cut. */
static void filling_depends_on_the_position_only(void **state)
{
    (void)state;
    for (int isa = ISA_BASELINE; isa <= ISA_AVX512; isa++) {
        setenv("UNROLL_ISA", math_isa_name((enum math_isa)isa), 1);
        if (math_isa_init(NULL) == 0)
            compare_filling();
    }
    unsetenv("UNROLL_ISA");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(block_has_published_values),
        cmocka_unit_test(stream_gives_blocks_in_order),
        cmocka_unit_test(streams_differ),
        cmocka_unit_test(below_is_even),
        cmocka_unit_test(below_rejects_what_would_bias),
        cmocka_unit_test(uniform_and_normal_have_their_moments),
        cmocka_unit_test(shuffle_is_a_fair_permutation),
        cmocka_unit_test(filling_depends_on_the_position_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
