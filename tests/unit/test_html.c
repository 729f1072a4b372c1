/* Pieces of HTML, whatever users wrote. */
#include "report/html.h"

#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void expect_added(const char *text, const char *expected)
{
    struct text page = {0};
    html_add(&page, text);
    assert_string_equal(text_get(&page), expected);
    text_release(&page);
}

static void nothing_has_a_meaning(void **state)
{
    (void)state;
    expect_added("", "");
    expect_added("lstm, 2 × 3", "lstm, 2 × 3");
    expect_added("<b a=\"1\" c='2'>&amp;", "&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;");
    expect_added("</script><!--", "&lt;/script&gt;&lt;!--");
    expect_added("a\nb\tc\x01\x7f", "a b c??");
    expect_added("a\xff\xc0z", "a??z");
    expect_added("a\xe2\x80\xae"
                 "b",
                 "a?b"); /* turns the direction of writing */
}

static void lines_stay_lines(void **state)
{
    (void)state;
    struct text page = {0};
    html_add_lines(&page, "a: <1>\r\n\tb: 2\n\n# \xe2\x80\xae end\n");
    assert_string_equal(text_get(&page), "a: &lt;1&gt;\n    b: 2\n\n# ? end\n");
    text_clear(&page);
    html_add_lines(&page, "");
    html_add_lines(&page, "one");
    assert_string_equal(text_get(&page), "one");
    text_release(&page);
}

static void elements_hold_text(void **state)
{
    (void)state;
    struct text page = {0};
    html_add_element(&page, "h3", "<i>");
    assert_string_equal(text_get(&page), "<h3>&lt;i&gt;</h3>\n");
    text_release(&page);
}

/* The examples of RFC 4648, section 10, and bytes that are no text. */
static void bytes_in_base64(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *expected;
        size_t size;
    } cases[] = {{"", "", 0},
                 {"f", "Zg==", 1},
                 {"fo", "Zm8=", 2},
                 {"foo", "Zm9v", 3},
                 {"foob", "Zm9vYg==", 4},
                 {"fooba", "Zm9vYmE=", 5},
                 {"foobar", "Zm9vYmFy", 6},
                 {"\xff\xfe\0\xfb", "//4A+w==", 4}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct text page = {0};
        html_add_base64(&page, cases[i].bytes, cases[i].size);
        assert_string_equal(text_get(&page), cases[i].expected);
        text_release(&page);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_has_a_meaning),
        cmocka_unit_test(lines_stay_lines),
        cmocka_unit_test(elements_hold_text),
        cmocka_unit_test(bytes_in_base64),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
