/* The text of progress lines, on terminals of every width. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/printable.h"
#include "batch/progress.h"

#include <math.h>
#include <string.h>

static const struct progress half = {.name = "lstm",
                                     .seed = 1,
                                     .step = 4000,
                                     .steps = 8000,
                                     .loss = 0.1234,
                                     .accuracy = 0.9712,
                                     .seconds_left = 42};
static const struct progress first = {.name = "stacked",
                                      .seed = 10,
                                      .step = 0,
                                      .steps = 0,
                                      .loss = NAN,
                                      .accuracy = NAN,
                                      .seconds_left = NAN};

static char *draw(const struct progress *line, const struct progress *lines, size_t count,
                  int columns)
{
    struct progress_layout layout;
    struct text text = {0};
    progress_fit(&layout, lines, count, columns);
    progress_add(&text, line, &layout);
    return text_take(&text);
}

static void expect(const struct progress *line, int columns, const char *expected)
{
    char *drawn = draw(line, line, 1, columns);
    assert_string_equal(drawn, expected);
    memory_free(drawn);
}

static void test_parts_give_way(void **state)
{
    (void)state;
    expect(&half, 120,
           "lstm seed 1  ████████████············  4000/8000  loss 0.1234  accuracy 97.12 %   42 s "
           "left");
    expect(&half, 80,
           "lstm seed 1  ██████▌······  4000/8000  loss 0.1234  accuracy 97.12 %   42 s left");
    expect(&half, 70, "lstm seed 1  ███████·······  loss 0.1234  accuracy 97.12 %   42 s left");
    expect(&half, 50, "lstm seed 1  ██████······  loss 0.1234   42 s left");
    expect(&half, 40, "lstm seed 1  ███████▌·······   42 s left");
    expect(&half, 24, "lstm seed 1  █████▌·····");
    expect(&half, 20, "lstm seed 1   50 %");
    expect(&half, 14, "lstm/1   50 %");
    expect(&half, 12, "l…m/1   50 %");
    expect(&half, 8, "lstm/1");
    expect(&half, 5, "l…m/1");
    expect(&half, 1, "…");
}

static void test_nothing_known(void **state)
{
    (void)state;
    expect(&first, 120, "stacked seed 10  ························");
    expect(&first, 20, "stacked/10    0 %");
}

/* Where in bytes PART begins, as columns. */
static size_t column_of(const char *line, const char *part)
{
    const char *at = strstr(line, part);
    assert_non_null(at);
    char *before = memory_copy_text(line);
    before[at - line] = '\0';
    size_t columns = printable_width(before);
    memory_free(before);
    return columns;
}

static void test_lines_stand_in_line(void **state)
{
    (void)state;
    struct progress lines[] = {half, first, half};
    lines[1].steps = 120;
    lines[1].step = 7;
    lines[2].name = "循環";
    lines[2].seed = 7;
    lines[2].loss = 12.5;
    lines[2].seconds_left = 4000;
    char *drawn[3];
    for (int i = 0; i < 3; i++)
        drawn[i] = draw(&lines[i], lines, 3, 90);
    assert_string_equal(drawn[0], "lstm    seed  1  ████████········  4000/8000  loss  0.1234  "
                                  "accuracy 97.12 %     42 s left");
    assert_string_equal(drawn[1], "stacked seed 10  ▉···············     7/ 120");
    assert_string_equal(drawn[2], "循環    seed  7  ████████········  4000/8000  loss 12.5000  "
                                  "accuracy 97.12 %  1:06:40 left");
    assert_int_equal(column_of(drawn[0], "loss"), column_of(drawn[2], "loss"));
    assert_int_equal(printable_width(drawn[2]), 90);
    for (int i = 0; i < 3; i++)
        memory_free(drawn[i]);
}

static void test_names(void **state)
{
    (void)state;
    struct progress line = half;
    line.name = "deep-dropout-with-a-very-long-name-that-has-no-end-1";
    expect(&line, 40, "deep-dropou…as-no-end-1 seed 1  ████····");
    line.name = "a\033[2Jb\n";
    expect(&line, 24, "a?[2Jb  seed 1  ████····");
    line.name = "";
    expect(&line, 24, "  seed 1  ███████·······");
}

/* No line is ever wider than it may be, whatever it says. */
static void test_every_width(void **state)
{
    (void)state;
    const struct progress lines[] = {
        half,
        first,
        {"循環循環循環循環循環循環循環", INT64_MAX, INT64_MAX, INT64_MAX, 1e300, 1, 1e9},
        {"x", INT64_MIN, -5, 3, -INFINITY, -INFINITY, -1},
        {"\xFF\xFE", 0, 1, 2, INFINITY, NAN, INFINITY},
    };
    const struct progress_total totals[] = {
        {12, 3, 2, 1, 0.29, 72}, {0, 0, 0, 0, NAN, NAN}, {SIZE_MAX, 1, SIZE_MAX, 9, 7, 1e12}};
    for (int columns = 1; columns < 200; columns++) {
        for (size_t i = 0; i < 5; i++) {
            char *alone = draw(&lines[i], &lines[i], 1, columns);
            char *together = draw(&lines[i], lines, 5, columns);
            assert_true(printable_width(alone) <= (size_t)columns);
            assert_true(printable_width(together) <= (size_t)columns);
            memory_free(alone);
            memory_free(together);
        }
        for (size_t i = 0; i < 3; i++) {
            struct text text = {0};
            progress_add_total(&text, &totals[i], columns);
            assert_true(printable_width(text_get(&text)) <= (size_t)columns);
            text_release(&text);
        }
    }
}

static void expect_total(int columns, const char *expected)
{
    const struct progress_total total = {12, 3, 2, 1, 0.29, 72};
    struct text text = {0};
    progress_add_total(&text, &total, columns);
    assert_string_equal(text_get(&text), expected);
    text_release(&text);
}

static void test_total(void **state)
{
    (void)state;
    expect_total(100,
                 "3 of 12 done, 2 running, 1 failed  ██████▉················· 29 %  1:12 left");
    expect_total(60, "3 of 12 done, 2 running, 1 failed  ██▌······ 29 %  1:12 left");
    expect_total(50, "3 of 12 done, 1 failed  ██▉······· 29 %  1:12 left");
    expect_total(40, "3 of 12 done, 1 failed  29 %  1:12 left");
    expect_total(24, "3/12  29 %  1:12 left");
    expect_total(20, "3/12  29 %");
    expect_total(12, "3/12  29 %");
    expect_total(5, "3/12");
}

static void test_seconds_left(void **state)
{
    (void)state;
    assert_float_equal(progress_seconds_left(10, 50, 100), 10, 1e-9);
    assert_float_equal(progress_seconds_left(10, 100, 100), 0, 1e-9);
    assert_true(isnan(progress_seconds_left(10, 0, 100)));
    assert_true(isnan(progress_seconds_left(0, 5, 100)));
    assert_true(isnan(progress_seconds_left(10, 101, 100)));
    assert_true(isnan(progress_seconds_left(NAN, 1, 100)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_give_way),      cmocka_unit_test(test_nothing_known),
        cmocka_unit_test(test_lines_stand_in_line), cmocka_unit_test(test_names),
        cmocka_unit_test(test_every_width),         cmocka_unit_test(test_total),
        cmocka_unit_test(test_seconds_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
