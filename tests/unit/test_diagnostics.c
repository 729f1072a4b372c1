#include "config/diagnostics.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static char *written(const struct diagnostics *diagnostics, bool colour)
{
    struct text out = {0};
    diagnostics_write(diagnostics, &out, colour);
    return text_take(&out);
}

static const char *add_source(struct diagnostics *diagnostics, const char *name, const char *text)
{
    return diagnostics_add_source(diagnostics, name, text, strlen(text));
}

static void test_form(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    const char *file = add_source(diagnostics, "configs/lstm.yaml", "model:\n  cel: lstm\n");
    struct mark mark = {file, 2, 3, 3};
    diagnostics_add(diagnostics, &mark, "model.cel", "did you mean `cell`? keys here: cell, layers",
                    "unknown key");
    char *found = written(diagnostics, false);
    assert_string_equal(found, "configs/lstm.yaml:2:3: error: model.cel: unknown key\n"
                               "    2 |   cel: lstm\n"
                               "      |   ^~~ did you mean `cell`? keys here: cell, layers\n");
    memory_free(found);
    found = written(diagnostics, true);
    assert_non_null(strstr(found, "\033[31merror:\033[0m"));
    memory_free(found);
    struct error error;
    assert_int_equal(diagnostics_error(diagnostics, &error), -1);
    assert_int_equal(error.code, ERROR_USAGE);
    assert_non_null(strstr(error.text, "unknown key"));
    diagnostics_free(diagnostics);
}

/* By file in the order of reading, then by place, then in the order of finding; each once. */
static void test_order(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    const char *first = add_source(diagnostics, "z.yaml", "a\nb\n");
    const char *second = add_source(diagnostics, "a.yaml", "c\n");
    struct mark marks[] = {{second, 1, 1, 1}, {first, 2, 1, 1}, {first, 1, 5, 1}, {first, 1, 1, 1}};
    for (size_t i = 0; i < 4; i++)
        diagnostics_add(diagnostics, &marks[i], "", NULL, "e%zu", i);
    diagnostics_add(diagnostics, &marks[3], "", NULL, "e3");
    diagnostics_add(diagnostics, &marks[3], "p.0.q", NULL, "e3");
    diagnostics_add(diagnostics, &marks[3], "p.12.q", NULL, "e3");
    assert_int_equal(diagnostics_count(diagnostics), 5);
    assert_int_equal(diagnostics_reported(diagnostics), 7);
    assert_true(diagnostics_concern(diagnostics, "p"));
    assert_true(diagnostics_concern(diagnostics, "p.0"));
    assert_false(diagnostics_concern(diagnostics, "p.0.q.r"));
    char *found = written(diagnostics, false);
    const char *at = found;
    static const char *const order[] = {"error: e3", "p.0.q: e3", "e2", "e1", "a.yaml:1:1"};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        at = strstr(at, order[i]);
        assert_non_null(at);
    }
    memory_free(found);
    diagnostics_free(diagnostics);
}

static void test_placeless(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    struct mark mark = {.file = diagnostics_add_place(diagnostics, "command line: %s", "a=x")};
    diagnostics_add(diagnostics, &mark, "a", "write 1", "expected an integer, found `x`");
    char *found = written(diagnostics, false);
    assert_string_equal(found, "command line: a=x: error: a: expected an integer, found `x`\n"
                               "      | write 1\n");
    memory_free(found);
    diagnostics_free(diagnostics);
}

/* Nothing of a file reaches the terminal as a command. */
static void test_harmless(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    const char *file = add_source(diagnostics, "e\033[2J.yaml", "\ta\xFF\x07\xE2\x80\xAEz: 1\n");
    struct mark mark = {file, 1, 6, 1};
    diagnostics_add(diagnostics, &mark, "k\033]0;x\007", "h\n\033c", "m\r%s", "\xC2\x9B");
    char *found = written(diagnostics, false);
    assert_string_equal(found, "e?[2J.yaml:1:6: error: k?]0;x?: m??\n"
                               "    1 |  a???z: 1\n"
                               "      |      ^ h ?c\n");
    memory_free(found);
    diagnostics_free(diagnostics);
}

static void test_long_line(void **state)
{
    (void)state;
    char line[1001];
    memset(line, 'x', 1000);
    line[1000] = '\0';
    line[500] = 'Y';
    struct diagnostics *diagnostics = diagnostics_new();
    const char *file = add_source(diagnostics, "f", line);
    diagnostics_add(diagnostics, &(struct mark){file, 1, 501, 900}, "", NULL, "m");
    diagnostics_add(diagnostics, &(struct mark){file, 1, 3, 1}, "", NULL, "m");
    diagnostics_add(diagnostics, &(struct mark){file, 7, 3, 1}, "", NULL, "behind the end");
    char *found = written(diagnostics, false);
    for (char *rest = found, *part; (part = strsep(&rest, "\n"));)
        assert_true(text_width(part) < 130);
    memory_free(found);
    found = written(diagnostics, false);
    const char *shown = strstr(found, "…xxx"), *caret = strstr(shown, "^");
    const char *mark = strchr(shown, 'Y'), *line_end = strchr(shown, '\n');
    /* The ellipsis takes three bytes and one column. */
    assert_int_equal(mark - (shown - strlen("    1 | ")) - 2, caret - line_end - 1);
    memory_free(found);
    diagnostics_free(diagnostics);
}

static void test_cap(void **state)
{
    (void)state;
    struct diagnostics *diagnostics = diagnostics_new();
    for (int i = 0; i < 5000; i++)
        diagnostics_add(diagnostics, &(struct mark){.file = "f"}, "", NULL, "m%d", i);
    assert_int_equal(diagnostics_count(diagnostics), 5000);
    char *found = written(diagnostics, false);
    assert_non_null(strstr(found, "m99\nand 4900 more errors\n"));
    memory_free(found);
    diagnostics_free(diagnostics);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),      cmocka_unit_test(test_order),
        cmocka_unit_test(test_placeless), cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_long_line), cmocka_unit_test(test_cap),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
