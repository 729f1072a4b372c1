/* Ranges: evenly spaced values, drawn ones, and what cannot be a range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "batch/range.h"
#include "config/parse.h"

#include <stdlib.h>
#include <string.h>

static const struct range whole = {.is_whole = true, .from = 32, .to = 128, .points = 4};

/* All points of the range that TEXT says for KEY, with spaces between them. */
static void assert_points(const char *key, const char *text, const char *expected)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *node = parse_value(text, "test", diagnostics);
    struct range range;
    assert_true(range_is(node));
    assert_int_equal(range_read(&range, node, key, true, "sweep.a", diagnostics), 0);
    struct text points = {0};
    for (int64_t i = 0; i < range.points; i++) {
        text_add(&points, i ? " " : "");
        range_add_point(&range, i, &points);
    }
    assert_string_equal(text_get(&points), expected);
    text_release(&points);
    node_free(node);
    diagnostics_free(diagnostics);
}

static void test_points(void **state)
{
    (void)state;
    static const char units[] = "model.units", rate[] = "train.optimizer.adam.rate";
    assert_points(units, "{linear: {from: 32, to: 128, points: 4}}", "32 64 96 128");
    assert_points(units, "{linear: {from: 1, to: 4, points: 3}}", "1 3 4"); /* not 2.5 */
    assert_points(rate, "{linear: {from: 1, to: 4, points: 3}}", "1 2.5 4");
    assert_points(rate, "{linear: {from: -1, to: 1, points: 3}}", "-1 0 1");
    assert_points(rate, "{linear: {from: 0, to: 0.5, points: 6}}", "0 0.1 0.2 0.3 0.4 0.5");
    assert_points(rate, "{log: {from: 1e-4, to: 1e-1, points: 4}}", "0.0001 0.001 0.01 0.1");
    assert_points(rate, "{log: {from: 0.1234567891, to: 1, points: 3}}", "0.1234567891 0.351364 1");
    assert_points(units, "{log: {from: 16, to: 256, points: 5}}", "16 32 64 128 256");
    assert_points(units, "{log: {from: 1, to: 100, points: 4}}", "1 5 22 100");
}

static void test_draws(void **state)
{
    (void)state;
    static const struct {
        struct range range;
        double uniform;
        const char *value;
    } cases[] = {
        {{.is_whole = true, .from = 3, .to = 5}, 0, "3"},
        {{.is_whole = true, .from = 3, .to = 5}, 0.34, "4"},
        {{.is_whole = true, .from = 3, .to = 5}, 0.999999, "5"},
        {{.from = 0, .to = 3}, 1.0 / 3, "1"},
        {{.from = 0, .to = 1}, 0.123456789, "0.123457"},
        {{.is_log = true, .from = 1e-4, .to = 1e-2}, 0.5, "0.001"},
        {{.is_log = true, .is_whole = true, .from = 1, .to = 100}, 0.5, "10"},
        {{.from = 0.12345612, .to = 1}, 0, "0.12345612"}, /* rounding leads out of no range */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text = {0};
        range_add_draw(&cases[i].range, cases[i].uniform, &text);
        assert_string_equal(text_get(&text), cases[i].value);
        text_release(&text);
    }
}

static void test_ends_are_exact(void **state)
{
    (void)state;
    struct text text = {0};
    range_add_point(&whole, 0, &text);
    text_add_char(&text, ' ');
    range_add_point(&whole, 3, &text);
    assert_string_equal(text_get(&text), "32 128");
    text_release(&text);
}

static void test_is(void **state)
{
    (void)state;
    static const char *const others[] = {"3", "[1, 2]", "{}", "{lin: 3}", "{log: 1, linear: 2}"};
    struct diagnostics *diagnostics = diagnostics_new();
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct node *node = parse_value(others[i], "test", diagnostics);
        assert_false(range_is(node));
        node_free(node);
    }
    diagnostics_free(diagnostics);
}

static void test_mistakes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool is_grid;
        const char *message;
    } cases[] = {
        {"{linear: 3}", true, "sweep.a.linear: expected {from: ..., to: ..., points: ...}"},
        {"{linear: 3}", false, "expected {from: ..., to: ...}, found"},
        {"{linear: {from: 1, to: 2}}", true, "sweep.a.linear.points: is required"},
        {"{linear: {from: 1, points: 2}}", true, "sweep.a.linear.to: is required"},
        {"{linear: {from: 1, to: 2, points: 1}}", true, "1 is out of range"},
        {"{linear: {from: 1, to: 2, points: 10001}}", true, "out of range"},
        {"{linear: {from: 1, to: 2, points: 2.5}}", true, "expected an integer"},
        {"{linear: {from: 2, to: 1, points: 2}}", true, "`from` must be below `to`"},
        {"{linear: {from: 2, to: 2, points: 2}}", true, "`from` must be below `to`"},
        {"{linear: {from: x, to: 2, points: 2}}", true, "sweep.a.linear.from: expected a number"},
        {"{linear: {from: 0, to: 1e99, points: 2}}", true, "out of range"},
        {"{log: {from: 0, to: 2, points: 2}}", true, "0 is out of range"},
        {"{log: {from: -1, to: 2}}", false, "-1 is out of range"},
        {"{log: {from: 1, to: 2, points: 3}}", false, "sweep.a.log.points: unknown key"},
        {"{log: {from: 1, to: 2, step: 3, points: 3}}", true, "unknown key"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct diagnostics *diagnostics = diagnostics_new();
        struct node *node = parse_value(cases[i].text, "test", diagnostics);
        struct range range;
        struct text errors = {0};
        assert_int_equal(
            range_read(&range, node, "train.batch", cases[i].is_grid, "sweep.a", diagnostics), -1);
        diagnostics_write(diagnostics, &errors, false);
        if (!strstr(text_get(&errors), cases[i].message))
            fail_msg("%s: expected `%s` in:\n%s", cases[i].text, cases[i].message,
                     text_get(&errors));
        text_release(&errors);
        node_free(node);
        diagnostics_free(diagnostics);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_points),         cmocka_unit_test(test_draws),
        cmocka_unit_test(test_ends_are_exact), cmocka_unit_test(test_is),
        cmocka_unit_test(test_mistakes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
