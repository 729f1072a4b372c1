#include "report/table.h"

#include "base/memory.h"

#include <jansson.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Two variants; the second has no deviation. */
static void fill(struct table *table, const char *first, const char *second)
{
    table_add_column(table, NULL, "variant", "variant");
    table_add_column(table, "test.accuracy", "n", "test.accuracy.n");
    table_add_column(table, "test.accuracy", "mean", "test.accuracy.mean");
    table_add_column(table, "test.accuracy", "± 95 %", "test.accuracy.ci95");
    table_add_row(table);
    table_set_text(table, 0, first);
    table_set_number(table, 1, 5, 0);
    table_set_number(table, 2, 0.98798, 4);
    table_set_number(table, 3, 0.001, 4);
    table_add_row(table);
    table_set_text(table, 0, second);
    table_set_number(table, 1, 1, 0);
    table_set_number(table, 2, -0.5, 4);
}

static void expect(const char *first, const char *second, enum table_format format, size_t width,
                   const char *expected)
{
    struct table table = {0};
    struct text output = {0};
    fill(&table, first, second);
    table_render(&table, format, width, &output);
    assert_string_equal(text_get(&output), expected);
    text_release(&output);
    table_release(&table);
}

static void text_is_aligned(void **state)
{
    (void)state;
    expect("lstm", "größe", TABLE_TEXT, 0,
           "           test.accuracy\n"
           "variant    n     mean  ± 95 %\n"
           "-------    -  -------  ------\n"
           "lstm       5   0.9880  0.0010\n"
           "größe      1  -0.5000       -\n");
}

/* A seed may be larger than what a double holds in full. */
static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static const char *const expected[TABLE_FORMATS] = {
        [TABLE_TEXT] = "\n9223372036854775807\n",
        [TABLE_CSV] = "seed\n9223372036854775807\n",
        [TABLE_JSON] = "[\n {\"seed\": 9223372036854775807}\n]\n",
        [TABLE_MARKDOWN] = "| seed |\n| ---: |\n| 9223372036854775807 |\n",
        [TABLE_LATEX] = "\n9223372036854775807 \\\\\n",
    };
    for (int format = 0; format < TABLE_FORMATS; format++) {
        struct table table = {0};
        struct text output = {0};
        table_add_column(&table, NULL, "seed", "seed");
        table_add_row(&table);
        table_set_whole(&table, 0, INT64_MAX);
        table_render(&table, (enum table_format)format, 0, &output);
        assert_non_null(strstr(text_get(&output), expected[format]));
        text_release(&output);
        table_release(&table);
    }
}

/* What people see of a number may be another text than what programs read. */
static void shown_numbers_keep_their_digits(void **state)
{
    (void)state;
    static const char *const expected[TABLE_FORMATS] = {
        [TABLE_TEXT] =
            "       p  rate  difference\n--------  ----  ----------\n< 0.0001  1e-3     +0.0042\n",
        [TABLE_CSV] = "p,rate,difference\n1.25e-09,0.001,0.0042\n",
        [TABLE_JSON] = "[\n {\"p\": 1.25e-09, \"rate\": 0.001, \"difference\": 0.0042}\n]\n",
        [TABLE_MARKDOWN] = "| < 0.0001 | 1e-3 | +0.0042 |\n",
        [TABLE_LATEX] = "$< 0.0001$ & 1e-3 & $+0.0042$ \\\\\n",
    };
    for (int format = 0; format < TABLE_FORMATS; format++) {
        struct table table = {0};
        struct text output = {0};
        table_add_column(&table, NULL, "p", "p");
        table_add_column(&table, NULL, "rate", "rate");
        table_add_column(&table, NULL, "difference", "difference");
        table_add_row(&table);
        table_set_shown(&table, 0, 1.25e-9, "< 0.0001");
        table_set_shown(&table, 1, 1e-3, "1e-3");
        table_set_shown(&table, 2, 0.0042, "+0.0042");
        assert_true(table_column_is_numeric(&table, 1));
        table_render(&table, (enum table_format)format, 0, &output);
        if (!strstr(text_get(&output), expected[format]))
            fail_msg("%s", text_get(&output));
        text_release(&output);
        table_release(&table);
    }
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    expect("\033[2J", "a\nb", TABLE_TEXT, 0,
           "           test.accuracy\n"
           "variant    n     mean  ± 95 %\n"
           "-------    -  -------  ------\n"
           "?[2J       5   0.9880  0.0010\n"
           "a b        1  -0.5000       -\n");
}

static void long_texts_are_cut_to_the_terminal(void **state)
{
    (void)state;
    expect("a-name-that-is-really-very-long-1", "a-name-that-is-really-very-long-2", TABLE_TEXT, 45,
           "                           test.accuracy\n"
           "variant                    n     mean  ± 95 %\n"
           "-----------------------    -  -------  ------\n"
           "a-name-that…very-long-1    5   0.9880  0.0010\n"
           "a-name-that…very-long-2    1  -0.5000       -\n");
}

static void columns_that_do_not_fit_follow_in_blocks(void **state)
{
    (void)state;
    expect("lstm", "rnn", TABLE_TEXT, 24,
           "           test.accuracy\n"
           "variant    n        mean\n"
           "-------    -  ----------\n"
           "lstm       5      0.9880\n"
           "rnn        1     -0.5000\n"
           "\n"
           "           test.accuracy\n"
           "variant           ± 95 %\n"
           "-------    -------------\n"
           "lstm              0.0010\n"
           "rnn                    -\n");
}

/* Renders the columns with GROUPS (NULL: none) at WIDTH and checks that no line is wider; the
 * lines. */
static char *render_groups(const char *const *names, size_t count, size_t width)
{
    struct table table = {0};
    struct text output = {0};
    table_add_column(&table, NULL, "variant", "variant");
    for (size_t i = 0; i < count; i++)
        table_add_column(&table, names[i], "n", "n");
    table_add_row(&table);
    table_set_text(&table, 0, "lstm");
    for (size_t i = 0; i < count; i++)
        table_set_number(&table, i + 1, (double)(10 + i), 0);
    table_render(&table, TABLE_TEXT, width, &output);
    for (const char *at = text_get(&output); *at; at += strcspn(at, "\n") + 1) {
        char *line = text_format("%.*s", (int)strcspn(at, "\n"), at);
        if (text_width(line) > width)
            fail_msg("wider than %zu: %s", width, line);
        memory_free(line);
    }
    table_release(&table);
    return text_take(&output);
}

/* A heading counts that is longer than its columns. */
static void headings_fit_the_terminal(void **state)
{
    (void)state;
    static const char *const names[] = {"test.accuracy at step 500", "test.loss at step 500",
                                        "test.loss at step 500"};
    memory_free(render_groups(names, 3, 200));
    char *text = render_groups(names, 3, 50);
    assert_string_equal(text, "           test.accuracy at step 500\n"
                              "variant                            n\n"
                              "-------    -------------------------\n"
                              "lstm                              10\n"
                              "\n"
                              "           test.loss at step 500\n"
                              "variant     n                  n\n"
                              "-------    --  -----------------\n"
                              "lstm       11                 12\n");
    memory_free(text);
    text = render_groups(names, 3, 30); /* one heading alone is too long: it is cut */
    assert_non_null(strstr(text, "…"));
    memory_free(text);
}

/* What shares a heading stays together where that fits. */
static void groups_stay_whole(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "a", "b", "b"};
    char *text = render_groups(names, 4, 24);
    assert_string_equal(text, "           a\n"
                              "variant     n   n\n"
                              "-------    --  --\n"
                              "lstm       10  11\n"
                              "\n"
                              "           b\n"
                              "variant     n   n\n"
                              "-------    --  --\n"
                              "lstm       12  13\n");
    memory_free(text);
}

static void csv_quotes_and_keeps_every_digit(void **state)
{
    (void)state;
    expect("a,\"b\"", "two\nlines", TABLE_CSV, 10,
           "variant,test.accuracy.n,test.accuracy.mean,test.accuracy.ci95\n"
           "\"a,\"\"b\"\"\",5,0.98798,0.001\n"
           "\"two\nlines\",1,-0.5,\n");
}

static void json_reads_back(void **state)
{
    (void)state;
    struct table table = {0};
    struct text output = {0};
    fill(&table, "a\"\n\033\xFF", "b");
    table_add_row(&table);
    table_set_text(&table, 0, "diverged");
    table_set_number(&table, 1, 500, 0);
    table_set_number(&table, 2, NAN, 4);
    table_render(&table, TABLE_JSON, 0, &output);
    json_t *root = json_loads(text_get(&output), 0, NULL);
    assert_non_null(root);
    assert_int_equal(json_array_size(root), 3);
    json_t *row = json_array_get(root, 0);
    assert_string_equal(json_string_value(json_object_get(row, "variant")),
                        "a\"\n\033\xEF\xBF\xBD");
    assert_int_equal(json_integer_value(json_object_get(row, "test.accuracy.n")), 5);
    assert_true(json_real_value(json_object_get(row, "test.accuracy.mean")) == 0.98798);
    assert_true(json_is_null(json_object_get(json_array_get(root, 1), "test.accuracy.ci95")));
    row = json_array_get(root, 2);
    assert_true(json_is_integer(json_object_get(row, "test.accuracy.n")));
    assert_true(json_is_null(json_object_get(row, "test.accuracy.mean")));
    json_decref(root);
    text_release(&output);
    table_release(&table);
}

static void markdown_escapes(void **state)
{
    (void)state;
    expect("a|b*", "_x_y<br>", TABLE_MARKDOWN, 0,
           "| variant | test.accuracy: n | mean | ± 95 % |\n"
           "| --- | ---: | ---: | ---: |\n"
           "| a\\|b\\* | 5 | 0.9880 | 0.0010 |\n"
           "| \\_x_y\\<br\\> | 1 | -0.5000 | – |\n");
}

static void latex_escapes(void **state)
{
    (void)state;
    expect("&%$#_{}~^\\", "rnn", TABLE_LATEX, 0,
           "% \\usepackage{booktabs}\n"
           "\\begin{tabular}{lrrr}\n"
           "\\toprule\n"
           " & \\multicolumn{3}{c}{test.accuracy} \\\\\n"
           "\\cmidrule(lr){2-4}\n"
           "variant & n & mean & $\\pm$ 95 \\% \\\\\n"
           "\\midrule\n"
           "\\&\\%\\$\\#\\_\\{\\}\\textasciitilde{}\\textasciicircum{}\\textbackslash{} & 5 & "
           "0.9880 & "
           "0.0010 \\\\\n"
           "rnn & 1 & $-0.5000$ & -- \\\\\n"
           "\\bottomrule\n"
           "\\end{tabular}\n");
}

static void expect_escaped(void (*add)(struct text *, const char *), const char *content,
                           const char *expected)
{
    struct text output = {0};
    add(&output, content);
    assert_string_equal(text_get(&output), expected);
    text_release(&output);
}

/* At its beginning a text would be a list, a heading; elsewhere these characters are plain. */
static void markdown_begins_no_block(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"1. lstm", "1\\. lstm"}, {"12) x", "12\\) x"},   {"1.5 wide", "1.5 wide"},
        {"3.", "3\\."},           {"- a-b", "\\- a-b"},   {"+ a+b", "\\+ a+b"},
        {"# a#b", "\\# a#b"},     {"lr 1. x", "lr 1. x"}, {"a $x$", "a \\$x\\$"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_escaped(table_add_markdown_text, cases[i][0], cases[i][1]);
}

static void latex_keeps_dashes_and_brackets(void **state)
{
    (void)state;
    static const char *const cases[][2] = {{"--lr---x-y", "-{}-lr-{}-{}-x-y"},
                                           {"[1] a[2]", "{[}1] a[2]"},
                                           {"* a*b", "{*} a*b"},
                                           {"−0.5", "$-$0.5"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        expect_escaped(table_add_latex_text, cases[i][0], cases[i][1]);
}

static void latex_breaks_sentences(void **state)
{
    (void)state;
    struct table table = {0};
    struct text output = {0};
    table_add_column(&table, NULL, "claim", "claim");
    table_add_column(&table, NULL, "figures", "figures");
    table_add_row(&table);
    table_set_text(&table, 0, "Sixty letters, which are what a line of a table may well hold.");
    table.cells[0].text[60] = '\0';
    table_set_text(&table, 1, "Sixty-one letters, which are more than a line of it should do.");
    table.cells[1].text[61] = '\0';
    table_render(&table, TABLE_LATEX, 0, &output);
    assert_non_null(strstr(text_get(&output), "\\begin{tabular}{lp{0.4\\textwidth}}\n"));
    text_release(&output);
    table_release(&table);
}

static void latex_shows_a_cell_as_it_is_told(void **state)
{
    (void)state;
    struct table table = {0};
    struct text output = {0};
    table_add_column(&table, NULL, "mean", "mean");
    table_add_column(&table, NULL, "seeds", "seeds");
    table_add_row(&table);
    table_set_number(&table, 0, 0.5, 2);
    table_set_shown(&table, 1, INFINITY, "> 10,000");
    table_set_latex(&table, 0, 0, "$\\mathbf{0.50}$");
    table_render(&table, TABLE_LATEX, 0, &output);
    assert_non_null(strstr(text_get(&output), "\n$\\mathbf{0.50}$ & $> 10{,}000$ \\\\\n"));
    text_clear(&output);
    table_render(&table, TABLE_CSV, 0, &output);
    assert_string_equal(text_get(&output), "mean,seeds\n0.5,inf\n");
    text_release(&output);
    table_release(&table);
}

static void empty_tables_are_rendered(void **state)
{
    (void)state;
    struct table table = {0};
    struct text output = {0};
    table_add_column(&table, NULL, "id", "id");
    table_render(&table, TABLE_TEXT, 0, &output);
    assert_string_equal(text_get(&output), "id\n--\n");
    text_clear(&output);
    table_render(&table, TABLE_JSON, 0, &output);
    assert_string_equal(text_get(&output), "[]\n");
    text_clear(&output);
    table_render(&table, TABLE_CSV, 0, &output);
    assert_string_equal(text_get(&output), "id\n");
    text_release(&output);
    table_release(&table);
}

static void a_full_disk_is_an_error(void **state)
{
    (void)state;
    struct error error = {0};
    struct table table = {0};
    FILE *full = fopen("/dev/full", "w");
    if (!full)
        skip();
    fill(&table, "lstm", "rnn");
    assert_int_equal(table_print(&table, TABLE_CSV, full, &error), -1);
    assert_int_equal(error.code, ERROR_FAILED);
    fclose(full);
    table_release(&table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_aligned),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(shown_numbers_keep_their_digits),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(long_texts_are_cut_to_the_terminal),
        cmocka_unit_test(columns_that_do_not_fit_follow_in_blocks),
        cmocka_unit_test(csv_quotes_and_keeps_every_digit),
        cmocka_unit_test(json_reads_back),
        cmocka_unit_test(markdown_escapes),
        cmocka_unit_test(latex_escapes),
        cmocka_unit_test(headings_fit_the_terminal),
        cmocka_unit_test(groups_stay_whole),
        cmocka_unit_test(markdown_begins_no_block),
        cmocka_unit_test(latex_keeps_dashes_and_brackets),
        cmocka_unit_test(latex_breaks_sentences),
        cmocka_unit_test(latex_shows_a_cell_as_it_is_told),
        cmocka_unit_test(empty_tables_are_rendered),
        cmocka_unit_test(a_full_disk_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
