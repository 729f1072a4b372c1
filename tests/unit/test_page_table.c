/* A table as HTML. */
#include "report/page_table.h"

#include "base/memory.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct text page;

static void render(const struct table *table, const struct page_table *style)
{
    text_clear(&page);
    page_table_add(&page, table, style);
}

static void expect(const char *part)
{
    if (!strstr(text_get(&page), part))
        fail_msg("expected\n    %s\nin\n%s", part, text_get(&page));
}

static void expect_none(const char *part)
{
    if (strstr(text_get(&page), part))
        fail_msg("found\n    %s\nin\n%s", part, text_get(&page));
}

static void expect_number(double number, int precision, const char *expected)
{
    struct table table = {0};
    table_add_column(&table, NULL, "a", "a");
    table_add_column(&table, NULL, "b", "b");
    table_add_row(&table);
    table_set_text(&table, 0, "x");
    table_set_number(&table, 1, number, precision);
    render(&table, &(struct page_table){.caption = "c"});
    expect(expected);
    table_release(&table);
}

static void numbers_are_for_people(void **state)
{
    (void)state;
    expect_number(0.96264, 4, "data-value=\"0.96264\">0.9626</td>");
    expect_number(-0.0361, 4, "data-value=\"-0.0361\">−0.0361</td>");
    expect_number(1234567.25, 1, "data-value=\"1234567.25\">1,234,567.2</td>");
    expect_number(999, 0, ">999</td>");
    expect_number(-1000, 0, ">−1,000</td>");
    expect_number(0, 4, "data-value=\"0\">0.0000</td>");
    expect_number(1e-7, 4, "data-value=\"1e-07\">&lt; 0.0001</td>");
    expect_number(-1e-7, 4, ">&gt; −0.0001</td>");
    expect_number(INFINITY, 4, "data-value=\"inf\">∞</td>");
    expect_number(-INFINITY, 4, "data-value=\"-inf\">−∞</td>");
    expect_number(NAN, 4, "data-value=\"nan\">nan</td>");
    expect_number(1e300, 0, "data-value=\"1e+300\">1,000,");
}

static void numbers_say_how_they_are_shown(void **state)
{
    (void)state;
    struct table table = {0};
    table_add_column(&table, NULL, "a", "a");
    table_add_row(&table);
    table_set_shown(&table, 0, 0.00001, "< 0.0001");
    render(&table, &(struct page_table){.caption = "c"});
    expect("data-value=\"1e-05\">&lt; 0.0001</th>");
    table_release(&table);
}

/* Two rows under one heading; the last column is empty, and so is the second of the heading. */
static void fill(struct table *table)
{
    table_add_column(table, NULL, "<name>", "name");
    table_add_column(table, "test & \"loss\"", "mean", "mean");
    table_add_column(table, "test & \"loss\"", "hollow", "hollow");
    table_add_column(table, "test & \"loss\"", "max", "max");
    table_add_column(table, NULL, "void", "void");
    table_add_row(table);
    table_set_text(table, 0, "<script>alert(1)</script>");
    table_set_number(table, 1, 2, 1);
    table_add_row(table);
    table_set_text(table, 0, "a name that is too long for one line of a table");
    table_set_number(table, 3, 3, 1);
}

static void what_is_empty_is_left_out(void **state)
{
    (void)state;
    struct table table = {0};
    render(&table, &(struct page_table){.caption = "c"});
    assert_int_equal(page.length, 0);
    fill(&table);
    render(&table, &(struct page_table){.caption = "c"});
    expect("colspan=\"2\">test &amp; &quot;loss&quot;</th>");
    expect("<th scope=\"col\" class=\"number\">max</th></tr>\n</thead>");
    expect_none("void");
    expect_none("hollow");
    expect("<td class=\"number missing\">–</td>");
    table_release(&table);
}

static void texts_have_no_meaning(void **state)
{
    (void)state;
    struct table table = {0};
    fill(&table);
    render(&table, &(struct page_table){.caption = "<b>\"'"});
    expect("<th scope=\"col\">&lt;name&gt;</th>");
    expect("<caption>&lt;b&gt;&quot;&#39;</caption>");
    expect("<th scope=\"row\" class=\"text\">&lt;script&gt;alert(1)&lt;/script&gt;</th>");
    expect("<th scope=\"row\" class=\"text\">a name");
    expect_none("<script>");
    table_release(&table);
}

static void rows_have_links_and_marks(void **state)
{
    (void)state;
    static const char *const ids[] = {"run-1", NULL}, *const links[] = {NULL, "variant-2"};
    static const char *const classes[] = {NULL, "best"}, *const marks[] = {"†", NULL};
    struct table table = {0};
    fill(&table);
    const struct page_table style = {.caption = "c",
                                     .ids = ids,
                                     .links = links,
                                     .classes = classes,
                                     .marks = marks,
                                     .mark_column = 1};
    render(&table, &style);
    expect("<table class=\"sortable\">");
    expect("<tr id=\"run-1\"><th");
    expect("<tr class=\"best\"><th");
    expect("<a href=\"#variant-2\">a name that is too long for one line of a table</a>");
    expect("data-value=\"2\">2.0<sup>†</sup></td>");
    render(&table, &(struct page_table){.caption = "c", .is_plain = true});
    expect("<table class=\"plain\">");
    expect_none("<a ");
    expect_none("<sup>");
    table_release(&table);
}

static int release(void **state)
{
    (void)state;
    text_release(&page);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_for_people),
        cmocka_unit_test(numbers_say_how_they_are_shown),
        cmocka_unit_test(what_is_empty_is_left_out),
        cmocka_unit_test(texts_have_no_meaning),
        cmocka_unit_test(rows_have_links_and_marks),
    };
    return cmocka_run_group_tests(tests, NULL, release);
}
