#include "config/scalar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } good[] = {{"0", 0},     {"-0", 0},
                {"7", 7},     {"+7", 7},
                {"-12", -12}, {"9223372036854775807", INT64_MAX},
                {"100", 100}, {"-9223372036854775808", INT64_MIN}};
    static const struct {
        const char *text, *remedy;
    } bad[] = {
        {"010", "write 10: with a leading zero others would read it as octal"},
        {"-007", "write -7: with a leading zero others would read it as octal"},
        {"3.5", "write a whole number in digits"},
        {"4.0", "write 4"},
        {"1e3", "write 1000"},
        {"1_000", "write 1000, without underscores"},
        {"1,5", "write 1.5, with a point"},
        {"0x10", "write it in decimal digits"},
        {"0b1", "write it in decimal digits"},
        {"nan", "a number here is finite"},
        {"x", ""},
        {"", ""},
        {"-", ""},
        {"1 2", ""},
        {"9223372036854775808",
         "whole numbers go from -9223372036854775808 to 9223372036854775807"},
        {"99999999999999999999999999999999999999",
         "whole numbers go from -9223372036854775808 to 9223372036854775807"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct text remedy = {0};
        int64_t value = -1;
        assert_int_equal(scalar_read_integer(good[i].text, &value, &remedy), 0);
        assert_int_equal(value, good[i].value);
        text_release(&remedy);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text remedy = {0};
        int64_t value = 77;
        assert_int_equal(scalar_read_integer(bad[i].text, &value, &remedy), -1);
        assert_string_equal(text_get(&remedy), bad[i].remedy);
        assert_int_equal(value, 77);
        text_release(&remedy);
    }
}

static void test_reals(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double value;
    } good[] = {{"1e-3", 1e-3}, {".5", 0.5},       {"5", 5},
                {"5.", 5},      {"-2.5E+2", -250}, {"0.0", 0},
                {"-0", 0},      {"1e300", 1e300},  {"4.9e-324", 4.9e-324}};
    static const struct {
        const char *text, *remedy;
    } bad[] = {
        {"nan", "a number here is finite"},
        {".nan", "a number here is finite"},
        {"-.inf", "a number here is finite"},
        {"Infinity", "a number here is finite"},
        {"0x1p3", "write it in decimal digits"},
        {"1e", ""},
        {"e5", ""},
        {".", ""},
        {"1.2.3", ""},
        {"0,5", "write 0.5, with a point"},
        {"1_0.5", "write 10.5, without underscores"},
        {"01.5", "write 1.5: with a leading zero others would read it as octal"},
        {"1e999", "too large: the limit is about 1.8e308"},
        {"1e-999", "too small to be told from zero: write 0"},
        {"true", ""},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        struct text remedy = {0};
        double value = -1;
        assert_int_equal(scalar_read_real(good[i].text, &value, &remedy), 0);
        assert_true(value == good[i].value);
        text_release(&remedy);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct text remedy = {0};
        double value = 77;
        assert_int_equal(scalar_read_real(bad[i].text, &value, &remedy), -1);
        assert_string_equal(text_get(&remedy), bad[i].remedy);
        assert_true(value == 77);
        text_release(&remedy);
    }
}

static void test_booleans(void **state)
{
    (void)state;
    static const struct {
        const char *text, *remedy;
    } bad[] = {
        {"no", "write false: only `true` and `false` are booleans here"},
        {"YES", "write true: only `true` and `false` are booleans here"},
        {"on", "write true: only `true` and `false` are booleans here"},
        {"True", "write true: only `true` and `false` are booleans here"},
        {"0", "write false: only `true` and `false` are booleans here"},
        {"flase", ""},
    };
    struct text remedy = {0};
    bool value = false;
    assert_int_equal(scalar_read_boolean("true", &value, &remedy), 0);
    assert_true(value);
    assert_int_equal(scalar_read_boolean("false", &value, &remedy), 0);
    assert_false(value);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        text_clear(&remedy);
        assert_int_equal(scalar_read_boolean(bad[i].text, &value, &remedy), -1);
        assert_string_equal(text_get(&remedy), bad[i].remedy);
    }
    text_release(&remedy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_reals),
        cmocka_unit_test(test_booleans),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
