/* The table of reported figures never shows numbers that speak against its verdict. */
#include "report/reported_print.h"
#include "unit/figure_groups.h"

#include <stdlib.h>

static char accuracy[] = "test.accuracy", lstm[] = "lstm";

static void report(struct groups *groups, double value)
{
    const struct reported_figure figure = {.metric = memory_copy_text(accuracy),
                                           .variant = memory_copy_text(lstm),
                                           .step = REPORTED_AT_END,
                                           .value = value};
    questions_add_reported(&groups->questions, &figure);
}

/* The cells of ROW in Markdown: |metric|variant|step|reported|n|mean|ci95|difference|low|high|...
 */
static void read_row(const char *markdown, size_t row, double *value, double *low, double *high)
{
    const char *at = markdown;
    for (size_t i = 0; i < row + 2; i++)
        at = strchr(at, '\n') + 1;
    for (int cell = 1; cell <= 10; cell++) {
        at = strchr(at, '|') + 1;
        double *number = cell == 4 ? value : cell == 9 ? low : cell == 10 ? high : NULL;
        if (number)
            *number = strtod(at, NULL);
    }
}

/* Ours: 0.98694, one run from 0.9847616 to 0.9891184. */
static void rounding_crosses_no_verdict(void **state)
{
    (void)state;
    static const double reported[] = {0.98476, 0.9848,   0.98477, 0.9847616,
                                      0.9891,  0.989119, 0.98912, 0.5};
    enum { COUNT = sizeof reported / sizeof *reported };
    struct groups groups = {0};
    struct reported_answers answers;
    struct error error = {0};
    figure_groups_add(&groups, lstm, accuracy, (double[]){0.9861, 0.9874, 0.9868, 0.9879, 0.9865},
                      5);
    for (size_t i = 0; i < COUNT; i++)
        report(&groups, reported[i]);
    assert_int_equal(reported_answer(&answers, NULL, &groups, &error), 0);
    assert_int_equal(answers.items[0].verdict, REPORTED_OUTSIDE);
    assert_int_equal(answers.items[1].verdict, REPORTED_WITHIN);
    for (int precision = 0; precision <= 6; precision++) {
        struct table table;
        struct text text = {0};
        reported_table(&answers, precision, true, &table);
        table_render(&table, TABLE_MARKDOWN, 0, &text);
        for (size_t i = 0; i < COUNT; i++) {
            double value, low, high;
            read_row(text_get(&text), i, &value, &low, &high);
            bool is_within = answers.items[i].verdict == REPORTED_WITHIN;
            if ((value >= low && value <= high) != is_within)
                fail_msg("%g at %d digits: %s", reported[i], precision, text_get(&text));
        }
        /* As few digits as that takes. */
        if (precision == 4)
            assert_non_null(strstr(text_get(&text), "| 0.9848 | 5 | 0.9869 |"));
        text_release(&text);
        table_release(&table);
    }
    reported_answers_release(&answers);
    groups_release(&groups);
}

static void expect_notes(struct groups *groups, const char *said)
{
    struct reported_answers answers;
    struct error error = {0};
    struct text lines = {0};
    assert_int_equal(reported_answer(&answers, NULL, groups, &error), 0);
    reported_add_notes(&answers, groups, &lines);
    if (!strstr(text_get(&lines), said))
        fail_msg("expected `%s` in: %s", said, text_get(&lines));
    text_release(&lines);
    reported_answers_release(&answers);
}

static void what_cannot_be_judged_is_not_counted_with_the_rest(void **state)
{
    (void)state;
    struct groups groups = {0};
    figure_groups_add(&groups, lstm, accuracy, (double[]){0.5, 0.6}, 2);
    report(&groups, 0.55);
    report(&groups, 99);
    expect_notes(&groups, ". 1 of 2 reported figures lie within");
    report(&groups, 0.6);
    memory_free(groups.questions.reported[2].variant);
    groups.questions.reported[2].variant = memory_copy_text("none");
    expect_notes(&groups, ". 1 of the 2 that can be judged, of 3 reported figures, lie within");
    groups_release(&groups);
}

/* What people see of row 0 with PRECISION: "| 0.9000 ± 0.0200 |". */
static void expect_shown(double value, double within, int precision, const char *shown,
                         enum reported_verdict verdict)
{
    struct groups groups = {0};
    struct reported_answers answers;
    struct error error = {0};
    struct table table;
    struct text text = {0};
    figure_groups_add(&groups, lstm, accuracy, (double[]){0.9861, 0.9874, 0.9868, 0.9879, 0.9865},
                      5);
    report(&groups, value);
    groups.questions.reported[0].within = within;
    assert_int_equal(reported_answer(&answers, NULL, &groups, &error), 0);
    assert_int_equal(answers.items[0].verdict, verdict);
    reported_table(&answers, precision, true, &table);
    table_render(&table, TABLE_MARKDOWN, 0, &text);
    if (!strstr(text_get(&text), shown))
        fail_msg("expected `%s` in:\n%s", shown, text_get(&text));
    text_release(&text);
    table_release(&table);
    reported_answers_release(&answers);
    groups_release(&groups);
}

/* A precision is shown where the digits do not tell it, or where the verdict hangs on it. */
static void a_precision_is_shown(void **state)
{
    (void)state;
    expect_shown(0.9, 0.02, 4, "| 0.9000 ± 0.0200 |", REPORTED_OUTSIDE);
    expect_shown(0.97, 0.02, 4, "| 0.9700 ± 0.0200 |", REPORTED_WITHIN);
    expect_shown(0.98, 0.005, 4, "| 0.9800 ± 0.0050 |", REPORTED_WITHIN);
    expect_shown(0.98, 0.005, 2, "| 0.98 |", REPORTED_WITHIN);
    expect_shown(0.9879, 0.00005, 4, "| 0.9879 |", REPORTED_WITHIN);
    expect_shown(0.98916, 0.00005, 4, "| 0.98916 ± 0.00005 |", REPORTED_WITHIN);
    expect_shown(0.5, 0, 4, "| 0.5000 |", REPORTED_OUTSIDE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rounding_crosses_no_verdict),
        cmocka_unit_test(what_cannot_be_judged_is_not_counted_with_the_rest),
        cmocka_unit_test(a_precision_is_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
