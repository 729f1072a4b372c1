/* Words for a shell: what sh makes of them is what they were. */
#include "base/shell.h"

#include "base/memory.h"
#include "base/process.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void expect_word(const char *word, const char *expected)
{
    struct text line = {0};
    shell_add_word(&line, word);
    assert_string_equal(text_get(&line), expected);
    text_release(&line);
}

static void plain_words_stay_plain(void **state)
{
    (void)state;
    expect_word("cells", "cells");
    expect_word("train.epochs=1", "train.epochs=1");
    expect_word("/a/b_c-1.2+3,4:5@6%", "/a/b_c-1.2+3,4:5@6%");
    expect_word("", "''");
    expect_word("=ls", "'=ls'");
    expect_word("a b", "'a b'");
    expect_word("it's", "'it'\\''s'");
}

static void a_shell_reads_what_was_written(void **state)
{
    (void)state;
    static const char *const words[] = {"a b", "$(echo x)", "`id`", "a\\b\"c'd",   "'''", "a\nb;&|",
                                        "~",   "*?[]{}",    "#!",   "\xc3\xa9\xff"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        struct text line = {0};
        struct process_output output;
        struct error error = {0};
        text_add(&line, "printf %s ");
        shell_add_word(&line, words[i]);
        const char *const arguments[] = {"sh", "-c", text_get(&line), NULL};
        assert_int_equal(process_run(arguments, NULL, &output, &error), 0);
        assert_string_equal(text_get(&output.output), words[i]);
        process_output_release(&output);
        text_release(&line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_words_stay_plain),
        cmocka_unit_test(a_shell_reads_what_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
