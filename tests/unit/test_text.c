#include "base/memory.h"
#include "base/text.h"

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void starts_empty(void **state)
{
    (void)state;
    struct text text = {0};
    assert_string_equal(text_get(&text), "");
    text_clear(&text);
    text_add(&text, "");
    assert_string_equal(text_get(&text), "");
    text_release(&text);
    text_release(&text);
    char *taken = text_take(&text);
    assert_string_equal(taken, "");
    memory_free(taken);
}

/* Every length up to well past the first growth, so that the terminator always has its place. */
static void grows_byte_by_byte(void **state)
{
    (void)state;
    struct text text = {0};
    for (size_t length = 1; length <= 1000; length++) {
        text_add_char(&text, (char)('a' + length % 26));
        assert_int_equal(text.length, length);
        assert_int_equal(strlen(text.data), length);
        assert_true(text.capacity > length);
    }
    for (size_t i = 1; i <= 1000; i++)
        assert_int_equal(text.data[i - 1], 'a' + i % 26);
    text_release(&text);
}

static void grows_by_formatted_pieces(void **state)
{
    (void)state;
    for (int length = 0; length <= 300; length++) {
        struct text text = {0};
        text_add(&text, "<");
        text_add_format(&text, "%*s%d", length, "", length);
        text_add(&text, ">");
        char *expected = text_format("<%*s%d>", length, "", length);
        assert_string_equal(text_get(&text), expected);
        assert_int_equal(text.length, strlen(expected));
        memory_free(expected);
        text_release(&text);
    }
}

static void grows_by_a_big_piece(void **state)
{
    (void)state;
    const size_t size = 10 << 20;
    char *big = memory_new(size + 1);
    memset(big, 'q', size);
    struct text text = {0};
    text_add(&text, "x");
    text_add(&text, big);
    assert_int_equal(text.length, size + 1);
    assert_memory_equal(text.data + 1, big, size + 1);
    text_release(&text);
    memory_free(big);
}

static void keeps_zero_bytes(void **state)
{
    (void)state;
    struct text text = {0};
    text_add_bytes(&text, "a\0b", 3);
    text_add_bytes(&text, NULL, 0);
    assert_int_equal(text.length, 3);
    assert_memory_equal(text.data, "a\0b", 4);
    text_clear(&text);
    assert_int_equal(text.length, 0);
    assert_string_equal(text_get(&text), "");
    text_release(&text);
}

static void hands_out_its_content(void **state)
{
    (void)state;
    struct text text = {0};
    text_add(&text, "content");
    char *taken = text_take(&text);
    assert_string_equal(taken, "content");
    assert_null(text.data);
    assert_int_equal(text.capacity, 0);
    text_add(&text, "other");
    assert_string_equal(taken, "content");
    memory_free(taken);
    text_release(&text);
}

static void parts_thousands(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", ""},
        {"0", "0"},
        {"999", "999"},
        {"1000", "1,000"},
        {"-1234.5678", "-1,234.5678"},
        {"1234567", "1,234,567"},
        {"-123", "-123"},
        {"1e+09", "1e+09"},
        {"inf", "inf"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text text = {0};
        text_add_grouped(&text, cases[i][0]);
        assert_string_equal(text_get(&text), cases[i][1]);
        text_release(&text);
    }
}

static void compares(void **state)
{
    (void)state;
    assert_true(text_equal("", "") && text_equal("a", "a"));
    assert_false(text_equal("a", "A") || text_equal("a", "ab"));
    assert_true(text_starts_with("abc", "") && text_starts_with("abc", "abc"));
    assert_false(text_starts_with("ab", "abc") || text_starts_with("", "a"));
    assert_true(text_ends_with("a.so", ".so") && text_ends_with("a", "") && text_ends_with("", ""));
    assert_false(text_ends_with("so", ".so") || text_ends_with("a.so.1", ".so"));
}

static const char *const keys[] = {"cell", "layers", NULL, "units", "dropout", "stack", "init"};

static const char *nearest(const char *name)
{
    return text_nearest(name, keys, sizeof keys / sizeof keys[0]);
}

static void finds_the_nearest_name(void **state)
{
    (void)state;
    assert_string_equal(nearest("cel"), "cell");   /* inserted */
    assert_string_equal(nearest("cellx"), "cell"); /* deleted */
    assert_string_equal(nearest("cill"), "cell");  /* replaced */
    assert_string_equal(nearest("clel"), "cell");  /* swapped */
    assert_string_equal(nearest("inti"), "init");  /* swapped */
    assert_string_equal(nearest("drpoout"), "dropout");
    assert_string_equal(nearest("layers"), "layers");
    assert_string_equal(nearest("lyer"), "layers"); /* two edits in four */
    assert_null(nearest("lyr"));                    /* three edits in three */
    assert_null(nearest("optimizer"));
    assert_null(nearest(""));
    assert_null(text_nearest("cell", keys, 0));
    const char *const same[] = {"rate", "late"};
    assert_string_equal(text_nearest("gate", same, 2), "rate"); /* the first of two as near */
}

/* A third of the length, rounded up: 1 edit in 3, 2 in 4 to 6, 3 in 7 to 9. */
static void limits_the_distance(void **state)
{
    (void)state;
    const char *const candidate[] = {"abcdefghi"};
    assert_non_null(text_nearest("abcdefxyz", candidate, 1));
    assert_null(text_nearest("abcdewxyz", candidate, 1));
    assert_non_null(text_nearest("abcdefg", candidate, 1));
    assert_non_null(text_nearest("abcdef", (const char *const[]){"abcdefgh"}, 1));
    assert_null(text_nearest("abcdef", candidate, 1));
    assert_non_null(text_nearest("ab", (const char *const[]){"abc"}, 1));
    assert_null(text_nearest("ab", (const char *const[]){"abcd"}, 1));
}

/* Lengths around the limit of 64, in which the table of distances just fits. */
static void refuses_long_names(void **state)
{
    (void)state;
    char name[80], candidate[80];
    for (size_t n = 62; n <= 66; n++)
        for (size_t m = 62; m <= 66; m++) {
            memset(name, 'a', n);
            memset(candidate, 'a', m);
            name[n] = candidate[m] = '\0';
            const char *const candidates[] = {candidate};
            assert_ptr_equal(text_nearest(name, candidates, 1),
                             n <= 64 && m <= 64 ? candidate : NULL);
        }
    memset(name, 'b', 64); /* nothing in common */
    memset(candidate, 'a', 64);
    name[64] = candidate[64] = '\0';
    assert_null(text_nearest(name, (const char *const[]){candidate}, 1));
}

static void assert_real(double value, const char *expected)
{
    struct text text = {0};
    text_add_real(&text, value);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void writes_short_reals(void **state)
{
    (void)state;
    assert_real(0, "0");
    assert_real(-0.0, "-0");
    assert_real(0.001, "0.001");
    assert_real(1e-8, "1e-08");
    assert_real(128, "128");
    assert_real(100, "100"); /* not 1e+02 */
    assert_real(-60000, "-60000");
    assert_real(2500000, "2500000");
    assert_real(999999999999999, "999999999999999");
    assert_real(1e15, "1e+15");
    assert_real(0.1, "0.1");
    assert_real(0.1 + 0.2, "0.30000000000000004");
    assert_real(-2.5, "-2.5");
    assert_real((double)0.1f, "0.10000000149011612");
    assert_real(INFINITY, "inf");
    assert_real(-INFINITY, "-inf");
    assert_real(NAN, "nan");
    assert_real(-NAN, "nan"); /* the sign of no number means nothing */
    assert_real(1e300, "1e+300");
}

static uint64_t next_bits(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return *state ^ *state >> 29;
}

static void writes_reals_that_read_back(void **state)
{
    (void)state;
    const double special[] = {DBL_MIN,
                              DBL_MAX,
                              -DBL_MAX,
                              DBL_TRUE_MIN,
                              DBL_EPSILON,
                              1.0 / 3,
                              9007199254740993.0,
                              123456789012345678.0,
                              0x1p-1022 - 0x1p-1074};
    uint64_t bits_state = 1;
    for (size_t i = 0; i < 2000; i++) {
        double value;
        uint64_t bits = next_bits(&bits_state);
        memcpy(&value, &bits, sizeof value);
        if (i < sizeof special / sizeof special[0])
            value = special[i];
        if (isnan(value))
            continue;
        struct text text = {0};
        text_add_real(&text, value);
        assert_true(strtod(text_get(&text), NULL) == value);
        text_release(&text);
    }
}

/* The fewest digits, found by trying all. */
static void assert_shortest(double value)
{
    char digits[40];
    for (int precision = 1; precision <= 17; precision++) {
        snprintf(digits, sizeof digits, "%.*g", precision, value);
        if (strtod(digits, NULL) == value)
            break;
    }
    assert_real(value, digits);
}

static void writes_reals_in_the_fewest_digits(void **state)
{
    (void)state;
    uint64_t bits_state = 7;
    for (int i = 0; i < 20000; i++) {
        /* From 1 to 17 digits, and exponents from the subnormal to the largest. */
        char decimal[64];
        int count = i % 17 + 1, exponent = (int)(next_bits(&bits_state) % 633) - 325;
        char digits[24];
        snprintf(digits, sizeof digits, "%020llu",
                 (unsigned long long)(next_bits(&bits_state) % 10000000000000000000u));
        snprintf(decimal, sizeof decimal, "%.*s.%.*se%d", 1, digits + 1, count, digits + 2,
                 exponent);
        double value = strtod(decimal, NULL);
        if (isfinite(value) && value != rint(value))
            assert_shortest(value);
    }
    assert_shortest(DBL_TRUE_MIN);
    assert_shortest(0x1p-1022 - 0x1p-1074);
    assert_shortest(DBL_MIN);
    assert_shortest(DBL_MAX);
    assert_shortest(1.5e20);
    assert_shortest(123456789012345678.0);
}

static void measures_width(void **state)
{
    (void)state;
    assert_int_equal(text_width(""), 0);
    assert_int_equal(text_width("abc"), 3);
    assert_int_equal(text_width("± 95 %"), 6);
    assert_int_equal(text_width("∂s"), 2);
}

static void writes_integers(void **state)
{
    (void)state;
    static const int64_t values[] = {0, 7, -7, 10, 1000, -99, INT64_MAX, INT64_MIN};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        struct text text = {0};
        char expected[32];
        snprintf(expected, sizeof expected, "x%" PRId64, values[i]);
        text_add_char(&text, 'x');
        text_add_integer(&text, values[i]);
        assert_string_equal(text_get(&text), expected);
        text_release(&text);
    }
}

static void writes_spaces(void **state)
{
    (void)state;
    struct text text = {0};
    text_add_spaces(&text, -1);
    text_add_spaces(&text, 0);
    assert_int_equal(text.length, 0);
    text_add_spaces(&text, 3);
    assert_string_equal(text_get(&text), "   ");
    text_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(starts_empty),
        cmocka_unit_test(writes_spaces),
        cmocka_unit_test(grows_byte_by_byte),
        cmocka_unit_test(grows_by_formatted_pieces),
        cmocka_unit_test(grows_by_a_big_piece),
        cmocka_unit_test(keeps_zero_bytes),
        cmocka_unit_test(hands_out_its_content),
        cmocka_unit_test(parts_thousands),
        cmocka_unit_test(compares),
        cmocka_unit_test(finds_the_nearest_name),
        cmocka_unit_test(limits_the_distance),
        cmocka_unit_test(refuses_long_names),
        cmocka_unit_test(writes_short_reals),
        cmocka_unit_test(writes_reals_that_read_back),
        cmocka_unit_test(writes_reals_in_the_fewest_digits),
        cmocka_unit_test(measures_width),
        cmocka_unit_test(writes_integers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
